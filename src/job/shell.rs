//! A command for a shell as text: its words, and a word made safe.

use std::{iter::Peekable, str::Chars};

/// What ends a command outside quotes.
const ENDS: [char; 3] = ['|', ';', '&'];

/// The words of the first command in `text`, as a shell for POSIX or bash reads them; variables stay as they
/// are written. A line break without a backslash is a blank: what is pasted often lost its backslashes.
///
/// # Errors
/// A quote that is not closed, in words for people.
pub(super) fn words(text: &str) -> Result<Vec<String>, String> {
    let mut chars = text.chars().peekable();
    let mut words = Vec::new();
    loop {
        while chars.next_if(|c| c.is_whitespace()).is_some() {}
        match chars.peek() {
            None => return Ok(words),
            Some(c) if ENDS.contains(c) => return Ok(words),
            Some(_) => words.extend(word(&mut chars)?),
        }
    }
}

/// A word for a shell that means exactly `text`.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// The next word; none where there was but a backslash before a line break.
fn word(chars: &mut Peekable<Chars>) -> Result<Option<String>, String> {
    let mut word = None::<String>;
    while let Some(c) = chars.next_if(|c| !c.is_whitespace() && !ENDS.contains(c)) {
        match c {
            '\\' => {
                if let Some(c) = next_after_backslash(chars) {
                    word.get_or_insert_default().push(c);
                }
            }
            '\'' => single(chars, word.get_or_insert_default())?,
            '"' => double(chars, word.get_or_insert_default())?,
            '$' if chars.next_if_eq(&'\'').is_some() => dollar(chars, word.get_or_insert_default())?,
            c => word.get_or_insert_default().push(c),
        }
    }
    Ok(word)
}

/// None where the backslash joins two lines.
fn next_after_backslash(chars: &mut Peekable<Chars>) -> Option<char> {
    chars.next_if_eq(&'\r');
    chars.next().filter(|c| *c != '\n')
}

fn not_closed() -> String {
    "a quote in the command is not closed: copy it whole".into()
}

fn single(chars: &mut Peekable<Chars>, word: &mut String) -> Result<(), String> {
    loop {
        match chars.next().ok_or_else(not_closed)? {
            '\'' => return Ok(()),
            c => word.push(c),
        }
    }
}

fn double(chars: &mut Peekable<Chars>, word: &mut String) -> Result<(), String> {
    loop {
        match chars.next().ok_or_else(not_closed)? {
            '"' => return Ok(()),
            '\\' => match chars.next().ok_or_else(not_closed)? {
                '\n' => {}
                c @ ('"' | '\\' | '$' | '`') => word.push(c),
                c => word.extend(['\\', c]),
            },
            c => word.push(c),
        }
    }
}

/// `$'…'`, in which a backslash stands for much.
fn dollar(chars: &mut Peekable<Chars>, word: &mut String) -> Result<(), String> {
    loop {
        match chars.next().ok_or_else(not_closed)? {
            '\'' => return Ok(()),
            '\\' => match chars.next().ok_or_else(not_closed)? {
                'n' => word.push('\n'),
                't' => word.push('\t'),
                'r' => word.push('\r'),
                'u' => word.push(numbered(chars, 4)?),
                'U' => word.push(numbered(chars, 8)?),
                'x' => word.push(numbered(chars, 2)?),
                c @ ('\'' | '"' | '\\' | '?') => word.push(c),
                c => word.extend(['\\', c]),
            },
            c => word.push(c),
        }
    }
}

/// A character by its number, of at most so many hex digits.
fn numbered(chars: &mut Peekable<Chars>, most: usize) -> Result<char, String> {
    let mut number = 0;
    for _ in 0..most {
        let Some(digit) = chars.peek().and_then(|c| c.to_digit(16)) else { break };
        chars.next();
        number = number * 16 + digit;
    }
    // Above 7f a `\x` is a byte of a longer character: nobody writes JSON so.
    let known = char::from_u32(number).filter(|c| most > 2 || c.is_ascii());
    known.ok_or_else(|| "the command holds a character that cannot be read: write it as it is".into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_are_read_as_a_shell_does() {
        for (text, expected) in [
            ("a  b\tc\n", vec!["a", "b", "c"]),
            ("a\\\nb \\\n c \\\r\n d", vec!["ab", "c", "d"]),
            (r#"'a "b" \' "it's \"x\" \$y \n""#, vec![r#"a "b" \"#, r#"it's "x" $y \n"#]),
            (r"it\'s\ one ''", vec!["it's one", ""]),
            (r"$'a\'b\n\u00e9\U0001f6eb\x41\q' $x", vec!["a'b\né🛫A\\q", "$x"]),
            ("a 'b|c' | d; e", vec!["a", "b|c"]),
            ("a&b", vec!["a"]),
        ] {
            assert_eq!(words(text).unwrap(), expected, "{text}");
        }
        for text in ["'a", "\"a", "\"a\\", "$'a", "$'\\u"] {
            assert!(words(text).unwrap_err().contains("not closed"), "{text}");
        }
        assert!(words(r"$'\ud800'").is_err() && words(r"$'\xc3\xa9'").is_err());
    }

    proptest! {
        #[test]
        fn what_is_quoted_is_one_word(text in ".*|[ '\"\\\\\n$a]{0,20}", other in "[a-z]{1,3}") {
            let line = format!("{other} {} {other}", quoted(&text));
            prop_assert_eq!(words(&line).unwrap(), [other.clone(), text, other]);
        }

        #[test]
        fn any_text_has_words_or_a_fault(text in "([ '\"\\\\\n$a|ux]|.){0,40}") {
            let _ = words(&text);
        }
    }
}
