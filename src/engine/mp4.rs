//! What an MP4 file tells of itself: that it is one, and whether it is all here.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::Path,
};

/// Whether a file begins as an MP4 does: with a box named `ftyp`.
pub(super) fn is_mp4(path: &Path) -> io::Result<bool> {
    let mut head = Vec::new();
    File::open(path)?.take(8).read_to_end(&mut head)?;
    Ok(head.get(4..8) == Some(b"ftyp"))
}

/// Whether an MP4 ends within one of its outermost boxes, each of which begins with its length: 32 bits; or 1,
/// the name, and 64 bits; or 0 for all the rest. What is no MP4 is not cut.
pub(super) fn is_cut(path: &Path) -> io::Result<bool> {
    if !is_mp4(path)? {
        return Ok(false);
    }
    let mut file = File::open(path)?;
    let end = file.metadata()?.len();
    let mut at = 0;
    while at < end {
        let mut head = [0; 16];
        file.seek(SeekFrom::Start(at))?;
        let read = io::copy(&mut (&mut file).take(16), &mut head.as_mut_slice())?;
        let [a, b, c, d, _, _, _, _, long @ ..] = head;
        let (length, least) = match u32::from_be_bytes([a, b, c, d]) {
            0 => return Ok(false),
            1 => (u64::from_be_bytes(long), 16),
            short => (short.into(), 8),
        };
        if read < least || length < least {
            return Ok(true);
        }
        at = at.saturating_add(length);
    }
    Ok(at > end)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_file_that_ends_within_a_box_is_cut() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("v");
        let clip = crate::stand_in::clip();
        let cut = |bytes: &[u8]| {
            fs::write(&path, bytes).unwrap();
            is_cut(&path).unwrap()
        };
        assert!(!cut(clip));
        for length in [9, 40, clip.len() / 2, clip.len() - 1] {
            assert!(cut(clip.get(..length).unwrap()), "{length}");
        }
        let with = |rest: &[u8]| [b"\0\0\0\x08ftyp", rest].concat();
        assert!(!cut(&with(b"\0\0\0\0mdat and so on")), "to the end");
        assert!(!cut(&with(b"\0\0\0\x01mdat\0\0\0\0\0\0\0\x12ab")));
        assert!(cut(&with(b"\0\0\0\x01mdat\0\0\0\0\0\0\0\x13ab")));
        assert!(cut(&with(b"\0\0\0\x01mdat")), "no room for its length");
        assert!(cut(&with(b"\0\0\0\x07mdat")), "no such length");
        assert!(!cut(b"<html>") && !cut(b""));
    }
}
