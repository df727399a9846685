//! Credentials in what a repository's commits added, also where later ones took it away.

use super::super::watched::Watch;
use super::super::{Hand, Trouble, git::trouble};
use crate::gate::resolve::git;
use crate::state::Redactor;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;

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
    let over = || watch.over().is_some();
    let listed = git::new_in(hand.home, repo, "--all", None, &over).map_err(|e| trouble(hand, &e))?;
    let commits: Vec<&str> = listed.iter().rev().map(String::as_str).collect();
    let (mut rows, mut more) = (Vec::new(), false);
    let mut seen = BTreeSet::new();
    let looked = git::look_through(hand.home, repo, &commits, &over, &mut |added| {
        for (at, rule, fingerprint) in redactor.told(&added.text) {
            if !seen.insert((added.path.to_owned(), fingerprint.clone())) {
                continue;
            }
            if rows.len() == limit {
                more = true;
                break;
            }
            let above = added.text.get(..at).unwrap_or_default().bytes().filter(|b| *b == b'\n').count();
            let above = if added.path.is_empty() { 0 } else { u64::try_from(above).unwrap_or(0) };
            rows.push(json!({
                "commit": added.commit, "path": added.path, "line": added.line + above, "rule": rule,
                "fingerprint": fingerprint,
            }));
        }
        !more
    });
    Ok(Past { rows, more: more || !looked.whole, skipped: looked.skipped })
}
