//! The scenarios of the scheduler that are a matter of schedule, marks and clock alone. Each is named by
//! what it shows; times are New York's unless another zone is named.

use super::super::{Beat, Due, Held, Marks, Passed, Schedule, due};
use jiff::Timestamp;
use jiff::tz::TimeZone;

const D1215: &str = "daily = [\"12:15\"]";
const D0230: &str = "daily = [\"02:30\"]";
const D0130: &str = "daily = [\"01:30\"]";
const H15: &str = "every = \"1h\"\noffset = \"15m\"";
const Q: &str = "every = \"15m\"";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A loop as the runner drives it, without a runner.
struct Loop {
    schedule: Schedule,
    zone: TimeZone,
    marks: Marks,
    held: Vec<Held>,
    ran: Vec<String>,
}

impl Loop {
    fn new(text: &str, since: &str) -> Self {
        Self::in_zone(text, "America/New_York", since)
    }

    fn in_zone(text: &str, zone: &str, since: &str) -> Self {
        let (schedule, zone) = (Schedule::any(&text.parse().unwrap()).unwrap(), TimeZone::get(zone).unwrap());
        let marks = Marks::new(at(since), Beat::of(&schedule, &zone));
        Self { schedule, zone, marks, held: Vec::new(), ran: Vec::new() }
    }

    fn due(&self, now: &str) -> Due {
        due(&self.schedule, &self.zone, &self.marks, &self.held, at(now))
    }

    /// A poke: what is due is claimed, what passed is passed. In words.
    fn poke(&mut self, now: &str) -> String {
        match self.due(now) {
            Due::Not { .. } => "noop".into(),
            Due::Run { slot, passed } => {
                self.marks = self.marks.clone().claimed(slot.at);
                self.ran.push(slot.at.to_string());
                match passed.count {
                    0 => format!("run {}", slot.name),
                    n => format!("run {}, passed {n}", slot.name),
                }
            }
            Due::Late(passed) => {
                self.marks = self.marks.clone().passed(passed.last.unwrap());
                format!("late {}", passed.count)
            }
        }
    }

    fn edit(&mut self, text: &str, zone: &str, since: &str) {
        let (old, new) = (self.zone.clone(), TimeZone::get(zone).unwrap());
        self.schedule = Schedule::any(&text.parse().unwrap()).unwrap();
        self.marks = self.marks.clone().adopt(&self.schedule, &new, &old, at(since));
        self.zone = new;
    }

    /// Pokes from one instant to another, every so many seconds.
    fn pokes(&mut self, from: &str, to: &str, step: usize) -> &[String] {
        for second in (at(from).as_second()..=at(to).as_second()).step_by(step) {
            self.poke(&Timestamp::from_second(second).unwrap().to_string());
        }
        &self.ran
    }
}

#[test]
fn a_slot_runs_once_however_often_it_is_poked() {
    let mut day = Loop::new(D1215, "2026-06-09T16:00:00Z");
    day.marks = day.marks.clone().claimed(at("2026-06-09T16:15:00Z"));
    assert_eq!(day.poke("2026-06-10T16:15:00Z"), "run 2026-06-10T12:15");
    assert_eq!(day.poke("2026-06-10T16:15:10Z"), "noop");
    let mut quarter = Loop::new(Q, "2026-06-10T15:50:00Z");
    // The run of 12:00 took 17 minutes, and the poke of 12:15 was latched.
    assert_eq!(quarter.poke("2026-06-10T16:00:00Z"), "run 2026-06-10T12:00");
    assert_eq!(quarter.poke("2026-06-10T16:17:00Z"), "run 2026-06-10T12:15");
    assert_eq!(quarter.poke("2026-06-10T16:17:10Z"), "noop");
}

#[test]
fn a_poke_an_hour_early_is_nothing_and_one_an_hour_late_still_runs() {
    let mut fall = Loop::new(D1215, "2026-10-31T17:00:00Z");
    assert_eq!(fall.poke("2026-11-01T16:15:00Z"), "noop");
    assert_eq!(fall.poke("2026-11-01T17:15:00Z"), "run 2026-11-01T12:15");
    let mut spring = Loop::new(D1215, "2026-03-07T18:00:00Z");
    assert_eq!(spring.poke("2026-03-08T17:15:00Z"), "run 2026-03-08T12:15");
}

