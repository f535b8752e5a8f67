use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Money, Request};

/// What a model takes, as far as it is known. Lists that are empty mean "not known: anything goes".
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModelRules {
    /// Ratios that the model takes, the usual one first.
    pub ratios: Vec<String>,
    /// Whether a ratio has to be given.
    pub ratio_required: bool,
    /// Durations in seconds that the model takes.
    pub durations: Vec<u32>,
    /// Whether a duration has to be given.
    pub duration_required: bool,
    /// The longest prompt, in UTF-16 code units.
    pub prompt_limit: usize,
    /// Whether a prompt has to be given.
    pub prompt_required: bool,
    /// The largest seed.
    pub seed_max: u64,
    /// The price, where known.
    pub price: Option<Price>,
    /// The day on which price and limits were last looked up (`YYYY-MM-DD`).
    pub checked: Option<String>,
    /// The day from which the model is retired (`YYYY-MM-DD`).
    pub retired: Option<String>,
}

/// How a model is billed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Price {
    /// For each second of video.
    PerSecond(Money),
    /// For each task, whatever its length.
    PerTask(Money),
}

/// What the config says of a model; what it leaves out stays as it is in the table.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ModelPatch {
    /// Replaces [`ModelRules::ratios`].
    pub ratios: Option<Vec<String>>,
    /// Replaces [`ModelRules::durations`].
    pub durations: Option<Vec<u32>>,
    /// Replaces [`ModelRules::prompt_limit`].
    pub prompt_limit: Option<usize>,
    /// Replaces [`ModelRules::prompt_required`].
    pub prompt_required: Option<bool>,
    /// Replaces [`ModelRules::seed_max`].
    pub seed_max: Option<u64>,
    /// Sets a price for each second.
    pub price_per_second: Option<Money>,
    /// Sets a price for each task; `price_per_second` wins where both are given.
    pub price_per_task: Option<Money>,
    /// Replaces [`ModelRules::checked`].
    pub checked: Option<String>,
    /// Replaces [`ModelRules::retired`]; an empty string means "not retired".
    pub retired: Option<String>,
}

/// The known models. Any other name may be sent too; only the service can refuse it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelTable(BTreeMap<String, ModelRules>);

const EIGHT: [&str; 8] =
    ["1280:720", "720:1280", "1104:832", "832:1104", "960:960", "1584:672", "1280:768", "768:1280"];
const VEO: [&str; 4] = ["1280:720", "720:1280", "1080:1920", "1920:1080"];
const CHECKED: &str = "2026-05-01";

impl Default for ModelTable {
    /// The models of `reference/api.md §1`, with the upper price where a range is documented.
    fn default() -> Self {
        let rules = |ratios: &[&str], durations: &[u32], prompt_limit, price| ModelRules {
            ratios: ratios.iter().map(ToString::to_string).collect(),
            durations: durations.to_vec(),
            prompt_limit,
            seed_max: 999_999_999,
            price: Some(price),
            checked: Some(CHECKED.into()),
            ..ModelRules::default()
        };
        let second = |cents: u64| Price::PerSecond(Money::from_micros(cents * 10_000));
        let gen3 = ModelRules {
            retired: Some("2026-07-30".into()),
            ..rules(&EIGHT, &[5, 10], 512, Price::PerTask(Money::from_micros(320_000)))
        };
        let gen4 = |cents| ModelRules {
            ratio_required: true,
            ..rules(&EIGHT[..6], &[2, 3, 4, 5, 6, 7, 8, 9, 10], 1000, second(cents))
        };
        let gen4_5 = ModelRules { duration_required: true, prompt_required: true, ..gen4(12) };
        let veo = |cents| ModelRules { ratio_required: true, ..rules(&VEO, &[4, 6, 8], 1000, second(cents)) };
        let known = [
            ("gen3a_turbo", gen3),
            ("gen4_turbo", gen4(5)),
            ("gen4.5", gen4_5),
            ("veo3.1", veo(40)),
            ("veo3.1_fast", veo(15)),
        ];
        Self(known.into_iter().map(|(name, rules)| (name.to_string(), rules)).collect())
    }
}

impl ModelTable {
    /// The rules of a model, or none where the model is not known.
    pub fn get(&self, model: &str) -> Option<&ModelRules> {
        self.0.get(model)
    }

    /// Every known model with its rules, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &ModelRules)> {
        self.0.iter().map(|(name, rules)| (name.as_str(), rules))
    }

    /// The names of the known models, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Lays what the config says of a model over the table; a name not yet there is added.
    pub fn patch(&mut self, model: &str, patch: ModelPatch) {
        let rules = self.0.entry(model.to_string()).or_insert_with(|| ModelRules {
            prompt_limit: 1000,
            seed_max: u64::from(u32::MAX),
            ..ModelRules::default()
        });
        let ModelPatch { ratios, durations, prompt_limit, prompt_required, seed_max, .. } = patch;
        set(&mut rules.ratios, ratios);
        set(&mut rules.durations, durations);
        set(&mut rules.prompt_limit, prompt_limit);
        set(&mut rules.prompt_required, prompt_required);
        set(&mut rules.seed_max, seed_max);
        let per_task = patch.price_per_task.map(Price::PerTask);
        let price = patch.price_per_second.map(Price::PerSecond).or(per_task);
        rules.price = price.or(rules.price);
        rules.checked = patch.checked.or_else(|| rules.checked.take());
        if let Some(retired) = patch.retired {
            rules.retired = Some(retired).filter(|day| !day.is_empty());
        }
    }

    /// What a request will cost by the table, or none where the price is unknown. A request without
    /// a duration counts as the documented default of 5 s (`reference/api.md §1`); where the model does not
    /// take that, as its longest.
    pub fn estimate(&self, request: &Request) -> Option<Money> {
        let rules = self.get(&request.model)?;
        let longest = rules.durations.iter().copied().max().filter(|_| !rules.durations.contains(&5));
        Some(match rules.price? {
            Price::PerTask(money) => money,
            Price::PerSecond(money) => money.times(u64::from(request.duration.or(longest).unwrap_or(5))),
        })
    }
}

fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn estimates_come_from_seconds_or_tasks() {
        let table = ModelTable::default();
        let request = |model: &str, duration| Request { model: model.into(), duration, ..Request::default() };
        let cents = |r: &Request| table.estimate(r).map(|m| m.micros() / 10_000);
        assert_eq!(cents(&request("gen3a_turbo", Some(10))), Some(32));
        assert_eq!(cents(&request("gen4_turbo", Some(10))), Some(50));
        assert_eq!(cents(&request("gen4_turbo", None)), Some(25));
        assert_eq!(cents(&request("veo3.1", None)), cents(&request("veo3.1", Some(8))));
        assert_eq!(cents(&request("of_the_future", Some(5))), None);
    }

    #[test]
    fn the_config_extends_and_overrides() {
        let mut table = ModelTable::default();
        table.patch("gen3a_turbo", ModelPatch { retired: Some(String::new()), ..ModelPatch::default() });
        let patch = ModelPatch { durations: Some(vec![3]), ..ModelPatch::default() };
        table.patch("gen5", patch);
        assert_eq!(table.get("gen3a_turbo").unwrap().retired, None);
        assert_eq!(table.get("gen3a_turbo").unwrap().durations, [5, 10]);
        assert_eq!(table.get("gen5").unwrap().durations, [3]);
        assert!(table.get("gen5").unwrap().ratios.is_empty());
    }
}
