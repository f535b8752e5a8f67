//! What the terminal is told beside its frames and has to forget again: a title, a progress bar, the mouse.

use std::sync::{Arc, Mutex, PoisonError};

use super::{Surroundings, text::cut};

/// Only so many cells of a title are to be seen in tmux's status line.
const TITLE: usize = 21;

/// How far along something is, as a terminal shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// So many percent, at most 100.
    Percent(u8),
    /// Nobody knows.
    Busy,
}

/// What the terminal is told. The default is a terminal as it was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Modes {
    /// The title of the window.
    pub title: Option<String>,
    /// A bar in the task bar or the tab.
    pub progress: Option<Progress>,
    /// Clicks and the wheel come as input: no dragging, no motion.
    pub mouse: bool,
}

impl Modes {
    /// What makes a terminal with these modes one with those of `next`.
    pub fn change(&self, next: &Self, surroundings: &Surroundings) -> String {
        let mut bytes = String::new();
        if self.mouse != next.mouse {
            bytes += if next.mouse { "\x1b[?1000h\x1b[?1006h" } else { "\x1b[?1006l\x1b[?1000l" };
        }
        if self.progress != next.progress {
            let bar = match next.progress {
                None => "0".to_owned(),
                Some(Progress::Percent(percent)) => format!("1;{}", percent.min(100)),
                Some(Progress::Busy) => "3".to_owned(),
            };
            bytes += &surroundings.wrap(&format!("\x1b]9;4;{bar}\x07"));
        }
        if self.title != next.title {
            bytes += &title(self.title.is_none(), next.title.as_deref(), surroundings);
        }
        bytes
    }
}

/// The title that was found is put by before the first of ours, and taken back at the end.
fn title(is_first: bool, next: Option<&str>, surroundings: &Surroundings) -> String {
    match next {
        Some(text) => {
            let save = if is_first { "\x1b[22;2t" } else { "" };
            format!("{save}\x1b]2;{}\x07", cut(text, TITLE))
        }
        // tmux can put titles by. Another terminal may not: then none is better than ours.
        None if surroundings.tmux.is_some() => "\x1b[23;2t".into(),
        None => "\x1b]2;\x07\x1b[23;2t".into(),
    }
}

/// The modes in force as bytes: to set them again, and to undo them. Shared with whoever takes the terminal and
/// gives it back.
#[derive(Clone, Debug, Default)]
pub struct InForce(Arc<Mutex<(String, String)>>);

impl InForce {
    /// From now on these are in force.
    pub fn set(&self, modes: &Modes, surroundings: &Surroundings) {
        let found = Modes::default();
        let both = (found.change(modes, surroundings), modes.change(&found, surroundings));
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = both;
    }

    /// What sets them on a terminal as it was found.
    pub fn enter(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0.clone()
    }

    /// What makes it a terminal as it was found.
    pub fn leave(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tmux() -> Surroundings {
        Surroundings { tmux: Some("tmux".into()), ..Surroundings::default() }
    }

    fn titled(text: &str) -> Modes {
        Modes { title: Some(text.into()), ..Modes::default() }
    }

    #[test]
    fn the_title_that_was_found_is_put_by_once_and_taken_back() {
        let (found, plain) = (Modes::default(), Surroundings::default());
        assert_eq!(found.change(&titled("2run"), &plain), "\x1b[22;2t\x1b]2;2run\x07");
        assert_eq!(titled("2run").change(&titled("1ok"), &plain), "\x1b]2;1ok\x07");
        assert_eq!(titled("1ok").change(&found, &plain), "\x1b]2;\x07\x1b[23;2t");
        assert_eq!(titled("1ok").change(&found, &tmux()), "\x1b[23;2t");
        assert_eq!(titled("1ok").change(&titled("1ok"), &plain), "");
    }

    #[test]
    fn a_title_cannot_end_itself_and_is_short() {
        let bytes = Modes::default().change(&titled("a\x07b\x1b]c\nd"), &Surroundings::default());
        assert_eq!(bytes, "\x1b[22;2t\x1b]2;ab]c d\x07");
        let bytes = Modes::default().change(&titled(&"猫".repeat(30)), &Surroundings::default());
        assert_eq!(bytes, format!("\x1b[22;2t\x1b]2;{}…\x07", "猫".repeat(10)));
    }

    #[test]
    fn the_mouse_is_clicks_and_wheel_and_no_motion() {
        let heard = Modes { mouse: true, ..Modes::default() };
        let plain = Surroundings::default();
        assert_eq!(Modes::default().change(&heard, &plain), "\x1b[?1000h\x1b[?1006h");
        assert_eq!(heard.change(&Modes::default(), &plain), "\x1b[?1006l\x1b[?1000l");
    }

    #[test]
    fn progress_goes_wrapped_through_tmux() {
        let at = |progress| Modes { progress, ..Modes::default() };
        let plain = Surroundings::default();
        let step = |from, to| at(from).change(&at(to), &plain);
        assert_eq!(step(None, Some(Progress::Percent(40))), "\x1b]9;4;1;40\x07");
        assert_eq!(step(None, Some(Progress::Percent(200))), "\x1b]9;4;1;100\x07");
        assert_eq!(step(Some(Progress::Percent(40)), Some(Progress::Busy)), "\x1b]9;4;3\x07");
        assert_eq!(step(Some(Progress::Busy), None), "\x1b]9;4;0\x07");
        assert_eq!(at(Some(Progress::Busy)).change(&at(None), &tmux()), "\x1bPtmux;\x1b\x1b]9;4;0\x07\x1b\\");
    }

    #[test]
    fn what_is_in_force_can_be_set_again_and_undone() {
        let (in_force, plain) = (InForce::default(), Surroundings::default());
        assert_eq!((in_force.enter(), in_force.leave()), (String::new(), String::new()));
        in_force.set(&Modes { mouse: true, ..titled("x") }, &plain);
        assert_eq!(in_force.enter(), "\x1b[?1000h\x1b[?1006h\x1b[22;2t\x1b]2;x\x07");
        assert_eq!(in_force.leave(), "\x1b[?1006l\x1b[?1000l\x1b]2;\x07\x1b[23;2t");
    }
}
