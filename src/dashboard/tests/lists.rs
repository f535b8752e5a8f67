//! Table, detail, help and log by their keys; the config's keys; windows.

use super::*;

// The table.

#[test]
fn the_selection_moves_as_in_every_list() {
    let mut screen = Screen::living();
    assert_eq!(screen.selected(), Some(12));
    for (keys, id) in
        [("j", 11), ("down", 10), ("k up", 12), ("k", 12), ("G", 1), ("g", 12), ("end", 1), ("home", 12)]
    {
        screen.press(keys);
        assert_eq!(screen.selected(), Some(id), "{keys}");
    }
    screen.resize(80, 20).press("pgdn");
    assert_eq!(screen.selected(), Some(3));
    screen.press("pgup");
    assert_eq!(screen.selected(), Some(12));
}

#[test]
fn enter_shows_all_about_a_job_and_esc_goes_back() {
    for (open, close) in [("enter", "esc"), ("l", "h"), ("right", "left")] {
        let mut screen = Screen::living();
        screen.press("j").press(open);
        assert!(matches!(screen.commands().as_slice(), [Command::Inspect(JobId(11))]));
        assert!(screen.sees("Job 11") && screen.sees("is being read from the journal"));
        screen.press(close);
        assert!(screen.model.page.is_none() && screen.selected() == Some(11));
    }
}

#[test]
fn a_held_job_is_sent_after_a_yes() {
    let mut screen = Screen::with(facts(), vec![at_rest(7, 900)]);
    assert!(screen.press("r").sees("Send job 7?"));
    screen.press("enter");
    assert!(screen.commands().is_empty());
    screen.press("r y");
    let commands = screen.commands();
    let [Command::Send { ids, patience: 15, .. }] = commands.as_slice() else { panic!("{commands:?}") };
    assert_eq!(ids, &[JobId(7)]);
}

#[test]
fn a_job_that_left_meanwhile_is_not_sent() {
    let mut screen = Screen::with(facts(), vec![at_rest(7, 900)]);
    screen.press("r").tell(vec![Update::Jobs(vec![submitted(7, 900)])]).press("y");
    assert!(screen.commands().is_empty());
    assert!(screen.toast().contains("not held any more"));
}

#[test]
fn a_held_job_is_dropped_after_a_yes() {
    let mut screen = Screen::with(facts(), vec![at_rest(7, 900)]);
    screen.press("x enter");
    assert!(screen.commands().is_empty());
    screen.press("enter").commands();
    screen.press("x y");
    assert!(matches!(screen.commands().as_slice(), [Command::Drop { ids, .. }] if ids == &[JobId(7)]));
}

#[test]
fn a_video_is_fetched_by_hand() {
    let given_up = changed(done(3, 900), &[(Change::GivenUp("no space".into()), 5)]);
    let mut screen = Screen::with(facts(), vec![given_up]);
    assert!(screen.sees("NOT SAVED") && screen.sees("no space"));
    screen.press("d");
    assert!(matches!(screen.commands().as_slice(), [Command::Download { ids, .. }] if ids == &[JobId(3)]));
}

#[test]
fn a_disabled_key_says_why() {
    let mut screen = Screen::living();
    for (keys, reason) in [
        ("r", "job 12 is SUBMITTED: only a held job can be sent"),
        (
            "x",
            "job 12 is SUBMITTED: only a held job can be dropped, the service documents no way to stop a task",
        ),
        ("d", "job 12 is SUBMITTED: there is no video to fetch"),
        ("j j j j d", "the video of job 8 is being fetched"),
        ("j j d", "the video of job 6 is saved already"),
    ] {
        screen.press(keys);
        assert_eq!(screen.toast(), reason);
        assert!(screen.commands().is_empty());
    }
}

#[test]
fn another_accounts_job_is_not_sent_from_here() {
    let job = Job { account: elsewhere(1, 900).account, ..at_rest(1, 900) };
    let mut screen = Screen::with(facts(), vec![job]);
    assert!(
        screen.line("HELD").contains("made with another key (…9876)")
            && screen.line("HELD").starts_with("▶*")
    );
    screen.press("r");
    assert_eq!(
        screen.toast(),
        "job 1 was made with …9876 on https://api.cometapi.com: it is sent only there; e clones it, to send it from here"
    );
    assert!(screen.press("enter").sees("made with …9876 on https://api.cometapi.com"));
}

