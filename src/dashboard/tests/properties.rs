//! What no order of keys, pastes, news and sizes may break.

use proptest::prelude::*;

use super::*;
use crate::{
    dashboard::{Copied, LogLine, MouseKind, actions::ACTIONS, columns::COLUMNS, commands::COMMANDS},
    engine::{ImageFacts, LocalImage},
};

#[derive(Clone, Debug)]
enum Step {
    Key(Key),
    Typed(char),
    Said(String),
    Paste(String),
    Mouse(MouseKind, u16, u16),
    Job(i64, u8, String),
    Gone(i64),
    News(i64),
    Answer(u64, bool),
    Image(u64, bool, String),
    Copied(bool, String),
    Edited(bool, String),
    Memos(String),
    Reloaded(usize),
    Status(usize, String),
    Detail(i64, String),
    Log(String),
    Resize(u16, u16),
    Time(i64),
    Ending,
}

fn any_key() -> impl Strategy<Value = Key> {
    let named: Vec<Key> = ACTIONS
        .iter()
        .flat_map(|spec| spec.fixed.iter().chain(spec.keys))
        .map(|name| name.parse().unwrap())
        .collect();
    prop::sample::select(named)
}

/// Wide, combining, joined, right to left, invisible, and what the form and the filter read.
fn any_char() -> impl Strategy<Value = char> {
    let odd = "ay \"猫ﾞ\u{301}👩\u{200d}🛫\u{fe0f}é한𠮷🇩🇪שא\u{5b8}اب\u{202e}\u{200f}\u{feff}\u{ad}क्षि\u{e33}ß…│\t:!~<>#-/0";
    prop_oneof![any::<char>(), prop::sample::select(odd.chars().collect::<Vec<_>>())]
}

fn any_text() -> impl Strategy<Value = String> {
    prop::collection::vec(any_char(), 0..60).prop_map(String::from_iter)
}

/// A command with words that fit and words that do not.
fn any_command() -> impl Strategy<Value = String> {
    let names = COMMANDS.iter().map(|spec| spec.name).chain(ACTIONS.iter().map(|spec| spec.name));
    let words = [
        "3",
        "#5",
        "--all",
        "+good",
        "-age",
        "id",
        "url",
        "warn",
        "on",
        "state:failed",
        "save x",
        "--seed 1..3",
        "",
    ];
    (prop::sample::select(names.collect::<Vec<_>>()), prop::sample::select(words.to_vec()))
        .prop_map(|(name, word)| format!("{name} {word}"))
}

/// Mostly such as people have, at times the largest.
fn any_size() -> impl Strategy<Value = (u16, u16)> {
    prop_oneof![9 => (0u16..=150, 0u16..=45), 1 => (1u16..=300, 1u16..=100)]
}

fn any_step() -> impl Strategy<Value = Step> {
    let kinds = prop::sample::select(vec![MouseKind::Press, MouseKind::WheelUp, MouseKind::WheelDown]);
    prop_oneof![
        14 => any_key().prop_map(Step::Key),
        6 => any_char().prop_map(Step::Typed),
        2 => any_command().prop_map(Step::Said),
        2 => any_text().prop_map(Step::Paste),
        3 => (kinds, 0u16..160, 0u16..50).prop_map(|(kind, x, y)| Step::Mouse(kind, x, y)),
        4 => (1i64..40, 0u8..9, any_text()).prop_map(|(id, kind, text)| Step::Job(id, kind, text)),
        1 => (1i64..40).prop_map(Step::Gone),
        2 => (1i64..40).prop_map(Step::News),
        2 => (1u64..6, any::<bool>()).prop_map(|(ticket, good)| Step::Answer(ticket, good)),
        1 => (1u64..6, any::<bool>(), any_text()).prop_map(|(ticket, here, text)| Step::Image(ticket, here, text)),
        1 => (any::<bool>(), any_text()).prop_map(|(good, text)| Step::Copied(good, text)),
        1 => (any::<bool>(), any_text()).prop_map(|(good, text)| Step::Edited(good, text)),
        1 => any_text().prop_map(Step::Memos),
        1 => (0usize..3).prop_map(Step::Reloaded),
        1 => (0usize..3, any_text()).prop_map(|(n, text)| Step::Status(n, text)),
        1 => (1i64..40, any_text()).prop_map(|(id, text)| Step::Detail(id, text)),
        1 => any_text().prop_map(Step::Log),
        3 => any_size().prop_map(|(columns, rows)| Step::Resize(columns, rows)),
        3 => (-100i64..100_000).prop_map(Step::Time),
        1 => Just(Step::Ending),
    ]
}

