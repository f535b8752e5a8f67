use std::{
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use toml::de::DeValue;

use super::{
    ApiKey, Config, Confirm, Defaults, Desktop, Download, Fault, Notify, Origin, Poll, SecretCommand,
    Setting, Sources, Submit,
    bounded::read_small,
    document::Document,
    is_loopback,
    key::{KEY, Secret},
    known::{dotted, is_of_screen},
    profile::{Profile, RUNWAY_VERSION},
    read,
    sources::{folders, is_broken},
    units::{show_duration, show_size},
};
use crate::job::{Budget, Money};

const CONFIG_VAR: &str = "TAXIWAY_CONFIG";
const DATA_VAR: &str = "TAXIWAY_DATA_DIR";
/// What the service's manners allow (`reference/api.md §5`).
const LEAST_INTERVAL: Duration = Duration::from_secs(5);

impl Config {
    /// All settings. What is wrong is told in [`Config::faults`], which forbid sending, and
    /// [`Config::warnings`]; defaults stand in.
    pub fn load(sources: &Sources<'_>) -> Self {
        let (file, origin) = chosen_file(sources);
        let (text, unread) = read_file(&file, &origin);
        let mut loader = Loader::new(sources, &file, &text);
        loader.faults.extend(unread);
        loader.record("config", file.display().to_string(), origin);
        let data_dir = loader.data_dir();
        let profile = loader.profile();
        let key = loader.key(&profile.name);
        let token = loader.access_token(&profile.name);
        loader.finish(data_dir, profile, key, token)
    }

    /// The settings of a demo on the service at `service`, a loopback address: no variable counts, nor
    /// do the file's profile and notices, and nothing that is wrong with the rest forbids anything. Videos go
    /// below `data_dir`.
    pub fn demo(sources: &Sources<'_>, data_dir: &Path, service: &str, key: &str) -> Self {
        let chosen = sources.flags.config.clone().map(|path| (path, Origin::Flag("--config".into())));
        let (file, origin) = config_file(sources, chosen);
        let (text, unread) = read_file(&file, &origin);
        let mut loader = Loader::new(sources, &file, &text);
        loader.faults.extend(unread);
        loader.record("config", file.display().to_string(), origin);
        let profile = Profile {
            name: "demo".into(),
            service: service.into(),
            runway_version: RUNWAY_VERSION.into(),
            ca: None,
        };
        let key = Secret::Known(ApiKey::new(key.into(), Origin::Default));
        let mut config = loader.finish(data_dir.into(), profile, key, Secret::None);
        config.download.dir = data_dir.join("videos");
        config.budget = Budget::default();
        config.notify = Notify { desktop: Desktop::Never, ..Notify::default() };
        config.settings.clear();
        let faults = std::mem::take(&mut config.faults);
        config.warnings.extend(faults);
        config
    }
}

/// The config file that flag or variable name, else where one is looked for; and who chose it.
pub(super) fn chosen_file(sources: &Sources<'_>) -> (PathBuf, Origin) {
    let flag = sources.flags.config.clone().map(|path| (path, Origin::Flag("--config".into())));
    let variable = || Some((sources.var(CONFIG_VAR)?.into(), Origin::Env(CONFIG_VAR.into())));
    config_file(sources, flag.or_else(variable))
}

/// The config file, and who chose it.
fn config_file(sources: &Sources<'_>, chosen: Option<(PathBuf, Origin)>) -> (PathBuf, Origin) {
    if let Some((path, origin)) = chosen {
        return (sources.path_from_here(&path), origin);
    }
    let known = folders().map(|dirs| dirs.config_dir().join("config.toml"));
    let path = known.unwrap_or_else(|| sources.path_from_here(Path::new("taxiway.toml")));
    (path, Origin::Default)
}

/// The file's text. One that nobody asked for need not exist.
pub(super) fn read_file(file: &Path, origin: &Origin) -> (String, Option<Fault>) {
    let fault = |message: String| Fault { place: None, name: file.display().to_string(), message };
    match read_small(file) {
        Ok(text) => (text, None),
        Err(error) if error.kind() == io::ErrorKind::NotFound && *origin == Origin::Default => {
            (String::new(), None)
        }
        Err(error) => {
            let by = if *origin == Origin::Default { String::new() } else { format!(", named by {origin}") };
            (String::new(), Some(fault(format!("cannot read the config file{by}: {error}"))))
        }
    }
}

/// Settings while they are gathered.
pub(super) struct Loader<'a> {
    pub(super) sources: &'a Sources<'a>,
    pub(super) document: Document<'a>,
    pub(super) file: PathBuf,
    faults: Vec<Fault>,
    pub(super) warnings: Vec<Fault>,
    settings: Vec<Setting>,
}

