//! What of the news is told to a user who looks elsewhere: a bell, the title of the window, a notice, a program
//! of theirs.

use jiff::{SignedDuration, Timestamp};

use super::{Effect, Progress};
use crate::{
    config::Notify,
    job::{Job, is_harmful},
};

/// A burst of news rings once; the next bell comes after so long at the earliest.
const BURST: SignedDuration = SignedDuration::from_secs(5);
/// A notice names so many jobs; of more it tells the number.
const NAMED: usize = 3;

/// How many jobs came to rest since the user last pressed a key, and what was told of it.
#[derive(Debug, Default)]
pub struct News {
    good: usize,
    bad: usize,
    rang: Option<Timestamp>,
    title: String,
    busy: bool,
}

/// A job that came to rest, or to where it needs the user.
fn came_to_rest(before: Option<&Job>, now: &Job) -> bool {
    before.is_some_and(|before| before.label() != now.label()) && (is_good(now) || is_bad(now))
}

fn is_good(job: &Job) -> bool {
    job.label() == "SAVED"
}

fn is_bad(job: &Job) -> bool {
    let bad = ["FAILED", "MODERATED", "REJECTED", "UNSURE", "EXPIRED", "NOT SAVED", "NOT FOUND"];
    bad.contains(&job.label()) || job.label() == "HELD" && job.consent.is_none()
}

impl News {
    /// Tells what came of jobs that changed, each with how it was before.
    pub fn take<'a>(
        &mut self,
        changes: impl Iterator<Item = (Option<&'a Job>, &'a Job)>,
        notify: &Notify,
        now: Timestamp,
    ) -> Vec<Effect> {
        let ended: Vec<_> =
            changes.filter(|(before, job)| came_to_rest(*before, job)).map(|(_, job)| job).collect();
        if ended.is_empty() {
            return Vec::new();
        }
        let good = ended.iter().filter(|job| is_good(job)).count();
        self.good += good;
        self.bad += ended.len() - good;
        let mut effects = vec![Effect::Notify { title: "Taxiway".into(), body: body(&ended) }];
        if self.rang.is_none_or(|rang| now.duration_since(rang) >= BURST || now < rang) {
            self.rang = Some(now);
            effects.push(Effect::Bell);
        }
        if !notify.command.is_empty() {
            let run = |job: &&Job| Effect::Run { job_env: environment(job), argv: notify.command.clone() };
            effects.extend(ended.iter().map(run));
        }
        effects
    }

    /// The user is here: what came before is seen.
    pub fn seen(&mut self) {
        (self.good, self.bad) = (0, 0);
    }

    /// The title is told again.
    pub fn forget_title(&mut self) {
        self.title.clear();
    }

    /// The title and the bar of the window, where they changed. `live` jobs are under way.
    pub fn window(&mut self, live: usize) -> Vec<Effect> {
        let parts = [(live, "run"), (self.good, "ok"), (self.bad, "!")];
        let parts: Vec<_> = parts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| format!("{count}{word}"))
            .collect();
        let title = if parts.is_empty() { "taxiway".into() } else { parts.join(" ") };
        let mut effects = Vec::new();
        if title != self.title {
            self.title.clone_from(&title);
            effects.push(Effect::Title(title));
        }
        if self.busy != (live > 0) {
            self.busy = live > 0;
            // How far all of it is nobody knows.
            effects.push(Effect::Progress(self.busy.then_some(Progress::Busy)));
        }
        effects
    }
}

fn body(ended: &[&Job]) -> String {
    let one = |job: &&Job| format!("job {} {}", job.id, job.label().to_lowercase());
    if ended.len() <= NAMED {
        return ended.iter().map(one).collect::<Vec<_>>().join(", ");
    }
    let good = ended.iter().filter(|job| is_good(job)).count();
    format!("{good} of {} jobs saved", ended.len())
}

/// What a program of the user's hears of the job. Its prompt may hold anything: it comes as a variable, never
/// as a part of a command.
fn environment(job: &Job) -> Vec<(String, String)> {
    let file = job.result.as_ref().and_then(|result| result.files.first());
    let error = job.fault().map(|fault| fault.message);
    let all = [
        ("TAXIWAY_JOB", Some(job.id.to_string())),
        ("TAXIWAY_STATE", Some(job.state.word().to_string())),
        ("TAXIWAY_LABEL", Some(job.label().to_string())),
        ("TAXIWAY_TASK_ID", job.task_id.clone()),
        ("TAXIWAY_MODEL", Some(job.request.model.clone())),
        ("TAXIWAY_PROMPT", job.request.prompt_text.clone()),
        ("TAXIWAY_FILE", file.map(|file| file.path.display().to_string())),
        ("TAXIWAY_ERROR", error),
    ];
    // A script may print it.
    let clean = |value: String| value.replace(|c| is_harmful(c) && c != '\n', "");
    all.into_iter().filter_map(|(name, value)| Some((name.to_string(), clean(value?)))).collect()
}
