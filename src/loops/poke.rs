//! A poke: whoever asks that a loop run. The loop's lock, then which slot is due, a place at the machine,
//! the kill switch once more, the claim, the run. A slot is claimed durably before its work and is never
//! claimed again; a poke that finds nothing due is counted and changes nothing.

use super::marks::{Timed, Untimed};
use super::outcome::{Outcome, RunRecord};
use super::places;
use super::record::{Told, record_run, tell, tell_once};
use super::registry::{self, LoopError};
use super::resume;
use super::runner::{Claim, Runner};
use super::spec::Spec;
use super::store::{self, Store};
use crate::audit::{Kind, Log};
use crate::calendar::{Class, Due, Passed, Slot};
use crate::call::LoopId;
use crate::gate::{self, KILLED};
use crate::state::{Busy, Home, Lock, clock, durable, run_id};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// What a poke is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// The slot that is due, if one is.
    Slot,
    /// A run now, whatever the schedule says: a person asked for it. No slot is used up.
    Now,
}

/// How long a lock may still look held after its holder let go.
const LINGER: Duration = Duration::from_millis(300);
/// How long to wait for a place at the machine.
const PLACE: Duration = Duration::from_secs(60);
/// Pokes without a slot, one after another, that somebody should hear of.
const STORM: u32 = 30;
/// A clock this far ahead of the newest record is wrong, or the machine was away for long.
const AHEAD: Duration = Duration::from_secs(45 * 86_400);

/// Pokes since the last one that was due.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pokes {
    next: Option<Slot>,
    count: u32,
}

/// Pokes loop `id`.
///
/// # Errors
/// [`LoopError`] if not even a record could be made, or there is no such loop.
pub fn run(home: &Home, id: &LoopId, asked: Asked) -> Result<RunRecord, LoopError> {
    // What stops this stops the run, too, and there it is told.
    let _ = gate::note_policy(home);
    let result = recorded(home, id, asked);
    super::sweeper::watch(home);
    if let Err(e) = &result
        && !matches!(e, LoopError::Unknown(_) | LoopError::Busy(_))
    {
        tell(home, id, "failed:record", &e.to_string(), None);
    }
    result
}

