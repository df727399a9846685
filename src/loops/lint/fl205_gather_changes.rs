//! FL205: reading that changes things.

use super::house::House;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;
use crate::tools::{self, EffectClass};

pub(super) const RULE: Rule = Rule {
    id: "FL205",
    title: "reading that changes things",
    level: Level::Error,
    safety: true,
    what: "A gather whose tool does more than look.",
    why: "A plan can be read before anything happens only if gathering changes nothing.",
    instead: "move the step to an [[act]]",
    example: Example::Text(
        File::Definition,
        r#"[gather.words]
tool     = "files_read"
for_each = "fresh"
args     = { path = "{{ item.path }}", max_bytes = 4096 }"#,
        r#"[gather.words]
tool     = "files_write"
for_each = "fresh"
args     = { path = "{{ item.path }}", content = "x" }"#,
    ),
    find,
};

fn find(subject: &Subject, _: &House) -> Vec<Hit> {
    let Some(spec) = subject.spec() else { return Vec::new() };
    let changes = |tool: &str| tools::find(tool).is_some_and(|t| t.card().effect != EffectClass::Read);
    let bad = spec.gather.iter().filter(|(_, g)| changes(&g.tool));
    bad.map(|(name, g)| subject.hit(&format!("gather.{name}.tool"), format!("`{}` changes things", g.tool)))
        .collect()
}
