//! The screen as a user meets it: keys in, what is seen and which effects come out.

mod attention;
mod bytes;
mod clone;
mod commands;
mod copy;
mod drafts;
mod filter;
mod first;
mod keys;
mod lists;
mod log;
mod looks;
mod marks;
mod money;
mod mouse;
mod news;
mod overlays;
mod palette;
mod presets;
mod properties;
mod sending;
mod shelf;
mod snapshots;
mod sweeps;
mod unsure;
mod windows;

use std::{path::PathBuf, time::Duration};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use ratatui::{Terminal, backend::TestBackend, buffer::Buffer};

use super::{
    Effect, Facts, Message, Model,
    key::Key,
    model::Focus,
    question::{Question, Toast, Tone},
    update, view,
};
use crate::{
    config::{ApiKey, Config, Confirm, Defaults, Download, Notify, Origin, Poll, Submit, Ui},
    engine::{Command, Role, Status, Update},
    job::{
        Account, Budget, Change, Consent, Failure, Job, JobId, ModelTable, Money, NewJob, Phase, Problem,
        Report, Request, SavedFile,
    },
};

const KEY: &str = "sk-0123456789abcdef";

fn now() -> Timestamp {
    "2026-05-01T12:00:00Z".parse().unwrap()
}

fn before(seconds: i64) -> Timestamp {
    now() - SignedDuration::from_secs(seconds)
}

fn after(seconds: i64) -> Timestamp {
    before(-seconds)
}

fn config() -> Config {
    let second = Duration::from_secs;
    Config {
        file: PathBuf::from("/home/u/.config/taxiway/config.toml"),
        data_dir: PathBuf::from("/home/u/.local/share/taxiway"),
        profile: "default".into(),
        service: "https://api.cometapi.com".into(),
        key: Some(ApiKey::new(KEY.into(), Origin::Env("COMETAPI_KEY".into()))),
        key_command: None,
        key_way: None,
        access_token: None,
        access_token_command: None,
        ca: None,
        runway_version: "2024-11-06".into(),
        defaults: Defaults { model: "gen3a_turbo".into(), ratio: "1280:720".into(), duration: 5 },
        submit: Submit {
            confirm: Confirm::Always,
            max_active: 0,
            connect_timeout: second(10),
            reply_timeout: second(120),
        },
        poll: Poll {
            interval: second(5),
            jitter: second(3),
            timeout: second(30),
            max_backoff: second(60),
            requests_per_second: 10,
        },
        download: Download {
            auto: true,
            dir: PathBuf::from("/home/u/Videos/taxiway"),
            name: "{date}-{id}-{slug}".into(),
            max_parallel: 2,
            max_bytes: 2 << 30,
        },
        budget: Budget::default(),
        models: ModelTable::default(),
        ui: Ui::default(),
        themes: std::collections::BTreeMap::new(),
        notify: Notify::default(),
        keys: std::collections::BTreeMap::new(),
        faults: Vec::new(),
        warnings: Vec::new(),
        settings: Vec::new(),
    }
}

fn facts() -> Facts {
    Facts {
        now: now(),
        tz: TimeZone::UTC,
        config: config(),
        size: (120, 40),
        ascii: false,
        color: true,
        demo: None,
        replay: None,
        read_only: false,
        remote: "me@render".into(),
        plain_locale: false,
        told: None,
        luck: 7,
    }
}

fn account() -> Account {
    config().account().unwrap()
}

/// A held job with consent, made `age` seconds ago.
fn held(id: i64, age: i64) -> Job {
    let request = Request {
        prompt_image: "https://example.com/cat.jpg".into(),
        model: "gen3a_turbo".into(),
        prompt_text: Some("a cat yawns in the morning sun".into()),
        ratio: Some("1280:720".into()),
        duration: Some(5),
        ..Request::default()
    };
    let consent = Consent { until: after(600), holder: 123, patience: 15, born: None };
    let estimate = Some(Money::from_micros(320_000));
    let new = NewJob { request, account: account(), estimate, consent: Some(consent), ..NewJob::default() };
    Job::new(JobId(id), format!("0190-{id}"), new, before(age))
}