#[test]
fn a_poke_may_come_some_seconds_before_its_slot_and_no_more() {
    let mut day = Loop::new(D1215, "2026-06-10T12:00:00Z");
    assert_eq!(day.poke("2026-06-10T16:14:54Z"), "noop");
    assert_eq!(day.poke("2026-06-10T16:14:56Z"), "run 2026-06-10T12:15");
    assert_eq!(day.poke("2026-06-10T16:15:00Z"), "noop");
}

#[test]
fn what_is_too_late_is_let_go_and_what_was_before_its_time_never_counts() {
    let text = format!("{D1215}\ncatch_up = {{ missed = \"latest\", within = \"2h\" }}");
    let mut late = Loop::new(&text, "2026-06-10T12:00:00Z");
    assert_eq!(late.poke("2026-06-10T19:00:00Z"), "late 1");
    assert_eq!(late.poke("2026-06-10T19:00:10Z"), "noop");
    let mut fresh = Loop::new(D1215, "2026-06-10T19:00:00Z");
    assert_eq!(fresh.poke("2026-06-10T19:01:00Z"), "noop");
}

#[test]
fn an_edit_neither_replays_nor_drops() {
    let mut edited = Loop::new(D1215, "2026-06-10T12:00:00Z");
    assert_eq!(edited.poke("2026-06-10T16:15:00Z"), "run 2026-06-10T12:15");
    edited.edit("daily = [\"12:10\", \"14:00\"]", "America/New_York", "2026-06-10T17:00:00Z");
    assert_eq!(edited.poke("2026-06-10T17:01:00Z"), "noop", "12:10 was before the edit");
    assert_eq!(edited.poke("2026-06-10T18:00:00Z"), "run 2026-06-10T14:00");

    // 12:15 was due and had not run when the clock became 14:00: it is still owed, once.
    let mut owed = Loop::new(D1215, "2026-06-10T12:00:00Z");
    owed.edit("daily = [\"14:00\"]", "America/New_York", "2026-06-10T17:00:00Z");
    assert_eq!(owed.poke("2026-06-10T17:05:00Z"), "run 2026-06-10T12:15");
    assert_eq!(owed.poke("2026-06-10T17:06:00Z"), "noop");
    assert_eq!(owed.poke("2026-06-10T18:00:00Z"), "run 2026-06-10T14:00");

    // Both wait: they are one.
    let mut both = Loop::new(D1215, "2026-06-10T12:00:00Z");
    both.edit("daily = [\"14:00\"]", "America/New_York", "2026-06-10T17:00:00Z");
    assert_eq!(both.poke("2026-06-10T18:00:00Z"), "run 2026-06-10T14:00, passed 1");

    // A second edit before the next poke keeps what the first one left.
    let mut twice = Loop::new(D1215, "2026-06-10T12:00:00Z");
    twice.edit("daily = [\"14:00\"]", "America/New_York", "2026-06-10T17:00:00Z");
    twice.edit("daily = [\"15:00\"]", "America/New_York", "2026-06-10T17:10:00Z");
    assert_eq!(twice.poke("2026-06-10T17:15:00Z"), "run 2026-06-10T12:15");
}

#[test]
fn what_is_no_edit_of_the_clock_changes_nothing() {
    let mut same = Loop::new(D1215, "2026-06-10T12:00:00Z");
    let before = same.marks.clone();
    let text = format!("{D1215}\njitter = \"20s\"\nclass = \"heavy\"\nwatch = [\"/x\"]");
    same.edit(&text, "America/New_York", "2026-06-10T17:00:00Z");
    assert_eq!(same.marks, before);
    assert_eq!(same.poke("2026-06-10T17:00:30Z"), "run 2026-06-10T12:15", "registered again, not dropped");
}

