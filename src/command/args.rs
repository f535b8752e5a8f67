use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};

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

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// The dashboard on an embedded stand-in service: no key, no network, nothing is spent
    #[command(after_help = "Examples:\n  taxiway demo\n  taxiway demo --linear")]
    Demo(Demo),
    /// The stand-in service alone; its base URL on the first line
    #[command(after_help = "Example:\n  taxiway sim --listen 127.0.0.1:8080\n  \
        COMETAPI_BASE_URL=http://127.0.0.1:8080 COMETAPI_KEY=any taxiway")]
    Sim(Sim),
    /// Send one request, or N variations of it
    #[command(after_help = "Examples:\n  \
        taxiway submit --image https://example.com/cat.jpg --prompt \"yawns\"\n  \
        taxiway submit --image https://example.com/cat.jpg --seed 42 --yes --wait --json")]
    Submit(Submit),
    /// List the jobs of the journal, the newest first
    #[command(after_help = "Example:\n  taxiway list --limit 5")]
    List(List),
    /// Show all about a job
    #[command(after_help = "Example:\n  taxiway show 12 --json")]
    Show(Show),
    /// Give held jobs their consent (again), and send them
    #[command(after_help = "Example:\n  taxiway send 12 13 --yes")]
    Send(Send),
    /// The engine without a screen: sends, polls and downloads; a line for every change
    #[command(after_help = "Example:\n  taxiway watch --until-idle")]
    Watch(Watch),
    /// Fetch the videos of jobs
    #[command(after_help = "Examples:\n  taxiway download 12\n  taxiway download --all")]
    Download(Download),
    /// Take a known task id into the journal, or give it to an unsure job
    #[command(after_help = "Examples:\n  taxiway adopt d0658ae1-bbdd-4adc-aaba-fd8070e14d79\n  \
        taxiway adopt d0658ae1-bbdd-4adc-aaba-fd8070e14d79 --job 12")]
    Adopt(Adopt),
    /// Say that an unsure job never came to be
    #[command(after_help = "Example:\n  taxiway resolve 12 --not-created")]
    Resolve(Resolve),
    /// Look the unsure jobs up in the account's task list
    #[command(after_help = "Example:\n  COMETAPI_ACCESS_TOKEN=… taxiway reconcile")]
    Reconcile,
    /// Check the saved videos: missing or altered ones, and files without a job
    #[command(after_help = "Examples:\n  taxiway verify\n  taxiway verify 12 --json")]
    Verify(Verify),
    /// Look at the config
    #[command(subcommand, after_help = "Example:\n  taxiway config show")]
    Config(ConfigVerb),
    /// Print a page of the manual as Markdown
    #[command(subcommand, hide = true)]
    Docs(DocsVerb),
}

/// `demo`.
#[derive(Debug, Args)]
pub struct Demo {
    /// Ask and tell in plain lines, without a screen: for screen readers and dumb terminals
    #[arg(long)]
    pub linear: bool,
}

/// `sim`.
#[derive(Debug, Args)]
pub struct Sim {
    /// Listen here; loopback only, port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
    /// Play this scenario; `help` lists them
    #[arg(long, value_name = "NAME", default_value = "default")]
    pub scenario: String,
}

/// `submit`. Fields are taken as they are typed, so that our own checks refuse them in our own words.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub struct Submit {
    /// The picture: an https address, or a file of this machine
    #[arg(long, value_name = "URL|FILE", allow_hyphen_values = true)]
    pub image: Option<String>,
    /// What should happen in the video
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub prompt: Option<String>,
    /// The model; the config's default if left out
    #[arg(long, value_name = "NAME", allow_hyphen_values = true)]
    pub model: Option<String>,
    /// The ratio, as 1280:720
    #[arg(long, value_name = "W:H", allow_hyphen_values = true)]
    pub ratio: Option<String>,
    /// The length in seconds
    #[arg(long, value_name = "SECONDS", allow_hyphen_values = true)]
    pub duration: Option<String>,
    /// The seed; random if left out
    #[arg(long, value_name = "NUMBER", allow_hyphen_values = true)]
    pub seed: Option<String>,
    /// Ask for a watermark
    #[arg(long)]
    pub watermark: bool,
    /// Make this many jobs of it, at most 100
    #[arg(long, value_name = "N", default_value = "1", allow_hyphen_values = true)]
    pub count: String,
    /// Spend without asking
    #[arg(long, short = 'y')]
    pub yes: bool,
    /// Show what would be sent, and send nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Wait until the jobs end and their videos are saved
    #[arg(long)]
    pub wait: bool,
    /// Stop waiting after so many seconds; the jobs go on
    #[arg(long, value_name = "SECONDS", requires = "wait")]
    pub timeout: Option<u32>,
}

/// `list`.
#[derive(Debug, Args)]
pub struct List {
    /// At most this many
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub limit: usize,
}

/// `show`.
#[derive(Debug, Args)]
pub struct Show {
    /// Its number, its task id, or the beginning of one
    #[arg(value_name = "JOB")]
    pub job: String,
}

/// `send`.
#[derive(Debug, Args)]
pub struct Send {
    /// Numbers, task ids, or the beginnings of some
    #[arg(value_name = "JOB", required = true)]
    pub jobs: Vec<String>,
    /// Spend without asking
    #[arg(long, short = 'y')]
    pub yes: bool,
}

/// `watch`.
#[derive(Debug, Args)]
pub struct Watch {
    /// End when nothing is left to do
    #[arg(long)]
    pub until_idle: bool,
}

/// `download`.
#[derive(Debug, Args)]
pub struct Download {
    /// Numbers, task ids, or the beginnings of some
    #[arg(value_name = "JOB", required_unless_present = "all", conflicts_with = "all")]
    pub jobs: Vec<String>,
    /// Every video that is not on disk yet
    #[arg(long)]
    pub all: bool,
}

/// `adopt`.
#[derive(Debug, Args)]
pub struct Adopt {
    /// The task, as the service names it
    #[arg(value_name = "TASK_ID")]
    pub task_id: String,
    /// The unsure job that it is, or `new` for none of them; needed while a job is unsure
    #[arg(long, value_name = "JOB")]
    pub job: Option<String>,
    /// Wait until it ends and its video is saved
    #[arg(long)]
    pub wait: bool,
    /// Stop waiting after so many seconds; the job goes on
    #[arg(long, value_name = "SECONDS", requires = "wait")]
    pub timeout: Option<u32>,
}

/// `resolve`.
#[derive(Debug, Args)]
pub struct Resolve {
    /// Its number, its uuid, or the beginning of one
    #[arg(value_name = "JOB")]
    pub job: String,
    /// No task was created: you have looked, and the account does not show it
    #[arg(long, required = true)]
    pub not_created: bool,
}

/// `verify`.
#[derive(Debug, Args)]
pub struct Verify {
    /// Numbers, task ids, or the beginnings of some; without any, all jobs and the download folder
    #[arg(value_name = "JOB")]
    pub jobs: Vec<String>,
}

/// `config`.
#[derive(Clone, Copy, Debug, Subcommand)]
pub enum ConfigVerb {
    /// Print where the config file is looked for
    Path,
    /// Check the config file; ends 2 when something is wrong
    Check,
    /// Print each setting and where it came from
    Show,
}

/// `docs`.
#[derive(Clone, Copy, Debug, Subcommand)]
pub enum DocsVerb {
    /// All settings
    Config,
    /// All keys and commands of the dashboard
    Keys,
}
