//! Any bytes as a log: verifying never panics, and says that it is whole only if a check that is as
//! plain as can be says so, too. The first byte chooses between the bytes as they are and payloads that
//! are sealed into a chain, so that what comes after the hashes is reached.
#![no_main]

use fleet::audit::{Against, chain, verify};
use fleet::canon;
use std::io::Write as _;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((choice, rest)) = bytes.split_first() else { return };
    let mut log = if choice % 2 == 0 { rest.to_vec() } else { sealed(rest) };
    // A line without its end is waited for; seldom, or this would look at little else.
    if *choice < 250 && log.last().is_some_and(|b| *b != b'\n') {
        log.push(b'\n');
    }
    let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder");
    let segment = folder.path().join("00000000000000000001.jsonl");
    std::fs::File::create(segment).and_then(|mut f| f.write_all(&log)).expect("a segment");
    let whole = plain(&log);
    if let Some((id, seq, hash)) = &whole {
        std::fs::write(
            folder.path().join("head"),
            format!("fleet.local/audit/{id}\n{seq}\n{}\n", base64(hash)),
        )
        .expect("a head");
    }
    let report = verify(folder.path(), &Against::default());
    assert_eq!(report.ok, whole.is_some(), "{report:?}");
    if let Some((_, seq, hash)) = whole {
        assert_eq!((report.entries, report.head.map(|h| h.to_string())), (seq, Some(hash)));
    }
});

/// Each line of `bytes` as the payload of an entry.
fn sealed(bytes: &[u8]) -> Vec<u8> {
    let id = "0".repeat(32);
    let mut prev = fleet::call::Digest::parse(&"0".repeat(64)).expect("zeros");
    let (first, hash) = chain::seal(&format!("{{\"log\":\"{id}\"}}"), 1, &prev);
    prev = hash;
    let mut out = first.into_bytes();
    out.push(b'\n');
    for (nth, line) in bytes.split(|b| *b == b'\n').take(20).enumerate() {
        let Ok(payload) = std::str::from_utf8(line) else { continue };
        let (line, hash) = chain::seal(payload, nth as u64 + 2, &prev);
        prev = hash;
        out.extend_from_slice(line.as_bytes());
        out.push(b'\n');
    }
    out
}

/// The log's id, its last number and hash, if every line is what it must be.
fn plain(log: &[u8]) -> Option<(String, u64, String)> {
    let text = std::str::from_utf8(log).ok()?;
    let lines = text.strip_suffix('\n')?.split('\n');
    let (mut prev, mut id, mut last) = ("0".repeat(64), String::new(), 0);
    for (nth, line) in lines.enumerate() {
        let seq = nth as u64 + 1;
        if line.len() >= chain::LONGEST {
            return None;
        }
        let (covered, tail) = line.split_at_checked(line.len().checked_sub(76)?)?;
        let hash = canon::sha256(covered.as_bytes()).to_string();
        if tail != format!("\",\"hash\":\"{hash}\"}}") {
            return None;
        }
        let open = covered.strip_suffix(&format!(",\"seq\":{seq},\"prev\":\"{prev}"))?;
        let payload = format!("{open}}}");
        let value = canon::parse(payload.as_bytes()).ok()?;
        let members = value.as_object()?;
        let good = |name: &String| {
            let mut letters = name.chars();
            letters.next().is_some_and(|c| c.is_ascii_lowercase())
                && letters.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
                && !["seq", "prev", "hash"].contains(&name.as_str())
        };
        if canon::canonical(&value).ok()? != payload || members.is_empty() || !members.keys().all(good) {
            return None;
        }
        if seq == 1 {
            id = members.get("log")?.as_str()?.to_owned();
            if id.len() != 32 || !id.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
                return None;
            }
        }
        (prev, last) = (hash, seq);
    }
    Some((id, last, prev))
}

fn base64(hex: &str) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bytes: Vec<u32> =
        (0..32).map(|n| u32::from_str_radix(&hex[2 * n..2 * n + 2], 16).expect("hex")).collect();
    let mut out = String::new();
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0, |all, b| all << 8 | b) << (8 * (3 - group.len()));
        for n in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * n) & 63) as usize] as char;
            out.push(if n <= group.len() { letter } else { '=' });
        }
    }
    out
}
