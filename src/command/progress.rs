//! What a person at a terminal sees while jobs are followed: a line for each job under way and one that sums
//! up, painted over in place below the lines that stay.
//!
//! It is shown on standard error, where that is a terminal; elsewhere nothing here writes a byte.

mod block;
mod board;
mod lines;
mod transfer;

use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

use jiff::Timestamp;
use tokio::time::{Instant, sleep_until};

pub(super) use block::{Block, Painted};
use board::Board;
use lines::Sheet;
use transfer::Transfer;

use super::{Output, session::Session};
use crate::{
    engine::Update,
    job::{History, Job, JobId, State},
};

/// Changes are painted no more often than this.
const PACE: Duration = Duration::from_millis(100);
/// Ages and what is left move this often.
const TICK: Duration = Duration::from_secs(1);
/// More jobs than this have no lines, however large the terminal is.
const LINES: usize = 20;
/// So many of the newest jobs tell what is usual.
const PAST: usize = 500;

/// How a terminal is written to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Look {
    /// With ASCII signs only.
    pub(super) ascii: bool,
    /// With colours.
    pub(super) color: bool,
}

/// The display of one command.
#[derive(Default)]
pub(super) struct Progress {
    /// None where there is no terminal for it.
    look: Option<Look>,
    board: Board,
    transfers: HashMap<JobId, Transfer>,
    /// The newest jobs that have succeeded, the newest last.
    past: VecDeque<Job>,
    history: History,
    /// Lines that stay, not written yet; whether each is data.
    pending: Vec<(bool, String)>,
    note: Option<String>,
    painted_at: Option<Instant>,
    is_dirty: bool,
    /// Another job has succeeded since the history was learned.
    learns: bool,
}

impl Progress {
    /// Nothing yet, with what is usual learned from the journal where it will be told.
    pub(super) async fn begin(output: &Output, session: &Session) -> Self {
        let mut progress = Self { look: output.look(), ..Self::default() };
        // A journal that cannot be looked at tells nothing of the past; what is wrong with it, the engine says.
        if progress.is_shown()
            && let Ok(journal) = session.journal_to_look_at()
            && let Ok(jobs) = journal.page(None, PAST).await
        {
            progress.past = jobs.into_iter().rev().filter(|job| job.state == State::Succeeded).collect();
            progress.history = History::learn(progress.past.iter());
        }
        progress
    }

    /// Whether anybody sees it.
    pub(super) const fn is_shown(&self) -> bool {
        self.look.is_some()
    }

    /// Takes in a job that is new or has changed. `waits` says whether it is waited for.
    pub(super) fn take(&mut self, job: &Job, waits: bool) {
        if !self.is_shown() {
            return;
        }
        self.board.take(job, waits);
        self.is_dirty = true;
        if !waits {
            self.transfers.remove(&job.id);
        }
        if job.state == State::Succeeded && !self.past.iter().rev().any(|known| known.id == job.id) {
            self.past.push_back(job.clone());
            if self.past.len() > PAST {
                self.past.pop_front();
            }
            self.learns = true;
        }
    }

    /// What stands behind the counts, as that the service cannot be reached.
    pub(super) fn note(&mut self, note: Option<String>) {
        self.is_dirty |= self.note != note;
        self.note = note;
    }

    /// A line of talk that stays.
    pub(super) fn say(&mut self, output: &mut Output, line: String) {
        self.tell(output, (false, line));
    }

    /// A line of data.
    pub(super) fn data(&mut self, output: &mut Output, line: String) {
        self.tell(output, (true, line));
    }

    fn tell(&mut self, output: &mut Output, line: (bool, String)) {
        if self.is_shown() && (!line.0 || output.data_is_shown()) {
            self.pending.push(line);
            self.is_dirty = true;
        } else {
            write(output, &line);
        }
    }

    /// The next update of a session, the display kept up meanwhile; `None` when the engine has ended. What is
    /// dropped before it is done loses nothing.
    pub(super) async fn next(&mut self, session: &mut Session, output: &mut Output) -> Option<Update> {
        loop {
            let due = self.due();
            tokio::select! {
                biased;
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => self.paint(&session.jobs, output),
                update = session.next() => {
                    self.hear(update.as_ref()?, output);
                    return update;
                }
            }
        }
    }

    fn hear(&mut self, update: &Update, output: &mut Output) {
        match update {
            Update::Fetched { id, bytes, total } if self.is_shown() => {
                let now = Timestamp::now();
                self.transfers
                    .entry(*id)
                    .and_modify(|transfer| transfer.go_on(*bytes, *total, now))
                    .or_insert_with(|| Transfer::begin(*bytes, *total, now));
                self.is_dirty = true;
            }
            // The process was stopped, and what the shell wrote meanwhile stands where the block was.
            Update::MayStop => {
                output.forget();
                self.is_dirty = true;
            }
            _ => {}
        }
    }

    fn due(&self) -> Option<Instant> {
        self.look?;
        let since = self.painted_at;
        if self.is_dirty {
            return Some(since.map_or_else(Instant::now, |at| at + PACE));
        }
        since.filter(|_| self.board.ages()).map(|at| at + TICK)
    }

    fn paint(&mut self, jobs: &HashMap<JobId, Job>, output: &mut Output) {
        self.write_pending(output);
        (self.painted_at, self.is_dirty) = (Some(Instant::now()), false);
        if std::mem::take(&mut self.learns) {
            self.history = History::learn(self.past.iter());
        }
        if let Some(look) = self.look {
            let size = Output::size();
            output.paint(self.lines(jobs, look, size), size.0);
        }
    }

