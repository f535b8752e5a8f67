//! Which jobs a filter wants, in the order of the rows, told piece by piece.

use std::collections::BTreeSet;

use jiff::Timestamp;
use rusqlite::Connection;

use crate::job::{Clue, Facts, Filter, Job, JobId, Order};

use super::{
    JournalError, Reader,
    cards::{self, Read},
    reader::{bound, readable_jobs},
};

/// How many cards are looked at between two chances to give up: about two milliseconds.
const WINDOW: usize = 2000;
/// How many numbers are told at once where all jobs are wanted: about two milliseconds.
const ALL: usize = 20_000;
/// How many hits the first piece has at least, where there are so many: more than a screen shows.
const FIRST: usize = 100;
/// How many jobs at most are looked up one by one: it takes longer than to read all from one end where they are
/// more than a tenth of a large journal.
const MOST_CALLED: usize = 10_000;
/// How many runs of three letters are asked for: more narrow down no further.
const MOST_TRIGRAMS: usize = 24;

/// A search under way: which jobs are wanted, in which order, and how far it is.
#[derive(Clone, Debug)]
pub struct Search {
    filter: Filter,
    order: Order,
    now: Timestamp,
    /// The last number that was looked at.
    before: i64,
    /// The only numbers below that which can be wanted, rising; none where an index knows of too many.
    called: Option<Vec<i64>>,
    began: bool,
    done: bool,
}

impl Search {
    /// A search that begins. `now` is for the ages of jobs.
    pub fn new(filter: Filter, order: Order, now: Timestamp) -> Self {
        Self { filter, order, now, before: i64::MAX, called: None, began: false, done: false }
    }

    /// Whether all is told.
    pub fn is_done(&self) -> bool {
        self.done
    }

    /// The next piece of all that are wanted, newest first.
    fn piece(&mut self, conn: &Connection) -> Result<Vec<i64>, JournalError> {
        let mut found = Vec::new();
        if self.order != Order::default() {
            self.began = true;
            self.called = called(conn, &self.filter.clues(self.now), self.before)?;
            while !self.done {
                self.step(conn, &mut found)?;
            }
            return ordered(conn, found, self.order);
        }
        let least = if self.began { 0 } else { FIRST };
        self.step(conn, &mut found)?;
        if !self.began && !self.done && found.len() < least {
            self.called = called(conn, &self.filter.clues(self.now), self.before)?;
        }
        while !self.done && found.len() < least {
            self.step(conn, &mut found)?;
        }
        self.began = true;
        Ok(found)
    }

    fn step(&mut self, conn: &Connection, found: &mut Vec<i64>) -> Result<(), JournalError> {
        if self.filter.is_empty() {
            return self.step_over_all(conn, found);
        }
        if let Some(mut left) = self.called.take() {
            let next = left.split_off(left.len().saturating_sub(WINDOW / 4));
            self.done = left.is_empty();
            self.called = Some(left);
            return self.look_up(conn, next, found);
        }
        let sql = format!("SELECT {} FROM cards WHERE id < ?1 ORDER BY id DESC LIMIT ?2", cards::COLUMNS);
        let mut statement = conn.prepare_cached(&sql)?;
        let mut rows = statement.query((self.before, bound(WINDOW)))?;
        let mut count = 0;
        while let Some(row) = rows.next()? {
            let card = Read(row);
            self.before = card.id().0;
            found.extend(self.filter.wants(&card, self.now).then_some(self.before));
            count += 1;
        }
        self.done = count < WINDOW;
        Ok(())
    }

    /// Where nothing is asked for the numbers are enough, and an index has them: a tenth of the time, and of the pages.
    fn step_over_all(&mut self, conn: &Connection, found: &mut Vec<i64>) -> Result<(), JournalError> {
        let limit = if self.began { ALL } else { FIRST };
        let sql = "SELECT id FROM cards WHERE archived = 0 AND id < ?1 ORDER BY id DESC LIMIT ?2";
        let all = ids(conn, sql, (self.before, bound(limit)))?;
        self.before = all.last().copied().unwrap_or(0);
        self.done = all.len() < limit;
        found.extend(all);
        Ok(())
    }

