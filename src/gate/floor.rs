//! Floors: the least risk of an effect, whatever the card of its tool says.

use crate::call::{Effect, Risk};

/// The least risk of `effect`. Deny rules raise it to CRITICAL; that is theirs to say.
pub fn floor(effect: &Effect) -> Risk {
    match effect {
        Effect::FileRead(_) | Effect::FileList(_) | Effect::GitRead(_) => Risk::Low,
        Effect::FileWrite(_) | Effect::FileMove(_) => Risk::Medium,
        Effect::FileTrash(_) | Effect::GitBranchDelete(_) | Effect::Spawn(_) => Risk::High,
        Effect::FileRestore(_) | Effect::GitBranchRestore(_) => Risk::High,
    }
}

/// Whether the effect changes something.
pub fn changes(effect: &Effect) -> bool {
    floor(effect) > Risk::Low
}
