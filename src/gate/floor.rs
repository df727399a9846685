//! Floors: the least risk of an effect, whatever the card of its tool says.

use crate::call::{Effect, Fleet, GitChange, Remote, Risk};

/// The least risk of `effect`. Deny rules raise it to CRITICAL; that is theirs to say.
pub fn floor(effect: &Effect) -> Risk {
    match effect {
        Effect::FileRead(_) | Effect::FileList(_) | Effect::GitRead(_) => Risk::Low,
        Effect::FileWrite(_) | Effect::FileMove(_) => Risk::Medium,
        // What the request says leaves the machine; a change at the other end cannot be taken back.
        Effect::Web(e) if e.method.reads() => Risk::Medium,
        // A message to the owner's own channel is the one thing sent that is not HIGH: what tells of a
        // failure cannot wait for a person.
        Effect::Remote(Remote::Dns(_) | Remote::Tls(_) | Remote::Discord(_)) => Risk::Medium,
        Effect::Remote(Remote::Withdraw(_)) => Risk::High,
        Effect::Screen(_) => Risk::Low,
        Effect::Extract(_) => Risk::Medium,
        Effect::Web(_) | Effect::Mail(_) => Risk::High,
        Effect::Spawn(e) if e.read_only => Risk::Low,
        Effect::FileTrash(_) | Effect::GitBranchDelete(_) | Effect::Spawn(_) => Risk::High,
        Effect::FileRestore(_) | Effect::GitBranchRestore(_) => Risk::High,
        Effect::Look(_) | Effect::Model(_) => Risk::Low,
        Effect::Fleet(Fleet::Status { .. } | Fleet::Query { .. } | Fleet::Check { .. }) => Risk::Low,
        Effect::Fleet(Fleet::Maintain { .. } | Fleet::Unarchive { .. }) => Risk::Medium,
        Effect::GitChange(GitChange::Fetch(_) | GitChange::Commit(_)) => Risk::Medium,
        // Others may have it by the next second.
        Effect::GitChange(GitChange::Push(_) | GitChange::Refs(_)) => Risk::High,
        Effect::Stop(_) | Effect::Shortcut(_) => Risk::High,
    }
}

/// Whether the effect changes something. A request that only reads does not, though it leaves.
pub fn changes(effect: &Effect) -> bool {
    let asks = matches!(effect, Effect::Web(e) if e.method.reads())
        || matches!(effect, Effect::Remote(e) if e.reads());
    floor(effect) > Risk::Low && !asks
}
