//! `models`: the known models with their limits and prices, beside the list of the service.

mod rows;
mod show;

use clap::Args;
use jiff::Timestamp;
use tokio::join;

use super::{
    Context, Exit,
    context::{run, settle},
};
use crate::{
    comet::{self, Client, Listed, Settings},
    config::local_zone,
    job::Problem,
};

use rows::Rows;

/// The known models with their limits and prices, beside the list of the service
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub struct Models {
    /// Ask nobody: only what the config and the program know
    #[arg(long)]
    pub offline: bool,
}

const AFTER: &str = "\
The table is what the form and `submit` check requests by, and what estimates are made of; [models.\"NAME\"] in
the config changes it. A model that is not in it can be sent all the same. Beside it stands what the service
lists for your key, and the prices of its public list; a Runway model may be there under its own name or by the
name of the endpoint. Without a key or network the table is shown alone, and the exit code says why.

Examples:
  taxiway models
  taxiway models --offline
  taxiway models --json | jq '.models[] | select(.retired == null) | .name'";

/// What became of asking for one of the service's lists.
pub(super) enum Asked {
    Not,
    Failed(Problem),
    Read(Vec<Listed>),
}

impl Asked {
    fn new(outcome: Result<Vec<Listed>, Problem>) -> Self {
        match outcome {
            Ok(list) => Self::Read(list),
            Err(problem) => Self::Failed(show::with_hint(problem)),
        }
    }

    fn list(&self) -> Option<&[Listed]> {
        match self {
            Self::Read(list) => Some(list),
            _ => None,
        }
    }

    const fn word(&self) -> &'static str {
        match self {
            Self::Not => "not_asked",
            Self::Failed(_) => "failed",
            Self::Read(_) => "read",
        }
    }
}

/// Runs the command.
pub(super) fn models(mut context: Context, args: &Models) -> Exit {
    context.say_warnings();
    let outcome = show_models(&mut context, args);
    settle(outcome, &mut context.output)
}

fn show_models(context: &mut Context, args: &Models) -> Result<Exit, Problem> {
    context.check_config()?;
    let offline = args.offline || context.global.read_only;
    let (own, public) = if offline { (Asked::Not, Asked::Not) } else { ask(context)? };
    let today = Timestamp::now().to_zoned(local_zone()).date().to_string();
    let rows = Rows::new(&context.config.models, own.list(), public.list(), &today);
    // What the key may use is the service's list; the public one adds prices, and not every service has it.
    let error = match &own {
        Asked::Failed(problem) => Some(problem),
        _ => None,
    };
    let exit = error.map_or(Exit::Done, Exit::of_problem);
    if context.output.is_json() {
        context.output.json(&show::in_json(&context.config.service, &rows, &own, &public, error));
    } else {
        show::tell(&mut context.output, &rows);
    }
    show::say_missing(&mut context.output, offline.then_some(context.global.read_only), &own, &public);
    Ok(exit)
}

/// Both lists, asked for at once.
fn ask(context: &mut Context) -> Result<(Asked, Asked), Problem> {
    let no_key = context.ask_for_key().err();
    let no_key = no_key.unwrap_or_else(|| {
        Problem::new("no_key", "there is no API key").hint("export COMETAPI_KEY=…, or say --offline")
    });
    let client = Settings::of(&context.config).map(Client::new).transpose()?;
    let public = Settings::without_key(&context.config);
    run(async {
        let own = async {
            match &client {
                Some(client) => client.models().await,
                None => Err(no_key),
            }
        };
        let (own, public) = join!(own, comet::catalog(&public));
        (Asked::new(own), Asked::new(public))
    })
}
