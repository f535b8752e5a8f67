//! What is to be measured, from the command line.

use std::path::PathBuf;

use clap::Parser;

/// Measure a terminal program from the outside, as a person and the machine feel it
#[derive(Clone, Debug, Parser)]
#[command(
    name = "measure",
    after_help = "\
Examples:
  cargo build --release
  cargo run --release --example fill -- /tmp/100k 100000
  cargo run --release --example measure -- --data-dir /tmp/100k --ready-text ▶ --keys j,k --still 60 --signals
  cargo run --release --example measure -- --data-dir /tmp/100k --ready-text ▶ --keys j,k --rounds 5 \
    --against 'less README.md'
  cargo run --release --example measure -- --data-dir /tmp/100k --ready-text ▶ --setup 1,tab --paste 20000 --quit esc,q

The program runs in a terminal that this one is the other end of. Each round starts it anew and does, in this
order: start, --setup, --still, --keys, --scroll, --paste, memory, --quit; with --signals it is started twice
more, for SIGTERM and for SIGHUP. One start before the first round is not counted. Several programs take turns;
of those that are measured against, --ready-text, --setup and --paste are not asked, and of --quit the last key.

A key's time is from its write to the first output after which a cell of the emulated screen looks different;
where news streams in, that may be the news. CPU time and wake-ups (voluntary context switches) are of the
program and all its descendants; `cpu net` is what is left of a key's CPU time when that of the still screen is
taken off. Bytes, counts and CPU time are steady; times are as noisy as the machine, and hold the terminal and
this program, too: compare them with another program's in the same run, and believe factors of two.

Each round has a copy of the data folder of its own. The program gets an environment of its own: an empty home,
a key that is none, and a service on this machine, at which nobody answers unless --serve is given. Linux only."
)]
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub struct Options {
    /// Run Taxiway on a copy of this data folder; without it, on an empty one
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// The program and its arguments; without it, the taxiway that was built beside this
    #[arg(long, value_name = "COMMAND")]
    pub program: Option<String>,
    /// Measure this one, too, turn by turn, and tell the ratios to it; may be given again
    #[arg(long, value_name = "COMMAND")]
    pub against: Vec<String>,
    /// How often
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub rounds: u32,
    /// The terminal's columns and rows
    #[arg(long, value_name = "COLUMNSxROWS", default_value = "120x40", value_parser = size)]
    pub size: (u16, u16),
    /// A variable for the programs; may be given again
    #[arg(long, value_name = "NAME=VALUE", value_parser = variable)]
    pub env: Vec<(String, String)>,
    /// A config file for Taxiway
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Answer its polls, of which it may send so many a second: every live task runs, and has news each time
    #[arg(long, value_name = "POLLS", value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub serve: Option<u32>,
    /// Ready when this stands on the screen; without it, when the screen is not blank and stays 50 ms as it is
    #[arg(long, value_name = "TEXT")]
    pub ready_text: Option<String>,
    /// Keys to press once it is ready, as `esc,2,text:hello,wait:300,down*5`
    #[arg(long, value_name = "KEYS", default_value = "")]
    pub setup: String,
    /// Watch it for so long without a key
    #[arg(long, value_name = "SECONDS")]
    pub still: Option<u32>,
    /// Wait so long before that
    #[arg(long, value_name = "SECONDS", default_value_t = 3)]
    pub settle: u32,
    /// Keys to time, over and over, as `j,k`
    #[arg(long, value_name = "KEYS", default_value = "")]
    pub keys: String,
    /// How many of them
    #[arg(long, value_name = "COUNT", default_value_t = 200)]
    pub key_count: usize,
    /// A key that scrolls: pressed until the selection is at the window's end, then timed as often as the others
    #[arg(long, value_name = "KEY", default_value = "")]
    pub scroll: String,
    /// Paste so many characters
    #[arg(long, value_name = "CHARACTERS")]
    pub paste: Option<usize>,
    /// Keys to press before the paste
    #[arg(long, value_name = "KEYS", default_value = "")]
    pub paste_setup: String,
    /// Keys that leave the program; the last is timed
    #[arg(long, value_name = "KEYS", default_value = "q")]
    pub quit: String,
    /// See what SIGTERM and SIGHUP do
    #[arg(long)]
    pub signals: bool,
    /// Tell every round's figures as JSON
    #[arg(long)]
    pub json: bool,
    /// Tell on standard error what stands on the screen after each phase
    #[arg(long)]
    pub show_screen: bool,
}

fn size(text: &str) -> Result<(u16, u16), String> {
    let wrong = || format!("`{text}` is no size such as 120x40");
    let (columns, rows) = text.split_once('x').ok_or_else(wrong)?;
    let number = |text: &str| text.parse().ok().filter(|number| *number > 0).ok_or_else(wrong);
    Ok((number(columns)?, number(rows)?))
}

fn variable(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or_else(|| format!("`{text}` is not NAME=VALUE"))?;
    Ok((name.into(), value.into()))
}
