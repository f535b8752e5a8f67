use super::{
    Draft, Field, FieldError, ModelRules, ModelTable, Money, Request,
    draft::{one_seed, ratio_fault, seed_max},
};

/// Several jobs from one form: each of its seeds with each of its ratios. There is always one at least.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sweep {
    /// The first request; without a seed where that is still to be drawn.
    first: Request,
    /// Empty where none is sent.
    ratios: Vec<String>,
    seeds: Seeds,
    seed_max: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Seeds {
    /// None is sent: the service chooses.
    #[default]
    Unset,
    Given {
        seeds: Vec<u64>,
        /// The same as it was typed.
        words: String,
    },
    /// So many are to be drawn.
    Random(u64),
}

impl Draft {
    /// The requests that this draft says, one or several: the seed may be `1..4`, `1,5,9..11` or
    /// `random×3`, the ratio a list with commas.
    ///
    /// # Errors
    /// Every field that is wrong, in the order of the fields: what [`Draft::parse`] finds, a seed or a
    /// ratio that is given twice, and more than [`Sweep::LIMIT`] jobs.
    pub fn sweep(&self, models: &ModelTable) -> Result<Sweep, Vec<FieldError>> {
        let (request, ratios, seeds) = self.parse_with(models, read_ratios, read_seeds)?;
        let seed = match &seeds {
            Seeds::Given { seeds, .. } => seeds.first().copied(),
            Seeds::Unset | Seeds::Random(_) => None,
        };
        let first = Request { ratio: ratios.first().cloned(), seed, ..request };
        let sweep = Sweep { seed_max: seed_max(models.get(&first.model)), first, ratios, seeds };
        let count = sweep.len();
        if count > Sweep::LIMIT {
            let (seeds, ratios, limit) = (sweep.seeds.len(), sweep.ratios.len(), Sweep::LIMIT);
            let message = format!(
                "{seeds} seeds with {ratios} ratios are {count} jobs: at most {limit} can go together"
            );
            return Err(vec![FieldError { field: Field::Seed, message }]);
        }
        Ok(sweep)
    }
}

#[expect(clippy::len_without_is_empty, reason = "there is always a first request")]
impl Sweep {
    /// The most jobs that go together.
    pub const LIMIT: usize = 100;

    /// The number of jobs, 1 to [`Sweep::LIMIT`].
    pub fn len(&self) -> usize {
        self.ratios.len().max(1) * self.seeds.len()
    }

    /// The first request, to be shown. Its seed is missing where it is still to be drawn: what is sent
    /// comes from [`Sweep::requests`].
    pub fn first(&self) -> &Request {
        &self.first
    }

    /// The ratios in order; none where the service chooses.
    pub fn ratios(&self) -> &[String] {
        &self.ratios
    }

    /// The seeds in short, as `1,5,9..11` or `random×3`; none where the service chooses.
    pub fn seeds(&self) -> Option<String> {
        match &self.seeds {
            Seeds::Unset => None,
            Seeds::Given { words, .. } => Some(words.clone()),
            Seeds::Random(count) => Some(format!("random×{count}")),
        }
    }

    /// Whether seeds are drawn for it: each time it is asked for, they are others.
    pub fn draws(&self) -> bool {
        matches!(self.seeds, Seeds::Random(_))
    }

    /// How the jobs come about, as `3 seeds (1..3) × 2 ratios = 6 jobs`; none where there is only one.
    pub fn tell(&self) -> Option<String> {
        let seeds = match &self.seeds {
            Seeds::Given { seeds, words } if seeds.len() > 1 => {
                Some(format!("{} seeds ({words})", seeds.len()))
            }
            Seeds::Random(count) if *count > 1 => Some(format!("{count} random seeds")),
            _ => None,
        };
        let ratios = (self.ratios.len() > 1).then(|| format!("{} ratios", self.ratios.len()));
        let parts: Vec<_> = seeds.into_iter().chain(ratios).collect();
        (!parts.is_empty()).then(|| format!("{} = {} jobs", parts.join(" × "), self.len()))
    }

