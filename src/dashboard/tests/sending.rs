//! What is sent, what is not, and how the program is left.

use super::*;

fn submitted_request(screen: &mut Screen) -> Option<Request> {
    screen.commands().into_iter().find_map(|command| match command {
        Command::Submit { mut requests, .. } => requests.pop(),
        _ => None,
    })
}

// Faults.

#[test]
fn an_untouched_form_shows_no_fault() {
    assert!(!Screen::empty().sees("×"));
    assert!(!Screen::empty().press("down down down down").sees("×"));
}

#[test]
fn a_fault_shows_once_its_field_is_touched() {
    let mut screen = Screen::empty();
    screen.press("shift-tab shift-tab shift-tab shift-tab shift-tab \"-5\"");
    assert_eq!(screen.place(), "seed");
    assert!(screen.sees("-5 is negative"), "{}", screen.text());
    assert!(!screen.sees("is missing"));
    screen.press("tab tab tab tab tab tab");
    assert!(screen.sees("× is missing: give the https:// address"), "{}", screen.text());
}

#[test]
fn sending_shows_all_faults_and_goes_to_the_first() {
    let mut screen = Screen::empty();
    screen.press("down down down down down \"x\" f5");
    assert_eq!(screen.place(), "image");
    assert!(screen.sees("× is missing") && screen.sees("`x` is not a whole number"));
    assert!(screen.toast().contains("2 fields"), "{}", screen.toast());
    assert!(screen.effects.is_empty() && screen.model.question.is_none());
}

// Sending.

#[test]
fn nothing_is_sent_without_a_yes() {
    for key in ["enter", "n", "Y", "space", "esc", "f5", "q", "ctrl-c", "tab", "ctrl-y", "alt-y", "2"] {
        let mut screen = Screen::empty();
        screen.image().press("f5");
        assert!(screen.sees("about $0.32, an estimate of 2026-05-01"), "{}", screen.text());
        screen.press(key);
        assert!(screen.model.question.is_none() && screen.commands().is_empty() && !screen.leaves(), "{key}");
        assert_eq!(draft(&screen).image, "https://example.com/cat.jpg");
        assert_eq!(screen.toast(), "not sent; nothing was spent");
    }
}

#[test]
fn yes_sends_what_was_shown() {
    for keys in ["f5", "alt-s", "esc f5", "alt-2 f5", "alt-3 alt-s"] {
        let mut screen = Screen::empty();
        screen.image().press(keys).press("y");
        let commands = screen.commands();
        let [Command::Submit { requests, count: 1, patience: 15, .. }] = commands.as_slice() else {
            panic!("{keys}: {commands:?}")
        };
        let [request] = requests.as_slice() else { panic!("{keys}: {requests:?}") };
        assert_eq!(request.prompt_image, "https://example.com/cat.jpg");
        assert_eq!((request.duration, request.seed, request.watermark), (Some(5), None, None));
        assert_eq!(screen.place(), "jobs");
        assert_eq!(draft(&screen).image, "https://example.com/cat.jpg");
    }
}

#[test]
fn the_confirmation_names_price_account_and_warnings() {
    let mut screen = Screen::empty();
    screen.image().press("f5");
    for words in
        ["about $0.32", "with key …cdef on https://api.cometapi.com", "retired gen3a_turbo on 2026-07-30"]
    {
        assert!(screen.sees(words), "{words}");
    }
    screen.press("n down down ctrl-u \"gen9\" f5");
    assert!(screen.sees("price unknown") && screen.sees("`gen9` is not in the table"), "{}", screen.text());
}

#[test]
fn what_is_sent_is_to_be_seen_or_yes_does_not_send() {
    for (columns, rows, seen) in
        [(120, 40, true), (80, 24, true), (50, 14, true), (30, 8, true), (30, 5, false), (20, 5, false)]
    {
        let mut screen = Screen::living();
        screen
            .resize(columns, rows)
            .press("1 enter")
            .send(Message::Paste(format!("https://example.com/{}cat.jpg", "cats/".repeat(300))));
        screen.press("tab").send(Message::Paste("a cat yawns and stretches ".repeat(18))).press("f5");
        let text = screen.text();
        for words in ["$0.32", "cat.jpg", "a cat", "gen3a_turbo"] {
            assert_eq!(text.contains(words), seen, "{columns}x{rows}: {words}\n{text}");
        }
        assert_eq!(text.contains("too small to"), !seen, "{columns}x{rows}\n{text}");
        assert_eq!(text.lines().last().unwrap().starts_with("y send"), seen, "{columns}x{rows}\n{text}");
        assert_eq!(screen.press("y").commands().len(), usize::from(seen), "{columns}x{rows}");
        if !seen {
            screen.resize(80, 24);
            assert_eq!(screen.press("y").commands().len(), 1, "it waits for a larger window");
        }
    }
}

#[test]
fn a_window_too_small_for_anything_takes_no_yes() {
    let mut screen = Screen::empty();
    screen.image().press("f5").resize(19, 4).press("y");
    assert!(screen.commands().is_empty());
}

#[test]
fn a_second_submission_waits_for_the_first_to_be_written() {
    let mut screen = Screen::empty();
    screen.image().press("f5 y f5");
    assert!(screen.toast().contains("still being written"));
    assert_eq!(screen.commands().len(), 1);
    screen.tell(vec![Update::Answer { ticket: 1, outcome: Ok(vec![JobId(1)]) }]).press("f5 y");
    assert_eq!(screen.commands().len(), 1);
}

