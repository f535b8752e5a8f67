use std::collections::HashSet;

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

use super::{
    super::{
        Model,
        actions::Action,
        question::{Ask, Order, Question, leaving, place_of_key},
        text,
    },
    below_title,
    layout::Layout,
    put, put_lines,
    theme::{Theme, bold, rule},
    unsure,
};
use crate::{
    engine::Status,
    job::{JobId, ModelTable, Money, Request, Spend},
};

/// Labels take so many cells, the gap after them included.
const LABEL: usize = 11;
/// Below this width, short fields always share a line, and every cell is for the values.
const NARROW: usize = 50;

/// Draws the open question over the lowest lines of the panes; says whether there is one.
pub fn draw(model: &Model, theme: Theme, layout: &Layout, buffer: &mut Buffer) -> bool {
    let Some(question) = model.question.as_ref().filter(|_| model.asks()) else { return false };
    let width = usize::from(layout.page.width);
    let room = usize::from(layout.page.height.saturating_sub(1));
    let (title, lines) = match question {
        Question::Send(ask) => {
            let title = match (ask.held, ask.requests.len()) {
                (Some(id), _) => format!("Send job {id}?"),
                (None, 1) => "Send this request?".into(),
                (None, jobs) => format!("Send these {jobs} jobs?"),
            };
            (title, ask_lines(model, theme, ask, width, room))
        }
        Question::Duplicate { told, order, .. } => {
            ("Send it again?".into(), duplicate_lines(model, (told, order), theme, width))
        }
        Question::Held { ids, at_start, .. } => {
            let jobs = text::count(ids.len(), "job");
            let title =
                if *at_start { format!("{jobs} held since an earlier run") } else { format!("Send {jobs}?") };
            (title, held_lines(model, ids, width))
        }
        Question::Leave => ("Leave Taxiway?".into(), leave_lines(model, width)),
        Question::Drop(ids) => {
            let (title, words) = match ids.as_slice() {
                [id] => (
                    format!("Drop job {id}?"),
                    "It was never sent and nothing was spent on it. y drops it, every other key keeps it.",
                ),
                more => (
                    format!("Drop {} jobs?", more.len()),
                    "They were never sent and nothing was spent on them. y drops them, every other key keeps them.",
                ),
            };
            (title, paragraph(words, width, Style::new()))
        }
        Question::Replace(name) => (
            format!("Replace the kept form \"{name}\"?"),
            paragraph(
                "y keeps the form as it is now under that name, every other key leaves both.",
                width,
                Style::new(),
            ),
        ),
        Question::Forget(name) => (
            format!("Throw the kept form \"{name}\" away?"),
            paragraph("y throws it away, every other key keeps it.", width, Style::new()),
        ),
        Question::KeepKey(_) => {
            let (title, words) = match place_of_key(&model.facts.config) {
                Ok(file) => (
                    "Keep the key for later runs?",
                    format!(
                        "y keeps it in {}, readable by you alone. Esc throws it away. Every other key uses it \
                         until Taxiway ends and writes it nowhere.",
                        file.display()
                    ),
                ),
                Err(why_not) => (
                    "Use this key?",
                    format!(
                        "It is used until Taxiway ends and written nowhere; {why_not}. Esc throws it away."
                    ),
                ),
            };
            (title.into(), paragraph(&words, width, Style::new()))
        }
        Question::Unsure(asked) => (unsure::title(model, asked), unsure::lines(model, asked, width)),
        Question::Blocked => ("Nothing can be sent".into(), blocked_lines(model, theme, width)),
    };
    let height = u16::try_from(lines.len() + 1).unwrap_or(u16::MAX).min(layout.page.height);
    let area = Rect { y: layout.page.bottom() - height, height, ..layout.page };
    super::wipe(area, buffer);
    put(buffer, area, area.y, &rule::<&str>(theme, area.width, &title, &[], true));
    put_lines(buffer, below_title(area), &lines);
    true
}

