//! One model at a time on a machine: whoever wants one waits for a while, and not for ever.

use crate::call::{Caller, Severity};
use crate::effects::Trouble;
use crate::effects::system::asked::Stopping;
use crate::notify::{self, Notice};
use crate::state::{Busy, Home, Lock, clock, durable, jsonl};
use jiff::Timestamp;
use std::time::{Duration, Instant};

/// How often a wait hears the kill switch.
const LOOK: Duration = Duration::from_millis(200);
/// Busy so often within a day: the owner is told.
const OFTEN: usize = 3;
/// A day.
const LATELY: Duration = Duration::from_secs(24 * 3600);
/// Rows that are kept.
const ROWS: usize = 100;

/// How long a caller waits: a person less than a loop, which nobody watches.
pub fn patience(caller: &Caller) -> Duration {
    match caller {
        Caller::Loop(_) => Duration::from_secs(120),
        Caller::Cli | Caller::Mcp(_) => Duration::from_secs(30),
    }
}

/// The turn, once it has come.
///
/// # Errors
/// [`Trouble`]: it did not come in time, and the next call may try again.
pub fn take(home: &Home, patience: Duration, stopping: Stopping<'_>) -> Result<Lock, Trouble> {
    let started = Instant::now();
    loop {
        if let Some(who) = stopping() {
            return Err(Trouble::Braked(format!("{who} stopped it while it waited for the model")));
        }
        let left = patience.saturating_sub(started.elapsed());
        match Lock::acquire(&home.model_lock(), LOOK.min(left)) {
            Ok(lock) => {
                // What is not there need not be forgotten.
                let _ = durable::remove(&home.model_busy());
                return Ok(lock);
            }
            Err(Busy::Held { .. }) if !left.is_zero() => {}
            Err(Busy::Held { .. }) => {
                let often = note(home);
                return Err(Trouble::Not(format!(
                    "busy: another call had the model for all of {} s{often}; try again later",
                    patience.as_secs()
                )));
            }
            Err(e @ Busy::Io { .. }) => return Err(Trouble::Not(e.to_string())),
        }
    }
}

/// Counts one more; what to say if it is not the first.
fn note(home: &Home) -> String {
    let Ok(_lock) = Lock::acquire(&home.model_busy_lock(), Duration::from_secs(2)) else {
        return String::new();
    };
    let now = clock::now();
    let mut rows: Vec<Timestamp> = jsonl::read(&home.model_busy()).unwrap_or_default();
    rows.retain(|at| now.duration_since(*at).unsigned_abs() < LATELY);
    rows.push(now);
    let kept = rows.len().saturating_sub(ROWS);
    rows.drain(..kept);
    let n = rows.len();
    // A count that cannot be kept is told as it is.
    let _ = jsonl::rewrite(&home.model_busy(), &rows);
    if n == OFTEN || (n > OFTEN && n.is_multiple_of(10)) {
        let notice = Notice {
            v: 1,
            key: "model-busy".into(),
            at: now,
            severity: Severity::Warn,
            title: format!("a local model was busy {n} times in a row"),
            body: "Calls gave up since another had the model all the time. First step: `fleet cost` shows which \
                   loop takes it longest; spread their times, or give them a smaller model."
                .into(),
            more: "fleet cost".into(),
        };
        let _ = notify::put(home, &notice);
    }
    if n > 1 { format!(", {n} times in a row by now") } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_waits_in_vain_and_what_repeats_is_told() {
        let (_dir, home) = crate::gate::fixture::home();
        let no = || None;
        let first = take(&home, Duration::ZERO, &no).unwrap();
        let said = |e: Result<Lock, Trouble>| match e {
            Err(Trouble::Not(why)) => why,
            other => panic!("{other:?}"),
        };
        let started = Instant::now();
        assert!(said(take(&home, Duration::from_millis(50), &no)).starts_with("busy: "));
        assert!(started.elapsed() >= Duration::from_millis(50));
        assert!(notify::list(&home).unwrap().is_empty());
        assert!(said(take(&home, Duration::ZERO, &no)).contains("2 times"));
        assert!(said(take(&home, Duration::ZERO, &no)).contains("3 times"));
        assert_eq!(notify::list(&home).unwrap().len(), 1);
        let _ = said(take(&home, Duration::ZERO, &no));
        assert_eq!(notify::list(&home).unwrap().len(), 1, "told once");
        assert!(matches!(take(&home, Duration::ZERO, &|| Some("a test")), Err(Trouble::Braked(_))));
        drop(first);
        drop(take(&home, Duration::ZERO, &no).unwrap());
        assert!(!home.model_busy().exists(), "it starts anew");
    }
}
