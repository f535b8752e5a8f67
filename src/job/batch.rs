//! A file of requests: its rows, what is wrong in them by line and column, and the jobs that they make, each
//! with a key by which it is known again when the same file is run once more.

mod read;

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    fmt,
    path::Path,
};

use sha2::{Digest, Sha256};

use super::{Draft, Field, FieldError, FileRef, ModelTable, Request};

/// What a file of requests can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchFormat {
    /// A header of field names, then a job to a line. The cells are parted by commas, semicolons or tabs.
    Csv,
    /// A JSON object to a line.
    JsonLines,
    /// Fields at the top, which hold for each `[[job]]`; without any, they are the job.
    Toml,
}

impl BatchFormat {
    /// What the end of a file's name says; none where it says nothing.
    pub fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "csv" | "tsv" => Some(Self::Csv),
            "jsonl" | "ndjson" => Some(Self::JsonLines),
            "toml" => Some(Self::Toml),
            _ => None,
        }
    }
}

/// A row as it was written; a list of seeds or ratios in it makes several jobs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchRow {
    /// Where it begins in the file, from 1.
    pub line: u64,
    /// What it says. An empty model is the default's.
    pub draft: Draft,
}

/// What is wrong with a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchFault {
    /// Where, from 1.
    pub line: u64,
    /// In which column, as the file names it, or as we do where it does not.
    pub column: Option<String>,
    /// What is wrong, and what was expected.
    pub message: String,
}

impl BatchFault {
    /// A fault of a whole line.
    fn of_line(line: u64, message: impl Into<String>) -> Self {
        Self { line, column: None, message: message.into() }
    }

    /// A field of a row that cannot be.
    pub fn of_field(line: u64, error: FieldError) -> Self {
        Self { line, column: Some(error.field.name().into()), message: error.message }
    }
}

impl fmt::Display for BatchFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.column {
            Some(column) => write!(f, "line {}, {column}: {}", self.line, self.message),
            None => write!(f, "line {}: {}", self.line, self.message),
        }
    }
}

/// A job of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchJob {
    /// The line of its row.
    pub line: u64,
    /// What is the same whenever the file is run: what was written, a drawn seed by its turn, a local picture by
    /// its content. Jobs that ask for the same are counted, so that each has a key of its own.
    pub key: String,
    /// What it asks for.
    pub request: Request,
    /// Its seed was drawn: the next time it is another.
    pub drawn: bool,
}

/// The most jobs that a file can make: more are a slip in a list.
pub const BATCH_MAX: usize = 100_000;

/// Reads the rows of a file.
///
/// # Errors
/// All that is wrong, in the order of the lines: names that no field has, values that can be none.
pub fn read_batch(format: BatchFormat, text: &str) -> Result<Vec<BatchRow>, Vec<BatchFault>> {
    // Spreadsheets write a mark before the first name.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let rows = match format {
        BatchFormat::Csv => read::csv(text),
        BatchFormat::JsonLines => read::json_lines(text),
        BatchFormat::Toml => read::toml(text),
    }?;
    if rows.is_empty() {
        return Err(vec![BatchFault::of_line(1, "there is no job in it")]);
    }
    Ok(rows)
}

/// The jobs that rows make, in order; a row that names no model has `model`. `draw(max)` gives a random seed in
/// `0..=max`.
///
/// # Errors
/// Every field that is wrong, in the order of the lines.
pub fn batch_jobs(
    rows: &[BatchRow],
    model: &str,
    models: &ModelTable,
    mut draw: impl FnMut(u64) -> u64,
) -> Result<Vec<BatchJob>, Vec<BatchFault>> {
    let (mut jobs, mut faults) = (Vec::new(), Vec::new());
    let mut seen: HashMap<String, u64> = HashMap::new();
    for BatchRow { line, draft } in rows {
        let is_given = !draft.model.trim().is_empty();
        let sweep = match with_model(draft, model).sweep(models) {
            Ok(sweep) => sweep,
            Err(errors) => {
                faults.extend(errors.into_iter().map(|error| BatchFault::of_field(*line, error)));
                continue;
            }
        };
        if jobs.len() + sweep.len() > BATCH_MAX {
            faults.push(BatchFault::of_line(
                *line,
                format!("from here on there are more than {BATCH_MAX} jobs"),
            ));
            break;
        }
        for (turn, request) in sweep.requests(&mut draw).into_iter().enumerate() {
            let written = written(&request, is_given, sweep.draws().then_some(turn));
            let count = seen.entry(written.clone()).or_default();
            *count += 1;
            jobs.push(BatchJob { line: *line, key: key(&written, *count), request, drawn: sweep.draws() });
        }
    }
    if faults.is_empty() { Ok(jobs) } else { Err(faults) }
}

