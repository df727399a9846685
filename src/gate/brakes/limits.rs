//! Which ceiling holds for what: compiled in for everything that sends, looser or stricter by
//! `[ceilings]` of fleet.toml.

use super::key::Key;
use super::window::Limit;
use crate::state::{Home, Settings, SettingsError};
use std::collections::BTreeMap;

/// What holds for a tool, a destination or a loop that nothing else is said about.
const OTHERWISE: Limit = Limit::hourly(60);
/// Tools with a ceiling of their own.
const TOOLS: &[(&str, Limit)] = &[
    ("browser_act", Limit::hourly(60)),
    ("calendar_change", Limit::hourly(20)),
    ("git_push", Limit::hourly(30)),
    ("mail_send", Limit::hourly(20)),
    ("notify_discord", Limit::hourly(30)),
    ("shell_run", Limit::hourly(60)),
    ("shortcuts_run", Limit::hourly(30)),
    ("web_send", Limit::hourly(60)),
];

/// The ceilings in force.
#[derive(Debug, Clone, Default)]
pub struct Limits {
    set: BTreeMap<Key, Limit>,
}

impl Limits {
    /// Reads `[ceilings]`.
    ///
    /// # Errors
    /// [`SettingsError`] for a key that brakes nothing, or a value that is no ceiling.
    pub fn of(settings: &Settings, home: &Home) -> Result<Self, SettingsError> {
        let mut set = BTreeMap::new();
        for (name, value) in &settings.ceilings {
            let bad = |why: String| {
                SettingsError::Toml(home.settings(), format!("`{name} = \"{value}\"` in `[ceilings]`: {why}"))
            };
            let key = Key::parse(name).map_err(|e| bad(e.to_string()))?;
            if matches!(key, Key::Family(_) | Key::Model(_)) {
                return Err(bad("a ceiling is for `tool:NAME`, `host:NAME` or `loop:ID`".into()));
            }
            let limit = Limit::parse(value).ok_or_else(|| bad("write `N/m`, `N/h` or `N/d`".into()))?;
            set.insert(key, limit);
        }
        Ok(Self { set })
    }

    /// The ceiling of `key`, and where it stands.
    pub fn get(&self, key: &Key) -> (Limit, &'static str) {
        let built_in = || match key {
            Key::Tool(name) => TOOLS.iter().find(|(tool, _)| tool == name).map_or(OTHERWISE, |(_, l)| *l),
            Key::Loop(_) | Key::Host(_) | Key::Family(_) | Key::Model(_) => OTHERWISE,
        };
        self.set.get(key).map_or_else(|| (built_in(), "built-in"), |limit| (*limit, "fleet.toml"))
    }

    /// Keys that have a ceiling of their own, those of tools that are here among them.
    pub fn named(&self) -> impl Iterator<Item = Key> {
        let built_in = TOOLS.iter().filter(|(name, _)| crate::tools::find(name).is_some());
        built_in.map(|(name, _)| Key::Tool((*name).to_owned())).chain(self.set.keys().cloned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(text: &str) -> Result<Limits, String> {
        let home = Home::scratch(std::path::Path::new("/nowhere")).unwrap();
        let settings: Settings = toml::from_str(&format!("[ceilings]\n{text}")).unwrap();
        Limits::of(&settings, &home).map_err(|e| e.to_string())
    }

    #[test]
    fn settings_win_over_what_is_compiled_in_and_strangers_are_refused() {
        let set = limits("\"tool:shell_run\" = \"5/h\"\n\"host:example.com\" = \"0/d\"").unwrap();
        let get = |text: &str| set.get(&Key::parse(text).unwrap());
        assert_eq!(get("tool:shell_run"), (Limit::hourly(5), "fleet.toml"));
        assert_eq!(get("host:example.com").0.most, 0);
        assert_eq!(get("host:example.org"), (OTHERWISE, "built-in"));
        assert_eq!(set.get(&Key::Tool("mail_send".into())), (Limit::hourly(20), "built-in"));
        for bad in ["\"tool:nonsense\" = \"5/h\"", "\"family:files\" = \"5/h\"", "\"host:x\" = \"many\""] {
            assert!(limits(bad).unwrap_err().contains("[ceilings]"), "{bad}");
        }
    }
}
