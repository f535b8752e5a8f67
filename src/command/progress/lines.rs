//! Jobs as lines of so many cells: pure, so that every width can be tried.

use jiff::{SignedDuration, Timestamp};
use unicode_segmentation::UnicodeSegmentation;

use super::{
    Look,
    block::Painted,
    board::{Board, Kind},
    transfer::{Transfer, left_text},
};
use crate::{
    dashboard::text::{self, fit, fit_right},
    job::{History, Job, State, clock},
};

/// With fewer columns a line has no bar.
const FOR_BAR: usize = 68;
/// With fewer columns a line does not say how long it may take.
const FOR_ETA: usize = 52;
/// With less room than this a prompt says nothing.
const LEAST_PROMPT: usize = 6;
const BAR: usize = 10;
/// `SUBMITTED`, the longest of what is waited for.
const STATE: usize = 9;

/// How a piece of a line looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tone {
    Plain,
    Dim,
    Good,
    Busy,
    Bad,
    Warn,
}

impl Tone {
    /// The colour's number, as the terminal's own palette has it.
    const fn code(self) -> Option<u8> {
        match self {
            Self::Plain => None,
            Self::Dim => Some(2),
            Self::Bad => Some(31),
            Self::Good => Some(32),
            Self::Warn => Some(33),
            Self::Busy => Some(36),
        }
    }

    const fn of(kind: Kind) -> Self {
        match kind {
            Kind::Running | Kind::Fetching => Self::Busy,
            Kind::Saved => Self::Good,
            Kind::Failed | Kind::Rejected | Kind::Unsaved => Self::Bad,
            Kind::Unsure | Kind::NotFound | Kind::Held => Self::Warn,
            _ => Self::Plain,
        }
    }
}

/// What the lines of one painting have in common.
pub struct Sheet<'a> {
    pub look: Look,
    /// The cells of a line.
    pub columns: usize,
    /// The cells of the longest number.
    pub digits: usize,
    pub history: &'a History,
    pub now: Timestamp,
}

type Line = Vec<(Tone, String)>;

