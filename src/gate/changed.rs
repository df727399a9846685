//! An edit of policy or settings is in force at once; the first to see it puts it on record and tells
//! the owner, so that an edit by somebody else does not stay unseen.

use super::policy::digest_of;
use super::world::{GateError, World};
use crate::audit::{Entry, Kind, Log};
use crate::call::{Digest, Severity};
use crate::notify::{self, Notice};
use crate::state::{Home, Lock, clock, durable};
use std::time::Duration;

const WAIT: Duration = Duration::from_secs(20);
/// Most faults that a notice lists.
const MOST: usize = 10;

/// Takes the policy as it is now for known. Only `init` calls this.
///
/// # Errors
/// [`GateError`].
pub fn policy_is_seen(home: &Home) -> Result<(), GateError> {
    let world = World::load(home)?;
    keep(home, &world.policy.digest)
}

/// Sees whether policy or settings changed since the last look.
///
/// # Errors
/// [`GateError`]: then the next to look sees it again.
pub fn note_policy(home: &Home) -> Result<(), GateError> {
    if seen(home, &digest_of(home)) { Ok(()) } else { note(home, World::load(home).as_ref()) }
}

/// The same, for who has read them already; also when they do not read.
pub(super) fn note(home: &Home, world: Result<&World<'_>, &GateError>) -> Result<(), GateError> {
    let now = world.map_or_else(|_| digest_of(home), |world| world.policy.digest.clone());
    if seen(home, &now) {
        return Ok(());
    }
    let _lock = Lock::acquire(&home.policy_lock(), WAIT)?;
    // Two can see the same edit: the second has nothing to tell.
    if seen(home, &now) {
        return Ok(());
    }
    let trouble = match world {
        Err(e) => vec![e.to_string()],
        Ok(world) => {
            let told = |fault: &super::policy::Fault| {
                format!(
                    "{}: {}: {}",
                    world.policy.at(fault.line),
                    fault.rule.as_deref().unwrap_or("policy"),
                    fault.message
                )
            };
            world.policy.faults(world).iter().map(told).collect()
        }
    };
    let entry = Entry::new(Kind::PolicyChanged)
        .with("policy", &now)
        .with("reason", "policy.toml or fleet.toml is not what it was at the last look")
        .with("error", (!trouble.is_empty()).then(|| trouble.join("; ")))
        .with("actor", format!("uid:{}", rustix::process::getuid().as_raw()));
    let _ = Log::of(home).append(&entry)?;
    tell(home, &now, &trouble)?;
    keep(home, &now)
}

fn tell(home: &Home, now: &Digest, trouble: &[String]) -> Result<(), GateError> {
    let body = if trouble.is_empty() {
        "policy.toml or fleet.toml was edited, and the edit is in force. First step: if that was not you, \
         `fleet kill`, then look at both files."
            .to_owned()
    } else {
        let listed: Vec<_> = trouble.iter().take(MOST).map(|line| format!("- {line}")).collect();
        let more = trouble.len().saturating_sub(MOST);
        let more = if more > 0 { format!("\n- and {more} more") } else { String::new() };
        format!(
            "policy.toml or fleet.toml was edited, and what is wrong with it forbids what it is about:\n{}{more}\n\
             First step: `fleet policy lint`.",
            listed.join("\n")
        )
    };
    let notice = Notice {
        v: 1,
        key: format!("policy.changed:{now}"),
        at: clock::now(),
        severity: if trouble.is_empty() { Severity::Warn } else { Severity::Urgent },
        title: if trouble.is_empty() {
            "the policy changed".into()
        } else {
            "the policy changed, and is wrong".into()
        },
        body: crate::call::visible(&body),
        more: "fleet policy show".into(),
    };
    notify::put(home, &notice).map(drop).map_err(|e| GateError::State(home.outbox(), e))
}

fn seen(home: &Home, now: &Digest) -> bool {
    durable::read_small(&home.policy_seen()).is_ok_and(|before| before == now.as_str().as_bytes())
}

fn keep(home: &Home, now: &Digest) -> Result<(), GateError> {
    durable::write(&home.policy_seen(), now.as_str().as_bytes())
        .map_err(|e| GateError::State(home.policy_seen(), e))
}
