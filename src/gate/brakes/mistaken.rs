//! Failures that say nothing about a tool: what was asked could not be done as it was judged.

use crate::call::{Effect, Pin, WriteMode};

/// Whether the step that failed after so many was about something that is not there, or that stands in its way. That
/// was known before anything was tried.
pub fn mistaken(effects: &[Effect], done_before: Option<usize>) -> bool {
    done_before.and_then(|step| effects.get(step)).is_some_and(could_not)
}

fn could_not(effect: &Effect) -> bool {
    match effect {
        Effect::FileRead(e) => e.pin == Pin::Absent,
        Effect::FileList(e) => e.pin == Pin::Absent,
        Effect::FileWrite(e) => e.mode == WriteMode::Create && e.pin != Pin::Absent,
        Effect::FileMove(e) => e.pin == Pin::Absent || e.target != Pin::Absent,
        Effect::FileTrash(e) => e.pin == Pin::Absent,
        Effect::GitRead(e) => e.pin == Pin::Absent,
        Effect::GitBranchDelete(e) => {
            e.pin == Pin::Absent || e.branches.iter().any(|b| b.tip.is_none() || b.checked_out.is_some())
        }
        Effect::GitChange(e) => e.on().pin == Pin::Absent,
        Effect::Look(e) => e.places().iter().any(|place| place.pin == Pin::Absent),
        Effect::Extract(e) => e.pin == Pin::Absent,
        Effect::Spawn(e) => {
            e.steps.iter().flat_map(|step| &step.pipeline).any(|stage| stage.program.is_none())
        }
        Effect::Model(e) => e.set_up.is_none(),
        // Whether a host answers is not known before; what a veto finds is another matter.
        Effect::Web(_)
        | Effect::Remote(_)
        | Effect::Fleet(_)
        | Effect::Stop(_)
        | Effect::Shortcut(_)
        | Effect::Screen(_)
        | Effect::Mail(_)
        | Effect::FileRestore(_)
        | Effect::GitBranchRestore(_) => false,
    }
}
