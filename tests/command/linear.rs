//! `--linear` over pipes: questions and answers, and a line for every change.

use std::{io::Write, process::ChildStdin};

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::{
    common::{PATIENCE, is_running, wait_for},
    stage::{Ran, Running, Stage, assert_home},
};

/// The program, and the one who talks with it.
struct Talk {
    running: Running,
    pipe: ChildStdin,
    /// So much of what it said was heard.
    heard: usize,
}

impl Talk {
    fn start(stage: &Stage, flags: &[&str]) -> Self {
        let (running, pipe) = stage.start_talking(&[&["--linear"], flags].concat());
        let mut talk = Self { running, pipe, heard: 0 };
        talk.hear("What next?");
        talk
    }

    /// Waits until it says this, after what was heard before.
    fn hear(&mut self, words: &str) {
        let from = self.heard;
        let end = wait_for(&format!("{words:?} after {:?}", self.rest()), PATIENCE, || {
            let said = self.running.out();
            said.get(from..)?.find(words).map(|at| from + at + words.len())
        });
        self.heard = end;
    }

    /// What was said and not heard yet.
    fn rest(&self) -> String {
        self.running.out().get(self.heard..).unwrap_or_default().to_owned()
    }

    fn answer(&mut self, line: &str) {
        writeln!(self.pipe, "{line}").unwrap();
    }

    /// Waits for a question and answers it.
    fn at(&mut self, question: &str, line: &str) {
        self.hear(question);
        self.answer(line);
    }

    /// Fills a request in; empty answers take what is offered.
    fn fill(&mut self, [image, prompt, model, ratio, duration, seed, watermark]: [&str; 7]) {
        for (question, line) in [
            ("image (", image),
            ("prompt (", prompt),
            ("model (", model),
            ("ratio (", ratio),
            ("duration (", duration),
            ("seed (", seed),
            ("watermark (", watermark),
        ] {
            self.at(question, line);
        }
    }

    /// Closes the pipe, and waits for the end. Whatever was done, no byte steered a terminal.
    fn end(self) -> Ran {
        drop(self.pipe);
        let ran = self.running.end();
        assert!(!ran.out.contains('\x1b') && !ran.err.contains('\x1b'), "{ran:#?}");
        assert_eq!(ran.err, "", "all of it is on standard output");
        ran
    }

    fn leaves(mut self) -> Ran {
        self.answer("0");
        let ran = self.end();
        ran.ends(0);
        ran
    }
}

const CAT: &str = "https://example.com/cat.jpg";

fn sent(stage: &Stage) -> Vec<Value> {
    let seen = stage.service.seen();
    let posts = seen.iter().filter(|seen| seen.method == "POST");
    posts.map(|seen| serde_json::from_slice(&seen.body).unwrap()).collect()
}

#[test]
fn a_request_from_its_first_field_to_the_video() {
    let stage = Stage::new("quick");
    let mut talk = Talk::start(&stage, &[]);
    let greeting = talk.running.out();
    for words in ["profile default", "key ...7351", "owner: this process sends", "0 jobs", "today $0.00"] {
        assert!(greeting.contains(words), "{words}: {greeting}");
    }
    assert!(greeting.contains("1 new request") && greeting.contains("0 leave"), "{greeting}");
    talk.answer("1");
    talk.fill([CAT, "yawns", "gen4_turbo", "", "", "42", ""]);
    for line in
        ["model       gen4_turbo", "ratio       1280:720", "seed        42", "price       about $0.25"]
    {
        talk.hear(line);
    }
    talk.hear("Send it?");
    stage.assert_nothing_sent();
    talk.answer("y");
    for words in ["job 1 will be sent", "job 1: SENDING", "job 1: SUBMITTED", "job 1: SAVED /"] {
        talk.hear(words);
    }
    let job = stage.job(1);
    assert_home(&job);
    let request = json!({
        "promptImage": CAT, "model": "gen4_turbo", "promptText": "yawns", "ratio": "1280:720", "duration": 5,
        "seed": 42
    });
    assert_eq!(sent(&stage), [request]);
    talk.answer("job 1");
    talk.hear("file        /");
    talk.at("Do what with job 1?", "");
    talk.at("What next?", "9");
    talk.hear("  INFO  job 1: ");
    talk.hear("What next?");
    // Nothing is under way any more: it leaves without a word.
    let ran = talk.leaves();
    assert!(!ran.out.contains("Leave?"), "{ran:#?}");
}

