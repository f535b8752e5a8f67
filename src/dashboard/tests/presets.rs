//! Presets.

use super::*;

fn with_presets(names: &[&str]) -> Screen {
    let mut screen = Screen::living();
    let draft = |name: &str| {
        let draft = crate::job::Draft {
            model: "gen4_turbo".into(),
            prompt: format!("the {name} one"),
            ..Default::default()
        };
        (format!("preset/{name}"), serde_json::to_string(&draft).unwrap())
    };
    screen.tell(vec![Update::Memos(names.iter().map(|name| draft(name)).collect())]);
    screen
}

#[test]
fn a_form_is_kept_under_a_name_and_filled_in_from_it() {
    let mut screen = Screen::empty();
    screen.image().press("tab \"a cat\" esc alt-w \"my cat\" enter");
    assert!(screen.toast().contains("kept as \"my cat\""), "{}", screen.toast());
    let (name, value) = screen.remembered().pop().unwrap();
    assert_eq!(name, "preset/my cat");
    // As at the next start.
    let mut screen = Screen::living();
    screen.tell(vec![Update::Memos(vec![(name, value.unwrap())])]);
    screen.press("alt-t enter");
    let draft = draft(&screen);
    assert_eq!((draft.image.as_str(), draft.prompt.as_str()), ("https://example.com/cat.jpg", "a cat"));
    assert!(screen.sees("preset my cat, unchanged"), "{}", screen.text());
}

#[test]
fn keeping_another_under_the_same_name_asks_first() {
    let mut screen = with_presets(&["one"]);
    screen.press("alt-w \"one\" enter");
    assert!(screen.sees("Replace the preset \"one\"?") && screen.remembered().is_empty());
    screen.press("n");
    assert!(screen.remembered().is_empty() && screen.sees("keep this form as: one"), "another name may do");
    screen.press("enter y");
    assert!(matches!(screen.remembered().as_slice(), [(name, Some(_))] if name == "preset/one"));
    assert!(screen.toast().contains("\"one\" was replaced"), "{}", screen.toast());
}

#[test]
fn a_form_needs_a_name_of_reasonable_length() {
    for name in ["", &"x".repeat(41)] {
        let mut screen = Screen::living();
        screen.press(&format!("alt-w \"{name}\" enter"));
        assert!(screen.note().contains("1 to 40 characters") && screen.remembered().is_empty());
    }
}

#[test]
fn the_list_shows_what_is_kept_and_narrows_down() {
    let mut screen = with_presets(&["one", "two"]);
    screen.press("alt-t");
    assert!(screen.line("the one one").contains("gen4_turbo"), "{}", screen.text());
    screen.press("\"tw\"");
    assert!(!screen.sees("the one one") && screen.sees("Presets: tw"), "{}", screen.text());
    screen.press("enter");
    assert_eq!(draft(&screen).prompt, "the two one");
}

#[test]
fn esc_leaves_the_form_alone() {
    let mut screen = with_presets(&["one"]);
    screen.press("alt-t esc");
    assert!(screen.model.picker.is_none() && draft(&screen).prompt.is_empty());
}

#[test]
fn delete_throws_the_marked_one_away() {
    let mut screen = with_presets(&["one", "two"]);
    screen.press("alt-t down delete");
    assert!(screen.sees("Throw the preset \"two\" away?") && screen.remembered().is_empty());
    screen.press("esc");
    assert!(screen.remembered().is_empty());
    screen.press("alt-t down delete y");
    assert_eq!(screen.remembered(), [("preset/two".to_string(), None)]);
    assert!(screen.toast().contains("\"two\" is gone"), "{}", screen.toast());
}

#[test]
fn without_kept_forms_the_way_to_keep_one_is_told() {
    let mut screen = Screen::living();
    screen.press("alt-t");
    assert!(screen.toast().contains("Alt-W keeps it") && screen.model.picker.is_none(), "{}", screen.toast());
}

#[test]
fn what_stood_in_the_form_comes_back_after_a_preset() {
    let mut screen = with_presets(&["one"]);
    screen.press("1 tab \"mine\" alt-t enter alt-g");
    assert_eq!(draft(&screen).prompt, "mine");
}

#[test]
fn commands_keep_fill_and_throw_away() {
    let mut screen = with_presets(&["one"]);
    screen.press(": \"preset load one\" enter");
    assert_eq!(draft(&screen).prompt, "the one one");
    screen.press(": \"preset save two words\" enter");
    assert_eq!(screen.remembered()[0].0, "preset/two words");
    screen.press(": \"preset delete one\" enter");
    assert_eq!(screen.remembered(), [("preset/one".to_string(), None)]);
    for (command, words) in
        [("load zero", "no form is kept as \"zero\""), ("delete zero", "no form"), ("keep", "it is :preset")]
    {
        screen.press(&format!(": \"preset {command}\" enter"));
        assert!(screen.note().contains(words), "{}", screen.note());
        screen.press("esc");
    }
}

#[test]
fn read_only_keeps_nothing() {
    let mut screen = Screen::with(Facts { read_only: true, ..facts() }, living());
    screen.press("alt-w \"one\" enter");
    assert!(screen.note().contains("read-only") && screen.remembered().is_empty());
}

#[test]
fn a_kept_form_of_another_version_is_passed_over() {
    let mut screen = Screen::living();
    screen.tell(vec![Update::Memos(vec![("preset/odd".into(), "[1]".into()), ("draft".into(), "?".into())])]);
    screen.press("alt-t");
    assert!(screen.model.picker.is_none());
}
