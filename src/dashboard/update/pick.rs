//! The lists: what stands in them, and what picking from them does.

use super::{
    super::{
        Effect, Model,
        actions::{ACTIONS, Action},
        columns::{COLUMNS, Sort},
        commands::COMMANDS,
        copy,
        key::Key,
        line::{Kind as LineKind, Line},
        picker::{Choice, Did, Item, Kind, Picker},
        question::{Question, Tone},
        view,
    },
    bulk, fill,
};
use crate::{
    config::Config,
    job::{Draft, Field, JobId, ModelRules, Price},
};

/// Opens a list, or says why there is none.
pub fn open(model: &mut Model, kind: Kind) {
    let (items, at) = match kind {
        Kind::Palette => (palette(model), 0),
        Kind::Copy => (copy::items(&model.targets()), 0),
        Kind::Presets => (presets(model), 0),
        Kind::Values(field) => values(model, field),
        Kind::Sort => sorts(model),
    };
    if items.is_empty() {
        let words = match kind {
            Kind::Presets => "no form is kept yet: fill one in, then Alt-W keeps it under a name",
            _ => "there is nothing to list",
        };
        return model.tell(Tone::Warn, words);
    }
    let about = match (kind, model.targets().as_slice()) {
        (Kind::Copy, [job]) => format!(" from job {}", job.id),
        (Kind::Copy, jobs) => format!(" from {} jobs", jobs.len()),
        _ => String::new(),
    };
    let mut picker = Picker::new(kind, items, at);
    picker.about = about;
    picker.targets = model.targets().iter().map(|job| job.id).collect();
    model.picker = Some(picker);
}

/// A key while a list is open.
pub fn press(model: &mut Model, key: Key, effects: &mut Vec<Effect>) {
    let page = view::picker_height(model, model.area());
    let Some(mut picker) = model.picker.take() else { return };
    let did = picker.press(key, &model.keys, page);
    finish(model, picker, did, effects);
}

/// The mouse picked a line that is seen.
pub fn press_row(model: &mut Model, row: usize, effects: &mut Vec<Effect>) {
    let Some(mut picker) = model.picker.take() else { return };
    let did = picker.pick_shown(row);
    finish(model, picker, did, effects);
}

fn finish(model: &mut Model, picker: Picker, did: Did, effects: &mut Vec<Effect>) {
    match did {
        Did::Stays => model.picker = Some(picker),
        Did::Refuses(reason) => {
            model.picker = Some(picker);
            model.tell(Tone::Warn, reason);
        }
        Did::Forgets(Choice::Preset(name)) => model.question = Some(Question::Forget(name)),
        Did::Closes | Did::Forgets(_) => {}
        Did::Picks(choices) => {
            // What is done is done with the jobs that were meant when the list was opened.
            model.named = if picker.kind == Kind::Palette { picker.targets.clone() } else { Vec::new() };
            pick(model, choices, effects);
            model.named.clear();
        }
    }
}

fn pick(model: &mut Model, choices: Vec<Choice>, effects: &mut Vec<Effect>) {
    let several: Vec<_> = choices
        .iter()
        .filter_map(|choice| match choice {
            // "Not given" is no ratio among others.
            Choice::Value(Field::Ratio, ratio) if !ratio.is_empty() => Some(ratio.clone()),
            _ => None,
        })
        .collect();
    if choices.len() > 1 {
        return model.form.set_choice(Field::Ratio, &several.join(","));
    }
    match choices.into_iter().next() {
        // It may have become impossible while the list was open.
        Some(Choice::Act(action)) => super::press_action(model, action, effects),
        Some(Choice::Command(name)) => model.line = Some(Line::new(LineKind::Command, &format!("{name} "))),
        Some(Choice::Copy(way, jobs)) => copy_from(model, way, &jobs, effects),
        Some(Choice::Preset(name)) => {
            if let Err(fault) = fill::load_preset(model, &name) {
                model.tell(Tone::Warn, fault);
            }
        }
        Some(Choice::Value(field, value)) => model.form.set_choice(field, &value),
        Some(Choice::Sort(column)) => {
            let sort = model.jobs.sort();
            let falling = if sort.by == column { !sort.falling } else { falls_first(column) };
            bulk::sort_by(model, Sort { by: column, falling }, effects);
        }
        None => {}
    }
}

/// Numbers and moments begin with the largest, words with A.
fn falls_first(column: super::super::columns::Column) -> bool {
    use super::super::columns::Column as C;
    matches!(column, C::Id | C::Age | C::News | C::Progress | C::Cost)
}

/// Copies what jobs have, and keeps it to be shown alone.
pub fn copy_from(model: &mut Model, way: usize, jobs: &[JobId], effects: &mut Vec<Effect>) {
    let Some((what, text)) = copy::text(model, way, jobs) else { return };
    model.copied = Some((what.into(), text.clone()));
    effects.push(Effect::Copy { what: what.into(), text });
}

