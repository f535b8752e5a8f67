//! `docs`: pages of the manual, made from what the program goes by.

use clap::Subcommand;

use super::{Exit, Output};
use crate::{
    config::{Item, example},
    dashboard::keys_markdown,
};

/// `docs`.
#[derive(Clone, Copy, Debug, Subcommand)]
pub enum DocsVerb {
    /// All settings
    Config,
    /// All keys and commands of the dashboard
    Keys,
}

/// Runs the command.
pub(super) fn docs(mut output: Output, verb: DocsVerb) -> Exit {
    let page = match verb {
        DocsVerb::Config => config_page(),
        DocsVerb::Keys => keys_markdown(),
    };
    output.line(page.trim_end());
    Exit::Done
}

const TITLE: &str = "# The settings

This page is made from `config.example.toml` by `taxiway docs config`.
";

const TABLE: &str = "\n| setting | default | what it does |\n|---|---|---|\n";

/// A table of the settings for each table of the example.
fn config_page() -> String {
    let (mut page, mut in_table) = (TITLE.to_owned(), false);
    let paragraph = |words: &str| if words.is_empty() { String::new() } else { format!("\n{words}\n") };
    for item in example() {
        let is_setting = matches!(item, Item::Setting { .. });
        if is_setting && !in_table {
            page += TABLE;
        }
        in_table = is_setting;
        page += &match item {
            Item::Words(words) => paragraph(&words),
            Item::Table { header, words } => format!("\n## `{header}`\n{}", paragraph(&words)),
            Item::Setting { name, value, is_default, words } => row(name, value, is_default, &words),
        };
    }
    page
}

fn row(name: &str, value: &str, is_default: bool, words: &str) -> String {
    let default = if is_default { format!("`{value}`") } else { format!("none; such as `{value}`") };
    format!("| `{name}` | {} | {} |\n", default.replace('|', "\\|"), words.replace('|', "\\|"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_in_the_repository_are_those_that_are_made() {
        let config = include_str!("../../docs/config.md");
        assert!(config == config_page(), "run `cargo run -- docs config > docs/config.md`");
        let keys = include_str!("../../docs/keys.md");
        assert!(keys == keys_markdown(), "run `cargo run -- docs keys > docs/keys.md`");
    }

    #[test]
    fn every_setting_has_its_row_and_words() {
        let page = config_page();
        let rows: Vec<_> = page.lines().filter(|line| line.starts_with("| `")).collect();
        assert!(rows.len() > 50, "{}", rows.len());
        for row in rows {
            assert!(!row.ends_with("|  |"), "without a word: {row}");
        }
        assert!(page.contains("## `[poll]`\n\nHow tasks are watched.\n\n| setting |"));
        assert!(page.contains("| `interval` | `\"5s\"` | Between two looks at a task; "));
        assert!(page.contains("| `day_usd` | none; such as `5.00` | "));
    }
}
