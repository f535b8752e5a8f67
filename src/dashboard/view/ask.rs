//! The confirmation: what would be sent, whole, with its price.

use std::collections::HashSet;

use ratatui::{
    style::Style,
    text::{Line, Span},
};

use super::{
    super::{Model, question::Ask, text},
    layout::Layout,
    question::paragraph,
    theme::{Theme, bold},
};
use crate::{
    engine::Status,
    job::{ModelTable, Money, Request, Spend},
};

/// Labels take so many cells, the gap after them included.
const LABEL: usize = 11;
/// Below this width, short fields always share a line, and every cell is for the values.
const NARROW: usize = 50;

/// What it costs and the request whole; where the window is too low for that, shortened; where it is too
/// low even for a line of each, that it is too small.
pub fn lines(model: &Model, theme: Theme, ask: &Ask, width: usize, room: usize) -> Vec<Line<'static>> {
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