impl<'a> Loader<'a> {
    pub(super) fn new(sources: &'a Sources<'a>, file: &Path, text: &'a str) -> Self {
        let (document, syntax) = Document::parse(file, text);
        let misnamed = document.check_names();
        let mut loader = Self {
            sources,
            document,
            file: file.into(),
            faults: syntax.into_iter().collect(),
            warnings: misnamed.unknown,
            settings: Vec::new(),
        };
        for fault in misnamed.no_tables {
            loader.sort_in(fault);
        }
        loader
    }

    /// The config file's folder.
    pub(super) fn folder(&self) -> PathBuf {
        self.file.parent().unwrap_or(Path::new("/")).into()
    }

    pub(super) fn file_origin(&self) -> Origin {
        Origin::File(self.file.clone())
    }

    /// A fault of a variable or a flag.
    pub(super) fn fault(&mut self, name: &str, message: impl Into<String>) {
        self.faults.push(Fault { place: None, name: name.into(), message: message.into() });
    }

    /// A fault of the file's value at `path`; under the tables of the screen
    /// ([`is_of_screen`]) it forbids nothing.
    pub(super) fn fault_at(&mut self, path: &[&str], message: impl Into<String>) {
        let fault = self.document.fault(path, message);
        self.sort_in(fault);
    }

    fn sort_in(&mut self, fault: Fault) {
        if is_of_screen(&fault.name) {
            self.warnings.push(fault);
        } else {
            self.faults.push(fault);
        }
    }

    pub(super) fn warn(&mut self, name: &str, message: String) {
        self.warnings.push(Fault { place: None, name: name.into(), message });
    }

    pub(super) fn warn_at(&mut self, path: &[&str], message: String) {
        let warning = self.document.fault(path, message);
        self.warnings.push(warning);
    }

    pub(super) fn record(&mut self, name: &str, value: String, origin: Origin) {
        self.settings.push(Setting { name: name.into(), value, origin });
    }

