//! Files that were opened in an editor, converted, or filled up: the line is no longer the bytes that
//! were sealed. And lines without end, which must not fill the memory.

use super::forge::{ENTRIES, Log, Segment, hash_of, name, seal};
use super::judge::{At, Attack, Bench, Flaw};
use crate::harness::FLEET;
use std::io::Write as _;

const FORMAT: &[Flaw] = &[("format", "tamper")];
const EDITED: &[Flaw] = &[("format", "tamper"), ("hash_mismatch", "tamper")];
const CRLF: &[Flaw] = &[("crlf", "tamper"), ("format", "tamper")];
const BOM: &[Flaw] = &[("bom", "tamper"), ("format", "tamper")];
/// The second of two entries on one line is the one whose end is read.
const MERGED: &[Flaw] = &[("format", "tamper"), ("hash_mismatch", "tamper"), ("seq_gap", "tamper")];
const HUNDRED_MB: usize = 100 << 20;

/// What an editor or a converter makes of every line.
fn every(log: &mut Log, make: impl Fn(&str) -> Vec<u8>) {
    for segment in &mut log.segments {
        for line in &mut segment.lines {
            *line = make(std::str::from_utf8(line).unwrap());
        }
    }
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

#[test]
fn a_line_that_was_written_another_way_is_told_there() {
    Bench::new().table(&[
        Attack {
            name: "spaces after colons",
            forge: |l| every(l, |t| t.replace("\":", "\": ").into_bytes()),
            says: MERGED,
            at: At::Line(1),
        },
        Attack {
            name: "one entry over many lines",
            forge: |l| l.edit(6, ",\"kind\"", ",\n\"kind\""),
            says: FORMAT,
            at: At::Line(6),
        },
        Attack {
            name: "members in another order",
            forge: |l| {
                l.edit(
                    6,
                    "\"decision\":\"deny\",\"kind\":\"call.done\"",
                    "\"kind\":\"call.done\",\"decision\":\"deny\"",
                )
            },
            says: EDITED,
            at: At::Line(6),
        },
        Attack {
            name: "the chain's members first",
            forge: |l| {
                let h = l.hash(6);
                l.edit(6, &format!(",\"hash\":\"{h}\""), "");
                l.edit(6, "{", &format!("{{\"hash\":\"{h}\","))
            },
            says: FORMAT,
            at: At::Line(6),
        },
        Attack {
            name: "an escape",
            forge: |l| l.edit(6, "deny", "den\\u0079"),
            says: EDITED,
            at: At::Line(6),
        },
        Attack { name: "a trailing space", forge: |l| l.edit(6, "\n", " \n"), says: FORMAT, at: At::Line(6) },
        Attack {
            name: "a leading space",
            forge: |l| l.edit(6, "{\"d", " {\"d"),
            says: EDITED,
            at: At::Line(6),
        },
        Attack { name: "a comma after it", forge: |l| l.edit(6, "\n", ",\n"), says: FORMAT, at: At::Line(6) },
        Attack { name: "a NUL in it", forge: |l| l.edit(6, "deny", "de\0y"), says: EDITED, at: At::Line(6) },
        Attack {
            name: "a NUL before it",
            forge: |l| l.edit(6, "{\"d", "\0{\"d"),
            says: EDITED,
            at: At::Line(6),
        },
        Attack { name: "a NUL after it", forge: |l| l.edit(6, "\n", "\0\n"), says: FORMAT, at: At::Line(6) },
        Attack {
            name: "NULs instead of it",
            forge: |l| {
                let n = l.line(6).len();
                *l.line(6) = vec![0; n]
            },
            says: FORMAT,
            at: At::Line(6),
        },
        Attack {
            name: "a line of NULs",
            forge: |l| *l.line(6) = b"\0\0\0\0\n".to_vec(),
            says: FORMAT,
            at: At::Line(6),
        },
        Attack {
            name: "a blank line",
            forge: |l| l.edit(6, "{\"d", "\n{\"d"),
            says: FORMAT,
            at: At::Line(6),
        },
        Attack {
            name: "a blank line at the start",
            forge: |l| l.edit(1, "{\"k", "\n{\"k"),
            says: FORMAT,
            at: At::Line(1),
        },
        Attack { name: "a blank line at the end", forge: |l| l.push(b"\n"), says: FORMAT, at: At::Line(13) },
        Attack {
            name: "a comment",
            forge: |l| l.edit(6, "{\"d", "# note\n{\"d"),
            says: FORMAT,
            at: At::Line(6),
        },
        Attack {
            name: "other JSON",
            forge: |l| *l.line(6) = b"{\"kind\":\"call.done\"}\n".to_vec(),
            says: FORMAT,
            at: At::Line(6),
        },
        Attack {
            name: "two entries on one line",
            forge: |l| {
                l.line(6).pop();
            },
            says: MERGED,
            at: At::Line(6),
        },
        Attack { name: "one CRLF", forge: |l| l.edit(6, "\n", "\r\n"), says: CRLF, at: At::Line(6) },
        Attack {
            name: "CRLF everywhere",
            forge: |l| every(l, |t| t.replace('\n', "\r\n").into_bytes()),
            says: CRLF,
            at: At::Line(1),
        },
        Attack {
            name: "a byte order mark",
            forge: |l| l.edit(1, "{\"k", "\u{feff}{\"k"),
            says: BOM,
            at: At::Line(1),
        },
        Attack {
            name: "a byte order mark in a later segment",
            forge: |l| l.edit(5, "{\"d", "\u{feff}{\"d"),
            says: BOM,
            at: At::Line(5),
        },
        Attack { name: "UTF-16", forge: |l| every(l, utf16), says: FORMAT, at: At::Line(1) },
        Attack {
            name: "UTF-16 with its mark",
            forge: |l| {
                every(l, utf16);
                l.line(1).splice(0..0, [0xff, 0xfe]);
            },
            says: FORMAT,
            at: At::Line(1),
        },
    ]);
}

#[test]
fn a_carriage_return_alone_ends_no_line() {
    let mut log = Log::sound();
    every(&mut log, |t| t.replace('\n', "\r").into_bytes());
    let says = [("format", "tamper"), ("crlf", "tamper"), ("hash_mismatch", "tamper")];
    Bench::new().broken("CR only", &log, &says, At::Line(1));
}

/// Verifies with little address space: a line is not read whole to find that it is too long.
fn verify_in_bounds(bench: &Bench) -> crate::harness::Ran {
    let folder = bench.folder();
    let bounded = "ulimit -v 600000; exec \"$0\" \"$@\"";
    let args = ["-c", bounded, FLEET, "audit", "verify", folder.to_str().unwrap(), "--json"];
    let out = bench.world.process("sh", &args).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    crate::harness::Ran {
        code: out.status.code().unwrap_or(-1),
        stdout: text(out.stdout),
        stderr: text(out.stderr),
    }
}

#[test]
fn a_line_of_100_mb_is_told_in_bounded_memory() {
    let bench = Bench::new();
    let long = "x".repeat(HUNDRED_MB);
    let payload = format!("{{\"args\":\"{long}\"}}");
    let tail = |log: &Log| (ENTRIES + 1, log.hash(ENTRIES));
    type Line = fn(&str, &str, (u64, String)) -> Vec<u8>;
    let cases: [(&str, Line, &[Flaw]); 3] = [
        (
            "chained",
            |_, payload, (seq, prev)| seal(payload.as_bytes(), seq, &prev),
            &[("line_too_long", "tamper")],
        ),
        (
            "garbage",
            |long, _, _| format!("{long}\n").into_bytes(),
            &[("line_too_long", "tamper"), ("format", "tamper")],
        ),
        // No crash leaves more than one entry's length, so this may also be told as what it is.
        (
            "no line feed",
            |long, _, _| long.as_bytes().to_vec(),
            &[("torn_tail", "torn"), ("line_too_long", "tamper")],
        ),
    ];
    for (name, line, says) in cases {
        let mut log = Log::sound();
        let line = line(&long, &payload, tail(&log));
        bench.put(&log);
        let path = bench.folder().join(super::forge::name(9));
        std::fs::OpenOptions::new().append(true).open(path).unwrap().write_all(&line).unwrap();
        log.push(b"");
        bench.says(name, &log, &verify_in_bounds(&bench), says, At::Line(ENTRIES + 1));
    }
}

#[test]
fn an_entry_at_the_limit_is_sound_and_one_byte_more_is_not() {
    const LONGEST: usize = 256 * 1024;
    let bench = Bench::new();
    for more in [0, 1] {
        let mut log = Log::sound();
        let (seq, prev) = (ENTRIES + 1, log.hash(ENTRIES));
        let frame = seal(b"{\"args\":\"\"}", seq, &prev).len();
        let line =
            seal(format!("{{\"args\":\"{}\"}}", "x".repeat(LONGEST - frame + more)).as_bytes(), seq, &prev);
        assert_eq!(line.len(), LONGEST + more);
        // What follows an entry at the limit is found too.
        let next = seal(b"{\"v\":1}", seq + 1, &hash_of(&line));
        log.segments.push(Segment { first: seq, lines: vec![line, next] });
        if more == 0 {
            bench.sound("at the limit", &log);
        } else {
            bench.broken("beyond", &log, &[("line_too_long", "tamper")], At::Line(seq));
        }
    }
    assert!(bench.folder().join(name(ENTRIES + 1)).exists());
}
