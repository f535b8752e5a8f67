use std::collections::VecDeque;

use jiff::Timestamp;
use tracing::Level;

use super::LogLine;

/// So many lines are kept; older ones are in the log file.
pub const KEPT: usize = 1_000;

/// The lines of the log pane, and which of them is at the bottom.
#[derive(Debug, Default)]
pub struct LogPane {
    lines: VecDeque<LogLine>,
    /// Lines that came and are gone, here or on the way.
    fell_out: u64,
    lost_on_the_way: u64,
    /// Scrolled: so many lines are hidden below. None: follows.
    hidden: Option<usize>,
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
        self.lines.push_back(line);
        if let Some(hidden) = &mut self.hidden {
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
        let most = self.lines.len().saturating_sub(1);
        self.hidden = self.hidden.map(|hidden| hidden.min(most));
    }

    /// Whether new lines show by themselves.
    pub fn follows(&self) -> bool {
        self.hidden.is_none()
    }

    /// How many lines are not to be seen any more.
    pub fn dropped(&self) -> u64 {
        self.fell_out + self.lost_on_the_way
    }

    /// How many lines there are.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// How many lines are hidden below.
    pub fn hidden(&self) -> usize {
        self.hidden.unwrap_or(0)
    }

    /// Hides at most so many lines below; follows where that is none.
    pub fn hide_at_most(&mut self, lines: usize) {
        self.hidden = self.hidden.map(|hidden| hidden.min(lines)).filter(|hidden| *hidden > 0);
    }

    /// All lines, the oldest first.
    pub fn downwards(&self) -> impl Iterator<Item = &LogLine> {
        self.lines.iter()
    }

    /// The lines from the bottom of the pane upwards.
    pub fn upwards(&self) -> impl Iterator<Item = &LogLine> {
        self.lines.iter().rev().skip(self.hidden.unwrap_or(0))
    }
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
}
