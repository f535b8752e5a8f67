use ratatui::{buffer::Buffer, layout::Rect, style::Style, text::Line};

use super::{
    super::{
        Model,
        actions::Action,
        question::{Order, Question, place_of_key},
        text,
    },
    ask, below_title,
    layout::Layout,
    put, put_lines,
    theme::{Theme, bold, rule},
    unsure,
};
use crate::job::{JobId, Money, named};

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
            (title, ask::lines(model, theme, ask, width, room))
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
            let words = match ids.len() {
                1 => "It was never sent and nothing was spent on it. y drops it, every other key keeps it.",
                _ => {
                    "They were never sent and nothing was spent on them. y drops them, every other key keeps them."
                }
            };
            (format!("Drop {}?", named(ids)), paragraph(words, width, Style::new()))
        }
        Question::Replace(name) => (
            format!("Replace the preset \"{name}\"?"),
            paragraph(
                "y keeps the form as it is now under that name, every other key leaves both.",
                width,
                Style::new(),
            ),
        ),
        Question::Forget(name) => (
            format!("Throw the preset \"{name}\" away?"),
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
    let mut words = model.leaving();
    if words.is_empty() {
        words.push("Nothing is under way any more.".into());
    }
    let mut lines: Vec<_> = words.iter().flat_map(|line| paragraph(line, width, Style::new())).collect();
    lines.extend(paragraph("y, q or Ctrl-C leaves; other keys stay.", width, bold()));
    lines
}

/// Whether a question is to be seen as far as its answer wants it: the lines that say what `y` does.
pub fn is_seen(model: &Model, question: &Question, layout: &Layout) -> bool {
    let width = usize::from(layout.page.width);
    let room = usize::from(layout.page.height.saturating_sub(1));
    match question {
        Question::Send(ask) => ask::shows_request(model, ask, layout),
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