#[test]
fn seeds_and_ratios_make_a_sweep() {
    let stage = Stage::new("quick");
    let mut talk = Talk::start(&stage, &[]);
    talk.answer("new");
    talk.fill([CAT, "yawns", "gen4_turbo", "1280:720, 720:1280", "5", "1..2", "n"]);
    talk.hear("ratio       1280:720, 720:1280");
    talk.hear("seed        1..2");
    talk.hear("price       about $1.00 for 4 jobs");
    talk.hear("jobs        2 seeds (1..2) × 2 ratios = 4 jobs");
    talk.at("Send it?", "y");
    talk.hear("jobs 1, 2, 3, 4 will be sent");
    for id in 1..=4 {
        stage.wait_for_state(id, "succeeded");
    }
    let told: Vec<_> =
        sent(&stage).iter().map(|post| format!("{} {}", post["ratio"], post["seed"])).collect();
    let mut sorted = told.clone();
    sorted.sort();
    let expected = ["\"1280:720\" 1", "\"1280:720\" 2", "\"720:1280\" 1", "\"720:1280\" 2"];
    assert_eq!(sorted, expected);
    assert_eq!(stage.service.tasks_created(), 4);
    talk.end().ends(0);
}

#[test]
fn only_y_sends_and_what_was_typed_is_kept() {
    let stage = Stage::new("quick");
    let mut talk = Talk::start(&stage, &[]);
    talk.answer("1");
    talk.fill([CAT, "yawns", "gen4_turbo", "", "", "", ""]);
    for no in ["n", "", "yes", "Y"] {
        talk.at("Send it?", no);
        talk.hear("not sent; nothing was spent");
        talk.answer("1");
        talk.fill([""; 7]);
    }
    assert!(talk.running.out().contains("prompt (what should happen in the video) [yawns]: "));
    // In the middle of the fields, too.
    talk.at("Send it?", "n");
    talk.at("What next?", "1");
    talk.at("image (", ".");
    talk.hear("not sent; nothing was spent");
    talk.leaves();
    stage.assert_nothing_sent();
    assert_eq!(stage.jobs(), [] as [Value; 0]);
}

#[test]
fn a_fault_is_named_at_once_and_asked_again() {
    let stage = Stage::new("quick");
    let mut talk = Talk::start(&stage, &[]);
    talk.answer("1");
    for (question, line, fault) in [
        ("image (", "http://example.com/cat.jpg", "image: must be an https:// address"),
        ("image (", "./no-such.png", "image: ./no-such.png: there is no such file"),
    ] {
        talk.at(question, line);
        talk.hear(fault);
    }
    talk.at("image (", CAT);
    // gen3a_turbo takes 512 characters, the model that is chosen after that takes them all.
    talk.at("prompt (", &"a cat ".repeat(100));
    talk.at("model (", "gen3a_turbo");
    talk.hear("prompt: has 599 characters, gen3a_turbo takes 512: shorten it by 87");
    talk.at("prompt (", "a cat");
    talk.at("ratio (", "1:1");
    talk.hear("ratio: `1:1` is none of gen3a_turbo's");
    talk.at("ratio (", "");
    talk.at("duration (", "7");
    talk.hear("duration: 7 s is none of gen3a_turbo's: 5 or 10");
    talk.at("duration (", "-");
    talk.at("seed (", "1..200");
    talk.hear("seed: is for 200 jobs: at most 100 can go together");
    talk.at("seed (", "");
    talk.at("watermark (", "perhaps");
    talk.hear("watermark: `perhaps` is neither y nor n");
    talk.at("watermark (", "y");
    talk.hear("warning: model: Runway retired gen3a_turbo");
    talk.at("Send it?", "y");
    talk.hear("job 1 will be sent");
    talk.hear("job 1: SUBMITTED");
    let request = json!({
        "promptImage": CAT, "model": "gen3a_turbo", "promptText": "a cat", "ratio": "1280:720", "watermark": true
    });
    assert_eq!(sent(&stage), [request]);
    talk.at("What next?", "nonsense");
    talk.hear("`nonsense` is none of the choices");
    talk.end().ends(0);
}