fn with_model<'d>(draft: &'d Draft, model: &str) -> Cow<'d, Draft> {
    if draft.model.trim().is_empty() {
        Cow::Owned(Draft { model: model.into(), ..draft.clone() })
    } else {
        Cow::Borrowed(draft)
    }
}

/// What of a request does not change when its row is read again, were another model the default by then.
fn written(request: &Request, model_is_given: bool, drawn: Option<usize>) -> String {
    let mut fixed = request.clone();
    if !model_is_given {
        fixed.model.clear();
    }
    if let Ok(FileRef { sha256, .. }) = fixed.prompt_image.parse() {
        fixed.prompt_image = sha256;
    }
    if drawn.is_some() {
        fixed.seed = None;
    }
    // The form in which requests are sent: a field that a later version knows changes nothing for those without.
    let body = serde_json::to_string(&fixed).unwrap_or_default();
    drawn.map_or_else(|| body.clone(), |turn| format!("random {turn} {body}"))
}

fn key(written: &str, count: u64) -> String {
    let digest = Sha256::new_with_prefix(format!("{count} ")).chain_update(written).finalize();
    hex::encode(digest.get(..16).unwrap_or_default())
}

/// What a user should know of rows before they are sent, each once, with the lines that it is about.
pub fn batch_warnings(rows: &[BatchRow], model: &str, models: &ModelTable) -> Vec<String> {
    let mut lines: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for BatchRow { line, draft } in rows {
        for warning in with_model(draft, model).warnings(models) {
            lines.entry(warning).or_default().push(*line);
        }
    }
    lines.into_iter().map(|(warning, lines)| format!("{warning} ({})", tell_lines(&lines))).collect()
}

/// `line 4`, `lines 4, 5 and 7`, `lines 2, 3, 4 and 96 more`.
fn tell_lines(lines: &[u64]) -> String {
    let mut lines = lines.to_vec();
    lines.dedup();
    let told: Vec<_> = lines.iter().take(3).map(ToString::to_string).collect();
    match (told.as_slice(), lines.len().saturating_sub(told.len())) {
        ([one], 0) => format!("line {one}"),
        ([first @ .., last], 0) => format!("lines {} and {last}", first.join(", ")),
        (_, more) => format!("lines {} and {more} more", told.join(", ")),
    }
}

