//! Registered loops, read from what registration and runs left on disk.

use crate::calendar::{self, Marks, Schedule};
use crate::call::LoopId;
use crate::canon::sha256;
use crate::state::{Home, clock};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::path::Path;

/// One registered loop.
pub struct Registered {
    /// Its name.
    pub id: LoopId,
    folder: std::path::PathBuf,
    record: Value,
}

/// All of them, sorted.
pub fn all(home: &Home) -> std::io::Result<Vec<Registered>> {
    let mut found: Vec<Registered> = std::fs::read_dir(home.loops())?
        .filter_map(|entry| {
            let id = LoopId::parse(entry.ok()?.file_name().to_str()?).ok()?;
            let folder = home.loop_of(&id);
            let record = json_of(&folder.join("registered.json"))?;
            Some(Registered { id, folder, record })
        })
        .collect();
    found.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(found)
}

fn json_of(path: &Path) -> Option<Value> {
    serde_json::from_slice(&std::fs::read(path).ok()?).ok()
}

/// Findings of all of them: what is open, the most urgent and oldest first, and what was opened or
/// resolved within a day.
pub fn findings(all: &[Registered], now: Timestamp) -> Value {
    let rank = |v: &Value| match v.get("severity").and_then(Value::as_str) {
        Some("urgent") => 0,
        Some("warn") => 1,
        _ => 2,
    };
    let text = |v: &Value, name: &str| v.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let lately = |at: &str| clock::read(at).is_some_and(|at| now.duration_since(at).as_hours() < 24);
    let row = |id: &LoopId, f: &Value, more: &str, at: &str| {
        json!({
            "loop": id, "key": f.get("key"), "severity": f.get("severity"), "title": f.get("title"),
            "detail": f.get("detail"), more: at,
        })
    };
    let (mut open, mut resolved) = (Vec::new(), Vec::new());
    for one in all {
        let now_open = json_of(&one.folder.join("findings.json")).unwrap_or_default();
        for finding in now_open.as_object().into_iter().flat_map(serde_json::Map::values) {
            open.push(row(&one.id, finding, "opened", &text(finding, "opened")));
        }
        let ended: Vec<Value> =
            crate::state::jsonl::tail(&one.folder.join("resolved.jsonl"), 200).unwrap_or_default();
        for ended in ended {
            let at = text(&ended, "resolved");
            if lately(&at) {
                resolved.push(row(&one.id, ended.get("finding").unwrap_or(&Value::Null), "resolved", &at));
            }
        }
    }
    open.sort_by_key(|f| (rank(f), text(f, "opened")));
    resolved.sort_by_key(|f| (rank(f), text(f, "resolved")));
    let new = open.iter().filter(|f| lately(&text(f, "opened"))).count();
    json!({ "open": open, "resolved": resolved, "new": new })
}

impl Registered {
    /// As a row of `fleet loop list`.
    pub fn row(&self) -> Value {
        let last = json_of(&self.folder.join("last.json")).unwrap_or_default();
        json!({
            "id": self.id, "state": self.state(), "last": last.get("outcome"), "last_ended": last.get("ended"),
            "last_reason": last.get("reason"),
        })
    }

    /// Whether it may act, if it is what was registered.
    pub fn state(&self) -> &'static str {
        match self.fault() {
            Some(_) => "changed",
            None if std::fs::read_to_string(self.folder.join("mode")).is_ok_and(|m| m.trim() == "live") => {
                "live"
            }
            None => "observe",
        }
    }

    /// What of it is not what was registered.
    pub fn fault(&self) -> Option<String> {
        let parts = [("loop.toml", "loop_sha256", "definition"), ("runbook.md", "runbook_sha256", "runbook")];
        parts.into_iter().find_map(|(file, member, what)| {
            let now = std::fs::read(self.folder.join(file)).map(|bytes| sha256(&bytes));
            let then = self.record.get(member).and_then(Value::as_str);
            let same = now.is_ok_and(|now| then == Some(now.as_str()));
            (!same).then(|| format!("the registered {what} of loop `{}` is not what was registered", self.id))
        })
    }

    /// The slot that has passed without a run, if one has.
    pub fn overdue(&self, now: Timestamp) -> Option<Timestamp> {
        let text = std::fs::read_to_string(self.folder.join("loop.toml")).ok()?;
        let table: toml::Table = toml::from_str(&text).ok()?;
        let schedule = Schedule::parse(table.get("schedule")?.as_table()?).ok()?;
        let zone = clock::zone(schedule.zone.as_deref()).ok()?;
        let marks: Option<Marks> =
            json_of(&self.folder.join("marks.json")).and_then(|marks| serde_json::from_value(marks).ok());
        let registered = || self.record.get("at").and_then(Value::as_str).and_then(clock::read);
        let behind = marks.map(|marks| marks.floor()).or_else(registered)?;
        let due = calendar::latest(&schedule, &zone, now)?.at;
        (behind < due).then_some(due)
    }
}
