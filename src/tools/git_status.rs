//! The state of a repository: work tree, branches, and what exists only on this machine.

use super::typed::{Typed, Unclear};
use super::{Card, EffectClass};
use crate::call::{AbsPath, GitQuery, GitWanted, Happened, Risk, Wanted};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

pub struct GitStatus;

#[derive(Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// The repository's folder, from `/` or `~/`.
    repo: AbsPath,
    /// Also how the work tree differs from the last commit.
    #[serde(default)]
    diff: Diff,
    /// Also check the object store; slow on large repositories.
    #[serde(default)]
    fsck: bool,
    /// At most this many changed paths; 5000 is the most.
    #[serde(default = "some")]
    limit: usize,
}

#[derive(Serialize, Deserialize, schemars::JsonSchema, Default, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Diff {
    #[default]
    None,
    Stat,
    Patch,
}

const fn some() -> usize {
    500
}

impl Typed for GitStatus {
    type Args = Args;
    const CARD: Card = Card {
        name: "git_status",
        family: "git",
        risk: Risk::Low,
        effect: EffectClass::Read,
        about: "State of a repository: changed paths, local branches with upstream, tip and whether they are \
                merged or gone upstream, and commits that no remote has. Asks no remote; programs that the \
                repository's configuration names are not run.",
        undo: "nothing to undo",
        bulk: &[],
        needs: Some("git"),
        example: r#"{"repo":"~/code/site"}"#,
    };

    fn plan(args: Args) -> Result<Vec<Wanted>, Unclear> {
        if args.limit == 0 || args.limit > 5000 {
            return Err(Unclear::Args(format!("limit is {}: expected 1 to 5000", args.limit)));
        }
        let diff = match args.diff {
            Diff::None => None,
            Diff::Stat => Some("stat"),
            Diff::Patch => Some("patch"),
        };
        let query = GitQuery::Status { diff, fsck: args.fsck };
        Ok(vec![Wanted::Git(GitWanted::Read { repo: args.repo, query })])
    }

    fn report(args: Args, happened: &[Happened]) -> Value {
        let Some(Happened::GitSaid { repo, parts }) = happened.first() else { return Value::Null };
        let part = |wanted: &str| {
            let bytes = parts.iter().find(|(name, _)| *name == wanted).map_or(&[][..], |(_, bytes)| bytes);
            String::from_utf8_lossy(bytes).into_owned()
        };
        let mut result = work_tree(&part("status"), args.limit);
        let merged: Vec<String> = part("merged").lines().map(str::to_owned).collect();
        let bases: Vec<String> = part("base").lines().map(str::to_owned).collect();
        let more = json!({
            "repo": repo,
            "base": bases.first(),
            "branches": branches(&part("branches"), &merged, &bases),
            "remotes": part("remotes").lines().collect::<Vec<_>>(),
            "only_here": only_here(&part("only_here"), &part("refs"), repo.as_str()),
        });
        if let (Some(result), Value::Object(more)) = (result.as_object_mut(), more) {
            result.extend(more);
            for name in ["diff", "fsck"] {
                if parts.iter().any(|(n, _)| *n == name) {
                    result.insert(name.to_owned(), part(name).into());
                }
            }
        }
        result
    }
}

