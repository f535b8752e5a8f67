//! What is done with a program in a round, and what comes of it.

use std::{
    collections::BTreeMap,
    thread,
    time::{Duration, Instant},
};

use rustix::process::Signal;

use crate::{
    keys::{Step, parse},
    modes,
    options::Options,
    session::{Failed, Program, Session},
    usage::{self, Usage, Used},
};

/// The figures of a round, by name.
pub type Figures = BTreeMap<&'static str, f64>;

/// So long the first frame must stay.
const STABLE: Duration = Duration::from_millis(50);
/// The pieces of one draw come closer together than this.
const PIECES: Duration = Duration::from_millis(4);
/// A key's output has ended after so long a silence.
const QUIET: Duration = Duration::from_millis(25);
/// A key that changed nothing by then is missed.
const MISSED: Duration = Duration::from_secs(1);
/// Before each key there is a pause of up to this, so as not to fall in step with a clock of the program's.
const PAUSE_US: u64 = 20_000;
/// What has not come by then does not come.
const PATIENCE: Duration = Duration::from_secs(30);

/// Runs the program once and does all that is asked for.
pub fn round(program: &Program, options: &Options) -> Result<Figures, Failed> {
    let mut figures = Figures::new();
    let mut session = ready(program, options, &mut figures)?;
    session.press_all(&parse(&options.setup)?)?;
    show(&mut session, options, "ready")?;
    let mut background = 0.0;
    if let Some(seconds) = options.still {
        background = still(&mut session, options.settle, seconds, &mut figures)?;
    }
    let steps = parse(&options.keys)?;
    if !steps.is_empty() {
        let names = KeyNames::of_keys();
        keys(&mut session, &steps, options.key_count, background, &names, &mut figures)?;
        show(&mut session, options, "after the keys")?;
    }
    let scroll = parse(&options.scroll)?;
    if !scroll.is_empty() {
        for _ in 0..program.rows {
            session.press(scroll.first().ok_or("no key")?)?;
            session.read_until_quiet(QUIET, MISSED);
        }
        keys(&mut session, &scroll, options.key_count, background, &KeyNames::of_scroll(), &mut figures)?;
        show(&mut session, options, "after the scrolling")?;
    }
    if let Some(count) = options.paste {
        session.press_all(&parse(&options.paste_setup)?)?;
        paste(&mut session, count, &mut figures)?;
        show(&mut session, options, "after the paste")?;
    }
    let (pss, own) = usage::memory(session.pid);
    figures.insert("memory pss", pss as f64);
    figures.insert("memory own", own as f64);
    figures.insert("threads", Usage::of(session.pid).threads() as f64);
    quit(&mut session, &parse(&options.quit)?, &mut figures)?;
    drop(session);
    if options.signals {
        for (signal, names) in [(Signal::TERM, SIGTERM), (Signal::HUP, SIGHUP)] {
            let mut session = ready(program, options, &mut Figures::new())?;
            // What is still to be drawn after the first frame is no answer to the signal.
            session.read_until_quiet(8 * STABLE, Duration::from_secs(2));
            session.show();
            let from = session.output.len();
            let since = Instant::now();
            session.signal(signal)?;
            end(&mut session, since, from, &names, &mut figures)?;
        }
    }
    Ok(figures)
}

fn show(session: &mut Session, options: &Options, when: &str) -> Result<(), Failed> {
    if options.show_screen {
        use std::io::Write;
        writeln!(std::io::stderr(), "--- {when}\n{}", session.text())?;
    }
    Ok(())
}

/// Starts it and waits for the first full frame.
fn ready(program: &Program, options: &Options, figures: &mut Figures) -> Result<Session, Failed> {
    let mut session = Session::start(program)?;
    let wanted = options.ready_text.as_deref();
    let at = loop {
        let from = session.output.len();
        // What comes later than the wanted text is not waited for: the next draw, not the rest of this one.
        let quiet = if wanted.is_some() { PIECES } else { STABLE };
        session.read_until_quiet(quiet, 4 * STABLE);
        session.show();
        session.must_run()?;
        if let Some(at) = shown_at(&session, wanted, from) {
            break at;
        }
        if session.started.elapsed() > PATIENCE {
            let told = format!(
                "it is not ready after {PATIENCE:?} (try --ready-text); its screen:\n{}",
                session.text()
            );
            return Err(told.into());
        }
    };
    let first = session.output.first().map_or(at, |chunk| chunk.at);
    let written: usize =
        session.output.iter().filter(|chunk| chunk.at <= at).map(|chunk| chunk.bytes.len()).sum();
    figures.insert("start first byte", ms(first - session.started));
    figures.insert("start full frame", ms(at - session.started));
    figures.insert("start cpu", Usage::of(session.pid).cpu_ms());
    figures.insert("start bytes", written as f64);
    Ok(session)
}

