//! The runbook: what the owner reads at two in the morning. A loop without one is not registered.

use super::spec::{BadSpec, Spec};
use crate::call::LoopId;

/// Sections that every runbook has, in this order.
pub const SECTIONS: [&str; 7] =
    ["Purpose", "What it touches", "Alerts", "How it fails", "Pause", "Undo", "Verify by hand"];

/// Sees that the page has its sections, each with text, and answers every alert of the loop.
pub fn check(text: &str, id: &LoopId, spec: &Spec) -> Result<(), BadSpec> {
    let bad = |why: String| Err(BadSpec(format!("runbook of `{id}`: {why}")));
    let mut rest = text;
    for section in SECTIONS {
        let heading = format!("\n## {section}\n");
        let Some(at) = rest.find(&heading) else {
            return bad(format!("section `## {section}` is missing or not in its place"));
        };
        rest = rest.get(at + heading.len()..).unwrap_or_default();
        let body = rest.split("\n## ").next().unwrap_or_default();
        if body.trim().len() < 20 {
            return bad(format!("section `## {section}` says nothing"));
        }
    }
    for finding in &spec.finding {
        let heading = format!("\n### {}\n", finding.id);
        let Some((_, answer)) = text.split_once(&heading) else {
            return bad(format!("no heading `### {}` for that finding", finding.id));
        };
        let answer = answer.split("\n#").next().unwrap_or_default();
        if !answer.contains("\n1. ") {
            return bad(format!("`### {}` names no first step (a line that begins with `1. `)", finding.id));
        }
    }
    for act in &spec.act {
        let undo = text
            .split_once("\n## Undo\n")
            .map_or("", |(_, rest)| rest.split("\n## ").next().unwrap_or_default());
        if !undo.contains(&format!("`{}`", act.id)) {
            return bad(format!("`## Undo` does not say how the act `{}` is taken back", act.id));
        }
    }
    if !text.contains(&format!("fleet run-loop {id} --plan")) {
        return bad(format!("`## Verify by hand` does not name `fleet run-loop {id} --plan`"));
    }
    Ok(())
}

/// The first step that the page gives for failures.
pub fn first_step(text: &str) -> Option<String> {
    let (_, section) = text.split_once("\n## How it fails\n")?;
    let section = section.split("\n## ").next()?;
    section.lines().find_map(|line| line.strip_prefix("1. ")).map(str::to_owned)
}
