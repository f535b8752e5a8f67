//! `models`: the table beside the service's lists, and alone where these are missing.

use crate::{
    shown::{assert_shown, assert_valid},
    stage::{Ran, Stage},
};

/// A variable that is empty counts as unset.
const NO_KEY: [(&str, &str); 1] = [("COMETAPI_KEY", "")];

fn own_models(stage: &Stage) {
    stage.configure(
        "[models.\"gen9\"]\ndurations = [3]\nseed_max = 7\nretired = \"2999-01-01\"\n\
         [models.gen4_turbo]\nprice_per_second = 0.06\nchecked = \"2026-06-01\"\n",
    );
}

fn model(ran: &Ran, name: &str) -> serde_json::Value {
    let models = ran.json()["models"].as_array().unwrap().clone();
    models.into_iter().find(|model| model["name"] == name).unwrap()
}

#[test]
fn the_table_stands_beside_what_the_service_lists() {
    let stage = Stage::new("quick");
    own_models(&stage);
    let ran = stage.run(&["models"]);
    ran.ends(0);
    assert!(ran.out.lines().all(|line| line.chars().count() <= 90), "{}", ran.out);
    assert_shown!(stage, ran, "models");
    let ran = stage.run(&["models", "--json"]);
    ran.ends(0);
    assert_valid("models", &ran.json());
    assert_shown!(stage, ran, "models_json");
    let turbo = model(&ran, "gen4_turbo");
    assert_eq!((&turbo["at_service"], &turbo["price_per_second"]), (&"listed".into(), &"0.06".into()));
    assert_eq!(model(&ran, "veo3.1")["at_service"], "by_endpoint");
    stage.assert_nothing_sent();
}

#[test]
fn nobody_is_asked_offline_and_in_read_only() {
    let stage = Stage::new("quick");
    for (flag, word) in [("--offline", "offline: the service was not asked"), ("--read-only", "read-only: ")]
    {
        let ran = stage.run(&["models", flag]);
        ran.ends(0);
        ran.says(&[word]);
        assert!(ran.out.contains("gen3a_turbo") && !ran.out.contains("Only the service"), "{ran:#?}");
        let ran = stage.run_with(&["models", flag, "--json"], &NO_KEY);
        ran.ends(0);
        assert_valid("models", &ran.json());
        assert_eq!((&ran.json()["key_list"], &ran.json()["error"]), (&"not_asked".into(), &().into()));
    }
    assert_shown!(stage, stage.run(&["models", "--offline"]), "models_offline");
    assert!(stage.service.seen().is_empty() && !stage.home.data_dir().exists());
}

/// The table is shown whatever happens, and the exit code tells what did.
#[test]
fn the_table_is_shown_without_a_key_or_a_service() {
    let stage = Stage::new("quick");
    let ran = stage.run_with(&["models"], &NO_KEY);
    ran.ends(3);
    ran.says(&["the list of the models for your key is missing: there is no API key", "--offline"]);
    assert!(ran.out.contains("the service asks $0.05/s"), "the public list needs no key: {ran:#?}");

    for (scenario, variables, exit, code) in [
        ("quick", vec![("COMETAPI_KEY", "sk-wrong-0123456789")], 3, "wrong_key"),
        ("unauthorized", vec![], 3, "wrong_key"),
        ("aside-500", vec![], 6, "service"),
        ("html-404", vec![], 6, "wrong_address"),
        ("redirect", vec![], 6, "wrong_address"),
        ("quick", vec![("COMETAPI_BASE_URL", "http://127.0.0.1:1")], 6, "network"),
    ] {
        stage.scene(scenario);
        let ran = stage.run_with(&["models", "--json"], &variables);
        ran.ends(exit);
        assert_valid("models", &ran.json());
        assert_eq!(ran.json()["error"]["code"], code, "{scenario}");
        assert_eq!(ran.json()["models"].as_array().unwrap().len(), 5);
        ran.says(&["is missing: "]);
    }
    stage.scene("aside-500");
    let ran = stage.run(&["models"]);
    ran.ends(6);
    assert_shown!(stage, ran, "models_service_away");
}

#[test]
fn a_fault_of_the_config_is_told_first() {
    let stage = Stage::new("quick");
    stage.configure("[models.gen4_turbo]\nprice_per_second = \"cheap\"\n");
    let ran = stage.run(&["models", "--json"]);
    ran.ends(2);
    assert_valid("error", &ran.json());
    assert!(stage.service.seen().is_empty());
}
