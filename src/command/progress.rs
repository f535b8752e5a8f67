//! What a person at a terminal sees while jobs are followed: a line for each job under way and one that sums
//! up, painted over in place below the lines that stay.
//!
//! It is shown on standard error, where that is a terminal; elsewhere nothing here writes a byte.

mod block;
mod board;
mod lines;

use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

use jiff::Timestamp;
use tokio::time::{Instant, sleep_until};

pub(super) use block::{Block, Painted};
use board::Board;
use lines::{Sheet, Transfer};

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
}

impl Progress {
    /// Nothing yet, with what is usual learned from the journal where it will be told.
    pub(super) async fn begin(output: &Output, session: &Session) -> Self {
        let mut progress = Self {
            look: output.look(),
            board: Board::default(),
            transfers: HashMap::new(),
            past: VecDeque::new(),
            history: History::default(),
            pending: Vec::new(),
            note: None,
            painted_at: None,
            is_dirty: false,
        };
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
            self.history = History::learn(self.past.iter());
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
        if let Some(look) = self.look {
            let size = Output::size();
            output.paint(self.lines(jobs, look, size), size.0);
        }
    }

    /// The lines for a terminal of so many columns and rows: fewer than its rows, narrower than its columns.
    fn lines(&self, jobs: &HashMap<JobId, Job>, look: Look, (columns, rows): (usize, usize)) -> Vec<Painted> {
        // The cursor has a line of its own, and the lines that stay shall be seen.
        let room = rows.saturating_sub(2);
        let (waiting, for_jobs) = (self.board.waiting(), room.saturating_sub(1).min(LINES));
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
