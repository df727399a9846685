//! Jobs of launchd.

use super::typed::{Typed, Unclear};
use super::{Card, EffectClass, told};
use crate::call::{Domain, Happened, Look, Malformed, Risk, Wanted};
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub struct SystemLaunchd;

#[derive(Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// The user's session, or the system.
    #[serde(default)]
    domain: Domain,
    /// Only the job of this label.
    #[serde(default)]
    #[schemars(with = "String")]
    label: Option<String>,
    /// Only jobs whose label begins with this, such as `local.fleet.`.
    #[serde(default)]
    #[schemars(with = "String")]
    prefix: Option<String>,
}

impl Typed for SystemLaunchd {
    type Args = Args;
    const CARD: Card = Card {
        name: "system_launchd",
        family: "system",
        risk: Risk::Low,
        effect: EffectClass::Read,
        about: "Jobs of launchd: whether they are loaded and enabled, their pid, how they last ended, and the hash \
                of their plist. On Linux units of systemd stand in for them.",
        undo: "nothing to undo",
        bulk: &[],
        needs: None,
        example: r#"{"domain":"gui","prefix":"local.fleet."}"#,
    };

    fn plan(args: Args) -> Result<Vec<Wanted>, Unclear> {
        let Args { domain, label, prefix } = args;
        for (what, text) in [("label", &label), ("prefix", &prefix)] {
            let good = |c: char| c.is_ascii_alphanumeric() || "._-@:".contains(c);
            if let Some(text) = text
                && (text.is_empty() || text.len() > 200 || text.starts_with('-') || !text.chars().all(good))
            {
                let why = "is not a label: letters, digits, `.`, `_`, `-`, `@`, `:`";
                return Err(Malformed::new(what, text, why).into());
            }
        }
        Ok(vec![Wanted::Look(Look::Launchd { domain, label, prefix })])
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
    fn a_label_is_no_path_and_no_option() {
        for bad in ["", "-x", "a/b", "a b", "../x"] {
            let bound = SystemLaunchd.bind(&json!({"label": bad})).unwrap();
            assert!(Tool::plan(&SystemLaunchd, &bound).is_err(), "{bad:?}");
        }
    }
}
