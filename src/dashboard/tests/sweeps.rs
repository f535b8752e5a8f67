//! Several jobs from one form, and their rows.

use super::*;

fn form(ratio_and_seed: &str) -> Screen {
    let mut screen = Screen::empty();
    screen.image().press("tab \"a cat\"").press(ratio_and_seed);
    screen
}

fn requests(screen: &mut Screen) -> Vec<Request> {
    match screen.commands().as_slice() {
        [Command::Submit { requests, count: 1, duplicate_ok: false, .. }] => requests.clone(),
        other => panic!("{other:?}"),
    }
}

fn seeds(requests: &[Request]) -> Vec<u64> {
    requests.iter().filter_map(|request| request.seed).collect()
}

#[test]
fn the_form_tells_how_many_jobs_a_sweep_makes_and_what_all_cost() {
    let screen = form("tab tab tab tab \"1..4\"");
    assert!(screen.line("[ Submit ]").contains("4 seeds (1..4) = 4 jobs, about $1.28"), "{}", screen.text());
}

#[test]
fn a_sweep_is_counted_before_its_image_is_there_or_read() {
    for image in ["", "~/cat.png"] {
        let mut screen = Screen::empty();
        screen.press(&format!("1 \"{image}\" tab tab tab tab tab \"1..4\""));
        assert!(screen.line("[ Submit ]").contains("= 4 jobs, about $1.28"), "{}", screen.text());
    }
}

#[test]
fn the_confirmation_of_a_sweep_shows_jobs_seeds_and_the_total_price() {
    let mut screen = form("tab tab tab tab \"1..4\" f5");
    assert!(screen.sees("Send these 4 jobs?") && screen.sees("4 seeds (1..4) = 4 jobs"), "{}", screen.text());
    assert!(screen.sees("about $1.28 for 4 jobs") && screen.sees("1, 2, 3, 4"), "{}", screen.text());
    assert!(screen.commands().is_empty());
    screen.press("y");
    assert_eq!(seeds(&requests(&mut screen)), [1, 2, 3, 4]);
}

#[test]
fn no_other_key_sends_a_sweep() {
    for key in ["n", "enter", "esc", "space", "f5"] {
        let mut screen = form("tab tab tab tab \"1..4\" f5");
        screen.press(key);
        assert!(screen.commands().is_empty() && screen.model.question.is_none(), "{key}");
    }
}

#[test]
fn random_seeds_are_drawn_before_the_question_and_sent_as_shown() {
    let mut screen = form("tab tab tab tab \"random x3\" f5");
    let text = screen.text();
    screen.press("y");
    let seeds = seeds(&requests(&mut screen));
    assert_eq!(seeds.len(), 3);
    assert!(seeds.iter().all(|seed| text.contains(&seed.to_string())), "{seeds:?}\n{text}");
}

#[test]
fn ticked_ratios_make_a_job_each_and_multiply_the_seeds() {
    let mut screen = form("esc tab esc tab space");
    assert!(screen.sees("Ratios") && screen.sees("[ ] 720:1280"), "{}", screen.text());
    screen.press("space down space enter");
    assert_eq!(draft(&screen).ratio, "1280:720,720:1280");
    screen.press("tab tab \"7,8\" f5");
    assert!(screen.sees("2 seeds (7,8) × 2 ratios = 4 jobs"), "{}", screen.text());
    screen.press("y");
    assert_eq!(requests(&mut screen).len(), 4);
}

#[test]
fn not_given_is_no_ratio_among_others() {
    let mut screen = form("esc tab esc tab space");
    screen.press("space end space enter");
    assert_eq!(draft(&screen).ratio, "1280:720");
}

#[test]
fn too_many_jobs_are_refused_at_their_field() {
    let screen = form("tab tab tab tab \"1..101\" f5");
    assert!(screen.toast().starts_with("not sent.") && screen.model.question.is_none(), "{}", screen.toast());
    assert_eq!(screen.place(), "seed");
}

#[test]
fn f_shows_a_sweep_as_one_row_and_as_its_jobs_again() {
    let mut screen = Screen::with(facts(), [sweep(), vec![saved(24, 300)]].concat());
    screen.press("j f");
    assert_eq!((screen.shown(), screen.selected()), (vec![24, 23], Some(23)));
    assert!(screen.sees("[3 jobs: 2 saved, 1 running]"), "{}", screen.text());
    screen.press("f");
    assert_eq!((screen.shown(), screen.selected()), (vec![24, 23, 22, 21], Some(23)));
}

#[test]
fn folding_from_any_of_its_jobs_selects_the_row() {
    let mut screen = Screen::with(facts(), sweep());
    screen.press("j j f");
    assert_eq!(screen.selected(), Some(23));
}

#[test]
fn actions_on_a_folded_sweep_mean_all_its_jobs() {
    let mut screen = Screen::with(facts(), sweep());
    screen.press("f t \"good\" enter");
    assert!(
        matches!(screen.commands().as_slice(), [Command::Tag { ids, .. }] if numbers(ids) == [23, 22, 21])
    );
    screen.press("A");
    assert!(
        matches!(screen.commands().as_slice(), [Command::Archive { ids, .. }] if numbers(ids) == [23, 21])
    );
    assert!(screen.toast().contains("1 of 3 left out: job 22 is RUNNING"), "{}", screen.toast());
}

#[test]
fn a_mark_on_a_folded_sweep_marks_all_its_jobs() {
    let mut screen = Screen::with(facts(), sweep());
    screen.press("f space");
    assert_eq!(screen.marked(), [23, 22, 21]);
    assert!(screen.press("space").marked().is_empty());
}

#[test]
fn a_folded_row_stays_selected_when_its_sweep_grows() {
    let mut screen = Screen::with(facts(), [sweep(), vec![saved(24, 300)]].concat());
    screen.press("j f");
    screen.tell(vec![Update::Jobs(vec![Job { group: Some("3d95".into()), ..submitted(25, 1) }])]);
    assert_eq!((screen.shown(), screen.selected()), (vec![25, 24], Some(25)));
}

#[test]
fn only_the_jobs_of_a_sweep_fold() {
    let mut screen = Screen::living();
    screen.press("f");
    assert!(screen.toast().contains("job 12 was sent alone"), "{}", screen.toast());
}

#[test]
fn the_detail_names_the_others_of_the_sweep() {
    let mut screen = Screen::with(facts(), sweep());
    screen.press("enter").inspected(23);
    assert!(screen.line("sweep with").contains("21, 22"), "{}", screen.text());
}
