use std::{fmt, str::FromStr};

/// Where a job stands. The names are promised to users and scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Only here: nothing was sent, nothing spent.
    Held,
    /// The intent is on disk, the request may be under way.
    Sending,
    /// The reply was lost: the task may exist and be billed. Never sent again by itself.
    Unsure,
    /// The service refused the request: nothing was created.
    Rejected,
    /// Has an id; the service does not show it yet.
    Submitted,
    /// The service shows it, waiting.
    Queued,
    /// The service works on it.
    Running,
    /// The service made the video; [`ResultState`] says where that is.
    Succeeded,
    /// The service says that the task failed.
    Failed,
    /// Ended by a user.
    Cancelled,
    /// The service has not known the task for 15 minutes; still looked for, ever more slowly.
    NotFound,
    /// An unsure job that never came to be.
    NotCreated,
}

/// What the service says of a task, whatever words it used (`reference/api.md §2.4`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Waiting.
    Queued,
    /// Being worked on.
    Running,
    /// Made.
    Succeeded,
    /// Failed.
    Failed,
    /// Cancelled.
    Cancelled,
    /// A word that nobody knows, or none: the task exists and has not ended.
    Other,
}

/// What can happen to a job's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The intent to send is being written down.
    Intent,
    /// The service gave an id.
    Accepted,
    /// Provably nothing was accepted: not connected, or asked to slow down.
    NotSent,
    /// The service refused the request.
    Refused,
    /// The reply was lost, or could not be read.
    Lost,
    /// The service told of the task.
    Reported(Phase),
    /// The service has not known the task for too long.
    Vanished,
    /// A held job was given up by the user.
    Dropped,
    /// A task id was found, or given by the user, for a job that has none.
    Adopted,
    /// The request of an unsure job turned out, or was said, never to have made a task.
    NotCreated,
}

/// A step that the life cycle does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a job that is {from} cannot take {event}")]
pub struct Illegal {
    /// The state it was in.
    pub from: &'static str,
    /// What was to happen.
    pub event: &'static str,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 12] = [
        Self::Held,
        Self::Sending,
        Self::Unsure,
        Self::Rejected,
        Self::Submitted,
        Self::Queued,
        Self::Running,
        Self::Succeeded,
        Self::Failed,
        Self::Cancelled,
        Self::NotFound,
        Self::NotCreated,
    ];

    /// The life cycle: the state after `event`. There is no other way from state to state.
    ///
    /// # Errors
    /// [`Illegal`] where the life cycle has no such step; the state stays as it is.
    pub const fn after(self, event: Event) -> Result<Self, Illegal> {
        Ok(match (self, event) {
            (Self::Held, Event::Intent) => Self::Sending,
            (Self::Held, Event::Dropped) => Self::Cancelled,
            (Self::Sending, Event::NotSent) => Self::Held,
            (Self::Sending, Event::Refused) => Self::Rejected,
            (Self::Sending, Event::Lost) => Self::Unsure,
            (Self::Sending | Self::Unsure | Self::NotCreated, Event::Accepted)
            // A job that was said not to exist is still the place for the id that shows it does; and until
            // the service has shown a task its id may be a slip, which the job itself knows.
            | (
                Self::Unsure | Self::NotCreated | Self::Submitted | Self::NotFound,
                Event::Adopted,
            ) => Self::Submitted,
            (Self::Unsure | Self::Submitted | Self::NotFound, Event::NotCreated) => Self::NotCreated,
            // A task that is made may be asked again, for fresh URLs.
            (Self::Succeeded, Event::Reported(Phase::Succeeded)) => Self::Succeeded,
            (Self::Submitted | Self::Queued | Self::Running | Self::NotFound, Event::Reported(phase)) => {
                match phase {
                    Phase::Succeeded => Self::Succeeded,
                    Phase::Failed => Self::Failed,
                    Phase::Cancelled => Self::Cancelled,
                    Phase::Running => Self::Running,
                    Phase::Other if matches!(self, Self::Running) => Self::Running,
                    Phase::Queued | Phase::Other => Self::Queued,
                }
            }
            (Self::Submitted | Self::Queued | Self::Running | Self::NotFound, Event::Vanished) => {
                Self::NotFound
            }
            _ => return Err(Illegal { from: self.word(), event: event.word() }),
        })
    }

    /// The word in `--json`, in the journal and in filters.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Sending => "sending",
            Self::Unsure => "unsure",
            Self::Rejected => "rejected",
            Self::Submitted => "submitted",
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::NotFound => "not_found",
            Self::NotCreated => "not_created",
        }
    }

    /// Whether nothing further can happen to the task at the service.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Rejected | Self::Succeeded | Self::Failed | Self::Cancelled | Self::NotCreated)
    }

    /// Whether the service is to be asked about the task.
    pub const fn is_polled(self) -> bool {
        matches!(self, Self::Submitted | Self::Queued | Self::Running | Self::NotFound)
    }
}

