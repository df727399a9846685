//! A power cut at the worst instant: what was synced by then holds the intent before the effect, and the
//! outcome before the answer. Nothing is assumed of where the syncs are, only that they cover.

use super::kinds::{Kind, Stage};
use super::replay::Disk;
use super::syscalls::{CHANGING, Event, descriptor, events};
use super::trial::{command, prepared};
use crate::harness::FLEET;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// One undisturbed run: the disk before it, its trace, and its call.
struct Traced {
    stage: Stage,
    before: Disk,
    trace: String,
    call: String,
}

impl Traced {
    fn new(kind: Kind) -> Self {
        let stage = Stage::new(kind);
        let (args, _) = prepared(&stage, 0);
        let before = Disk::of(&stage.world.data().join("audit"));
        let file = stage.world.root().join("trace");
        let calls = format!("trace=openat,execve,{}", CHANGING.join(","));
        let mut strace = command(&stage, "strace");
        strace
            .args(["-f", "-y", "-s", "300000", "-e", &calls, "-o", file.to_str().unwrap(), FLEET])
            .args(args);
        let out = strace.output().expect("strace: `tests/run` installs it");
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        let reply: Value = serde_json::from_slice(&out.stdout).unwrap();
        let trace = String::from_utf8_lossy(&std::fs::read(file).unwrap()).into_owned();
        let call = reply["call"].as_str().unwrap().to_owned();
        Self { stage, before, trace, call }
    }

    /// Whether this is where something outside fleet's own folders begins to change.
    fn acts(&self, event: &Event) -> bool {
        if event.result.is_some() {
            return false;
        }
        let below = [self.stage.world.w(), self.stage.world.user()];
        let below = |path: &str| below.iter().any(|folder| Path::new(path).starts_with(folder));
        // A path is given whole, or from a folder that stands before it.
        let names = |text: &str| {
            let (paths, folders) =
                (quoted(text), text.split('<').skip(1).filter_map(|t| t.split('>').next()));
            let relative = paths.iter().any(|path| !path.starts_with('/'));
            paths.iter().any(|path| below(path)) || (relative && folders.into_iter().any(below))
        };
        match event.name.as_str() {
            "execve" => event.text.contains("\"exec-child\""),
            "openat" => {
                let opens =
                    ["O_CREAT", "O_WRONLY", "O_RDWR", "O_TRUNC"].iter().any(|f| event.text.contains(f));
                opens && names(&event.text)
            }
            // What is written may name a path, and is not at it.
            "write" | "writev" | "pwrite64" | "ftruncate" | "fchmod" => {
                descriptor(&event.text).is_some_and(|(_, path)| below(path))
            }
            name if name.starts_with(['r', 'u', 'm', 'l', 's', 't']) => names(&event.text),
            _ => false,
        }
    }

    /// Whether the answer begins to be written.
    fn answers(event: &Event) -> bool {
        let out = descriptor(&event.text).is_some_and(|(number, _)| number == 1);
        event.result.is_none() && event.name == "write" && out && event.text.contains("\\\"status\\\"")
    }

    /// Cuts the power at each point of `trace` at which the disk changed, and at the two that matter.
    fn judge(&self, trace: &str) -> Result<(), String> {
        let changes = self.stage.kind.changes();
        let (mut disk, mut acted, mut answered) = (self.before.clone(), false, false);
        self.sound(&disk)?;
        for event in events(trace) {
            if changes && !acted && self.acts(&event) {
                acted = true;
                self.holds(&disk, "call.intent").map_err(|e| format!("{e} before {}", event.text))?;
            }
            if !answered && Self::answers(&event) {
                answered = true;
                self.holds(&disk, "call.done").map_err(|e| format!("{e} before {}", event.text))?;
            }
            if disk.take(&event) {
                self.sound(&disk).map_err(|e| format!("{e} after {} {}", event.name, event.text))?;
            }
        }
        assert!(acted == changes && answered, "the trace shows no effect or no answer");
        Ok(())
    }

    /// The log as a power cut leaves it is whole, whether `head` arrived or not.
    fn sound(&self, disk: &Disk) -> Result<(), String> {
        let folder = self.folder();
        for head_arrived in [false, true] {
            disk.leave(&folder, head_arrived);
            let ran = self.stage.world.fleet(&["audit", "verify", folder.to_str().unwrap(), "--json"]);
            if ran.code != 0 {
                return Err(format!("head arrived: {head_arrived}: {}", ran.stdout));
            }
        }
        Ok(())
    }

