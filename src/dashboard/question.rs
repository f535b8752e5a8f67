use std::path::PathBuf;

use jiff::Timestamp;
use secrecy::SecretString;

use super::unsure::Unsure;
use crate::{
    config::{Config, Origin, kept_key},
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
    if let Some(way) = config.key_way {
        return Err(format!("the profile's {way} goes before a kept one: mend that for later runs"));
    }
    match config.key.as_ref().map(|key| &key.origin) {
        None | Some(Origin::Vendor(_)) => Ok(file),
        Some(Origin::File(origin)) if *origin == file => Ok(file),
        Some(origin) => {
            Err(format!("the one of {origin} goes before a kept one: change it there for later runs"))
        }
    }
}
