//! FL513: two findings with one key.

use super::house::House;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;

pub(super) const RULE: Rule = Rule {
    id: "FL513",
    title: "two findings with one key",
    level: Level::Error,
    safety: false,
    what: "Two findings with the same `key`.",
    why: "Findings live by their key: the second is never opened while the first is.",
    instead: "begin each key with the id of its finding",
    example: Example::Text(
        File::Definition,
        r#"key      = "stuck:{{ item.item.path }}""#,
        r#"key      = "unreadable:{{ item.item.path }}""#,
    ),
    find,
};

fn find(subject: &Subject, _: &House) -> Vec<Hit> {
    let Some(spec) = subject.spec() else { return Vec::new() };
    let before = |n: usize, key: &str| spec.finding.iter().take(n).find(|f| f.key == key);
    let mut found = Vec::new();
    for (n, finding) in spec.finding.iter().enumerate() {
        if let Some(first) = before(n, &finding.key) {
            found.push(
                subject.hit(&format!("finding.{n}.key"), format!("`{}` has that key already", first.id)),
            );
        }
    }
    found
}
