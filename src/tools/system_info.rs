//! What the machine is and how it is.

use super::typed::{Typed, Unclear};
use super::{Card, EffectClass, told};
use crate::call::{AbsPath, Happened, InfoSection, Look, Risk, Wanted};
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub struct SystemInfo;

#[derive(Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// What is wanted; everything but `du` if left out.
    #[serde(default = "most")]
    sections: Vec<InfoSection>,
    /// The folder that `du` measures, from `/` or `~/`.
    #[serde(default)]
    #[schemars(with = "AbsPath")]
    path: Option<AbsPath>,
    /// Levels below it that are told apart, 0 to 8.
    #[serde(default = "one")]
    depth: u32,
}

fn most() -> Vec<InfoSection> {
    use InfoSection::{Cpu, Disk, Load, Mem, Os, Power};
    vec![Os, Cpu, Mem, Load, Power, Disk]
}

const fn one() -> u32 {
    1
}

impl Typed for SystemInfo {
    type Args = Args;
    const CARD: Card = Card {
        name: "system_info",
        family: "system",
        risk: Risk::Low,
        effect: EffectClass::Read,
        about: "What the machine is and how it is: system, processors, memory, load (in hundredths), battery, file \
                systems, and what the folders below a path hold on the disk.",
        undo: "nothing to undo",
        bulk: &[],
        needs: None,
        example: r#"{"sections":["disk","du"],"path":"~/Downloads","depth":1}"#,
    };

    fn plan(args: Args) -> Result<Vec<Wanted>, Unclear> {
        let Args { mut sections, path, depth } = args;
        sections.sort();
        sections.dedup();
        if sections.is_empty() {
            return Err(Unclear::Args("sections: name one, or leave it out".into()));
        }
        let du = sections.contains(&InfoSection::Du);
        if du != path.is_some() {
            return Err(Unclear::Args("path: `du` measures one, and nothing else needs one".into()));
        }
        if depth > 8 {
            return Err(Unclear::Args(format!("depth is {depth}: expected 0 to 8")));
        }
        Ok(vec![Wanted::Look(Look::Info { sections, path, depth })])
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
    fn du_and_a_path_go_together() {
        let plan = |args: Value| Tool::plan(&SystemInfo, &SystemInfo.bind(&args).unwrap());
        assert!(plan(json!({})).is_ok() && plan(json!({"sections": ["du"], "path": "/a"})).is_ok());
        for bad in
            [json!({"sections": ["du"]}), json!({"path": "/a"}), json!({"sections": []}), json!({"depth": 9})]
        {
            assert!(plan(bad.clone()).is_err(), "{bad}");
        }
    }
}
