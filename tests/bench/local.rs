//! Looking through many files against what a user would pick instead, in pairs, as ratios, and how much
//! memory that takes.
//!
//! `cargo build --release`, then `cargo bench --bench local -- PATH` with a copy of that binary. Makes
//! a tree of 1 GiB and a folder of 100,000 files below `$TMPDIR`. Never part of the tests.

#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a bench starts processes, writes files and prints"
)]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const ROUNDS: usize = 7;

fn main() {
    let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench");
    let program = args.next().unwrap_or_else(|| env!("CARGO_BIN_EXE_fleet").to_owned());
    let dir = tempfile::tempdir().expect("a scratch folder");
    let root = dir.path().canonicalize().expect("a path");
    let (w, tree, many) = (root.join("w"), root.join("w/tree"), root.join("w/many"));
    fill(&tree, &many);
    let text = |path: &Path| path.to_str().expect("UTF-8").to_owned();
    fleet(&program, &root, &["init", "--workspace", &text(&w), "--approvals", "script"])
        .status()
        .expect("init");
    let call = |tool: &str, args: String| {
        let (program, root, tool) = (program.clone(), root.clone(), tool.to_owned());
        move || fleet(&program, &root, &["tool", "call", &tool, "--args", &args, "--json"])
    };
    println!("{:<52} {:>9} {:>9} {:>7} {:>9}", "median of 7 pairs", "A ms", "B ms", "A/B", "A MiB");
    let rare = format!(r#"{{"path":"{}","pattern":"needle in hay"}}"#, tree.display());
    let regex = format!(r#"{{"path":"{}","pattern":"ne+dle (in|of) hay","regex":true}}"#, tree.display());
    let list = format!(r#"{{"path":"{}","limit":10000,"depth":2}}"#, many.display());
    let all = format!(r#"{{"paths":["{}"],"glob":"**","limit":10000}}"#, many.display());
    let has_rg = Command::new("rg").arg("--version").stdout(Stdio::null()).status().is_ok();
    let (name, other): (&str, Vec<String>) = match has_rg {
        true => ("rg -F", vec!["rg".into(), "-F".into(), "-n".into(), "needle in hay".into(), text(&tree)]),
        false => ("grep -rF", vec!["grep".into(), "-rFn".into(), "needle in hay".into(), text(&tree)]),
    };
    pair(&format!("files_search of 1 GiB, text / {name}"), call("files_search", rare), || plain(&other));
    let (name, other): (&str, Vec<String>) = match has_rg {
        true => ("rg", vec!["rg".into(), "-n".into(), "ne+dle (in|of) hay".into(), text(&tree)]),
        false => ("grep -rE", vec!["grep".into(), "-rEn".into(), "ne+dle (in|of) hay".into(), text(&tree)]),
    };
    pair(&format!("files_search of 1 GiB, regex / {name}"), call("files_search", regex), || plain(&other));
    // A glob that nothing matches looks at all of them.
    let none = format!(r#"{{"path":"{}","limit":10000,"depth":2,"glob":"**/*.none"}}"#, many.display());
    let find = |more: &[&str]| {
        let mut words = vec!["find".to_owned(), text(&many)];
        words.extend(more.iter().map(|word| (*word).to_owned()));
        words
    };
    let (some, each) = (find(&["-name", "*.none"]), find(&["-printf", "%p %s %T@\\n"]));
    pair("files_list of 100,000 files, none match / find -name", call("files_list", none), || plain(&some));
    pair("files_list of 100,000, the first 10,000 / find -printf", call("files_list", list), || plain(&each));
    pair("files_stat of 100,000, the first 10,000 / find -printf", call("files_stat", all), || plain(&each));
}

/// 1 GiB in files of 64 KiB to 4 MiB, with one line in a few of them, and 100,000 small files.
fn fill(tree: &Path, many: &Path) {
    let words = ["the", "quick", "brown", "fox", "jumps", "over", "a", "lazy", "dog", "and", "some", "hay"];
    let mut seed = 1_u64;
    let mut next = move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(seed >> 40).expect("24 bits")
    };
    let mut block = Vec::new();
    while block.len() < 1 << 20 {
        for _ in 0..12 {
            block.extend_from_slice(words[next() % words.len()].as_bytes());
            block.push(b' ');
        }
        block.push(b'\n');
    }
    let (mut total, mut n) = (0_usize, 0_usize);
    while total < 1 << 30 {
        let folder = tree.join(format!("{}/{}", n % 16, n % 7));
        std::fs::create_dir_all(&folder).expect("a folder");
        let mut file = std::fs::File::create(folder.join(format!("{n}.txt"))).expect("a file");
        let size = (64 << 10) << (n % 7);
        for at in (0..size).step_by(1 << 20) {
            file.write_all(&block[..block.len().min(size - at)]).expect("a write");
        }
        if n % 100 == 0 {
            file.write_all(b"one needle in hay\n").expect("a write");
        }
        (total, n) = (total + size, n + 1);
    }
    for folder in 0..100 {
        let folder = many.join(folder.to_string());
        std::fs::create_dir_all(&folder).expect("a folder");
        for n in 0..1000 {
            std::fs::write(folder.join(format!("file-{n}.md")), "x").expect("a file");
        }
    }
}

fn fleet(program: &str, root: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(args).env("FLEET_HOME", root.join("fleet")).env("HOME", root);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn plain(words: &[String]) -> Command {
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).env("LC_ALL", "C").stdin(Stdio::null());
    // To a file, not to the null device: grep ends early there.
    command.stdout(tempfile::tempfile().expect("a file")).stderr(Stdio::null());
    command
}

fn pair(name: &str, a: impl Fn() -> Command, b: impl Fn() -> Command) {
    let (mut times, mut ratios, mut most) = (Vec::new(), Vec::new(), 0);
    for _ in 0..=ROUNDS {
        let (one, memory) = time(a());
        let (two, _) = time(b());
        most = most.max(memory);
        times.push((one, two));
        ratios.push(one.as_secs_f64() / two.as_secs_f64());
    }
    // The first round fills the caches.
    let (mut ratios, times) = (ratios.split_off(1), times.split_off(1));
    ratios.sort_by(f64::total_cmp);
    let median = |mut all: Vec<Duration>| {
        all.sort();
        all[all.len() / 2].as_secs_f64() * 1e3
    };
    let (a, b) = times.into_iter().unzip();
    let mid = ratios[ratios.len() / 2];
    println!("{name:<52} {:>9.1} {:>9.1} {mid:>7.2} {:>9}", median(a), median(b), most >> 10);
}

/// How long it took, and the most memory in KiB that it was seen to hold.
fn time(mut command: Command) -> (Duration, u64) {
    let started = Instant::now();
    let mut child = command.spawn().expect("it starts");
    let status = format!("/proc/{}/status", child.id());
    let mut most = 0;
    loop {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let held = line.and_then(|line| line.trim().split(' ').next()?.parse().ok());
        most = most.max(held.unwrap_or(0));
        if child.try_wait().expect("it ends").is_some() {
            return (started.elapsed(), most);
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}
