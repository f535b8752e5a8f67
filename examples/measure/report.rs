//! The figures as a table or as JSON.

use serde_json::{Value, json};

use crate::{
    phases::Figures,
    session::{Failed, Program},
};

/// Every figure in the order of the table, with its unit and the digits that are worth showing.
const FIGURES: [(&str, &str, usize); 47] = [
    ("start first byte", "ms", 1),
    ("start full frame", "ms", 1),
    ("start cpu", "ms", 1),
    ("start bytes", "B", 0),
    ("still bytes", "B/min", 0),
    ("still writes", "/min", 1),
    ("still wake-ups", "/min", 1),
    ("still cpu", "ms/min", 1),
    ("key p50", "ms", 2),
    ("key p95", "ms", 2),
    ("key p99", "ms", 2),
    ("key max", "ms", 2),
    ("key bytes", "B", 1),
    ("key cpu", "ms", 3),
    ("key cpu net", "ms", 3),
    ("key wake-ups", "", 2),
    ("key missed", "", 0),
    ("scroll p50", "ms", 2),
    ("scroll p95", "ms", 2),
    ("scroll p99", "ms", 2),
    ("scroll max", "ms", 2),
    ("scroll bytes", "B", 1),
    ("scroll cpu", "ms", 3),
    ("scroll cpu net", "ms", 3),
    ("scroll wake-ups", "", 2),
    ("scroll missed", "", 0),
    ("paste first paint", "ms", 1),
    ("paste last paint", "ms", 1),
    ("paste paints", "", 0),
    ("paste bytes", "B", 0),
    ("paste cpu", "ms", 1),
    ("memory pss", "KiB", 0),
    ("memory own", "KiB", 0),
    ("threads", "", 0),
    ("quit let go", "ms", 1),
    ("quit gone", "ms", 1),
    ("quit modes left", "", 0),
    ("quit bytes", "B", 0),
    ("SIGTERM let go", "ms", 1),
    ("SIGTERM gone", "ms", 1),
    ("SIGTERM modes left", "", 0),
    ("SIGTERM bytes", "B", 0),
    ("SIGHUP let go", "ms", 1),
    ("SIGHUP gone", "ms", 1),
    ("SIGHUP modes left", "", 0),
    ("SIGHUP bytes", "B", 0),
    ("binary", "KiB", 0),
];

/// A program and its rounds.
pub struct Measured {
    pub name: String,
    pub program: Program,
    pub rounds: Vec<Figures>,
}

impl Measured {
    fn values(&self, name: &str) -> Vec<f64> {
        let mut values: Vec<_> = self.rounds.iter().filter_map(|round| round.get(name)).copied().collect();
        values.sort_by(f64::total_cmp);
        values
    }

    fn median(&self, name: &str) -> Option<f64> {
        let values = self.values(name);
        let (lower, upper) = (values.get(values.len().saturating_sub(1) / 2)?, values.get(values.len() / 2)?);
        Some((lower + upper) / 2.0)
    }
}

/// The medians, side by side, with the ratios of the first program's to the others', and how far the rounds of
/// the first lay apart.
pub fn table(all: &[Measured]) -> String {
    let Some((first, others)) = all.split_first() else { return String::new() };
    let several = first.rounds.len() > 1;
    let mut header = vec!["figure".to_owned(), first.name.clone()];
    header.extend(several.then(|| "from to".to_owned()));
    for other in others {
        header.extend([other.name.clone(), "ratio".to_owned()]);
    }
    let mut rows = vec![header];
    for (name, unit, digits) in FIGURES {
        if all.iter().all(|program| program.median(name).is_none()) {
            continue;
        }
        let told = |value: Option<f64>| value.map_or_else(|| "-".into(), |value| format!("{value:.digits$}"));
        let mine = first.median(name);
        let mut row = vec![format!("{name} {unit}").trim_end().to_owned(), told(mine)];
        if several {
            let values = first.values(name);
            row.push(format!("{} {}", told(values.first().copied()), told(values.last().copied())));
        }
        for other in others {
            let theirs = other.median(name);
            let ratio =
                mine.zip(theirs).filter(|(_, theirs)| *theirs > 0.0).map(|(mine, theirs)| mine / theirs);
            row.extend([told(theirs), ratio.map_or_else(|| "-".into(), |ratio| format!("{ratio:.2}"))]);
        }
        rows.push(row);
    }
    let head = format!("medians of {}, {}\n\n", rounds(first.rounds.len()), machine());
    head + &aligned(&rows)
}

fn rounds(count: usize) -> String {
    if count == 1 { "one round".into() } else { format!("{count} rounds") }
}

fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell: &String| cell.chars().count()).max()
    };
    let widths: Vec<_> = (0..columns).map(|column| width(column).unwrap_or_default()).collect();
    let mut text = String::new();
    for row in rows {
        let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, width))| {
            if column == 0 { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
        });
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}

/// Every figure of every round.
pub fn json(all: &[Measured]) -> Result<String, Failed> {
    let programs: Vec<Value> = all
        .iter()
        .map(|measured| {
            let medians: serde_json::Map<_, _> = FIGURES
                .iter()
                .filter_map(|(name, ..)| Some(((*name).to_owned(), json!(measured.median(name)?))))
                .collect();
            let Measured { name, program, rounds } = measured;
            json!({ "name": name, "command": program.argv, "size": [program.columns, program.rows],
                "medians": medians, "rounds": rounds })
        })
        .collect();
    let units: serde_json::Map<_, _> =
        FIGURES.iter().map(|(name, unit, _)| ((*name).to_owned(), json!(unit))).collect();
    Ok(serde_json::to_string_pretty(&json!({ "machine": machine(), "units": units, "programs": programs }))?
        + "\n")
}

/// What it ran on, without a name.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!("{cores} cores, Linux {}", kernel.trim())
}
