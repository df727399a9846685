//! What the chain alone tells: edits, deletions, insertions, another order.

use super::forge::{ENTRIES, Log, payload, seal};
use super::judge::{At, Attack, Bench, Flaw};

const EDITED: &[Flaw] = &[("hash_mismatch", "tamper")];
const PREV: &[Flaw] = &[("prev_mismatch", "tamper")];
const GAP: &[Flaw] = &[("seq_gap", "tamper")];
const REPEAT: &[Flaw] = &[("seq_repeat", "tamper")];
/// The end of a segment is missing: its successor's name tells, or its first line.
const SHORT: &[Flaw] =
    &[("seq_gap", "tamper"), ("missing_segment", "missing"), ("missing_segment", "tamper")];

/// An edit of the payload that keeps every byte count.
fn allow(log: &mut Log, seq: u64) {
    log.edit(seq, "\"deny\"", "\"alow\"");
}

/// Takes entries out, wherever they lie.
fn delete(log: &mut Log, entries: std::ops::RangeInclusive<u64>) {
    for seq in entries.rev() {
        let segment = log.holding(seq);
        segment.lines.remove(usize::try_from(seq - segment.first).unwrap());
    }
}

/// Puts `line` before entry `seq`.
fn insert(log: &mut Log, seq: u64, line: Vec<u8>) {
    let segment = log.holding(seq);
    segment.lines.insert(usize::try_from(seq - segment.first).unwrap(), line);
}

fn swap(log: &mut Log, a: u64, b: u64) {
    let (first, second) = (log.line(a).clone(), log.line(b).clone());
    *log.line(a) = second;
    *log.line(b) = first;
}

/// A forged entry that is linked to entry `seq - 1`, as `seq`.
fn forged(log: &Log, seq: u64) -> Vec<u8> {
    seal(b"{\"kind\":\"approval.decided\",\"v\":1}", seq, &log.hash(seq - 1))
}

#[test]
fn an_edited_entry_is_named_by_its_number_and_byte() {
    Bench::new().table(&[
        Attack {
            name: "payload of the first",
            forge: |l| l.edit(1, "log.created", "log.creared"),
            says: EDITED,
            at: At::Line(1),
        },
        Attack { name: "payload in the middle", forge: |l| allow(l, 6), says: EDITED, at: At::Line(6) },
        Attack { name: "payload of the last", forge: |l| allow(l, 12), says: EDITED, at: At::Line(12) },
        Attack {
            name: "two entries",
            forge: |l| {
                allow(l, 7);
                allow(l, 10)
            },
            says: EDITED,
            at: At::Line(7),
        },
        Attack {
            name: "a member more",
            forge: |l| l.edit(6, "\"v\":1", "\"v\":1,\"x\":1"),
            says: EDITED,
            at: At::Line(6),
        },
        Attack {
            name: "hash of another entry",
            forge: |l| {
                let (a, b) = (l.hash(6), l.hash(7));
                l.edit(6, &a, &b)
            },
            says: EDITED,
            at: At::Line(6),
        },
        Attack {
            name: "prev of another entry",
            forge: |l| {
                let (a, b) = (l.hash(5), l.hash(4));
                l.edit(6, &a, &b)
            },
            says: PREV,
            at: At::Line(6),
        },
        Attack {
            name: "prev of the first",
            forge: |l| l.edit(1, "\"prev\":\"0", "\"prev\":\"1"),
            says: PREV,
            at: At::Line(1),
        },
        Attack {
            name: "a higher number",
            forge: |l| l.edit(6, "\"seq\":6", "\"seq\":7"),
            says: GAP,
            at: At::Line(6),
        },
        Attack {
            name: "a lower number",
            forge: |l| l.edit(6, "\"seq\":6", "\"seq\":5"),
            says: REPEAT,
            at: At::Line(6),
        },
        Attack {
            name: "number zero",
            forge: |l| l.edit(1, "\"seq\":1", "\"seq\":0"),
            says: &[("format", "tamper"), ("seq_repeat", "tamper")],
            at: At::Line(1),
        },
        Attack {
            name: "a number with a leading zero",
            forge: |l| l.edit(6, "\"seq\":6", "\"seq\":06"),
            says: &[("format", "tamper"), ("hash_mismatch", "tamper")],
            at: At::Line(6),
        },
        Attack {
            name: "a number beyond 64 bits",
            forge: |l| l.edit(6, "\"seq\":6", "\"seq\":18446744073709551622"),
            says: &[("format", "tamper"), ("seq_gap", "tamper")],
            at: At::Line(6),
        },
        Attack {
            name: "hash in capitals",
            forge: |l| {
                let h = l.hash(6);
                l.edit(6, &h, &h.to_uppercase())
            },
            says: &[("format", "tamper"), ("hash_mismatch", "tamper")],
            at: At::Line(6),
        },
        Attack {
            name: "hash one digit short",
            forge: |l| {
                let h = l.hash(6);
                l.edit(6, &h, &h[1..])
            },
            says: &[("format", "tamper")],
            at: At::Line(6),
        },
    ]);
}

