//! `fleet loop new`: a loop to write on, with its runbook.

use super::super::{CliError, Context, Exit, input, output, prompt};
use super::failed;
use crate::call::LoopId;
use crate::loops::{self, Draft};
use serde_json::json;

/// Write a new loop to go on with: its definition and its runbook.
///
/// Both hold what is still to be written, and the lint refuses them until it is. On a terminal what
/// no option says is asked for. Nothing is overwritten.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  fleet loop new cert-watch
  fleet loop new note-index --category notes --daily 07:20 --gather files_list
  fleet loop new old-scans --every 6h --gather files_list --act files_trash")]
pub struct Args {
    /// Its id: lower-case letters, digits and dashes.
    id: LoopId,
    /// What a person gets, in a few words.
    #[arg(long)]
    title: Option<String>,
    /// One sentence: what it does to what, and for what.
    #[arg(long)]
    purpose: Option<String>,
    /// Its group in lists.
    #[arg(long)]
    category: Option<String>,
    /// Runs daily at this time.
    #[arg(long, value_name = "HH:MM", conflicts_with = "every")]
    daily: Option<String>,
    /// Runs again and again, as in 30m or 6h.
    #[arg(long, value_name = "TIME")]
    every: Option<String>,
    /// A tool that it reads with.
    #[arg(long, value_name = "TOOL")]
    gather: Vec<String>,
    /// A tool that it acts with.
    #[arg(long, value_name = "TOOL")]
    act: Vec<String>,
}

pub(super) fn run(args: &Args, context: &Context) -> Result<Exit, CliError> {
    let home = input::home()?;
    let schedule = match (&args.daily, &args.every) {
        (Some(at), _) => Some(format!("daily = [\"{at}\"]")),
        (None, Some(time)) => {
            let offset = loops::quiet_offset(&home, &args.id, time)
                .map_err(|e| CliError::new(Exit::Failed, format!("cannot look at other loops: {e}")))?;
            let offset =
                offset.filter(|m| *m > 0).map(|m| format!("\noffset = \"{m}m\"")).unwrap_or_default();
            Some(format!("every = \"{time}\"{offset}"))
        }
        (None, None) => ask("Runs daily at (HH:MM): ", context)?.map(|at| format!("daily = [\"{at}\"]")),
    };
    let or_ask = |said: &Option<String>, question: &str| match said {
        Some(said) => Ok(Some(said.clone())),
        None => ask(question, context),
    };
    let list = |said: &[String], question: &str| -> Result<Vec<String>, CliError> {
        if !said.is_empty() {
            return Ok(said.to_vec());
        }
        let answer = ask(question, context)?.unwrap_or_default();
        Ok(answer.split_whitespace().map(str::to_owned).collect())
    };
    let draft = Draft {
        id: args.id.clone(),
        title: or_ask(&args.title, "Title, in a few words: ")?,
        purpose: or_ask(&args.purpose, "Purpose, in one sentence: ")?,
        category: or_ask(&args.category, "Category (files, git, mail, …): ")?,
        schedule,
        gather: list(&args.gather, "Tools it reads with (`fleet tool list` names them): ")?,
        act: list(&args.act, "Tools it acts with, if any: ")?,
    };
    let written = loops::draft(&home, &draft).map_err(failed)?;
    let files: Vec<String> = written.iter().map(|p| p.display().to_string()).collect();
    if context.json {
        output::json(&json!({ "id": args.id, "files": files }));
        return Ok(Exit::Done);
    }
    for file in &files {
        output::line(file);
    }
    output::say(&format!("write what is still missing, then `fleet loop lint {}`", args.id));
    Ok(Exit::Done)
}

/// Asks a person; nobody is asked without a terminal, and an empty answer leaves it open.
fn ask(question: &str, context: &Context) -> Result<Option<String>, CliError> {
    if context.json || !prompt::terminal() {
        return Ok(None);
    }
    let answer = prompt::ask(question).map_err(|e| CliError::new(Exit::Failed, format!("no answer: {e}")))?;
    let answer = answer.trim();
    Ok((!answer.is_empty()).then(|| answer.to_owned()))
}
