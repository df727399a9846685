//! Whether fleet's own state is whole.

use super::loops;
use crate::audit::{Against, Anchor, Log, Signer};
use crate::call::{CheckPart, Happened};
use crate::effects::{Hand, Step, Trouble};
use crate::gate::{Policy, PolicyError, World};
use crate::state::confinement::Confinement;
use crate::state::{Home, Settings};
use serde_json::{Map, Value, json};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

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
        };
        if let Some(members) = said.as_object_mut() {
            members.insert("ok".into(), ok.into());
        }
        parts.insert(name.clone(), said);
        if !ok {
            bad.push(name);
        }
    }
    if let Some(by) = hand.stopping() {
        return Err(Trouble::Braked(format!("{by} stopped it while looking")));
    }
    let lacks = (!bad.is_empty()).then(|| format!("not whole: {}", bad.join(", ")));
    Ok(Happened::Told { value: json!({ "ok": bad.is_empty(), "parts": parts }), lacks })
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
                json!({ "digest": world.policy.digest, "faults": faults.iter().map(row).collect::<Vec<_>>() }),
            )
        }
        Err(e @ (PolicyError::Toml(..) | PolicyError::Io(..))) => (false, json!({ "why": e.to_string() })),
    }
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
