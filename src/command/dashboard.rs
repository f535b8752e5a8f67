//! The dashboard itself: engine and screen side by side.

use std::{cell::RefCell, env, os::unix::process::CommandExt, process::Command, rc::Rc, sync::Arc};

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};

use super::{
    Context, Exit,
    args::Color,
    context::{flags, run, settle},
    demo::Shown,
    logging,
    session::leave,
};
use crate::{
    config::{Config, Sources, kept_key, local_zone, process_env, store_key},
    dashboard::{self, DashboardError, Facts, LogFeed, Model, Why},
    engine::{self, Engine, Setup, Told},
    job::Problem,
    journal::Journal,
};

/// Runs the dashboard on the user's own account.
pub(super) fn dashboard(mut context: Context) -> Exit {
    let outcome = open(&mut context).and_then(|journal| show(&mut context, journal, None));
    settle(outcome, &mut context.output)
}

fn open(context: &mut Context) -> Result<Journal, Problem> {
    check_terminal()?;
    context.ask_for_secrets();
    context.journal_to_show()
}

/// Has log records go to the rotating file, unless nothing may be written, and to the screen.
pub(super) fn keep_log(context: &Context) -> Result<LogFeed, Problem> {
    let (ring, log) = dashboard::log_ring();
    let dir = (!context.global.read_only).then_some(context.config.data_dir.as_path());
    logging::init(dir, Some(ring)).map_err(|error| {
        Problem::new(
            "folder",
            format!("the log in {} cannot be written: {error}", context.config.data_dir.display()),
        )
    })?;
    Ok(log)
}

/// Runs engine and screen until the user leaves; `demo` is what is said of a demo.
pub(super) fn show(context: &mut Context, journal: Journal, demo: Option<Shown>) -> Result<Exit, Problem> {
    let read_only = context.global.read_only;
    let log = keep_log(context)?;
    let ready = dashboard::prepare().map_err(|error| no_terminal(&error))?;
    let setup = Setup { journal, config: context.config.clone(), read_only, told: Told::Windows };
    let Engine { commands, updates, finds } = engine::start(setup)
        .map_err(|error| Problem::new("machine", format!("the engine could not be started: {error}")))?;
    let reload = reload(context, demo.is_some());
    let facts = Facts {
        now: Timestamp::now(),
        tz: local_zone(),
        config: context.config.clone(),
        size: dashboard::terminal_size(),
        ascii: draws_in_ascii(&context.config),
        plain_locale: !locale_is_utf8(),
        color: colors(context.global.color),
        replay: demo.as_ref().and_then(|demo| demo.replay.clone()),
        demo: demo.map(|demo| demo.folder),
        read_only,
        remote: remote(),
        luck: fastrand::u64(..),
        told: told_of_key(&context.config),
    };
    let typed = Rc::new(RefCell::new(None));
    let taken = Rc::clone(&typed);
    let screen = Model::new(facts);
    let wired = dashboard::Setup {
        screen,
        commands: commands.clone(),
        finds,
        updates,
        log,
        notify: context.config.notify.clone(),
        reload,
        use_key: Box::new(move |key, keep| taken.replace(Some((key, keep))).map_or((), drop)),
    };
    let why = dashboard::run(ready, wired);
    let stored = run(leave(&commands))?;
    let why = why.map_err(|error| no_terminal(&error))?;
    if !stored && !why.is_hangup() {
        context
            .output
            .say("a request was under way and its answer did not come: its job will be shown as unsure");
    }
    Ok(match why {
        Why::NewKey => {
            let typed = typed.take();
            return Err(begin_anew(&context.config, typed));
        }
        Why::Quit => Exit::Done,
        Why::Signal(_) | Why::TerminalGone => Exit::Signal(why.exit_code() - 128),
    })
}

/// Says to the program that begins anew what became of the key.
const NEW_KEY: &str = "TAXIWAY_NEW_KEY";

/// What is to be said of the key that was typed before the program began anew.
fn told_of_key(config: &Config) -> Option<String> {
    let tail = config.key.as_ref()?.tail();
    Some(match set(NEW_KEY)?.as_str() {
        "kept" => format!("the key …{tail} is kept for later runs, and used from now on"),
        _ => format!("the key …{tail} is used until Taxiway ends"),
    })
}

/// Starts this program in its own place with the key that was typed, kept before where that is wanted. Returns
/// only where that failed, with why.
///
/// The key goes the way in which it comes from a shell: as a variable, over whatever the config says.
fn begin_anew(config: &Config, typed: Option<(SecretString, bool)>) -> Problem {
    let again = "set COMETAPI_KEY, and start Taxiway again";
    let fault = |message: String| Problem::new("machine", message).hint(again);
    let Some((key, keep)) = typed else { return fault("the key was lost on the way".into()) };
    let file = kept_key(&config.file, &config.profile).filter(|_| keep);
    let kept = file.is_some();
    if let Some(Err(told)) = file.map(|file| store_key(&file, key.expose_secret())) {
        return fault(told);
    }
    let program = match env::current_exe() {
        Ok(program) => program,
        Err(error) => return fault(format!("this program does not find itself: {error}")),
    };
    let mut command = Command::new(program);
    command.args(env::args_os().skip(1)).env("COMETAPI_KEY", key.expose_secret());
    command.env(NEW_KEY, if kept { "kept" } else { "used" });
    fault(format!("this program cannot be started again: {}", command.exec()))
}

/// Reads the config again as it was read at the start.
fn reload(context: &Context, is_demo: bool) -> dashboard::Reload {
    let (config, flags) = (context.config.clone(), flags(&context.global));
    Arc::new(move || {
        let sources = Sources { flags: flags.clone(), env: &process_env };
        if is_demo { config.reload_demo(&sources) } else { config.reload(&sources) }
    })
}

/// Whether there is a terminal to show the dashboard on; asked before anything is started.
pub(super) fn check_terminal() -> Result<(), Problem> {
    dashboard::check_terminal().map_err(|error| no_terminal(&error))
}

fn no_terminal(error: &DashboardError) -> Problem {
    if error.exit_code() != 2 {
        return Problem::new("machine", error.to_string());
    }
    Problem::new("no_terminal", error.to_string())
        .hint("--linear has all of it as numbered questions and plain lines: any terminal will do, or a pipe")
}

/// A variable of the environment that is set and not empty.
pub(super) fn set(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// Who and where we are, as `scp` would name it from where the user sits.
fn remote() -> String {
    let here = || rustix::system::uname().nodename().to_string_lossy().into_owned();
    // The third word is the address by which the user came here.
    let address = set("SSH_CONNECTION").and_then(|words| words.split(' ').nth(2).map(ToString::to_string));
    let host = address
        .map_or_else(here, |address| if address.contains(':') { format!("[{address}]") } else { address });
    set("USER").map_or_else(|| host.clone(), |user| format!("{user}@{host}"))
}

/// Whether a terminal is to have colours.
pub(super) fn colors(when: Color) -> bool {
    match when {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => set("NO_COLOR").is_none(),
    }
}

/// Whether a terminal is to have ASCII signs only: by the flag or the config, else by the locale.
pub(super) fn draws_in_ascii(config: &Config) -> bool {
    config.ui.ascii.unwrap_or_else(|| !locale_is_utf8())
}

/// Whether the locale promises more than ASCII; one that says nothing is a plain C locale.
pub(super) fn locale_is_utf8() -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set).unwrap_or_default().to_lowercase();
    locale.contains("utf-8") || locale.contains("utf8")
}
