//! `config/fleet.toml`: how approvals are given, settings that many loops share, settings of one loop.

use super::{Home, durable, small};
use crate::call::{ModelName, ModelSetUp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Settings that do not read.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file is missing or unreadable.
    #[error("cannot read `{0}`: {1}")]
    Io(PathBuf, std::io::Error),
    /// It is not what it must be.
    #[error("`{0}`: {1}")]
    Toml(PathBuf, String),
}

/// From where a person's decisions are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// A terminal: stdin and stderr.
    Tty,
    /// Any process of this user that does not descend from a fleet run.
    Script,
}

impl Channel {
    /// As written in the file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tty => "tty",
            Self::Script => "script",
        }
    }
}

/// What a person must show besides being there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Proof {
    /// Nothing: another program of the same user could answer.
    #[default]
    None,
    /// A PIN.
    Pin,
}

/// The whole file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// `[approvals]`
    #[serde(default)]
    pub approvals: Approvals,
    /// `[ceilings]`: `"tool:NAME" = "N/h"` and the like, instead of what is compiled in.
    #[serde(default)]
    pub ceilings: BTreeMap<String, String>,
    /// `[discord]`
    #[serde(default)]
    pub discord: Discord,
    /// `[shared]`: set once, used by every loop whose configuration says `from = "shared.…"`.
    #[serde(default)]
    pub shared: toml::Table,
    /// `[loop.ID]`: settings of one loop.
    #[serde(default, rename = "loop")]
    pub loops: BTreeMap<String, toml::Table>,
    /// `[model.NAME]`: models on this machine, as `fleet model add` writes them.
    #[serde(default, rename = "model")]
    pub models: BTreeMap<String, ModelSetUp>,
    /// `[mcp.NAME]`: what a client that is served as NAME gets to see.
    #[serde(default)]
    pub mcp: BTreeMap<String, McpProfile>,
}

/// `[mcp.NAME]`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct McpProfile {
    /// Names of tools, or globs of them; of these it gets those that it may see at all.
    pub tools: Vec<String>,
}

/// `[discord]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Discord {
    /// The owner's names for channels that fleet may post to. The address of each one's webhook is the
    /// secret `discord:NAME`.
    #[serde(default)]
    pub channels: Vec<String>,
}

/// `[approvals]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approvals {
    /// Channels that are open.
    #[serde(default = "terminal_only")]
    pub channels: Vec<Channel>,
    /// The proof demanded.
    #[serde(default)]
    pub proof: Proof,
}

impl Default for Approvals {
    fn default() -> Self {
        Self { channels: terminal_only(), proof: Proof::None }
    }
}

fn terminal_only() -> Vec<Channel> {
    vec![Channel::Tty]
}

impl Settings {
    /// Reads the file of `home`. A missing file is a fault, not a beginning.
    ///
    /// # Errors
    /// [`SettingsError`] names the file and the line.
    pub fn load(home: &Home) -> Result<Self, SettingsError> {
        Self::load_with_text(home).map(|(settings, _)| settings)
    }

    /// The same with what was read.
    ///
    /// # Errors
    /// [`SettingsError`].
    pub fn load_with_text(home: &Home) -> Result<(Self, String), SettingsError> {
        let path = home.settings();
        let text = small::text(&path, 4 << 20).map_err(|e| SettingsError::Io(path.clone(), e))?;
        let read = toml::from_str(&text);
        let settings = read.map_err(|e| SettingsError::Toml(path, e.to_string().trim_end().to_owned()))?;
        Ok((settings, text))
    }
}

impl Settings {
    /// Writes `[model.NAME]` into the file of `home`; all else stays as it stands there.
    ///
    /// # Errors
    /// [`SettingsError`]: the file is then as it was.
    pub fn set_model(home: &Home, name: &ModelName, set_up: &ModelSetUp) -> Result<(), SettingsError> {
        let (_, text) = Self::load_with_text(home)?;
        let path = home.settings();
        let bad = |e: String| SettingsError::Toml(path.clone(), e);
        let text = with_model(&text, name, set_up).map_err(bad)?;
        let read: Self = toml::from_str(&text).map_err(|e| bad(e.to_string().trim_end().to_owned()))?;
        if read.models.get(name.as_str()) != Some(set_up) {
            return Err(bad(format!(
                "`[model.{name}]` stands there in a way that cannot be replaced: do it by hand"
            )));
        }
        // Where a link leads, not the link.
        let real = path.canonicalize().map_err(|e| SettingsError::Io(path.clone(), e))?;
        durable::write(&real, text.as_bytes()).map_err(|e| SettingsError::Io(path, e))
    }
}

/// `text` with the table of a model, instead of one of its name.
fn with_model(text: &str, name: &ModelName, set_up: &ModelSetUp) -> Result<String, String> {
    let header = format!("[model.\"{name}\"]");
    let bare = format!("[model.{name}]");
    let mut kept = String::new();
    let mut within = false;
    for line in text.split_inclusive('\n') {
        if line.trim_start().starts_with('[') {
            within = line.trim() == header || line.trim() == bare;
        }
        if !within {
            kept.push_str(line);
        }
    }
    let table = toml::to_string(set_up).map_err(|e| e.to_string())?;
    Ok(format!("{}\n\n{header}\n{table}", kept.trim_end()).trim_start().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_written_beside_what_stands_there() {
        let set_up: ModelSetUp = toml::from_str(&format!(
            "server = 'llama.cpp'\nendpoint = 'http://127.0.0.1:8080'\nmodel = 'm'\ndigest = '{}'\nprogram = '/p'\n",
            "a".repeat(64)
        ))
        .unwrap();
        let name = ModelName::parse("small").unwrap();
        let text = "# mine\n[approvals]\nchannels = [\"tty\"] # so\n\n[model.small]\nserver = 'x'\n[mcp.a]\ntools = []\n";
        let once = with_model(text, &name, &set_up).unwrap();
        assert!(once.starts_with(
            "# mine\n[approvals]\nchannels = [\"tty\"] # so\n\n[mcp.a]\ntools = []\n\n[model.\"small\"]\n"
        ));
        assert_eq!(with_model(&once, &name, &set_up).unwrap(), once);
        let read: Settings = toml::from_str(&once).unwrap();
        assert_eq!(read.models.get("small"), Some(&set_up));
        assert_eq!((set_up.context, set_up.load_s), (8192, 300));
        let elsewhere = once.replace("http://127.0.0.1:8080", "http://192.0.2.2:8080");
        assert!(toml::from_str::<Settings>(&elsewhere).is_err(), "no file can name another machine");
    }

    #[test]
    fn an_unknown_key_is_refused_and_defaults_are_the_strict_ones() {
        assert!(toml::from_str::<Settings>("[approvals]\nchanels = [\"tty\"]").is_err());
        assert!(toml::from_str::<Settings>("[approvals]\nchannels = [\"mail\"]").is_err());
        let settings: Settings = toml::from_str("").unwrap();
        assert_eq!(settings.approvals.channels, [Channel::Tty]);
    }
}
