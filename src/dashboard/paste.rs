use super::text;
use crate::config::ApiKey;

/// More than this of a paste is cut off.
pub const PASTE_LIMIT: usize = 64 * 1024;

/// What a paste means as text: line ends are `\n`, tabs are spaces, control characters and paste marks inside
/// it are gone. Says whether the end was cut off.
pub fn clean_paste(pasted: &str) -> (String, bool) {
    let ends = pasted.char_indices().map(|(start, c)| start + c.len_utf8());
    let end = ends.take_while(|end| *end <= PASTE_LIMIT).last().unwrap_or(0);
    let kept = pasted.get(..end).unwrap_or(pasted);
    let kept = kept.replace("\x1b[201~", "").replace("\x1b[200~", "");
    let kept = kept.replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<_> = kept.split('\n').map(text::clean).collect();
    (lines.join("\n"), end < pasted.len())
}

/// Whether a text holds our own key, or what looks like one: such a text is not kept.
pub fn holds_key(text: &str, own: Option<&ApiKey>) -> bool {
    let is_key = |word: &str| {
        let word = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
        word.starts_with("sk-") && word.len() > 20
    };
    text.split_whitespace().any(is_key) || own.is_some_and(|own| own.stands_in(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Origin;

    #[test]
    fn a_key_is_known_by_its_look_or_because_it_is_ours() {
        let own = ApiKey::new("our-own-secret".into(), Origin::Default);
        let look = format!("a cat \"sk-{}\"", "a1".repeat(16));
        assert!(holds_key(&look, None) && holds_key("a our-own-secret.", Some(&own)));
        for text in ["", "sk-short", "a task-list of more than twenty", "our-own-secre"] {
            assert!(!holds_key(text, Some(&own)), "{text}");
        }
    }

    #[test]
    fn a_paste_is_plain_text() {
        let (text, cut) = clean_paste("a\r\nb\rc\x1b[201~\x1b[31md\u{0}\te");
        assert_eq!((text.as_str(), cut), ("a\nb\nc[31md e", false));
    }

    #[test]
    fn a_paste_has_an_end() {
        let (text, cut) = clean_paste(&"é".repeat(PASTE_LIMIT));
        assert!(cut && text.len() <= PASTE_LIMIT && text.chars().all(|c| c == 'é'));
    }
}
