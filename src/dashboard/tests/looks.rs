//! What the screen looks like by the user's word: zoom, the docked detail, order, columns, themes, reload; and
//! what it tells of times.

use ratatui::style::Color;

use super::*;

#[test]
fn z_gives_the_pane_all_the_room_and_puts_it_back() {
    let mut screen = Screen::living();
    screen.press("z");
    assert!(screen.sees("2 Jobs") && screen.sees("z shows all panes"), "{}", screen.text());
    assert!(!screen.sees("1 Form") && !screen.sees("3 Log"));
    screen.press("3");
    assert!(screen.sees("3 Log") && !screen.sees("2 Jobs"));
    screen.press("z");
    assert!(screen.sees("1 Form") && screen.sees("2 Jobs"));
}

#[test]
fn in_the_form_where_z_is_text_a_zoomed_screen_tells_the_other_panes() {
    let mut screen = Screen::living();
    screen.press("z 1");
    assert!(screen.sees("2 jobs · 3 log") && !screen.sees("z shows"), "{}", screen.text());
}

#[test]
fn the_docked_detail_follows_the_selection() {
    let mut screen = Screen::living();
    screen.resize(200, 60).press("D");
    assert!(screen.sees("─ Job 12 · SUBMITTED"), "{}", screen.text());
    assert!(matches!(screen.commands().as_slice(), [Command::Inspect(JobId(12))]));
    for (keys, id) in [("j", 11), ("G", 1), ("/ \"id:9\" enter", 9), (": \"list\" enter g", 12)] {
        screen.press(keys);
        assert!(screen.sees(&format!("─ Job {id} · ")), "{keys}\n{}", screen.text());
        let commands = screen.commands();
        assert!(
            matches!(commands.last(), Some(Command::Inspect(JobId(last))) if *last == id),
            "{keys} {commands:?}"
        );
    }
    assert!(!screen.press("D").sees("─ Job"));
}

#[test]
fn a_docked_detail_follows_a_new_job() {
    let mut screen = Screen::living();
    screen.resize(200, 60).press("D");
    screen.press("1 \"https://example.com/cat.jpg\" f5 y");
    screen.tell(vec![
        Update::Answer { ticket: 1, outcome: Ok(vec![JobId(13)]) },
        Update::Jobs(vec![held(13, 0)]),
    ]);
    assert!(screen.sees("─ Job 13 · "), "{}", screen.text());
}

#[test]
fn where_there_is_no_room_for_a_docked_detail_that_is_told() {
    let mut screen = Screen::living();
    screen.press("D");
    assert!(screen.toast().contains("as soon as the window is wide enough"), "{}", screen.toast());
    assert!(screen.resize(140, 40).sees("─ Job 12"));
    assert!(!screen.resize(139, 40).sees("─ Job 12"));
}

#[test]
fn n_goes_to_the_detail_of_the_next_row_and_back() {
    let mut screen = Screen::living();
    screen.press("enter n");
    assert!(screen.sees("━ Job 11") && screen.selected() == Some(11));
    screen.press("N");
    assert!(screen.sees("━ Job 12"));
    let inspected: Vec<_> = screen.commands().into_iter().map(|command| format!("{command:?}")).collect();
    assert_eq!(inspected, ["Inspect(JobId(12))", "Inspect(JobId(11))", "Inspect(JobId(12))"]);
}

#[test]
fn s_lists_the_columns_and_orders_the_rows() {
    let mut screen = Screen::living();
    screen.press("s \"model\" enter");
    assert_eq!(screen.shown().last(), Some(&9), "gen4 after gen3a");
    assert!(screen.sees("by model ↑"), "{}", screen.text());
    assert_eq!(screen.remembered(), [("sort".to_string(), Some("model".to_string()))]);
    screen.press("S");
    assert_eq!(screen.shown().first(), Some(&9));
    assert_eq!(screen.remembered(), [("sort".to_string(), Some("-model".to_string()))]);
}

#[test]
fn picking_the_same_column_turns_the_order_round() {
    let mut screen = Screen::living();
    screen.press("s enter");
    assert_eq!(screen.shown().first(), Some(&1));
}

#[test]
fn the_order_of_the_last_run_comes_back() {
    let mut screen = Screen::new(facts());
    screen.tell(vec![
        Update::Jobs(living()),
        Update::Memos(vec![("sort".into(), "id".into())]),
        Update::Loaded,
    ]);
    assert_eq!(screen.shown().first(), Some(&1));
    assert!(screen.sees("by id ↑"));
}

#[test]
fn read_only_orders_rows_and_keeps_nothing() {
    let mut screen = Screen::with(Facts { read_only: true, ..facts() }, living());
    screen.press("S");
    assert!(screen.sees("by id ↑") && screen.effects.is_empty());
}

#[test]
fn the_config_chooses_columns() {
    let mut facts = facts();
    facts.config.ui.columns = ["cost", "id", "tags"].map(String::from).into();
    let mut screen = Screen::with(facts, vec![Job { tags: vec!["client".into()], ..saved(1, 900) }]);
    let heads = screen.line("COST");
    assert!(heads.find("COST") < heads.find("ID") && heads.contains("TAGS"), "{heads}");
    assert!(screen.resize(44, 14).sees("client"), "{}", screen.text());
}

#[test]
fn labels_without_a_column_stand_before_the_prompt() {
    let screen = Screen::with(facts(), vec![Job { tags: vec!["client".into()], ..saved(1, 900) }]);
    assert!(screen.sees("#client a cat"), "{}", screen.text());
}