#[test]
fn a_clone_is_filled_in_and_knows_its_parent_and_a_duplicate_needs_a_second_word() {
    let stage = Stage::new("hidden");
    stage.submit(&["--ratio", "1280:720", "--model", "gen4_turbo", "--seed", "7", "--yes"]).ends(0);
    let mut talk = Talk::start(&stage, &[]);
    talk.answer("job 1");
    talk.at("Do what with job 1?", "clone");
    talk.fill(["", "", "", "", "", "", ""]);
    talk.at("Send it?", "y");
    talk.hear("job 1 (SUBMITTED) asks for the same");
    talk.at("Send it all the same?", "n");
    talk.hear("not sent; nothing was spent");
    assert_eq!(stage.posts(), 1);
    talk.answer("new 1");
    talk.fill(["", "sleeps", "", "", "", "-", ""]);
    talk.at("Send it?", "y");
    talk.hear("job 2 will be sent");
    talk.hear("job 2: SUBMITTED");
    assert!(talk.running.out().contains(&format!(" [{CAT}]: ")));
    let job = stage.job(2);
    let request = json!({
        "promptImage": CAT, "model": "gen4_turbo", "promptText": "sleeps", "ratio": "1280:720"
    });
    assert_eq!((&job["parent"], &sent(&stage)[1]), (&json!(1), &request));
    // Two tasks are under way: it asks, and what is not `y` or `0` stays.
    talk.answer("0");
    talk.hear("2 tasks go on at the service");
    talk.at("Leave?", "no");
    talk.at("What next?", "leave");
    talk.at("Leave?", "y");
    talk.end().ends(0);
}

#[test]
fn lists_go_by_the_filter_language_and_page_by_page() {
    let stage = Stage::new("fail-internal");
    stage.submit(&["--count", "21", "--yes", "--wait"]).ends(1);
    stage.scene("quick");
    stage.run(&["submit", "--image", CAT, "--prompt", "a dog", "--yes", "--wait"]).ends(0);
    let mut talk = Talk::start(&stage, &[]);
    talk.answer("2");
    talk.at("Which?", "stat:failed");
    talk.hear("did you mean `state:`?");
    talk.at("Which?", "dog");
    talk.hear("1 of 22 jobs");
    talk.hear("22     SAVED");
    talk.at("What next?", "list state:failed");
    talk.hear("21 of 22 jobs");
    talk.hear("21     FAILED");
    talk.hear("3      FAILED");
    assert!(!talk.rest().contains("2      FAILED"), "{}", talk.rest());
    talk.at("2 left: more? [y/N]", "y");
    talk.hear("1      FAILED");
    talk.at("What next?", "list");
    talk.at("Which?", "");
    talk.at("3 left: more? [y/N]", "");
    talk.at("What next?", "list nothing-like-it");
    talk.hear("no job passes the filter");
    talk.at("What next?", "archive state:failed id:2..5");
    talk.hear("archived: jobs 2, 3, 4, 5");
    talk.at("What next?", "list archived:yes");
    talk.hear("4 of 22 jobs");
    talk.at("What next?", "archive 2");
    talk.hear("back in sight: job 2");
    talk.at("What next?", "job 2");
    talk.hear("INTERNAL");
    talk.at("Do what with job 2?", "tag");
    talk.at("Tags?", "client, late");
    talk.hear("tags changed: job 2");
    assert_eq!(stage.job(2)["tags"], json!(["client", "late"]));
    talk.leaves();
}

