//! Changing a repository, and reaching another one: git itself does it, as a child that is registered
//! and held to what it may reach, with no program that a repository names.

mod ask;
mod commit;
mod reach;
mod staged;

use super::git::transaction;
use super::{Hand, Step, Trouble};
use crate::call::{GitChange, GitRefs, Happened, Pin, RefMove, visible_line};
use crate::gate::resolve::git;
use crate::state::process::Captured;
use serde_json::json;

pub fn act(hand: &Hand<'_>, change: &GitChange) -> Step {
    let on = change.on();
    if on.pin == Pin::Absent || git::pin(on.repo.as_path()) != on.pin {
        return Err(Trouble::Not(format!("`{}` is not a git repository", on.repo)));
    }
    match change {
        GitChange::Fetch(e) => reach::fetch(hand, e),
        GitChange::Commit(e) => commit::commit(hand, e),
        GitChange::Push(e) => reach::push(hand, e),
        GitChange::Refs(e) => back(hand, e),
    }
}

fn back(hand: &Hand<'_>, e: &GitRefs) -> Step {
    let turned: Vec<_> = e
        .back
        .iter()
        .map(|m| RefMove { old: m.new.clone(), new: m.old.clone(), name: m.name.clone() })
        .collect();
    let ran = transaction(hand, &e.on.repo, &e.on.reaches, e.on.confined, &lines(&turned))?;
    if ran.status.success() {
        let told = json!({ "repo": e.on.repo, "back": turned.len() });
        return Ok(Happened::RefsMoved { repo: e.on.repo.clone(), moved: turned, told });
    }
    let now = ask::references(hand, &e.on, "refs/")?;
    // The transaction does all or nothing: where none is back, nothing was done.
    let none = e.back.iter().all(|m| now.get(&m.name) != m.old.as_ref());
    let said = words(&ran);
    Err(match none {
        true => Trouble::Not(format!("git moved nothing back: {said}")),
        false => Trouble::Unknown(format!("git was stopped in the middle: {said}; look at the references")),
    })
}

/// A reference transaction: git compares each old value under its own lock, and does all or nothing.
fn lines(moves: &[RefMove]) -> String {
    let mut lines = String::from("start\n");
    for m in moves {
        lines.push_str("option no-deref\n");
        lines.push_str(&match (&m.old, &m.new) {
            (Some(old), Some(new)) => format!("update {} {new} {old}\n", m.name),
            (None, Some(new)) => format!("create {} {new}\n", m.name),
            (Some(old), None) => format!("delete {} {old}\n", m.name),
            (None, None) => format!("verify {}\n", m.name),
        });
    }
    lines.push_str("prepare\ncommit\n");
    lines
}

fn words(ran: &Captured) -> String {
    visible_line(String::from_utf8_lossy(&ran.stderr).trim(), 300)
}
