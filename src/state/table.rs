//! The living processes at one moment: on Linux from `/proc`, on macOS from the system's list.

use super::Platform;
use super::process::{Identity, linux_fields};
use rustix::process::Pid;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

/// The variable that every program of a call carries: the call's in-flight file.
pub const MARK: &str = "FLEET_CALL";

/// One living process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) pid: i32,
    pub(super) parent: i32,
    pub(super) group: i32,
    pub(super) session: i32,
    pub(super) start: String,
}

/// All living processes at one moment.
#[derive(Debug)]
pub struct Table {
    pub(super) rows: BTreeMap<i32, Row>,
    /// Pids by the value of their mark.
    pub(super) marks: BTreeMap<Vec<u8>, BTreeSet<i32>>,
}

impl Table {
    /// Looks. None if the system does not tell.
    pub fn now() -> Option<Self> {
        let table = match Platform::here() {
            Platform::Linux => linux()?,
            Platform::Macos => listed()?,
        };
        Some(table).filter(|t| t.rows.contains_key(&own_pid()))
    }

    /// Names below `folder` that marks of living processes give.
    pub fn marked_below(&self, folder: &Path) -> Vec<String> {
        let names = self.marks.keys().filter_map(|mark| {
            let path = Path::new(OsStr::from_bytes(mark));
            (path.parent() == Some(folder)).then(|| path.file_name()?.to_str().map(str::to_owned)).flatten()
        });
        names.collect()
    }

    pub(super) fn is(&self, who: &Identity) -> bool {
        self.rows.get(&who.pid).is_some_and(|row| row.start == who.start)
    }
}

/// This process.
pub(super) fn own_pid() -> i32 {
    rustix::process::getpid().as_raw_nonzero().get()
}

/// The value of the mark among the variables of `environment`.
fn mark_in<'a>(mut environment: impl Iterator<Item = &'a [u8]>) -> Option<Vec<u8>> {
    let value = |variable: &'a [u8]| variable.strip_prefix(MARK.as_bytes())?.strip_prefix(b"=");
    environment.find_map(value).map(<[u8]>::to_vec)
}

fn linux() -> Option<Table> {
    let mut table = Table { rows: BTreeMap::new(), marks: BTreeMap::new() };
    let pids =
        std::fs::read_dir("/proc").ok()?.filter_map(|e| e.ok()?.file_name().to_str()?.parse::<i32>().ok());
    for pid in pids {
        let Some(fields) = linux_fields(pid) else { continue };
        let number = |at: usize| fields.get(at).and_then(|f| f.parse().ok());
        let (Some(parent), Some(group), Some(session)) = (number(1), number(2), number(3)) else { continue };
        if fields.first().is_some_and(|state| state == "Z" || state == "X") {
            continue;
        }
        let start = fields.get(19).cloned().unwrap_or_default();
        table.rows.insert(pid, Row { pid, parent, group, session, start });
        let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        if let Some(mark) = mark_in(environment.split(|b| *b == 0)) {
            table.marks.entry(mark).or_default().insert(pid);
        }
    }
    Some(table)
}

/// The same through the system's process list.
fn listed() -> Option<Table> {
    use sysinfo::{ProcessRefreshKind, ProcessStatus, ProcessesToUpdate, System, UpdateKind};
    let mut system = System::new().ok()?;
    let what = ProcessRefreshKind::nothing().with_environ(UpdateKind::Always);
    system.refresh_processes_specifics(ProcessesToUpdate::All, true, what);
    let mut table = Table { rows: BTreeMap::new(), marks: BTreeMap::new() };
    let number = |pid: sysinfo::Pid| i32::try_from(pid.as_u32()).ok();
    for process in system.processes().values() {
        let gone = matches!(process.status(), ProcessStatus::Zombie | ProcessStatus::Dead);
        let Some(pid) = number(process.pid()).filter(|_| !gone && process.thread_kind().is_none()) else {
            continue;
        };
        let row = Row {
            pid,
            parent: process.parent().and_then(number).unwrap_or(0),
            group: group_of(pid).unwrap_or(0),
            session: process.session_id().and_then(number).unwrap_or(0),
            start: process.start_time().to_string(),
        };
        if let Some(mark) = mark_in(process.environ().iter().map(|v| v.as_bytes())) {
            table.marks.entry(mark).or_default().insert(pid);
        }
        table.rows.insert(pid, row);
    }
    Some(table)
}

fn group_of(pid: i32) -> Option<i32> {
    match Platform::here() {
        // Not `getpgid`: its 0, of a process from outside this namespace, has no place in `Pid`.
        Platform::Linux => linux_fields(pid)?.get(2)?.parse().ok(),
        Platform::Macos => {
            Some(rustix::process::getpgid(Some(Pid::from_raw(pid)?)).ok()?.as_raw_nonzero().get())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};

    #[test]
    fn the_process_list_agrees_with_proc() {
        let mut sleep = Command::new("sleep");
        // With nothing of this process: whoever waits for its output must not wait for a forgotten child.
        sleep.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = sleep.arg("30.7204").env(MARK, "/x/listed").spawn().unwrap();
        let pid = i32::try_from(child.id()).unwrap();
        let (proc, list) = (linux().unwrap(), listed().unwrap());
        child.kill().unwrap();
        let _ = child.wait();
        let shape = |table: &Table| {
            let row = &table.rows[&pid];
            (row.parent, row.group, row.session, table.marks[&b"/x/listed".to_vec()].contains(&pid))
        };
        assert_eq!(shape(&proc), shape(&list));
        assert!(proc.marked_below(Path::new("/x")).contains(&"listed".to_owned()));
    }
}
