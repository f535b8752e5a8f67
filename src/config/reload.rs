//! Reading the file again while the program runs.

use super::{Config, Fault, Origin, Setting, Sources, known::is_of_screen};

impl Config {
    /// These settings with `[ui]`, `[themes]`, `[notify]` and `[keys]` as they are in the file now. All
    /// others stay, and a change of one is told among the warnings, which hold all that is wrong with
    /// the file. One that cannot be read changes nothing.
    #[must_use]
    pub fn reload(&self, sources: &Sources<'_>) -> Self {
        self.taking_over(Self::load(sources))
    }

    /// The same in a demo.
    #[must_use]
    pub fn reload_demo(&self, sources: &Sources<'_>) -> Self {
        self.taking_over(Self::demo(sources, &self.data_dir, &self.service, ""))
    }

    fn taking_over(&self, fresh: Self) -> Self {
        let file = fresh.file.display().to_string();
        let unread = |fault: &&Fault| fault.name == "syntax" || fault.name == file;
        let told = || fresh.faults.iter().chain(&fresh.warnings);
        if let Some(fault) = told().find(unread) {
            return Self { warnings: vec![fault.clone()], ..self.clone() };
        }
        let mut warnings: Vec<_> = told().cloned().collect();
        warnings.extend(fresh.settings.iter().filter_map(|setting| self.waits_for_a_start(setting)));
        let of_screen = |setting: &&Setting| is_of_screen(&setting.name);
        let settings = self.settings.iter().filter(|setting| !of_screen(setting));
        let settings = settings.chain(fresh.settings.iter().filter(of_screen)).cloned().collect();
        Self {
            ui: fresh.ui,
            themes: fresh.themes,
            notify: fresh.notify,
            keys: fresh.keys,
            warnings,
            settings,
            ..self.clone()
        }
    }

    /// The word that a setting was changed which is only read at the start.
    fn waits_for_a_start(&self, fresh: &Setting) -> Option<Fault> {
        let is_secret = matches!(fresh.name.as_str(), "key" | "access_token");
        let written = matches!(fresh.origin, Origin::File(_) | Origin::Default);
        if is_secret || !written || is_of_screen(&fresh.name) {
            return None;
        }
        let known = self.settings.iter().find(|setting| setting.name == fresh.name);
        if known.is_some_and(|known| known.value == fresh.value) {
            return None;
        }
        let message = format!("is \"{}\" now, which counts from the next start on", fresh.value);
        Some(Fault { place: None, name: fresh.name.clone(), message })
    }
}
