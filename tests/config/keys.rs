//! Where keys and tokens come from, who can read them, and what is told of them.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use secrecy::ExposeSecret;
use taxiway::config::{Config, Origin, kept_key, store_key};

use crate::{KEY, Machine, key_of};

#[test]
fn keys_come_from_a_variable_or_a_file_of_their_own() {
    let machine = Machine::new().config("[profiles.default]\nkey_env = \"MY_KEY\"").var("MY_KEY", KEY);
    let config = machine.load();
    assert_eq!(key_of(&config), Some(KEY));
    assert_eq!(config.key.unwrap().origin, Origin::Env("MY_KEY".into()));

    let machine = Machine::new()
        .config("[profiles.default]\nkey_file = \"~/secret/key\"")
        .file("secret/key", &format!("{KEY}\n"));
    let config = machine.load();
    assert_eq!((key_of(&config), machine.said(&config).as_str()), (Some(KEY), ""));

    let machine = machine.mode("secret/key", 0o644);
    assert_eq!(
        machine.said(&machine.load()),
        "warning: key: the key file secret/key holds a key, and others can read it: chmod 600 it\n"
    );
    let machine = machine.file("secret/key", "two words");
    let config = machine.load();
    assert!(config.key.is_none() && !config.faults.is_empty());
}

#[test]
fn a_config_file_with_a_key_that_others_can_read_is_warned_of() {
    let machine =
        Machine::new().config(&format!("[profiles.default]\nkey = \"{KEY}\"")).mode("config.toml", 0o640);
    let said = machine.said(&machine.load());
    assert_eq!(
        said,
        "warning: key: the config file config.toml holds a key, and others can read it: chmod 600 it\n"
    );
    let machine = Machine::new().config("profile = \"default\"").mode("config.toml", 0o644);
    assert_eq!(machine.said(&machine.load()), "", "without a key it may be read");
}

pub const TOKEN: &str = "an-account-token-4711";

pub fn token_of(config: &Config) -> Option<&str> {
    config.access_token.as_ref().map(|token| token.secret().expose_secret())
}

#[test]
fn the_account_token_comes_from_the_same_places_as_the_key_and_is_never_shown() {
    let own = |line: &str| Machine::new().config(&format!("[profiles.default]\n{line}"));
    for machine in [
        Machine::new().var("COMETAPI_ACCESS_TOKEN", TOKEN),
        own(&format!("access_token = \"{TOKEN}\"")),
        own("access_token_env = \"MINE\"").var("MINE", TOKEN),
        own("access_token_file = \"~/token\"").file("token", &format!("{TOKEN}\n")),
        own("access_token = \"another-token-0815\"").var("COMETAPI_ACCESS_TOKEN", TOKEN),
    ] {
        let config = machine.load();
        assert_eq!((token_of(&config), machine.said(&config).as_str()), (Some(TOKEN), ""));
        assert_eq!(key_of(&config), None, "the one is not taken for the other");
        let told = config.settings.iter().find(|setting| setting.name == "access_token").unwrap();
        assert_eq!(told.value, "…4711");
        assert!(!format!("{config:?}").contains(TOKEN));
    }
    let machine = own("access_token = \"geheim\"\naccess_token_env = \"MINE\"");
    let said = machine.said(&machine.load());
    assert!(said.contains("stands beside access_token: a profile names its token in one way"), "{said}");
    let machine = own("access_token_file = \"~/token\"").file("token", "two geheim").mode("token", 0o644);
    let config = machine.load();
    let said = machine.said(&config);
    assert!(said.contains("which no token has") && said.contains("access_token: the token file"), "{said}");
    assert!(!said.contains("geheim") && config.access_token.is_none());
    let vendor = format!("api_key = \"{KEY}\"\naccess_token = \"{TOKEN}\"\n");
    assert_eq!(token_of(&Machine::new().file(VENDOR, &vendor).load()), None);
}

const VENDOR: &str = ".config/cometapi/config.toml";

#[test]
fn the_vendors_key_is_used_only_where_none_is_named() {
    let vendor = format!("api_key = \"{KEY}\"\nbase_url = \"https://elsewhere.example\"\n");
    let machine = Machine::new().file(VENDOR, &vendor);
    let config = machine.load();
    assert_eq!(key_of(&config), Some(KEY));
    assert_eq!(config.service, "https://api.cometapi.com", "only the key is taken");
    assert_eq!(config.key.as_ref().unwrap().origin, Origin::Vendor(machine.path(VENDOR)));
    assert!(machine.said(&config).contains("the one of the vendor's own client is used"));

    let machine = machine.config("[profiles.default]\nkey_env = \"UNSET\"");
    assert!(machine.load().key.is_none(), "another account's money is not spent instead");
    let machine = machine.var("COMETAPI_KEY", "sk-own-0123456789");
    assert_eq!(key_of(&machine.load()), Some("sk-own-0123456789"));

    let machine = Machine::new().file(VENDOR, "api_key = \"sk geheim\"");
    let config = machine.load();
    let said = machine.said(&config);
    assert!(config.key.is_none() && said.contains("holds a blank") && !said.contains("geheim"), "{said}");
}

