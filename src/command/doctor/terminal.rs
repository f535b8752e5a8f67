//! The terminal, and the ways from here to the eyes of its user. What is harmless is tried, the rest is told by
//! what the surroundings say of themselves.

use std::{
    env,
    io::{self, IsTerminal},
    path::{Path, PathBuf},
};

use rustix::{
    fs::{Access, access},
    termios::{Winsize, tcgetwinsize},
};

use super::Check;
use crate::{
    command::{
        args::Color,
        dashboard::{colors, locale_is_utf8, set},
    },
    config::{Config, Desktop, process_env},
    dashboard::{Notifies, Surroundings, TmuxFacts, editor, try_buffer},
};

/// A longer pause after Esc is felt, in milliseconds.
const LONG_ESCAPE: u32 = 100;
/// The smallest screen with room for all of the dashboard: columns, rows.
const WHOLE: (u16, u16) = (80, 24);

/// `read_only`: tmux is given nothing, either.
pub async fn look(config: &Config, read_only: bool) -> Vec<Check> {
    let around = Surroundings::of_process();
    let tmux = match &around.tmux {
        Some(program) => Some(TmuxFacts::ask(program).await),
        None => None,
    };
    let facts = tmux.as_ref().and_then(|told| told.as_ref().ok());
    vec![
        terminal(),
        locale(config),
        color(),
        multiplexer(&around, tmux.as_ref()),
        clipboard(&around, facts, read_only).await,
        notices(config, &around, facts),
        notify_command(&config.notify.command),
        editor_check(editor::command(&process_env)),
    ]
}

fn terminal() -> Check {
    const NAME: &str = "terminal";
    const LINEAR: &str = "`taxiway --linear` does all of it in plain lines";
    let term = set("TERM");
    let mut found = term.clone().unwrap_or_else(|| "TERM is not set".into());
    if let Some(program) = set("TERM_PROGRAM") {
        let version = set("TERM_PROGRAM_VERSION").map_or_else(String::new, |version| format!(" {version}"));
        found += &format!(" ({program}{version})");
    }
    if set("SSH_CONNECTION").or_else(|| set("SSH_TTY")).is_some() {
        found += ", over SSH";
    }
    let Some(size) = size() else {
        return Check::note(
            NAME,
            format!("{found}; no terminal here: there is no dashboard, all else works"),
        )
        .advice("run it in the terminal that the trouble is with");
    };
    found += &format!(", {} columns, {} rows", size.ws_col, size.ws_row);
    if matches!(term.as_deref(), None | Some("dumb")) {
        return Check::warning(NAME, format!("{found}: no dashboard can be shown on it")).advice(LINEAR);
    }
    if (size.ws_col, size.ws_row) != (0, 0) && (size.ws_col < WHOLE.0 || size.ws_row < WHOLE.1) {
        return Check::note(NAME, format!("{found}: the dashboard leaves something out"))
            .advice(format!("make it {} columns and {} rows", WHOLE.0, WHOLE.1));
    }
    Check::ok(NAME, found)
}

/// The size of the terminal that one of our streams is; none where none is one.
fn size() -> Option<Winsize> {
    let out = io::stdout();
    let asked = if out.is_terminal() {
        tcgetwinsize(out)
    } else if io::stderr().is_terminal() {
        tcgetwinsize(io::stderr())
    } else if io::stdin().is_terminal() {
        tcgetwinsize(io::stdin())
    } else {
        return None;
    };
    asked.ok()
}

fn locale(config: &Config) -> Check {
    let words = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(|name| Some((name, set(name)?)));
    let found = words.map_or_else(|| "none is set".into(), |(name, value)| format!("{name} is {value}"));
    let chosen = match config.ui.ascii {
        Some(true) => "; drawn in ASCII signs, as the settings say",
        Some(false) => "; drawn with all signs, as the settings say",
        None if locale_is_utf8() => "",
        None => "; drawn in ASCII signs",
    };
    if locale_is_utf8() {
        return Check::ok("locale", found + chosen);
    }
    Check::note("locale", found + chosen).advice("export LANG=C.UTF-8, if your terminal shows UTF-8")
}

