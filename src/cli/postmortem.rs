//! `fleet postmortem`: incidents of the log, and what people wrote about them.

use super::{CliError, Context, Exit, audit as shown, input, output};
use crate::audit::{Entries, Incident, Incidents};
use crate::call::visible_line;
use crate::state::{Home, durable};
use serde_json::json;
use std::path::PathBuf;

/// Entries before the first and after the last that stand in a timeline.
const AROUND: u64 = 8;
/// Most lines of a timeline.
const LINES: usize = 80;

/// Write up what went wrong: a breaker that opened, a kill, an unknown call, a failed run.
///
/// An incident is named by the number of its first entry in the audit log. A page lies in the folder
/// `postmortems` of fleet's data, and is yours to write.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  fleet postmortem list                incidents without a page
  fleet postmortem new                 begin the page of the newest of them
  fleet postmortem new 412             begin that of the incident at entry 412")]
pub struct Args {
    #[command(subcommand)]
    command: Sub,
}

#[derive(clap::Subcommand)]
enum Sub {
    /// Incidents without a page, the oldest first.
    #[command(after_help = "Examples:\n  fleet postmortem list\n  fleet postmortem list --all --json")]
    List {
        /// Also those that have one.
        #[arg(long)]
        all: bool,
    },
    /// Begin a page: the timeline from the log, and the questions.
    #[command(after_help = "Examples:\n  fleet postmortem new\n  fleet postmortem new 412")]
    New {
        /// The incident, by the number of its first entry; the newest without a page if left out.
        seq: Option<u64>,
    },
}

pub fn run(args: &Args, context: &Context) -> Result<Exit, CliError> {
    let home = input::home_to_look()?;
    let incidents = incidents(&home)?;
    match &args.command {
        Sub::List { all } => {
            list(&home, &incidents, *all, context);
            Ok(Exit::Done)
        }
        Sub::New { seq } => begin(&home, &incidents, *seq, context),
    }
}

fn failed(e: std::io::Error) -> CliError {
    CliError::new(Exit::Failed, format!("cannot read the audit log: {e}"))
}

fn incidents(home: &Home) -> Result<Vec<Incident>, CliError> {
    let mut found = Incidents::default();
    for line in Entries::of(&home.audit(), 1).map_err(failed)? {
        if let Some((seq, entry)) = line.map_err(failed)?.entry {
            found.see(seq, &entry);
        }
    }
    Ok(found.all())
}

fn list(home: &Home, incidents: &[Incident], all: bool, context: &Context) {
    let written = |i: &Incident| home.postmortem(i.seq).exists();
    let rows: Vec<_> = incidents.iter().filter(|i| all || !written(i)).collect();
    if context.json {
        let row = |i: &&Incident| {
            let page: Option<PathBuf> = written(i).then(|| home.postmortem(i.seq));
            json!({
                "seq": i.seq, "last": i.last, "at": i.at, "kind": i.kind, "about": i.about, "what": i.what,
                "times": i.times, "page": page,
            })
        };
        output::json(&rows.iter().map(row).collect::<Vec<_>>());
        return;
    }
    if rows.is_empty() {
        output::say("no incident is without a page");
    }
    for incident in rows {
        let times = if incident.times > 1 { format!(" ({} times)", incident.times) } else { String::new() };
        let page = if written(incident) { ", written up" } else { "" };
        output::line(&format!("{:<7} {}{page}", incident.seq, incident.at.strftime("%Y-%m-%d %H:%M UTC")));
        for line in output::wrapped(&format!("{}{times}", visible_line(&incident.what, 300)), 72) {
            output::line(&format!("        {line}"));
        }
    }
}

fn begin(home: &Home, incidents: &[Incident], seq: Option<u64>, context: &Context) -> Result<Exit, CliError> {
    let open = || incidents.iter().rev().find(|i| !home.postmortem(i.seq).exists());
    let incident = match seq {
        None => open().ok_or_else(|| {
            CliError::new(Exit::Failed, "no incident is without a page")
                .hint("`fleet postmortem list --all` shows them all")
        })?,
        // Any entry of it names it.
        Some(seq) => incidents
            .iter()
            .find(|i| i.seq == seq)
            .or_else(|| incidents.iter().rev().find(|i| (i.seq..=i.last).contains(&seq)))
            .ok_or_else(|| {
                CliError::usage(format!("no incident holds entry {seq}"))
                    .hint("`fleet postmortem list --all` names them by their first entry")
            })?,
    };
    let path = home.postmortem(incident.seq);
    let cannot = |e: std::io::Error| {
        let hint = if e.kind() == std::io::ErrorKind::AlreadyExists { "it is begun already: " } else { "" };
        CliError::new(Exit::Failed, format!("cannot write `{}`: {hint}{e}", path.display()))
    };
    let text = page(home, incident)?;
    durable::make_folder(&home.postmortems()).map_err(cannot)?;
    durable::create(&path, text.as_bytes()).map_err(cannot)?;
    if context.json {
        output::json(&json!({ "seq": incident.seq, "page": path }));
    } else {
        output::line(&path.display().to_string());
        output::say("the timeline is filled in; the answers are yours");
    }
    Ok(Exit::Done)
}

fn page(home: &Home, incident: &Incident) -> Result<String, CliError> {
    let (from, to) = (incident.seq.saturating_sub(AROUND), incident.last.saturating_add(AROUND));
    let mut lines = Vec::new();
    let mut left_out = 0;
    for line in Entries::of(&home.audit(), from).map_err(failed)? {
        let line = line.map_err(failed)?;
        match line.entry.map(|(seq, _)| seq) {
            Some(seq) if seq > to => break,
            Some(seq) if lines.len() < LINES => {
                let mark = if (incident.seq..=incident.last).contains(&seq) { '>' } else { ' ' };
                lines.push(format!("{mark} {}", shown::sentence(&String::from_utf8_lossy(&line.text))));
            }
            _ => left_out += 1,
        }
    }
    if left_out > 0 {
        lines.push(format!("  … {left_out} more: fleet audit query --from {from} --to {to}"));
    }
    let redactor = crate::state::Redactor::of(home);
    Ok(redactor
        .text(&format!(
            "# Entry {}: {}\n\n- began: {}\n- entries: {} to {}\n- happened: {} times before it was over\n\n\
             ## Timeline\n`>` marks the incident; the others stood around it.\n\n```text\n{}\n```\n\n\
             ## What was the effect\nWhat did not happen, or happened and should not have? Who noticed?\n\n\
             ## Why did it happen\nWhat made it possible, and what set it off?\n\n\
             ## How was it noticed\nBy which message, after how long? Could it have been noticed sooner?\n\n\
             ## What ended it\nWhat was done, by whom, in which order?\n\n\
             ## What will be different\n- [ ] one thing that makes it less likely\n- [ ] one thing that makes it noticed sooner\n",
            incident.seq,
            visible_line(&incident.what, 200),
            incident.at,
            incident.seq,
            incident.last,
            incident.times,
            lines.join("\n"),
        ))
        .into_owned())
}
