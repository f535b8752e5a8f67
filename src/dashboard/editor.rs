//! The user's own editor, on a text that is too long for a field.

use std::{
    cell::Cell,
    fs,
    io::{self, Read, Write},
    pin::Pin,
    process::ExitStatus,
    rc::Rc,
    time::Duration,
};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, getpid, kill_process, waitid};
use tempfile::NamedTempFile;
use tokio::{
    process::{Child, Command},
    signal::unix::{SignalKind, signal},
    time::{sleep, timeout},
};

use super::surroundings::without_secrets;

/// The longest text that is taken from an editor, in bytes.
const LONGEST: u64 = 64 * 1024;

/// What is run where the user named no editor.
const FALLBACK: &str = "vi";

/// An editor that stops alone, without us, is noticed after so long.
const ALONE: Duration = Duration::from_millis(300);

/// One that nobody can let go on again does so by itself after so long.
const STRANDED: Duration = Duration::from_secs(2);

/// How long an editor may take to end when it is told to.
const ENDING: Duration = Duration::from_millis(300);

/// An editor under way.
pub struct Editing {
    /// The text afterwards, or why nothing was changed.
    pub ended: Pin<Box<dyn Future<Output = Result<String, String>>>>,
    /// The editor's process, while there is one.
    pub child: Rc<Cell<Option<Pid>>>,
    /// It is being ended: the terminal is not taken back, for it is about to be given back for good.
    pub ending: Rc<Cell<bool>>,
}

impl Editing {
    /// Ends it with this signal, and kills it when it takes longer than a moment.
    pub async fn end(self, signal: i32) {
        self.ending.set(true);
        let child = self.child.get();
        if let (Some(child), Some(signal)) = (child, Signal::from_named_raw(signal)) {
            // It may have ended this moment.
            let _ = kill_process(child, signal);
        }
        // What is dropped unfinished is killed.
        let _ = timeout(ENDING, self.ended).await;
    }
}

/// The terminal, as an editor needs it.
pub trait Lender {
    /// Lets it go, as it was found; nobody reads it any more.
    fn lend(&self) -> impl Future<Output = io::Result<()>>;
    /// Takes it back, whatever the editor made of it; what was typed meanwhile is dropped.
    fn take_back(&self) -> impl Future<Output = io::Result<()>>;
}

/// The words of the user's editor: `$VISUAL`, else `$EDITOR`, else `vi`.
///
/// # Errors
/// The variable is not written as a shell would read it.
pub fn command(env: &dyn Fn(&str) -> Option<String>) -> Result<Vec<String>, String> {
    let set = |name: &'static str| Some((name, env(name).filter(|value| !value.trim().is_empty())?));
    let Some((name, line)) = set("VISUAL").or_else(|| set("EDITOR")) else {
        return Ok(vec![FALLBACK.into()]);
    };
    let words = shell_words::split(&line).map_err(|error| format!("${name} cannot be read: {error}"))?;
    if words.first().is_none_or(String::is_empty) {
        return Err(format!("${name} names no editor"));
    }
    Ok(words)
}

/// Has the user change `text` with `command`, on the terminal that `lender` lends.
pub fn edit(text: &str, command: Result<Vec<String>, String>, lender: impl Lender + 'static) -> Editing {
    let (child, ending) = (Rc::new(Cell::new(None)), Rc::new(Cell::new(false)));
    let (known, is_ending, text) = (Rc::clone(&child), Rc::clone(&ending), text.to_owned());
    let ended = Box::pin(async move {
        let command = command?;
        let file = written(&text).map_err(|error| format!("a file to edit could not be made: {error}"))?;
        let status = match lender.lend().await {
            Ok(()) => run(&command, &file, &known).await,
            Err(error) => Err(error),
        };
        known.set(None);
        let taken = if is_ending.get() { Ok(()) } else { lender.take_back().await };
        let taken = taken.map_err(|error| format!("the terminal could not be taken back: {error}"));
        taken.and_then(|()| outcome(&command, status, &file)).map_err(|fault| keep(file, &text, fault))
    });
    Editing { ended, child, ending }
}

/// A file of ours (0600) with this text in it. Its name ends as that of a text, for the editors that look at it.
fn written(text: &str) -> io::Result<NamedTempFile> {
    let mut file = tempfile::Builder::new().prefix("taxiway-").suffix(".txt").tempfile()?;
    file.write_all(text.as_bytes())?;
    if !text.is_empty() && !text.ends_with('\n') {
        file.write_all(b"\n")?;
    }
    Ok(file)
}

