//! The JSON schema of the config file says what the readers say.

use std::{collections::BTreeSet, fs};

use jsonschema::Validator;
use serde_json::{Map, Value};
use taxiway::config::{Item, example, schema};

use crate::{Machine, corpus};

fn validator() -> Validator {
    jsonschema::options().should_validate_formats(true).build(&schema()).unwrap()
}

/// TOML as an editor hands it to a schema: a moment is a text.
fn to_json(value: toml::Value) -> Value {
    match value {
        toml::Value::Datetime(moment) => moment.to_string().into(),
        toml::Value::Array(items) => items.into_iter().map(to_json).collect(),
        toml::Value::Table(table) => {
            table.into_iter().map(|(name, value)| (name, to_json(value))).collect::<Map<_, _>>().into()
        }
        other => serde_json::to_value(other).unwrap(),
    }
}

/// A config file as JSON; none where it is no TOML.
fn read(text: &str) -> Option<Value> {
    let table: toml::Table = text.trim_start_matches('\u{feff}').parse().ok()?;
    Some(to_json(table.into()))
}

/// The places that the schema finds fault with, as `poll.interval`.
fn faults(validator: &Validator, value: &Value) -> BTreeSet<String> {
    let place = |error: jsonschema::ValidationError<'_>| {
        let mut steps: Vec<String> = error
            .instance_path()
            .to_string()
            .split('/')
            .skip(1)
            .map(|step| step.replace("~1", "/"))
            .collect();
        // A list is one setting, whichever of its items is wrong.
        steps.retain(|step| step.parse::<usize>().is_err());
        steps.join(".")
    };
    validator.iter_errors(value).map(place).collect()
}

#[test]
fn it_is_a_schema_and_every_setting_in_it_has_words() {
    let schema = schema();
    assert!(jsonschema::draft202012::meta::is_valid(&schema));
    let example = example().len();
    let text = schema.to_string();
    assert!(text.matches("\"description\":").count() >= example - 2, "{text}");
    let at = |pointer: &str| schema.pointer(pointer).unwrap();
    assert_eq!(at("/properties/poll/properties/interval/default"), "5s");
    assert_eq!(at("/properties/submit/properties/max_active/maximum"), 10_000);
    assert_eq!(at("/properties/models/additionalProperties/properties/seed_max/examples/0"), 999_999_999);
    assert!(at("/properties/ui/properties/columns/items/enum").as_array().unwrap().len() > 10);
}

#[test]
fn the_example_and_all_valid_files_pass() {
    let validator = validator();
    let whole = include_str!("../../config.example.toml");
    // As it stands, and with the settings that have no default, but one way to name each secret.
    let ways = [
        "key_env",
        "key_file",
        "key_command",
        "access_token_env",
        "access_token_file",
        "access_token_command",
    ];
    let is_other_way = |line: &str| ways.iter().any(|way| line.starts_with(&format!("#{way} ")));
    let bare = whole.lines().filter(|line| !is_other_way(line)).map(|line| match line.strip_prefix('#') {
        Some(rest) if !rest.starts_with(' ') => rest,
        _ => line,
    });
    let texts = [whole.to_owned(), bare.collect::<Vec<_>>().join("\n")];
    let files = corpus("valid").into_iter().map(|file| fs::read_to_string(file).unwrap());
    for text in texts.into_iter().chain(files) {
        let value = read(&text).unwrap();
        let told: Vec<_> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
        assert!(told.is_empty(), "{told:#?}\n{text}");
    }
}

/// What is wrong for a reason that lies outside of the file, or in two settings together.
const BEYOND: [&str; 9] = [
    "cannot read",
    "is not set",
    "there is no profile",
    "stands beside models.both.price_per_second",
    "the service asks not to be polled faster",
    "expected at least poll.interval",
    "expected a theme:",
    "at most \"365d\"",
    "found 0.1234567",
];

/// `a."b.c".d` as the schema's places are joined here.
fn plain(name: &str) -> String {
    name.replace('"', "")
}

#[test]
fn what_the_readers_refuse_in_the_corpus_it_refuses_at_the_same_place() {
    let validator = validator();
    let mut compared = 0;
    for file in corpus("invalid") {
        let text = fs::read_to_string(&file).unwrap();
        let Some(value) = read(&text) else { continue };
        let found = faults(&validator, &value);
        let config = Machine::new().config(&text).load();
        for fault in config.faults.iter().chain(&config.warnings) {
            if BEYOND.iter().any(|words| fault.message.contains(words)) {
                continue;
            }
            // An unknown name, or two ways for one secret, is told of the table that it stands in.
            let name = plain(&fault.name);
            let table = name.rsplit_once('.').map_or("", |(table, _)| table);
            let is_of_table = fault.message.contains("not a known setting")
                || fault.message.contains("stands beside")
                || fault.message.contains("is built in");
            let place = if is_of_table { table } else { &name };
            assert!(found.contains(place), "{}: {fault}\n{found:?}", file.display());
            compared += 1;
        }
    }
    assert!(compared > 70, "{compared}");
}

/// Every setting with many values: the schema lets through what the readers do, and nothing else.
#[test]
fn each_setting_takes_what_its_reader_takes() {
    const VALUES: [&str; 46] = [
        "true",
        "0",
        "1",
        "5",
        "32",
        "33",
        "3600",
        "3601",
        "10001",
        "-1",
        "1000001",
        "0.25",
        "1.5",
        "-0.5",
        "\"\"",
        "\" \"",
        "\"5s\"",
        "\"0s\"",
        "\"250ms\"",
        "\"5 s\"",
        "\"2GiB\"",
        "\"0GiB\"",
        "\"2G\"",
        "\"always\"",
        "\"above:0.50\"",
        "\"above: 1\"",
        "\"above:-1\"",
        "\"auto\"",
        "\"1280:720\"",
        "\"wide\"",
        "\"sk-x\"",
        "\"two words\"",
        "\"bold bright-cyan dim\"",
        "\"red blue\"",
        "\"~/x\"",
        "\"~x\"",
        "\"{date}-{id}\"",
        "\"{day}\"",
        "\"https://h/x/v1\"",
        "\"http://h\"",
        "\"http://127.0.0.1:8/\"",
        "\"0.1234567\"",
        "2026-05-01",
        "[]",
        "[\"id\"]",
        "[5]",
    ];
    let validator = validator();
    let mut machine = Machine::new();
    let mut table = "";
    let (mut compared, mut differences) = (0, Vec::new());
    for item in example() {
        let Item::Setting { name, .. } = item else {
            if let Item::Table { header, .. } = item {
                table = header;
            }
            continue;
        };
        // A day without quotes is a text to a schema.
        for value in
            VALUES.iter().filter(|value| **value != "2026-05-01" || matches!(name, "checked" | "retired"))
        {
            let text = format!("{table}\n{name} = {value}\n");
            machine = machine.config(&text);
            let config = machine.load();
            let told = || config.faults.iter().chain(&config.warnings);
            if told().any(|fault| BEYOND.iter().any(|words| fault.message.contains(words))) {
                continue;
            }
            let value = read(&text).unwrap();
            let found = faults(&validator, &value);
            if found.is_empty() != told().next().is_none() {
                let told: Vec<_> = told().map(ToString::to_string).collect();
                differences.push(format!("{text}{found:?} {told:?}"));
            }
            compared += 1;
        }
    }
    assert!(differences.is_empty(), "{differences:#?}");
    assert!(compared > 2_500, "{compared}");
}
