use std::collections::{HashMap, VecDeque};

use jiff::{SignedDuration, Timestamp};

use super::{Job, State};

/// The newest jobs of a kind that count, each.
const NEWEST: usize = 200;

/// Fewer jobs than this tell nothing.
const FEWEST: usize = 3;

/// From so many on it can be said that a wait is longer than nine of ten.
const TENTHS: usize = 10;

/// How long the user's own jobs took: in the queue, and then to be made.
///
/// Only jobs that succeeded count. A job begins to run when the service says so; where the service does not
/// tell, that is the moment at which a poll first showed it running, so the times are right to a poll's
/// interval. A job of which neither is known was never seen running, and does not count.
#[derive(Clone, Debug, Default)]
pub struct History(HashMap<String, HashMap<Length, Times>>);

/// What was usual.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usual {
    /// Half of them took no longer.
    pub median: SignedDuration,
    /// Nine of ten took no longer.
    pub p90: SignedDuration,
    /// How many jobs it is learned from: 3 to 200.
    pub samples: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Length {
    /// All of a model's jobs together.
    Any,
    /// Those that asked for this many seconds, or for none.
    Asked(Option<u32>),
}

#[derive(Clone, Debug, Default)]
struct Times {
    queue: Samples,
    run: Samples,
}

/// The newest times that count.
#[derive(Clone, Debug, Default)]
struct Samples {
    /// As they came, the newest last.
    came: VecDeque<SignedDuration>,
    sorted: Vec<SignedDuration>,
}

impl History {
    /// Learns from these jobs, in any order; of each kind the 200 that ended last count.
    pub fn learn<'a>(jobs: impl Iterator<Item = &'a Job>) -> Self {
        let mut jobs: Vec<_> = jobs.filter(|job| job.finished_at.is_some()).collect();
        jobs.sort_by_key(|job| (job.finished_at, job.id));
        let mut history = Self::default();
        for job in jobs {
            history.add(job);
        }
        history
    }

    /// Learns from a job that ended after all others; one that did not succeed tells nothing.
    pub fn add(&mut self, job: &Job) {
        let finished = job.finished_at.filter(|_| job.state == State::Succeeded);
        let (Some(finished), Some(started)) = (finished, job.started_at) else { return };
        let model = self.0.entry(job.request.model.clone()).or_default();
        for length in [Length::Any, Length::Asked(job.request.duration)] {
            let times = model.entry(length).or_default();
            if let Some(submitted) = job.submitted_at {
                times.queue.add(started.duration_since(submitted));
            }
            times.run.add(finished.duration_since(started));
        }
    }

    /// How long jobs like this one stood in the queue; none while fewer than three are known.
    pub fn queue(&self, job: &Job) -> Option<Usual> {
        self.usual(job, |times| &times.queue.sorted)
    }

    /// How long jobs like this one ran; none while fewer than three are known.
    pub fn run(&self, job: &Job) -> Option<Usual> {
        self.usual(job, |times| &times.run.sorted)
    }

    /// How long a job has waited or run and what is usual, as `usually 1:10, now 0:55`: what was, never a
    /// promise. None for a job that neither waits nor runs at the service, and where nothing is known.
    pub fn tell(&self, job: &Job, now: Timestamp) -> Option<String> {
        let (usual, since, place) = match job.state {
            State::Submitted | State::Queued => (self.queue(job)?, job.submitted_at?, " in the queue"),
            State::Running => (self.run(job)?, job.started_at?, ""),
            _ => return None,
        };
        let lasts = now.duration_since(since).max(SignedDuration::ZERO);
        let mut text = format!("usually {}{place}, now {}", clock(usual.median), clock(lasts));
        if lasts > usual.p90 {
            text += &match usual.samples {
                samples if samples < TENTHS => format!(": longer than all {samples} so far"),
                _ => ": longer than 9 of 10".into(),
            };
        }
        Some(text)
    }

    /// Of jobs with the same model and length, else of all with the same model.
    fn usual(&self, job: &Job, which: impl Fn(&Times) -> &Vec<SignedDuration>) -> Option<Usual> {
        let model = self.0.get(&job.request.model)?;
        let of = |length| model.get(&length).and_then(|times| Usual::of(which(times)));
        of(Length::Asked(job.request.duration)).or_else(|| of(Length::Any))
    }
}

impl Usual {
    fn of(sorted: &[SignedDuration]) -> Option<Self> {
        let samples = sorted.len();
        // The shortest time that at least so many tenths of them did not pass.
        let tenths = |tenths: usize| sorted.get((samples * tenths).div_ceil(10).saturating_sub(1)).copied();
        (samples >= FEWEST).then_some(())?;
        Some(Self { median: tenths(5)?, p90: tenths(9)?, samples })
    }
}

impl Samples {
    fn add(&mut self, time: SignedDuration) {
        // A clock that was set back tells nothing.
        if time.is_negative() {
            return;
        }
        if self.came.len() == NEWEST
            && let Some(oldest) = self.came.pop_front()
            && let Ok(at) = self.sorted.binary_search(&oldest)
        {
            self.sorted.remove(at);
        }
        self.came.push_back(time);
        self.sorted.insert(self.sorted.partition_point(|other| *other <= time), time);
    }
}

