//! Slots by brute force: every minute of UTC is turned into wall time, and the rules are applied as
//! they are worded. Nothing here asks a zone what a wall time means, as the evaluator does.

use super::{Schedule, Slot, Wall, When, slots};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use proptest::prelude::*;
use std::collections::HashMap;
use std::sync::OnceLock;

/// Every minute of some years in one zone.
struct Walked {
    zone: TimeZone,
    start: i64,
    /// Minutes since 1970 as the wall clock has them.
    walls: Vec<i64>,
    /// The latest wall time so far.
    highest: Vec<i64>,
    first: HashMap<i64, usize>,
}

const MINUTE: i64 = 60;

fn wall_minutes(at: DateTime) -> i64 {
    jiff::tz::Offset::UTC.to_timestamp(at).unwrap().as_second() / MINUTE
}

impl Walked {
    fn through(zone: &str, from: &str, to: &str) -> Self {
        let zone = TimeZone::get(zone).unwrap();
        let second = |text: &str| text.parse::<Timestamp>().unwrap().as_second();
        let (start, end) = (second(from), second(to));
        let mut walked = Self { zone, start, walls: Vec::new(), highest: Vec::new(), first: HashMap::new() };
        let mut highest = i64::MIN;
        for at in (start..end).step_by(60) {
            let local = walked.zone.to_datetime(Timestamp::from_second(at).unwrap());
            assert_eq!(local.second(), 0, "offsets of these years are whole minutes");
            let wall = wall_minutes(local);
            highest = highest.max(wall);
            walked.first.entry(wall).or_insert(walked.walls.len());
            walked.walls.push(wall);
            walked.highest.push(highest);
        }
        walked
    }

    fn instant(&self, index: usize) -> Timestamp {
        Timestamp::from_second(self.start + i64::try_from(index).unwrap() * MINUTE).unwrap()
    }

    /// The first pass of a wall time, or the first instant after the gap that swallowed it.
    fn once(&self, nominal: i64) -> Option<usize> {
        let passed = self.highest.partition_point(|highest| *highest <= nominal);
        self.first.get(&nominal).copied().or((passed < self.walls.len()).then_some(passed))
    }

    /// Days of the calendar that lie well inside, the skipped ones among them.
    fn dates(&self) -> impl Iterator<Item = Date> {
        let utc = |index| jiff::tz::Offset::UTC.to_datetime(self.instant(index)).date();
        let (mut day, last) = (utc(0), utc(self.walls.len() - 1));
        std::iter::from_fn(move || {
            day = day.tomorrow().unwrap();
            (day < last).then_some(day)
        })
    }

    fn expected(&self, schedule: &Schedule) -> Vec<Timestamp> {
        let minute = |t: &Wall| i64::from(t.hour) * 60 + i64::from(t.minute);
        let held = |minute: i64| {
            schedule.habits.active.is_none_or(|hours| {
                let (from, to) = (minute_of(hours.from), minute_of(hours.to));
                if from < to { (from..to).contains(&minute) } else { minute >= from || minute < to }
            })
        };
        let on = |times: &[Wall], is: &dyn Fn(Date) -> bool| {
            let mut found = Vec::new();
            for date in self.dates().filter(|d| is(*d)) {
                let midnight = wall_minutes(date.at(0, 0, 0, 0));
                let times = times.iter().map(minute).filter(|m| held(*m));
                found.extend(times.filter_map(|m| self.once(midnight + m)));
            }
            found
        };
        let mut found = match &schedule.when {
            When::Every(every) => {
                let (step, offset) = (i64::from(every.minutes), i64::from(every.offset));
                let is = |wall: &i64| {
                    let since = wall.rem_euclid(1440);
                    since >= offset && (since - offset) % step == 0 && held(since)
                };
                (0..self.walls.len()).filter(|i| is(&self.walls[*i])).collect()
            }
            When::Daily(times) => on(times, &|_| true),
            When::Weekly(days, time) => on(&[*time], &|date| {
                days.contains(&u8::try_from(date.weekday().to_sunday_zero_offset()).unwrap())
            }),
            When::Monthly(days, time) => {
                on(&[*time], &|date| days.contains(&u8::try_from(date.day()).unwrap()))
            }
        };
        found.sort_unstable();
        found.dedup();
        found.into_iter().map(|index| self.instant(index)).collect()
    }

    /// Compares all slots from the third day to the third last.
    fn compare(&self, text: &str) -> usize {
        let schedule = Schedule::any(&text.parse().unwrap()).unwrap();
        let (from, to) = (self.instant(3 * 1440), self.instant(self.walls.len() - 3 * 1440));
        let mut expected = self.expected(&schedule);
        expected.retain(|at| *at > from && *at < to);
        let found: Vec<Slot> = slots(&schedule, &self.zone, from).take_while(|slot| slot.at < to).collect();
        for (is, should) in found.iter().zip(&expected) {
            assert_eq!(is.at, *should, "{text} in {:?}: {}", self.zone.iana_name(), is.name);
        }
        assert_eq!(found.len(), expected.len(), "{text} in {:?}", self.zone.iana_name());
        found.len()
    }
}

fn minute_of(t: Wall) -> i64 {
    i64::from(t.hour) * 60 + i64::from(t.minute)
}

