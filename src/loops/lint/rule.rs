//! A rule as a value: what it looks for, its page, and an example that it must find.

use super::house::House;
use super::subject::Subject;
use serde::Serialize;

/// How a hit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Worth a look.
    Warning,
    /// The loop is not registered.
    Error,
}

/// Which of a loop's files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum File {
    /// `ID.toml`
    Definition,
    /// `ID.md`
    Runbook,
    /// `local.fleet.ID.plist`
    Plist,
}

/// What the rule finds, shown on its page and planted by its test into a loop that is clean.
#[derive(Debug, Clone, Copy)]
pub enum Example {
    /// In a file the good lines are replaced by the bad ones.
    Text(File, &'static str, &'static str),
    /// The name of the loop's files.
    Name(&'static str, &'static str),
    /// Who may write the definition.
    Mode(u32, u32),
    /// The file is missing.
    Gone(File),
    /// In a file of a recorded world the good lines are replaced by the bad ones.
    World(&'static str, &'static str, &'static str),
    /// The recorded world is missing.
    NoWorld(&'static str),
}

/// Something that a rule found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// In which file.
    pub file: File,
    /// On which line, from 1.
    pub line: usize,
    /// What is wrong, in one sentence.
    pub message: String,
}

impl Hit {
    /// In the runbook.
    pub fn page(line: usize, message: impl Into<String>) -> Self {
        Self { file: File::Runbook, line, message: message.into() }
    }
    /// In the property list.
    pub fn plist(line: usize, message: impl Into<String>) -> Self {
        Self { file: File::Plist, line, message: message.into() }
    }
}

/// Looks at one loop, in the house of all.
pub type Find = fn(&Subject, &House) -> Vec<Hit>;

/// One rule.
#[derive(Debug)]
pub struct Rule {
    /// `FLnnn`
    pub id: &'static str,
    /// A few words.
    pub title: &'static str,
    /// How a hit counts.
    pub level: Level,
    /// Whether no waiver is taken.
    pub safety: bool,
    /// What it finds.
    pub what: &'static str,
    /// Why that is bad.
    pub why: &'static str,
    /// What to do.
    pub instead: &'static str,
    /// What it finds, as an example.
    pub example: Example,
    /// The rule.
    pub find: Find,
}
