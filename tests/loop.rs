//! The event loop with a fake terminal, fake input and a fake engine, under paused time: what it draws
//! and when, what it tells the screen, and how it ends. `pass` lets virtual time go by; it waits for
//! nothing real.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed step of a test shall end it")]

mod common;

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    io::{self, Write},
    path::PathBuf,
    rc::Rc,
    sync::Arc,
    time::Duration,
};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::Timestamp;
use ratatui::{
    buffer::Buffer,
    layout::{Position, Size},
    widgets::{Paragraph, Widget},
};
use taxiway::{
    config::{Config, Desktop, Flags, Notify, Sources},
    dashboard::{
        Copied, Effect, Message, Notifies, Progress, Reload, RingLayer, Screen, Surroundings, Why,
        editor::Editing, event_loop::EventLoop, frames::Frames, log_ring, modes::InForce, outside::Outside,
    },
    engine::{Command, Update},
    job::JobId,
};
use tokio::{
    sync::{mpsc, oneshot, watch},
    task::{JoinHandle, LocalSet},
    time::{Instant, sleep},
};
use tracing_subscriber::layer::SubscriberExt;

/// A screen that remembers what it was told and shows a counter of it.
#[derive(Default)]
struct Seen {
    keys: Vec<(char, Instant)>,
    updates: usize,
    /// How many updates had come before each key.
    updates_before_key: Vec<usize>,
    answers: Vec<String>,
    left: usize,
    /// What came of other effects.
    told: Vec<String>,
    sizes: Vec<(u16, u16)>,
    times: Vec<Timestamp>,
    log: Vec<String>,
    dropped: u64,
    shown: String,
    dirty: bool,
    next_change: Option<Timestamp>,
    /// It waits for news before its first frame.
    waits: bool,
    /// What a key asks for.
    effects: HashMap<char, Vec<Effect>>,
}

#[derive(Clone, Default)]
struct TestScreen(Rc<RefCell<Seen>>);

impl Screen for TestScreen {
    fn update(&mut self, message: Message) -> Vec<Effect> {
        let mut seen = self.0.borrow_mut();
        seen.dirty |= !matches!(message, Message::Time(_));
        match message {
            Message::Key(key) => {
                let KeyCode::Char(c) = key.code else { return Vec::new() };
                let updates = seen.updates;
                seen.keys.push((c, Instant::now()));
                seen.updates_before_key.push(updates);
                // `.` is a key that changes nothing that can be seen.
                if c != '.' {
                    seen.shown.push(c);
                }
                return seen.effects.get(&c).cloned().unwrap_or_default();
            }
            Message::Updates(updates) => {
                for update in updates {
                    match update {
                        Update::Answer { ticket, outcome } => {
                            let problem = outcome.unwrap_err();
                            seen.answers.push(format!("{ticket} {}", problem.code));
                        }
                        Update::Left => seen.left += 1,
                        _ => seen.updates += 1,
                    }
                }
                seen.shown = format!("{} updates", seen.updates);
            }
            Message::Resize(columns, rows) => {
                seen.sizes.push((columns, rows));
                return Vec::from_iter(seen.waits.then_some(Effect::Redraw));
            }
            Message::Time(at) => {
                seen.times.push(at);
                if seen.next_change.is_some_and(|change| change <= at) {
                    seen.next_change = None;
                    seen.shown = format!("at {at}");
                    seen.dirty = true;
                }
            }
            Message::Log(lines, dropped) => {
                seen.log.extend(lines.into_iter().map(|line| line.text));
                seen.dropped = dropped;
            }
            Message::Ending | Message::Mouse { .. } => {}
            Message::Paste(text) => seen.shown = text,
            Message::Copied { what, way } => {
                seen.told.push(match way {
                    Ok(Copied::Osc52) => format!("{what} sent"),
                    Ok(Copied::Tmux) => format!("{what} copied"),
                    Err(why) => format!("{what}: {why}"),
                });
            }
            Message::Edited(text) => seen.told.push(format!("edited {text:?}")),
            Message::Reloaded(config) => seen.told.push(format!("theme {}", config.ui.theme)),
        }
        Vec::new()
    }

    fn draw(&self, buffer: &mut Buffer) -> Option<Position> {
        Paragraph::new(self.0.borrow().shown.clone()).render(buffer.area, buffer);
        None
    }

