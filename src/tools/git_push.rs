//! Give a branch to a remote.

use super::typed::{Typed, Unclear};
use super::{Card, EffectClass, git_log, told};
use crate::call::{AbsPath, BranchName, GitWanted, Happened, Malformed, Risk, Wanted};
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub struct GitPush;

#[derive(Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// The repository's folder, from `/` or `~/`.
    repo: AbsPath,
    /// The remote's name.
    #[serde(default = "origin")]
    remote: String,
    /// One branch, or `HERE:THERE`.
    refspec: String,
    /// The commit that the remote's branch is believed to be at, or `absent`.
    expect_remote: String,
}

fn origin() -> String {
    "origin".to_owned()
}

impl Typed for GitPush {
    type Args = Args;
    const CARD: Card = Card {
        name: "git_push",
        family: "git",
        risk: Risk::High,
        effect: EffectClass::ExternalSend,
        about: "Gives one branch to a remote, whose branch must be where `expect_remote` says, and only forward: \
                nothing is ever forced or deleted. Commits that hold what looks like a credential are refused.",
        undo: "cannot be undone: others may have fetched it",
        bulk: &[],
        needs: Some("git"),
        example: r#"{"repo":"~/code/site","refspec":"main","expect_remote":"absent"}"#,
    };

    fn plan(args: Args) -> Result<Vec<Wanted>, Unclear> {
        git_log::remote(&args.remote)?;
        let Args { repo, remote, refspec, expect_remote } = args;
        let (from, to) = refspec.split_once(':').unwrap_or((&refspec, &refspec));
        if refspec.starts_with('+') || from.is_empty() {
            let why = "never forces or deletes: write a branch, or `here:there`";
            return Err(Malformed::new("refspec", &refspec, why).into());
        }
        let branch = |name: &str| BranchName::parse(name.strip_prefix("refs/heads/").unwrap_or(name));
        let (from, to) = (branch(from)?, branch(to)?);
        let expect = match expect_remote.as_str() {
            "absent" => None,
            id => Some(git_log::commit_id("expect_remote", id)?),
        };
        Ok(vec![Wanted::Git(GitWanted::Push { repo, remote, from, to, expect })])
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
    fn nothing_that_forces_deletes_or_matches_many_is_taken() {
        for bad in [
            "+main",
            "+main:main",
            ":main",
            "",
            "main:",
            "refs/heads/*:refs/heads/*",
            "a:b:c",
            "--all",
            "--mirror",
        ] {
            let args = json!({"repo": "/r", "refspec": bad, "expect_remote": "absent"});
            assert!(Tool::plan(&GitPush, &GitPush.bind(&args).unwrap()).is_err(), "{bad:?}");
        }
        for bad in ["", "main", "abc", "0123456789012345678901234567890123456789x"] {
            let args = json!({"repo": "/r", "refspec": "main", "expect_remote": bad});
            assert!(Tool::plan(&GitPush, &GitPush.bind(&args).unwrap()).is_err(), "{bad:?}");
        }
    }
}
