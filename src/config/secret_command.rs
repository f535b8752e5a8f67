//! A secret that another program tells, as a password manager does.

use std::{
    io::{self, Read, Write},
    os::unix::process::{CommandExt, ExitStatusExt},
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process_group};

use super::{
    ApiKey, Config, Fault, Origin,
    key::{Kind, clean},
};
use crate::job::is_harmful;

/// So long a program may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// A program that takes longer than this is told of.
const SOON: Duration = Duration::from_secs(1);
/// What a program says beside the secret is waited for so long, once it has ended.
const REST: Duration = Duration::from_millis(200);
/// No secret is longer than this, with all that stands below it, in bytes.
const OUTPUT_MAX: u64 = 64 * 1024;
/// So much is told of what a program complains of, in characters.
const TOLD_MAX: usize = 200;
/// A shorter word of a complaint is no secret, in bytes.
const SECRET_MIN: usize = 16;
/// A shorter piece of the output is no secret, and striking it out would mangle innocent words.
const PIECE_MIN: usize = 4;

/// A program that tells a secret.
#[derive(Clone, Debug)]
pub struct SecretCommand {
    kind: Kind,
    program: PathBuf,
    arguments: Vec<String>,
    /// The setting and where it stands, with no words yet.
    at: Fault,
}

impl SecretCommand {
    pub(super) fn new(kind: Kind, program: PathBuf, arguments: Vec<String>, at: Fault) -> Self {
        Self { kind, program, arguments, at }
    }

    /// The program's name. Its arguments are not shown: they may be secret, too.
    pub fn name(&self) -> String {
        let name = self.program.file_name().unwrap_or(self.program.as_os_str());
        name.to_string_lossy().into_owned()
    }

    pub(super) fn origin(&self) -> Origin {
        Origin::Command(self.name())
    }

    /// Runs the program and takes the first line that it prints. `slow` is called when that takes more than a
    /// second.
    fn ask(&self, slow: &mut dyn FnMut(&Self)) -> Result<ApiKey, Fault> {
        let told = self.run(PATIENCE, slow).and_then(|told| {
            let line = told.trim().lines().next().unwrap_or_default();
            if line.is_empty() {
                return Err(format!("told nothing: it should print the {}", self.kind.word));
            }
            clean(line, self.kind).map_err(|fault| format!("told something that {fault}"))
        });
        match told {
            Ok(secret) => Ok(ApiKey::new(secret, self.origin())),
            Err(what) => {
                let message =
                    format!("the command {} {what}; so there is no {}", self.name(), self.kind.word);
                Err(Fault { message, ..self.at.clone() })
            }
        }
    }

    /// What the program prints, its first line at least. It has no terminal: neither to read from, nor as the one
    /// that its own group of processes stands before.
    fn run(&self, patience: Duration, slow: &mut dyn FnMut(&Self)) -> Result<String, String> {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).process_group(0);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().map_err(|error| format!("cannot be run: {error}"))?;
        let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        let _watch = group.and_then(|group| Watch::over(group).ok());
        let end = |what: String| {
            // One that has just ended needs no end.
            group.map(|group| kill_process_group(group, Signal::KILL));
            what
        };
        let (news, complaint) = listen(child);
        let limit = Instant::now() + patience;
        let mut until = Instant::now() + SOON.min(patience);
        let (mut output, mut ended, mut is_closed, mut is_slow) = (Vec::new(), None, false, false);
        let status = loop {
            match news.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(News::Printed(piece)) => output.extend(piece),
                Ok(News::Unheard(error)) => return Err(end(format!("could not be heard: {error}"))),
                Ok(News::Closed) => is_closed = true,
                Ok(News::Ended(status)) => {
                    ended = Some(status);
                    until = Instant::now() + SOON;
                }
                Err(_) if ended.is_some() => is_closed = true,
                Err(_) if !is_slow => {
                    (is_slow, until) = (true, limit);
                    slow(self);
                }
                Err(_) => {
                    return Err(end(format!(
                        "did not end within {} s, and was stopped: it has no terminal to ask you at, so unlock it \
                         before",
                        patience.as_secs_f32()
                    )));
                }
            }
            if output.len() as u64 > OUTPUT_MAX {
                return Err(end(format!("told more than {} KiB, which no secret has", OUTPUT_MAX / 1024)));
            }
            // What it started may live on, as an agent does, and hold the pipe open.
            if let Some(status) = ended.take_if(|_| is_closed || holds_line(&output)) {
                break status;
            }
        };
        match status {
            Ok(status) if status.success() => {
                let line = output.trim_ascii_start().split(|byte| *byte == b'\n').next().unwrap_or_default();
                String::from_utf8(line.to_vec()).map_err(|_| "told bytes that are no text".into())
            }
            Ok(status) => Err(how(status) + &said(&collect(&complaint), &output)),
            Err(error) => Err(end(format!("could not be waited for: {error}"))),
        }
    }
}

