use clap::{Arg, Command, builder::PossibleValue};
use roff::{Inline, Roff, bold, italic, roman};

use super::{
    help::{self, ENVIRONMENT, EXIT_CODES, groups, is_help},
    words::{DESCRIPTION, FILES, FILTERS, JSON, STATES},
};
use crate::job::Filter;

/// The page of the program, with a section for each command.
pub(super) fn whole(command: &Command) -> String {
    let mut page = Roff::new();
    head(&mut page, "taxiway", command);
    paragraphs(&mut page, &DESCRIPTION);
    section(&mut page, "EXAMPLES");
    examples(&mut page, help::EXAMPLES);
    section(&mut page, "OPTIONS");
    arguments(&mut page, command.get_arguments());
    section(&mut page, "COMMANDS");
    for name in groups().flat_map(|(_, names)| names) {
        if let Some(found) = command.find_subcommand(name).filter(|found| !is_help(found)) {
            command_section(&mut page, found);
        }
    }
    section(&mut page, "STATES");
    rows(&mut page, STATES);
    section(&mut page, "FILTERS");
    page.text([roman(FILTERS)]);
    for (key, meaning, example) in Filter::KEYS {
        page.control("TP", []).text([bold(format!("{key}:"))]);
        page.text([roman(format!("{meaning}; ")), italic(example)]);
    }
    section(&mut page, "JSON");
    paragraphs(&mut page, &JSON);
    section(&mut page, "FILES");
    rows(&mut page, FILES);
    section(&mut page, "ENVIRONMENT");
    rows(&mut page, ENVIRONMENT);
    section(&mut page, "EXIT STATUS");
    rows(&mut page, EXIT_CODES);
    ascii(&page.render())
}

/// The page of one command.
pub(super) fn of_command(command: &Command) -> String {
    let mut page = Roff::new();
    head(&mut page, &format!("taxiway-{}", command.get_name()), command);
    about(&mut page, command);
    let told = after(command);
    // What stands before the examples says more of the command.
    let (words, shown) = told.split_at_checked(told.find("Example").unwrap_or(0)).unwrap_or(("", &told));
    if !words.is_empty() {
        page.control("PP", []);
        prose(&mut page, words);
    }
    if own(command).next().is_some() {
        section(&mut page, "OPTIONS");
        arguments(&mut page, own(command));
    }
    if command.has_subcommands() {
        section(&mut page, "COMMANDS");
        for below in command.get_subcommands().filter(|below| !is_help(below)) {
            command_section(&mut page, below);
        }
    }
    section(&mut page, "EXAMPLES");
    examples(&mut page, shown);
    section(&mut page, "OPTIONS OF EVERY COMMAND");
    arguments(&mut page, command.get_arguments().filter(|argument| argument.is_global_set()));
    section(&mut page, "SEE ALSO");
    page.text([bold("taxiway"), roman("(1), by `taxiway man`")]);
    ascii(&page.render())
}

fn head(page: &mut Roff, name: &str, command: &Command) {
    let program = format!("taxiway {}", env!("CARGO_PKG_VERSION"));
    page.control("TH", [name.to_uppercase().as_str(), "1", NO_DATE, program.as_str(), "User Commands"]);
    section(page, "NAME");
    page.text([roman(format!("{name} - {}", line_of(command)))]);
    section(page, "SYNOPSIS");
    page.text([bold(usage(command))]);
    section(page, "DESCRIPTION");
}

/// The page has the version for its date; a word has to stand there all the same.
const NO_DATE: &str = "\"\"";

fn section(page: &mut Roff, name: &str) {
    page.control("SH", [name]);
}

/// A command within a page, and those below it.
fn command_section(page: &mut Roff, command: &Command) {
    page.control("SS", [usage(command).as_str()]);
    about(page, command);
    arguments(page, own(command));
    prose(page, &after(command));
    for below in command.get_subcommands().filter(|below| !is_help(below)) {
        command_section(page, below);
    }
}

fn about(page: &mut Roff, command: &Command) {
    page.text([roman(format!("{}.", line_of(command)))]);
    let long = command.get_long_about().map(ToString::to_string).unwrap_or_default();
    // Its first paragraph is the line.
    for paragraph in long.split("\n\n").skip(1) {
        page.control("PP", []).text([roman(paragraph)]);
    }
}

fn line_of(command: &Command) -> String {
    command.get_about().map(ToString::to_string).unwrap_or_default()
}

fn after(command: &Command) -> String {
    command.get_after_help().map(ToString::to_string).unwrap_or_default()
}

