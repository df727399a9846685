//! FL303: a name that nothing declares.

use super::house::House;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;
use crate::loops::names::{known, sources};

pub(super) const RULE: Rule = Rule {
    id: "FL303",
    title: "a name that nothing declares",
    level: Level::Error,
    safety: false,
    what: "A name in a template or expression that is no setting, state, gather, act or [let].",
    why: "A step that was renamed must not turn into an empty list.",
    instead: "declare it, or name what is declared",
    example: Example::Text(File::Definition, r#"expr = "acts.file |"#, r#"expr = "acts.files |"#),
    find,
};

fn find(subject: &Subject, house: &House) -> Vec<Hit> {
    let Some(spec) = subject.spec() else { return Vec::new() };
    let mut found = Vec::new();
    for used in sources(spec) {
        for name in house.engine.names(used.source, used.expression).unwrap_or_default() {
            let early = name.split('.').next() == Some("acts") && !used.acts;
            if let Some(why) = known(spec, &used, &name).err().filter(|_| !early) {
                found.push(subject.hit(&used.path, format!("{}: {why}", used.place)));
            }
        }
    }
    found
}
