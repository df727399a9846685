//! Whether fleet's own state is whole.

use super::{drill, loops};
use crate::audit::{Against, Anchor, Log, Signer};
use crate::call::{CheckPart, Happened};
use crate::canon::sha256;
use crate::effects::sheet::Order;
use crate::effects::{Hand, Step, Trouble, spawn};
use crate::gate::{Policy, PolicyError, World};
use crate::state::confinement::Confinement;
use crate::state::process::{Bounds, GRACE};
use crate::state::{Home, Settings};
use serde_json::{Map, Value, json};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::Duration;

/// What one part came to: whether it is whole, and more about it.
type Said = (bool, Value);

pub fn check(hand: &Hand<'_>, what: &[CheckPart], since: Option<u64>) -> Step {
    let (mut parts, mut bad) = (Map::new(), Vec::new());
    for part in what {
        if let Some(by) = hand.stopping() {
            return Err(Trouble::Braked(format!("{by} stopped it while looking")));
        }
        let name = serde_json::to_value(part).unwrap_or_default().as_str().unwrap_or_default().to_owned();
        let (ok, mut said) = match part {
            CheckPart::Chain => chain(hand, &[], since),
            CheckPart::Anchors => anchors(hand),
            CheckPart::Registry => registry(hand.home),
            CheckPart::Policy => policy(hand.home),
            CheckPart::Own => own(hand.home),
            CheckPart::Lint => lint(hand),
            CheckPart::KillDrill => drilled(drill::kill_switch()),
            CheckPart::DenyDrill => drilled(drill::deny_list(hand.home)),
        };
        if let Some(members) = said.as_object_mut() {
            members.insert("ok".into(), ok.into());
        }
        if !ok {
            bad.push(format!("{name}: {}", in_words(&said)));
        }
        parts.insert(name, said);
    }
    if let Some(by) = hand.stopping() {
        return Err(Trouble::Braked(format!("{by} stopped it while looking")));
    }
    let lacks = (!bad.is_empty()).then(|| format!("not whole: {}", bad.join("; ")));
    Ok(Happened::Told { value: json!({ "ok": bad.is_empty(), "parts": parts }), lacks })
}

/// What is wrong with a part, for the sentence that the caller gets.
fn in_words(said: &Value) -> String {
    let text = |name: &str| said.get(name).and_then(Value::as_str).map(str::to_owned);
    let first = said.get("first_bad").filter(|bad| !bad.is_null()).map(|bad| {
        let why = bad.get("why").and_then(Value::as_str).unwrap_or_default();
        bad.get("seq")
            .and_then(Value::as_u64)
            .map_or_else(|| why.to_owned(), |seq| format!("entry {seq}: {why}"))
    });
    let bad = said.get("bad").and_then(Value::as_array).filter(|bad| !bad.is_empty()).map(|bad| {
        bad.iter()
            .take(5)
            .map(|b| b.as_str().map_or_else(|| b.to_string(), str::to_owned))
            .collect::<Vec<_>>()
            .join(", ")
    });
    let faults = said.get("faults").and_then(Value::as_array).map(|faults| {
        let words = faults.iter().take(3).filter_map(|f| f.get("why")?.as_str());
        words.collect::<Vec<_>>().join(", ")
    });
    first.or_else(|| text("why")).or(bad).or(faults).unwrap_or_else(|| "no reason was given".into())
}

fn drilled(result: Result<Value, String>) -> Said {
    match result {
        Ok(said) => (true, said),
        Err(why) => (false, json!({ "why": why })),
    }
}

/// The gate for loops, asked as a person asks it: this room does not know loops.
fn lint(hand: &Hand<'_>) -> Said {
    let bad = |why: String| (false, json!({ "why": why }));
    let cwd = match tempfile::tempdir() {
        Ok(cwd) => cwd,
        Err(e) => return bad(format!("no scratch folder: {e}")),
    };
    let home = hand.home;
    let argv = ["fleet", "loop", "lint", "--json"].map(str::to_owned).to_vec();
    let order =
        Order { profile: None, cwd: cwd.path().to_path_buf(), program: home.binary().to_path_buf(), argv };
    let mut environment = vec![
        ("PATH".to_owned(), crate::gate::resolve::program::search_path(home)),
        ("HOME".to_owned(), home.tilde().display().to_string()),
    ];
    if home.from_variable()
        && let Some(root) = home.data().parent()
    {
        environment.push(("FLEET_HOME".to_owned(), root.display().to_string()));
    }
    let bounds = Bounds { time: Duration::from_secs(60), output: 8 << 20, grace: GRACE };
    let ran = match spawn::run(hand, &order, &environment, bounds, &[]) {
        Ok(ran) => ran,
        Err(Trouble::Not(why) | Trouble::Braked(why) | Trouble::Unknown(why)) => return bad(why),
    };
    let rows: Vec<Value> = match serde_json::from_slice(&ran.stdout) {
        Ok(rows) if !ran.timed_out => rows,
        _ => {
            let said = String::from_utf8_lossy(&ran.stderr);
            return bad(format!("the lint did not answer: {}", crate::call::visible_line(said.trim(), 300)));
        }
    };
    let text = |row: &Value, name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let errors: Vec<String> = rows
        .iter()
        .filter(|row| text(row, "level") == "error")
        .map(|row| format!("{} {}: {}", text(row, "rule"), text(row, "file"), text(row, "message")))
        .collect();
    (
        errors.is_empty(),
        json!({ "errors": errors.len(), "warnings": rows.len() - errors.len(), "bad": errors }),
    )
}

