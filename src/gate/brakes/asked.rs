//! Breakers and ceilings, asked for one judged call, and told what came of it.

use super::book::{Book, Members, State, until_words};
use super::breaker::{Breaker, Event};
use super::key::Key;
use super::limits::Limits;
use super::mistaken::mistaken;
use crate::audit::{Entry, Kind, Log};
use crate::call::{CallId, Caller, Effect, Failed, ModelName, Reason, Risk};
use crate::gate::flight;
use crate::gate::judged::{Judged, Refusal};
use crate::gate::world::{GateError, World};
use crate::state::{Home, clock};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// What a call that was let through took, until it acts.
#[derive(Debug)]
#[must_use = "what was taken is given back, or the call acts"]
pub struct Taken {
    call: CallId,
    breakers: Vec<Key>,
    units: Vec<(Key, u32)>,
    at: Timestamp,
}

/// How a call ended, for its breakers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended<'a> {
    /// Carried out.
    Done,
    /// Failed, or it cannot be known.
    Failed(&'a str),
    /// It failed at what was not there: that says nothing about the tool or the destination, and all the
    /// more about the loop that asks for it.
    Mistaken(&'a str),
    /// A brake stopped it: that says nothing about the tool.
    Braked,
}

/// Breakers whose business `judged` is.
fn breakers(judged: &Judged) -> Vec<Key> {
    let mut keys = vec![Key::Family(judged.tool().card().family.to_owned())];
    if let Caller::Loop(id) = &judged.call().caller {
        keys.push(Key::Loop(id.clone()));
    }
    keys.extend(destinations(judged).into_keys());
    keys.extend(judged.effects().iter().filter_map(model));
    keys
}

/// The breaker of a model on this machine: that it is no longer what it was stops it alone.
fn model(effect: &Effect) -> Option<Key> {
    if let Effect::Model(e) = effect { ModelName::parse(&e.model).ok().map(Key::Model) } else { None }
}

/// Destinations, each with the number of effects that reach it.
fn destinations(judged: &Judged) -> BTreeMap<Key, u32> {
    let mut found = BTreeMap::new();
    for effect in judged.effects() {
        let reach = effect.reach();
        let domains = reach.recipients.iter().map(|to| to.domain.as_str());
        let keys: BTreeSet<_> = reach.hosts.iter().copied().chain(domains).filter_map(Key::host).collect();
        for key in keys {
            let n = found.entry(key).or_insert(0_u32);
            *n = n.saturating_add(1);
        }
    }
    found
}

/// Whether the call's outcome says something: a change, or what leaves the machine.
fn counts(judged: &Judged) -> bool {
    judged.risk() > Risk::Low || judged.effects().iter().any(|effect| effect.reach().leaves())
}

/// Breakers that the outcome of `judged` counts for: what its in-flight file remembers.
pub fn counted(judged: &Judged) -> Vec<Key> {
    if counts(judged) { breakers(judged) } else { Vec::new() }
}

/// Units that the call takes: one for each effect that sends.
fn units(judged: &Judged) -> Vec<(Key, u32)> {
    let sends = judged.effects().iter().filter(|effect| effect.reach().sends).count();
    let Some(sends) = u32::try_from(sends).ok().filter(|n| *n > 0) else { return Vec::new() };
    let mut units = vec![(Key::Tool(judged.tool().card().name.to_owned()), sends)];
    if let Caller::Loop(id) = &judged.call().caller {
        units.push((Key::Loop(id.clone()), sends));
    }
    units.extend(destinations(judged));
    units
}

fn refusal(judged: &Judged, reasons: Vec<Reason>) -> Refusal {
    Refusal { reasons, braked: true, ..judged.refusal() }
}

/// A file that does not answer says no.
fn look(home: &Home) -> Result<State, Reason> {
    State::look(home).map_err(|e| Reason {
        rule: "brakes-unreadable".into(),
        source: home.brakes().display().to_string(),
        message: format!("{e}: whether a breaker is open cannot be told; mend that file or move it away"),
    })
}

/// Whether an open breaker stops `judged` before anybody is asked about it. Takes nothing.
pub fn stopped(home: &Home, judged: &Judged) -> Option<Refusal> {
    let state = match look(home) {
        Ok(state) => state,
        Err(reason) => return Some(refusal(judged, vec![reason])),
    };
    let now = clock::now();
    let reasons = breakers(judged).into_iter().filter_map(|key| {
        let breaker = state.breaker(&key, now);
        // A cool-down that is over is for the call's own time to find out.
        let over = matches!(breaker, Breaker::Open { until: Some(until), .. } if until <= now);
        let stops = matches!(breaker, Breaker::Open { .. }) && !over;
        (stops && !breaker.admits(&judged.call().id, counts(judged), now)).then(|| said(&key, &breaker))
    });
    let reasons: Vec<_> = reasons.collect();
    (!reasons.is_empty()).then(|| refusal(judged, reasons))
}

/// Lets `judged` through, or says what stops it. The call must be under way: a half-open breaker's
/// probe is the call whose in-flight file is held. All or nothing is taken.
///
/// # Errors
/// [`GateError`] if there is no answer.
pub fn admit(judged: &Judged, world: &World<'_>) -> Result<Result<Taken, Refusal>, GateError> {
    let (home, call, now) = (world.home, &judged.call().id, clock::now());
    let (keys, units, counts) = (breakers(judged), units(judged), counts(judged));
    let mut taken = Taken { call: call.clone(), breakers: Vec::new(), units: Vec::new(), at: now };
    let state = match look(home) {
        Ok(state) => state,
        Err(reason) => return Ok(Err(refusal(judged, vec![reason]))),
    };
    let quiet = |key: &Key| matches!(state.breaker(key, now), Breaker::Closed { .. });
    if units.is_empty() && keys.iter().all(quiet) {
        return Ok(Ok(taken));
    }
    let mut book = Book::open(home)?;
    let mut reasons = Vec::new();
    for key in &keys {
        let breaker = book.state.breaker(key, now);
        let after =
            if counts { breaker.clone().step(wants(home, call, &breaker), now) } else { breaker.clone() };
        if !after.admits(call, counts, now) {
            reasons.push(said(key, &breaker));
        } else if after != breaker {
            taken.breakers.push(key.clone());
        }
    }
    for (key, n) in &units {
        if let Some(reason) = over(&book.state, key, *n, &world.limits, now) {
            let entry = Entry::new(Kind::CeilingHit)
                .with("outcome", key.to_string())
                .with("call", call)
                .with("tool", &judged.call().tool)
                .with("caller", judged.call().caller.to_string())
                .with("reason", &reason.message);
            let _ = Log::of(home).append(&entry)?;
            reasons.push(reason);
        }
    }
    if !reasons.is_empty() {
        return Ok(Err(refusal(judged, reasons)));
    }
    for key in &taken.breakers {
        let breaker = book.state.breaker(key, now);
        book.step(key, wants(home, call, &breaker), now, &Members::new())?;
    }
    for (key, n) in units {
        let (limit, _) = world.limits.get(&key);
        let _room = book.state.windows.entry(key.clone()).or_default().take(n, limit, now);
        taken.units.push((key, n));
    }
    book.save()?;
    Ok(Ok(taken))
}

fn wants<'a>(home: &Home, call: &'a CallId, breaker: &Breaker) -> Event<'a> {
    let probe_lives = match breaker {
        Breaker::Half { probe: Some(probe), .. } => flight::held(home, probe),
        Breaker::Half { probe: None, .. } | Breaker::Closed { .. } | Breaker::Open { .. } => false,
    };
    Event::Wants { call, probe_lives }
}