/// The field that a column or key is about: by our name or the service's, whatever its case.
fn field_named(name: &str) -> Option<Field> {
    let plain: String = name.chars().filter(|c| c.is_alphanumeric()).collect();
    match plain.to_ascii_lowercase().as_str() {
        "promptimage" => Some(Field::Image),
        "prompttext" => Some(Field::Prompt),
        plain => Field::ALL.into_iter().find(|field| field.name() == plain),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "image,prompt,model,ratio,duration,seed,watermark\n";

    fn rows(format: BatchFormat, text: &str) -> Vec<BatchRow> {
        read_batch(format, text).unwrap()
    }

    fn jobs(format: BatchFormat, text: &str) -> Result<Vec<BatchJob>, Vec<BatchFault>> {
        batch_jobs(&rows(format, text), "", &ModelTable::default(), |max| max)
    }

    fn faults(text: &str) -> Vec<String> {
        let found = jobs(BatchFormat::Csv, &format!("{HEAD}{text}")).unwrap_err();
        found.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_row_is_a_job_with_its_line() {
        let text = format!(
            "{HEAD}https://h/a.jpg,\"two\nlines\",gen4_turbo,1280:720,5,7,yes\n\nhttps://h/b.jpg,,gen4_turbo,960:960,10,,\n"
        );
        let jobs = jobs(BatchFormat::Csv, &text).unwrap();
        assert_eq!(jobs.iter().map(|job| job.line).collect::<Vec<_>>(), [2, 5]);
        assert_eq!(jobs[0].request.prompt_text.as_deref(), Some("two\nlines"));
        assert_eq!((jobs[0].request.seed, jobs[0].request.watermark), (Some(7), Some(true)));
        assert_eq!((jobs[1].request.seed, jobs[1].request.watermark), (None, None));
    }

    #[test]
    fn all_that_is_wrong_is_told_by_line_and_column() {
        let found = faults(
            "cat,,gen4_turbo,1:1,soon,-1,\nhttps://h/a.jpg,,gen4_turbo,1280:720,5,,\n,,gen4_turbo,1280:720,5,,\n",
        );
        let starts =
            ["line 2, image: ", "line 2, ratio: ", "line 2, duration: ", "line 2, seed: ", "line 4, image: "];
        assert_eq!(found.len(), starts.len(), "{found:#?}");
        for (fault, start) in found.iter().zip(starts) {
            assert!(fault.starts_with(start), "{fault}");
        }
    }

    #[test]
    fn a_key_is_the_same_when_the_file_is_read_again_and_no_two_are() {
        let text = format!(
            "{HEAD}https://h/a.jpg,,gen4_turbo,1280:720,5,1..3,\nhttps://h/a.jpg,,gen4_turbo,1280:720,5,,\nhttps://h/a.jpg,,gen4_turbo,1280:720,5,,\nhttps://h/a.jpg,,gen4_turbo,1280:720,5,random x2,\n"
        );
        let parsed = rows(BatchFormat::Csv, &text);
        let keys = |luck: u64| -> Vec<_> {
            let jobs = batch_jobs(&parsed, "", &ModelTable::default(), |max| luck.min(max)).unwrap();
            jobs.into_iter().map(|job| job.key).collect()
        };
        assert_eq!(keys(1), keys(900), "whatever seeds are drawn");
        let mut unique = keys(1);
        unique.sort();
        unique.dedup();
        assert_eq!(unique.len(), 7);
        // A row more, or another order, changes no key.
        let more =
            format!("{HEAD}https://h/z.jpg,,gen4_turbo,1280:720,5,,\n{}", text.strip_prefix(HEAD).unwrap());
        let more = jobs(BatchFormat::Csv, &more).unwrap();
        assert!(keys(1).iter().all(|key| more.iter().any(|job| job.key == *key)));
    }

    #[test]
    fn a_local_picture_is_known_by_its_content() {
        let request = |path: &str, hash: &str| Request {
            prompt_image: format!("file://{path}#sha256={}", hash.repeat(32)),
            ..Request::default()
        };
        let told = |path: &str, hash: &str| written(&request(path, hash), true, None);
        assert_eq!(told("/a/cat.png", "ab"), told("/b/other.png", "ab"));
        assert_ne!(told("/a/cat.png", "ab"), told("/a/cat.png", "cd"));
    }

    #[test]
    fn a_row_without_a_model_is_the_same_whatever_the_default_is() {
        let rows = rows(BatchFormat::Csv, "image\nhttps://h/a.jpg\n");
        let made =
            |model: &str| batch_jobs(&rows, model, &ModelTable::default(), |max| max).unwrap().remove(0);
        let (one, other) = (made("gen9"), made("gen10"));
        assert_eq!((one.request.model.as_str(), other.request.model.as_str()), ("gen9", "gen10"));
        assert_eq!(one.key, other.key);
        let told = batch_warnings(&rows, "gen9", &ModelTable::default());
        assert!(told[0].contains("`gen9` is not in the table"), "{told:?}");
    }

    #[test]
    fn a_warning_is_told_once() {
        let text = format!("{HEAD}{}", "https://h/a.jpg,,gen9,,,,\n".repeat(5));
        let told = batch_warnings(&rows(BatchFormat::Csv, &text), "", &ModelTable::default());
        assert_eq!(told.len(), 1);
        assert!(told[0].ends_with("(lines 2, 3, 4 and 2 more)"), "{told:?}");
        assert_eq!(tell_lines(&[4]), "line 4");
        assert_eq!(tell_lines(&[4, 4, 7]), "lines 4 and 7");
    }

    #[test]
    fn too_many_jobs_are_a_slip() {
        let row = BatchRow {
            line: 2,
            draft: rows(BatchFormat::Csv, "image,model,seed\nhttps://h/a.jpg,gen9,1..100\n")[0].draft.clone(),
        };
        let found = batch_jobs(&vec![row; 1_001], "", &ModelTable::default(), |max| max).unwrap_err();
        assert!(found[0].message.contains("more than 100000 jobs"), "{found:?}");
    }

    #[test]
    fn the_name_of_a_file_says_what_it_is() {
        for (name, format) in [
            ("a.csv", Some(BatchFormat::Csv)),
            ("a.TSV", Some(BatchFormat::Csv)),
            ("a.ndjson", Some(BatchFormat::JsonLines)),
            ("a.b.toml", Some(BatchFormat::Toml)),
            ("a.json", None),
            ("a", None),
        ] {
            assert_eq!(BatchFormat::of(Path::new(name)), format, "{name}");
        }
    }
}