#[test]
fn another_accounts_video_is_not_fetched_from_here_and_holds_no_other_up() {
    let foreign = Job { account: elsewhere(1, 900).account, ..done(4, 900) };
    let mut screen = Screen::with(facts(), vec![foreign, done(3, 900)]);
    screen.press("d");
    assert!(screen.toast().ends_with("its video is fetched only there"), "{}", screen.toast());
    for keys in [": \"download --all\" enter", "* d"] {
        screen.press(keys);
        let commands = screen.commands();
        let fetched = matches!(commands.as_slice(), [Command::Download { ids, .. }] if numbers(ids) == [3]);
        assert!(fetched, "{keys}: {commands:?}");
    }
}

#[test]
fn p_asks_for_news_from_every_list() {
    let mut screen = Screen::living();
    screen.press("p");
    assert_eq!(screen.toast(), "asking the service about 4 tasks");
    screen.press("3 p ? p");
    assert_eq!(screen.commands().len(), 3);
}

#[test]
fn p_says_why_it_asks_nothing() {
    let mut screen = Screen::with(facts(), vec![saved(1, 900)]);
    screen.press("p");
    assert_eq!(screen.toast(), "no task is under way: there is nothing to ask the service about");
    assert!(screen.commands().is_empty());
    let paused = Some(Problem::new("wrong_key", "the key …cdef was refused (401)"));
    screen.tell(vec![Update::Status(Status { role: Role::Owner, paused, ..Status::default() })]).press("p");
    assert_eq!(
        (screen.toast(), screen.effects.len()),
        ("sending is allowed again: the next request tells whether it is taken", 1)
    );
}

#[test]
fn the_detail_says_what_is_true_of_the_state() {
    let detail = |job: Job| {
        let mut screen = Screen::with(facts(), vec![job]);
        screen.press("enter");
        screen
    };
    let screen = detail(held(1, 5));
    assert!(screen.sees("HELD, waits to be sent") && !screen.sees("r send it"), "{}", screen.text());
    assert!(screen.sees("nothing billed; about $0.32 if it is sent"));
    assert!(detail(at_rest(1, 90)).sees("r send it"));
    let problem = Problem::new("bad_request", "the image cannot be fetched").hint("mend the address");
    let failure = Failure { code: "bad_request".into(), message: "no image there".into() };
    let refused = Change::Refused { failure, problem, request_id: None };
    let screen = detail(changed(held(1, 5), &[(Change::Intent, 4), (refused, 3)]));
    assert!(screen.sees("mend the address") && !screen.sees("advice"), "{}", screen.text());
    assert!(screen.sees("cost            nothing billed"), "{}", screen.text());
    let throttled = Report { raw_status: Some("THROTTLED".into()), ..report(Phase::Queued) };
    assert!(detail(reported(1, 30, throttled, 6)).sees("THROTTLED (waits for a free slot)"));
    let mut screen = detail(failed(1, 900, "INTERNAL"));
    assert_eq!(screen.text().matches("what to do").count(), 1);
    let told = crate::engine::Detail {
        job: failed(1, 900, "INTERNAL"),
        timeline: Vec::new(),
        reply: None,
        kin: crate::engine::Kin::default(),
    };
    screen.tell(vec![Update::Detail(Box::new(told))]);
    assert!(screen.sees("Timeline") && !screen.sees("Last reply"));
}

// Help, log.

#[test]
fn help_is_made_from_the_key_table() {
    let mut screen = Screen::with(Facts { size: (120, 140), ..facts() }, living());
    screen.press("?");
    for spec in &super::super::actions::ACTIONS {
        assert!(screen.sees(spec.name), "{}", spec.name);
    }
    assert!(screen.press("esc").model.page.is_none());
}

#[test]
fn f1_helps_inside_text() {
    let mut screen = Screen::empty();
    screen.press("tab \"a\" f1");
    assert!(screen.sees("Keys"));
    screen.press("esc \"b\"");
    assert_eq!(draft(&screen).prompt, "ab");
}

