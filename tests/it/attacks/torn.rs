//! What `kill -9`, a full disk or a power cut leaves of the entry that was being written: no tampering,
//! and not whole either. The same cut in what was acknowledged is a forger's.

use super::forge::{ENTRIES, Log, hash_of, payload, seal};
use super::judge::{At, Attack, Bench, Flaw};

const TORN: &[Flaw] = &[("torn_tail", "torn")];
const CUT: &[Flaw] = &[("truncated", "tamper")];
const GLUED: &[Flaw] = &[("format", "tamper"), ("hash_mismatch", "tamper")];

/// Where a line of this length can be torn: its first byte, in the payload, in `prev`, in the hash, before
/// the brace, before the line feed.
fn cuts(length: usize) -> [usize; 7] {
    [1, 2, 30, length - 120, length - 40, length - 2, length - 1]
}

#[test]
fn an_entry_torn_anywhere_is_a_torn_tail_and_no_tampering() {
    let bench = Bench::new();
    let line = Log::sound().next();
    for cut in cuts(line.len()) {
        let mut log = Log::sound();
        log.push(&line[..cut]);
        bench.broken(&format!("after {cut} bytes"), &log, TORN, At::Line(ENTRIES + 1));
    }
    for nuls in [1, 4096] {
        let mut log = Log::sound();
        log.push(&vec![0; nuls]);
        bench.broken(&format!("{nuls} NULs"), &log, TORN, At::Line(ENTRIES + 1));
        let mut log = Log::sound();
        log.push(&[&line[..60], &vec![0; nuls]].concat());
        bench.broken(&format!("60 bytes and {nuls} NULs"), &log, TORN, At::Line(ENTRIES + 1));
    }
}

#[test]
fn the_same_cut_in_an_entry_that_the_head_covers_is_truncation() {
    let bench = Bench::new();
    let length = Log::sound().line(ENTRIES).len();
    for cut in cuts(length) {
        let mut log = Log::sound();
        log.line(ENTRIES).truncate(cut);
        bench.broken(&format!("after {cut} bytes"), &log, CUT, At::Line(ENTRIES));
    }
}

#[test]
fn the_first_entry_of_a_new_segment_may_be_torn_too() {
    let bench = Bench::new();
    let mut log = Log::sound();
    let line = log.next();
    log.segments.push(super::forge::Segment { first: ENTRIES + 1, lines: vec![line[..50].to_vec()] });
    bench.broken("fresh", &log, TORN, At::Line(ENTRIES + 1));
    log.segments.last_mut().unwrap().lines =
        vec![line.clone(), seal(payload(14).as_bytes(), 14, &hash_of(&line))];
    bench.sound("whole", &log);
    log.head = Some(super::forge::head(super::forge::ID, ENTRIES + 1, &hash_of(&line)));
    log.segments.last_mut().unwrap().lines = vec![line[..50].to_vec()];
    bench.broken("acknowledged", &log, CUT, At::Line(ENTRIES + 1));
}

#[test]
fn what_a_naive_writer_glued_onto_a_torn_line_or_began_anew_is_told() {
    Bench::new().table(&[
        Attack {
            name: "glued onto half a line",
            forge: |l| {
                let next = l.next();
                l.push(&[&next[..40], &next[..]].concat());
            },
            says: GLUED,
            at: At::Line(13),
        },
        Attack {
            name: "glued onto one byte",
            forge: |l| {
                let next = l.next();
                l.push(&[b"{", &next[..]].concat());
            },
            says: GLUED,
            at: At::Line(13),
        },
        Attack {
            name: "glued onto a line without its feed",
            forge: |l| {
                let next = l.next();
                l.push(&[&next[..next.len() - 1], &next[..]].concat());
            },
            says: GLUED,
            at: At::Line(13),
        },
        Attack {
            name: "glued onto NULs",
            forge: |l| {
                let next = l.next();
                l.push(&[&[0; 100][..], &next[..]].concat());
            },
            says: GLUED,
            at: At::Line(13),
        },
        Attack {
            name: "the torn line ended with a feed",
            forge: |l| {
                let next = l.next();
                l.push(&[&next[..40], b"\n"].concat());
            },
            says: GLUED,
            at: At::Line(13),
        },
        Attack {
            name: "a second first entry",
            forge: |l| {
                let first = l.line(1).clone();
                l.push(&first);
            },
            says: &[("seq_repeat", "tamper")],
            at: At::Line(13),
        },
        Attack {
            name: "a second first entry with the next number",
            forge: |l| {
                l.push(&seal(payload(1).as_bytes(), 13, &"0".repeat(64)));
            },
            says: &[("prev_mismatch", "tamper")],
            at: At::Line(13),
        },
        Attack {
            name: "a number left out after a full disk",
            forge: |l| {
                let next = seal(payload(14).as_bytes(), 14, &l.hash(12));
                l.push(&next);
            },
            says: &[("seq_gap", "tamper")],
            at: At::Line(13),
        },
    ]);
}
