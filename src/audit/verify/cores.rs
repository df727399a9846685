//! Parts on all cores, handed over in order. Nobody runs far ahead, so memory stays constant.

use super::line::Mark;
use super::part::{self, Kept, PART, Part, Range};
use std::collections::BTreeMap;
use std::num::NonZero;
use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::sync::{Condvar, Mutex, PoisonError};

/// One segment to be judged: its file, from which byte, up to which.
#[derive(Debug, Clone, Copy)]
pub(super) struct Work<'a> {
    pub path: &'a Path,
    pub from: u64,
    pub size: u64,
}

impl Work<'_> {
    /// An empty file is one part, too: it must be there and be a file.
    fn parts(&self) -> u64 {
        self.size.saturating_sub(self.from).div_ceil(PART).max(1)
    }

    fn range(&self, nth: u64) -> Range {
        let from = self.from + nth * PART;
        Range { from, to: (from + PART).min(self.size), size: self.size, at_line: nth == 0 }
    }
}

#[derive(Default)]
struct Desk {
    /// The next part to be taken, and the next to be handed over.
    taken: u64,
    wanted: u64,
    done: BTreeMap<u64, Part>,
    over: bool,
}

/// Shows `see` each part of `work` in order with the number of its segment, until it answers false.
pub(super) fn each(work: &[Work<'_>], marks: &[Mark], see: &mut dyn FnMut(usize, Part) -> bool) {
    let total: u64 = work.iter().map(Work::parts).sum();
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    let cores = cores.min(usize::try_from(total / 2).unwrap_or(usize::MAX)).max(1);
    if cores == 1 {
        let mut kept = Kept::default();
        for (segment, w) in work.iter().enumerate() {
            for nth in 0..w.parts() {
                if !see(segment, part::judge(w.path, w.range(nth), marks, &mut kept)) {
                    return;
                }
            }
        }
        return;
    }
    let ahead = u64::try_from(cores * 4).unwrap_or(4);
    let (desk, turn) = (Mutex::new(Desk::default()), Condvar::new());
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                let mut kept = Kept::default();
                while let Some((nth, w, range)) = take(&desk, &turn, work, total, ahead) {
                    // A part that could not be judged is a fault: nobody waits for it for ever.
                    let judge = AssertUnwindSafe(|| part::judge(w.path, range, marks, &mut kept));
                    let part = std::panic::catch_unwind(judge);
                    let part = part.unwrap_or_else(|_| Part::unjudged(range.from));
                    lock(&desk).done.insert(nth, part);
                    turn.notify_all();
                }
            });
        }
        let mut at = 0;
        for (segment, w) in work.iter().enumerate() {
            for _ in 0..w.parts() {
                let part = hand_over(&desk, &turn, at);
                at += 1;
                if !see(segment, part) {
                    lock(&desk).over = true;
                    turn.notify_all();
                    return;
                }
            }
        }
    });
}

/// The next part that nobody has, once it is not too far ahead.
fn take<'a>(
    desk: &Mutex<Desk>,
    turn: &Condvar,
    work: &[Work<'a>],
    total: u64,
    ahead: u64,
) -> Option<(u64, Work<'a>, Range)> {
    let mut held = lock(desk);
    while !held.over && held.taken < total && held.taken >= held.wanted + ahead {
        held = turn.wait(held).unwrap_or_else(PoisonError::into_inner);
    }
    if held.over || held.taken >= total {
        return None;
    }
    let nth = held.taken;
    held.taken += 1;
    drop(held);
    let mut before = 0;
    work.iter().find_map(|w| {
        let own = nth - before;
        before += w.parts();
        (nth < before).then(|| (nth, *w, w.range(own)))
    })
}

/// Waits for part `nth`.
fn hand_over(desk: &Mutex<Desk>, turn: &Condvar, nth: u64) -> Part {
    let mut held = lock(desk);
    loop {
        if let Some(part) = held.done.remove(&nth) {
            held.wanted = nth + 1;
            turn.notify_all();
            return part;
        }
        held = turn.wait(held).unwrap_or_else(PoisonError::into_inner);
    }
}

/// Nobody panics while holding the desk, so it is never half changed.
fn lock(desk: &Mutex<Desk>) -> std::sync::MutexGuard<'_, Desk> {
    desk.lock().unwrap_or_else(PoisonError::into_inner)
}
