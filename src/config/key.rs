use std::{fs, io, os::unix::fs::PermissionsExt, path::Path};

use toml::de::DeValue;

use super::{
    ApiKey, Origin, SecretCommand, bounded::read_small, document::Document, load::Loader, read, store,
};

/// A secret that the settings can hold.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind {
    /// What people call it.
    pub(super) word: &'static str,
    /// The vendor's own name for its variable.
    variable: &'static str,
    /// The ways in which a profile can name it, one at most: itself, a variable, a file, a program.
    pub(super) ways: [&'static str; 4],
}

pub(super) const KEY: Kind =
    Kind { word: "key", variable: "COMETAPI_KEY", ways: ["key", "key_env", "key_file", "key_command"] };
pub(super) const TOKEN: Kind = Kind {
    word: "token",
    variable: "COMETAPI_ACCESS_TOKEN",
    ways: ["access_token", "access_token_env", "access_token_file", "access_token_command"],
};

/// What the settings know of a secret.
pub(super) enum Secret {
    /// There is none, or what was said of it is wrong.
    None,
    /// This is it.
    Known(ApiKey),
    /// A program tells it, and was not asked yet.
    Command(SecretCommand),
}

impl From<Option<ApiKey>> for Secret {
    fn from(found: Option<ApiKey>) -> Self {
        found.map_or(Self::None, Self::Known)
    }
}

/// A secret as it was pasted: blanks around it dropped.
///
/// # Errors
/// What is wrong with it. The words never hold any of it.
pub(super) fn clean(written: &str, kind: Kind) -> Result<String, String> {
    let (secret, word) = (written.trim(), kind.word);
    if secret.is_empty() {
        return Err(format!("is empty: it should hold the {word}"));
    }
    if !secret.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(format!(
            "holds a blank, a line break or a sign beyond plain ASCII, which no {word} has: copy it again"
        ));
    }
    Ok(secret.into())
}

/// [`clean`], of a key.
pub(super) fn clean_key(written: &str) -> Result<String, String> {
    clean(written, KEY)
}

