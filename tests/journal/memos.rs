//! What the screen remembers.

use taxiway::journal::Journal;

use crate::help::*;

fn pair(name: &str, value: &str) -> (String, String) {
    (name.into(), value.into())
}

#[tokio::test]
async fn memos_are_kept_replaced_and_forgotten() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    assert_eq!(journal.memos().await.unwrap(), []);
    let odd = "a\0b'\";-- שלום \u{10ffff}";
    for (name, value) in [("preset.b", "1"), ("preset.a", odd), ("preset.b", "2"), ("", "")] {
        journal.remember(name.into(), Some(value.into())).await.unwrap();
    }
    for name in ["gone", ""] {
        journal.remember(name.into(), None).await.unwrap();
    }
    let rev = journal.rev().await.unwrap();
    drop(journal);
    let kept = [pair("preset.a", odd), pair("preset.b", "2")];
    assert_eq!(Journal::open(dir.path()).unwrap().memos().await.unwrap(), kept);
    let looking = Journal::open_read_only(dir.path()).unwrap();
    assert_eq!(looking.memos().await.unwrap(), kept);
    assert_eq!(looking.rev().await.unwrap(), rev, "they are no news of a job");
    let refused = looking.remember("preset.b".into(), None).await.unwrap_err();
    assert_eq!(refused.code(), "read_only");
}

#[tokio::test]
async fn a_memo_has_its_limits() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    let most = "x".repeat(64 * 1024);
    journal.remember("a".into(), Some(most.clone())).await.unwrap();
    let refused = journal.remember("a".into(), Some(format!("{most}x"))).await.unwrap_err();
    assert_eq!(refused.code(), "memo");
    assert!(refused.to_string().contains("\"a\"") && refused.to_string().contains("64 KiB"), "{refused}");
    assert_eq!(journal.memos().await.unwrap(), [pair("a", &most)], "the last one is kept");

    let conn = rusqlite::Connection::open(dir.path().join("journal.db")).unwrap();
    let fill = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 999)
                INSERT INTO memos SELECT 'n' || i, '' FROM n";
    conn.execute(fill, []).unwrap();
    let refused = journal.remember("b".into(), Some(String::new())).await.unwrap_err();
    assert!(refused.to_string().contains("1,000"), "{refused}");
    journal.remember("a".into(), Some("over the last one".into())).await.unwrap();
    journal.remember("n1".into(), None).await.unwrap();
    journal.remember("b".into(), Some(String::new())).await.unwrap();
    one(&journal).await;
}