    /// Looks at the cards of these numbers, the highest first.
    fn look_up(&self, conn: &Connection, rising: Vec<i64>, found: &mut Vec<i64>) -> Result<(), JournalError> {
        let sql = format!("SELECT {} FROM cards WHERE id = ?1", cards::COLUMNS);
        let mut statement = conn.prepare_cached(&sql)?;
        for id in rising.into_iter().rev() {
            let mut rows = statement.query([id])?;
            if let Some(row) = rows.next()? {
                found.extend(self.filter.wants(&Read(row), self.now).then_some(id));
            }
        }
        Ok(())
    }
}

impl Reader {
    /// The next jobs that a search finds, in the final order of the rows. The first piece has 100 at least,
    /// where there are so many. Newest first, each further piece takes a few milliseconds, and may be empty;
    /// in another order one piece has all. A row that cannot be read is left out.
    pub fn search(&self, search: &mut Search) -> Result<Vec<JobId>, JournalError> {
        if search.done {
            return Ok(Vec::new());
        }
        let (found, after) = self.read(|conn| {
            // All of a piece is of one moment.
            let tx = conn.unchecked_transaction()?;
            // A look may begin anew.
            let mut next = search.clone();
            Ok((next.piece(&tx)?, next))
        })?;
        *search = after;
        Ok(found.into_iter().map(JobId).collect())
    }

    /// Those of these jobs that exist and can be read, in the order of `ids`.
    pub fn jobs(&self, ids: &[JobId]) -> Result<Vec<Job>, JournalError> {
        self.read(|conn| {
            let mut jobs = Vec::with_capacity(ids.len());
            for id in ids {
                jobs.extend(readable_jobs(conn, "WHERE id = ?1", [id.0])?);
            }
            Ok(jobs)
        })
    }
}

/// Those of `found`, which fall, in this order. SQLite sorts, in bounded memory, what stands on the cards.
fn ordered(conn: &Connection, mut found: Vec<i64>, order: Order) -> Result<Vec<i64>, JournalError> {
    let (key, direction) = (cards::key(order.by), if order.falling { "DESC" } else { "ASC" });
    let sort = format!("ORDER BY {key} {direction}, id DESC");
    if found.len() <= MOST_CALLED {
        let mut list = String::from("[");
        for id in &found {
            if list.len() > 1 {
                list.push(',');
            }
            list += &id.to_string();
        }
        list.push(']');
        let sql = format!("SELECT id FROM cards WHERE id IN (SELECT value FROM json_each(?1)) {sort}");
        return ids(conn, &sql, [list]);
    }
    found.reverse();
    let mut all = ids(conn, &format!("SELECT id FROM cards {sort}"), ())?;
    all.retain(|id| found.binary_search(id).is_ok());
    Ok(all)
}

/// The numbers below `before`, rising, of the jobs that the clue tells of which there are the fewest; none
/// where each tells of too many.
fn called(conn: &Connection, clues: &[Clue], before: i64) -> Result<Option<Vec<i64>>, JournalError> {
    let mut best: Option<Vec<i64>> = None;
    for clue in clues {
        let most = best.as_ref().map_or(MOST_CALLED, Vec::len);
        best = follow(conn, clue, before, most)?.or(best);
    }
    Ok(best)
}

const LABELED: &str = "SELECT id FROM cards WHERE label = ?1 AND id < ?2";
const WORDED: &str = "SELECT rowid FROM card_words WHERE card_words MATCH ?1 AND rowid < ?2";

