//! The form by its keys: where the focus goes, text, choices, pastes.

use super::*;

// Where the focus goes.

#[test]
fn at_start_the_table_has_the_focus() {
    assert_eq!(Screen::living().place(), "jobs");
    assert_eq!(Screen::new(facts()).place(), "jobs");
}

#[test]
fn without_jobs_the_form_has_it_outside_its_text() {
    let screen = Screen::empty();
    assert_eq!((screen.place(), screen.model.form.is_editing()), ("image", false));
}

#[test]
fn who_went_somewhere_is_left_there() {
    let mut screen = Screen::new(facts());
    screen.press("3").tell(vec![Update::Loaded]);
    assert_eq!(screen.place(), "log");
}

#[test]
fn tab_goes_through_fields_and_panes() {
    let mut screen = Screen::living();
    let places: Vec<_> = (0..11).map(|_| screen.press("tab").place()).collect();
    let fields = ["image", "prompt", "model", "ratio", "duration", "seed", "watermark", "submit"];
    assert_eq!(places, [&["log"], &fields[..], &["jobs", "log"]].concat());
}

#[test]
fn shift_tab_goes_back() {
    let mut screen = Screen::living();
    let places: Vec<_> = (0..10).map(|_| screen.press("shift-tab").place()).collect();
    let fields = ["submit", "watermark", "seed", "duration", "ratio", "model", "prompt", "image"];
    assert_eq!(places, [&fields[..], &["log", "jobs"]].concat());
}

#[test]
fn digits_go_to_panes_outside_text() {
    let mut screen = Screen::living();
    assert_eq!(screen.press("1").place(), "image");
    assert_eq!(screen.press("3").place(), "log");
    assert_eq!(screen.press("2").place(), "jobs");
}

#[test]
fn alt_digits_go_to_panes_from_anywhere() {
    let mut screen = Screen::living();
    screen.press("1 enter \"https\"");
    assert_eq!(screen.press("alt-2").place(), "jobs");
    assert_eq!(screen.press("enter alt-3").place(), "log");
    assert!(screen.model.page.is_none());
    assert_eq!(screen.press("? alt-1").place(), "image");
    assert!(screen.model.page.is_none());
}

#[test]
fn arrows_and_jk_go_through_the_fields() {
    let mut screen = Screen::empty();
    assert_eq!(screen.press("down down down").place(), "ratio");
    assert_eq!(screen.press("j").place(), "duration");
    assert_eq!(screen.press("k k").place(), "model");
    assert_eq!(screen.press("up up up up").place(), "image");
}

#[test]
fn enter_goes_on_from_field_to_field_and_sends_at_the_end() {
    let mut screen = Screen::empty();
    screen.press("enter \"https://example.com/a.png\" enter \"runs\" enter enter enter enter enter enter");
    assert_eq!(screen.place(), "submit");
    assert!(screen.press("enter").sees("Send this request?"));
}

// Text.

#[test]
fn in_text_every_printable_key_is_text() {
    let mut screen = Screen::empty();
    screen.press("tab \"q?123 hjkl gG rdxp\"");
    assert_eq!(draft(&screen).prompt, "q?123 hjkl gG rdxp");
    assert!(screen.effects.is_empty() && screen.model.page.is_none());
}

#[test]
fn esc_leaves_the_text_and_the_field_stays() {
    let mut screen = Screen::empty();
    screen.press("tab \"cat\" esc");
    assert_eq!((screen.place(), screen.model.form.is_editing()), ("prompt", false));
    assert!(screen.press("?").model.page.is_some());
}

#[test]
fn esc_never_leaves_the_program() {
    let mut screen = Screen::living();
    for place in ["1", "tab", "2", "enter", "3", "?"] {
        screen.press(place).press("esc esc esc");
        assert!(!screen.leaves() && screen.model.question.is_none());
    }
}

#[test]
fn enter_or_a_first_character_begins_a_text() {
    let mut screen = Screen::empty();
    screen.press("\"https://x.org/\" esc enter \"a.png\"");
    assert_eq!(draft(&screen).image, "https://x.org/a.png");
}

#[test]
fn text_is_edited_by_graphemes() {
    let mut screen = Screen::empty();
    screen.press("tab \"née 猫👩‍👩‍👧\" backspace backspace");
    assert_eq!(draft(&screen).prompt, "née ");
    screen.press("home right delete");
    assert_eq!(draft(&screen).prompt, "ne ");
    screen.press("left delete \"e\u{301}e\u{301}\" left");
    assert_eq!(screen.draw().backend().cursor_position().x, 14);
    screen.press("backspace alt-u right \"!\"");
    assert_eq!(draft(&screen).prompt, "e\u{301}e\u{301}!e ");
}

