use super::*;
use crate::audit::chain;
use crate::audit::head::{self, Head};
use crate::audit::segment;
use crate::canon::zero;
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
    let head = Head { log: "0".repeat(32), seq: link.seq, hash: link.digest().unwrap() };
    std::fs::write(head::path(folder), head.text()).unwrap();
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

fn check(folder: &Path, anchors: &[Anchor]) -> Report {
    verify(folder, &Against { anchors, ..Against::default() })
}

fn anchor(seq: u64, hash: &Digest) -> Anchor {
    Anchor { seq, hash: hash.clone(), log: None }
}

fn fault(dir: &tempfile::TempDir) -> (&'static str, &'static str, u64, u64) {
    let report = check(dir.path(), &[]);
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
    let report = check(dir.path(), &[]);
    assert_eq!((report.ok, report.entries, report.fault, report.warnings.len()), (true, 5, None, 0));
}

#[test]
fn a_look_that_is_stopped_calls_no_log_whole() {
    let (dir, _) = log(5);
    let against = |stop| Against { stop: Some(stop), ..Against::default() };
    let report = verify(dir.path(), &against(&|| true));
    assert_eq!((report.ok, report.fault.map(|fault| fault.kind)), (false, Some("stopped")));
    assert!(verify(dir.path(), &against(&|| false)).ok);
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
        let prev = chain::link(l[1].trim_end().as_bytes()).unwrap().digest().unwrap();
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
    assert!(check(dir.path(), &[]).ok);
    let genuine = chain::link(lines(5, "x")[3].trim_end().as_bytes()).unwrap().digest().unwrap();
    let report = check(dir.path(), &[anchor(4, &genuine)]);
    assert_eq!(report.fault.map(|f| (f.kind, f.seq)), Some(("anchor_mismatch", 4)));
    let report = check(dir.path(), &[anchor(9, &genuine)]);
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
        let prev = chain::link(all[1].trim_end().as_bytes()).unwrap().digest().unwrap();
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
    assert_eq!((fault(&dir).0, fault(&dir).2), ("format", 2));
    edit(&file, |mut l| {
        let prev = chain::link(l[0].trim_end().as_bytes()).unwrap().digest().unwrap();
        let payload = format!("{{\"kind\":\"x\",\"reason\":\"{}\"}}", "x".repeat(1_000_000));
        l[1] = chain::seal(&payload, 2, &prev).0 + "\n";
        l
    });
    assert_eq!((fault(&dir).0, fault(&dir).2), ("line_too_long", 2));
    let (dir, file) = log(3);
    edit(&file, |mut l| {
        l.push("x".repeat(1_000_000));
        l
    });
    assert_eq!((fault(&dir).0, fault(&dir).1, fault(&dir).2), ("torn_tail", "torn", 4));
}

/// A log of several parts, whose seams lie within lines, at line ends and between segments.
#[test]
fn a_log_of_many_parts_is_judged_as_one_of_one_part() {
    let dir = tempfile::tempdir().unwrap();
    let (mut prev, mut all, mut starts) = (zero(), Vec::new(), Vec::new());
    let mut seq = 0;
    while all.len() < 5 << 20 {
        seq += 1;
        // Lines of many lengths, now and then as long as a line can be.
        let long = if seq % 40 == 0 { 200_000 } else { seq as usize * 7919 % 3000 };
        let log = if seq == 1 { format!("\"log\":\"{}\",", "0".repeat(32)) } else { String::new() };
        let payload = format!("{{\"kind\":\"x\",{log}\"reason\":\"{}\",\"v\":1}}", "r".repeat(long));
        let (line, hash) = chain::seal(&payload, seq, &prev);
        prev = hash;
        starts.push(all.len());
        all.extend_from_slice(line.as_bytes());
        all.push(b'\n');
    }
    let head = Head { log: "0".repeat(32), seq, hash: prev };
    std::fs::write(head::path(dir.path()), head.text()).unwrap();
    let path = dir.path().join(segment::name(1));
    let judged = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        let report = check(dir.path(), &[]);
        let size = bytes.len() as u64;
        let one = part::judge(
            &path,
            part::Range { from: 0, to: size, size, at_line: true },
            &[],
            &mut part::Kept::default(),
        );
        assert_eq!(report.entries, one.count);
        let flaw = match one.fault {
            Some(part::Trouble::Flaw((kind, _))) => Some((kind, one.end)),
            Some(part::Trouble::Unfinished) => Some(("truncated", one.end)),
            None => None,
        };
        assert_eq!(report.fault.as_ref().map(|f| (f.kind, f.offset)), flaw);
        report
    };
    assert_eq!((judged(&all).ok, judged(&all).entries), (true, seq));
    // One byte changed in many places, those around the parts' seams among them.
    let seams = (1..5).flat_map(|n| [(n << 20) - 1, n << 20, (n << 20) + 1]);
    let anywhere = (0..60).map(|n| n * 86_413 % all.len());
    for at in seams.chain(anywhere) {
        let mut bytes = all.clone();
        bytes[at] ^= 1;
        let line = starts.partition_point(|start| *start <= at) as u64;
        let report = judged(&bytes);
        let named = report.fault.unwrap().seq;
        assert!(named == line || named == line + 1, "byte {at} of entry {line}: entry {named}");
    }
    // A line taken out where a part begins.
    for seam in 1..5_usize {
        let nth = starts.partition_point(|start| *start < seam << 20);
        let bytes = [&all[..starts[nth]], &all[starts[nth + 1]..]].concat();
        let fault = judged(&bytes).fault.unwrap();
        assert_eq!((fault.kind, fault.seq), ("seq_gap", nth as u64 + 1));
    }
}
