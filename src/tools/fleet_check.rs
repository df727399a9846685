//! Whether fleet's own state is whole.

use super::typed::{Typed, Unclear};
use super::{Card, EffectClass, told};
use crate::call::{CheckPart, Fleet, Happened, Risk, Wanted};
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub struct FleetCheck;

#[derive(Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// What is looked at; everything if left out.
    #[serde(default = "all")]
    what: Vec<CheckPart>,
    /// The chain from this entry on; those before are taken on trust.
    #[serde(default)]
    #[schemars(with = "u64")]
    since_seq: Option<u64>,
}

fn all() -> Vec<CheckPart> {
    use CheckPart::{Anchors, Chain, Own, Policy, Registry};
    vec![Chain, Anchors, Registry, Policy, Own]
}

impl Typed for FleetCheck {
    type Args = Args;
    const CARD: Card = Card {
        name: "fleet_check",
        family: "fleet",
        risk: Risk::Low,
        effect: EffectClass::Read,
        about: "Whether fleet itself is whole: the log's chain, the log against its signed heads, registered loops, \
                the policy, and that nobody else can write its files. What is not whole fails the call, and the \
                first bad entry is named.",
        undo: "nothing to undo",
        bulk: &[],
        needs: None,
        example: r#"{"what":["chain","policy"]}"#,
    };

    fn plan(mut args: Args) -> Result<Vec<Wanted>, Unclear> {
        args.what.sort();
        args.what.dedup();
        if args.what.is_empty() {
            return Err(Unclear::Args("what: name one, or leave it out for all".into()));
        }
        if args.since_seq == Some(0) {
            return Err(Unclear::Args("since_seq: entries are numbered from 1".into()));
        }
        Ok(vec![Wanted::Fleet(Fleet::Check { what: args.what, since_seq: args.since_seq })])
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
    fn parts_are_named_and_taken_once() {
        let plan = |args: Value| Tool::plan(&FleetCheck, &FleetCheck.bind(&args).unwrap());
        let once =
            Wanted::Fleet(Fleet::Check { what: vec![CheckPart::Chain, CheckPart::Own], since_seq: None });
        assert_eq!(plan(json!({"what": ["self", "chain", "self"]})), Ok(vec![once]));
        assert!(plan(json!({"what": []})).is_err() && plan(json!({"since_seq": 0})).is_err());
    }
}