pub(super) fn paragraph(words: &str, width: usize, style: Style) -> Vec<Line<'static>> {
    let wrapped = text::wrap(words, width.saturating_sub(4));
    wrapped.into_iter().map(|line| Line::styled(format!("  {line}"), style)).collect()
}

/// Of more held jobs than this the rest is counted.
const HELD_SHOWN: usize = 6;

/// The sum and a job at least are seen before held jobs are sent.
const HELD_SEEN: usize = 4;

/// What an earlier run left held, and what it would cost together.
fn held_lines(model: &Model, ids: &[JobId], width: usize) -> Vec<Line<'static>> {
    let jobs: Vec<_> = ids.iter().filter_map(|id| model.jobs.get(*id)).collect();
    let budget = &model.facts.config.budget;
    let sum: Money = jobs.iter().map(|job| budget.cost(job.estimate, 1)).sum();
    let words = format!("y sends all of them (up to ${sum}, an estimate). Every other key leaves them held.");
    let mut lines = paragraph(&words, width, bold());
    lines.extend(paragraph("Nothing was sent and nothing was spent on them:", width, Style::new()));
    for job in jobs.iter().take(HELD_SHOWN) {
        let price = job.estimate.map_or_else(|| "price unknown".into(), |money| format!("about ${money}"));
        let prompt = job.request.prompt_text.as_deref().unwrap_or("no prompt");
        let words = format!("  {:>3}  {price}  {}  {prompt}", job.id, job.request.model);
        lines.push(Line::raw(text::cut(&words, width)));
    }
    if jobs.len() > HELD_SHOWN {
        lines.push(Line::raw(format!("       and {} more", jobs.len() - HELD_SHOWN)));
    }
    lines
}

fn leave_lines(model: &Model, width: usize) -> Vec<Line<'static>> {
    let mut words = leaving(model);
    if words.is_empty() {
        words.push("Nothing is under way any more.".into());
    }
    let mut lines: Vec<_> = words.iter().flat_map(|line| paragraph(line, width, Style::new())).collect();
    lines.extend(paragraph("y, q or Ctrl-C leaves; other keys stay.", width, bold()));
    lines
}

/// What it costs and the request whole; where the window is too low for that, shortened; where it is too
/// low even for a line of each, that it is too small.
fn ask_lines(model: &Model, theme: Theme, ask: &Ask, width: usize, room: usize) -> Vec<Line<'static>> {
    let mut fields = ask_fields(model, theme, ask);
    if width < NARROW {
        fields = one_line_for_short_ones(fields);
    }
    let refused = is_over_budget(model, ask);
    let answer = match (refused, ask.requests.len()) {
        (true, _) => {
            "The config's [budget] sets the limit. y tries it all the same, every other key goes back."
        }
        (false, 1) => "y sends it. Every other key, Enter too, sends nothing.",
        (false, _) => "y sends all of them. Every other key, Enter too, sends nothing.",
    };
    let answer = paragraph(answer, width, bold());
    let whole: Vec<_> = fields.iter().flat_map(|field| field.lines(width, usize::MAX)).collect();
    if whole.len() + answer.len() <= room {
        return whole.into_iter().chain(answer).collect();
    }
    let fields = one_line_for_short_ones(fields);
    let short = if refused {
        "over the budget: y tries it, every other key goes back."
    } else {
        "y sends it, every other key nothing."
    };
    let answer = paragraph(short, width, bold());
    let Some(heights) = share_out(&fields, answer.len(), width, room) else {
        return paragraph(TOO_SMALL, width, bold());
    };
    let used: usize = heights.iter().sum();
    let shown = fields.iter().zip(heights).flat_map(|(field, most)| field.lines(width, most));
    // The footer says the same.
    let answer = Some(answer).filter(|answer| used + answer.len() <= room).unwrap_or_default();
    shown.chain(answer).collect()
}

/// What stands in place of a confirmation that would not show what is sent.
const TOO_SMALL: &str = "too small to show what would be sent: make the window larger";

