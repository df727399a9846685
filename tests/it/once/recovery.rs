//! The command that recovers is killed too, at each of its instants: a crash is closed once, however
//! often its closing crashes.

use super::instants::instants;
use super::kinds::{Kind, Stage};
use super::trial::{Record, close, killed_at, prepared, recover};

/// Kills the recovery of crashes that happened at the first instant that `at` finds.
fn closed_once(at: impl Fn(&str) -> bool, outcome: &str, took: usize) {
    let stage = Stage::new(Kind::Create);
    let (args, _) = prepared(&stage, 0);
    let all = instants(&stage, &args, 0);
    let (name, nth, _) = all.iter().find(|(_, _, line)| at(line)).expect("the instant of the crash");
    let crash = |n: usize| {
        let ran = killed_at(&stage, false, name, *nth, &prepared(&stage, n).0);
        assert_eq!(ran.code, -1, "{ran:?}");
    };
    let list = ["approval", "list", "--json"].map(str::to_owned);
    // The first recovery makes a file that later ones find.
    crash(1);
    recover(&stage, "the first recovery");
    crash(2);
    let all = instants(&stage, &list, 0);
    assert!(all.len() >= 4, "{all:?}");
    assert_eq!((stage.take(0), stage.take(1), stage.take(2)), (1, took, took));
    for (n, (name, nth, line)) in all.iter().enumerate() {
        let n = n + 3;
        let before = Record::end(&stage);
        crash(n);
        let ran = killed_at(&stage, false, name, *nth, &list);
        assert_eq!(ran.code, -1, "{line}: {ran:?}");
        recover(&stage, line);
        let record = Record::since(&stage, before);
        assert_eq!((record.intents(), record.closed()), (1, vec![outcome]), "killed at {line}");
        assert_eq!(stage.take(n), took, "killed at {line}");
    }
    close(&stage, 0..all.len() + 3);
}

#[test]
fn a_crash_before_the_effect_is_closed_once_however_often_its_closing_crashes() {
    // The content is in a temporary file beside the target, and has not got its name.
    closed_once(|line| line.starts_with("rename") && line.contains("\"to-0\""), "call.unknown", 0);
}

#[test]
fn a_crash_after_the_outcome_is_not_closed_again_however_often_it_is_found() {
    closed_once(|line| line.starts_with("unlink") && line.contains("/data/inflight/"), "call.done", 1);
}
