//! FL211: a storm of approvals.

use super::house::House;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;
use crate::call::Risk;
use crate::tools;

pub(super) const RULE: Rule = Rule {
    id: "FL211",
    title: "a storm of approvals",
    level: Level::Error,
    safety: true,
    what: "A HIGH call for each item, though the tool takes a list of them in one call.",
    why: "Thirty questions in a row train a person to say yes.",
    instead: "drop `for_each` and give the whole list to one call",
    example: Example::Text(
        File::Definition,
        r#"when = "empty | length > 0"
args = { paths = "{{ empty | map(attribute='path') | list }}" }"#,
        r#"for_each = "empty"
args = { paths = ["{{ item.path }}"] }"#,
    ),
    find,
};

fn find(subject: &Subject, _: &House) -> Vec<Hit> {
    let Some(spec) = subject.spec() else { return Vec::new() };
    let high = |tool: &str| tools::find(tool).is_some_and(|t| t.card().risk >= Risk::High);
    let mut found = Vec::new();
    for (n, act) in spec.act.iter().enumerate().filter(|(_, a)| a.for_each.is_some() && high(&a.tool)) {
        for (name, value) in &act.args {
            let single = value.as_array().is_some_and(|list| list.len() == 1 && list.iter().any(of_item));
            if single {
                let message =
                    format!("act `{}` asks once for each item, and `{name}` takes them all", act.id);
                found.push(subject.hit(&format!("act.{n}.args.{name}"), message));
            }
        }
    }
    found
}

fn of_item(value: &toml::Value) -> bool {
    value.to_string().contains("item")
}
