//! What a breaker or a ceiling is about: a loop, a family of tools, one tool, a destination, a model.

use crate::call::{LoopId, Malformed, ModelName};
use crate::gate::resolve::web::host_name;
use crate::tools::TOOLS;
use serde::{Deserialize, Serialize};

/// One subject of a brake, written `loop:ID`, `family:NAME`, `tool:NAME`, `host:NAME` or `model:NAME`.
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
    /// A model on this machine, by the owner's name for it.
    Model(ModelName),
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
            "family" => Err(bad(
                "no tool is of that family; write `loop:ID`, `family:NAME`, `host:NAME` or `model:NAME`",
            )),
            "tool" if TOOLS.iter().any(|t| t.card().name == name) => Ok(Self::Tool(name.to_owned())),
            "tool" => Err(bad("there is no such tool")),
            "model" => ModelName::parse(name).map(Self::Model),
            "host" => Self::host(name).ok_or_else(|| bad("that is not a host's name")),
            _ => Err(bad("expected `loop:ID`, `family:NAME`, `tool:NAME`, `host:NAME` or `model:NAME`")),
        }
    }

    /// A destination: a host, in the one spelling in which calls name it.
    pub fn host(name: &str) -> Option<Self> {
        host_name(name).ok().map(Self::Host)
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Loop(id) => write!(f, "loop:{id}"),
            Self::Family(name) => write!(f, "family:{name}"),
            Self::Tool(name) => write!(f, "tool:{name}"),
            Self::Host(name) => write!(f, "host:{name}"),
            Self::Model(name) => write!(f, "model:{name}"),
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
    /// As stored: what is no longer there, or is spelled otherwise by now, is no reason not to read the rest.
    fn try_from(text: String) -> Result<Self, Malformed> {
        match text.split_once(':') {
            Some(("family", name)) => Ok(Self::Family(name.to_owned())),
            Some(("tool", name)) => Ok(Self::Tool(name.to_owned())),
            Some(("host", name)) => Ok(Self::host(name).unwrap_or_else(|| Self::Host(name.to_owned()))),
            _ => Self::parse(&text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_read_back_and_strangers_are_refused() {
        for text in
            ["loop:stale-branches", "family:files", "tool:shell_run", "host:example.com", "model:small"]
        {
            assert_eq!(Key::parse(text).map(|k| k.to_string()), Ok(text.to_owned()));
        }
        assert_eq!(Key::parse("git"), Ok(Key::Family("git".into())));
        assert_eq!(Key::parse("host:EXAMPLE.com."), Ok(Key::Host("example.com".into())));
        for (written, dialled) in [
            ("B\u{fc}cher.example", "xn--bcher-kva.example"),
            ("127.1", "127.0.0.1"),
            ("[::FFFF:7f00:1]", "::ffff:127.0.0.1"),
            ("example\u{3002}com", "example.com"),
        ] {
            assert_eq!(Key::parse(&format!("host:{written}")), Ok(Key::Host(dialled.into())), "{written}");
        }
        let stored = |text: &str| Key::try_from(text.to_owned()).map(|key| key.to_string());
        assert_eq!(stored("host:a..b"), Ok("host:a..b".into()));
        assert_eq!(stored("host:127.1"), Ok("host:127.0.0.1".into()));
        assert_eq!(stored("tool:gone"), Ok("tool:gone".into()));
        for text in ["", "nonsense", "tool:nonsense", "host:", "host:a b", "who:x", "loop:../x"] {
            assert!(Key::parse(text).is_err(), "{text:?}");
        }
    }
}
