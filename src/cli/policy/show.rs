//! `fleet policy show`: everything that decides, and where it comes from.

use super::{CliError, Context, Exit, filled, output};
use crate::gate::World;
use crate::state::Home;
use serde_json::Value;

/// Show the policy in force: defaults, your file, and the built-in rules, each with its source.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  fleet policy show
  fleet policy show --json | jq -r '.rules[] | select(.refused != []) | .rule'")]
pub struct Args {}

pub(super) fn run(_: &Args, context: &Context) -> Result<Exit, CliError> {
    let home = Home::locate()?.require()?;
    let world = World::load(&home)?;
    let shown = world.policy.shown(&world);
    if context.json {
        output::json(&shown);
        return Ok(Exit::Done);
    }
    let of =
        |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let path = of(&shown, "path");
    // Lines of the policy itself are told by number alone.
    let source = |value: &Value| {
        let source = of(value, "source");
        source.strip_prefix(&format!("{path}:")).map_or(source.clone(), |line| format!("line {line}"))
    };
    output::line(&path);
    output::line("\nprofile");
    for (kind, row) in shown.get("profile").and_then(Value::as_object).into_iter().flatten() {
        output::line(&format!("  {kind:<6} {:<10} ({})", of(row, "value"), source(row)));
    }
    let rows = |name: &str| shown.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    output::line("\nworkspace");
    if rows("workspace").is_empty() {
        output::line("  none: whatever is touched asks");
    }
    for row in rows("workspace") {
        let real = row.get("path").and_then(Value::as_str).map(str::to_owned);
        let leads = match real {
            None => ", does not resolve".to_owned(),
            Some(real) if real != of(&row, "root") => format!(", is {real}"),
            Some(_) => String::new(),
        };
        output::line(&format!("  {} ({}{leads})", of(&row, "root"), source(&row)));
    }
    if !rows("risk").is_empty() {
        output::line("\nrisk");
    }
    for row in rows("risk") {
        output::line(&format!("  {:<20} {:<8} ({})", of(&row, "tool"), of(&row, "risk"), source(&row)));
        if row.get("refused").is_some_and(Value::is_string) {
            output::line(&filled("    refused: ", &of(&row, "refused"), 6));
        }
    }
    output::line("\nrules: the strictest that matches counts");
    if rows("rules").is_empty() {
        output::line("  none");
    }
    for row in rows("rules") {
        output::line(&format!("  {:<5} {} ({})", of(&row, "decide"), of(&row, "rule"), source(&row)));
        for (name, value) in row.get("matchers").and_then(Value::as_object).into_iter().flatten() {
            let list = value.as_array().into_iter().flatten().filter_map(Value::as_str).collect::<Vec<_>>();
            output::line(&filled(&format!("        {name:<10} "), &list.join(", "), 19));
        }
        output::line(&filled("        because    ", &of(&row, "reason"), 19));
        for fault in row.get("refused").and_then(Value::as_array).into_iter().flatten() {
            let text = fault.as_str().unwrap_or_default();
            output::line(&filled("        refused, and forbids what it covers: ", text, 10));
        }
    }
    output::line("\nbuilt in: no file takes these away");
    for row in rows("built_in") {
        output::line(&filled(
            &format!("  {:<5} {:<14} ", of(&row, "decide"), of(&row, "rule")),
            &of(&row, "reason"),
            23,
        ));
    }
    Ok(Exit::Done)
}
