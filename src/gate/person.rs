//! A person, as far as this machine can tell: on an open channel, not below a fleet run, with proof.

use super::flight;
use super::pin_code::{self, PinError};
use super::world::GateError;
use crate::call::CallId;
use crate::state::{Channel, Home, Proof, Settings, durable, process};
use std::io::IsTerminal as _;
use std::path::Path;

/// The right to decide. Made here alone; what it says goes into the log with each decision.
#[derive(Debug)]
pub struct Person {
    by: String,
    source: String,
    proof: &'static str,
}

/// Why a process cannot decide.
#[derive(Debug, thiserror::Error)]
pub enum NotAPerson {
    /// What fleet started does not decide about itself.
    #[error("this process descends from a fleet run: a person decides, not what fleet started")]
    BelowARun,
    /// No channel.
    #[error("no channel for decisions is open here ({open}): {hint}")]
    NoChannel {
        /// Channels in the settings.
        open: String,
        /// What to do.
        hint: &'static str,
    },
    /// Wrong or missing PIN.
    #[error(transparent)]
    Pin(#[from] PinError),
    /// Settings or state cannot be read.
    #[error(transparent)]
    Gate(#[from] GateError),
}

impl Person {
    /// Proves that a person decides. `prompt` is asked for the PIN if one is demanded.
    ///
    /// # Errors
    /// [`NotAPerson`].
    pub fn prove(
        home: &Home,
        prompt: &mut dyn FnMut() -> std::io::Result<String>,
    ) -> Result<Self, NotAPerson> {
        if below_a_run(home)? {
            return Err(NotAPerson::BelowARun);
        }
        // Not seen is not lost: who cannot put it on record now leaves it to the next.
        let _ = super::changed::note_policy(home);
        let settings = Settings::load(home).map_err(GateError::from)?;
        let channels = &settings.approvals.channels;
        let terminal = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
        let channel = if terminal && channels.contains(&Channel::Tty) {
            Channel::Tty
        } else if channels.contains(&Channel::Script) {
            Channel::Script
        } else {
            let open: Vec<_> = channels.iter().map(|c| c.as_str()).collect();
            let hint = if channels.contains(&Channel::Tty) {
                "run this command on a terminal"
            } else {
                "set `channels` in `[approvals]` of fleet.toml"
            };
            return Err(NotAPerson::NoChannel { open: open.join(", "), hint });
        };
        let proof = match settings.approvals.proof {
            Proof::None => "none",
            Proof::Pin => {
                pin_code::check(home, prompt)?;
                "pin"
            }
        };
        Ok(Self { by: user(), source: source(channel), proof })
    }

    /// The person of a scratch home: the demo plays both sides, and nothing else has such a home.
    pub fn of_scratch(home: &Home) -> Option<Self> {
        home.is_scratch().then(|| Self { by: user(), source: "demo".into(), proof: "none" })
    }

    /// Who.
    pub fn by(&self) -> &str {
        &self.by
    }
    /// From where.
    pub fn source(&self) -> &str {
        &self.source
    }
    /// With which proof.
    pub const fn proof(&self) -> &'static str {
        self.proof
    }
}

/// Who a command comes from and from where, for commands that demand no proof.
pub fn whoever() -> (String, String) {
    let terminal = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    (user(), source(if terminal { Channel::Tty } else { Channel::Script }))
}

/// Name and number of the account; the name is for reading only.
fn user() -> String {
    let uid = rustix::process::getuid().as_raw();
    let table = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let of_uid = |line: &&str| line.split(':').nth(2) == Some(uid.to_string().as_str());
    let name = table.lines().find(of_uid).and_then(|line| line.split(':').next());
    name.map_or_else(|| format!("uid {uid}"), |name| format!("{name} (uid {uid})"))
}

/// The terminal and, over SSH, the peer; or `script` with the parent's program.
fn source(channel: Channel) -> String {
    let peer = std::env::var("SSH_CONNECTION").ok();
    let peer = peer
        .as_deref()
        .and_then(|p| p.split(' ').next())
        .map(|p| format!(" over ssh from {}", crate::call::visible_line(p, 60)));
    let at = match channel {
        Channel::Tty => rustix::termios::ttyname(std::io::stdin(), Vec::new())
            .map_or_else(|_| "tty".to_owned(), |name| format!("tty {}", name.to_string_lossy())),
        Channel::Script => {
            let parent = process::ancestors().into_iter().next().and_then(|(_, exe)| exe);
            parent.map_or_else(|| "script".to_owned(), |exe| format!("script {}", exe.display()))
        }
    };
    crate::call::visible_line(&format!("{at}{}", peer.unwrap_or_default()), 200)
}

/// Whether an ancestor is this program, or this process is in the session of a program that a call
/// of this home runs: an orphan keeps its session. A confined program cannot look, and is refused.
pub(super) fn below_a_run(home: &Home) -> Result<bool, GateError> {
    let own = home.binary();
    let is_own = |exe: &Path| {
        let name = exe.to_string_lossy();
        exe == own || Path::new(name.trim_end_matches(" (deleted)")) == own
    };
    if process::ancestors().iter().any(|(_, exe)| exe.as_deref().is_some_and(is_own)) {
        return Ok(true);
    }
    let started = children(home).map_err(|e| GateError::State(home.inflight(), e))?;
    let lives = |pid: i32| {
        started.iter().any(|child| child.pid == pid && process::start_of(pid).as_ref() == Some(&child.start))
    };
    // A copy of this program has another file, and still the same ancestors.
    if process::ancestors().iter().any(|(pid, _)| lives(*pid)) {
        return Ok(true);
    }
    let Some(session) = process::own_session() else { return Ok(true) };
    Ok(started.iter().any(|child| child.pid == session))
}

fn children(home: &Home) -> std::io::Result<Vec<process::Identity>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(home.inflight())? {
        let entry = entry?;
        if entry.file_name().to_str().is_none_or(|n| CallId::parse(n).is_err()) {
            continue;
        }
        // A call that lands meanwhile takes its file with it.
        match durable::open_read(&entry.path()).and_then(|mut file| flight::read(&mut file)) {
            Ok((_, children)) => found.extend(children),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
            Err(e) => return Err(e),
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::fixture::home;
    use serde_json::json;

    /// An in-flight file that tells of one child.
    fn started(home: &Home, name: &str, pid: i32, start: &str) {
        std::fs::create_dir_all(home.inflight()).unwrap();
        let child = json!({ "pid": pid, "start": start });
        std::fs::write(home.inflight().join(name), format!("{{}}\n{child}\n")).unwrap();
    }

    #[test]
    fn who_descends_from_a_child_of_a_call_is_below_a_run() {
        let (_dir, home) = home();
        std::fs::create_dir_all(home.inflight()).unwrap();
        let (call, below) = ("0".repeat(26), || below_a_run(&home).unwrap());
        assert!(!below());
        let (parent, _) = process::ancestors().into_iter().next().unwrap();
        let start = process::start_of(parent).unwrap();
        started(&home, &call, parent, "another time");
        assert!(!below() || process::own_session() == Some(parent), "its pid was given to another since");
        started(&home, &call, parent, &start);
        assert!(below());
        started(&home, &call, i32::MAX, &start);
        assert!(!below());
        // An orphan keeps its session, and the session outlives the process that began it.
        started(&home, &call, process::own_session().unwrap(), "another time");
        assert!(below());
        std::fs::rename(home.inflight().join(&call), home.inflight().join(".new-x")).unwrap();
        assert!(!below(), "that is no call");
        std::fs::remove_dir_all(home.inflight()).unwrap();
        assert!(below_a_run(&home).is_err(), "what cannot be looked at is not answered");
    }

    #[test]
    fn who_decides_is_told_by_account_and_place() {
        let uid = rustix::process::getuid().as_raw();
        let own = user();
        assert!(own == format!("uid {uid}") || own.ends_with(&format!(" (uid {uid})")), "{own}");
        if uid == 0 {
            assert_eq!(own, "root (uid 0)");
        }
        assert!(source(Channel::Script).starts_with("script"), "{}", source(Channel::Script));
        assert!(source(Channel::Tty).starts_with("tty"), "{}", source(Channel::Tty));
        let (_dir, home) = home();
        let person = Person::of_scratch(&home).unwrap();
        assert_eq!((person.by(), person.source(), person.proof()), (own.as_str(), "demo", "none"));
        assert_eq!(whoever().0, own);
    }
}
