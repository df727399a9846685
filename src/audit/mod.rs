//! The record: a hash-chained log of every call, which names the entry where it was tampered with.
//!
//! Format (final, since other programs read it): one line an entry,
//! `{<canonical members>,"seq":N,"prev":"<64 hex>","hash":"<64 hex>"}`, where `hash` is the SHA-256 of
//! the line's bytes up to and including the last digit of `prev`.

mod back;
pub mod chain;
mod entry;
mod fault;
mod head;
mod log;
mod segment;
mod verify;

pub use back::last_lines;
pub use entry::{Entry, Kind};
pub use fault::LogError;
pub use log::{Log, Place, Receipt};
pub use verify::{Anchor, Fault, Report, verify};