fn recorded(home: &Home, id: &LoopId, asked: Asked) -> Result<RunRecord, LoopError> {
    let io = |e| LoopError::Io(id.clone(), e);
    let mut runner = Runner::new(home, id, run_id().map_err(io)?, false);
    let (record, spec, _) = match registry::registered(home, id) {
        Ok(found) => found,
        Err(e @ LoopError::Unregistered(_)) => return runner.refuse("unregistered", &e),
        Err(e @ LoopError::Changed(..)) => return runner.refuse("changed", &e),
        Err(e @ LoopError::Unfit(..)) => return runner.refuse("config", &e),
        Err(e @ (LoopError::Unknown(_) | LoopError::Io(..) | LoopError::Busy(_) | LoopError::Gate(_))) => {
            return Err(e);
        }
    };
    let store = Store::of(home, id);
    let _lock = own_lock(id, &store, &spec, asked)?;
    runner.started = clock::now();
    let crashed = runner.after_a_crash(&store)?;
    if asked == Asked::Slot
        && let Some(refused) = clock_ahead(&runner)?
    {
        return Ok(refused);
    }
    let mut timed = match Timed::load(home, id, &record, &spec) {
        Ok(timed) => timed,
        Err(Untimed::Failed(e)) => return Err(e),
        Err(Untimed::Zone(why)) => return runner.end(Outcome::failed("config"), &why, &[], BTreeMap::new()),
    };
    if let Some(slot) = crashed {
        timed.mark(home, id, |marks| marks.claimed(slot))?;
    }
    durable::remove(&store.current()).map_err(io)?;
    resume::settle(home, id, &spec)?;
    let due = match asked {
        Asked::Now => None,
        Asked::Slot => Some(timed.due(runner.started)),
    };
    if let Some(stopped) = stopped(&runner)? {
        let record = runner.end(stopped.0, &stopped.1, &[], BTreeMap::new())?;
        // What was due while nothing may run is not caught up. It is on record before it is behind: whoever
        // is killed between the two tells it twice, and nothing passes untold.
        if let Some(last) = due.as_ref().and_then(last_of) {
            timed.mark(home, id, |marks| marks.passed(last))?;
        }
        return Ok(record);
    }
    let slot = match due {
        None => None,
        Some(Due::Not { next }) => return nothing(&runner, &store, next),
        Some(Due::Late(passed)) => {
            let last = passed.last.unwrap_or(runner.started);
            let record = late(&runner, passed)?;
            timed.mark(home, id, |marks| marks.passed(last))?;
            return Ok(record);
        }
        Some(Due::Run { slot, passed }) => Some((slot, passed)),
    };
    let wait = PLACE.min(Duration::from_secs(u64::from(spec.limits.timeout_s)));
    let class = spec.schedule.habits.class;
    let place = places::take(home, class, wait, &|| gate::killed(home));
    let Some(_place) = place.map_err(|e| LoopError::Gate(e.into()))? else {
        return deferred(&runner, class, wait);
    };
    if let Some((outcome, why)) = stopped(&runner)? {
        return runner.end(outcome, &why, &[], BTreeMap::new());
    }
    // Whoever waited begins now.
    runner.started = clock::now();
    runner.deadline = Instant::now().checked_add(Duration::from_secs(u64::from(spec.limits.timeout_s)));
    runner.slot = slot.as_ref().map(|(slot, _)| slot.name.clone());
    let claim = Claim {
        run: runner.run.clone(),
        started: runner.started,
        slot: slot.as_ref().map(|(slot, _)| slot.clone()),
        after: Log::of(home).seen()?.seq,
    };
    store::write(&store.current(), &claim).map_err(io)?;
    let mut entry = runner.entry(Kind::RunStarted);
    if let Some((slot, passed)) = &slot {
        let edited = timed.marks.soon_after_edit(&spec.schedule, &timed.zone, slot);
        timed.mark(home, id, |marks| marks.claimed(slot.at))?;
        let late = runner.started.duration_since(slot.at).as_secs().max(0);
        entry =
            entry.with("args", serde_json::json!({ "at": slot.at, "late_s": late, "passed": passed.count }));
        if edited {
            let why =
                format!("its schedule was edited, and slot {} comes soon after the last one", slot.name);
            tell_once(home, id, &Told { what: "edited", about: &slot.name, why: &why });
        }
    } else {
        let (by, from) = gate::whoever();
        entry = entry.with("by", by).with("source", from);
    }
    let _ = Log::of(home).append(&entry)?;
    let ended = match runner.go(&record, &spec, &store) {
        // A run that broke off has a record too, unless it is the log that broke.
        Err(e) => runner.end(Outcome::failed("state"), &e.to_string(), &[], BTreeMap::new()).map_err(|_| e),
        ended => ended,
    };
    durable::remove(&store.current()).map_err(io)?;
    if slot.is_some() {
        durable::remove(&store.pokes()).map_err(io)?;
    }
    ended
}

/// The loop's own lock: two runs of it never meet.
fn own_lock(id: &LoopId, store: &Store, spec: &Spec, asked: Asked) -> Result<Lock, LoopError> {
    if asked == Asked::Slot && spec.schedule.habits.jitter_s > 0 {
        // The same for the same loop every time, so that it can be foretold.
        let sum: u64 = id.as_str().bytes().fold(0, |sum, b| sum.wrapping_mul(31).wrapping_add(u64::from(b)));
        let jitter = u64::from(spec.schedule.habits.jitter_s);
        std::thread::sleep(Duration::from_secs(sum % jitter));
    }
    let wait = LINGER.max(Duration::from_secs(u64::from(spec.schedule.habits.overlap_s)));
    match Lock::acquire(&store.lock(), wait) {
        Ok(lock) => Ok(lock),
        Err(Busy::Held { .. }) => Err(LoopError::Busy(id.clone())),
        Err(e @ Busy::Io { .. }) => Err(LoopError::Gate(e.into())),
    }
}

