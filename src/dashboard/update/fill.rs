//! What fills the form in: its keys, a job to clone, a preset, a pasted command, the editor.

use super::{
    super::{
        Effect, Model,
        actions::Action,
        form::{Base, Checked, Edited, Form, Kind, SUBMIT},
        line::Kind as LineKind,
        model::{Filled, Focus},
        paste::{PASTE_LIMIT, holds_key},
        picker::Kind as PickerKind,
        question::{Question, Tone},
        text::count,
    },
    able,
    act::go,
    pick, submit, typed,
};
use crate::{
    config::Config,
    engine::ImageFacts,
    job::{Draft, Field, Problem, from_curl},
};

/// Actions of the form.
pub fn act(model: &mut Model, action: Action, effects: &mut Vec<Effect>) {
    let at = model.form.at();
    let editing = model.form.is_editing();
    match action {
        Action::FieldUp => model.form.go(at.saturating_sub(1), false),
        Action::FieldDown => model.form.go(at + 1, false),
        Action::ChoiceBack | Action::TextPreviousName => model.form.choose(true, &model.facts.config.models),
        Action::ChoiceNext | Action::TextNextName => model.form.choose(false, &model.facts.config.models),
        Action::OpenList | Action::TextOpenList => open_list(model),
        Action::Enter if at == SUBMIT => submit::submit(model, effects),
        Action::Enter if model.form.takes_text() => model.form.enter(),
        Action::Enter | Action::TextEnter => model.form.go(at + 1, true),
        Action::TextLeave => model.form.leave(),
        Action::TextNewline => {
            model.form.insert("\n");
        }
        Action::TextUp if !moves_in_text(model, action) => model.form.go(at.saturating_sub(1), editing),
        Action::TextDown if !moves_in_text(model, action) => model.form.go(at + 1, editing),
        Action::TextUp | Action::TextDown => {}
        action => {
            model.form.edit(action);
        }
    }
}

/// Up and down move inside the prompt as far as it goes.
fn moves_in_text(model: &mut Model, action: Action) -> bool {
    model.form.field().is_some_and(|spec| spec.kind == Kind::Prompt) && model.form.edit(action)
}

fn open_list(model: &mut Model) {
    match model.form.field().map(|spec| spec.field) {
        Some(field @ (Field::Model | Field::Ratio | Field::Duration)) => {
            model.form.leave();
            pick::open(model, PickerKind::Values(field));
        }
        Some(Field::Watermark) => model.form.choose(false, &model.facts.config.models),
        _ => {}
    }
}

/// To the next field, from the last to the next pane.
pub fn next(model: &mut Model) {
    let at = model.form.at();
    match model.focus {
        Focus::Form if at < SUBMIT && model.page.is_none() => model.form.go(at + 1, true),
        Focus::Form => go(model, Focus::Jobs),
        Focus::Jobs => go(model, Focus::Log),
        Focus::Log => {
            go(model, Focus::Form);
            model.form.go(0, true);
        }
    }
}

/// To the field before, from the first to the pane before.
pub fn previous(model: &mut Model) {
    let at = model.form.at();
    match model.focus {
        Focus::Form if at > 0 && model.page.is_none() => model.form.go(at - 1, true),
        Focus::Form => go(model, Focus::Log),
        Focus::Log => go(model, Focus::Jobs),
        Focus::Jobs => {
            go(model, Focus::Form);
            model.form.go(SUBMIT, false);
        }
    }
}

/// Fills the form as a whole and goes there, outside its text.
pub fn fill(model: &mut Model, draft: &Draft, base: Option<Base>) {
    model.form.fill(draft, base);
    model.page = None;
    model.focus = Focus::Form;
    model.went = true;
    model.form.go(1, false);
}

