/// A text that is looked for, without regard to case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Needle {
    /// In lower case.
    text: String,
    how: How,
}

/// How a text is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// Anywhere.
    Within,
    /// At the beginning.
    Begins,
    /// With other letters between its own, but within one word: over a long prompt nearly any letters would
    /// be found.
    Loose,
}

impl Needle {
    pub(super) fn new(text: &str, how: How) -> Self {
        Self { text: lower(text).collect(), how }
    }

    /// The text in lower case, where it is looked for as one piece.
    pub(super) fn plain(&self) -> Option<&str> {
        (self.how != How::Loose).then_some(&self.text)
    }

    /// Asked for every job at every key: it takes nothing from the heap, and plain ASCII, which nearly all
    /// that is typed is, is compared byte by byte.
    pub(super) fn is_in(&self, text: &str) -> bool {
        match self.how {
            How::Within if self.text.is_ascii() => within(text.as_bytes(), self.text.as_bytes()),
            // What is not ASCII is in no text that is.
            How::Within if text.is_ascii() => false,
            How::Within => {
                let mut rest = lower(text);
                loop {
                    if begins(rest.clone(), &self.text) {
                        return true;
                    }
                    if rest.next().is_none() {
                        return false;
                    }
                }
            }
            How::Begins => begins(lower(text), &self.text),
            How::Loose if self.text.is_ascii() && text.is_ascii() => {
                let words = || text.as_bytes().split(is_blank).filter(|word| !word.is_empty());
                let parts = self.text.as_bytes().split(is_blank);
                parts.filter(|part| !part.is_empty()).all(|part| words().any(|word| has_bytes(word, part)))
            }
            How::Loose => self
                .text
                .split_whitespace()
                .all(|part| text.split_whitespace().any(|word| has_in_order(word, part))),
        }
    }
}

/// A text as filters compare it: in lower case, character by character.
pub fn lower(text: &str) -> impl Iterator<Item = char> + Clone {
    text.chars().flat_map(char::to_lowercase)
}

fn within(text: &[u8], needle: &[u8]) -> bool {
    let [first, rest @ ..] = needle else { return true };
    let either = [*first, first.to_ascii_uppercase()];
    let mut left = text;
    // Most texts have most letters somewhere, so the first byte is looked for by itself, in a loop that does nothing else.
    while let Some(at) = left.iter().position(|byte| either.contains(byte)) {
        let behind = left.get(at + 1..).unwrap_or_default();
        match behind.get(..rest.len()) {
            Some(others) if others.eq_ignore_ascii_case(rest) => return true,
            Some(_) => left = behind,
            None => return false,
        }
    }
    false
}

/// What is white space in ASCII, as `char::is_whitespace` has it.
fn is_blank(byte: &u8) -> bool {
    matches!(byte, b'\t'..=b'\r' | b' ')
}

fn has_bytes(word: &[u8], letters: &[u8]) -> bool {
    let mut rest = word.iter();
    letters.iter().all(|letter| rest.any(|byte| byte.eq_ignore_ascii_case(letter)))
}

fn begins(mut text: impl Iterator<Item = char>, needle: &str) -> bool {
    needle.chars().all(|c| text.next() == Some(c))
}

fn has_in_order(word: &str, letters: &str) -> bool {
    let mut rest = lower(word);
    letters.chars().all(|letter| rest.any(|c| c == letter))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_way_finds_what_it_should() {
        let finds = |how, needle: &str, text: &str| Needle::new(needle, how).is_in(text);
        assert!(finds(How::Within, "CAT", "a cat yawns") && !finds(How::Within, "cats", "a cat"));
        assert!(finds(How::Within, "ÉTÉ", "un été") && finds(How::Within, "猫", "黒猫"));
        assert!(finds(How::Begins, "Gen4", "gen4_turbo") && !finds(How::Begins, "turbo", "gen4_turbo"));
        assert!(finds(How::Loose, "g4t", "gen4_turbo") && finds(How::Loose, "ywn ct", "a cat yawns"));
        assert!(!finds(How::Loose, "ctyn", "a cat yawns") && !finds(How::Loose, "tac", "cat"));
    }

    #[test]
    fn loose_is_the_same_in_ascii_and_beyond() {
        // A letter beyond ASCII at the end takes the other way.
        for (needle, text) in
            [("g4t", "gen4_turbo"), ("ywn ct", "a CAT yawns"), ("tac", "cat"), ("a\u{b}b", "a b"), ("", "x")]
        {
            let needle = Needle::new(needle, How::Loose);
            assert_eq!(needle.is_in(text), needle.is_in(&format!("{text} \u{e9}")), "{needle:?}");
        }
    }

    proptest! {
        #[test]
        fn within_is_what_contains_says(text in "[aAbBéÉ ßİ]{0,12}", needle in "[abéÉ ]{0,3}") {
            let lowered = |text: &str| lower(text).collect::<String>();
            let expected = lowered(&text).contains(&lowered(&needle));
            let found = Needle::new(&needle, How::Within).is_in(&text);
            prop_assert_eq!(found, expected);
            prop_assert!(!found || Needle::new(&needle, How::Loose).is_in(&text) || needle.contains(' '));
        }
    }
}
