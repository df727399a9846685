//! What a client waits for, beside a bare server of the same SDK and the reference filesystem server.
//!
//! `cargo bench --bench mcp [-- FLEET] [--npm FOLDER]`. Rounds alternate, so that load meets all servers
//! alike; ratios are the honest part. FOLDER holds `node_modules/@modelcontextprotocol/server-filesystem`;
//! without it that server is left out. The bare server of `tests/bench/bare` is built first. A governed call
//! is on the disk before its answer leaves, so the time of one write and sync in the same folder is told too.

#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a bench starts processes, prints, and stops where it fails"
)]

use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

const STARTS: usize = 41;
const CALLS: usize = 1000;
const LISTS: usize = 200;

struct Server {
    name: &'static str,
    program: PathBuf,
    args: Vec<String>,
    tool: &'static str,
    starts: Vec<Duration>,
    lists: Vec<Duration>,
    calls: Vec<Duration>,
    idle: u64,
    after: u64,
    tools: usize,
    bytes: usize,
}

fn main() {
    let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench").peekable();
    let (mut fleet, mut npm) = (PathBuf::from(env!("CARGO_BIN_EXE_fleet")), None);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--npm" => npm = args.next().map(PathBuf::from),
            other => fleet = PathBuf::from(other),
        }
    }
    let dir = tempfile::tempdir().expect("a scratch folder");
    let root = dir.path().canonicalize().expect("a path");
    for folder in ["w", "fleet", "home"] {
        std::fs::create_dir(root.join(folder)).expect("a folder");
    }
    let file = root.join("w/a.txt");
    std::fs::write(&file, "a line of text\n".repeat(59)).expect("a file");
    let w = root.join("w").display().to_string();
    let init = plain(&fleet, &root)
        .args(["init", "--workspace", &w])
        .stderr(Stdio::null())
        .stdout(Stdio::null())
        .status();
    assert!(init.expect("init").success());

    let server = |name, program: &Path, args: &[&str], tool| Server {
        name,
        program: program.to_path_buf(),
        args: args.iter().map(|arg| (*arg).to_owned()).collect(),
        tool,
        starts: Vec::new(),
        lists: Vec::new(),
        calls: Vec::new(),
        idle: 0,
        after: 0,
        tools: 0,
        bytes: 0,
    };
    let mut servers = vec![
        server("fleet serve-mcp", &fleet, &["serve-mcp", "--allow-high"], "files_read"),
        server("bare rmcp, 58 tools", &bare(), &[], "files_read"),
    ];
    if let Some(folder) = npm {
        let script = folder.join("node_modules/@modelcontextprotocol/server-filesystem/dist/index.js");
        let node = PathBuf::from("node");
        servers.push(server(
            "server-filesystem (npm)",
            &node,
            &[script.to_str().expect("UTF-8"), &w],
            "read_text_file",
        ));
    }
    for turn in 0..STARTS {
        for server in &mut servers {
            // A Node process takes half a second to start.
            if server.program != Path::new("node") || turn < 9 {
                let (time, client) = Client::start(server, &root);
                server.starts.push(time);
                drop(client);
            }
        }
    }
    let mut syncs = Vec::new();
    let mut clients: Vec<_> = servers.iter().map(|server| Client::start(server, &root).1).collect();
    for (server, client) in servers.iter_mut().zip(&mut clients) {
        let list = client.ask("tools/list", json!({}));
        server.tools = list["tools"].as_array().map_or(0, Vec::len);
        server.bytes = list.to_string().len();
        server.idle = resident(&client.child);
    }
    let args = json!({"path": file});
    let mut synced = std::fs::File::create(root.join("fleet/data/bench")).expect("a file");
    for turn in 0..CALLS {
        for (server, client) in servers.iter_mut().zip(&mut clients) {
            if turn < LISTS {
                server.lists.push(timed(|| drop(client.ask("tools/list", json!({})))));
            }
            let params = json!({"name": server.tool, "arguments": args});
            server.calls.push(timed(|| {
                let result = client.ask("tools/call", params);
                assert!(result.to_string().contains("a line of text"), "{}: {result}", server.name);
            }));
        }
        syncs.push(timed(|| {
            synced.write_all(&[b'x'; 900]).and_then(|()| synced.sync_data()).expect("a sync");
        }));
    }
    println!(
        "{:<26} {:>15} {:>7} {:>7} {:>15} {:>15} {:>13}",
        "", "start p50/p99", "tools", "bytes", "list p50/p99", "call p50/p99", "idle/after MB"
    );
    for (server, client) in servers.iter_mut().zip(&clients) {
        server.after = resident(&client.child);
        let mb = |kib: u64| kib as f64 / 1024.0;
        println!(
            "{:<26} {:>15} {:>7} {:>7} {:>15} {:>15} {:>6.1}/{:<6.1}",
            server.name,
            both(&mut server.starts),
            server.tools,
            server.bytes,
            both(&mut server.lists),
            both(&mut server.calls),
            mb(server.idle),
            mb(server.after)
        );
    }
    println!("{:<26} {:>71}", "one write and sync", both(&mut syncs));
    let [ours, bare, ..] = servers.as_mut_slice() else { return };
    let (start, list) = (
        at(&mut ours.starts, 50) / at(&mut bare.starts, 50),
        at(&mut ours.lists, 50) / at(&mut bare.lists, 50),
    );
    let beside = (at(&mut ours.calls, 50) - at(&mut syncs, 50)) / at(&mut bare.calls, 50);
    println!("fleet / bare: start {start:.2}, list {list:.2}, call beside the sync {beside:.2}");
}