async fn run(command: &[String], file: &NamedTempFile, known: &Cell<Option<Pid>>) -> io::Result<ExitStatus> {
    let (program, arguments) = command.split_first().ok_or(io::ErrorKind::NotFound)?;
    // In our process group, which is the terminal's: so it may read, and Ctrl-Z reaches us both.
    let mut child =
        without_secrets(Command::new(program)).args(arguments).arg(file.path()).kill_on_drop(true).spawn()?;
    known.set(child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)));
    wait(&mut child, known.get()).await
}

async fn wait(child: &mut Child, pid: Option<Pid>) -> io::Result<ExitStatus> {
    let Some(pid) = pid else { return child.wait().await };
    tokio::select! {
        status = child.wait() => status,
        error = mind_stops(pid) => Err(error),
    }
}

/// Most editors stop the whole process group at Ctrl-Z, and us with it. One that stops alone would leave a dead
/// terminal: then we stop as well, and the shell comes back. Ends only with an error.
async fn mind_stops(child: Pid) -> io::Error {
    let mut changes = match signal(SignalKind::child()) {
        Ok(changes) => changes,
        Err(error) => return error,
    };
    loop {
        // Asked first: it may have stopped before anybody listened.
        if !is_stopped(child) {
            changes.recv().await;
            continue;
        }
        // While we are stopped too, no time goes by here; and then both go on together.
        sleep(ALONE).await;
        if is_stopped(child) && kill_process(getpid(), Signal::TSTP).is_ok() {
            sleep(STRANDED).await;
        }
        // No shell is there to stop for.
        if is_stopped(child) {
            let _ = kill_process(child, Signal::CONT);
        }
    }
}

/// Looks only: the child's end is still to be told to whoever waits for it.
fn is_stopped(child: Pid) -> bool {
    let looks = WaitIdOptions::STOPPED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    matches!(waitid(WaitId::Pid(child), looks), Ok(Some(_)))
}

fn outcome(
    command: &[String],
    status: io::Result<ExitStatus>,
    file: &NamedTempFile,
) -> Result<String, String> {
    let name = command.first().map_or(FALLBACK, String::as_str);
    match status {
        Ok(status) if status.success() => read_back(file),
        Ok(status) => Err(format!("{name} failed ({status}): nothing was changed")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(format!("there is no editor {name} on this machine: set EDITOR to one; nothing was changed"))
        }
        Err(error) => Err(format!("{name} could not be run: {error}; nothing was changed")),
    }
}

/// What was written is not thrown away because something went wrong: its file stays, and is named.
fn keep(file: NamedTempFile, before: &str, fault: String) -> String {
    let now = fs::read(file.path()).unwrap_or_default();
    if now.trim_ascii() == before.as_bytes().trim_ascii() {
        return fault;
    }
    match file.keep() {
        Ok((_, path)) => {
            tracing::warn!("what was written in the editor is in {}", path.display());
            format!("{fault}; what you wrote is in {}", path.display())
        }
        Err(error) => format!("{fault}; what you wrote could not be kept: {error}"),
    }
}

