//! `config/policy.toml`: what is inside, and how strict to be there.

use crate::call::{Digest, Malformed};
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

/// Hosts, as written and as compared.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Network {
    /// Hosts that a GET may reach without asking: exactly these.
    #[serde(default)]
    allow: Vec<HostEntry>,
    /// Domains that nothing reaches, nor what is below them.
    #[serde(default)]
    deny: Vec<HostEntry>,
}

/// A host or domain that was read when the policy was.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
struct HostEntry {
    name: String,
    pattern: bool,
}

impl TryFrom<String> for HostEntry {
    type Error = Malformed;
    fn try_from(text: String) -> Result<Self, Malformed> {
        let plain = text.strip_prefix("*.").or_else(|| text.strip_prefix('.'));
        let name = crate::gate::resolve::web::host_name(plain.unwrap_or(&text))?;
        Ok(Self { name, pattern: plain.is_some() })
    }
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
        if let Some(host) = file.network.allow.iter().find(|host| host.pattern) {
            return Err(refused(format!(
                "[network] allow names exact hosts: write each one, not all below `{}`",
                host.name
            )));
        }
        let digest = sha256(&[text.as_bytes(), b"\0", &settings].concat());
        Ok(Self { path, digest, text, file })
    }

    /// Workspace roots as written.
    pub fn roots(&self) -> &[String] {
        &self.file.workspace.roots
    }

    /// Whether a GET may reach `host` without asking.
    pub fn allows(&self, host: &str) -> bool {
        self.file.network.allow.iter().any(|entry| entry.name == host)
    }

    /// The domain of the deny-list that `host` is or lies in. `host` is as [`host_name`] gives it.
    ///
    /// [`host_name`]: crate::gate::resolve::web::host_name
    pub fn denies(&self, host: &str) -> Option<&str> {
        let within = |name: &str| host.strip_suffix(name).is_some_and(|b| b.is_empty() || b.ends_with('.'));
        self.file.network.deny.iter().map(|entry| entry.name.as_str()).find(|name| within(name))
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
    fn allowed_is_one_host_and_denied_is_a_domain_with_all_below_it() {
        let policy = load(
            "[network]\nallow = [\"Example.COM.\"]\ndeny = [\"denied.example\", \"*.B\u{fc}cher.example\"]",
        );
        let policy = policy.unwrap();
        assert!(policy.allows("example.com"));
        for not in ["www.example.com", "example.com.evil.example", "evilexample.com", ""] {
            assert!(!policy.allows(not), "{not}");
        }
        for denied in
            ["denied.example", "a.b.denied.example", "xn--bcher-kva.example", "x.xn--bcher-kva.example"]
        {
            assert!(policy.denies(denied).is_some(), "{denied}");
        }
        for not in ["notdenied.example", "denied.example.org", "example"] {
            assert!(policy.denies(not).is_none(), "{not}");
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
