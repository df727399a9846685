//! What a run started, found again: through parents, through sessions, and through a mark in the
//! environment, which a process keeps that made a session of its own and lost its parent. And its end.
#![expect(clippy::disallowed_methods, reason = "signals what fleet itself started, and nothing else")]

use super::process::{Identity, end_group, start_of};
use super::table::{Row, Table, own_pid};
use rustix::process::{Pid, Signal};
use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

/// Time between two looks while something still lives.
pub const PAUSE: Duration = Duration::from_millis(20);
/// How often it stops what is new before it sends KILL all the same.
const STILL: u32 = 20;
/// How long what ignored TERM is hunted with KILL.
const HUNT: Duration = Duration::from_secs(4);

/// A run's processes, as far as they were seen.
#[derive(Debug, Default)]
pub struct Tree {
    /// Leaders of sessions that are the run's.
    leaders: Vec<Identity>,
    /// A process whose children are the run's, but which is not itself.
    above: Option<Identity>,
    /// The mark of its processes.
    mark: Vec<u8>,
    /// Every process that was seen alive, and what it was sent.
    seen: BTreeMap<i32, Seen>,
    /// How often something was stopped that had not been seen before.
    rounds: u32,
}

#[derive(Debug)]
struct Seen {
    start: String,
    asked: bool,
    stopped: bool,
    forced: bool,
}

/// What came of ending a tree.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Ended {
    /// Processes that were told to end.
    pub told: usize,
    /// Those that needed KILL.
    pub forced: usize,
    /// Those that are still there.
    pub left: Vec<i32>,
}

impl Tree {
    /// The run whose processes carry `mark`, with the children of `above` if that is given.
    pub fn new(mark: &Path, above: Option<Identity>) -> Self {
        Self { above, mark: mark.as_os_str().as_bytes().to_vec(), ..Self::default() }
    }

    /// The children of `above` are of this run, or nobody's.
    pub(super) fn set_above(&mut self, above: Option<Identity>) {
        self.above = above;
    }

    /// A process that leads a session of this run.
    pub fn leader(&mut self, leader: &Identity) {
        if !self.leaders.contains(leader) {
            self.leaders.push(leader.clone());
        }
    }

    /// The run's living processes in `table`, this one aside; they are known from now on.
    pub fn look(&mut self, table: &Table) -> Vec<i32> {
        let mark = Some(&self.mark).filter(|mark| !mark.is_empty());
        let marked = mark.and_then(|mark| table.marks.get(mark)).cloned().unwrap_or_default();
        let known = |row: &Row| {
            marked.contains(&row.pid)
                || self.leaders.iter().any(|l| l.pid == row.pid && l.start == row.start)
                || self.seen.get(&row.pid).is_some_and(|seen| seen.start == row.start)
        };
        // A session outlives its leader, and its number is nobody else's while a member lives; if the
        // number is a process that started later, the session is over.
        let mut sessions: BTreeSet<i32> = self
            .leaders
            .iter()
            .filter(|l| table.rows.get(&l.pid).is_none_or(|row| row.start == l.start))
            .map(|l| l.pid)
            .collect();
        let above = self.above.as_ref().filter(|a| table.is(a)).map(|a| a.pid);
        let mut found: BTreeSet<i32> = table.rows.values().filter(|row| known(row)).map(|r| r.pid).collect();
        loop {
            let leads = |pid: &&i32| table.rows.get(pid).is_some_and(|row| row.session == **pid);
            sessions.extend(found.iter().filter(leads));
            let more: Vec<i32> = table
                .rows
                .values()
                .filter(|r| !found.contains(&r.pid) && Some(r.pid) != above)
                .filter(|r| {
                    sessions.contains(&r.session)
                        || found.contains(&r.parent)
                        || above.is_some_and(|above| r.parent == above)
                })
                .map(|r| r.pid)
                .collect();
            if more.is_empty() {
                break;
            }
            found.extend(more);
        }
        found.retain(|pid| *pid > 1 && *pid != own_pid());
        for row in found.iter().filter_map(|pid| table.rows.get(pid)) {
            let who = Identity { pid: row.pid, start: row.start.clone() };
            if row.session == row.pid {
                self.leader(&who);
            }
            if self.seen.get(&row.pid).is_none_or(|seen| seen.start != row.start) {
                self.seen
                    .insert(row.pid, Seen { start: who.start, asked: false, stopped: false, forced: false });
            }
        }
        found.into_iter().collect()
    }