    fn next_change(&self) -> Option<Timestamp> {
        self.0.borrow().next_change
    }

    fn take_dirty(&mut self) -> bool {
        std::mem::take(&mut self.0.borrow_mut().dirty)
    }

    fn is_filled(&self) -> bool {
        let seen = self.0.borrow();
        !seen.waits || seen.updates > 0
    }
}

/// What was written, and when.
#[derive(Clone, Default)]
struct Output {
    frames: Rc<RefCell<Vec<(Instant, String)>>>,
    broken: Rc<Cell<bool>>,
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.broken.get() {
            return Err(io::Error::other("broken"));
        }
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        self.frames.borrow_mut().push((Instant::now(), text));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A loop under way, and the other end of everything that it is wired to.
struct Bench {
    input: mpsc::UnboundedSender<io::Result<Message>>,
    signals: mpsc::UnboundedSender<i32>,
    updates: mpsc::Sender<Update>,
    commands: mpsc::Receiver<Command>,
    log: Option<RingLayer>,
    seen: Rc<RefCell<Seen>>,
    output: Output,
    idle: watch::Sender<bool>,
    size: Rc<Cell<Size>>,
    alive: Rc<Cell<bool>>,
    /// The text that each editor was opened on, and what ends it.
    edits: Edits,
    in_force: InForce,
    running: JoinHandle<io::Result<Why>>,
}

fn start_of_time() -> Timestamp {
    Timestamp::from_second(1_700_000_000).unwrap()
}

fn receiving<T>(mut receiver: mpsc::UnboundedReceiver<T>) -> impl futures_util::Stream<Item = T> + Unpin {
    futures_util::stream::poll_fn(move |context| receiver.poll_recv(context))
}

/// What a config file would say after a change: another theme, and no titles.
fn reloaded() -> Config {
    let flags = Flags { config: Some(PathBuf::from("/dev/null")), ..Flags::default() };
    let mut config = Config::load(&Sources { flags, env: &|_| None });
    config.ui.theme = "light".into();
    config.notify = Notify { title: false, ..Notify::default() };
    config
}

/// The editor of these tests: it ends when the test says so.
type Edits = Rc<RefCell<Vec<(String, oneshot::Sender<Result<String, String>>)>>>;

fn editor(edits: &Edits) -> Box<dyn Fn(String) -> Editing> {
    let edits = Rc::clone(edits);
    Box::new(move |text| {
        let (end, ended) = oneshot::channel();
        edits.borrow_mut().push((text, end));
        let ended = Box::pin(async { ended.await.unwrap() });
        Editing { ended, child: Rc::default(), ending: Rc::default() }
    })
}

impl Bench {
    fn new() -> Self {
        Self::of(Surroundings::default(), Notify::default())
    }

    fn of(surroundings: Surroundings, notify: Notify) -> Self {
        let (input, input_end) = mpsc::unbounded_channel();
        let (signals, signals_end) = mpsc::unbounded_channel();
        let (updates, updates_end) = mpsc::channel(1_024);
        let (commands_end, commands) = mpsc::channel(2);
        let (layer, feed) = log_ring();
        let (screen, output) = (TestScreen::default(), Output::default());
        let (size, alive) = (Rc::new(Cell::new(Size::new(40, 5))), Rc::new(Cell::new(true)));
        let seen = Rc::clone(&screen.0);
        let (begun, idle) = (Instant::now(), watch::Sender::new(true));
        let (asked, alive_end) = (Rc::clone(&size), Rc::clone(&alive));
        let frames = Frames::new(output.clone(), Box::new(move || Ok(asked.get())));
        let (edits, in_force) = (Edits::default(), InForce::default());
        let (outside, done) = Outside::new(surroundings, notify, Arc::new(reloaded), in_force.clone());
        let event_loop = EventLoop {
            screen,
            frames,
            idle: idle.subscribe(),
            input: receiving(input_end),
            signals: receiving(signals_end),
            commands: commands_end,
            finds: None,
            updates: updates_end,
            log: feed,
            clock: Box::new(move || start_of_time() + begun.elapsed()),
            probe: Box::new(move || if alive_end.get() { Ok(()) } else { Err(io::Error::other("EIO")) }),
            use_key: Box::new(|_, _| {}),
            stop: Box::new(|_| Ok(())),
            edit: editor(&edits),
            outside,
            done,
            out: Box::new(output.clone()),
        };
        let running = tokio::task::spawn_local(event_loop.run());
        Self {
            input,
            signals,
            updates,
            commands,
            log: Some(layer),
            seen,
            output,
            idle,
            size,
            alive,
            edits,
            in_force,
            running,
        }
    }

