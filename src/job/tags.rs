use super::is_harmful;

/// The longest tag, in characters.
pub const TAG_MAX: usize = 40;
/// The most tags that a job has.
pub const TAGS_MAX: usize = 20;

/// What is wrong with a tag as a user gives it, in words that follow "the tag".
pub fn tag_fault(tag: &str) -> Option<&'static str> {
    match tag {
        "" => Some("is empty"),
        _ if tag.contains(char::is_whitespace) => Some("holds a blank: a tag is one word"),
        _ if tag.contains(',') => Some("holds a comma, which stands between tags"),
        _ if tag.contains(is_harmful) => Some("holds a character that is not to be seen: type it again"),
        _ if tag.chars().count() > TAG_MAX => Some("is longer than 40 characters"),
        _ => None,
    }
}

/// `tags` without `remove` and with `add` behind the rest, each once, as typed. None where that is more than
/// [`TAGS_MAX`].
pub(super) fn retagged(tags: &[String], add: &[String], remove: &[String]) -> Option<Vec<String>> {
    let mut tags: Vec<String> = tags.iter().filter(|tag| !remove.contains(tag)).cloned().collect();
    for tag in add {
        if !tags.contains(tag) {
            tags.push(tag.clone());
        }
    }
    (tags.len() <= TAGS_MAX).then_some(tags)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_one_visible_word() {
        let longest = "ü".repeat(TAG_MAX);
        for tag in ["a", "Keep!", "#1", "日本", longest.as_str()] {
            assert_eq!(tag_fault(tag), None, "{tag}");
        }
        for (tag, word) in [
            ("", "empty"),
            ("a b", "blank"),
            ("a\u{a0}b", "blank"),
            ("a,b", "comma"),
            ("a\u{1b}", "not to be seen"),
            ("a\u{202e}", "not to be seen"),
        ] {
            assert!(tag_fault(tag).unwrap().contains(word), "{tag:?}");
        }
        let told = tag_fault(&format!("{longest}x")).unwrap();
        assert!(told.contains(&TAG_MAX.to_string()), "{told}");
    }

    #[test]
    fn each_tag_is_there_once_and_what_is_added_goes_before_what_is_removed() {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let tags = words("b a");
        assert_eq!(retagged(&tags, &words("c b c A"), &words("a x")).unwrap(), words("b c A"));
        assert_eq!(retagged(&tags, &words("a"), &words("a")).unwrap(), words("b a"));
        let many: Vec<_> = (0..TAGS_MAX).map(|n| n.to_string()).collect();
        assert_eq!(retagged(&many, &words("0 19"), &[]).unwrap(), many);
        assert_eq!(retagged(&many, &words("x"), &[]), None);
        assert_eq!(retagged(&many, &words("x"), &words("0")).unwrap().len(), TAGS_MAX);
    }
}