impl FromStr for State {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|state| state.word() == word);
        found.ok_or_else(|| format!("`{word}` is not a state of a job"))
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl Event {
    const fn word(self) -> &'static str {
        match self {
            Self::Intent => "an intent to send",
            Self::Accepted => "a task id",
            Self::NotSent => "word that it was not sent",
            Self::Refused => "a refusal",
            Self::Lost => "a lost reply",
            Self::Reported(_) => "a report of its task",
            Self::Vanished => "word that its task is not known",
            Self::Dropped => "being dropped",
            Self::Adopted => "the id of a task that was found",
            Self::NotCreated => "word that no task was created",
        }
    }
}

/// Where the video of a succeeded job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ResultState {
    /// To be fetched.
    Pending,
    /// Being fetched.
    Fetching,
    /// On disk, whole, its hash known.
    Saved,
    /// The service says success but has shown no URL yet.
    NoUrl,
    /// The link died before the video was fetched.
    Expired,
    /// Given up, with a reason.
    Failed,
}

/// What can happen to a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResultEvent {
    /// The service showed a URL.
    Found,
    /// The download begins.
    Start,
    /// The file is on disk.
    Saved,
    /// The download broke off and will be tried again, or the user asks for it again.
    Again,
    /// The link is dead.
    Expired,
    /// Given up.
    GivenUp,
}

impl ResultState {
    /// Every state of a result.
    pub const ALL: [Self; 6] =
        [Self::Pending, Self::Fetching, Self::Saved, Self::NoUrl, Self::Expired, Self::Failed];

    /// The state after `event`.
    ///
    /// # Errors
    /// [`Illegal`] where there is no such step.
    pub const fn after(self, event: ResultEvent) -> Result<Self, Illegal> {
        Ok(match (self, event) {
            (Self::NoUrl, ResultEvent::Found) => Self::Pending,
            (same, ResultEvent::Found) => same,
            (Self::Pending, ResultEvent::Start) => Self::Fetching,
            (Self::Fetching, ResultEvent::Saved) => Self::Saved,
            (Self::NoUrl, ResultEvent::Again) => Self::NoUrl,
            (_, ResultEvent::Again) => Self::Pending,
            (Self::Pending | Self::Fetching | Self::NoUrl, ResultEvent::Expired) => Self::Expired,
            (Self::Pending | Self::Fetching | Self::NoUrl, ResultEvent::GivenUp) => Self::Failed,
            _ => return Err(Illegal { from: self.word(), event: "that step of its download" }),
        })
    }

    /// The word in `--json` and in the journal.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Fetching => "fetching",
            Self::Saved => "saved",
            Self::NoUrl => "no_url",
            Self::Expired => "expired",
            Self::Failed => "failed",
        }
    }
}

impl FromStr for ResultState {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|state| state.word() == word);
        found.ok_or_else(|| format!("`{word}` is not a state of a result"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const EVENTS: [Event; 15] = [
        Event::Intent,
        Event::Accepted,
        Event::NotSent,
        Event::Refused,
        Event::Lost,
        Event::Reported(Phase::Queued),
        Event::Reported(Phase::Running),
        Event::Reported(Phase::Succeeded),
        Event::Reported(Phase::Failed),
        Event::Reported(Phase::Cancelled),
        Event::Reported(Phase::Other),
        Event::Vanished,
        Event::Dropped,
        Event::Adopted,
        Event::NotCreated,
    ];

    #[test]
    fn words_read_back() {
        for state in State::ALL {
            assert_eq!(state.word().parse(), Ok(state));
        }
        for state in ResultState::ALL {
            assert_eq!(state.word().parse(), Ok(state));
        }
    }

    #[test]
    fn only_a_held_job_is_ever_sent() {
        for state in State::ALL {
            assert_eq!(state.after(Event::Intent).is_ok(), state == State::Held, "{state}");
        }
    }

    #[test]
    fn only_the_services_word_ends_a_task() {
        for state in State::ALL.into_iter().filter(|state| state.is_polled()) {
            for event in EVENTS {
                let ended = state.after(event).is_ok_and(State::is_final);
                let word =
                    matches!(event, Event::Reported(Phase::Succeeded | Phase::Failed | Phase::Cancelled));
                // While it is not shown yet; that it is not, the job itself knows.
                let taken_back =
                    event == Event::NotCreated && matches!(state, State::Submitted | State::NotFound);
                assert_eq!(ended, word || taken_back, "{state} {event:?}");
            }
        }
    }

    proptest! {
        /// Nothing is paid for twice: once a request left, no order of events brings the job back to
        /// where it is sent, save proof that nothing was accepted.
        #[test]
        fn a_job_that_left_is_never_sent_again(events in prop::collection::vec(0..EVENTS.len(), 1..60)) {
            let (mut state, mut left) = (State::Held, false);
            for event in events.into_iter().map(|i| EVENTS[i]) {
                let Ok(next) = state.after(event) else { continue };
                prop_assert!(!(left && event == Event::Intent), "{state} was sent again");
                left |= matches!(event, Event::Accepted | Event::Lost | Event::Refused);
                let found = state == State::NotCreated && matches!(event, Event::Adopted | Event::Accepted);
                prop_assert!(!state.is_final() || next == state || found, "{state} is final, yet became {next}");
                state = next;
            }
        }
    }
}
