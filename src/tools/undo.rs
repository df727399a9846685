//! Taking an earlier call back. Not in the list of tools: only a person's veto comes to this, with
//! effects that the gate plans from the record.

use super::typed::{Typed, Unclear};
use super::{Card, EffectClass};
use crate::call::{Happened, Risk, Wanted};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub struct Undo;

#[derive(Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// The entry that was vetoed.
    seq: u64,
    /// Its call.
    call: String,
}

impl Typed for Undo {
    type Args = Args;
    const CARD: Card = Card {
        name: "undo",
        family: "veto",
        risk: Risk::High,
        effect: EffectClass::Destructive,
        about: "Takes back what an earlier call did, where that is still as it was left.",
        undo: "call the tool again",
        bulk: &[],
        needs: None,
        example: r#"{"seq":7,"call":"00000000000000000000000000"}"#,
    };

    fn plan(_: Args) -> Result<Vec<Wanted>, Unclear> {
        Err(Unclear::Args("an undo is planned from the record, not from arguments".into()))
    }

    fn report(_: Args, happened: &[Happened]) -> Value {
        let undone: Vec<Value> = happened
            .iter()
            .filter_map(|one| match one {
                Happened::Written { path, .. } => Some(json!({ "path": path, "now": "its earlier content" })),
                Happened::Moved { from, to, .. } => Some(json!({ "path": from, "now": to })),
                Happened::Trashed { path, at } => {
                    Some(json!({ "path": path, "now": "in the trash", "where": at }))
                }
                Happened::Restored { path } => Some(json!({ "path": path, "now": "where it was" })),
                Happened::BranchesRestored { repo, restored } => {
                    Some(json!({ "repo": repo, "branches": restored }))
                }
                Happened::RefsMoved { repo, moved, .. } => {
                    let refs: Vec<Value> =
                        moved.iter().map(|m| json!({ "ref": m.name, "now": m.new })).collect();
                    Some(json!({ "repo": repo, "refs": refs }))
                }
                Happened::Tidied { told, .. } => Some(told.clone()),
                Happened::Withdrawn { channel, message } => {
                    Some(json!({ "channel": channel, "message": message, "now": "withdrawn" }))
                }
                Happened::Answered(_)
                | Happened::Resolved { .. }
                | Happened::Showed(_)
                | Happened::Posted { .. }
                | Happened::Mailed { .. }
                | Happened::Shown { .. }
                | Happened::Read { .. }
                | Happened::Told { .. }
                | Happened::Modelled { .. }
                | Happened::Listed { .. }
                | Happened::GitSaid { .. }
                | Happened::BranchesDeleted { .. }
                | Happened::Unpacked { .. }
                | Happened::Ran { .. } => None,
            })
            .collect();
        json!({ "undone": undone })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{TOOLS, Tool, UNDO, find};
    use serde_json::json;

    #[test]
    fn no_caller_comes_to_it() {
        assert!(find("undo").is_none() && TOOLS.iter().all(|t| t.card().name != "undo"));
        let bound = UNDO.bind(&json!({"seq": 1, "call": "x"})).unwrap();
        assert!(Tool::plan(UNDO, &bound).is_err());
    }
}
