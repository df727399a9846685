//! fleet's own binary, data and configuration.

use super::{Rule, holds, within};
use crate::call::Answer;
use crate::state::Home;
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

fn forbids(path: &Path, writes: bool, home: &Home) -> bool {
    let normal = super::super::resolve::path::real(path).unwrap_or_else(|_| path.to_path_buf());
    let own = [home.data(), home.config(), home.binary()];
    own.into_iter().chain(home.secrets_file()).any(|own| {
        let own = super::super::resolve::path::real(own).unwrap_or_else(|_| own.to_path_buf());
        within(&normal, &own) || (writes && holds(&normal, &own))
    })
}
