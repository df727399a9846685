//! `data/brakes.json`: breakers that are not closed or count failures, and what ceilings were taken
//! of. A missing file says that there are none. Small whatever the history: destinations that nothing
//! speaks against are forgotten.

use super::breaker::{Breaker, Event};
use super::key::Key;
use super::window::Window;
use crate::audit::{Entry, Kind, Log, LogError};
use crate::call::{CallId, Severity};
use crate::gate::world::GateError;
use crate::notify::{self, Notice};
use crate::state::{Home, Lock, clock, durable};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::{self, Read as _};
use std::time::Duration;

const WAIT: Duration = Duration::from_secs(20);
/// Most destinations with a breaker, and with a window.
const MOST: usize = 200;

/// The whole file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    v: u8,
    /// Breakers by what they are about.
    pub breakers: BTreeMap<Key, Row>,
    /// What was taken, by ceiling.
    pub windows: BTreeMap<Key, Window>,
    /// Calls whose outcome was counted and that may not have landed since: a crash in between must not
    /// count it again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub settled: Vec<CallId>,
}

/// One breaker, and whether its newest change was announced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Where it is.
    #[serde(flatten)]
    pub breaker: Breaker,
    told: bool,
}

impl State {
    /// Reads the file; needs no lock, since it is replaced whole.
    pub fn look(home: &Home) -> Result<Self, GateError> {
        let path = home.brakes();
        let bad = |e: io::Error| GateError::State(path.clone(), e);
        let mut text = Vec::new();
        match durable::open_read(&path) {
            Ok(mut file) => file.read_to_end(&mut text).map_err(bad)?,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(e) => return Err(bad(e)),
        };
        serde_json::from_slice(&text).map_err(|e| bad(io::Error::new(io::ErrorKind::InvalidData, e)))
    }

    /// The breaker of `key`.
    pub fn breaker(&self, key: &Key, now: Timestamp) -> Breaker {
        self.breakers.get(key).map_or_else(|| Breaker::new(now), |row| row.breaker.clone())
    }

    /// Forgets what says nothing any more, and of too many destinations those that matter least.
    fn trim(&mut self, now: Timestamp) {
        self.v = 1;
        self.breakers.retain(|_, row| !row.breaker.idle() || !row.told);
        self.windows.retain(|_, window| !window.idle(now));
        let rank = |breaker: &Breaker| match breaker {
            Breaker::Closed { last, .. } => (0, *last),
            Breaker::Half { since, .. } => (1, *since),
            // Their tools and loops failed as often, and have breakers of their own.
            Breaker::Open { until, .. } => (2, until.unwrap_or(Timestamp::MAX)),
        };
        let hosts = self.breakers.iter().filter(|(key, _)| matches!(key, Key::Host(_)));
        let mut hosts: Vec<_> = hosts.map(|(key, row)| (rank(&row.breaker), key.clone())).collect();
        hosts.sort();
        for (_, key) in hosts.iter().take(hosts.len().saturating_sub(MOST)) {
            self.breakers.remove(key);
        }
    }

    /// Whether another destination can be counted.
    pub fn has_room(&self, key: &Key, now: Timestamp) -> bool {
        let live = self.windows.iter().filter(|(k, w)| matches!(k, Key::Host(_)) && !w.idle(now));
        self.windows.contains_key(key) || !matches!(key, Key::Host(_)) || live.count() < MOST
    }
}

/// The file under its lock.
#[derive(Debug)]
pub struct Book<'h> {
    home: &'h Home,
    /// As it will be saved.
    pub state: State,
    _lock: Lock,
}

