mod moments;

use std::collections::BTreeMap;

use jiff::{Timestamp, tz::TimeZone};
use ratatui::layout::Rect;
use tracing::Level;

use super::{
    actions::Scope,
    attention::Attention,
    columns::Column,
    form::Form,
    job_text::is_moving,
    jobs::Jobs,
    key_map::KeyMap,
    line::Line,
    log_pane::LogPane,
    memos::Memos,
    news::News,
    page::{DetailPage, Page},
    picker::Picker,
    question::{Order, Question, Toast, Tone},
    view::{self, Theme},
};
use crate::{
    config::Config,
    engine::{Role, Status, Ticket},
    job::{Account, Candidate, Draft, Filter, Job, JobId, Money, State},
};

/// What the screen has to know from the beginning.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
#[derive(Debug)]
pub struct Facts {
    /// This moment.
    pub now: Timestamp,
    /// Where the user is.
    pub tz: TimeZone,
    /// All settings.
    pub config: Config,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// Only ASCII signs in the frame.
    pub ascii: bool,
    /// Whether colours may be used.
    pub color: bool,
    /// The folder of a demo's files, in a demo.
    pub demo: Option<String>,
    /// The report whose replies a demo replays.
    pub replay: Option<String>,
    /// Whether nothing may be sent, polled, fetched or written.
    pub read_only: bool,
    /// Who and where we are, as `scp` names it from elsewhere: `user@host`.
    pub remote: String,
    /// The locale promises no more than ASCII.
    pub plain_locale: bool,
    /// What is to be told first, if anything.
    pub told: Option<String>,
    /// What random seeds are drawn from.
    pub luck: u64,
}

/// A pane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Focus {
    /// The form.
    Form,
    /// The table.
    Jobs,
    /// The log.
    Log,
}

/// What the service counted, and when.
pub type Reading = (Timestamp, Money);

/// A command whose answer is awaited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// A job to be sent.
    Send(Order),
    /// Videos to be fetched.
    Download,
    /// Held jobs to be given up.
    Drop,
    /// A task for an unsure job.
    Adopt,
    /// The word that no task came of an unsure job.
    Resolve,
    /// A look at the account's task list.
    Reconcile,
    /// Jobs to be put out of sight, or back.
    Archive {
        /// Out of sight.
        archived: bool,
    },
    /// Labels.
    Tag,
    /// The jobs that a typed command names; it is carried out when they are known.
    Line(String),
    /// The jobs that a filter marks.
    Mark,
    /// The jobs of which the videos may be fetched.
    DownloadAll,
    /// A look at a picture; what it is goes on with afterwards.
    Image {
        /// As it stands in the form.
        image: String,
        /// What is to be sent after it.
        then_send: Option<Box<Filled>>,
    },
}

/// What the form held when it was to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filled {
    /// As it was typed.
    pub draft: Draft,
    /// The job that it is a clone of.
    pub parent: Option<JobId>,
}

