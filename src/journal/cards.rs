//! A card of each job: what filters and orders ask, in one narrow row beside the job's own, and the words in it
//! for SQLite's index of three letters. Cards are only found by; what is told of a job is read from its own row.

use jiff::Timestamp;
use rusqlite::{
    Connection, OptionalExtension, Row,
    types::{ToSqlOutput, ValueRef},
};

use crate::job::{Facts, Job, JobId, Money, OrderBy, State, Text, lower};

use super::{JournalError, reader::readable, row};

/// The columns of a card, in their order.
pub(super) const COLUMNS: &str = "id, label, live, archived, saved, created_at, progress, news, duration, seed, \
                                  cost, parent, model, ratio, profile, sweep, task_id, tags, prompt, folded, \
                                  faults, file";

const ID: usize = 0;
const LABEL: usize = 1;
const LIVE: usize = 2;
const ARCHIVED: usize = 3;
const SAVED: usize = 4;
const CREATED_AT: usize = 5;
const DURATION: usize = 8;
const SEED: usize = 9;
const COST: usize = 10;
const PARENT: usize = 11;
const MODEL: usize = 12;
const RATIO: usize = 13;
const PROFILE: usize = 14;
const SWEEP: usize = 15;
const TASK: usize = 16;
const TAGS: usize = 17;
const PROMPT: usize = 18;
const FAULTS: usize = 20;
const COUNT: usize = 22;

/// Between the texts of a list: no tag has it, and no word of a filter. The smallest there is, so that lists
/// stand in the order of their texts.
const BETWEEN: &str = "\0";

/// What one card holds.
struct Card<'j>([ToSqlOutput<'j>; COUNT]);

impl<'j> Card<'j> {
    fn of(job: &'j Job) -> Self {
        let text = |text: Option<&'j str>| text.map_or(null(), ToSqlOutput::from);
        let int = |int: Option<i64>| int.map_or(null(), ToSqlOutput::from);
        let news = job.last_polled_at.map(nanos);
        let file = job.result.as_ref().and_then(|result| result.files.first());
        let file = file.map(|file| ToSqlOutput::from(file.path.as_os_str().as_encoded_bytes()));
        Self([
            job.id.0.into(),
            job.label().into(),
            job.is_live().into(),
            job.archived.into(),
            job.is_saved().into(),
            job.created_at.as_microsecond().into(),
            job.progress.map_or(null(), ToSqlOutput::from),
            int(news),
            int(job.request.duration.map(i64::from)),
            int(job.request.seed.map(ranked)),
            int(job.cost().map(row::countable)),
            int(job.parent.map(|JobId(id)| id)),
            (*job.request.model).into(),
            text(job.text(Text::Ratio)),
            (*job.account.profile).into(),
            text(job.text(Text::Group)),
            text(job.text(Text::Task)),
            list(job.tags()),
            text(job.text(Text::Prompt)),
            folded(job.text(Text::Prompt).unwrap_or_default()),
            list(job.faults()),
            file.unwrap_or(null()),
        ])
    }
}

const fn null() -> ToSqlOutput<'static> {
    ToSqlOutput::Borrowed(ValueRef::Null)
}

fn list<'a>(texts: impl Iterator<Item = &'a str>) -> ToSqlOutput<'static> {
    let texts: Vec<_> = texts.collect();
    if texts.is_empty() { null() } else { texts.join(BETWEEN).into_bytes().into() }
}

/// The prompt in lower case where that is more than SQLite's `lower` knows, which is ASCII.
fn folded(prompt: &str) -> ToSqlOutput<'static> {
    if prompt.is_ascii() { null() } else { lower(prompt).collect::<String>().into() }
}

/// A moment by which to order, exact from 1678 to 2261.
fn nanos(at: Timestamp) -> i64 {
    i64::try_from(at.as_nanosecond()).unwrap_or(if at < Timestamp::UNIX_EPOCH { i64::MIN } else { i64::MAX })
}

/// A number that has one bit more than SQLite's, in the same order.
const fn ranked(number: u64) -> i64 {
    (number ^ (1 << 63)).cast_signed()
}

/// All in a job that plain words are looked for in and that is not known beforehand, as labels are.
fn words(job: &Job) -> String {
    let texts = [Text::Model, Text::Prompt, Text::Task].into_iter().filter_map(|which| job.text(which));
    let texts: Vec<_> = texts.chain(job.tags()).collect();
    lower(&texts.join("\n")).collect()
}

/// Stores a job's card, where it is another than the one that is stored.
pub(super) fn put(conn: &Connection, job: &Job) -> Result<(), JournalError> {
    let card = Card::of(job);
    let same = "SELECT (label, live, archived, saved, created_at, progress, news, duration, seed, cost, parent, ratio,
                        profile, sweep, faults, file) IS (?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?14, ?15,
                        ?16, ?21, ?22),
                       (model, task_id, tags, prompt, folded) IS (?13, ?17, ?18, ?19, ?20) FROM cards WHERE id = ?1";
    let same = conn
        .prepare_cached(same)?
        .query_row(rusqlite::params_from_iter(&card.0), |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    match same {
        Some((true, true)) => return Ok(()),
        Some((_, words)) => store(conn, job, &card, !words)?,
        None => store(conn, job, &card, true)?,
    }
    Ok(())
}

