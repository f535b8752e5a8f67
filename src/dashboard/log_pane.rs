use std::collections::VecDeque;

use jiff::Timestamp;
use tracing::Level;

use super::LogLine;
use crate::job::JobId;

/// So many lines are kept; older ones are in the log file.
pub const KEPT: usize = 1_000;

/// The lines of the log pane, which of them are shown, and which of those is at the bottom.
#[derive(Debug)]
pub struct LogPane {
    lines: VecDeque<LogLine>,
    /// Lines that came and are gone, here or on the way.
    fell_out: u64,
    lost_on_the_way: u64,
    /// Scrolled: so many of the shown lines are hidden below. None: follows.
    hidden: Option<usize>,
    /// Shown from this level on.
    level: Level,
    /// Only lines of this job.
    only: Option<JobId>,
    /// Only lines from this one on, counted over all that ever came.
    cleared: u64,
    /// What is looked for, and the line that was found last.
    searched: Option<String>,
    found: Option<u64>,
    /// The user's word on long lines; none: wrapped while the log has the keys.
    wrap: Option<bool>,
}

impl Default for LogPane {
    fn default() -> Self {
        Self {
            lines: VecDeque::new(),
            fell_out: 0,
            lost_on_the_way: 0,
            hidden: None,
            level: Level::TRACE,
            only: None,
            cleared: 0,
            searched: None,
            found: None,
            wrap: None,
        }
    }
}

impl LogPane {
    /// Takes new lines, and the count of those lost on the way so far.
    pub fn take(&mut self, lines: Vec<LogLine>, lost: u64) {
        self.lost_on_the_way = lost;
        for line in lines {
            self.push(line);
        }
    }

    /// Adds a line.
    pub fn push(&mut self, line: LogLine) {
        let shown = self.passes(u64::MAX, &line);
        self.lines.push_back(line);
        if let Some(hidden) = self.hidden.as_mut().filter(|_| shown) {
            *hidden += 1;
        }
        if self.lines.len() > KEPT {
            self.lines.pop_front();
            self.fell_out += 1;
        }
        self.clamp();
    }

    /// Adds a line of our own.
    pub fn note(&mut self, at: Timestamp, level: Level, text: impl Into<String>) {
        self.push(LogLine { at, level, job: None, text: text.into() });
    }

    /// Scrolls by so many lines, up when negative; follows again at the end.
    pub fn scroll(&mut self, lines: isize) {
        let hidden = self.hidden.unwrap_or(0).saturating_add_signed(lines.saturating_neg());
        self.hidden = Some(hidden).filter(|hidden| *hidden > 0);
        self.clamp();
    }

    fn clamp(&mut self) {
        if let Some(hidden) = self.hidden {
            let most = self.len().saturating_sub(1);
            self.hidden = Some(hidden.min(most)).filter(|hidden| *hidden > 0);
        }
    }

    /// Whether new lines show by themselves.
    pub fn follows(&self) -> bool {
        self.hidden.is_none()
    }

    /// How many lines are not to be seen any more.
    pub fn dropped(&self) -> u64 {
        self.fell_out + self.lost_on_the_way
    }

    /// How many lines are shown.
    pub fn len(&self) -> usize {
        if self.shows_all() { self.lines.len() } else { self.downwards().count() }
    }

    /// How many of the shown lines are hidden below.
    pub fn hidden(&self) -> usize {
        self.hidden.unwrap_or(0)
    }

    /// Hides at most so many lines below; follows where that is none.
    pub fn hide_at_most(&mut self, lines: usize) {
        self.hidden = self.hidden.map(|hidden| hidden.min(lines)).filter(|hidden| *hidden > 0);
    }

    fn shows_all(&self) -> bool {
        self.level == Level::TRACE && self.only.is_none() && self.cleared <= self.fell_out
    }

    fn passes(&self, number: u64, line: &LogLine) -> bool {
        // What is graver is less, as `tracing` orders levels.
        line.level <= self.level
            && self.only.is_none_or(|only| line.job == Some(only))
            && number >= self.cleared
    }

    /// The shown lines with their numbers, counted over all that ever came; the oldest first.
    fn numbered(&self) -> impl DoubleEndedIterator<Item = (u64, &LogLine)> {
        let number = |at: usize| self.fell_out + at as u64;
        let lines = self.lines.iter().enumerate().map(move |(at, line)| (number(at), line));
        lines.filter(|(number, line)| self.passes(*number, line))
    }

    /// The shown lines, the oldest first.
    pub fn downwards(&self) -> impl Iterator<Item = &LogLine> {
        self.numbered().map(|(_, line)| line)
    }

    /// The shown lines from the bottom of the pane upwards.
    pub fn upwards(&self) -> impl Iterator<Item = &LogLine> {
        self.numbered().rev().skip(self.hidden.unwrap_or(0)).map(|(_, line)| line)
    }

    /// From which level on lines are shown.
    pub fn level(&self) -> Level {
        self.level
    }

    /// Shows lines from this level on.
    pub fn set_level(&mut self, level: Level) {
        self.level = level;
        self.hidden = None;
    }

    /// Whose lines alone are shown.
    pub fn only(&self) -> Option<JobId> {
        self.only
    }

    /// Shows only the lines of a job, or all.
    pub fn set_only(&mut self, only: Option<JobId>) {
        self.only = only;
        self.hidden = None;
    }

