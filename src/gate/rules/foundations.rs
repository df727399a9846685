//! Folders that everything else stands on: the home folder, what is above it, the system's own.

use super::{Guarded, Rule};
use crate::call::Answer;
use crate::gate::fold;
use std::path::Path;

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
    if !writes {
        return false;
    }
    let real = |path: &Path| crate::gate::resolve::path::real(path).unwrap_or_else(|_| path.to_path_buf());
    let path = real(path);
    let folded = fold::path(&path);
    EXACT.iter().any(|exact| folded == Path::new(exact))
        || guarded.owners.iter().any(|owner| owner.starts_with(&folded))
}
