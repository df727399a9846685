//! What does the built-in list say?

use super::Draft;
use crate::call::{Answer, Reason, visible_line};
use crate::gate::rules::{about, touched};
use crate::gate::world::World;

/// Most reasons of one rule: an archive can hold thousands of files that it forbids.
const MOST: usize = 20;

pub fn ask(draft: &Draft<'_>, world: &World<'_>) -> Vec<(Answer, Reason)> {
    let mut found: Vec<(Answer, Reason)> = Vec::new();
    for effect in draft.effects {
        for (path, writes) in touched(effect) {
            for rule in about(path.as_path(), writes, &world.guarded) {
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
