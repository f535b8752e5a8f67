//! The user's word that a job may be sent: how long it lasts, who keeps it, and how it ends.

use std::{process, time::Duration};

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use super::{desk::Desk, sending::POSTS};
use crate::{
    job::{Change, Consent, Job, Problem},
    journal::{Entry, is_held, own_birth},
};

/// The consent of a job that waits for its turn, or is one of a sweep, ends with the owner, not by the clock.
const WAITING: SignedDuration = SignedDuration::from_hours(24 * 365);

/// What waits to be sent is looked at this often, where nothing new is known of it.
pub(super) const LOOK_EVERY: Duration = Duration::from_secs(5);

/// When the consents were last looked at: there may be thousands, and the desk turns at every poll.
#[derive(Clone, Copy)]
pub(super) struct Looked {
    at: Instant,
    waits_for_turn: bool,
}

impl Desk {
    /// Looks at the consents of what waits to be sent. The owner's work.
    pub(super) async fn keep_consents(&mut self) {
        if !self.sharing.is_owner() || !self.sharing.is_settled() || self.book.to_send.is_empty() {
            return;
        }
        let waits_for_turn = self.is_full() || self.sending.under_way.len() >= POSTS;
        if !self.is_time_to_look(waits_for_turn) {
            return;
        }
        self.book.has_new_word = false;
        self.sending.looked = Some(Looked { at: Instant::now(), waits_for_turn });
        let (now, mut entries) = (Timestamp::now(), Vec::new());
        for id in &self.book.to_send {
            let waiting = self.book.get(*id).filter(|_| !self.sending.under_way.contains(id));
            let Some(job) = waiting else { continue };
            let ended = match &self.paused {
                Some(problem) => Some(problem.clone()),
                None => consent_fault(job, now).map(|fault| Problem::new("consent_ended", fault)),
            };
            if let Some(problem) = ended {
                // What to mend comes first.
                let mend = problem.hint.as_ref().map_or_else(String::new, |hint| format!("{hint} "));
                let hint = format!("{mend}Nothing was spent: `taxiway send {id}` sends it.");
                self.sending.tries.remove(id);
                entries.push(Entry::new(*id, Change::ConsentEnded(problem.hint(hint)), now));
            } else if let Some(consent) = to_be_kept(job, waits_for_turn, now)
                && !self.sending.tries.contains_key(id)
            {
                if consent.holder != process::id() {
                    self.sending.kept_for.insert(*id, consent);
                }
                let until = now.saturating_add(WAITING).unwrap_or(Timestamp::MAX);
                let consent = Consent { until, holder: process::id(), born: own_birth(), ..consent };
                entries.push(Entry::new(*id, Change::ConsentKept(consent), now));
            }
        }
        self.record_all(entries).await;
    }

    fn is_time_to_look(&self, waits_for_turn: bool) -> bool {
        let is_due =
            |looked: Looked| looked.waits_for_turn != waits_for_turn || looked.at.elapsed() >= LOOK_EVERY;
        self.book.has_new_word || self.paused.is_some() || self.sending.looked.is_none_or(is_due)
    }

    /// Ends the consents that this process holds: it is leaving. One that it kept for another process
    /// goes back there, if that lives.
    pub(super) async fn end_own_consents(&mut self) {
        let (now, mut entries) = (Timestamp::now(), Vec::new());
        for id in &self.book.to_send {
            let own = |job: &&Job| job.consent.is_some_and(|consent| consent.holder == process::id());
            let waiting = self.book.get(*id).filter(|_| !self.sending.under_way.contains(id));
            let Some(job) = waiting.filter(own) else { continue };
            // Why it could not be sent so far tells more than that we left.
            let left = || Problem::new("consent_ended", "Taxiway was left before it was sent");
            let hint = format!("it is held, nothing was spent: `taxiway send {id}` sends it");
            let ended = Change::ConsentEnded(job.problem.clone().unwrap_or_else(left).hint(hint));
            let shell = self.sending.kept_for.remove(id).filter(is_held);
            let given = shell.zip(job.consent).map(|(Consent { holder, born, .. }, held)| {
                Change::ConsentKept(Consent { holder, born, ..consent(now, held.patience) })
            });
            entries.push(Entry::new(*id, given.unwrap_or(ended), now));
        }
        self.record_all(entries).await;
    }
}

/// The consent of a job that only waits for its turn, or is one of a sweep, where it has to be made to last
/// while an owner lives: another process gave it, and waits to see it taken, or it is about to run out.
fn to_be_kept(job: &Job, waits_for_turn: bool, now: Timestamp) -> Option<Consent> {
    let consent = job.consent.filter(|_| waits_for_turn || job.group.is_some())?;
    let ends_within = |span| consent.until <= now.saturating_add(span).unwrap_or(now);
    let is_others = consent.holder != process::id();
    let is_due = ends_within(SignedDuration::from_mins(1)) || (is_others && ends_within(Consent::LASTS));
    is_due.then_some(consent)
}

/// Why a job's consent is worth nothing any more.
pub(super) fn consent_fault(job: &Job, now: Timestamp) -> Option<&'static str> {
    let Some(consent) = job.consent else { return Some("it has no consent") };
    if consent.until < now {
        return Some("its consent is older than ten minutes");
    }
    (!is_held(&consent)).then_some("the program that gave its consent has ended")
}

pub(super) fn consent(now: Timestamp, patience: u32) -> Consent {
    let until = now.saturating_add(Consent::LASTS).unwrap_or(now);
    Consent { until, holder: process::id(), patience, born: own_birth() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::{JobId, NewJob};

    #[test]
    fn a_job_of_a_sweep_or_one_that_waits_for_its_turn_keeps_its_consent() {
        let now = Timestamp::UNIX_EPOCH;
        let kept = |holder, seconds, group: Option<&str>, waits_for_turn| {
            let until = now + SignedDuration::from_secs(seconds);
            let consent = Some(Consent { until, holder, patience: 15, born: None });
            let new = NewJob { consent, group: group.map(Into::into), ..NewJob::default() };
            to_be_kept(&Job::new(JobId(1), "u".into(), new, now), waits_for_turn, now).is_some()
        };
        let (own, other) = (process::id(), process::id() + 1);
        for (group, waits_for_turn, lasts) in
            [(Some("g"), false, true), (None, true, true), (Some("g"), true, true), (None, false, false)]
        {
            assert_eq!(kept(own, 60, group, waits_for_turn), lasts, "about to run out");
            assert_eq!(kept(other, 590, group, waits_for_turn), lasts, "its shell waits to see it taken");
            assert!(!kept(own, 61, group, waits_for_turn), "good for a while by itself");
            assert!(!kept(other, 86_400, group, waits_for_turn), "kept already");
        }
        let new = NewJob { group: Some("g".into()), ..NewJob::default() };
        assert_eq!(to_be_kept(&Job::new(JobId(1), "u".into(), new, now), true, now), None);
    }
}