/// When the first full frame stood there. The pieces since `from` came without a pause, so a wanted text is
/// there since the last of them that changed anything.
fn shown_at(session: &Session, wanted: Option<&str>, from: usize) -> Option<Instant> {
    let is_blank = session.screen().contents().trim().is_empty();
    let painted = |chunks: &[crate::session::Chunk]| {
        chunks.iter().rev().find(|chunk| chunk.paints).map(|chunk| chunk.at)
    };
    match wanted {
        Some(text) if session.screen().contents().contains(text) => painted(&session.output),
        Some(_) => None,
        None if is_blank || painted(session.output.get(from..)?).is_some_and(|at| at.elapsed() < STABLE) => {
            None
        }
        None => painted(&session.output),
    }
}

/// Leaves it alone; tells its CPU time in milliseconds a second.
fn still(session: &mut Session, settle: u32, seconds: u32, figures: &mut Figures) -> Result<f64, Failed> {
    session.read_for(Duration::from_secs(settle.into()));
    session.show();
    let from = session.output.len();
    let before = Usage::of(session.pid);
    session.read_for(Duration::from_secs(seconds.into()));
    session.must_run()?;
    let Used { seconds, cpu_ms, wakeups } = Usage::of(session.pid).since(&before);
    let a_minute = 60.0 / seconds;
    figures.insert("still bytes", session.bytes_since(from) as f64 * a_minute);
    figures.insert("still writes", (session.output.len() - from) as f64 * a_minute);
    figures.insert("still wake-ups", wakeups as f64 * a_minute);
    figures.insert("still cpu", cpu_ms * a_minute);
    Ok(cpu_ms / seconds)
}

/// What the figures of a row of keys are called.
struct KeyNames {
    times: [&'static str; 4],
    bytes: &'static str,
    cpu: &'static str,
    net: &'static str,
    wakeups: &'static str,
    missed: &'static str,
}

impl KeyNames {
    const fn of_keys() -> Self {
        Self {
            times: ["key p50", "key p95", "key p99", "key max"],
            bytes: "key bytes",
            cpu: "key cpu",
            net: "key cpu net",
            wakeups: "key wake-ups",
            missed: "key missed",
        }
    }

