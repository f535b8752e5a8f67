//! Loading settings as a user's machine would: files, variables and flags, and what is said of them.

#![allow(clippy::unwrap_used, reason = "a helper of a test fails its test")]

mod keys;
mod schema;
mod secrets;

use std::{
    collections::BTreeMap,
    env, fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use secrecy::ExposeSecret;
use taxiway::{
    config::{Config, Confirm, Desktop, Flags, Notify, Origin, Sources, Ui},
    job::{Budget, Money, Price},
};
use tempfile::TempDir;

const KEY: &str = "sk-test-0123456789abcdef";

/// A home folder with what is in it, variables and flags.
struct Machine {
    home: TempDir,
    vars: BTreeMap<String, String>,
    flags: Flags,
}

impl Machine {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut machine = Self { home, vars: BTreeMap::new(), flags: Flags::default() };
        machine.vars.insert("HOME".into(), machine.home.path().display().to_string());
        machine.vars.insert("TAXIWAY_DATA_DIR".into(), machine.path("data").display().to_string());
        machine.config("")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Puts a file there that only the user can read.
    fn file(self, name: &str, text: &str) -> Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        self.mode(name, 0o600)
    }

    fn mode(self, name: &str, mode: u32) -> Self {
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(mode)).unwrap();
        self
    }

    fn config(self, text: &str) -> Self {
        let path = self.path("config.toml").display().to_string();
        self.file("config.toml", text).var("TAXIWAY_CONFIG", &path)
    }

    fn var(mut self, name: &str, value: &str) -> Self {
        self.vars.insert(name.into(), value.into());
        self
    }

    fn with<T>(&self, run: impl Fn(&Sources<'_>) -> T) -> T {
        let env = |name: &str| self.vars.get(name).cloned();
        run(&Sources { flags: self.flags.clone(), env: &env })
    }

    fn load(&self) -> Config {
        self.with(Config::load)
    }

    /// What is wrong, a line for each, with the home folder cut off.
    fn said(&self, config: &Config) -> String {
        let faults = config.faults.iter().map(|fault| format!("fault: {fault}\n"));
        let warnings = config.warnings.iter().map(|fault| format!("warning: {fault}\n"));
        let home = format!("{}/", self.home.path().display());
        faults.chain(warnings).collect::<String>().replace(&home, "")
    }
}

fn key_of(config: &Config) -> Option<&str> {
    config.key.as_ref().map(|key| key.secret().expose_secret())
}

fn corpus(kind: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/configs").join(kind);
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|e| e == "toml"));
    files.sort();
    assert!(files.len() > 5, "the corpus is gone");
    files
}

/// Were it taken for unset, the vendor's own key or the usual service would stand in, at somebody's cost.
#[test]
fn a_variable_that_is_no_text_is_no_unset_one() {
    for (name, word) in
        [("COMETAPI_KEY", "plain ASCII"), ("COMETAPI_BASE_URL", "no text"), ("TAXIWAY_DATA_DIR", "no UTF-8")]
    {
        let machine = Machine::new()
            .file(".config/cometapi/config.toml", &format!("api_key = \"{KEY}\""))
            .var(name, "https://a\u{fffd}b");
        let config = machine.load();
        assert!(
            config.faults.iter().any(|fault| fault.to_string().contains(word)),
            "{name}: {:?}",
            config.faults
        );
        assert!(name != "COMETAPI_KEY" || config.key.is_none());
    }
}

#[test]
fn valid_files_pass_without_a_word() {
    for file in corpus("valid") {
        let machine = Machine::new().config(&fs::read_to_string(&file).unwrap());
        let said = machine.said(&machine.load());
        assert_eq!(said, "", "{}", file.display());
    }
}

/// With `UPDATE_EXPECTED=1` the expected messages are written anew, to be read and committed.
#[test]
fn invalid_files_say_what_is_wrong_and_where() {
    for file in corpus("invalid") {
        let machine = Machine::new().config(&fs::read_to_string(&file).unwrap());
        let said = machine.said(&machine.load());
        assert!(!said.is_empty(), "{} passes", file.display());
        assert!(!said.contains("geheim"), "{} tells a secret: {said}", file.display());
        let expected = file.with_extension("expected");
        if env::var_os("UPDATE_EXPECTED").is_some() {
            fs::write(&expected, &said).unwrap();
        }
        let expected = fs::read_to_string(&expected).unwrap_or_default();
        assert_eq!(said, expected, "{}", file.display());
    }
}