    /// The file's value at `path`, where there is one and it is right.
    pub(super) fn find<T>(
        &mut self,
        path: &[&str],
        read: impl Fn(&DeValue<'_>) -> Result<T, String>,
    ) -> Option<T> {
        match read(self.document.get(path)?.get_ref()) {
            Ok(value) => Some(value),
            Err(message) => {
                self.fault_at(path, message);
                None
            }
        }
    }

    /// The same, and it is remembered as being in force.
    pub(super) fn take_given<T>(
        &mut self,
        path: &[&str],
        read: impl Fn(&DeValue<'_>) -> Result<T, String>,
        show: impl Fn(&T) -> String,
    ) -> Option<T> {
        let value = self.find(path, read)?;
        self.record(&dotted(path), show(&value), self.file_origin());
        Some(value)
    }

    /// The same, else `default`.
    pub(super) fn take<T>(
        &mut self,
        path: &[&str],
        default: T,
        read: impl Fn(&DeValue<'_>) -> Result<T, String>,
        show: impl Fn(&T) -> String,
    ) -> T {
        if let Some(value) = self.take_given(path, read, &show) {
            return value;
        }
        self.record(&dotted(path), show(&default), Origin::Default);
        default
    }

    pub(super) fn data_dir(&mut self) -> PathBuf {
        let flag = self.sources.flags.data_dir.clone().map(|dir| (dir, Origin::Flag("--data-dir".into())));
        let variable = self.sources.var(DATA_VAR).map(|dir| (dir.into(), Origin::Env(DATA_VAR.into())));
        let known = folders().map(|dirs| (dirs.data_dir().to_path_buf(), Origin::Default));
        let (dir, origin) = flag.or(variable).or(known).unwrap_or_else(|| {
            self.fault(
                "data-dir",
                format!("there is no home folder to keep the journal in: give --data-dir or {DATA_VAR}"),
            );
            (PathBuf::from("taxiway"), Origin::Default)
        });
        if origin != Origin::Default && is_broken(&dir.to_string_lossy()) {
            self.fault("data-dir", "its name holds bytes that are no UTF-8");
        }
        let dir = self.sources.path_from_here(&dir);
        self.record("data-dir", dir.display().to_string(), origin);
        dir
    }

    fn finish(mut self, data_dir: PathBuf, profile: Profile, key: Secret, access_token: Secret) -> Config {
        let key_way = self.ways_of(KEY, &profile.name).next();
        let (key, key_command) = self.record_secret("key", key);
        let (access_token, access_token_command) = self.record_secret("access_token", access_token);
        let defaults = self.defaults();
        let submit = self.submit();
        let poll = self.poll(&profile.service);
        let download = self.download();
        let budget = self.budget();
        let models = self.models();
        let themes = self.themes();
        let ui = self.ui(&themes);
        let notify = self.notify();
        let keys = self.keys();
        for list in [&mut self.faults, &mut self.warnings] {
            list.sort_by(|a, b| a.place.cmp(&b.place));
        }
        Config {
            file: self.file,
            data_dir,
            profile: profile.name,
            service: profile.service,
            key,
            key_command,
            key_way,
            access_token,
            access_token_command,
            ca: profile.ca,
            runway_version: profile.runway_version,
            defaults,
            submit,
            poll,
            download,
            budget,
            models,
            ui,
            themes,
            notify,
            keys,
            faults: self.faults,
            warnings: self.warnings,
            settings: self.settings,
        }
    }

    /// Splits what is known of a secret into itself and the program that tells it.
    fn record_secret(&mut self, name: &str, secret: Secret) -> (Option<ApiKey>, Option<SecretCommand>) {
        let (value, origin) = match &secret {
            Secret::None => ("none".into(), Origin::Default),
            Secret::Known(key) => (format!("…{}", key.tail()), key.origin.clone()),
            Secret::Command(command) => ("asked for when it is needed".into(), command.origin()),
        };
        self.record(name, value, origin);
        match secret {
            Secret::None => (None, None),
            Secret::Known(key) => (Some(key), None),
            Secret::Command(command) => (None, Some(command)),
        }
    }

    pub(super) fn defaults(&mut self) -> Defaults {
        Defaults {
            model: self.take(&["defaults", "model"], "gen3a_turbo".into(), read::word, Clone::clone),
            ratio: self.take(&["defaults", "ratio"], "1280:720".into(), read::ratio_or_none, Clone::clone),
            duration: self.take(&["defaults", "duration"], 5, read::seconds, ToString::to_string),
        }
    }

    fn submit(&mut self) -> Submit {
        let mut limit =
            |name, seconds| self.take(&["submit", name], Duration::from_secs(seconds), read::limit, show);
        let (connect_timeout, reply_timeout) = (limit("connect_timeout", 10), limit("reply_timeout", 120));
        Submit {
            confirm: self.take(&["submit", "confirm"], Confirm::Always, read::confirm, Confirm::to_string),
            max_active: self.take(&["submit", "max_active"], 0, read::count, ToString::to_string),
            connect_timeout,
            reply_timeout,
        }
    }

    fn poll(&mut self, service: &str) -> Poll {
        let mut interval = self.take(&["poll", "interval"], LEAST_INTERVAL, read::limit, show);
        if interval < LEAST_INTERVAL && !is_loopback(service) {
            self.fault_at(
                &["poll", "interval"],
                format!(
                    "expected at least \"5s\", found \"{}\": the service asks not to be polled faster",
                    show(&interval)
                ),
            );
            interval = LEAST_INTERVAL;
        }
        let mut max_backoff = self.take(&["poll", "max_backoff"], Duration::from_secs(60), read::limit, show);
        if max_backoff < interval {
            if self.document.get(&["poll", "max_backoff"]).is_some() {
                let message = format!(
                    "expected at least poll.interval, which is \"{}\", found \"{}\"",
                    show(&interval),
                    show(&max_backoff)
                );
                self.fault_at(&["poll", "max_backoff"], message);
            }
            max_backoff = interval;
        }
        Poll {
            interval,
            jitter: self.take(&["poll", "jitter"], Duration::from_secs(3), read::duration, show),
            timeout: self.take(&["poll", "timeout"], Duration::from_secs(30), read::limit, show),
            max_backoff,
            requests_per_second: self.take(
                &["poll", "requests_per_second"],
                10,
                read::rate,
                ToString::to_string,
            ),
        }
    }

    fn budget(&mut self) -> Budget {
        let Budget { unknown_price, .. } = Budget::default();
        Budget {
            day: self.take_given(&["budget", "day_usd"], read::money, Money::to_string),
            session: self.take_given(&["budget", "session_usd"], read::money, Money::to_string),
            unknown_price: self.take(
                &["budget", "unknown_price_usd"],
                unknown_price,
                read::money,
                Money::to_string,
            ),
        }
    }

    fn download(&mut self) -> Download {
        let auto = self.take(&["download", "auto"], true, read::truth, ToString::to_string);
        let folder = self.folder();
        let sources = self.sources;
        let dir = self.take(
            &["download", "dir"],
            sources.path_from_here(Path::new("~/Videos/taxiway")),
            |value| {
                let written = read::text(value)?;
                let known = !written.is_empty()
                    && (!written.starts_with('~') || written == "~" || written.starts_with("~/"));
                if !known {
                    return Err(read::expected("a folder such as \"~/Videos/taxiway\"", value));
                }
                Ok(sources.path(Path::new(&written), &folder))
            },
            |dir| dir.display().to_string(),
        );
        let name = "{date}-{id}-{slug}".to_string();
        Download {
            auto,
            dir,
            name: self.take(&["download", "name"], name, read::file_name, Clone::clone),
            max_parallel: self.take(&["download", "max_parallel"], 2, read::parallel, ToString::to_string),
            max_bytes: self.take(&["download", "max_bytes"], 2 << 30, read::size, |bytes| show_size(*bytes)),
        }
    }
}

fn show(duration: &Duration) -> String {
    show_duration(*duration)
}