    /// A loop that has drawn its first frame and has nothing to do.
    async fn still() -> Self {
        Self::new().stilled().await
    }

    async fn stilled(self) -> Self {
        pass(100).await;
        self.output.frames.borrow_mut().clear();
        self
    }

    /// What a key asks for; it changes nothing that can be seen, so that only its effects are written.
    async fn does(&self, effects: Vec<Effect>) -> Vec<String> {
        self.seen.borrow_mut().effects.insert('.', effects);
        self.output.frames.borrow_mut().clear();
        self.key('.');
        pass(10).await;
        self.frames().into_iter().map(|(_, bytes)| bytes).collect()
    }

    fn told(&self) -> Vec<String> {
        std::mem::take(&mut self.seen.borrow_mut().told)
    }

    fn key(&self, c: char) {
        self.input.send(Ok(Message::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE)))).unwrap();
    }

    fn frames(&self) -> Vec<(Instant, String)> {
        self.output.frames.borrow().clone()
    }

    async fn end(self) -> (io::Result<Why>, Rc<RefCell<Seen>>, mpsc::Receiver<Command>) {
        (self.running.await.unwrap(), self.seen, self.commands)
    }
}

/// Lets virtual time go by; whatever can happen until then has happened.
async fn pass(ms: u64) {
    sleep(Duration::from_millis(ms)).await;
}

fn news() -> Update {
    Update::Fetched { id: JobId(1), bytes: 1, total: None }
}

/// Runs a test on one thread with paused time, as the loop itself runs.
fn paused(test: impl Future<Output = ()>) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    LocalSet::new().block_on(&runtime, test);
}

#[test]
fn the_first_frame_comes_at_once_and_is_one_write() {
    paused(async {
        let begun = Instant::now();
        let bench = Bench::new();
        bench.seen.borrow_mut().shown = "hello".into();
        pass(1).await;
        let frames = bench.frames();
        assert_eq!(frames.len(), 1);
        assert_eq!(frames[0].0, begun);
        assert!(frames[0].1.starts_with("\x1b[?2026h") && frames[0].1.ends_with("\x1b[?2026l"));
        assert!(frames[0].1.contains("hello"));
        assert_eq!(bench.seen.borrow().sizes, [(40, 5)]);
        assert_eq!(bench.seen.borrow().times[0], start_of_time(), "the time is known before the first frame");
    });
}

#[test]
fn the_first_frame_waits_10_ms_for_what_it_is_to_show_and_no_longer() {
    paused(async {
        let begun = Instant::now();
        let (told, untold) = (Bench::new(), Bench::new());
        for bench in [&told, &untold] {
            bench.seen.borrow_mut().waits = true;
        }
        pass(4).await;
        assert!(told.frames().is_empty());
        told.updates.send(news()).await.unwrap();
        pass(10).await;
        let (told, untold) = (told.frames(), untold.frames());
        assert!(told[0].1.contains("updates"), "{told:?}");
        assert_eq!((told[0].0, told.len()), (begun + Duration::from_millis(4), 1));
        assert_eq!((untold[0].0, untold.len()), (begun + Duration::from_millis(10), 1));
    });
}

#[test]
fn a_still_screen_writes_no_byte_and_hardly_wakes() {
    paused(async {
        let bench = Bench::still().await;
        let times = bench.seen.borrow().times.len();
        pass(60_000).await;
        assert_eq!(bench.frames(), []);
        let wakes = bench.seen.borrow().times.len() - times;
        assert!(wakes <= 6, "only the look at the terminal every 10 s may wake it: {wakes}");
    });
}

#[test]
fn a_frame_like_the_last_one_writes_no_byte() {
    paused(async {
        let bench = Bench::still().await;
        bench.key('.');
        pass(100).await;
        assert_eq!(bench.seen.borrow().keys.len(), 1);
        assert_eq!(bench.frames(), []);
    });
}

