//! Files and pipes of others, which may be of any length.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

/// No settings and no key are larger than this, in bytes; what is, is something else.
const SMALL: u64 = 1 << 20;

/// All of a text that has at most `most` bytes, which are whole MiB. No more than that is read.
///
/// # Errors
/// What the machine refused; `FileTooLarge` where there is more, `InvalidData` where it is no UTF-8.
pub fn read_at_most(source: impl Read, most: u64) -> io::Result<String> {
    let mut bytes = Vec::new();
    let read = source.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if read as u64 > most {
        let told = format!("it is larger than {} MiB", most >> 20);
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, told));
    }
    String::from_utf8(bytes).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is no UTF-8 text"))
}

/// A file's text, if it is not too large to be meant.
pub(super) fn read_small(file: &Path) -> io::Result<String> {
    read_at_most(File::open(file)?, SMALL)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_is_told_before_what_it_holds() {
        let read = |bytes: &[u8]| read_at_most(bytes, 4).map_err(|error| error.kind());
        assert_eq!(read(b""), Ok(String::new()));
        assert_eq!(read("aäa".as_bytes()), Ok("aäa".into()));
        // Cut in the middle of a character.
        assert_eq!(read("aäää".as_bytes()), Err(io::ErrorKind::FileTooLarge));
        assert_eq!(read(b"a\xff"), Err(io::ErrorKind::InvalidData));
        assert_eq!(
            read_at_most(io::repeat(b'x'), 1 << 20).unwrap_err().to_string(),
            "it is larger than 1 MiB"
        );
    }
}