/// Reads `git status --porcelain=v2 --branch -z` (git-status(1), "Porcelain Format Version 2").
fn work_tree(said: &str, limit: usize) -> Value {
    let mut head = json!({ "branch": null, "head": null, "upstream": null, "ahead": 0, "behind": 0 });
    let mut entries = Vec::new();
    let mut records = said.split('\0');
    while let Some(record) = records.next() {
        if let Some(header) = record.strip_prefix("# branch.") {
            header_line(header, &mut head);
            continue;
        }
        let (kind, fields) = match record.get(..1) {
            Some("1") => ("changed", 9),
            Some("2") => ("renamed", 10),
            Some("u") => ("unmerged", 11),
            Some("?") => ("untracked", 2),
            _ => continue,
        };
        let state = record.split(' ').nth(1).filter(|_| kind != "untracked");
        let path = record.splitn(fields, ' ').last().unwrap_or_default();
        let from = (kind == "renamed").then(|| records.next()).flatten();
        entries.push(json!({ "kind": kind, "state": state, "path": path, "from": from }));
    }
    let truncated = entries.len() > limit;
    let changed = entries.len();
    entries.truncate(limit);
    if let Some(members) = head.as_object_mut() {
        members.insert("changed".to_owned(), changed.into());
        members.insert("entries".to_owned(), entries.into());
        members.insert("truncated".to_owned(), truncated.into());
    }
    head
}

fn header_line(header: &str, head: &mut Value) {
    let Some((name, value)) = header.split_once(' ') else { return };
    let Some(members) = head.as_object_mut() else { return };
    match name {
        "oid" if value != "(initial)" => drop(members.insert("head".into(), value.into())),
        "head" if value != "(detached)" => drop(members.insert("branch".into(), value.into())),
        "upstream" => drop(members.insert("upstream".into(), value.into())),
        "ab" => {
            for part in value.split(' ') {
                let name = if part.starts_with('+') { "ahead" } else { "behind" };
                let count = part.trim_start_matches(['+', '-']).parse::<u64>().unwrap_or(0);
                members.insert(name.into(), count.into());
            }
        }
        _ => {}
    }
}

/// Reads the branch lines of the hand: name, tip, upstream, track, date, head, work tree, symbolic
/// reference, subject.
fn branches(said: &str, merged: &[String], bases: &[String]) -> Vec<Value> {
    said.lines()
        .filter_map(|line| {
            let mut fields = line.splitn(9, '\0');
            let name = fields.next()?.strip_prefix("refs/heads/")?;
            let tip = fields.next()?;
            let upstream = fields.next()?;
            let track = fields.next()?;
            let date: u64 = fields.next()?.parse().ok()?;
            let current = fields.next()? == "*";
            let checked_out = !fields.next()?.is_empty();
            let symref = !fields.next()?.is_empty();
            let count = |word: &str| {
                let after = track.split(", ").find_map(|part| part.strip_prefix(word));
                after.and_then(|n| n.trim().parse::<u64>().ok()).unwrap_or(0)
            };
            let merged = merged.iter().any(|m| m == name);
            let is_base = bases.iter().any(|base| base == name || base.strip_prefix("origin/") == Some(name));
            Some(json!({
                "name": name,
                "tip": tip,
                "upstream": if upstream.is_empty() { Value::Null } else { upstream.into() },
                "gone": track == "gone",
                "ahead": count("ahead"),
                "behind": count("behind"),
                "date": date,
                "current": current,
                "checked_out": checked_out,
                "merged": merged,
                "base": is_base,
                "finished": (merged || track == "gone") && !current && !checked_out && !is_base && !symref,
                "subject": fields.next()?,
            }))
        })
        .collect()
}

/// For each branch and tag that leads to commits which no remote has: how many, how old, and what
/// its newest says; oldest first. A commit that two of them lead to counts for both.
fn only_here(commits: &str, refs: &str, repo: &str) -> Vec<Value> {
    let mut known: BTreeMap<&str, Commit<'_>> = BTreeMap::new();
    for line in commits.lines() {
        let mut fields = line.splitn(4, '\0');
        let (Some(id), Some(parents), Some(date), Some(subject)) =
            (fields.next(), fields.next(), fields.next(), fields.next())
        else {
            continue;
        };
        known.insert(id, Commit { parents, date: date.parse().unwrap_or(0), subject });
    }
    let mut rows = Vec::new();
    for line in refs.lines() {
        let mut fields = line.splitn(3, '\0');
        let (Some(name), Some(object), Some(peeled)) = (fields.next(), fields.next(), fields.next()) else {
            continue;
        };
        let tip = if peeled.is_empty() { object } else { peeled };
        let (mut count, mut oldest) = (0_u64, u64::MAX);
        let mut seen = BTreeSet::new();
        let mut next = vec![tip];
        while let Some(id) = next.pop() {
            let Some(commit) = known.get(id).filter(|_| seen.insert(id)) else { continue };
            count += 1;
            oldest = oldest.min(commit.date);
            next.extend(commit.parents.split(' '));
        }
        if let Some(newest) = known.get(tip).filter(|_| count > 0) {
            rows.push(json!({
                "repo": repo, "ref": name, "commits": count, "oldest": oldest, "subject": newest.subject,
            }));
        }
    }
    rows.sort_by_key(|row| row.get("oldest").and_then(Value::as_u64));
    rows
}

