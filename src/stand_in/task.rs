//! A task as the service keeps it. Its state is told by its schedule and the time or the count of polls;
//! nothing runs in the background.

use std::time::{Duration, Instant, SystemTime};

/// Words in a prompt that pick one job's fate, and what each does: for help texts.
pub const PROMPT_WORDS: &[(&str, &str)] = &[
    (FAIL, "the task fails with INTERNAL"),
    (MODERATED, "the task is refused by moderation, SAFETY.INPUT.TEXT"),
    (SLOW, "the task takes three times as long"),
    (LOST, "the task is created, but the connection drops before its id comes back"),
    (BUSY, "the first two attempts are answered 429, slow down"),
];
/// Where words in a prompt count, a task with this seed fails with INTERNAL: so one of a sweep can.
pub const UNLUCKY: u64 = 13;
pub(super) const FAIL: &str = "[fail]";
pub(super) const MODERATED: &str = "[moderated]";
pub(super) const SLOW: &str = "[slow]";
pub(super) const LOST: &str = "[lost]";
pub(super) const BUSY: &str = "[busy]";

/// A task that is already under way, for [`add_task`](super::Service::add_task).
#[derive(Clone, Debug)]
pub struct Seed {
    /// What it was asked for; words in it have no effect here.
    pub prompt: String,
    /// The model it runs on.
    pub model: String,
    /// How long ago it was submitted.
    pub age: Duration,
    /// How long it waits, counted from the submission.
    pub queue: Duration,
    /// How long it runs after that.
    pub run: Duration,
    /// How it ends.
    pub fate: Fate,
}

/// How a task ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// With a video.
    Succeed,
    /// Succeeded, but no URL is given.
    SucceedWithoutUrl,
    /// With a failure code (`reference/api.md §3`) and a text.
    Fail {
        /// As `INTERNAL`.
        code: String,
        /// For people.
        text: String,
    },
    /// Cancelled.
    Cancel,
}

/// How long the phases of a task take.
#[derive(Clone, Copy, Debug)]
pub(super) enum Times {
    /// By the clock, drawn for each task by its number: the same number, the same times.
    Drawn,
    Clock {
        hidden: Duration,
        queue: Duration,
        run: Duration,
    },
    /// Counted in polls, for tests that do not wait.
    Polls {
        hidden: u32,
        queue: u32,
        run: u32,
    },
}

impl Times {
    /// 10 to 18.5 s in all: 1.5 s not visible, 2–4 s queued, 6.5–13 s running.
    pub(super) fn fixed(self, number: u64) -> Self {
        let Self::Drawn = self else { return self };
        let draw = |salt: u64, low: u64, high: u64| {
            Duration::from_millis(low + scatter(number ^ (salt << 32)) % (high - low))
        };
        Self::Clock {
            hidden: Duration::from_millis(1_500),
            queue: draw(1, 2_000, 4_000),
            run: draw(2, 6_500, 13_000),
        }
    }

    pub(super) fn stretched(self, factor: u32) -> Self {
        match self {
            Self::Drawn => Self::Drawn,
            Self::Clock { hidden, queue, run } => {
                Self::Clock { hidden, queue: queue * factor, run: run * factor }
            }
            Self::Polls { hidden, queue, run } => {
                Self::Polls { hidden, queue: queue * factor, run: run * factor }
            }
        }
    }
}

