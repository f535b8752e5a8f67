//! What can be typed after `:`. The words are those of the shell: `:send 3`, `:clone 4 --seed 7`,
//! `:list state:failed`. Where a command takes several jobs and none is named, it is about the marked ones,
//! else the selected one; `:show` and `:clone` are about the selected one. Every action can be named, too.

mod complete;
mod request;

use std::collections::BTreeSet;

use super::{
    Effect, Model,
    actions::{ACTIONS, Action},
    columns::{COLUMNS, Column, Sort},
    copy,
    model::{Asked, Focus},
    picker::Choice,
    question::Tone,
    update::{self, LEVELS},
};
use crate::{
    engine::{Command, Wanted},
    job::{Filter, JobId, nearest},
};

pub use complete::{complete, hint};
use request::{clone, submit};

type Run = fn(&mut Model, &[String], &mut Vec<Effect>) -> Result<(), String>;

/// What there is to know of a command.
pub struct CommandSpec {
    /// Its word.
    pub name: &'static str,
    /// What can follow, for people.
    pub args: &'static str,
    /// What it does.
    pub help: &'static str,
    /// What a word after it can be.
    takes: Takes,
    run: Run,
}

/// What completes a word after a command.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Takes {
    Nothing,
    Jobs,
    Filter,
    Columns,
    Presets,
    Ways,
    Levels,
    OnOff,
    Flags,
}

const fn spec(
    name: &'static str,
    args: &'static str,
    help: &'static str,
    takes: Takes,
    run: Run,
) -> CommandSpec {
    CommandSpec { name, args, help, takes, run }
}

/// All commands that are more than an action.
#[rustfmt::skip]
pub static COMMANDS: [CommandSpec; 22] = [
    spec("list", "[FILTER]", "show only some jobs, as / does", Takes::Filter, list),
    spec("show", "JOB", "all about a job", Takes::Jobs, show),
    spec("submit", "[--seed 1..4 …]", "fill the form by flags, and ask whether to send it", Takes::Flags, submit),
    spec("clone", "[JOB] [--seed 7 …]", "the form from a job, changed by flags; with flags, ask whether to send it", Takes::Flags, clone),
    spec("send", "[JOB…]", "send held jobs (asks first)", Takes::Jobs, |m, w, e| on_jobs(m, w, Action::Send, e)),
    spec("download", "[JOB…|--all]", "fetch videos", Takes::Jobs, download),
    spec("cancel", "[JOB…]", "drop held jobs (asks first)", Takes::Jobs, |m, w, e| on_jobs(m, w, Action::Drop, e)),
    spec("archive", "[JOB…]", "put ended jobs out of sight", Takes::Jobs, |m, w, e| on_jobs(m, w, Action::Archive, e)),
    spec("unarchive", "JOB…", "bring archived jobs back", Takes::Jobs, unarchive),
    spec("tag", "+NEW -OLD", "labels of the marked or selected jobs", Takes::Nothing, tag),
    spec("poll", "[JOB…]", "ask the service for news now", Takes::Jobs, |m, w, e| on_jobs(m, w, Action::PollNow, e)),
    spec("adopt", "TASK_ID [--job JOB]", "take a known task id in, or give it to an unsure job", Takes::Nothing, adopt),
    spec("resolve", "JOB --not-created", "say that an unsure job never came to be", Takes::Jobs, resolve),
    spec("reconcile", "", "look the unsure jobs up in the account's task list", Takes::Nothing, reconcile),
    spec("sort", "COLUMN|-COLUMN", "order the rows; - turns it round", Takes::Columns, sort),
    spec("columns", "COLUMN…", "show these columns until Taxiway ends; ui.columns keeps them", Takes::Columns, columns),
    spec("preset", "save|load|delete NAME", "keep the form, fill it, throw a kept one away", Takes::Presets, preset),
    spec("copy", "url|id|file|scp|prompt|curl|json", "copy that of the marked or selected jobs", Takes::Ways, copy),
    spec("log", "debug|info|warn|error", "show the log from this level on", Takes::Levels, level),
    spec("mouse", "on|off", "mouse on and off", Takes::OnOff, mouse),
    spec("mark", "FILTER", "mark the jobs that pass a filter", Takes::Filter, mark),
    spec("help", "", "show all keys", Takes::Nothing, |m, _, e| { update::press_action(m, Action::Help, e); Ok(()) }),
];