    /// Sends TERM to each of `living` once.
    pub fn ask(&mut self, living: &[i32]) {
        for pid in living {
            if let Some(seen) = self.seen.get_mut(pid).filter(|seen| !seen.asked) {
                seen.asked = true;
                signal(*pid, &seen.start, Signal::TERM);
            }
        }
    }

    /// Stops `living`, and once nothing new was found sends KILL: to whole groups first, which no fork
    /// escapes, and then to each. While the parents only stand still, a child that was made since the
    /// look still leads back to them, whatever it did to its session and its mark.
    pub fn force(&mut self, living: &[i32], table: &Table) {
        let fresh: Vec<i32> =
            living.iter().copied().filter(|pid| self.seen.get(pid).is_some_and(|s| !s.stopped)).collect();
        // Who always finds another one is not waited for.
        if !fresh.is_empty() && self.rounds < STILL {
            self.rounds += 1;
            for pid in fresh {
                if let Some(seen) = self.seen.get_mut(&pid) {
                    seen.stopped = true;
                    signal(pid, &seen.start, Signal::STOP);
                }
            }
            return;
        }
        let ours: BTreeSet<i32> = living.iter().copied().collect();
        let group_of = |pid: &i32| table.rows.get(pid).map(|row| row.group);
        let whole = |group: &i32| {
            *group > 1 && table.rows.values().all(|row| row.group != *group || ours.contains(&row.pid))
        };
        let groups: BTreeSet<i32> = living.iter().filter_map(group_of).filter(whole).collect();
        for group in groups.into_iter().filter_map(Pid::from_raw) {
            let _ = rustix::process::kill_process_group(group, Signal::KILL);
        }
        for pid in living {
            if let Some(seen) = self.seen.get_mut(pid) {
                (seen.asked, seen.forced) = (true, true);
                signal(*pid, &seen.start, Signal::KILL);
            }
        }
    }

    /// What was done so far, with `left` still there.
    pub fn ended(&self, left: Vec<i32>) -> Ended {
        let told = self.seen.values().filter(|s| s.asked).count();
        Ended { told, forced: self.seen.values().filter(|s| s.forced).count(), left }
    }

    /// Ends all of it: TERM, `grace`, KILL, until two looks in a row find nothing.
    pub fn end(&mut self, grace: Duration) -> Ended {
        let (started, mut quiet) = (Instant::now(), false);
        loop {
            let Some(table) = Table::now() else {
                // The process table does not read: what is left is the groups that are known.
                let told = self.leaders.iter().filter(|leader| end_group(leader, grace)).count();
                return Ended { told, ..Ended::default() };
            };
            let living = self.look(&table);
            let over = started.elapsed();
            match living.is_empty() {
                true if quiet => return self.ended(living),
                true => {}
                false if over < grace => self.ask(&living),
                false if over < grace + HUNT => self.force(&living, &table),
                false => return self.ended(living),
            }
            quiet = living.is_empty();
            // What forks all the time gets no pause.
            std::thread::sleep(if over < grace { PAUSE } else { Duration::from_millis(1) });
        }
    }
}

/// Signals one process if it is still that one. Whether it was there.
pub fn signal_one(who: &Identity, force: bool) -> bool {
    signal(who.pid, &who.start, if force { Signal::KILL } else { Signal::TERM })
}

