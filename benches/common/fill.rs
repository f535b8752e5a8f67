//! A year of believable work, for measuring: jobs as a journal holds them after it, told from a seed.
//!
//! They get into a journal by its own face, so that whatever a write does for a real job is done for these, too.
#![allow(dead_code, reason = "each program that measures uses its part of this")]

#[path = "known.rs"]
pub mod known;
#[path = "prompts.rs"]
mod prompts;
#[path = "replies.rs"]
pub mod replies;

use jiff::{SignedDuration, Timestamp};
use taxiway::{
    config::{ApiKey, Origin},
    job::{
        Account, Change, Consent, Failure, Job, JobId, ModelRules, ModelTable, Money, NewJob, Phase, Problem,
        Report, Request, SavedFile,
    },
    journal::{Entry, Journal, JournalError},
};
use uuid::{Builder, Uuid};

use known::{KEY, SERVICE};

/// So many jobs go into one transaction: enough that the disk is not what is waited for.
const AT_ONCE: usize = 2_000;
/// Live jobs, and those that ended beside them, are of the last hour.
const LATELY: SignedDuration = SignedDuration::from_hours(1);
const YEAR: SignedDuration = SignedDuration::from_hours(365 * 24);

/// How many jobs are told of, and when.
#[derive(Clone, Copy, Debug)]
pub struct Filling {
    /// All of them.
    pub jobs: usize,
    /// So many of them have a task that is queued or runs: of the newest every fifth has ended.
    pub live: usize,
    /// The same seed tells the same jobs.
    pub seed: u64,
    /// The year ends now.
    pub now: Timestamp,
}

/// The account that has [`KEY`] at [`SERVICE`].
pub fn account() -> Account {
    ApiKey::new(KEY.into(), Origin::Env("COMETAPI_KEY".into())).account("default", SERVICE)
}

/// Puts the jobs into an empty journal; tells after each transaction how many are in.
pub async fn fill(
    journal: &Journal,
    filling: Filling,
    mut tell: impl FnMut(usize),
) -> Result<(), JournalError> {
    let mut author = Author::new(filling);
    let mut done = 0;
    loop {
        let stories: Vec<Story> = author.by_ref().take(AT_ONCE).collect();
        let Some(first) = stories.first() else { return Ok(()) };
        let (jobs, lives): (Vec<_>, Vec<_>) =
            stories.iter().cloned().map(|story| (story.job, story.life)).unzip();
        let imports = journal.import(jobs, first.job.created_at).await?;
        let entries = imports.jobs.iter().zip(lives).flat_map(|((_, job), life)| {
            life.into_iter().map(|entry| Entry { id: job.id, ..entry }).collect::<Vec<_>>()
        });
        journal.apply_all(entries.collect()).await?;
        done += stories.len();
        tell(done);
    }
}

/// The same jobs as they are in the end, without a journal.
pub fn jobs(filling: Filling) -> Vec<Job> {
    Author::new(filling).map(Story::into_end).collect()
}

/// A job as it was made, and what happened to it since.
#[derive(Clone, Debug)]
pub struct Story {
    /// Held, with the number that it has in a journal of its own.
    pub job: Job,
    /// In order.
    pub life: Vec<Entry>,
}

impl Story {
    fn into_end(mut self) -> Job {
        for entry in self.life {
            // What cannot be is left out here as the journal leaves it out.
            let _ = self.job.apply(&entry.change, entry.at);
        }
        self.job
    }
}

/// How a job came out.
#[derive(Clone, Copy)]
enum Fate {
    Queued,
    Running,
    Saved,
    Failed,
    Expired,
    GivenUp,
    Rejected,
    Cancelled,
    Dropped,
    NotCreated,
    Unsure,
}

