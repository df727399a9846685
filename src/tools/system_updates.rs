//! What could be newer.

use super::typed::{Typed, Unclear};
use super::{Card, EffectClass, told};
use crate::call::{Happened, Look, Risk, UpdateSource, Wanted};
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub struct SystemUpdates;

#[derive(Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// Who is asked; all that are installed if left out. One that is named and does not answer fails the
    /// call.
    #[serde(default)]
    sources: Vec<UpdateSource>,
}

impl Typed for SystemUpdates {
    type Args = Args;
    const CARD: Card = Card {
        name: "system_updates",
        family: "system",
        risk: Risk::Low,
        effect: EffectClass::Read,
        about: "What could be newer: name, version that is here, newer version, and whether it mends a hole where \
                that is told. Nothing is installed. Some sources go online, and take up to two minutes.",
        undo: "nothing to undo",
        bulk: &[],
        needs: None,
        example: r#"{"sources":["os"]}"#,
    };

    fn plan(mut args: Args) -> Result<Vec<Wanted>, Unclear> {
        args.sources.sort();
        args.sources.dedup();
        Ok(vec![Wanted::Look(Look::Updates { sources: args.sources })])
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
    fn sources_are_a_closed_list() {
        assert!(SystemUpdates.bind(&json!({"sources": ["pip"]})).is_err());
        let bound = SystemUpdates.bind(&json!({"sources": ["npm", "os", "npm"]})).unwrap();
        let sources = vec![UpdateSource::Os, UpdateSource::Npm];
        assert_eq!(Tool::plan(&SystemUpdates, &bound), Ok(vec![Wanted::Look(Look::Updates { sources })]));
    }
}
