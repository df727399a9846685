//! Which entries: the same options for query, stats and export.

use crate::audit::Filter;
use crate::cli::CliError;
use crate::state::clock;

/// All must fit; an option that is repeated takes any of its values.
#[derive(clap::Args)]
#[group(skip)]
pub struct Args {
    /// Not before: RFC 3339, a date, or how long ago (90m, 24h, 7d).
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Before; the same spellings.
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// From this number on.
    #[arg(long, value_name = "SEQ", default_value_t = 1)]
    from: u64,
    /// Up to this number.
    #[arg(long, value_name = "SEQ", default_value_t = u64::MAX, hide_default_value = true)]
    to: u64,
    /// Kind, as `call.done`.
    #[arg(long)]
    kind: Vec<String>,
    /// Loop.
    #[arg(long = "loop", value_name = "ID")]
    id: Vec<String>,
    /// Tool.
    #[arg(long)]
    tool: Vec<String>,
    /// Decision: allow, ask, block, error, approve, deny, expired.
    #[arg(long)]
    decision: Vec<String>,
    /// Risk.
    #[arg(long, value_parser = ["LOW", "MEDIUM", "HIGH", "CRITICAL"], ignore_case = true)]
    risk: Vec<String>,
    /// Run.
    #[arg(long, value_name = "ID")]
    run: Vec<String>,
    /// Call.
    #[arg(long, value_name = "ID")]
    call: Vec<String>,
    /// Who called: cli, loop:ID, mcp:NAME.
    #[arg(long)]
    caller: Vec<String>,
}

impl Args {
    pub(super) fn filter(&self) -> Result<Filter, CliError> {
        let time = |name: &str, text: &Option<String>| {
            let read = |text: &String| {
                clock::moment(text, clock::now()).ok_or_else(|| {
                    CliError::usage(format!(
                        "--{name} {text}: expected a time like 2026-11-20T10:00:00Z, a date, or 24h"
                    ))
                })
            };
            text.as_ref().map(read).transpose()
        };
        Ok(Filter {
            seqs: self.from..=self.to,
            since: time("since", &self.since)?,
            until: time("until", &self.until)?,
            members: vec![
                ("kind", self.kind.clone()),
                ("loop", self.id.clone()),
                ("tool", self.tool.clone()),
                ("decision", self.decision.clone()),
                ("risk", self.risk.iter().map(|r| r.to_ascii_uppercase()).collect()),
                ("run", self.run.clone()),
                ("call", self.call.clone()),
                ("caller", self.caller.clone()),
            ],
        })
    }
}
