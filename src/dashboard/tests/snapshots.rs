//! What is seen, whole, at several sizes; with styles where colour matters.

use super::*;
use crate::{config::Fault, dashboard::LogLine, engine::Detail, job::TimelineEntry};

pub(super) fn sized(mut facts: Facts, columns: u16, rows: u16) -> Facts {
    facts.size = (columns, rows);
    facts
}

pub(super) fn log(screen: &mut Screen) {
    let line = |age, level, job: Option<i64>, text: &str| LogLine {
        at: before(age),
        level,
        job: job.map(JobId),
        text: text.into(),
    };
    let lines = vec![
        line(900, tracing::Level::INFO, None, "the journal holds 12 jobs, 4 of them unfinished"),
        line(
            885,
            tracing::Level::ERROR,
            Some(7),
            "not sent: could not connect to api.cometapi.com; the job stays held",
        ),
        line(95, tracing::Level::INFO, Some(9), "accepted as d0658ae1-9 (request req-9)"),
        line(
            6,
            tracing::Level::WARN,
            Some(11),
            "the service says DREAMING, a word that is not known; it is watched on",
        ),
        line(3, tracing::Level::INFO, Some(8), "fetching the video"),
    ];
    screen.send(Message::Log(lines, 0));
}

pub(super) fn with_log(facts: Facts) -> Screen {
    let mut screen = Screen::with(facts, living());
    log(&mut screen);
    screen.tell(vec![Update::Fetched { id: JobId(8), bytes: 900_000, total: Some(2_000_000) }]);
    screen
}

/// The rows, each with a bar at its end, so that its width is seen.
pub(super) fn plain(screen: &Screen) -> String {
    let (width, _) = screen.model.facts.size;
    let pad = |row: String| format!("{}|", super::super::text::fit(&row, usize::from(width)));
    rows(&screen.buffer()).into_iter().map(pad).collect::<Vec<_>>().join("\n")
}

/// The rows, and under each that has styles what they are.
pub(super) fn styled(screen: &Screen) -> String {
    let buffer = screen.buffer();
    let mut text = String::new();
    for (y, row) in (0..).zip(rows(&buffer)) {
        text += &format!("{row}\n");
        let mut start = 0;
        let style = |x: u16| buffer[(x, y)].style();
        for x in 1..=buffer.area.width {
            if x == buffer.area.width || style(x) != style(start) {
                let (here, cells) = (style(start), format!("{start}..{x}"));
                let color = here.fg.filter(|fg| *fg != ratatui::style::Color::Reset);
                if color.is_some() || !here.add_modifier.is_empty() {
                    let color = color.map_or_else(String::new, |color| format!(" {color}"));
                    text += &format!("    {cells}{color} {:?}\n", here.add_modifier);
                }
                start = x;
            }
        }
    }
    text
}

const SIZES: [(u16, u16); 4] = [(120, 40), (80, 24), (44, 14), (19, 4)];

/// One snapshot for each size.
fn at_sizes(name: &str, sizes: &[(u16, u16)], prepare: impl Fn(Facts) -> Screen) {
    for (columns, rows) in sizes {
        let screen = prepare(sized(facts(), *columns, *rows));
        insta::assert_snapshot!(format!("{name}_{columns}x{rows}"), plain(&screen));
    }
}

#[test]
fn empty() {
    at_sizes("empty", &SIZES, |facts| Screen::with(facts, Vec::new()));
}

#[test]
fn without_a_key() {
    at_sizes("no_key", &SIZES[..3], |mut facts| {
        facts.config.key = None;
        Screen::with(facts, Vec::new())
    });
}

#[test]
fn a_living_table() {
    at_sizes("living", &SIZES, with_log);
}

#[test]
fn a_living_table_in_colour() {
    insta::assert_snapshot!(styled(&with_log(sized(facts(), 80, 24))));
}

#[test]
fn a_living_table_without_colour() {
    let screen = with_log(Facts { color: false, ..sized(facts(), 80, 24) });
    let buffer = screen.buffer();
    assert!(buffer.content.iter().all(|cell| cell.fg == ratatui::style::Color::Reset));
    insta::assert_snapshot!(styled(&screen));
}

#[test]
fn a_form_with_faults() {
    at_sizes("form_faults", &SIZES[..3], |facts| {
        let mut screen = with_log(facts);
        screen.press(
            "1 \"http://example.com/cat.jpg\" tab \"a cat\" tab ctrl-u \"gen4.5\" tab tab tab \"-5\" f5",
        );
        screen
    });
}

#[test]
fn a_form_being_filled_in() {
    at_sizes("form", &SIZES[..3], |facts| {
        let mut screen = with_log(facts);
        screen.image().press("tab \"a cat yawns in the morning sun\" ctrl-j \"and then it sleeps\" tab tab");
        screen
    });
}

