//! What is wrong with a policy that reads: told with its line, and with what one can do.

use serde::Serialize;

/// Something wrong at one line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Fault {
    /// The line in the file.
    pub line: usize,
    /// What it is about: a rule's id, a tool of `[[risk]]`; none for the file itself.
    pub rule: Option<String>,
    /// Whether it puts something out of force; else it is only worth a look.
    pub refused: bool,
    /// What is wrong.
    pub message: String,
    /// What one can do.
    pub help: String,
}
