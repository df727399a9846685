//! Schedules as values: which slot is the latest, and what launchd is told. Pure; the clock is an argument.

mod slots;
mod spec;
mod trigger;

pub use slots::{Slot, latest, next};
pub use spec::{BadSchedule, Every, Schedule, Wall, When};
pub use trigger::{Trigger, triggers};
