//! Is anything wrong with what an archive holds?

use super::Draft;
use crate::call::{Answer, Effect, Reason};
use crate::gate::world::World;

pub fn ask(draft: &Draft<'_>, _: &World<'_>) -> Vec<(Answer, Reason)> {
    let archives = draft
        .effects
        .iter()
        .filter_map(|effect| if let Effect::Extract(extract) = effect { Some(extract) } else { None });
    let faults = archives.flat_map(|extract| &extract.faults);
    faults
        .map(|fault| {
            let whose = if fault.entry.is_empty() { "the archive" } else { &fault.entry };
            (fault.answer, Reason::built_in("archive", format!("`{whose}`: {}", fault.what)))
        })
        .collect()
}
