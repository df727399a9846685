//! What strace wrote, read back: calls as they begin and as they end.

/// System calls that change something somebody else can see, or wait for one that does.
pub const CHANGING: [&str; 31] = [
    "write",
    "writev",
    "pwrite64",
    "pwritev",
    "pwritev2",
    "sendfile",
    "copy_file_range",
    "fsync",
    "fdatasync",
    "sync_file_range",
    "ftruncate",
    "truncate",
    "rename",
    "renameat",
    "renameat2",
    "unlink",
    "unlinkat",
    "mkdir",
    "mkdirat",
    "rmdir",
    "link",
    "linkat",
    "symlinkat",
    "fchmod",
    "flock",
    "clone",
    "clone3",
    "vfork",
    "kill",
    "wait4",
    "exit_group",
];

/// A call that begins, or that ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub process: String,
    pub name: String,
    /// What stands between the parentheses; when a call ends that was written in two halves, the
    /// first half.
    pub text: String,
    /// None while it begins.
    pub result: Option<i64>,
}

/// Reads a trace of `strace -f`: each line starts with the number of a process.
pub fn events(trace: &str) -> Vec<Event> {
    let mut events: Vec<Event> = Vec::new();
    for line in trace.lines() {
        let Some((process, rest)) = line.split_once(' ') else { continue };
        let (process, rest) = (process.to_owned(), rest.trim_start());
        if let Some(rest) = rest.strip_prefix("<... ") {
            let Some((name, rest)) = rest.split_once(" resumed>") else { continue };
            let mut begun = events.iter().rev().filter(|e| e.process == process && e.name == name);
            let Some(text) = begun.find(|e| e.result.is_none()).map(|e| e.text.clone()) else { continue };
            events.push(Event { process, name: name.into(), text, result: Some(result(rest)) });
        } else if let Some((name, text)) = rest.split_once('(').filter(|(name, _)| !name.contains(' ')) {
            let begins = Event { process, name: name.into(), text: text.into(), result: None };
            let unfinished = text.ends_with("<unfinished ...>");
            let result = Some(result(text));
            events.push(begins.clone());
            if !unfinished {
                events.push(Event { result, ..begins });
            }
        }
    }
    events
}

/// What stands after the last ` = `; a call that did not come back has failed.
fn result(text: &str) -> i64 {
    let after = text.rsplit_once(" = ").map(|(_, after)| after).unwrap_or_default();
    after.split(|c: char| c.is_whitespace() || c == '<').next().and_then(|n| n.parse().ok()).unwrap_or(-1)
}

/// The path of the first descriptor: `5</path>, …`.
pub fn descriptor(text: &str) -> Option<(i64, &str)> {
    let (number, rest) = text.split_once('<')?;
    Some((number.parse().ok()?, rest.split_once('>')?.0))
}

/// The first string of the arguments, as bytes.
pub fn data(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut rest = text.split_once('"')?.1.bytes().peekable();
    loop {
        match rest.next()? {
            b'"' => return Some(bytes),
            b'\\' => bytes.push(match rest.next()? {
                b'n' => b'\n',
                b't' => b'\t',
                b'r' => b'\r',
                b'v' => 0x0b,
                b'f' => 0x0c,
                digit @ b'0'..=b'7' => {
                    let mut value = u32::from(digit - b'0');
                    for _ in 0..2 {
                        let Some(next @ b'0'..=b'7') = rest.peek().copied() else { break };
                        value = value * 8 + u32::from(next - b'0');
                        rest.next();
                    }
                    u8::try_from(value).ok()?
                }
                other => other,
            }),
            byte => bytes.push(byte),
        }
    }
}

#[test]
fn a_trace_reads_back() {
    let trace = "7  write(5</a/b>, \"x\\\"\\\\\\n\\0\\3012\", 7) = 7\n\
                 7  fdatasync(5</a/b> <unfinished ...>\n\
                 8  unlink(\"/c\") = -1 ENOENT (No such file or directory)\n\
                 7  <... fdatasync resumed>)            = 0\n\
                 8  +++ exited with 0 +++\n";
    let events = events(trace);
    let short: Vec<_> = events.iter().map(|e| (&*e.process, &*e.name, e.result)).collect();
    let write = [("7", "write", None), ("7", "write", Some(7)), ("7", "fdatasync", None)];
    assert_eq!(short[..3], write);
    assert_eq!(short[3..], [("8", "unlink", None), ("8", "unlink", Some(-1)), ("7", "fdatasync", Some(0))]);
    assert_eq!(descriptor(&events[0].text), Some((5, "/a/b")));
    assert_eq!(data(&events[0].text).unwrap(), b"x\"\\\n\0\xc12");
    assert_eq!(descriptor(&events[5].text), Some((5, "/a/b")));
}
