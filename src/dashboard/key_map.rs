use std::collections::BTreeMap;

use super::{
    actions::{ACTIONS, Action, ActionSpec, Scope},
    key::Key,
};

/// Which key does what: the table's keys, with the config's laid over them.
#[derive(Debug)]
pub struct KeyMap(Vec<Binding>);

#[derive(Clone, Copy, Debug)]
struct Binding {
    scope: Scope,
    key: Key,
    action: Action,
    /// Stronger ones win a key: 2 promised, 1 the config's, 0 the table's.
    strength: u8,
}

/// What of a config's `[keys]` cannot be done, each beginning with the setting's name.
pub fn key_faults(config: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    KeyMap::new(config).1
}

impl KeyMap {
    /// The key map that the config's `[keys]` ask for, and a warning for everything there that could
    /// not be done, each beginning with the setting's name.
    pub fn new(config: &BTreeMap<String, Vec<String>>) -> (Self, Vec<String>) {
        let mut map = Self(Vec::new());
        let mut warnings = unknown_names(config);
        // The strong come first, so that the weak find their keys taken.
        for spec in &ACTIONS {
            map.bind_all(spec, spec.fixed, 2, &mut warnings);
        }
        for spec in &ACTIONS {
            if let Some(keys) = config.get(spec.name) {
                map.bind_all(spec, keys, 1, &mut warnings);
                if keys.is_empty() && !spec.fixed.is_empty() {
                    warnings.push(format!(
                        "keys.{}: it keeps {}, which never change",
                        spec.name,
                        list(spec.fixed)
                    ));
                }
            }
        }
        for spec in ACTIONS.iter().filter(|spec| !config.contains_key(spec.name)) {
            map.bind_all(spec, spec.keys, 0, &mut warnings);
        }
        (map, warnings)
    }

    /// What `key` does where these scopes are heard, the first of them first.
    pub fn action(&self, scopes: &[Scope], key: Key) -> Option<Action> {
        let heard = |scope: &Scope| self.0.iter().find(|b| b.scope == *scope && b.key == key);
        scopes.iter().find_map(heard).map(|binding| binding.action)
    }

    /// The keys of an action, promised ones first.
    pub fn keys(&self, action: Action) -> impl Iterator<Item = Key> {
        self.0.iter().filter(move |b| b.action == action).map(|b| b.key)
    }

    fn bind_all<S: AsRef<str>>(
        &mut self,
        spec: &ActionSpec,
        keys: &[S],
        strength: u8,
        warnings: &mut Vec<String>,
    ) {
        for name in keys {
            match name.as_ref().parse() {
                Ok(key) => warnings.extend(self.bind(spec, key, strength)),
                Err(fault) => warnings.push(format!("keys.{}: {fault}", spec.name)),
            }
        }
    }

    /// A key does one thing where it is heard: says what stood in the way.
    fn bind(&mut self, spec: &ActionSpec, key: Key, strength: u8) -> Option<String> {
        if spec.scope == Scope::Text && key.printable().is_some() {
            return Some(format!("keys.{}: `{key}` is text in a text field, it was not bound", spec.name));
        }
        let taken = self.0.iter().find(|b| b.key == key && b.scope.meets(spec.scope));
        match taken.map(|taken| (taken.action, taken.strength)) {
            Some((action, _)) if action == spec.action => None,
            Some((action, theirs)) => {
                let owner = action.spec().map_or("", |spec| spec.name);
                Some(match (theirs, strength) {
                    (2, _) => format!("keys.{}: `{key}` always means `{owner}`, it was not bound", spec.name),
                    (_, 1) => {
                        format!("keys.{}: `{key}` is bound to `{owner}` already, it was not bound", spec.name)
                    }
                    _ => format!("keys.{owner}: `{key}` is no longer a key of `{}`", spec.name),
                })
            }
            None => {
                self.0.push(Binding { scope: spec.scope, key, action: spec.action, strength });
                None
            }
        }
    }
}

