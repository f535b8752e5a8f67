//! The program itself, its config, its secrets, and the service that these lead to.

use std::env::consts::ARCH;

use super::Check;
use crate::{
    command::{Context, Exit, count_of},
    config::{ApiKey, Config, DEFAULT_SERVICE, Fault, Origin, SecretCommand, is_loopback, process_env},
    dashboard::key_faults,
    job::without_tokens,
};

/// The names under which the config tells of its two secrets.
const KEY: &str = "key";
const TOKEN: &str = "access_token";

pub fn look(context: &Context, online: bool) -> Vec<Check> {
    let config = &context.config;
    let none = "there is none: nothing can be sent or polled";
    let no_key = if online { Check::fault(KEY, Exit::Key, none) } else { Check::warning(KEY, none) };
    let no_key = no_key
        .advice("export COMETAPI_KEY=…, or start `taxiway` and type it there; `taxiway demo` needs none");
    let no_token = Check::note(TOKEN, "there is none: lost tasks cannot be found again by themselves")
        .advice("export COMETAPI_ACCESS_TOKEN=… (the account's own token, not the API key)");
    vec![
        program(),
        file(config),
        keys(config),
        Check::ok("profile", format!("{}, {}", config.profile, origin(config, "profile"))),
        secret(config, KEY, config.key.as_ref(), by_command(KEY, config.key_command.as_ref(), no_key)),
        secret(
            config,
            TOKEN,
            config.access_token.as_ref(),
            by_command(TOKEN, config.access_token_command.as_ref(), no_token),
        ),
        service(config),
        proxy(&config.service, &process_env),
    ]
}

fn program() -> Check {
    let uname = rustix::system::uname();
    let (system, release) = (uname.sysname().to_string_lossy(), uname.release().to_string_lossy());
    let debug = if cfg!(debug_assertions) { ", a debug build" } else { "" };
    Check::ok("program", format!("taxiway {}{debug}, {system} {release}, {ARCH}", env!("CARGO_PKG_VERSION")))
}

fn file(config: &Config) -> Check {
    const MEND: &str = "mend it; `taxiway config check` tells all that is wrong";
    let told = |faults: &[&Fault]| {
        let first = faults.first().map(ToString::to_string).unwrap_or_default();
        match faults.len() {
            0 | 1 => first,
            all => format!("{first} (and {})", count_of(all - 1, "more fault")),
        }
    };
    let faults: Vec<_> = config.faults.iter().collect();
    // What is said of the secrets stands with them.
    let of_file = |fault: &&Fault| fault.name != KEY && fault.name != TOKEN;
    let warnings: Vec<_> = config.warnings.iter().filter(of_file).collect();
    let path = config.file.display();
    match (faults.is_empty(), warnings.is_empty()) {
        (false, _) => Check::fault("config", Exit::Usage, told(&faults)).advice(MEND),
        (true, false) => Check::warning("config", told(&warnings)).advice(MEND),
        _ if config.file.exists() => Check::ok("config", format!("{path}: nothing wrong")),
        _ => Check::note("config", format!("there is no {path}: the defaults hold"))
            .advice("`taxiway config init` writes one that explains each setting"),
    }
}

fn keys(config: &Config) -> Check {
    let faults = key_faults(&config.keys);
    match faults.split_first() {
        Some((first, more)) => {
            let more = if more.is_empty() { String::new() } else { format!(" (and {} more)", more.len()) };
            Check::warning("keys", format!("{first}{more}")).advice("mend [keys] in the config file")
        }
        None if config.keys.is_empty() => Check::ok("keys", "as they are by default"),
        None => {
            Check::ok("keys", format!("{} bound by the config file", count_of(config.keys.len(), "action")))
        }
    }
}

/// What is said of a secret that a program tells, which is asked for it only where it is needed.
fn by_command(name: &'static str, command: Option<&SecretCommand>, none: Check) -> Check {
    command.map_or(none, |command| {
        Check::ok(name, format!("the command {} tells it when it is needed; not asked now", command.name()))
    })
}

