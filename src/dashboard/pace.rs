//! When the next frame is due. Pure: moments come in as arguments.

use std::time::Duration;

use tokio::time::Instant;

/// Why a frame is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Somebody pressed a key or pasted: at once, and what follows within 8 ms shares the next frame.
    Key,
    /// News, or the time: at most 30 frames a second.
    News,
    /// The terminal has another size: one frame per 40 ms, so that a storm of them stays cheap.
    Resize,
}

impl Reason {
    /// The least time between the last frame that counts for this reason and the next one.
    const fn spacing(self) -> Duration {
        match self {
            Self::Key => Duration::from_millis(8),
            Self::News => Duration::from_millis(34),
            Self::Resize => Duration::from_millis(40),
        }
    }
}

/// The pace of drawing.
#[derive(Debug, Default)]
pub struct Pace {
    due: Option<Instant>,
    /// The first frame waits until then, unless it is for a key.
    held: Option<Instant>,
    for_key: bool,
    for_resize: bool,
    last: Option<Instant>,
    last_for_key: Option<Instant>,
    last_for_resize: Option<Instant>,
}

impl Pace {
    /// A pace whose first frame waits for what it is to show, until then and no longer.
    pub fn holding(until: Instant) -> Self {
        Self { due: Some(until), held: Some(until), ..Self::default() }
    }

    /// What the first frame waited for is there.
    pub fn release(&mut self, now: Instant) {
        if self.held.take().is_some() {
            self.due = Some(now);
        }
    }

    /// A frame is wanted.
    pub fn ask(&mut self, reason: Reason, now: Instant) {
        // A key is answered at once even when news were drawn a moment ago, so it looks only at its own kind.
        let last = match reason {
            Reason::Key => self.last_for_key,
            Reason::News => self.last,
            Reason::Resize => self.last_for_resize,
        };
        let held = self.held.filter(|_| reason != Reason::Key);
        let due = last.map_or(now, |last| now.max(last + reason.spacing())).max(held.unwrap_or(now));
        self.due = Some(self.due.map_or(due, |earlier| earlier.min(due)));
        self.for_key |= reason == Reason::Key;
        self.for_resize |= reason == Reason::Resize;
    }

    /// When the next frame is to be drawn; `None` when nothing has changed.
    pub const fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Whether a frame is to be drawn now.
    pub fn is_due(&self, now: Instant) -> bool {
        self.due.is_some_and(|due| due <= now)
    }

    /// A frame was drawn, and it answered all that was asked.
    pub fn drawn(&mut self, now: Instant) {
        (self.due, self.held) = (None, None);
        self.last = Some(now);
        if std::mem::take(&mut self.for_key) {
            self.last_for_key = Some(now);
        }
        if std::mem::take(&mut self.for_resize) {
            self.last_for_resize = Some(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    #[test]
    fn a_key_is_drawn_at_once_and_those_close_behind_share_the_next_frame() {
        let start = Instant::now();
        let mut pace = Pace::default();
        pace.ask(Reason::News, start);
        pace.drawn(start);
        pace.ask(Reason::Key, start + ms(1));
        assert!(pace.is_due(start + ms(1)), "a frame for news a moment ago is no reason to wait");
        pace.drawn(start + ms(1));
        for n in 2..8 {
            pace.ask(Reason::Key, start + ms(n));
            assert_eq!(pace.due(), Some(start + ms(9)));
        }
        assert!(!pace.is_due(start + ms(8)));
        assert!(pace.is_due(start + ms(9)));
    }

    #[test]
    fn the_first_frame_waits_for_its_news_but_for_no_key() {
        let start = Instant::now();
        let mut pace = Pace::holding(start + ms(10));
        pace.ask(Reason::News, start + ms(1));
        pace.ask(Reason::Resize, start + ms(2));
        assert_eq!(pace.due(), Some(start + ms(10)));
        pace.release(start + ms(3));
        assert!(pace.is_due(start + ms(3)));
        pace.drawn(start + ms(3));
        pace.release(start + ms(4));
        assert_eq!(pace.due(), None, "there is one first frame");

        let mut pace = Pace::holding(start + ms(10));
        pace.ask(Reason::Key, start + ms(1));
        assert!(pace.is_due(start + ms(1)));
    }

    #[test]
    fn news_wait_for_their_turn_and_a_key_takes_them_along() {
        let start = Instant::now();
        let mut pace = Pace::default();
        pace.ask(Reason::News, start);
        assert!(pace.is_due(start), "the first news do not wait");
        pace.drawn(start);
        pace.ask(Reason::News, start + ms(5));
        assert_eq!(pace.due(), Some(start + ms(34)));
        pace.ask(Reason::Key, start + ms(10));
        assert!(pace.is_due(start + ms(10)));
        pace.drawn(start + ms(10));
        assert_eq!(pace.due(), None);
    }

    #[test]
    fn a_storm_of_resizes_is_a_frame_per_40_ms() {
        let start = Instant::now();
        let mut pace = Pace::default();
        let mut frames = 0;
        for n in 0..400 {
            let now = start + ms(n);
            pace.ask(Reason::Resize, now);
            if pace.is_due(now) {
                pace.drawn(now);
                frames += 1;
            }
        }
        assert_eq!(frames, 10);
        assert_eq!(pace.due(), Some(start + ms(400)), "the last size is not forgotten");
    }
}
