//! The page of keys for the manual, made from the tables that the dashboard goes by.

use super::{
    actions::{ACTIONS, ActionSpec, Scope},
    columns::COLUMNS,
    commands::COMMANDS,
    key::Key,
};
use crate::job::Filter;

const TITLE: &str = "# The keys

This page is made from the dashboard's own tables by `taxiway docs keys`.

In the dashboard `?` shows the keys as your config has them, and `Ctrl-P` lists what can be done where you are, with
the reason where it cannot. A key in **bold** never changes; the others are changed by the name of their action under
`[keys]` in the [config](config.md), as in `poll_now = [\"p\", \"f9\"]`; an empty list unbinds. An
action without a key has its command here. A question takes `y`; every other key is no.
";

const COMMANDS_TEXT: &str = "
## Commands

`:` takes them, and every action by its name. Where jobs can be named and none is, a command is about the marked
ones, else the selected one. `Tab` completes.
";

const FILTER_TEXT: &str = "
## Filter

`/`, `:list` and `:mark` take a filter: words with blanks between, which must all hold. A plain word is looked for in
prompt, model, id, state and tags; `\"two words\"` are one, `!` before a word excludes, `~` finds letters with others
between them. `key:value` asks for one thing:
";

const COLUMNS_TEXT: &str = "
## Columns

For `ui.columns` in the config, `:columns` and `:sort`. Where the window is too narrow for all, the one with the
highest number in the last column goes first.
";

/// The page of keys, commands, filter keys and columns, as Markdown. Without a config: it tells the keys that
/// are there when none are changed.
pub fn keys_markdown() -> String {
    let mut page = TITLE.to_owned();
    for scope in Scope::ALL {
        let actions = ACTIONS.iter().filter(|spec| spec.scope == scope);
        let rows = actions.map(|spec| [keys(spec), spec.help.to_owned(), code(spec.name)]);
        page += &format!("\n## {}\n", scope.title());
        page += &table(["key", "does", "action"], rows);
    }
    let commands = COMMANDS.iter().map(|spec| {
        let line = format!(":{} {}", spec.name, spec.args);
        [code(line.trim_end()), spec.help.to_owned()]
    });
    let filters =
        Filter::KEYS.map(|(key, help, example)| [code(&format!("{key}:")), help.into(), code(example)]);
    let columns = COLUMNS
        .iter()
        .map(|spec| [code(spec.name), spec.title.into(), spec.help.into(), spec.rank.to_string()]);
    page += COMMANDS_TEXT;
    page += &table(["command", "does"], commands);
    page += FILTER_TEXT;
    page += &table(["key", "asks for", "example"], filters);
    page += COLUMNS_TEXT;
    page += &table(["column", "title", "shows", "goes"], columns);
    page
}

fn keys(spec: &ActionSpec) -> String {
    let named = |keys: &[&str]| -> Vec<_> {
        keys.iter().filter_map(|key| key.parse::<Key>().ok()).map(|key| code(&key.to_string())).collect()
    };
    let fixed = named(spec.fixed).into_iter().map(|key| format!("**{key}**"));
    let all: Vec<_> = fixed.chain(named(spec.keys)).collect();
    if all.is_empty() { code(&format!(":{}", spec.name)) } else { all.join(", ") }
}

fn code(text: &str) -> String {
    format!("`{text}`")
}

fn table<const N: usize>(head: [&str; N], rows: impl IntoIterator<Item = [String; N]>) -> String {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let mut text = format!("\n{}|{}\n", line(head.map(str::to_owned).into()), "---|".repeat(N));
    for row in rows {
        text += &line(row.map(|cell| cell.replace('|', "\\|")).into());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_has_all_its_rows() {
        let page = keys_markdown();
        let rows = page.lines().filter(|line| line.starts_with("| `") || line.starts_with("| **`")).count();
        assert_eq!(rows, ACTIONS.len() + COMMANDS.len() + Filter::KEYS.len() + COLUMNS.len());
        assert!(page.contains("| **`F5`**, **`Alt-S`** | check the form, "));
        assert!(page.contains("| `:log debug\\|info\\|warn\\|error` | "));
    }
}
