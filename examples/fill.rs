//! Fills a journal with believable jobs, so that a Taxiway with years of work behind it can be measured.

use std::{error::Error, io::Write, path::PathBuf, time::Instant};

use clap::Parser;
use jiff::Timestamp;
use taxiway::journal::Journal;

#[path = "../benches/common/fill.rs"]
mod fill;

/// Fill a journal with believable jobs, to measure with
#[derive(Parser)]
#[command(after_help = "\
Examples:
  cargo run --release --example fill -- /tmp/taxiway-100k 100000 --live 1000
  cargo run --release --example measure -- --data-dir /tmp/taxiway-100k --keys j,k --still 60

The jobs are spread over the year that ends today, with all that a journal holds of them: states, prompts,
prices, tags, sweeps, clones, failures, saved files, dead links, timelines and the last reply of each. The same
seed at the same second tells the same jobs. Their key is none, and the place where they were made is on this
machine, so nothing can be sent or paid for by them; their videos are not there.")]
struct Arguments {
    /// The data folder; it must hold no journal yet
    #[arg(value_name = "DATA_DIR")]
    data_dir: PathBuf,
    /// How many jobs
    #[arg(value_name = "JOBS", value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    jobs: u32,
    /// So many of them have a task that is queued or runs
    #[arg(long, value_name = "JOBS", default_value_t = 0)]
    live: u32,
    /// What chance begins with
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The moment at which the year ends, as 2026-05-01T12:00:00Z; without it, now
    #[arg(long, value_name = "MOMENT")]
    now: Option<Timestamp>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let Arguments { data_dir, jobs, live, seed, now } = &arguments;
    if live > jobs {
        return Err(format!("of {jobs} jobs {live} cannot be live").into());
    }
    if data_dir.join("journal.db").exists() {
        let told = format!(
            "{} holds a journal already, and is left as it is: name a folder that does not",
            data_dir.display()
        );
        return Err(told.into());
    }
    let filling = fill::Filling {
        jobs: usize::try_from(*jobs)?,
        live: usize::try_from(*live)?,
        seed: *seed,
        now: now.unwrap_or_else(Timestamp::now),
    };
    let begun = Instant::now();
    let journal = Journal::open(data_dir)?;
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let mut out = std::io::stderr();
    runtime.block_on(fill::fill(&journal, filling, |done| {
        // A line that cannot be shown is no reason to stop.
        let _ = write!(out, "\r{done} of {jobs} jobs");
    }))?;
    drop(journal);
    writeln!(out, " in {:.1} s", begun.elapsed().as_secs_f64())?;
    writeln!(out, "to look at them, with a key that is none, at a service that is not there:")?;
    let (key, service, dir) = (fill::known::KEY, fill::known::SERVICE, data_dir.display());
    writeln!(out, "  COMETAPI_KEY={key} COMETAPI_BASE_URL={service} TAXIWAY_DATA_DIR={dir} taxiway")?;
    Ok(())
}