fn over(state: &State, key: &Key, n: u32, limits: &Limits, now: Timestamp) -> Option<Reason> {
    let (limit, source) = limits.get(key);
    let source = if source == "built-in" { source.to_owned() } else { format!("{source} [ceilings]") };
    let reason = |message| Some(Reason { rule: format!("ceiling {key}"), source, message });
    if !state.has_room(key, now) {
        return reason("too many destinations within a day: no ceiling can be kept for one more".into());
    }
    let window = state.windows.get(key).cloned().unwrap_or_default();
    if window.clone().take(n, limit, now) {
        return None;
    }
    let free = window.free_at(n, limit, now);
    let free = free
        .map_or_else(|| "never".to_owned(), |at| format!("from {} on", at.strftime("%Y-%m-%d %H:%M:%SZ")));
    reason(format!(
        "`{key}` may send {limit}, and {} of that {} used: there is room {free}; \
         `[ceilings]` of fleet.toml sets another",
        window.used(limit, now),
        if window.used(limit, now) == 1 { "is" } else { "are" },
    ))
}

/// What an open breaker says: which, since when, until when, why, and how to close it.
fn said(key: &Key, breaker: &Breaker) -> Reason {
    let at = |t: Timestamp| t.strftime("%Y-%m-%d %H:%M:%SZ");
    let message = match breaker {
        Breaker::Closed { .. } => format!("breaker `{key}` lets nothing through"),
        Breaker::Open { since, until, why, .. } => {
            format!("breaker `{key}` is open since {}, {}: {why}", at(*since), until_words(*until))
        }
        Breaker::Half { since, why, .. } => {
            format!("breaker `{key}` is half-open since {}, until its one probe has ended: {why}", at(*since))
        }
    };
    Reason {
        rule: format!("breaker {key}"),
        source: "built-in".into(),
        message: format!("{message}; `fleet breaker reset {key}` closes it"),
    }
}

