//! A person's veto, after the fact: what can be taken back is planned from the record, and the same
//! call asks from now on.
//!
//! Order: the veto's entry, its row, the intent of the undo; then the hands act. The undo is attempted
//! at most once, whatever crashes.

use super::brakes::clock_behind;
use super::judged::judged_undo;
use super::open::begin;
use super::permit::Permit;
use super::person::Person;
use super::record;
use super::undo::{self, Step};
use super::vetoes::{self, Veto, Vetoes};
use super::world::{GateError, World};
use crate::audit::{self, Entry, Kind, Log, LogError};
use crate::call::{Call, CallId, Caller, Effect, Reason, Trace};
use crate::state::{Home, call_id, clock};
use crate::tools;
use serde_json::{Value, json};

/// Why a veto was not recorded.
#[derive(Debug, thiserror::Error)]
pub enum NotVetoed {
    /// No such entry in this log.
    #[error("the log has no entry {0}: `fleet audit tail` shows the newest")]
    NoEntry(u64),
    /// Nothing was done by what it records.
    #[error("entry {0} is {1}: only what a call did can be vetoed, by the entry of its intent or outcome")]
    NotADeed(u64, String),
    /// It has no outcome yet.
    #[error("the call of entry {0} is still under way")]
    UnderWay(u64),
    /// Nobody knows whether it took place.
    #[error(
        "it cannot be known whether the call of entry {0} took place: look, and close it first with \
             `fleet audit resolve`"
    )]
    Unknown(u64),
    /// A veto's own undo.
    #[error("entry {0} is the undo of a veto: to have it the other way again, call the tool again")]
    Undo(u64),
    /// Once is enough.
    #[error("the call of entry {seq} was vetoed already, by {by} on {on}: {outcome}")]
    Already {
        /// The entry.
        seq: u64,
        /// Who.
        by: String,
        /// When.
        on: String,
        /// What came of it.
        outcome: String,
    },
    /// A person agreed to something else.
    #[error(
        "what would be taken back of the call of entry {0} is not what was shown any more: nothing was \
             done; look again"
    )]
    Changed(u64),
    /// A brake that holds for vetoes too.
    #[error("{}", .0.message)]
    Braked(Reason),
    /// The gate could not answer.
    #[error(transparent)]
    Gate(#[from] GateError),
}

impl From<LogError> for NotVetoed {
    fn from(e: LogError) -> Self {
        Self::Gate(e.into())
    }
}

/// A call that can be vetoed, and what would be taken back. Looking changes nothing.
#[derive(Debug, Clone)]
pub struct Deed {
    /// The entry that was named.
    pub seq: u64,
    /// The call.
    pub call: CallId,
    /// Its tool.
    pub tool: String,
    /// Who called.
    pub caller: String,
    /// When its outcome was recorded, and what that was.
    pub at: String,
    /// How it ended.
    pub outcome: String,
    /// What it did, the last first, each with its way back or why there is none.
    pub steps: Vec<Step>,
    args: Value,
    hash: String,
    effects: Vec<Effect>,
}

impl Deed {
    /// Whether taking it back starts a program that nothing would hold, as far as is known.
    pub fn unconfined(&self) -> bool {
        self.effects.iter().any(|effect| {
            matches!(effect, Effect::GitBranchRestore(e) if !e.confined)
                || matches!(effect, Effect::GitChange(e) if !e.on().confined)
        })
    }

    /// Whether both are the same call, with the same ways back.
    fn is(&self, other: &Self) -> bool {
        self.hash == other.hash && self.steps == other.steps && self.effects == other.effects
    }
}

/// A veto on record, and the right to take back what can be.
#[derive(Debug)]
#[must_use]
pub struct Vetoed {
    /// What it is about.
    pub deed: Deed,
    /// The undo; none if there is nothing to take back.
    pub permit: Option<Permit>,
}

/// Looks at the call of entry `seq`: what it did and what of that can be taken back now.
///
/// # Errors
/// [`NotVetoed`].
pub fn deed(home: &Home, seq: u64) -> Result<Deed, NotVetoed> {
    looked(&World::load(home)?, seq)
}

