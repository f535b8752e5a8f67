//! What tmux is asked and given, by its own program. None of it changes an option.

use std::{
    io,
    path::Path,
    process::{ExitStatus, Stdio, id},
    time::Duration,
};

use tokio::{io::AsyncWriteExt, process::Command, time::timeout};

use super::surroundings::without_secrets;

/// How long tmux may take for each call.
pub const LIMIT: Duration = Duration::from_secs(1);

/// The options that matter to us.
const OPTIONS: [&str; 5] = ["set-clipboard", PASSTHROUGH, "focus-events", "escape-time", "default-terminal"];
const PASSTHROUGH: &str = "allow-passthrough";

/// Why tmux did not do what it was told.
#[derive(Debug)]
pub enum Failed {
    /// It said so.
    Refused(ExitStatus),
    /// It could not be started, or not be heard.
    Unasked(io::Error),
    /// It took longer than [`LIMIT`].
    Late,
}

impl Failed {
    /// The same for people.
    pub fn tell(&self) -> String {
        match self {
            Self::Refused(status) => format!("tmux did not take it ({status})"),
            Self::Unasked(error) => format!("tmux could not be asked: {error}"),
            Self::Late => format!("tmux did not answer within {} s", LIMIT.as_secs()),
        }
    }
}

/// Runs tmux with `input` on its standard input: what it says. The child has no terminal.
pub async fn run(tmux: &Path, arguments: &[&str], input: &[u8]) -> Result<Vec<u8>, Failed> {
    let ran = async {
        let mut child = without_secrets(Command::new(tmux))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        if let Some(mut pipe) = child.stdin.take() {
            // One that does not read it to the end says why with its exit code.
            let _ = pipe.write_all(input).await;
        }
        child.wait_with_output().await
    };
    match timeout(LIMIT, ran).await {
        Ok(Ok(told)) if told.status.success() => Ok(told.stdout),
        Ok(Ok(told)) => Err(Failed::Refused(told.status)),
        Ok(Err(error)) => Err(Failed::Unasked(error)),
        Err(_) => Err(Failed::Late),
    }
}

/// What tmux says, without the line's end.
async fn ask(tmux: &Path, arguments: &[&str]) -> Result<String, Failed> {
    let told = run(tmux, arguments, b"").await?;
    Ok(String::from_utf8_lossy(&told).trim_end().to_owned())
}

/// Whether tmux lets wrapped sequences through to the terminal: its option `allow-passthrough`. One that does
/// not say so does not.
pub async fn passes_through(tmux: &Path) -> bool {
    ask(tmux, &["show", "-gv", PASSTHROUGH]).await.is_ok_and(|value| passes(&value))
}

fn passes(value: &str) -> bool {
    matches!(value, "on" | "all")
}

/// What is known of the tmux around this process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TmuxFacts {
    /// As `3.3a`.
    pub version: String,
    /// Options by name; one that this tmux does not know is not among them.
    pub options: Vec<(&'static str, String)>,
    /// What the attached terminal calls itself; empty where none is attached.
    pub terminal: String,
    /// What tmux takes that terminal to be able to; none where it does not tell.
    pub features: Option<Vec<String>>,
}

impl TmuxFacts {
    /// Asks for them: at most a second for each of a handful of calls, of which the first decides whether
    /// there are more.
    ///
    /// # Errors
    /// tmux does not answer, in words for people.
    pub async fn ask(tmux: &Path) -> Result<Self, String> {
        const FORMAT: &str = "#{version}|#{client_termname}|#{client_termfeatures}";
        let told = ask(tmux, &["display-message", "-p", FORMAT]).await.map_err(|failed| failed.tell())?;
        let mut parts = told.split('|').map(str::to_owned);
        let mut next = || parts.next().unwrap_or_default();
        let (version, terminal, features) = (next(), next(), next());
        let features =
            (!features.is_empty()).then(|| features.split(',').map(str::to_owned).collect::<Vec<_>>());
        let mut options = Vec::new();
        for name in OPTIONS {
            options.extend(ask(tmux, &["show-options", "-gv", name]).await.ok().map(|value| (name, value)));
        }
        Ok(Self { version, options, terminal, features })
    }

