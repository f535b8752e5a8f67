//! The user's word that a job may be sent: how long it lasts, who keeps it, and how it ends.

use std::process;

use jiff::{SignedDuration, Timestamp};

use super::{desk::Desk, sending::POSTS};
use crate::{
    job::{Change, Consent, Job, Problem},
    journal::{is_held, own_birth},
};

/// The consent of a job that waits for its turn ends with the owner, not by the clock.
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
            } else if let Some(consent) = job.consent.filter(|_| waits_for_turn)
                && !self.sending.tries.contains_key(&id)
                && is_to_be_kept(consent, now)
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

/// Whether the consent of a job that only waits for its turn has to be made to last while an owner lives:
/// another process gave it, and waits to see it taken, or it is about to run out.
fn is_to_be_kept(consent: Consent, now: Timestamp) -> bool {
    let ends_within = |span| consent.until <= now.saturating_add(span).unwrap_or(now);
    let is_others = consent.holder != process::id();
    ends_within(SignedDuration::from_mins(1)) || (is_others && ends_within(Consent::LASTS))
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
