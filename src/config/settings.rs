use std::{collections::BTreeMap, fmt, path::PathBuf, time::Duration};

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use super::{CaFile, Notify, SecretCommand, ThemeSpec, Ui};
use crate::job::{Account, Budget, ModelTable, Money, Problem, Request};

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nobody said anything.
    Default,
    /// The config file.
    File(PathBuf),
    /// An environment variable.
    Env(String),
    /// A flag of the command line.
    Flag(String),
    /// The config file of the vendor's own client.
    Vendor(PathBuf),
    /// A program that was asked, by its name.
    Command(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => path.display().fmt(f),
            Self::Env(name) | Self::Flag(name) => f.write_str(name),
            Self::Vendor(path) => write!(f, "{} (the vendor's own client)", path.display()),
            Self::Command(name) => write!(f, "the command {name}"),
        }
    }
}

/// A secret with fewer characters than this shows none of them.
const SHORT: usize = 12;

/// The API key, or the account token. Its text leaves only towards the wire; people see its last four characters.
#[derive(Clone, Debug)]
pub struct ApiKey {
    secret: SecretString,
    /// Where it came from.
    pub origin: Origin,
}

impl ApiKey {
    /// A key, and where it came from.
    pub fn new(secret: String, origin: Origin) -> Self {
        Self { secret: secret.into(), origin }
    }

    /// The key itself, for the `Authorization` header and nothing else.
    pub fn secret(&self) -> &SecretString {
        &self.secret
    }

    /// Whether a text holds it.
    pub fn stands_in(&self, text: &str) -> bool {
        text.contains(self.secret.expose_secret())
    }

    /// A text with `stand_in` in its place wherever it stands.
    pub fn struck(&self, text: &str, stand_in: &str) -> String {
        text.replace(self.secret.expose_secret(), stand_in)
    }

    /// The last four characters, or stars where the key is too short to show any.
    pub fn tail(&self) -> String {
        let text: Vec<char> = self.secret.expose_secret().chars().collect();
        if text.len() < SHORT { "****".into() } else { text[text.len() - 4..].iter().collect() }
    }

    /// The account that this key means at `service`.
    pub fn account(&self, profile: &str, service: &str) -> Account {
        let digest =
            Sha256::new_with_prefix(b"taxiway key\0").chain_update(self.secret.expose_secret()).finalize();
        let key_hash = hex::encode(digest.get(..16).unwrap_or_default());
        Account { profile: profile.into(), service: service.into(), key_hash, key_tail: self.tail() }
    }
}

/// When a submission asks before it spends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirm {
    /// Each time.
    Always,
    /// When the estimate is above this, or unknown.
    Above(Money),
    /// Not at all.
    Never,
}

/// What a new form holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Defaults {
    /// The model.
    pub model: String,
    /// The ratio.
    pub ratio: String,
    /// Seconds.
    pub duration: u32,
}

/// How requests are sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submit {
    /// When to ask.
    pub confirm: Confirm,
    /// How many tasks may be under way at once; 0 is no limit.
    pub max_active: usize,
    /// For the connection.
    pub connect_timeout: Duration,
    /// For the answer, once connected.
    pub reply_timeout: Duration,
}

/// How tasks are watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Poll {
    /// Between two polls of a task.
    pub interval: Duration,
    /// Added to that, from nothing to this much.
    pub jitter: Duration,
    /// For one poll.
    pub timeout: Duration,
    /// The longest pause; back-off starts at `interval` and doubles.
    pub max_backoff: Duration,
    /// Over all tasks.
    pub requests_per_second: u32,
}

/// How videos are fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Download {
    /// Whether by themselves.
    pub auto: bool,
    /// Into this folder; absolute.
    pub dir: PathBuf,
    /// The file's name without `.mp4`: `{date}`, `{id}`, `{slug}`, `{model}`, `{seed}` are filled in.
    pub name: String,
    /// At once.
    pub max_parallel: usize,
    /// A larger video is given up.
    pub max_bytes: u64,
}

