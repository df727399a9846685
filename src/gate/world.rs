//! What the gate knows when it judges: read by the gate itself, never handed in.

use super::brakes::Limits;
use super::policy::{Policy, PolicyError};
use crate::audit::LogError;
use crate::call::{Caller, LoopId};
use crate::state::{Busy, Home, Settings, SettingsError, clock};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The gate could not answer. Nothing runs then.
#[derive(Debug, thiserror::Error)]
pub enum GateError {
    /// The policy does not read.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The settings do not read.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The log does not take entries.
    #[error(transparent)]
    Log(#[from] LogError),
    /// A lock was not had.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// A state file cannot be used.
    #[error("cannot use `{0}`: {1}")]
    State(PathBuf, std::io::Error),
}

/// Everything that questions may look at.
#[derive(Debug)]
pub struct World<'h> {
    /// Where everything is.
    pub home: &'h Home,
    /// The policy in force.
    pub policy: Policy,
    /// The settings in force.
    pub settings: Settings,
    /// The ceilings in force.
    pub(super) limits: Limits,
    /// The time, at the start.
    pub now: Timestamp,
}

/// What a registered loop may touch and use; written at registration and by each of its runs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// Tools that its steps name.
    pub tools: Vec<String>,
    /// Paths that its configuration names: they count as inside for it.
    pub paths: Vec<PathBuf>,
}

impl<'h> World<'h> {
    /// Reads policy and settings.
    ///
    /// # Errors
    /// [`GateError`]: a policy that does not read forbids.
    pub fn load(home: &'h Home) -> Result<Self, GateError> {
        let settings = Settings::load(home)?;
        let limits = Limits::of(&settings, home)?;
        Ok(Self { home, policy: Policy::load(home)?, settings, limits, now: clock::now() })
    }

    /// The scope of the loop that asks, if one asks and it is registered.
    pub fn scope(&self, caller: &Caller) -> Option<Scope> {
        match caller {
            Caller::Loop(id) => read_scope(self.home, id),
            Caller::Cli | Caller::Mcp(_) => None,
        }
    }
}

/// Paths that count as inside for loop `id`: those that its settings name.
pub fn scope(home: &Home, id: &LoopId) -> Vec<PathBuf> {
    read_scope(home, id).unwrap_or_default().paths
}

pub(super) fn read_scope(home: &Home, id: &LoopId) -> Option<Scope> {
    serde_json::from_slice(&std::fs::read(home.loop_scope(id)).ok()?).ok()
}
