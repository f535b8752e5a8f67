//! From terminal events to messages.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
    thread,
    time::{Duration, Instant},
};

use crossterm::event::{Event, EventStream, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use futures_util::{Stream, StreamExt};
use tokio::sync::{mpsc, oneshot};

use super::Message;

/// Keys that come closer together than this were not typed one by one.
const BURST: Duration = Duration::from_millis(20);

/// How many messages wait for the screen; at the bound the thread waits, and what is typed meanwhile
/// stays with the terminal.
const WAITING: usize = 256;

/// Turns events into messages, and knows a paste where the terminal does not mark it.
#[derive(Debug, Default)]
pub struct Typing {
    /// When the last key that could be part of a pasted text came.
    last_text: Option<Instant>,
    /// The terminal marks what is pasted, so a burst of keys is somebody typing over a slow link.
    marks_pastes: bool,
}

impl Typing {
    /// What an event means to the screen, if anything. A carriage return inside a burst of text is a
    /// newline, given as Ctrl-J; such a paste must never press a button.
    pub fn message(&mut self, event: Event, at: Instant) -> Option<Message> {
        match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => Some(Message::Key(self.key(key, at))),
            Event::Paste(text) => {
                self.marks_pastes = true;
                Some(Message::Paste(text))
            }
            Event::Resize(columns, rows) => Some(Message::Resize(columns, rows)),
            Event::Key(_) | Event::Mouse(_) | Event::FocusGained | Event::FocusLost => None,
        }
    }

    fn key(&mut self, key: KeyEvent, at: Instant) -> KeyEvent {
        let plain = (key.modifiers - KeyModifiers::SHIFT).is_empty();
        let in_burst = self.last_text.is_some_and(|last| at.saturating_duration_since(last) < BURST);
        let newline = key.code == KeyCode::Enter && plain && in_burst && !self.marks_pastes;
        let text = newline || (plain && matches!(key.code, KeyCode::Char(_) | KeyCode::Tab));
        self.last_text = text.then_some(at);
        if newline { KeyEvent::new(KeyCode::Char('j'), KeyModifiers::CONTROL) } else { key }
    }
}

/// What is typed into the terminal of this process. Dropping it lets the terminal's input go.
///
/// It reads on a thread of its own: crossterm reads a blocking descriptor, so that half an escape
/// sequence, or a dead terminal, would stop whoever polls it, and the screen must not stop.
#[derive(Debug)]
pub struct TerminalInput {
    messages: mpsc::Receiver<io::Result<Message>>,
    /// Dropped with this, which the thread takes as the word to end.
    _stop: oneshot::Sender<()>,
}

impl TerminalInput {
    /// Starts to read. A change of the terminal's size after this call is not missed.
    pub fn start() -> io::Result<Self> {
        let (sender, messages) = mpsc::channel(WAITING);
        let (stop, stopped) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        // Made here, for it listens to SIGWINCH from now on.
        let events = EventStream::new();
        thread::Builder::new()
            .name("input".into())
            .spawn(move || runtime.block_on(read(events, &sender, stopped)))?;
        Ok(Self { messages, _stop: stop })
    }
}

impl Stream for TerminalInput {
    type Item = io::Result<Message>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.messages.poll_recv(context)
    }
}

async fn read(
    mut events: impl Stream<Item = io::Result<Event>> + Unpin,
    sender: &mpsc::Sender<io::Result<Message>>,
    mut stopped: oneshot::Receiver<()>,
) {
    let mut typing = Typing::default();
    loop {
        let event = tokio::select! {
            biased;
            _ = &mut stopped => return,
            event = events.next() => event,
        };
        let message = match event {
            None => return,
            // crossterm's own wake-up calls come as this.
            Some(Err(error)) if error.kind() == io::ErrorKind::Interrupted => continue,
            Some(Err(error)) => Some(Err(error)),
            Some(Ok(event)) => typing.message(event, Instant::now()).map(Ok),
        };
        let Some(message) = message else { continue };
        let failed = message.is_err();
        if sender.send(message).await.is_err() || failed {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(code: KeyCode) -> Event {
        Event::Key(KeyEvent::new(code, KeyModifiers::NONE))
    }

    /// What becomes of keys that come at these milliseconds.
    fn typed(typing: &mut Typing, keys: &[(u64, KeyCode)]) -> Vec<KeyEvent> {
        let start = Instant::now();
        keys.iter()
            .map(|(at, code)| match typing.message(key(*code), start + Duration::from_millis(*at)) {
                Some(Message::Key(key)) => key,
                other => panic!("{other:?}"),
            })
            .collect()
    }

    const NEWLINE: (KeyCode, KeyModifiers) = (KeyCode::Char('j'), KeyModifiers::CONTROL);

    fn returns(keys: &[(u64, KeyCode)]) -> Vec<bool> {
        typed(&mut Typing::default(), keys)
            .iter()
            .filter(|key| key.code == KeyCode::Enter || (key.code, key.modifiers) == NEWLINE)
            .map(|key| key.code == KeyCode::Enter)
            .collect()
    }

    #[test]
    fn a_return_inside_a_burst_is_a_newline() {
        use KeyCode::{Char, Enter};
        assert_eq!(
            returns(&[(0, Char('a')), (1, Enter), (2, Enter), (3, Char('b')), (22, Enter)]),
            [false; 3]
        );
    }

    #[test]
    fn a_return_that_was_typed_is_a_return() {
        use KeyCode::{Char, Down, Enter};
        assert_eq!(returns(&[(0, Enter)]), [true]);
        assert_eq!(returns(&[(0, Char('a')), (20, Enter)]), [true]);
        assert_eq!(returns(&[(0, Down), (1, Enter)]), [true], "an arrow is no part of a text");
        assert_eq!(returns(&[(0, Enter), (1, Enter)]), [true, true]);
    }

    #[test]
    fn where_pastes_are_marked_a_burst_is_a_slow_link() {
        let mut typing = Typing::default();
        typing.message(Event::Paste("x".into()), Instant::now());
        let keys = typed(&mut typing, &[(0, KeyCode::Char('a')), (1, KeyCode::Enter)]);
        assert_eq!(keys[1].code, KeyCode::Enter);
    }

    #[test]
    fn a_released_key_is_nothing() {
        let mut released = KeyEvent::new(KeyCode::Char('a'), KeyModifiers::NONE);
        released.kind = KeyEventKind::Release;
        assert!(Typing::default().message(Event::Key(released), Instant::now()).is_none());
    }

    #[tokio::test]
    async fn reading_ends_when_the_input_is_dropped_and_after_an_error() {
        let (sender, mut messages) = mpsc::channel(1);
        let (stop, stopped) = oneshot::channel();
        drop(stop);
        read(futures_util::stream::pending(), &sender, stopped).await;

        let (_stop, stopped) = oneshot::channel();
        let events = [Err(io::ErrorKind::Interrupted.into()), Err(io::Error::other("gone"))];
        read(futures_util::stream::iter(events), &sender, stopped).await;
        assert_eq!(messages.recv().await.unwrap().unwrap_err().to_string(), "gone");
    }
}
