//! The JSON schema of the config file, for editors: made from the known names, the readers' bounds, and the
//! words and defaults of the example.

use std::{collections::HashMap, ops::RangeInclusive};

use serde_json::{Map, Value, json};

use super::{
    example::{Item, example},
    key::{KEY, Kind, TOKEN},
    known::{Names, names_at},
    read,
    screen::{COLORS, COLUMNS, DESKTOPS, MODIFIERS, THEMES},
    units::SIZES,
};

/// Stands for a name that the user makes up.
const ANY: &str = "*";
const DURATION: &str = "^[0-9]+(ms|s|m|h|d)$";
/// The same, of more than nothing.
const LIMIT: &str = "^0*[1-9][0-9]*(ms|s|m|h|d)$";
const MONEY: &str = r"[0-9]+(\.[0-9]{0,6})?";
const RATIO: &str = "[0-9]+:[0-9]+";
const WORD: &str = "^[!-~]+$";
/// A secret, with blanks around it.
const SECRET: &str = r"^\s*[!-~]+\s*$";
const VARIABLE: &str = "^[A-Za-z_][A-Za-z0-9_]*$";
/// What is no secret in the wrong place.
const NO_SECRET: &str = "^(?!sk-)";
/// https, or http on this machine.
const ADDRESS: &str = r"^\s*([Hh][Tt][Tt][Pp][Ss]://[^/?#@]+|[Hh][Tt][Tt][Pp]://(127\.[0-9.]+|localhost|\[::1\])(:[0-9]+)?)(/[^?#]*)?\s*$";
const DAY: &str = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$";

/// The schema of the config file, after draft 2020-12. It knows less than `config check`: not whether files are
/// there and profiles are named, nor what two settings together mean.
pub fn schema() -> Value {
    let told = told();
    let mut schema = table(&[], &told);
    let mut whole = Map::new();
    whole.insert("$schema".into(), "https://json-schema.org/draft/2020-12/schema".into());
    whole.insert("title".into(), "The settings of Taxiway: config.toml".into());
    whole.append(schema.as_object_mut().unwrap_or(&mut Map::new()));
    whole.into()
}

/// The words of a table or setting, and its default or an example, by its path.
type Told = HashMap<Vec<String>, Map<String, Value>>;

fn told() -> Told {
    let (mut told, mut path) = (Told::new(), Vec::new());
    for item in example() {
        match item {
            Item::Words(_) => {}
            Item::Table { header, words } => {
                let names = header.trim_matches(['[', ']']).split_once('.');
                path = match names {
                    Some((table, _)) => vec![table.to_owned(), ANY.into()],
                    None => vec![header.trim_matches(['[', ']']).to_owned()],
                };
                told.insert(path.clone(), Map::from_iter([("description".to_owned(), words.into())]));
            }
            Item::Setting { name, value, is_default, words } => {
                let mut about = Map::from_iter([("description".to_owned(), words.into())]);
                if let Some(value) = in_json(value) {
                    let (name, value) =
                        if is_default { ("default", value) } else { ("examples", json!([value])) };
                    about.insert(name.into(), value);
                }
                told.insert([&path[..], &[name.to_owned()]].concat(), about);
            }
        }
    }
    told
}

fn in_json(value: &str) -> Option<Value> {
    let table: toml::Table = format!("x = {value}").parse().ok()?;
    serde_json::to_value(table.get("x")?).ok()
}

/// What the table at `path` may hold.
fn table(path: &[&str], told: &Told) -> Value {
    let mut schema = json!({ "type": "object" });
    let below = |name: &'static str| {
        let path = [path, &[name]].concat();
        let schema = if names_at(&path).is_some() { table(&path, told) } else { value(&path) };
        with_words(schema, &path, told)
    };
    match names_at(path) {
        Some(Names::Only(names)) => {
            let fields: Map<_, _> = names.iter().map(|name| ((*name).to_owned(), below(name))).collect();
            schema["properties"] = fields.into();
            schema["additionalProperties"] = false.into();
        }
        _ => schema["additionalProperties"] = below(ANY),
    }
    if path == ["themes"] {
        schema["propertyNames"] = json!({ "not": { "enum": THEMES } });
    }
    if let ["profiles", _] = path {
        schema["allOf"] = json!([one_way(KEY), one_way(TOKEN)]);
    }
    schema
}

/// A profile names a secret in one way at most.
fn one_way(Kind { ways, .. }: Kind) -> Value {
    let pairs: Vec<_> = ways
        .iter()
        .enumerate()
        .flat_map(|(at, one)| ways.iter().skip(at + 1).map(move |other| json!({ "required": [one, other] })))
        .collect();
    json!({ "not": { "anyOf": pairs } })
}