impl Sheet<'_> {
    /// A job that is waited for: number, state, how far, since when, how long still, prompt.
    pub fn job(&self, job: &Job, transfer: Option<&Transfer>) -> Painted {
        let kind = Kind::of(job);
        let transfer = transfer.filter(|_| kind == Kind::Fetching);
        let mut line = vec![
            (Tone::Dim, fit_right(&job.id.to_string(), self.digits)),
            (Tone::of(kind), format!(" {}", fit(job.label(), STATE))),
        ];
        let part = match transfer {
            Some(transfer) => transfer.part(),
            None => job.progress.filter(|_| kind == Kind::Running),
        };
        if self.columns >= FOR_BAR {
            line.push((
                Tone::Busy,
                format!(" {}", part.map_or_else(|| " ".repeat(BAR), |part| self.bar(part))),
            ));
        }
        let percent = part.map_or_else(String::new, |part| format!("{:.0}%", part * 100.0));
        line.push((Tone::Plain, format!(" {}", fit_right(&percent, 4))));
        if let Some(transfer) = transfer {
            line.push((Tone::Plain, format!("  {}", transfer.tell())));
        } else {
            line.push((Tone::Plain, format!(" {:>5}", self.age(job, kind))));
            if self.columns >= FOR_ETA {
                let left = self.left(job).unwrap_or_default();
                line.push((Tone::Dim, format!("  {}", fit(&left, 10))));
            }
        }
        let used: usize = line.iter().map(|(_, text)| text::width(text)).sum();
        let room = self.columns.saturating_sub(used + 2);
        if room >= LEAST_PROMPT {
            let words = job.request.prompt_text.as_deref().unwrap_or(&job.request.model);
            line.push((Tone::Plain, format!("  {}", text::cut(words, room))));
        }
        self.paint(line)
    }

    /// `… and 12 more`.
    pub fn more(&self, count: usize) -> Painted {
        self.paint(vec![(Tone::Dim, format!("{} and {count} more", self.ellipsis()))])
    }

    /// `3 running, 2 queued, 5 saved, 1 failed · about $1.25`.
    pub fn summary(&self, board: &Board, note: Option<&str>) -> Painted {
        let mut line = Line::new();
        for (kind, count) in board.counts() {
            let comma = if line.is_empty() { "" } else { ", " };
            line.push((Tone::Plain, comma.into()));
            line.push((Tone::of(kind), format!("{count} {}", kind.word())));
        }
        if line.is_empty() {
            line.push((Tone::Dim, "nothing is under way".into()));
        }
        let dot = if self.look.ascii { "-" } else { "·" };
        let behind = board.money().into_iter().map(|money| (Tone::Plain, money));
        for (tone, words) in behind.chain(note.map(|note| (Tone::Warn, note.into()))) {
            line.push((Tone::Plain, format!(" {dot} ")));
            line.push((tone, words));
        }
        self.paint(line)
    }

    const fn ellipsis(&self) -> &'static str {
        if self.look.ascii { "..." } else { "…" }
    }

    fn bar(&self, part: f64) -> String {
        let (done, rest) = if self.look.ascii { ("#", "-") } else { ("█", "░") };
        let full = (0..BAR).filter(|at| part * BAR as f64 >= (at + 1) as f64).count();
        done.repeat(full) + &rest.repeat(BAR - full)
    }

    /// Since the request left.
    fn age(&self, job: &Job, kind: Kind) -> String {
        let since = job.sent_at.or(job.submitted_at).filter(|_| !matches!(kind, Kind::ToSend | Kind::Done));
        since.map_or_else(String::new, |at| clock(self.now.duration_since(at).max(SignedDuration::ZERO)))
    }

    /// How long such jobs still took, by what is usual.
    fn left(&self, job: &Job) -> Option<String> {
        let run = self.history.run(job)?;
        let lasts = |since: Timestamp| self.now.duration_since(since).max(SignedDuration::ZERO);
        let (left, over) = match job.state {
            State::Running => {
                let lasts = lasts(job.started_at?);
                (run.median - lasts, lasts > run.p90)
            }
            State::Submitted | State::Queued => {
                let (queue, lasts) = (self.history.queue(job)?, lasts(job.submitted_at?));
                let in_queue = (queue.median - lasts).max(SignedDuration::ZERO);
                (in_queue + run.median, lasts > queue.p90)
            }
            _ => return None,
        };
        Some(match left {
            _ if over => "past usual".into(),
            left if left > SignedDuration::ZERO => left_text(left),
            _ => "soon".into(),
        })
    }

    /// The line as it is written, never wider than the terminal.
    fn paint(&self, line: Line) -> Painted {
        let (mut text, mut cells) = (String::new(), 0);
        for (tone, words) in line {
            let words = text::cut(&words, self.columns - cells);
            let words = if self.look.ascii { in_ascii(&words) } else { words };
            cells += text::width(&words);
            match tone.code().filter(|_| self.look.color && !words.trim().is_empty()) {
                Some(code) => text.push_str(&format!("\x1b[{code}m{words}\x1b[0m")),
                None => text.push_str(&words),
            }
        }
        Painted { text, cells }
    }
}

