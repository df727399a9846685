//! What matters now, of fleet itself.

use super::typed::{Typed, Unclear};
use super::{Card, EffectClass, told};
use crate::call::{Fleet, Happened, Risk, StatusSection, Wanted};
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub struct FleetStatus;

#[derive(Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// What is wanted; everything if left out.
    #[serde(default = "all")]
    sections: Vec<StatusSection>,
}

fn all() -> Vec<StatusSection> {
    use StatusSection::{Approvals, Breakers, Ceilings, Kill, Loops, Overdue};
    vec![Loops, Breakers, Ceilings, Kill, Approvals, Overdue]
}

impl Typed for FleetStatus {
    type Args = Args;
    const CARD: Card = Card {
        name: "fleet_status",
        family: "fleet",
        risk: Risk::Low,
        effect: EffectClass::Read,
        about: "What matters now of fleet itself: loops and how they last ended, breakers that are not closed, \
                ceilings, the kill switch, what waits for a person, and loops whose slot passed without a run.",
        undo: "nothing to undo",
        bulk: &[],
        needs: None,
        example: r#"{"sections":["approvals","overdue"]}"#,
    };

    fn plan(mut args: Args) -> Result<Vec<Wanted>, Unclear> {
        args.sections.sort();
        args.sections.dedup();
        if args.sections.is_empty() {
            return Err(Unclear::Args("sections: name one, or leave it out for all".into()));
        }
        Ok(vec![Wanted::Fleet(Fleet::Status { sections: args.sections })])
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
    fn left_out_means_all_and_an_empty_list_is_unclear() {
        let bound = FleetStatus.bind(&json!({})).unwrap();
        let all = Tool::plan(&FleetStatus, &bound).unwrap();
        assert!(matches!(&all[..], [Wanted::Fleet(Fleet::Status { sections })] if sections.len() == 6));
        assert!(Tool::plan(&FleetStatus, &FleetStatus.bind(&json!({"sections": []})).unwrap()).is_err());
        assert!(FleetStatus.bind(&json!({"sections": ["secrets"]})).is_err());
    }
}