fn with_words(mut schema: Value, path: &[&str], told: &Told) -> Value {
    let path: Vec<String> = path.iter().map(ToString::to_string).collect();
    if let (Some(about), Some(fields)) = (told.get(&path), schema.as_object_mut()) {
        fields.extend(about.clone());
    }
    schema
}

/// What the setting at `path` may be.
fn value(path: &[&str]) -> Value {
    match path {
        ["profiles", _, name] => of_profile(name),
        ["models", _, name] => of_model(name),
        ["themes", _, _] => style(),
        ["keys", _] => list(&json!({ "type": "string" })),
        ["defaults", "model"] => text(WORD),
        ["defaults", "ratio"] => text(&format!("^({RATIO})?$")),
        ["defaults", "duration"] => whole(&read::SECONDS),
        ["submit", "confirm"] => text(&format!(r"^(always|never|above:\s*{MONEY}\s*)$")),
        ["submit", "max_active"] => whole(&read::COUNT),
        ["poll", "jitter"] => text(DURATION),
        ["poll", "requests_per_second"] => whole(&read::RATE),
        ["submit" | "poll", _] => text(LIMIT),
        ["download", "auto"] | ["ui", "ascii" | "mouse" | "fuzzy"] | ["notify", "bell" | "title"] => truth(),
        ["download", "dir"] => text("^([^~]|~$|~/)"),
        ["download", "name"] => file_name(),
        ["download", "max_parallel"] => whole(&read::PARALLEL),
        ["download", "max_bytes"] => size(),
        ["budget", _] => money(),
        ["ui", "columns"] => {
            let mut columns = list(&json!({ "enum": COLUMNS }));
            columns["uniqueItems"] = true.into();
            columns["minItems"] = 1.into();
            columns
        }
        ["notify", "desktop"] => json!({ "enum": DESKTOPS.map(|(word, _)| word) }),
        ["notify", "command"] => program(0, "^[^\\u0000]+$"),
        // A profile's name, and a theme's, which may be the user's own.
        _ => json!({ "type": "string" }),
    }
}

fn of_profile(name: &str) -> Value {
    match name {
        "base_url" => text(ADDRESS),
        "key" | "access_token" => {
            let mut secret = text(SECRET);
            secret["writeOnly"] = true.into();
            secret
        }
        "runway_version" => text(WORD),
        "ca_file" => text("^(.|\\n)"),
        name if name.ends_with("_env") => text(VARIABLE),
        name if name.ends_with("_command") => program(1, &format!("{NO_SECRET}[^\\u0000]+$")),
        _ => text(&format!("{NO_SECRET}(.|\\n)")),
    }
}

fn of_model(name: &str) -> Value {
    match name {
        "ratios" => list(&text(&format!("^{RATIO}$"))),
        "durations" => list(&whole(&read::SECONDS)),
        "prompt_limit" => whole(&read::LENGTH),
        "prompt_required" => truth(),
        "seed_max" => json!({ "type": "integer", "minimum": 0 }),
        "checked" => text(DAY),
        "retired" => text(&format!("^$|{DAY}")),
        _ => money(),
    }
}

fn truth() -> Value {
    json!({ "type": "boolean" })
}

fn text(pattern: &str) -> Value {
    json!({ "type": "string", "pattern": pattern })
}

fn whole(range: &RangeInclusive<u32>) -> Value {
    json!({ "type": "integer", "minimum": range.start(), "maximum": range.end() })
}

fn list(items: &Value) -> Value {
    json!({ "type": "array", "items": items })
}

/// A program and its arguments.
fn program(least: u32, first: &str) -> Value {
    json!({ "type": "array", "minItems": least, "prefixItems": [text(first)], "items": text("^[^\\u0000]*$") })
}

fn money() -> Value {
    json!({ "anyOf": [text(&format!("^{MONEY}$")), { "type": "number", "minimum": 0 }] })
}

fn size() -> Value {
    let units = SIZES.map(|(unit, _)| unit).join("|");
    json!({ "anyOf": [text(&format!("^0*[1-9][0-9]*({units})$")), { "type": "integer", "minimum": 1 }] })
}

fn file_name() -> Value {
    let (plain, filled) = (r"[^{}/\\\u0000-\u001f\u007f]*", read::FILLED.join("|"));
    text(&format!(r"^(?=.*\S){plain}(\{{({filled})\}}{plain})*$"))
}

/// At most one colour among the words. That none comes twice, the words alone tell.
fn style() -> Value {
    let (colors, modifiers) = (COLORS.join("|"), MODIFIERS.join("|"));
    text(&format!(r"^\s*(({modifiers})\s+)*({colors}|{modifiers})(\s+({modifiers}))*\s*$"))
}
