//! Jobs that are there: lists of them, all about one, and what is done with several.

use jiff::Timestamp;

use super::{
    chosen, form,
    money::{NOT_SENT, give, passes_budget},
    settle,
    talk::Talk,
    words::sorted,
};
use crate::{
    command::{
        Exit,
        follow::PATIENCE,
        list::{head, job_row, second},
        send,
        show::lines,
    },
    engine::{Command, Detail, Ticket, is_home},
    job::{Draft, Filter, FilterError, Job, JobId, Problem, ResultState, State, named},
};

/// Lists the jobs that pass a filter, the newest first.
pub(super) async fn list(talk: &mut Talk, mut asked: Option<String>) -> Result<(), Exit> {
    let filter = loop {
        let text = match asked.take() {
            Some(text) => text,
            None => {
                talk.line("Which? (words, state:failed and the like; ? tells all; Enter lists all) ").await?
            }
        };
        if text == "?" {
            let told = Filter::KEYS.map(|(key, told, example)| format!("{key}: {told}, as {example}"));
            talk.print_pages(&told).await?;
            continue;
        }
        match Filter::parse(&text) {
            Ok(filter) => break filter,
            Err(fault) => talk.print(&fault.to_string()),
        }
    };
    let mut jobs = passing(talk, &filter);
    jobs.reverse();
    let all = talk.session.jobs.len();
    if jobs.is_empty() {
        let told = if all == 0 { "no jobs yet: 1 makes the first" } else { "no job passes the filter" };
        talk.print(told);
        return Ok(());
    }
    talk.print(&format!("{} of {all} jobs", jobs.len()));
    let rows: Vec<_> = [head()].into_iter().chain(jobs.iter().map(job_row)).collect();
    talk.print_pages(&rows).await
}

/// The jobs that pass a filter, by number.
fn passing(talk: &Talk, filter: &Filter) -> Vec<Job> {
    let now = Timestamp::now();
    let mut jobs: Vec<_> =
        talk.session.jobs.values().filter(|job| filter.matches(job, now)).cloned().collect();
    jobs.sort_by_key(|job| job.id);
    jobs
}

/// What can be done with a job: digit, word, what is told.
const DEEDS: [(&str, &str, &str); 9] = [
    ("1", "clone", "clone"),
    ("2", "send", "send"),
    ("3", "drop", "drop"),
    ("4", "download", "download"),
    ("5", "archive", "archive or bring back"),
    ("6", "tag", "tag"),
    ("7", "settle", "settle"),
    ("8", "address", "address of its video"),
    ("0", "back", "or Enter, back"),
];

/// All about a job, and what is to be done with it.
pub(super) async fn one(talk: &mut Talk, asked: Option<String>) -> Result<(), Exit> {
    let reference = match asked {
        Some(reference) => reference,
        None => talk.line("Which job? (its number, or its task id; Enter goes back) ").await?,
    };
    if reference.is_empty() {
        return Ok(());
    }
    let Some(job) = talk.find(&reference).await else { return Ok(()) };
    tell(talk, job.clone()).await;
    let deeds = DEEDS.map(|(digit, _, told)| format!("{digit} {told}")).join(", ");
    loop {
        let answer = talk.line(&format!("Do what with job {}? ({deeds}) ", job.id)).await?;
        // It may have gone on while the answer was waited for.
        let job = talk.session.jobs.get(&job.id).unwrap_or(&job).clone();
        let id = Some(job.id.to_string());
        return match chosen(&DEEDS, &answer) {
            Some("clone") => form::clone_of(talk, &job).await,
            Some("send") => send(talk, id).await,
            Some("drop") => give_up(talk, job.id).await,
            Some("download") => download(talk, id).await,
            Some("archive") => archive(talk, id).await,
            Some("tag") => tag(talk, job.id).await,
            Some("settle") => settle::settle(talk, id).await,
            Some("address") => {
                let urls = job.result.as_ref().map(|result| result.urls.clone()).unwrap_or_default();
                let none = vec!["it has no video address (yet)".to_string()];
                talk.print_all(if urls.is_empty() { &none } else { &urls });
                Ok(())
            }
            Some(_) => Ok(()),
            None if answer.is_empty() => Ok(()),
            None => {
                talk.print(&format!("`{answer}` is none of the choices"));
                continue;
            }
        };
    }
}

/// As `taxiway show` prints it.
async fn tell(talk: &mut Talk, job: Job) {
    match (talk.journal.detail(job.id).await, talk.journal.kin(job.id).await) {
        (Ok(found), Ok(kin)) => {
            let (timeline, reply) =
                found.map_or_else(Default::default, |(_, timeline, reply)| (timeline, reply));
            talk.print_all(&lines(&Detail { job, timeline, reply, kin }));
        }
        (Err(error), _) | (_, Err(error)) => talk.print_problem(&error.problem()),
    }
}