#[test]
fn the_config_decides_when_to_ask() {
    let dollar = Money::from_micros(1_000_000);
    for (confirm, model, asks) in [
        (Confirm::Never, "gen9", false),
        (Confirm::Above(dollar), "gen3a_turbo", false),
        (Confirm::Above(dollar), "gen9", true),
        (Confirm::Above(Money::from_micros(100_000)), "gen3a_turbo", true),
    ] {
        let mut facts = facts();
        facts.config.submit.confirm = confirm;
        facts.config.defaults.model = model.into();
        let mut screen = Screen::with(facts, Vec::new());
        screen.image().press("f5");
        assert_eq!(screen.model.question.is_some(), asks, "{confirm:?} {model}");
        assert_eq!(submitted_request(&mut screen).is_none(), asks);
    }
}

#[test]
fn without_a_key_nothing_is_sent_and_the_way_is_told() {
    let mut facts = facts();
    facts.config.key = None;
    facts.config.submit.confirm = Confirm::Never;
    let mut screen = Screen::with(facts, living());
    assert!(screen.sees("No key, so nothing is sent"));
    screen.image().press("f5");
    for words in ["export COMETAPI_KEY=", "/home/u/.config/taxiway/config.toml", "taxiway demo"] {
        assert!(screen.sees(words), "{words}");
    }
    screen.press("y 2 r p");
    assert!(screen.commands().is_empty());
}

#[test]
fn faults_of_the_config_forbid_sending() {
    let mut facts = facts();
    let place = Some((PathBuf::from("/c/config.toml"), 3, 5));
    let fault = crate::config::Fault { place, name: "poll.interval".into(), message: "is too short".into() };
    facts.config.faults = vec![fault];
    let mut screen = Screen::with(facts, Vec::new());
    assert!(screen.sees("/c/config.toml:3:5: poll.interval: is too short"), "{}", screen.text());
    screen.image().press("f5 y");
    assert!(screen.commands().is_empty());
}

#[test]
fn read_only_sends_and_changes_nothing() {
    let mut screen = Screen::with(Facts { read_only: true, ..facts() }, vec![at_rest(1, 900), done(2, 600)]);
    assert!(screen.sees("read-only"));
    screen.image().press("f5 y alt-2 p d j r x");
    assert!(screen.commands().is_empty());
    assert!(screen.press("q").leaves());
}

// Leaving.

fn status(status: Status) -> Vec<Update> {
    vec![Update::Status(Status { role: Role::Owner, ..status })]
}

#[test]
fn q_leaves_at_once_when_nothing_is_under_way() {
    assert!(Screen::living().press("q").leaves());
    assert!(Screen::living().press("ctrl-c").leaves());
}

#[test]
fn ctrl_c_leaves_from_inside_text_and_q_does_not() {
    let mut screen = Screen::empty();
    assert!(!screen.press("tab \"q\"").leaves());
    assert!(screen.press("ctrl-c").leaves());
}

#[test]
fn q_tells_what_goes_on_without_us() {
    let mut screen = Screen::living();
    screen
        .tell(status(Status { posting: 1, to_send: 2, tracked: 3, fetching: 1, ..Status::default() }))
        .press("q");
    assert!(!screen.leaves());
    for words in [
        "A request is on its way: Taxiway stays up to 20 s without a screen to store the id.",
        "2 held jobs will not be sent.",
        "3 tasks go on at the service; their videos are fetched when Taxiway runs again, within about 24 h.",
        "1 video is still to come",
    ] {
        assert!(screen.sees(words), "{words}\n{}", screen.text());
    }
}

#[test]
fn y_or_a_second_q_leaves_and_any_other_key_stays() {
    for (key, leaves) in [
        ("y", true),
        ("q", true),
        ("ctrl-c", true),
        ("n", false),
        ("enter", false),
        ("esc", false),
        ("f5", false),
    ] {
        let mut screen = Screen::living();
        screen.tell(status(Status { tracked: 1, ..Status::default() })).press("q").press(key);
        assert_eq!(screen.leaves(), leaves, "{key}");
        assert!(leaves || screen.model.question.is_none());
    }
}

/// The loop ends by itself; what was typed is kept before.
#[test]
fn a_signal_has_the_form_kept() {
    let mut screen = Screen::empty();
    screen.press("tab \"a cat\"").effects();
    screen.send(Message::Ending);
    let [Effect::Command(Command::Remember { name, value: Some(value) })] = screen.effects.as_slice() else {
        panic!("{:?}", screen.effects)
    };
    assert!(name == "draft" && value.contains("a cat"));
}

#[test]
fn a_view_leaves_the_work_to_the_owner() {
    let mut screen = Screen::living();
    let role = Role::View { owner: Some(4711) };
    screen.tell(vec![Update::Status(Status { role, tracked: 3, ..Status::default() })]);
    assert!(screen.sees("view (process 4711 sends)"));
    screen.press("q");
    assert!(screen.sees("3 jobs under way: the owner (pid 4711) goes on with them."), "{}", screen.text());
}

#[test]
fn a_job_that_is_just_being_written_is_waited_for() {
    let mut screen = Screen::empty();
    screen.image().press("f5 y q");
    assert!(screen.sees("just being written") && !screen.leaves());
}
