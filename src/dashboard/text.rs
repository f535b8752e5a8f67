//! Text on a grid of cells: everything is measured in cells and cut between graphemes.

use ratatui::buffer::CellWidth;
use unicode_segmentation::UnicodeSegmentation;

use crate::job::is_harmful;

/// The sign for "cut here".
const CUT: &str = "…";

/// `text` on one line: line ends and tabs are spaces, other control characters and those that turn
/// the direction of writing are gone, for they would reach beyond their cells.
pub fn clean(text: &str) -> String {
    if is_simple(text) {
        return text.into();
    }
    text.chars().filter_map(clean_char).collect()
}

fn clean_char(c: char) -> Option<char> {
    match c {
        '\n' | '\r' | '\t' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some(' '),
        c if is_harmful(c) => None,
        c => Some(c),
    }
}

/// Whether each character of it is a grapheme of one cell, for sure: what most texts are made of. To find that out
/// costs a tenth of taking a text apart.
pub fn is_simple(text: &str) -> bool {
    text.is_ascii() && !text.bytes().any(|byte| byte.is_ascii_control()) || text.chars().all(is_simple_char)
}

/// ASCII, Latin letters, and the signs of the frame. What joins with a sign before it is not among them.
const fn is_simple_char(c: char) -> bool {
    matches!(c, ' '..='~' | '·' | '×' | 'À'..='ſ' | '–' | '—' | '…' | '←'..='↓' | '─'..='▟' | '▶' | '●')
}

fn graphemes(text: &str) -> impl Iterator<Item = (&str, usize)> {
    let visible = text.graphemes(true).filter(|g| !g.contains(char::is_control));
    visible.map(|g| (g, usize::from(g.cell_width())))
}

/// How many cells `text` takes.
pub fn width(text: &str) -> usize {
    if is_simple(text) {
        return text.chars().count();
    }
    graphemes(text).map(|(_, cells)| cells).sum()
}

/// As much of `text` as goes into so many cells, cleaned; a sign tells that the end is cut.
pub fn cut(text: &str, cells: usize) -> String {
    measured_cut(text, cells).0
}

/// [`cut`], and how many cells that takes.
pub fn measured_cut(text: &str, cells: usize) -> (String, usize) {
    if is_simple(text) {
        let all = text.chars().count();
        if all <= cells {
            return (text.into(), all);
        }
        let kept = text.chars().take(cells.saturating_sub(1));
        return (kept.chain(CUT.chars()).take(cells).collect(), cells);
    }
    let text = clean(text);
    let (mut kept, mut used, mut safe) = (String::new(), 0, (0, 0));
    for (grapheme, cells_of_it) in graphemes(&text) {
        if used + cells_of_it > cells {
            let (bytes, used) = safe;
            kept.truncate(bytes);
            if cells == 0 {
                return (kept, 0);
            }
            kept.push_str(CUT);
            return (kept, used + 1);
        }
        used += cells_of_it;
        kept.push_str(grapheme);
        // The longest beginning that leaves a cell for the sign.
        if used < cells {
            safe = (kept.len(), used);
        }
    }
    (kept, used)
}

/// As [`cut`], but it is the beginning that goes.
pub fn cut_left(text: &str, cells: usize) -> String {
    let text = clean(text);
    if width(&text) <= cells {
        return text;
    }
    if is_simple(&text) {
        let kept = cells.saturating_sub(1);
        let gone = text.chars().count() - kept;
        return CUT.chars().take(cells).chain(text.chars().skip(gone)).collect();
    }
    let (mut kept, mut used) = (Vec::new(), 0);
    let all: Vec<_> = graphemes(&text).collect();
    for (grapheme, cells_of_it) in all.into_iter().rev() {
        if used + cells_of_it >= cells {
            break;
        }
        used += cells_of_it;
        kept.push(grapheme);
    }
    let sign = if cells > 0 { CUT } else { "" };
    kept.into_iter().rev().fold(sign.to_string(), |text, grapheme| text + grapheme)
}

/// [`cut`], then filled with spaces to exactly so many cells.
pub fn fit(text: &str, cells: usize) -> String {
    let (mut text, used) = measured_cut(text, cells);
    text.extend(std::iter::repeat_n(' ', cells.saturating_sub(used)));
    text
}

/// As [`fit`], the text at the right.
pub fn fit_right(text: &str, cells: usize) -> String {
    let (text, used) = measured_cut(text, cells);
    " ".repeat(cells.saturating_sub(used)) + &text
}

