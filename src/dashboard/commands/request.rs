//! `:submit` and `:clone`: the form, filled by flags.

use super::job;
use crate::{
    dashboard::{Effect, Model, actions::Action, form::Base, question::Tone, update},
    job::{Draft, Field},
};

/// The flags of `:submit` and `:clone`, with the field that each fills.
pub(super) const FLAGS: [(&str, Field); 7] = [
    ("--image", Field::Image),
    ("--prompt", Field::Prompt),
    ("--model", Field::Model),
    ("--ratio", Field::Ratio),
    ("--duration", Field::Duration),
    ("--seed", Field::Seed),
    ("--watermark", Field::Watermark),
];

pub(super) fn submit(model: &mut Model, words: &[String], effects: &mut Vec<Effect>) -> Result<(), String> {
    let draft = flags(model.form.draft(), words)?;
    let base = model.form.base().cloned();
    model.form.fill(&draft, base);
    update::press_action(model, Action::Submit, effects);
    Ok(())
}

pub(super) fn clone(model: &mut Model, words: &[String], effects: &mut Vec<Effect>) -> Result<(), String> {
    let (id, words) = match words.split_first() {
        Some((first, rest)) if !first.starts_with("--") => (job(model, first)?, rest),
        _ => (model.job_here().map(|job| job.id).ok_or("no job is selected")?, words),
    };
    let Some(job) = model.jobs.get(id) else { return Err(format!("there is no job {id}")) };
    update::can_clone(model, job)?;
    let from = Draft::from(&job.request);
    let draft = flags(from.clone(), words)?;
    let base = Base { draft: from, parent: Some(id), name: format!("clone of job {id}") };
    update::fill(model, &draft, Some(base));
    if words.is_empty() {
        model.tell(Tone::Good, format!("the request of job {id}: change it, then F5 sends it as a new job"));
    } else {
        update::press_action(model, Action::Submit, effects);
    }
    Ok(())
}

/// A draft with what flags say, as `taxiway submit` takes them.
fn flags(mut draft: Draft, words: &[String]) -> Result<Draft, String> {
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let (flag, glued) =
            word.split_once('=').map_or((word.as_str(), None), |(f, v)| (f, Some(v.to_string())));
        let Some((_, field)) = FLAGS.iter().find(|(known, _)| *known == flag) else {
            return Err(format!(
                "`{word}` is no flag of a request: {}",
                FLAGS.map(|(flag, _)| flag).join(" ")
            ));
        };
        let Some(place) = draft.text_mut(*field) else {
            draft.watermark = glued.is_none_or(|value| value != "no" && value != "false");
            continue;
        };
        *place = glued.or_else(|| words.next().cloned()).ok_or_else(|| format!("{flag} wants a value"))?;
    }
    Ok(draft)
}
