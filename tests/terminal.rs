//! What becomes of a real terminal: how it is taken, and that it is given back as it was found, however
//! the dashboard ends. The program in it is this test file again, with a screen that echoes keys.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed step of a test shall end it")]

mod common;

use std::{
    fs,
    sync::Arc,
    time::{Duration, Instant},
};

use common::{
    Home, PATIENCE, is_running,
    pty::{Ended, Pty},
    signal,
    tmux::Tmux,
    wait_for,
};
use crossterm::event::{KeyCode, KeyModifiers};
use jiff::Timestamp;
use ratatui::{
    buffer::Buffer,
    layout::Position,
    widgets::{Paragraph, Widget},
};
use rustix::process::Signal;
use taxiway::{
    config::{Config, Flags, Sources, process_env},
    dashboard::{Effect, Message, Reload, Screen, Setup, Stop, log_ring},
};
use tracing_subscriber::layer::SubscriberExt;

/// Shows what was typed. `q` leaves, `!` panics, `?` lets another thread panic, `*` fills the screen. `M` hears
/// the mouse, `T` sets a title, `Y` copies, `E` opens the editor, `N` tells the desktop, `Z` stops.
#[derive(Default)]
struct Echo {
    text: String,
    dirty: bool,
    size: (u16, u16),
}

impl Screen for Echo {
    fn update(&mut self, message: Message) -> Vec<Effect> {
        self.dirty |= !matches!(message, Message::Time(_));
        match message {
            Message::Key(key) => match key.code {
                KeyCode::Char('q') => return vec![Effect::Leave],
                KeyCode::Char('!') => panic!("the screen broke"),
                KeyCode::Char('?') => drop(std::thread::spawn(|| panic!("a part broke"))),
                KeyCode::Char('*') => self.text = "0123456789".repeat(50_000),
                KeyCode::Char('M') => return vec![Effect::Mouse(true)],
                KeyCode::Char('T') => return vec![Effect::Title("2run 1ok".into())],
                KeyCode::Char('Y') => {
                    return vec![Effect::Copy { what: "it".into(), text: "copied text".into() }];
                }
                KeyCode::Char('E') => return vec![Effect::Edit("a cat".into())],
                KeyCode::Char('N') => {
                    return vec![
                        Effect::Notify { title: "job 7".into(), body: "saved".into() },
                        Effect::Bell,
                    ];
                }
                KeyCode::Char('Z') => return vec![Effect::Stop(Stop::Now)],
                KeyCode::Char('j') if key.modifiers == KeyModifiers::CONTROL => self.text.push('|'),
                KeyCode::Char(c) => self.text.push(c),
                KeyCode::Enter => self.text.push_str("<enter>"),
                other => self.text.push_str(&format!("<{other}>")),
            },
            Message::Paste(text) => {
                self.text.push_str(&format!("<paste {}>", text.replace("\r\n", "/").replace('\r', "/")));
            }
            Message::Resize(columns, rows) => self.size = (columns, rows),
            Message::Log(lines, _) => {
                for line in lines {
                    self.text.push_str(&format!("<log {}>", line.text));
                }
            }
            Message::Mouse { kind, column, row } => {
                self.text.push_str(&format!("<{kind:?} {column} {row}>"));
            }
            Message::Copied { what, way } => self.text.push_str(&format!("<{what} {way:?}>")),
            Message::Edited(text) => self.text.push_str(&format!("<edited {text:?}>")),
            _ => {}
        }
        Vec::new()
    }

    fn draw(&self, buffer: &mut Buffer) -> Option<Position> {
        let (columns, rows) = self.size;
        let text = format!("ready {columns}x{rows} {}", self.text);
        Paragraph::new(text).wrap(ratatui::widgets::Wrap { trim: false }).render(buffer.area, buffer);
        None
    }

    fn next_change(&self) -> Option<Timestamp> {
        None
    }

    fn take_dirty(&mut self) -> bool {
        std::mem::take(&mut self.dirty)
    }
}

const CHILD: &str = "TAXIWAY_TEST_CHILD";

