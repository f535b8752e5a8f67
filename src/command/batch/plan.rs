//! What a run of the file would do, as far as the journal can be looked at.

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;

use crate::{
    command::{
        Context,
        context::{no_key, run},
        count_of,
    },
    engine::BatchOrder,
    job::{BatchJob, Budget, Job, JobId, Money, NewJob, Problem, Request, Spend, State},
    journal::{
        Batch, BatchEntry, BatchOutlook, Journal, JournalError, KnownBatch, is_held, is_to_be_sent_anew,
    },
};

/// What becomes of a row.
pub(super) enum Fate {
    /// It is to become a job; the one before, where there is one, came to nothing.
    New { before: Option<Job> },
    /// Its job is held, and gets its consent again.
    Again(Job),
    /// Its job was sent, is being sent by somebody, or was given up by the user.
    Left(Job),
}

/// A row, and what becomes of it.
pub(super) struct Planned {
    pub(super) line: u64,
    pub(super) key: String,
    /// What is asked for: where there is a job, what that asks for.
    pub(super) request: Request,
    /// Its seed was drawn for this run.
    pub(super) drawn: bool,
    pub(super) estimate: Option<Money>,
    pub(super) fate: Fate,
}

/// What a run of the file would do.
pub(super) struct Plan {
    /// The file, as the user named it.
    pub(super) file: String,
    /// None without a key: then nobody knows what was sent before.
    batch: Option<Batch>,
    /// The file has changed since it was run.
    pub(super) changed: bool,
    pub(super) rows: Vec<Planned>,
    pub(super) budget: Budget,
    /// Spent in the last 24 hours, by other jobs; none without a budget.
    pub(super) today: Option<Spend>,
    pub(super) max_active: usize,
    /// A budget would be passed.
    pub(super) refused: Option<Problem>,
    /// A budget is nearly used up.
    pub(super) warning: Option<String>,
    /// A job that is no row of this file asks for the same.
    pub(super) duplicate: Option<Problem>,
    /// So many rows were sent before from another file, and where that lay.
    pub(super) elsewhere: Option<(usize, String)>,
}

impl Plan {
    pub(super) fn make(
        context: &Context,
        journal: &Journal,
        file: String,
        batch: Option<Batch>,
        jobs: Vec<BatchJob>,
    ) -> Result<Self, Problem> {
        let known = match &batch {
            Some(batch) => run(journal.batch(batch.clone()))?.map_err(|error| error.problem())?,
            None => None,
        };
        let changed = known.as_ref().is_some_and(|known| known.changed);
        let rows = rows(context, jobs, known);
        let (budget, max_active) = (context.config.budget, context.config.submit.max_active);
        let plan = Self {
            file,
            batch,
            changed,
            rows,
            budget,
            today: None,
            max_active,
            refused: None,
            warning: None,
            duplicate: None,
            elsewhere: None,
        };
        let Some(batch) = plan.batch.clone().filter(|_| plan.to_send() > 0) else { return Ok(plan) };
        let now = Timestamp::now();
        let entries = plan.news().map(|row| entry(&batch, row)).collect();
        let again: HashSet<_> = plan.again().collect();
        let looked = run(async {
            let spent = journal.spending(&batch.account, now).await?;
            let outlook = journal.batch_outlook(batch, entries, plan.again().collect(), now).await?;
            Ok::<_, JournalError>((spent, outlook))
        })?;
        let (spent, BatchOutlook { duplicate, elsewhere }) = looked.map_err(|error| error.problem())?;
        let others = spent.iter().filter(|job| !again.contains(&job.id));
        let today: Spend = others.map(|job| Spend::of(job, budget.unknown_price)).sum();
        let (refused, warning) = match budget.check(today, Spend::default(), plan.counted()) {
            Ok(warning) => (None, warning),
            Err(problem) => (Some(problem), None),
        };
        Ok(Self { today: budget.day.map(|_| today), refused, warning, duplicate, elsewhere, ..plan })
    }

    fn news(&self) -> impl Iterator<Item = &Planned> {
        self.rows.iter().filter(|row| matches!(row.fate, Fate::New { .. }))
    }

    fn again(&self) -> impl Iterator<Item = JobId> {
        self.rows.iter().filter_map(|row| match &row.fate {
            Fate::Again(job) => Some(job.id),
            Fate::New { .. } | Fate::Left(_) => None,
        })
    }

    /// The rows that are to be sent.
    pub(super) fn sending(&self) -> impl Iterator<Item = &Planned> + Clone {
        self.rows.iter().filter(|row| !matches!(row.fate, Fate::Left(_)))
    }

    pub(super) fn to_send(&self) -> usize {
        self.sending().count()
    }

    /// The jobs that are left as they are.
    pub(super) fn left(&self) -> impl Iterator<Item = &Job> {
        self.rows.iter().filter_map(|row| match &row.fate {
            Fate::Left(job) => Some(job),
            Fate::New { .. } | Fate::Again(_) => None,
        })
    }

    /// What is to be sent costs this, as far as the prices are known, and so many of unknown price beside it.
    pub(super) fn price(&self) -> (Money, usize) {
        let known = self.sending().filter_map(|row| row.estimate).sum();
        (known, self.sending().filter(|row| row.estimate.is_none()).count())
    }

