//! Look for credentials in files.

use super::typed::{Typed, Unclear};
use super::{Card, EffectClass, told};
use crate::call::{AbsPath, Happened, Look, Risk, Wanted};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Most hits one call returns.
const MOST: u32 = 2000;

pub struct SecuritySecretsScan;

#[derive(Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// The folder or file, from `/` or `~/`.
    root: AbsPath,
    /// Only files below it that match, such as `**/*.env`.
    #[serde(default)]
    #[schemars(with = "String")]
    glob: Option<String>,
    /// Also what commits of the repository at `root` ever added.
    #[serde(default)]
    git_history: bool,
    /// At most this many hits, in files and in history each; 2000 is the most.
    #[serde(default = "some")]
    limit: u32,
}

const fn some() -> u32 {
    200
}

impl Typed for SecuritySecretsScan {
    type Args = Args;
    const CARD: Card = Card {
        name: "security_secrets_scan",
        family: "security",
        risk: Risk::Low,
        effect: EffectClass::Read,
        about: "Looks for credentials in files, and if asked in everything that commits ever added: place, rule and \
                a fingerprint, never the credential. Equal fingerprints are the same one. What no tool may read is \
                left out; what could not be looked through fails the call.",
        undo: "nothing to undo",
        bulk: &[],
        needs: None,
        example: r#"{"root":"~/code/site","git_history":true}"#,
    };

    fn plan(args: Args) -> Result<Vec<Wanted>, Unclear> {
        let Args { root, glob, git_history, limit } = args;
        if limit == 0 || limit > MOST {
            return Err(Unclear::Args(format!("limit is {limit}: expected 1 to {MOST}")));
        }
        if let Some(glob) = &glob {
            globset::Glob::new(glob).map_err(|e| Unclear::Args(format!("glob: {e}")))?;
        }
        let look = Look::Secrets { root, glob, history: git_history, reaches: Vec::new(), limit };
        Ok(vec![Wanted::Look(look)])
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
    fn limits_and_globs_are_checked() {
        for bad in [json!({"root": "/a", "limit": 0}), json!({"root": "/a", "glob": "[x"})] {
            assert!(
                Tool::plan(&SecuritySecretsScan, &SecuritySecretsScan.bind(&bad).unwrap()).is_err(),
                "{bad}"
            );
        }
    }
}
