//! Breakers and ceilings as people see and move them.

use super::book::{Book, Members, State};
use super::braked;
use super::breaker::{Breaker, Event};
use super::key::Key;
use super::window::Limit;
use crate::audit::LogError;
use crate::call::{CallId, Reason};
use crate::gate::person::{Person, whoever};
use crate::gate::world::{GateError, World};
use crate::state::{Home, clock};
use jiff::Timestamp;
use serde::Serialize;

/// One breaker.
#[derive(Debug, Clone, Serialize)]
pub struct BreakerView {
    /// What it is about.
    pub breaker: Key,
    /// `closed`, `open` or `half`.
    pub state: &'static str,
    /// Failures in a row that a closed one counted.
    pub failures: u32,
    /// Since when it is in this state; for a closed one, its last failure.
    pub since: Option<Timestamp>,
    /// Until when an open one stops calls; none: until a person resets it, or it is not open.
    pub until: Option<Timestamp>,
    /// The cool-down of this or the next opening, in seconds.
    pub cooldown_s: Option<u64>,
    /// Whether somebody tripped it.
    pub tripped: bool,
    /// The call that is its probe.
    pub probe: Option<CallId>,
    /// Why it opened.
    pub why: Option<String>,
}

fn view(key: &Key, breaker: Breaker) -> BreakerView {
    let bare = BreakerView {
        breaker: key.clone(),
        state: breaker.word(),
        failures: 0,
        since: None,
        until: None,
        cooldown_s: None,
        tripped: false,
        probe: None,
        why: None,
    };
    match breaker {
        Breaker::Closed { failures: 0, .. } => bare,
        Breaker::Closed { failures, last } => BreakerView { failures, since: Some(last), ..bare },
        Breaker::Open { since, until, cooldown_s, tripped, why } => BreakerView {
            since: Some(since),
            until,
            cooldown_s: Some(cooldown_s),
            tripped,
            why: Some(why),
            ..bare
        },
        Breaker::Half { since, cooldown_s, probe, why } => {
            BreakerView { since: Some(since), cooldown_s: Some(cooldown_s), probe, why: Some(why), ..bare }
        }
    }
}

/// All breakers that are not closed or count failures. Reads only.
///
/// # Errors
/// [`GateError::State`].
pub fn breakers(home: &Home) -> Result<Vec<BreakerView>, GateError> {
    Ok(State::look(home)?.breakers.into_iter().map(|(key, row)| view(&key, row.breaker)).collect())
}

/// One breaker, also one of which nothing is known. Reads only.
///
/// # Errors
/// [`NotMoved`].
pub fn breaker(home: &Home, key: &Key) -> Result<BreakerView, NotMoved> {
    let key = subject(key)?;
    Ok(view(key, State::look(home)?.breaker(key, clock::now())))
}

