//! Findings are not messages; they have a life: opened, still open, resolved.

use super::store::{self, Store};
use crate::call::{LoopId, RunId, Severity};
use crate::state::{Home, clock};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io;

/// Something a loop found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Which finding of the definition; the runbook has a heading of it.
    pub id: String,
    /// The thing it is about.
    pub key: String,
    /// How soon to tell.
    pub severity: Severity,
    /// One line.
    pub title: String,
    /// More.
    pub detail: String,
    /// When it was opened.
    pub opened: Timestamp,
    /// When it was last seen.
    pub seen: Timestamp,
    /// By which run.
    pub run: RunId,
}

/// What a run changed.
#[derive(Debug, Default)]
pub struct Change {
    /// New ones.
    pub opened: Vec<Finding>,
    /// Open before and now.
    pub still: usize,
    /// No longer there.
    pub resolved: Vec<Finding>,
}

/// Brings the open findings up to date. A run that did not see everything resolves nothing.
pub fn update(store: &Store, raised: Vec<Finding>, complete: bool) -> io::Result<Change> {
    let mut open: BTreeMap<String, Finding> = store::read(&store.findings())?.unwrap_or_default();
    let mut change = Change::default();
    let mut now: BTreeMap<String, Finding> = BTreeMap::new();
    for finding in raised {
        match open.remove(&finding.key) {
            Some(before) => {
                change.still += 1;
                now.insert(finding.key.clone(), Finding { opened: before.opened, ..finding });
            }
            None if now.contains_key(&finding.key) => {}
            None => {
                change.opened.push(finding.clone());
                now.insert(finding.key.clone(), finding);
            }
        }
    }
    if complete {
        change.resolved = open.into_values().collect();
    } else {
        now.extend(open);
    }
    // Told twice after a crash between the two, and never lost.
    for finding in &change.resolved {
        crate::state::jsonl::append(
            &store.resolved(),
            &serde_json::json!({ "v": 1, "resolved": clock::now(), "finding": finding }),
        )?;
    }
    store::write(&store.findings(), &now)?;
    Ok(change)
}

/// All open findings of all registered loops, the most urgent and oldest first.
///
/// # Errors
/// The system's.
pub fn open_findings(home: &Home) -> io::Result<Vec<(LoopId, Finding)>> {
    let mut all = Vec::new();
    for id in super::registry::registered_ids(home)? {
        let open: BTreeMap<String, Finding> =
            store::read(&Store::of(home, &id).findings())?.unwrap_or_default();
        all.extend(open.into_values().map(|f| (id.clone(), f)));
    }
    all.sort_by_key(|(_, f)| (std::cmp::Reverse(f.severity), f.opened));
    Ok(all)
}

/// A finding as raised now.
pub fn raised(
    id: &str,
    key: String,
    severity: Severity,
    title: String,
    detail: String,
    run: &RunId,
) -> Finding {
    let now = clock::now();
    Finding { id: id.into(), key, severity, title, detail, opened: now, seen: now, run: run.clone() }
}
