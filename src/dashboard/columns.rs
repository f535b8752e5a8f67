//! What the table can show of a job: the columns, which of them fit, and the order of rows by one of them.

use crate::job::{Order, OrderBy};

/// A column of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// The job's number.
    Id,
    /// Where it stands.
    State,
    /// How far it is, drawn.
    Progress,
    /// Since it was made; at rest, the day.
    Age,
    /// Since the last good news; at rest, the minute.
    News,
    /// The model.
    Model,
    /// The video's length.
    Seconds,
    /// The prompt.
    Prompt,
    /// The file, or why there is none.
    File,
    /// The ratio.
    Ratio,
    /// The seed.
    Seed,
    /// What it costs.
    Cost,
    /// The user's labels.
    Tags,
    /// The service's name for its task.
    Task,
    /// What such jobs usually take.
    Eta,
}

/// What there is to know of a column.
#[derive(Clone, Copy, Debug)]
pub struct ColumnSpec {
    /// Which.
    pub column: Column,
    /// Its name in `ui.columns`, in `:sort` and in the list of `s`.
    pub name: &'static str,
    /// What stands over it.
    pub title: &'static str,
    /// How many cells it takes at least.
    pub least: usize,
    /// The gap before it.
    pub gap: usize,
    /// Whether its text stands at the right.
    pub right: bool,
    /// Who is left out first when room is short: the highest.
    pub rank: u8,
    /// What it shows, for the list of `s` and the config's docs.
    pub help: &'static str,
}

const fn spec(
    (column, name, title): (Column, &'static str, &'static str),
    (least, gap, right): (usize, usize, bool),
    rank: u8,
    help: &'static str,
) -> ColumnSpec {
    ColumnSpec { column, name, title, least, gap, right, rank, help }
}

/// All columns.
#[rustfmt::skip]
pub static COLUMNS: [ColumnSpec; 15] = [
    spec((Column::Id, "id", "ID"), (3, 0, true), 0, "the job's number"),
    spec((Column::State, "state", "STATE"), (12, 1, false), 1, "where it stands"),
    spec((Column::Progress, "progress", "PROGRESS"), (8, 1, false), 14, "how far it is, as a bar"),
    spec((Column::Age, "age", "AGE"), (5, 1, true), 4, "since it was made; at rest the day"),
    spec((Column::News, "news", "NEWS"), (5, 1, true), 3, "since the last good news; at rest the time"),
    spec((Column::Model, "model", "MODEL"), (11, 2, false), 5, "the model"),
    spec((Column::Seconds, "sec", "SEC"), (3, 1, true), 7, "the video's length in seconds"),
    spec((Column::Prompt, "prompt", "PROMPT"), (12, 2, false), 2, "the prompt"),
    spec((Column::File, "file", "FILE"), (10, 2, false), 6, "the video's file, or why there is none"),
    spec((Column::Ratio, "ratio", "RATIO"), (9, 2, false), 9, "the ratio"),
    spec((Column::Seed, "seed", "SEED"), (10, 1, true), 8, "the seed"),
    spec((Column::Cost, "cost", "COST"), (6, 1, true), 10, "the price, by the table or the account"),
    spec((Column::Tags, "tags", "TAGS"), (10, 2, false), 11, "your labels"),
    spec((Column::Task, "task", "TASK"), (12, 2, false), 13, "the service's name for its task"),
    spec((Column::Eta, "eta", "USUALLY"), (9, 2, false), 12, "what such jobs usually take"),
];

impl Column {
    /// What there is to know of it.
    pub fn spec(self) -> &'static ColumnSpec {
        COLUMNS.iter().find(|spec| spec.column == self).unwrap_or(&COLUMNS[0])
    }

    /// The column of this name.
    pub fn named(name: &str) -> Option<Self> {
        COLUMNS.iter().find(|spec| spec.name == name).map(|spec| spec.column)
    }
}

/// The order of the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    /// By this; jobs that are the same in it stand newest first.
    pub by: Column,
    /// Falling instead of rising.
    pub falling: bool,
}

impl Default for Sort {
    /// Newest first.
    fn default() -> Self {
        Self { by: Column::Id, falling: true }
    }
}

impl Sort {
    /// Its name for the memo and the title, as `state` or `-age`.
    pub fn word(self) -> String {
        format!("{}{}", if self.falling { "-" } else { "" }, self.by.spec().name)
    }

    /// The same for people.
    pub fn tell(self) -> String {
        format!("{} {}", self.by.spec().name, if self.falling { "↓" } else { "↑" })
    }

    /// Reads [`Sort::word`].
    pub fn parse(word: &str) -> Option<Self> {
        let name = word.strip_prefix('-');
        Some(Self { by: Column::named(name.unwrap_or(word))?, falling: name.is_some() })
    }