/// A job with this text wherever one can stand.
fn job(id: i64, kind: u8, text: &str) -> Job {
    let mut job = match kind {
        0 => at_rest(id, 900),
        1 => held(id, 3),
        2 => submitted(id, 30),
        3 => running(id, 60, 0.4, 5),
        4 => done(id, 130),
        5 => saved(id, 900),
        6 => failed(id, 900, text),
        7 => unsure(id, 900),
        _ => elsewhere(id, 900),
    };
    job.request.prompt_text = Some(text.into());
    if id % 2 == 0 {
        job.request.model = text.into();
        job.tags = vec![text.into(), "good".into()];
        job.group = Some("3d95".into());
        job.raw_status = job.raw_status.map(|_| text.into());
        job.problem = job.problem.map(|_| Problem::new("x", text));
        job.failure = job.failure.map(|failure| Failure { message: text.into(), ..failure });
        job.parent = Some(JobId(id - 1));
        if let Some(file) = job.result.as_mut().and_then(|result| result.files.first_mut()) {
            file.path = PathBuf::from(format!("/home/u/{text}.mp4"));
        }
    }
    job
}

fn image(here: bool, text: String) -> ImageFacts {
    if !here {
        return ImageFacts::Web {
            media_type: Some(text.clone()),
            bytes: None,
            redirect: Some(text),
            warnings: Vec::new(),
        };
    }
    ImageFacts::Local(LocalImage {
        reference: format!("file:///{text}#sha256={}", "ab".repeat(32)),
        path: text.clone().into(),
        media_type: "image/png",
        bytes: 1,
        uri_characters: 1,
        width: 1,
        height: 1,
        warnings: vec![text],
    })
}

fn config_of(n: usize) -> Config {
    let mut config = config();
    config.ui.theme = ["dark", "light", "mono"][n].into();
    config.ui.ascii = Some(n == 1);
    let columns = COLUMNS.iter().map(|spec| spec.name.to_string()).rev();
    config.ui.columns = if n == 0 { columns.collect() } else { columns.skip(5).collect() };
    config
}

fn messages(step: Step) -> Vec<Message> {
    let key = |code| Message::Key(KeyEvent::new(code, KeyModifiers::NONE));
    let update = |update| Message::Updates(vec![update]);
    let one = match step {
        Step::Key(Key(combination)) => Message::Key(combination.into()),
        Step::Typed(c) => key(KeyCode::Char(c)),
        Step::Said(text) => {
            return vec![key(KeyCode::Char(':')), Message::Paste(text), key(KeyCode::Enter)];
        }
        Step::Paste(text) => Message::Paste(text),
        Step::Mouse(kind, column, row) => Message::Mouse { kind, column, row },
        Step::Job(id, kind, text) => update(Update::Jobs(vec![job(id, kind, &text)])),
        Step::Gone(id) => update(Update::Jobs(vec![Job { archived: true, ..saved(id, 9) }])),
        Step::News(id) => update(Update::News(vec![JobId(id)], now())),
        Step::Answer(ticket, true) => update(Update::Answer { ticket, outcome: Ok(vec![JobId(40)]) }),
        Step::Answer(ticket, false) => {
            let code = if ticket % 2 == 0 { "duplicate" } else { "x" };
            update(Update::Answer {
                ticket,
                outcome: Err(Problem::new(code, "wrong\x1b[1m 猫").hint("mend")),
            })
        }
        Step::Image(ticket, here, text) => update(Update::Image { ticket, outcome: Ok(image(here, text)) }),
        Step::Copied(good, text) => {
            Message::Copied { what: text.clone(), way: if good { Ok(Copied::Tmux) } else { Err(text) } }
        }
        Step::Edited(good, text) => Message::Edited(if good { Ok(text) } else { Err(text) }),
        Step::Memos(text) => {
            let draft = crate::job::Draft { prompt: text.clone(), model: text.clone(), ..Default::default() };
            let draft = serde_json::to_string(&draft).unwrap();
            update(Update::Memos(vec![
                (format!("preset/{text}"), draft.clone()),
                ("draft".into(), draft),
                ("sort".into(), "-state".into()),
            ]))
        }
        Step::Reloaded(n) => Message::Reloaded(Box::new(config_of(n))),
        Step::Status(n, text) => {
            let paused = (n == 2).then(|| Problem::new("wrong_key", text.clone()));
            let network = (n > 0).then(|| Problem::new("network", text));
            update(Update::Status(Status {
                role: Role::Owner,
                tracked: n,
                paused,
                network,
                ..Status::default()
            }))
        }
        Step::Detail(id, text) => {
            let entry = crate::job::TimelineEntry { at: now(), kind: "x".into(), text: text.clone() };
            let reply = Some((now(), 200, text.clone()));
            let detail = crate::engine::Detail {
                job: job(id, 5, &text),
                timeline: vec![entry],
                reply,
                kin: crate::engine::Kin::default(),
            };
            update(Update::Detail(Box::new(detail)))
        }
        Step::Log(text) => {
            let line = LogLine { at: now(), level: tracing::Level::WARN, job: Some(JobId(3)), text };
            Message::Log(vec![line], 1)
        }
        Step::Resize(columns, rows) => Message::Resize(columns, rows),
        Step::Time(seconds) => Message::Time(after(seconds)),
        Step::Ending => Message::Ending,
    };
    vec![one]
}