/// How many of 10,000 jobs that are not live come out how. None is held: over those the dashboard asks at its start,
/// and then the keys that are to be measured answer it.
const FATES: [(u32, Fate); 9] = [
    (8_000, Fate::Saved),
    (1_100, Fate::Failed),
    (250, Fate::Expired),
    (90, Fate::GivenUp),
    (230, Fate::Rejected),
    (200, Fate::Cancelled),
    (100, Fate::Dropped),
    (29, Fate::NotCreated),
    (1, Fate::Unsure),
];

const FAILURES: [(&str, &str); 5] = [
    ("INTERNAL.BAD_OUTPUT.CODE01", "An unexpected error occurred."),
    ("SAFETY.INPUT.TEXT", "The prompt was flagged by our content moderation system."),
    ("SAFETY.INPUT.IMAGE", "The image was flagged by our content moderation system."),
    ("INPUT_PREPROCESSING.INTERNAL", "The input could not be prepared."),
    ("THIRD_PARTY.UNAVAILABLE", "The provider did not answer in time."),
];
const TAGS: [&str; 8] = ["keep", "client-a", "client-b", "teaser", "draft", "night", "loop", "to-show"];

/// Tells one job after the other.
struct Author {
    filling: Filling,
    luck: fastrand::Rng,
    models: ModelTable,
    account: Account,
    told: usize,
    /// The sweep under way: its name, its request, and how many of its jobs are to come.
    sweep: Option<(String, Request, usize)>,
    /// The request of the last job, for a clone.
    last: Request,
}

impl Iterator for Author {
    type Item = Story;

    fn next(&mut self) -> Option<Story> {
        if self.told == self.filling.jobs {
            return None;
        }
        self.told += 1;
        let fate = self.fate();
        let made = self.made();
        let job = self.held(made);
        let life = self.life(&job, fate);
        Some(Story { job, life })
    }
}

impl Author {
    fn new(filling: Filling) -> Self {
        Self {
            filling,
            luck: fastrand::Rng::with_seed(filling.seed),
            models: ModelTable::default(),
            account: account(),
            told: 0,
            sweep: None,
            last: Request::default(),
        }
    }

    /// The newest jobs that are of the last hour.
    fn recent(&self) -> usize {
        (self.filling.live + self.filling.live / 4).min(self.filling.jobs)
    }

    fn made(&self) -> Timestamp {
        let recent = self.recent();
        let to_come = self.filling.jobs - self.told;
        let part = |of: SignedDuration, at: usize, all: usize| {
            SignedDuration::from_secs_f64(of.as_secs_f64() * at as f64 / all.max(1) as f64)
        };
        let age = if to_come < recent {
            part(LATELY, to_come, recent)
        } else {
            LATELY + part(YEAR - LATELY, to_come - recent, self.filling.jobs - recent)
        };
        self.filling.now - age
    }

    fn fate(&mut self) -> Fate {
        let to_come = self.filling.jobs - self.told;
        // Of five the first has ended, so `live` of `recent` have not.
        if to_come < self.recent() && to_come % 5 != 4 {
            return if self.luck.u8(..4) == 0 { Fate::Queued } else { Fate::Running };
        }
        let mut number = self.luck.u32(..10_000);
        for (count, fate) in FATES {
            match number.checked_sub(count) {
                Some(rest) => number = rest,
                None => return fate,
            }
        }
        Fate::Saved
    }

    fn held(&mut self, at: Timestamp) -> Job {
        let (request, group, parent) = self.asked();
        let estimate = self.models.estimate(&request);
        let new = NewJob { request, account: self.account.clone(), estimate, consent: None, parent, group };
        Job::new(JobId(i64::try_from(self.told).unwrap_or(i64::MAX)), self.uuid(), new, at)
    }

