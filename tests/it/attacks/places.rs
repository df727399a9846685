//! Segments that are missing, in each other's place, or no files at all.

use super::forge::{Log, Segment};
use super::judge::{At, Attack, Bench, Flaw};
use std::path::{Path, PathBuf};

const MISSING: &[Flaw] = &[("missing_segment", "missing"), ("missing_segment", "tamper")];
const GAP: &[Flaw] = &[("seq_gap", "tamper")];
const REPEAT: &[Flaw] = &[("seq_repeat", "tamper")];
const FORMAT: &[Flaw] = &[("format", "tamper")];
/// A segment is there and ends early: told at its end or at the name of its successor.
const SHORT: &[Flaw] = &[
    ("seq_gap", "tamper"),
    ("format", "tamper"),
    ("missing_segment", "missing"),
    ("missing_segment", "tamper"),
];

/// What can stand in place of a file, and where a link then leads.
pub const STRANGERS: [(&str, &str); 5] =
    [("link", "genuine"), ("link", "nowhere"), ("link", "/dev/zero"), ("folder", ""), ("fifo", "")];

/// Puts what is no file at `place`; a link to `genuine` leads to `file`.
pub fn stranger(what: &str, target: &str, place: &Path, file: &Path) {
    match (what, target) {
        ("link", "genuine") => std::os::unix::fs::symlink(file, place).unwrap(),
        ("link", target) => std::os::unix::fs::symlink(target, place).unwrap(),
        ("folder", _) => std::fs::create_dir(place).unwrap(),
        _ => assert!(std::process::Command::new("mkfifo").arg(place).status().unwrap().success()),
    }
}

/// Every name below `folder`: to see that nothing was made.
pub fn listing(folder: &Path) -> Vec<PathBuf> {
    let mut all: Vec<_> = walkdir::WalkDir::new(folder).into_iter().map(|e| e.unwrap().into_path()).collect();
    all.sort();
    all
}

fn swap(log: &mut Log, a: usize, b: usize) {
    let lines = log.segments[a].lines.clone();
    log.segments[a].lines = std::mem::replace(&mut log.segments[b].lines, lines);
}

#[test]
fn segments_that_are_missing_swapped_or_there_twice_are_told_at_the_first_gap() {
    Bench::new().table(&[
        Attack {
            name: "the first is missing",
            forge: |l| drop(l.segments.remove(0)),
            says: MISSING,
            at: At::Segment { seq: 1, first: 5 },
        },
        Attack {
            name: "the middle is missing",
            forge: |l| drop(l.segments.remove(1)),
            says: MISSING,
            at: At::Segment { seq: 5, first: 9 },
        },
        Attack {
            name: "renamed to a later number",
            forge: |l| l.segments[2].first = 10,
            says: MISSING,
            at: At::Segment { seq: 9, first: 10 },
        },
        Attack {
            name: "renamed to an earlier number",
            forge: |l| l.segments[2].first = 8,
            says: REPEAT,
            at: At::Segment { seq: 9, first: 8 },
        },
        Attack { name: "first and middle swapped", forge: |l| swap(l, 0, 1), says: GAP, at: At::Line(1) },
        Attack { name: "middle and last swapped", forge: |l| swap(l, 1, 2), says: GAP, at: At::Line(5) },
        Attack {
            name: "the first twice",
            forge: |l| l.segments[1].lines = l.segments[0].lines.clone(),
            says: REPEAT,
            at: At::Line(5),
        },
        Attack {
            name: "the middle again at the end",
            forge: |l| {
                let lines = l.segments[1].lines.clone();
                l.segments.push(Segment { first: 13, lines });
            },
            says: REPEAT,
            at: At::Line(13),
        },
        Attack {
            name: "the middle again under a number within it",
            forge: |l| {
                let lines = l.segments[1].lines[1..].to_vec();
                l.segments.insert(2, Segment { first: 6, lines });
            },
            says: REPEAT,
            at: At::Segment { seq: 9, first: 6 },
        },
    ]);
}

#[test]
fn a_middle_segment_that_was_emptied_or_torn_is_told_there() {
    Bench::new().table(&[
        Attack {
            name: "emptied",
            forge: |l| l.segments[1].lines.clear(),
            says: SHORT,
            at: At::Segment { seq: 5, first: 5 },
        },
        Attack {
            name: "the first emptied",
            forge: |l| l.segments[0].lines.clear(),
            says: SHORT,
            at: At::Segment { seq: 1, first: 1 },
        },
        Attack { name: "torn in a line", forge: |l| l.line(8).truncate(40), says: FORMAT, at: At::Line(8) },
        Attack {
            name: "torn in a line, the rest gone",
            forge: |l| {
                l.line(6).truncate(40);
                l.segments[1].lines.truncate(2)
            },
            says: FORMAT,
            at: At::Line(6),
        },
        Attack {
            name: "without its last line feed",
            forge: |l| {
                l.line(8).pop();
            },
            says: FORMAT,
            at: At::Line(8),
        },
        Attack {
            name: "with a torn line more",
            forge: |l| l.segments[1].lines.push(b"{\"kind\":".to_vec()),
            says: FORMAT,
            at: At::Line(9),
        },
    ]);
}

#[test]
fn what_is_no_file_in_place_of_a_segment_is_told_without_hanging_and_nothing_is_made() {
    let bench = Bench::new();
    let elsewhere = bench.world.root().join("elsewhere");
    for first in [1, 5, 9] {
        for (what, target) in STRANGERS {
            let mut log = Log::sound();
            bench.put(&log);
            std::fs::write(&elsewhere, log.holding(first).lines.concat()).unwrap();
            let place = bench.folder().join(super::forge::name(first));
            std::fs::remove_file(&place).unwrap();
            stranger(what, target, &place, &elsewhere);
            let before = listing(bench.world.root());
            let kind = if what == "link" { "symlink" } else { "not_regular" };
            let says = [(kind, "environment")];
            let name = format!("{what} {target} for {first}");
            bench.says(&name, &log, &bench.verify(&[]), &says, At::Segment { seq: first, first });
            assert_eq!(listing(bench.world.root()), before, "{name}");
        }
    }
}

#[test]
fn what_is_no_folder_in_place_of_the_log_is_no_log() {
    let bench = Bench::new();
    for (what, target) in STRANGERS.into_iter().filter(|(what, _)| *what != "folder") {
        let _ = std::fs::remove_file(bench.folder());
        stranger(what, target, &bench.folder(), &bench.world.root().join("user"));
        let before = listing(bench.world.root());
        let ran = bench.verify(&[]);
        assert_eq!((ran.code, ran.json()["ok"].as_bool()), (6, Some(false)), "{what} {target}: {ran:?}");
        assert_eq!(listing(bench.world.root()), before, "{what} {target}");
    }
}