impl Loader<'_> {
    /// The key, from the first of: the environment, the profile, the file that the program keeps it in, the
    /// vendor's own client. A profile that names its key and then has none gets no other, which might spend another account's money.
    pub(super) fn key(&mut self, profile: &str) -> Secret {
        let kept = |loader: &mut Self| loader.kept_key(profile).map(Secret::from);
        match self.named_secret(KEY, profile).or_else(|Unnamed| kept(self)) {
            Ok(found) => found,
            Err(Unnamed) => self.vendor_key().into(),
        }
    }

    /// The key that the user had the program keep. A kept one that is no use is no reason to take another.
    fn kept_key(&mut self, profile: &str) -> Result<Option<ApiKey>, Unnamed> {
        let file = store::kept_key(&self.file, profile).ok_or(Unnamed)?;
        let text = match read_small(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(Unnamed),
            Err(error) => {
                self.warn("key", format!("cannot read the kept {}: {error}", file.display()));
                return Ok(None);
            }
        };
        self.warn_if_others_read(KEY, "file", &file);
        Ok(self.cleaned(KEY, &text, Origin::File(file.clone()), |loader, message| {
            loader.warn("key", format!("the kept {} {message}", file.display()));
        }))
    }

    /// The account token, from the environment or the profile. Never from the vendor's own client: it
    /// could be another account's than the key, whose lost tasks it would not show.
    pub(super) fn access_token(&mut self, profile: &str) -> Secret {
        self.named_secret(TOKEN, profile).unwrap_or(Secret::None)
    }

    /// The settings in which a profile names a secret.
    pub(super) fn ways_of(&self, kind: Kind, profile: &str) -> impl Iterator<Item = &'static str> {
        kind.ways.into_iter().filter(move |way| self.document.get(&["profiles", profile, way]).is_some())
    }

    /// The secret that environment or profile name, which may be a fault and no secret.
    fn named_secret(&mut self, kind: Kind, profile: &str) -> Result<Secret, Unnamed> {
        let ways: Vec<&str> = self.ways_of(kind, profile).collect();
        if let [first, second, ..] = ways.as_slice() {
            let message = format!("stands beside {first}: a profile names its {} in one way", kind.word);
            self.fault_at(&["profiles", profile, second], message);
        }
        let variable = kind.variable;
        if let Some(written) = self.sources.var(variable) {
            if let (Some(_), Some(way)) = (&self.sources.flags.profile, ways.first()) {
                let word = kind.word;
                let message = format!(
                    "{variable} is set, and goes before it: unset that to use this profile's own {word}"
                );
                self.warn_at(&["profiles", profile, way], message);
            }
            let origin = Origin::Env(variable.into());
            let found = self.cleaned(kind, &written, origin, |loader, message| {
                loader.fault(variable, message);
            });
            return Ok(found.into());
        }
        let Some(way) = ways.first() else { return Err(Unnamed) };
        let [itself, variable, file, _] = kind.ways;
        Ok(match *way {
            way if way == itself => self.secret_in_file(kind, profile).into(),
            way if way == variable => self.secret_in_variable(kind, profile).into(),
            way if way == file => self.secret_in_own_file(kind, profile).into(),
            _ => self.secret_of_program(kind, profile).map_or(Secret::None, Secret::Command),
        })
    }

    /// Whether what a profile says of its secrets is well formed, be it used or not.
    pub(super) fn check_key_names(&mut self, profile: &str) {
        // A number may be a key that lost its quotes, so the value is not shown.
        let quoted = |value: &DeValue<'_>| match value {
            DeValue::String(_) => Ok(()),
            other => Err(format!("expected a text in quotes, found a value of type {}", other.type_str())),
        };
        for Kind { ways: [itself, variable, file, program], .. } in [KEY, TOKEN] {
            self.find(&["profiles", profile, itself], quoted);
            self.find(&["profiles", profile, variable], read::variable);
            self.find(&["profiles", profile, file], read::key_file);
            self.find(&["profiles", profile, program], read::secret_command);
        }
    }

    /// The value at `path`; what is wrong with it [`Self::check_key_names`] has told.
    fn checked<T>(&self, path: &[&str], read: impl Fn(&DeValue<'_>) -> Result<T, String>) -> Option<T> {
        read(self.document.get(path)?.get_ref()).ok()
    }

    fn secret_in_file(&mut self, kind: Kind, profile: &str) -> Option<ApiKey> {
        let path = ["profiles", profile, kind.ways[0]];
        let written = self.checked(&path, read::text)?;
        self.warn_if_others_read(kind, "config file", &self.file.clone());
        let origin = Origin::File(self.file.clone());
        self.cleaned(kind, &written, origin, |loader, message| loader.fault_at(&path, message))
    }

    fn secret_in_variable(&mut self, kind: Kind, profile: &str) -> Option<ApiKey> {
        let path = ["profiles", profile, kind.ways[1]];
        let name = self.checked(&path, read::variable)?;
        let Some(written) = self.sources.var(&name) else {
            // What looks like no variable's name may be the secret itself, in the wrong place.
            let is_name = name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
            let name = if is_name { format!("the variable {name}") } else { "the variable it names".into() };
            self.warn_at(&path, format!("{name} is not set, so there is no {}", kind.word));
            return None;
        };
        self.cleaned(kind, &written, Origin::Env(name), |loader, message| {
            loader.fault_at(&path, format!("the variable {message}"));
        })
    }

    fn secret_in_own_file(&mut self, kind: Kind, profile: &str) -> Option<ApiKey> {
        let path = ["profiles", profile, kind.ways[2]];
        let written = self.checked(&path, read::key_file)?;
        let file = self.sources.path(Path::new(&written), &self.folder());
        let text = match read_small(&file) {
            Ok(text) => text,
            Err(error) => {
                self.fault_at(&path, format!("cannot read {}: {error}", file.display()));
                return None;
            }
        };
        self.warn_if_others_read(kind, &format!("{} file", kind.word), &file);
        self.cleaned(kind, &text, Origin::File(file.clone()), |loader, message| {
            loader.fault_at(&path, format!("{} {message}", file.display()));
        })
    }

    /// The program that tells it. It is not run here: most commands need no key.
    fn secret_of_program(&mut self, kind: Kind, profile: &str) -> Option<SecretCommand> {
        let path = ["profiles", profile, kind.ways[3]];
        let argv = self.checked(&path, read::secret_command)?;
        let (program, arguments) = argv.split_first()?;
        // A name alone is looked for in PATH; a path is written as in the other settings.
        let program = if program.contains('/') {
            self.sources.path(Path::new(program), &self.folder())
        } else {
            program.into()
        };
        Some(SecretCommand::new(kind, program, arguments.to_vec(), self.document.fault(&path, "")))
    }

    /// The key of the vendor's own client, and nothing else of that file.
    fn vendor_key(&mut self) -> Option<ApiKey> {
        let file = self.sources.home()?.join(".config/cometapi/config.toml");
        let text = match read_small(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => {
                self.warn("key", format!("cannot read the vendor's own {}: {error}", file.display()));
                return None;
            }
        };
        let (document, syntax) = Document::parse(&file, &text);
        self.warnings.extend(syntax);
        let written = document.get(&["api_key"])?.get_ref().as_str()?.to_string();
        let key = self.cleaned(KEY, &written, Origin::Vendor(file.clone()), |loader, message| {
            loader.warn("key", format!("the api_key in the vendor's own {} {message}", file.display()));
        })?;
        let path = file.display();
        self.warn("key", format!("none is set, so the one of the vendor's own client is used: {path}"));
        self.warn_if_others_read(KEY, "vendor's own file", &file);
        Some(key)
    }

    fn cleaned(
        &mut self,
        kind: Kind,
        written: &str,
        origin: Origin,
        complain: impl FnOnce(&mut Self, String),
    ) -> Option<ApiKey> {
        match clean(written, kind) {
            Ok(key) => Some(ApiKey::new(key, origin)),
            Err(message) => {
                complain(self, message);
                None
            }
        }
    }

    fn warn_if_others_read(&mut self, kind: Kind, what: &str, file: &Path) {
        let mode = fs::metadata(file).map_or(0, |data| data.permissions().mode());
        if mode & 0o077 != 0 {
            let (path, Kind { word, ways: [setting, ..], .. }) = (file.display(), kind);
            let message = format!("the {what} {path} holds a {word}, and others can read it: chmod 600 it");
            self.warn(setting, message);
        }
    }
}

/// Neither environment nor profile name the secret.
struct Unnamed;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_one_word_of_plain_ascii() {
        assert_eq!(clean(" sk-abc\r\n", KEY).as_deref(), Ok("sk-abc"));
        for written in ["", " \n", "sk a", "sk\na", "sk-…", "sk\u{7}", "sk\u{200b}a"] {
            assert!(clean(written, KEY).is_err(), "{written:?}");
        }
    }
}