/// Not a test but the program that the tests run; it does nothing when it is run as a test.
#[test]
fn child() {
    if std::env::var_os(CHILD).is_none() {
        return;
    }
    let (layer, log) = log_ring();
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(layer)).unwrap();
    let (commands, _commands) = tokio::sync::mpsc::channel(1);
    let (_updates, updates) = tokio::sync::mpsc::channel(1);
    let config = Config::load(&Sources { flags: Flags::default(), env: &process_env });
    let notify = config.notify.clone();
    let reload: Reload = Arc::new(move || config.clone());
    let setup = Setup {
        screen: Echo::default(),
        commands,
        finds: None,
        updates,
        log,
        notify,
        reload,
        use_key: Box::new(|_, _| {}),
    };
    let ended = taxiway::dashboard::prepare().and_then(|ready| taxiway::dashboard::run(ready, setup));
    let code = match ended {
        Ok(why) => why.exit_code(),
        Err(error) => {
            eprintln!("{error}");
            error.exit_code()
        }
    };
    std::process::exit(code.into());
}

fn argv() -> Vec<String> {
    let program = std::env::current_exe().unwrap().to_string_lossy().into_owned();
    [&program, "--exact", "child", "--nocapture", "--test-threads=1"].map(Into::into).into()
}

fn environment(home: &Home) -> Vec<(String, String)> {
    home.environment().into_iter().chain([(CHILD.to_owned(), "1".to_owned())]).collect()
}

fn start_with(home: &Home, more: &[(&str, &str)]) -> Pty {
    let more = more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let environment: Vec<_> = environment(home).into_iter().chain(more).collect();
    let argv = argv();
    Pty::start(&argv.iter().map(String::as_str).collect::<Vec<_>>(), &environment, 80, 24)
}

fn start() -> (Home, Pty) {
    let home = Home::new();
    let pty = start_with(&home, &[]);
    pty.wait_for("ready 80x24");
    (home, pty)
}

/// A terminal is let go within 50 ms; the rest is room for a busy machine.
const AT_ONCE: Duration = Duration::from_secs(1);

#[test]
fn it_is_taken_whole_and_given_back_whole() {
    let (_home, mut pty) = start();
    pty.wait("all modes", |screen| {
        screen.alternate_screen() && screen.bracketed_paste() && screen.hide_cursor()
    });
    let begun = Instant::now();
    pty.send("q");
    assert_eq!(pty.end(), Ended::Code(0));
    assert!(begun.elapsed() < AT_ONCE);
    pty.assert_as_found();
    assert_eq!(pty.raw().matches("\x1b[?1049l").count(), 1, "given back exactly once");
}

#[test]
fn a_signal_gives_it_back_and_says_so_with_its_code() {
    for (sent, code) in [(Signal::TERM, 143), (Signal::INT, 130)] {
        let (_home, mut pty) = start();
        signal(pty.pid(), sent);
        assert_eq!(pty.end(), Ended::Code(code));
        pty.assert_as_found();
    }
}

#[test]
fn a_hangup_writes_nothing_and_makes_the_line_usable() {
    let (_home, mut pty) = start();
    pty.wait_until_still(Duration::from_millis(100));
    let bytes = pty.bytes();
    signal(pty.pid(), Signal::HUP);
    assert_eq!(pty.end(), Ended::Code(129));
    assert_eq!(pty.bytes(), bytes);
    pty.assert_line_as_found();
}

#[test]
fn the_end_of_the_line_ends_it() {
    let (_home, mut pty) = start();
    let pid = pty.pid();
    pty.hang_up(pid);
    let begun = Instant::now();
    assert_eq!(pty.end(), Ended::Code(129));
    assert!(begun.elapsed() < AT_ONCE);
}

#[test]
fn a_dead_terminal_that_nobody_told_of_is_found_out() {
    let home = Home::new();
    // In a session without a controlling terminal, no SIGHUP comes.
    let script = "setsid --wait sh -c 'echo pid $$.; exec \"$@\"' sh \"$@\"";
    let argv = argv();
    let argv: Vec<_> =
        ["sh", "-c", script, "sh"].into_iter().chain(argv.iter().map(String::as_str)).collect();
    let mut pty = Pty::start(&argv, &environment(&home), 80, 24);
    pty.wait_for("ready");
    let raw = pty.raw();
    let pid = raw.split("pid ").nth(1).and_then(|rest| rest.split('.').next()).unwrap().parse().unwrap();
    pty.hang_up(pid);
    wait_for("the program to notice", Duration::from_secs(14), || (!is_running(pid)).then_some(()));
}

