//! A message to the owner.

use crate::call::Severity;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What failed, why, and what one can do first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notice {
    /// Format.
    pub v: u8,
    /// What it is about: the same trouble has the same key, so that a receiver can tell a repetition.
    pub key: String,
    /// When.
    pub at: Timestamp,
    /// How soon.
    pub severity: Severity,
    /// One line.
    pub title: String,
    /// Why, and the first step of the runbook.
    pub body: String,
    /// The command that shows more.
    pub more: String,
}
