//! What goes on, or does not, when a process leaves: said before it does, on the screen and in plain lines.

use super::{Model, text::count};
use crate::engine::{Role, Status};

/// What is known of a process that is about to leave.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
#[derive(Clone, Copy, Debug)]
pub struct Leaving<'s> {
    /// What the engine told last.
    pub status: &'s Status,
    /// Nothing is written, so nothing is left behind.
    pub read_only: bool,
    /// All of it ends with the process.
    pub demo: bool,
    /// Videos are fetched without being asked for.
    pub fetches: bool,
    /// A new job is on its way into the journal.
    pub writing: bool,
}

impl Leaving<'_> {
    /// What to say, in sentences; nothing where it may leave without a word.
    pub fn lines(&self) -> Vec<String> {
        let status = self.status;
        let mut lines = Vec::new();
        if status.role == Role::ReadOnly || self.read_only {
            return lines;
        }
        if self.writing {
            lines.push("A job is just being written into the journal.".into());
        }
        if status.posting > 0 {
            let subject = if status.posting == 1 {
                "A request is on its way".into()
            } else {
                format!("{} requests are on their way", status.posting)
            };
            lines.push(format!("{subject}: Taxiway stays up to 20 s without a screen to store the id."));
        }
        let (to_send, tracked, fetching) = (status.to_send, status.tracked, status.fetching);
        if let Role::View { owner } = status.role {
            let jobs = to_send + tracked + fetching;
            if jobs > 0 {
                let owner = owner.map_or_else(String::new, |pid| format!(" (pid {pid})"));
                lines.push(format!("{} under way: the owner{owner} goes on with them.", count(jobs, "job")));
            }
            return lines;
        }
        if to_send > 0 {
            lines.push(format!("{} will not be sent.", count(to_send, "held job")));
        }
        if self.demo {
            if tracked + fetching > 0 {
                lines.push(format!(
                    "The demo ends, and with it {} under way.",
                    count(tracked + fetching, "job")
                ));
            }
            return lines;
        }
        if tracked > 0 {
            let verb = if tracked == 1 { "goes" } else { "go" };
            let videos = match (self.fetches, tracked) {
                (false, _) => "no video is fetched by itself; its link lives for about 24 h.",
                (true, 1) => "its video is fetched when Taxiway runs again, within about 24 h.",
                (true, _) => "their videos are fetched when Taxiway runs again, within about 24 h.",
            };
            lines.push(format!("{} {verb} on at the service; {videos}", count(tracked, "task")));
        }
        if fetching > 0 && !self.fetches {
            lines.push(format!(
                "{} not fetched: d fetches it while its link lives.",
                count(fetching, "video")
            ));
        } else if fetching > 0 {
            let (verb, it) = if fetching == 1 { ("is", "it is") } else { ("are", "they are") };
            lines.push(format!(
                "{} {verb} still to come: {it} fetched when Taxiway runs again.",
                count(fetching, "video")
            ));
        }
        lines
    }
}

impl Model {
    /// What to say before this screen is left.
    pub(super) fn leaving(&self) -> Vec<String> {
        let leaving = Leaving {
            status: &self.status,
            read_only: self.facts.read_only,
            demo: self.facts.demo.is_some(),
            fetches: self.facts.config.download.auto,
            writing: self.is_submitting(),
        };
        leaving.lines()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_video_that_nobody_will_fetch_is_not_promised() {
        let status = Status { role: Role::Owner, tracked: 2, ..Status::default() };
        let told = |fetches| {
            Leaving { status: &status, read_only: false, demo: false, fetches, writing: false }
                .lines()
                .join(" ")
        };
        assert!(
            told(true).contains("2 tasks go on at the service; their videos are fetched"),
            "{}",
            told(true)
        );
        assert!(told(false).contains("no video is fetched by itself"), "{}", told(false));
    }
}