/// Every kind of clock, at times that changes of the clock skip and repeat.
const SPECS: [&str; 22] = [
    "every = \"1m\"",
    "every = \"15m\"\noffset = \"1m\"",
    "every = \"30m\"\noffset = \"29m\"",
    "every = \"1h\"\noffset = \"45m\"",
    "every = \"2h\"\noffset = \"90m\"",
    "every = \"24h\"",
    "every = \"7m\"",
    "every = \"90m\"\noffset = \"4m\"",
    "every = \"20m\"\nactive = \"22:30-02:15\"",
    "daily = [\"00:00\"]",
    "daily = [\"00:30\", \"02:30\", \"23:59\"]",
    "daily = [\"01:30\", \"02:00\", \"02:15\", \"03:00\"]",
    "daily = [\"12:15\"]",
    "weekly = { days = [\"sun\"], at = \"02:30\" }",
    "weekly = { days = [\"fri\", \"sat\", \"sun\"], at = \"00:15\" }",
    "weekly = { days = [\"sun\", \"mon\"], at = \"01:59\" }",
    "weekly = { days = [\"mon\", \"tue\", \"wed\", \"thu\", \"fri\", \"sat\"], at = \"03:00\" }",
    "monthly = { days = [1], at = \"00:00\" }",
    "monthly = { days = [8, 25, 28], at = \"02:45\" }",
    "monthly = { days = [29, 30, 31], at = \"23:30\" }",
    "monthly = { days = [31], at = \"02:00\" }",
    "monthly = { days = [1, 2, 3, 4, 5, 6, 7], at = \"01:30\" }",
];

fn all_agree(zone: &str, from: &str, to: &str) {
    let walked = Walked::through(zone, from, to);
    let slots: usize = SPECS.iter().map(|text| walked.compare(text)).sum();
    assert!(slots > 20_000, "{zone}: only {slots}");
}

fn agree(zone: &str) {
    all_agree(zone, "2025-12-25T00:00:00Z", "2029-01-08T00:00:00Z");
}

#[test]
fn new_york_agrees_with_every_minute() {
    agree("America/New_York");
}

#[test]
fn lord_howe_agrees_with_every_minute() {
    agree("Australia/Lord_Howe");
}

#[test]
fn cairo_agrees_with_every_minute() {
    agree("Africa/Cairo");
}

#[test]
fn rome_agrees_with_every_minute() {
    agree("Europe/Rome");
}

#[test]
fn santiago_agrees_with_every_minute() {
    agree("America/Santiago");
}

#[test]
fn casablanca_agrees_with_every_minute() {
    agree("Africa/Casablanca");
}

#[test]
fn days_that_a_zone_left_out_agree_with_every_minute() {
    all_agree("Pacific/Apia", "2011-12-01T00:00:00Z", "2012-02-01T00:00:00Z");
    all_agree("Pacific/Kwajalein", "1993-08-01T00:00:00Z", "1993-10-01T00:00:00Z");
}

#[test]
fn a_day_that_begins_twice_agrees_with_every_minute() {
    // At one minute past midnight the clock went back into the day before.
    all_agree("America/St_Johns", "2010-10-20T00:00:00Z", "2010-11-25T00:00:00Z");
}

/// Zones by name and years in which they change.
fn drawn() -> &'static [Walked] {
    static ALL: OnceLock<Vec<Walked>> = OnceLock::new();
    ALL.get_or_init(|| {
        let windows = [
            ("America/New_York", "2026-02-25T00:00:00Z", "2026-03-20T00:00:00Z"),
            ("America/New_York", "2027-10-25T00:00:00Z", "2027-11-20T00:00:00Z"),
            ("Australia/Lord_Howe", "2026-03-25T00:00:00Z", "2026-04-15T00:00:00Z"),
            ("Australia/Lord_Howe", "2028-09-20T00:00:00Z", "2028-10-12T00:00:00Z"),
            ("Africa/Cairo", "2026-04-15T00:00:00Z", "2026-05-05T00:00:00Z"),
            ("Africa/Cairo", "2027-10-20T00:00:00Z", "2027-11-10T00:00:00Z"),
            ("Africa/Casablanca", "2026-02-01T00:00:00Z", "2026-04-05T00:00:00Z"),
            ("America/Santiago", "2026-03-25T00:00:00Z", "2026-04-15T00:00:00Z"),
            ("America/Santiago", "2026-08-25T00:00:00Z", "2026-09-20T00:00:00Z"),
            ("Europe/Rome", "2028-03-15T00:00:00Z", "2028-04-08T00:00:00Z"),
            ("Pacific/Apia", "2011-12-20T00:00:00Z", "2012-01-12T00:00:00Z"),
            ("Europe/Dublin", "2026-10-15T00:00:00Z", "2026-11-08T00:00:00Z"),
            ("Asia/Kathmandu", "2026-01-01T00:00:00Z", "2026-01-20T00:00:00Z"),
        ];
        windows.iter().map(|(zone, from, to)| Walked::through(zone, from, to)).collect()
    })
}

fn spec() -> impl Strategy<Value = String> {
    let wall = || (0..24, 0..60).prop_map(|(h, m)| format!("\"{h:02}:{m:02}\""));
    let early = || (0..4, 0..12).prop_map(|(h, m)| format!("\"{h:02}:{:02}\"", m * 5));
    let at = move || prop_oneof![wall(), early()];
    let days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
    let day = proptest::sample::subsequence(days.to_vec(), 1..=7);
    prop_oneof![
        (1..=1440u16, any::<u16>())
            .prop_map(|(every, offset)| format!("every = \"{every}m\"\noffset = \"{}m\"", offset % every)),
        proptest::collection::vec(at(), 1..5).prop_map(|times| format!("daily = [{}]", times.join(", "))),
        (day, at()).prop_map(|(days, at)| format!("weekly = {{ days = {days:?}, at = {at} }}")),
        (proptest::collection::vec(1..=31u8, 1..6), at())
            .prop_map(|(days, at)| format!("monthly = {{ days = {days:?}, at = {at} }}")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_drawn_agrees_with_every_minute(text in spec(), window in 0..13_usize) {
        drawn()[window].compare(&text);
    }
}
