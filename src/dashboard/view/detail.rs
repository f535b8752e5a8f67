use jiff::Timestamp;
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

use super::{
    super::{
        Model, clock,
        job_text::{deadline, percent, state_text},
        page::DetailPage,
        text,
    },
    below_title,
    layout::Layout,
    put, put_lines,
    table::is_stale,
    theme::{Theme, bold, rule},
};
use crate::{
    engine::Detail,
    job::{Certainty, Job, JobId, State},
};

/// The detail of the selected job beside the table.
pub fn draw_beside(model: &Model, theme: Theme, layout: &Layout, buffer: &mut Buffer) {
    let Some(page) = model.dock.as_ref().filter(|_| layout.beside.width > 0) else { return };
    let area = layout.beside;
    let state = model.jobs.get(page.id).map_or_else(String::new, |job| format!(" · {}", state_text(job)));
    let hint = ["Enter shows all".to_string()];
    put(buffer, area, area.y, &rule(theme, area.width, &format!("Job {}{state}", page.id), &hint, false));
    put_lines(buffer, below_title(area), &lines(model, theme, page, usize::from(area.width)));
    let between = Rect { x: area.x.saturating_sub(1), width: 1, ..area };
    put_lines(buffer, between, &vec![Line::styled("│", theme.dim); usize::from(area.height)]);
}

/// Labels take so many cells, the gap after them included.
const LABEL: usize = 16;
/// Of a reply so many characters are shown; the journal has it whole.
const REPLY_LIMIT: usize = 64 * 1024;

/// Everything about a job. Addresses begin at the first column and fill their lines, so that the
/// terminal's own selection takes them whole.
pub fn lines(model: &Model, theme: Theme, page: &DetailPage, width: usize) -> Vec<Line<'static>> {
    let told = page.told.as_ref();
    let Some(job) = model.jobs.get(page.id).or(told.map(|told| &told.job)) else {
        return vec![Line::raw("This job is not known any more.")];
    };
    let mut sheet = Sheet { theme, width, lines: Vec::new() };
    state(model, job, &mut sheet);
    request(job, &mut sheet);
    lineage(told, job, &mut sheet);
    result(model, job, &mut sheet);
    times(model, job, &mut sheet);
    identity(model, job, &mut sheet);
    history(model, told, &mut sheet);
    sheet.lines
}

/// Lines that are being put together.
struct Sheet {
    theme: Theme,
    width: usize,
    lines: Vec<Line<'static>>,
}

impl Sheet {
    fn heading(&mut self, words: &str) {
        if !self.lines.is_empty() {
            self.lines.push(Line::default());
        }
        self.lines.push(Line::styled(words.to_string(), bold()));
    }

    fn field(&mut self, label: &str, value: &str) {
        self.styled_field(label, value, Style::new());
    }

    fn some<T: ToString>(&mut self, label: &str, value: Option<&T>) {
        if let Some(value) = value {
            self.field(label, &value.to_string());
        }
    }

    fn styled_field(&mut self, label: &str, value: &str, style: Style) {
        let mut label = Some(label);
        for piece in text::wrap(value, self.width.saturating_sub(LABEL + 2).max(8)) {
            let label = format!("  {}", text::fit(label.take().unwrap_or_default(), LABEL));
            self.lines
                .push(Line::from(vec![Span::styled(label, self.theme.dim), Span::styled(piece, style)]));
        }
    }

    fn address(&mut self, label: &str, address: &str) {
        self.lines.push(Line::styled(format!("  {label}"), self.theme.dim));
        self.lines.extend(text::chunks(address, self.width).into_iter().map(Line::raw));
    }

    fn plain(&mut self, words: &str) {
        let wrapped = text::wrap(words, self.width.saturating_sub(2));
        self.lines.extend(wrapped.into_iter().map(|line| Line::raw(format!("  {line}"))));
    }
}

fn state(model: &Model, job: &Job, sheet: &mut Sheet) {
    sheet.heading("State");
    let style = sheet.theme.state(job.label());
    let waits = if job.waits_to_be_sent() { ", waits to be sent" } else { "" };
    sheet.styled_field("state", &format!("{}{waits}", job.label()), style);
    if let Some(word) = &job.raw_status {
        let waits = if word.eq_ignore_ascii_case("THROTTLED") { " (waits for a free slot)" } else { "" };
        sheet.field("service says", &format!("{word}{waits}"));
    }
    if let Some(progress) = job.progress {
        sheet.field("progress", &format!("{} %", percent(progress)));
    }
    if is_stale(model, job) {
        let style = sheet.theme.warn;
        let told = "STALE: the service has given no news for a while; p asks now, the log tells why";
        sheet.styled_field("news", told, style);
    }
    let usual = model.jobs.history().tell(job, model.second()).filter(|_| model.is_ours(job));
    sheet.some("takes", usual.as_ref());
    if let Some(problem) = &job.problem {
        sheet.field("why", &problem.message);
    }
    if let Some(failure) = &job.failure {
        sheet.field("code", if failure.code.is_empty() { "none" } else { &failure.code });
        sheet.field("message", if failure.message.is_empty() { "none" } else { &failure.message });
    }
    sheet.some("what to do", job.advice().map(ToString::to_string).as_ref());
    if let Some(consent) = &job.consent {
        let until = clock::full(consent.until, &model.facts.tz);
        sheet.field("consent", &format!("may be sent until {until}, by process {}", consent.holder));
    }
    let cost = match (job.certainty(), job.cost()) {
        (Certainty::None, Some(money)) if job.state == State::Held => {
            format!("nothing billed; about ${money} if it is sent")
        }
        (Certainty::None, _) => "nothing billed".into(),
        (Certainty::FailedMaybeBilled, Some(money)) if job.is_moderated() => {
            format!("about ${money} (counted as billed)")
        }
        (Certainty::Confirmed, Some(money)) => format!("${money} (by the account's own record)"),
        (certainty, Some(money)) => format!("about ${money} ({})", certainty.word().replace('_', " ")),
        (certainty, None) => format!("unknown ({})", certainty.word().replace('_', " ")),
    };
    sheet.field("cost", &cost);
}