/// Something wrong with a setting, with the place where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The file, line and column (both from 1), where it is a file's.
    pub place: Option<(PathBuf, usize, usize)>,
    /// The setting's name, as `poll.interval`, or the variable's or flag's.
    pub name: String,
    /// What is wrong, what was expected.
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((path, line, column)) = &self.place {
            write!(f, "{}:{line}:{column}: ", path.display())?;
        }
        write!(f, "{}: {}", self.name, self.message)
    }
}

/// A setting as it is in force, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its name, as `poll.interval`.
    pub name: String,
    /// Its value; of a key, the last four characters.
    pub value: String,
    /// Where it came from.
    pub origin: Origin,
}

/// All settings, merged and checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// The config file that was looked for; it need not exist.
    pub file: PathBuf,
    /// Journal, log, lock and socket live here.
    pub data_dir: PathBuf,
    /// The profile's name.
    pub profile: String,
    /// The service's base URL, without a trailing slash or `/v1`.
    pub service: String,
    /// The key, where there is one; none while `key_command` is there.
    pub key: Option<ApiKey>,
    /// The program that tells the key, until [`Config::ask_for_key`] has asked it.
    pub key_command: Option<SecretCommand>,
    /// The setting in which the profile names its key, were it in vain: a key that the program keeps is not read then.
    pub key_way: Option<&'static str>,
    /// The account token, where there is one: it finds lost tasks, and is kept like the key.
    pub access_token: Option<ApiKey>,
    /// The program that tells the account token, until [`Config::ask_for_token`] has asked it.
    pub access_token_command: Option<SecretCommand>,
    /// Certificates that are trusted beside the system's own.
    pub ca: Option<CaFile>,
    /// Sent as `X-Runway-Version`.
    pub runway_version: String,
    /// What a new form holds.
    pub defaults: Defaults,
    /// How requests are sent.
    pub submit: Submit,
    /// How tasks are watched.
    pub poll: Poll,
    /// How videos are fetched.
    pub download: Download,
    /// How much may be spent.
    pub budget: Budget,
    /// The known models.
    pub models: ModelTable,
    /// How the screen looks.
    pub ui: Ui,
    /// The user's own themes by name; none has the name of a built-in one.
    pub themes: BTreeMap<String, ThemeSpec>,
    /// How the user hears of what happens while they look elsewhere.
    pub notify: Notify,
    /// Keys by action; an empty list unbinds.
    pub keys: BTreeMap<String, Vec<String>>,
    /// Faults that forbid sending until they are mended; defaults stand in meanwhile.
    pub faults: Vec<Fault>,
    /// Faults that forbid nothing; defaults stand in.
    pub warnings: Vec<Fault>,
    /// Every setting with its origin, as `config show` tells them; none in a demo.
    pub settings: Vec<Setting>,
}

impl Config {
    /// Whether a text holds the key or the account token. A short one, as a stand-in takes it, may be a word of
    /// any text, and is looked for in none.
    pub fn is_secret_in(&self, text: &str) -> bool {
        let is_long = |secret: &&ApiKey| secret.secret().expose_secret().len() >= SHORT;
        self.key.iter().chain(&self.access_token).filter(is_long).any(|secret| secret.stands_in(text))
    }

    /// Refuses a request that holds the key or the account token: it would stand in the journal, in logs and in
    /// the names of files.
    ///
    /// # Errors
    /// `bad_input`, without a word of the secret.
    pub fn check_no_secret(&self, request: &Request) -> Result<(), Problem> {
        let Request { prompt_image, model, prompt_text, ratio, .. } = request;
        let texts = [Some(prompt_image), Some(model), prompt_text.as_ref(), ratio.as_ref()];
        if texts.into_iter().flatten().any(|text| self.is_secret_in(text)) {
            let told =
                "a field of the request holds your API key or account token: nothing was stored or sent";
            return Err(Problem::new("bad_input", told).hint("take it out, and look where it was copied to"));
        }
        Ok(())
    }

    /// The account that jobs are made with, where there is a key.
    pub fn account(&self) -> Option<Account> {
        self.key.as_ref().map(|key| key.account(&self.profile, &self.service))
    }
}
