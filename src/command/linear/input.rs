//! What the user types, read on a thread of its own, a line each time that one is wanted.

use std::{
    io::{self, BufRead, Read},
    thread,
};

use tokio::sync::mpsc;

use crate::job::is_harmful;

/// The longest line, in bytes: room for a picture as text, of which the service takes 5,242,880 characters.
/// What is longer is cut there.
const LONGEST: u64 = 6 * 1024 * 1024;

/// Standard input.
pub(super) struct Input {
    wishes: mpsc::Sender<()>,
    lines: mpsc::Receiver<String>,
    /// A line was asked for and has not come yet.
    waits: bool,
}

impl Input {
    /// Starts the thread. It reads nothing that was not asked for, so that what is typed ahead stays with the
    /// terminal, where it can be thrown away.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(super) fn start() -> io::Result<Self> {
        // A line is asked for when the last one has come: neither channel ever holds more than one, and
        // nobody waits for room.
        let (wishes, mut asked) = mpsc::channel(1);
        let (found, lines) = mpsc::channel(1);
        thread::Builder::new().name("input".into()).spawn(move || {
            let mut stdin = io::stdin().lock();
            while asked.blocking_recv().is_some() {
                let Some(line) = read(&mut stdin) else { return };
                if found.blocking_send(line).is_err() {
                    return;
                }
            }
        })?;
        Ok(Self { wishes, lines, waits: false })
    }

    /// The next line; none at the end of the input, and from then on. A call that is given up loses nothing:
    /// the next one gets the line.
    pub(super) async fn next(&mut self) -> Option<String> {
        if !self.waits {
            // A thread that has ended takes no wish, and says so below.
            let _ = self.wishes.try_send(());
            self.waits = true;
        }
        let line = self.lines.recv().await;
        self.waits = false;
        line
    }
}

/// A line without its end and without what steers a terminal; none when no more can come.
fn read(from: &mut impl BufRead) -> Option<String> {
    let mut bytes = Vec::new();
    let count = from.by_ref().take(LONGEST).read_until(b'\n', &mut bytes).ok()?;
    if count == 0 {
        return None;
    }
    if bytes.len() as u64 == LONGEST && !bytes.ends_with(b"\n") {
        // The rest of it is no answer to the next question.
        from.skip_until(b'\n').ok()?;
    }
    let text = String::from_utf8_lossy(&bytes);
    let plain = text.chars().map(|c| if c == '\t' { ' ' } else { c });
    Some(plain.filter(|c| !is_harmful(*c)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_one_answer_without_what_steers_a_terminal() {
        let mut typed = "a\tcat\r\n\n\u{1b}[31mend".as_bytes();
        assert_eq!(read(&mut typed).as_deref(), Some("a cat"));
        assert_eq!(read(&mut typed).as_deref(), Some(""));
        assert_eq!(read(&mut typed).as_deref(), Some("[31mend"), "the last line may lack its end");
        assert_eq!(read(&mut typed), None);
    }

    #[test]
    fn the_rest_of_a_line_that_is_too_long_answers_nothing() {
        let longest = usize::try_from(LONGEST).unwrap();
        let typed = format!("{}y\ny\n", "x".repeat(longest));
        let mut typed = typed.as_bytes();
        assert_eq!(read(&mut typed).unwrap().len(), longest);
        assert_eq!(read(&mut typed).as_deref(), Some("y"));
        assert_eq!(read(&mut typed), None);
    }
}
