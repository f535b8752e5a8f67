//! What `models` prints.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    Asked,
    rows::{AtService, Other, Row, Rows},
};
use crate::{
    command::Output,
    job::{Money, Price, Problem},
};

/// Where what belongs to a model stands under it.
const INDENT: &str = "    ";

/// The table, and under it what only the service knows.
pub(super) fn tell(output: &mut Output, rows: &Rows<'_>) {
    let width = rows.known.iter().map(|row| row.name.chars().count()).max().unwrap_or_default().max(5);
    output.line(&line(width, ["MODEL", "LENGTH", "PROMPT", "SEED TO", "PRICE", "CHECKED", "SERVICE"]));
    for row in &rows.known {
        output.line(&row_line(width, row));
        for more in beneath(row) {
            output.line(&format!("{INDENT}{more}"));
        }
    }
    if rows.others.is_empty() {
        return;
    }
    output.line("");
    output.line("Only the service knows these, which look like Runway's:");
    let width = rows.others.iter().map(|other| other.name.chars().count()).max().unwrap_or_default();
    for other in &rows.others {
        let kind = if other.is_endpoint { "endpoint" } else { "model" };
        let text = format!("{:<width$}  {kind:<8}  {}", other.name, prices(&other.prices));
        output.line(text.trim_end());
    }
}

fn line(width: usize, cells: [&str; 7]) -> String {
    let [name, length, prompt, seed, price, checked, service] = cells;
    format!("{name:<width$}  {length:<9}  {prompt:<6}  {seed:<10}  {price:<9}  {checked:<10}  {service}")
}

fn row_line(width: usize, row: &Row<'_>) -> String {
    let rules = row.rules;
    let price = match rules.price {
        Some(Price::PerSecond(money)) => format!("${money}/s"),
        Some(Price::PerTask(money)) => format!("${money}/job"),
        None => "unknown".into(),
    };
    let service = match row.at_service {
        AtService::Listed => "listed",
        AtService::ByEndpoint => "by endpoint",
        AtService::NotListed => "not listed",
        AtService::Unknown => "?",
    };
    let (prompt, seed) = (rules.prompt_limit.to_string(), rules.seed_max.to_string());
    let checked = rules.checked.as_deref().unwrap_or("never");
    line(width, [row.name, &lengths(&rules.durations), &prompt, &seed, &price, checked, service])
}

/// What has no room in the line of a model.
fn beneath(row: &Row<'_>) -> Vec<String> {
    let rules = row.rules;
    let retired = rules.retired.as_ref().map(|day| {
        let verb = if row.is_retired { "RETIRED since" } else { "to be retired on" };
        format!("{verb} {day}")
    });
    let needs: Vec<_> = [
        (rules.prompt_required, "prompt"),
        (rules.ratio_required, "ratio"),
        (rules.duration_required, "duration"),
    ]
    .into_iter()
    .filter_map(|(is_needed, field)| is_needed.then_some(field))
    .collect();
    let needs = (!needs.is_empty()).then(|| format!("needs: {}", needs.join(", ")));
    let ratios = if rules.ratios.is_empty() { "any ratio".into() } else { rules.ratios.join(" ") };
    let asks = (!row.prices.is_empty()).then(|| format!("the service asks {}", prices(&row.prices)));
    [retired, Some(ratios), needs, asks].into_iter().flatten().collect()
}

/// `5, 10 s`; `2-10 s` where none between is missing.
fn lengths(seconds: &[u32]) -> String {
    let mut sorted = seconds.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    match sorted.as_slice() {
        [] => "any".into(),
        [first, .., last] if sorted.len() > 2 && (last - first) as usize == sorted.len() - 1 => {
            format!("{first}-{last} s")
        }
        list => format!("{} s", list.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")),
    }
}

fn prices(prices: &BTreeMap<String, Money>) -> String {
    let told = prices.iter().map(|(by, price)| match by.as_str() {
        "per_second" => format!("${price}/s"),
        other => format!("${price} {}", other.replace('_', " ")),
    });
    told.collect::<Vec<_>>().join(", ")
}

/// Why the service's lists are not all here.
pub(super) fn say_missing(output: &mut Output, offline: Option<bool>, own: &Asked, public: &Asked) {
    if let Some(read_only) = offline {
        let why = if read_only { "read-only" } else { "offline" };
        output.say(&format!(
            "{why}: the service was not asked; the table is what the program and the config know"
        ));
        return;
    }
    if let Asked::Failed(problem) = own {
        output.say(&format!("the list of the models for your key is missing: {}", problem.message));
        output.say(&format!("  {}", problem.hint.as_deref().unwrap_or_default()));
    }
    if let Asked::Failed(problem) = public {
        output.say(&format!(
            "the service's public list, which has the prices, is missing: {}",
            problem.message
        ));
    }
}

/// The same problem with a hint that is true for one who asked once.
pub(super) fn with_hint(problem: Problem) -> Problem {
    if matches!(problem.code.as_str(), "network" | "service" | "slow_down") {
        return problem.hint("try again later; --offline shows the table alone");
    }
    problem
}

/// All of it, with stable names.
pub(super) fn in_json(
    service: &str,
    rows: &Rows<'_>,
    own: &Asked,
    public: &Asked,
    error: Option<&Problem>,
) -> Value {
    json!({
        "service": service,
        "key_list": own.word(),
        "public_list": public.word(),
        "models": rows.known.iter().map(row_json).collect::<Vec<_>>(),
        "others": rows.others.iter().map(other_json).collect::<Vec<_>>(),
        "error": error,
    })
}

fn row_json(row: &Row<'_>) -> Value {
    let rules = row.rules;
    let (per_second, per_task) = match rules.price {
        Some(Price::PerSecond(money)) => (Some(money.to_string()), None),
        Some(Price::PerTask(money)) => (None, Some(money.to_string())),
        None => (None, None),
    };
    let at_service = match row.at_service {
        AtService::Listed => Some("listed"),
        AtService::ByEndpoint => Some("by_endpoint"),
        AtService::NotListed => Some("not_listed"),
        AtService::Unknown => None,
    };
    json!({
        "name": row.name,
        "ratios": rules.ratios,
        "ratio_required": rules.ratio_required,
        "durations": rules.durations,
        "duration_required": rules.duration_required,
        "prompt_limit": rules.prompt_limit,
        "prompt_required": rules.prompt_required,
        "seed_max": rules.seed_max,
        "price_per_second": per_second,
        "price_per_task": per_task,
        "checked": rules.checked,
        "retired": rules.retired,
        "is_retired": row.is_retired,
        "at_service": at_service,
        "service_prices": prices_json(&row.prices),
    })
}

fn other_json(other: &Other<'_>) -> Value {
    json!({
        "name": other.name,
        "provider": other.provider,
        "is_endpoint": other.is_endpoint,
        "service_prices": prices_json(&other.prices),
    })
}

fn prices_json(prices: &BTreeMap<String, Money>) -> BTreeMap<&str, String> {
    prices.iter().map(|(by, price)| (by.as_str(), price.to_string())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_told_in_short() {
        for (list, text) in [
            (&[][..], "any"),
            (&[5], "5 s"),
            (&[10, 5], "5, 10 s"),
            (&[5, 6], "5, 6 s"),
            (&[4, 6, 8], "4, 6, 8 s"),
            (&[2, 3, 4, 5], "2-5 s"),
        ] {
            assert_eq!(lengths(list), text);
        }
    }
}
