//! What does the built-in list say?

use super::Draft;
use crate::call::{Answer, Effect, RealPath, Reason, visible_line};
use crate::gate::rules::{about, hides, touched};
use crate::gate::world::World;

/// Most reasons of one rule: an archive can hold thousands of files that it forbids.
const MOST: usize = 20;

pub fn ask(draft: &Draft<'_>, world: &World<'_>) -> Vec<(Answer, Reason)> {
    let mut found: Vec<(Answer, Reason)> = Vec::new();
    for effect in draft.effects {
        let copied = |path: &RealPath| matches!(effect, Effect::FileMove(e) if e.copy && e.from == *path);
        for (path, writes) in touched(effect) {
            let about: Vec<_> = about(path.as_path(), writes, &world.guarded).collect();
            // A copy reads all that lies below.
            let below = hides(path.as_path(), &world.guarded).filter(|_| copied(path));
            let below = below.filter(|rule| about.iter().all(|other| other.id != rule.id));
            for rule in about.iter().copied().chain(below) {
                if found.iter().filter(|(_, reason)| reason.rule == rule.id).count() < MOST {
                    let message = format!("`{}`: {}", visible_line(path.as_str(), 200), rule.message);
                    found.push((rule.answer, Reason::built_in(rule.id, message)));
                }
            }
        }
    }
    // What forbids comes before what asks.
    found.sort_by_key(|(answer, _)| std::cmp::Reverse(*answer));
    found
}