    /// What it means for jobs.
    pub fn order(self) -> Order {
        let by = match self.by {
            Column::Id => OrderBy::Id,
            Column::State => OrderBy::State,
            Column::Progress => OrderBy::Progress,
            Column::Age => OrderBy::Age,
            Column::News => OrderBy::News,
            Column::Model => OrderBy::Model,
            Column::Seconds | Column::Eta => OrderBy::Seconds,
            Column::Prompt => OrderBy::Prompt,
            Column::File => OrderBy::File,
            Column::Ratio => OrderBy::Ratio,
            Column::Seed => OrderBy::Seed,
            Column::Cost => OrderBy::Cost,
            Column::Tags => OrderBy::Tags,
            Column::Task => OrderBy::Task,
        };
        Order { by, falling: self.falling }
    }
}

/// A column as it is shown.
#[derive(Clone, Copy, Debug)]
pub struct Shown {
    /// What it is.
    pub spec: &'static ColumnSpec,
    /// Its cells.
    pub width: usize,
}

/// Of the `wanted` columns those that fit into so many cells, in the wanted order: the least important are
/// left out first, and what is left is shared between prompt and file.
pub fn fit(wanted: &[Column], width: usize, largest_id: i64) -> Vec<Shown> {
    let id_width = largest_id.to_string().len();
    let mut shown: Vec<_> = wanted
        .iter()
        .map(|column| {
            let spec = column.spec();
            let width = if *column == Column::Id { spec.least.max(id_width) } else { spec.least };
            Shown { spec, width }
        })
        .collect();
    let used = |shown: &[Shown]| shown.iter().map(|shown| shown.width + shown.spec.gap).sum::<usize>();
    while used(&shown) > width && !shown.is_empty() {
        let worst = shown.iter().map(|shown| shown.spec.rank).max();
        shown.retain(|shown| Some(shown.spec.rank) != worst);
    }
    let left = width.saturating_sub(used(&shown));
    let has = |column| shown.iter().any(|shown| shown.spec.column == column);
    let (prompt, file) = match (has(Column::Prompt), has(Column::File)) {
        (true, true) => (left.div_ceil(2), left / 2),
        (true, false) => (left, 0),
        (false, _) => (0, left),
    };
    for column in &mut shown {
        match column.spec.column {
            Column::Prompt => column.width += prompt,
            Column::File => column.width += file,
            _ => {}
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the table shows when nobody says otherwise.
    const USUAL: [Column; 9] = [
        Column::Id,
        Column::State,
        Column::Progress,
        Column::Age,
        Column::News,
        Column::Model,
        Column::Seconds,
        Column::Prompt,
        Column::File,
    ];

    fn widths(width: usize) -> Vec<(Column, usize)> {
        fit(&USUAL, width, 12).iter().map(|shown| (shown.spec.column, shown.width)).collect()
    }

    #[test]
    fn the_prompt_has_the_room_it_was_promised() {
        let prompt = |width| widths(width).iter().find(|(c, _)| *c == Column::Prompt).unwrap().1;
        assert!(prompt(118) >= 16 && prompt(78) >= 12, "{:?}", widths(78));
        assert_eq!(widths(118).len(), 9);
        // At 80 columns the progress stands in the state.
        assert_eq!(widths(78).len(), 8);
    }

    #[test]
    fn columns_fill_the_width_and_no_more() {
        for width in 18..200 {
            let used: usize = fit(&USUAL, width, 99_999).iter().map(|s| s.width + s.spec.gap).sum();
            assert!(used <= width && (width < 40 || used == width), "{width}");
        }
    }

    #[test]
    fn columns_go_in_the_told_order() {
        let all: Vec<_> = COLUMNS.iter().map(|spec| spec.column).collect();
        let mut ranks: Vec<_> = COLUMNS.iter().map(|spec| spec.rank).collect();
        ranks.sort_unstable();
        ranks.dedup();
        assert_eq!(ranks.len(), COLUMNS.len(), "no two go at once");
        for width in 0..400 {
            let kept = fit(&all, width, 9);
            let worst = kept.iter().map(|shown| shown.spec.rank).max().unwrap_or(0);
            assert!(kept.len() <= usize::from(worst) + 1, "{width}: one is left out before a less important");
            assert_eq!(kept.len(), usize::from(worst) + usize::from(!kept.is_empty()), "{width}");
        }
    }

    #[test]
    fn the_config_knows_the_same_columns() {
        let names: Vec<_> = COLUMNS.iter().map(|spec| spec.name).collect();
        assert_eq!(names, crate::config::COLUMNS);
    }

    #[test]
    fn a_sort_is_kept_by_its_word() {
        for spec in &COLUMNS {
            for falling in [false, true] {
                let sort = Sort { by: spec.column, falling };
                assert_eq!(Sort::parse(&sort.word()), Some(sort));
            }
        }
        assert_eq!(Sort::parse("colour"), None);
    }
}
