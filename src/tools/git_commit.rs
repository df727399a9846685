//! Commit files.

use super::typed::{Typed, Unclear};
use super::{Card, EffectClass, git_log};
use crate::call::{AbsPath, GitWanted, Happened, Malformed, Risk, Wanted};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Most files of one commit, most bytes of their names, and of the message.
const MOST: usize = 500;
const NAMES: usize = 100_000;
const LONG: usize = 16 << 10;

pub struct GitCommit;

#[derive(Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// The repository's folder, from `/` or `~/`.
    repo: AbsPath,
    /// Files as the repository names them; new ones are added, missing ones taken out. No folders.
    paths: Vec<String>,
    /// The message.
    message: String,
    /// The commit that `HEAD` is believed to be at.
    #[serde(default)]
    #[schemars(with = "String")]
    expect_head: Option<String>,
}

impl Typed for GitCommit {
    type Args = Args;
    const CARD: Card = Card {
        name: "git_commit",
        family: "git",
        risk: Risk::Medium,
        effect: EffectClass::LocalChange,
        about: "Commits exactly the named files to the branch that is checked out. Whatever else is staged stays \
                staged. No hook, filter or signing program runs; a file that needs one is refused.",
        undo: "fleet veto takes the commit off the branch (git reset --soft); the files stay as they are",
        bulk: &["message"],
        needs: Some("git"),
        example: r#"{"repo":"~/notes","paths":["today.md"],"message":"Notes of today"}"#,
    };

    fn plan(args: Args) -> Result<Vec<Wanted>, Unclear> {
        let Args { repo, mut paths, message, expect_head } = args;
        paths.sort();
        paths.dedup();
        let bytes: usize = paths.iter().map(String::len).sum();
        if paths.is_empty() || paths.len() > MOST || bytes > NAMES {
            return Err(Unclear::Args(format!(
                "{} paths of {bytes} bytes: expected 1 to {MOST}",
                paths.len()
            )));
        }
        for path in &paths {
            inside(path)?;
        }
        if message.trim().is_empty() || message.len() > LONG || message.contains('\0') {
            return Err(Unclear::Args(format!("message: expected 1 to {LONG} bytes of text")));
        }
        let expect = expect_head.map(|id| git_log::commit_id("expect_head", &id)).transpose()?;
        let message = format!("{}\n", message.trim_end());
        Ok(vec![Wanted::Git(GitWanted::Commit { repo, paths, message, expect })])
    }

    fn report(_: Args, happened: &[Happened]) -> Value {
        match happened.first() {
            Some(Happened::RefsMoved { told, .. }) => told.clone(),
            _ => Value::Null,
        }
    }
}

/// A name below the repository, and not in git's own folder.
fn inside(path: &str) -> Result<(), Malformed> {
    let own = |part: &str| part.is_empty() || matches!(part, "." | "..") || part.eq_ignore_ascii_case(".git");
    if path.starts_with(['-', ':']) || path.chars().any(char::is_control) || path.split('/').any(own) {
        return Err(Malformed::new("path", path, "is not a name below the repository, such as `docs/a.md`"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::Tool;
    use super::*;
    use serde_json::json;

    #[test]
    fn names_stay_below_the_repository_and_out_of_gits_own_folder() {
        for bad in [
            "",
            "/etc/passwd",
            "../a",
            "a/../b",
            ".git/config",
            "sub/.GIT/config",
            "-A",
            ":/",
            "a\nb",
            "a//b",
        ] {
            let bound = GitCommit.bind(&json!({"repo": "/r", "paths": [bad], "message": "m"})).unwrap();
            assert!(Tool::plan(&GitCommit, &bound).is_err(), "{bad:?}");
        }
        let plan = |args: Value| Tool::plan(&GitCommit, &GitCommit.bind(&args).unwrap());
        assert!(plan(json!({"repo": "/r", "paths": ["a"], "message": " "})).is_err());
        assert!(plan(json!({"repo": "/r", "paths": ["a"], "message": "m", "expect_head": "HEAD"})).is_err());
        assert!(plan(json!({"repo": "/r", "paths": ["a.b/ü c"], "message": "m"})).is_ok());
    }
}