fn usage(command: &Command) -> String {
    let usage = command.clone().render_usage().to_string();
    usage.trim_start_matches("Usage: ").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a command takes beside what every command does.
fn own(command: &Command) -> impl Iterator<Item = &Arg> {
    command.get_arguments().filter(|argument| !argument.is_global_set() && argument.get_id() != "help")
}

fn arguments<'a>(page: &mut Roff, arguments: impl Iterator<Item = &'a Arg>) {
    for argument in arguments.filter(|argument| !argument.is_hide_set()) {
        page.control("TP", []).text(name_of(argument));
        let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
        let mut told = vec![roman(help)];
        let values = argument.get_possible_values();
        if argument.get_action().takes_values()
            && !values.is_empty()
            && !argument.is_hide_possible_values_set()
        {
            told.push(roman(format!(": {}", choices(&values))));
        }
        let default = argument.get_default_values();
        if argument.get_action().takes_values()
            && !default.is_empty()
            && !argument.is_hide_default_value_set()
        {
            let default: Vec<_> = default.iter().map(|value| value.to_string_lossy()).collect();
            told.push(roman(format!(" (default: {})", default.join(" "))));
        }
        page.text(told);
    }
}

fn name_of(argument: &Arg) -> Vec<Inline> {
    let values = argument.get_value_names().unwrap_or_default().iter();
    let value = values.map(ToString::to_string).collect::<Vec<_>>().join(" ");
    if argument.is_positional() {
        let more = argument.get_num_args().is_some_and(|count| count.max_values() > 1);
        return vec![italic(value), roman(if more { " ..." } else { "" })];
    }
    let short = argument.get_short().map(|short| format!("-{short}"));
    let long = argument.get_long().map(|long| format!("--{long}"));
    let names: Vec<_> = short.into_iter().chain(long).collect();
    let mut name = vec![bold(names.join(", "))];
    if argument.get_action().takes_values() {
        name.extend([roman(" "), italic(value)]);
    }
    name
}

/// `json (what it is), csv, curl`.
fn choices(values: &[PossibleValue]) -> String {
    let shown = values.iter().filter(|value| !value.is_hide_set()).map(|value| match value.get_help() {
        Some(help) => format!("{} ({help})", value.get_name()),
        None => value.get_name().to_owned(),
    });
    shown.collect::<Vec<_>>().join(", ")
}

/// The text of a help: what is indented stays as it is, line by line.
fn prose(page: &mut Roff, text: &str) {
    // What stands before it may be the words of an option, to which it would belong.
    let (mut is_kept, mut is_apart) = (false, true);
    for line in text.lines() {
        if line.is_empty() {
            is_apart = true;
            continue;
        }
        let turns = line.starts_with("  ") != is_kept;
        if turns && is_kept {
            page.control("fi", []).control("RE", []);
        }
        if is_apart || line.starts_with("Example") {
            page.control("PP", []);
        }
        if turns && !is_kept {
            page.control("RS", []).control("nf", []);
        }
        is_kept ^= turns;
        is_apart = false;
        page.text([roman(line.strip_prefix("  ").unwrap_or(line))]);
    }
    if is_kept {
        page.control("fi", []).control("RE", []);
    }
}

/// The same, where the heading says already that these are examples.
fn examples(page: &mut Roff, text: &str) {
    prose(page, text.split_once('\n').map_or("", |(_, rest)| rest));
}

fn paragraphs(page: &mut Roff, texts: &[&str]) {
    for (place, text) in texts.iter().enumerate() {
        if place > 0 {
            page.control("PP", []);
        }
        page.text([roman(*text)]);
    }
}

fn rows<'a>(page: &mut Roff, rows: impl IntoIterator<Item = (&'a str, &'a str)>) {
    for (name, meaning) in rows {
        page.control("TP", []).text([bold(name)]).text([roman(meaning)]);
    }
}

/// Signs beyond ASCII in the way that every reader of such pages understands.
fn ascii(page: &str) -> String {
    let sign = |c: char| if c.is_ascii() { c.to_string() } else { format!("\\[u{:04X}]", u32::from(c)) };
    page.chars().map(sign).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command() -> Command {
        let mut command = help::command();
        command.build();
        command
    }

    #[test]
    fn the_page_tells_every_command_and_flag() {
        let (page, command) = (whole(&command()), command());
        assert!(page.is_ascii());
        let dashed = |text: &str| text.replace('-', r"\-");
        for found in command.get_subcommands().filter(|found| !found.is_hide_set() && !is_help(found)) {
            assert!(page.contains(&format!(".SS \"{}\"\n", usage(found))), "{}", found.get_name());
            assert!(page.contains(&dashed(&line_of(found)).replace('\'', r"\*(Aq")), "{}", found.get_name());
            for flag in found.get_arguments().filter_map(Arg::get_long) {
                assert!(page.contains(&dashed(&format!("--{flag}"))), "{flag}");
            }
        }
        assert!(!page.contains("taxiway docs"));
        for name in ["FILTERS", "FILES", "ENVIRONMENT", "EXIT STATUS", "JSON", "STATES", "EXAMPLES"] {
            assert_eq!(
                page.matches(&format!(".SH {name}\n").replace("EXIT STATUS", "\"EXIT STATUS\"")).count(),
                1
            );
        }
    }

    #[test]
    fn what_is_indented_stays_as_it_is() {
        let mut page = Roff::new();
        prose(&mut page, "Examples:\n  a  b\n  .c\n\nMore of\nit.");
        let text = page.to_roff();
        assert_eq!(text, ".PP\nExamples:\n.RS\n.nf\na  b\n\\&.c\n.fi\n.RE\n.PP\nMore of\nit.\n");
    }
}
