//! From the text of a file to its rows.

use std::fmt;

use serde::{Deserialize, Deserializer, de};
use serde_json::Value;
use toml::de::{DeTable, DeValue};

use super::{BATCH_MAX, BatchFault, BatchRow, field_named};
use crate::job::{Draft, Field, nearest};

/// The values of each field that a row names, in the order of the fields; several make a job each.
type Fields = Vec<(Field, Vec<String>)>;

/// The name of a job's table in TOML.
const JOB: &str = "job";

pub(super) fn csv(text: &str) -> Result<Vec<BatchRow>, Vec<BatchFault>> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter(text))
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let unread = |error: csv::Error| BatchFault::of_line(line_of(&error), unreadable(&error));
    let head = reader.headers().map_err(|error| vec![unread(error)])?.clone();
    let columns = columns(&head)?;
    let (mut rows, mut faults) = (Vec::new(), Vec::new());
    for record in reader.records() {
        match record.map_err(unread).and_then(|record| csv_row(text, &columns, &record)) {
            Ok(row) => rows.push(row),
            Err(fault) => faults.push(fault),
        }
    }
    if faults.is_empty() { Ok(rows) } else { Err(faults) }
}

/// What parts the cells: the sign that the header has most of. Spreadsheets write semicolons where the comma
/// stands in numbers.
fn delimiter(text: &str) -> u8 {
    let head = text.lines().next().unwrap_or_default();
    let count = |sign: u8| head.matches(char::from(sign)).count();
    // Of those that stand there equally often, `max_by_key` takes the last.
    b"\t;,".iter().copied().max_by_key(|sign| count(*sign)).unwrap_or(b',')
}

fn columns(head: &csv::StringRecord) -> Result<Vec<(String, Field)>, Vec<BatchFault>> {
    let (mut columns, mut faults) = (Vec::<(String, Field)>::new(), Vec::new());
    for name in head {
        let fault = |message| BatchFault { line: 1, column: Some(name.into()), message };
        match field_named(name) {
            None => faults.push(fault(no_such_field(name))),
            Some(field) if columns.iter().any(|(_, known)| *known == field) => {
                faults.push(fault("a column before it is about the same".into()));
            }
            Some(field) => columns.push((name.into(), field)),
        }
    }
    if faults.is_empty() { Ok(columns) } else { Err(faults) }
}

fn csv_row(
    text: &str,
    columns: &[(String, Field)],
    record: &csv::StringRecord,
) -> Result<BatchRow, BatchFault> {
    let line = record.position().map_or(1, |position| first_line(text, position));
    let mut draft = Draft::default();
    for ((name, field), cell) in columns.iter().zip(record) {
        let fault = |message| BatchFault { line, column: Some(name.clone()), message };
        put(&mut draft, *field, cell).map_err(fault)?;
    }
    Ok(BatchRow { line, draft })
}

/// The line of a record that begins behind `position`, maybe after empty lines.
fn first_line(text: &str, position: &csv::Position) -> u64 {
    let start = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let rest = text.as_bytes().get(start..).unwrap_or_default();
    let skipped = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
    position.line() + skipped.filter(|byte| **byte == b'\n').count() as u64
}

fn line_of(error: &csv::Error) -> u64 {
    error.position().map_or(1, csv::Position::line)
}

fn unreadable(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("has {len} cells, the header {expected_len}: put a cell that holds commas in quotes")
        }
        _ => error.to_string(),
    }
}

/// The rows of a file so far, and what is wrong with the others.
#[derive(Default)]
struct Gathered {
    rows: Vec<BatchRow>,
    faults: Vec<BatchFault>,
}

impl Gathered {
    /// Takes in what a line makes. Once there are too many rows, no further ones are made.
    fn add(&mut self, line: u64, fields: Result<Fields, Vec<BatchFault>>) {
        let room = BATCH_MAX.saturating_sub(self.rows.len());
        match fields.and_then(|fields| product(line, fields, room)) {
            Ok(more) => self.rows.extend(more),
            Err(more) => self.faults.extend(more),
        }
    }

    fn whole(self) -> Result<Vec<BatchRow>, Vec<BatchFault>> {
        if self.faults.is_empty() { Ok(self.rows) } else { Err(self.faults) }
    }
}

pub(super) fn json_lines(text: &str) -> Result<Vec<BatchRow>, Vec<BatchFault>> {
    let mut gathered = Gathered::default();
    for (line, text) in (1..).zip(text.lines()).filter(|(_, text)| !text.trim().is_empty()) {
        let read = serde_json::from_str::<Pairs>(text);
        let object =
            read.map_err(|error| vec![BatchFault::of_line(line, format!("is no JSON object: {error}"))]);
        gathered.add(line, object.and_then(|Pairs(pairs)| json_fields(line, &pairs)));
    }
    gathered.whole()
}

/// The names and values of an object as they stand: one that is named twice is a fault, not the last one's.
struct Pairs(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Pairs;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with the fields of a request")
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}

