//! Measures Taxiway, or any program in a terminal, from the outside: start, keys, stillness, memory, the end.

mod keys;
mod modes;
mod options;
mod phases;
mod report;
mod service;
mod session;
mod usage;

#[path = "../../benches/common/known.rs"]
mod known;

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Parser;

use options::Options;
use report::Measured;
use session::{Failed, Program};

fn main() -> ExitCode {
    let options = Options::parse();
    let told = if cfg!(target_os = "linux") {
        measure(&options)
    } else {
        Err("it measures on Linux only: what a program uses is read from /proc".into())
    };
    let mut errors = std::io::stderr();
    match told.and_then(|text| Ok(std::io::stdout().write_all(text.as_bytes())?)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Where this cannot be told nothing can.
            let _ = writeln!(errors, "measure: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(options: &Options) -> Result<String, Failed> {
    for keys in [&options.setup, &options.keys, &options.scroll, &options.paste_setup, &options.quit] {
        keys::parse(keys)?;
    }
    let home = tempfile::tempdir()?;
    let data = home.path().join("data");
    if let Some(from) = &options.data_dir {
        if !from.join("journal.db").is_file() {
            return Err(format!("{} holds no journal: `--example fill` makes one", from.display()).into());
        }
        must_be_closed(from)?;
        copy_journal(from, &data)?;
    }
    let config = home.path().join("config/taxiway");
    fs::create_dir_all(&config)?;
    fs::write(config.join("config.toml"), config_text(options)?)?;
    if options.serve.is_some() {
        service::serve(known::SERVICE)?;
    }
    let mut all = Vec::new();
    for (number, argv) in commands(options)?.into_iter().enumerate() {
        let (columns, rows) = options.size;
        let name = Path::new(argv.first().map_or("", |word| word)).file_name();
        let name = name.map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let name = if number > 1 { format!("{name} {number}") } else { name };
        let environment = environment(home.path(), &data, options);
        let program = Program { argv, environment, folder: home.path().into(), columns, rows };
        all.push(Measured { name, program, rounds: Vec::new() });
    }
    rounds(&mut all, home.path(), options)?;
    if options.json { report::json(&all) } else { Ok(report::table(&all)) }
}

/// Turn by turn; the order turns, too, so that no program always runs after the same other.
fn rounds(all: &mut [Measured], home: &Path, options: &Options) -> Result<(), Failed> {
    let (data, first) = (home.join("data"), home.join("first"));
    let none = String::new;
    let only_start =
        Options { still: None, paste: None, signals: false, keys: none(), scroll: none(), ..options.clone() };
    for (number, measured) in all.iter().enumerate() {
        phases::round(&measured.program, &of(number, &only_start))
            .map_err(|error| named(measured, &error))?;
    }
    // From here on the schema is up to date, and no round finds what another has typed.
    must_be_closed(&data)?;
    fs::rename(&data, &first)?;
    let count = all.len();
    for round in 0..usize::try_from(options.rounds)? {
        for turn in 0..count {
            copy_journal(&first, &data)?;
            let number = (round + turn) % count;
            let Some(measured) = all.get_mut(number) else { continue };
            if count > 1 || options.rounds > 1 {
                writeln!(std::io::stderr(), "round {} of {}: {}", round + 1, options.rounds, measured.name)?;
            }
            let mut figures = phases::round(&measured.program, &of(number, options))
                .map_err(|error| named(measured, &error))?;
            if let Some(size) = measured.program.argv.first().and_then(|path| fs::metadata(path).ok()) {
                figures.insert("binary", size.len() as f64 / 1_024.0);
            }
            measured.rounds.push(figures);
        }
    }
    Ok(())
}

/// What is asked of the program with this number: the others only stand beside the first, whose screen they do
/// not have.
fn of(number: usize, options: &Options) -> Options {
    let mut own = options.clone();
    if number > 0 {
        own.ready_text = None;
        own.setup.clear();
        own.paste = None;
        own.quit = own.quit.rsplit(',').next().unwrap_or_default().to_owned();
    }
    own
}

fn named(measured: &Measured, error: &Failed) -> Failed {
    format!("{}: {error}", measured.name).into()
}

fn commands(options: &Options) -> Result<Vec<Vec<String>>, Failed> {
    let first = match &options.program {
        Some(command) => words(command)?,
        None => vec![beside()?.to_string_lossy().into_owned()],
    };
    let mut all = vec![first];
    for command in &options.against {
        all.push(words(command)?);
    }
    Ok(all)
}

/// The words of a command, the first as an absolute path.
fn words(command: &str) -> Result<Vec<String>, Failed> {
    let mut words = shell_words::split(command)?;
    let first = words.first_mut().ok_or("a command has at least one word")?;
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let found = if first.contains('/') {
        std::path::absolute(&*first).ok()
    } else {
        std::env::split_paths(&folders).map(|folder| folder.join(&*first)).find(|path| path.is_file())
    };
    let path = found.filter(|path| path.is_file()).ok_or_else(|| format!("there is no program `{first}`"))?;
    *first = path.to_string_lossy().into_owned();
    Ok(words)
}

/// Examples lie in a folder of their own within that of the program.
fn beside() -> Result<PathBuf, Failed> {
    let own = std::env::current_exe()?;
    let found = own.ancestors().skip(2).map(|folder| folder.join("taxiway")).find(|path| path.is_file());
    Ok(found
        .ok_or("the program is not built: `cargo build --release` builds it, or name one with --program")?)
}

/// A journal with a log beside it is open, or was not closed: a copy would lack what stands in the log.
fn must_be_closed(folder: &Path) -> Result<(), Failed> {
    if fs::metadata(folder.join("journal.db-wal")).is_ok_and(|log| log.len() > 0) {
        return Err(format!("a Taxiway has the journal in {} open: leave it first", folder.display()).into());
    }
    Ok(())
}

/// Puts the journal of a folder, where it has one, into another one, which has nothing else then.
fn copy_journal(from: &Path, to: &Path) -> Result<(), Failed> {
    if to.exists() {
        fs::remove_dir_all(to)?;
    }
    fs::create_dir_all(to)?;
    if from.join("journal.db").is_file() {
        fs::copy(from.join("journal.db"), to.join("journal.db"))?;
    }
    Ok(())
}

fn config_text(options: &Options) -> Result<String, Failed> {
    let own = match &options.config {
        Some(path) => fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?,
        None => String::new(),
    };
    match options.serve {
        Some(_) if own.contains("[poll]") => {
            Err("--serve sets [poll] itself: leave it out of the config".into())
        }
        Some(rate) => {
            Ok(format!("{own}\n[poll]\ninterval = \"1s\"\njitter = \"0s\"\nrequests_per_second = {rate}\n"))
        }
        None => Ok(own),
    }
}

/// All that the programs get of an environment.
fn environment(home: &Path, data: &Path, options: &Options) -> Vec<(String, String)> {
    let home = home.to_string_lossy();
    let own = [
        ("HOME", home.to_string()),
        ("XDG_CONFIG_HOME", format!("{home}/config")),
        ("XDG_DATA_HOME", format!("{home}/share")),
        ("XDG_STATE_HOME", format!("{home}/state")),
        ("TAXIWAY_DATA_DIR", data.to_string_lossy().into_owned()),
        ("COMETAPI_KEY", known::KEY.into()),
        ("COMETAPI_BASE_URL", known::SERVICE.into()),
        ("TMPDIR", home.to_string()),
        ("PATH", std::env::var("PATH").unwrap_or_default()),
        ("TERM", "xterm-256color".into()),
        ("COLORTERM", "truecolor".into()),
        ("LANG", "C.UTF-8".into()),
    ];
    let own = own.map(|(name, value)| (name.to_owned(), value));
    own.into_iter().chain(options.env.iter().cloned()).collect()
}