/// All the state of the screen.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
#[derive(Debug)]
pub struct Model {
    pub(super) facts: Facts,
    pub(super) account: Option<Account>,
    pub(super) keys: KeyMap,
    pub(super) focus: Focus,
    /// The user has gone somewhere: the beginning's choice of focus is over.
    pub(super) went: bool,
    pub(super) form: Form,
    pub(super) jobs: Jobs,
    pub(super) log: LogPane,
    pub(super) page: Option<Page>,
    pub(super) question: Option<Question>,
    pub(super) attention: Attention,
    /// What is being typed at the bottom.
    pub(super) line: Option<Line>,
    /// The list that is open.
    pub(super) picker: Option<Picker>,
    /// What the table shows, as it was typed.
    pub(super) filter: String,
    pub(super) columns: Vec<Column>,
    pub(super) theme: Theme,
    /// The pane that has the keys has all the room.
    pub(super) zoom: bool,
    /// The detail of the selected job stands beside the table, with what the engine told of it.
    pub(super) dock: Option<Box<DetailPage>>,
    pub(super) mouse: bool,
    /// The jobs that a command names while it is carried out, in place of the marked ones.
    pub(super) named: Vec<JobId>,
    /// The jobs that words of the command may mean that is carried out now, as the journal knows them.
    pub(super) looked_up: Vec<(String, Vec<JobId>)>,
    /// Words of it that the journal is to be asked about.
    pub(super) to_look_up: Vec<String>,
    pub(super) memos: Memos,
    /// When this screen began, and whether the service has answered since.
    pub(super) started: Timestamp,
    pub(super) heard: bool,
    pub(super) news: News,
    /// What was archived since the start, the last at the end.
    pub(super) archived: Vec<Vec<JobId>>,
    /// What was looked for on a page last.
    pub(super) sought: String,
    /// What was copied last, and its text.
    pub(super) copied: Option<(String, String)>,
    /// Commands that were typed, the last at the end.
    pub(super) said: Vec<String>,
    pub(super) luck: fastrand::Rng,
    /// What the last action left out, to be told with what it did.
    pub(super) left_out: Option<String>,
    pub(super) toast: Option<Toast>,
    pub(super) status: Status,
    /// At most a handful: one for each command that is not answered yet, with what it left out.
    pub(super) asked: BTreeMap<Ticket, (Asked, Option<String>)>,
    pub(super) last_ticket: Ticket,
    /// What the account's task list last showed for jobs that are unsure still.
    pub(super) candidates: BTreeMap<JobId, Vec<Candidate>>,
    /// What the key had used before a job was sent whose reply was lost, and after; when each was asked.
    pub(super) usage: BTreeMap<JobId, (Reading, Reading)>,
    /// What stands still since an earlier run was told or asked about.
    pub(super) asked_at_start: bool,
    /// Something may look different than when it was last drawn.
    pub(super) stale: bool,
    /// The same, but what differs can wait until then.
    stale_at: Option<Timestamp>,
    /// How many rows the table shows, and when a time on the screen reads differently next; as they were settled last.
    height: usize,
    next_step: Option<Timestamp>,
}

impl Model {
    /// The screen at its beginning, before the engine has told anything.
    pub fn new(facts: Facts) -> Self {
        let (keys, warnings) = KeyMap::new(&facts.config.keys);
        let columns = columns(&facts.config);
        let mut model = Self {
            account: facts.config.account(),
            keys,
            focus: Focus::Jobs,
            went: false,
            form: Form::new(&facts.config.defaults),
            jobs: Jobs::of(facts.config.account()),
            log: LogPane::default(),
            page: None,
            question: None,
            attention: Attention::default(),
            line: None,
            picker: None,
            filter: String::new(),
            columns,
            theme: Theme::of(&facts.config, facts.color),
            zoom: false,
            dock: None,
            mouse: facts.config.ui.mouse,
            named: Vec::new(),
            looked_up: Vec::new(),
            to_look_up: Vec::new(),
            memos: Memos::default(),
            started: facts.now,
            heard: false,
            news: News::default(),
            archived: Vec::new(),
            sought: String::new(),
            copied: None,
            said: Vec::new(),
            luck: fastrand::Rng::with_seed(facts.luck),
            left_out: None,
            toast: None,
            status: Status::default(),
            asked: BTreeMap::new(),
            last_ticket: 0,
            candidates: BTreeMap::new(),
            usage: BTreeMap::new(),
            asked_at_start: false,
            stale: true,
            stale_at: None,
            height: 0,
            next_step: None,
            facts,
        };
        // What differs from the empty form is worth to be kept.
        let (draft, now) = (model.form.draft(), model.now());
        model.memos.see(&draft, now, false, |_| true);
        if let Some(words) = model.facts.told.take() {
            model.tell(Tone::Good, words);
        }
        model.tell_faults(&warnings);
        model
    }

