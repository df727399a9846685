//! What a step leaves behind that a later veto needs to take it back. It stands in the outcome's entry.

use super::{Digest, Effect, Fleet, GitChange, Happened, RefMove};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Most bytes that traces of one archive take in its entry.
const MOST: usize = 128 * 1024;

/// The trace of one step that was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "did", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields are named for what they are")]
pub enum Trace {
    /// A file was made, by writing or by copying.
    Made { path: String, sha256: Digest },
    /// A file has other content; the one before it is kept under this name.
    Rewrote { path: String, sha256: Digest, before: Digest, kept: String },
    /// Something was moved; `pin` is what it is.
    Moved { from: String, to: String, pin: Value },
    /// Something lies in the trash, if known where.
    Trashed {
        path: String,
        #[serde(skip_serializing_if = "Option::is_none", default)]
        at: Option<String>,
        pin: Value,
    },
    /// A message is in a channel; without its number there is no way back.
    Posted { channel: String, webhook: String, message: String },
    /// Branches are gone, each with the commit that it pointed to.
    DeletedBranches { repo: String, branches: Vec<(String, String)> },
    /// References moved.
    MovedRefs { repo: String, refs: Vec<RefMove> },
    /// Files of fleet's own lie in its archive.
    Archived { moved: Vec<(String, String)> },
}

impl Trace {
    /// The traces of what `happened` when `effect` was carried out, in order.
    pub fn all(effect: &Effect, happened: &Happened) -> Vec<Self> {
        let Happened::Unpacked { created, .. } = happened else {
            return Self::of(effect, happened).into_iter().collect();
        };
        let made = created.iter().filter_map(|(path, sha256)| {
            Some(Self::Made { path: path.to_string(), sha256: sha256.clone()? })
        });
        // An entry of the log holds so much; what is more is taken away by hand.
        let length = created.iter().map(|(path, _)| path.as_str().len() + 110).sum::<usize>();
        if length <= MOST { made.collect() } else { Vec::new() }
    }

    /// The trace of what `happened` when `effect` was carried out; none if no step back is known.
    pub fn of(effect: &Effect, happened: &Happened) -> Option<Self> {
        let pin = |pin| serde_json::to_value(pin).ok();
        match (effect, happened) {
            (_, Happened::Written { path, before: None, after, .. }) => {
                Some(Self::Made { path: path.to_string(), sha256: after.clone() })
            }
            (_, Happened::Written { path, before: Some(before), after, undo: Some(kept), .. }) => {
                Some(Self::Rewrote {
                    path: path.to_string(),
                    sha256: after.clone(),
                    before: before.clone(),
                    kept: kept.clone(),
                })
            }
            (Effect::FileMove(e), Happened::Moved { to, sha256: Some(sha256), .. }) if e.copy => {
                Some(Self::Made { path: to.to_string(), sha256: sha256.clone() })
            }
            (Effect::FileMove(e), Happened::Moved { from, to, .. }) if !e.copy => {
                Some(Self::Moved { from: from.to_string(), to: to.to_string(), pin: pin(&e.pin)? })
            }
            (Effect::FileTrash(e), Happened::Trashed { path, at }) => {
                Some(Self::Trashed { path: path.to_string(), at: at.clone(), pin: pin(&e.pin)? })
            }
            (_, Happened::BranchesDeleted { repo, deleted }) => {
                Some(Self::DeletedBranches { repo: repo.to_string(), branches: deleted.clone() })
            }
            (_, Happened::Posted { channel, webhook, message: Some(message), .. }) => Some(Self::Posted {
                channel: channel.clone(),
                webhook: webhook.clone(),
                message: message.clone(),
            }),
            (
                Effect::GitChange(GitChange::Fetch(_) | GitChange::Commit(_)),
                Happened::RefsMoved { repo, moved, .. },
            ) if !moved.is_empty() => Some(Self::MovedRefs { repo: repo.to_string(), refs: moved.clone() }),
            (Effect::Fleet(Fleet::Maintain { .. }), Happened::Tidied { moved, .. }) if !moved.is_empty() => {
                Some(Self::Archived { moved: moved.clone() })
            }
            // Looks leave nothing behind; what programs do, and a step back itself, has no way back here.
            _ => None,
        }
    }
}