#[test]
fn a_key_is_drawn_at_once_and_others_within_8_ms_share_the_next_frame() {
    paused(async {
        let bench = Bench::still().await;
        let begun = Instant::now();
        for c in 'a'..='g' {
            bench.key(c);
            pass(1).await;
        }
        pass(50).await;
        let at: Vec<_> = bench.frames().iter().map(|(at, _)| (*at - begun).as_millis()).collect();
        assert_eq!(at, [0, 8]);
        assert_eq!(bench.seen.borrow().shown, "abcdefg");
    });
}

#[test]
fn a_stream_of_news_is_30_frames_a_second_and_keys_do_not_wait() {
    paused(async {
        let bench = Bench::still().await;
        let begun = Instant::now();
        let mut pressed = Vec::new();
        for ms in 0..1_000 {
            for _ in 0..10 {
                bench.updates.send(news()).await.unwrap();
            }
            if ms % 100 == 50 {
                pressed.push(Instant::now());
                bench.key('k');
            }
            pass(1).await;
        }
        let frames = bench.frames();
        let seen = bench.seen.borrow();
        assert_eq!(seen.updates, 10_000);
        let answered: Vec<_> = seen.keys.iter().map(|(_, at)| *at).collect();
        assert_eq!(answered, pressed, "each key in the millisecond in which it was pressed");
        for at in &pressed {
            assert!(frames.iter().any(|(drawn, _)| drawn == at), "and drawn in it");
        }
        let for_news = frames.len() - pressed.len();
        assert!((20..=30).contains(&for_news), "{for_news}");
        assert!(frames[0].0 - begun < Duration::from_millis(2), "the first news are drawn at once");
    });
}

#[test]
fn a_key_overtakes_a_burst_of_news() {
    paused(async {
        let bench = Bench::still().await;
        for n in 0..10_000 {
            bench.updates.send(news()).await.unwrap();
            if n == 3_000 {
                bench.key('k');
            }
        }
        pass(100).await;
        let seen = bench.seen.borrow();
        assert_eq!(seen.updates, 10_000);
        // What the channel held when the key was pressed, and no more, could have come before it.
        assert!(seen.updates_before_key[0] <= 3_001, "{:?}", seen.updates_before_key);
        let frames = bench.frames();
        assert!(frames.len() <= 5, "a burst is a few frames, not thousands");
        assert!(
            frames.iter().any(|(at, _)| *at == seen.keys[0].1),
            "and the key is answered by one of them at once"
        );
    });
}

#[test]
fn a_storm_of_resizes_is_a_frame_per_40_ms_and_ends_at_the_last_size() {
    paused(async {
        let bench = Bench::still().await;
        for n in 0..200 {
            let size = Size::new(20 + n, 5);
            bench.size.set(size);
            bench.input.send(Ok(Message::Resize(size.width, size.height))).unwrap();
            pass(2).await;
        }
        pass(100).await;
        let frames = bench.frames();
        assert!((8..=13).contains(&frames.len()), "{}", frames.len());
        assert_eq!(bench.seen.borrow().sizes.last(), Some(&(219, 5)));
        assert!(bench.seen.borrow().sizes.len() <= 14, "the screen hears of the sizes that are drawn");
    });
}

#[test]
fn a_stuck_terminal_gets_no_further_frame_and_stops_nothing_else() {
    paused(async {
        let bench = Bench::still().await;
        bench.idle.send_replace(false);
        let times = bench.seen.borrow().times.len();
        bench.key('a');
        bench.updates.send(news()).await.unwrap();
        pass(5_000).await;
        assert_eq!(bench.frames(), []);
        assert_eq!(bench.seen.borrow().updates, 1);
        assert_eq!(bench.seen.borrow().times.len() - times, 2, "it does not spin meanwhile");
        let free = Instant::now();
        bench.idle.send_replace(true);
        pass(1).await;
        let frames = bench.frames();
        assert_eq!((frames.len(), frames[0].0), (1, free));
        bench.idle.send_replace(false);
        bench.signals.send(15).unwrap();
        assert_eq!(bench.end().await.0.unwrap(), Why::Signal(15));
    });
}

#[test]
fn a_size_that_nobody_told_of_is_met_at_the_next_frame() {
    paused(async {
        let bench = Bench::still().await;
        bench.size.set(Size::new(1, 1));
        bench.key('a');
        pass(10).await;
        assert_eq!(bench.seen.borrow().sizes, [(40, 5), (1, 1)]);
    });
}