/// Something that is done with several jobs.
#[derive(Clone, Copy)]
struct Deed {
    /// What it does to them, as `sent`.
    done: &'static str,
    can: fn(&Talk, &Job) -> bool,
}

const SEND: Deed = Deed {
    done: "sent",
    can: |talk, job| job.state == State::Held && !job.waits_to_be_sent() && talk.is_ours(job),
};
const DOWNLOAD: Deed = Deed {
    done: "downloaded",
    can: |talk, job| {
        let fetching = job.result.as_ref().is_some_and(|result| result.state == ResultState::Fetching);
        job.state == State::Succeeded && !is_home(job) && !fetching && talk.is_ours(job)
    },
};
const ARCHIVE: Deed = Deed { done: "archived or brought back", can: |_, job| job.archived || !job.is_live() };

/// The jobs that a deed is done with, of those that are asked for or named; what is left out is said.
async fn pick(talk: &mut Talk, deed: Deed, asked: Option<String>) -> Result<Vec<Job>, Exit> {
    let able = sorted(talk.session.jobs.values().filter(|job| (deed.can)(talk, job)).map(|job| job.id));
    if able.is_empty() && asked.is_none() {
        talk.print(&format!("no job can be {}", deed.done));
        return Ok(Vec::new());
    }
    let which = format!("{} can be {}", named(&able), deed.done);
    let question = format!("Which? ({which}; numbers, a filter, or all; Enter goes back) ");
    let text = match asked {
        Some(text) => text,
        None => talk.line(&question).await?,
    };
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let filter = match wanted(&text) {
        Ok(filter) => filter,
        Err(fault) => {
            talk.print(&fault.to_string());
            return Ok(Vec::new());
        }
    };
    let (picked, others): (Vec<_>, Vec<_>) =
        passing(talk, &filter).into_iter().partition(|job| (deed.can)(talk, job));
    if picked.is_empty() && others.is_empty() {
        talk.print(&format!("no job is meant by `{text}`; nothing was done"));
    } else if text != "all" {
        for job in others.iter().take(5) {
            talk.print(&format!("left out: job {} is {} and cannot be {}", job.id, job.label(), deed.done));
        }
        if others.len() > 5 {
            talk.print(&format!("left out: {} more", others.len() - 5));
        }
    }
    Ok(picked)
}

/// What the user names: `all`, numbers, or a filter. A number means an archived job, too.
fn wanted(text: &str) -> Result<Filter, FilterError> {
    let is_number = |c: char| c.is_ascii_digit() || matches!(c, ',' | '.' | '#' | ' ');
    if text == "all" {
        return Ok(Filter::default());
    }
    if !text.chars().all(is_number) {
        return Filter::parse(text);
    }
    let numbers = text.split([' ', ',']).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(",");
    Filter::parse(&format!("id:{numbers} archived:any"))
}

/// Sends held jobs, at the user's word.
pub(super) async fn send(talk: &mut Talk, asked: Option<String>) -> Result<(), Exit> {
    if let Some(reason) = talk.blocked() {
        talk.print(&reason);
        return Ok(());
    }
    let jobs = pick(talk, SEND, asked).await?;
    for job in &jobs {
        talk.print(&format!("job {}: {}", job.id, job.request.tell()));
        talk.warn(&Draft::from(&job.request).warnings(&talk.config.models));
    }
    let batch = jobs.iter().map(|job| talk.config.budget.cost(job.estimate, 1)).sum();
    if jobs.is_empty() || !passes_budget(talk, batch) {
        return Ok(());
    }
    if !talk.agreed(&send::question(&jobs)).await? {
        talk.print(NOT_SENT);
        return Ok(());
    }
    let ids = ids(&jobs);
    let order =
        |ticket, duplicate_ok| Command::Send { ticket, ids: ids.clone(), patience: PATIENCE, duplicate_ok };
    give(talk, order).await.map(drop)
}

/// Has videos fetched.
pub(super) async fn download(talk: &mut Talk, asked: Option<String>) -> Result<(), Exit> {
    let jobs = pick(talk, DOWNLOAD, asked).await?;
    let told = format!("will be fetched: {}", named(&ids(&jobs)));
    carry_out(talk, &jobs, |ticket, ids| Command::Download { ticket, ids }, &told).await
}

