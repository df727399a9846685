//! Why a call was answered as it was. All reasons are kept, not only the first.

use serde::{Deserialize, Serialize};

/// The answers of the gate, ordered by strictness, so that the strictest wins by `max`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// Runs.
    Allow,
    /// Waits for a person.
    Ask,
    /// Does not run.
    Block,
    /// Could not be judged: the call itself is malformed.
    Error,
}

impl Answer {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Ask => "ask",
            Self::Block => "block",
            Self::Error => "error",
        }
    }
}

/// One matching rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The rule's id.
    pub rule: String,
    /// Where the rule stands: a file and line, or `built-in`.
    pub source: String,
    /// What it says about this call, and what one can do instead.
    pub message: String,
}

impl Reason {
    /// A rule compiled into fleet.
    pub fn built_in(rule: &str, message: impl Into<String>) -> Self {
        Self { rule: rule.to_owned(), source: "built-in".to_owned(), message: message.into() }
    }
}
