//! Pictures of this machine: read when the user chooses one, and again at the moment of sending.

use std::{
    env,
    fs::{self, File},
    io::{self, Read},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use sha2::{Digest, Sha256};
use tokio::task::spawn_blocking;

use super::{
    Ticket, Update,
    desk::{Desk, Done, Work},
};
use crate::{
    comet::{WebImage, look_at_image},
    job::{FileRef, Problem, Request},
};

/// The longest picture within a request (`reference/api.md §7`), in characters.
const URI_MAX: usize = 5_242_880;
/// No file that is longer fits into that, in bytes.
const BYTES_MAX: u64 = URI_MAX as u64 / 4 * 3;
/// Opens what it names without waiting for another end of it.
#[expect(clippy::cast_possible_wrap, reason = "the bits are the system's own")]
const NO_WAIT: i32 = rustix::fs::OFlags::NONBLOCK.bits() as i32;
/// How narrow and how wide a picture may be (`reference/api.md §7`): width by height.
const RATIOS: (f64, f64) = (0.5, 2.0);

/// A picture on this machine, as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalImage {
    /// What stands for it in a request until that is sent: `file:///home/me/cat.png#sha256=…`.
    pub reference: String,
    /// Absolute, links resolved.
    pub path: PathBuf,
    /// `image/jpeg`, `image/png` or `image/webp`, by its bytes.
    pub media_type: &'static str,
    /// The size of the file.
    pub bytes: u64,
    /// How long it is within a request, as a data URI.
    pub uri_characters: usize,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// Why the service may refuse it.
    pub warnings: Vec<String>,
}

/// What is known of a picture before it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImageFacts {
    /// It is on this machine, and was read.
    Local(LocalImage),
    /// It is on the web, and its server was asked.
    Web {
        /// As the server says, in lower case and without parameters.
        media_type: Option<String>,
        /// Its size, as the server says.
        bytes: Option<u64>,
        /// Where the server sends whoever asks, which the service does not follow.
        redirect: Option<String>,
        /// Why the service may refuse it.
        warnings: Vec<String>,
    },
}

impl From<WebImage> for ImageFacts {
    fn from(WebImage { media_type, bytes, redirect, warnings }: WebImage) -> Self {
        Self::Web { media_type, bytes, redirect, warnings }
    }
}

/// Reads a picture. `~/` at the start of its path means the user's home; what is not absolute is looked for
/// from the working directory. Blocks for as long as the disk does.
///
/// # Errors
/// `bad_input`: there is no such regular file, it cannot be read, it is no JPEG, PNG or WebP, it is damaged,
/// or it would have more than 5,242,880 characters within a request.
pub fn read_image(path: &Path) -> Result<LocalImage, Problem> {
    read(&at_home(path)).map_err(|fault| Problem::new("bad_input", format!("{}: {fault}", path.display())))
}

fn read(path: &Path) -> Result<LocalImage, String> {
    let (bytes, media_type) = load(path)?;
    let size = imagesize::blob_size(&bytes).ok();
    let pixels = size.and_then(|size| Some((size.width.try_into().ok()?, size.height.try_into().ok()?)));
    let (width, height): (u32, u32) = pixels
        .filter(|(width, height)| *width > 0 && *height > 0)
        .ok_or("its width and height cannot be read: it is damaged, or no picture")?;
    let ratio = f64::from(width) / f64::from(height);
    let too = if ratio < RATIOS.0 { Some("narrow") } else { (ratio > RATIOS.1).then_some("wide") };
    let warnings = too.map(|too| {
        format!(
            "{width}x{height} is too {too}: the service takes pictures from half as wide as high to twice as wide"
        )
    });
    let path = fs::canonicalize(path).map_err(|error| told(&error))?;
    let file = FileRef { path, sha256: hash(&bytes) };
    let reference = file.to_string();
    // What cannot be read back, as a path with signs that steer a terminal, is not taken in.
    reference.parse::<FileRef>().map_err(|_| "its path holds signs that are not to be seen: rename it")?;
    Ok(LocalImage {
        reference,
        path: file.path,
        media_type,
        bytes: bytes.len() as u64,
        uri_characters: uri_characters(media_type, bytes.len()),
        width,
        height,
        warnings: warnings.into_iter().collect(),
    })
}

