//! Hours of the day, in local time.

use jiff::Timestamp;

/// A span of minutes since local midnight; the end is outside. It may go over midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hours {
    from: u16,
    to: u16,
}

impl Hours {
    /// Reads `HH:MM-HH:MM`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (from, to) = text.split_once('-')?;
        let (from, to) = (minute(from)?, if to == "24:00" { 24 * 60 } else { minute(to)? });
        (from != to).then_some(Self { from, to })
    }

    /// Whether `minute` lies inside.
    pub(super) const fn hold(self, minute: u16) -> bool {
        if self.from < self.to {
            self.from <= minute && minute < self.to
        } else {
            minute >= self.from || minute < self.to
        }
    }
}

/// Reads `HH:MM`.
pub(super) fn minute(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let two = |part: &str| {
        (part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit()))
            .then(|| part.parse::<u16>().ok())
            .flatten()
    };
    let (hours, minutes) = (two(hours)?, two(minutes)?);
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}

/// The minute of the local day at `now`; none if the system's zone is not known.
pub(super) fn local(now: Timestamp) -> Option<u16> {
    let time = now.to_zoned(jiff::tz::TimeZone::try_system().ok()?).time();
    u16::try_from(i32::from(time.hour()) * 60 + i32::from(time.minute())).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_holds_its_start_and_not_its_end_and_goes_over_midnight() {
        for (span, inside, outside) in [
            ("08:00-18:00", &["08:00", "17:59"][..], &["07:59", "18:00", "00:00"][..]),
            ("22:00-06:00", &["22:00", "23:59", "00:00", "05:59"], &["06:00", "21:59"]),
            ("18:00-24:00", &["18:00", "23:59"], &["00:00", "17:59"]),
            ("00:00-00:01", &["00:00"], &["00:01", "23:59"]),
        ] {
            let hours = Hours::parse(span).unwrap();
            for at in inside {
                assert!(hours.hold(minute(at).unwrap()), "{span} {at}");
            }
            for at in outside {
                assert!(!hours.hold(minute(at).unwrap()), "{span} {at}");
            }
        }
        for bad in [
            "",
            "8-18",
            "08:00",
            "08:00-08:00",
            "25:00-26:00",
            "08:60-09:00",
            "08:00 - 18:00",
            "+8:00-18:00",
            "00:00-24:01",
        ] {
            assert_eq!(Hours::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_zone_is_the_systems() {
        let noon: Timestamp = "2026-06-01T12:00:00Z".parse().unwrap();
        let zone = jiff::tz::TimeZone::try_system().unwrap();
        let here = noon.to_zoned(zone);
        assert_eq!(
            local(noon),
            Some(u16::try_from(here.hour()).unwrap() * 60 + u16::try_from(here.minute()).unwrap())
        );
    }
}
