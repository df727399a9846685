//! Would the kernel hold a program to what it declared?

use super::Draft;
use crate::call::{Answer, Effect, Reason};
use crate::gate::world::World;

pub fn ask(draft: &Draft<'_>, _: &World<'_>) -> Vec<(Answer, Reason)> {
    let loose = draft.effects.iter().any(|effect| matches!(effect, Effect::Spawn(spawn) if !spawn.confined));
    let message = "the program is not confined: it can do whatever you can, whatever it declares";
    if loose { vec![(Answer::Ask, Reason::built_in("not-confined", message))] } else { Vec::new() }
}
