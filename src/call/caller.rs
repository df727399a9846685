//! Who asks. Rules match on it; it is never taken from what the asker says about itself.

use super::{LoopId, Malformed};
use serde::{Deserialize, Serialize};

/// The kinds of caller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Caller {
    /// A person or a script at the command line.
    Cli,
    /// A registered loop.
    Loop(LoopId),
    /// An MCP client, by the name that `serve-mcp --as` was given.
    Mcp(String),
}

impl Caller {
    /// Reads `cli`, `loop:ID` or `mcp:NAME`.
    ///
    /// # Errors
    /// [`Malformed`] for any other text.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        if text == "cli" {
            return Ok(Self::Cli);
        }
        if let Some(id) = text.strip_prefix("loop:") {
            return LoopId::parse(id).map(Self::Loop);
        }
        match text.strip_prefix("mcp:") {
            Some(name) if LoopId::parse(name).is_ok() => Ok(Self::Mcp(name.to_owned())),
            _ => Err(Malformed::new("caller", text, "expected `cli`, `loop:ID` or `mcp:NAME`")),
        }
    }

    /// The kind alone; approvals are bound to it.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Cli => "cli",
            Self::Loop(_) => "loop",
            Self::Mcp(_) => "mcp",
        }
    }
}

impl std::fmt::Display for Caller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Cli => f.write_str("cli"),
            Self::Loop(id) => write!(f, "loop:{id}"),
            Self::Mcp(name) => write!(f, "mcp:{name}"),
        }
    }
}

impl TryFrom<String> for Caller {
    type Error = Malformed;
    fn try_from(text: String) -> Result<Self, Malformed> {
        Self::parse(&text)
    }
}

impl From<Caller> for String {
    fn from(caller: Caller) -> String {
        caller.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callers_round_trip_and_strangers_do_not() {
        for text in ["cli", "loop:stale-branches", "mcp:desktop"] {
            assert_eq!(Caller::parse(text).map(|c| c.to_string()), Ok(text.to_owned()));
        }
        for text in ["", "CLI", "loop:", "loop:../x", "mcp:", "root"] {
            assert!(Caller::parse(text).is_err(), "{text:?}");
        }
    }
}
