//! The kill switch as a command: set it, then end everything that is in flight, until two looks in a
//! row find nothing. The file comes first: whoever spawns registers, looks at it once more, and then
//! spawns, so that nothing begins that is not found.

use super::brakes::killed;
use super::flight;
use super::person::{Person, whoever};
use super::world::GateError;
use crate::audit::{Entry, Kind, Log, LogError, Receipt};
use crate::call::visible_line;
use crate::state::process::{self, GRACE, Identity};
use crate::state::table::Table;
use crate::state::tree::{PAUSE, Tree, signal_one};
use crate::state::{Home, clock, durable};
use jiff::Timestamp;
use std::fs::File;
use std::io::{self, Write as _};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// How long a fleet process may take to stop by itself once nothing runs below it.
const OWN_END: Duration = Duration::from_millis(1500);
/// How long it may take to end after TERM.
const OWN_GRACE: Duration = Duration::from_secs(1);
/// After this the command gives up and says what is left.
const MOST: Duration = Duration::from_millis(9500);
/// How long the record may take after everything ended.
const PATIENCE: Duration = Duration::from_secs(20);

/// What setting the switch came to.
#[derive(Debug)]
#[must_use]
pub enum Engaged {
    /// It is set now.
    Set,
    /// It was set before.
    Before,
    /// It is set, and a power cut may undo that.
    NotSynced(io::Error),
    /// It is not set: calls that come are not stopped.
    Not(io::Error),
}

/// What became of one call that was in flight.
#[derive(Debug, serde::Serialize)]
pub struct Stopped {
    /// The call.
    pub call: String,
    /// Its tool, if its file told.
    pub tool: Option<String>,
    /// Who called.
    pub caller: Option<String>,
    /// Processes that were ended, its fleet process included.
    pub ended: usize,
    /// Those that needed KILL.
    pub forced: usize,
    /// Those that are still there.
    pub left: Vec<i32>,
    /// Whether its file is still held.
    pub under_way: bool,
}

/// Everything that was in flight.
#[derive(Debug, serde::Serialize)]
pub struct Killed {
    /// Call by call.
    pub calls: Vec<Stopped>,
    /// Why calls could not be looked at, if they could not.
    pub blind: Option<String>,
}

impl Killed {
    /// Whether nothing is left.
    pub fn clean(&self) -> bool {
        self.blind.is_none() && self.calls.iter().all(|call| call.left.is_empty() && !call.under_way)
    }
}

/// Everything that a kill came to.
#[derive(Debug)]
#[must_use]
pub struct Kill {
    /// The switch.
    pub engaged: Engaged,
    /// What was in flight.
    pub killed: Killed,
    /// Why it is not on record, if it is not.
    pub unrecorded: Option<String>,
}

/// How `reason` is freed of secrets.
pub type Clean = Box<dyn FnOnce(&Home, &str) -> String + Send>;

/// Stops everything. The switch comes first, and then the end of what is in flight; neither waits for the
/// reason to be freed of secrets, which may ask a keychain, nor for the log, which may be held by what is to be
/// ended. `tell` hears at once whether the switch is set.
pub fn kill(home: &Home, reason: Option<&str>, clean: Clean, tell: &dyn Fn(&Engaged)) -> Kill {
    kill_within(home, reason, clean, tell, PATIENCE)
}

fn kill_within(
    home: &Home,
    reason: Option<&str>,
    clean: Clean,
    tell: &dyn Fn(&Engaged),
    patience: Duration,
) -> Kill {
    let (engaged, note) = engage(home);
    tell(&engaged);
    let (done, written) = mpsc::channel();
    let (own, reason) = (home.clone(), reason.map(str::to_owned));
    let beside = std::thread::Builder::new().spawn(move || {
        let reason = reason.map(|reason| clean(&own, &reason));
        if let Some(mut file) = note {
            // What it says is for reading; that it is there is what stops.
            let _ = writeln!(file, "{}", noting(reason.as_deref())).and_then(|()| file.sync_all());
        }
        let recorded = record_kill(&own, reason.as_deref());
        // Who asked may have given up.
        let _ = done.send(recorded.err().map(|e| e.to_string()));
    });
    let killed = end_all(home);
    let unrecorded = match beside {
        Ok(_) => written.recv_timeout(patience).unwrap_or_else(|_| {
            let why = "the secrets of fleet, which the reason may name, or its log did not open within";
            Some(format!("{why} {} s", patience.as_secs()))
        }),
        Err(e) => Some(format!("the system starts no thread: {e}")),
    };
    Kill { engaged, killed, unrecorded }
}

/// Sets the switch, durably; the file, empty so far, if it is new.
fn engage(home: &Home) -> (Engaged, Option<File>) {
    let path = home.kill_switch();
    match durable::create_new(&path) {
        Ok(file) => {
            let synced = file.sync_all().and_then(|()| durable::sync_folder(home.data()));
            (synced.map_or_else(Engaged::NotSynced, |()| Engaged::Set), Some(file))
        }
        Err(_) if killed(home) && path.symlink_metadata().is_ok() => (Engaged::Before, None),
        Err(e) => (Engaged::Not(e), None),
    }
}

