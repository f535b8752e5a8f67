//! The command line: a verb to a file.
//!
//! This room puts the others together: settings, journal, engine, screen. It speaks on the two
//! standard streams and ends the program with the promised numbers. It draws nothing.

mod adopt;
mod archive;
mod args;
mod balance;
mod batch;
mod cancel;
mod clone;
mod completing;
mod completions;
mod config;
mod context;
mod dashboard;
mod demo;
mod docs;
mod doctor;
mod download;
mod exit;
mod export;
mod follow;
mod help;
mod import;
mod linear;
mod list;
mod logging;
mod man;
mod misuse;
mod models;
mod money;
mod output;
mod plain;
mod progress;
mod reconcile;
mod report;
mod request_args;
mod resolve;
mod send;
mod session;
mod show;
mod sim;
mod status;
mod submit;
mod tag;
mod verify;
mod wait;
mod watch;

use clap::{CommandFactory, FromArgMatches};

pub use args::Cli;
pub use exit::Exit;
pub use output::Output;

use args::Verb;
use context::Context;
use misuse::{misused, only_for_the_dashboard};

/// Runs the program as the command line says, and tells how it ends.
pub fn main() -> Exit {
    if let Some(exit) = completing::answer() {
        return exit;
    }
    // The command line with its help is put together only for who misuses it or asks.
    let given = Cli::command().try_get_matches().or_else(|_| help::command().try_get_matches());
    let cli = match given.and_then(|given| Cli::from_arg_matches(&given)) {
        Ok(cli) => cli,
        Err(error) => return misused(&error),
    };
    let Some(verb) = cli.verb else {
        let show = if cli.linear { linear::linear } else { dashboard::dashboard };
        return show(Context::of_process(cli.global));
    };
    match verb {
        Verb::Demo(args) => demo::demo(cli.global, &args, cli.linear),
        _ if cli.linear => misused(&only_for_the_dashboard()),
        Verb::Submit(args) => submit::submit(Context::of_process(cli.global), &args),
        Verb::Clone(args) => clone::clone(Context::of_process(cli.global), &args),
        Verb::Batch(args) => batch::batch(Context::of_process(cli.global), &args),
        Verb::List(args) => list::list(Context::of_process(cli.global), &args),
        Verb::Show(args) => show::show(Context::of_process(cli.global), &args),
        Verb::Status(args) => status::status(Context::of_process(cli.global), &args),
        Verb::Wait(args) => wait::wait(Context::of_process(cli.global), &args),
        Verb::Watch(args) => watch::watch(Context::of_process(cli.global), &args),
        Verb::Send(args) => send::send(Context::of_process(cli.global), &args),
        Verb::Download(args) => download::download(Context::of_process(cli.global), &args),
        Verb::Cancel(args) => cancel::cancel(Context::of_process(cli.global), &args),
        Verb::Archive(args) => archive::archive(Context::of_process(cli.global), &args),
        Verb::Tag(args) => tag::tag(Context::of_process(cli.global), &args),
        Verb::Adopt(args) => adopt::adopt(Context::of_process(cli.global), &args),
        Verb::Resolve(args) => resolve::resolve(Context::of_process(cli.global), &args),
        Verb::Reconcile => reconcile::reconcile(Context::of_process(cli.global)),
        Verb::Verify(args) => verify::verify(Context::of_process(cli.global), &args),
        Verb::Export(args) => export::export(Context::of_process(cli.global), &args),
        Verb::Import(args) => import::import(Context::of_process(cli.global), &args),
        Verb::Models(args) => models::models(Context::of_process(cli.global), &args),
        Verb::Balance(args) => balance::balance(Context::of_process(cli.global), &args),
        Verb::Doctor(args) => doctor::doctor(Context::of_process(cli.global), &args),
        Verb::Report(args) => report::report(Context::of_process(cli.global), &args),
        Verb::Config(verb) => config::config(Context::of_process(cli.global), verb),
        Verb::Completions(args) => completions::completions(Context::of_process(cli.global), &args),
        Verb::Man(args) => man::man(Context::of_process(cli.global), &args),
        Verb::Sim(args) => sim::sim(Context::of_process(cli.global), &args),
        Verb::Docs(verb) => docs::docs(Output::of_process(cli.global.json), verb),
    }
}

/// `1 job`, `2 jobs`.
fn count_of(count: usize, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{count} {thing}s") }
}
