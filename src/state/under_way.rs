//! Children that this process waits for. Several may be under way at once, each with a thread of its
//! own: nobody may take the end of another's child for that of an orphan, nor end it as one.

use std::sync::{Mutex, MutexGuard, PoisonError};

static COUNT: Mutex<Count> = Mutex::new(Count { now: 0, begun: 0 });

/// How many there are now, and how many there ever were.
#[derive(Debug)]
pub(super) struct Count {
    now: u64,
    begun: u64,
}

/// One child, from before it is started until after it was waited for.
#[derive(Debug)]
pub struct UnderWay {
    /// Its number; none if others were under way when it began.
    alone: Option<u64>,
}

impl UnderWay {
    /// From now on there is one more.
    pub fn begin() -> Self {
        let mut count = count();
        count.now += 1;
        count.begun += 1;
        Self { alone: (count.now == 1).then_some(count.begun) }
    }

    /// Held while nobody else begins, if this is the only one now.
    pub(super) fn only(&self) -> Option<MutexGuard<'static, Count>> {
        Some(count()).filter(|count| count.now == 1)
    }

    /// The same, if it was the only one all the time.
    pub(super) fn always_only(&self) -> Option<MutexGuard<'static, Count>> {
        self.only().filter(|count| self.alone == Some(count.begun))
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        count().now -= 1;
    }
}

fn count() -> MutexGuard<'static, Count> {
    COUNT.lock().unwrap_or_else(PoisonError::into_inner)
}