    /// What is asked for, of which sweep it is, and whose clone.
    fn asked(&mut self) -> (Request, Option<String>, Option<JobId>) {
        if let Some((name, like, left)) = self.sweep.take() {
            let request = Request { seed: Some(self.luck.u64(..1_000_000_000)), ..like.clone() };
            if left > 1 {
                self.sweep = Some((name.clone(), like, left - 1));
            }
            return (request, Some(name), None);
        }
        // Clones are of the job before, which is in the same transaction unless this one is its first.
        let is_clone = self.told % AT_ONCE > 1 && self.luck.u8(..20) == 0;
        let request = if is_clone {
            Request { seed: Some(self.luck.u64(..1_000_000_000)), ..self.last.clone() }
        } else {
            self.request()
        };
        self.last = request.clone();
        if !is_clone && self.luck.u8(..50) == 0 {
            let name = self.uuid();
            self.sweep = Some((name.clone(), request.clone(), self.luck.usize(3..24)));
            return (request, Some(name), None);
        }
        let before = i64::try_from(self.told - 1).unwrap_or_default();
        (request, None, is_clone.then_some(JobId(before)))
    }

    fn request(&mut self) -> Request {
        let models = ["gen4_turbo", "gen4_turbo", "gen3a_turbo", "gen4.5", "veo3.1_fast", "veo3.1"];
        let model = models[self.luck.usize(..models.len())];
        let rules = self.models.get(model).cloned().unwrap_or_default();
        let ModelRules { ratios, durations, prompt_limit, .. } = rules;
        // Most ask for the usual ratio.
        let ratio = if self.luck.bool() { ratios.first() } else { self.luck.choice(&ratios) }.cloned();
        let prompt = prompts::prompt(&mut self.luck, prompt_limit);
        Request {
            prompt_image: format!(
                "https://images.example.com/{}/{}.jpg",
                prompts::slug(&prompt),
                self.luck.u32(..10_000)
            ),
            model: model.into(),
            prompt_text: Some(prompt),
            ratio,
            duration: self.luck.choice(&durations).copied(),
            seed: self.luck.bool().then(|| self.luck.u64(..1_000_000_000)),
            watermark: (self.luck.u8(..10) == 0).then_some(false),
        }
    }

    fn life(&mut self, job: &Job, fate: Fate) -> Vec<Entry> {
        let mut life = Life { at: job.created_at, latest: self.filling.now, entries: Vec::new() };
        let consent = Consent { until: job.created_at + Consent::LASTS, holder: 1, patience: 15, born: None };
        life.then(0.0, Change::Consented(consent));
        if matches!(fate, Fate::Dropped) {
            life.then(9.0, Change::Dropped);
            return life.entries;
        }
        life.then(0.2, Change::Intent);
        let request_id = Some(format!("{:024x}", self.luck.u128(..) >> 32));
        match fate {
            Fate::Rejected => {
                let message = "promptText: must not be longer than this model takes".to_owned();
                let failure = Failure { code: "invalid_request".into(), message: message.clone() };
                life.then(
                    0.8,
                    Change::Refused { failure, problem: Problem::new("rejected", message), request_id },
                );
            }
            Fate::Unsure | Fate::NotCreated => {
                let problem = Problem::new("unsure", "the reply did not come within 120 s");
                life.then(120.0, Change::Lost { problem, request_id: None });
                if matches!(fate, Fate::NotCreated) {
                    life.then(600.0, Change::NotCreated("by the user's word".into()));
                }
            }
            _ => {
                let task_id = self.uuid();
                life.then(0.9, Change::Accepted { task_id: task_id.clone(), request_id });
                self.tracked(job, fate, &task_id, &mut life);
            }
        }
        self.afterwards(fate, &mut life);
        life.entries
    }

