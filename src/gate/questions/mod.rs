//! The questions, one file each, in the order in which reasons are shown. Each answers with what
//! it found; the strictest answer wins, whichever comes first.

mod archive;
mod confined;
mod deny;
mod egress;
mod linked;
mod network;
mod profile;
mod raised;
mod risk;
mod shell;
mod stopping;
#[cfg(test)]
mod tests;
mod unseen;
mod workspace;

use super::world::World;
use crate::call::{Answer, Caller, Effect, Reason, Risk};

/// A call on its way to a decision.
pub struct Draft<'a> {
    /// The tool.
    pub tool: &'static str,
    /// Who asks.
    pub caller: &'a Caller,
    /// What would be done.
    pub effects: &'a [Effect],
    /// The stricter of card and floors so far.
    pub risk: Risk,
}

type Question = fn(&Draft<'_>, &World<'_>) -> Vec<(Answer, Reason)>;

/// All questions. To add one: its file, a `mod` line above, a line here.
pub static QUESTIONS: &[Question] = &[
    deny::ask,
    shell::ask,
    stopping::ask,
    egress::ask,
    network::ask,
    archive::ask,
    raised::ask,
    risk::ask,
    confined::ask,
    workspace::ask,
    linked::ask,
    unseen::ask,
    profile::ask,
];
