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
            How::Loose => self
                .text
                .split_whitespace()
                .all(|part| text.split_whitespace().any(|word| has_in_order(word, part))),
        }
    }
}

fn lower(text: &str) -> impl Iterator<Item = char> + Clone {
    text.chars().flat_map(char::to_lowercase)
}

fn within(text: &[u8], needle: &[u8]) -> bool {
    let [first, rest @ ..] = needle else { return true };
    text.windows(needle.len()).any(|part| match part {
        [one, others @ ..] => one.eq_ignore_ascii_case(first) && others.eq_ignore_ascii_case(rest),
        [] => false,
    })
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
