//! The line at the bottom: what typing in it does, and what comes of it.

use secrecy::SecretString;

use super::{
    super::{
        Effect, Model, commands,
        key::Key,
        line::{Did, Kind, Line},
        question::{Question, Tone},
        text, view,
    },
    bulk, fill, log,
};
use crate::{
    config::read_key,
    engine::Command,
    job::{Filter, JobId},
};

/// So many commands are kept for the arrows.
const SAID: usize = 100;

/// A key while something is typed.
pub fn press(model: &mut Model, key: Key, effects: &mut Vec<Effect>) {
    let Some(mut line) = model.line.take() else { return };
    match line.press(key, &model.keys) {
        Did::Edited => {
            edited(model, &mut line);
            model.line = Some(line);
        }
        Did::Nothing => model.line = Some(line),
        Did::Complete => {
            complete(model, &mut line);
            model.line = Some(line);
        }
        did @ (Did::Before | Did::After) => {
            walk(model, &mut line, did == Did::Before);
            model.line = Some(line);
        }
        Did::Cancel => cancel(model, line),
        Did::Accept => accept(model, line, effects),
    }
}

/// Pasted text goes into the line; says whether there is one.
pub fn paste(model: &mut Model, pasted: &str) -> bool {
    let Some(mut line) = model.line.take() else { return false };
    line.insert(pasted);
    edited(model, &mut line);
    model.line = Some(line);
    true
}

/// A filter shows what it does while it is typed; one that is wrong so far says so and changes nothing.
fn edited(model: &mut Model, line: &mut Line) {
    line.back = 0;
    line.note = match line.kind {
        Kind::Filter { selected, .. } => {
            let fault = bulk::filter_by(model, &line.text()).err();
            // Where the selected job does not pass, the first that does.
            let now = model.now();
            model.jobs.begin_at(selected, now);
            fault
        }
        Kind::Command => commands::hint(&line.text()),
        _ => None,
    };
}

/// Completes the last word: as far as all that could be meant agree, which are shown.
fn complete(model: &Model, line: &mut Line) {
    let text = line.text();
    let found = match line.kind {
        Kind::Filter { .. } => Filter::complete(&text, true),
        Kind::Command => commands::complete(model, &text),
        _ => return,
    };
    let start = text.rfind(' ').map_or(0, |at| at + 1);
    let (before, word) = text.split_at(start);
    let Some(common) = found.iter().cloned().reduce(|one, two| common(&one, &two)) else {
        line.note = Some("nothing completes this".into());
        return;
    };
    let word = if common.len() > word.len() { &common } else { word };
    let end = if found.len() == 1 && !word.ends_with(':') { " " } else { "" };
    line.set(&format!("{before}{word}{end}"));
    line.note = (found.len() > 1).then(|| listed(&found, usize::from(model.facts.size.0)));
}

/// As many as fit, and how many more there are: another letter makes them fewer.
fn listed(found: &[String], width: usize) -> String {
    let all = found.join("  ");
    if text::width(&all) <= width {
        return all;
    }
    let (mut line, mut shown) = (String::new(), 0);
    for word in found {
        if text::width(&line) + text::width(word) + 14 > width {
            break;
        }
        line += &format!("{word}  ");
        shown += 1;
    }
    format!("{line}and {} more", found.len() - shown)
}

fn common(one: &str, two: &str) -> String {
    one.chars().zip(two.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a).collect()
}

/// The arrows go through the commands before.
fn walk(model: &Model, line: &mut Line, back: bool) {
    if line.kind != Kind::Command {
        return;
    }
    let at = if back { (line.back + 1).min(model.said.len()) } else { line.back.saturating_sub(1) };
    let said = at.checked_sub(1).and_then(|at| model.said.iter().rev().nth(at)).cloned();
    line.set(&said.unwrap_or_default());
    line.back = at;
}

/// Gives up what is being typed, if anything is.
pub fn close(model: &mut Model) {
    if let Some(line) = model.line.take() {
        cancel(model, line);
    }
}

fn cancel(model: &mut Model, line: Line) {
    if let Kind::Filter { before: (filter, text), selected } = line.kind {
        let now = model.now();
        model.jobs.set_filter(filter);
        model.filter = text;
        model.jobs.begin_at(selected, now);
    }
}

fn accept(model: &mut Model, mut line: Line, effects: &mut Vec<Effect>) {
    let text = line.text();
    let outcome = match &line.kind {
        Kind::Filter { .. } => bulk::filter_by(model, &text),
        Kind::Command => {
            remember(model, &text);
            commands::run(model, &text, effects)
        }
        Kind::Search => {
            log::search(model, &text);
            Ok(())
        }
        Kind::Find => find(model, &text),
        Kind::Tags(ids) => {
            tag(model, ids.clone(), &text, effects);
            Ok(())
        }
        Kind::Preset => fill::save_preset(model, &text, false, effects),
        Kind::Key => key(model, &text),
    };
    if let Err(fault) = outcome {
        // What was typed stays, to be mended.
        line.note = Some(fault);
        model.line = Some(line);
    }
}

/// What was typed could not be done, as came out later: it stands there again, to be mended, unless something else is
/// open by now.
pub fn mend(model: &mut Model, text: &str, fault: String) {
    if model.line.is_some() || model.picker.is_some() || model.question.is_some() {
        return model.tell(Tone::Warn, fault);
    }
    let mut line = Line::new(Kind::Command, text);
    line.note = Some(fault);
    model.line = Some(line);
}

/// Scrolls the open page to the next line that holds the words; from the last to the first.
fn find(model: &mut Model, words: &str) -> Result<(), String> {
    words.clone_into(&mut model.sought);
    if words.is_empty() {
        return Ok(());
    }
    let Some(line) = view::find_on_page(model, model.area(), words) else {
        return Err(format!("nothing on this page holds \"{words}\""));
    };
    let most = view::page_scroll(model, model.area());
    if let Some(page) = &mut model.page {
        page.set_top(line.min(most));
    }
    Ok(())
}

fn remember(model: &mut Model, text: &str) {
    model.said.retain(|said| said != text);
    model.said.push(text.into());
    if model.said.len() > SAID {
        model.said.remove(0);
    }
}

/// Labels with a minus are taken away, all others are added.
pub fn tag(model: &mut Model, ids: Vec<JobId>, text: &str, effects: &mut Vec<Effect>) {
    let (mut add, mut remove) = (Vec::new(), Vec::new());
    for word in text.split([' ', ',']).filter(|word| !word.is_empty()) {
        match word.strip_prefix('-') {
            Some(label) => remove.push(label.to_string()),
            None => add.push(word.strip_prefix('+').unwrap_or(word).to_string()),
        }
    }
    if add.is_empty() && remove.is_empty() {
        return;
    }
    let ticket = model.ticket(super::super::model::Asked::Tag);
    effects.push(Effect::Command(Command::Tag { ticket, ids, add, remove }));
}

fn key(model: &mut Model, text: &str) -> Result<(), String> {
    if text.trim().is_empty() {
        return Ok(());
    }
    let key = read_key(text).map_err(|fault| format!("the key {fault}"))?;
    model.question = Some(Question::KeepKey(SecretString::from(key)));
    Ok(())
}
