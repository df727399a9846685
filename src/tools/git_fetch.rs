//! Take what a remote has.

use super::typed::{Typed, Unclear};
use super::{Card, EffectClass, git_log};
use crate::call::{AbsPath, GitWanted, Happened, Risk, Wanted};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub struct GitFetch;

#[derive(Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// The repository's folder, from `/` or `~/`.
    repo: AbsPath,
    /// The remote's name.
    #[serde(default = "origin")]
    remote: String,
    /// Also forget branches that the remote does not have any more.
    #[serde(default)]
    prune: bool,
}

fn origin() -> String {
    "origin".to_owned()
}

impl Typed for GitFetch {
    type Args = Args;
    const CARD: Card = Card {
        name: "git_fetch",
        family: "git",
        risk: Risk::Medium,
        effect: EffectClass::LocalChange,
        about: "Takes the branches of a remote into `refs/remotes/NAME/`, and nothing else: no tags, no merge, no \
                work tree. Over ssh, https, or from a folder; settings of the repository that would change the \
                way stop it.",
        undo: "fleet veto puts these references back where they were; their old commits are recorded",
        bulk: &[],
        needs: Some("git"),
        example: r#"{"repo":"~/code/site","remote":"origin"}"#,
    };

    fn plan(args: Args) -> Result<Vec<Wanted>, Unclear> {
        git_log::remote(&args.remote)?;
        let Args { repo, remote, prune } = args;
        Ok(vec![Wanted::Git(GitWanted::Fetch { repo, remote, prune })])
    }

    fn report(_: Args, happened: &[Happened]) -> Value {
        let Some(Happened::RefsMoved { moved, told, .. }) = happened.first() else { return Value::Null };
        let updated: Vec<Value> =
            moved.iter().map(|m| json!({ "ref": m.name, "old": m.old, "new": m.new })).collect();
        let mut result = told.clone();
        if let Some(members) = result.as_object_mut() {
            members.insert("updated".into(), updated.into());
        }
        result
    }
}

#[cfg(test)]
mod tests {
    use super::super::Tool;
    use super::*;

    #[test]
    fn a_remote_is_a_name_and_never_an_address_or_an_option() {
        for bad in ["", "-x", "https://example.org/a", "ext::sh -c id", "../a", "a b", ".git"] {
            let bound = GitFetch.bind(&json!({"repo": "/r", "remote": bad})).unwrap();
            assert!(Tool::plan(&GitFetch, &bound).is_err(), "{bad:?}");
        }
    }
}