fn unknown_names(config: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    let unknown = config.keys().filter(|name| ACTIONS.iter().all(|spec| spec.name != *name));
    let nearest = |name: &str| {
        let near = |spec: &&ActionSpec| strsim::damerau_levenshtein(spec.name, name);
        ACTIONS.iter().min_by_key(near).map_or("", |spec| spec.name)
    };
    unknown
        .map(|name| format!("keys.{name}: there is no such action; the nearest is `{}`", nearest(name)))
        .collect()
}

fn list(keys: &[&str]) -> String {
    let shown: Vec<_> =
        keys.iter().filter_map(|key| key.parse::<Key>().ok()).map(|key| key.to_string()).collect();
    shown.join(" and ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(settings: &[(&str, &[&str])]) -> (KeyMap, Vec<String>) {
        let strings = |keys: &[&str]| keys.iter().map(ToString::to_string).collect();
        KeyMap::new(&settings.iter().map(|(name, keys)| (name.to_string(), strings(keys))).collect())
    }

    fn means(map: &KeyMap, scope: Scope, key: &str) -> Option<Action> {
        map.action(&[scope, Scope::Anywhere], key.parse().unwrap())
    }

    #[test]
    fn the_table_is_free_of_conflicts() {
        assert_eq!(map(&[]).1, Vec::<String>::new());
        for (index, spec) in ACTIONS.iter().enumerate() {
            assert!(
                ACTIONS[..index].iter().all(|other| other.name != spec.name && other.action != spec.action)
            );
        }
    }

    #[test]
    fn every_key_of_the_table_reads_back_as_it_is_printed() {
        for spec in &ACTIONS {
            for name in spec.fixed.iter().chain(spec.keys) {
                let key: Key = name.parse().unwrap();
                assert_eq!(key.to_string().parse::<Key>(), Ok(key), "{name}");
            }
        }
    }

    #[test]
    fn every_control_key_has_a_second_way() {
        for spec in ACTIONS.iter().filter(|spec| spec.action != Action::Quit) {
            let all: Vec<_> = spec.fixed.iter().chain(spec.keys).collect();
            let by_list = all.is_empty();
            assert!(by_list || !all.iter().all(|key| key.starts_with("ctrl-")), "{}", spec.name);
        }
    }

    #[test]
    fn the_config_replaces_and_unbinds() {
        let (map, warnings) = map(&[("poll_now", &["f9"]), ("drop", &[])]);
        assert_eq!(warnings, Vec::<String>::new());
        assert_eq!(means(&map, Scope::Lines, "f9"), Some(Action::PollNow));
        assert_eq!(means(&map, Scope::Lines, "p"), None);
        assert_eq!(means(&map, Scope::Job, "x"), None);
    }

    #[test]
    fn promised_keys_stay() {
        let (map, warnings) = map(&[("quit", &[]), ("drop", &["q", "X"])]);
        assert_eq!(means(&map, Scope::Table, "q"), Some(Action::Quit));
        assert_eq!(means(&map, Scope::Job, "X"), Some(Action::Drop));
        assert_eq!(
            warnings,
            [
                "keys.quit: it keeps q and Ctrl-C, which never change",
                "keys.drop: `q` always means `quit`, it was not bound"
            ]
        );
    }

    #[test]
    fn a_key_that_the_config_takes_is_told() {
        let (map, warnings) = map(&[("download", &["x"])]);
        assert_eq!(means(&map, Scope::Job, "x"), Some(Action::Download));
        assert_eq!(warnings, ["keys.download: `x` is no longer a key of `drop`"]);
    }

    #[test]
    fn faults_name_their_setting() {
        let (_, warnings) = map(&[("submti", &["f7"]), ("send", &["nokey"]), ("text_undo", &["u"])]);
        assert_eq!(warnings[0], "keys.submti: there is no such action; the nearest is `submit`");
        assert!(warnings[1].starts_with("keys.send: `nokey` is not a key"), "{warnings:?}");
        assert!(warnings[2].starts_with("keys.text_undo: `u` is text"), "{warnings:?}");
    }
}
