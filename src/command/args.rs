use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::{
    adopt, archive, balance, batch, cancel, clone, completions, config, demo, docs, doctor, download, export,
    import, list, man, models, report, resolve, send, show, sim, status, submit, tag, verify, wait, watch,
};

/// Turn images into videos with Runway tasks through CometAPI: without a command, the dashboard.
#[derive(Debug, Parser)]
#[command(name = "taxiway", version, after_help = AFTER, max_term_width = 100, disable_help_subcommand = true)]
pub struct Cli {
    /// What holds for every command.
    #[command(flatten)]
    pub global: Global,
    /// Ask and tell in plain lines, without a screen: for screen readers and dumb terminals
    #[arg(long)]
    pub linear: bool,
    /// What to do.
    #[command(subcommand)]
    pub verb: Option<Verb>,
}

const AFTER: &str = "\
Examples:
  taxiway demo                        try it: no key, no network, nothing is spent
  COMETAPI_KEY=sk-… taxiway           the dashboard
  taxiway --linear                    the same as questions and plain lines, for screen readers
  taxiway submit --image https://example.com/cat.jpg --prompt \"yawns\" --yes --wait

Environment: COMETAPI_KEY (the API key), COMETAPI_ACCESS_TOKEN (the account token, to find lost tasks), COMETAPI_BASE_URL, TAXIWAY_CONFIG, TAXIWAY_DATA_DIR.
Exit codes: 0 done, 1 a job failed, 2 bad input or config, 3 no key or a wrong one, 4 refused before
spending, 5 unsure, 6 network or service, 7 not found or expired, 8 this machine, 124 the wait ended.";

/// The flags that every command takes.
#[derive(Clone, Debug, Default, Args)]
pub struct Global {
    /// Print JSON on standard output
    #[arg(long, global = true)]
    pub json: bool,
    /// Use this profile of the config
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
    /// Use this config file
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Keep journal, log and lock in this folder
    #[arg(long, global = true, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Show and list; send, poll, fetch and write nothing
    #[arg(long, global = true)]
    pub read_only: bool,
    /// Draw with ASCII signs only
    #[arg(long, global = true)]
    pub ascii: bool,
    /// Use colours
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t = Color::Auto)]
    pub color: Color,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Everywhere.
    Always,
    /// Nowhere.
    Never,
}

/// The commands, in the order of the help.
#[derive(Debug, Subcommand)]
pub enum Verb {
    Demo(demo::Demo),
    Submit(submit::Submit),
    Clone(clone::Clone),
    Batch(batch::BatchArgs),
    List(list::List),
    Show(show::Show),
    Status(status::Status),
    Wait(wait::Wait),
    Watch(watch::Watch),
    Send(send::Send),
    Download(download::Download),
    Cancel(cancel::Cancel),
    Archive(archive::Archive),
    Tag(tag::Tag),
    Adopt(adopt::Adopt),
    Resolve(resolve::Resolve),
    /// Look the unsure jobs up in the account's task list
    #[command(after_help = "Example:\n  COMETAPI_ACCESS_TOKEN=… taxiway reconcile")]
    Reconcile,
    Verify(verify::Verify),
    Export(export::Export),
    Import(import::Import),
    Models(models::Models),
    Balance(balance::Balance),
    Doctor(doctor::Doctor),
    Report(report::Report),
    /// Show, check or begin the config
    #[command(subcommand, after_help = "Examples:\n  taxiway config init\n  taxiway config show")]
    Config(config::ConfigVerb),
    Completions(completions::Completions),
    Man(man::Man),
    Sim(sim::Sim),
    /// Print a page of the manual as Markdown
    #[command(subcommand, hide = true)]
    Docs(docs::DocsVerb),
}
