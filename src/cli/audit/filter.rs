//! Which entries: the same options for query, stats and export.

use crate::audit::Filter;
use crate::cli::CliError;
use crate::state::clock;
use jiff::{SignedDuration, Timestamp, civil, tz::TimeZone};

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
                moment(text, clock::now()).ok_or_else(|| {
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

/// A moment as people write one.
pub(in crate::cli) fn moment(text: &str, now: Timestamp) -> Option<Timestamp> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at);
    }
    if let Ok(day) = text.parse::<civil::Date>() {
        return day.to_zoned(TimeZone::try_system().ok()?).ok().map(|z| z.timestamp());
    }
    let unit = text.chars().last()?;
    let number: i64 = text.strip_suffix(unit)?.parse().ok().filter(|n| *n >= 0)?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        'w' => 604_800,
        _ => return None,
    };
    now.checked_sub(SignedDuration::from_secs(number.checked_mul(seconds)?)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_read_as_people_write_one() {
        let now: Timestamp = "2026-11-20T10:00:00Z".parse().unwrap();
        for (text, is) in [
            ("2026-11-19T08:00:00+01:00", "2026-11-19T07:00:00Z"),
            ("90m", "2026-11-20T08:30:00Z"),
            ("7d", "2026-11-13T10:00:00Z"),
            ("0s", "2026-11-20T10:00:00Z"),
        ] {
            assert_eq!(moment(text, now), is.parse().ok(), "{text}");
        }
        assert!(moment("2026-11-19", now).is_some());
        for bad in ["", "7", "d", "-1d", "7y", "yesterday", "9999999999999999d"] {
            assert_eq!(moment(bad, now), None, "{bad}");
        }
    }
}
