//! What no order of keys, pastes, news and sizes may break.

use proptest::prelude::*;

use super::*;

#[derive(Clone, Debug)]
enum Step {
    Key(Key),
    Typed(char),
    Paste(String),
    Job(i64, u8),
    Gone(i64),
    News(i64),
    Answer(u64, bool),
    Status(usize),
    Detail(i64),
    Log(String),
    Resize(u16, u16),
    Time(i64),
    Quit,
}

fn any_key() -> impl Strategy<Value = Key> {
    let named: Vec<Key> = super::super::actions::ACTIONS
        .iter()
        .flat_map(|spec| spec.fixed.iter().chain(spec.keys))
        .map(|name| name.parse().unwrap())
        .collect();
    prop::sample::select(named)
}

fn any_char() -> impl Strategy<Value = char> {
    prop_oneof![
        any::<char>(),
        prop::sample::select(vec![
            'a', 'y', ' ', '猫', 'ﾞ', '\u{301}', '👩', '\u{200d}', '🛫', '\u{fe0f}', 'é', '"'
        ]),
    ]
}

fn any_text() -> impl Strategy<Value = String> {
    prop::collection::vec(any_char(), 0..60).prop_map(String::from_iter)
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => any_key().prop_map(Step::Key),
        6 => any_char().prop_map(Step::Typed),
        2 => any_text().prop_map(Step::Paste),
        4 => (1i64..40, 0u8..9).prop_map(|(id, kind)| Step::Job(id, kind)),
        1 => (1i64..40).prop_map(Step::Gone),
        2 => (1i64..40).prop_map(Step::News),
        2 => (1u64..6, any::<bool>()).prop_map(|(ticket, good)| Step::Answer(ticket, good)),
        1 => (0usize..3).prop_map(Step::Status),
        1 => (1i64..40).prop_map(Step::Detail),
        1 => any_text().prop_map(Step::Log),
        3 => (0u16..=200, 0u16..=60).prop_map(|(columns, rows)| Step::Resize(columns, rows)),
        3 => (-100i64..100_000).prop_map(Step::Time),
        1 => Just(Step::Quit),
    ]
}

fn job(id: i64, kind: u8, text: &str) -> Job {
    let mut job = match kind {
        0 => at_rest(id, 900),
        1 => held(id, 3),
        2 => submitted(id, 30),
        3 => running(id, 60, 0.4, 5),
        4 => done(id, 130),
        5 => saved(id, 900),
        6 => failed(id, 900, "INTERNAL"),
        7 => unsure(id, 900),
        _ => elsewhere(id, 900),
    };
    job.request.prompt_text = Some(text.into());
    job
}

fn message(step: Step) -> Message {
    let updates = |update| Message::Updates(vec![update]);
    match step {
        Step::Key(Key(combination)) => Message::Key(combination.into()),
        Step::Typed(c) => Message::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE)),
        Step::Paste(text) => Message::Paste(text),
        Step::Job(id, kind) => updates(Update::Jobs(vec![job(id, kind, "猫 e\u{301}\u{301} 👩‍👩‍👧 ﾞ\n")])),
        Step::Gone(id) => updates(Update::Jobs(vec![Job { archived: true, ..saved(id, 9) }])),
        Step::News(id) => updates(Update::News(vec![JobId(id)], now())),
        Step::Answer(ticket, true) => updates(Update::Answer { ticket, outcome: Ok(vec![JobId(40)]) }),
        Step::Answer(ticket, false) => updates(Update::Answer {
            ticket,
            outcome: Err(Problem::new("x", "wrong\x1b[1m 猫").hint("mend")),
        }),
        Step::Status(n) => {
            let paused = (n == 2).then(|| Problem::new("wrong_key", "no"));
            updates(Update::Status(Status { role: Role::Owner, tracked: n, paused, ..Status::default() }))
        }
        Step::Detail(id) => {
            let detail = crate::engine::Detail { job: saved(id, 900), timeline: Vec::new(), reply: None };
            updates(Update::Detail(Box::new(detail)))
        }
        Step::Log(text) => {
            let line = super::super::LogLine { at: now(), level: tracing::Level::WARN, job: None, text };
            Message::Log(vec![line], 1)
        }
        Step::Resize(columns, rows) => Message::Resize(columns, rows),
        Step::Time(seconds) => Message::Time(after(seconds)),
        Step::Quit => Message::Quit,
    }
}

