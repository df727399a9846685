//! `fleet policy check`: what the gate would answer, and why.

use super::{CliError, Context, Exit, input, message, output};
use crate::call::{Answer, Call, Caller, Reason};
use crate::canon;
use crate::gate::{self, GateError, World};
use crate::state::{Home, call_id};
use serde_json::{Value, json};
use std::io::{BufRead as _, Read as _};

/// Judge one call, or a file of calls; decides and does nothing else. Exit 0 whatever the answer.
///
/// All rules that match are named, with file and line, also those that lost to a stricter one.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  fleet policy check files_read --args '{\"path\":\"~/.ssh/id_rsa\"}'
  fleet policy check files_move --args @call.json --caller loop:downloads-sorter
  fleet policy check --cases cases.jsonl | jq -r .decision | sort | uniq -c")]
pub struct Args {
    /// The tool.
    #[arg(required_unless_present = "cases")]
    name: Option<String>,
    /// Its arguments as JSON, `@FILE`, or `-` for stdin.
    #[arg(long, default_value = "{}", value_name = "JSON|@FILE|-")]
    args: String,
    /// Who would ask: `cli`, `loop:ID` or `mcp:NAME`.
    #[arg(long, default_value = "cli")]
    caller: String,
    /// JSON lines `{"tool","args","caller"?}`; answers a line for each, in order.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["name", "args", "caller"])]
    cases: Option<String>,
}

/// What answers: the world, or the reason why every call is refused.
type Judge<'h> = Result<World<'h>, GateError>;

pub(super) fn run(args: &Args, context: &Context) -> Result<Exit, CliError> {
    let Args { name, args, caller, cases } = args;
    let home = Home::locate()?.require()?;
    let world = match World::supposing(&home) {
        Err(e @ (GateError::Log(_) | GateError::Busy(_) | GateError::State(..))) => return Err(e.into()),
        world => world,
    };
    if let Some(file) = cases {
        return check_all(file, &world);
    }
    let caller = Caller::parse(caller).map_err(|e| CliError::usage(e.to_string()))?;
    let answer = match input::json(args) {
        Ok(args) => check(name.as_deref().unwrap_or_default(), args, caller, &world)?,
        Err(e) => malformed("arguments", &e.to_string()),
    };
    if context.json {
        output::json(&answer);
        return Ok(Exit::Done);
    }
    let text = |name: &str| answer.get(name).and_then(Value::as_str).unwrap_or("-").to_owned();
    output::line(&format!("{} {}", text("decision"), text("risk")));
    for reason in answer.get("reasons").and_then(Value::as_array).into_iter().flatten() {
        let part = |name: &str| reason.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        output::line(&format!("  {} ({})", part("rule"), part("source")));
        output::line(&message(&part("message"), 4));
    }
    Ok(Exit::Done)
}

fn check_all(file: &str, world: &Judge<'_>) -> Result<Exit, CliError> {
    let failed = |e: std::io::Error| CliError::usage(format!("cannot read `{file}`: {e}"));
    let reader: Box<dyn std::io::Read> = if file == "-" {
        Box::new(std::io::stdin())
    } else {
        Box::new(std::fs::File::open(file).map_err(failed)?)
    };
    let mut reader = std::io::BufReader::new(reader);
    let mut line = Vec::new();
    loop {
        line.clear();
        // One more than the limit, so that the parser says what is wrong with what is too long.
        if (&mut reader).take(2 << 20).read_until(b'\n', &mut line).map_err(failed)? == 0 {
            return Ok(Exit::Done);
        }
        while !line.ends_with(b"\n") && line.len() >= 2 << 20 {
            // The rest of a line that is too long belongs to the same case.
            let mut rest = Vec::new();
            if (&mut reader).take(1 << 20).read_until(b'\n', &mut rest).map_err(failed)? == 0
                || rest.ends_with(b"\n")
            {
                break;
            }
        }
        let answer = match case(line.strip_suffix(b"\n").unwrap_or(&line)) {
            Ok((tool, args, caller)) => check(&tool, args, caller, world)?,
            Err(why) => malformed("case", &why),
        };
        output::json(&answer);
    }
}

fn case(line: &[u8]) -> Result<(String, Value, Caller), String> {
    let value = canon::parse(line).map_err(|e| e.to_string())?;
    let tool = value.get("tool").and_then(Value::as_str).ok_or("a case needs `tool`")?.to_owned();
    let caller = match value.get("caller") {
        None => Caller::Cli,
        Some(caller) => Caller::parse(caller.as_str().unwrap_or_default()).map_err(|e| e.to_string())?,
    };
    Ok((tool, value.get("args").cloned().unwrap_or_else(|| json!({})), caller))
}

fn check(tool: &str, args: Value, caller: Caller, world: &Judge<'_>) -> Result<Value, CliError> {
    let world = match world {
        Ok(world) => world,
        Err(e) => {
            let reason = Reason::built_in("policy-unreadable", e.to_string());
            return Ok(json!({
                "decision": Answer::Block, "risk": null, "reasons": [reason], "effects": [], "digest": null,
            }));
        }
    };
    let id = call_id().map_err(|e| CliError::new(Exit::Failed, e.to_string()))?;
    let call = Call { id, caller, tool: tool.to_owned(), args, run: None, why: None };
    Ok(match gate::judge(call, world) {
        Ok(judged) => json!({
            "decision": judged.answer(),
            "risk": judged.risk(),
            "reasons": judged.reasons(),
            "effects": judged.effects_json(),
            "digest": judged.digest(),
        }),
        Err(refusal) => json!({
            "decision": Answer::Error,
            "risk": refusal.risk,
            "reasons": refusal.reasons,
            "effects": [],
            "digest": null,
        }),
    })
}

fn malformed(rule: &str, message: &str) -> Value {
    let reason = Reason::built_in(rule, message);
    json!({ "decision": Answer::Error, "risk": null, "reasons": [reason], "effects": [], "digest": null })
}