    /// All requests: ratio by ratio, and for each the seeds. `draw(max)` gives a random seed in `0..=max`;
    /// each ratio has the same drawn seeds, so that the videos can be compared, and none is drawn twice.
    pub fn requests(&self, draw: impl FnMut(u64) -> u64) -> Vec<Request> {
        let seeds = match &self.seeds {
            Seeds::Unset => vec![None],
            Seeds::Given { seeds, .. } => seeds.iter().copied().map(Some).collect(),
            Seeds::Random(count) => drawn(*count, self.seed_max, draw),
        };
        let ratios =
            if self.ratios.is_empty() { vec![None] } else { self.ratios.iter().cloned().map(Some).collect() };
        let with =
            |ratio: &Option<String>, seed| Request { ratio: ratio.clone(), seed, ..self.first.clone() };
        ratios.iter().flat_map(|ratio| seeds.iter().map(move |seed| with(ratio, *seed))).collect()
    }

    /// What all of them will cost by the table, or none where the price is unknown. Neither seed nor ratio
    /// changes a price.
    pub fn estimate(&self, models: &ModelTable) -> Option<Money> {
        let count = u64::try_from(self.len()).unwrap_or(u64::MAX);
        models.estimate(&self.first).map(|price| price.times(count))
    }
}

impl Seeds {
    fn len(&self) -> usize {
        match self {
            Self::Unset => 1,
            Self::Given { seeds, .. } => seeds.len(),
            Self::Random(count) => usize::try_from(*count).unwrap_or(usize::MAX),
        }
    }
}

/// So many different seeds; there are at least as many up to `max`.
fn drawn(count: u64, max: u64, mut draw: impl FnMut(u64) -> u64) -> Vec<Option<u64>> {
    let mut seeds = Vec::new();
    for _ in 0..count {
        let mut seed = draw(max).min(max);
        // The next free one, rather than another draw: that ends whatever `draw` gives.
        while seeds.contains(&Some(seed)) {
            seed = if seed == max { 0 } else { seed + 1 };
        }
        seeds.push(Some(seed));
    }
    seeds
}

fn read_ratios(text: &str, rules: Option<&ModelRules>, model: &str) -> Result<Vec<String>, String> {
    let mut ratios: Vec<String> = Vec::new();
    if text.is_empty() {
        return ratio_fault(text, rules, model).map_or(Ok(ratios), Err);
    }
    for part in text.split(',').map(str::trim) {
        if part.is_empty() {
            return Err("has nothing before or behind a comma".into());
        }
        if let Some(fault) = ratio_fault(part, rules, model) {
            return Err(fault);
        }
        if ratios.iter().any(|ratio| ratio == part) {
            return Err(format!("`{part}` is given twice: that would be the same job twice"));
        }
        ratios.push(part.into());
    }
    if ratios.len() > Sweep::LIMIT {
        return Err(too_many(ratios.len()));
    }
    Ok(ratios)
}

fn read_seeds(text: &str, rules: Option<&ModelRules>, _model: &str) -> Result<Seeds, String> {
    if text.is_empty() {
        return Ok(Seeds::Unset);
    }
    if let Some(count) = text.to_lowercase().strip_prefix("random") {
        return read_count(count.trim(), text, seed_max(rules)).map(Seeds::Random);
    }
    let (mut seeds, mut words) = (Vec::new(), Vec::new());
    for part in text.split(',').map(str::trim) {
        if part.is_empty() {
            return Err("has nothing before or behind a comma".into());
        }
        let (first, last) = read_range(part, rules)?;
        let span = usize::try_from(last - first).unwrap_or(usize::MAX).saturating_add(1);
        let count = seeds.len().saturating_add(span);
        if count > Sweep::LIMIT {
            return Err(too_many(count));
        }
        for seed in first..=last {
            if seeds.contains(&seed) {
                return Err(format!("{seed} is given twice: that would be the same job twice"));
            }
            seeds.push(seed);
        }
        words.push(part);
    }
    Ok(Seeds::Given { seeds, words: words.join(",") })
}

