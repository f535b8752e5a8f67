//! What a command shows, made the same on every machine and day: for snapshots, and for the schemas of
//! `docs/schema`.

use std::{fs, path::Path};

use serde_json::Value;

use crate::stage::{Ran, Stage};

/// What differs from run to run, and what stands for it in a snapshot.
pub const FILTERS: [(&str, &str); 10] = [
    (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "[uuid]"),
    (r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z\b", "[time]"),
    (r"\b\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?\b", "[time]"),
    (r"\b\d{4}-\d\d-\d\d-(\d+)-", "[day]-$1-"),
    (r"\breq-[0-9a-f]+\b", "[request]"),
    (r"\b[0-9a-f]{64}\b", "[sha256]"),
    (r"\b[0-9a-f]{32}\b", "[request]"),
    (r"\bprocess \d+", "process [pid]"),
    (r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00", "[time]"),
    (r"_time.:\d+", "_time: [time]"),
];

/// How the program ended, and what stands on its two streams.
pub fn shown(stage: &Stage, ran: &Ran) -> String {
    let told = format!("exit {}\n\n{}\n--- talk\n{}", ran.code().unwrap_or(-1), ran.out, ran.err);
    let home = stage.home.path().display().to_string();
    told.replace(&home, "[home]").replace(&stage.service.base_url(), "[service]")
}

/// Compares what a command shows with its snapshot in `tests/command/snapshots`.
macro_rules! assert_shown {
    ($stage:expr, $ran:expr, $name:expr) => {
        insta::with_settings!({
            filters => $crate::shown::FILTERS.to_vec(),
            snapshot_path => "snapshots",
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, {
            insta::assert_snapshot!($name, $crate::shown::shown(&$stage, &$ran));
        });
    };
}
pub(crate) use assert_shown;

/// The schemas name each other from here.
const BASE: &str = "https://schema.invalid/";

/// Fails unless the value is what `docs/schema/<name>.json` says.
#[track_caller]
pub fn assert_valid(name: &str, value: &Value) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schema");
    let read = |path: &Path| serde_json::from_str::<Value>(&fs::read_to_string(path).unwrap()).unwrap();
    let mut registry = jsonschema::Registry::new();
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        registry = registry.add(format!("{BASE}{file}"), read(&path)).unwrap();
    }
    let registry = registry.prepare().unwrap();
    let options = jsonschema::options().should_validate_formats(true).with_base_uri(BASE);
    let schema = read(&folder.join(format!("{name}.json")));
    let validator = options.with_registry(&registry).build(&schema).unwrap();
    let faults: Vec<_> =
        validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(faults.is_empty(), "not as docs/schema/{name}.json says: {faults:#?}\n{value:#}");
}