pub fn mode_of(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_kept_key_is_private_and_goes_before_the_vendors() {
    let machine = Machine::new().file(VENDOR, &format!("api_key = \"{KEY}\""));
    let file = machine.path("new/folder/config.toml");
    let kept = kept_key(&file, "default").unwrap();
    store_key(&kept, " sk-kept-0123456789\n").unwrap();
    assert_eq!(kept, machine.path("new/folder/key"));
    assert_eq!(fs::read_to_string(&kept).unwrap(), "sk-kept-0123456789\n");
    assert_eq!(mode_of(&kept), 0o600);
    for folder in ["new", "new/folder"] {
        assert_eq!(mode_of(&machine.path(folder)), 0o700, "{folder}");
    }
    let left = fs::read_dir(machine.path("new/folder")).unwrap().count();
    assert_eq!(left, 1, "nothing half written stays behind");

    let machine =
        machine.file("new/folder/config.toml", "").var("TAXIWAY_CONFIG", &file.display().to_string());
    let config = machine.load();
    assert_eq!((key_of(&config), machine.said(&config).as_str()), (Some("sk-kept-0123456789"), ""));
    assert_eq!(config.key.unwrap().origin, Origin::File(kept.clone()));

    store_key(&kept_key(&file, "default").unwrap(), "sk-newer-0123456789").unwrap();
    assert_eq!((key_of(&machine.load()), mode_of(&kept)), (Some("sk-newer-0123456789"), 0o600));
    let machine = machine.var("COMETAPI_KEY", KEY);
    assert_eq!(key_of(&machine.load()), Some(KEY), "what is set goes before what is kept");
}

/// The key of one profile must not be sent to another's service.
#[test]
fn each_profile_keeps_a_key_of_its_own() {
    let file = Path::new("/c/config.toml");
    assert_eq!(kept_key(file, "default").unwrap(), Path::new("/c/key"));
    assert_eq!(kept_key(file, "work-2").unwrap(), Path::new("/c/key-work-2"));
    for odd in ["", "a/b", "..", "a b", "é"] {
        assert_eq!(kept_key(file, odd), None, "{odd}");
    }
}

#[test]
fn a_kept_key_that_is_no_use_is_told_and_no_other_is_taken() {
    let vendor = format!("api_key = \"{KEY}\"");
    let machine = Machine::new().file(VENDOR, &vendor).file("key", "two geheim");
    let config = machine.load();
    let said = machine.said(&config);
    assert!(config.key.is_none() && said.contains("the kept key holds a blank"), "{said}");
    assert!(!said.contains("geheim") && config.faults.is_empty());
    let machine = machine.file("key", "sk-kept-0123456789").mode("key", 0o644);
    let config = machine.load();
    assert_eq!(key_of(&config), Some("sk-kept-0123456789"));
    assert_eq!(
        machine.said(&config),
        "warning: key: the file key holds a key, and others can read it: chmod 600 it\n"
    );
}

#[test]
fn what_is_no_key_is_not_stored_and_not_repeated() {
    let machine = Machine::new();
    let file = machine.path("config.toml");
    store_key(&kept_key(&file, "default").unwrap(), "sk-kept-0123456789").unwrap();
    for written in
        ["", " \n", "geheim", "sk geheim-0123", "sk-geheim\u{200b}123", "sk-geheim-\x1b[31m", "sk-geheim…"]
    {
        let error = store_key(&kept_key(&file, "default").unwrap(), written).unwrap_err();
        assert!(error.ends_with("nothing was stored") && !error.contains("geheim"), "{error}");
    }
    assert_eq!(key_of(&machine.load()), Some("sk-kept-0123456789"));
    fs::remove_file(machine.path("key")).unwrap();
    fs::create_dir(machine.path("key")).unwrap();
    let error = store_key(&kept_key(&file, "default").unwrap(), "sk-kept-0123456789").unwrap_err();
    assert!(error.contains("could not be stored in") && !error.contains("kept-0"), "{error}");
}
