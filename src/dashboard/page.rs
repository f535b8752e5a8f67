use crate::{engine::Detail, job::JobId};

/// What stands in place of the panes.
#[derive(Debug)]
pub enum Page {
    /// All about a job.
    Detail(Box<DetailPage>),
    /// All keys.
    Help {
        /// The first line that is shown.
        top: usize,
    },
    /// A text alone, to be selected with the mouse.
    Text(TextPage),
}

/// A text alone.
#[derive(Debug)]
pub struct TextPage {
    /// What it is.
    pub title: String,
    /// The text.
    pub text: String,
    /// The first line that is shown.
    pub top: usize,
}

/// The detail view of a job.
#[derive(Debug)]
pub struct DetailPage {
    /// The job.
    pub id: JobId,
    /// What the engine told beside the job, once it has.
    pub told: Option<Detail>,
    /// The first line that is shown.
    pub top: usize,
}

impl Page {
    /// The first line that is shown.
    pub fn top(&self) -> usize {
        match self {
            Self::Detail(page) => page.top,
            Self::Help { top } => *top,
            Self::Text(page) => page.top,
        }
    }

    /// Sets the first line that is shown.
    pub fn set_top(&mut self, line: usize) {
        match self {
            Self::Detail(page) => page.top = line,
            Self::Help { top } => *top = line,
            Self::Text(page) => page.top = line,
        }
    }
}
