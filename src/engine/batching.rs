//! Files of requests: their rows become jobs, once each.

use jiff::Timestamp;

use super::{BatchOrder, consent::consent, desk::Desk};
use crate::{
    job::{JobId, NewJob, Problem},
    journal::{Batch, BatchEntry},
};

impl Desk {
    /// Puts rows of a batch into the journal and gives held jobs of it a new consent, all or none. The owner
    /// sends them, as many at a time as `submit.max_active` says.
    pub(super) async fn run_batch(
        &mut self,
        batch: Batch,
        rows: Vec<BatchOrder>,
        again: Vec<JobId>,
        patience: u32,
        duplicate_ok: bool,
    ) -> Result<Vec<JobId>, Problem> {
        let account = self.may_send()?;
        rows.iter().try_for_each(|row| self.config.check_no_secret(&row.request))?;
        let entry = |BatchOrder { key, request, parent }: BatchOrder| {
            let (account, estimate) = (account.clone(), self.config.models.estimate(&request));
            BatchEntry { key, new: NewJob { request, account, estimate, parent, ..NewJob::default() } }
        };
        let rows = rows.into_iter().map(entry).collect();
        let (now, gate) = (Timestamp::now(), self.gate(duplicate_ok));
        let jobs = self.journal.run_batch(gate, batch, rows, again, consent(now, patience), now).await;
        let jobs = jobs.map_err(|error| error.problem())??;
        Ok(self.take_charge(jobs).await)
    }
}
