//! The command line with its help, made for somebody who meets it for the first time.

use clap::{Command, CommandFactory};

use super::args::Cli;
use crate::dashboard::wrap;

/// The commands, in the order in which a newcomer meets them.
const GROUPS: [(&str, &[&str]); 6] = [
    ("Try it", &["demo", "sim"]),
    ("Make jobs", &["submit", "clone", "batch"]),
    ("Look", &["list", "show", "status", "models", "balance"]),
    ("Wait", &["watch", "wait"]),
    ("See to jobs", &["send", "cancel", "download", "adopt", "resolve", "reconcile"]),
    ("Keep order", &["archive", "tag", "verify", "export", "import"]),
];
/// What stands behind these.
const SET_UP: (&str, &[&str]) = ("Set up", &["config", "doctor", "report", "completions", "man", "help"]);

/// Every variable that the program reads of its own, and what it holds.
pub(super) const ENVIRONMENT: [(&str, &str); 6] = [
    ("COMETAPI_KEY", "the API key"),
    ("COMETAPI_ACCESS_TOKEN", "the account token: it lets lost tasks be found again"),
    ("COMETAPI_BASE_URL", "the service; https://api.cometapi.com without it"),
    ("TAXIWAY_CONFIG", "the config file, as --config"),
    ("TAXIWAY_DATA_DIR", "the folder of the journal, as --data-dir"),
    ("NO_COLOR", "no colours, whatever it holds"),
];

/// How the program ends, and what that means.
pub(super) const EXIT_CODES: [(&str, &str); 11] = [
    ("0", "done"),
    ("1", "a job failed, was rejected or cancelled"),
    ("2", "bad input or config"),
    ("3", "no key, or a wrong one"),
    ("4", "refused before spending"),
    ("5", "unsure: a task may have been created"),
    ("6", "network or service"),
    ("7", "not found, expired, not created"),
    ("8", "this machine: journal, disk, folder"),
    ("124", "the wait ended, the job goes on"),
    ("129, 130, 143", "a signal"),
];

/// What one begins with.
pub(super) const EXAMPLES: &str = "\
Examples:
  taxiway demo                    try it: no key, no network, nothing is spent
  COMETAPI_KEY=sk-… taxiway       the dashboard
  taxiway --linear                the same as questions and plain lines
  taxiway submit --image https://example.com/cat.jpg --prompt \"yawns\" --wait
  taxiway list --limit 5          the newest jobs, from the journal";

/// Help is no wider than this where the program lays it out itself, in columns.
const WIDTH: usize = 80;
/// The names of the commands have so many columns of it.
const NAMES: usize = 15;

/// The command line as it is parsed, completed and written about.
pub(super) fn command() -> Command {
    let mut command = Cli::command();
    // The commands below are put together now.
    command.build();
    let template = template(&command);
    flowing(command.help_template(template))
}

/// The command, and those below it, with what stands below the flags in lines that fit.
fn flowing(command: Command) -> Command {
    let told = command.get_after_help().map(|told| flowed(&told.to_string()));
    let command = if let Some(told) = told { command.after_help(told) } else { command };
    command.mut_subcommands(flowing)
}

/// A text whose paragraphs are laid out anew. What is indented stays as it is, as does an empty line.
fn flowed(text: &str) -> String {
    let (mut lines, mut paragraph) = (Vec::new(), String::new());
    for line in text.lines().chain([""]) {
        if !line.is_empty() && !line.starts_with(' ') {
            paragraph += &format!(" {line}");
            continue;
        }
        if !paragraph.is_empty() {
            lines.extend(wrap(paragraph.trim_start(), WIDTH));
            paragraph.clear();
        }
        lines.push(line.to_owned());
    }
    lines.join("\n").trim_end().to_owned()
}

/// What stands below the flags of the program's own help.
pub(super) fn after() -> String {
    let variables = rows(ENVIRONMENT, 24);
    let codes: Vec<_> = EXIT_CODES.iter().map(|(code, meaning)| format!("{code} {meaning}")).collect();
    let codes = wrap(&codes.join("; "), WIDTH - 2).join("\n  ");
    format!(
        "{EXAMPLES}\n\nEnvironment:\n{variables}\nExit codes:\n  {codes}\n\n\
         More:\n  taxiway help COMMAND            all about a command\n  \
         taxiway man | man -l -          the manual"
    )
}

/// The groups of commands.
pub(super) fn groups() -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
    GROUPS.into_iter().chain([SET_UP])
}

/// Whether this is what clap makes for `help`, which repeats all others.
pub(super) fn is_help(command: &Command) -> bool {
    command.get_name() == "help"
}

fn template(command: &Command) -> String {
    let header = command.get_styles().get_header();
    let literal = command.get_styles().get_literal();
    let about = |name: &str| match command.find_subcommand(name) {
        Some(found) => found.get_about().map(ToString::to_string).unwrap_or_default(),
        None => "Print this, or all about a command".into(),
    };
    let mut page = "{about-with-newline}\n{usage-heading} {usage}\n".to_owned();
    for (group, names) in groups() {
        page += &format!("\n{header}{group}:{header:#}\n");
        for name in names {
            let told = wrap(&about(name), WIDTH - NAMES).join(&format!("\n{}", " ".repeat(NAMES)));
            let blank = " ".repeat(NAMES - 2 - name.len());
            page += &format!("  {literal}{name}{literal:#}{blank}{told}\n");
        }
    }
    page + &format!("\n{header}Options:{header:#}\n{{options}}{{after-help}}")
}

