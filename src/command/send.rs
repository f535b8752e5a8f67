//! `send`: a held job's consent (again).

use clap::Args;

use super::{
    Context, Exit,
    context::{find_each, run, settle},
    follow::{WaitArgs, carry_out},
    money::{Wish, consent, consent_to_duplicate, must_be_able_to_ask, outlook},
    session::Session,
};
use crate::{
    engine::Command,
    job::{Job, Money, Problem, State},
};

/// Give held jobs their consent (again), and send them
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  taxiway send 12 13 --yes\n  taxiway send 12 --yes --wait --timeout 600")]
pub struct Send {
    /// Numbers, task ids, or the beginnings of some
    #[arg(value_name = "JOB", required = true)]
    pub jobs: Vec<String>,
    /// Spend without asking
    #[arg(long, short = 'y')]
    pub yes: bool,
    /// How long to stay with them.
    #[command(flatten)]
    pub wait: WaitArgs,
}

/// Runs the command.
pub(super) fn send(mut context: Context, args: &Send) -> Exit {
    context.say_warnings();
    let outcome = send_jobs(&mut context, args);
    settle(outcome, &mut context.output)
}

fn send_jobs(context: &mut Context, args: &Send) -> Result<Exit, Problem> {
    let journal = context.journal_to_work_with()?;
    let jobs = run(find_each(&journal, &args.jobs))??;
    if let Some(job) = jobs.iter().find(|job| job.state != State::Held) {
        let told = format!("job {} is {}, not held: only held jobs can be sent", job.id, job.state);
        return Err(Problem::new("not_held", told).hint("`taxiway show` tells more of it"));
    }
    let ids: Vec<_> = jobs.iter().map(|job| job.id).collect();
    let batch = jobs.iter().map(|job| context.config.budget.cost(job.estimate, 1)).sum();
    let outlook = outlook(context, batch, &Wish::Held(&ids));
    if let Some(warning) = outlook.warning {
        context.output.say(&format!("warning: {warning}"));
    }
    must_be_able_to_ask(context, args.yes, outlook.duplicate.as_ref())?;
    let total = total(&jobs);
    consent(context, args.yes, total, &[], &question(&jobs))?;
    let duplicate_ok = consent_to_duplicate(context, args.yes, outlook.duplicate)?;
    let Context { config, output, .. } = context;
    let (wait, patience) = (args.wait.how(config, args.jobs.len() > 1), args.wait.patience());
    run(async {
        let session = Session::start(config, journal, false)?;
        let command = |ticket| Command::Send { ticket, ids, patience, duplicate_ok };
        let exit = carry_out(session, output, command, wait).await?;
        if !args.wait.wait && exit == Exit::Done {
            output.say("`taxiway watch` or the dashboard brings the videos home");
        }
        Ok(exit)
    })?
}

/// Asks for the word to send held jobs.
pub(super) fn question(jobs: &[Job]) -> String {
    let price = total(jobs).map_or_else(|| "price unknown".into(), |total| format!("about ${total}"));
    format!("Send {} ({price})? [y/N] ", super::count_of(jobs.len(), "job"))
}

/// What they cost together, where all prices are known.
fn total(jobs: &[Job]) -> Option<Money> {
    jobs.iter().map(|job| job.estimate).sum()
}
