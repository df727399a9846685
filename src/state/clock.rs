//! The clock. Wall time for records, awake time for limits.

use jiff::Timestamp;
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
pub fn zone(name: Option<&str>) -> Result<jiff::tz::TimeZone, String> {
    match name {
        Some(name) => jiff::tz::TimeZone::get(name).map_err(|e| format!("zone `{name}`: {e}")),
        None => jiff::tz::TimeZone::try_system().map_err(|e| format!("the system's time zone: {e}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_have_six_digits_and_read_back() {
        let at = Timestamp::from_microsecond(1_700_000_000_000_001).unwrap();
        assert_eq!(stamp(at), "2023-11-14T22:13:20.000001Z");
        assert_eq!(read(&stamp(at)), Some(at));
        assert_eq!(stamp(Timestamp::UNIX_EPOCH), "1970-01-01T00:00:00.000000Z");
    }
}