#[test]
fn what_is_held_is_said_at_the_start_and_sent_or_dropped_at_a_word() {
    let stage = Stage::new("too-many");
    stage.configure("[budget]\nday_usd = 1\n");
    stage.submit(&["--count", "2", "--yes"]).ends(6);
    stage.scene("quick");
    let mut talk = Talk::start(&stage, &[]);
    let greeting = talk.running.out();
    for words in ["held, nothing was sent or spent: jobs 1, 2", "today $0.00 of $1.00"] {
        assert!(greeting.contains(words), "{greeting}");
    }
    talk.answer("4");
    talk.at("jobs 1, 2 can be sent", "1");
    talk.at("Send 1 job (about $0.32)?", "n");
    talk.hear("not sent; nothing was spent");
    talk.answer("send 1");
    talk.at("Send 1 job (about $0.32)?", "y");
    talk.hear("job 1 will be sent");
    talk.hear("job 1: SAVED");
    talk.at("What next?", "send 1");
    talk.hear("left out: job 1 is SAVED and cannot be sent");
    talk.at("What next?", "job 2");
    talk.at("Do what with job 2?", "drop");
    talk.at("Drop job 2?", "y");
    talk.hear("dropped: job 2; nothing was spent");
    talk.at("What next?", "send");
    talk.hear("no job can be sent");
    talk.leaves();
    assert_eq!((stage.service.tasks_created(), &stage.job(2)["state"]), (1, &json!("cancelled")));
}

#[test]
fn what_passes_the_budget_is_refused_before_it_is_asked_for() {
    let stage = Stage::new("quick");
    stage.configure("[budget]\nday_usd = 0.30\n");
    let mut talk = Talk::start(&stage, &[]);
    talk.answer("1");
    talk.fill([CAT, "yawns", "gen4_turbo", "", "10", "", ""]);
    talk.hear("the day's budget is $0.30");
    talk.hear("What next?");
    assert!(!talk.running.out().contains("Send it?"));
    talk.leaves();
    stage.assert_nothing_sent();
}

#[test]
fn a_file_of_this_machine_goes_within_the_request() {
    let stage = Stage::new("quick");
    // All that is looked at of a picture.
    let mut picture = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x20\0\0\0\x10".to_vec();
    picture.extend([8, 2, 0, 0, 0]);
    std::fs::write(stage.home.path().join("cat.png"), picture).unwrap();
    let mut talk = Talk::start(&stage, &[]);
    talk.answer("1");
    talk.at("image (", "cat.png");
    talk.hear("image: image/png, 32 x 16 pixels, 29 bytes");
    for question in ["prompt (", "model (", "ratio (", "duration (", "seed (", "watermark ("] {
        talk.at(question, "");
    }
    talk.hear("/cat.png");
    talk.hear("warning: image: CometAPI documents https:// addresses only");
    talk.at("Send it?", "y");
    talk.hear("job 1: SUBMITTED");
    let image = sent(&stage)[0]["promptImage"].clone();
    assert!(image.as_str().unwrap().starts_with("data:image/png;base64,"), "{image}");
    talk.end().ends(0);
}

#[test]
fn an_unsure_job_is_said_and_settled() {
    let stage = Stage::new("server-error");
    let mut talk = Talk::start(&stage, &[]);
    talk.answer("1");
    talk.fill([CAT, "yawns", "gen4_turbo", "", "", "", ""]);
    talk.at("Send it?", "y");
    talk.hear("job 1: UNSURE");
    talk.answer("7");
    talk.at("What became of job 1?", "look");
    talk.hear("COMETAPI_ACCESS_TOKEN");
    talk.at("What next?", "settle");
    talk.at("What became of job 1?", "none");
    talk.at("Is it sure", "n");
    talk.hear("job 1 stays as it is");
    talk.answer("settle 1");
    talk.at("What became of job 1?", "3");
    talk.at("Is it sure", "y");
    talk.hear("job 1 is taken as never created");
    talk.at("What next?", "settle");
    talk.hear("no job is unsure");
    talk.leaves();
    assert_eq!(stage.job(1)["state"], "not_created");
}

