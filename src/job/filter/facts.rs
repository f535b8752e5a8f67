use jiff::Timestamp;

use crate::job::{Job, JobId, Money, ResultState, State};

/// What a filter asks of a job: so it is the same test for a whole job and for what an index holds of one.
pub trait Facts {
    /// Its number.
    fn id(&self) -> JobId;
    /// Where it stands.
    fn state(&self) -> State;
    /// [`Job::label`].
    fn label(&self) -> &str;
    /// [`Job::is_live`].
    fn is_live(&self) -> bool;
    /// Whether it is out of sight.
    fn is_archived(&self) -> bool;
    /// Whether its video is on disk.
    fn is_saved(&self) -> bool;
    /// When it was put into the journal.
    fn created_at(&self) -> Timestamp;
    /// The job that it was cloned from.
    fn parent(&self) -> Option<JobId>;
    /// The length that was asked for, in seconds.
    fn duration(&self) -> Option<u32>;
    /// The seed that was asked for.
    fn seed(&self) -> Option<u64>;
    /// [`Job::cost`].
    fn cost(&self) -> Option<Money>;
    /// One of its texts, where it has it.
    fn text(&self, which: Text) -> Option<&str>;
    /// The user's labels.
    fn tags(&self) -> impl Iterator<Item = &str>;
    /// What the service or we say that went wrong.
    fn faults(&self) -> impl Iterator<Item = &str>;
}

/// A text of a job that there is one of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Text {
    /// The model.
    Model,
    /// The prompt.
    Prompt,
    /// The service's name for its task.
    Task,
    /// The ratio.
    Ratio,
    /// The name of the profile that made it.
    Profile,
    /// The name of its sweep.
    Group,
}

impl Facts for Job {
    fn id(&self) -> JobId {
        self.id
    }

    fn state(&self) -> State {
        self.state
    }

    fn label(&self) -> &str {
        self.label()
    }

    fn is_live(&self) -> bool {
        self.is_live()
    }

    fn is_archived(&self) -> bool {
        self.archived
    }

    fn is_saved(&self) -> bool {
        self.result.as_ref().is_some_and(|result| result.state == ResultState::Saved)
    }

    fn created_at(&self) -> Timestamp {
        self.created_at
    }

    fn parent(&self) -> Option<JobId> {
        self.parent
    }

    fn duration(&self) -> Option<u32> {
        self.request.duration
    }

    fn seed(&self) -> Option<u64> {
        self.request.seed
    }

    fn cost(&self) -> Option<Money> {
        self.cost()
    }

    fn text(&self, which: Text) -> Option<&str> {
        match which {
            Text::Model => Some(&self.request.model),
            Text::Prompt => self.request.prompt_text.as_deref(),
            Text::Task => self.task_id.as_deref(),
            Text::Ratio => self.request.ratio.as_deref(),
            Text::Profile => Some(&self.account.profile),
            Text::Group => self.group.as_deref(),
        }
    }

    fn tags(&self) -> impl Iterator<Item = &str> {
        self.tags.iter().map(String::as_str)
    }

    fn faults(&self) -> impl Iterator<Item = &str> {
        let failure = self.failure.iter().flat_map(|failure| [&failure.code, &failure.message]);
        let problem = self.problem.iter().map(|problem| &problem.message);
        let result = self.result.iter().filter_map(|result| result.problem.as_ref());
        failure.chain(problem).chain(result).map(String::as_str)
    }
}
