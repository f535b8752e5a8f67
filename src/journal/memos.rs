//! Small notes of the screen's own, as presets and drafts: names with values, which mean nothing here.

use rusqlite::{Connection, OptionalExtension};

use super::JournalError;

/// The longest value, in bytes.
const VALUE_MAX: usize = 64 * 1024;
/// The most memos.
const MEMOS_MAX: i64 = 1000;

/// All memos, by name.
pub(super) fn all(conn: &Connection) -> Result<Vec<(String, String)>, JournalError> {
    let mut statement = conn.prepare_cached("SELECT name, value FROM memos ORDER BY name")?;
    let memos = statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(memos.collect::<Result<_, _>>()?)
}

/// Stores a value under its name, over the last one; without a value the name is forgotten.
pub(super) fn remember(conn: &Connection, name: &str, value: Option<&str>) -> Result<(), JournalError> {
    let Some(value) = value else {
        conn.prepare_cached("DELETE FROM memos WHERE name = ?1")?.execute([name])?;
        return Ok(());
    };
    let refused = |why| Err(JournalError::Memo { name: name.into(), why });
    if value.len() > VALUE_MAX {
        return refused("it is larger than 64 KiB");
    }
    let is_known = conn
        .prepare_cached("SELECT 1 FROM memos WHERE name = ?1")?
        .query_row([name], |_| Ok(()))
        .optional()?;
    let count: i64 = conn.prepare_cached("SELECT count(*) FROM memos")?.query_row((), |row| row.get(0))?;
    if is_known.is_none() && count >= MEMOS_MAX {
        return refused("there are 1,000 already");
    }
    conn.prepare_cached("INSERT OR REPLACE INTO memos (name, value) VALUES (?1, ?2)")?
        .execute([name, value])?;
    Ok(())
}
