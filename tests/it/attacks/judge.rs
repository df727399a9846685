//! The verifier at work on a forged log, and what is expected of it.

use super::forge::{Log, name};
use crate::harness::{Ran, World};
use serde_json::Value;
use std::path::PathBuf;
use std::time::Duration;

/// A kind of fault and its class.
pub type Flaw = (&'static str, &'static str);

/// Where the first fault is.
#[derive(Debug, Clone, Copy)]
pub enum At {
    /// At the start of this line of the forged log, which is also the number that belongs there.
    Line(u64),
    /// At the first byte of the segment of this name, where this number belongs.
    Segment { seq: u64, first: u64 },
    /// Not in the chain: `head` or an anchor tells, and the number is the one it names.
    Head(u64),
    /// Not in the chain, and at no entry.
    Nowhere,
}

/// One attack: its name, what the forger does, and what must be said. Where more than one kind is
/// given, the attack can be told in either way.
pub struct Attack {
    pub name: &'static str,
    pub forge: fn(&mut Log),
    pub says: &'static [Flaw],
    pub at: At,
}

/// A folder in which one forged log after the other is verified.
pub struct Bench {
    pub world: World,
}

impl Bench {
    pub fn new() -> Self {
        Self { world: World::bare() }
    }

    /// Where the log under judgement lies.
    pub fn folder(&self) -> PathBuf {
        self.world.root().join("audit")
    }

    /// Puts `log` in place of the one before.
    pub fn put(&self, log: &Log) {
        let _ = std::fs::remove_dir_all(self.folder());
        log.put(&self.folder());
    }

    /// Verifies the folder as it is; a verifier that hangs is ended and fails.
    pub fn verify(&self, more: &[&str]) -> Ran {
        let folder = self.folder();
        let mut command = self.world.command(&["audit", "verify", folder.to_str().unwrap(), "--json"]);
        let out = command.args(more).timeout(Duration::from_secs(30)).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Ran { code: out.status.code().unwrap_or(-1), stdout: text(out.stdout), stderr: text(out.stderr) }
    }

    /// Sees that `log` is found whole, and answers the report.
    pub fn sound(&self, name: &str, log: &Log) -> Value {
        self.put(log);
        let ran = self.verify(&[]);
        let report = ran.json();
        assert_eq!(
            (ran.code, &report["ok"], &report["fault"]),
            (0, &true.into(), &Value::Null),
            "{name}: {ran:?}"
        );
        report
    }

    /// Sees that `log` is found broken in one of the ways of `says`, there.
    pub fn broken(&self, name: &str, log: &Log, says: &[Flaw], at: At) {
        self.put(log);
        self.says(name, log, &self.verify(&[]), says, at);
    }

    /// Compares a report with what must be said.
    pub fn says(&self, name: &str, log: &Log, ran: &Ran, says: &[Flaw], at: At) {
        let report = ran.json();
        let fault = &report["fault"];
        assert_eq!((ran.code, &report["ok"]), (6, &false.into()), "{name}: {ran:?}");
        let text = |member: &str| fault[member].as_str().unwrap_or_default().to_owned();
        let said = (text("kind"), text("class"));
        assert!(
            says.iter().any(|(k, c)| (*k, *c) == (&said.0, &said.1)),
            "{name}: expected {says:?}: {ran:?}"
        );
        let there = (text("segment"), fault["offset"].as_u64().unwrap_or(u64::MAX));
        let (seq, place) = match at {
            At::Line(n) => (Some(n), Some(log.place(n))),
            At::Segment { seq, first } => (Some(seq), Some((self::name(first), 0))),
            At::Head(seq) => (Some(seq), None),
            At::Nowhere => (None, None),
        };
        if let Some(seq) = seq {
            assert_eq!(fault["seq"].as_u64(), Some(seq), "{name}: {ran:?}");
        }
        if let Some(place) = place {
            assert_eq!(there, place, "{name}: {ran:?}");
            // What is sound is everything before the entry that is named.
            assert_eq!(report["entries"].as_u64().map(|n| n + 1), seq, "{name}: {ran:?}");
        }
    }

    /// Runs a table, each attack on a sound log of its own.
    pub fn table(&self, attacks: &[Attack]) {
        for attack in attacks {
            let mut log = Log::sound();
            (attack.forge)(&mut log);
            self.broken(attack.name, &log, attack.says, attack.at);
        }
    }
}
