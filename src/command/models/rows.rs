//! The table and the service's lists, laid beside each other.

use std::collections::BTreeMap;

use crate::{
    comet::Listed,
    job::{ModelRules, ModelTable, Money},
};

/// What the models are billed under that have no name of their own at the service.
const ENDPOINT: &str = "image_to_video";

/// Everything that is shown.
pub(super) struct Rows<'a> {
    /// The models of the table, by name.
    pub known: Vec<Row<'a>>,
    /// What else the service lists that looks like Runway's, by name.
    pub others: Vec<Other<'a>>,
}

/// A model of the table.
pub(super) struct Row<'a> {
    pub name: &'a str,
    pub rules: &'a ModelRules,
    /// Whether its last day is over.
    pub is_retired: bool,
    pub at_service: AtService,
    /// What the service asks for it; empty where it does not tell.
    pub prices: BTreeMap<String, Money>,
}

/// Whether the service offers a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AtService {
    /// By its own name.
    Listed,
    /// As one of those behind Runway's endpoint.
    ByEndpoint,
    NotListed,
    /// No list was read.
    Unknown,
}

/// A model or an endpoint that only the service knows.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Other<'a> {
    pub name: &'a str,
    pub provider: Option<&'a str>,
    /// Whether it is an endpoint rather than a model.
    pub is_endpoint: bool,
    pub prices: BTreeMap<String, Money>,
}

impl<'a> Rows<'a> {
    /// Lays the lists beside the table, as of `today` (`YYYY-MM-DD`). `own` is the key's list, which tells what
    /// can be had; where it was not read, the public one does.
    pub(super) fn new(
        table: &'a ModelTable,
        own: Option<&'a [Listed]>,
        public: Option<&'a [Listed]>,
        today: &str,
    ) -> Self {
        let all = || own.into_iter().chain(public).flatten();
        let prices = |is_it: &dyn Fn(&Listed) -> bool| {
            let told = all().filter(|listed| is_it(listed)).map(|listed| &listed.prices);
            told.flatten().map(|(by, price)| (by.clone(), *price)).collect::<BTreeMap<_, _>>()
        };
        let list = own.or(public);
        let row = |(name, rules): (&'a str, &'a ModelRules)| {
            let at_service = at_service(name, list);
            let prices = match at_service {
                AtService::ByEndpoint => prices(&|listed| is_our_endpoint(&listed.id)),
                _ => prices(&|listed| listed.id == name),
            };
            let is_retired = rules.retired.as_deref().is_some_and(|day| day <= today);
            Row { name, rules, is_retired, at_service, prices }
        };
        let known: Vec<_> = table.iter().map(row).collect();
        let mut others: Vec<_> = all()
            .filter(|listed| table.get(&listed.id).is_none() && is_runways(listed))
            .map(|listed| Other {
                name: &listed.id,
                provider: listed.provider.as_deref(),
                is_endpoint: is_endpoint(&listed.id),
                prices: prices(&|other| other.id == listed.id),
            })
            .collect();
        others.sort_by_key(|other| other.name);
        others.dedup_by_key(|other| other.name);
        Self { known, others }
    }
}

fn at_service(name: &str, list: Option<&[Listed]>) -> AtService {
    let Some(list) = list else { return AtService::Unknown };
    if list.iter().any(|listed| listed.id == name) {
        AtService::Listed
    } else if list.iter().any(|listed| is_our_endpoint(&listed.id)) {
        AtService::ByEndpoint
    } else {
        AtService::NotListed
    }
}

fn is_endpoint(id: &str) -> bool {
    id.to_ascii_lowercase().starts_with("runway")
}

fn is_our_endpoint(id: &str) -> bool {
    is_endpoint(id) && id.to_ascii_lowercase().ends_with(ENDPOINT)
}

/// Whether a name is Runway's, as far as names tell.
fn is_runways(listed: &Listed) -> bool {
    let id = listed.id.to_ascii_lowercase();
    let provider = listed.provider.as_deref().unwrap_or_default().to_ascii_lowercase();
    let generation =
        id.strip_prefix("gen").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    generation
        || id.contains("runway")
        || provider.contains("runway")
        || matches!(id.as_str(), "act_two" | "upscale_v1")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(id: &str, provider: &str, price: u64) -> Listed {
        let prices = (price > 0).then(|| ("per_second".to_owned(), Money::from_micros(price)));
        Listed { id: id.into(), provider: Some(provider.into()), prices: prices.into_iter().collect() }
    }

    fn found(own: Option<&[Listed]>, public: Option<&[Listed]>) -> Vec<(AtService, usize)> {
        let table = ModelTable::default();
        let rows = Rows::new(&table, own, public, "2026-07-30");
        rows.known.iter().map(|row| (row.at_service, row.prices.len())).collect()
    }

    #[test]
    fn the_keys_list_tells_what_can_be_had_and_the_public_one_what_it_costs() {
        use AtService as A;
        let own = [listed("gen4_turbo", "runwayml", 0), listed("RunwayML_Image_To_Video", "x", 0)];
        let public = [listed("gen4_turbo", "runwayml", 5), listed("runwayml_image_to_video", "runwayml", 9)];
        let rows = found(Some(&own), Some(&public));
        // gen3a_turbo, gen4.5, gen4_turbo, veo3.1, veo3.1_fast
        let behind = (A::ByEndpoint, 1);
        assert_eq!(rows, [behind, behind, (A::Listed, 1), behind, behind]);
        assert_eq!(found(Some(&own[..1]), None)[..3], [(A::NotListed, 0), (A::NotListed, 0), (A::Listed, 0)]);
        assert_eq!(found(None, Some(&public[..1]))[2], (A::Listed, 1));
        assert_eq!(found(None, None)[0], (A::Unknown, 0));
        assert_eq!(found(Some(&[]), Some(&public))[2].0, A::NotListed);
    }

    #[test]
    fn what_else_looks_like_runways_is_listed_once() {
        let table = ModelTable::default();
        let own = ["gen4_aleph", "runwayml_video_upscale", "gemini", "general", "act_two", "gen4_turbo"];
        let own = own.map(|id| listed(id, "", 0));
        let public = [listed("gen4_aleph", "x", 7), listed("aleph2", "RunwayML", 0)];
        let rows = Rows::new(&table, Some(&own), Some(&public), "2026-07-29");
        let names: Vec<_> = rows.others.iter().map(|other| (other.name, other.is_endpoint)).collect();
        let expected =
            [("act_two", false), ("aleph2", false), ("gen4_aleph", false), ("runwayml_video_upscale", true)];
        assert_eq!(names, expected);
        assert_eq!(rows.others[2].prices.len(), 1);
        assert!(rows.known.iter().all(|row| !row.is_retired));
        let retired =
            |day| Rows::new(&table, None, None, day).known.iter().filter(|row| row.is_retired).count();
        assert_eq!(
            (retired("2026-07-30"), retired("2026-08-01")),
            (1, 1),
            "that day is the first without it"
        );
    }
}
