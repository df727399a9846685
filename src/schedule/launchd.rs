//! Property lists for launchd: deterministic bytes, valid as they stand.
//!
//! One trigger, explicit minutes, the absolute program with `run-loop` and the loop's id, no shell,
//! no `KeepAlive`, no `RunAtLoad`: each of these has been somebody's outage.

use crate::calendar::{Schedule, triggers};
use crate::call::LoopId;
use serde::Serialize;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Job<'a> {
    label: String,
    program_arguments: [&'a str; 3],
    process_type: &'a str,
    start_calendar_interval: Vec<Entry>,
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

/// The label of a loop's job.
pub fn label(id: &LoopId) -> String {
    format!("local.fleet.{id}")
}

/// The property list that pokes loop `id`; `program` is fleet's absolute path.
///
/// # Errors
/// The writer's; none is known for this shape.
pub fn plist(id: &LoopId, schedule: &Schedule, program: &str) -> Result<String, plist::Error> {
    let entry = |t: crate::calendar::Trigger| Entry {
        day: t.day,
        hour: t.hour,
        minute: t.minute,
        weekday: t.weekday,
    };
    let job = Job {
        label: label(id),
        program_arguments: [program, "run-loop", id.as_str()],
        process_type: "Background",
        start_calendar_interval: triggers(schedule).into_iter().map(entry).collect(),
        standard_out_path: "/dev/null",
        standard_error_path: "/dev/null",
        exit_time_out: 30,
    };
    let mut bytes = Vec::new();
    plist::to_writer_xml(&mut bytes, &job)?;
    bytes.push(b'\n');
    Ok(String::from_utf8_lossy(&bytes).into_owned())
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
}
