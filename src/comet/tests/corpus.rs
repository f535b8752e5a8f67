//! What the fuzzer starts from, and what it ever found: replayed.

use std::{fs, path::Path};

use super::properties::read_both;

#[test]
fn the_corpus_of_the_fuzzer_is_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/reply");
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        // As the fuzzer reads it: without a line with a status all of it is the body of a 200.
        let line = bytes.split_at_checked(4).filter(|(line, _)| line.ends_with(b"\n"));
        let told =
            line.and_then(|(line, body)| Some((std::str::from_utf8(line).ok()?.trim().parse().ok()?, body)));
        let (status, body) = told.filter(|(status, _)| *status >= 100).unwrap_or((200, &bytes));
        read_both(status, body);
        count += 1;
    }
    assert!(count >= 30, "{count} replies");
}
