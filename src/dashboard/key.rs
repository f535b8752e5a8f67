use std::{fmt, str::FromStr};

use crokey::{KeyCombination, KeyCombinationFormat, OneToThree};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A key with its modifiers, as config, help and footer write it: `ctrl-s`, `alt-1`, `G`, `pgup`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key(pub(super) KeyCombination);

impl Key {
    /// The character that this key types, where it types one.
    pub fn printable(self) -> Option<char> {
        match self.0.codes {
            OneToThree::One(KeyCode::Char(c)) if self.is_bare() => Some(c),
            _ => None,
        }
    }

    /// Whether it needs neither Ctrl nor Alt.
    pub fn is_plain(self) -> bool {
        self.is_bare()
    }

    fn is_bare(self) -> bool {
        (self.0.modifiers - KeyModifiers::SHIFT).is_empty()
    }
}

impl From<KeyEvent> for Key {
    fn from(event: KeyEvent) -> Self {
        let mut event = event;
        // Some terminals report Shift with Tab, some a code of its own.
        if event.code == KeyCode::Tab && event.modifiers.contains(KeyModifiers::SHIFT) {
            event.code = KeyCode::BackTab;
        }
        if event.code == KeyCode::BackTab {
            event.modifiers |= KeyModifiers::SHIFT;
        }
        // A sign that needs Shift on some keyboards is that sign, however it was typed.
        if matches!(event.code, KeyCode::Char(c) if !c.is_alphabetic()) {
            event.modifiers -= KeyModifiers::SHIFT;
        }
        Self(event.into())
    }
}

impl FromStr for Key {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a key such as `x`, `G`, `f5`, `alt-1`, `ctrl-s` or `pgup`");
        let name = text.trim();
        let mut chars = name.chars();
        let raw = match (chars.next(), chars.next()) {
            (Some(c), None) if c.is_ascii_uppercase() => format!("shift-{name}"),
            _ => name.to_ascii_lowercase(),
        };
        let raw = raw.replace("pgup", "pageup").replace("pgdn", "pagedown").replace("shift-tab", "backtab");
        let key = crokey::parse(&raw).map_err(|_| wrong())?;
        if !key.is_ansi_compatible() {
            return Err(wrong());
        }
        Ok(Self(key.normalized()))
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let OneToThree::One(code) = self.0.codes else { return self.0.fmt(f) };
        match code {
            KeyCode::BackTab if self.is_bare() => f.pad("Shift-Tab"),
            KeyCode::PageUp if self.0.modifiers.is_empty() => f.pad("PgUp"),
            KeyCode::PageDown if self.0.modifiers.is_empty() => f.pad("PgDn"),
            KeyCode::Char('-') if self.0.modifiers.is_empty() => f.pad("-"),
            KeyCode::Char(c) if c.is_ascii_uppercase() && self.is_bare() => f.pad(&c.to_string()),
            KeyCode::Char(c) if c.is_ascii_alphabetic() && !self.is_bare() => {
                let text = KeyCombinationFormat::default().to_string(self.0);
                let modifiers = text.strip_suffix(c.to_ascii_lowercase()).unwrap_or(&text);
                f.pad(&format!("{modifiers}{}", c.to_ascii_uppercase()))
            }
            _ => f.pad(&KeyCombinationFormat::default().to_string(self.0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(code: KeyCode, modifiers: KeyModifiers) -> Key {
        KeyEvent::new(code, modifiers).into()
    }

    #[test]
    fn names_mean_what_the_terminal_reports() {
        let none = KeyModifiers::NONE;
        for (name, code, modifiers) in [
            ("x", KeyCode::Char('x'), none),
            ("G", KeyCode::Char('G'), KeyModifiers::SHIFT),
            ("G", KeyCode::Char('G'), none),
            ("?", KeyCode::Char('?'), none),
            ("?", KeyCode::Char('?'), KeyModifiers::SHIFT),
            ("Alt-S", KeyCode::Char('s'), KeyModifiers::ALT),
            ("ctrl-j", KeyCode::Char('j'), KeyModifiers::CONTROL),
            ("shift-tab", KeyCode::BackTab, none),
            ("shift-tab", KeyCode::Tab, KeyModifiers::SHIFT),
            ("PgUp", KeyCode::PageUp, none),
            ("alt-enter", KeyCode::Enter, KeyModifiers::ALT),
            ("space", KeyCode::Char(' '), none),
        ] {
            assert_eq!(name.parse::<Key>().unwrap(), event(code, modifiers), "{name}");
        }
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for name in ["", "nokey", "ctrl-", "a-b", "é", "ctrl-shift", "f99"] {
            assert!(name.parse::<Key>().is_err(), "{name}");
        }
    }

    #[test]
    fn names_are_short() {
        for (name, shown) in
            [("ctrl-s", "Ctrl-S"), ("shift-g", "G"), ("pagedown", "PgDn"), ("backtab", "Shift-Tab")]
        {
            assert_eq!(name.parse::<Key>().unwrap().to_string(), shown);
        }
    }
}
