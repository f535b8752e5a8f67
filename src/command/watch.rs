//! `watch`: the engine without a screen.

use std::collections::HashMap;

use clap::Args;

use super::{
    Context, Exit,
    context::{keep_log, run, settle},
    follow::step_of,
    session::Session,
};
use crate::{
    engine::{Role, Update},
    job::{Job, JobId, JobJson, Problem},
};

/// The engine without a screen: sends, polls and downloads; a line for every change
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  taxiway watch --until-idle")]
pub struct Watch {
    /// End when nothing is left to do
    #[arg(long)]
    pub until_idle: bool,
}

/// Runs the command.
pub(super) fn watch(mut context: Context, args: &Watch) -> Exit {
    context.say_warnings();
    let outcome = watch_jobs(&mut context, args);
    settle(outcome, &mut context.output)
}

fn watch_jobs(context: &mut Context, args: &Watch) -> Result<Exit, Problem> {
    context.check_config()?;
    if !context.global.read_only {
        context.check_key()?;
    }
    let read_only = context.global.read_only;
    let journal = if read_only { context.journal_read_only()? } else { context.journal()? };
    if !read_only {
        keep_log(&context.config.data_dir)?;
    }
    run(async {
        let (mut session, mut signals) = Session::start(&context.config, journal, read_only)?;
        let walked = signals.or(walk(&mut session, context, args.until_idle)).await;
        let hurries = walked.is_err();
        if hurries {
            context.output.say("stopped watching; what was sent goes on at the service");
        }
        let (Ok(exit) | Err(exit)) = walked;
        session.leave(&mut signals, &mut context.output, hurries).await;
        Ok(exit)
    })?
}

async fn walk(session: &mut Session, context: &mut Context, until_idle: bool) -> Exit {
    let mut said: HashMap<JobId, String> = HashMap::new();
    let mut role = Role::Starting;
    let mut paused = None;
    while let Some(update) = session.next().await {
        match update {
            Update::Jobs(jobs) => jobs.iter().for_each(|job| say_change(&mut said, context, job)),
            Update::Status(status) => {
                if status.role != role {
                    role = status.role;
                    say_role(context, role);
                }
                if let Some(problem) = status.paused.as_ref().filter(|_| until_idle) {
                    return context.output.fail(problem);
                }
                if status.paused != paused {
                    context.output.say(&pause_text(status.paused.as_ref()));
                    paused = status.paused;
                }
                if status.idle && until_idle {
                    return Exit::Done;
                }
            }
            _ => {}
        }
    }
    context.output.fail(&Problem::new("machine", "the engine has ended; the log says why"))
}

/// Why nothing is sent and polled, or that it is again.
pub(super) fn pause_text(paused: Option<&Problem>) -> String {
    match paused {
        Some(problem) => {
            format!("paused: {}; asked again each minute while a task is under way", problem.message)
        }
        None => "sending and polling go on".into(),
    }
}

fn say_change(said: &mut HashMap<JobId, String>, context: &mut Context, job: &Job) {
    let step = step_of(job);
    if said.get(&job.id) == Some(&step) {
        return;
    }
    if context.output.is_json() {
        context.output.json(&JobJson::new(job, None));
    } else {
        context.output.line(&step);
    }
    said.insert(job.id, step);
}

fn say_role(context: &mut Context, role: Role) {
    let told = match role {
        Role::Starting => return,
        Role::Owner => "watching: sends, polls and downloads".into(),
        Role::View { owner: Some(pid) } => format!("watching what process {pid} does"),
        Role::View { owner: None } => "watching what another process does".into(),
        Role::ReadOnly => "watching, read-only".into(),
    };
    context.output.say(&told);
}
