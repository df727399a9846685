//! `[network]`: hosts that a GET may reach, and domains that nothing reaches.

use super::Policy;
use crate::call::Malformed;
use serde::Deserialize;

/// Hosts, as written and as compared.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Network {
    /// Hosts that a GET may reach without asking: exactly these.
    #[serde(default)]
    pub allow: Vec<HostEntry>,
    /// Domains that nothing reaches, nor what is below them.
    #[serde(default)]
    pub deny: Vec<HostEntry>,
}

/// A host or domain that was read when the policy was.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct HostEntry {
    pub name: String,
    pub pattern: bool,
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
}
