use std::{
    env,
    path::{Path, PathBuf, absolute},
};

use directories::{BaseDirs, ProjectDirs};

/// What the command line says of the settings; what it does not say is none.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    /// `--config FILE`.
    pub config: Option<PathBuf>,
    /// `--data-dir DIR`.
    pub data_dir: Option<PathBuf>,
    /// `--profile NAME`.
    pub profile: Option<String>,
    /// `--ascii`.
    pub ascii: Option<bool>,
}

/// Where settings are looked for, beside the config file that these name.
pub struct Sources<'a> {
    /// The command line.
    pub flags: Flags,
    /// The environment: [`process_env`], save in tests.
    pub env: &'a dyn Fn(&str) -> Option<String>,
}

/// A variable of this process's environment. What is no UTF-8 in it is replaced, so that a broken one is
/// refused where it is read: were it taken for unset, another key or service might stand in.
pub fn process_env(name: &str) -> Option<String> {
    env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}

impl Sources<'_> {
    /// A variable's value. One that is set but empty, or blank, counts as unset.
    pub(super) fn var(&self, name: &str) -> Option<String> {
        (self.env)(name).filter(|value| !value.trim().is_empty())
    }

    /// The user's home folder.
    pub(super) fn home(&self) -> Option<PathBuf> {
        let known = || BaseDirs::new().map(|dirs| dirs.home_dir().to_path_buf());
        // One whose name is no text is known to the system as it is.
        self.var("HOME").filter(|home| !is_broken(home)).map(PathBuf::from).or_else(known)
    }

    /// A path as a user writes it: `~` is the home folder, and what is relative means to `base`.
    pub(super) fn path(&self, written: &Path, base: &Path) -> PathBuf {
        match (written.strip_prefix("~"), self.home()) {
            (Ok(rest), Some(home)) => home.join(rest),
            _ => base.join(written),
        }
    }

    /// The same for a flag or a variable, which mean to the current folder.
    pub(super) fn path_from_here(&self, written: &Path) -> PathBuf {
        let path = self.path(written, Path::new(""));
        absolute(&path).unwrap_or(path)
    }
}

/// Whether a variable held what is no UTF-8.
pub(super) fn is_broken(value: &str) -> bool {
    value.contains(char::REPLACEMENT_CHARACTER)
}

/// The folders of this program, where the system has a home for them.
pub(super) fn folders() -> Option<ProjectDirs> {
    ProjectDirs::from("", "", "taxiway")
}