fn changed(mut job: Job, changes: &[(Change, i64)]) -> Job {
    for (change, age) in changes {
        job.apply(change, before(*age)).unwrap();
    }
    job
}

/// Held, and only a new word of the user sends it.
fn at_rest(id: i64, age: i64) -> Job {
    let problem = Problem::new("not_sent", "could not connect to api.cometapi.com");
    changed(held(id, age), &[(Change::ConsentEnded(problem), age - 15)])
}

fn submitted(id: i64, age: i64) -> Job {
    let accepted =
        Change::Accepted { task_id: format!("d0658ae1-{id}"), request_id: Some(format!("req-{id}")) };
    changed(held(id, age), &[(Change::Intent, age), (accepted, age - 1)])
}

fn report(phase: Phase) -> Report {
    Report {
        phase,
        raw_status: None,
        progress: None,
        failure: None,
        urls: Vec::new(),
        started_at: None,
        finished_at: None,
    }
}

fn reported(id: i64, age: i64, report: Report, news: i64) -> Job {
    changed(submitted(id, age), &[(Change::Reported(report), news)])
}

fn running(id: i64, age: i64, progress: f64, news: i64) -> Job {
    let told =
        Report { raw_status: Some("RUNNING".into()), progress: Some(progress), ..report(Phase::Running) };
    reported(id, age, told, news)
}

fn done(id: i64, age: i64) -> Job {
    let urls = vec![format!("https://cdn.example.com/{id}.mp4?_jwt=e30.e30.sig")];
    reported(
        id,
        age,
        Report { urls, raw_status: Some("SUCCEEDED".into()), ..report(Phase::Succeeded) },
        age - 60,
    )
}

fn saved(id: i64, age: i64) -> Job {
    let path = PathBuf::from(format!("/home/u/Videos/taxiway/2026-05-01-{id}-a-cat-yawns.mp4"));
    let file = SavedFile { path, bytes: 300_000, sha256: "ab".repeat(32) };
    changed(done(id, age), &[(Change::Fetching, age - 61), (Change::Saved(vec![file]), age - 62)])
}

fn failed(id: i64, age: i64, code: &str) -> Job {
    let failure = Failure { code: code.into(), message: "An unexpected error occurred.".into() };
    reported(id, age, Report { failure: Some(failure), ..report(Phase::Failed) }, age - 60)
}

fn unsure(id: i64, age: i64) -> Job {
    let problem =
        Problem::new("unsure", "the reply did not come within 120 s").hint("look at the account's task list");
    changed(held(id, age), &[(Change::Intent, age), (Change::Lost { problem, request_id: None }, age - 120)])
}

fn elsewhere(id: i64, age: i64) -> Job {
    let account = Account { key_hash: "other".into(), key_tail: "9876".into(), ..account() };
    Job { account, ..saved(id, age) }
}

/// A table with a bit of everything.
fn living() -> Vec<Job> {
    let mut jobs = vec![
        elsewhere(1, 200_000),
        saved(2, 90_000),
        failed(3, 7_000, "INTERNAL.BAD_OUTPUT.CODE01"),
        failed(4, 6_000, "SAFETY.INPUT.TEXT"),
        unsure(5, 3_000),
        saved(6, 1_900),
        at_rest(7, 900),
        changed(done(8, 130), &[(Change::Fetching, 3)]),
        running(9, 95, 0.72, 2),
        running(10, 64, 0.27, 4),
        reported(11, 30, Report { raw_status: Some("DREAMING".into()), ..report(Phase::Other) }, 6),
        submitted(12, 8),
    ];
    jobs[9].request.prompt_text = Some("夜の猫が屋根の上で踊る、月明かりの下で".into());
    jobs[8].request.model = "gen4_turbo".into();
    jobs
}

