//! No command and no flag without its test.

use std::{fs, path::Path};

use clap::CommandFactory;
use taxiway::command::Cli;

/// Each command, and the files beside this one that prove it: its text, its JSON, its failures. A new command
/// has to be put in here.
const PROVEN: &[(&str, &[&str])] = &[
    ("demo", &["bad_input", "forms_rest", "report"]),
    ("submit", &["submit", "forms", "bad_input"]),
    ("batch", &["batch"]),
    ("list", &["submit", "forms_rest", "bad_machine"]),
    ("show", &["submit", "forms"]),
    ("watch", &["submit", "signals", "watch"]),
    ("send", &["submit", "forms", "bad_machine"]),
    ("download", &["files", "forms"]),
    ("adopt", &["unsure", "forms_unsure"]),
    ("resolve", &["unsure", "forms_unsure"]),
    ("reconcile", &["reconcile", "forms_unsure"]),
    ("verify", &["verify", "forms_rest"]),
    ("config path", &["settings"]),
    ("config check", &["settings"]),
    ("config show", &["settings"]),
    ("doctor", &["doctor"]),
    ("report", &["report"]),
    ("completions", &["completions"]),
    ("man", &["man"]),
    ("sim", &["signals", "forms_rest"]),
    ("help", &["man"]),
    ("clone", &["clone"]),
    ("status", &["status"]),
    ("wait", &["wait"]),
    ("cancel", &["cancel"]),
    ("archive", &["filing"]),
    ("tag", &["filing"]),
    ("export", &["export"]),
    ("import", &["export"]),
    ("models", &["models"]),
    ("balance", &["balance"]),
    ("config init", &["config"]),
    ("config schema", &["config"]),
];

/// Every command that has no commands below it, by its whole name, with its own long flags. What prints pages of
/// the manual for the repository is tested where it is.
fn leaves(command: &clap::Command, above: &str, found: &mut Vec<(String, Vec<String>)>) {
    for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
        let name = format!("{above}{}", below.get_name());
        if below.has_subcommands() && below.get_name() != "help" {
            leaves(below, &format!("{name} "), found);
        } else if above.is_empty() || below.get_name() != "help" {
            let own = below.get_arguments().filter(|argument| !argument.is_global_set());
            let flags = own.filter_map(|argument| argument.get_long()).filter(|flag| *flag != "help");
            found.push((name, flags.map(|flag| format!("--{flag}")).collect()));
        }
    }
}

fn test_file(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/command").join(format!("{name}.rs"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn every_command_and_flag_has_its_test() {
    let mut command = Cli::command();
    command.build();
    let mut all = Vec::new();
    leaves(&command, "", &mut all);
    let mut faults = Vec::new();
    for (name, flags) in &all {
        let Some((_, files)) = PROVEN.iter().find(|(proven, _)| proven == name) else {
            faults.push(format!("`{name}` has no row in PROVEN: which test proves it?"));
            continue;
        };
        let texts: Vec<_> = files.iter().map(|file| test_file(file)).collect();
        let last = name.rsplit(' ').next().unwrap();
        for (file, text) in files.iter().zip(&texts) {
            if !text.contains(&format!("\"{last}\""))
                && !text.contains("GOOD")
                && !text.contains("taxiway demo")
            {
                faults.push(format!("{file}.rs does not run `{name}`"));
            }
        }
        for flag in flags {
            let quoted = [format!("\"{flag}\""), format!("\"{flag}=")];
            if !texts.iter().any(|text| quoted.iter().any(|quoted| text.contains(quoted))) {
                faults.push(format!("no test of `{name}` gives it {flag}"));
            }
        }
    }
    for (name, _) in PROVEN {
        if !all.iter().any(|(known, _)| known == name) {
            faults.push(format!("PROVEN has a row for `{name}`, which is no command"));
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}
