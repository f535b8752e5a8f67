//! What the engine tells, and what time does.

use super::*;
use crate::engine::Detail;

#[test]
fn the_selection_stays_with_its_job() {
    let mut screen = Screen::living();
    screen.press("j j").tell(vec![Update::Jobs(vec![submitted(13, 1), submitted(14, 1)])]);
    assert_eq!(screen.selected(), Some(10));
    assert!(screen.line("▶").contains("RUNNING 27%"));
}

#[test]
fn the_selection_goes_to_the_neighbour_of_a_job_that_is_gone() {
    let mut screen = Screen::living();
    let archived = Job { archived: true, ..running(10, 64, 0.27, 4) };
    screen.press("j j").tell(vec![Update::Jobs(vec![archived])]);
    assert_eq!(screen.selected(), Some(9));
}

#[test]
fn while_the_journal_is_read_the_newest_is_selected() {
    let mut screen = Screen::new(facts());
    assert!(screen.sees("Reading the journal"));
    screen.tell(vec![Update::Jobs(vec![saved(1, 900)])]).tell(vec![Update::Jobs(vec![saved(2, 900)])]);
    assert!(screen.selected().is_none() && screen.sees("Reading the journal"));
    screen.tell(vec![Update::Loaded]);
    assert_eq!(screen.selected(), Some(2));
    screen.tell(vec![Update::Jobs(vec![saved(3, 900)])]);
    assert_eq!(screen.selected(), Some(2));
}

#[test]
fn a_new_job_is_selected_whichever_comes_first() {
    for job_first in [true, false] {
        let mut screen = Screen::living();
        screen.image().press("f5 y");
        let mut told =
            vec![Update::Jobs(vec![held(13, 0)]), Update::Answer { ticket: 1, outcome: Ok(vec![JobId(13)]) }];
        if !job_first {
            told.reverse();
        }
        screen.tell(told);
        assert_eq!(screen.selected(), Some(13));
        assert_eq!(screen.toast(), "job 13 is in the journal and will be sent");
    }
}

#[test]
fn what_was_promised_of_a_job_is_told_to_its_end() {
    let refused = || {
        let problem = Problem::new("bad_request", "the image cannot be fetched").hint("mend the address");
        let failure = Failure { code: "bad_request".into(), message: "no image there".into() };
        changed(
            held(13, 5),
            &[(Change::Intent, 4), (Change::Refused { failure, problem, request_id: None }, 3)],
        )
    };
    for (job, told) in [
        (submitted(13, 5), "job 13 was accepted by the service"),
        (refused(), "job 13 is REJECTED: the image cannot be fetched"),
        (at_rest(13, 50), "job 13 was not sent and is held: could not connect to api.cometapi.com"),
    ] {
        let mut screen = Screen::living();
        screen.image().press("f5 y");
        screen.tell(vec![Update::Answer { ticket: 1, outcome: Ok(vec![JobId(13)]) }]);
        for job in [held(13, 0), changed(held(13, 0), &[(Change::Intent, 0)])] {
            screen.tell(vec![Update::Jobs(vec![job])]);
            assert_eq!(screen.toast(), "job 13 is in the journal and will be sent");
        }
        screen.tell(vec![Update::Jobs(vec![job])]);
        assert_eq!(screen.toast(), told);
        screen.tell(vec![Update::Jobs(vec![done(13, 5)])]);
        assert_eq!(screen.toast(), told, "once is enough");
    }
}

#[test]
fn a_new_job_that_the_filter_hides_is_told_so() {
    let mut screen = Screen::living();
    screen.press("/").send(Message::Paste("state:failed".into())).press("enter");
    screen.image().press("f5 y");
    screen.tell(vec![Update::Answer { ticket: 1, outcome: Ok(vec![JobId(13)]) }]);
    screen.tell(vec![Update::Jobs(vec![submitted(13, 5)])]);
    assert_eq!(screen.toast(), "job 13 was accepted by the service; the filter hides it");
}

#[test]
fn a_toast_belongs_to_the_job_and_the_page_it_was_told_on() {
    for (keys, stays) in
        [("down", false), ("enter", false), ("?", false), ("f5", false), ("3", true), ("up", true)]
    {
        let mut screen = Screen::living();
        screen.image().press("alt-2 d");
        assert_eq!(screen.toast(), "job 12 is SUBMITTED: there is no video to fetch");
        screen.press(keys);
        assert_eq!(screen.toast().is_empty(), !stays, "{keys}");
    }
    let mut screen = Screen::living();
    screen.tell(vec![Update::Left]).press("down enter");
    assert!(screen.toast().starts_with("the engine has ended"));
}

