//! Which task of the account's list is which unsure job.

use std::collections::{BTreeSet, HashSet};

use jiff::{SignedDuration, Timestamp};

use super::{Job, JobId, ModelTable, Money, State};

/// A task may be listed with a moment so long before we sent: its list counts in whole seconds, and how
/// far the clocks are apart is known no better.
const BEFORE: SignedDuration = SignedDuration::from_secs(5);
/// So long after we sent, a service may still make the task of it.
const AFTER: SignedDuration = SignedDuration::from_mins(10);
/// What the service calls tasks that are made in other ways, letters alone.
const OTHER_ACTIONS: [&str; 5] =
    ["texttoimage", "texttovideo", "videotovideo", "videoupscale", "characterperformance"];

/// A task in the account's list. Texts are clean.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Candidate {
    /// The service's name for it; opaque.
    pub task_id: String,
    /// When it was made, by the service's clock.
    pub submitted_at: Option<Timestamp>,
    /// How it was made, as `IMAGE_TO_VIDEO`.
    pub action: Option<String>,
    /// The service's word for where it stands.
    pub status: Option<String>,
    /// A model, or the name by which the service bills.
    pub model_name: Option<String>,
    /// What it cost: 500,000 are one dollar.
    pub quota: Option<u64>,
}

impl Candidate {
    /// What it cost.
    pub fn cost(&self) -> Option<Money> {
        self.quota.map(Money::from_quota)
    }

    /// Whether nothing that is known of it rules out that it is the task of `job`, a request that left.
    /// `ahead` is how far the service's clock is before ours.
    fn fits(&self, job: &Job, ahead: SignedDuration, models: &ModelTable) -> bool {
        let Some(sent) = job.sent_at else { return false };
        let in_time = self.submitted_at.is_none_or(|told| {
            let after = told.duration_since(sent).saturating_sub(ahead);
            (-BEFORE..=AFTER).contains(&after)
        });
        let action: String = self.action.iter().flat_map(|action| action.chars()).collect();
        let action = action.replace(|c: char| !c.is_ascii_alphabetic(), "").to_ascii_lowercase();
        // A name that is no known model may be the one by which the service bills.
        let other = |name: &String| models.get(name).is_some() && *name != job.request.model;
        in_time && !OTHER_ACTIONS.contains(&action.as_str()) && !self.model_name.as_ref().is_some_and(other)
    }
}

/// What came of a look for the tasks of unsure jobs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matches {
    /// Jobs and the one task that each can be, which no other job can be.
    pub sure: Vec<(JobId, Candidate)>,
    /// The other unsure jobs, each with the tasks that it could be; there may be none.
    pub open: Vec<(JobId, Vec<Candidate>)>,
}