fn color() -> Check {
    let depth = set("COLORTERM").map_or_else(|| "not set".into(), |depth| format!("\"{depth}\""));
    // 16 colours are all that is used: what COLORTERM promises beyond them changes nothing.
    if colors(Color::Auto) {
        Check::ok("color", format!("the terminal's own 16 colours; COLORTERM is {depth}"))
    } else {
        Check::ok("color", "none: NO_COLOR is set")
    }
}

fn multiplexer(around: &Surroundings, tmux: Option<&Result<TmuxFacts, String>>) -> Check {
    const NAME: &str = "multiplexer";
    match tmux {
        Some(Err(why)) => Check::warning(NAME, format!("tmux, by TMUX; {why}"))
            .advice("is its server still there? `tmux list-sessions` tells"),
        Some(Ok(facts)) => {
            let options = facts.options.iter().map(|(name, value)| format!(", {name} {value}"));
            let terminal = match facts.terminal.as_str() {
                "" => ", no terminal attached".into(),
                name => format!(", on {name}"),
            };
            let found = format!("tmux {}{terminal}{}", facts.version, options.collect::<String>());
            let escape = facts.option("escape-time").and_then(|time| time.parse::<u32>().ok());
            match escape {
                Some(time) if time >= LONG_ESCAPE => {
                    Check::note(NAME, found).advice("tmux.conf: set -s escape-time 10  # Esc without delay")
                }
                _ => Check::ok(NAME, found),
            }
        }
        None if around.screen => Check::note(NAME, "GNU screen: no notice gets through it to the desktop"),
        None => Check::ok(NAME, "none"),
    }
}

async fn clipboard(around: &Surroundings, tmux: Option<&TmuxFacts>, read_only: bool) -> Check {
    const NAME: &str = "clipboard";
    const MOUSE: &str = "the text that is shown can be selected with the mouse";
    let Some(program) = &around.tmux else {
        if size().is_none() {
            return Check::note(NAME, "no terminal here, and so no way to its clipboard");
        }
        let wrapped = if around.screen { ", through GNU screen" } else { "" };
        let found = format!("sent by OSC 52{wrapped}: the terminal never says whether it takes it");
        return Check::ok(NAME, format!("{found}; else {MOUSE}"));
    };
    let tried = match tmux {
        None => Err("tmux does not answer".into()),
        Some(_) if read_only => Ok("not tried, for --read-only"),
        Some(_) => try_buffer(program).await.map(|()| "tried: its buffers work"),
    };
    match (tried, tmux.and_then(TmuxFacts::sets_clipboard)) {
        (Err(why), _) => Check::warning(NAME, format!("by tmux, which fails: {why}")).advice(MOUSE),
        (Ok(how), Some(true)) => {
            Check::ok(NAME, format!("by tmux load-buffer ({how}), which hands it to the terminal"))
        }
        (Ok(how), Some(false)) => {
            let terminal = tmux.map(|facts| facts.terminal.clone()).unwrap_or_default();
            let found = format!(
                "by tmux load-buffer ({how}), which keeps it: it takes the terminal to have no clipboard"
            );
            Check::note(NAME, found).advice(format!(
                "tmux.conf: set -as terminal-features ',{terminal}:clipboard'  # if it knows OSC 52"
            ))
        }
        (Ok(how), None) => Check::ok(
            NAME,
            format!("by tmux load-buffer ({how}); whether the terminal gets it, this tmux does not tell"),
        ),
    }
}

/// Which of the ways to tell a user who looks elsewhere get through.
fn notices(config: &Config, around: &Surroundings, tmux: Option<&TmuxFacts>) -> Check {
    const NAME: &str = "notices";
    let notify = &config.notify;
    let passes = tmux.is_some_and(TmuxFacts::passes_through);
    let by = |way| match way {
        Notifies::Osc9 => "OSC 9",
        Notifies::Osc99 => "OSC 99",
        Notifies::Osc777 => "OSC 777",
    };
    let on = |name: &str, on: bool| format!("{name} {}", if on { "on" } else { "off, by the settings" });
    let language = around.language(notify.desktop, passes);
    let stopped = around.tmux.is_some() && !passes && notify.desktop == Desktop::Auto;
    let desktop = match language {
        Some(way) => format!("desktop notices by {}", by(way)),
        None if notify.desktop == Desktop::Never => "desktop notices off, by the settings".into(),
        None if stopped => "desktop notices stopped by tmux (allow-passthrough is not on)".into(),
        None if around.screen => "desktop notices stopped by GNU screen".into(),
        None => "no desktop notices: this terminal is not known to take them".into(),
    };
    let progress =
        if around.takes_progress(notify.desktop, passes) { ", and the progress in its tab" } else { "" };
    let found = format!("{}, {}, {desktop}{progress}", on("bell", notify.bell), on("title", notify.title));
    // A tmux too old to have the option lets all through, or cannot be told to.
    let known = tmux.is_some_and(|facts| facts.option("allow-passthrough").is_some());
    if stopped && known {
        return Check::note(NAME, found)
            .advice("tmux.conf: set -g allow-passthrough on  # notices on the desktop");
    }
    Check::ok(NAME, found)
}