fn json_fields(line: u64, object: &[(String, Value)]) -> Result<Fields, Vec<BatchFault>> {
    let scalar = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null => Some(String::new()),
        Value::Array(_) | Value::Object(_) => None,
    };
    let values = |value: &Value| match value {
        Value::Array(list) => list.iter().map(scalar).collect(),
        value => scalar(value).map(|one| vec![one]),
    };
    fields(object.iter().map(|(name, value)| (line, name.as_str(), values(value))))
}

pub(super) fn toml(text: &str) -> Result<Vec<BatchRow>, Vec<BatchFault>> {
    let ends: Vec<usize> = text.match_indices('\n').map(|(at, _)| at).collect();
    let line_at = |start: usize| 1 + ends.partition_point(|end| *end < start) as u64;
    let root = DeTable::parse(text).map_err(|error| {
        let line = line_at(error.span().map_or(0, |span| span.start));
        vec![BatchFault::of_line(line, format!("this is not TOML: {}", error.message()))]
    })?;
    let root = root.get_ref();
    let common = toml_fields(root, Some(JOB), &line_at)?;
    let mut gathered = Gathered::default();
    let Some((name, jobs)) = root.get_key_value(JOB) else {
        if !common.is_empty() {
            gathered.add(1, Ok(common));
        }
        return gathered.whole();
    };
    let not_tables =
        |start| vec![BatchFault::of_line(line_at(start), "expected a table for each job: [[job]]")];
    let jobs = jobs.get_ref().as_array().ok_or_else(|| not_tables(name.span().start))?;
    for job in jobs {
        let start = job.span().start;
        let table = job.get_ref().as_table().ok_or_else(|| not_tables(start))?;
        let own = toml_fields(table, None, &line_at);
        gathered.add(line_at(start), own.map(|own| laid_over(&common, own)));
    }
    gathered.whole()
}

fn toml_fields(
    table: &DeTable<'_>,
    skip: Option<&str>,
    line_at: &dyn Fn(usize) -> u64,
) -> Result<Fields, Vec<BatchFault>> {
    let scalar = |value: &DeValue<'_>| match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(number.to_string()),
        DeValue::Boolean(truth) => Some(truth.to_string()),
        _ => None,
    };
    let values = |value: &DeValue<'_>| match value {
        DeValue::Array(list) => list.iter().map(|item| scalar(item.get_ref())).collect(),
        value => scalar(value).map(|one| vec![one]),
    };
    let named = table.iter().filter(|(name, _)| skip != Some(name.get_ref()));
    fields(
        named.map(|(name, value)| {
            (line_at(name.span().start), name.get_ref().as_ref(), values(value.get_ref()))
        }),
    )
}

/// The fields that names are about; none in the place of values is a value of a kind that no field has.
fn fields<'n>(
    named: impl Iterator<Item = (u64, &'n str, Option<Vec<String>>)>,
) -> Result<Fields, Vec<BatchFault>> {
    let (mut fields, mut faults) = (Fields::new(), Vec::new());
    for (line, name, values) in named {
        let fault = |message: String| BatchFault { line, column: Some(name.into()), message };
        match (field_named(name), values) {
            (None, _) => faults.push(fault(no_such_field(name))),
            (Some(field), _) if fields.iter().any(|(known, _)| *known == field) => {
                faults.push(fault("is given twice".into()));
            }
            (Some(_), None) => faults.push(fault("expected a text, a number or a list of these".into())),
            (Some(_), Some(values)) if values.is_empty() => {
                faults.push(fault("is an empty list: that is no job".into()));
            }
            (Some(field), Some(values)) => fields.push((field, values)),
        }
    }
    fields.sort_by_key(|(field, _)| *field);
    if faults.is_empty() { Ok(fields) } else { Err(faults) }
}

/// `own`, and of `common` what it does not say.
fn laid_over(common: &Fields, own: Fields) -> Fields {
    let mut all = own;
    let missing = common.iter().filter(|(field, _)| all.iter().all(|(known, _)| known != field));
    all.extend(missing.cloned().collect::<Vec<_>>());
    all.sort_by_key(|(field, _)| *field);
    all
}

/// A row for each way to choose one of the values of each field, at most `room`; the last field changes first.
fn product(line: u64, fields: Fields, room: usize) -> Result<Vec<BatchRow>, Vec<BatchFault>> {
    let count = fields.iter().fold(1_usize, |count, (_, values)| count.saturating_mul(values.len()));
    if count > room {
        let message = format!("here the file comes to more than {BATCH_MAX} jobs: at most so many go in one");
        return Err(vec![BatchFault::of_line(line, message)]);
    }
    let mut drafts = vec![Draft::default()];
    for (field, values) in fields {
        let mut more = Vec::with_capacity(drafts.len() * values.len());
        for draft in &drafts {
            for value in &values {
                let mut draft = draft.clone();
                put(&mut draft, field, value).map_err(|message| {
                    vec![BatchFault { line, column: Some(field.name().into()), message }]
                })?;
                more.push(draft);
            }
        }
        drafts = more;
    }
    Ok(drafts.into_iter().map(|draft| BatchRow { line, draft }).collect())
}