/// Lines of a name and what it means, the names in so many columns.
fn rows<'a>(rows: impl IntoIterator<Item = (&'a str, &'a str)>, names: usize) -> String {
    let mut text = String::new();
    for (name, meaning) in rows {
        let told = wrap(meaning, WIDTH - names - 2).join(&format!("\n{}", " ".repeat(names + 2)));
        text += &format!("  {name:<names$}{told}\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    /// A command and all below it, each with its whole name.
    fn walk(command: &Command, name: &str, visit: &mut impl FnMut(&str, &Command)) {
        visit(name, command);
        for below in command.get_subcommands().filter(|below| !is_help(below)) {
            walk(below, &format!("{name} {}", below.get_name()), visit);
        }
    }

    fn every_command(mut visit: impl FnMut(&str, &Command)) {
        let mut command = command();
        command.build();
        walk(&command, "taxiway", &mut visit);
    }

    /// The commands in the examples of a help text.
    fn examples(command: &Command) -> Vec<String> {
        let told = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let from = told.lines().skip_while(|line| !line.starts_with("Example")).skip(1);
        from.take_while(|line| line.starts_with("  ")).map(|line| line.trim().to_owned()).collect()
    }

    #[test]
    fn every_command_stands_in_one_group() {
        let mut command = Cli::command();
        command.build();
        let shown = command.get_subcommands().filter(|command| !command.is_hide_set());
        let mut shown: Vec<_> = shown.map(Command::get_name).collect();
        let mut grouped: Vec<_> = groups().flat_map(|(_, names)| names.iter().copied()).collect();
        shown.sort_unstable();
        grouped.sort_unstable();
        assert_eq!(grouped, shown);
    }

    #[test]
    fn every_command_flag_and_argument_is_explained_with_an_example() {
        let mut faults = Vec::new();
        every_command(|name, command| {
            let about = command.get_about().map(ToString::to_string).unwrap_or_default();
            if about.is_empty() || about.ends_with('.') {
                faults.push(format!("`{name}` has no line, or one with a full stop: {about:?}"));
            }
            let is_below_docs = name.starts_with("taxiway docs");
            if !is_below_docs && examples(command).is_empty() {
                faults.push(format!("`{name}` has no example"));
            }
            for argument in command.get_arguments() {
                if argument.get_help().is_none_or(|help| help.to_string().is_empty()) {
                    faults.push(format!("`{name}`: {} has no help", argument.get_id()));
                }
            }
        });
        assert!(faults.is_empty(), "{faults:#?}");
    }

    /// What is typed for the program in an example: behind variables, before a pipe, a file, or words on it.
    fn typed(example: &str) -> Option<Vec<String>> {
        let words = shell_words::split(example).expect("an example for a shell");
        let words = words.into_iter().skip_while(|word| word.contains('=') && !word.starts_with("--"));
        let words: Vec<_> =
            words.take_while(|word| !matches!(word.as_str(), "|" | ">" | ">>" | "<")).collect();
        (words.first()? == "taxiway").then_some(words)
    }

    #[test]
    fn every_example_is_understood_and_fits() {
        let (mut faults, mut count) = (Vec::new(), 0);
        every_command(|name, command| {
            for example in examples(command) {
                if example.chars().count() + 2 > WIDTH {
                    faults.push(format!("`{name}`: too wide for {WIDTH} columns: {example}"));
                }
                // Words on an example stand behind a gap.
                let bare = example.split("   ").next().expect("a first part");
                let Some(words) = typed(bare) else { continue };
                count += 1;
                if let Err(error) = Cli::try_parse_from(words) {
                    faults.push(format!("`{name}`: {example}: {error}"));
                }
            }
        });
        assert!(faults.is_empty(), "{faults:#?}");
        assert!(count > 30, "{count}");
    }

    #[test]
    fn all_help_fits_eighty_columns() {
        every_command(|name, command| {
            let help = command.clone().term_width(WIDTH).render_help().to_string();
            for line in help.lines() {
                assert!(line.chars().count() <= WIDTH, "{name}: {line}");
            }
        });
        let help = command().render_help().to_string();
        assert!(help.contains("\nMake jobs:\n  submit       Send one request"), "{help}");
    }

    #[test]
    fn paragraphs_flow_and_examples_stay() {
        let long = ["word"; 20].join(" ");
        let text = format!("Examples:\n  a    b\n  c\n\nOne\n{long}\nand two:\n  d\n");
        let flowed = flowed(&text);
        assert!(flowed.starts_with("Examples:\n  a    b\n  c\n\nOne word word "), "{flowed}");
        assert!(flowed.ends_with("word word word word word and two:\n  d"), "{flowed}");
        assert!(flowed.lines().all(|line| line.len() <= WIDTH), "{flowed}");
    }

    #[test]
    fn the_codes_of_the_help_are_those_that_are_promised() {
        use super::super::Exit;
        let told: Vec<u8> = EXIT_CODES
            .iter()
            .flat_map(|(codes, _)| codes.split(", "))
            .map(|code| code.parse().unwrap())
            .collect();
        let exits = [
            Exit::Done,
            Exit::JobFailed,
            Exit::Usage,
            Exit::Key,
            Exit::Refused,
            Exit::Unsure,
            Exit::Network,
            Exit::NotFound,
            Exit::Machine,
            Exit::TimedOut,
            Exit::Signal(1),
            Exit::Signal(2),
            Exit::Signal(15),
        ];
        assert_eq!(told, exits.map(Exit::code));
    }
}
