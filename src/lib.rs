//! fleet: governed loops and tools for local models and scripts.
//!
//! Every call of every caller takes the same straight path, and [`submit`] is that path:
//!
//! ```text
//! caller -> call -> effects -> decision -> approval -> audit intent -> execute -> audit outcome
//! ```
//!
//! Rooms, from the ground up; each names only rooms above it in this list:
//! [`call`] vocabulary, [`canon`] canonical JSON, [`state`] files and locks, [`audit`] the record,
//! [`model`] what model servers speak, [`tools`] what is wanted, [`notify`] messages, [`gate`] what is allowed, [`effects`] the only hands,
//! [`submit`] the path, [`calendar`] slots, [`loops`] definitions and runs, [`schedule`] launchd,
//! [`mcp`] the door for clients, [`agent`] a model's plan, [`cli`] the command line.
#![cfg_attr(test, expect(clippy::disallowed_methods, reason = "tests write files and start processes"))]

pub mod agent;
pub mod audit;
pub mod calendar;
pub mod call;
pub mod canon;
pub mod cli;
pub mod effects;
pub mod gate;
pub mod loops;
pub mod mcp;
pub mod model;
pub mod notify;
pub mod schedule;
pub mod state;
pub mod submit;
pub mod tools;