#[test]
fn signals_end_it_with_their_codes_and_interrupt_asks_first() {
    let stage = Stage::new("hidden");
    stage.submit(&["--yes"]).ends(0);
    for (sent, code) in [(Signal::TERM, 143), (Signal::HUP, 129)] {
        let talk = Talk::start(&stage, &[]);
        talk.running.signal(sent);
        // Its input is open still.
        wait_for("its end", PATIENCE, || (!is_running(talk.running.pid())).then_some(()));
        talk.end().ends(code);
    }
    let mut talk = Talk::start(&stage, &[]);
    talk.running.signal(Signal::INT);
    talk.at("Leave?", "no");
    talk.hear("What next?");
    talk.running.signal(Signal::INT);
    talk.hear("Leave?");
    talk.running.signal(Signal::INT);
    talk.end().ends(0);
}

#[test]
fn the_end_of_input_leaves_and_loses_no_id() {
    let stage = Stage::new("late-reply");
    let mut talk = Talk::start(&stage, &[]);
    talk.answer("1");
    talk.fill([CAT, "yawns", "gen4_turbo", "", "", "", ""]);
    talk.at("Send it?", "y");
    stage.wait_for_requests(1, "POST", "");
    talk.end().ends(0);
    assert!(stage.job(1)["task_id"].is_string());
    assert_eq!((stage.posts(), stage.service.tasks_created()), (1, 1));
}

#[test]
fn beside_an_owner_it_is_a_view_that_hands_its_jobs_over() {
    let stage = Stage::new("quick");
    let owner = stage.owner();
    let mut talk = Talk::start(&stage, &[]);
    assert!(talk.running.out().contains(&format!("view: process {} sends", owner.pid())));
    talk.answer("1");
    talk.fill([CAT, "yawns", "gen4_turbo", "", "", "", ""]);
    talk.at("Send it?", "y");
    talk.hear("job 1: SAVED");
    // What a shell sends is told, too.
    stage.submit(&["--yes"]).ends(0);
    talk.hear("job 2: SAVED");
    owner.kill();
    talk.hear("owner: this process sends, polls and downloads");
    talk.leaves();
}

#[test]
fn read_only_shows_and_sends_nothing() {
    let stage = Stage::new("quick");
    stage.submit(&["--yes", "--wait"]).ends(0);
    let mut talk = Talk::start(&stage, &["--read-only"]);
    for (choice, told) in [
        ("list", ""),
        ("new", "read-only: nothing is sent"),
        ("poll", "read-only: nothing is sent"),
        ("settle", "read-only: nothing is changed"),
        ("archive 1", "read-only"),
    ] {
        talk.answer(choice);
        if choice == "list" {
            talk.at("Which?", "");
            talk.hear("1 of 1 jobs");
        }
        talk.hear(told);
        talk.hear("What next?");
    }
    talk.leaves();
    assert_eq!((stage.posts(), &stage.job(1)["archived"]), (1, &json!(false)));
}

#[test]
fn a_missing_key_a_wrong_one_and_a_fault_of_the_config_are_said() {
    let stage = Stage::new("unauthorized");
    let mut talk = Talk::start(&stage, &[]);
    talk.answer("1");
    talk.fill([CAT, "yawns", "gen4_turbo", "", "", "", ""]);
    talk.at("Send it?", "y");
    talk.hear("paused: ");
    talk.answer("8");
    talk.hear("sending is allowed again");
    talk.leaves();
    stage.configure("[submit]\nconfirm = 7\n");
    let mut talk = Talk::start(&stage, &[]);
    assert!(talk.running.out().contains("fault: "), "{}", talk.running.out());
    talk.answer("1");
    talk.hear("the config has a fault: nothing is sent until it is mended");
    talk.leaves();
    let ran = stage.run(&["--linear", "list"]);
    ran.ends(2);
    ran.says(&["--linear is for the dashboard and the demo"]);
    let ran = stage.run(&[]);
    ran.ends(2);
    ran.says(&["--linear"]);
}
