//! FL201: a tool that does not exist.

use super::house::House;
use super::places::shown;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;
use crate::tools::find as find_tool;

pub(super) const RULE: Rule = Rule {
    id: "FL201",
    title: "a tool that does not exist",
    level: Level::Error,
    safety: true,
    what: "A step that names a tool fleet does not have.",
    why: "The run would fail at its slot instead of here.",
    instead: "`fleet tool list` names them",
    example: Example::Text(File::Definition, r#"tool = "files_write""#, r#"tool = "files_wriet""#),
    find,
};

fn find(subject: &Subject, _: &House) -> Vec<Hit> {
    let Some(spec) = subject.spec() else { return Vec::new() };
    let gathers = spec.gather.iter().map(|(name, g)| (format!("gather.{name}.tool"), &g.tool));
    let acts = spec.act.iter().enumerate().map(|(n, a)| (format!("act.{n}.tool"), &a.tool));
    let unknown = gathers.chain(acts).filter(|(_, tool)| find_tool(tool).is_none());
    unknown.map(|(path, tool)| subject.hit(&path, format!("there is no tool {}", shown(tool)))).collect()
}