/// A seed, or the first and the last of a range.
fn read_range(part: &str, rules: Option<&ModelRules>) -> Result<(u64, u64), String> {
    let Some((first, last)) = part.split_once("..") else {
        return one_seed(part, rules).map(|seed| (seed, seed));
    };
    let (first, last) = (first.trim(), last.trim());
    if first.is_empty() || last.is_empty() {
        return Err(format!("`{part}` is half a range: give both ends, such as 1..4"));
    }
    let (first, last) = (one_seed(first, rules)?, one_seed(last, rules)?);
    if first > last {
        return Err(format!("`{part}` goes backwards: give {last}..{first}"));
    }
    Ok((first, last))
}

/// What follows `random`: a number, with or without a sign before it; nothing is one.
fn read_count(text: &str, typed: &str, seed_max: u64) -> Result<u64, String> {
    let digits = text.strip_prefix(['×', '*', 'x']).map_or(text, str::trim_start);
    let count = if text.is_empty() { Some(1) } else { digits.parse::<u64>().ok() };
    match count {
        None | Some(0) => {
            Err(format!("`{typed}` is not so many random seeds: give a number, such as random×3"))
        }
        Some(count) if usize::try_from(count).map_or(true, |count| count > Sweep::LIMIT) => {
            Err(too_many(usize::try_from(count).unwrap_or(usize::MAX)))
        }
        Some(count) if count - 1 > seed_max => {
            Err(format!("{count} are more seeds than the model has: from 0 to {seed_max}"))
        }
        Some(count) => Ok(count),
    }
}

