//! `config init`: a config file that sets nothing and explains all.

use std::io;

use clap::Args;

use crate::{
    command::{Context, Exit, context::settle},
    config::write_new_config,
    job::Problem,
};

/// Write a config file with every setting explained, each of them a comment
#[derive(Clone, Debug, Args)]
#[command(after_help = AFTER)]
pub struct Init {
    /// Where there is one already, keep it as FILE.bak and write a new one
    #[arg(long)]
    pub force: bool,
}

const AFTER: &str = "\
The new file changes nothing: take the # before a setting away to set it. It goes to where `taxiway config path`
says, or to --config FILE, for you alone to read (0600).

Examples:
  taxiway config init
  taxiway config init --config ./taxiway.toml";

/// Runs the command. What is wrong with the config that is there is no hindrance.
pub(super) fn init(mut context: Context, args: &Init) -> Exit {
    let outcome = write(&mut context, args);
    settle(outcome, &mut context.output)
}

fn write(context: &mut Context, args: &Init) -> Result<Exit, Problem> {
    if context.global.read_only {
        return Err(Problem::new("read_only", "read-only: no config file is written"));
    }
    let file = &context.config.file;
    let kept = write_new_config(file, args.force).map_err(|error| {
        let path = file.display();
        if error.kind() == io::ErrorKind::AlreadyExists && !args.force {
            return Problem::new(
                "bad_input",
                format!("there is a config file already, which was left as it is: {path}"),
            )
            .hint(
                "--force keeps it beside the new one, as FILE.bak; `taxiway config show` tells what it sets",
            );
        }
        Problem::new("machine", format!("{path} could not be written: {error}"))
            .hint("no config file was changed")
    })?;
    let path = file.display().to_string();
    let kept = kept.map(|kept| kept.display().to_string());
    if context.output.is_json() {
        context.output.json(&serde_json::json!({ "path": path, "kept": kept }));
    } else {
        context.output.line(&path);
    }
    if let Some(kept) = kept {
        context.output.say(&format!("the old one is kept as {kept}"));
    }
    context.output.say("every setting in it is a comment: take the # before one away to set it");
    Ok(Exit::Done)
}
