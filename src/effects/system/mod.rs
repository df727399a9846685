//! The machine: what its own programs and tables say. A back end is a command line and a reader of its
//! answer, both data: on any system they are tested with an answer that was recorded.

pub(super) mod asked;
mod info;
mod launchd;
pub(super) mod listeners;
mod posture;
mod processes;
mod updates;

use super::{Hand, Step, Trouble};
use crate::call::{Happened, Look, Place};
use crate::gate::resolve::program;
use crate::state::{Home, Platform};

pub fn look(hand: &Hand<'_>, look: &Look<Place>) -> Step {
    let (value, lacks) = match look {
        Look::Info { sections, path, depth } => info::info(hand, sections, path.as_ref(), *depth)?,
        Look::Processes { name, top, ports } => processes::list(hand, name.as_deref(), *top, *ports)?,
        Look::Updates { sources } => updates::updates(hand, sources),
        Look::Launchd { domain, label, prefix } => {
            launchd::jobs(hand, *domain, label.as_deref(), prefix.as_deref())?
        }
        Look::Posture { checks } => posture::posture(hand, checks),
        Look::Stat { .. }
        | Look::Search { .. }
        | Look::Secrets { .. }
        | Look::Sqlite { .. }
        | Look::Vulns { .. } => return Err(Trouble::Not("this is no look at the machine".into())),
    };
    if hand.stopped() {
        return Err(Trouble::Braked(format!("{} stopped it while looking", hand.stopper())));
    }
    Ok(Happened::Told { value, lacks })
}

/// Why `tool` cannot be used on this machine, with what to install, where its card alone does not tell.
pub fn unavailable(tool: &str, home: &Home) -> Option<String> {
    let there = |name: &str| program::find(name, home).ok().flatten().is_some();
    let missing = |name: &str| format!("the program `{name}` is not in {}", program::search_path(home));
    match (tool, home.platform()) {
        ("shortcuts_run", platform) if !there("shortcuts") => Some(super::stop::no_shortcuts(platform)),
        ("system_launchd", Platform::Macos) if !there("launchctl") => Some(missing("launchctl")),
        ("system_launchd", Platform::Linux) if !there("systemctl") => Some(
            "launchd is of macOS, and the program `systemctl`, which stands in for it, is not here".into(),
        ),
        _ => None,
    }
}