/// Finds the tasks of unsure jobs. `jobs` are all of the journal for this service that are unsure or under
/// way: the task of a request whose answer is not here yet stands in the list, too, so it is a rival.
/// `known` are the ids that the journal has. A job gets a task only where both can be nothing else.
pub fn match_tasks(
    jobs: &[Job],
    candidates: &[Candidate],
    known: &BTreeSet<String>,
    ahead: SignedDuration,
    models: &ModelTable,
) -> Matches {
    let rivals: Vec<_> =
        jobs.iter().filter(|job| matches!(job.state, State::Unsure | State::Sending)).collect();
    let mut seen = HashSet::new();
    let free: Vec<_> = candidates
        .iter()
        .filter(|found| !known.contains(&found.task_id) && seen.insert(found.task_id.as_str()))
        .collect();
    let mut matches = Matches::default();
    for job in rivals.iter().filter(|job| job.state == State::Unsure) {
        let fitting: Vec<_> = free.iter().filter(|found| found.fits(job, ahead, models)).collect();
        let alone =
            |found: &Candidate| rivals.iter().filter(|job| found.fits(job, ahead, models)).count() == 1;
        match fitting.as_slice() {
            // Without a moment it can be shown, but proves too little.
            [found] if found.submitted_at.is_some() && alone(found) => {
                matches.sure.push((job.id, (**found).clone()));
            }
            _ => matches.open.push((job.id, fitting.into_iter().map(|found| (*found).clone()).collect())),
        }
    }
    matches
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::job::{Change, Consent, NewJob, Problem, Request};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_000_000 + second).unwrap()
    }

    fn sending(id: i64, sent: i64, model: &str) -> Job {
        let consent = Consent { until: at(100_000), holder: 1, patience: 1, born: None };
        let request = Request { model: model.into(), ..Request::default() };
        let new = NewJob { request, consent: Some(consent), ..NewJob::default() };
        let mut job = Job::new(JobId(id), id.to_string(), new, at(0));
        job.apply(&Change::Intent, at(sent)).unwrap();
        job
    }

    fn unsure(id: i64, sent: i64, model: &str) -> Job {
        let mut job = sending(id, sent, model);
        let problem = Problem::new("unsure", "lost");
        job.apply(&Change::Lost { problem, request_id: None }, at(sent)).unwrap();
        job
    }

    fn task(id: &str, second: i64, model: &str) -> Candidate {
        Candidate {
            task_id: id.into(),
            submitted_at: Some(at(second)),
            action: Some("IMAGE_TO_VIDEO".into()),
            model_name: Some(model.into()),
            ..Candidate::default()
        }
    }

    fn matched(jobs: &[Job], tasks: &[Candidate], ahead: i64) -> Matches {
        match_tasks(jobs, tasks, &BTreeSet::new(), SignedDuration::from_secs(ahead), &ModelTable::default())
    }

    /// The ids that the only job can be, and whether it gets its task.
    fn one(task: Candidate, ahead: i64) -> (usize, bool) {
        let found = matched(&[unsure(1, 100, "gen4_turbo")], &[task], ahead);
        (
            found.sure.len() + found.open.iter().map(|(_, tasks)| tasks.len()).sum::<usize>(),
            !found.sure.is_empty(),
        )
    }

    #[test]
    fn time_action_and_model_rule_out() {
        for (second, ahead, fits) in [
            (94, 0, false),
            (95, 0, true),
            (100, 0, true),
            (700, 0, true),
            (701, 0, false),
            (3_700, 3_600, true),
            (100, 3_600, false),
            (-3_500, -3_600, true),
        ] {
            assert_eq!(one(task("t", second, "gen4_turbo"), ahead).1, fits, "{second} {ahead}");
        }
        for (model, fits) in
            [("gen4_turbo", true), ("runwayml_image_to_video", true), ("", true), ("gen3a_turbo", false)]
        {
            assert_eq!(one(task("t", 100, model), 0).1, fits, "{model}");
        }
        for (action, fits) in [
            (Some("imageToVideo"), true),
            (Some("generate"), true),
            (None, true),
            (Some("VIDEO_UPSCALE"), false),
            (Some("text_to_image"), false),
        ] {
            let task = Candidate { action: action.map(Into::into), ..task("t", 100, "gen4_turbo") };
            assert_eq!(one(task, 0).1, fits, "{action:?}");
        }
    }

    #[test]
    fn a_task_without_a_moment_is_shown_and_not_taken() {
        let task = Candidate { submitted_at: None, ..task("t", 0, "gen4_turbo") };
        assert_eq!(one(task, 0), (1, false));
    }

    /// Its answer is on the way, its task stands in the list already.
    #[test]
    fn a_request_under_way_keeps_its_task() {
        let jobs = [unsure(1, 100, "gen4_turbo"), sending(2, 104, "gen4_turbo")];
        let found = matched(&jobs, &[task("t", 104, "gen4_turbo")], 0);
        assert_eq!((found.sure.len(), found.open.len()), (0, 1));
    }

    #[test]
    fn each_of_two_gets_its_own_where_the_models_tell() {
        let jobs = [unsure(1, 100, "gen4_turbo"), unsure(2, 100, "veo3.1")];
        let found = matched(&jobs, &[task("a", 100, "veo3.1"), task("b", 100, "gen4_turbo")], 0);
        let ids: Vec<_> = found.sure.iter().map(|(id, task)| (id.0, task.task_id.as_str())).collect();
        assert_eq!((ids, found.open), (vec![(1, "b"), (2, "a")], Vec::new()));
    }

    const MODELS: [&str; 3] = ["gen4_turbo", "veo3.1", "runwayml_image_to_video"];

    proptest! {
        #[test]
        fn nothing_is_taken_twice_nor_in_doubt(
            jobs in prop::collection::vec((0..2_000_i64, 0..2_usize, any::<bool>()), 0..6),
            tasks in prop::collection::vec((0..8_u8, 0..2_000_i64, 0..3_usize), 0..8),
            known in prop::collection::hash_set(0..8_u8, 0..4),
            ahead in -100..100_i64,
        ) {
            let jobs: Vec<_> = (1..).zip(jobs).map(|(id, (sent, model, lost))| {
                if lost { unsure(id, sent, MODELS[model]) } else { sending(id, sent, MODELS[model]) }
            }).collect();
            let tasks: Vec<_> =
                tasks.into_iter().map(|(id, at, model)| task(&id.to_string(), at, MODELS[model])).collect();
            let known: BTreeSet<_> = known.into_iter().map(|id| id.to_string()).collect();
            let (ahead, models) = (SignedDuration::from_secs(ahead), ModelTable::default());
            let found = match_tasks(&jobs, &tasks, &known, ahead, &models);

            let taken: HashSet<_> = found.sure.iter().map(|(_, task)| &task.task_id).collect();
            prop_assert_eq!(taken.len(), found.sure.len(), "two jobs to one task");
            prop_assert!(taken.iter().all(|id| !known.contains(*id)), "a known task");
            let open = found.open.iter().flat_map(|(_, tasks)| tasks);
            prop_assert!(open.clone().all(|task| !known.contains(&task.task_id)), "a known task is shown");
            let lost: HashSet<_> = jobs.iter().filter(|job| job.state == State::Unsure).map(|j| j.id).collect();
            let told = found.sure.iter().map(|(id, _)| *id).chain(found.open.iter().map(|(id, _)| *id));
            prop_assert_eq!(told.clone().count(), lost.len());
            prop_assert_eq!(told.collect::<HashSet<_>>(), lost, "each unsure job is told of once");
            for (id, taken) in &found.sure {
                let own = jobs.iter().find(|job| job.id == *id).unwrap();
                let other_job = jobs.iter().any(|job| job.id != *id && taken.fits(job, ahead, &models));
                // A task that is listed twice counts as it is listed first.
                let first = |task: &Candidate| tasks.iter().find(|first| first.task_id == task.task_id) == Some(task);
                let other_task = tasks.iter().any(|task| {
                    task.task_id != taken.task_id
                        && first(task)
                        && !known.contains(&task.task_id)
                        && task.fits(own, ahead, &models)
                });
                prop_assert!(taken.fits(own, ahead, &models) && !other_job && !other_task, "taken in doubt");
            }
        }
    }
}