/// Does what a line says.
///
/// # Errors
/// What is wrong with it; nothing was done then.
pub fn run(model: &mut Model, text: &str, effects: &mut Vec<Effect>) -> Result<(), String> {
    let text = text.trim().trim_start_matches(':');
    let text = text.strip_prefix("taxiway ").unwrap_or(text).trim();
    // A filter has quotes of its own.
    let (name, rest) = text.split_once(' ').unwrap_or((text, ""));
    if name.is_empty() {
        return Ok(());
    }
    let found = COMMANDS.iter().find(|spec| spec.name == name);
    let words = match found {
        Some(spec) if spec.takes == Takes::Filter => vec![rest.trim().to_string()],
        _ => words_of(rest)?,
    };
    if let Some(spec) = found {
        let outcome = (spec.run)(model, &words, effects);
        let words = std::mem::take(&mut model.to_look_up);
        if words.is_empty() {
            return outcome;
        }
        let ticket = model.ticket(Asked::Line(text.into()));
        effects.push(Effect::Find(Wanted::Named { ticket, words }));
        return Ok(());
    }
    let action = action_named(name).ok_or_else(|| unknown(name))?;
    let spec = action.spec().ok_or_else(|| unknown(name))?;
    spec.able(model)?;
    update::press_action(model, action, effects);
    Ok(())
}

/// The words of a command, as the shell splits them; but `#3` names a job, and begins no remark. A line never
/// holds the sign that stands for it meanwhile.
fn words_of(text: &str) -> Result<Vec<String>, String> {
    let words = shell_words::split(&text.replace('#', "\u{1}"));
    let words = words.map_err(|_| "a quote is not closed".to_string())?;
    Ok(words.into_iter().map(|word| word.replace('\u{1}', "#")).collect())
}

fn action_named(name: &str) -> Option<Action> {
    let name = match name {
        "q" | "exit" => "quit",
        other => other,
    };
    ACTIONS.iter().find(|spec| spec.name.replace('_', "-") == name.replace('_', "-")).map(|spec| spec.action)
}

fn names() -> BTreeSet<String> {
    let actions = ACTIONS.iter().filter(|spec| !spec.name.starts_with("text_"));
    let actions = actions.map(|spec| spec.name.replace('_', "-"));
    COMMANDS.iter().map(|spec| spec.name.to_string()).chain(actions).collect()
}

fn unknown(name: &str) -> String {
    let known = names();
    match nearest(name, known.iter().map(String::as_str)) {
        Some(near) => format!("there is no command `{name}`; the nearest is `{near}`"),
        None => format!("there is no command `{name}`; Tab lists them, Ctrl-P tells what they do"),
    }
}

/// The jobs that words name.
fn jobs(model: &mut Model, words: &[String]) -> Result<Vec<JobId>, String> {
    words.iter().map(|word| job(model, word)).collect()
}

/// By its number, its task id, or an unambiguous beginning of that. What is not at hand is looked up in the journal
/// first, and the command begun anew.
fn job(model: &mut Model, word: &str) -> Result<JobId, String> {
    let digits = word.strip_prefix('#').unwrap_or(word);
    let is_number = word.is_empty() || digits.bytes().all(|b| b.is_ascii_digit());
    let at_hand = digits.parse().ok().map(JobId).filter(|id| model.jobs.get(*id).is_some());
    if let Some(id) = at_hand.filter(|_| is_number) {
        return Ok(id);
    }
    let looked_up = model.looked_up.iter().find(|(known, _)| known == word);
    match looked_up.map(|(_, ids)| ids.as_slice()) {
        None => {
            model.to_look_up.push(word.into());
            Err(format!("`{word}` is being looked up"))
        }
        Some([one]) => Ok(*one),
        Some([]) if is_number => Err(format!("no job has the number `{word}`")),
        Some([]) => Err(format!("no job is named `{word}`")),
        Some(_) => Err(format!("`{word}` could be several jobs: give more of the task id, or the number")),
    }
}

