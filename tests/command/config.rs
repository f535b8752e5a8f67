//! `config`: where it is, whether it is right, what it says, a new one, and its schema.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use crate::{
    shown::{assert_shown, assert_valid},
    stage::{KEY, Stage},
};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn path_check_and_show_have_two_forms() {
    let stage = Stage::new("quick");
    stage.configure("[ui]\nasci = true\n[profiles.default]\nkey_command = [\"pass\", \"show\", \"x\"]\n");
    for (verb, schema) in [("path", "config_path"), ("check", "config_check"), ("show", "config_show")] {
        let ran = stage.run(&["config", verb, "--json"]);
        ran.ends(0);
        assert_valid(schema, &ran.json());
        let mut ran = stage.run(&["config", verb]);
        ran.ends(0);
        // Columns are as wide as what the machine has in them.
        ran.out = ran
            .out
            .lines()
            .map(|line| {
                line.split("  ")
                    .map(str::trim)
                    .filter(|cell| !cell.is_empty())
                    .collect::<Vec<_>>()
                    .join(" | ")
                    + "\n"
            })
            .collect();
        assert_shown!(stage, ran, schema);
    }
}

#[test]
fn show_tells_where_each_value_came_from() {
    let stage = Stage::new("quick");
    let file = stage.config_file();
    let ran = stage.run(&["config", "show", "--json", "--ascii"]);
    let told = ran.json();
    for (name, value, origin) in [
        ("key", "…7351", "COMETAPI_KEY"),
        ("poll.interval", "50ms", file.to_str().unwrap()),
        ("submit.confirm", "always", "default"),
        ("ui.ascii", "true", "--ascii"),
        ("access_token", "none", "default"),
    ] {
        assert_eq!(told[name], serde_json::json!({ "value": value, "origin": origin }), "{name}");
    }
    assert!(!ran.out.contains(KEY.get(..KEY.len() - 5).unwrap()));
}

#[test]
fn faults_end_with_2_in_both_forms() {
    let stage = Stage::new("quick");
    stage.configure("[submit]\nmax_active = \"many\"\n");
    let ran = stage.run(&["config", "check"]);
    ran.ends(2);
    assert_shown!(stage, ran, "config_check_faults");
    let ran = stage.run(&["config", "check", "--json"]);
    ran.ends(2);
    assert_valid("config_check", &ran.json());
    let ran = stage.run(&["config", "check", "--config", "nowhere.toml"]);
    ran.ends(2);
    ran.says(&["nowhere.toml: cannot read the config file, named by --config"]);
    let ran = stage.run(&["config", "show"]);
    ran.ends(0);
    assert!(ran.out.contains("submit.max_active"), "defaults stand in: {}", ran.out);
}

#[test]
fn a_new_config_file_changes_nothing() {
    let stage = Stage::new("quick");
    let file = stage.config_file();
    fs::remove_dir_all(file.parent().unwrap()).unwrap();
    let settings = |ran: &serde_json::Value| {
        let mut settings = ran.as_object().unwrap().clone();
        settings.shift_remove("config");
        settings
    };
    let before = stage.run(&["config", "show", "--json"]).json();
    let ran = stage.run(&["config", "init"]);
    ran.ends(0);
    assert_eq!(ran.out.trim_end(), file.to_str().unwrap());
    assert_shown!(stage, ran, "config_init");
    assert_eq!((mode(&file), mode(file.parent().unwrap())), (0o600, 0o700));
    assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 1, "nothing half written stays behind");
    let ran = stage.run(&["config", "check", "--json"]);
    ran.ends(0);
    assert_eq!(ran.json()["warnings"], serde_json::json!([]));
    let after = stage.run(&["config", "show", "--json"]).json();
    assert_eq!(settings(&before), settings(&after));
    // Each of its settings can be set by taking the sign away.
    let text = fs::read_to_string(&file).unwrap().replace("#confirm = \"always\"", "confirm = \"never\"");
    fs::write(&file, text).unwrap();
    let shown = stage.run(&["config", "show", "--json"]).json();
    assert_eq!(shown["submit.confirm"]["value"], "never");
}

#[test]
fn a_config_file_is_never_lost() {
    let stage = Stage::new("quick");
    let file = stage.config_file();
    let old = fs::read_to_string(&file).unwrap();
    let ran = stage.run(&["config", "init"]);
    ran.ends(2);
    assert_shown!(stage, ran, "config_init_there_is_one");
    let ran = stage.run(&["config", "init", "--json"]);
    ran.ends(2);
    ran.fails_in_json("bad_input");
    assert_eq!(fs::read_to_string(&file).unwrap(), old);

    let kept = |ending: &str| file.with_file_name(format!("config.toml.{ending}"));
    let ran = stage.run(&["config", "init", "--force"]);
    ran.ends(0);
    ran.says(&["the old one is kept as", "config.toml.bak"]);
    assert_eq!((fs::read_to_string(kept("bak")).unwrap(), mode(&kept("bak"))), (old.clone(), 0o600));
    let ran = stage.run(&["config", "init", "--force", "--json"]);
    ran.ends(0);
    assert_valid("config_init", &ran.json());
    assert_eq!(ran.json()["kept"], kept("bak-2").to_str().unwrap());
    assert_eq!(fs::read_to_string(kept("bak")).unwrap(), old, "what is kept stays");

    // One that cannot be read, or is no TOML, is no hindrance.
    fs::write(&file, "[ui\n").unwrap();
    stage.run(&["config", "init", "--force"]).ends(0);
    assert_eq!(fs::read_to_string(kept("bak-3")).unwrap(), "[ui\n");

    // What a link points to is another's: it is not written, and nothing is kept for it.
    let link = stage.home.path().join("link.toml");
    std::os::unix::fs::symlink(&file, &link).unwrap();
    let ran = stage.run(&["config", "init", "--force", "--config", link.to_str().unwrap()]);
    ran.ends(8);
    ran.says(&["it is no plain file: move it away first", "no config file was changed"]);
    assert!(!stage.home.path().join("link.toml.bak").exists());
}

#[test]
fn a_config_file_goes_where_it_is_wanted_or_nowhere() {
    let stage = Stage::new("quick");
    let ran = stage.run(&["config", "init", "--config", "own/taxiway.toml", "--json"]);
    ran.ends(0);
    let path = stage.home.path().join("own/taxiway.toml");
    assert_eq!(ran.json(), serde_json::json!({ "path": path, "kept": null }));
    assert_eq!(mode(&path), 0o600);
    stage.run(&["config", "check", "--config", "own/taxiway.toml"]).ends(0);

    let ran = stage.run(&["config", "init", "--config", "other.toml", "--read-only", "--json"]);
    ran.ends(4);
    ran.fails_in_json("read_only");
    assert!(!stage.home.path().join("other.toml").exists());
    let ran = stage.run(&["config", "init", "--config", "own/taxiway.toml/x.toml"]);
    ran.ends(8);
    ran.says(&["could not be written", "no config file was changed"]);
    let ran = stage.run(&["config", "init", "--config", "own", "--force"]);
    ran.ends(8);
}

#[test]
fn the_schema_is_one_value_in_both_forms() {
    let stage = Stage::new("quick");
    let (long, short) = (stage.run(&["config", "schema"]), stage.run(&["config", "schema", "--json"]));
    long.ends(0);
    short.ends(0);
    assert_eq!((long.json(), short.out.lines().count()), (short.json(), 1));
    assert_eq!(long.json(), taxiway::config::schema());
    assert!(!stage.home.data_dir().exists() && stage.service.seen().is_empty());
}