    /// Takes over what a config that was read again says of the screen.
    pub(super) fn reload(&mut self, fresh: Config) {
        let Config { ui, themes, notify, keys, warnings, .. } = fresh;
        let config = &mut self.facts.config;
        (config.ui, config.themes, config.notify, config.keys) = (ui, themes, notify, keys);
        let (keys, key_warnings) = KeyMap::new(&config.keys);
        (self.keys, self.columns) = (keys, columns(config));
        self.theme = Theme::of(config, self.facts.color);
        self.facts.ascii = config.ui.ascii.unwrap_or(self.facts.plain_locale);
        self.news.forget_title();
        // A filter may mean something else now; what could be read before can be read again.
        let filter = Filter::parse_as(&self.filter, self.facts.config.ui.fuzzy).unwrap_or_default();
        self.jobs.set_filter(filter);
        self.tell(Tone::Good, "keys, theme, columns and notices were read again");
        let faults = std::mem::take(&mut self.facts.config.faults);
        self.facts.config.warnings = warnings;
        self.tell_faults(&key_warnings);
        self.facts.config.faults = faults;
    }

    /// Everything wrong with the config stands in the log; the first of it is told as well.
    fn tell_faults(&mut self, key_warnings: &[String]) {
        let now = self.facts.now;
        let file = self.facts.config.file.display().to_string();
        let of_file = |text: &String| (Level::WARN, format!("{file}: {text}"));
        let config = &self.facts.config;
        let faults = config.faults.iter().map(|fault| (Level::ERROR, fault.to_string()));
        let warnings = config.warnings.iter().map(|fault| (Level::WARN, fault.to_string()));
        let all: Vec<_> = faults.chain(warnings).chain(key_warnings.iter().map(of_file)).collect();
        for (level, text) in &all {
            self.log.note(now, *level, text.clone());
        }
        if let Some((level, text)) = all.first() {
            let tone = if *level == Level::ERROR { Tone::Bad } else { Tone::Warn };
            self.tell(tone, text.clone());
        }
    }

    /// Shows a toast in place of any other.
    pub(super) fn tell(&mut self, tone: Tone, text: impl Into<String>) {
        self.toast = Some(Toast { text: text.into(), tone, since: None, promise: None });
    }

    /// Shows that a job will be sent, until it is.
    pub(super) fn promise(&mut self, job: JobId, text: String) {
        self.toast = Some(Toast { text, tone: Tone::Good, since: None, promise: Some(job) });
    }

    /// What a toast promised of a job has come, or not: says which.
    pub(super) fn keep_promise(&mut self) {
        let promised = self.toast.as_ref().and_then(|toast| toast.promise);
        let Some(job) = promised.and_then(|id| self.jobs.get(id)) else { return };
        let why = job.problem.as_ref().map_or_else(String::new, |problem| format!(": {}", problem.message));
        let (tone, words) = match job.state {
            State::Held if job.consent.is_some() => return,
            State::Sending => return,
            State::Submitted | State::Queued | State::Running | State::Succeeded => {
                (Tone::Good, format!("job {} was accepted by the service", job.id))
            }
            State::Held => (Tone::Warn, format!("job {} was not sent and is held{why}", job.id)),
            _ => (Tone::Bad, format!("job {} is {}{why}", job.id, job.label())),
        };
        let hides = !self.jobs.filter().matches(job, self.now());
        self.tell(tone, words + if hides { "; the filter hides it" } else { "" });
    }

    /// The moment that was last told.
    pub(super) fn now(&self) -> Timestamp {
        self.facts.now
    }

    /// Whether the row of a job shows ages that grow.
    pub(super) fn is_moving(&self, job: &Job) -> bool {
        self.is_ours(job) && is_moving(job, self.facts.config.download.auto)
    }

    /// Whether a job was made with the service and key of this process. Without a key, none is told
    /// apart.
    pub(super) fn is_ours(&self, job: &Job) -> bool {
        self.account.as_ref().is_none_or(|account| account.is_same(&job.account))
    }

    /// The terminal, from its first cell.
    pub(super) fn area(&self) -> Rect {
        Rect::new(0, 0, self.facts.size.0, self.facts.size.1)
    }

