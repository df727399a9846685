//! Credentials in what a repository's commits added, also where later ones took it away.

use super::super::watched::Watch;
use super::super::{Hand, Trouble, git::trouble};
use crate::gate::resolve::git;
use crate::state::Redactor;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;

/// Commits that git is asked for at once.
const BATCH: usize = 200;

/// What was found in the past.
pub struct Past {
    /// The first commit that added each.
    pub rows: Vec<Value>,
    /// Whether there is more.
    pub more: bool,
    /// Commits that could not be looked through.
    pub skipped: usize,
}

pub fn scan(
    hand: &Hand<'_>,
    repo: &Path,
    redactor: &Redactor,
    watch: Watch<'_>,
    limit: usize,
) -> Result<Past, Trouble> {
    if git::pin(repo) == crate::call::Pin::Absent {
        return Err(Trouble::Not(format!("`{}` is not a git repository: it has no history", repo.display())));
    }
    let ask = |arguments: &[&str]| git::ask(hand.home, repo, arguments, &|| watch.over().is_some());
    let listed = ask(&["rev-list", "--all", "--reverse"]).map_err(|e| trouble(hand, &e))?;
    let listed = String::from_utf8_lossy(&listed).into_owned();
    let commits: Vec<&str> = listed.lines().collect();
    let mut past = Past { rows: Vec::new(), more: false, skipped: 0 };
    let mut seen = BTreeSet::new();
    // The next part stands last; a part that says too much is halved.
    let mut parts: Vec<&[&str]> = commits.chunks(BATCH).rev().collect();
    while let Some(part) = parts.pop() {
        if past.more || watch.over().is_some() {
            past.more = true;
            break;
        }
        let mut arguments = vec![
            "log",
            "--no-walk=unsorted",
            "--patch",
            "--unified=0",
            "-m",
            "--no-renames",
            "--no-ext-diff",
            "--no-textconv",
            "--submodule=short",
            "--format=%x1e%H%n%B%x1d",
        ];
        arguments.extend(part);
        match ask(&arguments) {
            Ok(said) => {
                for added in added(&String::from_utf8_lossy(&said)) {
                    for (_, rule, fingerprint) in redactor.told(added.text) {
                        if !seen.insert((added.path.to_owned(), fingerprint.clone())) {
                            continue;
                        }
                        if past.rows.len() == limit {
                            past.more = true;
                            continue;
                        }
                        past.rows.push(json!({
                            "commit": added.commit, "path": added.path, "line": added.line, "rule": rule,
                            "fingerprint": fingerprint,
                        }));
                    }
                }
            }
            Err(git::GitError::Stopped(..)) if part.len() > 1 && watch.over().is_none() => {
                let (first, rest) = part.split_at(part.len() / 2);
                parts.extend([rest, first]);
            }
            Err(_) => past.skipped += part.len(),
        }
    }
    Ok(past)
}

/// A line that a commit added.
#[derive(Debug, PartialEq, Eq)]
struct Added<'a> {
    commit: &'a str,
    /// The file; empty for the message.
    path: &'a str,
    line: u64,
    text: &'a str,
}

/// Reads what `git log --patch --unified=0` says in the format above.
fn added(said: &str) -> Vec<Added<'_>> {
    let mut all = Vec::new();
    for record in said.split('\u{1e}').skip(1) {
        let (head, patch) = record.split_once('\u{1d}').unwrap_or((record, ""));
        let (commit, message) = head.split_once('\n').unwrap_or((head, ""));
        all.extend(message.lines().map(|text| Added { commit, path: "", line: 0, text }));
        let (mut path, mut line, mut left) = ("", 0_u64, 0_u64);
        for text in patch.lines() {
            // Within a hunk, what begins like a header is content.
            if left == 0
                && let Some(name) = text.strip_prefix("+++ ")
            {
                path = name.strip_prefix("b/").unwrap_or(name);
            } else if let Some(hunk) = text.strip_prefix("@@ ").filter(|_| left == 0) {
                let place = hunk.split(' ').find_map(|word| word.strip_prefix('+')).unwrap_or_default();
                let (from, count) = place.split_once(',').unwrap_or((place, "1"));
                (line, left) = (from.parse().unwrap_or(0), count.parse().unwrap_or(0));
            } else if let Some(text) = text.strip_prefix('+').filter(|_| left > 0) {
                all.push(Added { commit, path, line, text });
                (line, left) = (line + 1, left - 1);
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn added_lines_are_read_with_their_places_and_nothing_that_looks_like_one() {
        let said = "\u{1e}c1\nAdd a\n\u{1d}\ndiff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -3,2 +4,2 @@ fn y\n-gone\n-too\n+one\n++++ b/evil\n@@ -9 +10 @@\n-x\n+two\n\u{1e}c2\nm\n\u{1d}\n--- /dev/null\n+++ \"b/\\303\\274\"\n@@ -0,0 +1 @@\n+last\n";
        let rows: Vec<_> = added(said).into_iter().map(|a| (a.commit, a.path, a.line, a.text)).collect();
        let expected = [
            ("c1", "", 0, "Add a"),
            ("c1", "x", 4, "one"),
            ("c1", "x", 5, "+++ b/evil"),
            ("c1", "x", 10, "two"),
            ("c2", "", 0, "m"),
            ("c2", "\"b/\\303\\274\"", 1, "last"),
        ];
        assert_eq!(rows, expected);
    }
}