/// Who is behind a change, for the record.
pub type Members = Vec<(&'static str, String)>;

impl<'h> Book<'h> {
    /// Takes the lock and reads; announces what a crash left unannounced.
    pub fn open(home: &'h Home) -> Result<Self, GateError> {
        let lock = Lock::acquire(&home.brakes_lock(), WAIT)?;
        let mut book = Self { home, state: State::look(home)?, _lock: lock };
        if book.state.breakers.values().any(|row| !row.told) {
            book.announce()?;
        }
        Ok(book)
    }

    /// Moves a breaker on; a change of state is on record before it is in force.
    pub fn step(
        &mut self,
        key: &Key,
        event: Event<'_>,
        now: Timestamp,
        members: &Members,
    ) -> Result<(), LogError> {
        let before = self.state.breaker(key, now);
        let after = before.clone().step(event, now);
        if after == before {
            return Ok(());
        }
        let changed = before.word() != after.word() || matches!(event, Event::Tripped { .. });
        let recorded = if changed { self.record(key, &after, members) } else { Ok(()) };
        // What makes it stricter holds also when it cannot be recorded.
        if let (Err(e), false) = (recorded, matches!(after, Breaker::Open { .. })) {
            return Err(e);
        }
        self.state.breakers.insert(key.clone(), Row { breaker: after, told: !changed });
        Ok(())
    }

    fn record(&self, key: &Key, after: &Breaker, members: &Members) -> Result<(), LogError> {
        let about = |kind: Kind| Entry::new(kind).with("outcome", key.to_string());
        let mut entry = match after {
            Breaker::Closed { .. } => about(Kind::BreakerClosed),
            Breaker::Half { probe, .. } => about(Kind::BreakerHalf).with("call", probe),
            Breaker::Open { until, cooldown_s, why, .. } => about(Kind::BreakerOpened)
                .with("reason", why)
                .with("args", serde_json::json!({ "until": until, "cooldown_s": cooldown_s })),
        };
        for (name, value) in members {
            entry = entry.with(name, value);
        }
        Log::of(self.home).append(&entry).map(drop)
    }

    /// Makes it durable, and then announces what changed, once.
    pub fn save(&mut self) -> Result<(), GateError> {
        self.state.trim(clock::now());
        // Only while its in-flight file is there can anybody count it again.
        self.state.settled.retain(|call| self.home.inflight_of(call).exists());
        self.write()?;
        if self.state.breakers.values().any(|row| !row.told) { self.announce() } else { Ok(()) }
    }

    fn announce(&mut self) -> Result<(), GateError> {
        for (key, row) in self.state.breakers.iter().filter(|(_, row)| !row.told) {
            let notice = notice(key, &row.breaker);
            notify::put(self.home, &notice).map_err(|e| GateError::State(self.home.outbox(), e))?;
        }
        self.state.breakers.values_mut().for_each(|row| row.told = true);
        self.state.trim(clock::now());
        self.write()
    }

    fn write(&self) -> Result<(), GateError> {
        let bad = |e| GateError::State(self.home.brakes(), e);
        let text = serde_json::to_vec(&self.state).map_err(|e| bad(e.into()))?;
        durable::write(&self.home.brakes(), &text).map_err(bad)
    }
}

fn notice(key: &Key, breaker: &Breaker) -> Notice {
    let (at, severity, title, body) = match breaker {
        Breaker::Closed { last, .. } => {
            (*last, Severity::Info, format!("breaker {key}: closed"), "calls go through again".to_owned())
        }
        Breaker::Half { since, .. } => (
            *since,
            Severity::Info,
            format!("breaker {key}: half-open"),
            "one call is let through as a probe".to_owned(),
        ),
        Breaker::Open { since, until, why, .. } => (
            *since,
            Severity::Urgent,
            format!("breaker {key}: opened"),
            format!("{why}\nCalls are stopped {}.", until_words(*until)),
        ),
    };
    Notice {
        v: 1,
        // A second telling, after a crash, has the same key.
        key: format!("breaker:{key}:{}:{at}", breaker.word()),
        at: clock::now(),
        severity,
        title,
        body,
        more: format!("fleet breaker show {key}"),
    }
}

/// Until when, in words.
pub fn until_words(until: Option<Timestamp>) -> String {
    until.map_or_else(
        || "until a person resets it".to_owned(),
        |until| format!("until {}", until.strftime("%Y-%m-%d %H:%M:%SZ")),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::CallId;
    use crate::gate::fixture::home;

    fn fail(book: &mut Book<'_>, key: &Key, times: u32) {
        for n in 0..times {
            let call = CallId::parse(&format!("{n:026}")).unwrap();
            book.step(key, Event::Failed(&call, "x"), clock::now(), &Members::new()).unwrap();
        }
    }

    #[test]
    fn a_change_is_announced_once_also_when_the_announcer_crashed() {
        let (_dir, home) = home();
        let key = Key::parse("family:files").unwrap();
        let mut book = Book::open(&home).unwrap();
        fail(&mut book, &key, 5);
        // The crash: written, not announced.
        book.write().unwrap();
        drop(book);
        assert_eq!(notify::list(&home).unwrap().len(), 0);
        drop(Book::open(&home).unwrap());
        drop(Book::open(&home).unwrap());
        let told = notify::list(&home).unwrap();
        assert_eq!(
            told.iter().map(|n| n.title.as_str()).collect::<Vec<_>>(),
            ["breaker family:files: opened"]
        );
    }

    #[test]
    fn ten_thousand_destinations_leave_a_small_file_and_no_tool_is_forgotten() {
        let (_dir, home) = home();
        let mut book = Book::open(&home).unwrap();
        fail(&mut book, &Key::parse("family:files").unwrap(), 2);
        for n in 0..10_000 {
            fail(&mut book, &Key::host(&format!("h{n}.example")).unwrap(), 1);
            book.state.trim(clock::now());
        }
        book.save().unwrap();
        assert_eq!(book.state.breakers.len(), MOST + 1);
        assert!(home.brakes().metadata().unwrap().len() < 40_000);
        assert_eq!(State::look(&home).unwrap(), book.state);
    }

    #[test]
    fn a_file_that_does_not_read_is_an_error() {
        let (_dir, home) = home();
        for text in ["", "{", "{\"v\":1,\"breakers\":{\"x\":1},\"windows\":{}}", "{\"v\":1,\"more\":1}"] {
            std::fs::write(home.brakes(), text).unwrap();
            assert!(State::look(&home).is_err(), "{text:?}");
        }
    }
}
