//! Reading the log for people and their programs: one pass, entry by entry, as it stands. What is read
//! here is not verified.

use super::chain::{self, LONGEST};
use super::segment;
use crate::state::{clock, durable};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::ops::RangeInclusive;
use std::path::Path;

/// Which entries are wanted; an empty filter wants all.
#[derive(Debug, Clone)]
pub struct Filter {
    /// Numbers.
    pub seqs: RangeInclusive<u64>,
    /// Not before, and before.
    pub since: Option<Timestamp>,
    /// Before.
    pub until: Option<Timestamp>,
    /// Members that must have one of these values.
    pub members: Vec<(&'static str, Vec<String>)>,
}

impl Default for Filter {
    fn default() -> Self {
        Self { seqs: 1..=u64::MAX, since: None, until: None, members: Vec::new() }
    }
}

impl Filter {
    /// Whether `entry` is wanted.
    pub fn wants(&self, seq: u64, entry: &Value) -> bool {
        let text = |name: &str| entry.get(name).and_then(Value::as_str);
        let timed = || {
            let Some(ts) = text("ts").and_then(clock::read) else { return false };
            self.since.is_none_or(|t| ts >= t) && self.until.is_none_or(|t| ts < t)
        };
        self.seqs.contains(&seq)
            && self.members.iter().all(|(name, values)| {
                values.is_empty() || text(name).is_some_and(|t| values.iter().any(|v| v == t))
            })
            && (self.since.is_none() && self.until.is_none() || timed())
    }
}

/// One line of the log.
#[derive(Debug)]
pub struct Line {
    /// As it stands, without line feed.
    pub text: Vec<u8>,
    /// Its number and its members; none if it does not read.
    pub entry: Option<(u64, Value)>,
}

/// All lines of a log, oldest first. A last line without line feed was never acknowledged and is left
/// out.
pub struct Entries {
    segments: VecDeque<segment::Segment>,
    open: Option<BufReader<io::Take<File>>>,
    from: u64,
}

impl Entries {
    /// The entries of the log in `folder`, from the segment on that holds number `from`.
    ///
    /// # Errors
    /// The system's.
    pub fn of(folder: &Path, from: u64) -> io::Result<Self> {
        let mut segments: VecDeque<_> = segment::list(folder)?.into();
        while segments.get(1).is_some_and(|next| next.first <= from) {
            segments.pop_front();
        }
        Ok(Self { segments, open: None, from })
    }

    fn line(&mut self) -> io::Result<Option<Line>> {
        let most = u64::try_from(LONGEST).unwrap_or(0);
        loop {
            let Some(reader) = &mut self.open else {
                let Some(segment) = self.segments.pop_front() else { return Ok(None) };
                let file = durable::open_read(&segment.path)?;
                let size = file.metadata()?.len();
                self.open = Some(BufReader::with_capacity(1 << 17, file.take(size)));
                continue;
            };
            let mut text = Vec::new();
            let read = reader.by_ref().take(most).read_until(b'\n', &mut text)?;
            if text.last() == Some(&b'\n') {
                text.pop();
                let seq = chain::link(&text).map(|l| l.seq);
                if seq.is_some_and(|seq| seq < self.from) {
                    continue;
                }
                let entry = seq.and_then(|seq| Some((seq, serde_json::from_slice(&text).ok()?)));
                return Ok(Some(Line { text, entry }));
            }
            if read >= LONGEST {
                // The rest of a line that is none.
                return Ok(Some(Line { text, entry: None }));
            }
            self.open = None;
        }
    }
}

impl Iterator for Entries {
    type Item = io::Result<Line>;

