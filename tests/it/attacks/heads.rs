//! What only `head` or an anchor tells: cut tails, rewritten futures, older copies, and a head that was
//! touched itself.

use super::forge::{ENTRIES, ID, Log, head, name, payload};
use super::judge::{At, Attack, Bench, Flaw};

const CUT: &[Flaw] = &[("truncated", "tamper")];
const OTHER: &[Flaw] = &[("head_mismatch", "tamper")];
const UNREAD: &[Flaw] = &[("head_invalid", "tamper")];

/// Another history of the same length.
fn forged(seq: u64) -> String {
    payload(seq).replace("tool_", "forged_")
}

/// The log as it was after `n` entries, with the head it had then.
fn older(n: u64) -> Log {
    let mut log = Log::sound();
    log.cut(n);
    log.segments.retain(|s| !s.lines.is_empty());
    log.head_at(n);
    log
}

#[test]
fn a_future_that_was_sealed_anew_is_told_by_the_head() {
    Bench::new().table(&[
        Attack {
            name: "the newest, edited and hashed anew",
            forge: |l| l.reseal(12, b"{\"v\":1}"),
            says: OTHER,
            at: At::Head(12),
        },
        Attack {
            name: "all, from the first",
            forge: |l| l.segments = Log::of(ENTRIES, forged).segments,
            says: OTHER,
            at: At::Head(12),
        },
        Attack {
            name: "all from the second",
            forge: |l| l.rechain(2, b"{\"v\":1}"),
            says: OTHER,
            at: At::Head(12),
        },
        Attack {
            name: "all from the middle",
            forge: |l| l.rechain(7, b"{\"v\":1}"),
            says: OTHER,
            at: At::Head(12),
        },
        Attack {
            name: "a longer future",
            forge: |l| {
                l.rechain(7, b"{\"v\":1}");
                let next = l.next();
                l.push(&next);
            },
            says: OTHER,
            at: At::Head(12),
        },
        Attack {
            name: "the same history under another id",
            forge: |l| l.rechain(1, payload(1).replace("0123", "3210").as_bytes()),
            says: OTHER,
            at: At::Head(12),
        },
    ]);
}

#[test]
fn a_cut_tail_is_told_by_the_head_at_the_first_lost_entry() {
    Bench::new().table(&[
        Attack { name: "by one line", forge: |l| l.cut(11), says: CUT, at: At::Line(12) },
        Attack { name: "to one line of the last segment", forge: |l| l.cut(9), says: CUT, at: At::Line(10) },
        Attack { name: "the last segment emptied", forge: |l| l.cut(8), says: CUT, at: At::Line(9) },
        Attack {
            name: "the last segment gone",
            forge: |l| drop(l.segments.pop()),
            says: CUT,
            at: At::Line(9),
        },
        Attack { name: "two segments gone", forge: |l| l.segments.truncate(1), says: CUT, at: At::Line(5) },
        Attack {
            name: "to the first entry",
            forge: |l| {
                l.segments.truncate(1);
                l.cut(1)
            },
            says: CUT,
            at: At::Line(2),
        },
        Attack {
            name: "one segment left, emptied",
            forge: |l| {
                l.segments.truncate(1);
                l.cut(0)
            },
            says: CUT,
            at: At::Line(1),
        },
        Attack { name: "every segment gone", forge: |l| l.segments.clear(), says: CUT, at: At::Line(1) },
    ]);
}

#[test]
fn a_log_that_is_gone_with_its_head_is_missing() {
    let bench = Bench::new();
    let mut log = Log::sound();
    log.segments.clear();
    log.head = None;
    bench.broken("an empty folder", &log, &[("missing", "missing")], At::Head(1));
    std::fs::remove_dir(bench.folder()).unwrap();
    bench.says("no folder", &log, &bench.verify(&[]), &[("missing", "missing")], At::Head(1));
    assert!(!bench.folder().exists(), "a verifier makes nothing");
}

#[test]
fn an_older_copy_is_told_by_the_head_and_with_its_own_head_by_an_anchor_alone() {
    let bench = Bench::new();
    let sound = Log::sound();
    for n in [1, 4, 6, 11] {
        let copy = older(n);
        let with_new_head = Log { head: sound.head.clone(), ..copy.clone() };
        bench.broken(&format!("{n} entries under the new head"), &with_new_head, CUT, At::Line(n + 1));
        bench.sound(&format!("{n} entries under their own head"), &copy);
        let anchor = format!("{ENTRIES}:{}", sound.hash(ENTRIES));
        bench.says("anchored", &copy, &bench.verify(&["--anchor", &anchor]), CUT, At::Line(n + 1));
    }
}