#[test]
fn who_sends_and_polls_is_told() {
    let role = |role| vec![Update::Status(Status { role, ..Status::default() })];
    let mut screen = Screen::new(facts());
    screen.tell(role(Role::View { owner: Some(17_476) }));
    assert_eq!(
        screen.toast(),
        "another Taxiway (process 17476) sends and polls; this one hands its jobs over"
    );
    screen.tell(role(Role::Owner));
    assert_eq!(screen.toast(), "this window sends and polls now");
    let mut facts = facts();
    facts.config.key = None;
    let mut screen = Screen::with(facts, living());
    screen.tell(role(Role::View { owner: None }));
    assert!(screen.toast().is_empty() && screen.text().starts_with("Taxiway  no key "), "{}", screen.text());
}

#[test]
fn a_failed_command_is_told_and_loses_nothing() {
    let mut screen = Screen::empty();
    screen.image().press("f5 y");
    let problem = Problem::new("disk", "the journal could not be written: no space left").hint("make room");
    screen.tell(vec![Update::Answer { ticket: 1, outcome: Err(problem) }]);
    assert_eq!(screen.toast(), "the journal could not be written: no space left · make room");
    assert_eq!(screen.model.form.draft().image, "https://example.com/cat.jpg");
    screen.send(Message::Time(after(1))).send(Message::Time(after(8)));
    assert_eq!(screen.toast(), "");
    assert!(screen.press("3").sees("no space left · make room"));
}

#[test]
fn an_open_detail_is_asked_for_again_when_its_job_changes() {
    let mut screen = Screen::living();
    screen.press("j j enter").commands();
    let job = running(10, 64, 0.5, 1);
    screen.tell(vec![Update::Jobs(vec![job.clone(), submitted(13, 1)])]);
    assert!(matches!(screen.commands().as_slice(), [Command::Inspect(JobId(10))]));
    assert!(screen.sees("RUNNING 50%"));
    screen.tell(vec![Update::Jobs(vec![job.clone()])]);
    assert!(screen.commands().is_empty());
    let reply = Some((now(), 502, "<html>bad gateway</html>".to_string()));
    screen.tell(vec![Update::Detail(Box::new(Detail {
        job,
        timeline: Vec::new(),
        reply,
        kin: crate::engine::Kin::default(),
    }))]);
    assert!(screen.press("G").sees("HTTP 502") && screen.sees("<html>bad gateway</html>"));
    let other = Detail {
        job: submitted(13, 1),
        timeline: Vec::new(),
        reply: None,
        kin: crate::engine::Kin::default(),
    };
    screen.tell(vec![Update::Detail(Box::new(other))]);
    assert!(screen.sees("HTTP 502"));
}

#[test]
fn news_that_is_nothing_new_makes_the_row_younger() {
    let mut screen = Screen::with(facts(), vec![running(1, 100, 0.2, 40)]);
    assert!(screen.line("RUNNING").contains("40s"));
    screen.tell(vec![Update::News(vec![JobId(1), JobId(99)], before(2))]);
    assert!(screen.line("RUNNING").contains(" 2s"));
}

#[test]
fn pauses_and_networks_have_a_banner() {
    let mut screen = Screen::living();
    let paused = Some(Problem::new("wrong_key", "the key …cdef was refused (401)"));
    screen.tell(vec![Update::Status(Status { role: Role::Owner, paused, ..Status::default() })]);
    assert!(
        screen.sees("! The key …cdef is not taken, all is paused: K takes another; p tries again · the key")
    );
    let network = Some(Problem::new("network", "no route to host."));
    screen.tell(vec![Update::Status(Status { role: Role::Owner, network, ..Status::default() })]);
    assert!(screen.sees("! The service cannot be reached: no route to host; trying again"));
    screen.image().press("f5");
    assert!(screen.sees("Send this request?"));
}

