//! `fleet policy replay`: what a policy would have said to the calls on record.

use super::{CliError, Context, Exit, output};
use crate::audit::{Entries, Filter};
use crate::call::{Answer, Reason, visible_line};
use crate::gate::{Policy, Replayed, World, replay};
use crate::state::{Home, Settings, clock};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write as _};
use std::path::PathBuf;

/// Judge recorded calls again, and print those that would be answered otherwise.
///
/// Each call is judged at its own time, by the arguments on record; files are looked at as they
/// stand now, and nothing is carried out. What cannot be judged again is counted by its cause.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  fleet policy replay --since 7d
  fleet policy replay --since 30d --with new.toml
  fleet policy replay --since 30d --with new.toml --json | jq -r 'select(.now==\"block\") | .seq'")]
pub struct Args {
    /// Not before: RFC 3339, a date, or how long ago (90m, 24h, 7d).
    #[arg(long, value_name = "TIME")]
    since: String,
    /// Judge by this policy instead of the one in force.
    #[arg(long, value_name = "FILE")]
    with: Option<PathBuf>,
}

/// What was counted.
#[derive(Default)]
struct Sums {
    judged: u64,
    without: u64,
    changes: BTreeMap<(Answer, Answer), u64>,
    cannot: BTreeMap<String, u64>,
    unreadable: u64,
}

pub(super) fn run(args: &Args, context: &Context) -> Result<Exit, CliError> {
    let since = clock::moment(&args.since, clock::now()).ok_or_else(|| {
        let since = &args.since;
        CliError::usage(format!("--since {since}: expected a time like 2026-11-20T10:00:00Z, a date, or 24h"))
    })?;
    let home = Home::locate()?.require()?;
    let world = match &args.with {
        None => World::supposing(&home)?,
        Some(path) => {
            let policy =
                Policy::load_from(path.clone(), &home).map_err(|e| CliError::usage(e.to_string()))?;
            let settings = Settings::load(&home).map_err(|e| CliError::new(Exit::Refused, e.to_string()))?;
            World::with(&home, policy, settings).supposed()
        }
    };
    let refused = world.policy.faults(&world).len();
    if refused > 0 {
        output::say(&format!(
            "fleet: {refused} errors in this policy forbid what they are about: `fleet policy lint`"
        ));
    }
    let filter = Filter { since: Some(since), ..Filter::default() };
    let mut sums = Sums::default();
    let mut out = BufWriter::new(io::stdout().lock());
    let unreadable = |e: &io::Error| CliError::new(Exit::Broken, format!("cannot read the audit log: {e}"));
    for line in Entries::of(&home.audit(), 1).map_err(|e| unreadable(&e))? {
        let Some((seq, entry)) = line.map_err(|e| unreadable(&e))?.entry else {
            sums.unreadable += 1;
            continue;
        };
        if !filter.wants(seq, &entry) {
            continue;
        }
        let Some(said) = sums.count(seq, &entry, replay(&entry, &world), context.json) else { continue };
        if writeln!(out, "{said}").is_err() {
            // A reader that went away has had enough.
            return Ok(Exit::Done);
        }
    }
    let _ = writeln!(out, "{}", if context.json { sums.json().to_string() } else { sums.text() });
    let _ = out.flush();
    if sums.unreadable == 0 {
        return Ok(Exit::Done);
    }
    output::say(&format!(
        "fleet: {} lines of the audit log do not read: `fleet audit verify` says more",
        sums.unreadable
    ));
    Ok(Exit::Broken)
}

impl Sums {
    /// Counts what came of entry `seq`; the line to print, if one is due.
    fn count(&mut self, seq: u64, entry: &Value, replayed: Replayed, json: bool) -> Option<String> {
        let text = |name: &str| entry.get(name).and_then(Value::as_str).unwrap_or_default();
        let (tool, caller) = (visible_line(text("tool"), 40), visible_line(text("caller"), 40));
        match replayed {
            Replayed::Other => None,
            Replayed::Cannot(why) => {
                *self.cannot.entry(cause(&why)).or_default() += 1;
                let line =
                    json!({ "seq": seq, "ts": text("ts"), "tool": tool, "caller": caller, "cannot": why });
                json.then(|| line.to_string())
            }
            Replayed::Judged { was, now, reasons, without } => {
                self.judged += 1;
                self.without += u64::from(!without.is_empty());
                if was == now {
                    return None;
                }
                *self.changes.entry((was, now)).or_default() += 1;
                if json {
                    let line = json!({
                        "seq": seq, "ts": text("ts"), "tool": tool, "caller": caller, "was": was, "now": now,
                        "reasons": reasons, "without": without,
                    });
                    return Some(line.to_string());
                }
                Some(changed(seq, text("ts"), &tool, &caller, (was, now), &reasons))
            }
        }
    }

    fn json(&self) -> Value {
        let changes: Vec<_> = self
            .changes
            .iter()
            .map(|((was, now), n)| json!({ "was": was, "now": now, "calls": n }))
            .collect();
        json!({ "summary": {
            "judged": self.judged, "changed": self.changes.values().sum::<u64>(), "changes": changes,
            "without_content": self.without, "cannot": self.cannot, "unreadable": self.unreadable,
        } })
    }

    fn text(&self) -> String {
        let changed: u64 = self.changes.values().sum();
        let mut out = format!("{} calls judged again, {changed} would be answered otherwise", self.judged);
        for ((was, now), n) in &self.changes {
            out.push_str(&format!("\n{n:>9}  {} -> {}", was.as_str(), now.as_str()));
        }
        if self.without > 0 {
            out.push_str(&format!(
                "\n{} of them without contents that are on record by hash alone",
                self.without
            ));
        }
        let cannot: u64 = self.cannot.values().sum();
        if cannot > 0 {
            out.push_str(&format!("\n{cannot} calls cannot be judged again"));
        }
        for (why, n) in &self.cannot {
            out.push_str(&format!("\n{n:>9}  {}", visible_line(why, 69)));
        }
        out
    }
}

fn changed(
    seq: u64,
    ts: &str,
    tool: &str,
    caller: &str,
    (was, now): (Answer, Answer),
    reasons: &[Reason],
) -> String {
    let at = ts.get(..19).unwrap_or(ts);
    let mut out = format!("{seq:>8}  {at}Z  {} -> {}  {tool}  {caller}", was.as_str(), now.as_str());
    for reason in reasons {
        let place = if reason.source == "built-in" {
            "built-in"
        } else {
            reason.source.rsplit('/').next().unwrap_or(&reason.source)
        };
        out.push_str(&format!("\n          {} ({place})", visible_line(&reason.rule, 60)));
    }
    crate::call::visible(&out)
}

/// The cause without what is different each time, so that there are few.
fn cause(why: &str) -> String {
    why.split_once("now: ").map_or(why, |(cause, _)| cause.trim_end()).chars().take(120).collect()
}
