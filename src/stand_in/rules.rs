//! What the service asks of the body of a request: the table of `reference/api.md §1`, and per model what
//! Runway's client types say. A model without a row is held to the table.

use std::ops::RangeInclusive;

use serde_json::{Map, Value, json};
use url::{Host, Url};

/// A request as far as the service looks at it.
#[derive(Debug, PartialEq)]
pub(super) struct Wish {
    pub model: String,
    pub prompt: String,
    pub seed: Option<u64>,
}

/// Why a request is turned away.
#[derive(Debug, PartialEq)]
pub(super) enum Refusal {
    /// Not a JSON object at all.
    Malformed(String),
    /// No channel serves this model.
    NoChannel(String),
    /// The model is there, but not for this key.
    NotAvailable(String),
    Issues(Vec<Issue>),
}

/// One field and what is wrong with it.
#[derive(Debug, PartialEq)]
pub(super) struct Issue {
    field: String,
    message: String,
}

impl Issue {
    pub(super) fn json(&self) -> Value {
        json!({"path": [self.field], "message": self.message})
    }
}

struct Model {
    name: &'static str,
    /// In UTF-16 code units.
    prompt_limit: usize,
    prompt_required: bool,
    ratios: &'static [&'static str],
    durations: &'static [u64],
}

const EIGHT: &[&str] =
    &["1280:720", "720:1280", "1104:832", "832:1104", "960:960", "1584:672", "1280:768", "768:1280"];
const SIX: &[&str] = &["1280:720", "720:1280", "1104:832", "832:1104", "960:960", "1584:672"];
const VEO: &[&str] = &["1280:720", "720:1280", "1080:1920", "1920:1080"];
const TWO_TO_TEN: &[u64] = &[2, 3, 4, 5, 6, 7, 8, 9, 10];

const DOCUMENTED: Model = Model {
    name: "gen3a_turbo",
    prompt_limit: 512,
    prompt_required: false,
    ratios: EIGHT,
    durations: &[5, 10],
};
const MODELS: &[Model] = &[
    DOCUMENTED,
    Model { name: "gen4_turbo", prompt_limit: 1000, ratios: SIX, durations: TWO_TO_TEN, ..DOCUMENTED },
    Model { name: "gen4.5", prompt_limit: 1000, prompt_required: true, ratios: SIX, durations: TWO_TO_TEN },
    Model { name: "veo3.1", prompt_limit: 1000, ratios: VEO, durations: &[4, 6, 8], ..DOCUMENTED },
    Model { name: "veo3.1_fast", prompt_limit: 1000, ratios: VEO, durations: &[4, 6, 8], ..DOCUMENTED },
];

const FIELDS: &[&str] = &["promptImage", "model", "promptText", "seed", "duration", "ratio", "watermark"];
const SEEDS: RangeInclusive<u64> = 0..=999_999_999;
/// Characters, `reference/api.md §7`.
const URL_LIMIT: usize = 2048;
/// Characters, `reference/api.md §7`.
const DATA_URI_LIMIT: usize = 5_242_880;

/// The names of the models that are served.
pub(super) fn models() -> impl Iterator<Item = &'static str> {
    MODELS.iter().map(|model| model.name)
}

/// Reads the body of a request. All that is wrong with it is told at once, as the service does; a model that
/// cannot be had is told first.
pub(super) fn read(body: &[u8]) -> Result<Wish, Refusal> {
    let fields: Map<String, Value> =
        serde_json::from_slice(body).map_err(|error| Refusal::Malformed(error.to_string()))?;
    let name = fields.get("model").and_then(Value::as_str).unwrap_or_default();
    if name == "refused" || name.starts_with("unknown-") {
        return Err(Refusal::NoChannel(name.into()));
    }
    if name.ends_with("_forbidden") {
        return Err(Refusal::NotAvailable(name.into()));
    }
    let model = MODELS.iter().find(|model| model.name == name).unwrap_or(&DOCUMENTED);
    let mut issues: Vec<Issue> = FIELDS
        .iter()
        .filter_map(|&field| match fields.get(field) {
            Some(value) => wrong(field, value, model).map(|message| Issue { field: field.into(), message }),
            None => missing(field, model).then(|| Issue { field: field.into(), message: "Required".into() }),
        })
        .collect();
    issues.extend(
        fields
            .keys()
            .filter(|key| !FIELDS.contains(&key.as_str()))
            .map(|key| Issue { field: key.clone(), message: format!("Unrecognized key: \"{key}\"") }),
    );
    if issues.is_empty() {
        let prompt = fields.get("promptText").and_then(Value::as_str).unwrap_or_default();
        let seed = fields.get("seed").and_then(Value::as_u64);
        Ok(Wish { model: name.into(), prompt: prompt.into(), seed })
    } else {
        Err(Refusal::Issues(issues))
    }
}

fn missing(field: &str, model: &Model) -> bool {
    matches!(field, "promptImage" | "model") || field == "promptText" && model.prompt_required
}

/// What is wrong with a field that is there.
fn wrong(field: &str, value: &Value, model: &Model) -> Option<String> {
    match field {
        "promptImage" => image(value),
        "model" => match value.as_str() {
            None => Some(expected("string", value)),
            Some(name) => name.is_empty().then(|| "String must contain at least 1 character(s)".into()),
        },
        "promptText" => prompt(value, model.prompt_limit),
        "seed" => match value.as_u64() {
            Some(seed) if SEEDS.contains(&seed) => None,
            _ if value.is_number() => Some(format!(
                "Expected an integer from {} to {}, received {value}",
                SEEDS.start(),
                SEEDS.end()
            )),
            _ => Some(expected("number", value)),
        },
        "duration" => match value.as_u64() {
            Some(seconds) if model.durations.contains(&seconds) => None,
            _ if value.is_number() => {
                Some(format!("Invalid duration {value}, expected one of {:?}", model.durations))
            }
            _ => Some(expected("number", value)),
        },
        "ratio" => match value.as_str() {
            None => Some(expected("string", value)),
            Some(ratio) => (!model.ratios.contains(&ratio)).then(|| {
                format!("Invalid enum value. Expected one of {:?}, received {ratio:?}", model.ratios)
            }),
        },
        _ => (!value.is_boolean()).then(|| expected("boolean", value)),
    }
}

fn image(value: &Value) -> Option<String> {
    let Some(text) = value.as_str() else { return Some(expected("string", value)) };
    if text.starts_with("data:image/") {
        let too_long = text.chars().count() > DATA_URI_LIMIT;
        return too_long.then(|| format!("Data URI must contain at most {DATA_URI_LIMIT} character(s)"));
    }
    if text.chars().count() > URL_LIMIT {
        return Some(format!("URL must contain at most {URL_LIMIT} character(s)"));
    }
    match Url::parse(text) {
        Ok(url) if url.scheme() == "https" && matches!(url.host(), Some(Host::Domain(_))) => None,
        _ => Some("Invalid url: expected an HTTPS URL with a host name".into()),
    }
}

fn prompt(value: &Value, limit: usize) -> Option<String> {
    let Some(text) = value.as_str() else { return Some(expected("string", value)) };
    let length = text.encode_utf16().count();
    if length == 0 {
        Some("String must contain at least 1 character(s)".into())
    } else {
        (length > limit)
            .then(|| format!("String must contain at most {limit} character(s), received {length}"))
    }
}

fn expected(kind: &str, value: &Value) -> String {
    let received = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    format!("Expected {kind}, received {received}")
}
