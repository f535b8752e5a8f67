//! Text from outside: what is harmful in it, what opens the links in it, which name it means; and jobs in words.

use strsim::damerau_levenshtein;

use super::JobId;

/// The ends of the names, in lower case, of what opens a link: `_jwt`, `X-Amz-Signature`, `access_token`, …
const OPENERS: [&str; 7] = ["jwt", "token", "signature", "sig", "policy", "credential", "secret"];
/// How `=` stands in a link, in JSON that escapes it, and inside another link.
const EQUALS: [&str; 4] = ["=", "\\u003d", "\\u003D", "%3D"];

/// `job 3`, `jobs 3, 4`; of many the first, and how many more.
pub fn named(ids: &[JobId]) -> String {
    const NAMED: usize = 8;
    let shown = ids.iter().take(NAMED).map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let word = if ids.len() == 1 { "job" } else { "jobs" };
    match ids.len().saturating_sub(NAMED) {
        0 => format!("{word} {shown}"),
        more => format!("{word} {shown} and {more} more"),
    }
}

/// The name that was probably meant: the one that takes the fewest edits, at most a third of it.
pub fn nearest<'n>(word: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let near = |name: &'n str| (damerau_levenshtein(word, name), name);
    let (edits, name) = names.into_iter().map(near).min_by_key(|(edits, _)| *edits)?;
    (edits <= (name.chars().count() / 3).max(1)).then_some(name)
}

/// What steers a terminal, turns the direction of writing or is not to be seen: no text from outside keeps
/// it. Joiners and variation selectors stay, for scripts and emoji are written with them.
pub fn is_harmful(c: char) -> bool {
    let is_mark = matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}');
    c.is_control() || is_mark
}

/// `text` with the tokens of its links cut out, and the names and passwords before their hosts: who reads a
/// log or a report fetches no video with it.
pub fn without_tokens(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((at, sign)) = next_equals(rest) {
        let (before, behind) = rest.split_at(at);
        let (_, value) = behind.split_at(sign.len());
        out.push_str(before);
        let opens = opens(&out);
        out.push_str(sign);
        rest = value;
        if opens {
            rest = value.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || "._-~%+=/".contains(c));
            out.push_str(if rest.len() == value.len() { "" } else { "…" });
        }
    }
    out.push_str(rest);
    without_passwords(out)
}

fn next_equals(text: &str) -> Option<(usize, &'static str)> {
    // `contains` is ten times as quick as `find` at telling that there is none.
    let there = EQUALS.into_iter().filter(|sign| text.contains(sign));
    there.filter_map(|sign| Some((text.find(sign)?, sign))).min()
}

/// Whether a text ends with the name of what opens a link.
fn opens(text: &str) -> bool {
    let is_name = |c: char| c.is_ascii_alphanumeric() || "_-%".contains(c);
    let name = text.rsplit(|c| !is_name(c)).next().unwrap_or_default().to_ascii_lowercase();
    OPENERS.iter().any(|opener| name.ends_with(opener))
}

/// `https://name:password@host` as `https://…@host`.
fn without_passwords(text: String) -> String {
    const MARK: &str = "://";
    if !text.contains(MARK) {
        return text;
    }
    let mut pieces = text.split(MARK);
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let host = piece.split(['/', '?', '#', ' ', '"', '\'']).next().unwrap_or_default();
        let hidden = host.rfind('@').map_or(piece, |at| piece.split_at(at).1);
        out.extend([MARK, if hidden.len() == piece.len() { "" } else { "…" }, hidden]);
    }
    out
}

/// The longest task id that is taken from a user, in characters: far longer than any that was seen.
pub const TASK_ID_MAX: usize = 512;

/// What is wrong with a task id as a user gives it, in words that follow "the task id".
pub fn task_id_fault(task_id: &str) -> Option<&'static str> {
    match task_id {
        "" => Some("is empty"),
        "." | ".." => Some("is no id: it could not be asked for"),
        _ if task_id.contains(char::is_whitespace) => {
            Some("holds a blank: it is one word, as the service shows it")
        }
        _ if task_id.contains(is_harmful) => Some("holds a character that is not to be seen: copy it again"),
        _ if task_id.chars().count() > TASK_ID_MAX => Some("is longer than any that the service gives"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_stays_and_what_hides_goes() {
        assert!("é字ק🛫\u{200d}\u{200c}\u{fe0f} …".chars().all(|c| !is_harmful(c)));
        assert!("\0\u{1b}\u{7f}\u{9b}\u{200b}\u{202e}\u{2066}\u{feff}\u{e0041}".chars().all(is_harmful));
    }

    #[test]
    fn tokens_are_cut_out_of_any_text() {
        for (text, expected) in [
            ("", ""),
            ("https://h/x.mp4", "https://h/x.mp4"),
            ("https://h/x.mp4?_jwt=ey.J-0_.s", "https://h/x.mp4?_jwt=…"),
            (
                r#"["https://h/x?_jwt=a.b.c&d=1","https://h/y?_jwt=a"]"#,
                r#"["https://h/x?_jwt=…&d=1","https://h/y?_jwt=…"]"#,
            ),
            ("_jwt=", "_jwt="),
            ("_jwt=é", "_jwt=é"),
            ("_jwt=_jwt=a b", "_jwt=… b"),
            ("https://h/x?_JWT=a.b&%5Fjwt=a.b&jwt=c", "https://h/x?_JWT=…&%5Fjwt=…&jwt=…"),
            (r#""https://h/x?a=1\u0026_jwt\u003da.b.c""#, r#""https://h/x?a=1\u0026_jwt\u003d…""#),
            ("https://h/x?X-Amz-Signature=a/b%2F&Expires=5", "https://h/x?X-Amz-Signature=…&Expires=5"),
            ("see https://me:pass@h/x, or a@b", "see https://…@h/x, or a@b"),
            ("https://h/?to=https%3A%2F%2Fi%3F_jwt%3Da.b", "https://h/?to=https%3A%2F%2Fi%3F_jwt%3D…"),
        ] {
            assert_eq!(without_tokens(text), expected);
        }
    }
}
