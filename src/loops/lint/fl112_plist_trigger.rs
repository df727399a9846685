//! FL112: a second trigger in the property list.

use super::house::House;
use super::job::Job;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;

pub(super) const RULE: Rule = Rule {
    id: "FL112",
    title: "a second trigger in the property list",
    level: Level::Error,
    safety: false,
    what: "StartInterval, RunAtLoad, KeepAlive or another key that starts the job at other times.",
    why: "StartInterval is lost while asleep, RunAtLoad starts all loops at login, KeepAlive repeats a crash.",
    instead: "write it as the definition has it, or remove the list",
    example: Example::Text(
        File::Plist,
        "	<key>ProcessType</key>",
        "	<key>StartInterval</key>\n	<integer>900</integer>\n	<key>ProcessType</key>",
    ),
    find,
};

fn find(subject: &Subject, _: &House) -> Vec<Hit> {
    let Some(job) = subject.plist.as_ref().and_then(|plist| Job::of(plist).ok()) else { return Vec::new() };
    let more = TRIGGERS.iter().filter(|key| job.has(key));
    more.map(|key| Hit::plist(job.line(key), format!("{key} starts it at other times"))).collect()
}

/// Keys that start a job.
const TRIGGERS: &[&str] = &[
    "StartInterval",
    "RunAtLoad",
    "KeepAlive",
    "OnDemand",
    "QueueDirectories",
    "StartOnMount",
    "Sockets",
    "MachServices",
    "LaunchEvents",
    "inetdCompatibility",
];
