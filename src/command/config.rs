//! `config`: where the settings are, whether they are right, what they are; a new file, and the schema of one.

mod init;

use clap::Subcommand;

use super::{Context, Exit, count_of};
use crate::{
    config::{Setting, schema},
    dashboard::key_faults,
    job::Problem,
};

use init::Init;

/// `config`.
#[derive(Clone, Debug, Subcommand)]
pub enum ConfigVerb {
    /// Print where the config file is looked for
    #[command(after_help = "Example:\n  $EDITOR \"$(taxiway config path)\"")]
    Path,
    /// Check the config file; ends 2 when something is wrong
    #[command(
        after_help = "Only the file and the variables are looked at: no key is asked for, nobody is called.\n\n\
                            Example:\n  taxiway config check"
    )]
    Check,
    /// Print each setting and where it came from
    #[command(
        after_help = "Of a key only the last four characters are shown. A program that tells the key is not run \
                      for this.\n\nExamples:\n  taxiway config show\n  taxiway config show --profile work --json"
    )]
    Show,
    Init(Init),
    /// Print a JSON schema of the config file, for editors
    #[command(
        after_help = "An editor that knows TOML and JSON schemas (taplo, Even Better TOML) completes and checks the \
                      file with it: put the line\n  #:schema ./config.schema.json\nat its top.\n\n\
                      Example:\n  taxiway config schema > ~/.config/taxiway/config.schema.json"
    )]
    Schema,
}

/// Runs the command.
pub(super) fn config(mut context: Context, verb: ConfigVerb) -> Exit {
    match verb {
        ConfigVerb::Path => path(&mut context),
        ConfigVerb::Check => return check(&mut context),
        ConfigVerb::Show => show(&mut context),
        ConfigVerb::Init(args) => return init::init(context, &args),
        ConfigVerb::Schema => print_schema(&mut context),
    }
    context.output.ended(Exit::Done)
}

fn path(context: &mut Context) {
    let file = context.config.file.display().to_string();
    if context.output.is_json() {
        context.output.json(&serde_json::json!({ "path": file }));
    } else {
        context.output.line(&file);
    }
}

fn check(context: &mut Context) -> Exit {
    let Context { config, output, .. } = context;
    let texts = |faults: &[crate::config::Fault]| faults.iter().map(ToString::to_string).collect::<Vec<_>>();
    let (faults, mut warnings) = (texts(&config.faults), texts(&config.warnings));
    let of_file = |fault| format!("{}: {fault}", config.file.display());
    warnings.extend(key_faults(&config.keys).into_iter().map(of_file));
    if output.is_json() {
        output.json(&serde_json::json!({ "file": config.file, "faults": faults, "warnings": warnings }));
    } else {
        for warning in &warnings {
            output.say(&format!("warning: {warning}"));
        }
        for fault in &faults {
            output.say(&format!("error: {fault}"));
        }
        let file = config.file.display();
        match (faults.is_empty(), warnings.len()) {
            (false, _) => {}
            (true, 0) if !config.file.exists() => {
                output.line(&format!("{file}: there is none, the defaults hold"));
            }
            (true, 0) => output.line(&format!("{file}: fine")),
            (true, count) => output.line(&format!("{file}: usable, with {}", count_of(count, "warning"))),
        }
    }
    if faults.is_empty() { Exit::Done } else { Exit::of_problem(&Problem::new("bad_config", "")) }
}

fn show(context: &mut Context) {
    let settings = context.config.settings.clone();
    if context.output.is_json() {
        let told =
            |s: Setting| (s.name, serde_json::json!({ "value": s.value, "origin": s.origin.to_string() }));
        let values: serde_json::Map<_, _> = settings.into_iter().map(told).collect();
        context.output.json(&values);
    } else {
        for Setting { name, value, origin } in settings {
            context.output.line(&format!("{name:<34}  {value:<34}  {origin}"));
        }
    }
}

/// On one line with `--json`, as all JSON is; else for people to read.
fn print_schema(context: &mut Context) {
    let schema = schema();
    if context.output.is_json() {
        context.output.json(&schema);
    } else {
        context.output.line(&format!("{schema:#}"));
    }
}
