//! How many loops start in each minute of a year, and the quietest place for one more.

use super::spec::{Every, Schedule, When};
use super::trigger::{Trigger, triggers};

/// Kinds of minutes that a year has: day of the month, day of the week, time. Every day of the month falls
/// on every day of the week at some time.
pub const MINUTES: usize = 31 * 7 * 1440;
/// Most loops that start in one minute.
pub const MOST: u8 = 4;

/// Adds one to each kind of minute in which `starts` start.
pub fn count(starts: &[Trigger], counts: &mut [u8]) {
    for t in starts {
        each(t, &mut |minute| {
            if let Some(count) = counts.get_mut(minute) {
                *count = count.saturating_add(1);
            }
        });
    }
}

/// The most loops that start already in one of the minutes of `starts`.
pub fn load(starts: &[Trigger], counts: &[u8]) -> u8 {
    let mut most = 0;
    for t in starts {
        each(t, &mut |minute| most = most.max(counts.get(minute).copied().unwrap_or_default()));
    }
    most
}

/// The offset at which a loop that runs every so many minutes meets fewest others. `seed` says where to
/// look first, so that loops that are alike do not all take the same one.
pub fn quiet_offset(minutes: u16, counts: &[u8], seed: u64) -> u16 {
    let first = u16::try_from(seed % u64::from(minutes.max(1))).unwrap_or(0);
    let offsets = (0..minutes).map(|n| (first + n) % minutes.max(1));
    let meets = |offset: &u16| {
        load(&triggers(&Schedule::of(When::Every(Every { minutes, offset: *offset }))), counts)
    };
    // The first of those that are equally quiet.
    offsets.min_by_key(meets).unwrap_or(0)
}

fn each(t: &Trigger, see: &mut dyn FnMut(usize)) {
    let days = t.day.map_or(0..31, |d| usize::from(d.saturating_sub(1))..usize::from(d));
    let weekdays = t.weekday.map_or(0..7, |d| usize::from(d)..usize::from(d) + 1);
    let hours = t.hour.map_or(0..24, |h| usize::from(h)..usize::from(h) + 1);
    for day in days {
        for weekday in weekdays.clone() {
            for hour in hours.clone() {
                see(((day * 7 + weekday) * 24 + hour) * 60 + usize::from(t.minute));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The catalogue's mix: none of 157 loops has to wait for a fifth.
    #[test]
    fn loops_that_are_given_their_minutes_never_crowd_one() {
        let mut counts = vec![0; MINUTES];
        let steps = [60; 60].into_iter().chain([15; 12]).chain([1440; 85]);
        for (n, minutes) in steps.enumerate() {
            let offset = quiet_offset(minutes, &counts, n as u64 * 0x9e37_79b9);
            count(&triggers(&Schedule::of(When::Every(Every { minutes, offset }))), &mut counts);
        }
        assert!(counts.iter().all(|n| *n <= MOST), "{:?}", counts.iter().max());
    }

    #[test]
    fn the_quietest_is_the_first_from_the_seed_on() {
        let mut counts = vec![0; MINUTES];
        assert_eq!(quiet_offset(30, &counts, 67), 7);
        let taken = triggers(&Schedule::of(When::Every(Every { minutes: 30, offset: 7 })));
        count(&taken, &mut counts);
        assert_eq!((load(&taken, &counts), quiet_offset(30, &counts, 67)), (1, 8));
    }
}