/// Does an action with the jobs that are named, also with those that the filter hides.
fn on_jobs(
    model: &mut Model,
    words: &[String],
    action: Action,
    effects: &mut Vec<Effect>,
) -> Result<(), String> {
    let ids = jobs(model, words)?;
    model.named = ids;
    let able = action.spec().map_or(Ok(()), |spec| spec.able(model));
    if able.is_ok() {
        update::press_action(model, action, effects);
    }
    model.named.clear();
    able
}

fn list(model: &mut Model, words: &[String], _: &mut Vec<Effect>) -> Result<(), String> {
    update::filter_by(model, &words.join(" "))?;
    model.page = None;
    model.focus = Focus::Jobs;
    if model.filter.is_empty() {
        model.tell(Tone::Good, "all jobs are shown");
    }
    Ok(())
}

fn mark(model: &mut Model, words: &[String], effects: &mut Vec<Effect>) -> Result<(), String> {
    let loose = model.facts.config.ui.fuzzy;
    let filter = Filter::parse_as(&words.join(" "), loose).map_err(|fault| fault.to_string())?;
    let ticket = model.ticket(Asked::Mark);
    effects.push(Effect::Find(Wanted::Passing { ticket, filter, whole: false }));
    Ok(())
}

fn show(model: &mut Model, words: &[String], effects: &mut Vec<Effect>) -> Result<(), String> {
    let id = match words {
        [] => model.job_here().map(|job| job.id).ok_or("no job is selected")?,
        [word] => job(model, word)?,
        _ => return Err("it is :show JOB, one at a time".into()),
    };
    // A job that the filter hides is shown, too; the selection stays then.
    if model.jobs.is_shown(id) {
        model.jobs.select(id);
    }
    update::open(model, id, effects);
    Ok(())
}

fn download(model: &mut Model, words: &[String], effects: &mut Vec<Effect>) -> Result<(), String> {
    if words != ["--all"] {
        return on_jobs(model, words, Action::Download, effects);
    }
    may_write(model)?;
    let filter = Filter::parse("archived:any state:succeeded saved:no").map_err(|fault| fault.to_string())?;
    let ticket = model.ticket(Asked::DownloadAll);
    effects.push(Effect::Find(Wanted::Passing { ticket, filter, whole: true }));
    Ok(())
}

/// What an action says of itself; commands that are none ask here.
fn may_write(model: &Model) -> Result<(), String> {
    if model.facts.read_only { Err("read-only: nothing is changed".into()) } else { Ok(()) }
}

fn unarchive(model: &mut Model, words: &[String], effects: &mut Vec<Effect>) -> Result<(), String> {
    may_write(model)?;
    let ids = jobs(model, words)?;
    if ids.is_empty() {
        return Err("name the jobs; :list archived:yes shows them".into());
    }
    update::archive(model, ids, false, effects);
    Ok(())
}

fn tag(model: &mut Model, words: &[String], effects: &mut Vec<Effect>) -> Result<(), String> {
    may_write(model)?;
    update::unread_targets(model).map_or(Ok(()), Err)?;
    let ids: Vec<_> = model.targets().iter().map(|job| job.id).collect();
    if ids.is_empty() || words.is_empty() {
        return Err("select or mark jobs, and say which labels: :tag +good -draft".into());
    }
    update::tag(model, ids, &words.join(" "), effects);
    Ok(())
}

fn adopt(model: &mut Model, words: &[String], effects: &mut Vec<Effect>) -> Result<(), String> {
    may_write(model)?;
    let (task_id, job) = match words {
        [task] => (task.clone(), None),
        [task, flag, word] if flag == "--job" => (task.clone(), Some(job(model, word)?)),
        _ => return Err("it is :adopt TASK_ID, or :adopt TASK_ID --job JOB".into()),
    };
    if let Some(fault) = crate::job::task_id_fault(&task_id) {
        return Err(format!("the task id {fault}"));
    }
    let ticket = model.ticket(Asked::Adopt);
    effects.push(Effect::Command(Command::Adopt { ticket, task_id, job }));
    Ok(())
}