/// Builds the bare server; its program.
fn bare() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let target = here.join("target/bare");
    let mut command = Command::new("cargo");
    command
        .args(["build", "--release", "--quiet", "--manifest-path"])
        .arg(here.join("tests/bench/bare/Cargo.toml"));
    let status = command.arg("--target-dir").arg(&target).status().expect("cargo");
    assert!(status.success(), "the bare server does not build");
    target.join("release/bare")
}

fn plain(program: &Path, root: &Path) -> Command {
    let mut command = Command::new(program);
    command.env("FLEET_HOME", root.join("fleet")).env("HOME", root.join("home"));
    command
}

struct Client {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    next: u64,
}

impl Client {
    /// Starts a server and shakes hands; how long that took.
    fn start(server: &Server, root: &Path) -> (Duration, Self) {
        let mut command = plain(&server.program, root);
        command.args(&server.args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let began = Instant::now();
        let mut child = command.spawn().expect("a server");
        let input = child.stdin.take().expect("a pipe");
        let output = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut client = Self { child, input, output, next: 0 };
        let info = json!({"name": "bench", "version": "1"});
        client.ask(
            "initialize",
            json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": info}),
        );
        let took = began.elapsed();
        client.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
        (took, client)
    }

    fn send(&mut self, message: &Value) {
        let line = format!("{message}\n");
        self.input.write_all(line.as_bytes()).expect("a server that reads");
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.next += 1;
        self.send(&json!({"jsonrpc": "2.0", "id": self.next, "method": method, "params": params}));
        loop {
            let mut line = String::new();
            assert!(self.output.read_line(&mut line).expect("a line") > 0, "the server is gone");
            // Reading what was said is the client's own time, but for the few bytes that tell whose it is.
            let value: Value = serde_json::from_str(&line).expect("JSON");
            if value["id"] == self.next {
                return value["result"].clone();
            }
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn timed(work: impl FnOnce()) -> Duration {
    let began = Instant::now();
    work();
    began.elapsed()
}

/// Resident memory in KiB, where the system tells.
fn resident(child: &Child) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default().to_owned();
    line.split_whitespace().nth(1).and_then(|n| n.parse().ok()).unwrap_or(0)
}

/// Milliseconds at this percentile.
fn at(times: &mut [Duration], percent: usize) -> f64 {
    times.sort();
    times[(times.len() * percent / 100).min(times.len() - 1)].as_secs_f64() * 1000.0
}

fn both(times: &mut [Duration]) -> String {
    format!("{:.2}/{:.2}", at(times, 50), at(times, 99))
}
