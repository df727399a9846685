//! Property lists for launchd: deterministic bytes, valid as they stand.
//!
//! One trigger, explicit minutes, the absolute program with `run-loop` and the loop's id, no shell,
//! no `KeepAlive`, no `RunAtLoad` but for the sweeper: each of these has been somebody's outage.

use super::job::{Job, Rendered, SWEEP};
use crate::calendar::{Schedule, Trigger, triggers};
use crate::call::LoopId;
use serde::Serialize;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Plist<'a> {
    label: String,
    program_arguments: [&'a str; 3],
    process_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_calendar_interval: Option<Vec<Entry>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_interval: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    run_at_load: Option<bool>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    watch_paths: &'a [String],
    /// launchd never rotates it, and fleet keeps its own records.
    standard_out_path: &'a str,
    standard_error_path: &'a str,
    /// Time between TERM and KILL, seconds.
    exit_time_out: u8,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    #[serde(skip_serializing_if = "Option::is_none")]
    day: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hour: Option<u8>,
    minute: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    weekday: Option<u8>,
}

impl From<Trigger> for Entry {
    fn from(t: Trigger) -> Self {
        Self { day: t.day, hour: t.hour, minute: t.minute, weekday: t.weekday }
    }
}

/// The label of a loop's job.
pub fn label(id: &LoopId) -> String {
    format!("{}{id}", super::job::PREFIX)
}

/// The property list that pokes loop `id` by its clock alone; `program` is fleet's absolute path.
///
/// # Errors
/// The writer's; none is known for this shape.
pub fn plist(id: &LoopId, schedule: &Schedule, program: &str) -> Result<String, plist::Error> {
    let job = Job::Loop { id: id.clone(), schedule: schedule.clone(), watch: Vec::new() };
    agent(&job, program).map(|file| file.text)
}

/// The property list of a job. Only the sweeper ticks from when it was loaded, since it must not depend
/// on launchd's calendar, and only it starts at login.
///
/// # Errors
/// The writer's; none is known for this shape.
pub fn agent(job: &Job, program: &str) -> Result<Rendered, plist::Error> {
    let (schedule, watch): (_, &[String]) = match job {
        Job::Loop { schedule, watch, .. } => (Some(schedule), watch),
        Job::Sweep => (None, &[]),
    };
    let [verb, object] = job.arguments();
    let list = Plist {
        label: job.label(),
        program_arguments: [program, verb, object],
        process_type: "Background",
        start_calendar_interval: schedule.map(|s| triggers(s).into_iter().map(Entry::from).collect()),
        start_interval: schedule.is_none().then_some(SWEEP),
        run_at_load: schedule.is_none().then_some(true),
        watch_paths: watch,
        standard_out_path: "/dev/null",
        standard_error_path: "/dev/null",
        exit_time_out: 30,
    };
    let mut bytes = Vec::new();
    plist::to_writer_xml(&mut bytes, &list)?;
    bytes.push(b'\n');
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Ok(Rendered { name: format!("{}.plist", job.label()), text })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plist_reads_back_as_what_it_must_say() {
        let id = LoopId::parse("stale-branches").unwrap();
        let schedule =
            Schedule::parse(&"weekly = { days = [\"fri\"], at = \"14:08\" }".parse().unwrap()).unwrap();
        let text = plist(&id, &schedule, "/usr/local/bin/fleet").unwrap();
        assert_eq!(text, plist(&id, &schedule, "/usr/local/bin/fleet").unwrap());
        let value: plist::Dictionary = plist::from_bytes(text.as_bytes()).unwrap();
        assert_eq!(value["Label"].as_string(), Some("local.fleet.stale-branches"));
        let entry = value["StartCalendarInterval"].as_array().unwrap()[0].as_dictionary().unwrap();
        let number = |name: &str| entry[name].as_unsigned_integer();
        assert_eq!((number("Weekday"), number("Hour"), number("Minute")), (Some(5), Some(14), Some(8)));
        for forbidden in ["KeepAlive", "RunAtLoad", "StartInterval", "EnvironmentVariables", "UserName"] {
            assert!(!value.contains_key(forbidden), "{forbidden}");
        }
    }

    #[test]
    fn watched_paths_come_besides_and_the_sweeper_alone_ticks() {
        let schedule = Schedule::parse(&"daily = [\"07:32\"]".parse().unwrap()).unwrap();
        let id = LoopId::parse("scan-filer").unwrap();
        let job = Job::Loop { id, schedule, watch: vec!["/Users/ada/Scans".into()] };
        let read = |job: &Job| -> plist::Dictionary {
            plist::from_bytes(agent(job, "/usr/local/bin/fleet").unwrap().text.as_bytes()).unwrap()
        };
        let list = read(&job);
        assert_eq!(list["WatchPaths"].as_array().unwrap()[0].as_string(), Some("/Users/ada/Scans"));
        let sweep = read(&Job::Sweep);
        assert_eq!(sweep["StartInterval"].as_unsigned_integer(), Some(600));
        assert_eq!(sweep["RunAtLoad"].as_boolean(), Some(true));
        assert!(!sweep.contains_key("StartCalendarInterval") && !sweep.contains_key("KeepAlive"));
    }
}
