//! What a breaker or a ceiling is about: a loop, a family of tools, one tool, a destination.

use crate::call::{LoopId, Malformed};
use crate::tools::TOOLS;
use serde::{Deserialize, Serialize};

/// One subject of a brake, written `loop:ID`, `family:NAME`, `tool:NAME` or `host:NAME`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Key {
    /// A loop.
    Loop(LoopId),
    /// A family of tools.
    Family(String),
    /// One tool.
    Tool(String),
    /// A host, or the domain of an address.
    Host(String),
}

impl Key {
    /// Reads one. A family or a tool must be there, since a mistyped one would brake nothing.
    ///
    /// # Errors
    /// [`Malformed`].
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let bad = |why| Malformed::new("brake", text, why);
        let (kind, name) = text.split_once(':').unwrap_or(("family", text));
        match kind {
            "loop" => LoopId::parse(name).map(Self::Loop),
            "family" if TOOLS.iter().any(|t| t.card().family == name) => Ok(Self::Family(name.to_owned())),
            "family" => Err(bad("no tool is of that family; write `loop:ID`, `family:NAME` or `host:NAME`")),
            "tool" if TOOLS.iter().any(|t| t.card().name == name) => Ok(Self::Tool(name.to_owned())),
            "tool" => Err(bad("there is no such tool")),
            "host" => Self::host(name).ok_or_else(|| bad("that is not a host's name")),
            _ => Err(bad("expected `loop:ID`, `family:NAME`, `tool:NAME` or `host:NAME`")),
        }
    }

    /// A destination: a host's name, folded.
    pub fn host(name: &str) -> Option<Self> {
        let name = name.trim_end_matches('.').to_lowercase();
        let good = |c: char| c.is_alphanumeric() || "-._:[]".contains(c);
        (!name.is_empty() && name.len() <= 253 && name.chars().all(good)).then_some(Self::Host(name))
    }

    /// The destination of a message: the domain of its address.
    pub fn recipient(address: &str) -> Option<Self> {
        Self::host(address.rsplit('@').next()?.trim_end_matches('>'))
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Loop(id) => write!(f, "loop:{id}"),
            Self::Family(name) => write!(f, "family:{name}"),
            Self::Tool(name) => write!(f, "tool:{name}"),
            Self::Host(name) => write!(f, "host:{name}"),
        }
    }
}

impl From<Key> for String {
    fn from(key: Key) -> Self {
        key.to_string()
    }
}

impl TryFrom<String> for Key {
    type Error = Malformed;
    /// As stored: a tool that is no longer there is no reason not to read the rest.
    fn try_from(text: String) -> Result<Self, Malformed> {
        match text.split_once(':') {
            Some(("family", name)) => Ok(Self::Family(name.to_owned())),
            Some(("tool", name)) => Ok(Self::Tool(name.to_owned())),
            _ => Self::parse(&text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_read_back_and_strangers_are_refused() {
        for text in ["loop:stale-branches", "family:files", "tool:shell_run", "host:example.com"] {
            assert_eq!(Key::parse(text).map(|k| k.to_string()), Ok(text.to_owned()));
        }
        assert_eq!(Key::parse("git"), Ok(Key::Family("git".into())));
        assert_eq!(Key::parse("host:EXAMPLE.com."), Ok(Key::Host("example.com".into())));
        assert_eq!(Key::recipient("Ada <ada@Example.ORG>"), Some(Key::Host("example.org".into())));
        for text in ["", "nonsense", "tool:nonsense", "host:", "host:a b", "who:x", "loop:../x"] {
            assert!(Key::parse(text).is_err(), "{text:?}");
        }
    }
}
