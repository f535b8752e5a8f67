use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

use super::{
    super::{
        Model,
        question::{Ask, Question, leaving},
        text,
    },
    below_title,
    layout::Layout,
    put, put_lines,
    theme::{Theme, bold, rule},
};
use crate::job::{ModelTable, Request};

/// Labels take so many cells, the gap after them included.
const LABEL: usize = 11;

/// Draws the open question over the lowest lines of the panes; says whether there is one.
pub fn draw(model: &Model, theme: Theme, layout: &Layout, buffer: &mut Buffer) -> bool {
    let Some(question) = &model.question else { return false };
    let width = usize::from(layout.page.width);
    let room = usize::from(layout.page.height.saturating_sub(1));
    let (title, lines) = match question {
        Question::Send(ask) => {
            let title = ask.held.map_or_else(|| "Send this request?".into(), |id| format!("Send job {id}?"));
            (title, ask_lines(model, theme, ask, width, room))
        }
        Question::Leave => ("Leave Taxiway?".into(), leave_lines(model, width)),
        Question::Drop(id) => {
            let words =
                "It was never sent and nothing was spent on it. y drops it, every other key keeps it.";
            (format!("Drop job {id}?"), paragraph(words, width, Style::new()))
        }
        Question::Blocked => ("Nothing can be sent".into(), blocked_lines(model, theme, width)),
    };
    let height = u16::try_from(lines.len() + 1).unwrap_or(u16::MAX).min(layout.page.height);
    let area = Rect { y: layout.page.bottom() - height, height, ..layout.page };
    for position in area.positions() {
        if let Some(cell) = buffer.cell_mut(position) {
            cell.reset();
        }
    }
    put(buffer, area, area.y, &rule(theme, area.width, &title, "", true));
    put_lines(buffer, below_title(area), &lines);
    true
}

fn paragraph(words: &str, width: usize, style: Style) -> Vec<Line<'static>> {
    let wrapped = text::wrap(words, width.saturating_sub(4));
    wrapped.into_iter().map(|line| Line::styled(format!("  {line}"), style)).collect()
}

fn leave_lines(model: &Model, width: usize) -> Vec<Line<'static>> {
    let mut words = leaving(model);
    if words.is_empty() {
        words.push("Nothing is under way any more.".into());
    }
    let mut lines: Vec<_> = words.iter().flat_map(|line| paragraph(line, width, Style::new())).collect();
    lines.extend(paragraph("y or q leaves, every other key stays.", width, bold()));
    lines
}

/// What it costs and the request whole. Where the window is too low for that, its short fields share a
/// line, and long texts are cut and say so.
fn ask_lines(model: &Model, theme: Theme, ask: &Ask, width: usize, room: usize) -> Vec<Line<'static>> {
    let Request { prompt_image, model: name, prompt_text, ratio, duration, seed, watermark } = &ask.request;
    let all = |label: &str, value: &str, style| labelled(label, value, width, usize::MAX, style);
    let plain = Style::new();
    let costs = all("Costs", &price(&model.facts.config.models, &ask.request), bold());
    let mut last = Vec::new();
    if let Some(account) = &model.account {
        last.extend(all("Account", &format!("with key …{} on {}", account.key_tail, account.service), plain));
    }
    for warning in &ask.warnings {
        last.extend(all("Note", warning, theme.warn()));
    }
    let mut short = vec![("Model", name.clone())];
    short.extend(ratio.clone().map(|ratio| ("Ratio", ratio)));
    short.extend(duration.map(|seconds| ("Duration", format!("{seconds} s"))));
    short.extend(seed.map(|seed| ("Seed", format!("{seed}"))));
    short.extend(watermark.map(|mark| ("Watermark", if mark { "yes" } else { "no" }.into())));
    let mut fields: Vec<_> = short.iter().flat_map(|(label, value)| all(label, value, plain)).collect();

    let answer = paragraph("y sends it. Every other key, Enter too, sends nothing.", width, bold());
    let prompt = prompt_text.as_deref().unwrap_or_default();
    let long = all("Image", prompt_image, plain).len() + all("Prompt", prompt, plain).len();
    let left = |fields: &[Line]| room.saturating_sub(costs.len() + fields.len() + last.len() + answer.len());
    if left(&fields) < long {
        let named = |(label, value): &(&str, String)| match *label {
            "Seed" | "Watermark" => format!("{} {value}", label.to_lowercase()),
            _ => value.clone(),
        };
        fields = all("Model", &short.iter().map(named).collect::<Vec<_>>().join(" · "), plain);
    }
    let left = left(&fields).max(2);
    let image = labelled("Image", prompt_image, width, left.div_ceil(2), plain);
    let left = left.saturating_sub(image.len()).max(1);
    let prompt = if prompt.is_empty() { Vec::new() } else { labelled("Prompt", prompt, width, left, plain) };
    let request = [costs, image, prompt, fields, last].into_iter().flatten();
    let kept = room.saturating_sub(answer.len()).max(1);
    request.take(kept).chain(answer).collect()
}

