use std::{cmp::Ordering, ffi::OsStr};

use super::{Job, lower};

/// What jobs can be ordered by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OrderBy {
    /// The number.
    #[default]
    Id,
    /// The state as the screen calls it.
    State,
    /// How far it is.
    Progress,
    /// When it was made.
    Age,
    /// When the service last gave news of it.
    News,
    /// The model.
    Model,
    /// The length that was asked for.
    Seconds,
    /// The prompt, without regard to case.
    Prompt,
    /// The path of the first file.
    File,
    /// The ratio.
    Ratio,
    /// The seed.
    Seed,
    /// What it costs, as far as is known.
    Cost,
    /// The user's labels.
    Tags,
    /// The service's name for its task.
    Task,
}

/// An order of jobs. What a job does not have comes before what others have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// By this; jobs that are the same in it stand newest first.
    pub by: OrderBy,
    /// Falling instead of rising.
    pub falling: bool,
}

impl Default for Order {
    /// Newest first.
    fn default() -> Self {
        Self { by: OrderBy::Id, falling: true }
    }
}

impl Order {
    /// How two jobs stand to each other. Ties stand newest first, whether it rises or falls.
    pub fn compare(self, one: &Job, two: &Job) -> Ordering {
        let rising = self.by.compare(one, two);
        let told = if self.falling { rising.reverse() } else { rising };
        told.then_with(|| two.id.cmp(&one.id))
    }
}

impl OrderBy {
    fn compare(self, one: &Job, two: &Job) -> Ordering {
        match self {
            Self::Id => one.id.cmp(&two.id),
            Self::State => one.label().cmp(two.label()),
            Self::Progress => one.progress.partial_cmp(&two.progress).unwrap_or(Ordering::Equal),
            Self::Age => one.created_at.cmp(&two.created_at),
            Self::News => one.last_polled_at.cmp(&two.last_polled_at),
            Self::Model => one.request.model.cmp(&two.request.model),
            Self::Seconds => one.request.duration.cmp(&two.request.duration),
            Self::Prompt => prompt(one).cmp(prompt(two)),
            Self::File => file(one).cmp(&file(two)),
            Self::Ratio => one.request.ratio.cmp(&two.request.ratio),
            Self::Seed => one.request.seed.cmp(&two.request.seed),
            Self::Cost => one.cost().cmp(&two.cost()),
            Self::Tags => one.tags.cmp(&two.tags),
            Self::Task => one.task_id.cmp(&two.task_id),
        }
    }
}

/// Letter by letter, so that nothing is taken from the heap for a comparison.
fn prompt(job: &Job) -> impl Iterator<Item = char> {
    lower(job.request.prompt_text.as_deref().unwrap_or_default())
}

fn file(job: &Job) -> Option<&OsStr> {
    job.result.as_ref()?.files.first().map(|file| file.path.as_os_str())
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::job::{Account, JobId};

    #[test]
    fn ties_stand_newest_first_either_way() {
        let job = |id, prompt: &str| {
            let at = Timestamp::UNIX_EPOCH;
            let mut job = Job::of_task(JobId(id), String::new(), Account::default(), String::new(), at);
            job.request.prompt_text = Some(prompt.into());
            job
        };
        let mut jobs = [job(1, "B"), job(2, "a"), job(3, "b"), job(4, "c")];
        let mut ordered = |by, falling| {
            jobs.sort_by(|one, two| Order { by, falling }.compare(one, two));
            jobs.each_ref().map(|job| job.id.0)
        };
        assert_eq!(ordered(OrderBy::Prompt, false), [2, 3, 1, 4]);
        assert_eq!(ordered(OrderBy::Prompt, true), [4, 3, 1, 2]);
        assert_eq!(ordered(OrderBy::Cost, false), [4, 3, 2, 1]);
        assert_eq!(ordered(OrderBy::Id, false), [1, 2, 3, 4]);
        let newest = Order::default();
        assert_eq!(ordered(newest.by, newest.falling), [4, 3, 2, 1]);
    }
}
