//! Folders that everything else stands on: the home folder, what is above it, the system's own.

use super::{Guarded, Rule, place};
use crate::call::Answer;
use std::path::{Path, PathBuf};

/// Folders that no call moves away, puts into the trash or writes over. What is in them is judged
/// by other rules.
const EXACT: &[&str] = &[
    "/",
    "/home",
    "/users",
    "/users/shared",
    "/root",
    "/var",
    "/var/root",
    "/private",
    "/opt",
    "/srv",
    "/mnt",
    "/media",
    "/run",
    "/volumes",
    "/cores",
    "/network",
];

pub static RULE: Rule = Rule {
    id: "foundations",
    answer: Answer::Block,
    message: "this folder is what everything else stands on: no call moves, deletes or replaces it",
    forbids,
    must: &["w /", "w ~", "w ~/..", "w ~/../..", "w /home", "w /Users", "w /private", "w /var"],
    must_not: &["r /", "r ~", "w ~/code", "w /tmp/x", "w /home/nobody-we-know/x", "w /var/tmp/x"],
};

fn forbids(path: &Path, writes: bool, guarded: &Guarded) -> bool {
    let path = place(path);
    let above = |owner: &PathBuf| owner.starts_with(&path);
    writes && (EXACT.iter().any(|exact| path == Path::new(exact)) || guarded.owners.iter().any(above))
}