fn store(conn: &Connection, job: &Job, card: &Card, with_words: bool) -> Result<(), JournalError> {
    conn.prepare_cached(
        "INSERT OR REPLACE INTO cards VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16,
                                              ?17, ?18, ?19, ?20, ?21, ?22)",
    )?
    .execute(rusqlite::params_from_iter(&card.0))?;
    if with_words {
        conn.prepare_cached("INSERT OR REPLACE INTO card_words (rowid, text) VALUES (?1, ?2)")?
            .execute((job.id.0, words(job)))?;
    }
    Ok(())
}

/// Makes the cards of all jobs. A row that cannot be read gets none, with an error in the log.
pub(super) fn fill(conn: &Connection) -> Result<(), JournalError> {
    let mut statement = conn.prepare(&format!("SELECT {} FROM jobs ORDER BY id", row::COLUMNS))?;
    let mut rows = statement.query(())?;
    while let Some(found) = rows.next()? {
        if let Some(job) = readable(found)? {
            store(conn, &job, &Card::of(&job), true)?;
        }
    }
    Ok(())
}

/// The column by which cards stand in this order.
pub(super) const fn key(by: OrderBy) -> &'static str {
    match by {
        OrderBy::Id => "id",
        OrderBy::State => "label",
        OrderBy::Progress => "progress",
        OrderBy::Age => "created_at",
        OrderBy::News => "news",
        OrderBy::Model => "model",
        OrderBy::Seconds => "duration",
        OrderBy::Prompt => "ifnull(folded, lower(ifnull(prompt, '')))",
        OrderBy::File => "file",
        OrderBy::Ratio => "ratio",
        OrderBy::Seed => "seed",
        OrderBy::Cost => "cost",
        OrderBy::Tags => "tags",
        OrderBy::Task => "task_id",
    }
}

/// A card as it is read, of [`COLUMNS`]. Borrowed from SQLite: nothing is taken from the heap for it. The
/// table's types are strict, so a column is what it should be.
pub(super) struct Read<'r>(pub(super) &'r Row<'r>);

impl<'r> Read<'r> {
    fn int(&self, column: usize) -> Option<i64> {
        match self.0.get_ref(column) {
            Ok(ValueRef::Integer(int)) => Some(int),
            _ => None,
        }
    }

    fn is(&self, column: usize) -> bool {
        self.int(column).is_some_and(|int| int != 0)
    }

    fn str(&self, column: usize) -> Option<&'r str> {
        match self.0.get_ref(column) {
            Ok(ValueRef::Text(bytes) | ValueRef::Blob(bytes)) => std::str::from_utf8(bytes).ok(),
            _ => None,
        }
    }

    fn list(&self, column: usize) -> impl Iterator<Item = &'r str> {
        self.str(column).into_iter().flat_map(|texts| texts.split(BETWEEN))
    }
}

impl Facts for Read<'_> {
    fn id(&self) -> JobId {
        JobId(self.int(ID).unwrap_or_default())
    }

    fn state(&self) -> State {
        let label = self.label();
        Job::LABELS.iter().find(|(_, known)| *known == label).map_or(State::Held, |(state, _)| *state)
    }

    fn label(&self) -> &str {
        self.str(LABEL).unwrap_or_default()
    }

    fn is_live(&self) -> bool {
        self.is(LIVE)
    }

    fn is_archived(&self) -> bool {
        self.is(ARCHIVED)
    }

    fn is_saved(&self) -> bool {
        self.is(SAVED)
    }

    fn created_at(&self) -> Timestamp {
        self.int(CREATED_AT).and_then(|micros| row::moment(micros).ok()).unwrap_or_default()
    }

    fn parent(&self) -> Option<JobId> {
        self.int(PARENT).map(JobId)
    }

    fn duration(&self) -> Option<u32> {
        self.int(DURATION).and_then(|seconds| u32::try_from(seconds).ok())
    }

    fn seed(&self) -> Option<u64> {
        self.int(SEED).map(|ranked| ranked.cast_unsigned() ^ (1 << 63))
    }

    fn cost(&self) -> Option<Money> {
        self.int(COST).map(|micros| Money::from_micros(micros.unsigned_abs()))
    }

    fn text(&self, which: Text) -> Option<&str> {
        self.str(match which {
            Text::Model => MODEL,
            Text::Prompt => PROMPT,
            Text::Task => TASK,
            Text::Ratio => RATIO,
            Text::Profile => PROFILE,
            Text::Group => SWEEP,
        })
    }

    fn tags(&self) -> impl Iterator<Item = &str> {
        self.list(TAGS)
    }

    fn faults(&self) -> impl Iterator<Item = &str> {
        self.list(FAULTS)
    }
}