/// The jobs below `before` that a clue tells of, rising, where there are at most so many.
fn follow(
    conn: &Connection,
    clue: &Clue,
    before: i64,
    most: usize,
) -> Result<Option<Vec<i64>>, JournalError> {
    let limit = bound(most + 1);
    let mut found = BTreeSet::new();
    let mut add = |sql: &str, values: &[&dyn rusqlite::ToSql]| -> Result<bool, JournalError> {
        let mut statement = conn.prepare_cached(&format!("{sql} LIMIT {limit}"))?;
        let mut rows = statement.query(values)?;
        while let Some(row) = rows.next()? {
            found.insert(row.get::<_, i64>(0)?);
        }
        Ok(found.len() <= most)
    };
    let fits = match clue {
        Clue::Texts(texts) => match trigrams(texts.iter().map(String::as_str)) {
            Some(trigrams) => add(WORDED, &[&trigrams, &before])?,
            None => false,
        },
        Clue::Word(text, labels, id) => match trigrams([&**text].into_iter()) {
            Some(trigrams) => {
                let mut fits = add(WORDED, &[&trigrams, &before])?;
                for label in labels {
                    fits = fits && add(LABELED, &[label, &before])?;
                }
                fits && match id {
                    Some(id) => add("SELECT id FROM cards WHERE id = ?1 AND id < ?2", &[&id.0, &before])?,
                    None => true,
                }
            }
            None => false,
        },
        Clue::Labels(labels) => {
            let mut fits = true;
            for label in labels {
                fits = fits && add(LABELED, &[label, &before])?;
            }
            fits
        }
        Clue::Live => add("SELECT id FROM jobs WHERE live AND id < ?1", &[&before])?,
        Clue::Archived => add("SELECT id FROM cards WHERE archived = 1 AND id < ?1", &[&before])?,
        Clue::Faulty => add("SELECT id FROM cards WHERE faults IS NOT NULL AND id < ?1", &[&before])?,
        Clue::Parents(ranges) => {
            let mut fits = true;
            for range in ranges {
                let sql = "SELECT id FROM cards WHERE parent BETWEEN ?1 AND ?2 AND id < ?3";
                fits = fits && add(sql, &[range.start(), range.end(), &before])?;
            }
            fits
        }
        Clue::Numbers(range) => {
            let sql = "SELECT id FROM cards WHERE id BETWEEN ?1 AND ?2 AND id < ?3";
            add(sql, &[range.start(), range.end(), &before])?
        }
        Clue::Made(from, to) => {
            let sql = "SELECT id FROM jobs WHERE created_at BETWEEN ?1 AND ?2 AND id < ?3";
            // A microsecond more on either side, since the moments may be finer.
            let from = from.as_microsecond().saturating_sub(1);
            add(sql, &[&from, &to.as_microsecond().saturating_add(1), &before])?
        }
    };
    Ok(fits.then(|| found.into_iter().collect()))
}

/// What the index of words is asked for texts that must all be there; none where each is too short for it.
fn trigrams<'a>(texts: impl Iterator<Item = &'a str>) -> Option<String> {
    let mut asked = Vec::new();
    for text in texts {
        // The index passes NUL over.
        let letters: Vec<char> = text.chars().filter(|c| *c != '\0').collect();
        for three in letters.windows(3) {
            let three: String = three.iter().collect();
            let three = format!("\"{}\"", three.replace('"', "\"\""));
            if asked.len() < MOST_TRIGRAMS && !asked.contains(&three) {
                asked.push(three);
            }
        }
    }
    (!asked.is_empty()).then(|| asked.join(" "))
}

/// The numbers that a statement tells.
pub(super) fn ids(
    conn: &Connection,
    sql: &str,
    values: impl rusqlite::Params,
) -> Result<Vec<i64>, JournalError> {
    let mut statement = conn.prepare_cached(sql)?;
    let ids = statement.query_map(values, |row| row.get(0))?;
    Ok(ids.collect::<Result<_, _>>()?)
}
