//! The clock. Wall time for records, awake time for limits.

use jiff::{SignedDuration, Timestamp, civil, tz::TimeZone};
use std::time::Duration;

/// Now, cut to microseconds: what the log can write.
pub fn now() -> Timestamp {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
    let now = Timestamp::now();
    Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
}

/// `at` as RFC 3339 in UTC with six digits of a second.
pub fn stamp(at: Timestamp) -> String {
    format!("{at:.6}")
}

/// Reads what [`stamp`] wrote.
pub fn read(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

/// `from` moved by `by`, staying within what can be written.
pub fn later(from: Timestamp, by: Duration) -> Timestamp {
    from.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// The zone of this name, or the system's. An unknown one is an error, never UTC.
///
/// # Errors
/// A sentence.
pub fn zone(name: Option<&str>) -> Result<TimeZone, String> {
    match name {
        Some(name) => {
            read_zone(name).map_or_else(|| TimeZone::get(name).map_err(|e| format!("zone `{name}`: {e}")), Ok)
        }
        None => system_zone()
            .map_or_else(TimeZone::try_system, Ok)
            .map_err(|e| format!("the system's time zone: {e}")),
    }
}

/// The zone's own file. Looking names up walks all folders of the database first, which takes longer than
/// most commands.
fn read_zone(name: &str) -> Option<TimeZone> {
    let part = |part: &str| {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_alphanumeric());
        rest.len() < part.len() && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b"_+-".contains(&b))
    };
    if !name.split('/').all(part) {
        return None;
    }
    let bytes = std::fs::read(std::path::Path::new(ZONES).join(name)).ok()?;
    TimeZone::tzif(name, &bytes).ok()
}

/// The zone that `TZ` names or `/etc/localtime` points to; none if they say it in another way.
fn system_zone() -> Option<TimeZone> {
    if let Some(name) = std::env::var_os("TZ") {
        return read_zone(name.to_str()?);
    }
    let link = std::fs::read_link("/etc/localtime").ok()?;
    let (_, name) = link.to_str()?.split_once("/zoneinfo/")?;
    read_zone(name)
}

/// Where Linux and macOS have it.
const ZONES: &str = "/usr/share/zoneinfo";

/// A moment as people write one.
pub fn moment(text: &str, now: Timestamp) -> Option<Timestamp> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at);
    }
    if let Ok(day) = text.parse::<civil::Date>() {
        return day.to_zoned(TimeZone::try_system().ok()?).ok().map(|z| z.timestamp());
    }
    let unit = text.chars().last()?;
    let number: i64 = text.strip_suffix(unit)?.parse().ok().filter(|n| *n >= 0)?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        'w' => 604_800,
        _ => return None,
    };
    now.checked_sub(SignedDuration::from_secs(number.checked_mul(seconds)?)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_read_as_people_write_one() {
        let now: Timestamp = "2026-11-20T10:00:00Z".parse().unwrap();
        for (text, is) in [
            ("2026-11-19T08:00:00+01:00", "2026-11-19T07:00:00Z"),
            ("90m", "2026-11-20T08:30:00Z"),
            ("7d", "2026-11-13T10:00:00Z"),
            ("0s", "2026-11-20T10:00:00Z"),
        ] {
            assert_eq!(moment(text, now), is.parse().ok(), "{text}");
        }
        assert!(moment("2026-11-19", now).is_some());
        for bad in ["", "7", "d", "-1d", "7y", "yesterday", "9999999999999999d"] {
            assert_eq!(moment(bad, now), None, "{bad}");
        }
    }

    #[test]
    fn stamps_have_six_digits_and_read_back() {
        let at = Timestamp::from_microsecond(1_700_000_000_000_001).unwrap();
        assert_eq!(stamp(at), "2023-11-14T22:13:20.000001Z");
        assert_eq!(read(&stamp(at)), Some(at));
        assert_eq!(stamp(Timestamp::UNIX_EPOCH), "1970-01-01T00:00:00.000000Z");
    }

    #[test]
    fn a_zone_from_its_own_file_is_the_one_that_is_looked_up() {
        for name in ["America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "UTC", "Etc/GMT+5"] {
            let (read, found) = (read_zone(name).unwrap(), TimeZone::get(name).unwrap());
            assert_eq!(read.iana_name(), found.iana_name());
            for day in 0..1500 {
                let at = Timestamp::from_second(1_767_225_600 + day * 86_400).unwrap();
                assert_eq!(read.to_offset(at), found.to_offset(at), "{name} {at}");
            }
        }
        for bad in ["", "..", "../passwd", "America/../UTC", "/etc/passwd", "Mars/X", "zone.tab", "America"] {
            assert!(read_zone(bad).is_none(), "{bad}");
        }
        assert!(zone(Some("Mars/X")).unwrap_err().contains("Mars/X"));
        assert!(zone(Some("")).is_err());
    }
}
