//! The record against what a user would pick instead, in pairs, as ratios.
//!
//! `cargo bench --bench audit` prints every table; `-- append`, `-- verify`, `-- writers` or
//! `-- growth` prints one. Never part of the tests. `verify` needs 2 GiB of disk for a while, and
//! `sha256sum`, `openssl`, `python3` and `git` where it compares with them.

#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a bench starts processes and prints"
)]

use fleet::audit::{Entry, Kind, Log, chain};
use fleet::state::{Home, Lock};
use sha2::Digest as _;
use std::fs::File;
use std::io::{BufWriter, Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const FLEET: &str = env!("CARGO_BIN_EXE_fleet");

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let arg = |n: usize| args.get(n).map(String::as_str);
    match arg(0) {
        Some("--append") => return append_many(arg(1).expect("a number").parse().expect("a number"), arg(2)),
        Some("--sha2") => return hash_whole(Path::new(arg(1).expect("a folder"))),
        _ => {}
    }
    let wanted = |name: &str| args.is_empty() || arg(0) == Some(name);
    let dir = tempfile::Builder::new().prefix("fleet-bench-").tempdir_in(".").expect("a scratch folder");
    let root = dir.path().canonicalize().expect("a path");
    println!("{:<58} {:>10} {:>10} {:>7}", "median of pairs", "A", "B", "A/B");
    if wanted("append") {
        append(&root);
    }
    if wanted("growth") {
        growth(&root);
    }
    if wanted("writers") {
        writers(&root);
    }
    if wanted("verify") {
        verify(&root);
    }
}

/// An entry as a tool call leaves it: about 600 bytes as a line.
fn entry() -> Entry {
    Entry::new(Kind::CallDone)
        .with("actor", "uid:501")
        .with("caller", "loop:downloads-sorter")
        .with("call", "01m83shthfh5tmj6y15qed6snw")
        .with("tool", "files_move")
        .with("risk", "MEDIUM")
        .with("decision", "allow")
        .with("args", serde_json::json!({"pairs": [{"from": "/home/ada/Downloads/invoice.pdf", "to": "/home/ada/Documents/invoices/invoice.pdf"}]}))
        .with("digest", "c431bf0b44f6feca748edfd549cac73b0a5ab92372068e8f807aa0eb4ad50085")
        .with("outcome", "done")
        .with("duration_us", 1234)
}

/// A home below `root` with a log and nothing else.
fn home(root: &Path, name: &str) -> Home {
    let home = Home::scratch(&root.join(name)).expect("a home");
    for folder in [home.config(), &home.inflight()] {
        std::fs::create_dir_all(folder).expect("a folder");
    }
    let _ = Log::of(&home).create().expect("a log");
    home
}

/// What a day's entries look like: changes with intent and outcome, reads with one entry, now and then a
/// refusal in words that need escapes.
fn payload(seq: u64) -> String {
    let who = r#""call":"01m83shthfh5tmj6y15qed6snw","caller":"loop:downloads-sorter""#;
    let digest = r#""digest":"c431bf0b44f6feca748edfd549cac73b0a5ab92372068e8f807aa0eb4ad50085""#;
    let ts = r#""ts":"2026-01-01T00:00:00.000000Z","v":1}"#;
    let (from, to) =
        (format!("/home/ada/Downloads/file-{seq}.pdf"), format!("/home/ada/Documents/file-{seq}.pdf"));
    let took = seq % 97_001;
    match seq % 32 {
        31 => format!(
            r#"{{"actor":"uid:501","args":{{"line":"echo \"{seq}\" > ~/café"}},{who},"decision":"block",{digest},"kind":"call.refused","reason":"`~/café` is outside\nof \"w\"","risk":"HIGH","tool":"shell_run",{ts}"#
        ),
        n if n % 4 == 0 => format!(
            r#"{{"actor":"uid:501","args":{{"pairs":[{{"from":"{from}","to":"{to}"}}]}},{who},"decision":"allow",{digest},"effects":[{{"file-move":{{"from":"{from}","identity":[64769,{seq}],"to":"{to}"}}}}],"kind":"call.intent","policy":"21c035aa0e42844b2a9e005084e54e71","risk":"MEDIUM","rules":["risk-runs"],"tool":"files_move",{ts}"#
        ),
        n if n % 4 == 1 => format!(
            r#"{{"actor":"uid:501",{who},{digest},"duration_us":{took},"intent":{seq},"kind":"call.done","outcome":"done","risk":"MEDIUM","tool":"files_move","ts":"2026-01-01T00:00:00.000000Z","undo":[{{"moved":{{"from":"{from}","to":"{to}"}}}}],"v":1}}"#
        ),
        _ => format!(
            r#"{{"actor":"uid:501","args":{{"encoding":"utf-8","path":"{from}"}},{who},"decision":"allow",{digest},"duration_us":{took},"effects":[{{"file-read":{{"identity":[64769,{seq}],"path":"{from}"}}}}],"kind":"call.done","outcome":"done","policy":"21c035aa0e42844b2a9e005084e54e71","risk":"LOW","rules":["risk-runs"],"tool":"files_read",{ts}"#
        ),
    }
}