/// Three jobs of one sweep.
fn sweep() -> Vec<Job> {
    let of = |job: Job| Job { group: Some("3d95".into()), ..job };
    vec![of(saved(21, 500)), of(running(22, 90, 0.5, 2)), of(saved(23, 500))]
}

/// The numbers of jobs.
fn numbers(ids: &[JobId]) -> Vec<i64> {
    ids.iter().map(|id| id.0).collect()
}

/// The screen under test.
struct Screen {
    model: Model,
    /// All that was to be done so far.
    effects: Vec<Effect>,
    /// What the window was told so far.
    window: Vec<Effect>,
    /// What the screen reads.
    shelf: shelf::Shelf,
}

impl Screen {
    fn new(facts: Facts) -> Self {
        Self {
            model: Model::new(facts),
            effects: Vec::new(),
            window: Vec::new(),
            shelf: shelf::Shelf::default(),
        }
    }

    /// An owner's screen with these jobs, told whole; what stands still has asked and was seen.
    fn with(facts: Facts, jobs: Vec<Job>) -> Self {
        let mut screen = Self::begun(facts, jobs);
        let asks = |toast: &mut Toast| toast.tone == Tone::Warn && toast.text.contains(" one");
        let _ = screen.model.toast.take_if(asks);
        let _ = screen.model.question.take_if(|question| matches!(question, Question::Held { .. }));
        screen
    }

    /// The same at its first moment.
    fn begun(facts: Facts, jobs: Vec<Job>) -> Self {
        let mut screen = Self::new(facts);
        let role = if screen.model.facts.read_only { Role::ReadOnly } else { Role::Owner };
        screen.tell(vec![
            Update::Status(Status { role, ..Status::default() }),
            Update::Jobs(jobs),
            Update::Loaded,
        ]);
        screen
    }

    fn living() -> Self {
        Self::with(facts(), living())
    }

    /// With no jobs.
    fn empty() -> Self {
        Self::with(facts(), Vec::new())
    }

    fn send(&mut self, message: Message) -> &mut Self {
        let is_window = |effect: &Effect| matches!(effect, Effect::Title(_) | Effect::Progress(_));
        self.shelf.see(&message);
        let mut all = update(&mut self.model, message);
        let answers = self.shelf.answer(&mut all, self.model.now());
        let (window, effects) = all.into_iter().partition::<Vec<_>, _>(is_window);
        self.window.extend(window);
        self.effects.extend(effects);
        if answers.is_empty() { self } else { self.tell(answers) }
    }

    fn tell(&mut self, updates: Vec<Update>) -> &mut Self {
        self.send(Message::Updates(updates))
    }

    /// Presses keys: names as in the config, with spaces between; `"…"` types what is inside.
    fn press(&mut self, keys: &str) -> &mut Self {
        for (index, part) in keys.split('"').enumerate() {
            if index % 2 == 1 {
                part.chars().for_each(|c| self.event(KeyCode::Char(c), KeyModifiers::NONE));
            } else {
                for name in part.split_whitespace() {
                    let Key(combination) = name.parse().unwrap();
                    let event: KeyEvent = combination.into();
                    self.event(event.code, event.modifiers);
                }
            }
        }
        self
    }

    fn event(&mut self, code: KeyCode, modifiers: KeyModifiers) {
        // As somebody who reads a question before it is answered, and then presses one key.
        let now = self.model.now();
        if let Some(readable) = self.model.attention.readable() {
            self.send(Message::Time(readable.max(now)));
        }
        self.send(Message::Key(KeyEvent::new(code, modifiers)));
        if let Some(due) = self.model.attention.due() {
            self.send(Message::Time(due));
        }
        if self.model.now() != now {
            self.send(Message::Time(now));
        }
    }

    /// What comes from a terminal without a look at the screen, so many milliseconds between the keys.
    fn burst(&mut self, keys: &str, apart: i64) -> &mut Self {
        let mut now = self.model.now();
        for key in keys.split(' ') {
            let Key(combination) = key.parse().unwrap();
            self.send(Message::Time(now)).send(Message::Key(combination.into()));
            now += SignedDuration::from_millis(apart);
        }
        self
    }

