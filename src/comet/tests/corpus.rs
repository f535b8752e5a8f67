//! What the fuzzer starts from, and what it ever found: replayed.

use std::{fs, path::Path};

use super::properties::read_both;

#[test]
fn the_corpus_of_the_fuzzer_is_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/reply");
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        let (status, body) = bytes.split_at(bytes.iter().position(|b| *b == b'\n').unwrap() + 1);
        read_both(std::str::from_utf8(status).unwrap().trim().parse().unwrap(), body);
        count += 1;
    }
    assert!(count >= 30, "{count} replies");
}