/// A log of `entries` entries below `root`, written by the chain alone.
fn grown(root: &Path, name: &str, entries: u64) -> Home {
    let home = home(root, name);
    let folder = home.audit();
    let log = fleet::audit::log_id(&folder).expect("an id");
    let first = std::fs::read_to_string(folder.join("00000000000000000001.jsonl")).expect("a log");
    let mut prev = chain::link(first.trim_end().as_bytes()).and_then(|l| l.digest()).expect("a line");
    let (mut out, mut length) = (None, u64::MAX);
    for seq in 2..=entries {
        let payload = payload(seq);
        let (line, hash) = chain::seal(&payload, seq, &prev);
        if length >= 64 << 20 {
            out = Some(BufWriter::new(
                File::create(folder.join(format!("{seq:020}.jsonl"))).expect("a segment"),
            ));
            length = 0;
        }
        writeln!(out.as_mut().expect("a segment"), "{line}").expect("a line");
        length += line.len() as u64 + 1;
        prev = hash;
    }
    drop(out);
    let raw: Vec<u8> =
        (0..32).map(|n| u8::from_str_radix(&prev.as_str()[2 * n..2 * n + 2], 16).expect("hex")).collect();
    let hash = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, raw);
    std::fs::write(folder.join("head"), format!("fleet.local/audit/{log}\n{entries}\n{hash}\n"))
        .expect("a head");
    for file in std::fs::read_dir(&folder).expect("a folder") {
        File::open(file.expect("a name").path()).and_then(|f| f.sync_all()).expect("a sync");
    }
    home
}

/// Times A then B, `rounds` times; prints both medians and the median of the ratios.
fn pair(
    name: &str,
    unit: f64,
    rounds: usize,
    mut a: impl FnMut() -> Duration,
    mut b: impl FnMut() -> Duration,
) {
    let rows: Vec<(f64, f64)> = (0..rounds + rounds / 10 + 1)
        .map(|_| (a().as_secs_f64() * unit, b().as_secs_f64() * unit))
        .skip(rounds / 10 + 1)
        .collect();
    let median = |mut of: Vec<f64>| {
        of.sort_by(f64::total_cmp);
        of[of.len() / 2]
    };
    println!(
        "{name:<58} {:>10.1} {:>10.1} {:>7.2}",
        median(rows.iter().map(|r| r.0).collect()),
        median(rows.iter().map(|r| r.1).collect()),
        median(rows.iter().map(|r| r.0 / r.1).collect())
    );
}

fn timed(f: impl FnOnce()) -> Duration {
    let started = Instant::now();
    f();
    started.elapsed()
}

const MICROS: f64 = 1e6;
const MILLIS: f64 = 1e3;

