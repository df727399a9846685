//! A call as it is asked: who, which tool, which arguments. No risk, no clock: those are the gate's.

use super::{CallId, Caller, LoopId, RunId};
use serde_json::Value;

/// The loop run on whose behalf a call is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The loop.
    pub id: LoopId,
    /// The run.
    pub run: RunId,
    /// The schedule slot that the run serves, as local wall time, if it serves one.
    pub slot: Option<String>,
    /// Whether the run stops at its plan: then it takes no note of anything but its reads.
    pub planning: bool,
}

/// One call of one tool, as asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// Its id.
    pub id: CallId,
    /// Who asks.
    pub caller: Caller,
    /// The tool's name, as asked; it may not exist.
    pub tool: String,
    /// The arguments, as asked; not yet bound to the tool's types.
    pub args: Value,
    /// The run it belongs to, if a loop asks.
    pub run: Option<Run>,
    /// What the caller says: a loop, what it is for; a client, who it is. Shown to an approver as the
    /// caller's words, bound to nothing.
    pub why: Option<String>,
}
