//! FL114: output of the job in a file.

use super::house::House;
use super::job::Job;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;

pub(super) const RULE: Rule = Rule {
    id: "FL114",
    title: "output of the job in a file",
    level: Level::Error,
    safety: false,
    what: "A StandardOutPath or StandardErrorPath that is missing, or is another than /dev/null.",
    why: "launchd never rotates such files and makes them readable for all; fleet keeps its own records.",
    instead: "write it as the definition has it, or remove the list",
    example: Example::Text(File::Plist, "	<key>StandardErrorPath</key>\n	<string>/dev/null</string>\n", ""),
    find,
};

fn find(subject: &Subject, _: &House) -> Vec<Hit> {
    let Some(job) = subject.plist.as_ref().and_then(|plist| Job::of(plist).ok()) else { return Vec::new() };
    let bad =
        ["StandardOutPath", "StandardErrorPath"].into_iter().filter(|key| job.text(key) != Some("/dev/null"));
    bad.map(|key| Hit::plist(job.line(key), format!("{key} is to be /dev/null"))).collect()
}
