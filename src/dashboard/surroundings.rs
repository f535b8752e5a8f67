//! What stands between the program and the eyes of its user: a multiplexer, and a terminal of some kind.

use std::path::PathBuf;

use tokio::process::Command;

use crate::config::{Desktop, process_env};

/// How a terminal is asked to have the desktop show a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notifies {
    /// OSC 9: iTerm2, `WezTerm`, Windows Terminal, Ghostty.
    Osc9,
    /// OSC 99: kitty.
    Osc99,
    /// OSC 777: urxvt, foot, VTE.
    Osc777,
}

/// The facts of the environment, made once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// The program that speaks to tmux, when this runs inside one.
    pub tmux: Option<PathBuf>,
    /// This runs inside GNU screen, and that in no tmux.
    pub screen: bool,
    /// How this terminal takes notices, where that is known.
    pub notifies: Option<Notifies>,
    /// The terminal is known to show a progress bar for OSC 9;4.
    pub shows_progress: bool,
}

/// What the user's other programs are not told: a key that was typed for this run stands in a variable of ours.
const SECRETS: [&str; 2] = ["COMETAPI_KEY", "COMETAPI_ACCESS_TOKEN"];

/// A program of the user's, which has no use for our keys.
pub fn without_secrets(mut command: Command) -> Command {
    for name in SECRETS {
        command.env_remove(name);
    }
    command
}

impl Surroundings {
    /// Those of this process.
    pub fn of_process() -> Self {
        Self::of(&process_env)
    }

    /// Those that an environment tells.
    pub fn of(env: &dyn Fn(&str) -> Option<String>) -> Self {
        let var = |name: &str| env(name).filter(|value| !value.is_empty()).unwrap_or_default();
        let is_set = |name: &str| !var(name).is_empty();
        let tmux = is_set("TMUX").then(|| PathBuf::from("tmux"));
        let screen = tmux.is_none() && is_set("STY");
        let (term, program) = (var("TERM"), var("TERM_PROGRAM"));
        let named = |names: &[&str]| names.contains(&program.as_str());
        // Inside a multiplexer TERM and TERM_PROGRAM are its own; what is left of the terminal's other
        // variables is the best there is.
        let shows_progress = named(&["ghostty", "WezTerm"])
            || term.contains("ghostty")
            || is_set("WT_SESSION")
            || is_set("ConEmuANSI");
        let notifies = if is_set("KITTY_WINDOW_ID") || term == "xterm-kitty" {
            Some(Notifies::Osc99)
        } else if shows_progress || named(&["iTerm.app"]) || var("LC_TERMINAL") == "iTerm2" {
            Some(Notifies::Osc9)
        } else if term.starts_with("rxvt") || term.starts_with("foot") || is_set("VTE_VERSION") {
            Some(Notifies::Osc777)
        } else {
            None
        };
        Self { tmux, screen, notifies, shows_progress }
    }

    /// Whether sequences for the terminal reach it; `passes` is whether tmux lets them through.
    fn reaches_terminal(&self, desktop: Desktop, passes: bool) -> bool {
        match desktop {
            Desktop::Never => false,
            Desktop::Always => true,
            Desktop::Auto if self.tmux.is_some() => passes,
            Desktop::Auto => !self.screen,
        }
    }

    /// How the terminal is told of a notice, if it is. OSC 9 is what most of them know: it is for those who
    /// want it tried, and for those who let it through tmux.
    pub fn language(&self, desktop: Desktop, passes: bool) -> Option<Notifies> {
        let tries = desktop == Desktop::Always || self.tmux.is_some();
        let language = self.notifies.or(tries.then_some(Notifies::Osc9));
        language.filter(|_| self.reaches_terminal(desktop, passes))
    }

    /// Whether the terminal is told of the progress.
    pub fn takes_progress(&self, desktop: Desktop, passes: bool) -> bool {
        let tries = desktop == Desktop::Always && self.notifies.is_none();
        (self.shows_progress || tries) && self.reaches_terminal(desktop, passes)
    }