/// `text` in lines of at most so many cells: broken at its line ends and between words, inside a word
/// only where the word is longer than a line. Never without a line.
pub fn wrap(text: &str, cells: usize) -> Vec<String> {
    let cells = cells.max(1);
    let mut lines = Vec::new();
    for paragraph in text.replace("\r\n", "\n").split('\n') {
        let mut line = String::new();
        for word in clean(paragraph).split_inclusive(' ') {
            if width(&line) + width(word.trim_end()) <= cells {
                line.push_str(word);
                continue;
            }
            if !line.trim().is_empty() {
                lines.push(line.trim_end().to_string());
            }
            let mut pieces = chunks(word, cells);
            line = pieces.pop().unwrap_or_default();
            lines.append(&mut pieces);
        }
        lines.push(line.trim_end().to_string());
    }
    lines
}

/// `text` in pieces that fill so many cells each, broken anywhere: what an address needs, so that the
/// terminal's own selection takes it whole.
pub fn chunks(text: &str, cells: usize) -> Vec<String> {
    let (mut lines, mut line, mut used) = (Vec::new(), String::new(), 0);
    for (grapheme, cells_of_it) in graphemes(&clean(text)) {
        if used + cells_of_it > cells.max(1) && !line.is_empty() {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        used += cells_of_it;
        line.push_str(grapheme);
    }
    lines.push(line);
    lines
}

/// `1 job`, `2 jobs`.
pub fn count(number: usize, thing: &str) -> String {
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}

/// `12 B`, `300 kB`, `2.1 MB`, `35.0 GB`.
pub fn size(bytes: u64) -> String {
    match bytes {
        ..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn cutting_keeps_graphemes_whole() {
        assert_eq!(cut("hello", 5), "hello");
        assert_eq!(cut("hello", 4), "hel…");
        assert_eq!(cut("猫猫猫", 5), "猫猫…");
        assert_eq!(cut("猫猫猫", 4), "猫…");
        assert_eq!(cut("e\u{301}e\u{301}e\u{301}", 2), "e\u{301}…");
        assert_eq!(cut("👩‍👩‍👧 family", 3), "👩‍👩‍👧…");
        assert_eq!(cut("anything", 0), "");
        assert_eq!(cut_left("2026-05-01-cat.mp4", 8), "…cat.mp4");
        assert_eq!(cut_left("猫猫猫", 4), "…猫");
    }

    #[test]
    fn control_characters_do_not_survive() {
        assert_eq!(clean("a\x1b[31mb\nc\td\u{202e}e\u{7}"), "a[31mb c de");
    }

    #[test]
    fn sizes_are_short() {
        let told = [0, 999, 1_999, 2_150_000, 2 << 30, 5_000_000_000_000].map(size);
        assert_eq!(told, ["0 B", "999 B", "1 kB", "2.1 MB", "2.1 GB", "5000.0 GB"]);
    }

    #[test]
    fn wrapping_breaks_between_words() {
        assert_eq!(wrap("a cat yawns", 6), ["a cat", "yawns"]);
        assert_eq!(wrap("one\n\ntwo", 9), ["one", "", "two"]);
        assert_eq!(wrap("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(wrap("", 3), [""]);
    }

    proptest! {
        /// What is simple is cut, measured and written as anything else is.
        #[test]
        fn a_simple_text_is_one_cell_a_character(text in "[ -~·×À-ſ–—…←-↓─-▟▶●]{0,30}", cells in 0usize..34) {
            prop_assert!(is_simple(&text));
            let apart: Vec<_> = graphemes(&text).collect();
            prop_assert!(apart.iter().all(|(grapheme, cells)| grapheme.chars().count() == 1 && *cells == 1));
            prop_assert_eq!(width(&text), apart.len());
            // The same text behind a sign that is not simple takes the long way.
            let long = cut(&format!("猫{text}"), cells + 2);
            prop_assert_eq!(cut(&text, cells), long.strip_prefix('猫').unwrap_or_default());
            let long = cut_left(&format!("{text}猫"), cells + 2);
            prop_assert_eq!(cut_left(&text, cells), long.strip_suffix('猫').unwrap_or_default());
        }

        #[test]
        fn nothing_is_wider_than_it_may_be(text in ".{0,40}", cells in 0usize..30) {
            prop_assert!(width(&cut(&text, cells)) <= cells);
            prop_assert!(width(&cut_left(&text, cells)) <= cells);
            prop_assert_eq!(width(&fit(&text, cells)), cells);
            prop_assert_eq!(width(&fit_right(&text, cells)), cells);
            // A grapheme that is wider than a line stands alone on one.
            let widest = graphemes(&clean(&text)).map(|(_, cells)| cells).max().unwrap_or(0);
            prop_assert!(wrap(&text, cells).iter().all(|line| width(line) <= cells.max(1).max(widest)));
        }
    }
}
