//! A log as a forger sees it: lines in segments, and a head. Sealed here anew, byte by byte, so that the
//! format is tested and not the code that writes it.

use base64::Engine as _;
use fleet::canon::sha256;
use std::path::Path;

/// A log before it is put on disk.
#[derive(Debug, Clone)]
pub struct Log {
    pub segments: Vec<Segment>,
    pub head: Option<Vec<u8>>,
}

/// A file of the log: the number in its name, and its lines, each with its line feed.
#[derive(Debug, Clone)]
pub struct Segment {
    pub first: u64,
    pub lines: Vec<Vec<u8>>,
}

/// The id of every log that is made here.
pub const ID: &str = "0123456789abcdef0123456789abcdef";
/// How many entries the sound log has.
pub const ENTRIES: u64 = 12;

impl Log {
    /// Twelve entries in segments of four; `head` names the last.
    pub fn sound() -> Self {
        Self::of(ENTRIES, payload)
    }

    /// `n` entries in segments of four, with these payloads.
    pub fn of(n: u64, payload: impl Fn(u64) -> String) -> Self {
        let mut log = Self { segments: Vec::new(), head: None };
        for seq in 1..=n {
            if seq % 4 == 1 {
                log.segments.push(Segment { first: seq, lines: Vec::new() });
            }
            let prev = if seq == 1 { "0".repeat(64) } else { log.hash(seq - 1) };
            log.segments.last_mut().unwrap().lines.push(seal(payload(seq).as_bytes(), seq, &prev));
        }
        log.head_at(n);
        log
    }

    /// The line that is entry `seq` of a log whose lines are all in place.
    pub fn line(&mut self, seq: u64) -> &mut Vec<u8> {
        let segment = self.holding(seq);
        let nth = usize::try_from(seq - segment.first).unwrap();
        &mut segment.lines[nth]
    }

    /// The segment that holds entry `seq` of a log whose lines are all in place.
    pub fn holding(&mut self, seq: u64) -> &mut Segment {
        self.segments.iter_mut().rev().find(|s| s.first <= seq).unwrap()
    }

    /// The hash that entry `seq` says it has.
    pub fn hash(&self, seq: u64) -> String {
        hash_of(self.clone().line(seq))
    }

    /// The text of entry `seq`, for edits.
    pub fn text(&self, seq: u64) -> String {
        String::from_utf8(self.clone().line(seq).clone()).unwrap()
    }

    /// Replaces `from` in entry `seq`, which must be there.
    pub fn edit(&mut self, seq: u64, from: &str, to: &str) {
        let text = self.text(seq);
        assert!(text.contains(from), "{from} is not in {text}");
        *self.line(seq) = text.replacen(from, to, 1).into_bytes();
    }

    /// Puts `payload` at `seq`, sealed to what stands before it; what follows stays as it was.
    pub fn reseal(&mut self, seq: u64, payload: &[u8]) {
        let prev = if seq == 1 { "0".repeat(64) } else { self.hash(seq - 1) };
        *self.line(seq) = seal(payload, seq, &prev);
    }

    /// Puts `payload` at `seq` and seals everything after it anew, as its owner could.
    pub fn rechain(&mut self, seq: u64, payload: &[u8]) {
        self.reseal(seq, payload);
        for later in seq + 1..=ENTRIES {
            let text = self.text(later);
            let end = text.find(",\"seq\":").unwrap();
            self.reseal(later, format!("{}}}", &text[..end]).as_bytes());
        }
    }

    /// Lets `head` name entry `seq`.
    pub fn head_at(&mut self, seq: u64) {
        self.head = Some(head(ID, seq, &self.hash(seq)));
    }

    /// Keeps the first `n` entries; segments that become empty stay as empty files.
    pub fn cut(&mut self, n: u64) {
        for segment in &mut self.segments {
            let kept = (n + 1).saturating_sub(segment.first);
            segment.lines.truncate(usize::try_from(kept).unwrap());
        }
    }

    /// Adds bytes after the last line of the newest segment.
    pub fn push(&mut self, bytes: &[u8]) {
        self.segments.last_mut().unwrap().lines.push(bytes.to_vec());
    }

    /// The line that a writer would append next.
    pub fn next(&self) -> Vec<u8> {
        seal(payload(ENTRIES + 1).as_bytes(), ENTRIES + 1, &self.hash(ENTRIES))
    }

    /// Where the `n`th line starts, counted over all segments: its file and the byte there. One more
    /// than there are is the end of the newest segment.
    pub fn place(&self, n: u64) -> (String, u64) {
        let mut left = usize::try_from(n - 1).unwrap();
        for (at, segment) in self.segments.iter().enumerate() {
            if left < segment.lines.len() || at + 1 == self.segments.len() {
                let before: usize = segment.lines.iter().take(left).map(Vec::len).sum();
                return (name(segment.first), u64::try_from(before).unwrap());
            }
            left -= segment.lines.len();
        }
        (name(1), 0)
    }

    /// Writes the log into `folder`, which is made.
    pub fn put(&self, folder: &Path) {
        std::fs::create_dir(folder).unwrap();
        for segment in &self.segments {
            std::fs::write(folder.join(name(segment.first)), segment.lines.concat()).unwrap();
        }
        if let Some(head) = &self.head {
            std::fs::write(folder.join("head"), head).unwrap();
        }
    }
}

/// The name of the segment that starts at `first`.
pub fn name(first: u64) -> String {
    format!("{first:020}.jsonl")
}

/// The payload of entry `seq` of the sound log.
pub fn payload(seq: u64) -> String {
    let ts = format!("\"ts\":\"2026-01-01T00:00:{seq:02}.000000Z\",\"v\":1}}");
    if seq == 1 {
        format!("{{\"kind\":\"log.created\",\"log\":\"{ID}\",{ts}")
    } else {
        format!("{{\"decision\":\"deny\",\"kind\":\"call.done\",\"tool\":\"tool_{seq}\",{ts}")
    }
}

/// The line, with its line feed, that carries `payload` as entry `seq` after `prev`.
pub fn seal(payload: &[u8], seq: u64, prev: &str) -> Vec<u8> {
    let mut line = payload.strip_suffix(b"}").unwrap_or(payload).to_vec();
    line.extend_from_slice(format!(",\"seq\":{seq},\"prev\":\"{prev}").as_bytes());
    let hash = sha256(&line);
    line.extend_from_slice(format!("\",\"hash\":\"{hash}\"}}\n").as_bytes());
    line
}

/// The hash that a sealed line says it has.
pub fn hash_of(line: &[u8]) -> String {
    let end = line.len() - b"\"}\n".len();
    String::from_utf8(line[end - 64..end].to_vec()).unwrap()
}

/// The three lines of a head.
pub fn head(log: &str, seq: u64, hash: &str) -> Vec<u8> {
    let bytes: Vec<u8> =
        (0..32).map(|at| u8::from_str_radix(&hash[2 * at..2 * at + 2], 16).unwrap()).collect();
    let hash = base64::engine::general_purpose::STANDARD.encode(bytes);
    format!("fleet.local/audit/{log}\n{seq}\n{hash}\n").into_bytes()
}
