//! What can stand behind what is typed so far.

use super::{COMMANDS, Takes, names, request::FLAGS};
use crate::{
    dashboard::{Model, columns::COLUMNS, copy, update::LEVELS},
    job::Filter,
};

/// What can follow what is typed so far.
pub fn hint(text: &str) -> Option<String> {
    let name = text.split(' ').next().unwrap_or_default();
    let spec = COMMANDS.iter().find(|spec| spec.name == name && text.contains(' '))?;
    Some(format!("{} {}: {}", spec.name, spec.args, spec.help))
}

/// What the last word can be.
pub fn complete(model: &Model, text: &str) -> Vec<String> {
    let words: Vec<_> = text.split(' ').collect();
    let (last, before) = words.split_last().map_or(("", &[][..]), |(last, before)| (*last, before));
    let Some(first) = before.first() else {
        return names().into_iter().filter(|name| name.starts_with(last)).collect();
    };
    let Some(spec) = COMMANDS.iter().find(|spec| spec.name == *first) else { return Vec::new() };
    let all: Vec<String> = match spec.takes {
        Takes::Nothing => Vec::new(),
        Takes::Jobs => model.jobs.at_hand().map(|job| job.id.to_string()).collect(),
        Takes::Filter => return Filter::complete(last, true),
        Takes::Columns => COLUMNS.iter().map(|spec| spec.name.into()).collect(),
        Takes::Presets if before.len() == 1 => ["save", "load", "delete"].map(Into::into).into(),
        Takes::Presets => model.memos.presets().into_iter().map(|(name, _)| name).collect(),
        Takes::Ways => copy::WAYS.iter().map(|way| way.word.into()).collect(),
        Takes::Levels => LEVELS.iter().map(|(name, _)| (*name).into()).collect(),
        Takes::OnOff => ["on", "off"].map(Into::into).into(),
        Takes::Flags => FLAGS.iter().map(|(flag, _)| (*flag).into()).collect(),
    };
    all.into_iter().filter(|word| word.starts_with(last)).collect()
}
