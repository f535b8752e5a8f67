//! The user's word that a job may be sent: how long it lasts, who keeps it, and how it ends.

use std::process;

use jiff::{SignedDuration, Timestamp};

use super::{desk::Desk, sending::POSTS};
use crate::{
    job::{Change, Consent, Job, Problem},
    journal::{is_held, own_birth},
};

/// The consent of a job that waits for its turn, or is one of a sweep, ends with the owner, not by the clock.
const WAITING: SignedDuration = SignedDuration::from_hours(24 * 365);

impl Desk {
    /// Looks at the consents of what waits to be sent. The owner's work.
    pub(super) async fn keep_consents(&mut self) {
        if !self.sharing.is_owner() || !self.sharing.is_settled() {
            return;
        }
        let now = Timestamp::now();
        let waits_for_turn = self.is_full() || self.sending.under_way.len() >= POSTS;
        for id in self.book.to_send.iter().copied().collect::<Vec<_>>() {
            let waiting = self.book.get(id).filter(|_| !self.sending.under_way.contains(&id));
            let Some(job) = waiting else { continue };
            let ended = match &self.paused {
                Some(problem) => Some(problem.clone()),
                None => consent_fault(job, now).map(|fault| Problem::new("consent_ended", fault)),
            };
            if let Some(problem) = ended {
                // What to mend comes first.
                let mend = problem.hint.as_ref().map_or_else(String::new, |hint| format!("{hint} "));
                let hint = format!("{mend}Nothing was spent: `taxiway send {id}` or r sends it.");
                self.sending.tries.remove(&id);
                self.record(id, Change::ConsentEnded(problem.hint(hint))).await;
            } else if let Some(consent) = to_be_kept(job, waits_for_turn, now)
                && !self.sending.tries.contains_key(&id)
            {
                if consent.holder != process::id() {
                    self.sending.kept_for.insert(id, consent);
                }
                let until = now.saturating_add(WAITING).unwrap_or(Timestamp::MAX);
                let consent = Consent { until, holder: process::id(), born: own_birth(), ..consent };
                self.record(id, Change::ConsentKept(consent)).await;
            }
        }
    }

    /// Ends the consents that this process holds: it is leaving. One that it kept for another process
    /// goes back there, if that lives.
    pub(super) async fn end_own_consents(&mut self) {
        for id in self.book.to_send.iter().copied().collect::<Vec<_>>() {
            let own = |job: &&Job| job.consent.is_some_and(|consent| consent.holder == process::id());
            let waiting = self.book.get(id).filter(|_| !self.sending.under_way.contains(&id));
            if let Some(job) = waiting.filter(own) {
                // Why it could not be sent so far tells more than that we left.
                let left = || Problem::new("consent_ended", "Taxiway was left before it was sent");
                let hint = format!("it is held, nothing was spent: `taxiway send {id}` or r sends it");
                let ended = Change::ConsentEnded(job.problem.clone().unwrap_or_else(left).hint(hint));
                let shell = self.sending.kept_for.remove(&id).filter(is_held);
                let given = shell.zip(job.consent).map(|(Consent { holder, born, .. }, held)| {
                    Change::ConsentKept(Consent { holder, born, ..consent(Timestamp::now(), held.patience) })
                });
                self.record(id, given.unwrap_or(ended)).await;
            }
        }
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
