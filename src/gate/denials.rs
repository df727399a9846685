//! Denials are remembered by tool and target, whoever asks: asking again is not a way through.

use super::approval::{Approval, State, word};
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

/// The reason to refuse what was denied.
pub(super) fn remembered(rows: &[Approval], target: &Digest) -> Option<Reason> {
    let row = rows.iter().rev().find(|row| row.target == *target && row.state == State::Denied)?;
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

/// What was decided about the same thing last.
pub(super) fn last(rows: &[Approval], target: &Digest) -> Option<String> {
    let row = rows.iter().rev().find(|row| row.target == *target && row.decided.is_some())?;
    let decided = row.decided.as_ref()?;
    Some(format!("{} by {} on {}", word(row.state), decided.by, decided.at.strftime("%Y-%m-%d %H:%MZ")))
}