#[test]
fn a_running_download_shows_how_far_it_is() {
    let mut screen = Screen::living();
    screen.tell(vec![Update::Fetched { id: JobId(8), bytes: 500_000, total: Some(2_000_000) }]);
    assert!(screen.line("FETCHING").contains("25% of 2.0 MB"));
    screen.tell(vec![Update::Fetched { id: JobId(8), bytes: 600_000, total: None }]);
    assert!(screen.line("FETCHING").contains("600 kB"));
}

#[test]
fn what_the_service_says_never_reaches_the_terminal_as_a_command() {
    let mut job = failed(1, 900, "\x1b[2J\x07evil");
    job.request.prompt_text = Some("\x1b]0;title\x07\u{202e}desrever\r\n\tnext".into());
    let mut screen = Screen::with(facts(), vec![job]);
    let clean = |screen: &Screen| {
        let buffer = screen.buffer();
        buffer.content.iter().all(|cell| !cell.symbol().contains(|c: char| c.is_control() || c == '\u{202e}'))
    };
    assert!(clean(&screen) && screen.sees("[2J"));
    screen.press("enter");
    assert!(clean(&screen));
}

// Time.

#[test]
fn ages_grow_at_the_told_moment_and_not_before() {
    let mut screen = Screen::with(facts(), vec![running(1, 600, 0.2, 30)]);
    screen.model.take_dirty();
    assert_eq!(screen.model.next_change(), Some(after(1)));
    screen.send(Message::Time(now() + SignedDuration::from_millis(900)));
    assert!(!screen.model.is_dirty());
    screen.send(Message::Time(after(1)));
    assert!(screen.model.take_dirty() && screen.line("RUNNING").contains("31s"));
    screen.send(Message::Time(after(90)));
    assert!(screen.line("RUNNING").contains("STALE"), "no news for a minute: {}", screen.text());
    assert_eq!(screen.model.next_change(), Some(after(120)));
}

#[test]
fn a_still_screen_stays_still() {
    let at_rest =
        vec![saved(1, 90_000), failed(2, 900, ""), unsure(3, 800), at_rest(4, 700), elsewhere(5, 10)];
    let mut screen = Screen::with(facts(), at_rest);
    screen.model.take_dirty();
    assert_eq!(screen.model.next_change(), None);
    for day in [1, 2, 400] {
        screen.send(Message::Time(after(day * 86_400)));
        assert!(!screen.model.is_dirty() && screen.model.next_change().is_none());
    }
}

#[test]
fn hidden_rows_wake_nobody() {
    let mut jobs: Vec<_> = (2..100).map(|id| saved(id, 9_000)).collect();
    jobs.push(running(1, 60, 0.1, 3));
    let mut screen = Screen::with(facts(), jobs);
    assert_eq!(screen.model.next_change(), None);
    screen.press("G");
    assert!(screen.model.next_change().is_some());
    screen.press("?");
    assert_eq!(screen.model.next_change(), None);
    screen.press("esc 3").resize(44, 14);
    assert_eq!(screen.model.next_change(), None);
}

#[test]
fn a_toast_goes_after_six_seconds_however_late_the_time_is_told() {
    let mut screen = Screen::with(facts(), vec![saved(1, 900)]);
    screen.press("r").model.take_dirty();
    assert!(screen.model.next_change().is_some_and(|at| at <= now()), "it wants to know the time");
    screen.send(Message::Time(after(3_600)));
    assert!(!screen.model.is_dirty() && screen.sees("only a held job"));
    assert_eq!(screen.model.next_change(), Some(after(3_606)));
    screen.send(Message::Time(after(3_606)));
    assert!(screen.model.take_dirty() && !screen.sees("only a held job"));
    assert_eq!(screen.model.next_change(), None);
}

#[test]
fn ten_thousand_jobs_are_drawn_by_the_window() {
    let jobs: Vec<_> = (1..=10_000).map(|id| saved(id, 90_000)).collect();
    let mut screen = Screen::with(facts(), jobs);
    let height = view::table_rows(&screen.model, screen.model.area());
    assert!((10..40).contains(&height));
    assert_eq!(screen.model.jobs.rows(screen.model.jobs.window(height)).count(), height);
    screen.press("G");
    assert_eq!(screen.selected(), Some(1));
    assert!(
        screen.sees("nothing under way · rows ")
            && screen.sees("-10000 of 10000")
            && screen.line("▶").contains("    1 ")
    );
    screen.press("pgup");
    assert_eq!(screen.selected(), Some(i64::try_from(height).unwrap()));
}
