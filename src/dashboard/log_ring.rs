//! The way of a log record to the screen: a `tracing` layer at one end, a bounded channel, and the
//! feed of the event loop at the other.

use std::{
    fmt::{self, Write},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use jiff::Timestamp;
use tokio::sync::mpsc;
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::layer::{Context, Layer};

use super::LogLine;
use crate::job::{JobId, is_harmful};

/// How many lines wait for the screen; at the bound a new one is dropped and counted.
const WAITING: usize = 1_024;

/// The longest line, in bytes; the rest is cut off.
const LONGEST: usize = 2_000;

/// The two ends of the ring.
pub fn log_ring() -> (RingLayer, LogFeed) {
    let (sender, lines) = mpsc::channel(WAITING);
    let dropped = Arc::new(AtomicU64::new(0));
    (RingLayer { sender, dropped: Arc::clone(&dropped) }, LogFeed { lines, dropped })
}

/// A `tracing` layer that makes a line of each event. It never waits: when nobody takes the lines,
/// they are dropped and counted.
///
/// A field `job` holds the number of the job that the line speaks of; `message` is the text, and the
/// other fields follow it as `name=value`.
#[derive(Debug)]
pub struct RingLayer {
    sender: mpsc::Sender<LogLine>,
    dropped: Arc<AtomicU64>,
}

impl<S: Subscriber> Layer<S> for RingLayer {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        // A place first: a line that nobody will see is not put together.
        let Ok(place) = self.sender.try_reserve() else {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return;
        };
        let mut line = Line::default();
        event.record(&mut line);
        place.send(LogLine {
            at: Timestamp::now(),
            level: *event.metadata().level(),
            job: line.job,
            text: line.text(),
        });
    }
}

/// Where the screen takes its log lines from.
#[derive(Debug)]
pub struct LogFeed {
    lines: mpsc::Receiver<LogLine>,
    dropped: Arc<AtomicU64>,
}

impl LogFeed {
    /// Waits for lines; gives what is there, and how many were lost so far. `None` when
    /// no more can come.
    pub async fn next(&mut self) -> Option<(Vec<LogLine>, u64)> {
        let mut lines = Vec::new();
        let taken = self.lines.recv_many(&mut lines, WAITING).await;
        (taken > 0).then(|| (lines, self.dropped.load(Ordering::Relaxed)))
    }

    /// What is there without waiting, if anything.
    pub fn ready(&mut self) -> Option<(Vec<LogLine>, u64)> {
        let mut lines = Vec::new();
        while let Ok(line) = self.lines.try_recv() {
            lines.push(line);
            if lines.len() == WAITING {
                break;
            }
        }
        (!lines.is_empty()).then(|| (lines, self.dropped.load(Ordering::Relaxed)))
    }
}

/// A line while its fields come in.
#[derive(Default)]
struct Line {
    message: Capped,
    fields: Capped,
    job: Option<JobId>,
}

impl Line {
    fn text(mut self) -> String {
        // What no longer fits is cut off, and that is all that can go wrong here.
        let _ = self.message.write_str(&self.fields.0);
        self.message.0
    }

    fn field(&mut self, name: &str, value: fmt::Arguments<'_>) {
        let _ = if name == "message" {
            self.message.write_fmt(value)
        } else {
            write!(self.fields, " {name}=").and_then(|()| self.fields.write_fmt(value))
        };
    }
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.field(field.name(), format_args!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.field(field.name(), format_args!("{value}"));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        self.field(field.name(), format_args!("{value}"));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        if field.name() == "job" {
            self.job = Some(JobId(value));
        } else {
            self.field(field.name(), format_args!("{value}"));
        }
    }
}

/// A text that takes no more than [`LONGEST`] bytes, and a space for each control character.
#[derive(Default)]
struct Capped(String);

impl Write for Capped {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for c in text.chars() {
            if self.0.len() + c.len_utf8() > LONGEST {
                // An error ends the formatting of a value, however much more of it there is.
                return Err(fmt::Error);
            }
            self.0.push(if is_harmful(c) { ' ' } else { c });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use tracing::Level;
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    fn logged(write: impl FnOnce()) -> (Vec<LogLine>, u64) {
        let (layer, mut feed) = log_ring();
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), write);
        feed.ready().unwrap_or_default()
    }

    #[test]
    fn a_record_becomes_a_line() {
        let (lines, dropped) = logged(|| {
            tracing::warn!(job = 12_i64, attempt = 3, url = "https://x", ok = true, "asked {}", "again");
            tracing::info!(reason = %"none", shown = ?Some("a"), "plain");
        });
        assert_eq!(dropped, 0);
        assert_eq!(lines[0].level, Level::WARN);
        assert_eq!(lines[0].job, Some(JobId(12)));
        assert_eq!(lines[0].text, "asked again attempt=3 url=https://x ok=true");
        assert_eq!(lines[1].job, None);
        assert_eq!(lines[1].text, "plain reason=none shown=Some(\"a\")");
    }

    #[test]
    fn a_line_is_one_line_without_controls() {
        let (lines, _) = logged(|| tracing::error!(field = "a\rb", "one\ntwo\x1b[31mred\u{9b}"));
        assert_eq!(lines[0].text, "one two [31mred  field=a b");
    }

    #[test]
    fn a_line_is_bounded() {
        let long = "é".repeat(1_000_000);
        let (lines, _) = logged(|| tracing::info!(more = 1, "x{long}"));
        assert!((LONGEST - 3..=LONGEST).contains(&lines[0].text.len()));
    }

    #[test]
    fn a_full_ring_drops_and_counts_and_never_waits() {
        let (lines, dropped) = logged(|| {
            for n in 0..WAITING + 7 {
                tracing::info!("{n}");
            }
        });
        assert_eq!(lines.len(), WAITING);
        assert_eq!(lines[0].text, "0", "what was there first stays");
        assert_eq!(dropped, 7);
    }

    #[tokio::test]
    async fn the_feed_ends_with_its_layer() {
        let (layer, mut feed) = log_ring();
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            tracing::info!("last");
        });
        assert_eq!(feed.next().await.unwrap().0.len(), 1);
        assert!(feed.next().await.is_none());
    }
}
