//! `fleet audit resolve`, `repair` and `archive`: what a person decides about the record.

use crate::audit::{Closed, Entry, Log, NotClosed, Signer};
use crate::call::{Caller, visible_line};
use crate::cli::{CliError, Context, Exit, input, output, prompt};
use crate::gate::{self, NotResolved, Person};
use crate::loops;
use crate::state::Home;
use serde_json::json;

/// Close a call of which it could not be known whether it took place.
///
/// Look first: at the file, the repository, the mailbox. fleet never repeats such a call; `not-done`
/// lets a loop plan it again. Without arguments the open ones are listed.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  fleet audit resolve
  fleet audit resolve 41 done --reason 'the file is there'
  fleet audit resolve 41 not-done --reason 'nothing arrived'")]
pub struct ResolveArgs {
    /// The number of the entry `call.unknown`.
    #[arg(requires = "answer")]
    seq: Option<u64>,
    /// Whether it took place.
    #[arg(value_enum, requires = "reason")]
    answer: Option<Answer>,
    /// How you know; it is recorded.
    #[arg(long)]
    reason: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Answer {
    /// It took place.
    Done,
    /// It did not.
    NotDone,
}

/// Mend a log that takes no entry.
///
/// A torn last line is cut off. Any other damaged log is moved to `audit.closed`, whole and unchanged,
/// and a successor begins whose first entry names the last sound one. Nothing is deleted.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  fleet audit verify; fleet audit repair --reason 'restored an old backup by mistake'")]
pub struct RepairArgs {
    /// What happened, as far as you know; it is recorded.
    #[arg(long)]
    reason: String,
}

/// Close a sound log and begin a successor, so that the old one can be kept elsewhere.
///
/// It is moved to `audit.closed` with a signed checkpoint beside it, against which it still verifies.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  fleet audit archive --reason 'yearly'")]
pub struct ArchiveArgs {
    /// Why; it is recorded.
    #[arg(long)]
    reason: String,
}

fn person(home: &Home) -> Result<Person, CliError> {
    Ok(Person::prove(home, &mut || prompt::ask_hidden("PIN: "))?)
}

fn said(reason: &str) -> Result<(), CliError> {
    if reason.trim().is_empty() { Err(CliError::usage("--reason is empty: say why")) } else { Ok(()) }
}

pub(super) fn resolve(args: &ResolveArgs, context: &Context) -> Result<Exit, CliError> {
    let home = input::home()?;
    let (Some(seq), Some(answer), Some(reason)) = (args.seq, args.answer, &args.reason) else {
        return list(&home, context);
    };
    said(reason)?;
    let person = person(&home)?;
    let done = answer == Answer::Done;
    let (call, receipt) = gate::resolve_unknown(&home, seq, done, reason, &person).map_err(|e| match e {
        NotResolved::NoSuch(_) => CliError::new(Exit::Failed, e.to_string()),
        NotResolved::Gate(e) => e.into(),
    })?;
    if let Ok(Caller::Loop(id)) = Caller::parse(&call.caller) {
        loops::found_out(&home, &id, &call.call, done).map_err(|e| {
            CliError::new(Exit::Failed, format!("recorded, but the loop did not hear of it: {e}"))
        })?;
    }
    let outcome = if done { "done" } else { "not-done" };
    if context.json {
        output::json(&json!({ "status": outcome, "call": call.call, "seq": receipt.place().seq }));
    } else {
        output::line(&format!("closed as {outcome}: {} (entry {seq})", call.tool));
    }
    Ok(Exit::Done)
}

fn list(home: &Home, context: &Context) -> Result<Exit, CliError> {
    let open = gate::unknown(home)?;
    if context.json {
        let rows: Vec<_> = open
            .iter()
            .map(|u| json!({"seq": u.place.seq, "call": u.call, "tool": u.tool, "caller": u.caller, "at": u.at}))
            .collect();
        output::json(&rows);
        return Ok(Exit::Done);
    }
    if open.is_empty() {
        output::line("no unknown call waits for a person");
    }
    for u in open {
        let tool = visible_line(&u.tool, 20);
        output::line(&format!("{:>6}  {:.19}Z  {tool:<20}  {}", u.place.seq, u.at.to_string(), u.caller));
    }
    Ok(Exit::Done)
}

pub(super) fn repair(args: &RepairArgs, context: &Context) -> Result<Exit, CliError> {
    // Not `input::home`: closing crashed calls needs a log that takes entries.
    let home = Home::locate()?.require()?;
    said(&args.reason)?;
    let person = person(&home)?;
    match Log::of(&home).mend(&home, |entry| signed(entry, &person, &args.reason)) {
        Ok(closed) => Ok(report(&closed, "repaired", context)),
        Err(NotClosed::Whole) => {
            output::say("fleet: the audit log is whole: there is nothing to repair");
            if context.json {
                output::json(&json!({ "status": "whole" }));
            }
            Ok(Exit::Done)
        }
        Err(e) => Err(not_closed(e)),
    }
}

pub(super) fn archive(args: &ArchiveArgs, context: &Context) -> Result<Exit, CliError> {
    let home = input::home()?;
    said(&args.reason)?;
    let person = person(&home)?;
    let failed = |why: String| CliError::new(Exit::Failed, why);
    if std::fs::read_dir(home.inflight()).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(CliError::new(Exit::Busy, "a call is under way: its outcome belongs into the same log")
            .hint("try again when it has ended"));
    }
    let open = gate::list(&home)?.into_iter().find(|a| a.state == gate::State::Approved);
    if let Some(a) = open {
        return Err(failed(format!("`{}` is approved and not carried out: its grant is in this log", a.id))
            .hint(format!("`fleet approve {0}` or `fleet deny {0}` first", a.id)));
    }
    let signer = Signer::of(&home).map_err(|e| failed(e.to_string()))?;
    let closed = Log::of(&home)
        .archive(&home, &signer, |entry| signed(entry, &person, &args.reason))
        .map_err(not_closed)?;
    Ok(report(&closed, "archived", context))
}

/// Who decided, and why, beside what fleet says itself.
fn signed(entry: Entry, person: &Person, reason: &str) -> Entry {
    entry
        .with("by", person.by())
        .with("source", person.source())
        .with("proof", person.proof())
        .with("args", json!({ "reason": reason }))
}

fn not_closed(e: NotClosed) -> CliError {
    match e {
        NotClosed::Log(e) => e.into(),
        NotClosed::Broken(_) => CliError::new(Exit::Broken, e.to_string()),
        NotClosed::Whole => CliError::new(Exit::Failed, e.to_string()),
    }
}

fn report(closed: &Closed, word: &str, context: &Context) -> Exit {
    if context.json {
        output::json(&json!({
            "status": word, "closed": closed.folder, "seq": closed.receipt.place().seq,
            "entries": closed.report.entries, "fault": closed.report.fault,
        }));
        return Exit::Done;
    }
    match &closed.folder {
        Some(folder) => {
            output::line(&format!("{word}: the old log lies in `{}`", folder.display()));
            output::line(&format!(
                "  {} of its entries are sound; a successor has begun",
                closed.report.entries
            ));
        }
        None => output::line(&format!("{word}: entry {}", closed.receipt.place().seq)),
    }
    Exit::Done
}
