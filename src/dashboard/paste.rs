use super::text;

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

#[cfg(test)]
mod tests {
    use super::*;

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