    /// What it costs, where all prices are known.
    pub(super) fn total(&self) -> Option<Money> {
        let (known, unknown) = self.price();
        Some(known).filter(|_| unknown == 0)
    }

    /// What it counts as against the budgets.
    fn counted(&self) -> Money {
        self.sending().map(|row| self.budget.cost(row.estimate, 1)).sum()
    }

    /// What is left of the day's budget when all was sent.
    pub(super) fn left_of_day(&self) -> Option<Money> {
        let spent = self.today?.possible + self.counted();
        Some(Money::from_micros(self.budget.day?.micros().saturating_sub(spent.micros())))
    }

    /// The same to be looked at only: a drawn seed will be another one when it is run.
    pub(super) fn without_luck(mut self) -> Self {
        for row in self.rows.iter_mut().filter(|row| row.drawn) {
            row.request.seed = None;
        }
        self
    }

    /// `2 FAILED, 1 SAVED`: how the jobs stand that are left as they are.
    fn standing(&self) -> String {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for job in self.left() {
            *counts.entry(job.label()).or_default() += 1;
        }
        let told: Vec<_> = counts.into_iter().map(|(label, count)| format!("{count} {label}")).collect();
        told.join(", ")
    }

    /// `shots.csv: 12 jobs, 9 to be sent, 3 before`.
    pub(super) fn tell(&self) -> String {
        let (all, to_send) = (self.rows.len(), self.to_send());
        let before = all - to_send;
        let mut told = format!("{}: {}", self.file, count_of(all, "job"));
        if before > 0 {
            told += &format!(", {to_send} to be sent, {before} there before ({})", self.standing());
        }
        if self.changed {
            told += "; the file has changed since it was run";
        }
        told
    }

    /// What is to be known before it is sent, beside a duplicate.
    pub(super) fn warnings(&self) -> Vec<String> {
        let elsewhere = self.elsewhere.as_ref().map(|(count, path)| {
            format!(
                "{} asked for before by another file, the last of them by {path}",
                match count {
                    1 => "1 of these jobs was".into(),
                    count => format!("{count} of these jobs were"),
                }
            )
        });
        let blind = self.batch.is_none().then(|| {
            "without a key nobody knows what of it was sent before, or what is left of a budget".to_string()
        });
        self.warning.iter().cloned().chain(elsewhere).chain(blind).collect()
    }

    /// Has the journal know where the file lies now, though nothing of it is to be sent.
    pub(super) fn note(&self, journal: &Journal) -> Result<(), Problem> {
        let Some(batch) = self.batch.clone() else { return Ok(()) };
        run(journal.note_batch(batch, Timestamp::now()))?.map_err(|error| error.problem())
    }

    /// What the engine is asked for.
    pub(super) fn orders(self) -> Result<(Batch, Vec<BatchOrder>, Vec<JobId>), Problem> {
        let batch = self.batch.clone().ok_or_else(no_key)?;
        let again = self.again().collect();
        let orders = self.rows.into_iter().filter_map(|row| match row.fate {
            Fate::New { before } => {
                let parent = before.map(|job| job.id);
                Some(BatchOrder { key: row.key, request: row.request, parent })
            }
            Fate::Again(_) | Fate::Left(_) => None,
        });
        Ok((batch, orders.collect(), again))
    }
}

fn rows(context: &Context, jobs: Vec<BatchJob>, known: Option<KnownBatch>) -> Vec<Planned> {
    let mut known = known.map(|known| known.jobs).unwrap_or_default();
    let planned = |BatchJob { line, key, request, drawn }| {
        let fate = fate(known.remove(&key));
        let (request, drawn) = match &fate {
            // A seed that was drawn before stays.
            Fate::Again(job) | Fate::Left(job) => (job.request.clone(), false),
            Fate::New { .. } => (request, drawn),
        };
        let estimate = match &fate {
            Fate::Again(job) => job.estimate,
            _ => context.config.models.estimate(&request),
        };
        Planned { line, key, request, drawn, estimate, fate }
    };
    jobs.into_iter().map(planned).collect()
}

/// Whether a run of the file would send this job of it, or another in its place.
pub(super) fn is_left(job: &Job) -> bool {
    is_to_be_sent_anew(job) || is_held_in_vain(job)
}

/// Held without a word, or with one whose giver is gone. One with a consent is waited for by a Taxiway that lives.
fn is_held_in_vain(job: &Job) -> bool {
    job.state == State::Held && !job.consent.is_some_and(|consent| is_held(&consent))
}

fn fate(job: Option<Job>) -> Fate {
    match job {
        None => Fate::New { before: None },
        Some(job) if is_to_be_sent_anew(&job) => Fate::New { before: Some(job) },
        Some(job) if is_held_in_vain(&job) => Fate::Again(job),
        Some(job) => Fate::Left(job),
    }
}

fn entry(batch: &Batch, row: &Planned) -> BatchEntry {
    let account = batch.account.clone();
    BatchEntry {
        key: row.key.clone(),
        new: NewJob { request: row.request.clone(), account, ..NewJob::default() },
    }
}
