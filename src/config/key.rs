use std::{fs, io, os::unix::fs::PermissionsExt, path::Path};

use toml::de::DeValue;

use super::{ApiKey, Origin, document::Document, load::Loader, read};

/// The vendor's own name for the key's variable.
const KEY_VAR: &str = "COMETAPI_KEY";

/// The ways in which a profile can name its key; one at most.
const WAYS: [&str; 3] = ["key", "key_env", "key_file"];

/// A key as it was pasted: blanks around it dropped.
///
/// # Errors
/// What is wrong with it. The words never hold any of it.
fn clean(written: &str) -> Result<String, &'static str> {
    let key = written.trim();
    if key.is_empty() {
        return Err("is empty: it should hold the key");
    }
    if !key.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(
            "holds a blank, a line break or a sign beyond plain ASCII, which no key has: copy it again",
        );
    }
    Ok(key.into())
}

impl Loader<'_> {
    /// The key, from the first of: the environment, the profile, the vendor's own client. A profile
    /// that names its key and then has none gets no other, which might spend another account's money.
    pub(super) fn key(&mut self, profile: &str) -> Option<ApiKey> {
        let ways: Vec<&str> =
            WAYS.into_iter().filter(|way| self.document.get(&["profiles", profile, way]).is_some()).collect();
        if let [first, second, ..] = ways.as_slice() {
            let message = format!("stands beside {first}: a profile names its key in one way");
            self.fault_at(&["profiles", profile, second], message);
        }
        if let Some(written) = self.sources.var(KEY_VAR) {
            if let (Some(_), Some(way)) = (&self.sources.flags.profile, ways.first()) {
                let message =
                    format!("{KEY_VAR} is set, and goes before it: unset that to use this profile's own");
                self.warn_at(&["profiles", profile, way], message);
            }
            return self.cleaned(&written, Origin::Env(KEY_VAR.into()), |loader, message| {
                loader.fault(KEY_VAR, message);
            });
        }
        match ways.first().copied() {
            Some("key") => self.key_in_file(profile),
            Some("key_env") => self.key_in_variable(profile),
            Some(_) => self.key_in_key_file(profile),
            None => self.vendor_key(),
        }
    }

    /// Whether what a profile says of its key is well formed, be it used or not.
    pub(super) fn check_key_names(&mut self, profile: &str) {
        // A number may be a key that lost its quotes, so the value is not shown.
        let quoted = |value: &DeValue<'_>| match value {
            DeValue::String(_) => Ok(()),
            other => Err(format!("expected a text in quotes, found a value of type {}", other.type_str())),
        };
        self.find(&["profiles", profile, "key"], quoted);
        self.find(&["profiles", profile, "key_env"], read::variable);
        self.find(&["profiles", profile, "key_file"], read::key_file);
    }

    /// The value at `path`; what is wrong with it [`Self::check_key_names`] has told.
    fn checked(
        &self,
        path: &[&str],
        read: impl Fn(&DeValue<'_>) -> Result<String, String>,
    ) -> Option<String> {
        read(self.document.get(path)?.get_ref()).ok()
    }

    fn key_in_file(&mut self, profile: &str) -> Option<ApiKey> {
        let path = ["profiles", profile, "key"];
        let written = self.checked(&path, read::text)?;
        self.warn_if_others_read("config file", &self.file.clone());
        let origin = Origin::File(self.file.clone());
        self.cleaned(&written, origin, |loader, message| loader.fault_at(&path, message))
    }

    fn key_in_variable(&mut self, profile: &str) -> Option<ApiKey> {
        let path = ["profiles", profile, "key_env"];
        let name = self.checked(&path, read::variable)?;
        let Some(written) = self.sources.var(&name) else {
            self.warn_at(&path, format!("the variable {name} is not set, so there is no key"));
            return None;
        };
        self.cleaned(&written, Origin::Env(name), |loader, message| {
            loader.fault_at(&path, format!("the variable {message}"));
        })
    }

    fn key_in_key_file(&mut self, profile: &str) -> Option<ApiKey> {
        let path = ["profiles", profile, "key_file"];
        let written = self.checked(&path, read::key_file)?;
        let file = self.sources.path(Path::new(&written), &self.folder());
        let text = match fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) => {
                self.fault_at(&path, format!("cannot read {}: {error}", file.display()));
                return None;
            }
        };
        self.warn_if_others_read("key file", &file);
        self.cleaned(&text, Origin::File(file.clone()), |loader, message| {
            loader.fault_at(&path, format!("{} {message}", file.display()));
        })
    }

    /// The key of the vendor's own client, and nothing else of that file.
    fn vendor_key(&mut self) -> Option<ApiKey> {
        let file = self.sources.home()?.join(".config/cometapi/config.toml");
        let text = match fs::read_to_string(&file) {
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
        let key = self.cleaned(&written, Origin::Vendor(file.clone()), |loader, message| {
            loader.warn("key", format!("the api_key in the vendor's own {} {message}", file.display()));
        })?;
        let path = file.display();
        self.warn("key", format!("none is set, so the one of the vendor's own client is used: {path}"));
        self.warn_if_others_read("vendor's own file", &file);
        Some(key)
    }

    fn cleaned(
        &mut self,
        written: &str,
        origin: Origin,
        complain: impl FnOnce(&mut Self, &'static str),
    ) -> Option<ApiKey> {
        match clean(written) {
            Ok(key) => Some(ApiKey::new(key, origin)),
            Err(message) => {
                complain(self, message);
                None
            }
        }
    }

    fn warn_if_others_read(&mut self, what: &str, file: &Path) {
        let mode = fs::metadata(file).map_or(0, |data| data.permissions().mode());
        if mode & 0o077 != 0 {
            let path = file.display();
            self.warn("key", format!("the {what} {path} holds a key, and others can read it: chmod 600 it"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_one_word_of_plain_ascii() {
        assert_eq!(clean(" sk-abc\r\n").as_deref(), Ok("sk-abc"));
        for written in ["", " \n", "sk a", "sk\na", "sk-…", "sk\u{7}", "sk\u{200b}a"] {
            assert!(clean(written).is_err(), "{written:?}");
        }
    }
}
