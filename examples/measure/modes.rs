//! Which modes of the terminal a program has set and not taken back.

use std::collections::BTreeSet;

/// Cursor, and the drawing in one go: on by nature, or ended by the next draw.
const ON_BY_NATURE: &str = "25";

/// In the order of their numbers, as `?1049`; `kitty` where a level of its keyboard is still pushed.
pub fn left_behind(output: &[u8]) -> Vec<String> {
    let (mut set, mut pushed) = (BTreeSet::new(), 0_i64);
    let text = String::from_utf8_lossy(output);
    for sequence in text.split("\x1b[").skip(1) {
        let end = sequence.find(|c: char| ('@'..='~').contains(&c));
        let Some((parameters, rest)) = end.and_then(|end| sequence.split_at_checked(end)) else { continue };
        let Some((kind, numbers)) = parameters.split_at_checked(1) else { continue };
        match (kind, rest.chars().next()) {
            ("?", Some(letter @ ('h' | 'l'))) => {
                for mode in numbers.split(';') {
                    let is_changed = (letter == 'h') != (mode == ON_BY_NATURE);
                    if is_changed {
                        set.insert(format!("?{mode}"));
                    } else {
                        set.remove(&format!("?{mode}"));
                    }
                }
            }
            (">", Some('u')) => pushed += 1,
            ("<", Some('u')) => pushed -= numbers.parse().unwrap_or(1),
            _ => {}
        }
    }
    if pushed > 0 {
        set.insert("kitty".into());
    }
    set.into_iter().collect()
}

/// Whether the program has left the screen of its own, as it does when it lets the terminal go.
pub fn leaves_screen(bytes: &[u8]) -> bool {
    let end = b"\x1b[?1049l";
    bytes.windows(end.len()).any(|window| window == end)
}