/// A label and its value on at most so many lines, the last of which tells what is left out.
fn labelled(label: &str, value: &str, width: usize, most: usize, style: Style) -> Vec<Line<'static>> {
    let mut pieces = text::wrap(value, width.saturating_sub(LABEL + 4));
    if pieces.len() > most {
        let shown: usize = pieces.iter().take(most.saturating_sub(1)).map(|line| line.chars().count()).sum();
        let hidden = value.chars().count().saturating_sub(shown);
        pieces.truncate(most);
        if let Some(last) = pieces.last_mut() {
            *last = format!("… {hidden} more characters");
        }
    }
    let mut label = Some(label);
    let line = |piece: String| {
        let label = text::fit(label.take().unwrap_or_default(), LABEL);
        Line::from(vec![Span::raw(format!("  {label}")), Span::styled(piece, style)])
    };
    pieces.into_iter().map(line).collect()
}

/// What a request costs, as far as anyone knows.
pub fn price(models: &ModelTable, request: &Request) -> String {
    let checked = models.get(&request.model).and_then(|rules| rules.checked.as_deref());
    match (models.estimate(request), checked) {
        (Some(money), Some(day)) => format!("about ${money}, an estimate of {day}"),
        (Some(money), None) => format!("about ${money}, an estimate"),
        (None, _) => "price unknown".into(),
    }
}

/// Why nothing can be sent, and what to do.
pub fn blocked_lines(model: &Model, theme: Theme, width: usize) -> Vec<Line<'static>> {
    let config = &model.facts.config;
    let plain = |words: &str| paragraph(words, width, Style::new());
    let bold = |words: &str| paragraph(words, width, bold());
    if model.facts.read_only {
        return plain(
            "Taxiway was started with --read-only: it shows and lists, and sends, polls, fetches and writes nothing.",
        );
    }
    if !config.faults.is_empty() {
        let mut lines = bold("The config has faults. Until they are mended nothing is sent:");
        for fault in &config.faults {
            lines.extend(paragraph(&format!("× {fault}"), width, theme.bad()));
        }
        lines.extend(plain("Mend them, then start Taxiway again; `taxiway config check` looks at them."));
        return lines;
    }
    if model.account.is_some() {
        return plain(&model.blocked().unwrap_or_else(|| "Requests can be sent again.".into()));
    }
    let file = config.file.display();
    let mut lines = bold("There is no API key, so nothing can be sent. Set one and start again:");
    lines.extend(plain("  export COMETAPI_KEY=sk-your-key"));
    lines.extend(plain(&format!("or write  key = \"sk-your-key\"  under [profiles.{}] in", config.profile)));
    lines.extend(plain(&format!("  {file}")));
    lines.extend(bold("To try everything without a key, a network or a cost:"));
    lines.extend(plain("  taxiway demo"));
    lines
}
