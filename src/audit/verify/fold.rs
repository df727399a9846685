//! Joining the parts in order: their seams, the segments' names, the head, the anchors.

use super::cores::{self, Work};
use super::line::{Flaw, Mark};
use super::part::{self, Part, Trouble};
use super::{Against, Fault, Report, Snapshot, TAMPER, at, unreadable};
use crate::audit::chain::{self, Hex};
use crate::audit::head::{Head, NoHead};
use crate::audit::segment::{self, Segment};
use crate::call::Digest;
use crate::canon::zero;

/// More warnings than these help nobody.
const MOST_WARNINGS: usize = 20;

/// Judges all of `snapshot`.
pub(super) fn all(snapshot: &Snapshot, against: &Against<'_>) -> Report {
    let mut fold = Fold {
        snapshot,
        against,
        head: snapshot.head.as_ref().ok(),
        count: 0,
        seq: 0,
        hash: hex(&zero()),
        log: None,
        stamp: None,
        warnings: Vec::new(),
    };
    let fault = fold.run().err();
    Report {
        ok: fault.is_none(),
        entries: fold.count,
        head: fold.hash.filter(|_| fold.count > 0).as_ref().and_then(chain::digest),
        fault,
        warnings: fold.warnings,
    }
}

struct Fold<'a> {
    snapshot: &'a Snapshot,
    against: &'a Against<'a>,
    head: Option<&'a Head>,
    /// Sound entries seen.
    count: u64,
    /// The newest sound entry; its hash is unknown where the look begins on trust.
    seq: u64,
    hash: Option<Hex>,
    /// The log's id, quotes included.
    log: Option<Vec<u8>>,
    stamp: Option<Vec<u8>>,
    warnings: Vec<String>,
}