/// Every sign in as many cells of ASCII.
fn in_ascii(text: &str) -> String {
    text.graphemes(true)
        .map(|sign| match sign {
            sign if sign.is_ascii() => sign.to_string(),
            "…" => "~".into(),
            sign => "?".repeat(text::width(sign)),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::job::{Account, JobId, Outcome, ResultState};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn job(id: i64, state: State, prompt: &str) -> Job {
        let mut job = Job::of_task(JobId(id), "u".into(), Account::default(), "t".into(), at(0));
        job.state = state;
        job.request.model = "gen4_turbo".into();
        job.request.prompt_text = Some(prompt.into());
        job
    }

    fn running(id: i64, prompt: &str) -> Job {
        Job { progress: Some(0.27), started_at: Some(at(20)), ..job(id, State::Running, prompt) }
    }

    fn past() -> History {
        let ended = |n| Job {
            started_at: Some(at(20)),
            finished_at: Some(at(80 + n)),
            ..job(n, State::Succeeded, "")
        };
        let jobs: Vec<_> = (0..5).map(ended).collect();
        History::learn(jobs.iter())
    }

    fn sheet(columns: usize, now: i64, history: &History) -> Sheet<'_> {
        Sheet { look: Look { ascii: false, color: false }, columns, digits: 3, history, now: at(now) }
    }

    const LONG: &str = "a cat yawns at the moon, very slowly, while rain falls on a tin roof";

    #[test]
    fn a_line_has_what_its_width_allows() {
        let history = past();
        let line = |columns| sheet(columns, 45, &history).job(&running(12, LONG), None).text;
        assert_eq!(
            line(79),
            " 12 RUNNING   ██░░░░░░░░  27%  0:45  ~0:37 left  a cat yawns at the moon, very…"
        );
        assert_eq!(line(60), " 12 RUNNING    27%  0:45  ~0:37 left  a cat yawns at the mo…");
        assert_eq!(line(39), " 12 RUNNING    27%  0:45  a cat yawns …");
        assert_eq!(line(12), " 12 RUNNING…");
    }

    #[test]
    fn what_is_usual_is_no_promise() {
        let history = past();
        let left = |job: &Job, now| sheet(80, now, &history).left(job).unwrap_or_default();
        let queued = job(1, State::Queued, "");
        assert_eq!(left(&queued, 5), "~1:17 left", "the rest of the queue, then the run");
        assert_eq!(left(&queued, 60), "past usual");
        assert_eq!(left(&running(1, ""), 83), "soon");
        assert_eq!(left(&running(1, ""), 900), "past usual");
        assert_eq!(left(&job(1, State::Sending, ""), 5), "");
        assert_eq!(sheet(80, 5, &History::default()).left(&queued), None);
    }

    #[test]
    fn a_download_tells_bytes_and_rate() {
        let mut job = job(7, State::Succeeded, LONG);
        let result = Outcome {
            state: ResultState::Fetching,
            urls: vec![],
            expires_at: None,
            files: vec![],
            problem: None,
            blocked: false,
        };
        job.result = Some(result);
        let history = History::default();
        let mut transfer = Transfer::begin(1_000_000, Some(9_000_000), at(0));
        transfer.go_on(3_000_000, Some(9_000_000), at(1));
        let line = |columns| sheet(columns, 1, &history).job(&job, Some(&transfer)).text;
        assert_eq!(
            line(79),
            "  7 FETCHING  ███░░░░░░░  33%  3.0 MB of 9.0 MB  2.0 MB/s  ~0:03 left  a cat y…"
        );
        assert_eq!(line(39), "  7 FETCHING   33%  3.0 MB of 9.0 MB  …");
    }

    #[test]
    fn the_summary_counts_and_says_what_it_costs() {
        let history = History::default();
        let mut board = Board::default();
        assert_eq!(sheet(80, 0, &history).summary(&board, None).text, "nothing is under way");
        board.take(&running(1, ""), true);
        board.take(&job(2, State::Queued, ""), true);
        board.take(&job(3, State::Failed, ""), false);
        let line = sheet(80, 0, &history).summary(&board, Some("paused"));
        assert_eq!(line.text, "1 running, 1 queued, 1 failed · 3 of unknown price · paused");
        assert_eq!(sheet(20, 0, &history).summary(&board, None).text, "1 running, 1 queued…");
        assert_eq!(sheet(20, 0, &history).more(12).text, "… and 12 more");
    }

    #[test]
    fn ascii_and_colours_are_as_asked() {
        let history = History::default();
        let mut sheet = sheet(79, 45, &history);
        sheet.look = Look { ascii: true, color: false };
        let line = sheet.job(&running(12, "un chat bâille à 猫"), None).text;
        assert_eq!(line, " 12 RUNNING   ##--------  27%  0:45              un chat b?ille ? ??");
        sheet.look.color = true;
        let line = sheet.job(&running(12, "cat"), None);
        assert!(line.text.contains("\x1b[36m RUNNING  \x1b[0m") && line.cells < 79, "{line:?}");
    }

    proptest! {
        #[test]
        fn no_line_is_wider_than_the_terminal(prompt in ".{0,60}", columns in 0usize..120, ascii: bool, now in 0i64..9000) {
            let history = past();
            let mut sheet = sheet(columns, now, &history);
            sheet.look.ascii = ascii;
            let mut board = Board::default();
            for job in [running(12_345, &prompt), job(1, State::Queued, &prompt), job(2, State::Held, &prompt)] {
                let line = sheet.job(&job, None);
                prop_assert!(line.cells <= columns && text::width(&line.text) == line.cells, "{line:?}");
                prop_assert!(!ascii || line.text.is_ascii(), "{line:?}");
                board.take(&job, true);
            }
            prop_assert!(sheet.summary(&board, Some(&prompt)).cells <= columns);
        }
    }
}
