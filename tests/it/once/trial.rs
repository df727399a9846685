//! One trial: a call that is killed, the command that finds it, and what must hold then.

use super::kinds::Stage;
use crate::harness::{FLEET, Ran};
use serde_json::Value;
use std::process::{Command, Stdio};
use std::time::Duration;

/// What closes a call.
const OUTCOMES: [&str; 3] = ["call.done", "call.failed", "call.unknown"];

/// How a run is ended.
#[derive(Debug, Clone)]
pub enum Kill {
    /// Before the `nth` system call of this name in the process of fleet itself.
    Call { name: String, nth: usize },
    /// The same in whichever process comes to it first, also in what fleet starts.
    Any { name: &'static str, nth: usize },
    /// After this time.
    After(Duration),
    /// After this time, while another command carries out the same approval.
    Rivals(Duration),
}

/// What became of one.
#[derive(Debug)]
pub struct Trial {
    /// Whether the kill came before the end.
    pub killed: bool,
    /// How often the effect took place, in all.
    pub took: usize,
}

/// The command that carries out trial `n`, and its approval.
pub fn prepared(stage: &Stage, n: usize) -> (Vec<String>, Option<String>) {
    let (tool, args) = (stage.kind.tool(), stage.set(n));
    if stage.kind.asks() {
        let id = stage.world.waits(tool, args);
        (["approve", &id, "--json"].map(str::to_owned).to_vec(), Some(id))
    } else {
        (["tool", "call", tool, "--args", &args.to_string(), "--json"].map(str::to_owned).to_vec(), None)
    }
}

/// `program` in the world of `stage`, with scratch folders that go with the world.
pub fn command(stage: &Stage, program: &str) -> Command {
    let mut command = stage.world.process(program, &[]);
    command.env("TMPDIR", stage.world.root().join("tmp"));
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs fleet under strace, which kills it; whether it did, and what was said until then.
pub fn killed_at(stage: &Stage, follow: bool, name: &str, nth: usize, args: &[String]) -> Ran {
    let mut strace = command(stage, "strace");
    if follow {
        strace.arg("-f");
    }
    let inject = format!("inject={name}:signal=KILL:when={nth}");
    strace.args(["-qqq", "-o", "/dev/null", "-e", &format!("trace={name}"), "-e", &inject, FLEET]).args(args);
    ran(&mut strace)
}

fn ran(command: &mut Command) -> Ran {
    command.output().expect("strace: `tests/run` installs it").into()
}

fn killed_after(stage: &Stage, after: Duration, args: &[String]) -> Ran {
    let mut child = command(stage, FLEET).args(args).spawn().unwrap();
    std::thread::sleep(after);
    child.kill().unwrap();
    child.wait_with_output().unwrap().into()
}

/// Tries `n`, kills it, lets another command recover, approves it once more, and sees that all
/// promises hold.
pub fn attempt(stage: &Stage, n: usize, kill: &Kill) -> Trial {
    let (args, approval) = prepared(stage, n);
    let before = Record::end(stage);
    let first = match kill {
        Kill::Call { name, nth } => vec![killed_at(stage, false, name, *nth, &args)],
        Kill::Any { name, nth } => vec![killed_at(stage, true, name, *nth, &args)],
        Kill::After(after) => vec![killed_after(stage, *after, &args)],
        Kill::Rivals(after) => {
            let rival = command(stage, FLEET).args(&args).spawn().unwrap();
            let first = killed_after(stage, *after, &args);
            let out = rival.wait_with_output().unwrap();
            let stdout = String::from_utf8(out.stdout).unwrap();
            vec![first, Ran { code: out.status.code().unwrap(), stdout, stderr: String::new() }]
        }
    };
    let what = format!("{:?} {n} {kill:?}", stage.kind);
    let killed = first.iter().any(|ran| ran.code == -1);
    // A run that was not killed acknowledged itself; so did one that had answered before.
    let answered = first.iter().filter(|r| r.code == 0 || r.stdout.contains("\"status\":\"done\"")).count();

    recover(stage, &what);
    let mut took = stage.take(n);
    let found = Record::since(stage, before);
    found.check(stage, took, answered, matches!(kill, Kill::Any { .. }), &what);

    if let Some(id) = approval {
        let again = ran(command(stage, FLEET).args(["approve", &id, "--json"]));
        let more = stage.take(n);
        assert!(found.intents() == 0 || again.code != 0, "{what}: approved twice: {again:?}");
        assert!(
            again.code == 0 || more == 0,
            "{what}: it took place though it was not acknowledged: {again:?}"
        );
        took += more;
        recover(stage, &what);
        Record::since(stage, before).check(
            stage,
            took,
            answered.max(more),
            matches!(kill, Kill::Any { .. }),
            &what,
        );
    }
    assert!(took <= 1, "{what}: it took place {took} times");
    Trial { killed, took }
}

/// Another command, which finds what was left; nothing is under way after it. A child that was being
/// started when its parent was killed has the lock until it is a program: then the command after that
/// finds it.
pub fn recover(stage: &Stage, what: &str) {
    let inflight = stage.world.data().join("inflight");
    let mut left = Vec::new();
    for _ in 0..100 {
        let ran = ran(command(stage, FLEET).args(["approval", "list", "--json"]));
        assert_eq!(ran.code, 0, "{what}: {ran:?}");
        let names =
            std::fs::read_dir(&inflight).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
        // A file that never got its name belongs to a call that never was; it goes when it is old.
        left = names.filter(|name| !name.starts_with('.')).collect();
        if left.is_empty() {
            // Crash after crash opens a breaker, which is not what is looked at here.
            let _ = std::fs::remove_file(stage.world.data().join("brakes.json"));
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("{what}: still under way: {left:?}");
}

/// After the last trial: nothing came late, the log is whole, and what was left over is cleared.
pub fn close(stage: &Stage, trials: impl IntoIterator<Item = usize>) {
    for n in trials {
        assert_eq!(stage.take(n), 0, "{:?} {n} took place late", stage.kind);
    }
    // An append first: the last kill may have torn a line.
    stage.world.done("files_list", serde_json::json!({"path": stage.world.w()}));
    stage.world.verify();
    let inflight = stage.world.data().join("inflight");
    let old = std::time::SystemTime::now() - Duration::from_secs(3600);
    for entry in std::fs::read_dir(&inflight).unwrap() {
        std::fs::File::open(entry.unwrap().path()).unwrap().set_modified(old).unwrap();
    }
    recover(stage, "at the end");
    assert_eq!(std::fs::read_dir(&inflight).unwrap().count(), 0, "left over in {}", inflight.display());
}

/// What the log says of one trial.
pub struct Record(Vec<Value>);

impl Record {
    /// All entries from this byte on. A kill can tear the newest line: that one was never
    /// acknowledged, and the next append cuts it off.
    pub fn since(stage: &Stage, byte: usize) -> Self {
        let bytes = std::fs::read(stage.world.segment()).unwrap();
        let whole = &bytes[byte..Self::end(stage)];
        Self(whole.split_inclusive(|b| *b == b'\n').map(|l| serde_json::from_slice(l).unwrap()).collect())
    }

    /// Where the last whole line ends.
    pub fn end(stage: &Stage) -> usize {
        let bytes = std::fs::read(stage.world.segment()).unwrap();
        bytes.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1)
    }

    fn of<'a>(&'a self, kinds: &'a [&'a str]) -> impl Iterator<Item = &'a Value> {
        self.0.iter().filter(move |e| kinds.contains(&e["kind"].as_str().unwrap_or_default()))
    }

