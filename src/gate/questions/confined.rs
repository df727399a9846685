//! Would the kernel hold a program to what it declared?

use super::Draft;
use crate::call::{Answer, Effect, GitChange, Reason};
use crate::gate::world::World;
use crate::state::confinement::Confinement;

pub fn ask(draft: &Draft<'_>, world: &World<'_>) -> Vec<(Answer, Reason)> {
    // Git changes a repository as a program of its own, which is held to that repository.
    let local = |change: &GitChange| change.remote().is_none_or(|remote| remote.host.is_empty());
    let started = |effect: &Effect| {
        matches!(effect, Effect::Spawn(_) | Effect::GitBranchDelete(_))
            || matches!(effect, Effect::GitChange(change) if local(change))
    };
    if !draft.effects.iter().any(started) {
        return Vec::new();
    }
    let why = match world.confinement() {
        Confinement::Proven => return Vec::new(),
        Confinement::Refuted(why) | Confinement::Stale(why) => why,
    };
    if world.confines() {
        let message = format!("judged as if the kernel confined it, which is not proven: {why}");
        return vec![(Answer::Allow, Reason::built_in("confinement-supposed", message))];
    }
    let message =
        format!("the program is not confined: it can do whatever you can, whatever it declares ({why})");
    vec![(Answer::Ask, Reason::built_in("not-confined", message))]
}
