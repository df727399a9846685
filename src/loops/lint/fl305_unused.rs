//! FL305: computed and never used.

use super::house::House;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;
use crate::loops::names::sources;
use std::collections::BTreeSet;

pub(super) const RULE: Rule = Rule {
    id: "FL305",
    title: "computed and never used",
    level: Level::Warning,
    safety: false,
    what: "A gather, [let], setting or state that no step, finding, check, commit or summary reads.",
    why: "A gather that nobody reads is cost, or an alert that was forgotten.",
    instead: "use it or drop it",
    example: Example::Text(
        File::Definition,
        r#"known = "gather.words"#,
        r#"third = "3 * 3"
known = "gather.words"#,
    ),
    find,
};

fn find(subject: &Subject, house: &House) -> Vec<Hit> {
    let Some(spec) = subject.spec() else { return Vec::new() };
    let mut used: BTreeSet<String> = BTreeSet::new();
    for source in sources(spec) {
        // What names only itself is not used.
        let own = source.path.strip_prefix("let.").unwrap_or_default();
        let names = house.engine.names(source.source, source.expression).unwrap_or_default();
        for name in names.into_iter().filter(|n| n.split('.').next() != Some(own)) {
            let mut parts = name.split('.');
            let all = |keys: Vec<&String>, table: &str| keys.iter().map(|k| format!("{table}.{k}")).collect();
            let reads: Vec<String> = match (parts.next(), parts.next()) {
                (Some("gather" | "errors"), Some(member)) => vec![format!("gather.{member}")],
                (Some(table @ ("config" | "state")), Some(member)) => vec![format!("{table}.{member}")],
                (Some("gather" | "errors"), None) => all(spec.gather.keys().collect(), "gather"),
                (Some("config"), None) => all(spec.config.keys().collect(), "config"),
                (Some("state"), None) => all(spec.state.keys().collect(), "state"),
                (Some(first), _) => vec![format!("let.{first}")],
                (None, _) => Vec::new(),
            };
            used.extend(reads);
        }
    }
    let gathers = spec.gather.keys().map(|k| format!("gather.{k}"));
    let lets = spec.lets.keys().map(|k| format!("let.{k}"));
    let config = spec.config.keys().map(|k| format!("config.{k}"));
    let state = spec.state.keys().map(|k| format!("state.{k}"));
    let all = gathers.chain(lets).chain(config).chain(state);
    all.filter(|path| !used.contains(path))
        .map(|path| subject.hit(&path, format!("nothing reads [{path}]")))
        .collect()
}
