//! From terminal events to messages.

use std::{
    future, io, mem,
    pin::Pin,
    task::{Context, Poll},
    thread,
    time::{Duration, Instant},
};

use crossterm::event::{
    Event, EventStream, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEventKind,
};
use futures_util::{Stream, StreamExt};
use tokio::sync::{mpsc, oneshot};

use super::{Message, message::MouseKind};

/// Keys that come closer together than this were not typed one by one.
const BURST: Duration = Duration::from_millis(20);

/// How many messages wait for the screen; at the bound the thread waits, and what is typed meanwhile
/// stays with the terminal.
const WAITING: usize = 256;

/// How long the reader of the terminal may take to let it go.
const LET_GO: Duration = Duration::from_millis(20);

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
            Event::Mouse(mouse) => mouse_kind(mouse.kind).map(|kind| Message::Mouse {
                kind,
                column: mouse.column,
                row: mouse.row,
            }),
            Event::Key(_) | Event::FocusGained | Event::FocusLost => None,
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

fn mouse_kind(kind: MouseEventKind) -> Option<MouseKind> {
    Some(match kind {
        MouseEventKind::Down(MouseButton::Left) => MouseKind::Press,
        MouseEventKind::ScrollUp => MouseKind::WheelUp,
        MouseEventKind::ScrollDown => MouseKind::WheelDown,
        _ => return None,
    })
}

/// What is typed into the terminal of this process. Dropping it lets the terminal's input go.
///
/// It reads on a thread of its own: crossterm reads a blocking descriptor, so that half an escape
/// sequence, or a dead terminal, would stop whoever polls it, and the screen must not stop.
#[derive(Debug)]
pub struct TerminalInput {
    messages: mpsc::Receiver<io::Result<Message>>,
    /// Dropped with this, which the thread takes as the word to end.
    orders: mpsc::Sender<Order>,
}

/// Whether somebody else reads the terminal.
#[derive(Debug)]
enum Order {
    /// Let it go, and say when that is done.
    Pause(oneshot::Sender<()>),
    /// Read on, and say when what was typed meanwhile is forgotten.
    Resume(oneshot::Sender<()>),
}

/// Lets another program read the terminal for a while.
#[derive(Clone, Debug)]
pub struct Gate(mpsc::WeakSender<Order>);

impl Gate {
    /// Returns when the terminal is read no more. What was typed until then is lost.
    pub async fn close(&self) {
        self.order(Order::Pause).await;
    }

    /// Returns when the terminal is read again, from here: what is typed after that is not lost.
    pub async fn open(&self) {
        self.order(Order::Resume).await;
    }

    async fn order(&self, order: impl FnOnce(oneshot::Sender<()>) -> Order) {
        let (done, is_done) = oneshot::channel();
        if let Some(orders) = self.0.upgrade()
            && orders.send(order(done)).await.is_ok()
        {
            // An end of the thread lets the terminal go as well.
            let _ = is_done.await;
        }
    }
}

impl TerminalInput {
    /// Starts to read. A change of the terminal's size after this call is not missed.
    pub fn start() -> io::Result<Self> {
        let (sender, messages) = mpsc::channel(WAITING);
        // At the bound whoever closes or opens the gate waits for the thread.
        let (orders, orders_end) = mpsc::channel(1);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
        // Made here, for it listens to SIGWINCH from now on.
        let events = EventStream::new();
        thread::Builder::new()
            .name("input".into())
            .spawn(move || runtime.block_on(read_in_turns(events, &sender, orders_end)))?;
        Ok(Self { messages, orders })
    }

    /// Lets another program read the terminal for a while.
    pub fn gate(&self) -> Gate {
        Gate(self.orders.downgrade())
    }
}

impl Stream for TerminalInput {
    type Item = io::Result<Message>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.messages.poll_recv(context)
    }
}

