//! What the program writes beside the settings: the key that it keeps for its user, in a file of its own, and a
//! new config file.

use std::{
    fs::{self, DirBuilder, File},
    io::{self, Write},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use super::example::new_config;

/// So many old config files are kept.
const KEPT_MAX: u32 = 100;
/// A shorter text is no key, but part of one, in characters.
const SHORTEST: usize = 8;

/// Where the key of a profile is kept: in `key` beside the config file, another profile's in `key-NAME`. None
/// for a name that is no plain word.
pub fn kept_key(config_file: &Path, profile: &str) -> Option<PathBuf> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    match profile {
        "default" => Some(config_file.with_file_name("key")),
        name if !name.is_empty() && name.chars().all(is_plain) => {
            Some(config_file.with_file_name(format!("key-{name}")))
        }
        _ => None,
    }
}

/// A key as it was typed or pasted, without the blanks around it.
///
/// # Errors
/// Why it is none: something in it that no key has, or fewer than 8 characters. The words hold nothing of it
/// and follow "the key".
pub fn read_key(written: &str) -> Result<String, String> {
    let key = super::key::clean_key(written)?;
    if key.chars().count() < SHORTEST {
        return Err(format!("is shorter than {SHORTEST} characters: copy it again, whole"));
    }
    Ok(key)
}

/// Keeps a key in a file that [`kept_key`] names, for its user alone (0600), in place of one that was kept
/// there before. The folder is made (0700) where there is none.
///
/// # Errors
/// What is wrong with the key, or what the machine refused; then what was kept before is kept still.
pub fn store_key(file: &Path, key: &str) -> Result<(), String> {
    let key = read_key(key).map_err(|fault| format!("the key {fault}; nothing was stored"))?;
    write_private(file, format!("{key}\n").as_bytes(), true)
        .map_err(|error| format!("the key could not be stored in {}: {error}", file.display()))
}

/// Writes a config file that sets nothing, for its user alone (0600), where there is none. With `replace` one
/// that is there is kept beside it, in the first free of `NAME.bak`, `NAME.bak-2` and so on, whose name is
/// returned. The folder is made (0700) where there is none.
///
/// # Errors
/// `AlreadyExists` where there is one that is not to be replaced, or what the machine refused; then all is as it
/// was, save that the old one may have a copy.
pub fn write_new_config(file: &Path, replace: bool) -> io::Result<Option<PathBuf>> {
    if replace {
        must_be_plain(file)?;
    }
    let kept = if replace { keep(file)? } else { None };
    write_private(file, new_config().as_bytes(), replace)?;
    Ok(kept)
}

/// Copies a file to a free name beside it.
fn keep(file: &Path) -> io::Result<Option<PathBuf>> {
    let old = match fs::read(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        old => old?,
    };
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    for count in 1..KEPT_MAX {
        let ending = if count == 1 { String::new() } else { format!("-{count}") };
        let copy = file.with_file_name(format!("{name}.bak{ending}"));
        match write_private(&copy, &old, false) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            written => return written.map(|()| Some(copy)),
        }
    }
    Err(io::Error::other(format!("{KEPT_MAX} old ones are kept already: throw some away")))
}

fn must_be_plain(file: &Path) -> io::Result<()> {
    if fs::symlink_metadata(file).is_ok_and(|there| !there.is_file()) {
        return Err(io::Error::other("it is no plain file: move it away first"));
    }
    Ok(())
}

/// The file is whole and on the disk, or it is as it was before.
fn write_private(file: &Path, bytes: &[u8], replace: bool) -> io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("/"));
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|error| io::Error::other(format!("its folder: {error}")))?;
    if replace {
        must_be_plain(file)?;
    }
    // It is made with mode 0600, and takes the name only when it is whole and on the disk.
    let mut new = tempfile::Builder::new().prefix(".new-").tempfile_in(folder)?;
    new.write_all(bytes)?;
    new.as_file().sync_all()?;
    if replace {
        new.persist(file)?;
    } else {
        new.persist_noclobber(file)?;
    }
    File::open(folder)?.sync_all()
}