/// The part of the screen that has the keys is to be seen, and says so by its marker.
fn focus_is_visible(screen: &Screen, text: &str) -> bool {
    let (columns, rows) = screen.model.facts.size;
    if columns < 20 || rows < 5 {
        return columns == 0 || rows == 0 || text.starts_with('t');
    }
    let model = &screen.model;
    // In ASCII each sign has another.
    let [heavy, here, types] = if model.facts.ascii { ['=', '>', '|'] } else { ['━', '▶', '»'] };
    if let Some(line) = &model.line {
        return text.lines().last().is_some_and(|last| last.starts_with(line.sign().get(..1).unwrap()));
    }
    if model.page.is_some() || model.question.is_some() || model.picker.is_some() {
        return text.contains(heavy);
    }
    match model.focus {
        Focus::Form => {
            let sign = if model.form.is_editing() { types } else { here };
            // Any text may hold the signs; a marker begins its line.
            let markers: Vec<_> = text.lines().filter(|line| line.starts_with([here, types])).collect();
            // In ASCII the sign stands before a toast, too.
            let one = model.facts.ascii || markers.len() == 1;
            text.contains(&format!("{heavy} 1 Form"))
                && one
                && markers.iter().any(|line| line.starts_with(sign))
        }
        Focus::Jobs => {
            text.contains(&format!("{heavy} 2 Jobs")) && (screen.selected().is_none() || text.contains(here))
        }
        Focus::Log => text.contains(&format!("{heavy} 3 Log")),
    }
}

/// What holds whatever happened.
fn is_whole(screen: &Screen) -> Result<(), String> {
    let model = &screen.model;
    let selected = model.jobs.selected().map(|job| job.id);
    let rows: Vec<_> = model.jobs.rows(0..model.jobs.len()).map(super::super::jobs::Row::id).collect();
    if selected.is_none() != rows.is_empty() || !selected.is_none_or(|id| rows.contains(&id)) {
        return Err(format!("the selection {selected:?} is not among {rows:?}"));
    }
    let height = view::table_rows(model, model.area());
    let window = model.jobs.window(height);
    if height > 0 && !model.jobs.rows(window.clone()).any(|row| Some(row.id()) == selected) {
        return Err(format!("the window {window:?} does not hold the selection {selected:?}"));
    }
    if let Some(id) = model.jobs.marked().iter().find(|id| model.jobs.get(**id).is_none()) {
        return Err(format!("{id} is marked and not known"));
    }
    if !model.named.is_empty() {
        return Err("jobs are named after the command".into());
    }
    let mut buffer = Buffer::empty(model.area());
    match view::draw(model, model.area(), &mut buffer) {
        Some(cursor) if !model.area().contains(cursor) => Err(format!("the cursor is at {cursor}")),
        _ => Ok(()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn nothing_breaks_the_screen(steps in prop::collection::vec(any_step(), 1..60)) {
        let mut facts = Facts { size: (80, 24), ..facts() };
        facts.config.ui.mouse = true;
        let mut screen = Screen::with(facts, vec![saved(3, 900), running(5, 60, 0.1, 2)]);
        let mut before = screen.text();
        for step in steps {
            let moves = matches!(
                step,
                Step::Key(_) | Step::Typed(_) | Step::Said(_) | Step::Paste(_) | Step::Mouse(..) | Step::Gone(_) | Step::Answer(..)
            );
            // What is awaited is selected when it comes.
            let comes = if let Step::Job(id, ..) = step { Some(id) } else { None };
            let selected = screen.model.jobs.selected().map(|job| job.id);
            let size = screen.model.facts.size;
            screen.model.take_dirty();
            let told = format!("{step:?}");
            for message in messages(step) {
                screen.send(message);
            }
            prop_assert_eq!(is_whole(&screen), Ok(()), "{}", told);
            let narrowed = screen.model.line.is_some() || !screen.model.filter.is_empty();
            if let Some(id) = selected.filter(|_| !moves && !narrowed) {
                // News never takes the selection away; a row may have come to stand for it.
                let here = screen.model.jobs.selected().map(|job| job.id).unwrap();
                let stays = screen.model.jobs.behind(&here).contains(&id);
                prop_assert!(stays || here == JobId(40) || Some(here.0) == comes, "{} {} {}", told, id, here);
            }
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
    fn every_window_shows_every_place((columns, rows) in any_size(), keys in "[123]( (enter|down|f5|z|D))?( (\\?|:|ctrl-p|alt-t|/|s|y))?") {
        let mut screen = Screen::living();
        screen.resize(columns, rows).press(&keys);
        let text = screen.text();
        prop_assert!(focus_is_visible(&screen, &text), "{keys} {columns}x{rows}\n{text}");
    }
}