    /// An option's value.
    pub fn option(&self, name: &str) -> Option<&str> {
        self.options.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// Whether it lets wrapped sequences through to the terminal.
    pub fn passes_through(&self) -> bool {
        self.option(PASSTHROUGH).is_some_and(passes)
    }

    /// Whether it hands a copied text on to the terminal's clipboard; none where it does not tell.
    pub fn sets_clipboard(&self) -> Option<bool> {
        self.features.as_ref().map(|known| known.iter().any(|feature| feature == "clipboard"))
    }
}

/// Tries whether tmux takes a text, in a buffer of our own that is gone at the end; no other buffer and no
/// clipboard is touched.
///
/// # Errors
/// It does not, in words for people.
pub async fn try_buffer(tmux: &Path) -> Result<(), String> {
    const TEXT: &str = "taxiway doctor";
    let name = format!("taxiway-doctor-{}", id());
    let told = |failed: Failed| failed.tell();
    run(tmux, &["load-buffer", "-b", &name, "-"], TEXT.as_bytes()).await.map_err(told)?;
    let shown = ask(tmux, &["show-buffer", "-b", &name]).await;
    let deleted = ask(tmux, &["delete-buffer", "-b", &name]).await;
    if shown.map_err(told)? != TEXT {
        return Err("tmux gave another text back than it was given".into());
    }
    deleted.map(drop).map_err(|failed| format!("{}; its buffer {name} is still there", failed.tell()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::clipboard::tests::fake;

    #[tokio::test]
    async fn tmux_says_what_it_lets_through() {
        let folder = tempfile::tempdir().unwrap();
        for (says, passes) in [
            ("echo on", true),
            ("echo all", true),
            ("echo off", false),
            ("echo on; exit 1", false),
            ("", false),
        ] {
            assert_eq!(passes_through(&fake(&folder, says)).await, passes, "{says}");
        }
        assert!(!passes_through(Path::new("/nonexistent")).await);
        let asked = fake(&folder, "[ \"$*\" = 'show -gv allow-passthrough' ] && echo on");
        assert!(passes_through(&asked).await);
    }

    #[tokio::test]
    async fn what_a_tmux_does_not_know_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let old = "case \"$*\" in display*) echo '2.6||' ;; *allow*) exit 1 ;; *) echo off ;; esac";
        let facts = TmuxFacts::ask(&fake(&folder, old)).await.unwrap();
        assert_eq!((facts.version.as_str(), facts.terminal.as_str()), ("2.6", ""));
        assert_eq!((facts.option("allow-passthrough"), facts.option("escape-time")), (None, Some("off")));
        assert_eq!((facts.sets_clipboard(), facts.passes_through()), (None, false));
        let new = "case \"$*\" in display*) echo '3.4|xterm|title,clipboard' ;; *) echo on ;; esac";
        let facts = TmuxFacts::ask(&fake(&folder, new)).await.unwrap();
        assert_eq!((facts.sets_clipboard(), facts.passes_through()), (Some(true), true));
        let dead = TmuxFacts::ask(&fake(&folder, "exit 1")).await.unwrap_err();
        assert!(dead.contains("exit status: 1"), "{dead}");
    }

    #[tokio::test]
    async fn the_buffer_is_our_own_and_is_taken_back_whatever_it_held() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let shows = |text: &str| {
            let told =
                format!("echo \"$*\" >> '{}'; case \"$1\" in show*) echo '{text}' ;; esac", log.display());
            fake(&folder, &told)
        };
        assert_eq!(try_buffer(&shows("taxiway doctor")).await, Ok(()));
        assert!(try_buffer(&shows("something else")).await.unwrap_err().contains("another text"));
        let name = format!("taxiway-doctor-{}", id());
        let each = format!("load-buffer -b {name} -\nshow-buffer -b {name}\ndelete-buffer -b {name}\n");
        assert_eq!(std::fs::read_to_string(log).unwrap(), each.repeat(2));
    }
}
