//! How a run ended, and its record. Every run leaves one: a log of deeds alone cannot tell a run
//! with nothing to do from no run.

use crate::call::{ApprovalId, LoopId, RunId};
use crate::submit::Status;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", from = "String")]
pub enum Outcome {
    /// Did its work.
    Ok,
    /// Looked; nothing to do.
    Noop,
    /// Did part of its work.
    Partial,
    /// Parked until a person decided.
    AwaitingApproval,
    /// Did not run, for a good reason.
    Skipped(String),
    /// Did not work.
    Failed(String),
}

impl Outcome {
    /// A skip.
    pub fn skipped(why: &str) -> Self {
        Self::Skipped(why.to_owned())
    }
    /// A failure.
    pub fn failed(what: &str) -> Self {
        Self::Failed(what.to_owned())
    }
}

impl From<Outcome> for String {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Ok => "ok".into(),
            Outcome::Noop => "noop".into(),
            Outcome::Partial => "partial".into(),
            Outcome::AwaitingApproval => "awaiting_approval".into(),
            Outcome::Skipped(why) => format!("skipped:{why}"),
            Outcome::Failed(what) => format!("failed:{what}"),
        }
    }
}

impl From<String> for Outcome {
    fn from(text: String) -> Self {
        match text.as_str() {
            "ok" => Self::Ok,
            "noop" => Self::Noop,
            "partial" => Self::Partial,
            "awaiting_approval" => Self::AwaitingApproval,
            other => match other.strip_prefix("skipped:") {
                Some(why) => Self::skipped(why),
                None => Self::failed(other.strip_prefix("failed:").unwrap_or(other)),
            },
        }
    }
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&String::from(self.clone()))
    }
}

/// A call of a run, as its record keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RanCall {
    /// The act.
    pub act: String,
    /// The tool.
    pub tool: String,
    /// How it ended; `skipped` if it was done before.
    pub status: String,
    /// The call, if one was made.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub call: Option<String>,
    /// Under which id it waits.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub approval: Option<ApprovalId>,
    /// What stopped it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub error: Option<String>,
    /// What it returned, its undo lines among it, unless that is long.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub result: Option<serde_json::Value>,
}

/// The record of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// Format.
    pub v: u8,
    /// The loop.
    #[serde(rename = "loop")]
    pub id: LoopId,
    /// The run.
    pub run: RunId,
    /// The slot it belongs to, by nominal wall time.
    pub slot: Option<String>,
    /// How it ended.
    pub outcome: Outcome,
    /// One line: the summary, or what stopped it.
    pub reason: String,
    /// What it looked at, found and did.
    pub counts: BTreeMap<String, usize>,
    /// Its calls that act.
    pub calls: Vec<RanCall>,
    /// Calls that wait for a person.
    pub approvals: Vec<ApprovalId>,
    /// When it began.
    pub started: Timestamp,
    /// When this record was made.
    pub ended: Timestamp,
}

/// The status of a reply, as a word.
pub const fn word(status: Status) -> &'static str {
    match status {
        Status::Done => "done",
        Status::Waiting => "waiting",
        Status::Refused => "refused",
        Status::Failed => "failed",
        Status::Unknown => "unknown",
    }
}
