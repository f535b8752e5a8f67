use std::{
    fs::{self, DirBuilder, OpenOptions, Permissions},
    io,
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use super::JournalError;

/// The journal's file in `data_dir`.
pub(super) fn database(data_dir: &Path) -> PathBuf {
    data_dir.join("journal.db")
}

/// SQLite's companion of `database`: `-wal` or `-shm`.
pub(super) fn companion(database: &Path, suffix: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// The file's length, 0 when it is not there. A look at the directory only: opening and closing a database
/// file would drop the locks that SQLite holds on it in this process.
pub(super) fn len(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |meta| meta.len())
}

/// Device and number of the file that has this name now.
pub(super) fn identity(path: &Path) -> io::Result<(u64, u64)> {
    fs::metadata(path).map(|meta| (meta.dev(), meta.ino()))
}

/// Makes the folder, for its user alone. One that is there already is left as it is, since it may be
/// anything (a home folder, `/tmp`); the files in it are private in any case.
pub(super) fn make(data_dir: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(data_dir)
}

/// Makes folder and database file ready for SQLite, which gives its companions the mode of the database.
pub(super) fn prepare(data_dir: &Path) -> Result<PathBuf, JournalError> {
    refuse_network(data_dir)?;
    make(data_dir).map_err(|error| JournalError::unwritable(data_dir, &error))?;
    let path = database(data_dir);
    refuse_stray_wal(&path)?;
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
    match made {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => keep_private(&path)?,
        Err(error) => return Err(JournalError::unwritable(&path, &error)),
    }
    Ok(path)
}

fn keep_private(path: &Path) -> Result<(), JournalError> {
    let failed = |error| JournalError::unwritable(path, &error);
    let mode = fs::metadata(path).map_err(failed)?.permissions().mode();
    if mode & 0o077 != 0 {
        fs::set_permissions(path, Permissions::from_mode(0o600)).map_err(failed)?;
        tracing::warn!("{}: others could read the journal; it is private now", path.display());
    }
    Ok(())
}

/// A write-ahead log without its database holds jobs that SQLite would throw away as soon as it makes a new
/// database beside it.
pub(super) fn refuse_stray_wal(path: &Path) -> Result<(), JournalError> {
    // In this order: a process that makes a journal this moment has a database before it has a log.
    if len(&companion(path, "-wal")) > 0 && len(path) == 0 {
        return Err(JournalError::corrupt(
            path,
            "it is missing or empty, while journal.db-wal beside it still holds jobs",
        ));
    }
    Ok(())
}

fn refuse_network(data_dir: &Path) -> Result<(), JournalError> {
    match network_file_system(data_dir) {
        Some(kind) => Err(JournalError::NetworkFileSystem { path: data_dir.into(), kind }),
        None => Ok(()),
    }
}

/// The name of the network file system that a folder is on, where it is on one: no journal is kept there.
pub fn network_file_system(folder: &Path) -> Option<&'static str> {
    // A folder that is still to be made will be on the file system of its nearest ancestor.
    folder.ancestors().find(|folder| folder.exists()).and_then(network)
}

#[cfg(target_os = "linux")]
fn network(folder: &Path) -> Option<&'static str> {
    // A folder that cannot even be asked about fails at its first use, with the system's own words.
    let found = rustix::fs::statfs(folder).ok()?;
    // The field's width and sign differ between architectures; the numbers are of 32 bits.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "statfs(2) magic is 32 bits")]
    network_name(found.f_type as u32)
}

#[cfg(not(target_os = "linux"))]
fn network(_folder: &Path) -> Option<&'static str> {
    None
}

/// The name of a file system that several machines share, by its number in statfs(2). FUSE (sshfs) is not
/// among them: it has one number for local and remote ones.
#[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "the numbers are Linux's"))]
const fn network_name(magic: u32) -> Option<&'static str> {
    Some(match magic {
        0x6969 => "NFS",
        0x517B => "SMB",
        0xFF53_4D42 => "CIFS",
        0xFE53_4D42 => "SMB2",
        0x5346_414F | 0x6B41_4653 => "AFS",
        0x00C3_6400 => "Ceph",
        0x0102_1997 => "9p",
        0x7375_7245 => "Coda",
        0x0BD0_0BD0 => "Lustre",
        0x4750_4653 => "GPFS",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn network_file_systems_are_told_apart_from_local_ones() {
        for (magic, name) in
            [(0x6969, "NFS"), (0xFF53_4D42, "CIFS"), (0xFE53_4D42, "SMB2"), (0xC3_6400, "Ceph")]
        {
            assert_eq!(network_name(magic), Some(name));
        }
        // ext4, btrfs, xfs, tmpfs, overlayfs, zfs
        for magic in [0xEF53, 0x9123_683E, 0x5846_5342, 0x0102_1994, 0x794C_7630, 0x2FC1_2FC1] {
            assert_eq!(network_name(magic), None, "{magic:x}");
        }
        let error = JournalError::NetworkFileSystem { path: "/n/taxiway".into(), kind: "NFS" };
        assert!(error.to_string().starts_with("/n/taxiway: this folder is on a network file system (NFS)"));
        assert_eq!(error.code(), "network_file_system");
    }
}
