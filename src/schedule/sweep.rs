//! The sweep: starts what is due and did not start, without waiting for it, and tells of loops that do not
//! run all the same. It distrusts the system's scheduler, and so needs none of its answers.

use super::place::Place;
use crate::call::{LoopId, Severity};
use crate::loops::{self, LoopError, Told};
use crate::notify::{self, Notice};
use crate::state::{Busy, Home, Lock, clock, durable};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// A slot that a sweep started and that is not claimed this long after it is late.
const LATE: SignedDuration = SignedDuration::from_mins(20);
/// So many slots in a row that only the sweeper started: the system's scheduler does not poke.
const RESCUED: u32 = 3;
/// More alarms than these are told in one message.
const SINGLY: usize = 3;

/// What the sweeps before knew, on disk.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    v: u8,
    at: Timestamp,
    loops: BTreeMap<LoopId, Rescue>,
}

/// A slot that a sweep started.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rescue {
    /// The slot.
    slot: Timestamp,
    /// When it was started first.
    since: Timestamp,
    /// How many slots in a row.
    row: u32,
}

/// What a sweep did.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Swept {
    /// Loops that are registered.
    pub loops: usize,
    /// Loops that it started.
    pub started: Vec<LoopId>,
    /// What it told the owner, by loop.
    pub alarms: Vec<Alarm>,
}

/// A loop that does not run as it should.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Alarm {
    /// The loop.
    pub id: LoopId,
    /// The kind of trouble.
    pub what: &'static str,
    /// A sentence.
    pub why: String,
    /// What it is about.
    #[serde(skip)]
    about: String,
}

/// How a loop is started: nobody waits for it.
pub type Start<'s> = dyn FnMut(&LoopId) -> Result<(), String> + 's;

/// Sweeps; none if another one does so right now. `place` is asked which jobs are loaded, where there is one.
///
/// # Errors
/// A sentence.
pub fn sweep(home: &Home, place: Option<&Place<'_>>, start: &mut Start<'_>) -> Result<Option<Swept>, String> {
    let _lock = match Lock::acquire(&home.sweep_lock(), Duration::from_millis(300)) {
        Ok(lock) => lock,
        Err(Busy::Held { .. }) => return Ok(None),
        Err(e @ Busy::Io { .. }) => return Err(e.to_string()),
    };
    let now = clock::now();
    // What does not read is begun anew: it only delays an alarm.
    let mut known: Known = durable::read_small(&home.sweep())
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .unwrap_or_default();
    let ids = loops::registered_ids(home).map_err(|e| format!("cannot list loops: {e}"))?;
    known.loops.retain(|id, _| ids.contains(id));
    let mut swept = Swept { loops: ids.len(), ..Swept::default() };
    let mut waiting = Vec::new();
    for id in &ids {
        match loops::standing(home, id, now) {
            Ok(standing) => {
                if let Some(slot) = standing.due.clone().filter(|_| !standing.running) {
                    waiting.push((slot, id.clone(), standing));
                }
                if let Some(why) = not_loaded(place, id) {
                    swept.alarms.push(Alarm {
                        id: id.clone(),
                        what: "not loaded",
                        why,
                        about: String::new(),
                    });
                }
            }
            Err(LoopError::Busy(_)) => {}
            Err(e) => {
                let about = e.to_string();
                swept.alarms.push(Alarm { id: id.clone(), what: "cannot run", why: e.to_string(), about });
            }
        }
    }
    // The one that waits longest comes first.
    waiting.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
    for (slot, id, standing) in waiting {
        let before = known.loops.get(&id).cloned();
        let rescue = match before {
            Some(before) if before.slot == slot.at => before,
            // The slot before this one was the last to run, and a sweep had started it, too.
            Some(before) if standing.high == Some(before.slot) => {
                Rescue { slot: slot.at, since: now, row: before.row.saturating_add(1) }
            }
            Some(_) | None => Rescue { slot: slot.at, since: now, row: 1 },
        };
        let about = clock::stamp(slot.at);
        if now.duration_since(rescue.since) >= LATE && !standing.paused {
            let never = if standing.high.is_none() { ", and it never ran before" } else { "" };
            let why = format!("slot {} was started at {:.0} and has not run{never}", slot.name, rescue.since);
            swept.alarms.push(Alarm { id: id.clone(), what: "late", why, about });
        } else if rescue.row == RESCUED {
            let why = format!(
                "its last {RESCUED} slots were started by the sweeper: the system's scheduler does not poke it"
            );
            swept.alarms.push(Alarm { id: id.clone(), what: "not poked", why, about });
        }
        known.loops.insert(id.clone(), rescue);
        match start(&id) {
            Ok(()) => swept.started.push(id),
            Err(why) => {
                let about = clock::stamp(slot.at);
                swept.alarms.push(Alarm { id, what: "not started", why, about });
            }
        }
    }
    alarm(home, &mut swept.alarms);
    let known = Known { v: 1, at: now, ..known };
    let bytes = serde_json::to_vec(&known).map_err(|e| e.to_string())?;
    durable::write(&home.sweep(), &bytes)
        .and_then(|()| loops::swept(home))
        .map_err(|e| format!("`{}`: {e}", home.sweep().display()))?;
    Ok(Some(swept))
}

/// Why a job that is installed does nothing.
fn not_loaded(place: Option<&Place<'_>>, id: &LoopId) -> Option<String> {
    let place = place?;
    let label = super::label(id);
    let there = place.installed().iter().any(|name| name.starts_with(&format!("{label}.")));
    match place.loaded_label(&label) {
        Ok(true) => None,
        Ok(false) if there => {
            Some("it is installed and not loaded: `fleet schedule install` loads it".into())
        }
        Ok(false) => Some("it is registered and not installed: `fleet schedule install` installs it".into()),
        Err(why) => Some(why),
    }
}

/// Tells the owner what was not told yet; the others are left out.
fn alarm(home: &Home, alarms: &mut Vec<Alarm>) {
    alarms.retain(|a| {
        let told = Told { what: a.what, about: &a.about, why: &a.why };
        loops::first_time(home, &a.id, &told)
    });
    if alarms.len() <= SINGLY {
        alarms.iter().for_each(|a| loops::tell(home, &a.id, a.what, &a.why, None));
        return;
    }
    let lines: Vec<String> = alarms.iter().map(|a| format!("{}: {}: {}", a.id, a.what, a.why)).collect();
    let notice = Notice {
        v: 1,
        key: "schedule:sweep:alarms".into(),
        at: clock::now(),
        severity: Severity::Urgent,
        title: format!("{} loops do not run as they should", alarms.len()),
        body: crate::call::visible(&lines.join("\n")),
        more: "fleet schedule status".into(),
    };
    let _ = notify::put(home, &notice);
}
