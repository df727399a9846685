//! Deeds by name: taken durably before the act, so that neither a crash nor a second run repeats one.

use super::LoopError;
use super::store::{self, Store};
use crate::call::{ApprovalId, CallId, LoopId};
use crate::gate::GateError;
use crate::state::{Home, Lock, clock};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

/// How long a deed that was done is remembered.
const DAYS: u64 = 30;

/// Where a deed is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Deed {
    /// About to be done; found by a later run, it tells of a crash, and is not repeated.
    Taken,
    /// Waits for a person.
    Waiting,
    /// Done.
    Done,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Row {
    deed: Deed,
    at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    approval: Option<ApprovalId>,
    /// The call that does it, while it is not known whether it took place.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    call: Option<CallId>,
}

/// The deeds of one loop. The caller holds the loop's lock.
pub struct Deeds {
    store: Store,
    rows: BTreeMap<String, Row>,
}

impl Deeds {
    /// Reads them; what is older than 30 days and not waiting is forgotten.
    pub fn load(store: &Store) -> io::Result<Self> {
        let mut rows: BTreeMap<String, Row> = store::read(&store.deeds())?.unwrap_or_default();
        let old = Duration::from_secs(DAYS * 24 * 3600);
        rows.retain(|_, row| row.deed == Deed::Waiting || clock::later(row.at, old) > clock::now());
        Ok(Self { store: store.clone(), rows })
    }

    /// Where the deed `key` is, if it was ever begun.
    pub fn get(&self, key: &str) -> Option<Deed> {
        self.rows.get(key).map(|row| row.deed)
    }

    /// Under which id a waiting deed waits.
    pub fn approval(&self, key: &str) -> Option<&ApprovalId> {
        self.rows.get(key)?.approval.as_ref()
    }

    /// The deed waits for a person; durable when this returns.
    pub fn wait(&mut self, key: &str, approval: Option<ApprovalId>) -> io::Result<()> {
        self.rows.insert(key.to_owned(), Row { deed: Deed::Waiting, at: clock::now(), approval, call: None });
        store::write(&self.store.deeds(), &self.rows)
    }

    /// Moves the deed; it is durable when this returns.
    pub fn set(&mut self, key: &str, deed: Deed) -> io::Result<()> {
        self.rows.insert(key.to_owned(), Row { deed, at: clock::now(), approval: None, call: None });
        store::write(&self.store.deeds(), &self.rows)
    }

    /// The deed is about to be done by `call`; durable when this returns.
    pub fn take(&mut self, key: &str, call: &CallId) -> io::Result<()> {
        let call = Some(call.clone());
        self.rows.insert(key.to_owned(), Row { deed: Deed::Taken, at: clock::now(), approval: None, call });
        store::write(&self.store.deeds(), &self.rows)
    }

    /// A person found out whether `call` took place: its deed is done, or may be done.
    pub fn resolve(&mut self, call: &CallId, done: bool) -> io::Result<()> {
        let taken = |row: &Row| row.deed == Deed::Taken && row.call.as_ref() == Some(call);
        if done {
            self.rows.values_mut().filter(|row| taken(row)).for_each(|row| row.deed = Deed::Done);
        } else {
            self.rows.retain(|_, row| !taken(row));
        }
        store::write(&self.store.deeds(), &self.rows)
    }

    /// Forgets the deed: it was not done, or a person decides each time.
    pub fn release(&mut self, key: &str) -> io::Result<()> {
        self.rows.remove(key);
        store::write(&self.store.deeds(), &self.rows)
    }
}

/// A person found out whether `call` of loop `id` took place: its deed is done, or may be done again.
///
/// # Errors
/// [`LoopError`].
pub fn found_out(home: &Home, id: &LoopId, call: &CallId, done: bool) -> Result<(), LoopError> {
    let store = Store::of(home, id);
    if !store.folder().is_dir() {
        return Ok(());
    }
    let _lock = Lock::acquire(&store.lock(), Duration::from_secs(30)).map_err(GateError::from)?;
    let io = |e| LoopError::Io(id.clone(), e);
    Deeds::load(&store).map_err(io)?.resolve(call, done).map_err(io)
}