#[test]
fn the_example_is_what_holds_without_it() {
    let example = include_str!("../../config.example.toml");
    let (with, without) = (Machine::new().config(example), Machine::new());
    let (with, without) = (with.load(), (without.load(), without));
    let (without, machine) = without;
    assert_eq!((with.faults.as_slice(), with.warnings.as_slice()), (&[][..], &[][..]));
    let home = |dir: &Path| dir.strip_prefix(machine.home.path()).map(Path::to_path_buf);
    assert!(home(&without.download.dir).is_ok_and(|dir| with.download.dir.ends_with(dir)));
    let fields = |c: &Config| {
        format!(
            "{:?}",
            (
                (&c.profile, &c.service, &c.runway_version, &c.defaults, &c.submit, &c.poll),
                (c.download.auto, &c.download.name, c.download.max_parallel, c.download.max_bytes),
                (&c.budget, &c.models, &c.ui, &c.themes, &c.notify, &c.keys, c.key.is_none()),
            )
        )
    };
    assert_eq!(fields(&with), fields(&without));
}

#[test]
fn the_defaults_are_the_promised_ones() {
    let machine = Machine::new();
    let config = machine.load();
    assert_eq!(machine.said(&config), "");
    assert_eq!((config.profile.as_str(), config.service.as_str()), ("default", "https://api.cometapi.com"));
    assert_eq!(config.runway_version, "2024-11-06");
    assert_eq!((config.defaults.model.as_str(), config.defaults.duration), ("gen3a_turbo", 5));
    assert_eq!(config.submit.confirm, Confirm::Always);
    assert_eq!(config.submit.reply_timeout, Duration::from_secs(120));
    assert_eq!((config.poll.interval, config.poll.jitter), (Duration::from_secs(5), Duration::from_secs(3)));
    assert_eq!(config.download.dir, machine.path("Videos/taxiway"));
    assert_eq!(config.download.max_bytes, 2 << 30);
    assert_eq!((&config.ui, &config.notify), (&Ui::default(), &Notify::default()));
    let columns = ["id", "state", "progress", "age", "news", "model", "sec", "prompt", "file"];
    assert_eq!(config.ui.columns, columns);
    assert_eq!((config.ui.theme.as_str(), config.ui.mouse, config.ui.fuzzy), ("dark", false, false));
    assert!(config.themes.is_empty() && config.notify.bell && config.notify.title);
    assert!(config.key.is_none() && config.account().is_none());
}

#[test]
fn a_budget_is_read_to_the_micro_dollar() {
    let machine = Machine::new().config(include_str!("../configs/valid/budget.toml"));
    let config = machine.load();
    let money = Money::from_micros;
    let expected = Budget {
        day: Some(money(5_000_000)),
        session: Some(money(2_500_000)),
        unknown_price: money(123_456),
    };
    assert_eq!(config.budget, expected);
    let shown = |name: &str| config.settings.iter().find(|s| s.name == name).unwrap().value.clone();
    assert_eq!((shown("budget.day_usd"), shown("budget.session_usd")), ("5.00".into(), "2.50".into()));
    assert_eq!(shown("budget.unknown_price_usd"), "0.123456");
}

#[test]
fn a_full_file_is_in_force() {
    let text = include_str!("../configs/valid/full.toml");
    let machine = Machine::new().config(text);
    let config = machine.load();
    assert_eq!((config.profile.as_str(), config.service.as_str()), ("work", "https://gate.example/comet"));
    assert_eq!(key_of(&config), Some("sk-corpus-0123456789abcdef"));
    assert_eq!(config.submit.confirm, Confirm::Above(Money::from_micros(500_000)));
    assert_eq!(config.poll.max_backoff, Duration::from_secs(3_600));
    assert_eq!(config.download.dir, machine.path("videos"), "relative to the file");
    assert_eq!((config.download.auto, config.download.max_bytes), (false, 5_000_000));
    let price = config.models.get("gen4.5").unwrap().price;
    assert_eq!(price, Some(Price::PerSecond(Money::from_micros(100_000))));
    assert_eq!(config.models.get("gen9").unwrap().durations, [1, 2]);
    assert_eq!(config.models.get("gen9").unwrap().seed_max, u64::from(u32::MAX));
    assert_eq!(config.keys["help"], Vec::<String>::new());
    assert_eq!(config.ui.ascii, Some(true));
}