#[test]
fn a_slot_soon_after_an_edit_runs_and_is_told() {
    let mut edited = Loop::new(D1215, "2026-06-10T12:00:00Z");
    edited.poke("2026-06-10T16:15:00Z");
    edited.edit("daily = [\"12:20\"]", "America/New_York", "2026-06-10T16:18:00Z");
    let Due::Run { slot, .. } = edited.due("2026-06-10T16:20:00Z") else { panic!() };
    assert!(edited.marks.soon_after_edit(&edited.schedule, &edited.zone, &slot));
    assert_eq!(edited.poke("2026-06-10T16:20:00Z"), "run 2026-06-10T12:20");
    let Due::Run { slot, .. } = edited.due("2026-06-11T16:20:00Z") else { panic!() };
    assert!(!edited.marks.soon_after_edit(&edited.schedule, &edited.zone, &slot));
}

#[test]
fn after_sleep_the_latest_runs_and_the_others_are_counted() {
    let mut hour = Loop::new(H15, "2026-06-10T04:20:00Z");
    assert_eq!(hour.poke("2026-06-10T10:40:00Z"), "run 2026-06-10T06:15, passed 5");
    assert_eq!(hour.poke("2026-06-10T10:40:10Z"), "noop");
    let skip = format!("{H15}\ncatch_up = {{ missed = \"skip\" }}");
    let mut skip = Loop::new(&skip, "2026-06-10T04:20:00Z");
    assert_eq!(skip.poke("2026-06-10T10:40:00Z"), "late 6");
    assert_eq!(skip.poke("2026-06-10T11:15:00Z"), "run 2026-06-10T07:15");
}

#[test]
fn a_machine_that_was_off_catches_up_within_the_window_alone() {
    let mut off = Loop::new(D0230, "2026-06-09T12:00:00Z");
    assert_eq!(off.poke("2026-06-10T13:01:00Z"), "run 2026-06-10T02:30", "six and a half hours late");
    assert_eq!(off.poke("2026-06-10T13:02:00Z"), "noop");
    let mut long = Loop::new(D0230, "2026-06-09T12:00:00Z");
    assert_eq!(long.poke("2026-06-10T19:00:00Z"), "late 1");
    let mut month = Loop::new(D0230, "2026-06-09T12:00:00Z");
    assert_eq!(month.poke("2026-07-10T07:00:00Z"), "run 2026-07-10T02:30, passed 30");
}

#[test]
fn years_of_minutes_are_one_run_and_cheap() {
    let mut minutes = Loop::new("every = \"1m\"", "2020-01-01T00:00:00Z");
    assert_eq!(minutes.poke("2026-07-10T07:00:00Z"), "run 2026-07-10T03:00, passed 10000");
}

#[test]
fn every_minute_of_a_day_with_a_gap_or_a_fold_makes_one_run() {
    let mut gap = Loop::new(D0230, "2026-03-07T08:00:00Z");
    assert_eq!(gap.pokes("2026-03-08T05:00:00Z", "2026-03-09T05:00:00Z", 60), ["2026-03-08T07:00:00Z"]);
    let mut fold = Loop::new(D0130, "2026-10-31T12:00:00Z");
    assert_eq!(fold.poke("2026-11-01T05:30:00Z"), "run 2026-11-01T01:30");
    assert_eq!(fold.poke("2026-11-01T06:30:00Z"), "noop");
    let mut list = Loop::new("daily = [\"01:45\", \"02:45\", \"03:45\"]", "2026-10-31T12:00:00Z");
    assert_eq!(
        list.pokes("2026-11-01T04:00:00Z", "2026-11-02T04:00:00Z", 60),
        ["2026-11-01T05:45:00Z", "2026-11-01T07:45:00Z", "2026-11-01T08:45:00Z"]
    );
}

#[test]
fn an_hourly_loop_loses_no_hour_and_repeats_none() {
    let mut spring = Loop::new(H15, "2026-03-08T05:30:00Z");
    assert_eq!(spring.poke("2026-03-08T06:15:00Z"), "run 2026-03-08T01:15");
    assert_eq!(spring.poke("2026-03-08T07:15:00Z"), "run 2026-03-08T03:15");
    let mut fall = Loop::new(H15, "2026-11-01T04:30:00Z");
    assert_eq!(fall.poke("2026-11-01T05:15:00Z"), "run 2026-11-01T01:15");
    assert_eq!(fall.poke("2026-11-01T06:15:00Z"), "run 2026-11-01T01:15-05");
    assert_eq!(fall.poke("2026-11-01T07:15:00Z"), "run 2026-11-01T02:15");
}