/// Whether the first line that is not empty is whole.
fn holds_line(output: &[u8]) -> bool {
    output.trim_ascii_start().contains(&b'\n')
}

/// Ends a group of processes should this one end first, however it does: being no part of the group at the
/// terminal, it hears no Ctrl-C. A shell waits for our word, and takes the end of the pipe for our end.
struct Watch(Child);

impl Watch {
    fn over(group: Pid) -> io::Result<Self> {
        let script = "read -r _ || kill -s KILL -- \"-$0\"";
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", script, &group.as_raw_nonzero().to_string()]).process_group(0);
        shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().map(Self)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // A shell that is not there any more does no harm.
        let _ = self.0.stdin.take().map(|mut pipe| pipe.write_all(b"done\n"));
        let _ = self.0.wait();
    }
}

/// What is heard of a program.
enum News {
    Printed(Vec<u8>),
    /// It prints nothing further, nor does what it started.
    Closed,
    Unheard(io::Error),
    Ended(io::Result<ExitStatus>),
}

/// What the child prints and how it ends, and, piece by piece, what it complains of. Each is heard by a thread of
/// its own.
fn listen(mut child: Child) -> (Receiver<News>, Receiver<Vec<u8>>) {
    // Each holds what its pipe may tell, [`OUTPUT_MAX`] and a byte: nobody reads on after that.
    let (tell, news) = mpsc::channel();
    let (complain, complaint) = mpsc::channel();
    if let Some(stderr) = child.stderr.take() {
        // Nobody listens any more where the program did well.
        thread::spawn(move || pump(stderr.take(OUTPUT_MAX), |piece| complain.send(piece).is_ok()));
    }
    if let Some(stdout) = child.stdout.take() {
        let tell = tell.clone();
        thread::spawn(move || {
            let end = match pump(stdout.take(OUTPUT_MAX + 1), |piece| tell.send(News::Printed(piece)).is_ok())
            {
                Ok(()) => News::Closed,
                Err(error) => News::Unheard(error),
            };
            let _ = tell.send(end);
        });
    }
    thread::spawn(move || {
        let ended = News::Ended(child.wait());
        // Who has given up waiting does not want it.
        let _ = tell.send(ended);
    });
    (news, complaint)
}

