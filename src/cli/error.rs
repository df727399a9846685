//! Errors at the edge: what was asked, what stopped it, what one can do, and the exit code.

use super::{Context, Exit, output};
use crate::audit::LogError;
use crate::call::ApprovalId;
use crate::gate::{ApprovalError, GateError, NotAPerson, PinError};
use crate::state::{Busy, Home, HomeError, Redactor};
use serde_json::json;

/// A command that did not do what it was asked.
#[derive(Debug)]
pub struct CliError {
    exit: Exit,
    message: String,
    hint: Option<String>,
    approval: Option<ApprovalId>,
}

impl CliError {
    /// With this exit code.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), hint: None, approval: None }
    }

    /// Wrong command line or input.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// With what one can do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// About one of several requests.
    #[must_use]
    pub fn about(mut self, approval: &ApprovalId) -> Self {
        self.approval = Some(approval.clone());
        self
    }

    /// How the process ends.
    pub const fn exit(&self) -> Exit {
        self.exit
    }

    /// Prints it, without secrets: errors of programs and servers quote what they were given.
    pub(super) fn print(&self, context: &Context) {
        let redactor = Home::locate().map(|home| Redactor::of(&home)).unwrap_or_default();
        let message = redactor.text(&self.message);
        let hint = self.hint.as_deref().map(|hint| redactor.text(hint));
        if context.json {
            let mut said = json!({ "status": "failed", "error": message, "hint": hint });
            if let (Some(id), Some(members)) = (&self.approval, said.as_object_mut()) {
                members.insert("approval".into(), json!(id));
            }
            output::json(&said);
        }
        output::say(&format!("fleet: {message}"));
        if let Some(hint) = &hint {
            output::say(&format!("  {hint}"));
        }
    }
}

impl std::fmt::Display for CliError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<HomeError> for CliError {
    fn from(e: HomeError) -> Self {
        Self::new(Exit::Failed, e.to_string())
    }
}

impl From<LogError> for CliError {
    fn from(e: LogError) -> Self {
        let exit = match &e {
            LogError::Busy(Busy::Held { .. }) => Exit::Busy,
            LogError::Missing(_) | LogError::Broken { .. } => Exit::Broken,
            LogError::Busy(Busy::Io { .. })
            | LogError::Io { .. }
            | LogError::Entry(_)
            | LogError::Exists(_) => Exit::Failed,
        };
        Self::new(exit, e.to_string())
    }
}

impl From<Busy> for CliError {
    fn from(e: Busy) -> Self {
        let exit = if matches!(e, Busy::Held { .. }) { Exit::Busy } else { Exit::Failed };
        Self::new(exit, e.to_string())
    }
}

impl From<GateError> for CliError {
    fn from(e: GateError) -> Self {
        match e {
            GateError::Log(e) => e.into(),
            GateError::Busy(e) => e.into(),
            GateError::Policy(_) | GateError::Settings(_) => Self::new(Exit::Refused, e.to_string()),
            GateError::State(..) => Self::new(Exit::Failed, e.to_string()),
        }
    }
}

impl From<ApprovalError> for CliError {
    fn from(e: ApprovalError) -> Self {
        match e {
            ApprovalError::Gate(e) => e.into(),
            ApprovalError::Unknown(_) | ApprovalError::Closed(..) | ApprovalError::Edited(_) => {
                Self::new(Exit::Failed, e.to_string())
            }
        }
    }
}

impl From<NotAPerson> for CliError {
    fn from(e: NotAPerson) -> Self {
        match e {
            NotAPerson::Gate(e) => e.into(),
            NotAPerson::BelowARun | NotAPerson::NoChannel { .. } => Self::new(Exit::Refused, e.to_string()),
            NotAPerson::Pin(PinError::Busy(e)) => e.into(),
            NotAPerson::Pin(PinError::Declined) => Self::new(Exit::Waits, e.to_string()),
            NotAPerson::Pin(e) => Self::new(Exit::Refused, e.to_string()),
        }
    }
}
