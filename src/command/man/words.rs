//! What the manual says beside the help.

/// What the program is, in paragraphs.
pub(super) const DESCRIPTION: [&str; 5] = [
    "Taxiway fills in a request, sends it, remembers it, watches it, and brings the video home. Without a \
     command it is a dashboard in the terminal; each command does a part of that from a shell, over the same \
     journal. They can run side by side: one process sends and fetches, all others see.",
    "A job is one request and what became of it. JOB stands for its number in the table, its task id, or the \
     beginning of one that no other job's id shares.",
    "A request costs money. Nothing is sent without a yes: at a terminal the \
     price is shown and asked about, elsewhere --yes has to be said. What is to be sent is on disk before it is \
     sent. A request whose answer was lost is unsure: it is never sent again by itself, and reconcile, adopt or \
     resolve settle it.",
    "Links to videos die after a day or two. What was sent goes on at the service when Taxiway ends; start the \
     dashboard, or watch, within a day to bring the videos home.",
    "Data goes to standard output, talk to standard error. With --read-only nothing is sent, fetched or \
     written; a command that would ends with 4.",
];

/// How a filter is written, before its keys.
pub(super) const FILTERS: &str = "\
    A filter is some words that must all hold, in any case of letters. A plain word is looked for in all that a \
    row shows, \"two words\" in quotes are one, ! before a word excludes, and ~ finds letters with others \
    between. Lists stand with commas, ranges with two dots. Archived jobs are left out unless archived: asks for \
    them. The dashboard takes the same behind its key /.";

/// What a job can be, in the words of filters and JSON.
pub(super) const STATES: [(&str, &str); 12] = [
    ("held", "only here: nothing was sent, nothing spent"),
    ("sending", "the request may be under way"),
    ("unsure", "the answer was lost: the task may exist and be billed; never sent again by itself"),
    ("rejected", "the service refused the request: nothing was created"),
    ("submitted", "it has an id; the service does not show it yet"),
    ("queued", "the service shows it, waiting"),
    ("running", "the service works on it"),
    ("succeeded", "the video is made; its result is pending, fetching, saved, no_url, expired or failed"),
    ("failed", "the service says so, with a code"),
    ("cancelled", "ended by a user"),
    ("not_found", "the service has not known it for 15 minutes; still looked for, ever more slowly"),
    ("not_created", "an unsure job that turned out, or was said, never to have been"),
];

/// What scripts read.
pub(super) const JSON: [&str; 2] = [
    "With --json standard output holds a job as an object, several as a list, and of watch a line for each \
     change. Times are RFC 3339 in UTC, money is decimal text in US dollars, what is absent is null.",
    "Where a job exists, its error tells what went wrong; where none does, {\"error\": {\"code\", \"message\", \
     \"hint\"}} stands alone. Codes are stable words. The schemas are in docs/schema of the source.",
];

/// What the program keeps, where nothing else is set.
pub(super) const FILES: [(&str, &str); 7] = [
    ("~/.config/taxiway/config.toml", "the settings; `taxiway config show` tells where each came from"),
    ("~/.config/taxiway/key", "a key that the dashboard was told to keep; for its user alone"),
    ("~/.local/share/taxiway/journal.db", "the journal (SQLite): jobs, and what happened to them"),
    ("~/.local/share/taxiway/taxiway.log", "the log; older ones have a number behind it"),
    ("~/.local/share/taxiway/owner.lock", "held by the one process that sends"),
    ("~/Videos/taxiway/*.mp4", "the videos"),
    ("~/Videos/taxiway/*.mp4.json", "a note beside each: request, ids, times, sha256"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::State;

    #[test]
    fn every_state_is_told() {
        assert_eq!(STATES.map(|(state, _)| state), State::ALL.map(State::word));
    }
}