fn signal(pid: i32, start: &str, what: Signal) -> bool {
    let same = pid > 1 && start_of(pid).as_deref() == Some(start);
    same && Pid::from_raw(pid).is_some_and(|pid| rustix::process::kill_process(pid, what).is_ok())
}

#[cfg(test)]
mod tests {
    use super::super::table::MARK;
    use super::*;
    use std::os::unix::process::CommandExt as _;
    use std::process::{Child, Command, Stdio};

    /// With nothing of this process: whoever waits for its output must not wait for a forgotten child.
    fn quiet(program: &str) -> Command {
        let mut command = Command::new(program);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    fn run(line: &str, mark: &str) -> (Child, Tree) {
        let mut command = quiet("/usr/bin/setsid");
        command.args(["sh", "-c", line]).env(MARK, mark).process_group(0);
        let child = command.spawn().unwrap();
        let pid = i32::try_from(child.id()).unwrap();
        let mut tree = Tree::new(Path::new(mark), None);
        tree.leader(&Identity { pid, start: start_of(pid).unwrap() });
        (child, tree)
    }

    fn alive_named(name: &str) -> usize {
        let line = |pid: i32| std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let has = |pid: &i32| String::from_utf8_lossy(&line(*pid)).contains(name);
        Table::now().unwrap().rows.into_keys().filter(has).count()
    }

    fn wait_for(name: &str, count: usize) {
        let started = Instant::now();
        while alive_named(name) < count && started.elapsed() < Duration::from_secs(10) {
            std::thread::sleep(PAUSE);
        }
        assert!(alive_named(name) >= count, "{name}");
    }

    #[test]
    fn a_grandchild_with_a_session_of_its_own_and_without_a_parent_is_found_by_its_mark() {
        // The middle process ends at once, so that nothing but the mark leads to the last one.
        let (mut child, mut tree) =
            run("setsid sh -c 'setsid sleep 30.7201 &' & exec sleep 30.7201", "/x/orphan");
        wait_for("30.7201", 2);
        let ended = tree.end(Duration::from_millis(300));
        let _ = child.wait();
        assert!(ended.told >= 2 && ended.left.is_empty(), "{ended:?}");
        assert_eq!(alive_named("30.7201"), 0);
    }

    #[test]
    fn what_forks_into_new_sessions_all_the_time_and_ignores_term_is_ended() {
        let line = "trap '' TERM; while :; do setsid env -u FLEET_CALL sh -c 'trap \"\" TERM; sleep 30.7202' & sleep 0.02; done";
        let (mut child, mut tree) = run(line, "/x/storm");
        wait_for("30.7202", 4);
        let ended = tree.end(Duration::from_millis(300));
        let _ = child.wait();
        assert!(ended.forced > 0 && ended.left.is_empty(), "{ended:?}");
        std::thread::sleep(Duration::from_millis(200));
        assert_eq!(alive_named("30.7202"), 0);
    }

    #[test]
    fn a_process_with_the_pid_of_an_earlier_one_is_not_touched() {
        let mut other = quiet("sleep").arg("30.7203").process_group(0).spawn().unwrap();
        let pid = i32::try_from(other.id()).unwrap();
        let mut tree = Tree::new(Path::new("/x/reused"), None);
        tree.leader(&Identity { pid, start: "1".into() });
        assert_eq!(tree.end(Duration::ZERO), Ended::default());
        assert!(!signal_one(&Identity { pid, start: "1".into() }, true));
        assert!(other.try_wait().unwrap().is_none());
        other.kill().unwrap();
        let _ = other.wait();
    }

    #[test]
    fn a_tree_never_holds_its_hunter() {
        let mut tree = Tree::new(Path::new("/x/self"), None);
        tree.leader(&super::super::process::own());
        let living = tree.look(&Table::now().unwrap());
        assert!(!living.contains(&own_pid()));
    }
}
