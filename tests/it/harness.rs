//! One world a test: a home, a workspace, a clean environment, real processes.

use assert_cmd::Command;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// The binary under test.
pub const FLEET: &str = env!("CARGO_BIN_EXE_fleet");

/// A scratch machine.
pub struct World {
    _dir: tempfile::TempDir,
    root: PathBuf,
}

/// What a command left.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl From<std::process::Output> for Ran {
    /// What a process left that ended by itself, or -1 for one that was ended.
    fn from(out: std::process::Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { code: out.status.code().unwrap_or(-1), stdout: text(out.stdout), stderr: text(out.stderr) }
    }
}

/// Waits until something is so, and not for ever.
pub fn wait_until(what: &str, mut is: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is() {
        assert!(started.elapsed() < Duration::from_secs(20), "{what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

impl Ran {
    /// The one JSON value on stdout.
    pub fn json(&self) -> Value {
        assert_eq!(self.stdout.trim_end().lines().count(), 1, "not one line: {self:?}");
        serde_json::from_str(&self.stdout).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }
}

/// Says that this machine lets a check prove nothing, and why: `tests/run` tells it again at its end.
#[expect(clippy::print_stderr, reason = "what is left out is said")]
pub fn left_out(check: &str, why: &str) {
    let line = format!("LEFT OUT: {check}: {why}\n");
    eprint!("{line}");
    if let Some(list) = std::env::var_os("FLEET_TESTS_LEFT_OUT") {
        let list = std::fs::OpenOptions::new().append(true).create(true).open(list);
        list.and_then(|mut list| std::io::Write::write_all(&mut list, line.as_bytes())).unwrap();
    }
}

/// Whether the machine has a program that not every machine has.
pub fn has(program: &str) -> bool {
    ["/usr/bin", "/bin", "/usr/local/bin"].iter().any(|folder| Path::new(folder).join(program).exists())
}

impl World {
    /// A machine on which `fleet init` was never run.
    pub fn bare() -> Self {
        // Not `$TMPDIR`: where a line of a snapshot breaks depends on the length of the folder's name.
        let dir = tempfile::tempdir_in("/tmp").unwrap();
        let root = dir.path().canonicalize().unwrap();
        for folder in ["user", "w", "fleet"] {
            std::fs::create_dir(root.join(folder)).unwrap();
        }
        Self { _dir: dir, root }
    }

    /// A machine with a home whose workspace is `w`, decided by scripts.
    pub fn new() -> Self {
        let world = Self::bare();
        let ran = world.fleet(&["init", "--workspace", world.w().to_str().unwrap(), "--approvals", "script"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        world
    }

    pub fn root(&self) -> &Path {
        &self.root
    }
    pub fn w(&self) -> PathBuf {
        self.root.join("w")
    }
    pub fn user(&self) -> PathBuf {
        self.root.join("user")
    }
    pub fn data(&self) -> PathBuf {
        self.root.join("fleet/data")
    }
    pub fn config(&self) -> PathBuf {
        self.root.join("fleet/config")
    }
    /// A path in the workspace, as text.
    pub fn at(&self, name: &str) -> String {
        self.w().join(name).to_str().unwrap().to_owned()
    }
    /// The log's only segment.
    pub fn segment(&self) -> PathBuf {
        self.data().join("audit/00000000000000000001.jsonl")
    }

    /// The environment of every process of this world.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("HOME", self.user().display().to_string()),
            ("FLEET_HOME", self.root.join("fleet").display().to_string()),
            ("PATH", "/usr/local/bin:/usr/bin:/bin".into()),
            ("TZ", "UTC".into()),
            ("LC_ALL", "C.UTF-8".into()),
        ]
    }

    /// A command of fleet in this world.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(FLEET);
        command.args(args).env_clear().envs(self.environment()).current_dir(&self.root);
        command.timeout(Duration::from_secs(60));
        command
    }

    /// The same as a plain process, for tests that end it themselves.
    pub fn process(&self, program: &str, args: &[&str]) -> std::process::Command {
        let mut command = std::process::Command::new(program);
        command.args(args).env_clear().envs(self.environment()).current_dir(&self.root);
        command.stdin(Stdio::null());
        command
    }

    pub fn fleet(&self, args: &[&str]) -> Ran {
        self.command(args).output().unwrap().into()
    }

    /// The child of a call as the hand starts it, with `order` on a sheet: the file `sheet`.
    pub fn exec_child(&self, flight: &str, order: &Value) -> Ran {
        let sheet = self.at("sheet");
        std::fs::write(&sheet, order.to_string()).unwrap();
        let line = format!("exec 7<>{sheet}; exec {FLEET} exec-child {flight} /nowhere 7");
        self.process("/bin/sh", &["-c", &line]).output().unwrap().into()
    }

    /// A process of fleet whose clock says `when`, as libfaketime has it. The program `faketime` would stand
    /// between, outlive what is meant for fleet, and leave a semaphore under its pid that is in the way of the
    /// next one with that pid.
    pub fn process_at(&self, when: &str, args: &[&str]) -> std::process::Command {
        static LIBRARY: OnceLock<String> = OnceLock::new();
        let library = LIBRARY.get_or_init(|| {
            let asked = || {
                let out = self.process("faketime", &["-f", "+0s", "env"]).output();
                let out = out.expect("faketime: `tests/run` installs it");
                let text = String::from_utf8(out.stdout).unwrap();
                text.lines().find_map(|line| line.strip_prefix("LD_PRELOAD=")).map(str::to_owned)
            };
            (0..50).find_map(|_| asked()).expect("faketime says where its library is")
        });
        let mut command = self.process(FLEET, args);
        command.env("LD_PRELOAD", library).env("FAKETIME", when).env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        command
    }

    /// The same, waited for.
    pub fn fleet_at(&self, when: &str, args: &[&str]) -> Ran {
        self.process_at(when, args).output().unwrap().into()
    }

    /// The same while data are on a read-only mount, since the account that runs the tests may be allowed
    /// everything else; none where nobody may mount.
    pub fn read_only(&self, args: &[&str]) -> Option<Ran> {
        let data = self.data().display().to_string();
        let line = "mount --bind \"$0\" \"$0\" && mount -o remount,bind,ro \"$0\" || exit 99; exec \"$@\"";
        let unshare = ["--map-root-user", "--mount", "sh", "-c", line, &data, FLEET];
        let ran = Ran::from(self.process("unshare", &[&unshare[..], args].concat()).output().ok()?);
        if ran.code == 99 || ran.stderr.starts_with("unshare") {
            left_out("read-only data", "this machine lets nobody mount");
            return None;
        }
        Some(ran)
    }

    /// Arguments of a program that leaves a trace of having run in the file `name`, line by line.
    pub fn append(&self, name: &str) -> Value {
        serde_json::json!({
            "argv": ["sh", "-c", "echo x >> $1", "x", self.at(name)], "write_roots": [self.w()]
        })
    }

    /// The rows of `approvals.jsonl`.
    pub fn approvals(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.data().join("approvals.jsonl")).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Calls a tool; exit code and reply.
    pub fn call(&self, tool: &str, args: Value) -> (i32, Value) {
        let ran = self.fleet(&["tool", "call", tool, "--args", &args.to_string(), "--json"]);
        (ran.code, ran.json())
    }

    /// Calls a tool that must be done.
    pub fn done(&self, tool: &str, args: Value) -> Value {
        let (code, reply) = self.call(tool, args);
        assert_eq!((code, reply["status"].as_str()), (0, Some("done")), "{reply}");
        reply["result"].clone()
    }

    /// Calls a tool that must wait; its approval id.
    pub fn waits(&self, tool: &str, args: Value) -> String {
        let (code, reply) = self.call(tool, args);
        assert_eq!((code, reply["status"].as_str()), (3, Some("waiting")), "{reply}");
        reply["approval"].as_str().unwrap().to_owned()
    }

    /// A script in the workspace: what it does is not in the call, as the gate does not read scripts.
    pub fn script(&self, name: &str, body: &str) -> String {
        let path = self.at(name);
        std::fs::write(&path, body).unwrap();
        path
    }

    /// Runs each line of shell below one approved call, after `set`; with its exit code and what it said.
    pub fn lines(&self, set: &str, lines: &[&str], more: Value) -> Vec<(String, i64, String)> {
        let script: String =
            lines.iter().map(|l| format!("( {l} ) 2>&1 </dev/null; echo \"=exit $?\"\n")).collect();
        let mut args = serde_json::json!({
            "argv": ["sh", self.script("lines.sh", &format!("{set}{script}"))], "timeout_s": 60, "max_output": 1_048_576
        });
        let members = more.as_object().unwrap().clone();
        args.as_object_mut().unwrap().extend(members);
        let id = self.waits("shell_run", args);
        let ran = self.fleet(&["approve", &id, "--json"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        let text = ran.json()["result"]["stdout"].as_str().unwrap().to_owned();
        let mut rest = text.as_str();
        let mut found = Vec::new();
        for line in lines {
            let (said, after) =
                rest.split_once("=exit ").unwrap_or_else(|| panic!("after `{line}`: {ran:?}"));
            let (exit, after) = after.split_once('\n').unwrap();
            found.push(((*line).to_owned(), exit.parse().unwrap(), said.to_owned()));
            rest = after;
        }
        found
    }

    /// From now on as on a machine where no profile holds programs.
    pub fn unconfine(&self) {
        let path = self.data().join("confinement.json");
        let mut stored: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        stored["proven"] = false.into();
        stored["why"] = "udp was not refused".into();
        std::fs::write(&path, stored.to_string()).unwrap();
    }

    /// The record, entry by entry.
    pub fn log(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.segment()).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Puts an intent for `call` on record, as a process did that crashed afterwards.
    pub fn intend(&self, call: &str) {
        use fleet::audit::{Entry, Kind, Log};
        let home = fleet::state::Home::scratch(&self.root.join("fleet")).unwrap();
        let _ = Log::of(&home).append(&Entry::new(Kind::CallIntent).with("call", call)).unwrap();
    }

    /// The kinds of all entries, in order.
    pub fn kinds(&self) -> Vec<String> {
        self.log().iter().map(|e| e["kind"].as_str().unwrap().to_owned()).collect()
    }

    /// How many entries are of `kind`.
    pub fn count(&self, kind: &str) -> usize {
        self.kinds().iter().filter(|k| *k == kind).count()
    }

    /// Sees that the log is whole.
    pub fn verify(&self) {
        let ran = self.fleet(&["audit", "verify", "--json"]);
        assert_eq!((ran.code, ran.json()["ok"].as_bool()), (0, Some(true)), "{ran:?}");
    }

    /// A git command in the workspace's `repo`.
    pub fn git(&self, repo: &str, args: &[&str]) -> String {
        let mut command = self.process("git", args);
        command.current_dir(self.w().join(repo)).envs([
            ("GIT_AUTHOR_NAME", "Ada"),
            ("GIT_AUTHOR_EMAIL", "ada@example.org"),
            ("GIT_COMMITTER_NAME", "Ada"),
            ("GIT_COMMITTER_EMAIL", "ada@example.org"),
            ("GIT_CONFIG_NOSYSTEM", "1"),
        ]);
        let out = command.output().unwrap();
        assert!(out.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap().trim_end().to_owned()
    }

    /// A repository with two merged branches, one unmerged, and `main` checked out.
    pub fn repository(&self, name: &str) -> String {
        std::fs::create_dir(self.w().join(name)).unwrap();
        self.git(name, &["init", "--quiet", "--initial-branch=main", "."]);
        self.git(name, &["commit", "--quiet", "--allow-empty", "-m", "start"]);
        for branch in ["done/one", "done/two"] {
            self.git(name, &["checkout", "--quiet", "-b", branch]);
            self.git(name, &["commit", "--quiet", "--allow-empty", "-m", branch]);
            self.git(name, &["checkout", "--quiet", "main"]);
            self.git(name, &["merge", "--quiet", "--ff-only", branch]);
        }
        self.git(name, &["checkout", "--quiet", "-b", "open"]);
        self.git(name, &["commit", "--quiet", "--allow-empty", "-m", "not merged"]);
        self.git(name, &["checkout", "--quiet", "main"]);
        self.at(name)
    }

    /// Names of the branches of a repository.
    pub fn branches(&self, name: &str) -> Vec<String> {
        self.git(name, &["for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads"])
            .lines()
            .map(str::to_owned)
            .collect()
    }

    /// Messages in the outbox, oldest first.
    pub fn outbox(&self) -> Vec<Value> {
        let mut paths: Vec<_> =
            std::fs::read_dir(self.data().join("outbox")).unwrap().map(|e| e.unwrap().path()).collect();
        paths.sort();
        paths.iter().map(|p| serde_json::from_slice(&std::fs::read(p).unwrap()).unwrap()).collect()
    }

    /// Every file below `folder` with its content: to see that nothing changed.
    pub fn snapshot(folder: &Path) -> Vec<(PathBuf, Option<Vec<u8>>)> {
        let mut all: Vec<_> = walkdir::WalkDir::new(folder)
            .into_iter()
            .map(|e| e.unwrap())
            .map(|e| (e.path().to_owned(), e.file_type().is_file().then(|| std::fs::read(e.path()).unwrap())))
            .collect();
        all.sort();
        all
    }
}
