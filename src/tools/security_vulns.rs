//! Judge lock files by an advisory database.

use super::typed::{Typed, Unclear};
use super::{Card, EffectClass, told};
use crate::call::{AbsPath, Happened, Look, Risk, Wanted};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Most lock files of one call.
const MOST: usize = 50;

pub struct SecurityVulns;

#[derive(Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// `Cargo.lock` files, from `/` or `~/`.
    lockfiles: Vec<AbsPath>,
    /// A git checkout of the RustSec advisory database, which its owner pulls.
    db: AbsPath,
    /// Fails if the checkout is older than this many days.
    #[serde(default = "month")]
    max_age_days: u32,
}

const fn month() -> u32 {
    30
}

impl Typed for SecurityVulns {
    type Args = Args;
    const CARD: Card = Card {
        name: "security_vulns",
        family: "security",
        risk: Risk::Low,
        effect: EffectClass::Read,
        about: "Judges the packages of Cargo.lock files by a local checkout of the RustSec advisory database. What \
                could not be judged is named and fails the call, as does a checkout that is too old: silence is not \
                safety.",
        undo: "nothing to undo",
        bulk: &[],
        needs: Some("git"),
        example: r#"{"lockfiles":["~/code/site/Cargo.lock"],"db":"~/code/advisory-db"}"#,
    };

    fn plan(args: Args) -> Result<Vec<Wanted>, Unclear> {
        let Args { lockfiles, db, max_age_days } = args;
        if lockfiles.is_empty() || lockfiles.len() > MOST {
            return Err(Unclear::Args(format!("{} lockfiles: expected 1 to {MOST}", lockfiles.len())));
        }
        if !(1..=3650).contains(&max_age_days) {
            return Err(Unclear::Args(format!("max_age_days is {max_age_days}: expected 1 to 3650")));
        }
        Ok(vec![Wanted::Look(Look::Vulns { lockfiles, db, max_age_days })])
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
    fn nothing_to_judge_is_unclear() {
        for bad in [
            json!({"lockfiles": [], "db": "/d"}),
            json!({"lockfiles": ["/a"], "db": "/d", "max_age_days": 0}),
        ] {
            assert!(Tool::plan(&SecurityVulns, &SecurityVulns.bind(&bad).unwrap()).is_err(), "{bad}");
        }
    }
}
