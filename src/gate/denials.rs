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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const DAY: i64 = 24 * 3600;

    fn digest(of: &str) -> Digest {
        crate::canon::digest_of(&json!(of)).unwrap()
    }

    /// A row in `state` about `target`, decided at `at` for that reason.
    fn row(state: &str, target: &str, at: Timestamp, reason: Option<&str>) -> Approval {
        serde_json::from_value(json!({
            "v": 1, "id": "abcde", "state": state, "call": "0".repeat(26), "tool": "shell_run", "args": {},
            "caller": "cli", "risk": "HIGH", "digest": digest("x"), "target": digest(target), "shown": {},
            "effects": [], "reasons": [], "asked": at, "expires": at,
            "decided": { "by": "ada", "at": at, "reason": reason },
        }))
        .unwrap()
    }

    #[test]
    fn a_denial_lives_thirty_days_from_its_decision() {
        let now: Timestamp = "2026-03-31T10:00:00Z".parse().unwrap();
        let ago = |seconds: i64| now.checked_sub(jiff::SignedDuration::from_secs(seconds)).unwrap();
        assert!(lives(&row("denied", "a", ago(30 * DAY - 1), None), now));
        assert!(!lives(&row("denied", "a", ago(30 * DAY), None), now));
        assert!(!lives(&row("approved", "a", now, None), now), "it is none");
        let mut undecided = row("denied", "a", ago(30 * DAY - 1), None);
        undecided.decided = None;
        assert!(lives(&undecided, now), "from when it was asked");
    }

    #[test]
    fn all_that_was_denied_and_more_is_met_and_less_or_nothing_is_not() {
        let mut all = [digest("a"), digest("b"), digest("c")];
        all.sort_unstable();
        let [a, b, c] = &all;
        let two = [a.clone(), c.clone()];
        assert!(covers(&all, &two) && covers(&all, &all) && covers(&two, std::slice::from_ref(c)));
        assert!(!covers(&two, &all) && !covers(&two, std::slice::from_ref(b)));
        assert!(!covers(&all, &[]) && !covers(&[], &[]));
    }

    #[test]
    fn what_was_decided_last_about_the_same_is_told() {
        let at: Timestamp = "2026-03-31T10:00:00Z".parse().unwrap();
        let mut waiting = row("waiting", "a", at, None);
        waiting.decided = None;
        let rows = [
            row("denied", "a", at, Some("not now")),
            row("spent", "a", at, None),
            row("denied", "b", at, Some("no")),
            waiting,
        ];
        let told = |rows: &[Approval], of: &str| last(rows, &digest(of));
        assert_eq!(told(&rows, "a").unwrap(), "used by ada on 2026-03-31 10:00Z");
        assert_eq!(told(&rows[..1], "a").unwrap(), "denied by ada on 2026-03-31 10:00Z: not now");
        assert_eq!(told(&rows, "b").unwrap(), "denied by ada on 2026-03-31 10:00Z: no");
        assert_eq!(told(&rows, "c"), None);
    }
}
