//! FL213: a command put together from text.

use super::house::House;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;
use crate::tools::SHELL;

pub(super) const RULE: Rule = Rule {
    id: "FL213",
    title: "a command put together from text",
    level: Level::Error,
    safety: true,
    what: "A `shell_run` whose command line, or whose program, has a value in it.",
    why: "What stands in the value is read as part of the command: a file called `; rm` is enough.",
    instead: "write `argv` as a list whose first words are fixed, and values as words of their own",
    example: Example::Text(
        File::Definition,
        r#"tool = "files_trash"
when = "empty | length > 0"
args = { paths = "{{ empty | map(attribute='path') | list }}" }"#,
        r#"tool = "shell_run"
when = "empty | length > 0"
args = { command = "ls {{ config.folder }}" }"#,
    ),
    find,
};

fn find(subject: &Subject, _: &House) -> Vec<Hit> {
    let Some(spec) = subject.spec() else { return Vec::new() };
    let gathers = spec.gather.iter().map(|(name, g)| (format!("gather.{name}"), &g.tool, &g.args));
    let acts = spec.act.iter().enumerate().map(|(n, a)| (format!("act.{n}"), &a.tool, &a.args));
    let mut found = Vec::new();
    for (path, _, args) in gathers.chain(acts).filter(|(_, tool, _)| *tool == SHELL) {
        let valued =
            |value: &toml::Value| value.as_str().is_some_and(|t| t.contains("{{") || t.contains("{%"));
        if args.get("command").is_some_and(valued) {
            found.push(subject.hit(&format!("{path}.args.command"), "a value stands inside a command line"));
        }
        let Some(argv) = args.get("argv") else { continue };
        let at = format!("{path}.args.argv");
        let words: Vec<&toml::Value> = argv.as_array().into_iter().flatten().collect();
        if valued(argv) || words.first().is_some_and(|w| valued(w)) {
            found.push(subject.hit(&at, "a value chooses the program"));
        } else if words.iter().any(|w| SCRIPT.contains(&w.as_str().unwrap_or_default()))
            && words.iter().any(|w| valued(w))
        {
            let script =
                words.iter().skip_while(|w| !SCRIPT.contains(&w.as_str().unwrap_or_default())).nth(1);
            if script.is_some_and(|w| valued(w)) {
                found.push(subject.hit(&at, "a value stands inside a script"));
            }
        }
    }
    found
}

/// Options after which a word is a script.
const SCRIPT: &[&str] = &["-c", "-e", "-lc", "-ec", "--eval", "--command"];