fn put(draft: &mut Draft, field: Field, value: &str) -> Result<(), String> {
    if let Some(text) = draft.text_mut(field) {
        *text = value.into();
        return Ok(());
    }
    draft.watermark = match value.trim().to_ascii_lowercase().as_str() {
        "" | "no" | "false" | "0" => false,
        "yes" | "true" | "1" => true,
        _ => return Err(format!("`{value}` is neither yes nor no")),
    };
    Ok(())
}

fn no_such_field(name: &str) -> String {
    let names = Field::ALL.map(Field::name);
    match nearest(name, names) {
        Some(near) => format!("is no field of a request; did you mean `{near}`?"),
        None => format!("is no field of a request: {}", names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seeds(rows: &[BatchRow]) -> Vec<String> {
        rows.iter().map(|row| format!("{}:{}/{}", row.line, row.draft.image, row.draft.seed)).collect()
    }

    fn faults(read: Result<Vec<BatchRow>, Vec<BatchFault>>) -> String {
        read.unwrap_err().iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_header_may_use_either_name_and_any_separator() {
        for text in ["image,seed\na,1\n", "promptImage;Seed\n a ; 1\n", "Prompt_Image\tSEED\na\t1"] {
            assert_eq!(seeds(&csv(text).unwrap()), ["2:a/1"], "{text}");
        }
        assert_eq!(csv("image\n").unwrap(), []);
    }

    #[test]
    fn a_table_that_is_wrong_is_told_where() {
        assert_eq!(
            faults(csv("image,promt,image\n")),
            "line 1, promt: is no field of a request; did you mean `prompt`?\nline 1, image: a column before it is about the same"
        );
        assert_eq!(
            faults(csv("image,watermark\na,maybe\nb,no,c\n")),
            "line 2, watermark: `maybe` is neither yes nor no\nline 3: has 3 cells, the header 2: put a cell that holds commas in quotes"
        );
    }

    #[test]
    fn each_line_of_json_is_a_job_or_several() {
        let text =
            "{\"image\":\"a\",\"seed\":1}\n\n{\"promptImage\":\"b\",\"seed\":[2,3],\"watermark\":null}\n";
        assert_eq!(seeds(&json_lines(text).unwrap()), ["1:a/1", "3:b/2", "3:b/3"]);
        let told =
            faults(json_lines("[1]\n{\"image\":{}}\n{\"size\":1}\n{\"seed\":[]}\n{\"seed\":1,\"seed\":2}"));
        let lines: Vec<_> = told.lines().collect();
        assert!(lines[0].starts_with("line 1: is no JSON object: "), "{told}");
        assert_eq!(lines[1], "line 2, image: expected a text, a number or a list of these");
        assert!(lines[2].starts_with("line 3, size: is no field of a request: image, prompt"), "{told}");
        assert_eq!(lines[3], "line 4, seed: is an empty list: that is no job");
        assert_eq!(lines[4], "line 5, seed: is given twice");
    }

    #[test]
    fn lists_of_a_toml_file_are_swept() {
        let text = "model = \"m\"\nseed = [1, 2]\n\n[[job]]\nimage = [\"a\", \"b\"]\n\n[[job]]\nimage = \"c\"\nseed = 9\n";
        let rows = toml(text).unwrap();
        assert_eq!(seeds(&rows), ["4:a/1", "4:a/2", "4:b/1", "4:b/2", "7:c/9"]);
        assert!(rows.iter().all(|row| row.draft.model == "m"));
        assert_eq!(seeds(&toml("image = \"a\"\nseed = [1,2]").unwrap()), ["1:a/1", "1:a/2"]);
        assert_eq!(toml("# nothing\n").unwrap(), []);
    }

    #[test]
    fn a_toml_file_that_is_wrong_is_told_where() {
        assert!(faults(toml("image = \"a\"\nimage = ")).starts_with("line 2: this is not TOML: "));
        assert_eq!(faults(toml("job = 1")), "line 1: expected a table for each job: [[job]]");
        assert_eq!(
            faults(toml("[[job]]\nimage = \"a\"\n[[job]]\nsede = 1\n")),
            "line 4, sede: is no field of a request; did you mean `seed`?"
        );
        assert!(
            faults(toml("[[jobs]]\nimage = \"a\"\n")).starts_with("line 1, jobs: is no field of a request")
        );
        let list = (0..400).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
        let many = format!("image = [{list}]\nseed = [{list}]\n");
        let too_many = "here the file comes to more than 100000 jobs: at most so many go in one";
        assert_eq!(faults(toml(&many)), format!("line 1: {too_many}"));
        let half = format!("seed = [{list}]\n") + &format!("[[job]]\nimage = [{list}]\n").repeat(3);
        assert_eq!(faults(toml(&half)).lines().next(), Some(format!("line 2: {too_many}").as_str()));
    }
}
