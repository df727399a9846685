//! System calls, traced: no answer leaves before its entry is on the disk.

use super::client::{Client, text};
use crate::harness::{FLEET, World};
use serde_json::json;
use std::process::Stdio;

#[test]
fn answers_leave_after_their_entry_is_synced() {
    let world = World::new();
    std::fs::write(world.at("a"), "hello").unwrap();
    let call = |id: u32, tool: &str, args: serde_json::Value| {
        let params = json!({"name": tool, "arguments": args});
        json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params}).to_string()
    };
    let info = json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}});
    let outside = world.root().join("outside");
    // One after the other: the server takes four at once.
    for (id, line, kind) in [
        (71, call(71, "files_read", json!({"path": world.at("a")})), "call.done"),
        (72, call(72, "files_write", json!({"path": world.at("b"), "content": "x"})), "call.done"),
        (73, call(73, "files_write", json!({"path": outside, "content": "x"})), "call.waiting"),
        (74, call(74, "shell_run", json!({"argv": ["rm", "x"]})), "call.refused"),
        (75, call(75, "files_read", json!({"path": "relative"})), "call.refused"),
    ] {
        let input = world.root().join("input");
        let hello = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": info});
        std::fs::write(&input, format!("{hello}\n{line}\n")).unwrap();
        let file = world.root().join("trace");
        let calls = "trace=write,writev,fdatasync";
        let mut strace = world.process("strace", &["-f", "-y", "-s", "200000", "-e", calls, "-o"]);
        strace.arg(&file).args([FLEET, "serve-mcp"]);
        let ran = strace
            .stdin(std::fs::File::open(&input).unwrap())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .output()
            .expect("strace: `tests/run` installs it");
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        let trace = String::from_utf8_lossy(&std::fs::read(file).unwrap()).into_owned();
        let lines: Vec<_> = trace.lines().collect();
        let at = |what: &str, find: &dyn Fn(&str) -> bool| {
            let found = lines.iter().rposition(|line| find(line));
            found.unwrap_or_else(|| panic!("no {what} of {id}:\n{trace}"))
        };
        let log = |line: &str| line.contains("/data/audit/0000");
        let wrote = format!("\\\"kind\\\":\\\"{kind}\\\"");
        let entry = at("entry", &|l| l.contains("write(") && log(l) && l.contains(&wrote));
        let synced = at("sync", &|l| {
            l.contains("fdatasync") && l.ends_with("= 0") && (log(l) || l.contains("resumed"))
        });
        let answered = at("answer", &|l| {
            l.contains("write(") && l.contains("<pipe:") && l.contains(&format!("\\\"id\\\":{id}"))
        });
        assert!(entry < synced && synced < answered, "{id}: {entry} {synced} {answered}\n{trace}");
    }
}

#[test]
fn what_a_program_says_stays_out_of_the_protocol() {
    let world = World::new();
    let repo = world.repository("site");
    let mut client = Client::open(&world, &["--allow-high"]);
    // Every line that comes back is a message, or the client stops the test.
    let said = client.done("shell_run", json!({"command": format!("echo out; ls {}", world.at("none"))}));
    assert_eq!(said["stdout"], "out\n", "{said}");
    let log = client.call("git_log", json!({"repo": repo, "limit": 2}));
    assert!(text(&log).contains("done/two"), "{log}");
    client.lives();
    assert_eq!(client.end().1, Some(0));
}
