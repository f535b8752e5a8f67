use clap_complete::engine::CompletionCandidate;

use super::{
    beginning, jobs,
    line::{Line, glance},
};
use crate::{
    job::{Filter, ModelRules, Price},
    stand_in::Scenario,
};

pub(super) fn models(line: &Line, typed: &str) -> Vec<CompletionCandidate> {
    let glance = glance(line);
    beginning(glance.models.iter().map(|(name, rules)| (name, about(rules))), typed)
}

fn about(rules: &ModelRules) -> String {
    let price = match rules.price {
        Some(Price::PerSecond(money)) => format!("${money} a second"),
        Some(Price::PerTask(money)) => format!("${money} a video"),
        None => "price unknown".into(),
    };
    match &rules.retired {
        Some(day) => format!("{price}, retired {day}"),
        None => price,
    }
}

/// The rules of the model that the line names, else of the config's.
fn rules(line: &Line) -> Option<ModelRules> {
    let glance = glance(line);
    let model = line.value("--model").unwrap_or(glance.model);
    glance.models.get(&model).cloned()
}

pub(super) fn ratios(line: &Line, typed: &str) -> Vec<CompletionCandidate> {
    let rules = rules(line).unwrap_or_default();
    beginning(rules.ratios.iter().map(|ratio| (ratio.as_str(), String::new())), typed)
}

pub(super) fn durations(line: &Line, typed: &str) -> Vec<CompletionCandidate> {
    let seconds: Vec<_> = rules(line).unwrap_or_default().durations.iter().map(ToString::to_string).collect();
    beginning(seconds.iter().map(|seconds| (seconds.as_str(), "seconds".into())), typed)
}

pub(super) fn profiles(line: &Line, typed: &str) -> Vec<CompletionCandidate> {
    beginning(glance(line).profiles.iter().map(|name| (name.as_str(), String::new())), typed)
}

pub(super) fn scenarios(_: &Line, typed: &str) -> Vec<CompletionCandidate> {
    beginning(Scenario::all().iter().map(|scenario| (scenario.name(), scenario.describe().into())), typed)
}

pub(super) fn labels(line: &Line, typed: &str) -> Vec<CompletionCandidate> {
    let labels = jobs::tags(&glance(line).data_dir);
    beginning(labels.iter().map(|label| (label.as_str(), String::new())), typed)
}

/// The last word of a filter: its keys, and behind a key its words. Words in quotes may be several.
pub(super) fn filters(line: &Line, typed: &str) -> Vec<CompletionCandidate> {
    let start = typed.rfind(char::is_whitespace).map_or(0, |at| at + 1);
    let (before, word) = typed.split_at_checked(start).unwrap_or(("", typed));
    let mut found = Filter::complete(word, true);
    if found.is_empty() {
        found = named(line, word);
    }
    let meaning = |word: &str| {
        let key = word.trim_start_matches('!').strip_suffix(':')?;
        Filter::KEYS.iter().find(|(known, ..)| *known == key).map(|(_, meaning, _)| (*meaning).into())
    };
    let offer = |word: &String| CompletionCandidate::new(format!("{before}{word}")).help(meaning(word));
    found.iter().map(offer).collect()
}

/// What stands behind a key whose words are names of the config or the journal.
fn named(line: &Line, word: &str) -> Vec<String> {
    let Some((key, value)) = word.split_once(':') else { return Vec::new() };
    let glance = glance(line);
    let names = match key.trim_start_matches('!') {
        "model" => glance.models.names().map(ToString::to_string).collect(),
        "profile" => glance.profiles,
        "tag" => jobs::tags(&glance.data_dir),
        _ => Vec::new(),
    };
    let fits = names.iter().filter(|name| name.starts_with(value) && !name.contains(char::is_whitespace));
    fits.map(|name| format!("{key}:{name}")).collect()
}