/// Whether a question is to be seen as far as its answer wants it: the lines that say what `y` does.
pub fn is_seen(model: &Model, question: &Question, layout: &Layout) -> bool {
    let width = usize::from(layout.page.width);
    let room = usize::from(layout.page.height.saturating_sub(1));
    match question {
        Question::Send(ask) => shows_request(model, ask, layout),
        Question::Duplicate { told, order, .. } => {
            duplicate_lines(model, (told, order), Theme::MONO, width).len() <= room
        }
        Question::Held { ids, .. } => held_lines(model, ids, width).len().min(HELD_SEEN) <= room,
        _ => true,
    }
}

fn duplicate_lines(
    model: &Model,
    (told, order): (&str, &Order),
    theme: Theme,
    width: usize,
) -> Vec<Line<'static>> {
    let config = &model.facts.config;
    let costs: Vec<_> = match order {
        Order::New { requests, .. } => {
            requests.iter().map(|request| config.budget.cost(config.models.estimate(request), 1)).collect()
        }
        Order::Held(ids) => {
            let held = ids.iter().filter_map(|id| model.jobs.get(*id));
            held.map(|job| config.budget.cost(job.estimate, 1)).collect()
        }
    };
    let jobs = costs.len();
    let what = if jobs == 1 { "it".into() } else { format!("all {jobs} jobs") };
    let sum: Money = costs.into_iter().sum();
    let answer = format!("y sends {what} all the same (up to ${sum}). Every other key sends nothing.");
    let mut lines = paragraph(told, width, theme.warn);
    lines.extend(paragraph(&answer, width, bold()));
    lines
}

/// Whether what would be sent is to be seen, if only shortened: without that, nobody can say yes to it.
pub fn shows_request(model: &Model, ask: &Ask, layout: &Layout) -> bool {
    let fields = one_line_for_short_ones(ask_fields(model, Theme::MONO, ask));
    let room = usize::from(layout.page.height.saturating_sub(1));
    share_out(&fields, 0, usize::from(layout.page.width), room).is_some()
}

/// What has to be seen of a field at least.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Need {
    /// Its end: of an address.
    End,
    /// Its beginning.
    Start,
    /// Shown when there is room.
    Less,
}

/// A line or more of the confirmation.
struct AskField {
    label: &'static str,
    value: String,
    style: Style,
    need: Need,
}

fn ask_fields(model: &Model, theme: Theme, ask: &Ask) -> Vec<AskField> {
    let plain = Style::new();
    let field = |label, value: String, style, need| AskField { label, value, style, need };
    let mut fields = vec![
        field("Costs", price_of(model, ask), bold(), Need::Start),
        field("Image", each(ask, |request| Some(request.picture())).unwrap_or_default(), plain, Need::End),
    ];
    fields.extend(ask.sweep.as_ref().map(|words| field("Jobs", words.clone(), bold(), Need::Start)));
    fields
        .extend(budget(model, ask).map(|(words, tight)| {
            field("Budget", words, if tight { theme.warn } else { plain }, Need::Less)
        }));
    let prompt = each(ask, |request| request.prompt_text.clone()).filter(|prompt| !prompt.is_empty());
    fields.extend(prompt.map(|prompt| field("Prompt", prompt, plain, Need::Start)));
    let name = each(ask, |request| Some(request.model.clone())).unwrap_or_default();
    fields.push(field("Model", name, plain, Need::Start));
    let seconds = each(ask, |request| request.duration.map(|seconds| format!("{seconds} s")));
    let word = |mark| if mark { "yes" } else { "no" }.to_string();
    let mark = each(ask, |request| request.watermark.map(word));
    let short = [
        ("Ratio", each(ask, |request| request.ratio.clone())),
        ("Duration", seconds),
        ("Seed", each(ask, |request| request.seed.map(|seed| seed.to_string()))),
        ("Watermark", mark),
    ];
    fields.extend(
        short.into_iter().filter_map(|(label, value)| Some(field(label, value?, plain, Need::Start))),
    );
    fields.extend(model.account.as_ref().map(|account| {
        let words = format!("with key …{} on {}", account.key_tail, account.service);
        field("Account", words, plain, Need::Less)
    }));
    fields.extend(ask.warnings.iter().map(|words| field("Note", words.clone(), theme.warn, Need::Less)));
    fields
}

