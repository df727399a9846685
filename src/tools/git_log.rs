//! Commits of a repository.

use super::typed::{Typed, Unclear};
use super::{Card, EffectClass};
use crate::call::{AbsPath, GitQuery, GitWanted, Happened, Malformed, Risk, Wanted};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Most commits one call returns.
const MOST: u32 = 1000;

pub struct GitLog;

#[derive(Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// The repository's folder, from `/` or `~/`.
    repo: AbsPath,
    /// A revision or range, such as `main..topic`; `HEAD` if left out.
    #[serde(default)]
    #[schemars(with = "String")]
    range: Option<String>,
    /// Only commits that touch this path, relative to the repository.
    #[serde(default)]
    #[schemars(with = "String")]
    path: Option<String>,
    /// Only commits whose author contains this text.
    #[serde(default)]
    #[schemars(with = "String")]
    author: Option<String>,
    /// Only commits after this date, such as `2026-11-01`.
    #[serde(default)]
    #[schemars(with = "String")]
    since: Option<String>,
    /// With the patch of each.
    #[serde(default)]
    patch: bool,
    /// At most this many; 1000 is the most.
    #[serde(default = "some")]
    limit: u32,
}

const fn some() -> u32 {
    50
}

impl Typed for GitLog {
    type Args = Args;
    const CARD: Card = Card {
        name: "git_log",
        family: "git",
        risk: Risk::Low,
        effect: EffectClass::Read,
        about: "Commits of a repository, newest first. Programs that its configuration names are not run.",
        undo: "nothing to undo",
        bulk: &[],
        needs: Some("git"),
        example: r#"{"repo":"~/code/site","range":"main","limit":10}"#,
    };

    fn plan(args: Args) -> Result<Vec<Wanted>, Unclear> {
        if args.limit == 0 || args.limit > MOST {
            return Err(Unclear::Args(format!("limit is {}: expected 1 to {MOST}", args.limit)));
        }
        for (what, value) in
            [("range", &args.range), ("path", &args.path), ("author", &args.author), ("since", &args.since)]
        {
            if let Some(text) = value {
                plain(what, text)?;
            }
        }
        let Args { repo, range, path, author, since, patch, limit } = args;
        let query = GitQuery::Log { range, path, author, since, patch, limit };
        Ok(vec![Wanted::Git(GitWanted::Read { repo, query })])
    }

    fn report(args: Args, happened: &[Happened]) -> Value {
        let Some(Happened::GitSaid { parts, .. }) = happened.first() else { return Value::Null };
        let said = parts.iter().find(|(name, _)| *name == "log").map_or(&[][..], |(_, bytes)| bytes);
        let commits: Vec<Value> = String::from_utf8_lossy(said)
            .split('\u{1e}')
            .filter_map(|record| {
                let mut fields = record.trim_start_matches('\n').splitn(6, '\0');
                let mut commit = json!({
                    "id": fields.next().filter(|id| !id.is_empty())?,
                    "author": fields.next()?,
                    "email": fields.next()?,
                    "date": fields.next()?,
                    "subject": fields.next()?,
                });
                let (files, patch) = raw(fields.next().unwrap_or_default());
                if let Some(members) = commit.as_object_mut() {
                    members.insert("files".to_owned(), files.into());
                    if args.patch {
                        members.insert("patch".to_owned(), patch.into());
                    }
                }
                Some(commit)
            })
            .collect();
        json!({ "commits": commits })
    }
}

/// The files that a commit touched, and its patch: lines of git-diff's raw format, then the rest.
fn raw(said: &str) -> (Vec<&str>, &str) {
    let (mut files, mut rest) = (Vec::new(), said.trim_start_matches('\n'));
    while let Some((line, after)) = rest.split_once('\n').filter(|(line, _)| line.starts_with(':')) {
        // Of a renamed file the new name comes last.
        files.extend(line.rsplit('\t').next());
        rest = after;
    }
    (files, rest.trim_start_matches('\n'))
}

/// Refuses what git would take for an option, or a terminal for a command.
fn plain(what: &'static str, text: &str) -> Result<(), Malformed> {
    if text.is_empty() || text.starts_with('-') || text.chars().any(char::is_control) || text.len() > 1024 {
        return Err(Malformed::new(
            what,
            text,
            "must not be empty, start with `-`, or hold control characters",
        ));
    }
    Ok(())
}

/// The name of a remote: a word, so that it is no address, option or place.
pub(super) fn remote(name: &str) -> Result<(), Malformed> {
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || name.len() > 100 || name.starts_with(['-', '.']) || !name.chars().all(good) {
        return Err(Malformed::new("remote", name, "is not the name of a remote, such as `origin`"));
    }
    Ok(())
}

/// A whole commit id.
pub(super) fn commit_id(what: &'static str, id: &str) -> Result<String, Malformed> {
    let good = [40, 64].contains(&id.len()) && id.bytes().all(|b| b.is_ascii_hexdigit());
    if good { Ok(id.to_ascii_lowercase()) } else { Err(Malformed::new(what, id, "is not a whole commit id")) }
}

#[cfg(test)]
mod tests {
    use super::super::Tool;
    use super::*;
    use crate::call::RealPath;

    #[test]
    fn a_leading_dash_is_not_data() {
        for bad in ["--output=/tmp/x", "-O", "", "a\nb"] {
            let bound = GitLog.bind(&json!({"repo": "/r", "range": bad})).unwrap();
            assert!(Tool::plan(&GitLog, &bound).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn records_are_read_by_their_separators_not_by_lines() {
        let said =
            b"\x1eabc\0Anna\0a@x\x002026-11-01T00:00:00Z\0first\nline?\0\n\n:100644 100644 1 2 M\ta b\n:100644 100644 1 1 R100\told\tnew\n\ndiff --git a/a b/a\n\x1edef\0B\0b@x\x002026\0two\0\n"
                .to_vec();
        let repo = RealPath::new(std::path::Path::new("/r")).unwrap();
        let bound = GitLog.bind(&json!({"repo": "/r", "patch": true})).unwrap();
        let result = Tool::report(&GitLog, &bound, &[Happened::GitSaid { repo, parts: vec![("log", said)] }]);
        assert_eq!(result["commits"][0]["id"], "abc");
        assert_eq!(result["commits"][0]["files"], json!(["a b", "new"]));
        assert_eq!(result["commits"][0]["patch"], "diff --git a/a b/a\n");
        assert_eq!(
            (&result["commits"][1]["subject"], &result["commits"][1]["files"]),
            (&json!("two"), &json!([]))
        );
        assert_eq!(result["commits"].as_array().unwrap().len(), 2);
    }
}