fn looked(world: &World<'_>, seq: u64) -> Result<Deed, NotVetoed> {
    let home = world.home;
    let entry = entry(home, seq)?;
    let text =
        |entry: &Value, name: &str| entry.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let kind = text(&entry, "kind");
    let is = |kinds: &[Kind]| kinds.iter().any(|k| kind == k.as_str());
    if text(&entry, "tool") == tools::UNDO.card().name {
        return Err(NotVetoed::Undo(seq));
    }
    let (intent, outcome) = if is(&[Kind::CallIntent]) {
        let outcome = outcome_of(home, seq, &text(&entry, "call"))?.ok_or(NotVetoed::UnderWay(seq))?;
        (entry, outcome)
    } else if is(&[Kind::CallDone, Kind::CallFailed]) {
        match entry.get("intent").and_then(Value::as_u64) {
            Some(at) => (self::entry(home, at)?, entry),
            // A look has one entry for both.
            None => (entry.clone(), entry),
        }
    } else if is(&[Kind::CallUnknown]) {
        return Err(NotVetoed::Unknown(seq));
    } else {
        return Err(NotVetoed::NotADeed(seq, kind));
    };
    if text(&outcome, "kind") == Kind::CallUnknown.as_str() {
        return Err(NotVetoed::Unknown(seq));
    }
    let tool = text(&outcome, "tool");
    let call = CallId::parse(&text(&outcome, "call"))
        .ok()
        .filter(|call| text(&intent, "call") == call.as_str())
        .ok_or_else(|| NotVetoed::NotADeed(seq, kind.clone()))?;
    if let Some(row) = vetoes::of_call(home, &call)?.filter(|row| row.outcome.is_some()) {
        return Err(already(seq, &row, None));
    }
    let traces: Option<Vec<Trace>> =
        outcome.get("undo").and_then(|traces| serde_json::from_value(traces.clone()).ok());
    let (effects, steps) = match &traces {
        Some(traces) => undo::plan(world, traces),
        None => (Vec::new(), no_way(&tool, &outcome)),
    };
    Ok(Deed {
        seq,
        call,
        caller: text(&outcome, "caller"),
        at: text(&outcome, "ts"),
        outcome: text(&outcome, "outcome"),
        steps,
        args: intent.get("args").cloned().unwrap_or_default(),
        hash: text(&outcome, "hash"),
        effects,
        tool,
    })
}

/// What is said of a call that left no trace.
fn no_way(tool: &str, outcome: &Value) -> Vec<Step> {
    let says = |name: &str, value: &str| outcome.get(name).and_then(Value::as_str) == Some(value);
    if says("risk", "LOW") || says("kind", Kind::CallFailed.as_str()) {
        return Vec::new();
    }
    // A card that sends here cannot be right: there is no trace.
    let undo = tools::find(tool).map(|t| t.card().undo).filter(|undo| !undo.starts_with("fleet veto"));
    let why_not = Some(undo.unwrap_or("nothing is recorded to take it back with").to_owned());
    let what = format!("ran {tool}");
    vec![Step { what, back: None, why_not, changed: false }]
}

/// Puts the veto of the call that `shown` tells of on record; then nothing but the hands stands before
/// what it takes back, which is what the person saw.
///
/// # Errors
/// [`NotVetoed`]; then nothing is taken back.
pub fn veto(home: &Home, shown: &Deed, person: &Person, reason: Option<&str>) -> Result<Vetoed, NotVetoed> {
    let seq = shown.seq;
    let seen = match clock_behind(home)? {
        Ok(seen) => seen,
        Err(reason) => return Err(NotVetoed::Braked(reason)),
    };
    let world = World::load(home)?;
    // Held until the intent is on record: of two who veto at once, one finds the other's.
    let mut vetoes = Vetoes::open(home)?;
    let mut deed = looked(&world, seq)?;
    let before = vetoes.rows.iter().find(|row| row.call == deed.call).cloned();
    if let Some(row) = &before
        && let Some(kind) = began(home, row)?
    {
        return Err(already(seq, row, Some(&kind)));
    }
    if !deed.is(shown) {
        return Err(NotVetoed::Changed(seq));
    }
    let undo = match before {
        // It was cut off before anything of it began.
        Some(row) => row.undo,
        None => {
            let row = put(home, &deed, person, reason)?;
            let undo = row.undo.clone();
            vetoes.rows.push(row);
            undo
        }
    };
    let effects = std::mem::take(&mut deed.effects);
    if effects.is_empty() {
        set(&mut vetoes, &undo, "nothing of it was taken back");
        vetoes.save()?;
        return Ok(Vetoed { deed, permit: None });
    }
    vetoes.save()?;
    let args = json!({ "seq": seq, "call": deed.call });
    let tool = tools::UNDO.card().name.to_owned();
    let call = Call { id: undo, caller: Caller::Cli, tool, args, run: None, why: None };
    let refused = |e: super::Refusal| {
        let why = e.reasons.first().map_or_else(String::new, |r| r.message.clone());
        GateError::State(home.vetoes(), std::io::Error::other(why))
    };
    let judged = judged_undo(call, effects, &world).map_err(refused)?;
    let flight = begin(home, &judged, &seen)?;
    let entry = record::of(Kind::CallIntent, &judged).with("by", person.by());
    let intent = match Log::of(home).append(&entry) {
        Ok(intent) => intent,
        Err(e) => {
            flight.land().map_err(|e| GateError::State(home.inflight(), e))?;
            return Err(GateError::from(e).into());
        }
    };
    Ok(Vetoed { deed, permit: Some(Permit::issue(judged, flight, Some(intent))) })
}