/// The request of the job is in the form, to be changed; those of several are to be sent anew as they are.
pub fn clone_job(model: &mut Model) {
    let several = able::those_that_can(model, able::can_clone).0;
    if several.len() > 1 {
        return submit::clone_all(model, &several);
    }
    let one = several.first().and_then(|id| model.jobs.get(*id));
    let Some(job) = one else { return };
    let (id, draft, moderated) = (job.id, Draft::from(&job.request), job.is_moderated());
    let base = Base { draft: draft.clone(), parent: Some(id), name: format!("clone of job {id}") };
    fill(model, &draft, Some(base));
    let words = if moderated {
        "moderation refused this one: change prompt or image before you send it".into()
    } else {
        format!("the request of job {id}: change it, then F5 sends it as a new job")
    };
    model.tell(if moderated { Tone::Warn } else { Tone::Good }, words);
}

/// A preset.
pub fn load_preset(model: &mut Model, name: &str) -> Result<(), String> {
    let Some(draft) = model.memos.preset(name) else {
        return Err(format!("no form is kept as \"{name}\": Alt-T lists them"));
    };
    let base = Base { draft: draft.clone(), parent: None, name: format!("preset {name}") };
    fill(model, &draft, Some(base));
    model.tell(Tone::Good, format!("the form \"{name}\"; Alt-G brings back what stood here before"));
    Ok(())
}

/// Keeps the form under a name.
pub fn save_preset(
    model: &mut Model,
    name: &str,
    replaces: bool,
    effects: &mut Vec<Effect>,
) -> Result<(), String> {
    let name = name.trim();
    let long = name.chars().count() > super::super::memos::NAME_LIMIT;
    if name.is_empty() || long || name.contains(char::is_control) {
        return Err("a name has 1 to 40 characters: nothing was kept".into());
    }
    if model.facts.read_only {
        return Err("read-only: nothing is kept".into());
    }
    let draft = model.form.draft();
    if form_holds_key(&model.facts.config, &draft) {
        return Err("the form holds what looks like an API key: take that out first, nothing was kept".into());
    }
    let before = model.memos.preset(name);
    if !replaces && before.as_ref().is_some_and(|before| *before != draft) {
        model.question = Some(Question::Replace(name.into()));
        return Ok(());
    }
    effects.push(model.memos.keep_preset(name, &draft)?);
    let words = match before {
        Some(_) => format!("the preset \"{name}\" was replaced"),
        None => format!("the form was kept as \"{name}\""),
    };
    model.tell(Tone::Good, format!("{words}; Alt-T lists them"));
    Ok(())
}

/// Throws a preset away.
pub fn forget_preset(model: &mut Model, name: &str, effects: &mut Vec<Effect>) -> Result<(), String> {
    if model.memos.preset(name).is_none() {
        return Err(format!("no form is kept as \"{name}\""));
    }
    if model.facts.read_only {
        return Err("read-only: nothing is thrown away".into());
    }
    effects.push(model.memos.forget_preset(name));
    model.tell(Tone::Good, format!("the preset \"{name}\" is gone"));
    Ok(())
}

/// A pasted curl command fills the form, also from an open list or line: it may hold a key, and is shown
/// nowhere. Says whether it was one.
pub fn paste_curl(model: &mut Model, pasted: &str) -> bool {
    let types_key = model.line.as_ref().is_some_and(|line| line.kind == LineKind::Key);
    if model.asks() || types_key {
        return false;
    }
    let text = pasted.trim_start();
    let is_json = text.starts_with('{') && text.contains("promptImage");
    if !(is_json || text.contains("curl ") && text.contains("image_to_video")) {
        // A key that comes with something else must not stand in a field, to be seen and remembered.
        let named = ["Authorization:", "COMETAPI_KEY=", "Bearer "].iter().any(|sign| text.contains(sign));
        let refused = named || holds_key(text, model.facts.config.key.as_ref());
        if refused {
            model.tell(
                Tone::Bad,
                "nothing was pasted: it holds what looks like a key, which would be seen here",
            );
        }
        return refused;
    }
    typed::close(model);
    model.picker = None;
    match from_curl(text) {
        Ok((draft, _)) if draft.image.len() > PASTE_LIMIT => {
            let words =
                "the pasted command was not taken: the picture in it is too long for a form; name its file";
            model.tell(Tone::Bad, words);
        }
        Ok((draft, notes)) => {
            let base = Base { draft: draft.clone(), parent: None, name: "from a pasted command".into() };
            fill(model, &draft, Some(base));
            let left_out = if notes.is_empty() { String::new() } else { format!("; {}", notes.join("; ")) };
            model.tell(
                Tone::Good,
                format!("the pasted command fills the form, Alt-G brings back what stood here{left_out}"),
            );
        }
        Err(fault) => model.tell(Tone::Bad, format!("the pasted command was not taken: {fault}")),
    }
    true
}

