//! `doctor`: looks at all that a trouble may come from, and says what to do; never spends, changes nothing.

mod check;
mod files;
mod online;
mod settings;
mod terminal;

use clap::Args;
use serde_json::json;

use super::{Context, Exit, context::run, count_of};
use crate::dashboard::wrap;

pub(super) use check::{Check, Status};

/// Look at config, key, journal, clock and terminal, and say what to mend; never spends
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub struct Doctor {
    /// Ask the service, too: whether it can be reached, takes key and account token, and has the same time
    #[arg(long)]
    pub online: bool,
}

const AFTER: &str = "\
It changes nothing: no file, no setting, no option of tmux. It needs no config, no key, no journal and
no terminal. Inside tmux it tries whether a text can be copied, in a buffer of its own that is removed
again; with --read-only it leaves that out.

Each line is ok, a note (fine, and something more is possible), a warning (it works, but may fail or
surprise) or a fault (it does not work). Ends 0 where there is no fault, else as the first of them:
2 config, 3 key, 8 this machine, 6 network or service. That there is no key is a fault with --online only.

Examples:
  taxiway doctor
  taxiway doctor --online
  taxiway doctor --json | jq -r '.checks[] | select(.advice) | .advice'";

/// Runs the command.
pub(super) fn doctor(mut context: Context, args: &Doctor) -> Exit {
    if args.online {
        context.ask_for_secrets();
    }
    let checks = look(&context, args.online);
    let output = &mut context.output;
    if output.is_json() {
        output.json(&json!({ "checks": checks }));
    } else {
        for line in lines(&checks) {
            output.line(&line);
        }
    }
    output.ended(Exit::worst(checks.iter().map(|check| check.exit)))
}

/// Everything that is looked at, from what hinders most to what hinders least.
pub(super) fn look(context: &Context, online: bool) -> Vec<Check> {
    let mut checks = settings::look(context, online);
    checks.extend(files::look(&context.config));
    // Without a runtime there is nobody to wait for the service or tmux: that alone is told.
    let asked = run(async {
        let mut checks = online::look(&context.config, online).await;
        checks.extend(terminal::look(&context.config, context.global.read_only).await);
        checks
    });
    match asked {
        Ok(asked) => checks.extend(asked),
        Err(problem) => checks.push(Check::fault("program", Exit::Machine, problem.message)),
    }
    checks
}

/// So many cells a line has at most, where its words allow that.
const WIDTH: usize = 80;
/// How an advice begins that is a line for tmux's settings.
const FOR_TMUX: &str = "-> tmux.conf: ";
/// What stands before the words: how it is, and what it is about.
const INDENT: usize = 26;

fn lines(checks: &[Check]) -> Vec<String> {
    let mut lines = Vec::new();
    for check in checks {
        let mut head = format!("{:<8} {:<16} ", check.status.word(), check.name);
        let advice = check.advice.iter().map(|advice| format!("-> {advice}"));
        for text in [check.found.clone()].into_iter().chain(advice) {
            // A line for a settings file is copied: it stays whole.
            let room = if text.starts_with(FOR_TMUX) { usize::MAX } else { WIDTH - INDENT };
            for line in wrap(&text, room) {
                lines.push(format!("{head:INDENT$}{line}").trim_end().to_string());
                head.clear();
            }
        }
    }
    lines.push(String::new());
    lines.push(sum(checks));
    lines
}

fn sum(checks: &[Check]) -> String {
    let of = |status| checks.iter().filter(|check| check.status == status).count();
    let (faults, warnings, notes) = (of(Status::Fault), of(Status::Warning), of(Status::Note));
    let names: Vec<_> =
        checks.iter().filter(|check| check.status == Status::Fault).map(|check| check.name).collect();
    let told_of = if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) };
    let told = [count_of(faults, "fault") + &told_of, count_of(warnings, "warning"), count_of(notes, "note")];
    format!("{}; {} ok", told.join(", "), of(Status::Ok))
}
