//! What runs under a pid, and what would run a shortcut.

use super::{Unresolved, bulk, pinned};
use crate::call::{Pin, Running, Shortcut, ShortcutWanted, Stop, StopWanted};
use crate::gate::world::World;
use crate::state::{Home, process};

/// The program that runs shortcuts.
pub const SHORTCUTS: &str = "shortcuts";

/// The effect of stopping what is wanted.
pub fn resolve(wanted: StopWanted, home: &Home) -> Stop {
    let StopWanted { pid, start, signal, wait_s } = wanted;
    Stop { pid, start, signal, wait_s, found: running(pid, home) }
}

/// What runs under `pid` now.
pub fn running(pid: i32, home: &Home) -> Option<Running> {
    let who = process::look(pid)?;
    let own = rustix::process::getpid().as_raw_nonzero().get();
    let guarded = if pid == 1 {
        Some("the first process, which keeps the system going")
    } else if pid == own || process::ancestors().iter().any(|(ancestor, _)| *ancestor == pid) {
        Some("the one that asks, or one that it runs under")
    } else if who.exe.as_deref() == Some(home.binary()) {
        Some("fleet itself: `fleet kill` stops what it does")
    } else {
        None
    };
    let exe = who.exe.map(|exe| exe.to_string_lossy().into_owned());
    Some(Running { start: who.start, exe, name: who.name, guarded })
}

/// The effect of running a shortcut.
///
/// # Errors
/// [`Unresolved`].
pub fn shortcut(wanted: ShortcutWanted, world: &World<'_>) -> Result<Shortcut, Unresolved> {
    let ShortcutWanted { name, input, timeout_s } = wanted;
    let program = world.find_program(SHORTCUTS)?;
    let pin = match &program {
        Some(program) => world.program(program, || Ok(pinned(program, false, world)?.0))?,
        None => Pin::Absent,
    };
    Ok(Shortcut { name, input: bulk(input.into_bytes()), timeout_s, program, pin })
}
