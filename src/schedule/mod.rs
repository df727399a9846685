//! Schedules for the system's own scheduler: launchd is a poke, not a clock.

mod launchd;

pub use launchd::{label, plist};