fn secret(config: &Config, name: &'static str, secret: Option<&ApiKey>, none: Check) -> Check {
    let warnings: Vec<_> = config.warnings.iter().filter(|warning| warning.name == name).collect();
    let told = warnings.iter().map(|warning| warning.message.as_str());
    let told = [""].into_iter().chain(told).collect::<Vec<_>>().join("; ");
    match secret {
        Some(secret) => {
            let found = format!("…{}, from {}{told}", secret.tail(), secret.origin);
            if warnings.is_empty() { Check::ok(name, found) } else { Check::warning(name, found) }
        }
        None => Check { found: none.found.clone() + &told, ..none },
    }
}

fn service(config: &Config) -> Check {
    let service = &config.service;
    let found = format!("{service}, {}", origin(config, "base_url"));
    if service == DEFAULT_SERVICE {
        Check::ok("service", found)
    } else if is_loopback(service) {
        Check::note("service", format!("{found}: a stand-in on this machine, no paid service"))
    } else {
        Check::note("service", format!("{found}: not the vendor's own address"))
            .advice("make sure that you trust it: it gets the key")
    }
}

/// Which proxy will be asked, by the variables that the client obeys.
fn proxy(service: &str, env: &dyn Fn(&str) -> Option<String>) -> Check {
    let set = |name: &str| env(name).filter(|value| !value.is_empty());
    let named = |names: [&'static str; 2]| names.into_iter().find_map(|name| Some((name, set(name)?)));
    let proxy = named(["HTTPS_PROXY", "https_proxy"]).or_else(|| named(["ALL_PROXY", "all_proxy"]));
    let past = named(["NO_PROXY", "no_proxy"]);
    match proxy {
        None => Check::ok("proxy", "none is set"),
        Some((name, _)) if is_loopback(service) => {
            Check::ok("proxy", format!("{name} is set, and not asked: the service is on this machine"))
        }
        Some((name, value)) => {
            let past = past.map_or_else(String::new, |(name, hosts)| format!("; not for {hosts} ({name})"));
            Check::note("proxy", format!("{} is asked, from {name}{past}", without_password(&value)))
        }
    }
}

/// A proxy's address without the name and password that may stand before its host, scheme or not.
fn without_password(address: &str) -> String {
    let shown = without_tokens(address);
    match shown.rsplit_once('@') {
        Some((_, host)) if !shown.contains("://") => format!("…@{host}"),
        _ => shown,
    }
}

/// Where a setting came from, for people.
fn origin(config: &Config, name: &str) -> String {
    let found = config.settings.iter().find(|setting| setting.name == name);
    let origin = found.map(|setting| &setting.origin).filter(|origin| **origin != Origin::Default);
    origin.map_or_else(|| "by default".into(), |origin| format!("from {origin}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proxy_that_is_asked_is_told_without_its_password() {
        let told = |service: &str, set: &[(&str, &str)]| {
            let env = |name: &str| {
                set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
            };
            proxy(service, &env).found
        };
        let far = DEFAULT_SERVICE;
        assert_eq!(told(far, &[("HTTPS_PROXY", "")]), "none is set");
        for (set, found) in [
            (("HTTPS_PROXY", "http://me:geheim@p:3128"), "http://…@p:3128 is asked, from HTTPS_PROXY"),
            (("https_proxy", "me:geheim@p:3128"), "…@p:3128 is asked, from https_proxy"),
            (("ALL_PROXY", "socks5://p"), "socks5://p is asked, from ALL_PROXY"),
            (("HTTP_PROXY", "http://p"), "none is set"),
        ] {
            assert_eq!(told(far, &[set]), found);
        }
        let past = [("HTTPS_PROXY", "http://p"), ("no_proxy", "a.example")];
        assert_eq!(told(far, &past), "http://p is asked, from HTTPS_PROXY; not for a.example (no_proxy)");
        assert!(told("http://127.0.0.1:1", &past).contains("not asked"));
    }
}