/// Tells all that is read, until nobody wants more of it.
fn pump(mut source: impl Read, tell: impl Fn(Vec<u8>) -> bool) -> io::Result<()> {
    let mut piece = [0; 4096];
    loop {
        match source.read(&mut piece) {
            Ok(0) => return Ok(()),
            Ok(count) if tell(piece.get(..count).unwrap_or_default().to_vec()) => {}
            Ok(_) => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

fn collect(complaint: &Receiver<Vec<u8>>) -> Vec<u8> {
    let mut all = Vec::new();
    while let Ok(piece) = complaint.recv_timeout(REST) {
        all.extend(piece);
    }
    all
}

fn how(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("failed with {code}"),
        (None, Some(signal)) => format!("was ended by signal {signal}"),
        (None, None) => "failed".into(),
    }
}

/// `: what it complains of`, on a line, without whatever it printed, or what looks like a secret.
fn said(complaint: &[u8], output: &[u8]) -> String {
    let mut text = String::from_utf8_lossy(complaint).into_owned();
    for piece in String::from_utf8_lossy(output).split_whitespace().filter(|piece| piece.len() >= PIECE_MIN) {
        text = text.replace(piece, "…");
    }
    let may_be_secret = |word: &str| word.len() >= SECRET_MIN || word.contains("sk-");
    let words: Vec<_> =
        text.split_whitespace().map(|word| if may_be_secret(word) { "…" } else { word }).collect();
    let text: String = words.join(" ").chars().filter(|&c| !is_harmful(c)).take(TOLD_MAX).collect();
    if text.is_empty() { ", and did not say why".into() } else { format!(": {text}") }
}

impl Config {
    /// Runs the program that tells the key, where the profile names one and it was not run yet. It takes ten
    /// seconds at most; `slow` is called when it takes more than one.
    ///
    /// # Errors
    /// Why there is no key, with the setting's place. It is among [`Config::faults`] from now on, and the
    /// program is not run again.
    pub fn ask_for_key(&mut self, slow: &mut dyn FnMut(&SecretCommand)) -> Result<(), Fault> {
        let Some(command) = self.key_command.take() else { return Ok(()) };
        let key = command.ask(slow).inspect_err(|fault| self.faults.push(fault.clone()))?;
        self.now_known("key", &key);
        self.key = Some(key);
        Ok(())
    }

    /// The same with the account token, which only some commands need: the fault is among
    /// [`Config::warnings`], then.
    ///
    /// # Errors
    /// Why there is no token, with the setting's place.
    pub fn ask_for_token(&mut self, slow: &mut dyn FnMut(&SecretCommand)) -> Result<(), Fault> {
        let Some(command) = self.access_token_command.take() else { return Ok(()) };
        let token = command.ask(slow).inspect_err(|fault| self.warnings.push(fault.clone()))?;
        self.now_known("access_token", &token);
        self.access_token = Some(token);
        Ok(())
    }

    fn now_known(&mut self, name: &str, secret: &ApiKey) {
        if let Some(setting) = self.settings.iter_mut().find(|setting| setting.name == name) {
            setting.value = format!("…{}", secret.tail());
        }
    }
}

#[cfg(test)]
mod tests {
    use rustix::process::kill_process;
    use secrecy::ExposeSecret;

    use super::{super::key, *};

    fn shell(script: &str) -> SecretCommand {
        let at = Fault { place: None, name: "profiles.x.key_command".into(), message: String::new() };
        SecretCommand::new(key::KEY, "sh".into(), vec!["-c".into(), script.into()], at)
    }

    fn fault(script: &str) -> String {
        shell(script).ask(&mut |_| ()).unwrap_err().to_string()
    }

    #[test]
    fn the_first_line_is_the_secret() {
        for script in [
            "echo sk-0123456789",
            "printf ' sk-0123456789\\r\\nuser: me\\n'",
            "printf sk-0123456789; echo x >&2",
        ] {
            let key = shell(script).ask(&mut |_| ()).unwrap();
            assert_eq!(
                (key.secret().expose_secret(), &key.origin),
                ("sk-0123456789", &Origin::Command("sh".into()))
            );
        }
    }

    #[test]
    fn what_went_wrong_is_told_and_nothing_of_the_secret() {
        for (script, words) in [
            ("exit 3", "the command sh failed with 3, and did not say why; so there is no key"),
            ("echo 'gpg: no\u{1b}[31m agent' >&2; exit 1", "failed with 1: gpg: no[31m agent; so"),
            ("echo geheim; echo 'not geheim: sk-geheim' >&2; exit 1", "failed with 1: not …: …; so"),
            (
                "echo 'debug: key=geheim+geheim/0=, no luck' >&2; exit 1",
                "failed with 1: debug: … no luck; so",
            ),
            ("kill -9 $$", "was ended by signal 9"),
            ("true", "told nothing: it should print the key"),
            ("echo two geheim", "told something that holds a blank"),
            ("printf '\\377'", "told bytes that are no text"),
            ("yes geheim", "told more than 64 KiB"),
        ] {
            let told = fault(script);
            assert!(
                told.starts_with("profiles.x.key_command: the command sh ") && told.contains(words),
                "{told}"
            );
            assert!(!told.contains("geheim") && !told.contains('\u{1b}'), "{told}");
        }
        let missing = SecretCommand { program: "/no/such-program".into(), ..shell("") };
        let told = missing.ask(&mut |_| ()).unwrap_err().message;
        assert!(told.starts_with("the command such-program cannot be run: No such file"), "{told}");
    }

    /// It is stopped with all that it started, and cannot wait for words at a terminal.
    #[test]
    fn one_that_takes_too_long_is_stopped() {
        let mut slow = 0;
        let told = shell("sleep 600 & wait").run(Duration::from_millis(50), &mut |_| slow += 1).unwrap_err();
        assert!(told.contains("did not end within 0.05 s, and was stopped") && slow == 1, "{told}");
        assert_eq!(shell("cat; echo done").run(PATIENCE, &mut |_| ()).as_deref(), Ok("done"));
    }

    /// As an agent that the program starts, and which lives on.
    #[test]
    fn what_a_program_leaves_behind_is_not_waited_for() {
        let told = shell("sleep 600 & echo $!; exit 0").run(PATIENCE, &mut |_| ()).unwrap();
        let left = told.trim().parse().ok().and_then(Pid::from_raw).unwrap();
        kill_process(left, Signal::KILL).unwrap();
    }
}