/// Puts ended jobs out of sight, or back those that are.
pub(super) async fn archive(talk: &mut Talk, asked: Option<String>) -> Result<(), Exit> {
    let jobs = pick(talk, ARCHIVE, asked).await?;
    let (back, away): (Vec<_>, Vec<_>) = jobs.into_iter().partition(|job| job.archived);
    for (jobs, archived) in [(away, true), (back, false)] {
        let told = if archived { "archived" } else { "back in sight" };
        let told = format!("{told}: {}", named(&ids(&jobs)));
        carry_out(talk, &jobs, |ticket, ids| Command::Archive { ticket, ids, archived }, &told).await?;
    }
    Ok(())
}

/// Drops a held job, at the user's word.
async fn give_up(talk: &mut Talk, id: JobId) -> Result<(), Exit> {
    if !talk.agreed(&format!("Drop job {id}? It is never sent then. [y/N] ")).await? {
        talk.print("nothing was changed");
        return Ok(());
    }
    let outcome = talk.ask(|ticket| Command::Drop { ticket, ids: vec![id] }).await?;
    tell_outcome(talk, outcome.map(drop), &format!("dropped: job {id}; nothing was spent"));
    Ok(())
}

async fn tag(talk: &mut Talk, id: JobId) -> Result<(), Exit> {
    let text = talk.line("Tags? (client adds one, -client takes it away; Enter changes none) ").await?;
    let words = text.split([' ', ',']).filter(|word| !word.is_empty());
    let (away, to): (Vec<_>, Vec<_>) = words.partition(|word| word.starts_with('-'));
    if away.is_empty() && to.is_empty() {
        return Ok(());
    }
    let add = to.into_iter().map(ToString::to_string).collect();
    let remove = away.into_iter().map(|word| word.trim_start_matches('-').to_string()).collect();
    let outcome = talk.ask(|ticket| Command::Tag { ticket, ids: vec![id], add, remove }).await?;
    tell_outcome(talk, outcome.map(drop), &format!("tags changed: job {id}"));
    Ok(())
}

fn ids(jobs: &[Job]) -> Vec<JobId> {
    jobs.iter().map(|job| job.id).collect()
}

/// Has a command carried out with jobs, if there are any, and says what came of it.
async fn carry_out(
    talk: &mut Talk,
    jobs: &[Job],
    command: impl FnOnce(Ticket, Vec<JobId>) -> Command,
    told: &str,
) -> Result<(), Exit> {
    if !jobs.is_empty() {
        let outcome = talk.ask(|ticket| command(ticket, ids(jobs))).await?;
        tell_outcome(talk, outcome.map(drop), told);
    }
    Ok(())
}

/// Says that it was done, or why not.
pub(super) fn tell_outcome(talk: &mut Talk, outcome: Result<(), Problem>, told: &str) {
    match outcome {
        Ok(()) => talk.print(told),
        Err(problem) => talk.print_problem(&problem),
    }
}

/// What happened, the newest first.
pub(super) async fn log(talk: &mut Talk) -> Result<(), Exit> {
    let lines: Vec<_> = talk
        .logged
        .iter()
        .rev()
        .map(|line| {
            let job = line.job.map_or_else(String::new, |id| format!("job {id}: "));
            format!("{}  {}  {job}{}", second(line.at), line.level, line.text)
        })
        .collect();
    if lines.is_empty() {
        talk.print("nothing was logged yet");
    }
    talk.print_pages(&lines).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::{Account, Money, NewJob, Request};

    #[test]
    fn numbers_a_filter_and_all_name_jobs() {
        let now = Timestamp::UNIX_EPOCH;
        let jobs: Vec<_> = (1..=5)
            .map(|id| {
                let request = Request { prompt_text: Some(format!("cat {id}")), ..Request::default() };
                let new = NewJob { request, account: Account::default(), ..NewJob::default() };
                let mut job = Job::new(JobId(id), "u".into(), new, now);
                job.estimate = Some(Money::from_micros(250_000));
                job.archived = id == 5;
                job
            })
            .collect();
        for (text, ids) in [
            ("all", &[1, 2, 3, 4][..]),
            ("3", &[3]),
            ("1, 3", &[1, 3]),
            ("1 3", &[1, 3]),
            ("2..4", &[2, 3, 4]),
            ("#5", &[5]),
            ("state:held !id:1", &[2, 3, 4]),
            ("\"cat 2\"", &[2]),
        ] {
            let filter = wanted(text).unwrap();
            let found: Vec<_> =
                jobs.iter().filter(|job| filter.matches(job, now)).map(|job| job.id.0).collect();
            assert_eq!(found, ids, "{text}");
        }
        assert!(wanted("stat:held").is_err());
    }
}