/// A clock far ahead of the newest record would use up slots of a time that is still to come. Nothing
/// is put on record then: a record would make the wrong time the newest one.
fn clock_ahead(runner: &Runner<'_>) -> Result<Option<RunRecord>, LoopError> {
    let newest = Log::of(runner.home).seen()?.newest;
    if runner.started <= clock::later(newest, AHEAD) {
        return Ok(None);
    }
    let why = format!(
        "the clock is more than 45 days ahead of the newest audit entry, of {newest:.0}: set it right; if it \
         is right, any recorded command of yours says so, such as `fleet run-loop {} --now`",
        runner.id
    );
    let record = runner.record(Outcome::failed("clock"), &why);
    tell_once(runner.home, runner.id, &Told { what: "failed:clock", about: "ahead", why: &why });
    Ok(Some(record))
}

/// What stops every run.
fn stopped(runner: &Runner<'_>) -> Result<Option<(Outcome, String)>, LoopError> {
    if let Err(reason) = gate::braked(runner.home)? {
        return Ok(Some(if reason.rule == KILLED {
            (Outcome::skipped("killed"), "the kill switch is set".into())
        } else {
            (Outcome::failed("clock"), reason.message)
        }));
    }
    let paused = super::pause::paused(runner.home, runner.id)?;
    Ok(paused.map(|pause| {
        let until = pause.until.strftime("%Y-%m-%d %H:%M UTC");
        (Outcome::skipped("paused"), format!("paused until {until} by {}", pause.by))
    }))
}

fn last_of(due: &Due) -> Option<jiff::Timestamp> {
    match due {
        Due::Not { .. } => None,
        Due::Run { slot, .. } => Some(slot.at),
        Due::Late(passed) => passed.last,
    }
}

/// Nothing is due. The first such poke after a slot is put on record, the others are counted.
fn nothing(runner: &Runner<'_>, store: &Store, next: Option<Slot>) -> Result<RunRecord, LoopError> {
    let io = |e| LoopError::Io(runner.id.clone(), e);
    let before: Pokes = store::read(&store.pokes()).ok().flatten().unwrap_or_default();
    let same = before.next == next;
    let pokes = Pokes { count: if same { before.count.saturating_add(1) } else { 1 }, next };
    let when = pokes.next.as_ref().map_or("never again".into(), |slot| slot.name.clone());
    let why = format!("no slot is due; the next is {when}");
    let mut record = runner.record(Outcome::Noop, &why);
    record.counts.insert("pokes".into(), pokes.count as usize);
    if pokes.count == 1 {
        record_run(runner.home, &record)?;
    }
    if pokes.count == STORM {
        let why = format!("poked {STORM} times since its last slot without one being due");
        tell_once(runner.home, runner.id, &Told { what: "poke storm", about: &when, why: &why });
    }
    store::note(&store.pokes(), &pokes).map_err(io)?;
    Ok(record)
}

fn late(runner: &Runner<'_>, passed: Passed) -> Result<RunRecord, LoopError> {
    let what = if passed.count == 1 { "1 slot".into() } else { format!("{} slots", passed.count) };
    let counts = BTreeMap::from([("missed".to_owned(), passed.count as usize)]);
    if passed.held == passed.count {
        let why = format!("{what} passed while it was not to run, and are not caught up");
        return runner.end(Outcome::skipped("late"), &why, &[], counts);
    }
    let why =
        format!("{what} passed without a run and are too late to be caught up (`catch_up` in [schedule])");
    let about = passed.last.map(clock::stamp).unwrap_or_default();
    tell_once(runner.home, runner.id, &Told { what: "missed", about: &about, why: &why });
    runner.end(Outcome::skipped("late"), &why, &[], counts)
}

fn deferred(runner: &Runner<'_>, class: Class, wait: Duration) -> Result<RunRecord, LoopError> {
    if gate::killed(runner.home) {
        return runner.end(Outcome::skipped("killed"), "the kill switch is set", &[], BTreeMap::new());
    }
    let why = format!(
        "all {} places for {} loops were taken for {} s; its slot is still due",
        class.places(),
        class.as_str(),
        wait.as_secs()
    );
    runner.end(Outcome::skipped("deferred"), &why, &[], BTreeMap::new())
}