    /// Shows none of the lines so far, or all again; says whether they are hidden now.
    pub fn clear(&mut self) -> bool {
        let end = self.fell_out + self.lines.len() as u64;
        self.cleared = if self.cleared > self.fell_out { 0 } else { end };
        self.hidden = None;
        self.cleared > 0
    }

    /// Whether lines are hidden because of a clear mark.
    pub fn is_cleared(&self) -> bool {
        self.cleared > self.fell_out
    }

    /// Whether long lines are wrapped, when the log has the keys or not.
    pub fn wraps(&self, focused: bool) -> bool {
        self.wrap.unwrap_or(focused)
    }

    /// Wraps long lines, or cuts them.
    pub fn set_wrap(&mut self, wrap: bool) {
        self.wrap = Some(wrap);
    }

    /// What is looked for.
    pub fn searched(&self) -> Option<&str> {
        self.searched.as_deref()
    }

    /// Whether a shown line holds these words.
    pub fn holds(&self, words: &str) -> bool {
        let words = words.to_lowercase();
        self.downwards().any(|line| holds(line, &words))
    }

    /// Looks for words from the newest line on; says whether a line holds them.
    pub fn search(&mut self, words: &str) -> bool {
        self.searched = Some(words.to_string()).filter(|words| !words.is_empty());
        self.found = None;
        self.searched.is_some() && self.find(true)
    }

    /// Goes to the next older line that holds what is looked for, or the next newer one; from the last to the
    /// first. Says whether there is one.
    pub fn find(&mut self, older: bool) -> bool {
        let Some(words) = self.searched.as_ref().map(|words| words.to_lowercase()) else { return false };
        let mut hits: Vec<_> =
            self.numbered().filter(|(_, line)| holds(line, &words)).map(|(number, _)| number).collect();
        if older {
            hits.reverse();
        }
        let beyond =
            |number: &u64| self.found.is_none_or(|at| if older { *number < at } else { *number > at });
        let Some(hit) = hits.iter().copied().find(beyond).or(hits.first().copied()) else { return false };
        let below = self.numbered().rev().take_while(|(number, _)| *number > hit).count();
        self.found = Some(hit);
        self.hidden = Some(below).filter(|below| *below > 0);
        true
    }
}

fn holds(line: &LogLine, words: &str) -> bool {
    line.text.to_lowercase().contains(words) || line.job.is_some_and(|id| format!("job {id}").contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> LogLine {
        LogLine { at: Timestamp::UNIX_EPOCH, level: Level::INFO, job: None, text: text.into() }
    }

    fn bottom(pane: &LogPane) -> &str {
        &pane.upwards().next().unwrap().text
    }

    #[test]
    fn the_ring_is_bounded_and_counts_what_it_drops() {
        let mut pane = LogPane::default();
        pane.take((0..KEPT + 5).map(|n| line(&n.to_string())).collect(), 7);
        assert_eq!((pane.lines.len(), pane.dropped(), bottom(&pane)), (KEPT, 12, "1004"));
    }

    #[test]
    fn a_scrolled_pane_stands_still_and_follows_at_the_end() {
        let mut pane = LogPane::default();
        pane.take((0..9).map(|n| line(&n.to_string())).collect(), 0);
        pane.scroll(-3);
        assert_eq!((bottom(&pane), pane.follows()), ("5", false));
        pane.push(line("9"));
        assert_eq!(bottom(&pane), "5");
        pane.scroll(isize::MAX);
        assert_eq!((bottom(&pane), pane.follows()), ("9", true));
        pane.scroll(isize::MIN);
        assert_eq!(bottom(&pane), "0");
    }

    #[test]
    fn what_is_shown_can_be_narrowed_down() {
        let mut pane = LogPane::default();
        let of = |job: i64, level, text: &str| LogLine { job: Some(JobId(job)), level, ..line(text) };
        let lines = vec![of(1, Level::INFO, "a"), of(2, Level::WARN, "b"), of(1, Level::ERROR, "c")];
        pane.take(lines, 0);
        let shown = |pane: &LogPane| pane.downwards().map(|line| line.text.clone()).collect::<String>();
        pane.set_level(Level::WARN);
        assert_eq!(shown(&pane), "bc");
        pane.set_only(Some(JobId(1)));
        assert_eq!((shown(&pane), pane.len()), ("c".into(), 1));
        pane.set_only(None);
        pane.set_level(Level::TRACE);
        assert!(pane.clear() && shown(&pane).is_empty());
        pane.push(line("d"));
        assert_eq!(shown(&pane), "d");
        assert!(!pane.clear());
        assert_eq!(shown(&pane), "abcd");
    }

    #[test]
    fn a_search_goes_round() {
        let mut pane = LogPane::default();
        pane.take(["cat one", "dog", "Cat two", "bird"].map(line).into(), 0);
        assert!(pane.search("cat"));
        assert_eq!(bottom(&pane), "Cat two");
        pane.find(true);
        assert_eq!(bottom(&pane), "cat one");
        pane.find(true);
        assert_eq!(bottom(&pane), "Cat two", "from the oldest to the newest");
        pane.find(false);
        assert_eq!(bottom(&pane), "cat one", "and back");
        assert!(!pane.search("horse") && !pane.holds("horse"));
    }
}