/// Reads until the order comes to let the terminal go, then from the next order on again.
async fn read_in_turns(
    mut events: EventStream,
    sender: &mpsc::Sender<io::Result<Message>>,
    mut orders: mpsc::Receiver<Order>,
) {
    while let Some(order) = read(&mut events, sender, &mut orders).await {
        let Order::Pause(done) = order else { continue };
        drop(events);
        let_go().await;
        // Who asked may have been ended meanwhile.
        let _ = done.send(());
        let Some(Order::Resume(resumed) | Order::Pause(resumed)) = orders.recv().await else { return };
        forget();
        events = EventStream::new();
        let _ = resumed.send(());
    }
}

/// crossterm reads on a thread of its own, which ends a moment after its stream, and wakes this task then.
async fn let_go() {
    let mut waited = false;
    let woken =
        future::poll_fn(|_| if mem::replace(&mut waited, true) { Poll::Ready(()) } else { Poll::Pending });
    // No thread ran: then nobody wakes us.
    let _ = tokio::time::timeout(LET_GO, woken).await;
}

/// What crossterm has read and not told yet was not meant for what is seen now. To be called only while no
/// stream is there: it takes the word to end from the stream's thread.
fn forget() {
    while crossterm::event::poll(Duration::ZERO).is_ok_and(|there| there) && crossterm::event::read().is_ok()
    {
    }
}

/// Reads until the next order; none when there is nobody left to read for.
async fn read(
    events: &mut (impl Stream<Item = io::Result<Event>> + Unpin),
    sender: &mpsc::Sender<io::Result<Message>>,
    orders: &mut mpsc::Receiver<Order>,
) -> Option<Order> {
    let mut typing = Typing::default();
    loop {
        let event = tokio::select! {
            biased;
            order = orders.recv() => return order,
            event = events.next() => event?,
        };
        let message = match event {
            // crossterm's own wake-up calls come as this.
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => Some(Err(error)),
            Ok(event) => typing.message(event, Instant::now()).map(Ok),
        };
        let Some(message) = message else { continue };
        let failed = message.is_err();
        if sender.send(message).await.is_err() || failed {
            return None;
        }
    }
}

#[cfg(test)]
mod tests {
    use crossterm::event::MouseEvent;

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

    #[test]
    fn the_mouse_is_presses_and_the_wheel() {
        let mut typing = Typing::default();
        let mut does = |kind| {
            let event = MouseEvent { kind, column: 7, row: 3, modifiers: KeyModifiers::NONE };
            match typing.message(Event::Mouse(event), Instant::now()) {
                Some(Message::Mouse { kind, column: 7, row: 3 }) => Some(kind),
                _ => None,
            }
        };
        assert_eq!(does(MouseEventKind::Down(MouseButton::Left)), Some(MouseKind::Press));
        assert_eq!(does(MouseEventKind::ScrollUp), Some(MouseKind::WheelUp));
        assert_eq!(does(MouseEventKind::ScrollDown), Some(MouseKind::WheelDown));
        assert_eq!(does(MouseEventKind::Up(MouseButton::Left)), None);
        assert_eq!(does(MouseEventKind::Down(MouseButton::Right)), None);
        assert_eq!(does(MouseEventKind::Drag(MouseButton::Left)), None);
    }

    #[tokio::test]
    async fn reading_ends_when_the_input_is_dropped_and_after_an_error() {
        let (sender, mut messages) = mpsc::channel(1);
        let (orders, mut orders_end) = mpsc::channel(1);
        drop(orders);
        assert!(read(&mut futures_util::stream::pending(), &sender, &mut orders_end).await.is_none());

        let (orders, mut orders_end) = mpsc::channel(1);
        let events = [Err(io::ErrorKind::Interrupted.into()), Err(io::Error::other("gone"))];
        assert!(read(&mut futures_util::stream::iter(events), &sender, &mut orders_end).await.is_none());
        assert_eq!(messages.recv().await.unwrap().unwrap_err().to_string(), "gone");
        orders.send(Order::Resume(oneshot::channel().0)).await.unwrap();
        let told = read(&mut futures_util::stream::pending(), &sender, &mut orders_end).await;
        assert!(matches!(told, Some(Order::Resume(_))));
    }
}
