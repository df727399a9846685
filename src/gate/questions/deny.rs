//! Is any of it on the deny-list?

use super::Draft;
use crate::call::{Answer, Reason, visible_line};
use crate::gate::rules::{RULES, touched};
use crate::gate::world::World;

pub fn ask(draft: &Draft<'_>, world: &World<'_>) -> Vec<(Answer, Reason)> {
    let mut found = Vec::new();
    for effect in draft.effects {
        for (path, writes) in touched(effect) {
            let hits = RULES.iter().filter(|rule| (rule.forbids)(path.as_path(), writes, &world.guarded));
            found.extend(hits.map(|rule| {
                let message = format!("`{}`: {}", visible_line(path.as_str(), 200), rule.message);
                (Answer::Block, Reason::built_in(rule.id, message))
            }));
        }
    }
    found
}