impl Desk {
    /// Looks at a picture beside everything else.
    pub(super) async fn check_image(&mut self, ticket: Ticket, image: String) {
        let is_web = !is_file(&image) && image.contains("://");
        if let Some(problem) = self.may_write().err().filter(|_| is_web) {
            return self.tell(Update::Image { ticket, outcome: Err(problem) }).await;
        }
        let task = self.tasks.spawn(async move {
            let outcome = if is_web {
                look_at_image(&image).await.map(ImageFacts::from)
            } else {
                let read = spawn_blocking(move || check_local(&image)).await;
                read.unwrap_or_else(|_| Err(not_checked())).map(ImageFacts::Local)
            };
            Done::Checked(ticket, outcome)
        });
        self.work.insert(task.id(), Work::Check(ticket));
    }

    pub(super) async fn check_failed(&self, ticket: Ticket) {
        self.tell(Update::Image { ticket, outcome: Err(not_checked()) }).await;
    }
}

/// Whether the text stands for a picture of this machine.
fn is_file(image: &str) -> bool {
    image.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("file:"))
}

fn not_checked() -> Problem {
    Problem::new("machine", "looking at the picture failed; the log says why")
}

fn check_local(image: &str) -> Result<LocalImage, Problem> {
    if image.starts_with("data:") {
        let told = "the picture is within the request: there is nothing to look at elsewhere";
        return Err(Problem::new("bad_input", told));
    }
    let Ok(file) = image.parse::<FileRef>() else { return read_image(Path::new(image)) };
    let mut found = read_image(&file.path)?;
    if found.reference != file.to_string() {
        found.warnings.push("it has changed since it was chosen: choose it again".into());
    }
    Ok(found)
}

/// The request as it is to leave: a picture of this machine is put into it. Others are left as they are.
///
/// # Errors
/// The picture is not the one that the user said yes to any more, or cannot be read; in words for the job.
pub(super) async fn put_into(mut request: Request) -> Result<Request, Problem> {
    if !is_file(&request.prompt_image) {
        return Ok(request);
    }
    // One that cannot be read back must not leave as it stands: it names a file of this machine.
    let file: FileRef =
        request.prompt_image.parse().map_err(|fault: String| unreadable("the picture", &fault))?;
    let read = spawn_blocking(move || data_uri(&file)).await;
    let failed = |error| Err(unreadable("the picture", &format!("reading it failed ({error})")));
    request.prompt_image = read.unwrap_or_else(failed)?;
    Ok(request)
}

/// The picture as it stands in the request that leaves.
fn data_uri(file: &FileRef) -> Result<String, Problem> {
    let shown = shown(&file.path, env::var_os("HOME").map(PathBuf::from).as_deref());
    let (bytes, media_type) = load(&file.path).map_err(|fault| unreadable(&shown, &fault))?;
    if hash(&bytes) != file.sha256 {
        let told = format!("{shown} has changed since you said yes: nothing was sent");
        return Err(Problem::new("image_changed", told).hint(
            "make a new job from it with the picture as it is now, or put the old one back and send it",
        ));
    }
    let mut uri = uri_start(media_type);
    BASE64_STANDARD.encode_string(&bytes, &mut uri);
    Ok(uri)
}

fn unreadable(shown: &str, fault: &str) -> Problem {
    Problem::new("image_unreadable", format!("{shown}: {fault}; nothing was sent"))
        .hint("put it back and send the job, or make a new one from it with another picture")
}

