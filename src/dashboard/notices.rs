//! Telling a user who looks elsewhere: by the desktop, by way of the terminal, or by a program of theirs.

use std::{
    process::{ExitStatus, Stdio},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::{
    process::{Child, Command},
    time::timeout,
};

use super::{
    surroundings::{Notifies, Surroundings, without_secrets},
    text::cut,
};

/// The longest title and the longest body of a notice, in cells.
const LONGEST: (usize, usize) = (60, 200);

/// How long a program of the user's may run.
pub const RUN_LIMIT: Duration = Duration::from_secs(60);

/// How many of them may run at once; at the bound another is not started, and the log says so.
pub const RUN_AT_ONCE: usize = 4;

/// What has the terminal show a notice on the desktop, in its language. What it does not know it ignores.
pub fn notice(title: &str, body: &str, how: Notifies, surroundings: &Surroundings) -> String {
    let (title, body) = (cut(title, LONGEST.0), cut(body, LONGEST.1));
    let sequence = match how {
        Notifies::Osc9 => {
            let text =
                [title, body].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(": ");
            // A number and a semicolon at the beginning would be taken for another order.
            let guard = if text.starts_with(|c: char| c.is_ascii_digit()) { " " } else { "" };
            format!("\x1b]9;{guard}{text}\x07")
        }
        Notifies::Osc777 => format!("\x1b]777;notify;{};{body}\x07", title.replace(';', ",")),
        Notifies::Osc99 => {
            // Not with ESC \, which would end the wrapping of a multiplexer.
            format!("\x1b]99;i=taxiway:d=0;{title}\x07\x1b]99;i=taxiway:d=1:p=body;{body}\x07")
        }
    };
    surroundings.wrap(&sequence)
}

/// Runs a program of the user's with these variables beside our own: its streams lead nowhere, in a process group of
/// its own, for `limit` at most, when the whole group is killed. What goes wrong is a line of the log.
pub async fn run_command(argv: &[String], env: &[(String, String)], limit: Duration) {
    let Some((program, arguments)) = argv.split_first() else { return };
    let started = without_secrets(Command::new(program))
        .args(arguments)
        .envs(env.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn();
    let ended = match started {
        Ok(child) => wait_or_kill(child, limit).await,
        Err(error) => Err(format!("could not be started: {error}")),
    };
    match ended {
        Ok(status) if status.success() => {}
        Ok(status) => tracing::warn!("notify.command: {program} failed ({status})"),
        Err(why) => tracing::warn!("notify.command: {program} {why}"),
    }
}

async fn wait_or_kill(mut child: Child, limit: Duration) -> Result<ExitStatus, String> {
    let group = child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
    if let Ok(ended) = timeout(limit, child.wait()).await {
        return ended.map_err(|error| format!("could not be waited for: {error}"));
    }
    // The child is not waited for yet, so the number is still its own.
    let killed = group.is_some_and(|group| kill_process_group(group, Signal::KILL).is_ok());
    if killed && let Err(error) = child.wait().await {
        tracing::warn!("notify.command could not be waited for: {error}");
    }
    Err(format!("ran longer than {} s and was ended", limit.as_secs()))
}

#[cfg(test)]
mod tests {
    use std::{fs, time::Instant};

    use tracing_subscriber::layer::SubscriberExt;

    use super::*;
    use crate::dashboard::{clipboard::tests::fake, log_ring};

    #[test]
    fn each_terminal_is_told_in_its_language() {
        let plain = Surroundings::default();
        let told = |how| notice("job 7; saved", "a cat\nyawns\x1b", how, &plain);
        assert_eq!(told(Notifies::Osc9), "\x1b]9;job 7; saved: a cat yawns\x07");
        assert_eq!(told(Notifies::Osc777), "\x1b]777;notify;job 7, saved;a cat yawns\x07");
        assert_eq!(
            told(Notifies::Osc99),
            "\x1b]99;i=taxiway:d=0;job 7; saved\x07\x1b]99;i=taxiway:d=1:p=body;a cat yawns\x07"
        );
        assert_eq!(notice("4;1", "", Notifies::Osc9, &plain), "\x1b]9; 4;1\x07", "no progress bar");
        let tmux = Surroundings { tmux: Some("tmux".into()), ..plain };
        assert_eq!(notice("a", "b", Notifies::Osc9, &tmux), "\x1bPtmux;\x1b\x1b]9;a: b\x07\x1b\\");
    }

    async fn logged(argv: &[&str], env: &[(String, String)], limit: Duration) -> Vec<String> {
        let (layer, mut feed) = log_ring();
        let guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(layer));
        run_command(&argv.iter().map(ToString::to_string).collect::<Vec<_>>(), env, limit).await;
        drop(guard);
        feed.ready().map(|(lines, _)| lines.into_iter().map(|line| line.text).collect()).unwrap_or_default()
    }

    #[tokio::test]
    async fn a_program_gets_the_job_and_no_terminal() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("out");
        let text =
            format!("[ -t 0 ] || [ -t 1 ] || [ -t 2 ] || echo \"$TAXIWAY_JOB $1\" > '{}'", out.display());
        let program = fake(&folder, &text).display().to_string();
        let env = [("TAXIWAY_JOB".to_owned(), "7".to_owned())];
        assert_eq!(logged(&[&program, "two words"], &env, RUN_LIMIT).await, Vec::<String>::new());
        assert_eq!(fs::read_to_string(out).unwrap(), "7 two words\n");
    }

    #[tokio::test]
    async fn what_goes_wrong_with_it_is_a_line_of_the_log() {
        let said = logged(&["sh", "-c", "exit 3"], &[], RUN_LIMIT).await;
        assert_eq!(said, ["notify.command: sh failed (exit status: 3)"]);
        let said = logged(&["/nonexistent"], &[], RUN_LIMIT).await;
        assert!(said[0].starts_with("notify.command: /nonexistent could not be started: "), "{said:?}");
        assert_eq!(logged(&[], &[], RUN_LIMIT).await, Vec::<String>::new());
    }

    #[tokio::test]
    async fn one_that_never_ends_is_killed_with_its_children() {
        let begun = Instant::now();
        // The pipe is held open by the child of the child.
        let (mut reader, writer) = std::io::pipe().unwrap();
        let fd = path_of(&writer);
        let argv = ["sh".to_owned(), "-c".to_owned(), format!("tail -f /dev/null > {fd} & wait")];
        run_command(&argv, &[], Duration::from_millis(300)).await;
        drop(writer);
        let mut rest = Vec::new();
        std::io::Read::read_to_end(&mut reader, &mut rest).unwrap();
        assert!(begun.elapsed() < Duration::from_secs(20));
    }

    /// The name by which a child can open our end of a pipe.
    fn path_of(end: &impl std::os::fd::AsRawFd) -> String {
        format!("/proc/{}/fd/{}", std::process::id(), end.as_raw_fd())
    }
}
