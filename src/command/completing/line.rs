use super::Shell;
use crate::config::{Flags, Glance, Sources, process_env};

/// A command line up to the cursor.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// What stands on it, the program first, without quotes; the last word is the one that is being typed, and
    /// may be empty.
    pub words: Vec<String>,
    shell: Shell,
    /// For bash: the part of that word which it does not replace, for it parts words at colons.
    kept: String,
    /// Whether that word began with a quote that is not closed.
    is_quoted: bool,
}

impl Line {
    /// The line as the script of a shell hands it over: bash as it was typed, with the part of it that is to be
    /// replaced, others in words, of which fish leaves quotes at the last.
    pub(super) fn of(shell: Shell, given: Vec<String>) -> Option<Self> {
        if shell == Shell::Bash {
            let [typed, replaced] = given.try_into().ok()?;
            let (words, is_quoted) = unfinished(&typed)?;
            // Within quotes it comes without them, blanks and all.
            let replaced = if is_quoted { replaced } else { without_quotes(replaced) };
            let kept = words.last()?.strip_suffix(replaced.as_str()).unwrap_or_default().into();
            return Some(Self { words, shell, kept, is_quoted });
        }
        let mut words = given;
        if shell == Shell::Fish {
            let last = words.pop()?;
            words.push(without_quotes(last));
        }
        (words.len() > 1).then_some(Self { words, shell, kept: String::new(), is_quoted: false })
    }

    /// The word that is being typed.
    pub(super) fn current(&self) -> &str {
        self.words.last().map_or("", String::as_str)
    }

    /// The words before it.
    pub(super) fn before(&self) -> &[String] {
        self.words.split_last().map_or(&[], |(_, before)| before)
    }

    /// What the line gives this flag, in either way to write it.
    pub(super) fn value(&self, flag: &str) -> Option<String> {
        let before = self.before();
        let behind = before.iter().position(|word| word == flag).and_then(|at| before.get(at + 1));
        let joined = || before.iter().find_map(|word| word.strip_prefix(flag)?.strip_prefix('='));
        behind.map(String::as_str).or_else(joined).map(Into::into)
    }

    /// An offer for the last word, as its shell wants it. None where it cannot be told on a line.
    pub(super) fn shown(&self, word: &str, meaning: &str) -> Option<String> {
        if word.contains(['\n', '\t']) {
            return None;
        }
        if self.shell != Shell::Bash {
            return Some(format!("{word}\t{meaning}\n"));
        }
        let rest = word.strip_prefix(self.kept.as_str())?;
        Some(if self.is_quoted { format!("{rest}\n") } else { format!("{}\n", escaped(rest)) })
    }
}

/// A look at the settings that the line would run with.
pub(super) fn glance(line: &Line) -> Glance {
    let path = |flag| line.value(flag).map(Into::into);
    let flags = Flags { config: path("--config"), data_dir: path("--data-dir"), ..Flags::default() };
    Glance::at(&Sources { flags, env: &process_env })
}

/// The words of a line that is not finished, and whether the last is within quotes. None where it cannot be
/// read, as behind a `#`.
fn unfinished(line: &str) -> Option<(Vec<String>, bool)> {
    // Something to stand for what is still to come.
    const REST: char = '\u{1}';
    [("", false), ("'", true), ("\"", true)].into_iter().find_map(|(quote, is_quoted)| {
        let mut words = shell_words::split(&format!("{line}{REST}{quote}")).ok()?;
        let last = words.pop()?;
        words.push(last.strip_suffix(REST)?.into());
        Some((words, is_quoted))
    })
}

/// A word as it was typed, be it finished or not.
fn without_quotes(word: String) -> String {
    unfinished(&word).and_then(|(mut words, _)| words.pop()).unwrap_or(word)
}

/// A word as it is typed outside quotes.
fn escaped(word: &str) -> String {
    let mut text = String::with_capacity(word.len());
    for c in word.chars() {
        if c.is_ascii() && !c.is_ascii_alphanumeric() && !"_-./:=,@%+~".contains(c) {
            text.push('\\');
        }
        text.push(c);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bash(line: &str, replaced: &str) -> Line {
        Line::of(Shell::Bash, vec![line.into(), replaced.into()]).unwrap()
    }

    #[test]
    fn bash_hands_over_the_line_as_it_was_typed() {
        assert_eq!(bash("taxiway show ", "").words, ["taxiway", "show", ""]);
        assert_eq!(bash("taxiway list state:fa", "fa").words, ["taxiway", "list", "state:fa"]);
        let line = bash("taxiway list 'prompt:\"a cat\" sta", "prompt:\"a cat\" sta");
        assert_eq!((line.current(), line.is_quoted), ("prompt:\"a cat\" sta", true));
        assert_eq!(bash(r"taxiway submit --image My\ Pi", r"My\ Pi").current(), "My Pi");
        assert_eq!(Line::of(Shell::Bash, vec!["taxiway show # no".into(), "no".into()]), None);
    }

    #[test]
    fn bash_replaces_what_stands_behind_a_colon() {
        let line = bash("taxiway list state:fa", "fa");
        assert_eq!(line.shown("state:failed", "what").as_deref(), Some("failed\n"));
        let line = bash("taxiway list model:", "");
        assert_eq!(line.shown("model:gen4_turbo", "").as_deref(), Some("gen4_turbo\n"));
        let line = bash("taxiway list 'a cat state:fa", "a cat state:fa");
        assert_eq!(line.shown("a cat state:failed", "").as_deref(), Some("a cat state:failed\n"));
        let line = bash("taxiway submit --image My", "My");
        assert_eq!(line.shown("My Pics/", "").as_deref(), Some("My\\ Pics/\n"));
        assert_eq!(line.shown("a\nb", ""), None);
    }

    #[test]
    fn the_flags_of_the_line_are_found() {
        let line = bash("taxiway --data-dir '/a b' submit --model=gen4_turbo --ratio ", "");
        assert_eq!(line.value("--data-dir").as_deref(), Some("/a b"));
        assert_eq!(line.value("--model").as_deref(), Some("gen4_turbo"));
        assert_eq!(line.value("--ratio"), None, "it is being typed");
        assert_eq!(line.value("--config"), None);
    }

    #[test]
    fn other_shells_hand_over_words() {
        let given = ["taxiway", "list", "'state:fa"].map(String::from).to_vec();
        let line = Line::of(Shell::Fish, given).unwrap();
        assert_eq!(line.current(), "state:fa");
        assert_eq!(line.shown("state:failed", "a state").as_deref(), Some("state:failed\ta state\n"));
        assert_eq!(Line::of(Shell::Zsh, vec!["taxiway".into()]), None);
    }
}
