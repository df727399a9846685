//! Whether the machine is guarded.

use super::typed::{Typed, Unclear};
use super::{Card, EffectClass, told};
use crate::call::{Happened, Look, PostureCheck, Risk, Wanted};
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub struct SecurityPosture;

#[derive(Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// What is looked at; everything if left out.
    #[serde(default = "all")]
    checks: Vec<PostureCheck>,
}

fn all() -> Vec<PostureCheck> {
    use PostureCheck::{DiskEncryption, Firewall, Gatekeeper, Perms, Sharing, Sip, Ssh, Updates};
    vec![Firewall, DiskEncryption, Sip, Gatekeeper, Updates, Perms, Ssh, Sharing]
}

impl Typed for SecurityPosture {
    type Args = Args;
    const CARD: Card = Card {
        name: "security_posture",
        family: "security",
        risk: Risk::Low,
        effect: EffectClass::Read,
        about: "Whether the machine is guarded: firewall, disk encryption, integrity protection, Gatekeeper, \
                automatic updates, modes of private files, SSH, sharing. Each is ok, bad or unknown, with the words \
                of the system; what it does not tell is unknown, never ok.",
        undo: "nothing to undo",
        bulk: &[],
        needs: None,
        example: r#"{"checks":["firewall","perms"]}"#,
    };

    fn plan(mut args: Args) -> Result<Vec<Wanted>, Unclear> {
        args.checks.sort();
        args.checks.dedup();
        if args.checks.is_empty() {
            return Err(Unclear::Args("checks: name one, or leave it out for all".into()));
        }
        Ok(vec![Wanted::Look(Look::Posture { checks: args.checks })])
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
    fn checks_are_a_closed_list() {
        assert!(SecurityPosture.bind(&json!({"checks": ["antivirus"]})).is_err());
        assert!(SecurityPosture.bind(&json!({"checks": ["disk_encryption"]})).is_ok());
        let none = SecurityPosture.bind(&json!({"checks": []})).unwrap();
        assert!(Tool::plan(&SecurityPosture, &none).is_err());
    }
}
