use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::{
    adopt, archive, balance, batch, cancel, clone, completions, config, demo, docs, doctor, download, export,
    help, import, list, man, models, report, resolve, send, show, sim, status, submit, tag, verify, wait,
    watch,
};

/// Turn images into videos with Runway tasks through CometAPI: without a command, the dashboard.
#[derive(Debug, Parser)]
#[command(name = "taxiway", version, after_help = help::after(), max_term_width = 100)]
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

/// What stands over the flags that every command takes.
const EVERYWHERE: &str = "Options of every command";

/// The flags that every command takes.
#[derive(Clone, Debug, Default, Args)]
pub struct Global {
    /// Print JSON on standard output
    #[arg(long, global = true, help_heading = EVERYWHERE)]
    pub json: bool,
    /// Use this profile of the config
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "NAME")]
    pub profile: Option<String>,
    /// Use this config file
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Keep journal, log and lock in this folder
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Show and list; send, poll, fetch and write nothing
    #[arg(long, global = true, help_heading = EVERYWHERE)]
    pub read_only: bool,
    /// Draw with ASCII signs only
    #[arg(long, global = true, help_heading = EVERYWHERE)]
    pub ascii: bool,
    /// Use colours: auto, always or never
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "WHEN", value_enum, default_value_t = Color::Auto, hide_possible_values = true)]
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

/// The commands, in the order of the help. The flags of each are put together only when it is called.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
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