fn append(root: &Path) {
    let log = Log::of(&home(root, "append"));
    let line = vec![b'x'; 600];
    let mut bare = File::options().append(true).create(true).open(root.join("bare")).expect("a file");
    let mut floor = move || {
        timed(|| {
            bare.write_all(&line).and_then(|()| bare.sync_data()).expect("a write");
        })
    };
    let record = || {
        timed(|| {
            let _ = log.append(&entry()).expect("a receipt");
        })
    };
    pair("append, in process (us) / write + fdatasync", MICROS, 500, record, &mut floor);

    // Each of Python's rows is one durable insert, timed there.
    let script = "import sqlite3,sys,time\nc=sqlite3.connect(sys.argv[1],isolation_level=None)\nc.execute('pragma journal_mode=wal');c.execute('pragma synchronous=full');c.execute('create table if not exists t(x)')\nfor _ in sys.stdin:\n s=time.perf_counter();c.execute('insert into t values(?)',('x'*600,));print(time.perf_counter()-s,flush=True)";
    let mut python = Command::new("python3")
        .args(["-c", script, root.join("wal.db").to_str().expect("UTF-8")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3");
    let mut ask = python.stdin.take().expect("a pipe");
    let mut answers = std::io::BufRead::lines(std::io::BufReader::new(python.stdout.take().expect("a pipe")));
    let sqlite = || {
        ask.write_all(b"\n").expect("a question");
        Duration::from_secs_f64(answers.next().expect("an answer").expect("text").parse().expect("seconds"))
    };
    pair("append, in process (us) / SQLite insert, WAL FULL", MICROS, 500, record, sqlite);
    python.kill().and_then(|()| python.wait()).expect("an end");

    let repo = root.join("repo");
    std::fs::create_dir(&repo).expect("a folder");
    Command::new("git").args(["init", "-q"]).current_dir(&repo).status().expect("git");
    let commit = || {
        let mut git = Command::new("git");
        git.current_dir(&repo).env("HOME", root).env("GIT_CONFIG_NOSYSTEM", "1");
        git.args(["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "core.fsync=all", "commit"]);
        git.args(["-q", "--allow-empty", "-m", "x"]);
        timed(|| assert!(git.status().expect("git").success()))
    };
    let own = std::env::current_exe().expect("this program");
    let process = || {
        let mut one = Command::new(&own);
        one.args(["--append", "1", root.join("append").to_str().expect("UTF-8")]);
        timed(|| assert!(one.status().expect("a process").success()))
    };
    pair("append, whole process (ms) / git commit", MILLIS, 50, process, commit);
    let cli = || {
        let mut insert = Command::new("sqlite3");
        insert.arg(root.join("wal.db")).arg("pragma synchronous=full; insert into t values('x');");
        timed(|| assert!(insert.status().expect("sqlite3").success()))
    };
    pair("append, whole process (ms) / sqlite3 insert", MILLIS, 50, process, cli);
    let truth = || timed(|| assert!(Command::new("/bin/true").status().expect("a process").success()));
    pair("append, whole process (ms) / true", MILLIS, 200, process, truth);
}

fn growth(root: &Path) {
    let small = grown(root, "small", 1_000);
    let large = grown(root, "large", 1_000_000);
    let (a, b) = (Log::of(&large), Log::of(&small));
    let one = |log: &Log| {
        timed(|| {
            let _ = log.append(&entry()).expect("a receipt");
        })
    };
    pair("append (us) at 10^6 / at 10^3 entries", MICROS, 500, || one(&a), || one(&b));
    let tail = |home: &Home| {
        let mut command = Command::new(FLEET);
        command.args(["audit", "tail", "-n", "20"]).stdout(Stdio::null());
        command.env("FLEET_HOME", home.data().parent().expect("a parent"));
        timed(|| assert!(command.status().expect("a process").success()))
    };
    pair("audit tail, whole process (ms), at 10^6 / at 10^3", MILLIS, 200, || tail(&large), || tail(&small));
    std::fs::remove_dir_all(large.audit()).expect("an end");
}

/// The child of [`writers`] and of the crash of `append`: a loop of appends in one process.
fn append_many(n: usize, root: Option<&str>) {
    let root = root.expect("a folder");
    let home = Home::scratch(Path::new(root)).expect("a home");
    let log = Log::of(&home);
    let outer = home.data().join("outer.lock");
    for _ in 0..n {
        // With an outer lock around all of it, the sync is inside the lock.
        let _lock = outer.exists().then(|| Lock::acquire(&outer, Duration::from_secs(60)).expect("a lock"));
        let _ = log.append(&entry()).expect("a receipt");
    }
}

/// Entries of one round of [`writers`].
const ENTRIES: usize = 12_800;

fn writers(root: &Path) {
    let own = std::env::current_exe().expect("this program");
    let run = |name: &str, processes: usize, inside: bool| {
        let home = home(root, name);
        if inside {
            File::create(home.data().join("outer.lock")).expect("a lock");
        }
        let each = ENTRIES / processes;
        let taken = timed(|| {
            let all: Vec<_> = (0..processes)
                .map(|_| {
                    let mut one = Command::new(&own);
                    one.args(["--append", &each.to_string(), root.join(name).to_str().expect("UTF-8")]);
                    one.spawn().expect("a process")
                })
                .collect();
            for mut one in all {
                assert!(one.wait().expect("an end").success());
            }
        });
        assert!(Log::of(&home).verify(&fleet::audit::Against::default()).ok);
        std::fs::remove_dir_all(root.join(name)).expect("an end");
        taken
    };
    for processes in [8, 64] {
        pair(
            &format!("{ENTRIES} entries by {processes} processes (ms), sync in lock / fleet"),
            MILLIS,
            7,
            || run("inside", processes, true),
            || run("outside", processes, false),
        );
    }
}

/// Hashes every file of `folder` with the sha2 that fleet is built with.
fn hash_whole(folder: &Path) {
    let mut block = vec![0; 1 << 20];
    for file in std::fs::read_dir(folder).expect("a folder") {
        let mut file = File::open(file.expect("a name").path()).expect("a file");
        let mut hasher = sha2::Sha256::new();
        loop {
            let n = file.read(&mut block).expect("bytes");
            if n == 0 {
                break;
            }
            hasher.update(&block[..n]);
        }
        assert!(!hasher.finalize().is_empty());
    }
}

/// Wall and CPU seconds of a command, and its peak memory in MiB.
fn usage(command: &mut Command) -> (f64, f64, f64) {
    let script = "import os,sys,time,resource\ns=time.time();p=os.posix_spawn(sys.argv[1],sys.argv[1:],os.environ,file_actions=[(os.POSIX_SPAWN_OPEN,1,'/dev/null',1,0)]);_,st,r=os.wait4(p,0);print(time.time()-s,r.ru_utime+r.ru_stime,r.ru_maxrss/1024,st)";
    let program = which(command.get_program().to_str().expect("UTF-8"));
    let out = Command::new("python3")
        .args(["-c", script, &program])
        .args(command.get_args())
        .output()
        .expect("python3");
    let text = String::from_utf8(out.stdout).expect("text");
    let n: Vec<f64> = text.split_whitespace().map(|n| n.parse().expect("a number")).collect();
    assert!(n[3] == 0.0, "{program}: {text}");
    (n[0], n[1], n[2])
}

fn which(program: &str) -> String {
    if program.contains('/') {
        return program.to_owned();
    }
    ["/usr/local/bin", "/usr/bin", "/bin"]
        .iter()
        .map(|folder| format!("{folder}/{program}"))
        .find(|path| Path::new(path).exists())
        .expect("a program of that name")
}

/// Wall and CPU seconds and MiB of the four programs of one round.
type Round = [(f64, f64, f64); 4];
type Figure<'a> = &'a dyn Fn(&Round) -> f64;

fn verify(root: &Path) {
    let home = grown(root, "gib", 1_800_000);
    let folder = home.audit();
    let files: Vec<_> =
        std::fs::read_dir(&folder).expect("a folder").map(|f| f.expect("a name").path()).collect();
    let bytes: u64 = files.iter().map(|f| f.metadata().expect("a size").len()).sum();
    println!("(verify reads {} MiB; five rounds, all in one)", bytes >> 20);
    let own = std::env::current_exe().expect("this program");
    let mut rows: Vec<Round> = Vec::new();
    for _ in 0..5 {
        let mut ours = Command::new(FLEET);
        ours.args(["audit", "verify"]).arg(&folder);
        let mut same = Command::new(&own);
        same.arg("--sha2").arg(&folder);
        let mut sum = Command::new("sha256sum");
        sum.args(&files);
        let mut openssl = Command::new("openssl");
        openssl.args(["dgst", "-sha256"]).args(&files);
        rows.push([usage(&mut ours), usage(&mut same), usage(&mut sum), usage(&mut openssl)]);
    }
    let median = |of: Figure<'_>| {
        let mut all: Vec<f64> = rows.iter().map(of).collect();
        all.sort_by(f64::total_cmp);
        all[all.len() / 2]
    };
    let row = |name: &str, a: Figure<'_>, b: Figure<'_>| {
        println!("{name:<58} {:>10.2} {:>10.2} {:>7.2}", median(a), median(b), median(&|r| a(r) / b(r)));
    };
    row("verify, CPU s / hashing the same bytes, same sha2", &|r| r[0].1, &|r| r[1].1);
    row("verify, wall s / hashing the same bytes, same sha2", &|r| r[0].0, &|r| r[1].0);
    row("verify, wall s / sha256sum", &|r| r[0].0, &|r| r[2].0);
    row("verify, wall s / openssl dgst -sha256", &|r| r[0].0, &|r| r[3].0);
    println!("verify, peak memory: {:.0} MiB", median(&|r| r[0].2));
}