    /// What came of a task.
    fn tracked(&mut self, job: &Job, fate: Fate, task_id: &str, life: &mut Life) {
        let wrapped = job.request.model == "gen3a_turbo";
        let told = |life: &mut Life, after: f64, report: Report| {
            let body = replies::body(task_id, &report, life.at, wrapped);
            life.then(after, Change::Reported(report));
            if let Some(entry) = life.entries.last_mut() {
                entry.reply = Some((200, body));
            }
        };
        let queued = Report { raw_status: Some("PENDING".into()), ..report(Phase::Queued) };
        if matches!(fate, Fate::Queued) {
            return told(life, 5.0, queued);
        }
        // Of those that run still it is the last word, and there is room for more.
        let progress = (f64::from(self.luck.u32(20..400)) / 1_000.0).into();
        let running = Report { raw_status: Some("RUNNING".into()), progress, ..report(Phase::Running) };
        told(life, 8.0, running);
        let takes = self.luck.u32(20..180).into();
        match fate {
            Fate::Failed => {
                let (code, message) = FAILURES[self.luck.usize(..FAILURES.len())];
                let failure = Some(Failure { code: code.into(), message: message.into() });
                told(
                    life,
                    takes,
                    Report { raw_status: Some("FAILED".into()), failure, ..report(Phase::Failed) },
                );
            }
            Fate::Cancelled => {
                let ended = Report { raw_status: Some("CANCELLED".into()), ..report(Phase::Cancelled) };
                told(life, takes, ended);
            }
            Fate::Saved | Fate::Expired | Fate::GivenUp => {
                let urls = vec![replies::link(task_id, life.at + SignedDuration::from_hours(36))];
                let raw_status = Some("SUCCEEDED".into());
                told(life, takes, Report { raw_status, urls, ..report(Phase::Succeeded) });
            }
            _ => {}
        }
    }

    /// What came of the video, and what the user made of the job.
    fn afterwards(&mut self, fate: Fate, life: &mut Life) {
        match fate {
            Fate::Saved => {
                life.then(0.3, Change::Fetching);
                let name = life.at.strftime("%Y-%m-%d");
                let file = SavedFile {
                    path: format!("/videos/taxiway/{name}-{}.mp4", self.told).into(),
                    bytes: self.luck.u64(900_000..24_000_000),
                    sha256: format!("{:032x}{:032x}", self.luck.u128(..), self.luck.u128(..)),
                };
                life.then(3.0, Change::Saved(vec![file]));
                if self.luck.u8(..10) == 0 {
                    life.then(60.0, Change::Charged(Money::from_micros(self.luck.u64(1..40) * 50_000)));
                }
            }
            Fate::Expired => {
                life.then(200_000.0, Change::Expired("its link answered 403 Forbidden after its end".into()));
            }
            Fate::GivenUp => life.then(900.0, Change::GivenUp("the server sent a page, no video".into())),
            _ => {}
        }
        if self.luck.u8(..8) == 0 {
            let add = (0..=self.luck.usize(..2)).map(|_| TAGS[self.luck.usize(..TAGS.len())].to_owned());
            life.then(30.0, Change::Tagged { add: add.collect(), remove: Vec::new() });
        }
        let has_ended = !matches!(fate, Fate::Queued | Fate::Running | Fate::Unsure);
        if has_ended && self.luck.u8(..30) == 0 {
            life.then(3_600.0, Change::Archived(true));
        }
    }

    fn uuid(&mut self) -> String {
        uuid(&mut self.luck).to_string()
    }
}

/// What has happened to a job so far, and when the last of it.
struct Life {
    at: Timestamp,
    latest: Timestamp,
    entries: Vec<Entry>,
}

impl Life {
    /// So many seconds later, but not after now.
    fn then(&mut self, seconds: f64, change: Change) {
        let later = self.at.saturating_add(SignedDuration::from_secs_f64(seconds)).unwrap_or(self.at);
        self.at = later.min(self.latest);
        // The journal puts its own number in.
        self.entries.push(Entry::new(JobId(0), change, self.at));
    }
}

fn uuid(luck: &mut fastrand::Rng) -> Uuid {
    Builder::from_random_bytes(luck.u128(..).to_le_bytes()).into_uuid()
}

/// A report that says no more than this.
pub fn report(phase: Phase) -> Report {
    Report {
        phase,
        raw_status: None,
        progress: None,
        failure: None,
        urls: Vec::new(),
        started_at: None,
        finished_at: None,
    }
}
