//! FL901: a waiver without reason or date.

use super::RULES;
use super::house::House;
use super::places::shown;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;

pub(super) const RULE: Rule = Rule {
    id: "FL901",
    title: "a waiver without reason or date",
    level: Level::Error,
    safety: false,
    what: "A waiver that does not name a rule, give a reason of ten letters or more, and the day when somebody looks again.",
    why: "A waiver is a dated decision, not a mute button.",
    instead: "write `# fl: allow FL305 because REASON until YYYY-MM-DD`",
    example: Example::Text(File::Definition, "format   = 1\n", "# fl: allow FL103\nformat   = 1\n"),
    find,
};

fn find(subject: &Subject, _: &House) -> Vec<Hit> {
    let bad = subject.waivers.iter().filter(|w| !w.whole() || !RULES.iter().any(|r| r.id == w.rule));
    bad.map(|w| {
        let message = if RULES.iter().any(|r| r.id == w.rule) {
            "it does not say why, and until when".to_owned()
        } else {
            format!("there is no rule {}", shown(&w.rule))
        };
        Hit { file: File::Definition, line: w.line, message }
    })
    .collect()
}