#[test]
fn a_panic_of_the_screen_gives_it_back_before_it_speaks() {
    let (_home, mut pty) = start();
    pty.send("!");
    assert_eq!(pty.end(), Ended::Code(101));
    pty.assert_as_found();
    let raw = pty.raw();
    let (before, after) = raw.split_once("\x1b[?1049l").unwrap();
    assert!(!before.contains("the screen broke") && after.contains("the screen broke"), "{raw:?}");
}

#[test]
fn a_panic_elsewhere_is_a_log_line_and_the_screen_lives_on() {
    let (_home, mut pty) = start();
    pty.send("?");
    pty.wait_for("a part panicked: a part broke");
    pty.send("x");
    pty.wait_for("x");
    pty.send("q");
    assert_eq!(pty.end(), Ended::Code(0));
    pty.assert_as_found();
}

#[test]
fn keys_and_pastes_come_as_they_are_meant() {
    let (_home, mut pty) = start();
    pty.send("ab\r\x1b[B");
    pty.wait_for("ab|<Down>");
    pty.wait_until_still(Duration::from_millis(50));
    pty.send("\r");
    pty.wait_for("<Down><enter>");
    pty.send("\x1b[200~one\r\ntwo\x1b[201~");
    pty.wait_for("<paste one/two>");
    pty.send("c\r");
    pty.wait_for("c<enter>");
}

#[test]
fn half_an_escape_sequence_stops_nothing() {
    let (_home, mut pty) = start();
    pty.send("a\x1b[");
    pty.wait_for("ready 80x24 a");
    pty.resize(70, 20);
    pty.wait_for("ready 70x20");
    signal(pty.pid(), Signal::TERM);
    assert_eq!(pty.end(), Ended::Code(143));
    pty.assert_as_found();
}

#[test]
fn a_line_that_is_stuck_stops_neither_keys_nor_signals() {
    for (key, code) in [("q", 0), ("", 143)] {
        let (_home, mut pty) = start();
        // One frame is more than the system keeps of what nobody reads.
        pty.resize(500, 200);
        pty.wait_for("ready 500x200");
        pty.stop_reading();
        pty.send("*");
        pty.wait_until_unread();
        let begun = Instant::now();
        if key.is_empty() {
            signal(pty.pid(), Signal::TERM);
        } else {
            pty.send(key);
        }
        assert_eq!(pty.end(), Ended::Code(code));
        assert!(begun.elapsed() < AT_ONCE);
        pty.assert_line_as_found();
    }
}

#[test]
fn every_size_down_to_one_cell() {
    let (_home, mut pty) = start();
    for (columns, rows) in [(120, 40), (10, 3), (1, 1), (2, 1), (80, 24)] {
        let bytes = pty.bytes();
        pty.resize(columns, rows);
        pty.wait_past(bytes);
    }
    pty.wait_for("ready 80x24");
    pty.send("q");
    assert_eq!(pty.end(), Ended::Code(0));
    pty.assert_as_found();
}

#[test]
fn a_still_screen_writes_no_byte() {
    let (_home, pty) = start();
    pty.wait_until_still(Duration::from_millis(500));
    // Longer than the time between two looks at the terminal.
    assert_eq!(pty.written_within(Duration::from_secs(11)), 0);
}

#[test]
fn a_tmux_pane_is_a_terminal_too() {
    let argv = argv();
    let program = ["env", "TAXIWAY_TEST_CHILD=1"].into_iter().chain(argv.iter().map(String::as_str));
    let Some(tmux) = Tmux::start(Home::new(), &program.collect::<Vec<_>>(), 100, 30) else { return };
    tmux.wait_for("ready 100x30");
    tmux.keys(&["M-1", "F5"]);
    tmux.wait_for("1<F5>");
    tmux.paste("one\ntwo");
    tmux.wait_for("<paste one/two>");
    tmux.resize(60, 10);
    tmux.wait_for("ready 60x10");
    tmux.keys(&["q"]);
    assert_eq!(tmux.end(), 0);
    assert_eq!(tmux.format("#{alternate_on}"), "0", "the pane as it was found");
}

#[test]
fn a_dumb_terminal_is_refused_with_the_commands_to_use() {
    for term in ["dumb", ""] {
        let home = Home::new();
        let mut pty = start_with(&home, &[("TERM", term)]);
        pty.wait_for("taxiway watch");
        assert_eq!(pty.end(), Ended::Code(2));
        assert!(!pty.raw().contains('\x1b'), "it was not touched");
    }
}

