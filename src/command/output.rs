use std::{
    io::{self, IsTerminal, Write},
    os::fd::AsFd,
};

use rustix::{
    process::getpgrp,
    termios::{QueueSelector, tcflush, tcgetpgrp, tcgetwinsize},
};
use serde::Serialize;

use super::{
    Exit,
    dashboard::set,
    progress::{Block, Look, Painted},
};
use crate::job::{JobJson, Problem, is_harmful};

/// The two streams of a command: data on standard output, talk on standard error.
pub struct Output {
    json: bool,
    data: Box<dyn Write>,
    talk: Box<dyn Write>,
    /// Whether a person can be asked: standard input and standard error are terminals.
    pub can_ask: bool,
    /// How standard error is written to, where it is a terminal that lines can be painted on.
    look: Option<Look>,
    block: Block,
    /// Why data could not be written.
    lost: Option<io::Error>,
}

impl Output {
    /// The process's own streams.
    pub fn of_process(json: bool) -> Self {
        let can_ask = io::stdin().is_terminal() && io::stderr().is_terminal();
        Self { json, data: Box::new(io::stdout()), talk: Box::new(io::stderr()), can_ask, ..Self::of_lines() }
    }

    /// The same, where lines may be painted over in place: standard error is a terminal that can.
    pub(super) fn painting(mut self, look: Look) -> Self {
        let can = set("TERM").is_some_and(|term| term != "dumb");
        self.look = (can && io::stderr().is_terminal()).then_some(look);
        self
    }

    /// A conversation: all of it goes to standard output, in order, and nothing of it is JSON.
    pub fn of_lines() -> Self {
        Self {
            json: false,
            data: Box::new(io::stdout()),
            talk: Box::new(io::stdout()),
            can_ask: false,
            look: None,
            // Of the terminals that say who they are, it is the one that breaks no lines when it becomes narrower.
            block: Block::new(set("XTERM_VERSION").is_some()),
            lost: None,
        }
    }

    /// How lines are painted in place; none where they cannot be.
    pub(super) const fn look(&self) -> Option<Look> {
        self.look
    }

    /// Whether data is shown on a terminal, as talk is.
    pub(super) fn data_is_shown(&self) -> bool {
        self.look.is_some() && io::stdout().is_terminal()
    }

    /// Columns and rows of the terminal that talk goes to.
    pub(super) fn size() -> (usize, usize) {
        let size = tcgetwinsize(io::stderr()).map(|size| (size.ws_col.into(), size.ws_row.into()));
        size.ok().filter(|(columns, rows)| *columns > 0 && *rows > 0).unwrap_or((80, 24))
    }

    /// Has these lines stand below all that was said, until anything else is. They are as they are to be written:
    /// clean, and narrower than the terminal.
    pub(super) fn paint(&mut self, lines: Vec<Painted>, columns: usize) {
        if !is_in_foreground() {
            // The terminal is the shell's at the moment: what is painted over might be what is typed there.
            return self.forget();
        }
        let text = self.block.paint(lines, columns);
        self.put(&text);
    }

    /// Takes the painted lines away.
    pub(super) fn lift(&mut self) {
        if self.block.is_up() && is_in_foreground() {
            let text = self.block.lift(Self::size().0);
            self.put(&text);
        }
        self.forget();
    }

    /// The painted lines are plain text from now on.
    pub(super) fn forget(&mut self) {
        self.block.forget();
    }

    fn put(&mut self, text: &str) {
        // As with lines: a reader that went away does not want it.
        let _ = self.talk.write_all(text.as_bytes()).and_then(|()| self.talk.flush());
    }

    /// Whether data is JSON.
    pub const fn is_json(&self) -> bool {
        self.json
    }

    /// A line of data.
    pub fn line(&mut self, line: &str) {
        if self.data_is_shown() {
            self.lift();
        }
        self.give(&format!("{}\n", clean(line)));
    }

    /// Data that is no whole line, as a prompt before its answer.
    pub fn part(&mut self, text: &str) {
        self.lift();
        self.give(&clean(text));
    }

    /// Data as it is, of texts that steer no terminal.
    pub fn raw(&mut self, text: &str) {
        self.give(text);
    }