/// The bytes of a picture that fits into a request, and what it is.
fn load(path: &Path) -> Result<(Vec<u8>, &'static str), String> {
    // A pipe would have us wait: it is opened without, and only then looked at.
    let file = File::options().read(true).custom_flags(NO_WAIT).open(path).map_err(|error| told(&error))?;
    let meta = file.metadata().map_err(|error| told(&error))?;
    if !meta.is_file() {
        return Err("it is no regular file".into());
    }
    let mut bytes = Vec::new();
    file.take(BYTES_MAX + 1).read_to_end(&mut bytes).map_err(|error| told(&error))?;
    let media_type = media_type(&bytes).ok_or("by its content it is no JPEG, PNG or WebP picture")?;
    let length = usize::try_from(meta.len()).unwrap_or(usize::MAX).max(bytes.len());
    let characters = uri_characters(media_type, length);
    if characters > URI_MAX {
        return Err(format!(
            "within a request it would have {characters} characters, and the service takes {URI_MAX}: make it \
             smaller, or put it on the web and give its https:// address"
        ));
    }
    Ok((bytes, media_type))
}

fn media_type(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some("image/png"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

fn uri_start(media_type: &str) -> String {
    format!("data:{media_type};base64,")
}

fn uri_characters(media_type: &str, bytes: usize) -> usize {
    bytes.div_ceil(3).saturating_mul(4).saturating_add(uri_start(media_type).len())
}

fn hash(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

fn told(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".into(),
        io::ErrorKind::PermissionDenied => "it may not be read".into(),
        _ => format!("it cannot be read: {error}"),
    }
}

/// A path as the user typed it, with the home folder in place of a `~` at its start.
pub fn at_home(path: &Path) -> PathBuf {
    below(path, env::var_os("HOME").map(PathBuf::from))
}

fn below(path: &Path, home: Option<PathBuf>) -> PathBuf {
    let beneath = path.strip_prefix("~").ok();
    beneath.zip(home).map_or_else(|| path.into(), |(beneath, home)| home.join(beneath))
}

fn shown(path: &Path, home: Option<&Path>) -> String {
    let beneath = home.and_then(|home| path.strip_prefix(home).ok());
    beneath.map_or_else(|| path.display().to_string(), |beneath| format!("~/{}", beneath.display()))
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    /// The first bytes of a picture of this size, which is all that is looked at.
    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
        bytes.extend(width.to_be_bytes());
        bytes.extend(height.to_be_bytes());
        bytes.extend([8, 2, 0, 0, 0]);
        bytes
    }

    fn file(name: &str, bytes: &[u8]) -> (TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(name);
        fs::write(&path, bytes).unwrap();
        (dir, path)
    }

    #[test]
    fn a_picture_is_known_by_its_bytes() {
        let jpeg = b"\xff\xd8\xff\xc0\0\x11\x08\0\x10\0\x20\x03\x01\x22\0\x02\x11\x01\x03\x11\x01";
        let webp = b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f\x1f\xc0\x03\0\0\0\0\0\0\0\0\0\0\0\0\0";
        for (bytes, kind) in
            [(png(32, 16).as_slice(), "image/png"), (jpeg, "image/jpeg"), (webp, "image/webp")]
        {
            // Whatever its name says.
            let (_dir, path) = file("a picture.gif", bytes);
            let image = read_image(&path).unwrap();
            assert_eq!((image.media_type, image.width, image.height), (kind, 32, 16));
            assert_eq!((image.bytes, image.warnings), (bytes.len() as u64, vec![]));
            let uri = data_uri(&image.reference.parse().unwrap()).unwrap();
            assert_eq!(uri.len(), image.uri_characters);
            let code = uri.strip_prefix(&format!("data:{kind};base64,")).unwrap();
            assert_eq!(BASE64_STANDARD.decode(code).unwrap(), bytes);
        }
    }

    #[test]
    fn a_picture_that_is_too_narrow_or_too_wide_is_warned_of() {
        for (width, height, word) in
            [(1, 2, None), (2, 1, None), (499, 1000, Some("too narrow")), (2001, 1000, Some("too wide"))]
        {
            let (_dir, path) = file("a.png", &png(width, height));
            let warnings = read_image(&path).unwrap().warnings;
            assert_eq!(warnings.len(), usize::from(word.is_some()));
            assert!(warnings.iter().all(|told| word.is_some_and(|word| told.contains(word))), "{warnings:?}");
        }
    }

    #[test]
    fn what_is_no_picture_is_refused_with_the_reason() {
        let refused = |path: &Path| {
            let problem = read_image(path).unwrap_err();
            assert_eq!(problem.code, "bad_input");
            assert!(problem.message.starts_with(&path.display().to_string()), "{problem:?}");
            problem.message
        };
        let (dir, path) = file("a.png", b"");
        assert!(refused(&path).contains("no JPEG, PNG or WebP"));
        assert!(refused(&dir.path().join("b.png")).contains("no such file"));
        assert!(refused(dir.path()).contains("no regular file"));
        let pipe = dir.path().join("pipe.png");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        if made.is_ok_and(|status| status.success()) {
            assert!(refused(&pipe).contains("no regular file"));
        }
        fs::write(&path, png(0, 5)).unwrap();
        assert!(refused(&path).contains("damaged"));
        fs::write(&path, &png(5, 5)[..20]).unwrap();
        assert!(refused(&path).contains("damaged"));
    }

    #[test]
    fn the_largest_picture_fits_and_a_byte_more_does_not() {
        // 22 characters stand before the code, so this many times three bytes have room.
        let most = (URI_MAX - 22) / 4 * 3;
        let mut bytes = png(5, 5);
        bytes.resize(most, 0);
        let (_dir, path) = file("a.png", &bytes);
        assert!((URI_MAX - 3..=URI_MAX).contains(&read_image(&path).unwrap().uri_characters));
        for more in [1, 1_000_000] {
            bytes.resize(most + more, 0);
            fs::write(&path, &bytes).unwrap();
            let problem = read_image(&path).unwrap_err();
            let characters = uri_characters("image/png", bytes.len()).to_string();
            assert!(
                problem.message.contains(&characters) && problem.message.contains("5242880"),
                "{problem:?}"
            );
        }
    }

    #[test]
    fn a_changed_or_lost_picture_is_told_as_such() {
        let (dir, path) = file("cat.png", &png(5, 5));
        let image: FileRef = read_image(&path).unwrap().reference.parse().unwrap();
        fs::write(&path, png(5, 6)).unwrap();
        let problem = data_uri(&image).unwrap_err();
        assert_eq!(problem.code, "image_changed");
        let told = "cat.png has changed since you said yes: nothing was sent";
        assert!(problem.message.ends_with(told), "{problem:?}");
        for lose in [|path: &Path| fs::write(path, "no picture"), |path: &Path| fs::remove_file(path)] {
            lose(&path).unwrap();
            let problem = data_uri(&image).unwrap_err();
            assert_eq!(problem.code, "image_unreadable");
            assert!(problem.message.ends_with("nothing was sent"), "{problem:?}");
        }
        drop(dir);
    }

    #[test]
    fn the_home_is_known_in_a_path_and_shown_in_it() {
        let home = || Some(PathBuf::from("/home/me"));
        for (path, expected) in [
            ("~/a/cat.png", "/home/me/a/cat.png"),
            ("/x/cat.png", "/x/cat.png"),
            ("cat.png", "cat.png"),
            ("~you/cat.png", "~you/cat.png"),
        ] {
            assert_eq!(below(Path::new(path), home()), Path::new(expected));
        }
        assert_eq!(below(Path::new("~/a"), None), Path::new("~/a"));
        assert_eq!(shown(Path::new("/home/me/a.png"), home().as_deref()), "~/a.png");
        assert_eq!(shown(Path::new("/home/me2/a.png"), home().as_deref()), "/home/me2/a.png");
        assert_eq!(shown(Path::new("/a.png"), None), "/a.png");
    }
}
