//! `sim`: the stand-in service alone.

use std::{io, net::SocketAddr};

use clap::Args;

use super::{
    Context, Exit, Output,
    context::{run, settle},
    session::unless_signalled,
};
use crate::{
    job::{Problem, nearest},
    stand_in::{Options, Scenario, Service},
};

/// The stand-in service alone; its base URL on the first line
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  taxiway sim --listen 127.0.0.1:8080\n  COMETAPI_BASE_URL=http://127.0.0.1:8080 COMETAPI_KEY=any taxiway"
)]
pub struct Sim {
    /// Listen here; loopback only, port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
    /// Play this scenario; `help` lists them
    #[arg(long, value_name = "NAME", default_value = "default")]
    pub scenario: String,
}

/// Runs the command until a signal ends it.
pub(super) fn sim(mut context: Context, args: &Sim) -> Exit {
    let outcome = serve(&mut context, args);
    settle(outcome, &mut context.output)
}

fn serve(context: &mut Context, args: &Sim) -> Result<Exit, Problem> {
    let output = &mut context.output;
    if args.scenario == "help" {
        tell_scenarios(output);
        return Ok(Exit::Done);
    }
    let scenario = args.scenario.parse().map_err(|_| no_scenario(&args.scenario))?;
    let options = Options { listen: args.listen, scenario };
    run(async {
        let service = Service::start(options).await.map_err(|error| refused(args, &error))?;
        // Who has read the address may end us: signals are heard before it is told.
        let serve = async {
            if output.is_json() {
                output.json(&serde_json::json!({ "base_url": service.base_url() }));
            } else {
                output.line(&service.base_url());
            }
            output.say("a stand-in for the service: nothing is spent. In another pane:");
            output.say(&format!(
                "  COMETAPI_BASE_URL={} COMETAPI_KEY=any TAXIWAY_DATA_DIR=/tmp/taxiway-sim taxiway",
                service.base_url()
            ));
            std::future::pending::<()>().await;
        };
        let signal = unless_signalled(serve).await;
        service.stop().await;
        Ok(signal.err().unwrap_or(Exit::Done))
    })?
}

fn tell_scenarios(output: &mut Output) {
    let all = Scenario::all().iter();
    if output.is_json() {
        let told = |scenario: &Scenario| serde_json::json!({ "name": scenario.name(), "about": scenario.describe() });
        output.json(&all.map(told).collect::<Vec<_>>());
    } else {
        all.for_each(|scenario| output.line(&format!("{:<20}{}", scenario.name(), scenario.describe())));
    }
}

fn no_scenario(name: &str) -> Problem {
    let list = "`taxiway sim --scenario help` lists them all";
    let hint = match nearest(name, Scenario::all().iter().map(|scenario| scenario.name())) {
        Some(near) => format!("did you mean `{near}`? {list}"),
        None => list.into(),
    };
    Problem::new("bad_input", format!("scenario: no scenario is called '{name}'")).hint(hint)
}

fn refused(args: &Sim, error: &io::Error) -> Problem {
    let code = if error.kind() == io::ErrorKind::InvalidInput { "bad_input" } else { "machine" };
    Problem::new(code, format!("cannot listen on {}: {error}", args.listen))
}
