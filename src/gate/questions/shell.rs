//! What was found in a command line.

use super::Draft;
use crate::call::{Answer, Effect, Reason};
use crate::gate::world::World;

pub fn ask(draft: &Draft<'_>, _: &World<'_>) -> Vec<(Answer, Reason)> {
    let findings = |effect: &Effect| {
        if let Effect::Spawn(spawn) = effect { spawn.findings.clone() } else { Vec::new() }
    };
    draft.effects.iter().flat_map(findings).collect()
}
