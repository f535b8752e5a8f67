//! Every state of the screen as a whole: as text at four sizes, and in colour, without and in ASCII at the
//! default one.

use super::{
    snapshots::{detail, plain, sized, styled, with_log},
    *,
};
use crate::engine::{ImageFacts, LocalImage};

const SIZES: [(u16, u16); 4] = [(44, 14), (80, 24), (120, 40), (200, 60)];

/// A state by its name, and how the screen comes to it.
type Scene = (&'static str, fn(Facts) -> Screen);

/// The states that also differ in colour.
const MAIN: [Scene; 8] = [
    ("living", with_log),
    ("marks", marks),
    ("form", clone_changed),
    ("sweep_confirm", sweep_confirm),
    ("palette", |facts| keys(facts, "ctrl-p \"job\"")),
    ("failed", failed_detail),
    ("log", log_searched),
    ("banners", banners),
];

#[rustfmt::skip]
const SCENES: [Scene; 36] = [
    ("living", with_log),
    ("empty", |facts| Screen::with(facts, Vec::new())),
    ("no_key", no_key),
    ("no_key_table", |facts| { let mut screen = no_key(facts); screen.press("2"); screen }),
    ("wrong_key", wrong_key),
    ("offline", offline),
    ("held_at_start", |facts| Screen::begun(facts, vec![at_rest(1, 900), at_rest(2, 800), at_rest(3, 90)])),
    ("confirm", |facts| filled(facts, "\"42\" f5")),
    ("sweep_confirm", sweep_confirm),
    ("duplicate", duplicate),
    ("leave", leave),
    ("drop", |facts| keys(facts, "/ \"id:7\" enter x")),
    ("unsure", |facts| keys(facts, "/ \"id:5\" enter a")),
    ("key_line", |facts| { let mut screen = no_key(facts); screen.press("2 K \"sk-0123456789\""); screen }),
    ("key_question", |facts| { let mut screen = no_key(facts); screen.press("2 K \"sk-0123456789\" enter"); screen }),
    ("detail_running", |facts| { let mut screen = keys(facts, "j j j enter"); detail(&mut screen, 9); screen }),
    ("detail_failed", failed_detail),
    ("detail_saved", |facts| { let mut screen = keys(facts, "/ \"id:6\" enter enter"); detail(&mut screen, 6); screen }),
    ("detail_cloned", cloned_detail),
    ("docked", |facts| { let mut screen = keys(facts, "D j j j"); detail(&mut screen, 9); screen }),
    ("filter_typed", |facts| keys(facts, "/ \"cat state:fai\"")),
    ("filter_wrong", |facts| keys(facts, "/ \"stat:failed\"")),
    ("filter_no_hit", |facts| keys(facts, "/ \"zebra\" enter")),
    ("marks", marks),
    ("folded", |facts| { let mut screen = Screen::with(facts, [living(), sweep()].concat()); screen.press("f"); screen }),
    ("palette", |facts| keys(facts, "ctrl-p")),
    ("copy", |facts| keys(facts, "/ \"id:6,9\" enter * y")),
    ("presets", presets),
    ("models", |facts| { let mut screen = Screen::with(facts, living()); screen.press("1 down down space"); screen }),
    ("ratios", |facts| { let mut screen = Screen::with(facts, living()); screen.press("1 down down down space space down space down"); screen }),
    ("sort", |facts| keys(facts, "s")),
    ("command", |facts| keys(facts, ": \"clone 9 --se\"")),
    ("log", log_searched),
    ("text", |facts| keys(facts, "/ \"id:6\" enter y u Y")),
    ("form_clone", clone_changed),
    ("form_image", form_image),
];

fn keys(facts: Facts, keys: &str) -> Screen {
    let mut screen = with_log(facts);
    screen.press(keys);
    screen
}

fn no_key(mut facts: Facts) -> Screen {
    facts.config.key = None;
    Screen::with(facts, Vec::new())
}

fn status(facts: Facts, status: Status) -> Screen {
    let mut screen = with_log(facts);
    screen.tell(vec![Update::Status(Status { role: Role::Owner, ..status })]);
    screen
}

fn wrong_key(facts: Facts) -> Screen {
    let paused = Some(Problem::new("wrong_key", "the service refused the key …cdef (401)."));
    status(facts, Status { paused, ..Status::default() })
}

fn offline(facts: Facts) -> Screen {
    let network = Some(Problem::new("network", "could not connect to api.cometapi.com"));
    status(facts, Status { network, ..Status::default() })
}

fn banners(facts: Facts) -> Screen {
    let paused = Some(Problem::new("quota_not_enough", "the balance is $0.02."));
    let network = Some(Problem::new("network", "no route to host"));
    let mut screen = status(facts, Status { paused, network, ..Status::default() });
    screen.press("x");
    screen
}

/// A form with image and prompt, and the seed in focus.
fn filled(facts: Facts, then: &str) -> Screen {
    let mut screen = with_log(facts);
    screen.image().press("tab \"a cat yawns\" tab tab tab tab").press(then);
    screen
}

fn sweep_confirm(facts: Facts) -> Screen {
    let mut screen = filled(facts, "\"1..4\" shift-tab shift-tab space space down space enter");
    screen.press("f5");
    screen
}

fn duplicate(facts: Facts) -> Screen {
    let mut screen = filled(facts, "f5 y");
    let told =
        "job 3 (FAILED, 2 h ago) asked for the same. With a seed of its own this would be a variation.";
    screen.tell(vec![Update::Answer { ticket: 1, outcome: Err(Problem::new("duplicate", told)) }]);
    screen
}

fn leave(facts: Facts) -> Screen {
    let to_leave = Status { posting: 1, to_send: 2, tracked: 3, fetching: 1, ..Status::default() };
    let mut screen = status(facts, to_leave);
    screen.press("q");
    screen
}

fn failed_detail(facts: Facts) -> Screen {
    let mut screen = keys(facts, "/ \"id:4\" enter enter");
    detail(&mut screen, 4);
    screen
}

fn cloned_detail(facts: Facts) -> Screen {
    let mut child = Job { parent: Some(JobId(3)), tags: vec!["client".into()], ..saved(13, 600) };
    child.request.seed = Some(7);
    child.request.prompt_text = Some("a dog yawns in the morning sun".into());
    let mut screen = Screen::with(facts, [living(), vec![child]].concat());
    screen.press("enter");
    detail(&mut screen, 13);
    screen.press("pgdn");
    screen
}

fn marks(facts: Facts) -> Screen {
    keys(facts, "/ \"!veo\" enter space j space v j")
}

fn presets(facts: Facts) -> Screen {
    let draft = |name: &str, prompt: &str, seed: &str| {
        let draft = crate::job::Draft {
            image: "https://example.com/cat.jpg".into(),
            prompt: prompt.into(),
            model: "gen4_turbo".into(),
            ratio: "1280:720".into(),
            duration: "5".into(),
            seed: seed.into(),
            watermark: false,
        };
        (format!("preset/{name}"), serde_json::to_string(&draft).unwrap())
    };
    let mut screen = with_log(facts);
    let kept = vec![
        draft("cat", "a cat yawns in the morning sun", "1..3"),
        draft("a long name for a dog", "a dog", ""),
        draft("夜の猫", "夜の猫が屋根の上で踊る", "random x3"),
    ];
    screen.tell(vec![Update::Memos(kept)]).press("alt-t");
    screen
}

fn log_searched(facts: Facts) -> Screen {
    keys(facts, "3 L / \"service\" enter")
}

fn clone_changed(facts: Facts) -> Screen {
    keys(facts, "j j j e enter end \", twice\" tab tab tab right esc tab \"7\"")
}

fn form_image(facts: Facts) -> Screen {
    let mut screen = Screen::with(facts, Vec::new());
    screen.press("enter \"~/pictures/cat.png\" alt-i");
    let warnings = vec!["the picture is 40:9, wider than 2:1: Runway crops it to the ratio".into()];
    let read = LocalImage {
        reference: "file:///home/u/pictures/cat.png#sha256=ab".into(),
        path: "/home/u/pictures/cat.png".into(),
        media_type: "image/png",
        bytes: 3_300_000,
        uri_characters: 4_400_022,
        width: 3200,
        height: 720,
        warnings,
    };
    screen.tell(vec![Update::Image { ticket: 1, outcome: Ok(ImageFacts::Local(read)) }]);
    screen
}

fn snapshot(name: &str, words: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots/overlays");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, words));
}

/// A state at all sizes, one under the other.
fn at_sizes(scene: impl Fn(Facts) -> Screen) -> String {
    let at = |(columns, rows)| {
        let text = plain(&scene(sized(facts(), columns, rows)));
        format!("{columns}x{rows}\n{text}\n")
    };
    SIZES.map(at).concat()
}

#[test]
fn every_state_at_every_size() {
    for (name, scene) in SCENES {
        snapshot(name, &at_sizes(scene));
    }
}

#[test]
fn main_states_in_colour() {
    for (name, scene) in MAIN {
        snapshot(&format!("{name}_colour"), &styled(&scene(sized(facts(), 80, 24))));
    }
}

#[test]
fn main_states_without_colour() {
    for (name, scene) in MAIN {
        let screen = scene(Facts { color: false, ..sized(facts(), 80, 24) });
        let colours = [ratatui::style::Color::Reset; 2];
        assert!(screen.buffer().content.iter().all(|cell| [cell.fg, cell.bg] == colours), "{name}");
        snapshot(&format!("{name}_mono"), &styled(&screen));
    }
}

#[test]
fn main_states_in_ascii() {
    for (name, scene) in MAIN {
        snapshot(&format!("{name}_ascii"), &plain(&scene(Facts { ascii: true, ..sized(facts(), 80, 24) })));
    }
}

#[test]
fn help_and_a_long_message_at_every_size() {
    snapshot("help", &at_sizes(|facts| keys(facts, "?")));
    snapshot("two_lines", &at_sizes(|facts| keys(facts, "/ \"id:9\" enter x")));
}
