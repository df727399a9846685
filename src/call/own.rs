//! fleet's own state: what can be asked of it, and what can be tidied.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is done with fleet's own state. There is no other way to it for a tool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "effect")]
#[expect(missing_docs, reason = "the fields are named for what they are")]
pub enum Fleet {
    /// What matters now.
    #[serde(rename = "fleet.status")]
    Status { sections: Vec<StatusSection> },
    /// Entries of the log.
    #[serde(rename = "fleet.audit_query")]
    Query {
        tool: Option<String>,
        run_loop: Option<String>,
        decision: Option<String>,
        since: Option<String>,
        seq: u64,
        limit: u32,
    },
    /// Whether it is whole.
    #[serde(rename = "fleet.check")]
    Check { what: Vec<CheckPart>, since_seq: Option<u64> },
    /// Moves what is old out of the way.
    #[serde(rename = "fleet.maintain")]
    Maintain { what: Chore, keep_days: u32 },
    /// Puts back what was moved: only a veto does.
    #[serde(rename = "fleet.unarchive")]
    Unarchive { moved: Vec<(String, String)> },
}

/// A part of `fleet_status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum StatusSection {
    /// Registered loops.
    Loops,
    /// Breakers that are not closed.
    Breakers,
    /// Ceilings, with what was taken of them.
    Ceilings,
    /// The kill switch.
    Kill,
    /// What waits for a person.
    Approvals,
    /// Loops whose slot has passed.
    Overdue,
    /// Findings of loops: what is open, and what was opened or resolved within a day.
    Findings,
    /// Incidents in the log, and which have no postmortem.
    Incidents,
}

/// A part of `fleet_check`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum CheckPart {
    /// The log's chain.
    Chain,
    /// The log against signed heads that lie beside it.
    Anchors,
    /// Registered loops against what was registered.
    Registry,
    /// The policy and the settings.
    Policy,
    /// fleet's own files: nobody else can write them, and confinement is proven.
    #[serde(rename = "self")]
    Own,
    /// The gate for loops, over all of them, as they are now.
    Lint,
    /// A drill: the kill switch, in a scratch home.
    #[serde(rename = "kill-drill")]
    KillDrill,
    /// A drill: calls that must be refused, judged and not made.
    #[serde(rename = "deny-drill")]
    DenyDrill,
}

/// A chore of `fleet_maintain`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Chore {
    /// Old earlier contents of files go into the archive.
    Rotate,
    /// Requests whose time is over are closed.
    ExpireApprovals,
    /// State files lose what nobody needs any more.
    CompactState,
}