    /// A sequence in the wrapping that carries it through the multiplexer to the terminal. Inside screen it
    /// must not hold `ESC \`.
    pub fn wrap(&self, sequence: &str) -> String {
        if self.tmux.is_some() {
            format!("\x1bPtmux;{}\x1b\\", sequence.replace('\x1b', "\x1b\x1b"))
        } else if self.screen {
            // Screen keeps no more than 768 bytes of a string; in pieces, any length goes through.
            let characters: Vec<char> = sequence.chars().collect();
            let pieces = characters.chunks(PIECE).map(|piece| piece.iter().collect::<String>());
            pieces.fold(String::new(), |wrapped, piece| wrapped + "\x1bP" + &piece + "\x1b\\")
        } else {
            sequence.to_owned()
        }
    }
}

/// How many characters of a sequence go through screen at once.
const PIECE: usize = 250;

#[cfg(test)]
mod tests {
    use super::*;

    fn of(set: &[(&str, &str)]) -> Surroundings {
        let env = |name: &str| {
            let found = set.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        Surroundings::of(&env)
    }

    #[test]
    fn a_terminal_is_known_by_what_it_sets() {
        for (set, notifies) in [
            (&[("TERM", "xterm-256color")][..], None),
            (&[("TERM", "xterm-kitty")], Some(Notifies::Osc99)),
            (&[("KITTY_WINDOW_ID", "1"), ("TERM", "tmux-256color")], Some(Notifies::Osc99)),
            (&[("TERM_PROGRAM", "iTerm.app")], Some(Notifies::Osc9)),
            (&[("LC_TERMINAL", "iTerm2")], Some(Notifies::Osc9)),
            (&[("TERM_PROGRAM", "WezTerm")], Some(Notifies::Osc9)),
            (&[("WT_SESSION", "1")], Some(Notifies::Osc9)),
            (&[("TERM", "xterm-ghostty")], Some(Notifies::Osc9)),
            (&[("TERM", "rxvt-unicode-256color")], Some(Notifies::Osc777)),
            (&[("TERM", "foot")], Some(Notifies::Osc777)),
            (&[("VTE_VERSION", "7600")], Some(Notifies::Osc777)),
            (&[("TERM_PROGRAM", "Apple_Terminal")], None),
        ] {
            assert_eq!(of(set).notifies, notifies, "{set:?}");
        }
        assert!(of(&[("WT_SESSION", "1")]).shows_progress);
        assert!(!of(&[("TERM_PROGRAM", "iTerm.app")]).shows_progress, "older ones show it as a notice");
    }

    #[test]
    fn a_multiplexer_is_known_and_tmux_goes_before_screen() {
        assert_eq!(of(&[("TMUX", "/tmp/t,1,0"), ("STY", "1.x")]).tmux, Some("tmux".into()));
        assert!(!of(&[("TMUX", "/tmp/t,1,0"), ("STY", "1.x")]).screen);
        assert!(of(&[("STY", "1.x"), ("TMUX", "")]).screen);
    }

    #[test]
    fn what_is_wrapped_comes_out_whole() {
        let tmux = Surroundings { tmux: Some("tmux".into()), ..Surroundings::default() };
        assert_eq!(tmux.wrap("\x1b]9;a\x07"), "\x1bPtmux;\x1b\x1b]9;a\x07\x1b\\");
        let screen = Surroundings { screen: true, ..Surroundings::default() };
        assert_eq!(screen.wrap("\x1b]9;a\x07"), "\x1bP\x1b]9;a\x07\x1b\\");
        let long = "x".repeat(600);
        let wrapped = screen.wrap(&long);
        assert_eq!(wrapped.matches("\x1bP").count(), 3);
        assert_eq!(wrapped.replace("\x1bP", "").replace("\x1b\\", ""), long);
        assert_eq!(Surroundings::default().wrap("\x1b]9;a\x07"), "\x1b]9;a\x07");
    }
}
