//! Loops: a TOML file says what to read, what to conclude and what to do; a run turns it into a plan
//! of resolved calls, and takes each through the gate.

mod config;
mod dedupe;
mod draft;
mod engine;
mod findings;
mod finish;
pub mod lint;
mod marks;
mod memory;
mod names;
mod outcome;
mod pause;
mod places;
mod plan;
mod poke;
mod record;
mod registry;
mod replay;
mod resume;
mod runbook;
mod runner;
mod shipped;
mod spec;
mod standing;
mod store;
mod sweeper;

pub use config::effective;
pub use dedupe::found_out;
pub use draft::{Draft, draft, quiet_offset};
pub use findings::{Finding, open_findings};
pub use names::read as read_definition;
pub use outcome::{Outcome, RunRecord};
pub use pause::{Pause, pause, paused, unpause};
pub use plan::{Plan, PlannedCall};
pub use poke::{Asked, run};
pub use record::{Told, first_time, tell};
pub use registry::{
    LoopError, Mode, Registered, Source, history, last_run, mode, register, registered,
    registered_definition, registered_now as registered_ids, set_mode, shipped_loops, source, sources,
    unregister,
};
pub use replay::{BadFixture, Replayed, World, golden, replay};
pub use resume::{Resumed, resume};
pub use runner::plan_only;
pub use spec::Spec;
pub use standing::{Standing, standing};
pub use sweeper::swept;