/// A program in `name`'s place, first in the PATH that is given back.
fn instead_of(home: &Home, name: &str, script: &str) -> String {
    let bin = home.path().join("bin");
    fs::create_dir_all(&bin).unwrap();
    common::script(&bin.join(name), script);
    format!("{}:{}", bin.display(), std::env::var("PATH").unwrap())
}

#[test]
fn mouse_and_title_come_and_go_with_the_terminal() {
    let (_home, mut pty) = start();
    pty.send("MT");
    wait_for("the title", PATIENCE, || pty.raw().contains("\x1b]2;2run 1ok\x07").then_some(()));
    let raw = pty.raw();
    assert!(raw.contains("\x1b[?1000h\x1b[?1006h") && raw.contains("\x1b[22;2t"), "{raw:?}");
    assert!(!raw.contains("\x1b[?1002h") && !raw.contains("\x1b[?1003h"), "no dragging, no motion");
    pty.send("\x1b[<0;8;4M\x1b[<0;8;4m\x1b[<64;1;1M\x1b[<65;80;24M");
    pty.wait_for("<Press 7 3><WheelUp 0 0><WheelDown 79 23>");
    pty.send("q");
    assert_eq!(pty.end(), Ended::Code(0));
    pty.assert_as_found();
    let raw = pty.raw();
    let (_, after) = raw.rsplit_once("\x1b[?1006l\x1b[?1000l").unwrap();
    assert!(after.contains("\x1b]2;\x07\x1b[23;2t") && after.contains("\x1b[?1049l"), "{after:?}");
}

#[test]
fn a_hangup_does_not_even_take_the_title_back() {
    let (_home, mut pty) = start();
    pty.send("MTY");
    pty.wait_for("<it Ok(Osc52)>");
    wait_for("the title", PATIENCE, || pty.raw().contains("2run").then_some(()));
    pty.wait_until_still(Duration::from_millis(100));
    let bytes = pty.bytes();
    signal(pty.pid(), Signal::HUP);
    assert_eq!(pty.end(), Ended::Code(129));
    assert_eq!(pty.bytes(), bytes);
    pty.assert_line_as_found();
}

#[test]
fn a_copy_outside_of_tmux_is_osc_52() {
    let (_home, mut pty) = start();
    pty.send("Y");
    pty.wait_for("<it Ok(Osc52)>");
    assert!(pty.raw().contains("\x1b]52;c;Y29waWVkIHRleHQ=\x07"), "{:?}", pty.raw());
}

#[test]
fn a_notice_is_told_in_the_language_of_the_terminal() {
    let home = Home::new();
    let mut pty = start_with(&home, &[("TERM", "xterm-kitty")]);
    pty.wait_for("ready");
    pty.send("N");
    wait_for("the notice", PATIENCE, || pty.raw().contains("\x1b]99;i=taxiway:d=0;job 7\x07").then_some(()));
}

#[test]
fn an_editor_has_the_terminal_whole_and_gives_it_back() {
    let home = Home::new();
    // What it says stands in between, what it is told comes from the terminal, and it leaves the line raw.
    let script =
        "printf 'EDITING '; cat \"$1\"; read answer; printf '%s\\n' \"$answer\" >> \"$1\"; stty raw -echo";
    let path = instead_of(&home, "scribble", script);
    let mut pty = start_with(&home, &[("PATH", &path), ("VISUAL", ""), ("EDITOR", "scribble")]);
    pty.wait_for("ready 80x24");
    for round in 1..=3 {
        pty.send("MTE");
        let begun = || (pty.raw().matches("EDITING a cat").count() == round).then_some(());
        wait_for("the editor", PATIENCE, begun);
        pty.wait("the terminal as an editor wants it", |screen| {
            !screen.alternate_screen() && !screen.bracketed_paste() && !screen.hide_cursor()
        });
        assert!(
            pty.raw().rsplit_once("EDITING").unwrap().0.contains("\x1b[?1000l"),
            "no mouse in the editor"
        );
        pty.send("and a dog\r");
        let edited = "<editedOk(\"acat\\nandadog\")>".repeat(round);
        pty.wait("the edited text", |screen| {
            screen.contents().split_whitespace().collect::<String>().contains(&edited)
        });
        pty.wait("all modes", |screen| screen.alternate_screen() && screen.bracketed_paste());
        wait_for("mouse and title to be set again", PATIENCE, || {
            let raw = pty.raw();
            let (_, after) = raw.rsplit_once("EDITING").unwrap();
            (after.contains("\x1b[?1000h\x1b[?1006h") && after.contains("\x1b]2;2run 1ok")).then_some(())
        });
    }
    pty.send("xq");
    assert_eq!(pty.end(), Ended::Code(0));
    pty.assert_as_found();
    let left: Vec<_> = fs::read_dir(home.path()).unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(left, ["bin"], "the text does not stay behind");
}

