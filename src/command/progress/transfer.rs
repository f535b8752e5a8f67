//! How a download gets on.

use jiff::{SignedDuration, Timestamp};

use crate::{dashboard::text::size, job::clock};

/// The rate of a download is that of its last seconds.
const WINDOW_MS: i64 = 2_000;
/// Before so much time has gone, a rate is a guess.
const LEAST_MS: i64 = 300;

/// A download under way.
#[derive(Clone, Copy, Debug)]
pub struct Transfer {
    bytes: u64,
    total: Option<u64>,
    now: Timestamp,
    /// The rate is counted from here: some seconds back.
    from: (Timestamp, u64),
    next: (Timestamp, u64),
}

impl Transfer {
    /// The first that is heard of it.
    pub const fn begin(bytes: u64, total: Option<u64>, now: Timestamp) -> Self {
        Self { bytes, total, now, from: (now, bytes), next: (now, bytes) }
    }

    /// It has come so far.
    pub fn go_on(&mut self, bytes: u64, total: Option<u64>, now: Timestamp) {
        if bytes < self.bytes {
            // It begins anew.
            return *self = Self::begin(bytes, total, now);
        }
        (self.bytes, self.total, self.now) = (bytes, total, now);
        if now.duration_since(self.next.0).as_millis() >= i128::from(WINDOW_MS) {
            (self.from, self.next) = (self.next, (now, bytes));
        }
    }

    /// Bytes in a second.
    fn rate(&self) -> Option<u64> {
        let ms = u64::try_from(self.now.duration_since(self.from.0).as_millis()).ok()?;
        let enough = ms >= LEAST_MS.unsigned_abs();
        enough.then(|| self.bytes.saturating_sub(self.from.1).saturating_mul(1000) / ms.max(1))
    }

    /// How much of it is here, 0 to 1; none where the server does not say how much there is.
    pub fn part(&self) -> Option<f64> {
        let total = self.total.filter(|total| *total > 0)?;
        Some((self.bytes as f64 / total as f64).min(1.0))
    }

    /// `1.2 of 4.0 MB`, `1.1 MB/s`, `~0:03 left`.
    pub fn tell(&self) -> String {
        let mut words = match self.total {
            Some(total) => vec![format!("{} of {}", size(self.bytes), size(total))],
            None => vec![size(self.bytes)],
        };
        if let Some(rate) = self.rate().filter(|rate| *rate > 0) {
            words.push(format!("{}/s", size(rate)));
            let left = self.total.map(|total| total.saturating_sub(self.bytes) / rate);
            words.extend(
                left.and_then(|left| Some(left_text(SignedDuration::from_secs(left.try_into().ok()?)))),
            );
        }
        words.join("  ")
    }
}

/// `~0:03 left`.
pub fn left_text(left: SignedDuration) -> String {
    format!("~{} left", clock(left))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    #[test]
    fn the_rate_is_that_of_the_last_seconds() {
        let mut transfer = Transfer::begin(1_000_000, Some(9_000_000), at(0));
        assert_eq!((transfer.rate(), transfer.tell().as_str()), (None, "1.0 MB of 9.0 MB"));
        transfer.go_on(3_000_000, Some(9_000_000), at(1));
        assert_eq!(transfer.tell(), "3.0 MB of 9.0 MB  2.0 MB/s  ~0:03 left");
        for second in 2..=8 {
            transfer.go_on(3_000_000, Some(9_000_000), at(second));
        }
        assert_eq!(
            (transfer.rate(), transfer.tell().as_str()),
            (Some(0), "3.0 MB of 9.0 MB"),
            "it stands still"
        );
        transfer.go_on(10, None, at(9));
        assert_eq!((transfer.rate(), transfer.tell().as_str()), (None, "10 B"), "it begins anew");
        assert_eq!(transfer.part(), None);
    }
}