    pub fn intents(&self) -> usize {
        self.of(&["call.intent"]).count()
    }

    pub fn closed(&self) -> Vec<&str> {
        self.of(&OUTCOMES).map(|e| e["kind"].as_str().unwrap_or_default()).collect()
    }

    /// The promises that a trial broke whose effect took place `took` times and was acknowledged
    /// `answered` times. With `child`, what fleet had started may have been killed instead of fleet.
    pub fn broken(&self, changes: bool, took: usize, answered: usize, child: bool) -> Vec<&'static str> {
        let (intents, closed) = (self.intents(), self.closed());
        let of = |kind: &str| closed.iter().filter(|k| **k == kind).count();
        let (done, failed) = (of("call.done"), of("call.failed"));
        let intent = self.0.iter().position(|e| e["kind"] == "call.intent");
        let after = intent.map(|at| Self(self.0[at..].to_vec()).closed().len());
        [
            (intents > 1, "attempted more than once"),
            (took > 1, "took place more than once"),
            (answered > done, "acknowledged, and not on record as done"),
            (done > 1, "on record as done more than once"),
            (took > intents, "took place without an intent on record"),
            (!changes && intents + failed + done > 1, "a read that is on record more than once"),
            (after.is_some_and(|n| n != 1), "an intent without exactly one outcome"),
            // What is on record as done or as failed is so; of the rest nobody knows.
            (changes && !child && done > took, "on record as done, and it did not take place"),
            (failed > 0 && took > 0, "on record as failed, and it took place"),
        ]
        .into_iter()
        .filter_map(|(broken, why)| broken.then_some(why))
        .collect()
    }

    fn check(&self, stage: &Stage, took: usize, answered: usize, child: bool, what: &str) {
        let broken = self.broken(stage.kind.changes(), took, answered, child);
        assert!(broken.is_empty(), "{what}: {broken:?}: {}", serde_json::to_string_pretty(&self.0).unwrap());
    }
}

#[test]
fn a_broken_promise_is_seen() {
    let record = |kinds: &[&str]| Record(kinds.iter().map(|k| serde_json::json!({ "kind": k })).collect());
    let (intent, done, failed, unknown) = ("call.intent", "call.done", "call.failed", "call.unknown");
    for kept in [
        record(&[]).broken(true, 0, 0, false),
        record(&[intent, done]).broken(true, 1, 1, false),
        record(&[intent, done]).broken(true, 1, 0, false),
        record(&[intent, unknown]).broken(true, 1, 0, false),
        record(&[intent, unknown]).broken(true, 0, 0, false),
        record(&[intent, failed]).broken(true, 0, 0, false),
        record(&[done]).broken(false, 0, 1, false),
        record(&[failed]).broken(false, 0, 0, false),
    ] {
        assert_eq!(kept, Vec::<&str>::new());
    }
    for broken in [
        record(&[intent, done, intent, done]).broken(true, 2, 1, false),
        record(&[intent, done]).broken(true, 2, 1, false),
        record(&[intent, unknown]).broken(true, 1, 1, false),
        record(&[]).broken(true, 1, 0, false),
        record(&[intent]).broken(true, 1, 0, false),
        record(&[intent, unknown, unknown]).broken(true, 1, 0, false),
        record(&[intent, done, unknown]).broken(true, 1, 1, false),
        record(&[intent, done]).broken(true, 0, 0, false),
        record(&[intent, failed]).broken(true, 1, 0, false),
        record(&[]).broken(false, 0, 1, false),
        record(&[done, failed]).broken(false, 0, 1, false),
    ] {
        assert!(!broken.is_empty());
    }
}
