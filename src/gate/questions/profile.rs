//! Does the owner want to see every change of this kind of caller?

use super::Draft;
use crate::call::{Answer, Reason};
use crate::gate::floor::changes;
use crate::gate::policy::Profile;
use crate::gate::world::World;

pub fn ask(draft: &Draft<'_>, world: &World<'_>) -> Vec<(Answer, Reason)> {
    let strict = world.policy.profile(draft.caller.kind()) == Profile::Strict;
    if !strict || !draft.effects.iter().any(changes) {
        return Vec::new();
    }
    let source = world.policy.source("profile");
    let message = format!("the profile for `{}` is strict: every change asks", draft.caller.kind());
    vec![(Answer::Ask, Reason { rule: "profile-strict".into(), source, message })]
}
