//! A request that is killed while it is stored, and an approval that is killed before it was spent: nothing
//! was attempted, and the record does not say that it may have been.

use super::instants::instants;
use super::kinds::{Kind, Stage};
use super::trial::{close, command, killed_at, prepared, recover};
use crate::harness::FLEET;

#[test]
fn a_request_that_is_killed_is_asked_again_and_carried_out_once() {
    let stage = Stage::new(Kind::Shell);
    let ask = |n: usize| {
        let args = stage.set(n).to_string();
        ["tool", "call", "shell_run", "--args", &args, "--json"].map(str::to_owned).to_vec()
    };
    let all = instants(&stage, &ask(0), 3);
    assert!(all.len() >= 10, "{all:?}");
    for (n, (name, nth, line)) in all.iter().enumerate() {
        let n = n + 1;
        let ran = killed_at(&stage, false, name, *nth, &ask(n));
        assert_eq!(ran.code, -1, "{line}: {ran:?}");
        recover(&stage, line);
        let unknown = stage.world.count("call.unknown") + stage.world.count("call.intent");
        assert_eq!((stage.take(n), unknown), (0, n - 1), "killed at {line}");
        let id = stage.world.waits("shell_run", stage.set(n));
        let out = command(&stage, FLEET).args(["approve", &id]).output().unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        assert_eq!(stage.take(n), 1, "killed at {line}");
    }
    close(&stage, 0..=all.len());
}

/// Kills `approve` at each instant from the call being under way to its effect, recovers, approves the
/// same id again, and sees that `kept` holds for the kinds that are then on record of the call.
fn approved_again(kept: impl Fn(&[String]) -> bool) {
    let stage = Stage::new(Kind::Shell);
    let all = instants(&stage, &prepared(&stage, 0).0, 0);
    stage.take(0);
    let begins = all.iter().position(|(_, _, line)| line.contains("/data/inflight/")).unwrap();
    let mut broken = Vec::new();
    for (n, (name, nth, line)) in all.iter().enumerate().skip(begins).take(30) {
        let (args, id) = prepared(&stage, n);
        let before = stage.world.log().len();
        killed_at(&stage, false, name, *nth, &args);
        recover(&stage, line);
        let again = command(&stage, FLEET).args(["approve", &id.unwrap()]).output().unwrap();
        let took = stage.take(n);
        let kinds = stage.world.kinds().split_off(before);
        if !kept(&kinds) {
            broken
                .push(format!("{line}: {kinds:?}, took place {took} times, exit {:?}", again.status.code()));
        }
    }
    assert!(broken.is_empty(), "killed before\n{}", broken.join("\n"));
}

#[test]
fn a_call_that_is_closed_on_record_is_not_attempted_afterwards() {
    approved_again(|kinds| {
        let at = |kind: &str| kinds.iter().position(|k| k == kind);
        let closed = ["call.done", "call.failed", "call.unknown"].iter().filter_map(|kind| at(kind)).min();
        closed.is_none() || at("call.intent").is_none() || closed > at("call.intent")
    });
}

#[test]
fn an_approval_is_on_record_as_spent_at_most_once() {
    approved_again(|kinds| kinds.iter().filter(|k| *k == "approval.spent").count() <= 1);
}
