//! Calls that wait for a person: stored, decided once, spent once.
//!
//! `approvals.jsonl` holds what waits, live denials, and for a day what was decided. Who edits a
//! line gains nothing: a grant names its entry in the log, and the gate reads that entry again.

use super::approval::{Approval, Decided, Event, State, word};
use super::denials;
use super::judged::Judged;
use super::person::Person;
use super::policy::Policy;
use super::time;
use super::world::GateError;
use crate::audit::{Kind, Log, LogError};
use crate::call::{ApprovalId, Reason};
use crate::canon::sha256;
use crate::state::{Home, Lock, approval_id, clock, jsonl};
use jiff::Timestamp;
use serde_json::Value;
use std::time::Duration;

const WAIT: Duration = Duration::from_secs(20);

/// A request that is not as it was thought to be.
#[derive(Debug, thiserror::Error)]
pub enum ApprovalError {
    /// No such id.
    #[error("no call waits under `{0}`: `fleet approval list` shows what waits")]
    Unknown(ApprovalId),
    /// Too late for this.
    #[error("`{0}` was {1} already: nothing was done now")]
    Closed(ApprovalId, &'static str),
    /// The row was edited.
    #[error("`{0}` in `approvals.jsonl` is not what was asked: deny it, and let it be asked again")]
    Edited(ApprovalId),
    /// The gate could not answer.
    #[error(transparent)]
    Gate(#[from] GateError),
}

impl From<LogError> for ApprovalError {
    fn from(e: LogError) -> Self {
        Self::Gate(e.into())
    }
}

/// The file under its lock. Saved whole after each change; the log's entry comes first.
pub(super) struct Book<'h> {
    home: &'h Home,
    pub(super) rows: Vec<Approval>,
    pub(super) now: Timestamp,
    _lock: Lock,
}

impl<'h> Book<'h> {
    /// Takes the lock, reads the file and closes what ran out of time.
    pub(super) fn open(home: &'h Home) -> Result<Self, GateError> {
        let lock = Lock::acquire(&home.approvals_lock(), WAIT)?;
        let mut book = Self { home, rows: rows(home)?, now: time::now(home), _lock: lock };
        book.expire()?;
        Ok(book)
    }

    fn expire(&mut self) -> Result<(), GateError> {
        let now = self.now;
        let (log, mut changed) = (Log::of(self.home), false);
        for row in &mut self.rows {
            if row.expires <= now
                && let Some(state) = row.state.step(Event::Expire)
            {
                let _ = log.append(&row.entry(Kind::ApprovalExpired).with("decision", "expired"))?;
                row.enter(state);
                changed = true;
            }
        }
        let before = self.rows.len();
        // Closed rows stay a week longer, for runs that were interrupted before they saw the outcome.
        let week = Duration::from_secs(7 * 24 * 3600);
        self.rows.retain(|row| denials::lives(row, now) || clock::later(row.expires, week) > now);
        if changed || self.rows.len() != before { self.save() } else { Ok(()) }
    }

    pub(super) fn save(&self) -> Result<(), GateError> {
        jsonl::rewrite(&self.home.approvals(), &self.rows)
            .map_err(|e| GateError::State(self.home.approvals(), e))
    }

    pub(super) fn find(&mut self, id: &ApprovalId) -> Result<&mut Approval, ApprovalError> {
        self.rows.iter_mut().find(|row| row.id == *id).ok_or_else(|| ApprovalError::Unknown(id.clone()))
    }

