//! Does its risk alone demand a person?

use super::Draft;
use crate::call::{Answer, Reason, Risk};
use crate::gate::world::World;

pub fn ask(draft: &Draft<'_>, _: &World<'_>) -> Vec<(Answer, Reason)> {
    match draft.risk {
        Risk::Low | Risk::Medium => Vec::new(),
        Risk::High => vec![(Answer::Ask, Reason::built_in("risk-high", "HIGH waits for a person"))],
        Risk::Critical => vec![(
            Answer::Block,
            Reason::built_in("risk-critical", "CRITICAL never runs, whoever approves it"),
        )],
    }
}