#[test]
fn one_flipped_bit_anywhere_in_an_entry_is_named_at_that_entry() {
    let bench = Bench::new();
    for seq in [1, 6, ENTRIES] {
        let length = Log::sound().line(seq).len();
        // Every third byte, each with another bit.
        for byte in (0..length).step_by(3) {
            let mut log = Log::sound();
            let (segment, offset) = log.place(seq);
            log.line(seq)[byte] ^= 1 << (byte % 8);
            bench.put(&log);
            let ran = bench.verify(&[]);
            let fault = &ran.json()["fault"];
            // Without the line feed of the last entry, what is left of it was acknowledged and is cut.
            let said = (fault["class"].as_str(), fault["seq"].as_u64(), fault["offset"].as_u64());
            assert_eq!(
                (ran.code, said),
                (6, (Some("tamper"), Some(seq), Some(offset))),
                "byte {byte}: {ran:?}"
            );
            assert_eq!(fault["segment"], segment, "byte {byte}");
        }
    }
}

#[test]
fn an_entry_that_was_edited_and_hashed_anew_is_told_by_its_successor() {
    let edited = b"{\"kind\":\"call.done\",\"tool\":\"innocent\",\"v\":1}";
    let bench = Bench::new();
    for seq in 1..ENTRIES {
        let mut log = Log::sound();
        log.reseal(seq, edited);
        bench.broken(&format!("entry {seq}"), &log, PREV, At::Line(seq + 1));
    }
}

#[test]
fn a_deleted_entry_is_told_where_it_belongs() {
    Bench::new().table(&[
        Attack { name: "the first", forge: |l| delete(l, 1..=1), says: GAP, at: At::Line(1) },
        Attack { name: "one", forge: |l| delete(l, 6..=6), says: GAP, at: At::Line(6) },
        Attack { name: "the first of a segment", forge: |l| delete(l, 5..=5), says: GAP, at: At::Line(5) },
        Attack { name: "a range", forge: |l| delete(l, 6..=7), says: GAP, at: At::Line(6) },
        Attack { name: "all before", forge: |l| delete(l, 1..=3), says: GAP, at: At::Line(1) },
        Attack {
            name: "the last of a segment",
            forge: |l| delete(l, 4..=4),
            says: SHORT,
            at: At::Segment { seq: 4, first: 5 },
        },
        Attack {
            name: "a range over two segments",
            forge: |l| delete(l, 3..=6),
            says: SHORT,
            at: At::Segment { seq: 3, first: 5 },
        },
        Attack {
            name: "one, and the rest numbered anew",
            forge: |l| {
                delete(l, 6..=6);
                for seq in 7..=8 {
                    let at = usize::try_from(seq - 6).unwrap();
                    let text = String::from_utf8(l.holding(5).lines[at].clone()).unwrap();
                    l.holding(5).lines[at] =
                        text.replace(&format!("\"seq\":{seq}"), &format!("\"seq\":{}", seq - 1)).into_bytes();
                }
            },
            says: PREV,
            at: At::Line(6),
        },
    ]);
}

#[test]
fn an_inserted_entry_is_told_where_it_stands_or_by_the_one_it_displaced() {
    Bench::new().table(&[
        Attack {
            name: "a replay of the one before",
            forge: |l| {
                let line = l.line(5).clone();
                insert(l, 6, line)
            },
            says: REPEAT,
            at: At::Line(6),
        },
        Attack {
            name: "a replay of an old one",
            forge: |l| {
                let line = l.line(2).clone();
                insert(l, 11, line)
            },
            says: REPEAT,
            at: At::Line(11),
        },
        Attack {
            name: "a replay at the end",
            forge: |l| {
                let line = l.line(12).clone();
                l.push(&line)
            },
            says: REPEAT,
            at: At::Line(13),
        },
        // The forged one is linked well; the genuine one that follows has its number already.
        Attack {
            name: "a forged one",
            forge: |l| {
                let line = forged(l, 6);
                insert(l, 6, line)
            },
            says: REPEAT,
            at: At::Line(7),
        },
        Attack {
            name: "a forged one at the end of a segment",
            forge: |l| {
                let line = forged(l, 5);
                l.holding(4).lines.push(line)
            },
            says: REPEAT,
            at: At::Segment { seq: 6, first: 5 },
        },
        Attack {
            name: "two writers after the same entry",
            forge: |l| {
                let prev = l.hash(11);
                l.push(&seal(payload(99).as_bytes(), 12, &prev));
            },
            says: REPEAT,
            at: At::Line(13),
        },
        Attack {
            name: "a forged one with a number that is free",
            forge: |l| {
                let prev = l.hash(11);
                l.push(&seal(payload(99).as_bytes(), 13, &prev));
            },
            says: PREV,
            at: At::Line(13),
        },
    ]);
}

#[test]
fn another_order_is_told_at_the_first_that_was_displaced() {
    Bench::new().table(&[
        Attack { name: "neighbours", forge: |l| swap(l, 6, 7), says: GAP, at: At::Line(6) },
        Attack { name: "over segments", forge: |l| swap(l, 3, 10), says: GAP, at: At::Line(3) },
        Attack { name: "first and last", forge: |l| swap(l, 1, 12), says: GAP, at: At::Line(1) },
        Attack {
            name: "one moved back",
            forge: |l| {
                let line = l.line(7).clone();
                delete(l, 7..=7);
                insert(l, 6, line)
            },
            says: GAP,
            at: At::Line(6),
        },
        Attack {
            name: "payloads only",
            forge: |l| {
                l.edit(6, "tool_6", "tool_7");
                l.edit(7, "tool_7", "tool_6")
            },
            says: EDITED,
            at: At::Line(6),
        },
    ]);
}