fn notify_command(command: &[String]) -> Check {
    const NAME: &str = "notify_command";
    let Some(program) = command.first() else { return Check::ok(NAME, "none is set") };
    match in_path(program) {
        Some(path) => Check::ok(NAME, path.display().to_string()),
        None => Check::warning(NAME, format!("{program} is no program in PATH"))
            .advice("mend notify.command in the config file"),
    }
}

fn editor_check(command: Result<Vec<String>, String>) -> Check {
    const NAME: &str = "editor";
    const ADVICE: &str = "export EDITOR=… (a program that is there, such as nano)";
    let words = match command {
        Ok(words) => words,
        Err(why) => return Check::warning(NAME, why).advice(ADVICE),
    };
    let program = words.first().cloned().unwrap_or_default();
    let from = ["VISUAL", "EDITOR"].into_iter().find(|name| set(name).is_some()).unwrap_or("the default");
    match in_path(&program) {
        Some(path) => Check::ok(NAME, format!("{}, from {from}", path.display())),
        None => Check::warning(NAME, format!("{program}, from {from}, is no program in PATH")).advice(ADVICE),
    }
}

/// The file that a program's name means, if it can be run.
fn in_path(program: &str) -> Option<PathBuf> {
    let runs = |path: &Path| path.is_file() && access(path, Access::EXEC_OK).is_ok();
    if program.contains('/') {
        return Some(PathBuf::from(program)).filter(|path| runs(path));
    }
    let folders = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&folders).map(|folder| folder.join(program)).find(|path| runs(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Flags, Sources};

    fn tmux(passes: &str, features: &[&str]) -> TmuxFacts {
        let features = features.iter().map(ToString::to_string).collect();
        TmuxFacts {
            version: "3.3a".into(),
            options: vec![("allow-passthrough", passes.into()), ("escape-time", "500".into())],
            terminal: "xterm-256color".into(),
            features: Some(features),
        }
    }

    fn inside() -> Surroundings {
        Surroundings { tmux: Some("tmux".into()), ..Surroundings::default() }
    }

    #[tokio::test]
    async fn the_line_for_tmux_is_told_where_it_would_help() {
        let config = Config::load(&Sources { flags: Flags::default(), env: &|_| None });
        let stopped = notices(&config, &inside(), Some(&tmux("off", &[])));
        assert!(stopped.advice.unwrap().contains("set -g allow-passthrough on"));
        let through = notices(&config, &inside(), Some(&tmux("on", &[])));
        assert!(through.advice.is_none() && through.found.contains("OSC 9"), "{through:?}");
        let old = TmuxFacts { options: Vec::new(), ..tmux("off", &[]) };
        assert_eq!(notices(&config, &inside(), Some(&old)).advice, None, "it has no such option");

        let slow = multiplexer(&inside(), Some(&Ok(tmux("off", &[]))));
        assert!(slow.advice.unwrap().contains("set -s escape-time 10"));

        let kept = clipboard(&inside(), Some(&tmux("off", &["title"])), true).await;
        assert!(kept.advice.unwrap().contains("terminal-features ',xterm-256color:clipboard'"));
        let handed = clipboard(&inside(), Some(&tmux("off", &["clipboard"])), true).await;
        assert!(handed.advice.is_none() && handed.found.contains("not tried"), "{handed:?}");
    }

    #[test]
    fn a_program_is_found_as_a_shell_finds_it() {
        assert!(in_path("sh").is_some_and(|path| path.is_absolute()));
        assert!(in_path("/bin/sh").is_some());
        for none in ["", "no-such-program-4711", "/", "/etc/passwd"] {
            assert_eq!(in_path(none), None, "{none}");
        }
    }
}
