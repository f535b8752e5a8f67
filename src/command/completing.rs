//! What a shell offers when Tab is pressed: the program answers for it, from the journal and the config.
//!
//! It is asked by the scripts of `completions`, through a variable. Nothing is locked, sent or written, no
//! key is looked for, and whatever goes wrong, nobody is told: there is a half-typed line on the screen.

mod jobs;
mod line;
mod names;

use std::{
    env,
    io::{self, Write},
    sync::Arc,
};

use clap::{Arg, Command, ValueEnum, ValueHint};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate, complete};

use super::{Exit, completions::Shell, help};
use crate::job::is_harmful;
use line::Line;

/// Names the shell that asks.
pub(super) const VARIABLE: &str = "TAXIWAY_COMPLETE";

/// Answers a shell, where one asks.
pub(super) fn answer() -> Option<Exit> {
    let shell = Shell::from_str(&env::var(VARIABLE).ok()?, true).ok()?;
    let words = env::args_os().skip_while(|word| word != "--").skip(1);
    let words: Vec<_> = words.map(|word| word.to_string_lossy().into_owned()).collect();
    let text = Line::of(shell, words).map(offer).unwrap_or_default();
    // A shell that went away does not want it.
    let _ = io::stdout().write_all(text.as_bytes());
    Some(Exit::Done)
}

/// What the last word of the line can become, a line for each, as its shell wants it.
fn offer(line: Line) -> String {
    let line = Arc::new(line);
    let words = line.words.iter().map(Into::into).collect();
    let here = env::current_dir().ok();
    let mut command = completed(help::command(), &line, "");
    let found = complete(&mut command, words, line.words.len() - 1, here.as_deref());
    let mut found = found.unwrap_or_default();
    let is_flag = |found: &CompletionCandidate| found.get_value().to_string_lossy().starts_with('-');
    // Flags are many; where something else can stand, they are offered to who types a dash.
    if !line.current().starts_with('-') && found.iter().any(|found| !is_flag(found)) {
        found.retain(|found| !is_flag(found));
    }
    found
        .iter()
        .filter_map(|found| line.shown(&found.get_value().to_string_lossy(), &meaning(found)))
        .collect()
}

/// What is said of an offer, on one line and harmless: a part of it may be a prompt.
fn meaning(found: &CompletionCandidate) -> String {
    let told = found.get_help().map(ToString::to_string).unwrap_or_default();
    let line = told.lines().next().unwrap_or_default().replace('\t', " ");
    line.chars().filter(|c| !is_harmful(*c)).collect()
}

/// The command with all that we know of its values, and the same below it.
fn completed(command: Command, line: &Arc<Line>, name: &str) -> Command {
    let own = if name.is_empty() { command.get_name().to_owned() } else { name.to_owned() };
    let command = command.mut_args(|argument| with_values(argument, line, &own));
    command.mut_subcommands(|below| {
        let name = below.get_name().to_owned();
        completed(below, line, &name)
    })
}

/// The argument of a command, with what completes its value.
fn with_values(argument: Arg, line: &Arc<Line>, command: &str) -> Arg {
    let names = argument.get_value_names().unwrap_or_default();
    let takes = |name: &str| names.iter().any(|taken| taken.as_str() == name);
    let (is_job, is_filter, is_label) = (takes("JOB"), takes("FILTER"), takes("LABEL"));
    let offered: fn(&Line, &str) -> Vec<CompletionCandidate> = match argument.get_id().as_str() {
        "model" => names::models,
        "ratio" => names::ratios,
        "duration" => names::durations,
        "profile" => names::profiles,
        "scenario" => names::scenarios,
        "image" => return argument.value_hint(ValueHint::AnyPath),
        _ if is_filter => names::filters,
        _ if is_label => names::labels,
        _ if is_job => {
            let (line, command) = (Arc::clone(line), command.to_owned());
            let offered =
                move |typed: &std::ffi::OsStr| jobs::jobs(&line, &command, &typed.to_string_lossy());
            return argument.add(ArgValueCompleter::new(offered));
        }
        _ => return argument,
    };
    let line = Arc::clone(line);
    argument
        .add(ArgValueCompleter::new(move |typed: &std::ffi::OsStr| offered(&line, &typed.to_string_lossy())))
}

/// The names that begin as it was typed, with their meaning.
fn beginning<'a>(
    names: impl IntoIterator<Item = (&'a str, String)>,
    typed: &str,
) -> Vec<CompletionCandidate> {
    let fits = names.into_iter().filter(|(name, _)| name.starts_with(typed));
    fits.map(|(name, meaning)| CompletionCandidate::new(name).help(Some(meaning.into()))).collect()
}
