//! What a decision costs with a long policy.
//!
//! `cargo bench --bench policy`. A policy of 200 rules, each with examples: decisions within one
//! process, against reading that policy anew for each; then whole processes. Never part of the tests.

#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a bench starts processes and prints"
)]

use fleet::call::{Call, CallId, Caller};
use fleet::gate::{World, judge};
use fleet::state::Home;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const FLEET: &str = env!("CARGO_BIN_EXE_fleet");
const RULES: usize = 200;
const CASES: usize = 10_000;

fn main() {
    let dir = tempfile::tempdir().expect("a scratch folder");
    let root = dir.path().canonicalize().expect("a path");
    for folder in ["w/docs", "fleet", "home"] {
        std::fs::create_dir_all(root.join(folder)).expect("a folder");
    }
    std::fs::write(root.join("w/docs/a.txt"), "hello\n").expect("a file");
    let w = root.join("w").display().to_string();
    let init = run(&root, &["init", "--workspace", &w]);
    assert!(init.is_some(), "init");
    let policy = root.join("fleet/config/policy.toml");
    let plain = std::fs::read_to_string(&policy).expect("a policy");
    let long = plain.clone() + &rules(&w);
    let cases = cases(&w);

    println!("{:<52} {:>9} {:>9} {:>9}", "one decision, microseconds", "p50", "p99", "most");
    // The home of the bench is a scratch home: no command line can name it, and no call runs.
    let home = Home::scratch(&root.join("fleet")).expect("a home");
    for (name, text) in [("no rules", &plain), ("200 rules with examples", &long)] {
        std::fs::write(&policy, text).expect("a policy");
        let world = World::load(&home).expect("a world");
        let mut times: Vec<Duration> = cases.iter().map(|case| timed(case, &world)).collect();
        line(name, &mut times);
    }
    let mut anew: Vec<Duration> = cases
        .iter()
        .take(500)
        .map(|case| {
            let started = Instant::now();
            let world = World::load(&home).expect("a world");
            started.elapsed() + timed(case, &world)
        })
        .collect();
    line("200 rules, policy read anew for each", &mut anew);
    let mut reads: Vec<Duration> = (0..200)
        .map(|_| {
            let started = Instant::now();
            std::hint::black_box(World::load(&home).expect("a world"));
            started.elapsed()
        })
        .collect();
    line("200 rules, policy read alone", &mut reads);

    let file = root.join("cases.jsonl");
    let text: String = cases
        .iter()
        .map(|(tool, args, caller)| {
            format!("{}\n", json!({"tool": tool, "args": args, "caller": caller.to_string()}))
        })
        .collect();
    std::fs::write(&file, text).expect("cases");
    println!("\n{:<52} {:>9}", "whole process, milliseconds, median of 21", "ms");
    let one = json!({"path": format!("{w}/docs/a.txt")}).to_string();
    let check = ["policy", "check", "files_read", "--args", &one];
    let all = ["policy", "check", "--cases", file.to_str().expect("UTF-8")];
    for (name, text, args) in [
        ("policy check, no rules", &plain, &check[..]),
        ("policy check, 200 rules with examples", &long, &check),
        ("policy check --cases, 10000 cases, no rules", &plain, &all),
        ("policy check --cases, 10000 cases, 200 rules", &long, &all),
        ("policy lint, 200 rules", &long, &["policy", "lint"]),
    ] {
        std::fs::write(&policy, text).expect("a policy");
        let mut times: Vec<Duration> = (0..21).map(|_| run(&root, args).expect(name)).collect();
        times.sort();
        println!("{name:<52} {:>9.2}", times[10].as_secs_f64() * 1000.0);
    }
}

type Case = (&'static str, Value, Caller);

/// Reads, moves, trashing and programs, by three callers, inside and outside.
fn cases(w: &str) -> Vec<Case> {
    let callers = ["cli", "loop:mail-triage", "mcp:desk"].map(|c| Caller::parse(c).expect("a caller"));
    (0..CASES)
        .map(|n| {
            let path = if n % 7 == 0 {
                format!("/srv/data/{n}.txt")
            } else {
                format!("{w}/docs/sub{}/{n}.txt", n % 250)
            };
            let (tool, args) = match n % 4 {
                0 => ("files_read", json!({ "path": path })),
                1 => ("files_move", json!({ "pairs": [{ "from": path, "to": format!("{w}/out/{n}.txt") }] })),
                2 => ("files_trash", json!({ "paths": [path] })),
                _ => ("files_list", json!({ "path": path })),
            };
            (tool, args, callers[n % 3].clone())
        })
        .collect()
}

/// Rules of every shape; each has a folder of its own, so that none shadows another.
fn rules(w: &str) -> String {
    let mut text = String::new();
    for n in 0..RULES {
        let decide = ["allow", "ask", "block"][n % 3];
        let (tools, glob) = match n % 4 {
            0 => ("files_trash", format!("{w}/docs/sub{n}/**")),
            1 => ("files_*", format!("{w}/docs/sub{n}/*.txt")),
            2 => ("files_move", format!("{w}/{{docs,out}}/sub{n}/**")),
            _ => ("files_read", format!("**/sub{n}/*.txt")),
        };
        let args = match n % 4 {
            0 | 1 => format!("tool = \"files_trash\", args = {{ paths = [\"{w}/docs/sub{n}/a.txt\"] }}"),
            2 => format!(
                "tool = \"files_move\", args = {{ pairs = [{{ from = \"{w}/docs/sub{n}/in/a.txt\", to = \"{w}/docs/sub{n}/in/b.txt\" }}] }}"
            ),
            _ => format!("tool = \"files_read\", args = {{ path = \"{w}/docs/sub{n}/a.txt\" }}"),
        };
        let _ = write!(
            text,
            "\n[[rule]]\nid = \"rule-{n}\"\ndecide = \"{decide}\"\ntools = [\"{tools}\"]\ncallers = [\"cli\", \"loop:*\"]\n\
             paths = [\"{glob}\"]\nreason = \"a sentence that says why, as long as such sentences are\"\n\
             match = [{{ {args} }}]\nnot_match = [{{ {args}, caller = \"mcp:desk\" }}]\n"
        );
    }
    text
}

fn timed((tool, args, caller): &Case, world: &World<'_>) -> Duration {
    let id = CallId::parse(&"0".repeat(26)).expect("an id");
    let call = Call {
        id,
        caller: caller.clone(),
        tool: (*tool).to_owned(),
        args: args.clone(),
        run: None,
        why: None,
    };
    let started = Instant::now();
    let judged = judge(call, world).expect("a decision");
    let took = started.elapsed();
    std::hint::black_box(judged);
    took
}

fn line(name: &str, times: &mut [Duration]) {
    times.sort();
    let us = |at: usize| times[at.min(times.len() - 1)].as_secs_f64() * 1e6;
    let n = times.len();
    println!("{name:<52} {:>9.1} {:>9.1} {:>9.1}", us(n / 2), us(n * 99 / 100), us(n - 1));
}

/// How long the command took, if it did its work.
fn run(root: &Path, args: &[&str]) -> Option<Duration> {
    let mut command = Command::new(FLEET);
    command.args(args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.env("FLEET_HOME", root.join("fleet")).env("HOME", root.join("home"));
    let started = Instant::now();
    let status = command.status().ok()?;
    status.success().then(|| started.elapsed())
}
