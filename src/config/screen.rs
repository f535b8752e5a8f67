//! The settings of the screen: its looks, its notices, its keys.

use std::collections::BTreeMap;

use toml::de::DeValue;

use super::{
    Origin,
    load::Loader,
    read::{self, expected, near},
};

/// The built-in themes.
pub const THEMES: [&str; 3] = ["dark", "light", "mono"];

/// What a theme gives a style to.
pub const ROLES: &[&str] = &["focus", "good", "live", "warn", "bad", "unsure", "accent", "dim"];

/// The columns that the table of jobs can show.
pub const COLUMNS: [&str; 15] = [
    "id", "state", "progress", "age", "news", "model", "sec", "prompt", "file", "ratio", "seed", "cost",
    "tags", "task", "eta",
];

/// So many of [`COLUMNS`], from the first on, are shown when nobody says otherwise.
const SHOWN_COLUMNS: usize = 9;

/// The colours that a style can name: the terminal's own 16, each as the user has set it, and `default`,
/// the colour of plain text.
pub(super) const COLORS: [&str; 17] = [
    "black",
    "red",
    "green",
    "yellow",
    "blue",
    "magenta",
    "cyan",
    "white",
    "bright-black",
    "bright-red",
    "bright-green",
    "bright-yellow",
    "bright-blue",
    "bright-magenta",
    "bright-cyan",
    "bright-white",
    "default",
];

/// What else a style can name, each once.
pub(super) const MODIFIERS: [&str; 4] = ["bold", "dim", "italic", "underlined"];

/// How the screen looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ui {
    /// One of [`THEMES`], or of [`Config::themes`](super::Config::themes).
    pub theme: String,
    /// Only ASCII signs; none: by the locale.
    pub ascii: Option<bool>,
    /// Whether the mouse is heard from the start.
    pub mouse: bool,
    /// The columns of the table, from the left: some of [`COLUMNS`], each once, at least one.
    pub columns: Vec<String>,
    /// Whether the filter finds words whose letters do not stand together.
    pub fuzzy: bool,
}

impl Default for Ui {
    fn default() -> Self {
        let columns = COLUMNS.iter().take(SHOWN_COLUMNS).map(ToString::to_string).collect();
        Self { theme: "dark".into(), ascii: None, mouse: false, columns, fuzzy: false }
    }
}

/// The styles of a user's theme by role, each of [`ROLES`]; what is left out is as in the theme `dark`. A
/// style is at most one of the colours `black`, `red`, `green`, `yellow`, `blue`, `magenta`, `cyan`, `white`,
/// the same with `bright-` before it, or `default`; and any of `bold`, `dim`, `italic`, `underlined`. Blanks
/// stand between.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ThemeSpec(pub BTreeMap<String, String>);

/// When the desktop is asked to show a notice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Desktop {
    /// Where the terminal is known to pass it on.
    #[default]
    Auto,
    /// Nowhere.
    Never,
    /// Everywhere: what the terminal makes of it is its matter.
    Always,
}

/// How the user hears of what happens while they look elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notify {
    /// Whether the terminal's bell rings.
    pub bell: bool,
    /// Whether the title of the window tells how things stand.
    pub title: bool,
    /// Whether the desktop is asked, by way of the terminal.
    pub desktop: Desktop,
    /// A program and its arguments, run for each notice; empty for none.
    pub command: Vec<String>,
}

impl Default for Notify {
    fn default() -> Self {
        Self { bell: true, title: true, desktop: Desktop::Auto, command: Vec::new() }
    }
}

pub(super) const DESKTOPS: [(&str, Desktop); 3] =
    [("auto", Desktop::Auto), ("never", Desktop::Never), ("always", Desktop::Always)];

