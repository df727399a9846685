//! `config/policy.toml`: what is inside, and how strict to be there.

use super::hosts::Network;
use crate::call::Digest;
use crate::canon::sha256;
use crate::state::Home;
use serde::Deserialize;
use std::path::PathBuf;

/// A policy that does not read. It forbids everything, so that a mistake in it opens nothing.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// The file is missing or unreadable.
    #[error("cannot read the policy `{0}`: {1}")]
    Io(PathBuf, std::io::Error),
    /// It is not what it must be.
    #[error("the policy `{0}` is refused, and every call with it: {1}")]
    Toml(PathBuf, String),
}

/// The policy in force.
#[derive(Debug, Clone)]
pub struct Policy {
    /// The file.
    pub path: PathBuf,
    /// The hash of policy and settings together; logged with every decision.
    pub digest: Digest,
    text: String,
    file: File,
}

/// How strict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// LOW and MEDIUM run inside the workspace.
    #[default]
    Standard,
    /// Every change asks.
    Strict,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    version: Option<u32>,
    #[serde(default)]
    profile: Profiles,
    #[serde(default)]
    workspace: Workspace,
    #[serde(default)]
    network: Network,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Profiles {
    #[serde(default)]
    default: Profile,
    cli: Option<Profile>,
    #[serde(rename = "loop")]
    of_loops: Option<Profile>,
    mcp: Option<Profile>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Workspace {
    #[serde(default)]
    roots: Vec<String>,
}

impl Policy {
    /// Reads the policy of `home`. A missing file is a fault, not a beginning.
    ///
    /// # Errors
    /// [`PolicyError`] names the file and the line.
    pub fn load(home: &Home) -> Result<Self, PolicyError> {
        let path = home.policy();
        let text = std::fs::read_to_string(&path).map_err(|e| PolicyError::Io(path.clone(), e))?;
        let settings = std::fs::read(home.settings()).unwrap_or_default();
        let refused = |why: String| PolicyError::Toml(path.clone(), why);
        let file: File = toml::from_str(&text).map_err(|e| refused(e.to_string().trim_end().to_owned()))?;
        if let Some(version) = file.version.filter(|v| *v != 1) {
            return Err(refused(format!(
                "version {version} is not one this fleet understands; write `version = 1`"
            )));
        }
        if let Some(root) = file.workspace.roots.iter().find(|r| crate::call::AbsPath::parse(r).is_err()) {
            return Err(refused(format!(
                "workspace root `{root}` is not absolute; write it from `/` or `~/`"
            )));
        }
        let digest = sha256(&[text.as_bytes(), b"\0", &settings].concat());
        Ok(Self { path, digest, text, file })
    }

    /// Workspace roots as written.
    pub fn roots(&self) -> &[String] {
        &self.file.workspace.roots
    }

    /// Hosts that may be reached without asking, and that may not be reached.
    pub const fn network(&self) -> &Network {
        &self.file.network
    }

    /// Where `key` stands in the file, as `FILE:LINE`, for reasons.
    pub fn source(&self, key: &str) -> String {
        let starts = |line: &str| {
            line.trim_start().strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with(['=', ']']))
        };
        let line = self.text.lines().position(|line| starts(line) || starts(line.trim_start_matches('[')));
        line.map_or_else(|| self.path.display().to_string(), |n| format!("{}:{}", self.path.display(), n + 1))
    }

    /// How strict to be with a kind of caller.
    pub fn profile(&self, kind: &str) -> Profile {
        let profiles = &self.file.profile;
        let own = match kind {
            "cli" => profiles.cli,
            "loop" => profiles.of_loops,
            "mcp" => profiles.mcp,
            _ => Some(Profile::Strict),
        };
        own.unwrap_or(profiles.default)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str) -> Result<Policy, PolicyError> {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::scratch(dir.path()).unwrap();
        std::fs::create_dir(dir.path().join("config")).unwrap();
        std::fs::write(home.policy(), text).unwrap();
        Policy::load(&home)
    }

    #[test]
    fn an_empty_policy_is_the_standard_one_and_mistakes_are_refused() {
        assert_eq!(load("").unwrap().profile("cli"), Profile::Standard);
        for bad in [
            "version = 2",
            "[workspac]",
            "[workspace]\nroot = []",
            "[profile]\ndefault = \"lax\"",
            "[workspace]\nroots = [\"code\"]",
            "[network]\nallowed = []",
            "[network]\nallow = [\"*.example.com\"]",
            "[network]\nallow = [\"https://example.com\"]",
            "[network]\nallow = [\"example.com/x\"]",
            "[network]\ndeny = [\"a b\"]",
            "[network]\ndeny = [\"\"]",
            "x",
        ] {
            assert!(load(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_profile_can_be_stricter_for_one_kind_of_caller() {
        let policy = load("[profile]\nmcp = \"strict\"").unwrap();
        assert_eq!((policy.profile("mcp"), policy.profile("loop")), (Profile::Strict, Profile::Standard));
        assert_eq!(policy.profile("who"), Profile::Strict);
    }

    #[test]
    fn a_reason_names_the_line() {
        let policy = load("version = 1\n[workspace]\n roots = []\n").unwrap();
        assert!(policy.source("roots").ends_with("policy.toml:3"));
        assert!(policy.source("workspace").ends_with("policy.toml:2"));
        assert!(policy.source("nothing").ends_with("policy.toml"));
    }

    #[test]
    fn a_missing_policy_forbids() {
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(Policy::load(&Home::scratch(dir.path()).unwrap()), Err(PolicyError::Io(..))));
    }
}
