//! `balance`: what is left, by whom it can be told.

use crate::{
    shown::{assert_shown, assert_valid},
    stage::Stage,
};

const TOKEN: (&str, &str) = ("COMETAPI_ACCESS_TOKEN", "an-account-token-that-nobody-sees-4711");
const NO_KEY: (&str, &str) = ("COMETAPI_KEY", "");

fn after_a_job() -> Stage {
    let stage = Stage::new("quick");
    stage.configure("[budget]\nday_usd = 5\nsession_usd = \"2.50\"\n");
    stage.submit(&["--yes", "--wait"]).ends(0);
    stage
}

#[test]
fn account_key_and_journal_are_told_beside_each_other() {
    let stage = after_a_job();
    let ran = stage.run_with(&["balance"], &[TOKEN]);
    ran.ends(0);
    assert!(ran.out.lines().all(|line| line.chars().count() <= 80), "{}", ran.out);
    assert_shown!(stage, ran, "balance");
    let ran = stage.run_with(&["balance", "--json"], &[TOKEN]);
    ran.ends(0);
    assert_valid("balance", &ran.json());
    assert_shown!(stage, ran, "balance_json");
}

#[test]
fn each_of_the_two_is_enough() {
    let stage = after_a_job();
    let ran = stage.run(&["balance", "--json", "--read-only"]);
    ran.ends(0);
    let told = ran.json();
    assert_valid("balance", &told);
    assert!(told["account"].is_null() && told["key"]["used_usd"] == "0.32", "{told}");
    assert_eq!(told["key"]["left_usd"], "99.68");
    let ran = stage.run(&["balance"]);
    ran.ends(0);
    ran.says(&["COMETAPI_ACCESS_TOKEN is not set"]);

    let ran = stage.run_with(&["balance", "--json"], &[TOKEN, NO_KEY]);
    ran.ends(0);
    let told = ran.json();
    assert_valid("balance", &told);
    assert!(told["key"].is_null() && told["last_24_hours"].is_null(), "{told}");
    assert_eq!(told["account"]["left_usd"], "99.68");
    let ran = stage.run_with(&["balance"], &[TOKEN, NO_KEY]);
    ran.says(&["COMETAPI_KEY is not set"]);
    let asked: Vec<_> = stage.service.seen().iter().map(|seen| seen.path.clone()).collect();
    assert!(
        asked.contains(&"/v1/dashboard/billing/subscription".into())
            && asked.contains(&"/api/user/self".into())
    );
}

#[test]
fn a_key_without_a_limit_is_unlimited() {
    let stage = Stage::new("quick");
    let key = ("COMETAPI_KEY", "sk-unlimited-0123456789");
    let ran = stage.run_with(&["balance"], &[key]);
    ran.ends(0);
    assert!(ran.out.contains("unlimited           $0.00 used"), "{}", ran.out);
    let ran = stage.run_with(&["balance", "--json"], &[key]);
    assert_valid("balance", &ran.json());
    assert_eq!(ran.json()["key"]["unlimited"], true);
    assert!(!stage.home.data_dir().exists(), "looking writes nothing");
}

/// What the one tells is shown though the other failed.
#[test]
fn failures_are_told_with_their_codes() {
    let stage = Stage::new("quick");
    let ran = stage.run_with(&["balance"], &[NO_KEY]);
    ran.ends(3);
    ran.says(&["there is neither an API key nor an account token", "COMETAPI_ACCESS_TOKEN=…"]);
    assert_valid("error", &stage.run_with(&["balance", "--json"], &[NO_KEY]).json());

    let wrong_key = ("COMETAPI_KEY", "sk-wrong-0123456789");
    let wrong_token = ("COMETAPI_ACCESS_TOKEN", "wrong-token-0815");
    let nobody = ("COMETAPI_BASE_URL", "http://127.0.0.1:1");
    for (scenario, variables, exit, code) in [
        ("quick", vec![wrong_key, TOKEN], 3, "wrong_key"),
        ("quick", vec![wrong_token], 3, "wrong_token"),
        ("aside-500", vec![TOKEN], 6, "service"),
        ("html-200", vec![], 6, "wrong_address"),
        ("quick", vec![nobody], 6, "network"),
    ] {
        stage.scene(scenario);
        let ran = stage.run_with(&["balance", "--json"], &variables);
        ran.ends(exit);
        assert_valid("balance", &ran.json());
        assert_eq!(ran.json()["error"]["code"], code, "{scenario}");
        ran.says(&["taxiway: "]);
    }
    stage.scene("quick");
    let ran = stage.run_with(&["balance"], &[wrong_key, TOKEN]);
    ran.ends(3);
    assert_shown!(stage, ran, "balance_wrong_key");
}
