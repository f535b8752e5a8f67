//! The pictures of this machine that a file names: patterns become rows, paths what stands for a file in a
//! request.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use crate::{
    command::count_of,
    engine::{at_home, read_image},
    job::{BATCH_MAX, BatchFault, BatchRow, Draft, Field},
};

/// Rows whose pictures were read.
pub(super) struct Resolved {
    /// Those whose picture is at fault stand here as they were.
    pub(super) rows: Vec<BatchRow>,
    pub(super) faults: Vec<BatchFault>,
    /// What is to be said of the pictures.
    pub(super) told: Vec<String>,
}

/// Reads each picture that rows name, each file once. Relative paths begin in `folder`.
pub(super) fn resolve(rows: Vec<BatchRow>, folder: &Path) -> Resolved {
    let (mut resolved, mut faults) = (Vec::with_capacity(rows.len()), Vec::new());
    let mut album = Album::default();
    for row in rows {
        if resolved.len() > BATCH_MAX {
            let message = format!("with the pictures so far there are more than {BATCH_MAX} jobs");
            faults.push(BatchFault { line: row.line, column: None, message });
            break;
        }
        match album.rows(&row, folder) {
            Ok(Some(more)) => resolved.extend(more),
            Ok(None) => resolved.push(row),
            Err(message) => {
                faults.push(BatchFault { line: row.line, column: Some(Field::Image.name().into()), message });
                resolved.push(row);
            }
        }
    }
    Resolved { rows: resolved, faults, told: album.tell() }
}

/// The pictures that were read.
#[derive(Default)]
struct Album {
    read: HashMap<PathBuf, Result<String, String>>,
    bytes: u64,
    warnings: Vec<String>,
}

impl Album {
    /// None for a row that names no file.
    fn rows(&mut self, row: &BatchRow, folder: &Path) -> Result<Option<Vec<BatchRow>>, String> {
        let image = row.draft.image.trim();
        let (path, is_pattern) = (at_home(Path::new(image)), is_pattern(image));
        if !is_pattern && row.draft.local_image().is_none() {
            return Ok(None);
        }
        let whole = folder.join(&path);
        // A file may really be called so.
        if !is_pattern || whole.exists() {
            return Ok(Some(vec![self.with(row, &whole)?]));
        }
        let found = matching(folder, &path)?;
        if found.is_empty() {
            return Err(format!("no file is called as the pattern `{image}` says, in {}", folder.display()));
        }
        found.iter().map(|path| self.with(row, path)).collect::<Result<_, _>>().map(Some)
    }

    fn with(&mut self, row: &BatchRow, path: &Path) -> Result<BatchRow, String> {
        if !self.read.contains_key(path) {
            let image = read_image(path).map_err(|problem| problem.message);
            if let Ok(image) = &image {
                self.bytes += image.bytes;
                let of = |words: &String| format!("image: {}: {words}", path.display());
                self.warnings.extend(image.warnings.iter().map(of));
            }
            self.read.insert(path.into(), image.map(|image| image.reference));
        }
        let image = self.read.get(path).cloned().unwrap_or_else(|| Err("it was not read".into()))?;
        Ok(BatchRow { line: row.line, draft: Draft { image, ..row.draft.clone() } })
    }

    fn tell(self) -> Vec<String> {
        let mut told = self.warnings;
        if !self.read.is_empty() {
            let (count, kib) = (count_of(self.read.len(), "picture"), self.bytes.div_ceil(1024));
            told.push(format!(
                "image: read {count} of this machine ({kib} KiB), to be sent within the requests"
            ));
        }
        told
    }
}

fn is_pattern(image: &str) -> bool {
    image.contains(['*', '?', '[']) && !image.contains("://") && !image.starts_with("data:")
}

/// The files that a pattern means, in the order of their names.
fn matching(folder: &Path, pattern: &Path) -> Result<Vec<PathBuf>, String> {
    let unclear = || "the pattern holds signs that are no text".to_string();
    let pattern = pattern.to_str().ok_or_else(unclear)?;
    let whole = if pattern.starts_with('/') {
        pattern.into()
    } else {
        format!("{}/{pattern}", glob::Pattern::escape(folder.to_str().ok_or_else(unclear)?))
    };
    let paths = glob::glob(&whole).map_err(|error| format!("`{pattern}` is no pattern: {}", error.msg))?;
    let mut found = Vec::new();
    for path in paths {
        let path = path.map_err(|error| {
            format!("{} cannot be looked into: {}", error.path().display(), error.error())
        })?;
        if path.is_file() {
            found.push(path);
        }
        if found.len() > BATCH_MAX {
            return Err(format!("`{pattern}` means more than {BATCH_MAX} files"));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use base64::prelude::{BASE64_STANDARD, Engine as _};

    use super::*;

    /// One black dot, too small for the service and good enough to be read.
    const DOT: &str =
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

    fn row(image: &str) -> BatchRow {
        BatchRow { line: 3, draft: Draft { image: image.into(), ..Draft::default() } }
    }

    #[test]
    fn a_pattern_becomes_a_row_for_each_file_and_a_path_is_read_once() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("sho[ts")).unwrap();
        let folder = dir.path().join("sho[ts");
        for name in ["b.png", "a.png", "a[1].png", "notes.txt"] {
            fs::write(folder.join(name), BASE64_STANDARD.decode(DOT).unwrap()).unwrap();
        }
        let names = |image: &str| -> Vec<String> {
            let rows = resolve(vec![row(image)], &folder).rows;
            let name = |row: &BatchRow| {
                let file: crate::job::FileRef = row.draft.image.parse().unwrap();
                file.path.file_name().unwrap().to_string_lossy().into_owned()
            };
            rows.iter().map(name).collect()
        };
        assert_eq!(names("*.png"), ["a.png", "a[1].png", "b.png"]);
        assert_eq!(names("a[1].png"), ["a[1].png"], "a file that is called so");
        assert_eq!(names("./b.png"), ["b.png"]);
        let Resolved { rows, told, faults } =
            resolve(vec![row("a.png"), row("a.png"), row("https://h/*.png")], &folder);
        assert_eq!(faults, []);
        assert_eq!(rows[2], row("https://h/*.png"));
        assert!(told.last().unwrap().starts_with("image: read 1 picture of this machine"), "{told:?}");
    }

    #[test]
    fn what_is_wrong_with_a_picture_is_told_with_its_line() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("a.png"), "no picture").unwrap();
        let faults = resolve(vec![row("*.jpg"), row("a.png"), row("/[/.png")], dir.path()).faults;
        let told: Vec<_> = faults.iter().map(ToString::to_string).collect();
        assert!(
            told[0].starts_with("line 3, image: no file is called as the pattern `*.jpg` says"),
            "{told:?}"
        );
        assert!(told[1].contains("a.png: "), "{told:?}");
        assert!(told[2].contains("is no pattern"), "{told:?}");
    }
}
