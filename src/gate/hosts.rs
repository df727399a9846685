//! `[network]` of the policy: hosts as they are compared, read when the policy is.

use super::resolve::web::host_name;
use crate::call::Malformed;
use serde::Deserialize;

/// Hosts that may be reached without asking, and domains that may not be reached.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// Hosts that a GET may reach without asking: exactly these.
    #[serde(default)]
    allow: Vec<Exact>,
    /// Domains that nothing reaches, nor what is below them.
    #[serde(default)]
    deny: Vec<Domain>,
}

/// One host.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
struct Exact(String);

/// A host and all below it; `*.example.com` and `.example.com` say no more than `example.com`.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
struct Domain(String);

impl TryFrom<String> for Exact {
    type Error = Malformed;
    fn try_from(text: String) -> Result<Self, Malformed> {
        host_name(&text).map(Self)
    }
}

impl TryFrom<String> for Domain {
    type Error = Malformed;
    fn try_from(text: String) -> Result<Self, Malformed> {
        let plain = text.strip_prefix("*.").or_else(|| text.strip_prefix('.'));
        host_name(plain.unwrap_or(&text)).map(Self)
    }
}

impl Network {
    /// Whether a GET may reach `host` without asking.
    pub fn allows(&self, host: &str) -> bool {
        self.allow.iter().any(|entry| entry.0 == host)
    }

    /// The domain of the deny-list that `host` is or lies in. `host` is as [`host_name`] gives it.
    pub fn denies(&self, host: &str) -> Option<&str> {
        let within = |name: &str| host.strip_suffix(name).is_some_and(|b| b.is_empty() || b.ends_with('.'));
        self.deny.iter().map(|entry| entry.0.as_str()).find(|name| within(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn allowed_is_one_host_and_denied_is_a_domain_with_all_below_it() {
        let text = "allow = [\"Example.COM.\"]\ndeny = [\"denied.example\", \"*.B\u{fc}cher.example\"]";
        let network: Network = toml::from_str(text).unwrap();
        assert!(network.allows("example.com"));
        for not in ["www.example.com", "example.com.evil.example", "evilexample.com", ""] {
            assert!(!network.allows(not), "{not}");
        }
        for denied in
            ["denied.example", "a.b.denied.example", "xn--bcher-kva.example", "x.xn--bcher-kva.example"]
        {
            assert!(network.denies(denied).is_some(), "{denied}");
        }
        for not in ["notdenied.example", "denied.example.org", "example", ""] {
            assert!(network.denies(not).is_none(), "{not}");
        }
    }
}
