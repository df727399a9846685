//! Words of a schedule: times of day, days, spans.

use super::spec::{BadSchedule, Every, Wall};

const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

pub(super) fn sorted(mut days: Vec<u8>, what: &str) -> Result<Vec<u8>, BadSchedule> {
    days.sort_unstable();
    days.dedup();
    if days.is_empty() { Err(BadSchedule::new(format!("`{what}` names no day"))) } else { Ok(days) }
}

pub(super) fn day(name: &str) -> Result<u8, BadSchedule> {
    let at = DAYS.iter().position(|d| *d == name);
    at.and_then(|at| u8::try_from(at).ok()).ok_or_else(|| {
        BadSchedule::new(format!("`{name}` is not a day: write sun, mon, tue, wed, thu, fri or sat"))
    })
}

/// Reads `HH:MM`.
pub(super) fn wall(text: &str) -> Result<Wall, BadSchedule> {
    let bad = || BadSchedule::new(format!("`{text}` is not a time of day: write HH:MM"));
    let (hour, minute) =
        text.split_once(':').filter(|(h, m)| h.len() == 2 && m.len() == 2).ok_or_else(bad)?;
    let number = |t: &str| t.bytes().all(|b| b.is_ascii_digit()).then(|| t.parse::<u8>().ok()).flatten();
    match (number(hour), number(minute)) {
        (Some(hour @ 0..=23), Some(minute @ 0..=59)) => Ok(Wall { hour, minute }),
        _ => Err(bad()),
    }
}

pub(super) fn every_of(every: &str, offset: Option<&str>) -> Result<Every, BadSchedule> {
    let minutes = minutes(every)?;
    let offset = offset.map_or(Ok(0), self::minutes)?;
    if minutes == 0 {
        return Err(BadSchedule::new("`every` must be more than nothing".into()));
    }
    if offset >= minutes {
        return Err(BadSchedule::new("`offset` must be less than `every`".into()));
    }
    Ok(Every { minutes, offset })
}

/// Reads `15m` or `2h`.
fn minutes(text: &str) -> Result<u16, BadSchedule> {
    let bad =
        || BadSchedule::new(format!("`{text}` is not a number of minutes or hours: write `15m` or `2h`"));
    let units = [("m", 1), ("h", 60), ("d", 1440)];
    let (number, factor) =
        units.iter().find_map(|(unit, n)| Some((text.strip_suffix(unit)?, *n))).ok_or_else(bad)?;
    if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
        return Err(bad());
    }
    number.parse::<u16>().ok().and_then(|n| n.checked_mul(factor)).filter(|n| *n <= 1440).ok_or_else(bad)
}

/// Reads `45s`, `15m`, `12h` or `5d` as seconds.
pub(super) fn seconds(text: &str) -> Result<u32, BadSchedule> {
    let bad = || BadSchedule::new(format!("`{text}` is not a span: write `45s`, `15m`, `12h` or `5d`"));
    let units = [("s", 1), ("m", 60), ("h", 3600), ("d", 86_400)];
    let (number, factor) =
        units.iter().find_map(|(unit, n)| Some((text.strip_suffix(unit)?, *n))).ok_or_else(bad)?;
    let digits = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    digits
        .then(|| number.parse::<u32>().ok())
        .flatten()
        .and_then(|n| n.checked_mul(factor))
        .filter(|n| *n <= 400 * 86_400)
        .ok_or_else(bad)
}

/// The name of a day, 0 is Sunday.
pub fn day_name(day: u8) -> &'static str {
    DAYS.get(usize::from(day)).copied().unwrap_or("sun")
}
