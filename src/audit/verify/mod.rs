//! Verifying: one pass over the bytes, in constant memory, naming the first entry that does not fit.

use super::chain::{self, LONGEST};
use super::entry::good_name;
use super::head::{Head, NoHead};
use super::segment::{self, Segment};
use crate::call::Digest;
use crate::canon::{self, zero};
use crate::state::{clock, durable};
use jiff::Timestamp;
use serde::Serialize;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::path::Path;

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Whether the log is whole.
    pub ok: bool,
    /// Sound entries up to the first fault.
    pub entries: u64,
    /// Hash of the newest sound entry.
    pub head: Option<Digest>,
    /// The first fault.
    pub fault: Option<Fault>,
    /// What is odd and no fault.
    pub warnings: Vec<String>,
}

/// The first entry that does not fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// What is wrong with it.
    pub kind: &'static str,
    /// `tamper`, `torn`, `missing` or `environment`.
    pub class: &'static str,
    /// The number that belongs there.
    pub seq: u64,
    /// The file.
    pub segment: String,
    /// First byte of its line there.
    pub offset: u64,
}

/// A hash that was kept elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    /// The entry's number.
    pub seq: u64,
    /// Its hash.
    pub hash: Digest,
}

impl Anchor {
    /// Reads `SEQ:HASH`.
    ///
    /// # Errors
    /// A sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        let read = text.split_once(':').and_then(|(seq, hash)| {
            Some(Self { seq: seq.parse().ok().filter(|n| *n > 0)?, hash: Digest::parse(hash).ok()? })
        });
        read.ok_or_else(|| "expected SEQ:HASH, a number and 64 hex digits".to_owned())
    }
}

/// Verifies the log in `folder`: format, chain, head and `anchors`; never what entries mean.
pub fn verify(folder: &Path, anchors: &[Anchor]) -> Report {
    let mut pass = Pass {
        anchors,
        seq: 0,
        hash: zero(),
        log: None,
        newest: None,
        head: None,
        head_met: false,
        warnings: Vec::new(),
    };
    let fault = pass.run(folder).err();
    Report {
        ok: fault.is_none(),
        entries: pass.seq,
        head: (pass.seq > 0).then(|| pass.hash.clone()),
        fault,
        warnings: pass.warnings,
    }
}

struct Pass<'a> {
    anchors: &'a [Anchor],
    /// The newest sound entry and its hash.
    seq: u64,
    hash: Digest,
    log: Option<String>,
    newest: Option<Timestamp>,
    head: Option<Head>,
    head_met: bool,
    warnings: Vec<String>,
}

/// What a line is, before it is known where it stands.
type Flaw = (&'static str, &'static str);

const TAMPER: &str = "tamper";