#[test]
fn a_rewritten_log_under_a_rewritten_head_is_told_by_an_anchor_alone() {
    let bench = Bench::new();
    let sound = Log::sound();
    let mut log = sound.clone();
    log.rechain(5, b"{\"v\":1}");
    log.head_at(ENTRIES);
    bench.sound("not anchored", &log);
    let anchor = |seq: u64| format!("{seq}:{}", sound.hash(seq));
    for seq in [5, 9, ENTRIES] {
        let ran = bench.verify(&["--anchor", &anchor(seq)]);
        bench.says("anchored after the edit", &log, &ran, &[("anchor_mismatch", "tamper")], At::Head(seq));
    }
    assert_eq!(bench.verify(&["--anchor", &anchor(4)]).code, 0, "an anchor before the edit tells nothing");
    // Two anchors around an edit say where it is.
    let ran = bench.verify(&["--anchor", &anchor(4), "--anchor", &anchor(9)]);
    bench.says("between two anchors", &log, &ran, &[("anchor_mismatch", "tamper")], At::Head(9));
}

#[test]
fn genuine_anchors_are_met_and_malformed_ones_are_a_usage_error() {
    let bench = Bench::new();
    let log = Log::sound();
    bench.put(&log);
    for seq in 1..=ENTRIES {
        assert_eq!(bench.verify(&["--anchor", &format!("{seq}:{}", log.hash(seq))]).code, 0, "{seq}");
    }
    for bad in ["", "12", "12:", ":00", "0:00", "12:xyz"] {
        assert_eq!(bench.verify(&["--anchor", bad]).code, 2, "{bad:?}");
    }
}

#[test]
fn a_head_that_is_gone_or_garbage_or_names_something_else_is_told() {
    Bench::new().table(&[
        Attack {
            name: "gone",
            forge: |l| l.head = None,
            says: &[("head_missing", "missing")],
            at: At::Nowhere,
        },
        Attack { name: "empty", forge: |l| l.head = Some(Vec::new()), says: UNREAD, at: At::Nowhere },
        Attack {
            name: "garbage",
            forge: |l| l.head = Some(b"garbage".to_vec()),
            says: UNREAD,
            at: At::Nowhere,
        },
        Attack { name: "not text", forge: |l| l.head = Some(vec![0xff; 90]), says: UNREAD, at: At::Nowhere },
        Attack {
            name: "too long",
            forge: |l| l.head = Some(vec![b'x'; 1 << 20]),
            says: UNREAD,
            at: At::Nowhere,
        },
        Attack {
            name: "cut",
            forge: |l| {
                l.head.as_mut().unwrap().pop();
            },
            says: UNREAD,
            at: At::Nowhere,
        },
        Attack {
            name: "a line more",
            forge: |l| l.head.as_mut().unwrap().extend_from_slice(b"more\n"),
            says: UNREAD,
            at: At::Nowhere,
        },
        Attack {
            name: "a lower number",
            forge: |l| l.head = Some(head(ID, 11, &l.hash(12))),
            says: OTHER,
            at: At::Head(11),
        },
        Attack {
            name: "another hash",
            forge: |l| l.head = Some(head(ID, 12, &l.hash(11))),
            says: OTHER,
            at: At::Head(12),
        },
        Attack {
            name: "another log",
            forge: |l| l.head = Some(head(&"f".repeat(32), 12, &l.hash(12))),
            says: OTHER,
            at: At::Head(12),
        },
        Attack {
            name: "leading",
            forge: |l| l.head = Some(head(ID, 13, &l.hash(12))),
            says: CUT,
            at: At::Line(13),
        },
        Attack {
            name: "leading by far",
            forge: |l| l.head = Some(head(ID, u64::MAX, &l.hash(12))),
            says: CUT,
            at: At::Line(13),
        },
    ]);
}

#[test]
fn one_flipped_bit_anywhere_in_the_head_is_told() {
    let bench = Bench::new();
    let sound = Log::sound();
    for byte in 0..sound.head.as_ref().unwrap().len() {
        for bit in [0, 1, 5] {
            let mut log = sound.clone();
            log.head.as_mut().unwrap()[byte] ^= 1 << bit;
            bench.put(&log);
            let ran = bench.verify(&[]);
            let kind = ran.json()["fault"]["kind"].as_str().unwrap_or_default().to_owned();
            let known = ["head_invalid", "head_mismatch", "truncated"].contains(&kind.as_str());
            assert!(ran.code == 6 && known, "byte {byte}, bit {bit}: {ran:?}");
        }
    }
}

#[test]
fn a_head_that_is_no_file_is_told_without_hanging_and_nothing_is_made() {
    let bench = Bench::new();
    let elsewhere = bench.world.root().join("elsewhere");
    std::fs::write(&elsewhere, Log::sound().head.unwrap()).unwrap();
    for (what, target) in super::places::STRANGERS {
        bench.put(&Log { head: None, ..Log::sound() });
        super::places::stranger(what, target, &bench.folder().join("head"), &elsewhere);
        let before = super::places::listing(bench.world.root());
        let ran = bench.verify(&[]);
        let fault = &ran.json()["fault"];
        let kind = fault["kind"].as_str().unwrap_or_default();
        let told =
            ["head_invalid", "head_unreadable", "head_missing", "symlink", "not_regular"].contains(&kind);
        assert!(ran.code == 6 && told, "{what}: {ran:?}");
        assert_eq!(super::places::listing(bench.world.root()), before, "{what}");
    }
    assert!(bench.folder().join(name(1)).exists());
}
