//! FL113: an environment in the property list.

use super::house::House;
use super::job::Job;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;

pub(super) const RULE: Rule = Rule {
    id: "FL113",
    title: "an environment in the property list",
    level: Level::Error,
    safety: true,
    what: "EnvironmentVariables, or another key that changes what fleet finds around it.",
    why: "FLEET_HOME there moves policy and log to another place, and every process of the account reads what stands in it.",
    instead: "take the key out; settings stand in fleet.toml, secrets in the secret store",
    example: Example::Text(
        File::Plist,
        "	<key>ProcessType</key>",
        "	<key>EnvironmentVariables</key>\n	<dict>\n		<key>FLEET_HOME</key>\n		<string>/tmp/x</string>\n	</dict>\n	<key>ProcessType</key>",
    ),
    find,
};

fn find(subject: &Subject, _: &House) -> Vec<Hit> {
    let Some(job) = subject.plist.as_ref().and_then(|plist| Job::of(plist).ok()) else { return Vec::new() };
    let more = ["EnvironmentVariables", "StandardInPath", "Umask", "SessionCreate"]
        .into_iter()
        .filter(|key| job.has(key));
    more.map(|key| Hit::plist(job.line(key), format!("{key} changes what fleet finds around it"))).collect()
}
