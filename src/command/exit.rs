use std::process::ExitCode;

use crate::job::{Job, Problem, ResultState, State};

/// How the program ends. The numbers are promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done,
    /// A job failed, was rejected or cancelled.
    JobFailed,
    /// Usage, bad input or config.
    Usage,
    /// No key, or a wrong one.
    Key,
    /// Refused before spending.
    Refused,
    /// A task may have been created.
    Unsure,
    /// Network or service.
    Network,
    /// Not found, expired, not created.
    NotFound,
    /// This machine: journal, disk, folder.
    Machine,
    /// The wait ended; the job goes on.
    TimedOut,
    /// Ended by a signal.
    Signal(u8),
}

impl Exit {
    /// The number.
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::JobFailed => 1,
            Self::Usage => 2,
            Self::Key => 3,
            Self::Refused => 4,
            Self::Unsure => 5,
            Self::Network => 6,
            Self::NotFound => 7,
            Self::Machine => 8,
            Self::TimedOut => 124,
            Self::Signal(number) => 128 + number,
        }
    }

    /// How a problem ends the program, by its stable code.
    pub fn of_problem(problem: &Problem) -> Self {
        match problem.code.as_str() {
            "bad_input" | "bad_config" | "usage" | "ambiguous" | "not_held" | "not_ended" | "not_unsure"
            | "already_known" | "no_video" | "no_terminal" | "file_exists" => Self::Usage,
            "no_key" | "wrong_key" | "no_token" | "wrong_token" => Self::Key,
            "read_only" | "no_consent" | "budget_exceeded" | "duplicate" | "batch_under_way"
            | "quota_not_enough" | "other_account" | "consent_ended" | "image_changed"
            | "image_unreadable" => Self::Refused,
            "unsure" => Self::Unsure,
            "not_sent" | "slow_down" | "network" | "service" | "wrong_address" => Self::Network,
            "no_such_job" | "expired" | "not_found" | "not_created" | "no_image" => Self::NotFound,
            "rejected" | "model_not_available" | "failed" | "moderated" | "cancelled" => Self::JobFailed,
            _ => Self::Machine,
        }
    }

    /// How a job that ended, or has its answer, ends the command that waited for it.
    pub fn of_job(job: &Job) -> Self {
        let problem = job.problem.as_ref().map(Self::of_problem);
        match (job.state, job.result.as_ref().map(|result| result.state)) {
            (State::Held, _) => problem.unwrap_or(Self::Refused),
            (State::Rejected, _) => problem.unwrap_or(Self::JobFailed),
            (State::Failed | State::Cancelled, _) => Self::JobFailed,
            (State::Sending | State::Unsure, _) => Self::Unsure,
            (State::NotFound | State::NotCreated, _) | (_, Some(ResultState::Expired)) => Self::NotFound,
            (_, Some(ResultState::Failed)) => Self::Machine,
            _ => Self::Done,
        }
    }

    /// The one that tells most of several: the first that is not `Done`, the unsure before the rest.
    pub fn worst(exits: impl IntoIterator<Item = Self>) -> Self {
        let mut worst = Self::Done;
        for exit in exits {
            if worst == Self::Done || exit == Self::Unsure {
                worst = exit;
            }
        }
        worst
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unsure_job_is_told_before_all_else() {
        assert_eq!(Exit::worst([Exit::Done, Exit::JobFailed, Exit::Unsure, Exit::Network]), Exit::Unsure);
        assert_eq!(Exit::worst([Exit::Done, Exit::Network, Exit::JobFailed]), Exit::Network);
        assert_eq!(Exit::worst([]), Exit::Done);
    }

    #[test]
    fn problems_end_with_their_promised_codes() {
        let code = |word: &str| Exit::of_problem(&Problem::new(word, "")).code();
        for (word, number) in [
            ("bad_input", 2),
            ("no_key", 3),
            ("wrong_key", 3),
            ("no_token", 3),
            ("wrong_token", 3),
            ("read_only", 4),
            ("quota_not_enough", 4),
            ("budget_exceeded", 4),
            ("duplicate", 4),
            ("unsure", 5),
            ("not_sent", 6),
            ("slow_down", 6),
            ("wrong_address", 6),
            ("no_such_job", 7),
            ("journal_newer", 8),
            ("rejected", 1),
        ] {
            assert_eq!(code(word), number, "{word}");
        }
    }
}
