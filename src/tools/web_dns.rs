//! Ask what a name stands for.

use super::typed::{Typed, Unclear};
use super::{Card, EffectClass};
use crate::call::{Happened, RecordType, RemoteWanted, Risk, Wanted};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Most seconds to wait.
pub(super) const MOST_SECONDS: u32 = 60;

pub struct WebDns;

#[derive(Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// The name, as `example.com` or `_dmarc.example.com`; an address where only `PTR` is asked.
    name: String,
    /// What is asked about it: `A` if nothing is named.
    #[serde(default)]
    types: Vec<RecordType>,
    /// The address of another name server than the system's.
    #[serde(default)]
    #[schemars(with = "String")]
    server: Option<String>,
    /// Seconds until it is given up; 60 is the most.
    #[serde(default = "ten")]
    timeout_s: u32,
}

pub(super) const fn ten() -> u32 {
    10
}

/// Refuses a time that is none.
pub(super) fn in_time(timeout_s: u32) -> Result<(), Unclear> {
    if timeout_s == 0 || timeout_s > MOST_SECONDS {
        return Err(Unclear::Args(format!("timeout_s is {timeout_s}: expected 1 to {MOST_SECONDS}")));
    }
    Ok(())
}

impl Typed for WebDns {
    type Args = Args;
    const CARD: Card = Card {
        name: "web_dns",
        family: "web",
        risk: Risk::Medium,
        effect: EffectClass::Read,
        about: "Asks name servers what a name stands for. Names that lead to other names are told, not followed.",
        undo: "nothing to undo; the servers saw the question",
        bulk: &[],
        needs: None,
        example: r#"{"name":"example.com","types":["A","MX"]}"#,
    };

    fn plan(args: Args) -> Result<Vec<Wanted>, Unclear> {
        let Args { name, types, server, timeout_s } = args;
        in_time(timeout_s)?;
        Ok(vec![Wanted::Remote(RemoteWanted::Dns { name, types, server, timeout_s })])
    }

    fn report(_: Args, happened: &[Happened]) -> Value {
        let Some(Happened::Resolved { name, rcode, server, answers, truncated }) = happened.first() else {
            return Value::Null;
        };
        json!({
            "name": name, "rcode": rcode, "server": server, "answers": answers, "truncated": truncated,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Tool;
    use super::*;

    #[test]
    fn types_are_those_that_there_are_and_time_has_an_end() {
        assert!(WebDns.bind(&json!({"name": "a.example", "types": ["ANY"]})).is_err());
        assert!(WebDns.bind(&json!({"name": "a.example", "types": ["a"]})).is_err());
        let plan = |timeout: u32| {
            Tool::plan(&WebDns, &WebDns.bind(&json!({"name": "a.example", "timeout_s": timeout})).unwrap())
        };
        assert!(plan(0).is_err() && plan(61).is_err() && plan(60).is_ok());
    }
}