/// The log's chain, and what it says where it breaks.
fn chain(hand: &Hand<'_>, anchors: &[Anchor], since: Option<u64>) -> Said {
    let stop = || hand.stopped();
    let report = Log::of(hand.home).verify(&Against { anchors, since, stop: Some(&stop) });
    let first_bad = report.fault.as_ref().map(|f| json!({ "seq": f.seq, "why": f.kind, "class": f.class }));
    let said = json!({
        "entries": report.entries, "head_hash": report.head, "first_bad": first_bad, "warnings": report.warnings,
    });
    (report.ok, said)
}

/// The log against every signed head that is kept beside it.
fn anchors(hand: &Hand<'_>) -> Said {
    let home = hand.home;
    let folder = home.checkpoints();
    let notes: Vec<_> = match std::fs::read_dir(&folder) {
        Ok(notes) => notes.filter_map(|e| e.ok().map(|e| e.path())).collect(),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(e) => return (false, json!({ "why": format!("cannot list checkpoints: {e}") })),
    };
    if notes.is_empty() {
        return (true, json!({ "checkpoints": 0, "why": "none was made: `fleet audit checkpoint`" }));
    }
    let key = match Signer::of(home) {
        Ok(signer) => signer.public(),
        Err(e) => return (false, json!({ "why": e.to_string() })),
    };
    let (mut held, mut bad) = (Vec::new(), Vec::new());
    for note in &notes {
        match std::fs::read_to_string(note)
            .map_err(|e| e.to_string())
            .and_then(|t| key.open(&t).map_err(|e| e.to_string()))
        {
            Ok(anchors) => held.extend(anchors),
            Err(why) => {
                bad.push(format!("{}: {why}", note.file_name().unwrap_or_default().to_string_lossy()))
            }
        }
    }
    let id = crate::audit::log_id(&home.audit());
    // Those of a log that was closed are of another one.
    held.retain(|anchor| anchor.log.is_none() || anchor.log == id);
    let (ok, mut said) = chain(hand, &held, None);
    if let Some(members) = said.as_object_mut() {
        members.insert("checkpoints".into(), notes.len().into());
        members.insert("bad".into(), bad.clone().into());
    }
    (ok && bad.is_empty(), said)
}

fn registry(home: &Home) -> Said {
    match loops::all(home) {
        Err(e) => (false, json!({ "why": format!("cannot list loops: {e}") })),
        Ok(loops) => {
            let bad: Vec<_> = loops.iter().filter_map(loops::Registered::fault).collect();
            (bad.is_empty(), json!({ "loops": loops.len(), "bad": bad }))
        }
    }
}

fn policy(home: &Home) -> Said {
    let settings = match Settings::load(home) {
        Ok(settings) => settings,
        Err(e) => return (false, json!({ "why": e.to_string() })),
    };
    match Policy::load(home) {
        Ok(policy) => {
            let world = World::with(home, policy, settings);
            let faults = world.policy.lint(&world);
            let row = |f: &crate::gate::Fault| json!({ "line": f.line, "rule": f.rule, "refused": f.refused, "why": f.message });
            let ok = faults.iter().all(|f| !f.refused);
            (
                ok,
                json!({
                    "digest": world.policy.digest, "faults": faults.iter().map(row).collect::<Vec<_>>(),
                    "files": files(home),
                }),
            )
        }
        Err(e @ (PolicyError::Toml(..) | PolicyError::Io(..))) => (false, json!({ "why": e.to_string() })),
    }
}

/// What guards, by name and hash: a change of one of them is a change of what is allowed.
fn files(home: &Home) -> Vec<Value> {
    let guards = [
        ("policy.toml", home.policy()),
        ("fleet.toml", home.settings()),
        ("the fleet program", home.binary().to_path_buf()),
    ];
    let row = |(name, path): (&str, std::path::PathBuf)| {
        let hash = std::fs::read(&path).map_or_else(|e| format!("none: {e}"), |b| sha256(&b).to_string());
        json!({ "name": name, "path": path, "sha256": hash })
    };
    guards.into_iter().map(row).collect()
}

/// Nobody else can write what fleet lives on, and programs are held to what they declare.
fn own(home: &Home) -> Said {
    let mut bad = Vec::new();
    let mut look = |path: &Path, bits: u32, who: &str| {
        if let Ok(meta) = path.metadata()
            && meta.mode() & bits != 0
        {
            bad.push(format!("`{}` can be {who} (mode {:04o})", path.display(), meta.mode() & 0o7777));
        }
    };
    for path in [home.data(), home.config(), home.binary(), &home.policy(), &home.settings(), &home.audit()] {
        look(path, 0o022, "written by others");
    }
    if let Some(secrets) = home.secrets_file() {
        look(secrets, 0o077, "read by others");
    }
    match Confinement::of(home) {
        Confinement::Proven => {}
        Confinement::Refuted(why) | Confinement::Stale(why) => {
            bad.push(format!("confinement is not proven: {why}"))
        }
    }
    (bad.is_empty(), json!({ "bad": bad }))
}
