//! The journal as the screen under test reads it: what it was told, read as the engine reads it.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{
    super::{Effect, Facts, Message},
    Screen,
};
use crate::{
    engine::{Detail, Found, Kin, Role, Status, Update, Wanted},
    job::{Filter, History, Job, JobId, Order},
};

/// All jobs that were told.
#[derive(Debug, Default)]
pub struct Shelf {
    jobs: BTreeMap<JobId, Job>,
    /// What was usual is still to be told.
    is_to_teach: bool,
    /// So many questions were answered.
    pub asked: usize,
    /// Questions are not answered any more, but gathered.
    pub is_deaf: bool,
    pub unheard: Vec<Wanted>,
}

impl Shelf {
    /// These jobs, of which nothing was told yet.
    pub fn of(jobs: Vec<Job>) -> Self {
        Self { jobs: jobs.into_iter().map(|job| (job.id, job)).collect(), ..Self::default() }
    }

    /// Puts away what is told.
    pub fn see(&mut self, message: &Message) {
        let Message::Updates(updates) = message else { return };
        for update in updates {
            match update {
                Update::Jobs(jobs) => self.jobs.extend(jobs.iter().map(|job| (job.id, job.clone()))),
                Update::Loaded => self.is_to_teach = true,
                _ => {}
            }
        }
    }

    /// Takes the questions out of the effects and answers them.
    pub fn answer(&mut self, effects: &mut Vec<Effect>, now: Timestamp) -> Vec<Update> {
        let is_question = |effect: &mut Effect| matches!(effect, Effect::Find(_));
        let questions: Vec<_> = effects.extract_if(.., is_question).collect();
        let wanted = questions.into_iter().filter_map(|effect| match effect {
            Effect::Find(wanted) => Some(wanted),
            _ => None,
        });
        let wanted: Vec<_> = wanted.collect();
        if self.is_deaf {
            self.unheard.extend(wanted);
            return Vec::new();
        }
        self.asked += wanted.len();
        let mut answers: Vec<_> = self.answers(wanted, now);
        if std::mem::take(&mut self.is_to_teach) {
            answers.push(Update::Found(Found::Usual(History::learn(self.jobs.values()))));
        }
        answers
    }

    fn answers(&self, wanted: Vec<Wanted>, now: Timestamp) -> Vec<Update> {
        wanted.into_iter().map(|wanted| Update::Found(self.find(wanted, now))).collect()
    }

    /// Answers what was gathered, and hears again.
    pub fn listen(&mut self, now: Timestamp) -> Vec<Update> {
        self.is_deaf = false;
        let unheard = std::mem::take(&mut self.unheard);
        self.answers(unheard, now)
    }

    fn passing(&self, filter: &Filter, order: Order, now: Timestamp) -> Vec<JobId> {
        let mut jobs: Vec<_> = self.jobs.values().filter(|job| filter.matches(job, now)).collect();
        jobs.sort_by(|one, two| order.compare(one, two));
        jobs.iter().map(|job| job.id).collect()
    }

    fn jobs(&self, ids: &[JobId]) -> Vec<Job> {
        ids.iter().filter_map(|id| self.jobs.get(id)).cloned().collect()
    }

    fn find(&self, wanted: Wanted, now: Timestamp) -> Found {
        match wanted {
            Wanted::Rows { seq, filter, order } => {
                let all = self.jobs.values().filter(|job| !job.archived).count();
                let newest = self.jobs.last_key_value().map_or(JobId(0), |(id, _)| *id);
                Found::Rows {
                    seq,
                    ids: self.passing(&filter, order, now),
                    first: true,
                    last: true,
                    total: (all, newest),
                }
            }
            Wanted::Jobs(ids) => {
                let gone = ids.iter().filter(|id| !self.jobs.contains_key(id)).copied().collect();
                Found::Jobs { jobs: self.jobs(&ids), gone }
            }
            Wanted::Named { ticket, words } => {
                let found = words.into_iter().map(|word| {
                    let jobs = self.named(word.trim_start_matches('#'));
                    (word, jobs)
                });
                Found::Named { ticket, found: found.collect() }
            }
            Wanted::Passing { ticket, filter, whole } => {
                let ids = self.passing(&filter, Order::default(), now);
                let jobs = if whole { self.jobs(&ids) } else { Vec::new() };
                Found::Passing { ticket, ids, jobs }
            }
            Wanted::Sweep(group) => {
                let of = |job: &&Job| job.group.as_ref() == Some(&group);
                let members = self.jobs.values().filter(of).map(|job| (job.id, job.label())).collect();
                Found::Sweep { group, members }
            }
        }
    }

    fn named(&self, word: &str) -> Vec<Job> {
        if let Ok(number) = word.parse() {
            return self.jobs(&[JobId(number)]);
        }
        let begins = |job: &&Job| job.task_id.as_ref().is_some_and(|task| task.starts_with(word));
        self.jobs.values().filter(|_| !word.is_empty()).filter(begins).cloned().collect()
    }
}

impl Shelf {
    /// Who belongs to a job.
    pub fn kin(&self, id: JobId) -> Kin {
        let of = |belongs: &dyn Fn(&Job) -> bool| -> Vec<JobId> {
            self.jobs.values().filter(|job| belongs(job)).map(|job| job.id).collect()
        };
        let Some(this) = self.jobs.get(&id) else { return Kin::default() };
        Kin {
            parent: this.parent.and_then(|parent| self.jobs.get(&parent)).cloned(),
            clones: of(&|job| job.parent == Some(id)),
            sweep: of(&|job| this.group.is_some() && job.group == this.group && job.id != id),
        }
    }
}

impl Screen {
    /// An owner's screen over a journal with these jobs, which it reads for itself.
    pub(super) fn over(facts: Facts, jobs: Vec<Job>) -> Self {
        let mut screen = Self { shelf: Shelf::of(jobs), ..Self::new(facts) };
        screen.tell(vec![Update::Status(Status { role: Role::Owner, ..Status::default() }), Update::Loaded]);
        screen
    }

    /// The journal answers again, also what it was asked meanwhile.
    pub(super) fn listen(&mut self) -> &mut Self {
        let answers = self.shelf.listen(self.model.now());
        self.tell(answers)
    }

    /// The engine answers what the detail view of a job asks for.
    pub(super) fn inspected(&mut self, id: i64) -> &mut Self {
        let id = JobId(id);
        let job = self.model.jobs.get(id).unwrap().clone();
        let kin = self.shelf.kin(id);
        let detail = Detail { job, timeline: Vec::new(), reply: None, kin };
        self.tell(vec![Update::Detail(Box::new(detail))])
    }
}
