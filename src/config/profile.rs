use super::{CaFile, DEFAULT_SERVICE, Origin, load::Loader, read, service::read_service};
use crate::job::nearest;

/// What the chosen profile says, save its key.
pub(super) struct Profile {
    pub name: String,
    pub service: String,
    pub runway_version: String,
    pub ca: Option<CaFile>,
}

const DEFAULT_PROFILE: &str = "default";
const SERVICE_VAR: &str = "COMETAPI_BASE_URL";
/// The version of the API that `reference/api.md §1` documents.
pub(super) const RUNWAY_VERSION: &str = "2024-11-06";

impl Loader<'_> {
    /// Chooses the profile. Those that are not chosen are checked too.
    pub(super) fn profile(&mut self) -> Profile {
        let known = self.document.names_in("profiles");
        let name = self.profile_name(&known);
        for profile in &known {
            self.check_key_names(profile);
            if *profile != name {
                self.find(&["profiles", profile, "base_url"], read::service);
                self.find(&["profiles", profile, "runway_version"], read::word);
                self.find(&["profiles", profile, "ca_file"], read::pem_file);
            }
        }
        let runway_version = self.take(
            &["profiles", &name, "runway_version"],
            RUNWAY_VERSION.to_string(),
            read::word,
            Clone::clone,
        );
        let service = self.service(&name);
        let ca = self.ca_file(&name);
        Profile { name, service, runway_version, ca }
    }

    fn profile_name(&mut self, known: &[String]) -> String {
        let flag = self.sources.flags.profile.clone();
        let written = self.find(&["profile"], read::text);
        let (name, origin) = match (flag, written) {
            (Some(name), _) => (name, Origin::Flag("--profile".into())),
            (None, Some(name)) => (name, self.file_origin()),
            (None, None) => (DEFAULT_PROFILE.into(), Origin::Default),
        };
        if name != DEFAULT_PROFILE && !known.contains(&name) {
            let advice = match nearest(&name, known.iter().map(String::as_str)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "the config file has a table [profiles.NAME] for each".into(),
            };
            let message = format!("there is no profile `{name}`; {advice}");
            match &origin {
                Origin::Flag(flag) => self.fault(flag, message),
                _ => self.fault_at(&["profile"], message),
            }
        }
        self.record("profile", name.clone(), origin);
        name
    }

    fn service(&mut self, profile: &str) -> String {
        let written = self.find(&["profiles", profile, "base_url"], read::service);
        let (service, origin) = match (self.sources.var(SERVICE_VAR), written) {
            (Some(text), _) => match read_service(&text) {
                Ok(service) => (service, Origin::Env(SERVICE_VAR.into())),
                Err(message) => {
                    self.fault(SERVICE_VAR, message);
                    (DEFAULT_SERVICE.into(), Origin::Default)
                }
            },
            (None, Some(service)) => (service, self.file_origin()),
            (None, None) => (DEFAULT_SERVICE.into(), Origin::Default),
        };
        self.record("base_url", service.clone(), origin);
        service
    }
}
