//! Tests on real processes, through one harness, and tests about the tree itself.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests start processes, write files, and stop where they fail"
)]

mod agent;
mod approvals;
mod approver;
mod arrows;
mod asking;
mod attacks;
#[cfg(target_os = "linux")]
mod brake_table;
#[cfg(target_os = "linux")]
mod brake_words;
mod brakes;
#[cfg(target_os = "linux")]
mod breakers;
mod bypass;
#[cfg(target_os = "linux")]
mod canary;
mod cases;
mod catalogue;
mod certificates;
#[cfg(target_os = "linux")]
mod confine;
mod crash;
mod demo;
#[cfg(target_os = "linux")]
mod faults;
mod feeds;
mod generated;
mod git_hostile;
mod git_outgoing;
mod governance;
mod granting;
mod harness;
mod help;
mod init;
mod input;
#[cfg(target_os = "linux")]
mod kill;
mod lint;
mod local_database;
mod local_files;
mod local_fleet;
mod local_git;
mod local_macos;
mod local_security;
#[cfg(target_os = "linux")]
mod local_system;
mod loops;
mod mail;
mod mcp;
mod models;
mod names;
mod notify;
#[cfg(target_os = "linux")]
mod once;
mod packed;
mod person;
mod planted;
mod policy;
mod record;
#[cfg(target_os = "linux")]
mod schedule;
mod secrets;
#[cfg(target_os = "linux")]
mod self_protection;
mod servers;
mod shell;
#[cfg(target_os = "linux")]
mod slots;
#[cfg(target_os = "linux")]
mod swapped;
mod tools;
#[cfg(target_os = "linux")]
mod trace;
mod unpacking;
mod veto;
mod web;
