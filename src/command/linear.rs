//! `--linear`: what the dashboard does as numbered questions, and a plain line for every change. For screen
//! readers, and for terminals that can only print lines; a pipe will do, too.
//!
//! Nothing here moves a cursor, colours or clears: all goes to standard output, line after line.

mod form;
mod input;
mod jobs;
mod money;
mod settle;
mod talk;
mod words;

use std::convert::Infallible;

use super::{
    Context, Exit,
    context::{run, settle as conclude},
    count_of, dashboard,
    demo::Shown,
};
use crate::{
    engine::{Command, Setup, Told},
    job::Problem,
    journal::Journal,
};

use talk::Talk;

/// Runs it on the user's own account.
pub(super) fn linear(mut context: Context) -> Exit {
    context.ask_for_secrets();
    let outcome = context.journal_to_show().and_then(|journal| show(&mut context, journal, None));
    conclude(outcome, &mut context.output)
}

/// Runs engine and conversation until the user leaves; `demo` is what is said of a demo.
pub(super) fn show(context: &mut Context, journal: Journal, demo: Option<Shown>) -> Result<Exit, Problem> {
    let log = dashboard::keep_log(context)?;
    talk::wait_for_terminal();
    let config = context.config.clone();
    let setup = Setup { journal, config, read_only: context.global.read_only, told: Told::All };
    run(async {
        let mut talk = Talk::start(setup, log, demo)?;
        let exit = match talk.greet().await {
            Ok(()) => {
                let Err(exit) = answer_choices(&mut talk).await;
                exit
            }
            Err(exit) => exit,
        };
        talk.leave().await;
        Ok(exit)
    })?
}

/// The choices: their digits, their words, and what they do. The order is the one in which they are told.
const CHOICES: [(&str, &str, &str); 10] = [
    ("1", "new", "new request; new 12 begins with what job 12 asked for"),
    ("2", "list", "list jobs; list state:failed those that pass a filter"),
    ("3", "job", "a job: all about it, and what can be done with it"),
    ("4", "send", "send held jobs"),
    ("5", "download", "download videos"),
    ("6", "archive", "archive jobs, or bring them back"),
    ("7", "settle", "settle an unsure job"),
    ("8", "poll", "poll now: ask the service for news"),
    ("9", "log", "log: what happened, the newest first"),
    ("0", "leave", "leave"),
];

/// Does what is chosen, until the user leaves.
async fn answer_choices(talk: &mut Talk) -> Result<Infallible, Exit> {
    tell_choices(talk);
    loop {
        let line = talk.next_choice("What next? (? tells the choices) ").await?;
        let (choice, rest) = line.split_once(char::is_whitespace).unwrap_or((&line, ""));
        let rest = Some(rest.trim().to_string()).filter(|rest| !rest.is_empty());
        match chosen(&CHOICES, choice) {
            Some("new") => form::new_request(talk, rest).await?,
            Some("list") => jobs::list(talk, rest).await?,
            Some("job") => jobs::one(talk, rest).await?,
            Some("send") => jobs::send(talk, rest).await?,
            Some("download") => jobs::download(talk, rest).await?,
            Some("archive") => jobs::archive(talk, rest).await?,
            Some("settle") => settle::settle(talk, rest).await?,
            Some("poll") => poll(talk).await?,
            Some("log") => jobs::log(talk).await?,
            Some("leave") if talk.leaves().await? => return Err(Exit::Done),
            Some(_) => {}
            None if matches!(choice, "?" | "help") => tell_choices(talk),
            None if matches!(choice, "q" | "quit" | "exit") => {
                if talk.leaves().await? {
                    return Err(Exit::Done);
                }
            }
            None if choice.is_empty() => {}
            None => talk.print(&format!("`{choice}` is none of the choices; ? tells them")),
        }
    }
}

fn tell_choices(talk: &mut Talk) {
    for (digit, _, told) in CHOICES {
        talk.print(&format!("{digit} {told}"));
    }
}

/// The word of the choice that an answer means, by its digit or by the word itself.
fn chosen(choices: &[(&str, &'static str, &str)], answer: &str) -> Option<&'static str> {
    let is_meant = |digit: &str, word: &str| answer == digit || answer.eq_ignore_ascii_case(word);
    choices.iter().find(|(digit, word, _)| is_meant(digit, word)).map(|(_, word, _)| *word)
}

/// Has the service asked about all tasks, and ends a pause.
async fn poll(talk: &mut Talk) -> Result<(), Exit> {
    let (tasks, paused) = (talk.session.status.tracked, talk.session.status.paused.is_some());
    let told = match talk.blocked() {
        Some(reason) => reason,
        None if tasks > 0 => format!("asking the service about {}", count_of(tasks, "task")),
        None if paused => "sending is allowed again: the next request tells whether it is taken".into(),
        None => "no task is under way: there is nothing to ask the service about".into(),
    };
    if talk.blocked().is_none() {
        talk.give(Command::PollNow(Vec::new())).await?;
    }
    talk.print(&told);
    Ok(())
}