impl Taken {
    /// Gives everything back: the call never got to act, so nothing was sent.
    ///
    /// # Errors
    /// [`GateError`]: then it stays taken, which stops more, not less.
    pub fn give_back(self, world: &World<'_>) -> Result<(), GateError> {
        if self.breakers.is_empty() && self.units.is_empty() {
            return Ok(());
        }
        let mut book = Book::open(world.home)?;
        let now = clock::now();
        for key in &self.breakers {
            book.step(key, Event::GaveUp(&self.call), now, &Members::new())?;
        }
        for (key, n) in &self.units {
            if let Some(window) = book.state.windows.get_mut(key) {
                window.give_back(*n, world.limits.get(key).0, self.at);
            }
        }
        book.save()
    }
}

/// Tells the breakers of `keys` how `call` ended, once. What was sent stays taken from its ceilings, also if
/// it failed: a ceiling bounds what reaches the hand, and a server that refuses all is no reason to
/// ask it more often.
///
/// # Errors
/// [`GateError`]; the outcome itself is on record.
pub fn settle(home: &Home, keys: &[Key], call: &CallId, ended: Ended<'_>) -> Result<(), GateError> {
    if keys.is_empty() {
        return Ok(());
    }
    if !matches!(ended, Ended::Failed(_) | Ended::Mistaken(_)) {
        let state = State::look(home)?;
        if !keys.iter().any(|key| state.breakers.contains_key(key)) {
            return Ok(());
        }
    }
    let mut book = Book::open(home)?;
    // It was told, and crashed before it landed.
    if book.state.settled.contains(call) {
        return Ok(());
    }
    let now = clock::now();
    for key in keys {
        let event = match (ended, key) {
            (Ended::Done, _) => Event::Done(call),
            (Ended::Failed(why), _) | (Ended::Mistaken(why), Key::Loop(_)) => Event::Failed(call, why),
            (Ended::Mistaken(_), Key::Family(_) | Key::Tool(_) | Key::Host(_) | Key::Model(_))
            | (Ended::Braked, _) => Event::GaveUp(call),
        };
        book.step(key, event, now, &vec![("call", call.to_string())])?;
    }
    book.state.settled.push(call.clone());
    book.save()
}

/// Tells the breakers of a call what came of it, once that is on record. A disk that does not take
/// their file takes no in-flight file either, so that nothing comes after; the outcome stands, and its
/// caller must have it.
pub fn tell(home: &Home, judged: &Judged, failed: Option<&Failed>) {
    let ended = match failed {
        None => Ended::Done,
        Some(failed) if failed.braked => Ended::Braked,
        Some(failed) if mistaken(judged.effects(), Some(failed.done_before)) => {
            Ended::Mistaken(&failed.message)
        }
        Some(failed) => Ended::Failed(&failed.message),
    };
    let _ = settle(home, &counted(judged), &judged.call().id, ended);
}
