//! Is everything it touches inside the workspace, or inside what its loop was set up for?

use super::Draft;
use crate::call::{Answer, Effect, RealPath, Reason, visible_line};
use crate::gate::rules::touched;
use crate::gate::world::World;

pub fn ask(draft: &Draft<'_>, world: &World<'_>) -> Vec<(Answer, Reason)> {
    let inside = world.inside(draft.caller);
    let outside = |path: &RealPath| !inside.iter().any(|root| path.as_path().starts_with(root));
    let mut paths: Vec<_> = draft.effects.iter().flat_map(places).filter(|p| outside(p)).collect();
    paths.dedup();
    paths
        .into_iter()
        .map(|path| {
            let message = format!(
                "`{}` is outside the workspace, whose roots are in `[workspace]`",
                visible_line(path.as_str(), 200)
            );
            let reason = Reason { rule: "workspace".into(), source: world.policy.source("roots"), message };
            (Answer::Ask, reason)
        })
        .collect()
}

/// What the effect touches; programs that it runs lie outside by nature, and what comes out of an
/// archive lies in one folder.
fn places(effect: &Effect) -> Vec<&RealPath> {
    if let Effect::Extract(extract) = effect {
        return vec![&extract.archive, &extract.into];
    }
    let mut programs = Vec::new();
    if let Effect::Spawn(spawn) = effect {
        programs.extend(spawn.steps.iter().flat_map(|s| &s.pipeline).filter_map(|s| s.program.as_ref()));
    }
    touched(effect).into_iter().map(|(path, _)| path).filter(|path| !programs.contains(path)).collect()
}
