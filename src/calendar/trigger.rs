//! What launchd is told: calendar entries with explicit minutes. A poke, not a clock.

use super::spec::{Schedule, When};

/// One `StartCalendarInterval` entry. An absent key is a wildcard, so the minute is always there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trigger {
    /// Day of the month.
    pub day: Option<u8>,
    /// Hour.
    pub hour: Option<u8>,
    /// Minute.
    pub minute: u8,
    /// Day of the week, 0 is Sunday.
    pub weekday: Option<u8>,
}

/// The entries of a schedule.
pub fn triggers(schedule: &Schedule) -> Vec<Trigger> {
    let at = |minute: u16| (u8::try_from(minute / 60).ok(), u8::try_from(minute % 60).unwrap_or(0));
    let plain = Trigger { day: None, hour: None, minute: 0, weekday: None };
    match &schedule.when {
        When::Every(every) if every.minutes <= 60 => {
            let minutes = (every.offset..60).step_by(usize::from(every.minutes));
            minutes.map(|m| Trigger { minute: at(m).1, ..plain }).collect()
        }
        When::Every(every) => {
            let minutes = (every.offset..1440).step_by(usize::from(every.minutes));
            minutes.map(|m| Trigger { hour: at(m).0, minute: at(m).1, ..plain }).collect()
        }
        When::Daily(times) => {
            times.iter().map(|t| Trigger { hour: Some(t.hour), minute: t.minute, ..plain }).collect()
        }
        When::Weekly(days, t) => {
            let entry =
                |day: &u8| Trigger { weekday: Some(*day), hour: Some(t.hour), minute: t.minute, ..plain };
            days.iter().map(entry).collect()
        }
        When::Monthly(days, t) => {
            let entry = |day: &u8| Trigger { day: Some(*day), hour: Some(t.hour), minute: t.minute, ..plain };
            days.iter().map(entry).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_spell_out_every_minute() {
        let of = |text: &str| triggers(&Schedule::parse(&text.parse().unwrap()).unwrap());
        let minutes: Vec<_> =
            of("every = \"30m\"\noffset = \"3m\"").iter().map(|t| (t.hour, t.minute)).collect();
        assert_eq!(minutes, [(None, 3), (None, 33)]);
        let hours: Vec<_> =
            of("every = \"12h\"\noffset = \"90m\"").iter().map(|t| (t.hour, t.minute)).collect();
        assert_eq!(hours, [(Some(1), 30), (Some(13), 30)]);
        assert_eq!(
            of("weekly = { days = [\"fri\"], at = \"14:08\" }"),
            [Trigger { day: None, hour: Some(14), minute: 8, weekday: Some(5) }]
        );
    }
}
