//! Denials are remembered by tool and target, whoever asks: asking again is not a way through.

use super::approval::{Approval, State, word};
use super::judged::Judged;
use crate::call::{Digest, Reason};
use crate::state::clock;
use jiff::Timestamp;
use std::time::Duration;

/// How long.
const DAYS: u64 = 30;

/// Whether the row is a denial that still counts at `now`.
pub(super) fn lives(row: &Approval, now: Timestamp) -> bool {
    row.state == State::Denied && until(row) > now
}

fn until(row: &Approval) -> Timestamp {
    let from = row.decided.as_ref().map_or(row.asked, |d| d.at);
    clock::later(from, Duration::from_secs(DAYS * 24 * 3600))
}

/// The reason to refuse what was denied: the same things, or all of them and more.
pub(super) fn remembered(rows: &[Approval], judged: &Judged, now: Timestamp) -> Option<Reason> {
    let meets = |row: &&Approval| {
        lives(row, now) && (row.target == *judged.target() || covers(judged.touched(), &row.touched))
    };
    let row = rows.iter().rev().find(meets)?;
    let decided = row.decided.as_ref()?;
    let message = format!(
        "the same was denied by {} on {} ({}); it can be asked again after {}",
        decided.by,
        decided.at.strftime("%Y-%m-%d"),
        decided.reason.as_deref().unwrap_or("no reason given"),
        until(row).strftime("%Y-%m-%d"),
    );
    Some(Reason { rule: "denied-before".into(), source: format!("approval {}", row.id), message })
}

/// Whether `wanted` holds all that was denied. Less than that is another, narrower request.
fn covers(wanted: &[Digest], denied: &[Digest]) -> bool {
    !denied.is_empty() && denied.iter().all(|thing| wanted.binary_search(thing).is_ok())
}

/// What was decided about the same thing last.
pub(super) fn last(rows: &[Approval], target: &Digest) -> Option<String> {
    let row = rows.iter().rev().find(|row| row.target == *target && row.decided.is_some())?;
    let decided = row.decided.as_ref()?;
    let reason = decided.reason.as_deref().map(|r| format!(": {r}")).unwrap_or_default();
    Some(format!(
        "{} by {} on {}{reason}",
        word(row.state),
        decided.by,
        decided.at.strftime("%Y-%m-%d %H:%MZ")
    ))
}