#[test]
fn words_are_moved_over_and_deleted() {
    let mut screen = Screen::empty();
    screen.press("tab \"a cat yawns\" alt-b \"x\" ctrl-e ctrl-w");
    assert_eq!(draft(&screen).prompt, "a cat ");
    screen.press("alt-b alt-d alt-b alt-f");
    assert_eq!(draft(&screen).prompt.trim(), "a");
    screen.press("end ctrl-u");
    assert_eq!(draft(&screen).prompt, "");
}

#[test]
fn edits_are_undone_and_done_again() {
    let mut screen = Screen::empty();
    screen.press("tab \"ab\" alt-u");
    assert_eq!(draft(&screen).prompt, "a");
    screen.press("alt-r");
    assert_eq!(draft(&screen).prompt, "ab");
}

#[test]
fn the_prompt_has_lines_and_other_fields_do_not() {
    let mut screen = Screen::empty();
    screen.press("tab \"one\" ctrl-j \"two\" alt-enter \"three\"");
    assert_eq!(draft(&screen).prompt, "one\ntwo\nthree");
    screen.press("tab ctrl-j");
    assert_eq!(draft(&screen).model, "gen3a_turbo");
    assert_eq!(screen.toast(), "only the prompt has several lines");
}

#[test]
fn up_and_down_move_in_the_prompt_before_they_leave_it() {
    let mut screen = Screen::empty();
    screen.press("tab \"one\" ctrl-j \"two\" up");
    assert_eq!(screen.place(), "prompt");
    assert_eq!(screen.press("up").place(), "image");
    assert_eq!(screen.press("down down down").place(), "model");
}

#[test]
fn the_counter_counts_as_the_service_does() {
    let mut screen = Screen::empty();
    screen.press("tab \"ab🛫\"");
    assert!(screen.sees("4/512"));
    let text = "🛫".repeat(256) + "a";
    screen.press("ctrl-u").send(Message::Paste(text));
    assert!(screen.sees("513/512") && screen.sees("shorten it by 1"), "{}", screen.text());
}

#[test]
fn whether_keys_are_text_is_seen_without_colour() {
    let mut screen = Screen::empty();
    assert!(screen.press("tab esc").sees("▶ Prompt") && !screen.sees("typing"));
    assert!(screen.press("enter").sees("━ 1 Form · typing in prompt ━") && screen.sees("» Prompt"));
    let underlined = |screen: &Screen| {
        let lines =
            |cell: &ratatui::buffer::Cell| cell.modifier.contains(ratatui::style::Modifier::UNDERLINED);
        screen.buffer().content.iter().filter(|cell| lines(cell)).count()
    };
    let width = usize::from(screen.model.facts.size.0 - 14);
    assert_eq!(underlined(&screen), 3 * width);
    assert_eq!(underlined(screen.press("tab")), 24);
    assert!(!screen.press("f1").sees("typing") && screen.press("esc").sees("»"));
    assert_eq!(underlined(screen.press("esc")), 0);
    assert!(!Screen::empty().image().press("f5").sees("»"), "a question has the keys");
}

// Choices.

#[test]
fn arrows_choose_round_and_round() {
    let mut screen = Screen::empty();
    screen.press("down down down right");
    assert_eq!(draft(&screen).ratio, "720:1280");
    screen.press("left left");
    assert_eq!(draft(&screen).ratio, "", "not given is a choice where the model allows it");
    screen.press("h l l");
    assert_eq!(draft(&screen).ratio, "1280:720");
    screen.press("down right");
    assert_eq!(draft(&screen).duration, "10");
    screen.press("down down space");
    assert!(draft(&screen).watermark);
}

#[test]
fn the_model_takes_any_text_and_offers_the_known_ones() {
    let mut screen = Screen::empty();
    screen.press("down down right");
    assert_eq!(draft(&screen).model, "gen4.5");
    screen.press("enter alt-p alt-p");
    assert_eq!(draft(&screen).model, "veo3.1_fast");
    screen.press("ctrl-u \"of_the_future\"");
    assert!(screen.sees("not in the table") && screen.sees("price unknown"));
}