#[test]
fn a_confirmation() {
    at_sizes("confirm", &SIZES, |facts| {
        let mut screen = with_log(facts);
        screen.image().press("tab \"a cat yawns\" tab tab tab tab \"42\" f5");
        screen
    });
}

#[test]
fn a_long_confirmation() {
    let mut screen = with_log(sized(facts(), 80, 24));
    let address = format!("https://example.com/{}.jpg", "cat/".repeat(400));
    screen.press("1").send(Message::Paste(address)).press("tab");
    screen.send(Message::Paste("a cat yawns ".repeat(42))).press("f5");
    insta::assert_snapshot!(plain(&screen));
}

pub(super) fn detail(screen: &mut Screen, id: i64) {
    let job = screen.model.jobs.get(JobId(id)).unwrap().clone();
    let entry = |at, kind: &str, text: &str| TimelineEntry { at, kind: kind.into(), text: text.into() };
    let timeline = vec![
        entry(before(95), "intent", "being sent"),
        entry(before(94), "accepted", "accepted as d0658ae1-9 (request req-9)"),
        entry(before(2), "reported", "the service says RUNNING, 72 %"),
    ];
    let reply =
        r#"{"id":"d0658ae1-9","status":"RUNNING","createdAt":"2026-05-01T11:58:26Z","progress":0.72}"#;
    let reply = Some((before(2), 200, reply.to_string()));
    let kin = screen.shelf.kin(JobId(id));
    screen.tell(vec![Update::Detail(Box::new(Detail { job, timeline, reply, kin }))]);
}

#[test]
fn a_detail_view() {
    at_sizes("detail", &SIZES[..3], |facts| {
        let mut screen = with_log(facts);
        screen.press("j j j enter");
        detail(&mut screen, 9);
        screen
    });
}

#[test]
fn a_detail_view_scrolled() {
    let mut screen = with_log(sized(facts(), 80, 24));
    screen.press("j j j enter");
    detail(&mut screen, 9);
    screen.press("G");
    insta::assert_snapshot!(plain(&screen));
}

#[test]
fn a_video_in_detail() {
    let mut screen = with_log(sized(facts(), 80, 40));
    screen.press("G k enter");
    insta::assert_snapshot!(plain(&screen));
}

#[test]
fn help() {
    at_sizes("help", &SIZES[..3], |facts| {
        let mut screen = with_log(facts);
        screen.press("?");
        screen
    });
}

#[test]
fn the_log() {
    at_sizes("log", &SIZES[..3], |facts| {
        let mut screen = with_log(facts);
        screen.press("3");
        screen
    });
}

#[test]
fn the_quit_question() {
    at_sizes("quit", &SIZES[..3], |facts| {
        let mut screen = with_log(facts);
        let status = Status {
            role: Role::Owner,
            posting: 1,
            to_send: 2,
            tracked: 3,
            fetching: 1,
            ..Status::default()
        };
        screen.tell(vec![Update::Status(status)]).press("q");
        screen
    });
}

#[test]
fn ascii() {
    let mut screen = Screen::with(
        Facts { ascii: true, ..sized(facts(), 80, 24) },
        vec![running(1, 60, 0.5, 3), saved(2, 600)],
    );
    log(&mut screen);
    assert!(screen.text().is_ascii(), "{}", screen.text());
    insta::assert_snapshot!(plain(&screen));
    for keys in ["?", "esc enter", "esc 1", "f5"] {
        assert!(screen.press(keys).text().is_ascii(), "{}", screen.text());
    }
}

#[test]
fn a_demo() {
    at_sizes("demo", &SIZES[..2], |facts| {
        with_log(Facts { demo: Some("/tmp/taxiway-demo-x1".into()), ..facts })
    });
}

#[test]
fn everything_wrong_at_once() {
    let mut facts = sized(facts(), 80, 24);
    let fault = |name: &str, line, message: &str| Fault {
        place: Some((PathBuf::from("/home/u/.config/taxiway/config.toml"), line, 12)),
        name: name.into(),
        message: message.into(),
    };
    facts.config.faults = vec![
        fault("poll.interval", 7, "`1s` is too short: 5 s at least"),
        fault("submit.confirm", 9, "`sometimes` is none of always, above:AMOUNT, never"),
    ];
    let mut screen = Screen::with(facts, living());
    let paused = Some(Problem::new("wrong_key", "the service refused the key …cdef (401)."));
    let network = Some(Problem::new("network", "no route to host"));
    screen.tell(vec![Update::Status(Status {
        role: Role::View { owner: Some(4711) },
        paused,
        network,
        ..Status::default()
    })]);
    insta::assert_snapshot!("everything_wrong", plain(&screen));
    screen.press("f5");
    insta::assert_snapshot!("everything_wrong_f5", plain(&screen));
}
