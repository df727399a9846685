//! `fleet loop explain`: the page of a rule.

use super::super::{CliError, Context, Exit, output};
use crate::loops::lint::{self, Example, File, Level, RULES, Rule};
use serde_json::{Value, json};

/// What a rule finds, why that is bad, and what to do, with an example.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  fleet loop explain FL307
  fleet loop explain            all rules, a line each")]
pub struct Args {
    /// The rule.
    rule: Option<String>,
}

pub(super) fn run(args: &Args, context: &Context) -> Result<Exit, CliError> {
    let Some(id) = &args.rule else {
        if context.json {
            output::json(&RULES.iter().map(|r| page(r)).collect::<Vec<_>>());
        } else {
            for rule in RULES {
                output::line(&format!("{} {:<7} {}", rule.id, kind(rule), rule.title));
            }
        }
        return Ok(Exit::Done);
    };
    let rule = lint::rule(id).ok_or_else(|| {
        CliError::usage(format!("there is no rule `{id}`")).hint("`fleet loop explain` lists them")
    })?;
    if context.json {
        output::json(&page(rule));
    } else {
        output::raw(&text(rule));
    }
    Ok(Exit::Done)
}

/// What a hit of it means.
fn kind(rule: &Rule) -> &'static str {
    match (rule.safety, rule.level) {
        (true, _) => "safety",
        (false, Level::Error) => "error",
        (false, Level::Warning) => "warning",
    }
}

fn page(rule: &Rule) -> Value {
    let (bad, good) = example(rule);
    json!({
        "rule": rule.id, "title": rule.title, "level": rule.level, "safety": rule.safety, "what": rule.what,
        "why": rule.why, "instead": rule.instead, "bad": bad, "good": good,
    })
}

/// The page, at most 80 columns wide but for the example.
pub(in crate::cli) fn text(rule: &Rule) -> String {
    let mut page = format!("{}: {}\n", rule.id, rule.title);
    let standing = match (rule.safety, rule.level) {
        (true, _) => "A safety rule: the loop is not registered, and no waiver is taken.",
        (false, Level::Error) => "An error: the loop is not registered, unless a waiver says why.",
        (false, Level::Warning) => "A warning: it keeps no loop out.",
    };
    let mut add = |title: &str, text: &str| {
        page.push_str(&format!("\n{title}\n"));
        for line in output::wrapped(text, 76) {
            page.push_str(&format!("    {line}\n"));
        }
    };
    add("What it finds", rule.what);
    add("Why", rule.why);
    add("What to do", rule.instead);
    add("How it counts", standing);
    let (bad, good) = example(rule);
    for (title, text) in [("Bad", bad), ("Good", good)] {
        page.push_str(&format!("\n{title}\n"));
        for line in text.lines() {
            page.push_str(&format!("    {line}\n"));
        }
    }
    page
}

/// The bad example and the good one.
fn example(rule: &Rule) -> (String, String) {
    let name = |file: File| match file {
        File::Definition => "ID.toml",
        File::Runbook => "ID.md",
        File::Plist => "local.fleet.ID.plist",
    };
    match rule.example {
        Example::Text(file, good, bad) => {
            let part = |text: &str| {
                let text = text.trim_matches('\n');
                if text.trim().is_empty() { "(nothing)".to_owned() } else { text.to_owned() }
            };
            (format!("in {}:\n{}", name(file), part(bad)), format!("in {}:\n{}", name(file), part(good)))
        }
        Example::Name(good, bad) => (format!("{bad}.toml"), format!("{good}.toml")),
        Example::Mode(good, bad) => (format!("mode {bad:o}"), format!("mode {good:o}")),
        Example::World(file, good, bad) => {
            (format!("in fixtures/ID/{file}:\n{bad}"), format!("in fixtures/ID/{file}:\n{good}"))
        }
        Example::NoWorld(name) => {
            (format!("no fixtures/ID/{name}/"), format!("fixtures/ID/{name}/world.json and plan.json"))
        }
        Example::Gone(file) => (format!("no {}", name(file)), name(file).to_owned()),
    }
}