impl Loader<'_> {
    pub(super) fn ui(&mut self, themes: &BTreeMap<String, ThemeSpec>) -> Ui {
        let Ui { theme, mouse, columns, fuzzy, .. } = Ui::default();
        let known: Vec<_> = THEMES.into_iter().chain(themes.keys().map(String::as_str)).collect();
        let named = |value: &DeValue<'_>| {
            let name = read::text(value)?;
            let message =
                || near(expected(&format!("a theme: {}", known.join(", ")), value), &name, known.clone());
            if known.contains(&name.as_str()) { Ok(name.clone()) } else { Err(message()) }
        };
        Ui {
            theme: self.take(&["ui", "theme"], theme, named, Clone::clone),
            ascii: self.ascii(),
            mouse: self.take(&["ui", "mouse"], mouse, read::truth, ToString::to_string),
            columns: self.take(&["ui", "columns"], columns, read_columns, |list| list.join(", ")),
            fuzzy: self.take(&["ui", "fuzzy"], fuzzy, read::truth, ToString::to_string),
        }
    }

    fn ascii(&mut self) -> Option<bool> {
        let written = self.find(&["ui", "ascii"], read::truth);
        let (ascii, origin) = match (self.sources.flags.ascii, written) {
            (Some(ascii), _) => (Some(ascii), Origin::Flag("--ascii".into())),
            (None, Some(ascii)) => (Some(ascii), self.file_origin()),
            (None, None) => (None, Origin::Default),
        };
        let value = ascii.map_or_else(|| "by the locale".to_string(), |ascii| ascii.to_string());
        self.record("ui.ascii", value, origin);
        ascii
    }

    /// The user's themes. Roles that nobody knows were told already, with the other unknown names.
    pub(super) fn themes(&mut self) -> BTreeMap<String, ThemeSpec> {
        let mut themes = BTreeMap::new();
        for name in self.document.names_in("themes") {
            if THEMES.contains(&name.as_str()) {
                let message = "is built in, and stays as it is: give your own another name".to_string();
                self.warn_at(&["themes", &name], message);
                continue;
            }
            if self.document.get(&["themes", &name]).is_none_or(|theme| !theme.get_ref().is_table()) {
                continue;
            }
            let mut spec = ThemeSpec::default();
            for role in ROLES {
                let style = self.take_given(&["themes", &name, role], read_style, Clone::clone);
                spec.0.extend(style.map(|style| ((*role).to_string(), style)));
            }
            themes.insert(name, spec);
        }
        themes
    }

    pub(super) fn notify(&mut self) -> Notify {
        let Notify { bell, title, desktop, command } = Notify::default();
        let word = |wanted: &Desktop| {
            DESKTOPS
                .iter()
                .find(|(_, desktop)| desktop == wanted)
                .map_or_else(String::new, |(word, _)| (*word).into())
        };
        Notify {
            bell: self.take(&["notify", "bell"], bell, read::truth, ToString::to_string),
            title: self.take(&["notify", "title"], title, read::truth, ToString::to_string),
            desktop: self.take(&["notify", "desktop"], desktop, |value| read::one_of(value, &DESKTOPS), word),
            command: self.take(&["notify", "command"], command, read::argv, |argv| format!("{argv:?}")),
        }
    }

    pub(super) fn keys(&mut self) -> BTreeMap<String, Vec<String>> {
        let mut keys = BTreeMap::new();
        for action in self.document.names_in("keys") {
            let bound = self.take_given(&["keys", &action], read::keys, |list| format!("{list:?}"));
            keys.extend(bound.map(|bound| (action, bound)));
        }
        keys
    }
}

fn read_columns(value: &DeValue<'_>) -> Result<Vec<String>, String> {
    const WHAT: &str = "a list of columns such as [\"id\", \"state\", \"prompt\"]";
    let columns = read::list(value, WHAT, |item| {
        let name = read::text(item)?;
        if COLUMNS.contains(&name.as_str()) {
            return Ok(name);
        }
        let message = expected(&format!("a column ({})", COLUMNS.join(", ")), item);
        Err(near(message, &name, COLUMNS))
    })?;
    let twice =
        columns.iter().enumerate().find(|(at, name)| columns.iter().take(*at).any(|other| other == *name));
    match twice {
        Some((_, name)) => Err(format!("expected each column once, found {name:?} twice")),
        None if columns.is_empty() => Err("expected at least one column, found none".into()),
        None => Ok(columns),
    }
}

/// Colour and modifiers, with one blank between.
fn read_style(value: &DeValue<'_>) -> Result<String, String> {
    const WHAT: &str = "a style such as \"bold cyan\" (one of the 16 colours, bold, dim, italic, underlined)";
    let text = value.as_str().ok_or_else(|| expected(WHAT, value))?;
    let words: Vec<_> = text.split_whitespace().collect();
    let known = || COLORS.into_iter().chain(MODIFIERS);
    if let Some(word) = words.iter().find(|word| !known().any(|name| name == **word)) {
        return Err(near(expected(WHAT, value), word, known()));
    }
    let colors = words.iter().filter(|word| COLORS.contains(word)).count();
    let twice = words.iter().enumerate().any(|(at, word)| words.iter().take(at).any(|other| other == word));
    match (words.is_empty(), colors) {
        (false, 0 | 1) if !twice => Ok(words.join(" ")),
        (false, 2..) => Err(format!("expected one colour, found {colors} in {text:?}")),
        _ => Err(expected(WHAT, value)),
    }
}

#[cfg(test)]
mod tests {
    use toml::de::DeTable;

    use super::*;

    fn style(written: &str) -> Result<String, String> {
        let text = format!("x = {written:?}");
        let table = DeTable::parse(&text).unwrap();
        read_style(table.get_ref().get("x").unwrap().get_ref())
    }

    #[test]
    fn a_style_is_a_colour_and_what_goes_with_it() {
        for (written, read) in [
            ("red", "red"),
            (" bold  bright-cyan ", "bold bright-cyan"),
            ("dim", "dim"),
            ("default underlined", "default underlined"),
        ] {
            assert_eq!(style(written).as_deref(), Ok(read), "{written}");
        }
        for written in ["", " ", "red blue", "bold bold", "#ff0000", "Red", "light-red", "reversed"] {
            assert!(style(written).is_err(), "{written}");
        }
        assert!(style("bold cyam").unwrap_err().ends_with("did you mean `cyan`?"));
    }
}
