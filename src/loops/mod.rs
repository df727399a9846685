//! Loops: a TOML file says what to read, what to conclude and what to do; a run turns it into a plan
//! of resolved calls, and takes each through the gate.

mod config;
mod dedupe;
mod engine;
mod findings;
mod finish;
mod memory;
mod names;
mod outcome;
mod plan;
mod record;
mod registry;
mod resume;
mod runbook;
mod runner;
mod shipped;
mod spec;
mod store;

pub use dedupe::found_out;
pub use findings::{Finding, open_findings};
pub use names::read as read_definition;
pub use outcome::{Outcome, RunRecord};
pub use plan::{Plan, PlannedCall};
pub use record::tell;
pub use registry::{
    LoopError, Mode, Registered, Source, last_run, mode, register, registered, set_mode, shipped_loops,
    source, sources,
};
pub use resume::{Resumed, resume};
pub use runner::{plan_only, run};
pub use spec::Spec;
