//! Faults of the machine: a clear error, nothing acknowledged is lost, nothing happens without a
//! record, and the log goes on by itself where its state is unambiguous.

pub mod clock;
mod crowd;
mod disk;
mod folders;