fn read_back(file: &NamedTempFile) -> Result<String, String> {
    let mut bytes = Vec::new();
    // By its name: many editors put a new file in the place of the old one.
    let read = fs::File::open(file.path()).and_then(|file| file.take(LONGEST + 1).read_to_end(&mut bytes));
    read.map_err(|error| format!("what was written could not be read: {error}; nothing was changed"))?;
    if bytes.len() as u64 > LONGEST {
        return Err(format!("the text is longer than {} KiB: nothing was changed", LONGEST / 1024));
    }
    let text =
        String::from_utf8(bytes).map_err(|_| "the text is not UTF-8: nothing was changed".to_owned())?;
    let text = text.replace("\r\n", "\n");
    Ok(text.strip_suffix('\n').map_or(text.clone(), str::to_owned))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// Remembers what was asked of it.
    #[derive(Clone, Default)]
    struct Lent(Rc<Cell<(u32, u32)>>);

    impl Lender for Lent {
        async fn lend(&self) -> io::Result<()> {
            let (lent, back) = self.0.get();
            self.0.set((lent + 1, back));
            Ok(())
        }
        async fn take_back(&self) -> io::Result<()> {
            let (lent, back) = self.0.get();
            self.0.set((lent, back + 1));
            Ok(())
        }
    }

    fn words(visual: &str, editor: &str) -> Result<Vec<String>, String> {
        command(&|name| Some(if name == "VISUAL" { visual } else { editor }.to_owned()))
    }

    #[test]
    fn the_editor_is_the_one_that_the_user_named() {
        assert_eq!(words("code --wait", "vim").unwrap(), ["code", "--wait"]);
        assert_eq!(words(" ", "'my editor' -n").unwrap(), ["my editor", "-n"]);
        assert_eq!(words("", "").unwrap(), ["vi"]);
        assert!(words("'open", "vim").unwrap_err().starts_with("$VISUAL cannot be read"));
        assert!(words("", "''").unwrap_err().contains("$EDITOR names no editor"));
    }

    /// What comes of a text that a shell script edits; the file is its `$1`.
    async fn edited(text: &str, script: &str) -> (Result<String, String>, (u32, u32)) {
        let lent = Lent::default();
        let command = ["sh", "-c", script, "sh"].map(str::to_owned).into();
        let editing = edit(text, Ok(command), lent.clone());
        (editing.ended.await, lent.0.get())
    }

    #[tokio::test]
    async fn a_text_comes_back_as_it_was_left() {
        for (text, script, expected) in [
            ("a cat", "printf 'and\\r\\na dog' >> $1", "a cat\nand\na dog"),
            ("a cat\n", ":", "a cat"),
            ("", ":", ""),
            ("a cat", ": > $1", ""),
            ("a cat", "printf 'x\\n\\n' > $1.new; mv $1.new $1", "x\n"),
        ] {
            let (text, lent) = edited(text, script).await;
            assert_eq!((text.as_deref(), lent), (Ok(expected), (1, 1)), "{script}");
        }
    }

    #[tokio::test]
    async fn the_file_is_private_and_a_text() {
        let script = "case $1 in *.txt) stat -c %a $1 > $1.mode; mv $1.mode $1;; esac";
        assert_eq!(edited("x", script).await.0.as_deref(), Ok("600"));
        let file = written("x").unwrap();
        assert_eq!(file.as_file().metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[tokio::test]
    async fn what_goes_wrong_changes_nothing_and_the_terminal_comes_back() {
        for (script, words) in [
            ("echo lost > $1; exit 3", "sh failed (exit status: 3)"),
            ("rm $1", "could not be read"),
            ("head -c 70000 /dev/zero > $1", "longer than 64 KiB"),
            ("printf '\\377' > $1", "not UTF-8"),
        ] {
            let (text, lent) = edited("a cat", script).await;
            let error = text.unwrap_err();
            assert!(error.contains(words) && error.contains("nothing was changed"), "{error}");
            assert_eq!(lent, (1, 1));
        }
        let lent = Lent::default();
        let error = edit("x", Ok(vec!["no-such-editor".into()]), lent.clone()).ended.await.unwrap_err();
        assert!(error.contains("no editor no-such-editor") && error.contains("set EDITOR"), "{error}");
        assert_eq!(lent.0.get(), (1, 1));
        let error = edit("x", Err("$EDITOR names no editor".into()), lent.clone()).ended.await.unwrap_err();
        assert_eq!((error.as_str(), lent.0.get()), ("$EDITOR names no editor", (1, 1)), "nothing was lent");
    }

    #[tokio::test]
    async fn a_signal_ends_the_editor_and_at_last_kills_it() {
        let folder = tempfile::tempdir().unwrap();
        for script in ["exec tail -f /dev/null", "trap '' TERM; while :; do read x < $0; done"] {
            let pipe = folder.path().join("pipe");
            if !pipe.exists() {
                assert!(Command::new("mkfifo").arg(&pipe).status().await.unwrap().success());
            }
            let command = ["sh", "-c", script, &pipe.display().to_string()].map(str::to_owned).into();
            let mut editing = edit("x", Ok(command), Lent::default());
            // It is started when it is first waited for.
            let first = timeout(Duration::from_millis(50), &mut editing.ended).await;
            assert!(first.is_err());
            let child = editing.child.get().unwrap();
            editing.end(15).await;
            let gone = async {
                while fs::read_to_string(format!("/proc/{}/stat", child.as_raw_pid()))
                    .is_ok_and(|stat| !stat.contains(") Z "))
                {
                    tokio::task::yield_now().await;
                }
            };
            timeout(Duration::from_secs(10), gone).await.unwrap();
        }
    }
}
