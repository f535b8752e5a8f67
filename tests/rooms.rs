//! The house keeps its order: a room uses only rooms named before it, and what a room must not know
//! it does not name.
#![allow(clippy::unwrap_used, clippy::string_slice, reason = "a helper of a test may fail it")]

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The rooms from the ground up.
const ROOMS: [&str; 8] = ["stand_in", "job", "config", "comet", "journal", "engine", "dashboard", "command"];

/// Crates that belong to one side of the house only.
const FORBIDDEN: [(&str, &[&str]); 8] = [
    ("stand_in", &["reqwest", "rusqlite", "ratatui", "crossterm"]),
    ("job", &["tokio", "reqwest", "rusqlite", "ratatui", "crossterm", "std::fs", "std::time::SystemTime"]),
    ("config", &["reqwest", "tokio", "rusqlite", "ratatui", "crossterm"]),
    ("comet", &["rusqlite", "ratatui", "crossterm", "axum"]),
    ("journal", &["reqwest", "ratatui", "crossterm", "axum"]),
    ("engine", &["ratatui", "crossterm", "axum", "rusqlite"]),
    ("dashboard", &["rusqlite", "reqwest", "axum"]),
    ("command", &["ratatui"]),
];

fn sources(path: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

fn files_of(room: &str) -> Vec<(PathBuf, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = vec![src.join(format!("{room}.rs"))];
    sources(&src.join(room), &mut paths);
    paths.into_iter().map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect()
}

fn code_lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.starts_with("//"))
}

/// Whether a line names `name` as a path of its own, not as the end of another word.
fn names(line: &str, name: &str) -> bool {
    line.match_indices(&format!("{name}::")).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':')
    })
}

/// The rooms that a line enters: `crate::room`, alone or within braces after `crate::{`.
fn entered(text: &str) -> Vec<String> {
    let joined = code_lines(text).collect::<Vec<_>>().join(" ");
    let mut rooms = Vec::new();
    for (at, _) in joined.match_indices("crate::") {
        let rest = &joined[at + "crate::".len()..];
        if let Some(inside) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut word = String::new();
            for c in inside.chars() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    _ if depth > 0 => {}
                    ',' => rooms.push(std::mem::take(&mut word)),
                    _ => word.push(c),
                }
            }
            rooms.push(word);
        } else {
            rooms.push(rest.to_string());
        }
    }
    let first = |path: String| path.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    rooms.into_iter().map(first).collect()
}

#[test]
fn a_room_uses_only_rooms_before_it() {
    for (index, room) in ROOMS.iter().enumerate() {
        let open = if *room == "stand_in" { &ROOMS[..=0] } else { &ROOMS[1..=index] };
        // The command line wires everything together, the stand-in included.
        let open = if *room == "command" { &ROOMS[..] } else { open };
        for (path, text) in files_of(room) {
            for used in entered(&text) {
                let fine = !ROOMS.contains(&used.as_str())
                    || open.contains(&used.as_str())
                    || is_test_of(&path, &text, &used);
                assert!(fine, "{}: `{room}` must not use `{used}`", path.display());
            }
        }
    }
}

/// Tests inside a room may run it against the stand-in.
fn is_test_of(path: &Path, text: &str, used: &str) -> bool {
    let in_tests =
        path.file_stem().is_some_and(|stem| stem == "tests") || path.iter().any(|part| part == "tests");
    let production = text.split("#[cfg(test)]").next().unwrap_or_default();
    used == "stand_in" && (in_tests || !entered(production).iter().any(|room| room == used))
}

#[test]
fn the_dashboard_sees_neither_the_journal_nor_the_wire() {
    for (path, text) in files_of("dashboard") {
        for used in entered(&text) {
            assert!(
                used != "journal" && used != "comet",
                "{}: the screen must not use `{used}`",
                path.display()
            );
        }
    }
}

#[test]
fn what_a_room_must_not_know_it_does_not_name() {
    for (room, crates) in FORBIDDEN {
        for (path, text) in files_of(room) {
            let production = text.split("#[cfg(test)]").next().unwrap_or_default();
            for line in code_lines(production) {
                let named = crates.iter().find(|name| names(line, name));
                assert!(named.is_none(), "{}: `{room}` must not name {named:?}: {line}", path.display());
            }
        }
    }
}

#[test]
fn every_room_is_declared_and_has_a_face() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let library = fs::read_to_string(src.join("lib.rs")).unwrap();
    for room in ROOMS {
        assert!(library.contains(&format!("pub mod {room};")), "{room}");
        let face = fs::read_to_string(src.join(format!("{room}.rs"))).unwrap();
        assert!(face.starts_with("//! "), "the face of `{room}` does not say what it is for");
    }
    let main = fs::read_to_string(src.join("main.rs")).unwrap();
    assert!(main.lines().count() < 60, "main.rs only starts the program");
}

#[test]
fn files_stay_short() {
    for room in ROOMS {
        for (path, text) in files_of(room) {
            let production = text.split("#[cfg(test)]").next().unwrap_or_default();
            let code = code_lines(production).filter(|line| !line.is_empty()).count();
            assert!(code <= 420, "{} has {code} lines of code: it wants a room", path.display());
        }
    }
}