    /// It holds the entry of this kind of this call.
    fn holds(&self, disk: &Disk, kind: &str) -> Result<(), String> {
        let text = String::from_utf8(disk.segments()).unwrap();
        let is = |line: &str| {
            let entry: Value = serde_json::from_str(line).unwrap();
            entry["kind"] == kind && entry["call"] == self.call.as_str()
        };
        if text.lines().any(is) { Ok(()) } else { Err(format!("a power cut leaves no {kind}")) }
    }

    fn folder(&self) -> PathBuf {
        self.stage.world.root().join("left")
    }
}

/// The strings among the arguments of a call, as strace quotes them; paths here need no more.
fn quoted(text: &str) -> Vec<&str> {
    text.split('"').skip(1).step_by(2).collect()
}

/// The lines of `trace` but those that `drop` finds.
fn without(trace: &str, drop: impl Fn(&str) -> bool) -> String {
    trace.lines().filter(|line| !drop(line)).map(|line| format!("{line}\n")).collect()
}

/// Whether `line` syncs a segment of the log.
fn syncs(line: &str) -> bool {
    line.contains("sync(") && line.contains("/data/audit/0")
}

#[test]
fn a_power_cut_leaves_the_intent_of_every_effect_and_the_outcome_of_every_answer() {
    for kind in [
        Kind::Read,
        Kind::List,
        Kind::Create,
        Kind::Replace,
        Kind::Move,
        Kind::Copy,
        Kind::Trash,
        Kind::Status,
        Kind::BranchDelete,
        Kind::Shell,
    ] {
        let traced = Traced::new(kind);
        traced.judge(&traced.trace).unwrap_or_else(|e| panic!("{kind:?}: {e}"));
    }
}

#[test]
fn the_replay_sees_a_sync_that_is_missing_or_failed_or_does_not_cover() {
    for kind in [Kind::Create, Kind::Shell, Kind::Read] {
        let traced = Traced::new(kind);
        let all: Vec<_> = traced.trace.lines().filter(|line| syncs(line)).map(str::to_owned).collect();
        assert!(!all.is_empty(), "{kind:?}: no sync of the log");
        let (first, last) = (all.first().unwrap(), all.last().unwrap());
        let none = without(&traced.trace, syncs);
        assert!(traced.judge(&none).is_err(), "{kind:?}: no sync at all");
        let failed = none.clone() + "";
        let failed =
            traced.trace.replace(last, &last.replace("= 0", "= -1 EIO (Input/output error)")) + &failed[..0];
        assert!(traced.judge(&failed).is_err(), "{kind:?}: the last sync failed");
        assert!(traced.judge(&without(&traced.trace, |l| l == last)).is_err(), "{kind:?}: the outcome's");
        // A sync of the same file that began before the write.
        let mut lines: Vec<_> = traced.trace.lines().map(str::to_owned).collect();
        let sync = lines.iter().position(|l| l == first).unwrap();
        let write =
            lines[..sync].iter().rposition(|l| l.contains("write(") && l.contains("/data/audit/0")).unwrap();
        let begins = first.replace(") = 0", " <unfinished ...>");
        let (process, call) = first.split_once(' ').unwrap();
        let name = call.trim_start().split_once('(').unwrap().0;
        lines[sync] = format!("{process} <... {name} resumed>) = 0");
        lines.insert(write, begins);
        assert!(traced.judge(&(lines.join("\n") + "\n")).is_err(), "{kind:?}: an early sync");
    }
}

#[test]
fn the_replay_sees_an_effect_before_its_sync_and_a_head_that_leads() {
    let traced = Traced::new(Kind::Create);
    let mut lines: Vec<_> = traced.trace.lines().collect();
    let target = format!("{}/.fleet-", traced.stage.world.w().display());
    let act = lines.iter().position(|l| l.contains(&target) || l.contains("\".fleet-")).expect("the effect");
    let intent = lines.iter().position(|l| l.contains("\\\"call.intent\\\"")).expect("the intent");
    let moved = lines.remove(act);
    lines.insert(intent, moved);
    assert!(traced.judge(&(lines.join("\n") + "\n")).is_err(), "the effect came first");
    let mut lines: Vec<_> = traced.trace.lines().collect();
    let sync = lines.iter().position(|l| syncs(l)).expect("a sync");
    let head =
        lines.iter().position(|l| l.contains("write") && l.contains("/data/audit/head>")).expect("a head");
    let moved = lines.remove(head);
    lines.insert(sync, moved);
    assert!(traced.judge(&(lines.join("\n") + "\n")).is_err(), "the head led");
}