fn color_of(screen: &Screen, words: &str) -> Color {
    let buffer = screen.buffer();
    let lines = rows(&buffer);
    let found = lines.iter().enumerate().find_map(|(row, line)| Some((row, line.split_once(words)?.0)));
    let (row, before) = found.unwrap();
    let start = super::super::text::width(before);
    buffer[(u16::try_from(start).unwrap(), u16::try_from(row).unwrap())].fg
}

#[test]
fn themes_colour_the_states() {
    let themed = |theme: &str, color| {
        let mut facts = Facts { color, ..facts() };
        facts.config.ui.theme = theme.into();
        let words = [("live".to_string(), "bright-red bold".to_string())].into();
        facts.config.themes.insert("mine".into(), crate::config::ThemeSpec(words));
        color_of(&Screen::with(facts, living()), "RUNNING 27%")
    };
    assert_eq!(themed("dark", true), Color::Cyan);
    assert_eq!(themed("light", true), Color::Blue);
    assert_eq!(themed("mine", true), Color::LightRed);
    assert_eq!(themed("mono", true), Color::Reset);
    assert_eq!(themed("mine", false), Color::Reset);
}

#[test]
fn reload_is_asked_for_and_takes_keys_theme_and_columns() {
    let mut screen = Screen::living();
    screen.press(": \"reload\" enter");
    assert!(matches!(screen.effects().as_slice(), [Effect::Reload]));
    let mut config = config();
    config.keys.insert("poll_now".into(), vec!["f9".into()]);
    (config.ui.theme, config.ui.columns) = ("light".into(), vec!["id".into(), "state".into()]);
    screen.send(Message::Reloaded(Box::new(config)));
    assert!(screen.toast().contains("were read again") && !screen.sees("PROMPT"), "{}", screen.text());
    assert_eq!(color_of(&screen, "RUNNING 27%"), Color::Blue);
    screen.press("f9");
    assert!(matches!(screen.commands().as_slice(), [Command::PollNow(_)]));
}

#[test]
fn a_reload_tells_keys_that_cannot_be_bound() {
    let mut screen = Screen::living();
    let mut config = config();
    config.keys.insert("poll_now".into(), vec!["q".into()]);
    screen.send(Message::Reloaded(Box::new(config)));
    assert!(screen.toast().contains("keys.poll_now: `q` always means `quit`"), "{}", screen.toast());
}

#[test]
fn a_row_whose_news_is_old_says_stale() {
    let mut screen = Screen::with(facts(), vec![running(9, 60, 0.5, 2)]);
    assert!(!screen.sees("STALE"));
    // Four usual pauses of 8 s and a request of 30 s.
    screen.wait(59);
    assert!(!screen.sees("STALE"), "{}", screen.text());
    screen.wait(60);
    assert!(screen.line("RUNNING").contains("STALE"), "{}", screen.text());
    screen.tell(vec![Update::News(vec![JobId(9)], after(60))]);
    assert!(!screen.sees("STALE"));
}

#[test]
fn what_such_jobs_usually_take_is_learned_and_told() {
    let timed = |id: i64| {
        let mut job = saved(id, 900);
        (job.started_at, job.finished_at) = (Some(before(800)), Some(before(730)));
        job
    };
    let mut live = running(9, 95, 0.5, 2);
    live.started_at = Some(before(55));
    let mut screen = Screen::with(facts(), vec![timed(1), timed(2), live.clone()]);
    assert!(!screen.sees("usually"), "two are too few\n{}", screen.text());
    screen.tell(vec![Update::Jobs(vec![timed(13)])]);
    assert!(screen.line("RUNNING").contains("usually 1:10, now 0:55"), "{}", screen.text());
    screen.wait(20);
    assert!(screen.line("RUNNING").contains("1:15 (1:10)"), "too narrow for more: {}", screen.text());
}

#[test]
fn a_docked_detail_is_asked_for_again_when_its_job_changes_under_another_page() {
    let mut screen = Screen::living();
    screen.resize(200, 60).press("D");
    screen.press("/ \"id:12\" enter : \"show 9\" enter");
    screen.commands();
    screen.tell(vec![Update::Jobs(vec![saved(12, 8), saved(9, 95)])]);
    let asked: Vec<_> = screen.commands().iter().map(|command| format!("{command:?}")).collect();
    assert_eq!(asked, ["Inspect(JobId(9))", "Inspect(JobId(12))"]);
}

#[test]
fn everything_is_drawn_again_on_demand() {
    for key in ["ctrl-l", "alt-l"] {
        let mut screen = Screen::living();
        screen.model.take_dirty();
        screen.press(key);
        assert!(
            matches!(screen.effects().as_slice(), [Effect::Redraw]) && screen.model.take_dirty(),
            "{key}"
        );
    }
}

#[test]
fn going_back_to_the_shell_waits_for_a_request_that_is_on_its_way_and_says_so() {
    let mut screen = Screen::living();
    screen.press("ctrl-z");
    assert!(matches!(screen.effects().as_slice(), [Effect::Stop(crate::dashboard::Stop::Ask)]));
    assert_eq!(screen.toast(), "");
    screen.tell(vec![Update::Status(Status { role: Role::Owner, posting: 1, ..Status::default() })]);
    screen.press("1 enter alt-z");
    assert!(screen.toast().contains("stops as soon as its id is stored"), "{}", screen.toast());
}
