//! Text into the user's clipboard, by way of the terminal: a tool on this machine would copy on the wrong one
//! over SSH. The clipboard is never read.

use std::path::Path;

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{
    Surroundings,
    tmux::{self, Failed},
};

/// The longest text for OSC 52, in bytes once it is encoded: terminals drop longer ones without a word.
const LONGEST: usize = 74_994;

/// The way that a copied text took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Copied {
    /// tmux has taken it, and hands it to the terminal: it is copied.
    Tmux,
    /// It was sent to the terminal, which never says what became of it.
    Osc52,
}

/// What has the terminal take `text` into its clipboard.
///
/// # Errors
/// The text is too long for that.
pub fn osc52(text: &str, surroundings: &Surroundings) -> Result<String, String> {
    let encoded = STANDARD.encode(text);
    if encoded.len() > LONGEST {
        let kib = text.len().div_ceil(1024);
        return Err(format!(
            "{kib} KiB is more than a terminal takes into its clipboard ({} KiB): nothing was copied",
            LONGEST / 4 * 3 / 1024
        ));
    }
    let sequence = format!("\x1b]52;c;{encoded}\x07");
    // tmux takes it as it is, where its user allows that; only screen wants a wrapping.
    Ok(if surroundings.screen { surroundings.wrap(&sequence) } else { sequence })
}

/// Gives `text` to tmux, for itself and for the terminal. Takes a second at most; the child has no terminal.
///
/// # Errors
/// tmux did not take it.
pub async fn to_tmux(program: &Path, text: &str) -> Result<Copied, String> {
    const NEXT: &str = "nothing was copied; select the text with the mouse instead";
    match tmux::run(program, &["load-buffer", "-w", "-"], text.as_bytes()).await {
        Ok(_) => Ok(Copied::Tmux),
        Err(failed @ Failed::Unasked(_)) => Err(format!("{}; {NEXT}", failed.tell())),
        Err(failed) => Err(format!("{}: {NEXT}", failed.tell())),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::{
        fs,
        path::PathBuf,
        time::{Duration, Instant},
    };

    use super::*;

    fn screen() -> Surroundings {
        Surroundings { screen: true, ..Surroundings::default() }
    }

    #[test]
    fn osc_52_carries_any_text_as_letters() {
        assert_eq!(osc52("a\x1b\nü", &Surroundings::default()).unwrap(), "\x1b]52;c;YRsKw7w=\x07");
        assert_eq!(osc52("ab", &screen()).unwrap(), "\x1bP\x1b]52;c;YWI=\x07\x1b\\");
    }

    #[test]
    fn what_a_terminal_would_drop_is_refused() {
        let longest = "x".repeat(LONGEST / 4 * 3);
        assert!(osc52(&longest, &Surroundings::default()).is_ok());
        let error = osc52(&format!("{longest}xx"), &screen()).unwrap_err();
        assert!(error.contains("55 KiB is more") && error.contains("(54 KiB)"), "{error}");
    }

    /// A program that is this shell script. Another process writes it: a file that is open for writing in this
    /// one, or in a child that another test starts at this moment, could not be run.
    pub fn fake(folder: &tempfile::TempDir, script: &str) -> PathBuf {
        let path = folder.path().join("program");
        let write = "printf '%s\\n' '#!/bin/sh' \"$1\" > \"$0\" && chmod 700 \"$0\"";
        let written = std::process::Command::new("sh").args(["-c", write]).arg(&path).arg(script).status();
        assert!(written.unwrap().success());
        path
    }

    #[tokio::test]
    async fn tmux_gets_the_text_on_its_standard_input_and_its_exit_code_counts() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("out");
        let program = fake(&folder, &format!("echo \"$@\" > '{0}'; cat >> '{0}'", out.display()));
        let text = "two\nlines\n".repeat(20_000);
        assert_eq!(to_tmux(&program, &text).await, Ok(Copied::Tmux));
        assert_eq!(fs::read_to_string(out).unwrap(), format!("load-buffer -w -\n{text}"));
        let program = fake(&folder, "exit 1");
        let error = to_tmux(&program, &text).await.unwrap_err();
        assert!(error.contains("did not take it (exit status: 1)"), "{error}");
        let error = to_tmux(&folder.path().join("none"), "x").await.unwrap_err();
        assert!(error.contains("could not be asked"), "{error}");
    }

    #[tokio::test]
    async fn a_tmux_that_does_not_answer_is_given_up() {
        let folder = tempfile::tempdir().unwrap();
        let program = fake(&folder, "exec tail -f /dev/null");
        let begun = Instant::now();
        let error = to_tmux(&program, "x").await.unwrap_err();
        assert!(error.contains("within 1 s") && begun.elapsed() < Duration::from_secs(5), "{error}");
    }
}