fn too_many(count: usize) -> String {
    format!("is for {count} jobs: at most {} can go together", Sweep::LIMIT)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::job::ModelPatch;

    fn draft(seed: &str, ratio: &str) -> Draft {
        Draft {
            image: "https://example.com/cat.jpg".into(),
            model: "gen4_turbo".into(),
            ratio: ratio.into(),
            duration: "5".into(),
            seed: seed.into(),
            ..Draft::default()
        }
    }

    fn sweep(seed: &str, ratio: &str) -> Sweep {
        draft(seed, ratio).sweep(&ModelTable::default()).unwrap()
    }

    fn fault(seed: &str, ratio: &str) -> String {
        let faults = draft(seed, ratio).sweep(&ModelTable::default()).unwrap_err();
        faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    }

    fn seeds(sweep: &Sweep) -> Vec<u64> {
        sweep.requests(|max| max).iter().filter_map(|request| request.seed).collect()
    }

    #[test]
    fn one_job_is_what_parse_says() {
        for seed in ["", "42"] {
            let one = sweep(seed, "1280:720");
            assert!(one.len() == 1 && one.tell().is_none());
            let parsed = draft(seed, "1280:720").parse(&ModelTable::default()).unwrap();
            assert_eq!(one.first(), &parsed);
            assert_eq!(one.requests(|_| 0), [parsed]);
        }
    }

    #[test]
    fn seeds_are_lists_and_ranges() {
        assert_eq!(seeds(&sweep("1..4", "960:960")), [1, 2, 3, 4]);
        let list = sweep(" 1, 5 ,9..11", "960:960");
        assert_eq!(seeds(&list), [1, 5, 9, 10, 11]);
        assert_eq!(list.seeds().unwrap(), "1,5,9..11");
        assert_eq!(list.tell().unwrap(), "5 seeds (1,5,9..11) = 5 jobs");
        assert_eq!(list.first().seed, Some(1));
    }

    #[test]
    fn random_seeds_are_drawn_once_for_all_ratios() {
        for text in ["random×3", "random*3", "randomx3", "Random x3", "random × 3", "random 3"] {
            assert_eq!(sweep(text, "960:960").seeds().unwrap(), "random×3", "{text}");
        }
        let one = sweep("random", "960:960");
        assert!(one.len() == 1 && one.first().seed.is_none());
        assert_eq!(seeds(&one), [999_999_999]);
        let two = sweep("random×2", "1280:720,720:1280");
        assert_eq!(two.tell().unwrap(), "2 random seeds × 2 ratios = 4 jobs");
        assert_eq!(seeds(&two), [999_999_999, 0, 999_999_999, 0], "the same draw twice is not the same seed");
    }

    #[test]
    fn ratios_are_outer_and_the_price_is_of_all() {
        let six = sweep("1..3", "1280:720, 720:1280");
        assert_eq!(six.tell().unwrap(), "3 seeds (1..3) × 2 ratios = 6 jobs");
        let told: Vec<_> = six
            .requests(|_| 0)
            .iter()
            .map(|request| format!("{} {}", request.ratio.as_ref().unwrap(), request.seed.unwrap()))
            .collect();
        let expected = ["1280:720 1", "1280:720 2", "1280:720 3", "720:1280 1", "720:1280 2", "720:1280 3"];
        assert_eq!(told, expected);
        assert_eq!(six.estimate(&ModelTable::default()), Some(Money::from_micros(1_500_000)));
        assert_eq!(sweep("", "1280:720,720:1280").tell().unwrap(), "2 ratios = 2 jobs");
    }

    #[test]
    fn a_fault_names_what_is_wrong() {
        for (seed, ratio, word) in [
            ("1..", "960:960", "seed: `1..` is half a range"),
            ("4..1", "960:960", "give 1..4"),
            ("1,,2", "960:960", "nothing before or behind a comma"),
            ("1..3,2", "960:960", "seed: 2 is given twice"),
            ("1..1000000000", "960:960", "1000000000 is too large"),
            ("1..999999999", "960:960", "is for 999999999 jobs: at most 100"),
            ("1..60,100..160", "960:960", "is for 121 jobs"),
            ("-3..4", "960:960", "-3 is negative"),
            ("lucky", "960:960", "`lucky` is not a whole number"),
            ("random×0", "960:960", "such as random×3"),
            ("random-3", "960:960", "such as random×3"),
            ("randomly", "960:960", "such as random×3"),
            ("random×101", "960:960", "is for 101 jobs"),
            ("random×99999999999999999999", "960:960", "such as random×3"),
            ("1", "960:960,1:1", "ratio: `1:1` is none of gen4_turbo's"),
            ("1", "960:960,", "ratio: has nothing"),
            ("1", "960:960, 960:960", "ratio: `960:960` is given twice"),
            ("1", "", "ratio: is missing"),
            ("1..51", "1280:720,720:1280", "seed: 51 seeds with 2 ratios are 102 jobs: at most 100"),
        ] {
            let found = fault(seed, ratio);
            assert!(found.contains(word), "{seed} {ratio}: {found}");
        }
        let mut models = ModelTable::default();
        models.patch("tiny", ModelPatch { seed_max: Some(1), ..ModelPatch::default() });
        let tiny = |seed: &str| Draft { model: "tiny".into(), ..draft(seed, "") }.sweep(&models);
        assert!(tiny("random×2").is_ok());
        assert!(tiny("random×3").unwrap_err()[0].message.contains("more seeds than the model has"));
    }

    proptest! {
        #[test]
        fn no_two_jobs_are_the_same(count in 1..50u64, two in any::<bool>(), draws in prop::collection::vec(any::<u64>(), 1..9)) {
            let sweep = sweep(&format!("random×{count}"), if two { "1280:720,720:1280" } else { "1280:720" });
            let mut turn = draws.iter().cycle();
            let requests = sweep.requests(|max| turn.next().unwrap() % (max + 1));
            prop_assert_eq!(requests.len(), sweep.len());
            let all: BTreeSet<_> = requests.iter().map(|r| (r.ratio.clone(), r.seed)).collect();
            prop_assert_eq!(all.len(), requests.len());
            for request in &requests {
                prop_assert_eq!(&Draft::from(request).parse(&ModelTable::default()).unwrap(), request);
            }
        }

        #[test]
        fn any_text_is_a_sweep_or_a_fault(seed in "[0-9., x×*random-]{0,12}|.{0,12}", ratio in "[0-9:,]{0,12}|.{0,9}") {
            if let Ok(sweep) = draft(&seed, &ratio).sweep(&ModelTable::default()) {
                prop_assert!((1..=Sweep::LIMIT).contains(&sweep.len()));
            }
        }
    }
}
