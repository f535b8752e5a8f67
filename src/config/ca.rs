//! Certificates of the user's own, as a company's proxy has them.

use std::{
    io,
    path::{Path, PathBuf},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{Origin, bounded::read_small, load::Loader, read};

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// A file with one certificate or more, which are trusted beside the system's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaFile {
    /// Where it is.
    pub path: PathBuf,
    /// What it holds: PEM text with at least one certificate, each of them whole.
    pub pem: String,
}

impl Loader<'_> {
    /// The certificates that the profile names. What cannot be used of them is a fault.
    pub(super) fn ca_file(&mut self, profile: &str) -> Option<CaFile> {
        let at = ["profiles", profile, "ca_file"];
        let Some(written) = self.find(&at, read::pem_file) else {
            self.record("ca_file", "none".into(), Origin::Default);
            return None;
        };
        let path = self.sources.path(Path::new(&written), &self.folder());
        self.record("ca_file", path.display().to_string(), self.file_origin());
        let pem = match read_small(&path) {
            Ok(pem) => pem,
            Err(error) => {
                self.fault_at(&at, format!("cannot read {}: {}", path.display(), why(&error)));
                return None;
            }
        };
        if let Err(message) = check(&pem) {
            self.fault_at(&at, format!("{} {message}", path.display()));
            return None;
        }
        Some(CaFile { path, pem })
    }
}

fn why(error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::InvalidData {
        return "it is no text, and a PEM file is (`openssl x509 -inform der -in FILE` makes one of a DER file)"
            .into();
    }
    error.to_string()
}

/// Whether a text holds certificates, and all that it holds are whole.
///
/// # Errors
/// What is wrong with it; the words follow the file's name.
fn check(pem: &str) -> Result<(), String> {
    let mut blocks = pem.split(BEGIN).skip(1).enumerate().peekable();
    if blocks.peek().is_none() {
        return Err(format!("holds no certificate: a PEM file has a line {BEGIN}"));
    }
    for (at, block) in blocks {
        let told = |what: &str| format!("{what} in certificate {}: copy the file again", at + 1);
        let (body, _) = block.split_once(END).ok_or_else(|| told(&format!("lacks the line {END}")))?;
        let body: String = body.split_whitespace().collect();
        let whole = STANDARD.decode(body).is_ok_and(|der| is_whole(&der));
        if !whole {
            return Err(told("is garbled"));
        }
    }
    Ok(())
}

/// Whether these bytes are one DER sequence, as long as it says itself. What is in it, TLS looks at.
fn is_whole(der: &[u8]) -> bool {
    match der {
        [0x30, 0x82, high, low, rest @ ..] => rest.len() == usize::from(u16::from_be_bytes([*high, *low])),
        [0x30, 0x81, length, rest @ ..] => rest.len() == usize::from(*length),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_are_whole_or_told() {
        let body = STANDARD.encode([&[0x30, 0x82, 0x01, 0x00][..], &[7; 256]].concat());
        let pem = format!("# ours\n{BEGIN}\n{body}\n{END}\n");
        assert_eq!(check(&pem), Ok(()));
        assert_eq!(check(&pem.repeat(2).replace('\n', "\r\n")), Ok(()));
        for (text, words) in [
            (String::new(), "holds no certificate"),
            ("-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----".into(), "holds no certificate"),
            (pem.replace(END, ""), "lacks the line"),
            (format!("{pem}{BEGIN}\nAAAA\n{END}"), "is garbled in certificate 2"),
            (pem.replace(&body, "no base64"), "is garbled in certificate 1"),
            (pem.replace(&body, body.get(4..).unwrap()), "is garbled in certificate 1"),
        ] {
            let told = check(&text).unwrap_err();
            assert!(told.contains(words), "{text}: {told}");
        }
    }
}
