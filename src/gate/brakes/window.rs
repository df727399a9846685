//! One ceiling: at most so many within any stretch of so long. Kept in at most sixty-odd numbers,
//! however high the ceiling is. Pure.

use crate::state::clock;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// At most `most` within any `per_s` seconds, written `60/h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// How many.
    pub most: u32,
    /// Within how many seconds.
    pub per_s: u32,
}

impl Limit {
    /// Per hour.
    pub const fn hourly(most: u32) -> Self {
        Self { most, per_s: 3600 }
    }

    /// Reads `N/m`, `N/h` or `N/d`.
    pub fn parse(text: &str) -> Option<Self> {
        let (most, per) = text.split_once('/')?;
        let per_s = match per {
            "m" => 60,
            "h" => 3600,
            "d" => 86400,
            _ => return None,
        };
        let digits = !most.is_empty() && most.len() <= 6 && most.bytes().all(|b| b.is_ascii_digit());
        Some(Self { most: most.parse().ok().filter(|_| digits)?, per_s })
    }

    /// How coarse its window is.
    fn step(self) -> i64 {
        i64::from(self.per_s / 60).max(1)
    }
}

impl std::fmt::Display for Limit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let per = match self.per_s {
            60 => "minute",
            3600 => "hour",
            _ => "day",
        };
        write!(f, "{} per {per}", self.most)
    }
}

/// What was taken lately: by the second in which a sixtieth of the window began.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    taken: BTreeMap<i64, u32>,
}

impl Window {
    /// How much of `limit` is taken at `now`. A unit counts for the whole window and up to a sixtieth
    /// longer, never shorter; what a clock that went back left in the future counts, too.
    pub fn used(&self, limit: Limit, now: Timestamp) -> u32 {
        let live = self.taken.iter().filter(|(start, _)| ends(**start, limit) > now.as_second());
        live.fold(0, |sum: u32, (_, n)| sum.saturating_add(*n))
    }

    /// Takes `n` if they are free.
    pub fn take(&mut self, n: u32, limit: Limit, now: Timestamp) -> bool {
        self.taken.retain(|start, _| ends(*start, limit) > now.as_second());
        if self.used(limit, now).saturating_add(n) > limit.most {
            return false;
        }
        let taken = self.taken.entry(slot(limit, now)).or_default();
        *taken = taken.saturating_add(n);
        true
    }

    /// Gives back `n` that were taken at `at`.
    pub fn give_back(&mut self, n: u32, limit: Limit, at: Timestamp) {
        if let Some(taken) = self.taken.get_mut(&slot(limit, at)) {
            *taken = taken.saturating_sub(n);
        }
        self.taken.retain(|_, n| *n > 0);
    }

    /// When `n` will be free, if nobody takes more until then. None if never.
    pub fn free_at(&self, n: u32, limit: Limit, now: Timestamp) -> Option<Timestamp> {
        let mut used = self.used(limit, now);
        if n > limit.most {
            return None;
        }
        for (start, taken) in self.taken.iter().filter(|(start, _)| ends(**start, limit) > now.as_second()) {
            used = used.saturating_sub(*taken);
            if used.saturating_add(n) <= limit.most {
                let wait = u64::try_from(ends(*start, limit) - now.as_second()).unwrap_or(0);
                return Some(clock::later(now, Duration::from_secs(wait)));
            }
        }
        Some(now)
    }

    /// Whether nothing is taken any more, by the longest window there is.
    pub fn idle(&self, now: Timestamp) -> bool {
        self.used(Limit { most: 0, per_s: 86400 }, now) == 0
    }
}

fn slot(limit: Limit, at: Timestamp) -> i64 {
    at.as_second().div_euclid(limit.step()) * limit.step()
}

/// The first second in which nothing of the slot that began at `start` counts.
fn ends(start: i64, limit: Limit) -> i64 {
    start.saturating_add(limit.step()).saturating_add(i64::from(limit.per_s))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + seconds).unwrap()
    }

    #[test]
    fn limits_are_read_strictly() {
        assert_eq!(Limit::parse("60/h"), Some(Limit::hourly(60)));
        assert_eq!(Limit::parse("0/d"), Some(Limit { most: 0, per_s: 86400 }));
        for bad in ["", "60", "60/", "/h", "-1/h", "+1/h", "60/y", "60 /h", "9999999/h", "1.5/h"] {
            assert_eq!(Limit::parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn what_is_given_back_is_free_and_what_is_free_is_foretold() {
        let (mut window, limit) = (Window::default(), Limit { most: 2, per_s: 60 });
        assert!(window.take(1, limit, at(0)) && window.take(1, limit, at(10)));
        assert!(!window.take(1, limit, at(20)));
        let free = window.free_at(1, limit, at(20)).unwrap();
        assert!(!window.clone().take(1, limit, at(60)) && window.clone().take(1, limit, free));
        window.give_back(1, limit, at(10));
        assert!(window.take(1, limit, at(20)));
        assert_eq!(Window::default().free_at(1, Limit::hourly(0), at(0)), None);
    }

    proptest! {
        /// Whatever is asked whenever: no stretch of the window's length holds more than the limit,
        /// what was refused would have been too much within a window and a sixtieth, and what is kept
        /// does not grow.
        #[test]
        fn no_window_holds_more(
            asks in proptest::collection::vec((0..90_i64, 1..4_u32), 1..150),
            most in 1..12_u32,
        ) {
            let limit = Limit { most, per_s: 60 };
            let (mut window, mut now, mut taken) = (Window::default(), 0, Vec::new());
            for (pause, n) in asks {
                now += pause / 4;
                let within = |stretch: i64, taken: &[(i64, u32)]| -> u32 {
                    taken.iter().filter(|(t, _)| now - t < stretch).map(|(_, n)| n).sum()
                };
                if window.take(n, limit, at(now)) {
                    taken.push((now, n));
                    prop_assert!(within(60, &taken) <= most);
                } else {
                    prop_assert!(within(62, &taken) + n > most);
                }
                prop_assert!(window.taken.len() <= 62);
            }
        }
    }
}