    fn resize(&mut self, columns: u16, rows: u16) -> &mut Self {
        self.send(Message::Resize(columns, rows))
    }

    /// Fills in an image and goes on.
    fn image(&mut self) -> &mut Self {
        self.press("1 \"https://example.com/cat.jpg\"")
    }

    fn draw(&self) -> Terminal<TestBackend> {
        let (columns, rows) = self.model.facts.size;
        let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
        terminal.draw(|frame| view(&self.model, frame)).unwrap();
        terminal
    }

    fn buffer(&self) -> Buffer {
        self.draw().backend().buffer().clone()
    }

    /// What is seen, without the spaces at the ends of lines.
    fn text(&self) -> String {
        rows(&self.buffer()).join("\n")
    }

    fn sees(&self, words: &str) -> bool {
        self.text().contains(words)
    }

    /// The line of the screen that holds these words.
    fn line(&self, words: &str) -> String {
        let text = self.text();
        text.lines()
            .find(|line| line.contains(words))
            .unwrap_or_else(|| panic!("no {words:?} in\n{text}"))
            .to_string()
    }

    fn toast(&self) -> &str {
        self.model.toast.as_ref().map_or("", |toast| &toast.text)
    }

    /// Forgets the effects so far and hands them out.
    fn effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// The commands among them, without what the journal is to remember.
    fn commands(&mut self) -> Vec<Command> {
        let (_, others) = self.told();
        others
    }

    /// What the journal is to remember, by name.
    fn remembered(&mut self) -> Vec<(String, Option<String>)> {
        let (remembered, _) = self.told();
        remembered
    }

    fn told(&mut self) -> (Vec<(String, Option<String>)>, Vec<Command>) {
        let (mut remembered, mut others) = (Vec::new(), Vec::new());
        for effect in self.effects() {
            match effect {
                Effect::Command(Command::Remember { name, value }) => remembered.push((name, value)),
                Effect::Command(command) => others.push(command),
                _ => {}
            }
        }
        (remembered, others)
    }

    fn leaves(&self) -> bool {
        self.effects.iter().any(|effect| matches!(effect, Effect::Leave))
    }

    fn selected(&self) -> Option<i64> {
        self.model.jobs.selected_id().map(|id| id.0)
    }

    /// The jobs of the rows, from the top.
    fn shown(&self) -> Vec<i64> {
        self.model.jobs.rows(0..self.model.jobs.len()).map(|row| row.id().0).collect()
    }

    /// The marked jobs that are shown.
    fn marked(&self) -> Vec<i64> {
        self.model.jobs.marked().iter().map(|id| id.0).collect()
    }

    /// What the open line says of what stands in it.
    fn note(&self) -> &str {
        self.model.line.as_ref().and_then(|line| line.note.as_deref()).unwrap_or_default()
    }

    /// It is so many seconds later than at the beginning.
    fn wait(&mut self, seconds: i64) -> &mut Self {
        self.send(Message::Time(after(seconds)))
    }

    /// The word before the focused field, or "submit", or the pane.
    fn place(&self) -> &'static str {
        match (self.model.focus, self.model.form.field()) {
            (Focus::Form, Some(spec)) => spec.field.name(),
            (Focus::Form, None) => "submit",
            (Focus::Jobs, _) => "jobs",
            (Focus::Log, _) => "log",
        }
    }
}

/// The rows of a buffer; the second cell of a wide sign is no text.
fn rows(buffer: &Buffer) -> Vec<String> {
    use ratatui::buffer::CellWidth;
    let row = |y: u16| {
        let (mut text, mut x) = (String::new(), 0);
        while x < buffer.area.width {
            let symbol = buffer[(x, y)].symbol();
            text.push_str(symbol);
            x += symbol.cell_width().max(1);
        }
        text.trim_end().to_string()
    };
    (0..buffer.area.height).map(row).collect()
}

fn draft(screen: &Screen) -> crate::job::Draft {
    screen.model.form.draft()
}
