use super::{Filter, read::choices};

impl Filter {
    /// What the last word of a filter can become, in whole words to put in its place: keys with their colon,
    /// and behind a key its words. Empty where there is nothing to offer, and where the cursor is not at the
    /// end.
    pub fn complete(text: &str, cursor_at_end: bool) -> Vec<String> {
        let last = text.rsplit(char::is_whitespace).next().unwrap_or_default();
        let word = last.strip_prefix('!').unwrap_or(last);
        if !cursor_at_end || word.starts_with('~') || word.contains('"') {
            return Vec::new();
        }
        let excludes = if word.len() < last.len() { "!" } else { "" };
        let Some((key, value)) = word.split_once(':') else {
            let start = word.to_ascii_lowercase();
            let keys = Filter::KEYS.iter().filter(|(key, ..)| key.starts_with(&start));
            return keys.map(|(key, ..)| format!("{excludes}{key}:")).collect();
        };
        let key = key.to_ascii_lowercase();
        let (before, start) = match value.rsplit_once(',') {
            Some((before, start)) => (format!("{before},"), start),
            None => (String::new(), value),
        };
        let start = start.to_ascii_lowercase();
        let fits = |choice: &&str| choice.starts_with(&start) && **choice != *start;
        choices(&key)
            .into_iter()
            .filter(fits)
            .map(|choice| format!("{excludes}{key}:{before}{choice}"))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_is_completed() {
        let at_end = |text: &str| Filter::complete(text, true);
        assert_eq!(at_end("cat st"), ["state:"]);
        assert_eq!(at_end("!S"), ["!state:", "!seed:", "!saved:"]);
        assert_eq!(at_end("").len(), Filter::KEYS.len());
        assert_eq!(at_end("state:fai"), ["state:failed"]);
        assert_eq!(at_end("!state:failed,can"), ["!state:failed,cancelled"]);
        assert_eq!(at_end("saved:"), ["saved:yes", "saved:no"]);
        assert_eq!(at_end("archived:a"), ["archived:any"]);
        for text in ["state:failed", "~st", "\"st", "prompt:a", "of_no:x", "zz"] {
            assert_eq!(at_end(text), [] as [&str; 0], "{text}");
        }
        assert_eq!(Filter::complete("st", false), [] as [&str; 0]);
    }

    #[test]
    fn what_is_offered_is_understood() {
        for key in Filter::complete("", true) {
            for word in Filter::complete(&key, true).into_iter().chain([key.clone()]) {
                assert!(Filter::parse(&word).is_ok(), "{word}");
            }
        }
    }
}