    pub(super) fn fresh_id(&self) -> Result<ApprovalId, GateError> {
        loop {
            let id = approval_id().map_err(|e| GateError::State(self.home.approvals(), e))?;
            if self.rows.iter().all(|row| row.id != id) {
                return Ok(id);
            }
        }
    }
}

fn rows(home: &Home) -> Result<Vec<Approval>, GateError> {
    jsonl::read(&home.approvals()).map_err(|e| GateError::State(home.approvals(), e))
}

/// The denial that would meet `judged`, if it would ask. Reads only.
///
/// # Errors
/// [`GateError::State`].
pub fn denied(home: &Home, judged: &Judged) -> Result<Option<Reason>, GateError> {
    Ok(denials::remembered(&rows(home)?, judged, time::now(home))
        .filter(|_| judged.answer() == crate::call::Answer::Ask))
}

/// What waits, oldest first. Reads only.
///
/// # Errors
/// [`GateError::State`].
pub fn list(home: &Home) -> Result<Vec<Approval>, GateError> {
    Ok(waiting(rows(home)?, time::now(home)))
}

fn waiting(rows: Vec<Approval>, now: Timestamp) -> Vec<Approval> {
    rows.into_iter().filter(|row| row.state.open() && row.expires > now).collect()
}

/// Closes what ran out of time, and drops what is not needed any more: how many rows that were.
///
/// # Errors
/// [`GateError`].
pub fn expire_approvals(home: &Home) -> Result<usize, GateError> {
    let open = |rows: &[Approval]| rows.iter().filter(|row| row.state.open()).count();
    let before = open(&rows(home)?);
    Ok(before.saturating_sub(open(&Book::open(home)?.rows)))
}

/// One request, in any state that is still kept. Reads only.
///
/// # Errors
/// [`ApprovalError`].
pub fn get(home: &Home, id: &ApprovalId) -> Result<Approval, ApprovalError> {
    let row = rows(home)?.into_iter().find(|row| row.id == *id);
    row.map_or_else(|| Err(ApprovalError::Unknown(id.clone())), unedited)
}

/// The request, if it is what was asked.
///
/// # Errors
/// [`ApprovalError::Edited`].
pub fn unedited(row: Approval) -> Result<Approval, ApprovalError> {
    if row.intact() { Ok(row) } else { Err(ApprovalError::Edited(row.id)) }
}

/// What a person says about a request.
#[derive(Debug, Clone, Copy)]
pub enum Said<'a> {
    /// Yes, to the request as it was shown.
    Yes(&'a Approval),
    /// No, and why.
    No(&'a ApprovalId, &'a str),
}

/// Records a person's decision. The entry comes first. A yes is to what was shown: a request that
/// reads otherwise by now is refused.
///
/// # Errors
/// [`ApprovalError`].
pub fn decide(home: &Home, said: Said<'_>, person: &Person) -> Result<Approval, ApprovalError> {
    let (id, shown, no) = match said {
        Said::Yes(shown) => (&shown.id, Some(shown), None),
        Said::No(id, reason) => (id, None, Some(reason)),
    };
    // What a person says yes to, they say yes to under this policy: the grant is bound to it.
    let policy = if no.is_none() { Some(Policy::load(home).map_err(GateError::from)?.digest) } else { None };
    let mut book = Book::open(home)?;
    let row = book.find(id)?;
    if no.is_none() && !row.intact() {
        return Err(ApprovalError::Edited(id.clone()));
    }
    if row.state == State::Approved && spent_on_record(home, row)? {
        row.enter(State::Spent);
        book.save()?;
        return Err(ApprovalError::Closed(id.clone(), word(State::Spent)));
    }
    let event = if no.is_none() { Event::Approve } else { Event::Deny };
    let state = row.state.step(event).ok_or_else(|| ApprovalError::Closed(id.clone(), word(row.state)))?;
    let view = shown_digest(row);
    if shown.is_some_and(|shown| shown_digest(shown) != view) {
        return Err(ApprovalError::Edited(id.clone()));
    }
    let entry = row
        .entry(Kind::ApprovalDecided)
        .with("decision", if no.is_none() { "approve" } else { "deny" })
        .with("by", person.by())
        .with("source", person.source())
        .with("proof", person.proof())
        // The log has no secrets, and the person saw the call whole: what was seen has its own digest.
        .with("view", view)
        .with("policy", policy)
        .with("reason", no);
    let receipt = match Log::of(home).append(&entry) {
        Ok(receipt) => Some(receipt),
        // A no stops something: it counts even when it cannot be put on record.
        Err(e) if no.is_some() && e.is_broken() => None,
        Err(e) => return Err(e.into()),
    };
    row.enter(state);
    row.decided = Some(Decided {
        place: receipt.as_ref().map(|r| r.place().clone()),
        by: person.by().to_owned(),
        at: receipt.map_or_else(clock::now, |r| r.ts()),
        reason: no.map(str::to_owned),
    });
    let row = row.clone();
    book.save()?;
    Ok(row)
}

fn shown_digest(row: &Approval) -> Value {
    let text = super::view::view(row);
    serde_json::json!({ "sha256": sha256(text.as_bytes()), "bytes": text.len() })
}

/// Uses an approval up, once: a crash between the entry and the file left it approved in the file.
pub(super) fn spend(home: &Home, id: &ApprovalId) -> Result<(), ApprovalError> {
    let mut book = Book::open(home)?;
    let row = book.find(id)?;
    let state =
        row.state.step(Event::Spend).ok_or_else(|| ApprovalError::Closed(id.clone(), word(row.state)))?;
    let before = spent_on_record(home, row)?;
    if !before {
        let _ = Log::of(home).append(&row.entry(Kind::ApprovalSpent))?;
    }
    row.enter(state);
    book.save()?;
    if before { Err(ApprovalError::Closed(id.clone(), word(State::Spent))) } else { Ok(()) }
}

/// Whether the log says that the approval was spent since it was given.
fn spent_on_record(home: &Home, row: &Approval) -> Result<bool, GateError> {
    let Some(decided) = row.decided.as_ref().and_then(|d| d.place.as_ref()) else { return Ok(false) };
    let found =
        Log::of(home).find_about(("approval", row.id.as_str()), decided.seq, &[Kind::ApprovalSpent])?;
    Ok(found.is_some())
}

/// Moves a request on, with an entry of `kind` first.
pub(super) fn advance(
    home: &Home,
    id: &ApprovalId,
    event: Event,
    kind: Kind,
    why: Option<&str>,
) -> Result<(), ApprovalError> {
    let mut book = Book::open(home)?;
    let row = book.find(id)?;
    let state = row.state.step(event).ok_or_else(|| ApprovalError::Closed(id.clone(), word(row.state)))?;
    let _ = Log::of(home).append(&row.entry(kind).with("reason", why))?;
    row.enter(state);
    Ok(book.save()?)
}

/// Keeps what came of carrying a request out, for its run.
///
/// # Errors
/// [`ApprovalError`].
pub fn keep_outcome(home: &Home, id: &ApprovalId, outcome: Value) -> Result<(), ApprovalError> {
    let mut book = Book::open(home)?;
    book.find(id)?.outcome = Some(outcome);
    Ok(book.save()?)
}

/// Drops a request that never got its run: the run failed before it was parked.
///
/// # Errors
/// [`ApprovalError`].
pub fn forget(home: &Home, id: &ApprovalId) -> Result<(), ApprovalError> {
    let mut book = Book::open(home)?;
    let row = book.find(id)?;
    if row.state == State::Waiting {
        let _ = Log::of(home).append(&row.entry(Kind::ApprovalExpired).with("reason", "its run ended"))?;
        row.enter(State::Expired);
        book.save()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