/// The values of a field in all requests, each once.
fn each(ask: &Ask, value: impl Fn(&Request) -> Option<String>) -> Option<String> {
    let mut values: Vec<_> = ask.requests.iter().filter_map(value).collect();
    let mut seen = HashSet::new();
    values.retain(|value| seen.insert(value.clone()));
    // A prompt may hold commas of its own.
    let between = if values.iter().any(|value| value.contains(' ')) { " | " } else { ", " };
    (!values.is_empty()).then(|| values.join(between))
}

/// What all of it costs, and each where that is the same.
fn price_of(model: &Model, ask: &Ask) -> String {
    let models = &model.facts.config.models;
    let one = ask.requests.first().map_or_else(String::new, |first| price(models, first));
    let mut prices: Vec<_> = ask.requests.iter().map(|request| models.estimate(request)).collect();
    let jobs = prices.len();
    prices.dedup();
    match (jobs, ask.estimate(models)) {
        (1, _) => one,
        (_, Some(sum)) if prices.len() == 1 => format!("about ${sum} for {jobs} jobs; each {one}"),
        (_, Some(sum)) => format!("about ${sum} for {jobs} jobs of different prices, an estimate"),
        (_, None) => {
            let budget = &model.facts.config.budget;
            format!("price unknown of {jobs} jobs; they count as ${} together", ask.cost(models, budget))
        }
    }
}

/// Lets the short fields share the model's line.
fn one_line_for_short_ones(fields: Vec<AskField>) -> Vec<AskField> {
    let mut kept: Vec<AskField> = Vec::with_capacity(fields.len());
    for field in fields {
        let words = match field.label {
            "Ratio" | "Duration" => field.value.clone(),
            "Seed" | "Watermark" => format!("{} {}", field.label.to_lowercase(), field.value),
            _ => String::new(),
        };
        match kept.iter_mut().find(|kept| kept.label == "Model") {
            Some(model) if !words.is_empty() => model.value += &format!(" · {words}"),
            _ => kept.push(field),
        }
    }
    kept
}

/// How many lines each field gets, none where not even the needed ones go in: first a line for each, then
/// the answer, then as many as they want, image and prompt last.
fn share_out(fields: &[AskField], answer: usize, width: usize, room: usize) -> Option<Vec<usize>> {
    let mut heights: Vec<_> = fields.iter().map(|field| usize::from(field.need != Need::Less)).collect();
    let mut left = room.checked_sub(heights.iter().sum())?;
    let give = |heights: &mut Vec<usize>, at: usize, wanted: usize, left: &mut usize| {
        if let Some(height) = heights.get_mut(at) {
            let more = wanted.saturating_sub(*height).min(*left);
            *height += more;
            *left -= more;
        }
    };
    for at in 0..fields.len() {
        give(&mut heights, at, 1, &mut left);
    }
    left = left.checked_sub(answer).unwrap_or(left);
    let all = |field: &AskField| field.lines(width, usize::MAX).len();
    for (at, field) in fields.iter().enumerate() {
        if matches!(field.label, "Costs" | "Model" | "Note") {
            give(&mut heights, at, all(field), &mut left);
        }
    }
    let prompt = fields.iter().find(|field| field.label == "Prompt").map_or(0, all);
    for (at, field) in fields.iter().enumerate() {
        let wanted = all(field);
        // The image leaves the prompt what it needs, or half; the account comes last.
        let most = match field.label {
            "Image" => (left + 1).saturating_sub(prompt.saturating_sub(1)).max(left.div_ceil(2) + 1),
            _ => usize::MAX,
        };
        give(&mut heights, at, wanted.min(most), &mut left);
    }
    Some(heights)
}