#[test]
fn pages_scroll_to_their_ends() {
    let mut screen = Screen::living();
    screen.resize(80, 24).press("? G");
    assert!(screen.sees("Questions"));
    let bottom = screen.text();
    assert_eq!(screen.press("j pgdn").text(), bottom);
    screen.press("g");
    assert!(screen.sees("Anywhere"));
    assert!(!screen.press("pgdn").sees("Anywhere"));
}

#[test]
fn the_log_follows_unless_scrolled() {
    let mut screen = Screen::living();
    let line = |n: i64| super::super::LogLine {
        at: now(),
        level: tracing::Level::INFO,
        job: Some(JobId(n)),
        text: format!("line {n} of the log"),
    };
    screen.send(Message::Log((0..50).map(line).collect(), 3)).press("3");
    assert!(screen.sees("line 49 of") && screen.sees("3 older lines dropped"));
    screen.press("k k").send(Message::Log(vec![line(50)], 3));
    assert!(!screen.sees("line 50 of") && screen.sees("G follows again"));
    screen.press("G");
    assert!(screen.sees("line 50 of") && !screen.sees("follows"));
}

#[test]
fn a_scrolled_log_stays_full() {
    for (columns, rows) in [(120, 40), (80, 24), (50, 14), (30, 8)] {
        let mut screen = Screen::living();
        let line = |n: i64| super::super::LogLine {
            at: now(),
            level: tracing::Level::INFO,
            job: None,
            text: format!("L{n} of the log, which is long enough to be wrapped in a small window{n}E"),
        };
        screen.resize(columns, rows).send(Message::Log((0..30).map(line).collect(), 0)).press("3 g");
        let text = screen.text();
        let pane: Vec<_> = text.lines().skip_while(|line| !line.contains("3 Log")).skip(1).collect();
        assert!(pane[0].contains("L0 of"), "{columns}x{rows}\n{text}");
        let height = view::log_height(&screen.model, screen.model.area());
        assert!(pane[..height].iter().all(|line| !line.is_empty()), "{columns}x{rows}\n{text}");
        let bottom = |screen: &mut Screen, keys| screen.press(keys).text();
        let top = bottom(&mut screen, "pgup");
        assert_eq!(top, text);
        assert_ne!(bottom(&mut screen, "j"), text, "{columns}x{rows}");
        assert!(screen.press("G").sees("29E") && !screen.sees("follows"), "{columns}x{rows}");
    }
}

#[test]
fn a_log_that_fits_cannot_be_scrolled() {
    let mut screen = Screen::living();
    let line =
        super::super::LogLine { at: now(), level: tracing::Level::INFO, job: None, text: "one".into() };
    screen.send(Message::Log(vec![line], 0)).press("3 g");
    assert!(screen.sees("one") && !screen.sees("follows"));
}

// Keys of the config.

#[test]
fn the_configs_keys_are_laid_over_the_tables() {
    let mut facts = facts();
    facts.config.keys.insert("poll_now".into(), vec!["f9".into()]);
    facts.config.keys.insert("hlep".into(), vec!["f2".into()]);
    let mut screen = Screen::with(facts, living());
    assert!(
        screen.toast().ends_with("keys.hlep: there is no such action; the nearest is `help`"),
        "{}",
        screen.toast()
    );
    screen.press("p");
    assert!(screen.commands().is_empty());
    screen.press("f9");
    assert!(matches!(screen.commands().as_slice(), [Command::PollNow(_)]));
    screen.press("3");
    assert!(screen.sees("keys.hlep"));
}

// Windows.

#[test]
fn of_the_header_the_demo_goes_last_and_the_unsure_count_before_it() {
    let demo = || Facts { demo: Some("/tmp/taxiway-demo-x1".into()), ..facts() };
    for columns in 20..130 {
        let mut screen = Screen::with(demo(), living());
        screen.resize(columns, 24);
        let text = screen.text();
        let header = text.lines().next().unwrap();
        assert!(header.contains("DEMO") && header.contains("1 unsure"), "{columns}: {header}");
        for word in header
            .split("  ")
            .flat_map(|part| part.split(" · "))
            .filter(|part| part.contains(|c: char| c.is_ascii_digit()) && !part.contains('…'))
        {
            let whole = ["running", "queued", "held", "unsure", "taxiway-demo-x1"];
            assert!(whole.iter().any(|end| word.ends_with(end)), "{columns}: {word}");
        }
    }
}