fn request(job: &Job, sheet: &mut Sheet) {
    let request = &job.request;
    sheet.heading("Request");
    sheet.address("image", &request.picture());
    sheet.some("prompt", request.prompt_text.as_ref());
    sheet.field("model", &request.model);
    sheet.some("ratio", request.ratio.as_ref());
    sheet.some("duration", request.duration.map(|seconds| format!("{seconds} s")).as_ref());
    sheet.some("seed", request.seed.as_ref());
    sheet.some("watermark", request.watermark.map(|mark| if mark { "yes" } else { "no" }).as_ref());
}

/// What it was made from and what was changed, and what was made from it.
fn lineage(told: Option<&Detail>, job: &Job, sheet: &mut Sheet) {
    let kin = told.map(|told| &told.kin);
    let names = |ids: &[JobId]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
    let (children, sweep) = kin.map_or_else(Default::default, |kin| (names(&kin.clones), names(&kin.sweep)));
    if job.parent.is_none() && children.is_empty() && sweep.is_empty() {
        return;
    }
    sheet.heading("Lineage");
    if let Some(parent) = job.parent {
        sheet.field("cloned from", &format!("job {parent}"));
        let from = kin.and_then(|kin| kin.parent.as_ref());
        let changes = from.map(|from| job.request.differences(&from.request));
        for (field, was, is) in changes.iter().flatten() {
            sheet.field(&format!("  {}", field.name()), &format!("{is} (was {was})"));
        }
        if changes.is_some_and(|changes| changes.is_empty()) {
            sheet.field("", "nothing was changed");
        }
    }
    if !children.is_empty() {
        sheet.field("clones", &children.join(", "));
    }
    if !sweep.is_empty() {
        sheet.field("sweep with", &sweep.join(", "));
    }
}

fn result(model: &Model, job: &Job, sheet: &mut Sheet) {
    let Some(result) = &job.result else { return };
    sheet.heading("Video");
    sheet.field("download", &result.state.word().replace('_', " "));
    sheet.some("why", result.problem.as_ref());
    for file in &result.files {
        sheet.address("file", &file.path.to_string_lossy());
        sheet.field("size", &format!("{} ({} bytes)", text::size(file.bytes), file.bytes));
        sheet.field("sha256", &file.sha256);
    }
    for url in &result.urls {
        sheet.address("address (whoever has it can fetch the video)", url);
    }
    let latest = if result.expiry_is_assumed() { ", at the latest" } else { "" };
    let left =
        deadline(job).map_or_else(String::new, |at| format!(", {} left", clock::left(model.second(), at)));
    let expires = result.expires_at.map(|at| format!("{}{latest}{left}", clock::full(at, &model.facts.tz)));
    sheet.some("expires", expires.as_ref());
}

fn times(model: &Model, job: &Job, sheet: &mut Sheet) {
    sheet.heading("Times");
    let all: [(&str, Option<Timestamp>); 7] = [
        ("created", Some(job.created_at)),
        ("sent", job.sent_at),
        ("accepted", job.submitted_at),
        ("first seen", job.first_seen_at),
        ("started", job.started_at),
        ("ended", job.finished_at),
        ("last news", job.last_polled_at),
    ];
    for (label, at) in all {
        sheet.some(label, at.map(|at| clock::full(at, &model.facts.tz)).as_ref());
    }
}

fn identity(model: &Model, job: &Job, sheet: &mut Sheet) {
    sheet.heading("Names");
    sheet.field("job", &job.id.to_string());
    sheet.some("task", job.task_id.as_ref());
    sheet.some("request id", job.request_id.as_ref());
    sheet.field("uuid", &job.uuid);
    let style = if model.is_ours(job) { Style::new() } else { sheet.theme.dim };
    sheet.styled_field("account", &format!("{}, {}", job.account.profile, job.account), style);
    if !job.tags.is_empty() {
        sheet.field("tags", &job.tags.join(", "));
    }
    if job.archived {
        sheet.field("archived", "yes");
    }
}

fn history(model: &Model, told: Option<&Detail>, sheet: &mut Sheet) {
    sheet.heading("Timeline");
    let Some(told) = told else {
        return sheet.plain("is being read from the journal");
    };
    for entry in &told.timeline {
        // The year stands under "Times".
        let at =
            format!("{} {}", clock::day(entry.at, &model.facts.tz), clock::second(entry.at, &model.facts.tz));
        sheet.field(&at, &entry.text);
    }
    let Some((at, status, body)) = &told.reply else { return };
    sheet.heading("Last reply of the service, as it came");
    sheet.plain(&format!("HTTP {status} at {}", clock::full(*at, &model.facts.tz)));
    let pretty = serde_json::from_str::<serde_json::Value>(body)
        .ok()
        .and_then(|value| serde_json::to_string_pretty(&value).ok());
    let shown: String = pretty.as_deref().unwrap_or(body).chars().take(REPLY_LIMIT).collect();
    for line in shown.lines() {
        sheet.lines.extend(text::chunks(line, sheet.width).into_iter().map(Line::raw));
    }
    if body.chars().count() > REPLY_LIMIT {
        sheet.plain("the rest is left out here");
    }
}
