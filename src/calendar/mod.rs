//! Schedules as values: which slot is due, and what the system's scheduler is told. Pure; the clock is an argument.

pub mod crowd;
mod due;
mod habits;
mod marks;
#[cfg(test)]
mod oracle;
mod slots;
mod spec;
mod trigger;
mod walk;
mod words;

pub use due::{Due, EARLY, Held, Passed, due};
pub use habits::{Active, CatchUp, Class, Habits};
pub use marks::{Beat, Marks};
pub use slots::Slot;
pub use spec::{BadSchedule, Every, Schedule, Wall, When};
pub use trigger::{Trigger, triggers};
pub use walk::{Slots, latest, next, slots};
pub use words::day_name;