    const fn of_scroll() -> Self {
        Self {
            times: ["scroll p50", "scroll p95", "scroll p99", "scroll max"],
            bytes: "scroll bytes",
            cpu: "scroll cpu",
            net: "scroll cpu net",
            wakeups: "scroll wake-ups",
            missed: "scroll missed",
        }
    }
}

fn keys(
    session: &mut Session,
    steps: &[Step],
    count: usize,
    background: f64,
    names: &KeyNames,
    figures: &mut Figures,
) -> Result<(), Failed> {
    // The same pauses for every program.
    let mut pause = fastrand::Rng::with_seed(1);
    session.read_until_quiet(QUIET, 20 * QUIET);
    session.show();
    let before = Usage::of(session.pid);
    let (mut times, mut bytes) = (Vec::new(), 0);
    for step in steps.iter().cycle().take(count) {
        session.read_for(Duration::from_micros(pause.u64(..PAUSE_US)));
        session.show();
        let from = session.output.len();
        times.extend(time_key(session, step)?);
        bytes += session.bytes_since(from);
    }
    let Used { seconds, cpu_ms, wakeups } = Usage::of(session.pid).since(&before);
    times.sort_unstable();
    let each = |sum: f64| sum / count.max(1) as f64;
    for (name, percent) in names.times.iter().zip([50, 95, 99, 100]) {
        // The nearest rank: always one of the times.
        let rank = (times.len() * percent).div_ceil(100).saturating_sub(1);
        if let Some(time) = times.get(rank) {
            figures.insert(name, ms(*time));
        }
    }
    figures.insert(names.bytes, each(bytes as f64));
    figures.insert(names.cpu, each(cpu_ms));
    figures.insert(names.net, each((cpu_ms - background * seconds).max(0.0)));
    figures.insert(names.wakeups, each(wakeups as f64));
    figures.insert(names.missed, (count - times.len()) as f64);
    Ok(())
}

/// How long a key takes to the first change of the screen.
fn time_key(session: &mut Session, step: &Step) -> Result<Option<Duration>, Failed> {
    let from = session.output.len();
    let sent = Instant::now();
    session.press(step)?;
    while let Some(left) = MISSED.checked_sub(sent.elapsed()) {
        if session.output.len() > from || session.pump(left) {
            session.read_until_quiet(QUIET, 10 * QUIET);
            if let Some(at) = session.paints_since(from).first() {
                return Ok(Some(*at - sent));
            }
            session.pump(left.min(QUIET));
        }
        session.must_run()?;
    }
    Ok(None)
}

fn paste(session: &mut Session, count: usize, figures: &mut Figures) -> Result<(), Failed> {
    let words: String =
        (0..).flat_map(|number| format!("w{number:05} ").into_bytes()).take(count).map(char::from).collect();
    session.show();
    let is_bracketed = session.screen().bracketed_paste();
    let (open, close) = if is_bracketed { ("\x1b[200~", "\x1b[201~") } else { ("", "") };
    let from = session.output.len();
    let before = Usage::of(session.pid);
    let sent = Instant::now();
    session.send(format!("{open}{words}{close}").as_bytes())?;
    session.read_until_quiet(20 * QUIET, PATIENCE);
    session.must_run()?;
    let paints = session.paints_since(from);
    if let (Some(first), Some(last)) = (paints.first(), paints.last()) {
        figures.insert("paste first paint", ms(*first - sent));
        figures.insert("paste last paint", ms(*last - sent));
    }
    figures.insert("paste paints", paints.len() as f64);
    figures.insert("paste bytes", session.bytes_since(from) as f64);
    figures.insert("paste cpu", Usage::of(session.pid).since(&before).cpu_ms);
    Ok(())
}

fn quit(session: &mut Session, steps: &[Step], figures: &mut Figures) -> Result<(), Failed> {
    let Some((last, first)) = steps.split_last() else { return Ok(()) };
    session.press_all(first)?;
    let from = session.output.len();
    let since = Instant::now();
    session.press(last)?;
    end(session, since, from, &QUIT, figures)
}

/// What the figures of an end are called: the terminal let go, the process gone, what was left, what was written.
struct EndNames {
    let_go: &'static str,
    gone: &'static str,
    left: &'static str,
    bytes: &'static str,
    /// Whether the line is dead by then, so that nothing may be written to it.
    hung_up: bool,
}

const QUIT: EndNames = EndNames {
    let_go: "quit let go",
    gone: "quit gone",
    left: "quit modes left",
    bytes: "quit bytes",
    hung_up: false,
};
const SIGTERM: EndNames = EndNames {
    let_go: "SIGTERM let go",
    gone: "SIGTERM gone",
    left: "SIGTERM modes left",
    bytes: "SIGTERM bytes",
    hung_up: false,
};
const SIGHUP: EndNames = EndNames {
    let_go: "SIGHUP let go",
    gone: "SIGHUP gone",
    left: "SIGHUP modes left",
    bytes: "SIGHUP bytes",
    hung_up: true,
};

fn end(
    session: &mut Session,
    since: Instant,
    from: usize,
    names: &EndNames,
    figures: &mut Figures,
) -> Result<(), Failed> {
    let mut let_go = None;
    // A look takes some 20 µs, so the figure is late by no more than a few hundred.
    while session.ended.is_none() && since.elapsed() < PATIENCE {
        session.pump(Duration::from_micros(100));
        if let_go.is_none() && has_let_go(session, from, names.hung_up) {
            let_go = Some(Instant::now());
        }
    }
    let Some((gone, _)) = session.ended else {
        return Err(format!("it does not end; its screen:\n{}", session.text()).into());
    };
    // Its last output may be read after its end.
    while session.pump(Duration::from_millis(20)) {}
    let let_go = let_go.map_or(gone, |at| at.min(gone));
    figures.insert(names.let_go, ms(let_go - since));
    figures.insert(names.gone, ms(gone - since));
    figures.insert(names.bytes, session.bytes_since(from) as f64);
    if !names.hung_up {
        figures.insert(names.left, session.left_behind().len() as f64);
    }
    thread::sleep(Duration::from_millis(20));
    Ok(())
}

/// Whether the terminal is the shell's again: its own screen left and the line's modes as they were; where it is
/// hung up, whether the program holds it no more.
fn has_let_go(session: &Session, from: usize, hung_up: bool) -> bool {
    if hung_up {
        return session.line_is_as_found() || !usage::holds(session.pid, session.terminal());
    }
    let written: Vec<u8> =
        session.output.iter().skip(from).flat_map(|chunk| chunk.bytes.iter().copied()).collect();
    session.line_is_as_found() && (modes::leaves_screen(&written) || !session.screen().alternate_screen())
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}
