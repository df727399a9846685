//! Delete local branches.

use super::typed::{Typed, Unclear};
use super::{Card, EffectClass};
use crate::call::{AbsPath, BranchName, GitWanted, Happened, Risk, Wanted};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Most branches of one call.
const MOST: usize = 200;

pub struct GitBranchDelete;

#[derive(Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// The repository's folder, from `/` or `~/`.
    repo: AbsPath,
    /// Local branches, without `refs/heads/`; all go or none.
    branches: Vec<BranchName>,
}

impl Typed for GitBranchDelete {
    type Args = Args;
    const CARD: Card = Card {
        name: "git_branch_delete",
        family: "git",
        risk: Risk::High,
        effect: EffectClass::Destructive,
        about: "Deletes local branches of one repository, all or none. Tip commits are pinned when the call \
                is judged; a tip that moved since stops the call.",
        undo: "fleet veto, or the undo line of each branch; the tip commits are recorded",
        bulk: &[],
        needs: Some("git"),
        example: r#"{"repo":"~/code/site","branches":["old-idea"]}"#,
    };

    fn plan(mut args: Args) -> Result<Vec<Wanted>, Unclear> {
        args.branches.sort();
        args.branches.dedup();
        if args.branches.is_empty() || args.branches.len() > MOST {
            return Err(Unclear::Args(format!("{} branches: expected 1 to {MOST}", args.branches.len())));
        }
        Ok(vec![Wanted::Git(GitWanted::BranchDelete { repo: args.repo, branches: args.branches })])
    }

    fn report(_: Args, happened: &[Happened]) -> Value {
        let Some(Happened::BranchesDeleted { repo, deleted }) = happened.first() else { return Value::Null };
        let undo = |name: &str, tip: &str| {
            format!("git -C '{}' branch '{name}' {tip}", repo.as_str().replace('\'', r"'\''"))
        };
        let deleted: Vec<Value> = deleted
            .iter()
            .map(|(name, tip)| json!({ "name": name, "tip": tip, "undo": undo(name, tip) }))
            .collect();
        json!({ "repo": repo, "deleted": deleted })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Tool;
    use super::*;

    #[test]
    fn the_same_branches_in_another_order_are_the_same_wish() {
        let plan = |branches: Value| {
            let bound = GitBranchDelete.bind(&json!({"repo": "/r", "branches": branches})).unwrap();
            Tool::plan(&GitBranchDelete, &bound).unwrap()
        };
        assert_eq!(plan(json!(["b", "a", "b"])), plan(json!(["a", "b"])));
        assert!(GitBranchDelete.bind(&json!({"repo": "/r", "branches": ["--all"]})).is_err());
    }
}
