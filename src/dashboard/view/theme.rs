use ratatui::{
    buffer::Buffer,
    style::{Color, Modifier, Style},
    text::{Line, Span},
};
use tracing::Level;

use super::super::{question::Tone, text};

/// The 16 colours of the user's terminal on its own background, or none. No meaning is carried by a
/// colour alone: a word or a sign stands beside it.
#[derive(Clone, Copy, Debug)]
pub struct Theme {
    /// Whether colours may be used.
    pub color: bool,
}

/// What matters less.
pub fn dim() -> Style {
    Style::new().add_modifier(Modifier::DIM)
}

/// What matters more.
pub fn bold() -> Style {
    Style::new().add_modifier(Modifier::BOLD)
}

impl Theme {
    fn fg(self, color: Color) -> Style {
        if self.color { Style::new().fg(color) } else { Style::new() }
    }

    /// Where the keys go.
    pub fn focus(self) -> Style {
        self.fg(Color::Cyan).add_modifier(Modifier::BOLD)
    }

    /// Went well.
    pub fn good(self) -> Style {
        self.fg(Color::Green)
    }

    /// Is going on.
    pub fn live(self) -> Style {
        self.fg(Color::Cyan)
    }

    /// Worth a thought.
    pub fn warn(self) -> Style {
        self.fg(Color::Yellow)
    }

    /// Went wrong.
    pub fn bad(self) -> Style {
        self.fg(Color::Red)
    }

    /// A line of this tone.
    pub fn tone(self, tone: Tone) -> Style {
        match tone {
            Tone::Good => self.good(),
            Tone::Warn => self.warn(),
            Tone::Bad => self.bad().add_modifier(Modifier::BOLD),
        }
    }

    /// A state, by the word that the table shows for it.
    pub fn state(self, label: &str) -> Style {
        match label {
            "SAVED" | "DONE" => self.good(),
            "RUNNING" | "FETCHING" => self.live(),
            "FAILED" | "MODERATED" | "REJECTED" | "NOT SAVED" | "EXPIRED" => self.bad(),
            "UNSURE" | "NOT FOUND" | "NO URL" => self.fg(Color::Magenta).add_modifier(Modifier::BOLD),
            "HELD" | "SENDING" | "SUBMITTED" | "QUEUED" => self.warn(),
            _ => dim(),
        }
    }

    /// A level of the log.
    pub fn level(self, level: Level) -> Style {
        match level {
            Level::ERROR => self.bad(),
            Level::WARN => self.warn(),
            Level::INFO => Style::new(),
            _ => dim(),
        }
    }
}

/// The title line of a pane: a rule with its name at the left and words at the right, of which the first
/// go first where they do not fit. The rule of the pane that has the keys is heavy.
pub fn rule<W: AsRef<str>>(
    theme: Theme,
    width: u16,
    name: &str,
    words: &[W],
    focused: bool,
) -> Line<'static> {
    let (sign, style) = if focused { ("━", theme.focus()) } else { ("─", dim()) };
    let width = usize::from(width);
    let name = text::cut(name, width.saturating_sub(3));
    let room = width.saturating_sub(text::width(&name) + 4);
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    let fits = (0..words.len())
        .filter_map(|first| words.get(first..))
        .map(|words| words.join(" · "))
        .find(|word| text::width(word) + 4 <= room);
    let word = fits.map_or_else(String::new, |word| format!(" {word} "));
    let tail = usize::from(!word.is_empty());
    let fill = width.saturating_sub(3 + text::width(&name) + text::width(&word) + tail);
    Line::from(vec![
        Span::styled(sign, style),
        Span::styled(format!(" {name} "), if focused { theme.focus() } else { bold() }),
        Span::styled(sign.repeat(fill), style),
        Span::raw(word),
        Span::styled(sign.repeat(tail), style),
    ])
}

/// Signs that are two cells wide in some terminals or missing in others, and what stands for them in
/// ASCII; one cell each, so that nothing moves.
const SIGNS: [(&str, &str); 14] = [
    ("─", "-"),
    ("━", "="),
    ("▶", ">"),
    ("»", "|"),
    ("█", "#"),
    ("░", "."),
    ("…", "~"),
    ("·", "-"),
    ("×", "!"),
    ("→", ">"),
    ("—", "-"),
    ("●", "*"),
    ("↑", "^"),
    ("↓", "v"),
];

/// Puts ASCII in place of every sign of the frame. The user's own text stays as it is, but for the same
/// signs in it.
pub fn flatten(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        if let Some((_, ascii)) = SIGNS.iter().find(|(sign, _)| *sign == cell.symbol()) {
            cell.set_symbol(ascii);
        }
    }
}