#[test]
fn a_storm_of_pokes_in_the_repeated_hour_runs_what_is_due_alone() {
    let mut storm = Loop::new(Q, "2026-11-01T06:15:30Z");
    let ran = storm.pokes("2026-11-01T06:20:00Z", "2026-11-01T06:45:00Z", 10);
    assert_eq!(ran, ["2026-11-01T06:30:00Z", "2026-11-01T06:45:00Z"]);
}

#[test]
fn lord_howe_and_cairo_run_once_a_day() {
    let mut howe = Loop::in_zone("daily = [\"02:15\"]", "Australia/Lord_Howe", "2026-10-02T00:00:00Z");
    let ran = howe.pokes("2026-10-02T00:00:00Z", "2026-10-05T00:00:00Z", 60);
    assert_eq!(ran, ["2026-10-02T15:45:00Z", "2026-10-03T15:30:00Z", "2026-10-04T15:15:00Z"]);
    let mut cairo = Loop::in_zone("daily = [\"00:30\"]", "Africa/Cairo", "2026-04-22T12:00:00Z");
    let ran = cairo.pokes("2026-04-22T12:00:00Z", "2026-04-25T12:00:00Z", 60);
    assert_eq!(ran, ["2026-04-22T22:30:00Z", "2026-04-23T22:00:00Z", "2026-04-24T21:30:00Z"]);
}

#[test]
fn a_moved_zone_gives_the_next_slot_and_none_too_soon() {
    let mut east = Loop::new(D1215, "2026-06-09T12:00:00Z");
    assert_eq!(east.poke("2026-06-09T16:15:00Z"), "run 2026-06-09T12:15");
    east.edit(D1215, "Europe/Rome", "2026-06-08T12:00:00Z");
    assert_eq!(east.poke("2026-06-10T10:15:00Z"), "run 2026-06-10T12:15");
    assert_eq!(east.poke("2026-06-10T16:15:00Z"), "noop");
    // And back the other way six hours later: that would be the same day's once more.
    east.edit(D1215, "America/New_York", "2026-06-08T12:00:00Z");
    assert_eq!(east.poke("2026-06-10T16:15:00Z"), "late 1");
    assert_eq!(east.poke("2026-06-11T16:15:00Z"), "run 2026-06-11T12:15");
}

#[test]
fn a_clock_that_went_back_runs_nothing_again() {
    let mut back = Loop::new(D1215, "2026-06-09T17:00:00Z");
    assert_eq!(back.poke("2026-06-10T16:15:00Z"), "run 2026-06-10T12:15");
    assert_eq!(back.poke("2026-06-10T16:10:00Z"), "noop");
    assert_eq!(back.poke("2026-06-10T16:15:00Z"), "noop");
    assert_eq!(back.poke("2026-06-11T16:15:00Z"), "run 2026-06-11T12:15");
}

#[test]
fn time_in_which_nothing_was_to_run_is_not_caught_up() {
    let mut held = Loop::new(H15, "2026-06-10T05:20:00Z");
    held.held = vec![Held { since: at("2026-06-10T06:00:00Z"), until: at("2026-06-10T13:00:00Z") }];
    assert_eq!(
        held.due("2026-06-10T13:01:00Z"),
        Due::Late(Passed { count: 7, last: Some(at("2026-06-10T12:15:00Z")), held: 7 })
    );
    assert_eq!(held.poke("2026-06-10T13:01:00Z"), "late 7");
    assert_eq!(held.poke("2026-06-10T13:15:00Z"), "run 2026-06-10T09:15");
}

#[test]
fn marks_outlive_their_file() {
    let mut day = Loop::new(D1215, "2026-06-10T12:00:00Z");
    day.edit(
        "weekly = { days = [\"fri\"], at = \"14:00\" }\nactive = \"13:00-23:00\"",
        "Europe/Rome",
        "2026-06-10T17:00:00Z",
    );
    let text = serde_json::to_string(&day.marks).unwrap();
    assert_eq!(serde_json::from_str::<Marks>(&text).unwrap(), day.marks);
}
