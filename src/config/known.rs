use super::screen::ROLES;

const TOP: &[&str] = &[
    "profile", "profiles", "defaults", "submit", "poll", "download", "budget", "models", "ui", "themes",
    "notify", "keys",
];
const PROFILE: &[&str] = &[
    "base_url",
    "key",
    "key_env",
    "key_file",
    "key_command",
    "access_token",
    "access_token_env",
    "access_token_file",
    "access_token_command",
    "ca_file",
    "runway_version",
];
const DEFAULTS: &[&str] = &["model", "ratio", "duration"];
const SUBMIT: &[&str] = &["confirm", "max_active", "connect_timeout", "reply_timeout"];
const POLL: &[&str] = &["interval", "jitter", "timeout", "max_backoff", "requests_per_second"];
const DOWNLOAD: &[&str] = &["auto", "dir", "name", "max_parallel", "max_bytes"];
const BUDGET: &[&str] = &["day_usd", "session_usd", "unknown_price_usd"];
const MODEL: &[&str] = &[
    "ratios",
    "durations",
    "prompt_limit",
    "prompt_required",
    "seed_max",
    "price_per_second",
    "price_per_task",
    "checked",
    "retired",
];
const UI: &[&str] = &["theme", "ascii", "mouse", "columns", "fuzzy"];
const NOTIFY: &[&str] = &["bell", "title", "desktop", "command"];
/// The tables of the screen: what is wrong in them forbids nothing, and they can be read again.
const OF_SCREEN: &[&str] = &["ui", "themes", "notify", "keys"];

/// Whether the setting with this dotted name is one of the screen.
pub(super) fn is_of_screen(name: &str) -> bool {
    OF_SCREEN.contains(&name.split('.').next().unwrap_or_default())
}

/// What the tables of a config file may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Names {
    /// Only these.
    Only(&'static [&'static str]),
    /// Names that the user makes up.
    Any,
}

/// The names that the table at `path` may hold, or none where there is no table.
pub(super) fn names_at(path: &[&str]) -> Option<Names> {
    Some(match path {
        [] => Names::Only(TOP),
        ["profiles" | "models" | "themes" | "keys"] => Names::Any,
        ["profiles", _] => Names::Only(PROFILE),
        ["models", _] => Names::Only(MODEL),
        ["defaults"] => Names::Only(DEFAULTS),
        ["submit"] => Names::Only(SUBMIT),
        ["poll"] => Names::Only(POLL),
        ["download"] => Names::Only(DOWNLOAD),
        ["budget"] => Names::Only(BUDGET),
        ["ui"] => Names::Only(UI),
        ["themes", _] => Names::Only(ROLES),
        ["notify"] => Names::Only(NOTIFY),
        _ => return None,
    })
}

/// A setting's name as it would stand in one line of the file, with quotes where TOML wants them.
pub(super) fn dotted(path: &[&str]) -> String {
    let bare = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
    };
    let part = |part: &&str| if bare(part) { (*part).to_string() } else { format!("{part:?}") };
    path.iter().map(part).collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::{config::document::Document, job::nearest};

    #[test]
    fn the_nearest_name_is_a_likely_one() {
        for (word, name) in [("intervall", Some("interval")), ("jiter", Some("jitter")), ("colour", None)] {
            assert_eq!(nearest(word, POLL.iter().copied()), name, "{word}");
        }
        assert_eq!(nearest("api_key", PROFILE.iter().copied()), None);
    }

    /// The example with its settings that have no default, too: those behind a `#` without a blank.
    #[test]
    fn every_known_name_stands_in_the_example() {
        let bare = |line: &'static str| match line.strip_prefix('#') {
            Some(rest) if !rest.starts_with(' ') => rest,
            _ => line,
        };
        let example: Vec<_> = include_str!("../../config.example.toml").lines().map(bare).collect();
        let example = example.join("\n");
        let (document, syntax) = Document::parse(Path::new("example"), &example);
        assert_eq!(syntax, None);
        assert_eq!(document.check_names().unknown, []);
        let tables: [&[&str]; 11] = [
            &[],
            &["profiles", "default"],
            &["defaults"],
            &["submit"],
            &["poll"],
            &["download"],
            &["budget"],
            &["models", "gen4_turbo"],
            &["ui"],
            &["themes", "mine"],
            &["notify"],
        ];
        for table in tables {
            let Some(Names::Only(names)) = names_at(table) else { panic!("{table:?} is no table") };
            for name in names {
                let path = [table, &[name]].concat();
                assert!(document.get(&path).is_some(), "{} is not in the example", dotted(&path));
            }
        }
    }

    #[test]
    fn names_are_quoted_as_toml_wants() {
        assert_eq!(dotted(&["models", "gen4.5", "ratios"]), "models.\"gen4.5\".ratios");
    }
}
