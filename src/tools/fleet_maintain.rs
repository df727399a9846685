//! Tidy fleet's own state.

use super::typed::{Typed, Unclear};
use super::{Card, EffectClass};
use crate::call::{Chore, Fleet, Happened, Risk, Wanted};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Days that anything is kept at least, and at most.
const DAYS: std::ops::RangeInclusive<u32> = 7..=3650;

pub struct FleetMaintain;

#[derive(Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// The chore.
    what: Chore,
    /// What is younger than this many days stays; 7 to 3650.
    #[serde(default = "month")]
    keep_days: u32,
}

const fn month() -> u32 {
    30
}

impl Typed for FleetMaintain {
    type Args = Args;
    const CARD: Card = Card {
        name: "fleet_maintain",
        family: "fleet",
        risk: Risk::Medium,
        effect: EffectClass::LocalChange,
        about: "Tidies fleet's own state: moves old earlier contents and plans into the archive, closes requests \
                whose time is over, or drops closed rows of state files after copying them. Nothing is deleted, and \
                the audit log is not touched.",
        undo: "fleet veto moves archived files back; closed requests stay closed",
        bulk: &[],
        needs: None,
        example: r#"{"what":"rotate","keep_days":90}"#,
    };

    fn plan(args: Args) -> Result<Vec<Wanted>, Unclear> {
        if !DAYS.contains(&args.keep_days) {
            let (least, most) = DAYS.into_inner();
            return Err(Unclear::Args(format!(
                "keep_days is {}: expected {least} to {most}",
                args.keep_days
            )));
        }
        Ok(vec![Wanted::Fleet(Fleet::Maintain { what: args.what, keep_days: args.keep_days })])
    }

    fn report(_: Args, happened: &[Happened]) -> Value {
        match happened.first() {
            Some(Happened::Tidied { told, .. }) => told.clone(),
            _ => Value::Null,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Tool;
    use super::*;
    use serde_json::json;

    #[test]
    fn a_week_is_kept_whatever_is_asked() {
        for bad in [0, 6, 3651] {
            let bound = FleetMaintain.bind(&json!({"what": "rotate", "keep_days": bad})).unwrap();
            assert!(Tool::plan(&FleetMaintain, &bound).is_err());
        }
        assert!(FleetMaintain.bind(&json!({"what": "delete"})).is_err());
    }
}