#[test]
fn the_looks_and_the_notices_are_read() {
    let config = Machine::new().config(include_str!("../configs/valid/screen.toml")).load();
    assert_eq!((config.ui.theme.as_str(), config.ui.mouse, config.ui.fuzzy), ("dusk", true, true));
    assert_eq!(config.ui.columns, ["state", "id", "eta", "cost"]);
    let styles: Vec<_> =
        config.themes["dusk"].0.iter().map(|(role, s)| (role.as_str(), s.as_str())).collect();
    assert_eq!(
        styles,
        [("dim", "dim"), ("focus", "bold bright-cyan"), ("unsure", "default underlined")],
        "a blank is one blank"
    );
    assert!(config.themes["my own"].0.is_empty());
    let command = ["notify-send", "-a", "Taxiway", ""].map(String::from).into();
    assert_eq!(config.notify, Notify { bell: false, title: false, desktop: Desktop::Always, command });
}

#[test]
fn flags_go_before_variables_and_those_before_the_file() {
    let file = "[profiles.default]\nbase_url = \"https://file.example\"\nkey = \"sk-file-0123456789\"\n";
    let machine = Machine::new().config(file);
    let config = machine.load();
    assert_eq!(
        (config.service.as_str(), key_of(&config)),
        ("https://file.example", Some("sk-file-0123456789"))
    );

    let mut machine = machine.var("COMETAPI_BASE_URL", "https://env.example/v1/").var("COMETAPI_KEY", KEY);
    let config = machine.load();
    assert_eq!((config.service.as_str(), key_of(&config)), ("https://env.example", Some(KEY)));
    assert_eq!(config.data_dir, machine.path("data"));

    machine.flags.data_dir = Some(machine.path("flagged"));
    machine.flags.config = Some(machine.path("other.toml"));
    let machine = machine.file("other.toml", "[defaults]\nduration = 10");
    let config = machine.load();
    assert_eq!((config.data_dir, config.defaults.duration), (machine.path("flagged"), 10));
}

#[test]
fn an_empty_variable_counts_as_unset() {
    let machine = Machine::new().var("COMETAPI_KEY", "").var("COMETAPI_BASE_URL", " ");
    let config = machine.load();
    assert_eq!(machine.said(&config), "");
    assert!(config.key.is_none());
    assert_eq!(config.service, "https://api.cometapi.com");
}

#[test]
fn wrong_variables_and_flags_are_named() {
    let mut machine = Machine::new()
        .config("[profiles.work]\n")
        .var("COMETAPI_BASE_URL", "http://example.com")
        .var("COMETAPI_KEY", "sk-geheim 1");
    machine.flags.profile = Some("wor".into());
    let config = machine.load();
    let said = machine.said(&config);
    for words in [
        "fault: --profile: there is no profile `wor`; did you mean `work`?",
        "fault: COMETAPI_BASE_URL: http:// would show the key to everyone on the way to example.com",
        "fault: COMETAPI_KEY: holds a blank",
    ] {
        assert!(said.contains(words), "{said}");
    }
    assert!(!said.contains("geheim") && config.key.is_none());
}

#[test]
fn a_config_file_that_was_asked_for_must_be_there() {
    let machine = Machine::new();
    let missing = machine.path("missing.toml").display().to_string();
    let machine = machine.var("TAXIWAY_CONFIG", &missing);
    let said = machine.said(&machine.load());
    assert!(
        said.starts_with("fault: missing.toml: cannot read the config file, named by TAXIWAY_CONFIG: "),
        "{said}"
    );
}

#[test]
fn every_setting_tells_its_origin_and_no_key_is_shown() {
    let text = "[poll]\ninterval = \"8s\"\n[models.x]\nprice_per_task = 1\n";
    let machine = Machine::new().config(text).var("COMETAPI_KEY", KEY);
    let config = machine.load();
    let find = |name: &str| config.settings.iter().find(|setting| setting.name == name).unwrap();
    assert_eq!(
        (find("key").value.as_str(), &find("key").origin),
        ("…cdef", &Origin::Env("COMETAPI_KEY".into()))
    );
    assert_eq!(find("poll.interval").value, "8s");
    assert_eq!(find("poll.interval").origin, Origin::File(machine.path("config.toml")));
    assert_eq!(find("poll.jitter").origin, Origin::Default);
    assert_eq!(find("models.x.price_per_task").value, "1.00");
    assert_eq!(find("data-dir").origin, Origin::Env("TAXIWAY_DATA_DIR".into()));
    assert!(!format!("{config:?}").contains(KEY), "not even in a debug print");
}

