//! Processes that lost their parent: where the system allows it they become children of the fleet
//! process that started the run, so that a session of its own and an empty environment hide nobody.

use super::UnderWay;
use super::platform;
use super::process::{Identity, own};
use rustix::process::{WaitId, WaitIdOptions, WaitOptions, wait, waitid};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, ExitStatus};
use std::sync::{Mutex, PoisonError};

/// Runs that want orphans to come here.
static ADOPTERS: Mutex<u32> = Mutex::new(0);

/// The orphans of one run.
#[derive(Debug)]
pub(super) struct Orphans {
    /// Whether they become children of this process.
    adopted: bool,
    /// Whether it had no children before the run.
    childless: bool,
}

impl Orphans {
    /// From now on.
    pub(super) fn adopt() -> Self {
        // In this order: what began to lose its parent in between was there before.
        let childless = !any_child();
        let mut adopters = ADOPTERS.lock().unwrap_or_else(PoisonError::into_inner);
        *adopters += 1;
        Self { adopted: platform::adopt_orphans(), childless }
    }

    /// The process whose children are the run's, if it was alone in this process. None if this one was
    /// begun with children of its own, as by a shell that started something and then became fleet: those
    /// are somebody else's.
    pub(super) fn parent(&self) -> Option<Identity> {
        self.childless.then(own)
    }

    /// Whether anything of the run may live on after its first process was reaped.
    pub(super) fn any_left(&self) -> bool {
        !self.adopted || any_child()
    }

    /// Takes leave of those that ended, as their parents would have, unless others wait for children here:
    /// who waits until one is gone would else wait for ever. The status of `first`, the run's own first
    /// process, if it ended.
    pub(super) fn reap(&self, first: &mut Child, under: &UnderWay) -> std::io::Result<Option<ExitStatus>> {
        let Some(_only) = under.only().filter(|_| self.adopted) else { return first.try_wait() };
        let mut status = None;
        while let Ok(Some((pid, how))) = wait(WaitOptions::NOHANG) {
            if u32::try_from(pid.as_raw_nonzero().get()) == Ok(first.id()) {
                status = Some(ExitStatus::from_raw(how.as_raw()));
            }
        }
        Ok(status)
    }
}

impl Drop for Orphans {
    /// What is started next, and is no call's program, goes where it always went.
    fn drop(&mut self) {
        let mut adopters = ADOPTERS.lock().unwrap_or_else(PoisonError::into_inner);
        *adopters = adopters.saturating_sub(1);
        if *adopters == 0 {
            platform::leave_orphans();
        }
    }
}

/// Whether this process has a child, living or not yet reaped.
fn any_child() -> bool {
    let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    !matches!(waitid(WaitId::All, look), Err(rustix::io::Errno::CHILD))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_adopted_for_a_run_adopts_no_more_after_it() {
        if super::super::Platform::here() == super::super::Platform::Linux {
            let orphans = Orphans::adopt();
            assert!(orphans.adopted && rustix::process::child_subreaper().unwrap().is_some());
            drop(orphans);
            assert_eq!(rustix::process::child_subreaper().unwrap(), None);
        }
    }
}
