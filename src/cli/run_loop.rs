//! `fleet run-loop`: what launchd calls.

use super::loops::failed;
use super::{CliError, Context, Exit, input, output};
use crate::call::{LoopId, visible_line};
use crate::loops::{self, Asked, BadFixture, LoopError, Outcome, Plan, RunRecord};
use crate::state::Home;
use serde_json::json;
use std::path::{Path, PathBuf};

/// Run the slot of a loop that is due: gather, plan, act through the gate, record.
///
/// Works out from the loop's schedule which slot is due and runs it at most once; a poke that finds
/// none due is a `noop`. `--now` runs it whatever the schedule says, and uses up no slot.
///
/// A call that must be approved is stored, and the run ends at once with exit code 3; `fleet
/// approve` carries the call out and lets the run go on. Unless the audit log itself is broken a
/// record is left, and a failure is put into the outbox before this ends.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  fleet run-loop stale-branches --plan     show what it would do, change nothing
  fleet run-loop stale-branches --now      run it now
  fleet run-loop stale-branches            run its slot if one is due
  fleet run-loop stale-branches --now --json | jq -r .outcome
  fleet run-loop my-loop --fixture fixtures/my-loop/quiet")]
pub struct Args {
    /// The loop.
    id: LoopId,
    /// Stop at the plan: reads through the gate, changes nothing, leaves no run record.
    #[arg(long)]
    plan: bool,
    /// Run now, whether a slot is due or not.
    #[arg(long, conflicts_with = "plan")]
    now: bool,
    /// Show what it makes of the recorded world in DIR/world.json: nothing is asked, done or written.
    /// The loop is taken as it is now, registered or not; with --json this is what DIR/plan.json holds.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["plan", "now"])]
    fixture: Option<PathBuf>,
}

impl std::str::FromStr for LoopId {
    type Err = crate::call::Malformed;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

pub fn run(args: &Args, context: &Context) -> Result<Exit, CliError> {
    if let Some(folder) = &args.fixture {
        return fixture(&args.id, folder, context);
    }
    if args.plan {
        return plan(&Home::locate()?.require()?, &args.id, context);
    }
    let located = Home::locate()?.require()?;
    let home = match input::home() {
        Ok(home) => home,
        Err(e) => {
            // Even this must be heard of by who is not at a terminal.
            loops::tell(&located, &args.id, "failed:state", &e.to_string(), None);
            return Err(e);
        }
    };
    let asked = if args.now { Asked::Now } else { Asked::Slot };
    match loops::run(&home, &args.id, asked) {
        Ok(record) => {
            print(&record, context);
            Ok(exit(&record.outcome))
        }
        Err(LoopError::Busy(id)) if context.json => {
            output::json(&json!({
                "loop": id, "run": null, "slot": null, "outcome": "skipped:overlap",
                "reason": "it is under way already", "counts": {}, "calls": [], "approvals": [],
            }));
            Ok(Exit::Busy)
        }
        Err(e) => Err(failed(e)),
    }
}

fn plan(home: &Home, id: &LoopId, context: &Context) -> Result<Exit, CliError> {
    match loops::plan_only(home, id).map_err(failed)? {
        Ok(plan) => {
            if context.json {
                output::json(&plan);
            } else {
                output::raw(&plan_text(&plan));
            }
            Ok(Exit::Done)
        }
        Err((outcome, reason)) => {
            if context.json {
                output::json(&json!({ "loop": id, "outcome": outcome, "reason": reason }));
            }
            output::say(&format!("{id}: {outcome}: {reason}"));
            Ok(exit(&outcome))
        }
    }
}

fn fixture(id: &LoopId, folder: &Path, context: &Context) -> Result<Exit, CliError> {
    let bad = |e: BadFixture| match e {
        BadFixture::File(why) => CliError::usage(format!("this is no recorded world: {why}")),
        BadFixture::Mismatch(why) => CliError::new(
            Exit::Failed,
            format!("the world in `{}` is not that of loop `{id}`: {why}", folder.display()),
        ),
    };
    let world = loops::World::read(folder).map_err(bad)?;
    let source = loops::source(&Home::locate()?, id).map_err(failed)?;
    let spec = loops::read_definition(&source.definition)
        .map_err(|e| failed(LoopError::Unfit(id.clone(), e.to_string())))?;
    let (replayed, plan) = loops::replay(&spec, id, &source.definition, &world).map_err(bad)?;
    if context.json {
        output::json(&replayed);
    } else {
        plan.iter().for_each(|plan| output::raw(&plan_text(plan)));
        let reason = visible_line(&replayed.reason, 400);
        let ends = if reason.is_empty() { String::new() } else { format!(": {reason}") };
        output::line(&format!("{id}: {}{ends}", replayed.outcome));
    }
    let ended = Outcome::from(replayed.outcome);
    Ok(if plan.is_some() && !matches!(ended, Outcome::Failed(ref what) if what == "check") {
        Exit::Done
    } else {
        exit(&ended)
    })
}

/// A plan for a person, at most 80 columns wide but for paths.
pub(super) fn plan_text(plan: &Plan) -> String {
    let mut out =
        format!("plan of {}: {} calls, {} findings\n", plan.id, plan.calls.len(), plan.findings.len());
    for call in &plan.calls {
        let answer = match call.decision {
            Some(crate::call::Answer::Allow) => " would run",
            Some(crate::call::Answer::Ask) => " would wait for you",
            Some(crate::call::Answer::Block) => " would be refused",
            Some(crate::call::Answer::Error) => " is malformed",
            None => "",
        };
        out.push_str(&format!("  {}. {} ({}){answer}\n", call.n, call.tool, call.risk));
        for (name, value) in call.args.as_object().into_iter().flatten() {
            out.push_str(&format!("       {name:<9} {}\n", visible_line(&value.to_string(), 400)));
        }
        out.push_str(&format!("       why       {}\n", visible_line(&call.why, 200)));
        if let Some(note) = &call.note {
            out.push_str(&format!("       but       {}\n", visible_line(note, 200)));
        }
    }
    for finding in &plan.findings {
        out.push_str(&format!("  ! {}\n", visible_line(&finding.title, 200)));
    }
    if plan.left_out > 0 {
        out.push_str(&format!("  {} more are beyond the limits, left for the next run\n", plan.left_out));
    }
    out
}

/// A record for a person.
pub(super) fn print(record: &RunRecord, context: &Context) {
    if context.json {
        output::json(record);
    }
    if matches!(record.outcome, Outcome::Failed(_)) {
        output::say(&format!("fleet: loop {}: {}: {}", record.id, record.outcome, record.reason));
    } else if !context.json {
        output::line(&format!("{}: {}: {}", record.id, record.outcome, record.reason));
    }
}

/// The exit code of an outcome.
pub(super) fn exit(outcome: &Outcome) -> Exit {
    match outcome {
        Outcome::Ok | Outcome::Noop | Outcome::Partial => Exit::Done,
        Outcome::AwaitingApproval => Exit::Waits,
        Outcome::Skipped(why) if why == "killed" => Exit::Stopped,
        Outcome::Skipped(why) if why == "overlap" || why == "deferred" => Exit::Busy,
        Outcome::Skipped(_) => Exit::Done,
        Outcome::Failed(what) if what == "killed" || what == "braked" => Exit::Stopped,
        Outcome::Failed(what) if what == "policy" => Exit::Refused,
        Outcome::Failed(_) => Exit::Failed,
    }
}
