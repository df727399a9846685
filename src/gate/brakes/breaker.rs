//! One breaker: closed; open after failures in a row, for a time that doubles; half-open, with one
//! probe whose outcome decides. Pure.

use crate::call::CallId;
use crate::state::clock;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Failures in a row that open it.
pub const FAILURES: u32 = 5;
/// Failures this old are forgotten.
const FORGET: Duration = Duration::from_secs(3600);
/// The first cool-down; each one after a failed probe is twice as long, up to [`LONGEST`].
pub const FIRST: u64 = 60;
/// The longest cool-down, also of a breaker that a person tripped.
pub const LONGEST: u64 = 3600;

/// Where a breaker is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "lowercase")]
pub enum Breaker {
    /// Lets calls through and counts failures in a row.
    Closed { failures: u32, last: Timestamp },
    /// Stops calls. Without `until` only a person closes it.
    Open { since: Timestamp, until: Option<Timestamp>, cooldown_s: u64, tripped: bool, why: String },
    /// Lets one call through; the probe is that call.
    Half { since: Timestamp, cooldown_s: u64, probe: Option<CallId>, why: String },
}

/// What can happen to a breaker.
#[derive(Debug, Clone, Copy)]
pub enum Event<'a> {
    /// A call wants through; whether the probe of a half-open breaker is still under way.
    Wants { call: &'a CallId, probe_lives: bool },
    /// A call was carried out.
    Done(&'a CallId),
    /// A call failed, or it cannot be known.
    Failed(&'a CallId, &'a str),
    /// A call that was let through never got to act.
    GaveUp(&'a CallId),
    /// Somebody wants it open; `hold`: until a person closes it.
    Tripped { hold: bool, why: &'a str },
    /// A person closes it.
    Reset,
}

impl Breaker {
    /// A breaker of which nothing is known.
    pub const fn new(now: Timestamp) -> Self {
        Self::Closed { failures: 0, last: now }
    }

    /// The breaker after `event`.
    pub fn step(self, event: Event<'_>, now: Timestamp) -> Self {
        match (self, event) {
            (_, Event::Reset) => Self::new(now),
            (_, Event::Tripped { hold, why }) => {
                let until = (!hold).then(|| later(now, LONGEST));
                Self::Open { since: now, until, cooldown_s: LONGEST, tripped: true, why: why.to_owned() }
            }
            (Self::Closed { failures, last }, Event::Failed(_, why)) => {
                let fresh = clock::later(last, FORGET) > now;
                match if fresh { failures.saturating_add(1) } else { 1 } {
                    failures if failures < FAILURES => Self::Closed { failures, last: now },
                    n => opened(now, FIRST, format!("{n} calls failed in a row, the last one: {why}")),
                }
            }
            (Self::Closed { .. }, Event::Done(_)) => Self::new(now),
            (closed @ Self::Closed { .. }, Event::Wants { .. } | Event::GaveUp(_)) => closed,

            (Self::Open { until: Some(until), cooldown_s, why, .. }, Event::Wants { call, .. })
                if until <= now =>
            {
                Self::Half { since: now, cooldown_s, probe: Some(call.clone()), why }
            }
            // What began before it opened says nothing about now.
            (
                open @ Self::Open { .. },
                Event::Wants { .. } | Event::Done(_) | Event::Failed(..) | Event::GaveUp(_),
            ) => open,

            (Self::Half { cooldown_s, probe, .. }, Event::Failed(call, why))
                if probe.as_ref() == Some(call) =>
            {
                let longer = cooldown_s.saturating_mul(2).clamp(FIRST, LONGEST);
                opened(now, longer, format!("the probe failed, too: {why}"))
            }
            (Self::Half { probe, .. }, Event::Done(call)) if probe.as_ref() == Some(call) => Self::new(now),
            (Self::Half { since, cooldown_s, probe, why }, Event::GaveUp(call))
                if probe.as_ref() == Some(call) =>
            {
                Self::Half { since, cooldown_s, probe: None, why }
            }
            (Self::Half { since, cooldown_s, probe, why }, Event::Wants { call, probe_lives })
                if probe.is_none() || !probe_lives =>
            {
                Self::Half { since, cooldown_s, probe: Some(call.clone()), why }
            }
            (
                half @ Self::Half { .. },
                Event::Wants { .. } | Event::Done(_) | Event::Failed(..) | Event::GaveUp(_),
            ) => half,
        }
    }

    /// Whether `call` may go on. What `counts` (a change, or what leaves the machine) is stopped by
    /// every breaker that is not closed, but for its probe. A local read is stopped only by what
    /// somebody tripped, so that one can look at what fails.
    pub fn admits(&self, call: &CallId, counts: bool, now: Timestamp) -> bool {
        match self {
            Self::Closed { .. } => true,
            Self::Open { tripped, until, .. } => !counts && (!tripped || until.is_some_and(|u| u <= now)),
            Self::Half { probe, .. } => !counts || probe.as_ref() == Some(call),
        }
    }

    /// Whether nothing speaks against forgetting it.
    pub fn idle(&self) -> bool {
        matches!(self, Self::Closed { failures: 0, .. })
    }

    /// The word for its state.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Closed { .. } => "closed",
            Self::Open { .. } => "open",
            Self::Half { .. } => "half",
        }
    }
}

fn opened(now: Timestamp, cooldown_s: u64, why: String) -> Breaker {
    Breaker::Open { since: now, until: Some(later(now, cooldown_s)), cooldown_s, tripped: false, why }
}

fn later(now: Timestamp, seconds: u64) -> Timestamp {
    clock::later(now, Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn id(n: u8) -> CallId {
        CallId::parse(&format!("{:026}", n)).unwrap()
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + seconds).unwrap()
    }

    #[test]
    fn five_failures_in_a_row_open_it_and_a_success_between_them_does_not() {
        let mut breaker = Breaker::new(at(0));
        for n in 0..4 {
            breaker = breaker.step(Event::Failed(&id(n), "x"), at(1));
        }
        assert_eq!(breaker.clone().step(Event::Done(&id(9)), at(2)), Breaker::new(at(2)));
        let open = breaker.clone().step(Event::Failed(&id(4), "x"), at(2));
        assert!(matches!(open, Breaker::Open { until: Some(until), .. } if until == at(62)));
        let old = breaker.step(Event::Failed(&id(4), "x"), at(4000));
        assert_eq!(old, Breaker::Closed { failures: 1, last: at(4000) }, "an hour later it is a first one");
    }

    #[test]
    fn a_failed_probe_doubles_the_cool_down_up_to_the_cap_and_a_good_one_closes_it() {
        let mut breaker = opened(at(0), FIRST, "x".into());
        let mut now = 0;
        let mut waits = Vec::new();
        for n in 0..9 {
            let Breaker::Open { cooldown_s, .. } = &breaker else { panic!("{breaker:?}") };
            waits.push(*cooldown_s);
            now += i64::try_from(*cooldown_s).unwrap();
            let wants = Event::Wants { call: &id(n), probe_lives: false };
            let early = breaker.clone().step(wants, at(now - 1));
            assert!(!early.admits(&id(n), true, at(now - 1)));
            breaker = breaker.step(wants, at(now));
            assert!(breaker.admits(&id(n), true, at(now)));
            breaker = breaker.step(Event::Failed(&id(n), "x"), at(now));
        }
        assert_eq!(waits, [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]);
        let half = breaker.step(Event::Wants { call: &id(20), probe_lives: false }, at(now + 3600));
        assert_eq!(half.step(Event::Done(&id(20)), at(now + 3601)), Breaker::new(at(now + 3601)));
    }

    #[test]
    fn a_local_read_passes_what_failed_and_not_what_was_tripped() {
        let failed = opened(at(0), FIRST, "x".into());
        assert!(failed.admits(&id(1), false, at(1)) && !failed.admits(&id(1), true, at(1)));
        let tripped = Breaker::new(at(0)).step(Event::Tripped { hold: false, why: "x" }, at(0));
        assert!(!tripped.admits(&id(1), false, at(1)));
        let held = Breaker::new(at(0)).step(Event::Tripped { hold: true, why: "x" }, at(0));
        let wants = Event::Wants { call: &id(1), probe_lives: false };
        assert_eq!(held.clone().step(wants, at(1 << 30)), held, "only a person closes it");
        assert!(!held.admits(&id(1), false, at(1 << 30)));
    }

    fn event() -> impl Strategy<Value = (u8, u8, bool, i64)> {
        (0..6_u8, 0..4_u8, any::<bool>(), 0..4000_i64)
    }

    proptest! {
        /// Whatever happens in whatever order: at most one call that counts is let through by a
        /// half-open breaker whose probe lives, none by an open one, and it never opens by itself.
        #[test]
        fn there_is_never_a_second_probe(events in proptest::collection::vec(event(), 1..60)) {
            let (mut breaker, mut now) = (Breaker::new(at(0)), 0);
            for (what, n, flag, pause) in events {
                now += pause;
                let call = id(n);
                let before = breaker.clone();
                let event = match what {
                    0 => Event::Wants { call: &call, probe_lives: flag },
                    1 => Event::Done(&call),
                    2 => Event::Failed(&call, "x"),
                    3 => Event::GaveUp(&call),
                    4 => Event::Tripped { hold: flag, why: "x" },
                    _ => Event::Reset,
                };
                breaker = breaker.step(event, at(now));
                let through = (0..4).filter(|n| breaker.admits(&id(*n), true, at(now))).count();
                match &breaker {
                    Breaker::Closed { failures, .. } => prop_assert!(*failures < FAILURES && through == 4),
                    Breaker::Open { until, cooldown_s, .. } => {
                        prop_assert_eq!(through, 0);
                        prop_assert!((FIRST..=LONGEST).contains(cooldown_s));
                        let fresh = until.is_none_or(|u| u > at(now)) || matches!(before, Breaker::Open { .. });
                        prop_assert!(fresh);
                    }
                    Breaker::Half { .. } => prop_assert!(through <= 1),
                }
                if let (Breaker::Half { probe: Some(old), .. }, Breaker::Half { probe: Some(new), .. }) = (&before, &breaker)
                    && flag
                {
                    prop_assert_eq!(old, new, "a living probe was replaced");
                }
                // Closing takes a probe's success, or a person.
                if !matches!(before, Breaker::Closed { .. }) && matches!(breaker, Breaker::Closed { .. }) {
                    let by_probe = matches!(&before, Breaker::Half { probe: Some(p), .. } if *p == call) && what == 1;
                    prop_assert!(by_probe || what == 5);
                }
            }
        }
    }
}