impl Pass<'_> {
    fn run(&mut self, folder: &Path) -> Result<(), Fault> {
        let at = |kind, class, seq, name: &str, offset| Fault {
            kind,
            class,
            seq,
            segment: name.to_owned(),
            offset,
        };
        let head = Head::read(folder);
        let segments = match segment::list(folder) {
            Ok(segments) => segments,
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                return Err(at("missing", "missing", 1, "", 0));
            }
            Err(_) => return Err(at("unreadable", "environment", 1, "", 0)),
        };
        match head {
            Ok(head) => self.head = Some(head),
            Err(NoHead::Missing) if segments.is_empty() => {
                return Err(at("missing", "missing", 1, "", 0));
            }
            Err(_) => {}
        }
        let mut offset = 0;
        for (n, segment) in segments.iter().enumerate() {
            offset = self.segment(segment, n + 1 == segments.len())?;
        }
        let last = segments.last().map_or_else(|| segment::name(1), |s| segment::name(s.first));
        match Head::read(folder) {
            // Read again: an append that went on meanwhile moved it.
            Err(NoHead::Missing) => return Err(at("head_missing", "missing", self.seq, "head", 0)),
            Err(NoHead::Invalid(_)) => return Err(at("head_invalid", TAMPER, self.seq, "head", 0)),
            Err(NoHead::Io(_)) => {
                return Err(at("head_unreadable", "environment", self.seq, "head", 0));
            }
            Ok(_) => {}
        }
        if let Some(head) = &self.head {
            if head.seq > self.seq {
                return Err(at("truncated", TAMPER, self.seq + 1, &last, offset));
            }
            if !self.head_met || self.log.as_ref() != Some(&head.log) {
                return Err(at("head_mismatch", TAMPER, head.seq, "head", 0));
            }
        }
        if self.anchors.iter().any(|a| a.seq > self.seq) {
            return Err(at("truncated", TAMPER, self.seq + 1, &last, offset));
        }
        Ok(())
    }

    /// Reads one segment; returns the offset after its last sound line.
    fn segment(&mut self, segment: &Segment, newest: bool) -> Result<u64, Fault> {
        let name = segment::name(segment.first);
        let next = self.seq + 1;
        let fault =
            |(kind, class): Flaw, seq, offset| Fault { kind, class, seq, segment: name.clone(), offset };
        if segment.first != next {
            let kind =
                if segment.first > next { ("missing_segment", "missing") } else { ("seq_repeat", TAMPER) };
            return Err(fault(kind, next, 0));
        }
        let file =
            durable::open_read(&segment.path).map_err(|e| fault(unreadable(&segment.path, &e), next, 0))?;
        let length = file.metadata().map_err(|e| fault(unreadable(&segment.path, &e), next, 0))?.len();
        let mut reader = BufReader::with_capacity(1 << 17, file.take(length));
        let mut line = Vec::with_capacity(1024);
        let mut offset = 0;
        loop {
            line.clear();
            let most = u64::try_from(LONGEST).unwrap_or(0);
            let read = (&mut reader).take(most).read_until(b'\n', &mut line);
            let read = read.map_err(|e| fault(unreadable(&segment.path, &e), self.seq + 1, offset))?;
            if read == 0 {
                break;
            }
            let Some(bytes) = line.strip_suffix(b"\n") else {
                return Err(fault(self.unfinished(&line, newest), self.seq + 1, offset));
            };
            self.line(bytes).map_err(|flaw| fault(flaw, self.seq + 1, offset))?;
            offset += u64::try_from(read).unwrap_or(0);
        }
        if offset == 0 && !newest {
            return Err(fault(("seq_gap", TAMPER), next, 0));
        }
        Ok(offset)
    }

    /// A line without its line feed: torn by a crash only at the very end of what was acknowledged.
    fn unfinished(&self, line: &[u8], newest: bool) -> Flaw {
        let acknowledged = self.head.as_ref().is_some_and(|h| h.seq > self.seq);
        if line.len() >= LONGEST {
            ("line_too_long", TAMPER)
        } else if newest && !acknowledged {
            ("torn_tail", "torn")
        } else if newest {
            ("truncated", TAMPER)
        } else {
            ("format", TAMPER)
        }
    }

    fn line(&mut self, line: &[u8]) -> Result<(), Flaw> {
        let link = chain::link(line).ok_or_else(|| (misformed(line), TAMPER))?;
        let expected = self.seq + 1;
        if link.seq != expected {
            return Err((if link.seq > expected { "seq_gap" } else { "seq_repeat" }, TAMPER));
        }
        if link.prev != self.hash {
            return Err(("prev_mismatch", TAMPER));
        }
        if link.actual != link.hash {
            return Err(("hash_mismatch", TAMPER));
        }
        let members = strict(line.get(..link.payload).unwrap_or_default())?;
        self.meet(link.seq, &link.hash)?;
        if link.seq == 1 {
            self.log = members.get("log").and_then(|l| l.as_str()).map(str::to_owned);
        }
        self.clock(link.seq, members.get("ts").and_then(|t| t.as_str()));
        self.seq = link.seq;
        self.hash = link.hash;
        Ok(())
    }

    fn meet(&mut self, seq: u64, hash: &Digest) -> Result<(), Flaw> {
        if let Some(head) = self.head.as_ref().filter(|h| h.seq == seq) {
            if head.hash != *hash {
                return Err(("head_mismatch", TAMPER));
            }
            self.head_met = true;
        }
        if self.anchors.iter().any(|a| a.seq == seq && a.hash != *hash) {
            return Err(("anchor_mismatch", TAMPER));
        }
        Ok(())
    }

    fn clock(&mut self, seq: u64, stamp: Option<&str>) {
        let stamp = stamp.and_then(clock::read);
        if let (Some(before), Some(now)) = (self.newest, stamp)
            && now < before
            && self.warnings.len() < 20
        {
            self.warnings.push(format!("the clock went back before entry {seq}"));
        }
        self.newest = stamp.max(self.newest);
    }
}

fn unreadable(path: &Path, e: &io::Error) -> Flaw {
    let link = std::fs::symlink_metadata(path).is_ok_and(|m| m.file_type().is_symlink());
    if link {
        ("symlink", "environment")
    } else if e.kind() == io::ErrorKind::InvalidInput {
        ("not_regular", "environment")
    } else {
        ("unreadable", "environment")
    }
}

fn misformed(line: &[u8]) -> &'static str {
    if line.starts_with(b"\xef\xbb\xbf") {
        "bom"
    } else if line.ends_with(b"\r") {
        "crlf"
    } else {
        "format"
    }
}