#[test]
fn a_visible_change_of_its_own_is_drawn_when_it_is_due() {
    paused(async {
        let bench = Bench::still().await;
        let due = start_of_time() + Duration::from_secs(25);
        bench.seen.borrow_mut().next_change = Some(due);
        bench.key('.');
        pass(40_000).await;
        let frames = bench.frames();
        assert_eq!(frames.len(), 1);
        assert!(frames[0].1.contains(&due.to_string()), "{:?}", frames[0].1);
    });
}

#[test]
fn a_change_that_is_always_overdue_does_not_make_it_spin() {
    struct Restless(TestScreen);
    impl Screen for Restless {
        fn update(&mut self, message: Message) -> Vec<Effect> {
            self.0.update(message)
        }
        fn draw(&self, buffer: &mut Buffer) -> Option<Position> {
            self.0.draw(buffer)
        }
        fn next_change(&self) -> Option<Timestamp> {
            Some(Timestamp::UNIX_EPOCH)
        }
        fn take_dirty(&mut self) -> bool {
            self.0.take_dirty()
        }
    }
    paused(async {
        let screen = TestScreen::default();
        let seen = Rc::clone(&screen.0);
        let (_layer, log) = log_ring();
        let (commands, _commands) = mpsc::channel(1);
        let (_updates, updates) = mpsc::channel(1);
        let frames = Frames::new(Output::default(), Box::new(|| Ok(Size::new(9, 9))));
        let reload: Reload = Arc::new(reloaded);
        let (outside, done) =
            Outside::new(Surroundings::default(), Notify::default(), reload, InForce::default());
        let event_loop = EventLoop {
            screen: Restless(screen),
            frames,
            idle: watch::channel(true).1,
            input: futures_util::stream::pending(),
            signals: futures_util::stream::pending(),
            commands,
            finds: None,
            updates,
            log,
            clock: Box::new(Timestamp::now),
            probe: Box::new(|| Ok(())),
            use_key: Box::new(|_, _| {}),
            stop: Box::new(|_| Ok(())),
            edit: editor(&Edits::default()),
            outside,
            done,
            out: Box::new(io::sink()),
        };
        let _running = tokio::task::spawn_local(event_loop.run());
        pass(1_000).await;
        assert!(seen.borrow().times.len() <= 32, "{}", seen.borrow().times.len());
    });
}

#[test]
fn signals_come_before_all_else() {
    paused(async {
        // Often enough that no luck can make up for a missing order.
        for _ in 0..20 {
            let bench = Bench::still().await;
            bench.key('a');
            bench.updates.try_send(news()).unwrap();
            bench.signals.send(15).unwrap();
            let (why, seen, _) = bench.end().await;
            assert_eq!(why.unwrap(), Why::Signal(15));
            assert!(seen.borrow().keys.is_empty());
        }
    });
}

#[test]
fn a_signal_is_met_in_the_middle_of_a_flood() {
    paused(async {
        let bench = Bench::still().await;
        let updates = bench.updates.clone();
        tokio::task::spawn_local(async move { while updates.send(news()).await.is_ok() {} });
        tokio::task::yield_now().await;
        bench.signals.send(1).unwrap();
        assert_eq!(bench.end().await.0.unwrap(), Why::Signal(1));
    });
}

#[test]
fn what_a_reason_to_leave_means_to_a_shell() {
    let codes: Vec<_> = [Why::Quit, Why::Signal(1), Why::Signal(2), Why::Signal(15), Why::TerminalGone]
        .map(Why::exit_code)
        .into();
    assert_eq!(codes, [0, 129, 130, 143, 129]);
}

#[test]
fn a_dead_terminal_is_met_within_10_seconds_without_a_signal() {
    paused(async {
        let bench = Bench::still().await;
        let died = Instant::now();
        bench.alive.set(false);
        let (why, ..) = bench.end().await;
        assert_eq!(why.unwrap(), Why::TerminalGone);
        assert!(died.elapsed() <= Duration::from_secs(10));
    });
}

