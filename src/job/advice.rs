/// Whether a failure code says that the content was moderated (`reference/api.md §3`).
pub fn is_moderated(code: &str) -> bool {
    code.starts_with("SAFETY.") || code.starts_with("INPUT_PREPROCESSING.SAFETY")
}

/// What a user can do about a failure code, by its prefix (`reference/api.md §3`).
pub fn advice(code: &str) -> &'static str {
    const ADVICE: [(&str, &str); 8] = [
        (
            "SAFETY.INPUT",
            "Do not send it again: it was billed, and repeats can suspend the account. Change the image or the prompt.",
        ),
        (
            "SAFETY.OUTPUT",
            "Count it as billed; repeats can suspend the account. Change the image or the prompt: the same input is likely to fail again.",
        ),
        (
            "SAFETY",
            "Count it as billed; repeats can suspend the account. Change the image or the prompt before you try again.",
        ),
        (
            "INPUT_PREPROCESSING.SAFETY",
            "The prompt was refused: change its words. Count it as billed; repeats can suspend the account.",
        ),
        (
            "ASSET.INVALID",
            "The image could not be used: check that it is a JPEG, PNG or WebP that anyone can fetch.",
        ),
        ("INTERNAL", "The service failed. A new, paid try may work."),
        ("INPUT_PREPROCESSING.INTERNAL", "The service failed. A new, paid try may work."),
        ("THIRD_PARTY.UNAVAILABLE", "The provider was away. A new, paid try may work later."),
    ];
    ADVICE
        .iter()
        .find(|(prefix, _)| code.starts_with(prefix))
        .map_or("The service gave no known reason. A new, paid try may work.", |(_, text)| text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_match_by_prefix() {
        assert!(advice("SAFETY.INPUT.IMAGE").contains("suspend"));
        for code in
            ["SAFETY.INPUT.TEXT", "SAFETY.OUTPUT.VIDEO", "SAFETY.X", "INPUT_PREPROCESSING.SAFETY.TEXT"]
        {
            assert!(is_moderated(code) && advice(code).contains("billed"), "{code}");
            assert!(advice(code).contains("suspend the account"), "{code}");
        }
        assert!(advice("INTERNAL.BAD_OUTPUT.CODE01").contains("new, paid try"));
        assert!(advice("").contains("no known reason"));
        assert!(is_moderated("INPUT_PREPROCESSING.SAFETY.TEXT") && !is_moderated("INTERNAL"));
    }
}