#[test]
fn a_missing_editor_is_told() {
    let home = Home::new();
    let mut pty = start_with(&home, &[("EDITOR", "no-such-editor -x")]);
    pty.wait_for("ready");
    pty.send("E");
    pty.wait_for("there is no editor no-such-editor");
    pty.send("q");
    assert_eq!(pty.end(), Ended::Code(0));
    pty.assert_as_found();
}

#[test]
fn a_signal_ends_the_editor_too_and_the_line_is_as_found() {
    for (sent, code) in [(Signal::TERM, 143), (Signal::HUP, 129)] {
        let home = Home::new();
        let path = instead_of(&home, "scribble", "stty raw -echo; echo EDITING $$.; exec tail -f /dev/null");
        let mut pty = start_with(&home, &[("PATH", &path), ("EDITOR", "scribble")]);
        pty.wait_for("ready");
        pty.send("E");
        pty.wait_for("EDITING");
        let raw = pty.raw();
        let editor =
            raw.split("EDITING ").nth(1).and_then(|rest| rest.split('.').next()).unwrap().parse().unwrap();
        pty.wait_until_still(Duration::from_millis(100));
        let bytes = pty.bytes();
        signal(pty.pid(), sent);
        assert_eq!(pty.end(), Ended::Code(code));
        wait_for("the editor to end", PATIENCE, || (!is_running(editor)).then_some(()));
        if sent == Signal::HUP {
            assert_eq!(pty.bytes(), bytes, "nothing is written");
            pty.assert_line_as_found();
        } else {
            pty.assert_as_found();
        }
    }
}

#[test]
fn in_tmux_a_copy_is_in_its_buffer_and_the_title_is_the_panes() {
    let argv = argv();
    let program = ["env", "TAXIWAY_TEST_CHILD=1"].into_iter().chain(argv.iter().map(String::as_str));
    let Some(tmux) = Tmux::start(Home::new(), &program.collect::<Vec<_>>(), 100, 30) else { return };
    tmux.wait_for("ready 100x30");
    let before = tmux.format("#{pane_title}");
    tmux.keys(&["Y", "T"]);
    tmux.wait_for("<it Ok(Tmux)>");
    assert_eq!(tmux.run(&["show-buffer"]), "copied text");
    wait_for("the title", PATIENCE, || (tmux.format("#{pane_title}") == "2run 1ok").then_some(()));
    tmux.keys(&["M"]);
    wait_for("the mouse", PATIENCE, || (tmux.format("#{mouse_standard_flag}") == "1").then_some(()));
    assert_eq!(tmux.format("#{mouse_button_flag}#{mouse_all_flag}"), "00");
    tmux.keys(&["q"]);
    assert_eq!(tmux.end(), 0);
    assert_eq!(tmux.format("#{pane_title}"), before, "as it was found");
    assert_eq!(tmux.format("#{mouse_standard_flag}"), "0");
}

/// Both kinds of editors: one that stops the whole process group, as vi does, and one that stops alone.
#[test]
fn ctrl_z_in_an_editor_goes_back_to_the_shell_and_fg_comes_back() {
    for stop in ["kill -TSTP 0", "kill -STOP $$"] {
        let home = Home::new();
        let argv = argv();
        let path = instead_of(&home, "scribble", &format!("echo EDITING; {stop}; echo on >> \"$1\""));
        let Some(tmux) = Tmux::start(home, &["/bin/bash", "--norc", "--noprofile"], 100, 30) else { return };
        tmux.text(&format!("{CHILD}=1 PATH='{path}' EDITOR=scribble {}", argv.join(" ")));
        tmux.keys(&["Enter"]);
        tmux.wait_for("ready");
        tmux.keys(&["E"]);
        tmux.wait_for("Stopped");
        tmux.text("echo sum $((20+3))");
        tmux.keys(&["Enter"]);
        tmux.wait_for("sum 23");
        tmux.text("fg");
        tmux.keys(&["Enter"]);
        tmux.wait_for("<edited Ok(\"a cat\\non\")>");
        tmux.keys(&["q"]);
        tmux.wait_for("$");
    }
}