    fn give(&mut self, text: &str) {
        match self.data.write_all(text.as_bytes()).and_then(|()| self.data.flush()) {
            // A reader that went away is no fault of ours: the rest is not wanted.
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                self.lost.get_or_insert(error);
            }
            _ => {}
        }
    }

    /// How a command ends that would have ended so, were all of its data written: a full disk makes a cut file.
    pub fn ended(&mut self, exit: Exit) -> Exit {
        let Some(error) = self.lost.take() else { return exit };
        let told = format!("standard output could not be written: {error}; what is there is not whole");
        self.say_problem(&Problem::new("machine", told).hint("make room, and do it again"));
        if exit == Exit::Done { Exit::Machine } else { exit }
    }

    /// A line of talk.
    pub fn say(&mut self, line: &str) {
        self.lift();
        write_line(&mut self.talk, line);
    }

    /// A question, without an end of line.
    pub fn ask(&mut self, question: &str) -> bool {
        self.lift();
        // What was typed before the question stood there is no answer to it. Where that cannot be thrown
        // away, standard input is no terminal, and was written to be read.
        let _ = tcflush(io::stdin(), QueueSelector::IFlush);
        // A terminal that cannot be written to cannot be asked.
        if write!(self.talk, "{}", clean(question)).and_then(|()| self.talk.flush()).is_err() {
            return false;
        }
        let mut answer = String::new();
        io::stdin().read_line(&mut answer).is_ok() && matches!(answer.trim(), "y" | "Y" | "yes")
    }

    /// A value as one line of JSON.
    pub fn json(&mut self, value: &impl Serialize) {
        match serde_json::to_string(value) {
            Ok(text) => self.line(&visible(&text)),
            Err(error) => self.say(&format!("this cannot be written as JSON: {error}")),
        }
    }

    /// Jobs as JSON: one as an object, unless a list is wanted, several as a list.
    pub fn jobs_json(&mut self, jobs: &[JobJson<'_>], as_list: bool) {
        match jobs {
            [job] if !as_list => self.json(job),
            jobs => self.json(&jobs),
        }
    }

    /// One value more of a list that is written as it grows, a line for each; `is_first` opens the list.
    pub fn json_item(&mut self, value: &impl Serialize, is_first: bool) {
        match serde_json::to_string(value) {
            Ok(text) => self.part(&format!("{}{}", if is_first { "[" } else { ",\n" }, visible(&text))),
            Err(error) => self.say(&format!("this cannot be written as JSON: {error}")),
        }
    }

    /// Closes the list; `is_empty` where it was never opened.
    pub fn json_end(&mut self, is_empty: bool) {
        self.line(if is_empty { "[]" } else { "]" });
    }

    /// The cells of a line of standard output; none where that is no terminal, and lines may be of any length.
    pub fn width(&self) -> Option<usize> {
        cells_of(&io::stdout())
    }

    /// The same of standard error.
    pub fn talk_width(&self) -> Option<usize> {
        cells_of(&io::stderr())
    }

    /// Tells what went wrong where no job exists, and how the program ends for it.
    pub fn fail(&mut self, problem: &Problem) -> Exit {
        if self.json {
            self.json(&serde_json::json!({ "error": problem }));
        } else {
            self.say_problem(problem);
        }
        Exit::of_problem(problem)
    }

    /// Tells what went wrong, in words.
    pub fn say_problem(&mut self, problem: &Problem) {
        self.say(&format!("taxiway: {}", problem.message));
        if let Some(hint) = &problem.hint {
            self.say(&format!("  {hint}"));
        }
    }
}

/// Whether the terminal is this process's own; one that is not known to be another's is.
fn is_in_foreground() -> bool {
    tcgetpgrp(io::stderr()).map_or(true, |group| group == getpgrp())
}

fn cells_of(stream: &impl AsFd) -> Option<usize> {
    let size = tcgetwinsize(stream).ok()?;
    Some(usize::from(size.ws_col)).filter(|width| *width > 0)
}

/// A line of talk; a reader that went away is no fault of ours.
fn write_line(stream: &mut Box<dyn Write>, line: &str) {
    let _ = writeln!(stream, "{}", clean(line)).and_then(|()| stream.flush());
}

/// JSON with what is harmful in its texts written as escapes: it reads back as it was, and steers nothing.
pub(super) fn visible(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        if is_harmful(c) && !matches!(c, '\n' | '\t') {
            let mut units = [0; 2];
            text.extend(c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            text.push(c);
        }
    }
    text
}

/// Text without what is harmful but line breaks and tabs, so that nothing that came from a server or a
/// prompt steers the terminal.
pub(super) fn clean(text: &str) -> String {
    text.chars().filter(|&c| !is_harmful(c) || matches!(c, '\n' | '\t')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_steers_the_terminal() {
        let text = "a\u{1b}\u{202e}\u{e0041}\n\"é";
        let shown = visible(&serde_json::to_string(text).unwrap());
        assert_eq!(shown, r#""a\u001b\u202e\udb40\udc41\n\"é""#);
        assert_eq!(serde_json::from_str::<String>(&shown).unwrap(), text);
        assert_eq!(clean("a\u{1b}[31mb\r\u{9b}\u{202e}c\nd\te"), "a[31mbc\nd\te");
    }
}
