//! Vetoes are remembered: the same call asks, until a person said yes to it once.
//!
//! The same call is the same tool, arguments and caller, as the log holds them.

use super::judged::Judged;
use super::record;
use super::world::{GateError, World};
use crate::audit::{Place, as_logged};
use crate::call::{Answer, Call, CallId, Digest, Reason};
use crate::canon;
use crate::state::{Home, Lock, Redactor, jsonl};
use crate::tools::{Bound, Tool};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::time::Duration;

/// Most that are kept; of older ones those go first that ask no more.
const MOST: usize = 10_000;
const WAIT: Duration = Duration::from_secs(20);

/// One veto.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Veto {
    pub v: u8,
    /// The entry that was named, and its call.
    pub seq: u64,
    pub call: CallId,
    pub tool: String,
    /// What the same call is known by.
    pub same: Digest,
    /// Whether the same call still has to ask.
    pub asks: bool,
    pub by: String,
    pub at: Timestamp,
    /// Its entry in the log.
    pub place: Place,
    /// The call that takes it back, and what came of that; none if nobody knows.
    pub undo: CallId,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub outcome: Option<String>,
}

/// The file under its lock.
pub(super) struct Vetoes<'h> {
    home: &'h Home,
    pub rows: Vec<Veto>,
    _lock: Lock,
}

impl<'h> Vetoes<'h> {
    pub(super) fn open(home: &'h Home) -> Result<Self, GateError> {
        let lock = Lock::acquire(&home.vetoes_lock(), WAIT)?;
        Ok(Self { home, rows: rows(home)?, _lock: lock })
    }

    pub(super) fn save(&mut self) -> Result<(), GateError> {
        while self.rows.len() > MOST {
            let oldest = self.rows.iter().position(|row| !row.asks).unwrap_or(0);
            self.rows.remove(oldest);
        }
        jsonl::rewrite(&self.home.vetoes(), &self.rows).map_err(|e| GateError::State(self.home.vetoes(), e))
    }
}

fn rows(home: &Home) -> Result<Vec<Veto>, GateError> {
    jsonl::read(&home.vetoes()).map_err(|e| GateError::State(home.vetoes(), e))
}

/// The veto of `call`, if there was one. Reads only.
pub(super) fn of_call(home: &Home, call: &CallId) -> Result<Option<Veto>, GateError> {
    Ok(rows(home)?.into_iter().find(|row| row.call == *call))
}

/// What the same call is known by: `args` as an entry holds them.
pub(super) fn same(tool: &str, args: &Value, caller: &str) -> Result<Digest, canon::NotCanonical> {
    canon::digest_of(&json!({ "tool": tool, "args": args, "caller": caller }))
}

fn same_of(home: &Home, call: &Call, tool: &dyn Tool, bound: &Bound) -> Option<Digest> {
    let args = as_logged(record::shown_args(tool, bound), &Redactor::of(home));
    same(tool.card().name, &args, &call.caller.to_string()).ok()
}

/// Was this very call vetoed, and did nobody say yes since?
pub(super) fn ask(
    call: &Call,
    tool: &dyn Tool,
    bound: &Bound,
    world: &World<'_>,
) -> Option<(Answer, Reason)> {
    let name = tool.card().name;
    let source = || world.home.vetoes().display().to_string();
    let rows = match rows(world.home) {
        Ok(rows) => rows,
        // Whether there was a veto cannot be known.
        Err(e) => {
            let (rule, message) = ("vetoes-unreadable".into(), e.to_string());
            return Some((Answer::Block, Reason { rule, source: source(), message }));
        }
    };
    let mut asking = rows.iter().rev().filter(|row| row.asks && row.tool == name).peekable();
    asking.peek()?;
    let same = same_of(world.home, call, tool, bound)?;
    let row = asking.find(|row| row.same == same)?;
    let message = format!(
        "the same call was vetoed by {} on {} (entry {}): it asks until a person approves it once",
        row.by,
        row.at.strftime("%Y-%m-%d"),
        row.seq
    );
    Some((Answer::Ask, Reason { rule: "vetoed-before".into(), source: source(), message }))
}

/// A person approved `judged`: the same call need not ask for a veto's sake any more.
pub(super) fn answered(home: &Home, judged: &Judged) -> Result<(), GateError> {
    let name = judged.tool().card().name;
    if !rows(home)?.iter().any(|row| row.asks && row.tool == name) {
        return Ok(());
    }
    let Some(same) = same_of(home, judged.call(), judged.tool(), judged.bound()) else { return Ok(()) };
    let mut vetoes = Vetoes::open(home)?;
    for row in vetoes.rows.iter_mut().filter(|row| row.same == same) {
        row.asks = false;
    }
    vetoes.save()
}