#[test]
fn a_new_model_changes_nothing_else_and_shows_what_does_not_fit() {
    let mut screen = Screen::empty();
    screen.press("down down down left left left");
    assert_eq!(draft(&screen).ratio, "1280:768");
    screen.press("up right");
    assert_eq!((draft(&screen).model.as_str(), draft(&screen).ratio.as_str()), ("gen4.5", "1280:768"));
    assert!(screen.sees("`1280:768` is none of gen4.5's"), "{}", screen.text());
}

// Paste.

#[test]
fn a_paste_is_one_edit_and_never_submits() {
    let mut screen = Screen::empty();
    screen.press("tab \"a \"").send(Message::Paste("cat\r\nyawns\x1b[201~\n".into()));
    assert_eq!(draft(&screen).prompt, "a cat\nyawns\n");
    assert!(screen.effects.is_empty() && screen.place() == "prompt");
    screen.press("alt-u");
    assert_eq!(draft(&screen).prompt, "a ");
}

#[test]
fn a_paste_into_one_line_stays_there() {
    let mut screen = Screen::empty();
    screen.send(Message::Paste("\nhttps://example.com/\na.png\n".into()));
    assert_eq!(draft(&screen).image, "https://example.com/ a.png");
    assert!(screen.model.form.is_editing());
}

#[test]
fn a_paste_outside_text_goes_nowhere() {
    for place in ["2", "3", "1 down down down", "?"] {
        let mut screen = Screen::living();
        screen.press(place).send(Message::Paste("qyq\n".into()));
        assert!(screen.toast().starts_with("nothing was pasted"), "{place}");
        assert!(screen.effects.is_empty());
    }
}

#[test]
fn a_paste_says_no_to_a_question() {
    let mut screen = Screen::empty();
    screen.image().press("f5").send(Message::Paste("y".into()));
    assert!(screen.model.question.is_none() && screen.commands().is_empty());
}

#[test]
fn a_paste_has_an_end_and_says_so() {
    let mut screen = Screen::empty();
    screen.press("tab").send(Message::Paste("a".repeat(70_000)));
    assert_eq!(screen.toast(), "the paste was cut off: this field is full");
    let little = format!("{}b", "\u{7}".repeat(70_000));
    screen.press("ctrl-u").send(Message::Paste(little));
    assert_eq!(screen.toast(), "the paste was cut off after 64 KiB");
    screen.send(Message::Paste("b".repeat(30_000)));
    assert!(draft(&screen).prompt.len() <= 20_000);
    screen.press("\"z\"");
    assert_eq!(screen.toast(), "this field is full");
}

// What is seen of a text.

#[test]
fn a_text_that_fits_is_shown_from_its_beginning_whatever_was_drawn_before() {
    let mut screen = Screen::empty();
    screen.resize(21, 12).press("down down enter").buffer();
    screen.resize(80, 24);
    assert!(screen.line("Model").contains("  gen3a_turbo"), "{}", screen.text());
    for keys in ["ctrl-n", "ctrl-u \"veo3.1\"", "shift-tab tab"] {
        screen.resize(20, 12).buffer();
        screen.press(keys).buffer();
        screen.resize(80, 24);
        let typed = format!("  {}", draft(&screen).model);
        assert!(screen.line("Model").contains(&typed), "{keys}: {}", screen.line("Model"));
    }
}

#[test]
fn of_a_long_text_the_part_around_the_cursor_is_shown() {
    let mut screen = Screen::empty();
    screen.resize(40, 12).press("enter \"abcdefghijklmnopqrstuvwxyz0123456789\"");
    assert!(screen.line("Image").ends_with("  lmnopqrstuvwxyz0123456789"), "{}", screen.text());
    assert_eq!(screen.draw().backend().cursor_position().x, 38);
    screen.press("home");
    assert!(screen.line("Image").contains("  abcdefghijklmnopqrstuvwxyz"), "{}", screen.text());
    for _ in 0..18 {
        screen.press("right");
    }
    assert!(screen.line("Image").contains("  fghijklmnopqrstuvwxyz01234"), "{}", screen.text());
}

#[test]
fn a_larger_window_shows_more_of_the_prompt() {
    let mut screen = Screen::empty();
    screen.resize(80, 24).press("tab \"1\" ctrl-j \"2\" ctrl-j \"3\"").buffer();
    assert!(!screen.sees("Prompt     1") && screen.sees("Prompt     2"), "{}", screen.text());
    screen.resize(120, 40);
    assert!(screen.sees("Prompt     1"), "{}", screen.text());
}