/// The part of the screen that has the keys is to be seen, and says so by its marker.
fn focus_is_visible(screen: &Screen, text: &str) -> bool {
    let (columns, rows) = screen.model.facts.size;
    if columns < 20 || rows < 5 {
        return columns == 0 || rows == 0 || text.starts_with('t');
    }
    let model = &screen.model;
    let over = model.page.is_some() || model.question.is_some() || model.picker.is_some();
    if over {
        return text.contains("━");
    }
    if let Some(line) = &model.line {
        return text.lines().last().is_some_and(|last| last.starts_with(line.sign().get(..1).unwrap()));
    }
    match screen.model.focus {
        Focus::Form => {
            let sign = if screen.model.form.is_editing() { "»" } else { "▶" };
            // Any text may hold the signs; a marker begins its line.
            let markers: Vec<_> = text.lines().filter(|line| line.starts_with(['▶', '»'])).collect();
            text.contains("━ 1 Form") && markers.len() == 1 && markers[0].starts_with(sign)
        }
        Focus::Jobs => text.contains("━ 2 Jobs") && (screen.selected().is_none() || text.contains("▶")),
        Focus::Log => text.contains("━ 3 Log"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn nothing_breaks_the_screen(steps in prop::collection::vec(any_step(), 1..60)) {
        let mut screen = Screen::with(Facts { size: (80, 24), ..facts() }, vec![saved(3, 900), running(5, 60, 0.1, 2)]);
        let mut before = screen.text();
        for step in steps {
            let moves = matches!(step, Step::Key(_) | Step::Typed(_) | Step::Gone(_) | Step::Answer(..));
            let selected = screen.selected();
            let size = screen.model.facts.size;
            screen.model.take_dirty();
            let told = format!("{step:?}");
            screen.send(message(step));
            let narrowed = screen.model.line.is_some() || !screen.model.filter.is_empty();
            if !moves && selected.is_some() && !narrowed {
                // News never takes the selection away, unless an awaited job arrived.
                prop_assert!(screen.selected() == selected || screen.selected() == Some(40) , "{}", told);
            }
            let none_shown = screen.model.jobs.len() == 0;
            prop_assert!(screen.selected().is_some() != none_shown, "{}", told);
            let buffer = screen.buffer();
            let text = rows(&buffer).join("\n");
            prop_assert!(focus_is_visible(&screen, &text), "{told}\n{text}");
            // Clean means clean: what is not drawn again would look the same.
            if !screen.model.is_dirty() && size == screen.model.facts.size {
                prop_assert_eq!(&text, &before, "{}", told);
            }
            let cells = buffer.content;
            before = text;
            prop_assert!(cells.iter().all(|cell| !cell.symbol().contains(char::is_control)), "{}", told);
            if screen.leaves() {
                break;
            }
        }
    }

    #[test]
    fn the_selection_survives_any_news(order in prop::collection::vec((1i64..60, 0u8..9), 1..80), chosen in 0usize..9) {
        let mut screen = Screen::with(facts(), (20..30).map(|id| saved(id, 900)).collect());
        (0..chosen).for_each(|_| { screen.press("j"); });
        let selected = screen.selected();
        for (id, kind) in order {
            screen.tell(vec![Update::Jobs(vec![job(id, kind, "x")])]);
            prop_assert_eq!(screen.selected(), selected);
            let marked = format!("{} ", selected.unwrap());
            prop_assert!(screen.line("▶").contains(&marked));
        }
    }

    #[test]
    fn text_is_typed_as_it_is(text in any_text()) {
        let text: String = text.chars().filter(|c| !c.is_control()).collect();
        let mut screen = Screen::empty();
        screen.press("tab");
        for c in text.chars() {
            screen.event(KeyCode::Char(c), KeyModifiers::NONE);
        }
        prop_assert_eq!(screen.model.form.draft().prompt, text);
        prop_assert!(screen.draw().backend().cursor_position().x > 0);
    }

    #[test]
    fn every_window_shows_every_place(columns in 0u16..=200, rows in 0u16..=60, keys in "[123]( (enter|down|f5))?( \\?)?") {
        let mut screen = Screen::living();
        screen.resize(columns, rows).press(&keys);
        let text = screen.text();
        prop_assert!(focus_is_visible(&screen, &text), "{keys} {columns}x{rows}\n{text}");
    }
}