/// `0:55`, `12:03`, `1:02:03`.
pub fn clock(time: SignedDuration) -> String {
    let seconds = time.as_secs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::job::{Account, JobId};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn bare(id: i64, duration: Option<u32>) -> Job {
        let mut job = Job::of_task(JobId(id), "u".into(), Account::default(), "t".into(), at(0));
        job.request.model = "m".into();
        job.request.duration = duration;
        job
    }

    /// Stood in the queue, then ran, for so many seconds.
    fn done(id: i64, duration: u32, queue: i64, run: i64) -> Job {
        Job {
            state: State::Succeeded,
            started_at: Some(at(queue)),
            finished_at: Some(at(queue + run)),
            ..bare(id, Some(duration))
        }
    }

    fn seconds(usual: Option<Usual>) -> (i64, i64, usize) {
        let usual = usual.unwrap();
        (usual.median.as_secs(), usual.p90.as_secs(), usual.samples)
    }

    #[test]
    fn the_same_length_counts_before_the_model_alone() {
        let jobs: Vec<_> =
            [(5, 20, 70), (5, 10, 60), (5, 30, 80), (10, 40, 170)].map(|(d, q, r)| done(1, d, q, r)).into();
        let history = History::learn(jobs.iter());
        assert_eq!(seconds(history.run(&bare(9, Some(5)))), (70, 80, 3));
        assert_eq!(seconds(history.queue(&bare(9, Some(5)))), (20, 30, 3));
        assert_eq!(seconds(history.run(&bare(9, Some(10)))), (70, 170, 4), "one is too few");
        assert_eq!(seconds(history.run(&bare(9, None))), (70, 170, 4));
        let other = Job { request: crate::job::Request::default(), ..bare(9, None) };
        assert_eq!(history.run(&other), None);
        assert_eq!(History::learn(jobs.iter().take(2)).run(&bare(9, Some(5))), None);
    }

    #[test]
    fn only_what_is_known_counts() {
        let failed = Job { state: State::Failed, ..done(1, 5, 1, 1) };
        let unseen = Job { started_at: None, ..done(2, 5, 1, 1) };
        let back = done(3, 5, 1, -50);
        let good = [done(4, 5, 10, 60), done(5, 5, 10, 60), done(6, 5, 10, 60)];
        let history = History::learn([&failed, &unseen, &back].into_iter().chain(&good));
        assert_eq!(seconds(history.run(&bare(9, Some(5)))), (60, 60, 3));
        assert_eq!(seconds(history.queue(&bare(9, Some(5)))).2, 4, "its queue time is known");
    }

    #[test]
    fn the_newest_count() {
        let old = (0..300).map(|id| done(id, 5, 0, 1000));
        let new = (300..500).map(|id| Job { finished_at: Some(at(5000)), ..done(id, 5, 4940, 60) });
        let jobs: Vec<_> = old.chain(new).collect();
        assert_eq!(seconds(History::learn(jobs.iter()).run(&bare(900, Some(5)))), (60, 60, 200));
    }

    #[test]
    fn a_live_job_is_told_beside_what_is_usual() {
        let jobs: Vec<_> = (0..10).map(|n| done(n, 5, 16 + n, 66 + n)).collect();
        let history = History::learn(jobs.iter());
        let queued = Job { state: State::Queued, ..bare(20, Some(5)) };
        assert_eq!(history.tell(&queued, at(12)).unwrap(), "usually 0:20 in the queue, now 0:12");
        let running = Job { state: State::Running, started_at: Some(at(10)), ..bare(20, Some(5)) };
        assert_eq!(history.tell(&running, at(65)).unwrap(), "usually 1:10, now 0:55");
        assert_eq!(history.tell(&running, at(84)).unwrap(), "usually 1:10, now 1:14", "p90 itself");
        assert_eq!(history.tell(&running, at(195)).unwrap(), "usually 1:10, now 3:05: longer than 9 of 10");
        assert_eq!(history.tell(&running, at(0)).unwrap(), "usually 1:10, now 0:00");
        assert_eq!(history.tell(&jobs[0], at(5)), None);
        let few = History::learn(jobs.iter().take(3));
        assert!(few.tell(&running, at(4000)).unwrap().ends_with("now 1:06:30: longer than all 3 so far"));
    }

    proptest! {
        #[test]
        fn the_order_of_the_jobs_does_not_matter(runs in prop::collection::vec(0..500i64, 3..40), turn in 0..40usize) {
            let mut jobs: Vec<_> = (0i64..).zip(&runs).map(|(id, run)| done(id, 5, 1, *run)).collect();
            let usual = History::learn(jobs.iter()).run(&jobs[0]).unwrap();
            jobs.rotate_left(turn.min(runs.len()));
            prop_assert_eq!(History::learn(jobs.iter()).run(&jobs[0]), Some(usual));
            prop_assert!(usual.median <= usual.p90);
            let within = runs.iter().filter(|run| **run <= usual.p90.as_secs()).count();
            prop_assert!(within * 10 >= runs.len() * 9);
        }
    }
}