#[test]
fn a_failing_terminal_is_dead_or_an_error() {
    paused(async {
        let bench = Bench::still().await;
        bench.output.broken.set(true);
        bench.alive.set(false);
        bench.key('a');
        assert_eq!(bench.end().await.0.unwrap(), Why::TerminalGone);

        let bench = Bench::still().await;
        bench.output.broken.set(true);
        bench.key('a');
        assert_eq!(bench.end().await.0.unwrap_err().to_string(), "broken");

        let bench = Bench::still().await;
        bench.input.send(Err(io::Error::other("unreadable"))).unwrap();
        let (ended, ..) = bench.end().await;
        assert_eq!(ended.unwrap_err().to_string(), "unreadable");
    });
}

#[test]
fn leaving_carries_out_what_was_asked_for_with_it() {
    paused(async {
        let bench = Bench::still().await;
        let effects = vec![
            Effect::Command(Command::PollNow(Vec::new())),
            Effect::Leave,
            Effect::Command(Command::Leave),
        ];
        bench.seen.borrow_mut().effects.insert('q', effects);
        let pressed = Instant::now();
        bench.key('q');
        bench.key('x');
        let (why, seen, mut commands) = bench.end().await;
        assert_eq!(why.unwrap(), Why::Quit);
        assert_eq!(pressed.elapsed(), Duration::ZERO);
        assert_eq!(seen.borrow().keys.len(), 1, "what is typed after it is nothing to us");
        assert!(matches!(commands.try_recv(), Ok(Command::PollNow(_))));
        assert!(matches!(commands.try_recv(), Ok(Command::Leave)));
    });
}

#[test]
fn a_command_that_finds_no_room_is_answered() {
    paused(async {
        let mut bench = Bench::still().await;
        let download = |ticket| Effect::Command(Command::Download { ticket, ids: Vec::new() });
        let effects = (1..=4).map(download).chain([Effect::Command(Command::PollNow(Vec::new()))]).collect();
        bench.seen.borrow_mut().effects.insert('d', effects);
        bench.key('d');
        pass(10).await;
        assert_eq!(bench.seen.borrow().answers, ["3 busy", "4 busy"]);
        while bench.commands.try_recv().is_ok() {}
        bench.commands.close();
        bench.key('d');
        pass(10).await;
        assert_eq!(
            bench.seen.borrow().answers[2..],
            ["1", "2", "3", "4"].map(|n| format!("{n} engine_gone"))
        );
    });
}

#[test]
fn the_end_of_the_engine_is_told_once_and_the_screen_lives_on() {
    paused(async {
        let mut bench = Bench::still().await;
        bench.updates = mpsc::channel(1).0;
        pass(30_000).await;
        assert_eq!(bench.seen.borrow().left, 1);
        bench.key('a');
        pass(10).await;
        assert_eq!(bench.seen.borrow().keys.len(), 1);
    });
}

#[test]
fn a_redraw_clears_and_draws_everything() {
    paused(async {
        let bench = Bench::still().await;
        for c in "hello".chars() {
            bench.key(c);
        }
        bench.seen.borrow_mut().effects.insert('!', vec![Effect::Redraw]);
        pass(100).await;
        bench.key('!');
        pass(10).await;
        let frames = bench.frames();
        let last = &frames.last().unwrap().1;
        assert!(last.contains("\x1b[2J") && last.contains("hello!"), "{last:?}");
    });
}

#[test]
fn log_lines_come_with_their_drop_count_even_in_a_flood() {
    paused(async {
        let mut bench = Bench::still().await;
        let subscriber = tracing_subscriber::registry().with(bench.log.take().unwrap());
        tracing::subscriber::with_default(subscriber, || {
            for n in 0..1_030 {
                tracing::info!("line {n}");
            }
        });
        let updates = bench.updates.clone();
        let flood = tokio::task::spawn_local(async move {
            loop {
                for _ in 0..20 {
                    updates.send(news()).await.unwrap();
                }
                pass(1).await;
            }
        });
        pass(50).await;
        flood.abort();
        assert_eq!(bench.seen.borrow().log.len(), 1_024);
        assert_eq!(bench.seen.borrow().dropped, 6);
        assert_eq!(bench.seen.borrow().log[1_023], "line 1023");
    });
}