fn noting(reason: Option<&str>) -> String {
    let why = reason.map_or_else(String::new, |reason| format!(": {reason}"));
    format!("since {} by {}{why}", clock::now().strftime("%Y-%m-%d %H:%M:%SZ"), whoever().0)
}

/// What the switch says about itself; empty if a person made it by hand.
pub(super) fn noted(home: &Home) -> String {
    let mut text = Vec::new();
    if let Ok(file) = durable::open_read(&home.kill_switch()) {
        let _ = io::Read::read_to_end(&mut io::Read::take(file, 400), &mut text);
    }
    let text = String::from_utf8_lossy(&text);
    visible_line(text.lines().next().unwrap_or_default(), 300)
}

/// Puts on record that everything was stopped.
fn record_kill(home: &Home, reason: Option<&str>) -> Result<Receipt, LogError> {
    let (by, source) = whoever();
    let entry = Entry::new(Kind::KillEngaged).with("by", by).with("source", source).with("reason", reason);
    Log::of(home).append(&entry)
}

/// One call that was found in flight.
struct Hunted {
    call: String,
    tool: Option<String>,
    caller: Option<String>,
    by: Option<Identity>,
    tree: Tree,
    living: Vec<i32>,
    held: bool,
    was_held: bool,
    /// Since when nothing runs below its fleet process.
    alone: Option<Instant>,
    asked: Option<Instant>,
    forced: bool,
}

/// Ends every call in flight: what it runs gets TERM, five seconds, KILL; its fleet process, which
/// sees the switch by itself unless it hangs, is ended after that. Whoever appears meanwhile, too.
fn end_all(home: &Home) -> Killed {
    let started = Instant::now();
    let (mut hunted, mut quiet, mut blind) = (Vec::<Hunted>::new(), false, None);
    loop {
        let over = started.elapsed();
        let Some(table) = Table::now() else {
            blind = Some("the system does not list its processes".to_owned());
            hunted.extend(without_table(home));
            break;
        };
        if let Err(e) = meet(home, &mut hunted, &table) {
            blind = Some(format!("cannot look into `{}`: {e}", home.inflight().display()));
            break;
        }
        for one in &mut hunted {
            one.living = one.tree.look(&table);
            if over < GRACE {
                one.tree.ask(&one.living);
            } else {
                one.tree.force(&one.living, &table);
            }
            one.end_own();
        }
        let idle = hunted.iter().all(|one| one.living.is_empty() && !one.held);
        if idle && quiet || over > MOST {
            break;
        }
        quiet = idle;
        // What forks all the time gets no pause.
        std::thread::sleep(if over < GRACE { PAUSE } else { Duration::from_millis(1) });
    }
    let calls = hunted.into_iter().filter_map(Hunted::report).collect();
    Killed { calls, blind }
}

/// Brings what is known of the calls in flight up to date.
fn meet(home: &Home, hunted: &mut Vec<Hunted>, table: &Table) -> io::Result<()> {
    let found = flight::all(home)?;
    for one in hunted.iter_mut() {
        one.held = found.iter().any(|f| f.call == one.call && f.held);
    }
    for one in found {
        let at = match hunted.iter().position(|h| h.call == one.call) {
            Some(at) => at,
            None => {
                hunted.push(Hunted::new(home, &one.call));
                hunted.len() - 1
            }
        };
        let Some(known) = hunted.get_mut(at) else { continue };
        known.held |= one.held;
        known.was_held |= one.held;
        if let Some(m) = one.manifest {
            if known.by.is_none() {
                known.tree = Tree::new(&home.inflight().join(&one.call), one.held.then(|| m.by.clone()));
            }
            (known.tool, known.caller, known.by) = (Some(m.tool), Some(m.caller), Some(m.by));
        }
        one.children.iter().for_each(|child| known.tree.leader(child));
    }
    // What a call left running that landed before, or whose file somebody removed.
    for call in table.marked_below(&home.inflight()) {
        if hunted.iter().all(|h| h.call != call) {
            hunted.push(Hunted::new(home, &call));
        }
    }
    Ok(())
}

/// The last resort: groups that in-flight files name.
fn without_table(home: &Home) -> Vec<Hunted> {
    let end = |one: flight::UnderWay| {
        let mut known = Hunted::new(home, &one.call);
        for child in &one.children {
            let _ = process::end_group(child, GRACE);
        }
        (known.held, known.was_held) = (one.held, one.held);
        known
    };
    flight::all(home).unwrap_or_default().into_iter().map(end).collect()
}

