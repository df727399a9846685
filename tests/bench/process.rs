//! Whole processes against what a user would pick instead, in pairs, as ratios.
//!
//! `cargo build --release`, then `cargo bench --bench process -- PATH` with a copy of that binary: the
//! one that cargo builds beside the tests has their crates' features, and is larger. Each pair runs A
//! then B, many times; the ratio is taken pair by pair, so that it holds when the machine's speed
//! drifts. Never part of the tests.

#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a bench starts processes and prints"
)]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const ROUNDS: usize = 201;

fn main() {
    let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench").peekable();
    // This program is also its own baseline: one bare write and fsync, as a whole process.
    if args.next_if(|arg| arg == "--write-and-fsync").is_some() {
        let mut file = std::fs::File::create(args.next().expect("a path")).expect("a file");
        file.write_all(b"hello\n").and_then(|()| file.sync_all()).expect("a write");
        return;
    }
    let program = args.next().unwrap_or_else(|| env!("CARGO_BIN_EXE_fleet").to_owned());
    let dir = tempfile::tempdir().expect("a scratch folder");
    let root = dir.path().canonicalize().expect("a path");
    let w = root.join("w");
    std::fs::create_dir(&w).expect("a folder");
    std::fs::write(w.join("a"), "hello\n").expect("a file");
    let own = std::env::current_exe().expect("this program");
    fleet(&program, &root, &["init", "--workspace", w.to_str().expect("UTF-8"), "--approvals", "script"])
        .status()
        .expect("init");

    let read = format!(r#"{{"path":"{}"}}"#, w.join("a").display());
    let write = format!(r#"{{"path":"{}","content":"hello\n","mode":"replace"}}"#, w.join("b").display());
    println!("{:<44} {:>9} {:>9} {:>7}", "whole process, median of 201 pairs", "A ms", "B ms", "A/B");
    pair("fleet --version / true", || fleet(&program, &root, &["--version"]), || plain("/bin/true", &[]));
    pair(
        "governed files_read / cat",
        || fleet(&program, &root, &["tool", "call", "files_read", "--args", &read]),
        || plain("/bin/cat", &[w.join("a").to_str().expect("UTF-8")]),
    );
    pair(
        "governed files_read / true",
        || fleet(&program, &root, &["tool", "call", "files_read", "--args", &read]),
        || plain("/bin/true", &[]),
    );
    pair(
        "governed files_write / write+fsync",
        || fleet(&program, &root, &["tool", "call", "files_write", "--args", &write]),
        || {
            let path = w.join("bare");
            plain(own.to_str().expect("UTF-8"), &["--write-and-fsync", path.to_str().expect("UTF-8")])
        },
    );
}

fn fleet(program: &str, root: &Path, args: &[&str]) -> Command {
    let mut command = plain(program, args);
    command.env("FLEET_HOME", root.join("fleet")).env("HOME", root);
    command
}

fn plain(program: &str, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn pair(name: &str, a: impl Fn() -> Command, b: impl Fn() -> Command) {
    let time = |mut command: Command| {
        let started = Instant::now();
        let status = command.status().expect("a process");
        assert!(status.success(), "{name}: {status}");
        started.elapsed()
    };
    let mut rows: Vec<(Duration, Duration)> =
        (0..ROUNDS + 5).map(|_| (time(a()), time(b()))).skip(5).collect();
    let ms = |d: Duration| d.as_secs_f64() * 1000.0;
    let mut ratios: Vec<f64> = rows.iter().map(|(a, b)| ms(*a) / ms(*b)).collect();
    ratios.sort_by(f64::total_cmp);
    let mut middle = |of: fn(&(Duration, Duration)) -> Duration| {
        rows.sort_by_key(of);
        ms(of(&rows[rows.len() / 2]))
    };
    let (first, second) = (middle(|r| r.0), middle(|r| r.1));
    println!("{name:<44} {first:>9.2} {second:>9.2} {:>7.2}", ratios[ratios.len() / 2]);
}
