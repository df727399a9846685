//! The record: a hash-chained log of every call, which names the entry where it was tampered with.
//!
//! Format (final, since other programs read it): one line an entry,
//! `{<canonical members>,"seq":N,"prev":"<64 hex>","hash":"<64 hex>"}`, where `hash` is the SHA-256 of
//! the line's bytes up to and including the last digit of `prev`.

mod back;
mod begin;
pub mod chain;
mod checkpoint;
mod close;
mod end;
mod entry;
mod fault;
mod head;
mod incidents;
mod log;
mod look;
mod place;
mod put;
mod query;
mod segment;
mod sync;
mod verify;

/// The independent verifier: Python's standard library and nothing of fleet.
pub const VERIFIER: &str = include_str!("verifier.py");

pub use back::last_lines;
pub use checkpoint::{BadNote, PublicKey, Signer};
pub use close::{Checkpoint, Closed, NotClosed};
pub use entry::{Entry, Kind, as_logged};
pub use fault::LogError;
pub use head::log_id;
pub use incidents::{Incident, Incidents};
pub use log::{Log, Ready};
pub use look::Seen;
pub use place::{Place, Receipt};
pub use query::{Entries, Filter, Line, Stats, entry_at};
pub use verify::{Against, Anchor, Fault, Report, verify};