/// No breaker was moved.
#[derive(Debug, thiserror::Error)]
pub enum NotMoved {
    /// A tool has a ceiling; its breaker is that of its family.
    #[error("there is no breaker `{0}`")]
    None(Key),
    /// What stops every call stops a reset, too.
    #[error("no breaker is reset now")]
    Braked(Reason),
    /// It could not be done.
    #[error(transparent)]
    Gate(#[from] GateError),
}

impl From<LogError> for NotMoved {
    fn from(e: LogError) -> Self {
        Self::Gate(e.into())
    }
}

/// `key`, if there is a breaker of it: there is one for each loop, family of tools and destination.
fn subject(key: &Key) -> Result<&Key, NotMoved> {
    match key {
        Key::Tool(_) => Err(NotMoved::None(key.clone())),
        Key::Loop(_) | Key::Family(_) | Key::Host(_) | Key::Model(_) => Ok(key),
    }
}

/// Opens a breaker for an hour, or until a person resets it.
///
/// # Errors
/// [`NotMoved`].
pub fn trip(home: &Home, key: &Key, reason: Option<&str>, hold: bool) -> Result<BreakerView, NotMoved> {
    let key = subject(key)?;
    let (by, source) = whoever();
    let why =
        reason.map_or_else(|| format!("tripped by {by}"), |reason| format!("tripped by {by}: {reason}"));
    let mut book = Book::open(home)?;
    let members: Members = vec![("by", by), ("source", source)];
    book.step(key, Event::Tripped { hold, why: &why }, clock::now(), &members)?;
    book.save()?;
    Ok(view(key, book.state.breaker(key, clock::now())))
}

/// Closes breakers: a person looked. Those that were not closed are returned.
///
/// # Errors
/// [`NotMoved`]; what was not recorded stays as it was.
pub fn reset(home: &Home, keys: &[Key], reason: Option<&str>, person: &Person) -> Result<Vec<Key>, NotMoved> {
    keys.iter().try_for_each(|key| subject(key).map(drop))?;
    if let Err(brake) = braked(home)? {
        return Err(NotMoved::Braked(brake));
    }
    let mut book = Book::open(home)?;
    let mut members: Members = vec![
        ("by", person.by().to_owned()),
        ("source", person.source().to_owned()),
        ("proof", person.proof().to_owned()),
    ];
    members.extend(reason.map(|reason| ("reason", reason.to_owned())));
    let now = clock::now();
    let mut closed = Vec::new();
    for key in keys {
        if !matches!(book.state.breaker(key, now), Breaker::Closed { .. }) {
            closed.push(key.clone());
        }
        book.step(key, Event::Reset, now, &members)?;
    }
    book.save()?;
    Ok(closed)
}

/// One ceiling.
#[derive(Debug, Clone, Serialize)]
pub struct CeilingView {
    /// What it is about.
    pub ceiling: Key,
    /// How many.
    pub limit: u32,
    /// Within how many seconds.
    pub per_s: u32,
    /// How many of them are taken now.
    pub used: u32,
    /// When there is room for one more.
    pub free_at: Option<Timestamp>,
    /// `built-in` or `fleet.toml`.
    pub source: &'static str,
}

impl CeilingView {
    /// How many within how long, as a person reads it.
    pub fn words(&self) -> String {
        Limit { most: self.limit, per_s: self.per_s }.to_string()
    }
}

/// Ceilings with a value of their own, and all that something was taken of. Reads only.
///
/// # Errors
/// [`GateError`].
pub fn ceilings(home: &Home) -> Result<Vec<CeilingView>, GateError> {
    let (limits, state, now) = (World::load(home)?.limits, State::look(home)?, clock::now());
    let mut keys: Vec<Key> = limits.named().chain(state.windows.keys().cloned()).collect();
    keys.sort();
    keys.dedup();
    let view = |ceiling: Key| {
        let (limit, source) = limits.get(&ceiling);
        let window = state.windows.get(&ceiling).cloned().unwrap_or_default();
        let (used, free_at) = (window.used(limit, now), window.free_at(1, limit, now));
        CeilingView { ceiling, limit: limit.most, per_s: limit.per_s, used, free_at, source }
    };
    Ok(keys.into_iter().map(view).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::fixture::home;

    #[test]
    fn no_breaker_is_of_a_tool_and_none_is_reset_while_the_switch_is_set() {
        let (_dir, home) = home();
        let person = Person::of_scratch(&home).unwrap();
        let (tool, family) = (Key::parse("tool:shell_run").unwrap(), Key::parse("shell").unwrap());
        let none = |answer: Result<(), NotMoved>| matches!(answer, Err(NotMoved::None(key)) if key == tool);
        assert!(none(breaker(&home, &tool).map(drop)));
        assert!(none(trip(&home, &tool, None, false).map(drop)));
        assert!(none(reset(&home, &[family.clone(), tool.clone()], None, &person).map(drop)));
        assert!(!home.brakes().exists(), "nothing was written");

        assert_eq!(trip(&home, &family, None, true).unwrap().state, "open");
        std::fs::write(home.kill_switch(), "").unwrap();
        let answer = reset(&home, std::slice::from_ref(&family), None, &person);
        assert!(matches!(answer, Err(NotMoved::Braked(brake)) if brake.rule == "kill-switch"));
        assert_eq!(breaker(&home, &family).unwrap().state, "open");
        std::fs::remove_file(home.kill_switch()).unwrap();
        assert_eq!(reset(&home, std::slice::from_ref(&family), None, &person).unwrap(), [family]);
    }
}