impl Fold<'_> {
    fn run(&mut self) -> Result<(), Fault> {
        let all = &self.snapshot.segments;
        let skipped = self.begin()?;
        let segments = all.get(skipped.0..).unwrap_or_default();
        let work: Vec<_> = segments
            .iter()
            .enumerate()
            .map(|(n, (s, size))| Work {
                path: &s.path,
                from: if n == 0 { skipped.1 } else { 0 },
                size: *size,
            })
            .collect();
        let marks = self.marks();
        let mut fault = None;
        let (mut begun, mut lines, mut end) = (None, 0, 0);
        cores::each(&work, &marks, &mut |n, part| {
            let Some((segment, _)) = segments.get(n) else { return false };
            if self.against.stop.is_some_and(|stop| stop()) {
                let name = segment::name(segment.first);
                fault = Some(at("stopped", "environment", self.seq + 1, &name, part.start));
                return false;
            }
            let newest = n + 1 == segments.len();
            let found = if begun == Some(n) {
                Ok(())
            } else {
                let empty = begun.filter(|_| lines == 0).and_then(|before| segments.get(before));
                begun = Some(n);
                lines = 0;
                self.name(segment, n == 0 && skipped.1 > 0, empty.map(|(s, _)| s))
            };
            lines += part.count;
            end = part.end;
            fault = found.and_then(|()| self.join(segment, part, newest)).err();
            fault.is_none()
        });
        if let Some(fault) = fault {
            return Err(fault);
        }
        let last = segments.last().map_or_else(|| segment::name(1), |(s, _)| segment::name(s.first));
        self.finish(&last, end)
    }

    /// Where the look begins: how many segments are left out, and how many bytes of the next.
    fn begin(&mut self) -> Result<(usize, u64), Fault> {
        let Some(since) = self.against.since.filter(|n| *n > 1) else { return Ok((0, 0)) };
        let all = &self.snapshot.segments;
        self.log = all.first().and_then(|(s, size)| first_log(s, *size));
        let Some(nth) = all.iter().rposition(|(s, _)| s.first <= since) else { return Ok((0, 0)) };
        let Some((segment, size)) = all.get(nth) else { return Ok((0, 0)) };
        let name = segment::name(segment.first);
        let (lines, offset) = segment::skip(segment, *size, since.saturating_sub(segment.first))
            .map_err(|e| unreadable(&segment.path, &e))
            .map_err(|(kind, class)| at(kind, class, segment.first, &name, 0))?;
        self.seq = (segment.first + lines).saturating_sub(1);
        self.hash = None;
        // Nothing to look at is not a sound log: whoever asks knew of an entry of this number.
        if self.seq + 1 < since || offset >= *size {
            return Err(at("truncated", TAMPER, self.seq + 1, &name, offset));
        }
        Ok((nth, offset))
    }

    fn marks(&self) -> Vec<Mark> {
        let mark = |seq, hash: &Digest, fault| Some(Mark { seq, hash: hex(hash)?, fault });
        let head = self.head.and_then(|h| mark(h.seq, &h.hash, "head_mismatch"));
        let anchors = self.against.anchors.iter();
        head.into_iter().chain(anchors.filter_map(|a| mark(a.seq, &a.hash, "anchor_mismatch"))).collect()
    }

    /// Whether the segment's name is the number that comes next; `empty` is the one before it, if that
    /// has no line, since only the newest may have none.
    fn name(&self, segment: &Segment, within: bool, empty: Option<&Segment>) -> Result<(), Fault> {
        let next = self.seq + 1;
        let (kind, class, segment) = match empty {
            Some(empty) => ("seq_gap", TAMPER, empty),
            None if within || segment.first == next => return Ok(()),
            None if segment.first > next => ("missing_segment", "missing", segment),
            None => ("seq_repeat", TAMPER, segment),
        };
        Err(at(kind, class, next, &segment::name(segment.first), 0))
    }

    fn join(&mut self, segment: &Segment, part: Part, newest: bool) -> Result<(), Fault> {
        let fault =
            |(kind, class): Flaw, seq, offset| at(kind, class, seq, &segment::name(segment.first), offset);
        if let Some((first, prev)) = &part.first {
            let next = self.seq + 1;
            part::place(*first, next).map_err(|flaw| fault(flaw, next, part.start))?;
            if self.hash.is_some_and(|hash| hash != *prev) {
                return Err(fault(("prev_mismatch", TAMPER), next, part.start));
            }
        }
        if let Some((first, last)) = part.stamps {
            if self.stamp.as_ref().is_some_and(|before| part::later(before, &first)) {
                self.warn(self.seq + 1);
            }
            part.back.iter().for_each(|nth| self.warn(self.seq + 1 + nth));
            self.stamp = Some(last);
        }
        self.count += part.count;
        self.seq += part.count;
        self.hash = part.last.or(self.hash);
        self.log = part.log.or(self.log.take());
        match part.fault {
            None => Ok(()),
            Some(Trouble::Flaw(flaw)) => Err(fault(flaw, self.seq + 1, part.end)),
            Some(Trouble::Unfinished) => Err(fault(self.unfinished(newest), self.seq + 1, part.end)),
        }
    }

    /// A line without its line feed: torn by a crash only at the very end of what was acknowledged.
    fn unfinished(&self, newest: bool) -> Flaw {
        let acknowledged = self.head.is_some_and(|h| h.seq > self.seq);
        if newest && !acknowledged {
            ("torn_tail", "torn")
        } else if newest {
            ("truncated", TAMPER)
        } else {
            ("format", TAMPER)
        }
    }

    fn warn(&mut self, seq: u64) {
        if self.warnings.len() < MOST_WARNINGS {
            self.warnings.push(format!("the clock went back before entry {seq}"));
        }
    }

    /// What can be said only at the end.
    fn finish(&self, last: &str, end: u64) -> Result<(), Fault> {
        match &self.snapshot.head {
            Err(NoHead::Missing) => return Err(at("head_missing", "missing", self.seq, "head", 0)),
            Err(NoHead::Invalid(_)) => return Err(at("head_invalid", TAMPER, self.seq, "head", 0)),
            Err(NoHead::Io(_)) => return Err(at("head_unreadable", "environment", self.seq, "head", 0)),
            Ok(head) if head.seq > self.seq => {
                return Err(at("truncated", TAMPER, self.seq + 1, last, end));
            }
            Ok(head) if self.other(&head.log) => {
                return Err(at("head_mismatch", TAMPER, head.seq, "head", 0));
            }
            Ok(_) => {}
        }
        let anchors = self.against.anchors;
        if anchors.iter().any(|a| a.seq > self.seq) {
            return Err(at("truncated", TAMPER, self.seq + 1, last, end));
        }
        if let Some(a) = anchors.iter().find(|a| a.log.as_ref().is_some_and(|log| self.other(log))) {
            return Err(at("anchor_mismatch", TAMPER, a.seq, last, 0));
        }
        Ok(())
    }

    /// Whether the log is not the one of this id.
    fn other(&self, id: &str) -> bool {
        self.log.as_deref() != Some(format!("\"{id}\"").as_bytes())
    }
}

fn hex(hash: &Digest) -> Option<Hex> {
    hash.as_str().as_bytes().try_into().ok()
}

/// The id that the log's first entry gives it, if that entry is there.
fn first_log(segment: &Segment, size: u64) -> Option<Vec<u8>> {
    let range = part::Range { from: 0, to: 1.min(size), size, at_line: true };
    part::judge(&segment.path, range, &[], &mut part::Kept::default()).log
}