#[test]
fn a_copy_is_a_write_of_its_own_and_is_told_as_sent() {
    paused(async {
        let bench = Bench::still().await;
        let copy = |text: &str| Effect::Copy { what: "the URL".into(), text: text.into() };
        assert_eq!(bench.does(vec![copy("ab")]).await, ["\x1b]52;c;YWI=\x07"]);
        assert_eq!(bench.told(), ["the URL sent"]);
        assert_eq!(bench.does(vec![copy(&"x".repeat(60_000))]).await, Vec::<String>::new());
        let told = bench.told();
        assert!(told[0].starts_with("the URL: 59 KiB is more than a terminal takes"), "{told:?}");
    });
}

#[test]
fn a_stuck_terminal_gets_a_bell_and_the_last_title_once_it_is_free() {
    paused(async {
        let bench = Bench::still().await;
        bench.idle.send_replace(false);
        let title = |text: &str| Effect::Title(text.into());
        let asked = vec![Effect::Bell, title("1run"), Effect::Mouse(true), Effect::Bell, title("1ok")];
        assert_eq!(bench.does(asked).await, Vec::<String>::new());
        let copy = Effect::Copy { what: "it".into(), text: "x".repeat(50_000) };
        bench.does(vec![copy; 4]).await;
        let told = bench.told();
        assert_eq!(told[..3], ["it sent"; 3]);
        assert!(told[3].contains("has not taken the last copies yet"), "{told:?}");
        let free = Instant::now();
        bench.idle.send_replace(true);
        pass(1).await;
        let frames = bench.frames();
        assert_eq!((frames.len(), frames[0].0), (1, free), "in one write");
        assert!(
            frames[0].1.ends_with("\x07\x1b[?1000h\x1b[?1006h\x1b[22;2t\x1b]2;1ok\x07"),
            "once a bell, and the last title"
        );
        assert_eq!(bench.in_force.leave(), "\x1b[?1006l\x1b[?1000l\x1b]2;\x07\x1b[23;2t");
        assert_eq!(bench.does(vec![title("1ok"), Effect::Mouse(true)]).await, Vec::<String>::new());
        assert_eq!(bench.does(vec![Effect::Mouse(false)]).await, ["\x1b[?1006l\x1b[?1000l"]);
    });
}

fn notice() -> Effect {
    Effect::Notify { title: "job 7".into(), body: "saved".into() }
}

#[test]
fn the_desktop_hears_by_the_terminal_that_is_known_and_where_it_is_wanted() {
    let known =
        Surroundings { notifies: Some(Notifies::Osc9), shows_progress: true, ..Surroundings::default() };
    let (unknown, screen) = (Surroundings::default(), Surroundings { screen: true, ..known.clone() });
    let never = Notify { desktop: Desktop::Never, ..Notify::default() };
    let always = Notify { desktop: Desktop::Always, ..Notify::default() };
    let (told, bar) = ("\x1b]9;job 7: saved\x07", "\x1b]9;4;1;40\x07");
    let cases = [
        (&known, Notify::default(), format!("{told}{bar}")),
        (&known, never.clone(), String::new()),
        (&unknown, Notify::default(), String::new()),
        (&unknown, always.clone(), format!("{told}{bar}")),
        (&screen, Notify::default(), String::new()),
        (&screen, always, format!("\x1bP{told}\x1b\\\x1bP{bar}\x1b\\")),
    ];
    paused(async {
        for (surroundings, notify, expected) in cases {
            let bench = Bench::of(surroundings.clone(), notify).stilled().await;
            let written = bench.does(vec![notice(), Effect::Progress(Some(Progress::Percent(40)))]).await;
            assert_eq!(written.concat(), expected, "{surroundings:?}");
        }
    });
}