/// Remembers what came of an undo.
///
/// # Errors
/// [`GateError`]; the log has it all the same.
pub fn undone(home: &Home, undo: &CallId, outcome: &str) -> Result<(), GateError> {
    let mut vetoes = Vetoes::open(home)?;
    set(&mut vetoes, undo, outcome);
    vetoes.save()
}

fn set(vetoes: &mut Vetoes<'_>, undo: &CallId, outcome: &str) {
    for row in vetoes.rows.iter_mut().filter(|row| row.undo == *undo) {
        row.outcome = Some(outcome.to_owned());
    }
}

/// The veto's entry, and the row that remembers it.
fn put(home: &Home, deed: &Deed, person: &Person, reason: Option<&str>) -> Result<Veto, NotVetoed> {
    let state = |e| GateError::State(home.vetoes(), e);
    let undo = call_id().map_err(state)?;
    let same = vetoes::same(&deed.tool, &deed.args, &deed.caller)
        .map_err(|e| state(std::io::Error::other(e.to_string())))?;
    let entry = Entry::new(Kind::Veto)
        .with("call", &deed.call)
        .with("tool", &deed.tool)
        .with("caller", &deed.caller)
        .with("args", json!({ "seq": deed.seq, "hash": deed.hash }))
        .with("undo", &deed.steps)
        .with("undo_call", &undo)
        .with("by", person.by())
        .with("source", person.source())
        .with("proof", person.proof())
        .with("reason", reason);
    let receipt = Log::of(home).append(&entry)?;
    Ok(Veto {
        v: 1,
        seq: deed.seq,
        call: deed.call.clone(),
        tool: deed.tool.clone(),
        same,
        asks: true,
        by: person.by().to_owned(),
        at: clock::now(),
        place: receipt.place().clone(),
        undo,
        outcome: None,
    })
}

/// The kind of the newest entry about the undo. If there is one, it is not begun again.
fn began(home: &Home, row: &Veto) -> Result<Option<String>, GateError> {
    let kinds = [Kind::CallIntent, Kind::CallDone, Kind::CallFailed, Kind::CallUnknown];
    let found = Log::of(home).find_about(("call", row.undo.as_str()), row.place.seq, &kinds)?;
    Ok(found.and_then(|(_, entry)| entry.get("kind")?.as_str().map(str::to_owned)))
}

/// What came of the earlier veto: as its row says, else as the log does.
fn already(seq: u64, row: &Veto, logged: Option<&str>) -> NotVetoed {
    let logged = match logged {
        Some("call.done") => "it was taken back",
        Some("call.failed") => "it was not taken back",
        _ => "whether it was taken back is not on record: `fleet audit resolve` lists what is open",
    };
    NotVetoed::Already {
        seq,
        by: row.by.clone(),
        on: row.at.strftime("%Y-%m-%d %H:%MZ").to_string(),
        outcome: row.outcome.clone().unwrap_or_else(|| logged.to_owned()),
    }
}

/// Entry `seq`, as sound as it can be told alone.
fn entry(home: &Home, seq: u64) -> Result<Value, NotVetoed> {
    let found = audit::entry_at(&home.audit(), seq).map_err(|e| GateError::State(home.audit(), e))?;
    let (bytes, sound) = found.ok_or(NotVetoed::NoEntry(seq))?;
    let value = serde_json::from_slice(&bytes).ok().filter(|_| sound);
    value.ok_or_else(|| {
        let why = format!("entry {seq} is not what was written: `fleet audit verify` tells more");
        LogError::Broken { folder: home.audit(), why }.into()
    })
}

/// The outcome of `call`, whose intent is entry `seq`.
fn outcome_of(home: &Home, seq: u64, call: &str) -> Result<Option<Value>, NotVetoed> {
    let state = |e| GateError::State(home.audit(), e);
    for line in audit::Entries::of(&home.audit(), seq + 1).map_err(state)? {
        let Some((at, found)) = line.map_err(state)?.entry else { continue };
        let says = |name: &str, value: &str| found.get(name).and_then(Value::as_str) == Some(value);
        let kinds = [Kind::CallDone, Kind::CallFailed, Kind::CallUnknown];
        if says("call", call) && kinds.iter().any(|kind| says("kind", kind.as_str())) {
            return entry(home, at).map(Some);
        }
    }
    Ok(None)
}
