use std::{iter::Peekable, str::Chars};

use super::Filter;

/// A word of a filter, taken apart but not yet understood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Word {
    /// As it was typed.
    pub typed: String,
    /// It began with `!`.
    pub excludes: bool,
    /// It began with `~`.
    pub is_loose: bool,
    /// What stood before the colon, in lower case.
    pub key: Option<String>,
    /// The rest, without quotes.
    pub text: String,
}

/// The words of a filter. A quote that is not closed yet reaches to the end.
pub(super) fn words(text: &str) -> Vec<Word> {
    let mut chars = text.chars().peekable();
    let mut words = Vec::new();
    loop {
        while chars.next_if(|c| c.is_whitespace()).is_some() {}
        if chars.peek().is_none() {
            return words;
        }
        words.push(word(&mut chars));
    }
}

fn word(chars: &mut Peekable<Chars>) -> Word {
    let mut word = Word::default();
    word.excludes = chars.next_if_eq(&'!').inspect(|c| word.typed.push(*c)).is_some();
    word.is_loose = chars.next_if_eq(&'~').inspect(|c| word.typed.push(*c)).is_some();
    let (mut within, mut is_text) = (false, word.is_loose);
    while let Some(c) = chars.next_if(|c| within || !c.is_whitespace()) {
        word.typed.push(c);
        match c {
            '"' => {
                within = !within;
                is_text = true;
            }
            ':' if !is_text && is_key(&word.text, chars.peek()) => {
                word.key = Some(std::mem::take(&mut word.text).to_ascii_lowercase());
                is_text = true;
            }
            c => word.text.push(c),
        }
    }
    word
}

/// Whether what stands before a colon is meant as a key: `1280:720` is not, nor is `https://…`.
fn is_key(name: &str, next: Option<&char>) -> bool {
    let is_known = Filter::KEYS.iter().any(|(key, ..)| key.eq_ignore_ascii_case(name));
    let is_word = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphabetic());
    is_known || (is_word && next != Some(&'/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_taken_apart() {
        let told = |text: &str| -> Vec<String> {
            let tell = |word: &Word| {
                let (no, loose) =
                    (if word.excludes { "not " } else { "" }, if word.is_loose { "~" } else { "" });
                let key = word.key.as_ref().map_or_else(String::new, |key| format!("{key}="));
                format!("{no}{loose}{key}{}", word.text)
            };
            words(text).iter().map(tell).collect()
        };
        assert_eq!(told("  two words\t"), ["two", "words"]);
        assert_eq!(told(r#""two words" !"a b" ~"c d"#), ["two words", "not a b", "~c d"]);
        assert_eq!(told("State:failed !state:a,b x:"), ["state=failed", "not state=a,b", "x="]);
        assert_eq!(told(r#"prompt:"a cat" "prompt:a""#), ["prompt=a cat", "prompt:a"]);
        assert_eq!(
            told("1280:720 https://h/x ratio:1:1 ~a:b :"),
            ["1280:720", "https://h/x", "ratio=1:1", "~a:b", ":"]
        );
        assert_eq!(told("! ~ !~x"), ["not ", "~", "not ~x"]);
        assert_eq!(words(r#"!tag:"a b""#)[0].typed, r#"!tag:"a b""#);
    }
}
