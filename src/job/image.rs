use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
};

use url::Url;

use super::is_harmful;

/// The longest image URL (`reference/api.md §7`), in characters.
const URL_LIMIT: usize = 2048;

/// The longest picture within a request (`reference/api.md §7`), in characters.
const DATA_LIMIT: usize = 5_242_880;

/// Far longer than a path that any system here opens, in bytes.
const PATH_LIMIT: usize = 4096;

/// What a path begins with that is meant as one, whatever it ends with.
const PATH_STARTS: [&str; 4] = ["/", "./", "../", "~/"];

/// The ends of the names of pictures that the service takes.
const PICTURES: [&str; 4] = [".png", ".jpg", ".jpeg", ".webp"];

/// How a picture within a request begins.
const DATA_STARTS: [&str; 3] =
    ["data:image/png;base64,", "data:image/jpeg;base64,", "data:image/webp;base64,"];

/// Where the image of a request comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImageSource<'a> {
    /// An `https://` address, of at most 2,048 characters.
    Web(&'a str),
    /// A `data:` URI of a PNG, JPEG or WebP picture, of at most 5,242,880 characters.
    Data(&'a str),
    /// A file of this machine that was read and whose content is known.
    File(FileRef),
    /// The path of a file as a user typed it, `~/` included; nobody has looked at it yet.
    Path(&'a str),
}

/// What the text of an image field means; blanks around it do not count.
///
/// # Errors
/// What is wrong with it and how to mend it, in words that follow "image: ".
pub fn image_source(text: &str) -> Result<ImageSource<'_>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("is missing: give the https:// address or the file of a JPEG, PNG or WebP picture".into());
    }
    if begins(text, "data:") {
        return data_fault(text).map_or(Ok(ImageSource::Data(text)), Err);
    }
    if begins(text, "file:") {
        return text.parse().map(ImageSource::File);
    }
    if is_path(text) {
        return path_fault(text).map_or(Ok(ImageSource::Path(text)), Err);
    }
    web_fault(text).map_or(Ok(ImageSource::Web(text)), Err)
}

/// A file of this machine with the content that it had when the user chose it. As text it is
/// `file:///home/me/cat.png#sha256=…`; that stands in a request until the moment of sending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRef {
    /// Absolute, without `.` and `..`.
    pub path: PathBuf,
    /// The hash of its bytes: 64 hex digits, in lower case.
    pub sha256: String,
}

impl fmt::Display for FileRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A path that is not absolute breaks the promise of the field; joined it is at least an address.
        let url = Url::from_file_path(Path::new("/").join(&self.path)).map_err(|()| fmt::Error)?;
        write!(f, "{url}#sha256={}", self.sha256)
    }
}

impl FromStr for FileRef {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let read = || {
            // A picture within a request is long: it is not taken apart to learn that it is none.
            let url = begins(text, "file:").then(|| Url::parse(text).ok())??;
            let sha256 = url.fragment()?.strip_prefix("sha256=")?.to_ascii_lowercase();
            let is_hash = sha256.len() == 64 && sha256.bytes().all(|b| b.is_ascii_hexdigit());
            let path = url.to_file_path().ok()?;
            // What steers a terminal stays encoded: the path is shown in logs.
            let is_plain = url.query().is_none() && !path.to_string_lossy().contains(is_harmful);
            (is_hash && is_plain).then_some(Self { path, sha256 })
        };
        read().ok_or_else(|| "names a local file: give its path alone, such as /home/me/cat.png".into())
    }
}

fn begins(text: &str, scheme: &str) -> bool {
    text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
}

fn is_path(text: &str) -> bool {
    let is_picture = || {
        let lower = text.to_ascii_lowercase();
        PICTURES.iter().any(|ending| lower.ends_with(ending))
    };
    PATH_STARTS.iter().any(|start| text.starts_with(start)) || (!text.contains("://") && is_picture())
}

fn path_fault(text: &str) -> Option<String> {
    if text.contains(is_harmful) {
        return Some("holds a line break or a sign that is not to be seen: rename the file".into());
    }
    (text.len() > PATH_LIMIT).then(|| format!("is longer than any path, which have up to {PATH_LIMIT} bytes"))
}

