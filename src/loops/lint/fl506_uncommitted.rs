//! FL506: a memory that is never written.

use super::house::House;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;

pub(super) const RULE: Rule = Rule {
    id: "FL506",
    title: "a memory that is never written",
    level: Level::Error,
    safety: false,
    what: "A state that no [[commit]] writes, or a commit to a state that is not declared.",
    why: "What is read is always empty, so everything is new in every run.",
    instead: "add the [[commit]], or drop the state",
    example: Example::Text(
        File::Definition,
        r#"[[commit]]
state    = "filed"
for_each = "fresh"
key      = "{{ item.path }}"
value    = "{{ item.mtime }}"
"#,
        "",
    ),
    find,
};

fn find(subject: &Subject, _: &House) -> Vec<Hit> {
    let Some(spec) = subject.spec() else { return Vec::new() };
    let written = |name: &str| spec.commit.iter().any(|c| c.state == name);
    let states = spec.state.keys().filter(|name| !written(name));
    let mut found: Vec<_> = states
        .map(|name| subject.hit(&format!("state.{name}"), format!("no commit writes `{name}`")))
        .collect();
    let lost = spec.commit.iter().enumerate().filter(|(_, c)| !spec.state.contains_key(&c.state));
    found.extend(
        lost.map(|(n, c)| {
            subject.hit(&format!("commit.{n}.state"), format!("there is no [state.{}]", c.state))
        }),
    );
    found
}
