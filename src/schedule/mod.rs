//! The system's own scheduler: what it is given, how it gets there, and what it missed. launchd is a
//! poke, not a clock. Rendering is pure.

mod ask;
mod cron;
mod install;
mod job;
mod launchctl;
mod launchd;
mod place;
mod start;
mod sweep;
mod systemctl;
mod systemd;

pub use cron::table;
pub use install::{Files, Overview, Standing, install, status, uninstall};
pub use job::{Job, PREFIX, Rendered, SWEEPER, absolute};
pub use launchctl::Patience;
pub use launchd::{agent, label, plist};
pub use place::Place;
pub use start::detached;
pub use sweep::{Alarm, Swept, sweep};
pub use systemd::units;