#[test]
fn a_demo_heeds_the_screen_and_the_keys_alone() {
    let text = "profile = \"nobody\"\n[profiles.default]\nbase_url = \"nothing\"\nkey = 5\n[submit]\nmax_active = -1\n\
                [budget]\nday_usd = 0.1\nsession_usd = 0.1\n\
                [ui]\nascii = true\n[notify]\nbell = false\ncommand = [\"x\"]\ndesktop = \"always\"\n[keys]\nquit = [\"x\"]\n";
    let mut machine = Machine::new().config(text).var("COMETAPI_KEY", KEY).var("COMETAPI_BASE_URL", "junk");
    machine.flags.profile = Some("nobody".into());
    machine.flags.config = Some(machine.path("config.toml"));
    let dir = machine.path("demo");
    let config =
        machine.with(|sources| Config::demo(sources, &dir, "http://127.0.0.1:9", "sk-demo-0123456789"));
    assert_eq!(
        (config.service.as_str(), key_of(&config)),
        ("http://127.0.0.1:9", Some("sk-demo-0123456789"))
    );
    assert_eq!((config.ui.ascii, config.keys["quit"].as_slice()), (Some(true), &["x".to_string()][..]));
    assert_eq!((config.data_dir, config.download.dir), (dir.clone(), dir.join("videos")));
    assert_eq!(config.budget, Budget::default(), "it costs nothing");
    assert_eq!(config.notify, Notify { desktop: Desktop::Never, ..Notify::default() }, "it disturbs nobody");
    assert!(config.faults.is_empty(), "nothing forbids a demo");
    assert_eq!(config.warnings.len(), 1, "{:?}", config.warnings);

    machine.flags.config = None;
    let config =
        machine.with(|sources| Config::demo(sources, &dir, "http://127.0.0.1:9", "sk-demo-0123456789"));
    assert_ne!(config.file, machine.path("config.toml"), "TAXIWAY_CONFIG does not count");
}

#[test]
fn a_reload_takes_over_what_is_of_the_screen_and_nothing_else() {
    let machine =
        Machine::new().config("[poll]\ninterval = \"8s\"\n[ui]\nmouse = true\n").var("COMETAPI_KEY", KEY);
    let running = machine.load();
    let text = "[poll]\ninterval = \"9s\"\njitter = 5\n[ui]\ntheme = \"mine\"\nfuzy = true\n\
                [themes.mine]\nbad = \"red\"\n[notify]\nbell = false\n[keys]\nquit = [\"x\"]\n";
    let machine = machine.config(text);
    let fresh = machine.with(|sources| running.reload(sources));
    assert_eq!((fresh.ui.theme.as_str(), fresh.ui.mouse, fresh.notify.bell), ("mine", false, false));
    assert_eq!((fresh.themes["mine"].0["bad"].as_str(), fresh.keys["quit"].len()), ("red", 1));
    assert_eq!(fresh.poll, running.poll);
    assert_eq!(key_of(&fresh), Some(KEY));
    assert!(fresh.faults.is_empty(), "what was right at the start forbids nothing now");
    assert_eq!(
        machine.said(&fresh),
        "warning: config.toml:3:10: poll.jitter: expected a duration such as \"5s\" (a whole number and ms, s, m, h \
         or d), found 5\n\
         warning: config.toml:6:1: ui.fuzy: is not a known setting, and is ignored; did you mean `fuzzy`?\n\
         warning: poll.interval: is \"9s\" now, which counts from the next start on\n"
    );
    let value =
        |name: &str| fresh.settings.iter().find(|setting| setting.name == name).unwrap().value.clone();
    assert_eq!((value("ui.theme"), value("poll.interval")), ("mine".into(), "8s".into()));

    let machine = machine.config("[ui\n");
    let kept = machine.with(|sources| fresh.reload(sources));
    assert_eq!(
        (kept.ui.theme.as_str(), kept.warnings.len()),
        ("mine", 1),
        "what cannot be read changes nothing"
    );
    assert!(machine.said(&kept).contains("this is not TOML"));
    let demo = machine.with(|sources| fresh.reload_demo(sources));
    assert_eq!(demo.ui.theme, "dark", "a demo does not heed TAXIWAY_CONFIG");
}
