//! Secrets that programs tell, and certificates of the user's own.

use std::{fs, os::unix::fs::symlink};

use taxiway::config::{Config, Origin};

use crate::{
    KEY, Machine, key_of,
    keys::{TOKEN, mode_of, token_of},
};

/// A program that tells the key and leaves a mark whenever it is run. It is the shell under another name: a
/// file that was just written may still be open in a child that another test starts, and could not be run.
fn machine(more: &str) -> Machine {
    let machine = Machine::new();
    let (mark, script) = (machine.path("runs"), machine.path("script").display().to_string());
    let machine =
        machine.file("script", &format!("echo run >> {}\necho {KEY}\necho user: me\n", mark.display()));
    symlink("/bin/sh", machine.path("tell")).unwrap();
    machine.config(&format!("[profiles.default]\nkey_command = [\"~/tell\", \"{script}\"]\n{more}"))
}

fn runs(machine: &Machine) -> usize {
    fs::read_to_string(machine.path("runs")).unwrap_or_default().lines().count()
}

fn shown(config: &Config, name: &str) -> (String, String) {
    let setting = config.settings.iter().find(|setting| setting.name == name).unwrap();
    (setting.value.clone(), setting.origin.to_string())
}

#[test]
fn a_program_is_asked_once_and_only_when_its_key_is_needed() {
    let machine = machine("");
    let mut config = machine.load();
    assert_eq!(machine.said(&config), "");
    assert_eq!(shown(&config, "key"), ("asked for when it is needed".into(), "the command tell".into()));
    assert!(config.account().is_none() && runs(&machine) == 0);
    for _ in 0..2 {
        config.ask_for_key(&mut |_| ()).unwrap();
        assert_eq!((key_of(&config), runs(&machine)), (Some(KEY), 1));
    }
    assert_eq!(config.key.as_ref().unwrap().origin, Origin::Command("tell".into()));
    assert_eq!(shown(&config, "key"), ("…cdef".into(), "the command tell".into()));
    assert!(!format!("{config:?}").contains(KEY));
}

#[test]
fn the_environment_goes_before_a_program() {
    let mut machine = machine("").var("COMETAPI_KEY", "sk-own-0123456789");
    let mut config = machine.load();
    config.ask_for_key(&mut |_| ()).unwrap();
    assert_eq!((key_of(&config), runs(&machine)), (Some("sk-own-0123456789"), 0));
    machine.flags.profile = Some("default".into());
    let said = machine.said(&machine.load());
    assert!(said.contains("key_command: COMETAPI_KEY is set, and goes before it"), "{said}");
}

#[test]
fn a_program_that_fails_is_a_fault_with_its_place_and_no_other_key_is_taken() {
    let machine = machine("").file("script", "echo geheim\necho 'no geheim agent' >&2\nexit 2\n");
    let machine = machine.file("key", "sk-kept-0123456789");
    let mut config = machine.load();
    config.ask_for_key(&mut |_| ()).unwrap_err();
    config.ask_for_key(&mut |_| ()).unwrap();
    assert!(config.key.is_none());
    assert_eq!(
        machine.said(&config),
        "fault: config.toml:2:15: profiles.default.key_command: the command tell failed with 2: no … agent; so \
         there is no key\n"
    );
}

#[test]
fn a_token_that_a_program_does_not_tell_forbids_nothing() {
    let more = format!("access_token_command = [\"echo\", \"{TOKEN}\"]\n");
    let mut config = machine(&more).load();
    config.ask_for_token(&mut |_| ()).unwrap();
    assert_eq!((token_of(&config), shown(&config, "access_token").0), (Some(TOKEN), "…4711".into()));

    let machine = machine("access_token_command = [\"false\"]\n");
    let mut config = machine.load();
    config.ask_for_token(&mut |_| ()).unwrap_err();
    assert!(config.faults.is_empty() && config.access_token.is_none());
    let said = machine.said(&config);
    assert!(said.starts_with("warning: config.toml:3:24: profiles.default.access_token_command: "), "{said}");
    assert!(said.contains("the command false failed with 1, and did not say why"), "{said}");
}

#[test]
fn certificates_are_read_from_where_the_profile_says() {
    let block = "-----BEGIN CERTIFICATE-----\nMIEBAA==\n-----END CERTIFICATE-----\n";
    let own = |path: &str| Machine::new().config(&format!("[profiles.default]\nca_file = \"{path}\"\n"));
    for path in ["~/own/ca.pem", "own/ca.pem"] {
        let machine = own(path).file("own/ca.pem", block).mode("own/ca.pem", 0o644);
        let config = machine.load();
        assert_eq!(machine.said(&config), "", "a certificate is no secret");
        let ca = config.ca.as_ref().unwrap();
        assert_eq!((ca.path.as_path(), ca.pem.as_str()), (machine.path("own/ca.pem").as_path(), block));
        assert_eq!(shown(&config, "ca_file").0, machine.path("own/ca.pem").display().to_string());
        assert_eq!(mode_of(&machine.path("own/ca.pem")), 0o644);
    }
    for (text, words) in [
        ("", "holds no certificate"),
        ("-----BEGIN CERTIFICATE-----\nMIEBA", "lacks the line -----END CERTIFICATE-----"),
        ("-----BEGIN CERTIFICATE-----\ngeheim\n-----END CERTIFICATE-----", "is garbled in certificate 1"),
    ] {
        let machine = own("ca.pem").file("ca.pem", text);
        let config = machine.load();
        let said = machine.said(&config);
        assert!(said.starts_with("fault: config.toml:2:11: profiles.default.ca_file: ca.pem "), "{said}");
        assert!(said.contains(words) && !said.contains("geheim") && config.ca.is_none(), "{said}");
    }
    let machine = own("ca.der");
    fs::write(machine.path("ca.der"), [0x30, 0x82, 0xff]).unwrap();
    let said = machine.said(&machine.load());
    assert!(said.contains("cannot read ca.der: it is no text, and a PEM file is"), "{said}");
}
