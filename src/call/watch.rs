//! What a caller and its call tell each other while the call runs: how far it is, and that it is not
//! wanted any more.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// Shared by the one who waits and the one who works. Saying stop is asking: a hand looks as often as
/// it looks at the kill switch, and what it had done by then is done, and on record.
#[derive(Debug, Clone, Default)]
pub struct Watch(Arc<Seen>);

#[derive(Debug, Default)]
struct Seen {
    stop: AtomicBool,
    step: AtomicU32,
    steps: AtomicU32,
}

impl Watch {
    /// The caller does not want it any more.
    pub fn stop(&self) {
        self.0.stop.store(true, Ordering::Release);
    }

    /// Whether the caller said stop.
    pub fn stopped(&self) -> bool {
        self.0.stop.load(Ordering::Acquire)
    }

    /// Step `step` of `steps` begins.
    pub fn begins(&self, step: usize, steps: usize) {
        self.0.steps.store(u32::try_from(steps).unwrap_or(u32::MAX), Ordering::Relaxed);
        self.0.step.store(u32::try_from(step).unwrap_or(u32::MAX), Ordering::Release);
    }

    /// The step that runs and how many there are; both 0 before the first.
    pub fn step(&self) -> (u32, u32) {
        (self.0.step.load(Ordering::Acquire), self.0.steps.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_see_the_same() {
        let (caller, call) = {
            let watch = Watch::default();
            (watch.clone(), watch)
        };
        assert_eq!((call.stopped(), caller.step()), (false, (0, 0)));
        caller.stop();
        call.begins(2, 5);
        assert_eq!((call.stopped(), caller.step()), (true, (2, 5)));
    }
}