/// `SplitMix64`: scatters neighbouring numbers over the whole range.
pub(super) fn scatter(number: u64) -> u64 {
    let z = number.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Where a task stands. The fractions, 0..1, are of the phase.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Phase {
    Hidden,
    Queued(f64),
    Running(f64),
    Ended,
}

/// One task, paid for or put there.
#[derive(Debug)]
pub(super) struct Task {
    pub id: String,
    pub prompt: String,
    pub model: String,
    pub fate: Fate,
    pub running: Option<&'static str>,
    /// Counts from 1 in the life of the service.
    pub number: u64,
    pub submitted: SystemTime,
    pub started: Option<SystemTime>,
    pub finished: Option<SystemTime>,
    times: Times,
    made: Instant,
    /// How old the task was when it was put here.
    head_start: Duration,
    /// Polls that were answered by the schedule.
    pub polls: u32,
    /// Polls that the scenario spoiled.
    pub spoiled: u32,
    /// Downloads that the scenario cut.
    pub cut: u32,
    /// It was stopped before its end.
    stopped: bool,
    /// The result URLs given out so far, by their token.
    pub issued: Vec<Issued>,
}

/// The token of a result URL, and when it dies.
#[derive(Debug)]
pub(super) struct Issued {
    pub token: String,
    pub expires: SystemTime,
}

/// What a new task is made from.
pub(super) struct Making {
    pub number: u64,
    pub prompt: String,
    pub model: String,
    pub times: Times,
    pub fate: Fate,
    pub running: Option<&'static str>,
    pub head_start: Duration,
}

impl Task {
    pub(super) fn new(making: Making) -> Self {
        let Making { number, prompt, model, times, fate, running, head_start } = making;
        let now = SystemTime::now();
        Self {
            id: uuid::Uuid::new_v4().to_string(),
            prompt,
            model,
            fate,
            running,
            number,
            submitted: now.checked_sub(head_start).unwrap_or(now),
            started: None,
            finished: None,
            times,
            made: Instant::now(),
            head_start,
            polls: 0,
            spoiled: 0,
            cut: 0,
            stopped: false,
            issued: Vec::new(),
        }
    }

    /// Counts a poll, and says where the task stands at it.
    pub(super) fn poll(&mut self) -> Phase {
        self.polls = self.polls.saturating_add(1);
        let phase = self.phase(self.polls - 1);
        self.stamp(phase);
        phase
    }

    /// Stops it, if it has not ended by now; says whether it had.
    pub(super) fn stop(&mut self) -> bool {
        let had_ended = self.phase(self.polls.saturating_sub(1)) == Phase::Ended;
        if !had_ended {
            self.stopped = true;
            self.fate = Fate::Cancel;
            self.stamp(Phase::Ended);
        }
        had_ended
    }

    fn phase(&self, poll: u32) -> Phase {
        match self.times {
            _ if self.stopped => Phase::Ended,
            Times::Polls { hidden, queue, run } => by_polls(poll, hidden, queue, run),
            Times::Clock { hidden, queue, run } => {
                let age = self.head_start.saturating_add(self.made.elapsed());
                by_clock(age, hidden, queue, run)
            }
            Times::Drawn => Phase::Hidden,
        }
    }

    /// Start and finish are told by the clock where the schedule is one, else by the poll that met them.
    fn stamp(&mut self, phase: Phase) {
        let now = SystemTime::now();
        let (start, finish) = match self.times {
            Times::Clock { hidden, queue, run } => {
                let start = self.submitted + hidden + queue;
                (start, start + run)
            }
            Times::Polls { .. } | Times::Drawn => (now, now),
        };
        if matches!(phase, Phase::Running(_) | Phase::Ended) {
            self.started.get_or_insert(start);
        }
        if phase == Phase::Ended {
            self.finished.get_or_insert(finish);
        }
    }
}

fn by_polls(poll: u32, hidden: u32, queue: u32, run: u32) -> Phase {
    let (queued, running) = (hidden.saturating_add(queue), hidden.saturating_add(queue).saturating_add(run));
    if poll < hidden {
        Phase::Hidden
    } else if poll < queued {
        Phase::Queued(f64::from(poll - hidden) / f64::from(queue))
    } else if poll < running {
        Phase::Running(f64::from(poll - queued + 1) / f64::from(run + 1))
    } else {
        Phase::Ended
    }
}

fn by_clock(age: Duration, hidden: Duration, queue: Duration, run: Duration) -> Phase {
    let part =
        |since: Duration, whole: Duration| age.saturating_sub(since).as_secs_f64() / whole.as_secs_f64();
    if age < hidden {
        Phase::Hidden
    } else if age < hidden + queue {
        Phase::Queued(part(hidden, queue))
    } else if age < hidden + queue + run {
        Phase::Running(part(hidden + queue, run))
    } else {
        Phase::Ended
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drawn_schedule_ends_between_10_and_20_seconds_and_is_the_same_again() {
        for number in 0..2_000 {
            let Times::Clock { hidden, queue, run } = Times::Drawn.fixed(number) else { panic!("drawn") };
            let total = (hidden + queue + run).as_secs_f64();
            assert!((10.0..=20.0).contains(&total), "task {number} takes {total} s");
            assert!((2.0..=4.0).contains(&queue.as_secs_f64()) && (6.0..=13.0).contains(&run.as_secs_f64()));
            let Times::Clock { queue: again, .. } = Times::Drawn.fixed(number) else { panic!("drawn") };
            assert_eq!(queue, again);
        }
    }

    #[test]
    fn the_clock_walks_through_every_phase_in_order() {
        let at = |ms| {
            let s = Duration::from_secs;
            by_clock(Duration::from_millis(ms), s(1), s(2), s(4))
        };
        assert_eq!(at(999), Phase::Hidden);
        assert_eq!(at(1_000), Phase::Queued(0.0));
        assert_eq!(at(2_000), Phase::Queued(0.5));
        assert_eq!(at(3_000), Phase::Running(0.0));
        assert_eq!(at(5_000), Phase::Running(0.5));
        assert_eq!(at(7_000), Phase::Ended);
        assert_eq!(by_clock(Duration::ZERO, Duration::ZERO, Duration::ZERO, Duration::ZERO), Phase::Ended);
    }

    #[test]
    fn polls_walk_through_every_phase_in_order() {
        let phases: Vec<_> = (0..6).map(|poll| by_polls(poll, 1, 1, 2)).collect();
        let third = 1.0 / 3.0;
        let expected = [
            Phase::Hidden,
            Phase::Queued(0.0),
            Phase::Running(third),
            Phase::Running(2.0 * third),
            Phase::Ended,
            Phase::Ended,
        ];
        assert_eq!(phases, expected);
    }
}