/// In real time, for tmux is a real process here.
#[test]
fn in_tmux_the_desktop_hears_where_tmux_lets_it_through() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    LocalSet::new().block_on(&runtime, async {
        for (says, expected) in [("on", "\x1bPtmux;\x1b\x1b]9;job 7: saved\x07\x1b\\"), ("off", "")] {
            let folder = tempfile::tempdir().unwrap();
            let (tmux, text, asked) =
                (folder.path().join("tmux"), folder.path().join("text"), folder.path().join("asked"));
            let script = format!(
                "case $1 in show) echo {says}; touch {};; *) cat > {};; esac",
                asked.display(),
                text.display()
            );
            common::script(&tmux, &script);
            let surroundings = Surroundings { tmux: Some(tmux), ..Surroundings::default() };
            let bench = Bench::of(surroundings, Notify::default()).stilled().await;
            bench.does(vec![Effect::Copy { what: "it".into(), text: "ab".into() }]).await;
            let told = async {
                while bench.seen.borrow().told.is_empty() || !asked.exists() {
                    pass(10).await;
                }
            };
            tokio::time::timeout(common::PATIENCE, told).await.unwrap();
            assert_eq!(bench.told(), ["it copied"]);
            assert_eq!(std::fs::read_to_string(&text).unwrap(), "ab");
            // Its answer is on its way; one that is "no" is never seen.
            let until =
                Instant::now() + if says == "on" { common::PATIENCE } else { Duration::from_millis(200) };
            let mut written = String::new();
            while written.is_empty() && Instant::now() < until {
                written = bench.does(vec![notice()]).await.concat();
            }
            assert_eq!(written, expected, "{says}");
        }
    });
}

#[test]
fn a_reload_is_answered_and_counts_for_what_comes_after() {
    paused(async {
        let bench = Bench::still().await;
        bench.does(vec![Effect::Title("1run".into())]).await;
        let written = bench.does(vec![Effect::Reload]).await;
        pass(10).await;
        assert_eq!(bench.told(), ["theme light"]);
        let written =
            written.concat() + &bench.frames().iter().map(|(_, bytes)| bytes.as_str()).collect::<String>();
        assert!(written.contains("\x1b]2;\x07\x1b[23;2t"), "the title goes: {written:?}");
        assert_eq!(bench.does(vec![Effect::Title("2run".into())]).await, Vec::<String>::new());
        assert_eq!(bench.does(vec![Effect::Bell]).await, ["\x07"]);
    });
}

#[test]
fn a_bell_and_a_program_that_nobody_wants_are_left_out() {
    paused(async {
        let notify = Notify { bell: false, title: false, ..Notify::default() };
        let bench = Bench::of(Surroundings::default(), notify).stilled().await;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("made");
        let argv = ["touch".to_owned(), file.display().to_string()].into();
        let run = Effect::Run { job_env: Vec::new(), argv };
        assert_eq!(
            bench.does(vec![Effect::Bell, Effect::Title("x".into()), run]).await,
            Vec::<String>::new()
        );
        assert!(!file.exists(), "a demo, say, has no notify.command");
    });
}

#[test]
fn while_an_editor_has_the_terminal_all_goes_on_but_the_frames() {
    paused(async {
        let bench = Bench::still().await;
        assert_eq!(bench.does(vec![Effect::Edit("a cat".into()), Effect::Bell]).await, Vec::<String>::new());
        assert_eq!(bench.edits.borrow()[0].0, "a cat");
        bench.updates.send(news()).await.unwrap();
        bench.key('a');
        bench.signals.send(2).unwrap();
        pass(30_000).await;
        assert_eq!(bench.frames(), []);
        assert_eq!(bench.seen.borrow().updates, 1, "the engine is heard");
        assert_eq!(bench.seen.borrow().keys.len(), 1, "what is typed is not, and Ctrl-C is the editor's");
        let (_, end) = bench.edits.borrow_mut().remove(0);
        end.send(Ok("a dog".into())).unwrap();
        pass(100).await;
        assert_eq!(bench.told(), ["edited Ok(\"a dog\")"]);
        assert_eq!(bench.seen.borrow().keys.len(), 1, "and is lost");
        let written: String = bench.frames().into_iter().map(|(_, bytes)| bytes).collect();
        assert!(
            written.contains("\x1b[2J") && written.contains("updates") && written.contains('\x07'),
            "{written:?}"
        );
        bench.key('b');
        pass(10).await;
        assert_eq!(bench.seen.borrow().keys.len(), 2);
    });
}

#[test]
fn a_signal_ends_the_loop_though_an_editor_has_the_terminal() {
    paused(async {
        for signal in [15, 1] {
            let bench = Bench::still().await;
            bench.does(vec![Effect::Edit(String::new())]).await;
            bench.signals.send(signal).unwrap();
            let output = bench.output.clone();
            assert_eq!(bench.end().await.0.unwrap(), Why::Signal(signal));
            assert_eq!(output.frames.borrow().len(), 0);
        }
    });
}