    fn next(&mut self) -> Option<Self::Item> {
        self.line().transpose()
    }
}

/// Entry `seq` as it stands, and whether its own hash fits; none if it is not where it belongs.
///
/// # Errors
/// The system's.
pub fn entry_at(folder: &Path, seq: u64) -> io::Result<Option<(Vec<u8>, bool)>> {
    for line in Entries::of(folder, seq)? {
        let line = line?;
        match line.entry {
            Some((n, _)) if n == seq => {
                let sound = chain::link(&line.text).is_some_and(|l| l.sound());
                return Ok(Some((line.text, sound)));
            }
            Some((n, _)) if n > seq => return Ok(None),
            _ => {}
        }
    }
    Ok(None)
}

/// What the log holds, counted.
#[derive(Debug, Default, Serialize)]
pub struct Stats {
    /// Entries that read.
    pub entries: u64,
    /// Lines that do not.
    pub unreadable: u64,
    /// Bytes of all counted lines.
    pub bytes: u64,
    /// Stamps of the first and of the last.
    pub first: Option<String>,
    /// The last.
    pub last: Option<String>,
    /// How many of each value, by member.
    pub counts: BTreeMap<&'static str, BTreeMap<String, u64>>,
}

/// Members that are counted.
const COUNTED: [&str; 7] = ["kind", "tool", "risk", "decision", "outcome", "caller", "loop"];

impl Stats {
    /// Counts `line`.
    pub fn add(&mut self, line: &Line) {
        self.bytes += u64::try_from(line.text.len()).unwrap_or(0) + 1;
        let Some((_, entry)) = &line.entry else {
            self.unreadable += 1;
            return;
        };
        self.entries += 1;
        let text = |name: &str| entry.get(name).and_then(Value::as_str).map(str::to_owned);
        if self.first.is_none() {
            self.first = text("ts");
        }
        self.last = text("ts");
        for name in COUNTED {
            if let Some(value) = text(name) {
                *self.counts.entry(name).or_default().entry(value).or_default() += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canon::zero;
    use serde_json::json;

    #[test]
    fn entries_come_in_order_from_the_number_that_is_asked_for() {
        let dir = tempfile::tempdir().unwrap();
        let mut prev = zero();
        for (first, numbers) in [(1, 1..=3), (4, 4..=6)] {
            let mut text = String::new();
            for seq in numbers {
                let (line, hash) = chain::seal("{\"kind\":\"x\",\"v\":1}", seq, &prev);
                prev = hash;
                text += &(line + "\n");
            }
            let torn = if first == 4 { "{\"torn" } else { "" };
            std::fs::write(dir.path().join(segment::name(first)), text + torn).unwrap();
        }
        let numbers = |from| -> Vec<u64> {
            Entries::of(dir.path(), from).unwrap().map(|l| l.unwrap().entry.unwrap().0).collect()
        };
        assert_eq!(numbers(1), [1, 2, 3, 4, 5, 6]);
        assert_eq!(numbers(5), [5, 6]);
        assert_eq!(numbers(9), [0; 0]);
        assert!(entry_at(dir.path(), 4).unwrap().is_some_and(|(_, sound)| sound));
        assert!(entry_at(dir.path(), 7).unwrap().is_none());
    }

    #[test]
    fn a_filter_wants_what_fits_in_every_respect() {
        let entry = json!({"kind": "call.done", "tool": "files_read", "ts": "2026-01-02T00:00:00.000000Z"});
        let at = |text: &str| clock::read(text);
        let mut filter = Filter::default();
        assert!(filter.wants(1, &entry));
        filter.members = vec![("kind", vec!["call.done".into(), "call.failed".into()]), ("tool", vec![])];
        filter.since = at("2026-01-02T00:00:00Z");
        filter.until = at("2026-01-03T00:00:00Z");
        assert!(filter.wants(1, &entry));
        for change in [
            |f: &mut Filter| f.seqs = 2..=5,
            |f: &mut Filter| f.members.push(("loop", vec!["x".into()])),
            |f: &mut Filter| f.until = f.since,
        ] {
            let mut other = filter.clone();
            change(&mut other);
            assert!(!other.wants(1, &entry));
        }
    }
}
