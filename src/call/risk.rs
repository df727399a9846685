//! How much a call can do. Ordered, so that the stricter of two opinions is `max`.

use serde::{Deserialize, Serialize};

/// The four risks. LOW and MEDIUM run, HIGH waits for a person, CRITICAL is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Risk {
    /// Looks at this machine or the owner's own accounts.
    Low,
    /// Changes something that can be undone, or lets an outsider see a request.
    Medium,
    /// Deletes, sends, or runs what fleet cannot judge.
    High,
    /// Never runs, whoever approves it.
    Critical,
}

impl Risk {
    /// The risk as it is written in files and answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "LOW",
            Self::Medium => "MEDIUM",
            Self::High => "HIGH",
            Self::Critical => "CRITICAL",
        }
    }
}

impl std::fmt::Display for Risk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}
