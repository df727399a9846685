//! Is everything it touches inside the workspace, or inside what its loop was set up for?

use super::Draft;
use crate::call::{AbsPath, Answer, Effect, RealPath, Reason, visible_line};
use crate::gate::resolve::path::real;
use crate::gate::rules::touched;
use crate::gate::world::World;
use std::path::PathBuf;

pub fn ask(draft: &Draft<'_>, world: &World<'_>) -> Vec<(Answer, Reason)> {
    let inside = roots(draft, world);
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

/// What the effect touches; a program that it runs lies outside by nature, and what comes out of an
/// archive lies in one folder.
fn places(effect: &Effect) -> Vec<&RealPath> {
    if let Effect::Extract(extract) = effect {
        return vec![&extract.archive, &extract.into];
    }
    let program = if let Effect::Spawn(spawn) = effect { spawn.program.as_ref() } else { None };
    touched(effect).into_iter().map(|(path, _)| path).filter(|path| Some(*path) != program).collect()
}

/// The real paths of all roots. A root that does not resolve is no root.
fn roots(draft: &Draft<'_>, world: &World<'_>) -> Vec<PathBuf> {
    let tilde = world.home.tilde();
    let written =
        world.policy.roots().iter().filter_map(|root| Some(AbsPath::parse(root).ok()?.expand(tilde)));
    let scope = world.scope(draft.caller).unwrap_or_default().paths;
    written.chain(scope).filter_map(|root| real(&root).ok()).collect()
}
