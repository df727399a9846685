//! What matters now.

use super::loops;
use crate::audit::{Entries, Incidents};
use crate::call::{Happened, StatusSection};
use crate::effects::{Hand, Step, Trouble};
use crate::gate;
use crate::state::clock;
use serde_json::{Map, Value, json};

pub fn status(hand: &Hand<'_>, sections: &[StatusSection]) -> Step {
    let mut said = Map::new();
    for section in sections {
        let name = serde_json::to_value(section).unwrap_or_default();
        let name = name.as_str().unwrap_or_default().to_owned();
        said.insert(name, of(hand, *section).map_err(Trouble::Not)?);
    }
    Ok(Happened::Told { value: said.into(), lacks: None })
}

fn of(hand: &Hand<'_>, section: StatusSection) -> Result<Value, String> {
    let home = hand.home;
    let registered = || loops::all(home).map_err(|e| format!("cannot list loops: {e}"));
    let json = |value: serde_json::Result<Value>| value.map_err(|e| e.to_string());
    match section {
        StatusSection::Loops => Ok(registered()?.iter().map(loops::Registered::row).collect()),
        StatusSection::Breakers => {
            json(serde_json::to_value(gate::breakers(home).map_err(|e| e.to_string())?))
        }
        StatusSection::Ceilings => {
            json(serde_json::to_value(gate::ceilings(home).map_err(|e| e.to_string())?))
        }
        StatusSection::Kill => Ok(gate::killed(home).into()),
        StatusSection::Approvals => {
            let now = clock::now();
            let row = |a: &gate::Approval| {
                json!({
                    "id": a.id, "tool": a.tool, "risk": a.risk, "caller": a.caller, "digest": a.digest,
                    "age_s": now.duration_since(a.asked).as_secs(), "expires": a.expires, "shown": a.shown,
                    "why": a.reasons.iter().map(|r| r.message.as_str()).collect::<Vec<_>>().join("; "),
                })
            };
            Ok(gate::list(home).map_err(|e| e.to_string())?.iter().map(row).collect())
        }
        StatusSection::Overdue => {
            let now = clock::now();
            let late = |l: &loops::Registered| Some(json!({ "id": l.id, "slot": l.overdue(now)? }));
            Ok(registered()?.iter().filter_map(late).collect())
        }
        StatusSection::Findings => Ok(loops::findings(&registered()?, clock::now())),
        StatusSection::Incidents => incidents(hand),
    }
}

/// What went wrong, from the log, and whether somebody wrote it up.
fn incidents(hand: &Hand<'_>) -> Result<Value, String> {
    let mut found = Incidents::default();
    let io = |e: std::io::Error| format!("cannot read the audit log: {e}");
    for (nth, line) in Entries::of(&hand.home.audit(), 1).map_err(io)?.enumerate() {
        if nth % 1024 == 0 && hand.stopped() {
            return Err("the kill switch was set while reading the log".into());
        }
        if let Some((seq, entry)) = line.map_err(io)?.entry {
            found.see(seq, &entry);
        }
    }
    let now = clock::now();
    let row = |i: &crate::audit::Incident| {
        json!({
            "seq": i.seq, "last": i.last, "at": i.at, "kind": i.kind, "about": i.about, "what": i.what,
            "times": i.times, "age_h": now.duration_since(i.at).as_hours(),
            "written": hand.home.postmortem(i.seq).exists(),
        })
    };
    Ok(found.all().iter().map(row).collect())
}