fn resolve(model: &mut Model, words: &[String], effects: &mut Vec<Effect>) -> Result<(), String> {
    may_write(model)?;
    let [word, flag] = words else { return Err("it is :resolve JOB --not-created".into()) };
    if flag != "--not-created" {
        return Err("it is :resolve JOB --not-created".into());
    }
    let id = job(model, word)?;
    let ticket = model.ticket(Asked::Resolve);
    effects.push(Effect::Command(Command::Resolve { ticket, id }));
    Ok(())
}

fn reconcile(model: &mut Model, _: &[String], effects: &mut Vec<Effect>) -> Result<(), String> {
    may_write(model)?;
    let ticket = model.ticket(Asked::Reconcile);
    effects.push(Effect::Command(Command::Reconcile { ticket }));
    Ok(())
}

fn sort(model: &mut Model, words: &[String], effects: &mut Vec<Effect>) -> Result<(), String> {
    let known = || COLUMNS.iter().map(|spec| spec.name).collect::<Vec<_>>().join(", ");
    let [word] = words else { return Err(format!("sort by one of {}", known())) };
    let sort = Sort::parse(word).ok_or_else(|| format!("`{word}` is no column: {}", known()))?;
    update::sort_by(model, sort, effects);
    Ok(())
}

fn columns(model: &mut Model, words: &[String], _: &mut Vec<Effect>) -> Result<(), String> {
    let words: Vec<_> =
        words.iter().flat_map(|word| word.split(',')).filter(|word| !word.is_empty()).collect();
    let named = |word: &&str| Column::named(word).ok_or_else(|| format!("`{word}` is no column"));
    let columns = words.iter().map(named).collect::<Result<Vec<_>, _>>()?;
    if columns.is_empty() {
        return Err("name the columns to show".into());
    }
    model.columns = columns;
    Ok(())
}

fn preset(model: &mut Model, words: &[String], effects: &mut Vec<Effect>) -> Result<(), String> {
    let usage = || "it is :preset save NAME, load NAME or delete NAME".to_string();
    let (verb, name) = words.split_first().ok_or_else(usage)?;
    let name = name.join(" ");
    match verb.as_str() {
        "save" => update::save_preset(model, &name, false, effects),
        "load" => update::load_preset(model, &name),
        "delete" => update::forget_preset(model, &name, effects),
        _ => Err(usage()),
    }
}

fn copy(model: &mut Model, words: &[String], effects: &mut Vec<Effect>) -> Result<(), String> {
    let usage = || format!("copy one of {}", copy::words());
    let [word] = words else { return Err(usage()) };
    let at = copy::WAYS.iter().position(|way| way.word == word).ok_or_else(usage)?;
    update::unread_targets(model).map_or(Ok(()), Err)?;
    let targets = model.targets();
    if targets.is_empty() {
        return Err("no job is selected".into());
    }
    let item = copy::items(&targets).into_iter().nth(at).ok_or_else(usage)?;
    match (item.off, item.choice) {
        (Some(reason), _) => Err(reason),
        (None, Choice::Copy(way, jobs)) => {
            update::copy_from(model, way, &jobs, effects);
            Ok(())
        }
        _ => Ok(()),
    }
}

fn level(model: &mut Model, words: &[String], _: &mut Vec<Effect>) -> Result<(), String> {
    let known = words.first().and_then(|word| LEVELS.iter().find(|(name, _)| name == word));
    let (_, level) = known.ok_or("it is :log debug, info, warn or error")?;
    model.log.set_level(*level);
    Ok(())
}

fn mouse(model: &mut Model, words: &[String], effects: &mut Vec<Effect>) -> Result<(), String> {
    match words {
        [word] if word == "on" => update::mouse(model, true, effects),
        [word] if word == "off" => update::mouse(model, false, effects),
        _ => return Err("it is :mouse on or :mouse off".into()),
    }
    Ok(())
}
