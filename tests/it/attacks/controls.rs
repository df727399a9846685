//! What looks odd and is sound: a verifier that cries wolf is turned off.

use super::forge::{self, ENTRIES, Log, Segment, payload, seal};
use super::judge::Bench;
use crate::harness::{Ran, World};
use serde_json::json;
use std::os::unix::fs::FileExt as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

#[test]
fn a_sound_log_is_sound_and_its_newest_hash_is_told() {
    let bench = Bench::new();
    let log = Log::sound();
    let report = bench.sound("as it is", &log);
    assert_eq!((report["entries"].as_u64(), report["head"].as_str()), (Some(12), Some(&*log.hash(12))));
    assert_eq!(report["warnings"], json!([]));
}

#[test]
fn a_clock_that_goes_back_is_a_warning_and_no_fault() {
    let bench = Bench::new();
    let back = |seq: u64| payload(seq).replace("2026", if seq == 7 { "2025" } else { "2026" });
    let report = bench.sound("one second", &Log::of(ENTRIES, back));
    assert!(!report["warnings"].as_array().unwrap().is_empty(), "{report}");
    let unread = |seq: u64| payload(seq).replace("2026-01-01T", "yesterday ");
    bench.sound("a stamp that does not read", &Log::of(ENTRIES, unread));
}

#[test]
fn a_head_that_lags_is_sound() {
    let bench = Bench::new();
    for seq in 1..=ENTRIES {
        let mut log = Log::sound();
        log.head_at(seq);
        bench.sound(&format!("head at {seq}"), &log);
    }
    let mut log = Log::sound();
    let next = log.next();
    log.push(&next);
    assert_eq!(bench.sound("an entry beyond it", &log)["entries"], 13);
}

#[test]
fn odd_characters_and_unknown_members_are_sound() {
    let odd = "\u{2028}\u{2029}\u{feff}\\u0000\\u001b\u{7f}\u{202e}\u{1f600}";
    let of = |seq: u64| match seq {
        1 => payload(1),
        _ => format!("{{\"args\":{{\"{odd}\":\"{odd}\"}},\"kind\":\"not.known\",\"zzz_{seq}\":[1,{{}}]}}"),
    };
    assert_eq!(Bench::new().sound("odd", &Log::of(ENTRIES, of))["entries"], 12);
}

#[test]
fn an_empty_newest_segment_after_a_roll_over_is_sound() {
    let bench = Bench::new();
    let mut log = Log::sound();
    log.segments.push(Segment { first: ENTRIES + 1, lines: Vec::new() });
    assert_eq!(bench.sound("just made", &log)["entries"], 12);
    // Whoever made it was ended, and the next entry went into it.
    let line = seal(payload(13).as_bytes(), 13, &log.hash(12));
    log.segments.last_mut().unwrap().lines.push(line);
    assert_eq!(bench.sound("in use", &log)["entries"], 13);
}

#[test]
fn a_log_of_one_entry_and_a_log_of_many_segments_are_sound() {
    let bench = Bench::new();
    assert_eq!(bench.sound("one entry", &Log::of(1, payload))["entries"], 1);
    let mut log = Log::of(200, payload);
    assert_eq!(bench.sound("fifty segments", &log)["entries"], 200);
    let lines = log.segments.iter().flat_map(|s| s.lines.clone()).collect();
    log.segments = vec![Segment { first: 1, lines }];
    assert_eq!(bench.sound("all in one", &log)["entries"], 200);
}

/// Runs `meanwhile` again and again on other threads for as long as `check` takes.
fn while_others<T>(threads: usize, meanwhile: impl Fn() + Sync, check: impl FnOnce() -> T) -> T {
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    meanwhile();
                }
            });
        }
        let checked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(check));
        stop.store(true, Ordering::Relaxed);
        checked.unwrap_or_else(|why| std::panic::resume_unwind(why))
    })
}

/// A home to which two processes append without end, and how each of `rounds` verifications of it ended.
fn verified_while_growing(rounds: usize, verify: &[&str]) -> Vec<Ran> {
    let world = World::new();
    std::fs::write(world.at("a"), "x").unwrap();
    let folder = world.data().join("audit");
    let args: Vec<_> =
        verify.iter().map(|a| if *a == "DIR" { folder.to_str().unwrap() } else { a }).collect();
    let append = || assert_eq!(world.call("files_read", json!({"path": world.at("a")})).0, 0);
    let all = while_others(2, append, || (0..rounds).map(|_| world.fleet(&args)).collect());
    assert!(world.count("call.done") > 20, "nothing was appended meanwhile");
    world.verify();
    all
}

#[test]
fn a_home_is_sound_while_others_append_to_it() {
    for ran in verified_while_growing(60, &["audit", "verify", "--json"]) {
        assert_eq!((ran.code, ran.json()["ok"].as_bool()), (0, Some(true)), "{ran:?}");
    }
}

#[test]
fn a_folder_is_not_called_forged_while_others_append_to_it() {
    for ran in verified_while_growing(150, &["audit", "verify", "DIR", "--json"]) {
        // No lock is taken for a folder: half of an entry that is being written may be seen as what it
        // is, and never as tampering.
        let class = ran.json()["fault"]["class"].as_str().map(str::to_owned);
        assert!(ran.code == 0 || class.as_deref() == Some("torn"), "{ran:?}");
    }
}

#[test]
fn a_head_that_is_written_while_it_is_read_is_no_forgery() {
    let bench = Bench::new();
    let log = Log::sound();
    bench.put(&log);
    let head = std::fs::OpenOptions::new().write(true).open(bench.folder().join("head")).unwrap();
    // Written in place, as every append does: each of these heads is one that the log had.
    let heads: Vec<_> = (10..=ENTRIES).map(|seq| forge::head(forge::ID, seq, &log.hash(seq))).collect();
    let write = || {
        for text in &heads {
            head.write_all_at(text, 0).unwrap();
            std::thread::sleep(Duration::from_micros(100));
        }
    };
    for ran in while_others(1, write, || (0..300).map(|_| bench.verify(&[])).collect::<Vec<_>>()) {
        assert_eq!((ran.code, ran.json()["ok"].as_bool()), (0, Some(true)), "{ran:?}");
    }
}
