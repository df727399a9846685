//! One entry: a kind and flat members. Long strings are replaced by their hash and length.

use super::LogError;
use crate::canon::{canonical, sha256};
use crate::state::{Redactor, clock};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value, json};

/// Strings above this are logged as `{sha256,bytes}`.
const LONG: usize = 4096;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// What an entry records.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Kind { $($(#[$doc])* $name,)* }

        impl Kind {
            /// As written in the log.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

kinds! {
    /// The first entry of a log.
    LogCreated = "log.created",
    /// A change is about to be made.
    CallIntent = "call.intent",
    /// A call was carried out.
    CallDone = "call.done",
    /// A call was tried and did not work.
    CallFailed = "call.failed",
    /// It cannot be known whether a call took place; a person closes it.
    CallUnknown = "call.unknown",
    /// A call was not allowed, or malformed.
    CallRefused = "call.refused",
    /// A call waits for a person.
    CallWaiting = "call.waiting",
    /// A person decided.
    ApprovalDecided = "approval.decided",
    /// An approval was used up.
    ApprovalSpent = "approval.spent",
    /// An approval or request ran out of time.
    ApprovalExpired = "approval.expired",
    /// The world changed between approval and execution.
    ApprovalStale = "approval.stale",
    /// A loop run began.
    RunStarted = "run.started",
    /// A loop run ended.
    RunFinished = "run.finished",
    /// A loop was registered.
    LoopRegistered = "loop.registered",
    /// A loop was switched between observing and acting.
    LoopChanged = "loop.changed",
    /// An account was set up, changed or removed.
    AccountChanged = "account.changed",
    /// A breaker stopped calls after failures.
    BreakerOpened = "breaker.opened",
    /// A breaker lets one call through as a probe.
    BreakerHalf = "breaker.half",
    /// A breaker lets calls through again.
    BreakerClosed = "breaker.closed",
    /// A call would have gone over a ceiling.
    CeilingHit = "ceiling.hit",
    /// Everything was stopped.
    KillEngaged = "kill.engaged",
    /// A person let calls run again.
    KillReleased = "kill.released",
    /// The policy or the settings are not what they were.
    PolicyChanged = "policy.changed",
    /// A torn last line was cut off, or a damaged log was closed.
    Repaired = "repaired",
    /// The head was signed.
    Checkpoint = "checkpoint",
    /// The log was closed to be kept elsewhere.
    LogArchived = "log.archived",
    /// A person objected after the fact.
    Veto = "veto",
    /// A person found out whether an unknown call took place.
    CallResolved = "call.resolved",
}

/// An entry before it has a place in the chain.
#[derive(Debug, Clone)]
pub struct Entry {
    kind: Kind,
    members: Map<String, Value>,
}

impl Entry {
    /// An entry of this kind.
    pub fn new(kind: Kind) -> Self {
        Self { kind, members: Map::new() }
    }

    /// With a member more; `null` is left out, long strings are replaced by hash and length.
    #[must_use]
    pub fn with<T: Serialize>(mut self, name: &'static str, value: T) -> Self {
        match serde_json::to_value(value) {
            Ok(Value::Null) => {}
            Ok(value) => {
                self.members.insert(name.to_owned(), shortened(value));
            }
            // INVARIANT: what fleet logs are maps with string keys, which always serialise.
            Err(e) => {
                self.members.insert("error".to_owned(), Value::String(e.to_string()));
            }
        }
        self
    }

    /// The kind.
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The canonical payload without secrets, and without its stamp, which it gets when its turn has
    /// come.
    ///
    /// # Errors
    /// [`LogError::Entry`] for floats, integers beyond 2^53, and names that the chain owns.
    pub(super) fn payload(&self, redactor: &Redactor) -> Result<Payload, LogError> {
        let mut members = Map::new();
        for (name, value) in &self.members {
            members.insert(name.clone(), redactor.json(value.clone()));
        }
        members.insert("kind".into(), self.kind.as_str().into());
        members.insert("v".into(), 1.into());
        if let Some(name) = members.keys().find(|k| !good_name(k.as_bytes()) || k.starts_with("ts")) {
            return Err(LogError::Entry(format!("`{name}` is not a member name")));
        }
        let write = |members: Map<String, Value>| {
            canonical(&Value::Object(members)).map_err(|e| LogError::Entry(e.to_string()))
        };
        let (before, after) = members.into_iter().partition(|(name, _)| name.as_str() < "ts");
        Ok(Payload { before: write(before)?, after: write(after)? })
    }
}

/// Canonical members before and after the stamp; neither half is empty.
#[derive(Debug)]
pub(super) struct Payload {
    before: String,
    after: String,
}

impl Payload {
    /// The whole payload. While the clock is behind what the log has seen, `high` is that newest stamp.
    pub(super) fn stamped(&self, ts: Timestamp, high: Option<Timestamp>) -> String {
        let before = self.before.strip_suffix('}').unwrap_or(&self.before);
        let after = self.after.strip_prefix('{').unwrap_or(&self.after);
        let high = high.map(|high| format!("\"ts_high\":\"{}\",", clock::stamp(high))).unwrap_or_default();
        format!("{before},\"ts\":\"{}\",{high}{after}", clock::stamp(ts))
    }
}

/// Whether `name` may be a top-level member of an entry.
pub(super) fn good_name(name: &[u8]) -> bool {
    // Every byte is looked at, without a turn in between: verifying asks this of each name of a log.
    name.first().is_some_and(u8::is_ascii_lowercase)
        && name.iter().fold(true, |all, c| all & LETTERS.get(usize::from(*c)).is_some_and(|good| *good))
        && !matches!(name, b"seq" | b"prev" | b"hash")
}

/// Which bytes names are made of.
const LETTERS: [bool; 256] = {
    let (mut letters, mut n) = ([false; 256], 0_u8);
    while n < 128 {
        #[expect(clippy::indexing_slicing, reason = "within the array, and checked when compiled")]
        {
            letters[n as usize] = n.is_ascii_lowercase() || n.is_ascii_digit() || n == b'_';
        }
        n += 1;
    }
    letters
};
/// `value` as an entry would hold it: long strings by hash and length, without secrets.
pub fn as_logged(value: Value, redactor: &Redactor) -> Value {
    redactor.json(shortened(value))
}

fn shortened(value: Value) -> Value {
    match value {
        Value::String(text) if text.len() > LONG => {
            json!({ "sha256": sha256(text.as_bytes()), "bytes": text.len() })
        }
        Value::Array(items) => Value::Array(items.into_iter().map(shortened).collect()),
        Value::Object(members) => {
            Value::Object(members.into_iter().map(|(k, v)| (k, shortened(v))).collect())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_is_canonical_and_long_strings_are_hashed() {
        let at = Timestamp::UNIX_EPOCH;
        let entry = Entry::new(Kind::CallDone)
            .with("tool", "x")
            .with("args", json!({"b": 1, "a": null}))
            .with("by", None::<u8>);
        assert_eq!(
            entry.payload(&Redactor::default()).unwrap().stamped(at, None),
            r#"{"args":{"a":null,"b":1},"kind":"call.done","tool":"x","ts":"1970-01-01T00:00:00.000000Z","v":1}"#
        );
        let long = Entry::new(Kind::CallDone).with("args", json!({"text": "x".repeat(5000)}));
        assert!(long.payload(&Redactor::default()).unwrap().stamped(at, None).contains("\"bytes\":5000"));
    }

    #[test]
    fn the_names_of_the_chain_cannot_be_members() {
        for bad in ["seq", "prev", "hash", "ts", "Tool", "", "1a", "a-b"] {
            let name: &'static str = bad;
            assert!(Entry::new(Kind::CallDone).with(name, 1).payload(&Redactor::default()).is_err(), "{bad}");
        }
    }
}