impl Hunted {
    fn new(home: &Home, call: &str) -> Self {
        Self {
            call: call.to_owned(),
            tool: None,
            caller: None,
            by: None,
            tree: Tree::new(&home.inflight().join(call), None),
            living: Vec::new(),
            held: false,
            was_held: false,
            alone: None,
            asked: None,
            forced: false,
        }
    }

    /// The fleet process of the call: it gets a moment to put the outcome on record.
    fn end_own(&mut self) {
        let Some(by) = self.by.as_ref().filter(|by| self.held && **by != process::own()) else { return };
        if !self.living.is_empty() && self.asked.is_none() {
            self.alone = None;
            return;
        }
        let alone = *self.alone.get_or_insert_with(Instant::now);
        match self.asked {
            None if alone.elapsed() >= OWN_END && signal_one(by, false) => self.asked = Some(Instant::now()),
            Some(asked) if asked.elapsed() >= OWN_GRACE => self.forced |= signal_one(by, true),
            None | Some(_) => {}
        }
    }

    /// What became of it; none if it had crashed and left nothing running.
    fn report(self) -> Option<Stopped> {
        let mut left = self.living;
        left.extend(self.by.as_ref().filter(|by| self.held && process::alive(by)).map(|by| by.pid));
        let ended = self.tree.ended(Vec::new());
        let own = usize::from(self.asked.is_some());
        (self.was_held || ended.told > 0).then(|| Stopped {
            call: self.call,
            tool: self.tool,
            caller: self.caller,
            ended: (ended.told + own).saturating_sub(left.len()),
            forced: ended.forced + usize::from(self.forced),
            left,
            under_way: self.held,
        })
    }
}

/// Lets calls run again, on record first. False if the switch was not set.
///
/// # Errors
/// [`GateError`]: the switch then stays.
pub fn release(home: &Home, person: &Person, reason: &str) -> Result<bool, GateError> {
    let path = home.kill_switch();
    if !killed(home) {
        return Ok(false);
    }
    let entry = Entry::new(Kind::KillReleased)
        .with("by", person.by())
        .with("source", person.source())
        .with("proof", person.proof())
        .with("reason", reason);
    let _ = Log::of(home).append(&entry)?;
    let failed = |e| GateError::State(home.kill_span(), e);
    let since = path.symlink_metadata().and_then(|meta| meta.modified());
    // A switch that does not tell its age was set all the time.
    let since = since.ok().and_then(|t| Timestamp::try_from(t).ok()).unwrap_or(Timestamp::UNIX_EPOCH);
    let span = serde_json::json!({ "since": since, "until": clock::now() });
    durable::write(&home.kill_span(), span.to_string().as_bytes()).map_err(failed)?;
    durable::remove(&path)
        .and_then(|()| durable::sync_folder(home.data()))
        .map_err(|e| GateError::State(path, e))?;
    Ok(true)
}

/// From when to when the switch was set last: what was due then is not caught up.
pub fn last_kill(home: &Home) -> Option<(Timestamp, Timestamp)> {
    #[derive(serde::Deserialize)]
    struct Span {
        since: Timestamp,
        until: Timestamp,
    }
    let span: Span = serde_json::from_slice(&durable::read_small(&home.kill_span()).ok()?).ok()?;
    Some((span.since, span.until))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::brakes::killed;

    #[test]
    fn the_switch_waits_for_no_keychain() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::scratch(dir.path()).unwrap();
        for folder in [home.data().to_path_buf(), home.inflight()] {
            std::fs::create_dir_all(folder).unwrap();
        }
        let (asked, asking) = mpsc::channel();
        let hangs: Clean = Box::new(move |_, _| {
            asked.send(()).unwrap();
            loop {
                std::thread::park();
            }
        });
        let started = Instant::now();
        let came = kill_within(&home, Some("a secret"), hangs, &|_| {}, Duration::from_millis(300));
        assert!(matches!(came.engaged, Engaged::Set) && came.killed.clean(), "{came:?}");
        assert!(asking.try_recv().is_ok() && came.unrecorded.unwrap().contains("did not open"));
        assert!(killed(&home) && started.elapsed() < Duration::from_secs(5));
        // Nothing of the reason was written before it was free of secrets.
        assert_eq!(std::fs::read(home.kill_switch()).unwrap(), b"");
    }

    #[test]
    fn what_the_switch_says_is_free_of_secrets() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::scratch(dir.path()).unwrap();
        std::fs::create_dir_all(home.inflight()).unwrap();
        let watched = home.clone();
        let clean: Clean = Box::new(move |_, reason| {
            assert!(killed(&watched), "the switch comes first");
            reason.replace("hunter2", "\u{27e8}token\u{27e9}")
        });
        let came = kill_within(&home, Some("it was hunter2"), clean, &|_| {}, Duration::from_secs(20));
        assert!(matches!(came.engaged, Engaged::Set));
        assert!(noted(&home).ends_with(": it was \u{27e8}token\u{27e9}"), "{}", noted(&home));
    }
}
