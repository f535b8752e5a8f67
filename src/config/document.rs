use std::path::{Path, PathBuf};

use serde_spanned::Spanned;
use toml::de::{DeTable, DeValue};

use super::{
    Fault,
    known::{Names, dotted, names_at},
};
use crate::job::nearest;

/// The config file: its values, and where in it they stand.
pub(super) struct Document<'t> {
    path: PathBuf,
    text: &'t str,
    root: DeTable<'t>,
}

impl<'t> Document<'t> {
    /// Reads the text of the file at `path`. One that is no TOML holds no values, and a fault.
    pub(super) fn parse(path: &Path, text: &'t str) -> (Self, Option<Fault>) {
        let empty = Self { path: path.into(), text, root: DeTable::default() };
        match DeTable::parse(text) {
            Ok(root) => (Self { root: root.into_inner(), ..empty }, None),
            Err(error) => {
                // The error's own rendering quotes the line, which may hold a key: only its words are used.
                let place = empty.place(error.span().map_or(0, |span| span.start));
                let message = format!("this is not TOML: {}; nothing of the file is used", error.message());
                let fault = Fault { place: Some(place), name: "syntax".into(), message };
                (empty, Some(fault))
            }
        }
    }

    /// The value at `path`.
    pub(super) fn get(&self, path: &[&str]) -> Option<&Spanned<DeValue<'t>>> {
        let (last, tables) = path.split_last()?;
        let mut table = &self.root;
        for name in tables {
            table = table.get(*name)?.get_ref().as_table()?;
        }
        table.get(*last)
    }

    /// The names in the table `name`, in order.
    pub(super) fn names_in(&self, name: &str) -> Vec<String> {
        let table = self.get(&[name]).and_then(|value| value.get_ref().as_table());
        table.map(|table| table.keys().map(|key| key.get_ref().to_string()).collect()).unwrap_or_default()
    }

    /// A fault of the value at `path`.
    pub(super) fn fault(&self, path: &[&str], message: impl Into<String>) -> Fault {
        let place = self.get(path).map(|value| self.place(value.span().start));
        Fault { place, name: dotted(path), message: message.into() }
    }

    /// Tells the names that no setting has, and the values that stand where a table belongs.
    pub(super) fn check_names(&self) -> Misnamed {
        let mut misnamed = Misnamed::default();
        self.check_table(&self.root, &[], &mut misnamed);
        misnamed
    }

    fn check_table(&self, table: &DeTable<'t>, path: &[&str], misnamed: &mut Misnamed) {
        let Some(names) = names_at(path) else { return };
        for (key, value) in table {
            let here = [path, &[key.get_ref().as_ref()]].concat();
            if let Names::Only(known) = names
                && !known.contains(&key.get_ref().as_ref())
            {
                let place = Some(self.place(key.span().start));
                let message = unknown(&here, known, value.get_ref().is_table());
                misnamed.unknown.push(Fault { place, name: dotted(&here), message });
                continue;
            }
            match value.get_ref().as_table() {
                Some(inner) => self.check_table(inner, &here, misnamed),
                None if names_at(&here).is_some() => {
                    let message = format!("expected a table: [{}]", dotted(&here));
                    misnamed.no_tables.push(self.fault(&here, message));
                }
                None => {}
            }
        }
    }

    /// The file, line and column (both from 1, counted in characters) of a byte of the text.
    fn place(&self, offset: usize) -> (PathBuf, usize, usize) {
        let before = self.text.get(..offset).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |end| end + 1);
        let line = before.matches('\n').count() + 1;
        let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
        (self.path.clone(), line, column)
    }
}

/// What [`Document::check_names`] found.
#[derive(Default)]
pub(super) struct Misnamed {
    /// Names that no setting has.
    pub unknown: Vec<Fault>,
    /// Values that stand where a table belongs.
    pub no_tables: Vec<Fault>,
}

fn unknown(path: &[&str], known: &[&str], is_table: bool) -> String {
    let word = path.last().copied().unwrap_or_default();
    let advice = match (path, nearest(word, known.iter().copied())) {
        (["models", model, _], _) if is_table => {
            format!("a name with a dot wants quotes: [models.\"{model}.{word}\"]")
        }
        (_, Some(name)) => format!("did you mean `{name}`?"),
        (_, None) => format!("known here: {}", known.join(", ")),
    };
    format!("is not a known setting, and is ignored; {advice}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_in_characters_from_one() {
        let text = "a = 1\r\n\"ü\" = 2\nb.c = 3";
        let (document, fault) = Document::parse(Path::new("f"), text);
        assert_eq!(fault, None);
        let place = |path: &[&str]| document.fault(path, "").place.map(|(_, line, column)| (line, column));
        assert_eq!(place(&["a"]), Some((1, 5)));
        assert_eq!(place(&["ü"]), Some((2, 7)));
        assert_eq!(place(&["b", "c"]), Some((3, 7)));
        assert_eq!(place(&["b", "d"]), None);
    }

    #[test]
    fn a_syntax_error_never_quotes_the_line() {
        for text in ["key = sk-geheim", "[x]\nkey = \"sk-geheim", "sk-geheim", "key = \"sk-geheim\\q\""] {
            let (_, fault) = Document::parse(Path::new("f"), text);
            let fault = fault.unwrap().to_string();
            assert!(!fault.contains("geheim"), "{fault}");
        }
    }
}