#[test]
fn a_replay_is_told_beside_the_demo() {
    let replay = Some("report.json".into());
    let mut screen = Screen::with(Facts { demo: Some("/tmp/x".into()), replay, ..facts() }, living());
    for columns in [80, 120] {
        assert!(screen.resize(columns, 24).sees("DEMO  REPLAY of report.json"), "{}", screen.text());
    }
}

#[test]
fn rows_out_of_sight_are_told() {
    let mut screen = Screen::with(facts(), (1..=31).map(|id| saved(id, 90_000)).collect());
    assert!(screen.resize(80, 24).sees("nothing under way · rows 1-13 of 31"), "{}", screen.text());
    assert!(screen.press("G").sees("rows 19-31 of 31"), "{}", screen.text());
    assert!(screen.resize(44, 14).sees("23-31 of 31 · 1 form · 3 log"), "{}", screen.text());
    assert!(screen.resize(120, 60).sees("nothing under way · 31 jobs"), "{}", screen.text());
}

#[test]
fn small_windows_show_one_pane_and_how_to_switch() {
    let mut screen = Screen::living();
    screen.resize(44, 14);
    assert!(screen.sees("2 Jobs") && screen.sees("1 form · 3 log") && !screen.sees("Prompt "));
    assert!(screen.press("1").sees("1 Form") && !screen.sees("2 Jobs"));
    assert!(screen.press("3").sees("3 Log"));
    screen.resize(19, 4);
    assert!(screen.sees("too small"));
    assert!(screen.resize(20, 5).sees("3 Log"));
}

#[test]
fn a_resize_draws_everything_again() {
    let mut screen = Screen::living();
    screen.model.take_dirty();
    screen.resize(120, 40);
    assert!(matches!(screen.effects().as_slice(), [Effect::Redraw]));
    assert!(screen.model.take_dirty());
    assert!(matches!(screen.press("ctrl-l").effects().as_slice(), [Effect::Redraw]));
}

#[test]
fn the_form_folds_when_room_is_short() {
    let mut screen = Screen::living();
    screen.image().press("alt-2").resize(80, 24);
    assert!(screen.sees("cat.jpg · gen3a_turbo · 1280:720 · 5 s — press 1 to edit"), "{}", screen.text());
    assert!(screen.press("1").sees("[ Submit ]"));
    screen.press("2").resize(120, 40);
    assert!(screen.sees("[ Submit ]"));
}

#[test]
fn the_footer_names_the_keys_of_the_place() {
    let mut screen = Screen::living();
    let footer = |screen: &Screen| screen.text().lines().last().unwrap().to_string();
    assert!(footer(&screen).starts_with("Enter detail  / filter  Space mark"));
    assert!(!footer(&screen).contains("drop it"));
    screen.press("j j j j j");
    assert!(footer(&screen).contains("r send it") && footer(&screen).contains("x drop it"));
    screen.press("1 enter");
    assert!(footer(&screen).contains("Esc leave text") && footer(&screen).contains("Ctrl-C leave"));
}

#[test]
fn the_focused_field_is_to_be_seen_in_every_window() {
    for (columns, rows) in [(20, 5), (30, 7), (44, 9), (60, 16), (61, 18), (80, 24), (120, 40)] {
        let mut screen = Screen::living();
        screen.resize(columns, rows).press("1 down down enter ctrl-u \"gen4.5\" f5 esc up up");
        for spec in &super::super::form::FIELDS {
            assert!(screen.line(&format!("▶ {}", spec.label)).starts_with('▶'), "{columns}x{rows}");
            screen.press("down");
        }
        let submit = screen.line("[ Submit");
        assert!(submit.starts_with('▶'), "{columns}x{rows}: {submit}");
    }
}

#[test]
fn text_is_found_on_a_page_and_letters_behind_it_do_nothing_else() {
    let mut screen = Screen::living();
    screen.resize(80, 24).press("j enter / \"timeline\" enter");
    assert!(screen.model.line.is_none() && screen.sees("Timeline"), "{}", screen.text());
    screen.press("/ \"nowhere to be seen\" enter");
    assert!(screen.sees("nothing on this page holds"), "{}", screen.text());
    assert!(screen.press("esc").model.page.is_some());
}
