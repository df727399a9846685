//! Did the owner raise the tool's risk?

use super::Draft;
use crate::call::{Answer, Reason};
use crate::gate::world::World;

pub fn ask(draft: &Draft<'_>, world: &World<'_>) -> Vec<(Answer, Reason)> {
    let refused = world.policy.lowered(draft.tool).into_iter().map(|reason| (Answer::Block, reason));
    let raised = world.policy.raised(draft.tool).map(|(_, reason)| (Answer::Allow, reason));
    refused.chain(raised).collect()
}
