//! End a process.

use super::typed::{Typed, Unclear};
use super::{Card, EffectClass, told};
use crate::call::{Happened, Risk, StopSignal, StopWanted, Wanted};
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub struct ProcessStop;

#[derive(Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// Its pid.
    pid: i32,
    /// When it started, as `start` of system_processes says: another process that got its number is left
    /// alone.
    start_time: String,
    /// Ask it to end, or end it.
    #[serde(default)]
    signal: StopSignal,
    /// Seconds in which its end is waited for; 60 is the most.
    #[serde(default = "some")]
    wait_s: u32,
}

const fn some() -> u32 {
    10
}

impl Typed for ProcessStop {
    type Args = Args;
    const CARD: Card = Card {
        name: "process_stop",
        family: "shell",
        risk: Risk::High,
        effect: EffectClass::Destructive,
        about: "Ends one process, told by its pid and when it started. The first process, those that fleet runs \
                under, and fleet itself are never stopped.",
        undo: "cannot be undone: start it again by hand",
        bulk: &[],
        needs: None,
        example: r#"{"pid":4711,"start_time":"123456","signal":"TERM"}"#,
    };

    fn plan(args: Args) -> Result<Vec<Wanted>, Unclear> {
        let Args { pid, start_time, signal, wait_s } = args;
        if pid < 1 {
            return Err(Unclear::Args(format!("pid is {pid}: one process has a number above 0")));
        }
        if start_time.is_empty() || !start_time.bytes().all(|b| b.is_ascii_digit()) || start_time.len() > 20 {
            return Err(Unclear::Args("start_time: expected the digits that system_processes gives".into()));
        }
        if wait_s > 60 {
            return Err(Unclear::Args(format!("wait_s is {wait_s}: expected 0 to 60")));
        }
        Ok(vec![Wanted::Stop(StopWanted { pid, start: start_time, signal, wait_s })])
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
    fn groups_everybody_and_unknown_starts_are_unclear() {
        for bad in [
            json!({"pid": 0, "start_time": "1"}),
            json!({"pid": -1, "start_time": "1"}),
            json!({"pid": 5, "start_time": ""}),
            json!({"pid": 5, "start_time": "now"}),
            json!({"pid": 5, "start_time": "1", "wait_s": 61}),
        ] {
            assert!(Tool::plan(&ProcessStop, &ProcessStop.bind(&bad).unwrap()).is_err(), "{bad}");
        }
        assert!(ProcessStop.bind(&json!({"pid": 5})).is_err());
        assert!(ProcessStop.bind(&json!({"pid": 5, "start_time": "1", "signal": "HUP"})).is_err());
    }
}
