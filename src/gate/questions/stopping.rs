//! Is it a process that no call may stop, or another one than was meant?

use super::Draft;
use crate::call::{Answer, Effect, Reason, visible_line};
use crate::gate::world::World;

pub fn ask(draft: &Draft<'_>, _: &World<'_>) -> Vec<(Answer, Reason)> {
    let mut found = Vec::new();
    for effect in draft.effects {
        let Effect::Stop(stop) = effect else { continue };
        let Some(running) = &stop.found else { continue };
        let name = visible_line(&running.name, 60);
        if let Some(why) = running.guarded {
            let message = format!("process {} (`{name}`) is {why}: no call stops it", stop.pid);
            found.push((Answer::Block, Reason::built_in("guarded-process", message)));
        }
        if running.start != stop.start {
            let message = format!(
                "pid {} is `{name}` now, which started at {}, not at {}: another process got that number",
                stop.pid,
                running.start,
                visible_line(&stop.start, 40)
            );
            found.push((Answer::Block, Reason::built_in("other-process", message)));
        }
    }
    found
}
