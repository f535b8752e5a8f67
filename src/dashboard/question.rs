use std::path::PathBuf;

use jiff::Timestamp;
use secrecy::SecretString;

use super::{Model, text::count, unsure::Unsure};
use crate::{
    config::{Config, Origin, kept_key},
    engine::Role,
    job::{Budget, JobId, ModelTable, Money, Request},
};

/// A question that waits for its answer, over everything else.
#[derive(Debug)]
pub enum Question {
    /// Whether to send this, which costs money.
    Send(Box<Ask>),
    /// Whether to send what another job asks for too.
    Duplicate {
        /// What to send.
        order: Order,
        /// Which job that is, and what would come of it.
        told: String,
    },
    /// Whether to send what an earlier run left held; asked at the start.
    Held {
        /// The jobs, the oldest first.
        ids: Vec<JobId>,
        /// Asked by the program, not called by a key.
        at_start: bool,
    },
    /// Whether to leave while something is under way.
    Leave,
    /// Whether to drop held jobs.
    Drop(Vec<JobId>),
    /// Whether to keep the form in place of the one of this name.
    Replace(String),
    /// Whether to throw a preset away.
    Forget(String),
    /// Whether to keep the API key that was typed, for later runs.
    KeepKey(SecretString),
    /// What became of an unsure job.
    Unsure(Unsure),
    /// No question: why nothing can be sent. Any key puts it away.
    Blocked,
}

/// What the user said yes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// New jobs: one, or those of a sweep.
    New {
        /// What to send, in this order.
        requests: Vec<Request>,
        /// The job that they were made from.
        parent: Option<JobId>,
    },
    /// Held ones.
    Held(Vec<JobId>),
}

/// What is to be sent.
#[derive(Debug)]
pub struct Ask {
    /// The requests, whole; never none.
    pub requests: Vec<Request>,
    /// How several come about, as `3 seeds × 2 ratios`.
    pub sweep: Option<String>,
    /// Seeds were drawn for them, so that no other request is quite the same.
    pub drawn: bool,
    /// The held job that it is, or none for a new one.
    pub held: Option<JobId>,
    /// The job that it was made from.
    pub parent: Option<JobId>,
    /// What the user should know before.
    pub warnings: Vec<String>,
    /// It comes up some time after its key: a picture was looked at first.
    pub late: bool,
}

/// A line that goes away by itself.
#[derive(Debug)]
pub struct Toast {
    /// What it says.
    pub text: String,
    /// How grave.
    pub tone: Tone,
    /// When it was first known to be shown; the first moment that is told after it came up, for the
    /// last one told before may be long ago.
    pub since: Option<Timestamp>,
    /// It says that this job will be sent; once that is over, it says what came of it.
    pub promise: Option<JobId>,
}

/// How grave a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// As asked.
    Good,
    /// Worth a thought.
    Warn,
    /// Went wrong.
    Bad,
}

/// For so many seconds a toast is shown.
pub const TOAST_SECONDS: i64 = 6;

/// What goes on, or does not, when this process leaves; empty where it may leave without a word.
pub fn leaving(model: &Model) -> Vec<String> {
    let status = &model.status;
    let mut lines = Vec::new();
    if status.role == Role::ReadOnly || model.facts.read_only {
        return lines;
    }
    if model.is_submitting() {
        lines.push("A job is just being written into the journal.".into());
    }
    if status.posting > 0 {
        let subject = if status.posting == 1 {
            "A request is on its way".into()
        } else {
            format!("{} requests are on their way", status.posting)
        };
        lines.push(format!("{subject}: Taxiway stays up to 20 s without a screen to store the id."));
    }
    let (to_send, tracked, fetching) = (status.to_send, status.tracked, status.fetching);
    if let Role::View { owner } = status.role {
        let jobs = to_send + tracked + fetching;
        if jobs > 0 {
            let owner = owner.map_or_else(String::new, |pid| format!(" (pid {pid})"));
            lines.push(format!("{} under way: the owner{owner} goes on with them.", count(jobs, "job")));
        }
        return lines;
    }
    if to_send > 0 {
        lines.push(format!("{} will not be sent.", count(to_send, "held job")));
    }
    if model.facts.demo.is_some() {
        if tracked + fetching > 0 {
            lines.push(format!("The demo ends, and with it {} under way.", count(tracked + fetching, "job")));
        }
        return lines;
    }
    if tracked > 0 {
        let (verb, whose) = if tracked == 1 { ("goes", "its video is") } else { ("go", "their videos are") };
        lines.push(format!(
            "{} {verb} on at the service; {whose} fetched when Taxiway runs again, within about 24 h.",
            count(tracked, "task")
        ));
    }
    if fetching > 0 && !model.facts.config.download.auto {
        lines.push(format!("{} not fetched: d fetches it while its link lives.", count(fetching, "video")));
    } else if fetching > 0 {
        let (verb, it) = if fetching == 1 { ("is", "it is") } else { ("are", "they are") };
        lines.push(format!(
            "{} {verb} still to come: {it} fetched when Taxiway runs again.",
            count(fetching, "video")
        ));
    }
    lines
}

impl Question {
    /// Whether it comes up by itself, perhaps while something else is typed.
    pub fn comes_by_itself(&self) -> bool {
        match self {
            Self::Duplicate { .. } | Self::Held { at_start: true, .. } => true,
            Self::Send(ask) => ask.late,
            _ => false,
        }
    }
}

impl Ask {
    /// What all of it costs by the table; none where a price is not known.
    pub fn estimate(&self, models: &ModelTable) -> Option<Money> {
        self.requests.iter().map(|request| models.estimate(request)).sum()
    }

    /// What all of it counts as towards a budget.
    pub fn cost(&self, models: &ModelTable, budget: &Budget) -> Money {
        self.requests.iter().map(|request| budget.cost(models.estimate(request), 1)).sum()
    }
}

/// Where a key that was typed can be kept, such that the next start finds it; or what stands in the way.
pub fn place_of_key(config: &Config) -> Result<PathBuf, String> {
    let Some(file) = kept_key(&config.file, &config.profile) else {
        return Err(format!("the profile {} cannot keep one", config.profile));
    };
    match config.key.as_ref().map(|key| &key.origin) {
        None | Some(Origin::Vendor(_)) => Ok(file),
        Some(Origin::File(origin)) if *origin == file => Ok(file),
        Some(origin) => {
            Err(format!("the one of {origin} goes before a kept one: change it there for later runs"))
        }
    }
}
