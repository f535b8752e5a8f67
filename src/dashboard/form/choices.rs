//! The fields whose values are chosen from a list.

use super::Form;
use crate::job::{Field, ModelTable};

impl Form {
    /// Chooses the next value of the focused field, or the one before.
    pub fn choose(&mut self, back: bool, models: &ModelTable) {
        let Some(spec) = self.field() else { return };
        let choices = self.choices(spec.field, models);
        match spec.field {
            Field::Ratio => self.ratio = neighbour(&choices, &self.ratio, back),
            Field::Duration => self.duration = neighbour(&choices, &self.duration, back),
            Field::Watermark => self.watermark = !self.watermark,
            Field::Model => {
                let name = neighbour(&choices, self.draft().model.trim(), back);
                self.model.select_all();
                self.model.insert_str(name);
            }
            Field::Image | Field::Prompt | Field::Seed => return,
        }
        self.touch_edited();
    }

    /// What the arrows choose from. For a model that is not in the table: what any model there takes.
    /// An empty value stands for "not given", where the model allows that.
    pub fn choices(&self, field: Field, models: &ModelTable) -> Vec<String> {
        let rules = models.get(self.draft().model.trim());
        let all = || models.iter().map(|(_, rules)| rules);
        let (mut choices, required) = match field {
            Field::Model => return models.names().map(Into::into).collect(),
            Field::Ratio => {
                let known = rules.map(|r| r.ratios.clone()).filter(|known| !known.is_empty());
                let any = || all().flat_map(|r| r.ratios.clone()).fold(Vec::new(), keep_new);
                (known.unwrap_or_else(any), rules.is_some_and(|r| r.ratio_required))
            }
            Field::Duration => {
                let known = rules.map(|r| r.durations.clone()).filter(|known| !known.is_empty());
                let mut seconds = known.unwrap_or_else(|| all().flat_map(|r| r.durations.clone()).collect());
                seconds.sort_unstable();
                seconds.dedup();
                let text = seconds.iter().map(ToString::to_string).collect();
                (text, rules.is_some_and(|r| r.duration_required))
            }
            Field::Image | Field::Prompt | Field::Seed | Field::Watermark => return Vec::new(),
        };
        if !required {
            choices.push(String::new());
        }
        choices
    }

    /// The value of a field of choices, as it is shown; empty when not given.
    pub fn chosen(&self, field: Field) -> String {
        match field {
            Field::Ratio => self.ratio.replace(',', ", "),
            Field::Duration if self.duration.is_empty() => String::new(),
            Field::Duration => format!("{} s", self.duration),
            Field::Watermark => if self.watermark { "yes" } else { "no" }.into(),
            _ => String::new(),
        }
    }
}

fn keep_new(mut list: Vec<String>, one: String) -> Vec<String> {
    if !list.contains(&one) {
        list.push(one);
    }
    list
}

/// What stands after `now` in the list, round and round; its first where `now` is not in it.
fn neighbour(list: &[String], now: &str, back: bool) -> String {
    let len = list.len();
    let next = match list.iter().position(|one| one == now) {
        Some(at) if back => (at + len - 1) % len,
        Some(at) => (at + 1) % len,
        None => 0,
    };
    list.get(next).cloned().unwrap_or_default()
}