/// All that can be done, what can be done here first; then the commands.
fn palette(model: &Model) -> Vec<Item> {
    let scopes = model.scopes();
    let place = |scope| scopes.iter().position(|here| *here == scope).unwrap_or(scopes.len());
    let mut specs: Vec<_> = ACTIONS.iter().filter(|spec| is_for_people(spec.action)).collect();
    specs.sort_by_key(|spec| place(spec.scope));
    let action = |spec: &&super::super::actions::ActionSpec| {
        let keys: Vec<_> = model.keys.keys(spec.action).map(|key| key.to_string()).collect();
        let elsewhere = !scopes.contains(&spec.scope);
        let elsewhere = elsewhere.then(|| format!("only in: {}", spec.scope.title()));
        Item {
            label: spec.name.replace('_', " "),
            note: spec.help.into(),
            key: keys.join(", "),
            off: spec.able(model).err().or(elsewhere),
            on: false,
            choice: Choice::Act(spec.action),
        }
    };
    let command = |spec: &super::super::commands::CommandSpec| Item {
        label: format!(":{}", spec.name),
        note: format!("{} {}", spec.help, spec.args),
        key: String::new(),
        off: None,
        on: false,
        choice: Choice::Command(spec.name),
    };
    specs.iter().map(action).chain(COMMANDS.iter().map(command)).collect()
}

/// What moves a cursor or a marker by one is no entry of a list.
fn is_for_people(action: Action) -> bool {
    let name = action.spec().map_or("", |spec| spec.name);
    let moves = [Action::Up, Action::Down, Action::PageUp, Action::PageDown, Action::PageOn, Action::Next];
    let fields = [Action::Previous, Action::FieldUp, Action::FieldDown, Action::Enter, Action::Palette];
    !name.starts_with("text_") && !moves.contains(&action) && !fields.contains(&action)
}

fn presets(model: &Model) -> Vec<Item> {
    let item = |(name, draft): (String, Draft)| Item {
        label: name.clone(),
        note: tell_draft(&draft),
        key: String::new(),
        off: None,
        on: false,
        choice: Choice::Preset(name),
    };
    model.memos.presets().into_iter().map(item).collect()
}

fn tell_draft(draft: &Draft) -> String {
    let seed = Some(&draft.seed).filter(|seed| !seed.is_empty()).map(|seed| format!("seed {seed}"));
    let image = draft.image.rsplit('/').next().unwrap_or_default().to_string();
    let duration = Some(&draft.duration).filter(|text| !text.is_empty()).map(|text| format!("{text} s"));
    let parts = [
        Some(draft.model.clone()),
        Some(draft.ratio.clone()),
        duration,
        seed,
        Some(image),
        Some(draft.prompt.replace('\n', " ")),
    ];
    parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

/// What a field can hold, with limits and prices, and where the marker begins.
fn values(model: &Model, field: Field) -> (Vec<Item>, usize) {
    let draft = model.form.draft();
    let now = match field {
        Field::Model => draft.model.trim().to_string(),
        Field::Ratio => draft.ratio.clone(),
        _ => draft.duration.clone(),
    };
    let choices = model.form.choices(field, &model.facts.config.models);
    let at = choices.iter().position(|value| *value == now).unwrap_or(0);
    let several = field == Field::Ratio && now.contains(',');
    let item = |value: String| Item {
        label: match (field, value.as_str()) {
            (_, "") => "not given".into(),
            (Field::Duration, seconds) => format!("{seconds} s"),
            (_, value) => value.into(),
        },
        note: note(&model.facts.config, field, &value, &draft),
        key: String::new(),
        off: None,
        on: several && now.split(',').any(|one| one.trim() == value),
        choice: Choice::Value(field, value),
    };
    (choices.into_iter().map(item).collect(), at)
}

fn note(config: &Config, field: Field, value: &str, draft: &Draft) -> String {
    match field {
        Field::Model => config.models.get(value).map(tell_rules).unwrap_or_default(),
        Field::Ratio => shape(value).into(),
        _ => {
            let request = crate::job::Request {
                model: draft.model.trim().into(),
                duration: value.parse().ok(),
                ..crate::job::Request::default()
            };
            config.models.estimate(&request).map_or_else(String::new, |money| format!("about ${money}"))
        }
    }
}

/// A model's limits and price in a line.
fn tell_rules(rules: &ModelRules) -> String {
    let price = match rules.price {
        Some(Price::PerSecond(money)) => format!("about ${money} a second"),
        Some(Price::PerTask(money)) => format!("about ${money} a video"),
        None => "price unknown".into(),
    };
    let seconds = match (rules.durations.iter().min(), rules.durations.iter().max()) {
        (Some(least), Some(most)) if least < most => format!("{least} to {most} s"),
        (Some(only), _) => format!("{only} s"),
        _ => "any length".into(),
    };
    let ratios = format!("{} ratios", rules.ratios.len());
    let prompt = if rules.prompt_required { "prompt needed, " } else { "prompt " };
    let retired = rules.retired.as_ref().map_or_else(String::new, |day| format!("retired {day} · "));
    format!("{retired}{price} · {seconds} · {ratios} · {prompt}up to {}", rules.prompt_limit)
}

fn shape(ratio: &str) -> &'static str {
    let sides =
        ratio.split_once(':').and_then(|(w, h)| Some((w.parse::<u32>().ok()?, h.parse::<u32>().ok()?)));
    match sides {
        Some((width, height)) if width > height => "wide",
        Some((width, height)) if width < height => "tall",
        Some(_) => "square",
        None => "",
    }
}

fn sorts(model: &Model) -> (Vec<Item>, usize) {
    let sort = model.jobs.sort();
    let item = |spec: &super::super::columns::ColumnSpec| {
        let here = spec.column == sort.by;
        let turn = if here { " (once more turns it round)" } else { "" };
        Item {
            label: spec.name.into(),
            note: format!("{}{turn}", spec.help),
            key: String::new(),
            off: None,
            on: false,
            choice: Choice::Sort(spec.column),
        }
    };
    let at = COLUMNS.iter().position(|spec| spec.column == sort.by).unwrap_or(0);
    (COLUMNS.iter().map(item).collect(), at)
}
