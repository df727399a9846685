//! `fleet loop lint`: everything that is wrong with loops, in the style of a compiler.

use super::super::{CliError, Context, Exit, output};
use super::house;
use crate::call::{LoopId, visible_line};
use crate::loops::lint::{House, Judged, Level, Subject};
use crate::state::{Home, clock};
use serde_json::{Value, json};
use std::path::PathBuf;

/// Say what is wrong with loops: file, line, rule, what it is, and what to do.
///
/// Looks at definition, runbook, recorded worlds and, where there is one, the property list. What has an error is not
/// registered; a warning keeps nothing out. `# fl: allow FL305 because REASON until YYYY-MM-DD` in the
/// definition excuses a rule, unless it is a safety rule. Exit 1 if there is an error.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  fleet loop lint
  fleet loop lint cert-watch
  fleet loop lint --in ~/code/my-loops
  fleet loop lint --json | jq -r '.[] | \"\\(.file):\\(.line): \\(.rule)\"'
  fleet loop explain FL307")]
pub struct Args {
    /// Loops; all if left out.
    ids: Vec<LoopId>,
    /// A folder to look at instead: ID.toml, ID.md and local.fleet.ID.plist, or the same in loops/,
    /// runbooks/ and plists/ below it; recorded worlds in fixtures/ID/ beside the definitions.
    #[arg(long = "in", value_name = "DIR")]
    folder: Option<PathBuf>,
}

pub(super) fn run(args: &Args, context: &Context) -> Result<Exit, CliError> {
    let house = match &args.folder {
        Some(folder) => House::folder(folder)
            .map_err(|e| CliError::usage(format!("cannot read the loops in `{}`: {e}", folder.display())))?,
        None => house(&Home::locate()?.require()?)?,
    };
    let subjects = chosen(&house, &args.ids)?;
    let found: Vec<(&Subject, Vec<Judged<'_>>)> = subjects.into_iter().map(|s| (s, house.judge(s))).collect();
    let all = || found.iter().flat_map(|(subject, judged)| judged.iter().map(move |j| (*subject, j)));
    let errors = all().filter(|(_, j)| j.refuses()).count();
    let waived = all().filter(|(_, j)| j.waived.is_some()).count();
    let warnings = all().count() - errors - waived;
    if context.json {
        output::json(&all().map(|(subject, j)| row(subject, j)).collect::<Vec<_>>());
    } else {
        all().for_each(|(subject, j)| print(subject, j));
        let waived = if waived > 0 { format!(", {waived} waived") } else { String::new() };
        let loops = count(found.len(), "loop");
        output::line(&format!("{loops}: {}, {}{waived}", count(errors, "error"), count(warnings, "warning")));
    }
    Ok(if errors > 0 { Exit::Failed } else { Exit::Done })
}

fn chosen<'h>(house: &'h House, ids: &[LoopId]) -> Result<Vec<&'h Subject>, CliError> {
    if ids.is_empty() {
        return Ok(house.all.iter().collect());
    }
    let mut subjects = Vec::new();
    for id in ids {
        let named = house.named(id);
        if named.is_empty() {
            return Err(CliError::usage(format!("there is no loop `{id}`"))
                .hint("`fleet loop list` names them; `--in DIR` looks elsewhere"));
        }
        subjects.extend(named);
    }
    Ok(subjects)
}

/// How a hit counts, in a word.
fn level(judged: &Judged<'_>) -> &'static str {
    match (judged.waived, judged.rule.level) {
        (Some(_), _) => "waived",
        (None, Level::Error) => "error",
        (None, Level::Warning) => "warning",
    }
}

/// Whether the day has passed on which somebody was to look again.
fn overdue(judged: &Judged<'_>) -> bool {
    let today = clock::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    judged.waived.and_then(|w| w.until).is_some_and(|until| until < today)
}

fn row(subject: &Subject, judged: &Judged<'_>) -> Value {
    let waived = judged.waived.map(|w| {
        json!({ "reason": w.reason, "until": w.until.map(|d| d.to_string()), "line": w.line, "overdue": overdue(judged) })
    });
    json!({
        "loop": subject.name, "file": subject.shown(judged.hit.file), "line": judged.hit.line, "rule": judged.rule.id,
        "title": judged.rule.title, "level": level(judged), "safety": judged.rule.safety,
        "message": judged.hit.message, "help": judged.rule.instead, "waived": waived,
    })
}

fn print(subject: &Subject, judged: &Judged<'_>) {
    let (rule, hit) = (judged.rule, &judged.hit);
    let file = subject.shown(hit.file);
    output::line(&format!("{file}:{}: {}[{}]: {}", hit.line, level(judged), rule.id, rule.title));
    let part = |name: &str, text: &str| {
        for (n, line) in output::wrapped(text, 78 - name.len()).iter().enumerate() {
            let name = if n == 0 { name.to_owned() } else { " ".repeat(name.len()) };
            output::line(&format!("  {name}{line}"));
        }
    };
    part("", &visible_line(&hit.message, 500));
    if let Some(waiver) = judged.waived {
        let until = waiver.until.map_or_else(String::new, |d| d.to_string());
        let past = if overdue(judged) { "; that day has passed: look again" } else { "" };
        part("waived: ", &format!("{} (until {until}{past})", visible_line(&waiver.reason, 300)));
    } else {
        part("help: ", rule.instead);
    }
}

fn count(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}
