//! A command line that says nothing that we know, or asks for help.

use std::env;

use clap::{
    Error,
    error::{ContextKind, ContextValue, ErrorKind},
};

use super::{Exit, Output, help, list};
use crate::job::Problem;

/// Help that was asked for, or a command line that says nothing that we know.
pub(super) fn misused(error: &Error) -> Exit {
    let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    let json = env::args_os().any(|argument| argument == "--json");
    if let Some(problem) = list::misused(error) {
        return Output::of_process(json).fail(&problem);
    }
    if !asked && json {
        return Output::of_process(true).fail(&problem(error));
    }
    // A stream that has gone takes no help; the exit code still tells.
    let _ = error.print();
    if asked { Exit::Done } else { Exit::Usage }
}

/// `--linear` before a command that knows nothing of it.
pub(super) fn only_for_the_dashboard() -> Error {
    let told = "--linear is for the dashboard and the demo: every other command tells in plain lines anyway";
    help::command().error(ErrorKind::ArgumentConflict, told)
}

fn problem(error: &Error) -> Problem {
    let help = "`taxiway --help` shows the commands and flags";
    let hint = match near(error) {
        Some(near) => format!("did you mean `{near}`? {help}"),
        None => help.into(),
    };
    Problem::new("usage", message(error)).hint(hint)
}

fn message(error: &Error) -> String {
    if let (Some(ContextValue::String(name)), Some(ContextValue::Strings(below))) =
        (error.get(ContextKind::InvalidSubcommand), error.get(ContextKind::ValidSubcommand))
    {
        return format!("`{name}` wants one of its commands behind it: {}", below.join(", "));
    }
    let text = error.to_string();
    let told = text.split("\n\n").next().unwrap_or_default().trim_start_matches("error: ");
    told.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The name that was perhaps meant.
fn near(error: &Error) -> Option<&str> {
    let kinds = [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg, ContextKind::SuggestedValue];
    kinds.into_iter().find_map(|kind| match error.get(kind)? {
        ContextValue::String(name) => Some(name.as_str()),
        // The nearest comes last.
        ContextValue::Strings(names) => names.last().map(String::as_str),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(words: &[&str]) -> Problem {
        let words = ["taxiway"].iter().chain(words);
        problem(&help::command().try_get_matches_from(words).unwrap_err())
    }

    #[test]
    fn what_was_perhaps_meant_is_named() {
        for (words, message, near) in [
            (&["lsit"][..], "unrecognized subcommand 'lsit'", "`list`"),
            (&["list", "--limt", "5"], "unexpected argument '--limt' found", "`--limit`"),
            (&["list", "--color", "alway"], "invalid value 'alway' for '--color <WHEN>'", "`always`"),
        ] {
            let Problem { code, message: found, hint } = told(words);
            assert_eq!(code, "usage");
            assert!(found.contains(message), "{found}");
            assert!(
                hint.unwrap().starts_with(&format!("did you mean {near}? `taxiway --help`")),
                "{words:?}"
            );
        }
    }

    #[test]
    fn a_missing_command_is_told_with_what_there_is() {
        let Problem { message, hint, .. } = told(&["config", "--json"]);
        assert!(
            message.starts_with("`taxiway config` wants one of its commands behind it: path, "),
            "{message}"
        );
        assert_eq!(hint.unwrap(), "`taxiway --help` shows the commands and flags");
    }
}