    /// Where keys are heard now, the first scope first.
    pub(super) fn scopes(&self) -> &'static [Scope] {
        match (&self.page, self.focus) {
            (Some(Page::Detail(_)), _) => &[Scope::Page, Scope::Job, Scope::Lines, Scope::Anywhere],
            (Some(Page::Help { .. } | Page::Text(_)), _) => &[Scope::Page, Scope::Lines, Scope::Anywhere],
            (None, Focus::Form) if self.form.is_editing() => &[Scope::Text, Scope::Anywhere],
            (None, Focus::Form) => &[Scope::Form, Scope::Anywhere],
            (None, Focus::Jobs) => &[Scope::Table, Scope::Job, Scope::Lines, Scope::Anywhere],
            (None, Focus::Log) => &[Scope::Log, Scope::Lines, Scope::Anywhere],
        }
    }

    /// The job that an action for one is about: the one that a command names or the detail view shows, else
    /// the selected one.
    pub(super) fn job_here(&self) -> Option<&Job> {
        match (&self.page, self.named.first()) {
            (_, Some(named)) => self.jobs.get(*named),
            (Some(Page::Detail(page)), None) => self.jobs.get(page.id),
            _ => self.jobs.selected(),
        }
    }

    /// Whether a question has the keys: one that comes up while a list or a line is open waits for that.
    pub(super) fn asks(&self) -> bool {
        self.question.is_some() && self.picker.is_none() && self.line.is_none()
    }

    /// Whether a new job is on its way into the journal.
    pub(super) fn is_submitting(&self) -> bool {
        self.asked.values().any(|(asked, _)| matches!(asked, Asked::Send(Order::New { .. })))
    }

    /// Whether a picture is being looked at.
    pub(super) fn is_looking(&self) -> bool {
        self.asked.values().any(|(asked, _)| matches!(asked, Asked::Image { .. }))
    }

    /// How many tasks the service is asked about.
    pub(super) fn tasks_under_way(&self) -> usize {
        self.jobs.at_hand().filter(|job| self.is_asked(job)).count()
    }

    /// Whether the service is asked about a job.
    pub(super) fn is_asked(&self, job: &Job) -> bool {
        job.state.is_polled() && self.is_ours(job)
    }

    /// Why nothing can be sent, or none when it can.
    pub(super) fn blocked(&self) -> Option<String> {
        let faults = self.facts.config.faults.len();
        if self.facts.read_only || self.status.role == Role::ReadOnly {
            Some("read-only: nothing is sent".into())
        } else if faults > 0 {
            Some("the config has a fault: nothing is sent until it is mended".into())
        } else if self.account.is_none() {
            Some("there is no key: nothing can be sent".into())
        } else {
            None
        }
    }

    /// What is selected, and what stands over the panes.
    pub(super) fn place(&self) -> impl PartialEq + use<> {
        let over = [self.page.is_some(), self.question.is_some(), self.picker.is_some(), self.line.is_some()];
        (self.jobs.selected_id(), self.detail_id(), over)
    }

    /// The id of the job in the detail view.
    pub(super) fn detail_id(&self) -> Option<JobId> {
        match &self.page {
            Some(Page::Detail(page)) => Some(page.id),
            _ => None,
        }
    }

    /// Brings every scroll position in line with what there is.
    pub(super) fn settle(&mut self) {
        self.height = view::table_rows(self, self.area());
        if self.height > 0 {
            self.jobs.settle(self.height);
        }
        if !self.log.follows()
            && let Some(most) = view::log_most_hidden(self, self.area())
        {
            self.log.hide_at_most(most);
        }
        let most = view::page_scroll(self, self.area());
        if let Some(page) = &mut self.page {
            page.set_top(page.top().min(most));
        }
        self.look_ahead();
    }
}

/// The columns that the config names; one that it misnames was told of when it was read.
fn columns(config: &Config) -> Vec<Column> {
    config.ui.columns.iter().filter_map(|name| Column::named(name)).collect()
}
