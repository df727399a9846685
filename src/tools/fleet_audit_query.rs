//! Entries of the log.

use super::typed::{Typed, Unclear};
use super::{Card, EffectClass, told};
use crate::call::{Fleet, Happened, Risk, Wanted};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Most entries one call returns.
const MOST: u32 = 500;

pub struct FleetAuditQuery;

#[derive(Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// Only entries about this tool.
    #[serde(default)]
    #[schemars(with = "String")]
    tool: Option<String>,
    /// Only entries of this loop.
    #[serde(default, rename = "loop")]
    #[schemars(with = "String")]
    run_loop: Option<String>,
    /// Only entries with this decision: allow, ask, block, error, approve, deny, expired.
    #[serde(default)]
    #[schemars(with = "String")]
    decision: Option<String>,
    /// Not before: RFC 3339, a date, or how long ago (90m, 24h, 7d).
    #[serde(default)]
    #[schemars(with = "String")]
    since: Option<String>,
    /// From this number on; `next_seq` of an earlier answer goes on from there.
    #[serde(default = "first")]
    seq: u64,
    /// At most this many; 500 is the most.
    #[serde(default = "some")]
    limit: u32,
}

const fn first() -> u64 {
    1
}

const fn some() -> u32 {
    100
}

impl Typed for FleetAuditQuery {
    type Args = Args;
    const CARD: Card = Card {
        name: "fleet_audit_query",
        family: "fleet",
        risk: Risk::Low,
        effect: EffectClass::Read,
        about: "Entries of fleet's own log as they stand, the oldest first, with their hashes; long ones by their \
                main members. What is read is not verified: fleet_check does that.",
        undo: "nothing to undo",
        bulk: &[],
        needs: None,
        example: r#"{"tool":"files_move","since":"24h","limit":20}"#,
    };

    fn plan(args: Args) -> Result<Vec<Wanted>, Unclear> {
        let Args { tool, run_loop, decision, since, seq, limit } = args;
        if limit == 0 || limit > MOST {
            return Err(Unclear::Args(format!("limit is {limit}: expected 1 to {MOST}")));
        }
        Ok(vec![Wanted::Fleet(Fleet::Query { tool, run_loop, decision, since, seq: seq.max(1), limit })])
    }

    fn report(_: Args, happened: &[Happened]) -> Value {
        told(happened)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Tool;
    use super::*;
    use serde_json::json;

    #[test]
    fn the_loop_is_asked_by_its_own_word() {
        let bound = FleetAuditQuery.bind(&json!({"loop": "inbox"})).unwrap();
        assert_eq!(bound.json()["loop"], "inbox");
        let zero = FleetAuditQuery.bind(&json!({"limit": 0})).unwrap();
        assert!(Tool::plan(&FleetAuditQuery, &zero).is_err());
    }
}