impl AskField {
    /// Label and value on at most so many lines; what is left out is told.
    fn lines(&self, width: usize, most: usize) -> Vec<Line<'static>> {
        let (indent, label) = if width < NARROW { (1, 8) } else { (2, LABEL) };
        let room = width.saturating_sub(indent + label + 1).max(1);
        let whole = text::wrap(&self.value, room);
        let pieces = if whole.len() > most { self.shortened(whole, most, room) } else { whole };
        let mut name = Some(self.label);
        let line = |piece: String| {
            let name = text::fit(name.take().unwrap_or_default(), label);
            Line::from(vec![Span::raw(" ".repeat(indent) + &name), Span::styled(piece, self.style)])
        };
        pieces.into_iter().map(line).collect()
    }

    /// So many lines of a longer value: its beginning, of an address its end too.
    fn shortened(&self, mut pieces: Vec<String>, most: usize, room: usize) -> Vec<String> {
        let (all, tail) = match (self.need, most) {
            (_, 0) => return Vec::new(),
            (Need::End, 1) => return vec![text::cut_left(&self.value, room)],
            (_, 1) => return vec![text::cut(&self.value, room)],
            (Need::End, 2) => {
                return vec![text::cut(&self.value, room), text::cut_left(&self.value, room)];
            }
            (Need::Less, _) => {
                let rest = pieces.split_off(most - 1).join(" ");
                pieces.push(text::cut(&rest, room));
                return pieces;
            }
            (Need::End, _) => (most - 2, text::cut_left(&self.value, room)),
            _ => (most - 1, String::new()),
        };
        pieces.truncate(all);
        let shown: usize =
            pieces.iter().chain([&tail]).map(|line| line.trim_start_matches('…').chars().count()).sum();
        let hidden = self.value.chars().count().saturating_sub(shown);
        pieces.push(format!("… {hidden} more characters"));
        pieces.extend(Some(tail).filter(|tail| !tail.is_empty()));
        pieces
    }
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

/// Whether it would be refused for its price.
pub fn is_over_budget(model: &Model, ask: &Ask) -> bool {
    let config = &model.facts.config;
    let Status { today, session, .. } = model.status;
    config.budget.check(today, session, ask.cost(&config.models, &config.budget)).is_err()
}

/// What day and session would come to of their budgets, and whether that is worth a warning.
fn budget(model: &Model, ask: &Ask) -> Option<(String, bool)> {
    let config = &model.facts.config;
    let batch = ask.cost(&config.models, &config.budget);
    let Status { today, session, .. } = model.status;
    let sum = |name: &str, spent: Spend, limit: Option<Money>| {
        limit.map(|limit| format!("{name} {spent}, with this up to ${} of ${limit}", spent.possible + batch))
    };
    let sums = [sum("today", today, config.budget.day), sum("session", session, config.budget.session)];
    let sums = sums.into_iter().flatten().collect::<Vec<_>>().join("; ");
    (!sums.is_empty()).then(|| match config.budget.check(today, session, batch) {
        Ok(None) => (sums, false),
        Ok(Some(_)) => (format!("{sums}: 80 % or more of the budget"), true),
        Err(_) => (format!("{sums}: more than the budget, it will be refused"), true),
    })
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
            lines.extend(paragraph(&format!("× {fault}"), width, theme.bad));
        }
        lines.extend(plain("Mend them, then start Taxiway again; `taxiway config check` looks at them."));
        return lines;
    }
    if model.account.is_some() {
        return plain(&model.blocked().unwrap_or_else(|| "Requests can be sent again.".into()));
    }
    let file = config.file.display();
    let key = model.keys.keys(Action::EnterKey).next().map_or_else(String::new, |key| key.to_string());
    let mut lines = bold("There is no API key, so nothing can be sent.");
    lines.extend(plain(&format!(
        "Press {key} to type or paste it: it is not shown, and kept only if you say so."
    )));
    // A low window cuts the end off.
    lines.extend(bold("To try everything without a key, a network or a cost:"));
    lines.extend(plain("  taxiway demo"));
    lines.extend(plain("Or set it and start again:  export COMETAPI_KEY=sk-your-key"));
    lines.extend(plain(&format!("or write  key = \"sk-your-key\"  under [profiles.{}] in", config.profile)));
    lines.extend(plain(&format!("  {file}")));
    lines
}