/// The editor is back.
pub fn edited(model: &mut Model, outcome: Result<String, String>) {
    match outcome {
        Ok(text) if text == model.form.draft().prompt => model.tell(Tone::Good, "the prompt is as it was"),
        Ok(text) => {
            let edited = model.form.set_prompt(&text);
            model.page = None;
            model.focus = Focus::Form;
            model.form.go(1, false);
            let length = count(model.form.draft().prompt.chars().count(), "character");
            if edited == Edited::Full {
                model.tell(Tone::Warn, format!("the prompt was cut off after {length}: more does not fit"));
            } else {
                model.tell(Tone::Good, format!("the prompt has {length} now"));
            }
        }
        Err(fault) => model.tell(Tone::Bad, format!("{fault}; the prompt is as it was")),
    }
}

/// What a look at a picture brought.
pub fn looked_at(
    model: &mut Model,
    image: &str,
    then_send: Option<Box<Filled>>,
    outcome: Result<ImageFacts, Problem>,
    effects: &mut Vec<Effect>,
) {
    match (outcome, then_send) {
        (Ok(ImageFacts::Local(read)), Some(form)) => submit::go_on_with(model, *form, &read, effects),
        (Ok(facts), _) => {
            let warnings = match &facts {
                ImageFacts::Local(read) => {
                    let documented =
                        "CometAPI documents https:// addresses only: it may refuse a file".into();
                    [read.warnings.clone(), vec![documented]].concat()
                }
                ImageFacts::Web { warnings, .. } => warnings.clone(),
            };
            let told = submit::told_of(&facts);
            let tone = if warnings.is_empty() { Tone::Good } else { Tone::Warn };
            let first = warnings.first().map_or_else(String::new, |first| format!("; {first}"));
            model.form.set_checked(Checked { image: image.into(), facts: told.clone(), warnings });
            model.tell(tone, format!("image: {told}{first}"));
        }
        (Err(problem), then_send) => {
            let hint = problem.hint.map_or_else(String::new, |hint| format!(" · {hint}"));
            if then_send.is_some() && !model.asks() && model.line.is_none() && model.picker.is_none() {
                go(model, Focus::Form);
                model.form.go(0, false);
            }
            let sent = if then_send.is_some() { "not sent. " } else { "" };
            model.tell(Tone::Bad, format!("{sent}image: {}{hint}", problem.message));
        }
    }
}

/// Whether a form holds a key: it is not written down then.
pub fn form_holds_key(config: &Config, draft: &Draft) -> bool {
    let texts = [&draft.image, &draft.prompt, &draft.model, &draft.seed];
    texts.into_iter().any(|text| holds_key(text, config.key.as_ref()))
}

impl Model {
    /// Lets the journal keep the form as it stands, once it has stood a while or at once.
    pub(in crate::dashboard) fn keep_draft(&mut self, at_once: bool, effects: &mut Vec<Effect>) {
        if self.facts.read_only || !self.jobs.is_loaded() {
            return;
        }
        let (draft, now) = (self.form.draft(), self.now());
        let config = &self.facts.config;
        effects.extend(self.memos.see(&draft, now, at_once, |draft| !form_holds_key(config, draft)));
    }

    /// The form of an earlier run, where nothing was typed yet.
    pub(in crate::dashboard) fn take_memos(&mut self, told: Vec<(String, String)>) {
        self.memos.take(told);
        if let Some(sort) = self.memos.sort() {
            self.jobs.set_sort(sort);
        }
        let untouched = self.form.draft() == Form::new(&self.facts.config.defaults).draft();
        if let Some(draft) = self.memos.draft().filter(|_| untouched) {
            self.form.fill(&draft, None);
            self.form.forget_before();
        }
    }
}
