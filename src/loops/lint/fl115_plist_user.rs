//! FL115: the job runs as somebody else.

use super::house::House;
use super::job::Job;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;

pub(super) const RULE: Rule = Rule {
    id: "FL115",
    title: "the job runs as somebody else",
    level: Level::Error,
    safety: true,
    what: "A UserName or GroupName, or a ProcessType that is not Background.",
    why: "Loops run as the owner, in the background, never as somebody else.",
    instead: "write it as the definition has it, or remove the list",
    example: Example::Text(
        File::Plist,
        "	<key>ProcessType</key>",
        "	<key>UserName</key>\n	<string>root</string>\n	<key>ProcessType</key>",
    ),
    find,
};

fn find(subject: &Subject, _: &House) -> Vec<Hit> {
    let Some(job) = subject.plist.as_ref().and_then(|plist| Job::of(plist).ok()) else { return Vec::new() };
    let more = ["UserName", "GroupName", "InitGroups"].into_iter().filter(|key| job.has(key));
    let mut found: Vec<_> =
        more.map(|key| Hit::plist(job.line(key), format!("{key} makes it somebody else's"))).collect();
    if job.text("ProcessType") != Some("Background") {
        found.push(Hit::plist(job.line("ProcessType"), "ProcessType is to be Background"));
    }
    found
}
