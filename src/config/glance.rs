use std::path::PathBuf;

use super::{
    Sources,
    load::{Loader, chosen_file, read_file},
};
use crate::job::ModelTable;

/// What completing a command line needs of the settings. No key is looked for, no program is run, and what
/// is wrong is passed over.
#[derive(Debug)]
pub struct Glance {
    /// Where the journal is.
    pub data_dir: PathBuf,
    /// The names of the profiles, in order.
    pub profiles: Vec<String>,
    /// The known models.
    pub models: ModelTable,
    /// The model of a request that names none.
    pub model: String,
}

impl Glance {
    /// Reads flags, environment and config file.
    pub fn at(sources: &Sources<'_>) -> Self {
        let (file, origin) = chosen_file(sources);
        let (text, _) = read_file(&file, &origin);
        let mut loader = Loader::new(sources, &file, &text);
        Self {
            data_dir: loader.data_dir(),
            profiles: loader.document.names_in("profiles"),
            models: loader.models(),
            model: loader.defaults().model,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::config::Flags;

    #[test]
    fn names_are_there_whatever_else_is_wrong() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("config.toml");
        let text = "profile = \"gone\"\n[profiles.work]\nkey_env = \"UNSET\"\n[profiles.home]\n\
                    [defaults]\nmodel = \"gen5\"\n[poll]\ninterval = 1\n[models.gen5]\nratios = [\"1:1\"]\n";
        fs::write(&file, text).unwrap();
        let flags = Flags { config: Some(file), data_dir: Some("/jobs".into()), ..Flags::default() };
        let glance = Glance::at(&Sources { flags, env: &|_| None });
        assert_eq!(glance.profiles, ["home", "work"]);
        assert_eq!(glance.data_dir, PathBuf::from("/jobs"));
        assert_eq!(glance.models.get("gen5").unwrap().ratios, ["1:1"]);
        assert_eq!(glance.model, "gen5");
    }
}
