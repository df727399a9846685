//! Processes: who they are, what they take, and who listens.

use super::listeners;
use crate::effects::{Hand, Trouble};
use crate::state::process;
use serde_json::{Value, json};
use sysinfo::{ProcessRefreshKind, ProcessesToUpdate, System, UpdateKind};

pub fn list(
    hand: &Hand<'_>,
    name: Option<&str>,
    top: u32,
    ports: bool,
) -> Result<(Value, Option<String>), Trouble> {
    let mut system =
        System::new().map_err(|e| Trouble::Not(format!("the system does not list processes: {e}")))?;
    let what = ProcessRefreshKind::nothing().with_cpu().with_memory().with_exe(UpdateKind::OnlyIfNotSet);
    let look = |system: &mut System| system.refresh_processes_specifics(ProcessesToUpdate::All, true, what);
    look(&mut system);
    // What a process takes is known between two looks.
    std::thread::sleep(sysinfo::MINIMUM_CPU_UPDATE_INTERVAL);
    look(&mut system);
    let wanted = name.map(str::to_lowercase);
    let mut found: Vec<&sysinfo::Process> = system
        .processes()
        .values()
        .filter(|p| p.thread_kind().is_none())
        .filter(|p| {
            let name = p.name().to_string_lossy().to_lowercase();
            wanted.as_ref().is_none_or(|wanted| name.contains(wanted))
        })
        .collect();
    found.sort_by(|a, b| {
        b.cpu_usage().total_cmp(&a.cpu_usage()).then(b.memory().cmp(&a.memory())).then(a.pid().cmp(&b.pid()))
    });
    let all = found.len();
    let rows: Vec<Value> =
        found.into_iter().take(usize::try_from(top).unwrap_or(0)).filter_map(row).collect();
    let mut said = json!({ "procs": rows, "total": all });
    let mut lacks = None;
    if ports && let Some(members) = said.as_object_mut() {
        match listeners::all(hand) {
            Ok(found) => drop(members.insert("listeners".into(), json!(found))),
            Err(why) => lacks = Some(format!("who listens is not known: {why}")),
        }
    }
    Ok((said, lacks))
}

/// One process; none if it ended meanwhile. Its arguments are not told: they hold secrets.
fn row(p: &sysinfo::Process) -> Option<Value> {
    let pid = i32::try_from(p.pid().as_u32()).ok()?;
    #[expect(clippy::cast_possible_truncation, reason = "a percentage is small")]
    let cpu = p.cpu_usage().round() as i64;
    Some(json!({
        "pid": pid, "start": process::start_of(pid)?, "name": p.name().to_string_lossy(),
        "exe": p.exe().map(|exe| exe.to_string_lossy()), "parent": p.parent().map(|p| p.as_u32()),
        "cpu_percent": cpu, "mem": p.memory(), "run_s": p.run_time(),
    }))
}
