//! The example of a config file: every setting with its default and its words. Manual, schema and the file
//! that `config init` writes are made from it.

/// The text of `config.example.toml`; tests keep it true.
const EXAMPLE: &str = include_str!("../../config.example.toml");

/// A piece of the example, in its order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// Words that stand alone.
    Words(String),
    /// A table begins.
    Table {
        /// As `[poll]`.
        header: &'static str,
        /// What is in it.
        words: String,
    },
    /// A setting of the table before it.
    Setting {
        /// Its name within the table.
        name: &'static str,
        /// As TOML.
        value: &'static str,
        /// Whether the value is the default; else it is one of many, and there is no default.
        is_default: bool,
        /// What it does.
        words: String,
    },
}

/// All pieces of the example.
pub fn example() -> Vec<Item> {
    let (mut items, mut words) = (Vec::new(), Vec::new());
    for line in EXAMPLE.lines() {
        if let Some(comment) = line.strip_prefix("# ") {
            words.push(comment);
            continue;
        }
        let words = std::mem::take(&mut words).join(" ");
        let bare = line.strip_prefix('#').unwrap_or(line);
        if let Some((name, value)) = bare.split_once(" = ") {
            items.push(Item::Setting { name, value, is_default: line == bare, words });
        } else if bare.starts_with('[') {
            items.push(Item::Table { header: bare, words });
        } else if !words.is_empty() {
            items.push(Item::Words(words));
        }
    }
    items
}

/// What stands over the settings of a new config file.
const HEAD: &str = "\
# The settings of Taxiway. What begins with a # and no blank is a setting that is not set: it shows the default,
# or an example where there is none. Take the # away to set it; `taxiway config check` tells what is wrong then,
# and `taxiway config show` what is in force, and why. A flag goes before the environment, the environment before
# this file. Durations are a whole number and ms, s, m, h or d.
";

/// A config file that sets nothing: the example with each of its settings as a comment.
pub(super) fn new_config() -> String {
    let mut text = HEAD.to_owned();
    // The head of the example tells of the example.
    for line in EXAMPLE.lines().skip_while(|line| !line.is_empty()) {
        let sets = !line.starts_with(['#', '[']) && !line.is_empty();
        text += &format!("{}{line}\n", if sets { "#" } else { "" });
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_config_has_all_settings_and_sets_none() {
        let text = new_config();
        let parsed: toml::Table = text.parse().unwrap();
        assert!(parsed.values().all(|value| value.as_table().is_some()), "{parsed}");
        let tables = parsed.iter().flat_map(|(_, table)| table.as_table().unwrap());
        let set: Vec<_> = tables.filter(|(_, value)| !value.is_table()).collect();
        assert!(set.is_empty(), "{set:?}");
        let settings = example().iter().filter(|item| matches!(item, Item::Setting { .. })).count();
        let lines = text
            .lines()
            .filter(|line| line.starts_with('#') && line.contains(" = "))
            .filter(|line| !line.starts_with("# "));
        assert_eq!(lines.count(), settings);
        assert!(settings > 50 && !text.contains("a file like this one"));
    }
}
