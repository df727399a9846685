//! FL315: somebody's home in a file.

use super::house::House;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;

pub(super) const RULE: Rule = Rule {
    id: "FL315",
    title: "somebody's home in a file",
    level: Level::Error,
    safety: false,
    what: "A path below `/Users/NAME`, `/home/NAME` or `/root` in a definition.",
    why: "The loop works on one machine, for one person.",
    instead: "write `~/`, or make it a setting",
    example: Example::Text(File::Definition, r#"example  = "~/Scans""#, r#"example  = "/Users/anna/Scans""#),
    find,
};

fn find(subject: &Subject, _: &House) -> Vec<Hit> {
    let text = subject.definition.text().unwrap_or_default();
    let of_somebody = |line: &str| {
        let code = line.split('#').next().unwrap_or_default();
        ["/Users/", "/home/", "/root/"].iter().find(|home| {
            let before = code.find(**home).and_then(|at| code.get(..at)).and_then(|b| b.chars().next_back());
            before.is_some_and(|c| !c.is_alphanumeric() && !['~', '}', '.', '/', '_', '-'].contains(&c))
        })
    };
    let bad = text.lines().enumerate().filter_map(|(n, line)| Some((n + 1, *of_somebody(line)?)));
    bad.map(|(line, home)| Hit {
        file: File::Definition,
        line,
        message: format!("`{home}…` is one person's"),
    })
    .collect()
}