/// The payload as strict, canonical JSON with names that an entry may have.
fn strict(open: &[u8]) -> Result<serde_json::Map<String, serde_json::Value>, Flaw> {
    let mut bytes = open.to_vec();
    bytes.push(b'}');
    let Ok(text) = std::str::from_utf8(&bytes) else {
        return Err(("utf8_invalid", TAMPER));
    };
    let value = canon::parse(&bytes).map_err(|e| {
        let twice = e.to_string().contains("stands twice");
        (if twice { "json_duplicate_key" } else { "json_invalid" }, TAMPER)
    })?;
    let canonical = canon::canonical(&value).is_ok_and(|c| c == text);
    if let serde_json::Value::Object(members) = value
        && canonical
        && members.keys().all(|k| good_name(k))
    {
        return Ok(members);
    }
    Err(("not_canonical", TAMPER))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    /// A log of `n` entries, written by the chain alone, with its head.
    fn log(n: u64) -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join(segment::name(1));
        std::fs::write(&file, lines(n, "x").concat()).unwrap();
        put_head(dir.path(), &lines(n, "x"));
        (dir, file)
    }

    fn put_head(folder: &Path, lines: &[String]) {
        let link = chain::link(lines.last().unwrap().trim_end().as_bytes()).unwrap();
        let head = Head { log: "0".repeat(32), seq: link.seq, hash: link.hash };
        std::fs::write(super::super::head::path(folder), head.text()).unwrap();
    }

    fn lines(n: u64, tool: &str) -> Vec<String> {
        let mut prev = zero();
        (1..=n)
            .map(|seq| {
                let payload = if seq == 1 {
                    format!("{{\"kind\":\"log.created\",\"log\":\"{}\",\"ts\":\"2026-01-01T00:00:00.000000Z\",\"v\":1}}", "0".repeat(32))
                } else {
                    format!("{{\"kind\":\"call.done\",\"tool\":\"{tool}{seq}\",\"ts\":\"2026-01-01T00:00:00.000000Z\",\"v\":1}}")
                };
                let (line, hash) = chain::seal(&payload, seq, &prev);
                prev = hash;
                line + "\n"
            })
            .collect()
    }

    fn fault(dir: &tempfile::TempDir) -> (&'static str, &'static str, u64, u64) {
        let report = verify(dir.path(), &[]);
        let fault = report.fault.expect("a fault");
        assert!(!report.ok);
        (fault.kind, fault.class, fault.seq, fault.offset)
    }

    /// Replaces the file by what `edit` makes of its lines; says where line 3 starts.
    fn edit(file: &Path, edit: impl Fn(Vec<String>) -> Vec<String>) -> u64 {
        let text = std::fs::read_to_string(file).unwrap();
        let lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
        let third = lines[..2].concat().len() as u64;
        std::fs::write(file, edit(lines).concat()).unwrap();
        third
    }

    #[test]
    fn a_whole_log_is_whole() {
        let (dir, _) = log(5);
        let report = verify(dir.path(), &[]);
        assert_eq!((report.ok, report.entries, report.fault, report.warnings.len()), (true, 5, None, 0));
    }

    #[test]
    fn an_edited_payload_is_named() {
        let (dir, file) = log(5);
        let third = edit(&file, |mut l| {
            l[2] = l[2].replace("x3", "y3");
            l
        });
        assert_eq!(fault(&dir), ("hash_mismatch", "tamper", 3, third));
    }

    #[test]
    fn a_deleted_a_repeated_and_a_swapped_entry_are_named() {
        let (dir, file) = log(5);
        let third = edit(&file, |mut l| {
            l.remove(2);
            l
        });
        assert_eq!(fault(&dir), ("seq_gap", "tamper", 3, third));
        let (dir, file) = log(5);
        let third = edit(&file, |mut l| {
            l.insert(2, l[1].clone());
            l
        });
        assert_eq!(fault(&dir), ("seq_repeat", "tamper", 3, third));
        let (dir, file) = log(5);
        edit(&file, |mut l| {
            l.swap(2, 3);
            l
        });
        assert_eq!(fault(&dir).0, "seq_gap");
    }

    #[test]
    fn an_entry_hashed_anew_shows_at_its_successor() {
        let (dir, file) = log(5);
        edit(&file, |mut l| {
            let prev = chain::link(l[1].trim_end().as_bytes()).unwrap().hash;
            l[2] = chain::seal("{\"kind\":\"call.done\",\"v\":1}", 3, &prev).0 + "\n";
            l
        });
        let (kind, class, seq, _) = fault(&dir);
        assert_eq!((kind, class, seq), ("prev_mismatch", "tamper", 4));
    }

    #[test]
    fn a_log_written_anew_shows_at_its_head() {
        let (dir, file) = log(5);
        std::fs::write(&file, lines(5, "forged").concat()).unwrap();
        assert_eq!(fault(&dir).0, "head_mismatch");
    }

    #[test]
    fn a_cut_tail_an_empty_file_and_a_lost_one_are_truncated() {
        let (dir, file) = log(5);
        let third = edit(&file, |mut l| {
            l.truncate(2);
            l
        });
        assert_eq!(fault(&dir), ("truncated", "tamper", 3, third));
        std::fs::write(&file, "").unwrap();
        assert_eq!(fault(&dir), ("truncated", "tamper", 1, 0));
        std::fs::remove_file(&file).unwrap();
        assert_eq!(fault(&dir), ("truncated", "tamper", 1, 0));
    }

    #[test]
    fn a_torn_tail_is_torn_and_a_cut_inside_an_acknowledged_entry_is_not() {
        let (dir, file) = log(5);
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, format!("{text}{{\"kind\":")).unwrap();
        assert_eq!(fault(&dir), ("torn_tail", "torn", 6, text.len() as u64));
        std::fs::write(&file, &text[..text.len() - 20]).unwrap();
        assert_eq!((fault(&dir).0, fault(&dir).2), ("truncated", 5));
    }

    #[test]
    fn a_head_that_is_gone_or_garbage_is_said() {
        let (dir, _) = log(5);
        std::fs::write(dir.path().join("head"), "garbage").unwrap();
        assert_eq!(fault(&dir).0, "head_invalid");
        std::fs::remove_file(dir.path().join("head")).unwrap();
        assert_eq!((fault(&dir).0, fault(&dir).1), ("head_missing", "missing"));
    }

    #[test]
    fn an_anchor_catches_what_the_head_cannot() {
        let (dir, file) = log(5);
        std::fs::write(&file, lines(5, "forged").concat()).unwrap();
        put_head(dir.path(), &lines(5, "forged"));
        assert!(verify(dir.path(), &[]).ok);
        let genuine = chain::link(lines(5, "x")[3].trim_end().as_bytes()).unwrap().hash;
        let report = verify(dir.path(), &[Anchor { seq: 4, hash: genuine.clone() }]);
        assert_eq!(report.fault.map(|f| (f.kind, f.seq)), Some(("anchor_mismatch", 4)));
        let report = verify(dir.path(), &[Anchor { seq: 9, hash: genuine }]);
        assert_eq!(report.fault.map(|f| (f.kind, f.seq)), Some(("truncated", 6)));
    }

    #[test]
    fn json_that_two_readers_read_differently_is_said_although_it_is_chained() {
        for (payload, kind) in [
            ("{\"a\":1,\"a\":2}", "json_duplicate_key"),
            ("{\"b\":1,\"a\":2}", "not_canonical"),
            ("{\"a\": 1}", "not_canonical"),
            ("{\"a\":1.5}", "not_canonical"),
            ("{\"a\":\"\\u0041\"}", "not_canonical"),
            ("{\"a\":}", "json_invalid"),
            ("{\"hash\":1}", "not_canonical"),
            ("{\"a\":\"\\ud800\"}", "json_invalid"),
        ] {
            let (dir, file) = log(2);
            let mut all = lines(2, "x");
            let prev = chain::link(all[1].trim_end().as_bytes()).unwrap().hash;
            all.push(chain::seal(payload, 3, &prev).0 + "\n");
            std::fs::write(&file, all.concat()).unwrap();
            assert_eq!((fault(&dir).0, fault(&dir).2), (kind, 3), "{payload}");
        }
    }

    #[test]
    fn what_stands_in_a_segments_place_is_named_and_does_not_hang() {
        let (dir, file) = log(3);
        std::fs::rename(&file, dir.path().join("elsewhere")).unwrap();
        std::os::unix::fs::symlink(dir.path().join("elsewhere"), &file).unwrap();
        assert_eq!((fault(&dir).0, fault(&dir).1), ("symlink", "environment"));
        std::fs::remove_file(&file).unwrap();
        std::process::Command::new("mkfifo").arg(&file).status().unwrap();
        assert_eq!(fault(&dir).0, "not_regular");
        let empty = tempfile::tempdir().unwrap();
        assert_eq!((fault(&empty).0, fault(&empty).1), ("missing", "missing"));
    }

    #[test]
    fn line_ends_marks_and_length_are_named() {
        let (dir, file) = log(3);
        edit(&file, |l| l.into_iter().map(|l| l.replace('\n', "\r\n")).collect());
        assert_eq!(fault(&dir).0, "crlf");
        let (dir, file) = log(3);
        edit(&file, |mut l| {
            l[0] = format!("\u{feff}{}", l[0]);
            l
        });
        assert_eq!(fault(&dir).0, "bom");
        let (dir, file) = log(3);
        edit(&file, |mut l| {
            l[1] = "x".repeat(1_000_000) + "\n";
            l
        });
        assert_eq!((fault(&dir).0, fault(&dir).2), ("line_too_long", 2));
    }
}