    /// The lines for a terminal of so many columns and rows: fewer than its rows, narrower than its columns.
    fn lines(&self, jobs: &HashMap<JobId, Job>, look: Look, (columns, rows): (usize, usize)) -> Vec<Painted> {
        // The cursor has a line of its own, and the lines that stay shall be seen.
        let room = rows.saturating_sub(2);
        let (waiting, for_jobs) = (self.board.for_lines(), room.saturating_sub(1).min(LINES));
        let shown = if waiting <= for_jobs { waiting } else { for_jobs.saturating_sub(1) };
        let found: Vec<_> = self.board.foremost(shown).into_iter().filter_map(|id| jobs.get(&id)).collect();
        let digits = found.iter().map(|job| job.id.to_string().len()).max().unwrap_or(0).max(3);
        let sheet = Sheet {
            look,
            columns: columns.saturating_sub(1),
            digits,
            history: &self.history,
            now: Timestamp::now(),
        };
        let mut lines: Vec<_> = found.iter().map(|job| sheet.job(job, self.transfers.get(&job.id))).collect();
        if waiting > shown && for_jobs > 0 {
            lines.push(sheet.more(waiting - shown));
        }
        // Of one job its line says it all.
        if room > 0 && (self.board.len() != 1 || lines.is_empty() || self.note.is_some()) {
            lines.push(sheet.summary(&self.board, self.note.as_deref()));
        }
        lines
    }

    fn write_pending(&mut self, output: &mut Output) {
        for line in self.pending.drain(..) {
            write(output, &line);
        }
    }

    /// Writes what is still to be written, and takes the block away. Of several jobs the sum of all stays where
    /// `sums_up`.
    pub(super) fn end(&mut self, output: &mut Output, sums_up: bool) {
        self.write_pending(output);
        let Some(look) = self.look.take() else { return };
        output.lift();
        if sums_up && self.board.len() > 1 {
            let look = Look { color: false, ..look };
            let (history, columns) = (&self.history, usize::from(u16::MAX));
            let sheet = Sheet { look, columns, digits: 0, history, now: Timestamp::UNIX_EPOCH };
            output.say(&sheet.summary(&self.board, None).text);
        }
    }
}

fn write(output: &mut Output, (is_data, line): &(bool, String)) {
    if *is_data { output.line(line) } else { output.say(line) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::{Account, NewJob};

    const LOOK: Look = Look { ascii: false, color: false };

    /// So many jobs, of which each tenth has ended.
    fn many(count: i64) -> (Progress, HashMap<JobId, Job>) {
        let mut progress = Progress { look: Some(LOOK), ..Progress::default() };
        let mut jobs = HashMap::new();
        for id in 1..=count {
            let new = NewJob { account: Account::default(), ..NewJob::default() };
            let mut job = Job::new(JobId(id), "u".into(), new, Timestamp::UNIX_EPOCH);
            job.state = if id % 10 == 0 { State::Failed } else { State::Queued };
            progress.take(&job, job.state == State::Queued);
            jobs.insert(job.id, job);
        }
        (progress, jobs)
    }

    fn shown(progress: &Progress, jobs: &HashMap<JobId, Job>, size: (usize, usize)) -> Vec<String> {
        progress.lines(jobs, LOOK, size).into_iter().map(|line| line.text).collect()
    }

    #[test]
    fn a_thousand_jobs_fit_on_any_terminal() {
        let (mut progress, jobs) = many(1_000);
        let lines = shown(&progress, &jobs, (80, 24));
        assert_eq!(lines.len(), LINES + 1);
        assert_eq!(lines[LINES - 1], "… and 881 more");
        assert!(lines[LINES].starts_with("900 queued, 100 failed"), "{lines:?}");
        let lines = shown(&progress, &jobs, (40, 10));
        assert_eq!((lines.len(), lines[6].as_str()), (8, "… and 894 more"));
        for rows in 0..40 {
            for columns in 0..60 {
                let lines = progress.lines(&jobs, LOOK, (columns, rows));
                assert!(lines.len() <= rows.saturating_sub(2), "{columns}×{rows}");
                assert!(lines.iter().all(|line| line.cells < columns.max(1)), "{columns}×{rows}");
            }
        }
        // The one that moves comes before all that wait.
        let last = Job { state: State::Running, ..jobs[&JobId(999)].clone() };
        progress.take(&last, true);
        let jobs = HashMap::from([(last.id, last)]);
        assert!(shown(&progress, &jobs, (80, 24))[0].starts_with("999 RUNNING"));
    }

    #[test]
    fn one_job_needs_no_sum() {
        let (mut progress, jobs) = many(1);
        assert_eq!(shown(&progress, &jobs, (80, 24)).len(), 1);
        progress.note(Some("no answer".into()));
        assert_eq!(shown(&progress, &jobs, (80, 24)).len(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_painted_ten_times_a_second_at_most_and_only_for_a_change() {
        let (mut progress, jobs) = many(3);
        let mut output = Output::of_lines();
        assert!(progress.due().is_some_and(|at| at <= Instant::now()), "the first at once");
        progress.look = None;
        progress.paint(&jobs, &mut output);
        progress.look = Some(LOOK);
        assert_eq!(progress.due(), Some(Instant::now() + TICK), "ages move");
        progress.take(&jobs[&JobId(1)], true);
        assert_eq!(progress.due(), Some(Instant::now() + PACE));
        progress.is_dirty = false;
        for job in jobs.values() {
            progress.take(&Job { state: State::Failed, ..job.clone() }, false);
        }
        progress.is_dirty = false;
        assert_eq!(progress.due(), None, "nothing moves");
    }
}