struct Commit<'a> {
    parents: &'a str,
    date: u64,
    subject: &'a str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn porcelain_is_read_with_renames_spaces_and_counts() {
        let said = "# branch.oid abc\0# branch.head main\0# branch.upstream origin/main\0# branch.ab +2 -1\0\
                    1 .M N... 100644 100644 100644 a b my file.txt\0\
                    2 R. N... 100644 100644 100644 a b R100 new name\0old name\0? un tracked\0";
        let result = work_tree(said, 2);
        assert_eq!(
            (&result["ahead"], &result["behind"], &result["branch"]),
            (&json!(2), &json!(1), &json!("main"))
        );
        assert_eq!(result["entries"][0]["path"], "my file.txt");
        assert_eq!(
            (&result["entries"][1]["path"], &result["entries"][1]["from"]),
            (&json!("new name"), &json!("old name"))
        );
        assert_eq!((&result["truncated"], &result["changed"]), (&json!(true), &json!(3)));
    }

    #[test]
    fn a_detached_head_and_an_unborn_branch_have_no_name_or_commit() {
        let result = work_tree("# branch.oid (initial)\0# branch.head (detached)\0", 9);
        assert_eq!((&result["branch"], &result["head"]), (&Value::Null, &Value::Null));
    }

    #[test]
    fn branches_say_whether_they_are_merged_gone_or_checked_out() {
        let said = "refs/heads/a\0aaa\0refs/remotes/origin/a\0gone\x005\0 \0\0\0done\n\
                    refs/heads/main\0bbb\0\0ahead 2, behind 1\x006\0*\0/w\0\0sub\0ject\n";
        let merged = ["a".to_owned()];
        let rows = branches(said, &merged, &["origin/main".to_owned()]);
        assert_eq!(
            (&rows[0]["gone"], &rows[0]["merged"], &rows[0]["base"]),
            (&json!(true), &json!(true), &json!(false))
        );
        assert_eq!((&rows[1]["ahead"], &rows[1]["behind"]), (&json!(2), &json!(1)));
        assert_eq!(
            (&rows[1]["current"], &rows[1]["checked_out"], &rows[1]["base"]),
            (&json!(true), &json!(true), &json!(true))
        );
    }

    #[test]
    fn commits_only_here_are_counted_for_each_ref_that_leads_to_them() {
        let commits = "c3\0c2\x009\0new\nc2\0c1\x005\0old\nt1\0c1\x001\0tagged\n";
        let refs = "refs/heads/b\0c3\0\nrefs/heads/d\0c2\0\nrefs/heads/main\0c1\0\nrefs/tags/v1\0a1\0t1\n";
        let rows = only_here(commits, refs, "/r");
        assert_eq!(rows[0]["ref"], "refs/tags/v1");
        let newest =
            json!({"repo": "/r", "ref": "refs/heads/b", "commits": 2, "oldest": 5, "subject": "new"});
        assert_eq!(rows[1], newest);
        assert_eq!(
            (rows[2]["ref"].as_str(), rows[2]["commits"].as_u64(), rows.len()),
            (Some("refs/heads/d"), Some(1), 3)
        );
    }
}
