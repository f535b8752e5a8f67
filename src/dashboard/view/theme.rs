use ratatui::{
    buffer::Buffer,
    style::{Color, Modifier, Style},
    text::{Line, Span},
};
use tracing::Level;

use super::super::{question::Tone, text};
use crate::config::{Config, ThemeSpec};

/// A style for each role: of the 16 colours of the user's terminal on its own background, or none. No meaning
/// is carried by a colour alone: a word or a sign stands beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme {
    /// Where the keys go.
    pub focus: Style,
    /// Went well.
    pub good: Style,
    /// Is going on.
    pub live: Style,
    /// Worth a thought.
    pub warn: Style,
    /// Went wrong.
    pub bad: Style,
    /// Nobody knows.
    pub unsure: Style,
    /// Is marked, or was changed.
    pub accent: Style,
    /// Matters less.
    pub dim: Style,
}

/// What matters less, whatever the theme.
pub fn dim() -> Style {
    Style::new().add_modifier(Modifier::DIM)
}

/// What matters more.
pub fn bold() -> Style {
    Style::new().add_modifier(Modifier::BOLD)
}

impl Theme {
    /// No colours.
    pub const MONO: Self = Self {
        focus: Style::new().add_modifier(Modifier::BOLD),
        good: Style::new(),
        live: Style::new(),
        warn: Style::new(),
        bad: Style::new(),
        unsure: Style::new().add_modifier(Modifier::BOLD),
        accent: Style::new().add_modifier(Modifier::BOLD),
        dim: Style::new().add_modifier(Modifier::DIM),
    };

    /// For dark backgrounds.
    const DARK: Self = Self {
        focus: Style::new().fg(Color::Cyan).add_modifier(Modifier::BOLD),
        good: Style::new().fg(Color::Green),
        live: Style::new().fg(Color::Cyan),
        warn: Style::new().fg(Color::Yellow),
        bad: Style::new().fg(Color::Red),
        unsure: Style::new().fg(Color::Magenta).add_modifier(Modifier::BOLD),
        accent: Style::new().fg(Color::Cyan),
        dim: Style::new().add_modifier(Modifier::DIM),
    };

    /// For light ones, on which yellow and cyan are hard to read.
    const LIGHT: Self = Self {
        focus: Style::new().fg(Color::Blue).add_modifier(Modifier::BOLD),
        live: Style::new().fg(Color::Blue),
        warn: Style::new().fg(Color::Magenta),
        accent: Style::new().fg(Color::Blue),
        ..Self::DARK
    };

    /// The theme that the config names; without `color`, none of its colours.
    pub fn of(config: &Config, color: bool) -> Self {
        if !color {
            return Self::MONO;
        }
        match config.ui.theme.as_str() {
            "mono" => Self::MONO,
            "light" => Self::LIGHT,
            name => config.themes.get(name).map_or(Self::DARK, |spec| Self::DARK.with(spec)),
        }
    }

    fn with(mut self, spec: &ThemeSpec) -> Self {
        let places = [
            ("focus", &mut self.focus),
            ("good", &mut self.good),
            ("live", &mut self.live),
            ("warn", &mut self.warn),
            ("bad", &mut self.bad),
            ("unsure", &mut self.unsure),
            ("accent", &mut self.accent),
            ("dim", &mut self.dim),
        ];
        for (role, place) in places {
            if let Some(words) = spec.0.get(role) {
                *place = style(words);
            }
        }
        self
    }

    /// A line of this tone.
    pub fn tone(self, tone: Tone) -> Style {
        match tone {
            Tone::Good => self.good,
            Tone::Warn => self.warn,
            Tone::Bad => self.bad.add_modifier(Modifier::BOLD),
        }
    }

    /// A state, by the word that the table shows for it.
    pub fn state(self, label: &str) -> Style {
        match label {
            "SAVED" | "DONE" => self.good,
            "RUNNING" | "FETCHING" => self.live,
            "FAILED" | "MODERATED" | "REJECTED" | "NOT SAVED" | "EXPIRED" => self.bad,
            "UNSURE" | "NOT FOUND" | "NO URL" => self.unsure,
            "HELD" | "SENDING" | "SUBMITTED" | "QUEUED" => self.warn,
            _ => self.dim,
        }
    }

    /// A level of the log.
    pub fn level(self, level: Level) -> Style {
        match level {
            Level::ERROR => self.bad,
            Level::WARN => self.warn,
            Level::INFO => Style::new(),
            _ => self.dim,
        }
    }
}

/// The style that words of the config name; the config has checked them.
fn style(words: &str) -> Style {
    words.split_whitespace().fold(Style::new(), |style, word| match word {
        "bold" => style.add_modifier(Modifier::BOLD),
        "dim" => style.add_modifier(Modifier::DIM),
        "italic" => style.add_modifier(Modifier::ITALIC),
        "underlined" => style.add_modifier(Modifier::UNDERLINED),
        color => style.fg(color_named(color)),
    })
}

fn color_named(name: &str) -> Color {
    match name {
        "black" => Color::Black,
        "red" => Color::Red,
        "green" => Color::Green,
        "yellow" => Color::Yellow,
        "blue" => Color::Blue,
        "magenta" => Color::Magenta,
        "cyan" => Color::Cyan,
        "white" => Color::Gray,
        "bright-black" => Color::DarkGray,
        "bright-red" => Color::LightRed,
        "bright-green" => Color::LightGreen,
        "bright-yellow" => Color::LightYellow,
        "bright-blue" => Color::LightBlue,
        "bright-magenta" => Color::LightMagenta,
        "bright-cyan" => Color::LightCyan,
        "bright-white" => Color::White,
        _ => Color::Reset,
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
    let (sign, style) = if focused { ("━", theme.focus) } else { ("─", theme.dim) };
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
        Span::styled(format!(" {name} "), if focused { theme.focus } else { bold() }),
        Span::styled(sign.repeat(fill), style),
        Span::raw(word),
        Span::styled(sign.repeat(tail), style),
    ])
}

/// Signs that are two cells wide in some terminals or missing in others, and what stands for them in
/// ASCII; one cell each, so that nothing moves.
const SIGNS: [(&str, &str); 16] = [
    ("─", "-"),
    ("│", "|"),
    ("━", "="),
    ("▶", ">"),
    ("»", "|"),
    ("█", "#"),
    ("░", "."),
    ("…", "~"),
    ("·", "-"),
    ("×", "x"),
    ("–", "-"),
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
