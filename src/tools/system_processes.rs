//! Processes and who listens.

use super::typed::{Typed, Unclear};
use super::{Card, EffectClass, told};
use crate::call::{Happened, Look, Risk, Wanted};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Most processes one call returns.
const MOST: u32 = 500;

pub struct SystemProcesses;

#[derive(Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// Only processes whose name holds this, in any case.
    #[serde(default)]
    #[schemars(with = "String")]
    name: Option<String>,
    /// At most this many, the busiest first; 500 is the most.
    #[serde(default = "some")]
    top: u32,
    /// Also who listens on which port.
    #[serde(default)]
    ports: bool,
}

const fn some() -> u32 {
    30
}

impl Typed for SystemProcesses {
    type Args = Args;
    const CARD: Card = Card {
        name: "system_processes",
        family: "system",
        risk: Risk::Low,
        effect: EffectClass::Read,
        about: "Processes, the busiest first: pid, when it started, program, processor and memory; and who listens \
                on which TCP port, as far as this user is told. Arguments are not told: they can hold secrets.",
        undo: "nothing to undo",
        bulk: &[],
        needs: None,
        example: r#"{"name":"python","top":10,"ports":true}"#,
    };

    fn plan(args: Args) -> Result<Vec<Wanted>, Unclear> {
        let Args { name, top, ports } = args;
        if top == 0 || top > MOST {
            return Err(Unclear::Args(format!("top is {top}: expected 1 to {MOST}")));
        }
        Ok(vec![Wanted::Look(Look::Processes { name, top, ports })])
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
    fn none_and_too_many_are_unclear() {
        for bad in [0, 501] {
            let bound = SystemProcesses.bind(&json!({"top": bad})).unwrap();
            assert!(Tool::plan(&SystemProcesses, &bound).is_err());
        }
    }
}
