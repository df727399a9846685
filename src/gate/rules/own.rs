//! fleet's own binary, data and configuration.

use super::{Guarded, Rule, place};
use crate::call::Answer;
use std::path::Path;

pub static RULE: Rule = Rule {
    id: "fleet-own",
    answer: Answer::Block,
    message: "fleet's own program, data and configuration are out of reach of every tool: \
              use fleet's commands, or edit the configuration yourself",
    forbids,
    must: &[
        "r @/audit/head",
        "w @/approvals.jsonl",
        "w @/KILL",
        "r @",
        "w @/../config/policy.toml",
        "w @/..",
        "r @/../secrets.json",
    ],
    must_not: &["r ~/notes.txt", "r @/..", "w ~/data/x"],
};

fn forbids(path: &Path, writes: bool, guarded: &Guarded) -> bool {
    let path = place(path);
    // A folder that holds what is fleet's would take it along: for changes only.
    guarded.own.iter().any(|own| path.starts_with(own) || (writes && own.starts_with(&path)))
}