fn data_fault(text: &str) -> Option<String> {
    let Some(code) = DATA_STARTS.iter().find_map(|start| text.strip_prefix(start)) else {
        return Some(format!("is a picture as text, but does not begin with {}", DATA_STARTS.join(" or ")));
    };
    if text.len() > DATA_LIMIT {
        let count = text.len();
        return Some(format!("has {count} characters; a picture in the request may have {DATA_LIMIT}"));
    }
    let body = code.trim_end_matches('=');
    let is_code = |b: u8| b.is_ascii_alphanumeric() || b == b'+' || b == b'/';
    let whole = !body.is_empty() && code.len() - body.len() <= 2 && body.bytes().all(is_code);
    (!whole).then(|| "is a picture as text, but not whole: what follows base64, is no base64".into())
}

fn web_fault(text: &str) -> Option<String> {
    let count = text.chars().count();
    if count > URL_LIMIT {
        return Some(format!("has {count} characters; the service takes addresses up to {URL_LIMIT}"));
    }
    let needs = "must be an https:// address that the service can fetch";
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Some(format!("holds a space or a line break; it {needs}"));
    }
    match Url::parse(text) {
        Ok(url) if url.scheme() == "https" && url.has_host() => None,
        Ok(url) if url.scheme() == "http" => Some(format!("{needs}; http:// is refused there")),
        Ok(url) if url.scheme() == "https" => Some(format!("{needs}; this one names no host")),
        _ => Some(format!("{needs}, or the path of a PNG, JPEG or WebP picture")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HASH: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

    #[test]
    fn an_address_a_picture_and_a_path_are_told_apart() {
        use ImageSource as S;
        for text in ["https://h/cat.png", "https://h/a?b=c", "HTTPS://h/x.webp"] {
            assert_eq!(image_source(&format!(" {text}\n")), Ok(S::Web(text)));
        }
        for text in
            ["cat.png", "my cat.JPEG", "./cat", "../a/b.webp", "~/cat.png", "/x/cat.bmp", "h.org/cat.jpg"]
        {
            assert_eq!(image_source(text), Ok(S::Path(text)));
        }
        let data = "data:image/webp;base64,UklGRg==";
        assert_eq!(image_source(data), Ok(S::Data(data)));
        let file = FileRef { path: "/x/my cat.png".into(), sha256: HASH.into() };
        let text = format!("file:///x/my%20cat.png#sha256={HASH}");
        assert_eq!(file.to_string(), text);
        assert_eq!(image_source(&text), Ok(S::File(file)));
    }

    #[test]
    fn a_fault_says_what_is_wrong() {
        for (text, word) in [
            ("", "is missing"),
            (" \n", "is missing"),
            ("cat", "or the path of a PNG"),
            ("ftp://h/cat.png", "must be an https:// address"),
            ("/x/a\tb.png", "line break"),
            ("file:///x/cat.png", "give its path alone"),
            ("file:///x/cat.png#sha256=12", "give its path alone"),
            (&format!("file://host/x#sha256={HASH}"), "give its path alone"),
            (&format!("file:///x%1b[31m#sha256={HASH}"), "give its path alone"),
            ("data:image/gif;base64,AAAA", "does not begin with data:image/png;base64,"),
            ("data:image/png;base64,", "no base64"),
            ("data:image/png;base64,AA\nAA", "no base64"),
            ("data:image/png;base64,A===", "no base64"),
            (&format!("data:image/png;base64,{}", "A".repeat(DATA_LIMIT)), "may have 5242880"),
        ] {
            let fault = image_source(text).unwrap_err();
            assert!(fault.contains(word), "{text:.60}: {fault}");
        }
        let full = "data:image/png;base64,";
        assert!(image_source(&format!("{full}{}", "A".repeat(DATA_LIMIT - full.len()))).is_ok());
    }

    proptest! {
        #[test]
        fn a_reference_reads_back(
            names in prop::collection::vec(r"[^/|\pC\p{Zl}\p{Zp}]{1,12}", 1..5), hash in "[0-9a-f]{64}"
        ) {
            prop_assume!(names.iter().all(|name| name != "." && name != ".." && !name.contains(is_harmful)));
            let file = FileRef { path: PathBuf::from(format!("/{}", names.join("/"))), sha256: hash };
            let text = file.to_string();
            prop_assert!(text.is_ascii() && !text.contains(' '));
            prop_assert_eq!(image_source(&text), Ok(ImageSource::File(file)));
        }
    }
}
