//! Loops: a TOML file says what to read, what to conclude and what to do; a run turns it into a plan
//! of resolved calls, and takes each through the gate.

mod config;
mod dedupe;
mod draft;
mod engine;
mod findings;
mod finish;
pub mod lint;
mod memory;
mod names;
mod outcome;
mod pause;
mod plan;
mod record;
mod registry;
mod replay;
mod resume;
mod runbook;
mod runner;
mod shipped;
mod spec;
mod store;

pub use config::effective;
pub use dedupe::found_out;
pub use draft::{Draft, draft};
pub use findings::{Finding, open_findings};
pub use names::read as read_definition;
pub use outcome::{Outcome, RunRecord};
pub use pause::{Pause, pause, paused, unpause};
pub use plan::{Plan, PlannedCall};
pub use record::tell;
pub use registry::{
    LoopError, Mode, Registered, Source, history, last_run, mode, register, registered,
    registered_now as registered_ids, set_mode, shipped_loops, source, sources, unregister,
};
pub use replay::{BadFixture, Replayed, World, golden, replay};
pub use resume::{Resumed, resume};
pub use runner::{plan_only, run};
pub use spec::Spec;
