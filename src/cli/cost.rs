//! `fleet cost`: what models took, and where their questions went, by the log.

use super::{CliError, Context, Exit, input, output};
use crate::audit::{Against, Entries, Log};
use crate::call::{Endpoint, visible_line};
use crate::state::clock;
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Show what models took: tokens, seconds and calls, by loop, model and day.
///
/// The bill is $0.00, and the log is the proof: each call's entry holds the address that was judged and the
/// one that was dialled. They are read one by one here; one that is not of this machine alone is named, and
/// the exit code is 1. The log itself is verified first.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  fleet cost
  fleet cost --since 7d
  fleet cost --json | jq .proof")]
pub struct Args {
    /// From when on: a time, a date, or `24h`, `7d`.
    #[arg(long, value_name = "T")]
    since: Option<String>,
}

/// What was taken.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
struct Taken {
    calls: u64,
    failed: u64,
    tokens_in: u64,
    tokens_out: u64,
    milliseconds: u64,
}

impl Taken {
    fn add(&mut self, of: &Self) {
        self.calls += of.calls;
        self.failed += of.failed;
        self.tokens_in += of.tokens_in;
        self.tokens_out += of.tokens_out;
        self.milliseconds += of.milliseconds;
    }
}

/// By whom, with what, when.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct By {
    day: String,
    #[serde(rename = "loop")]
    of: Option<String>,
    model: String,
}

/// Where questions went.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
struct Proof {
    ok: bool,
    log_ok: bool,
    calls: u64,
    places: BTreeMap<String, u64>,
    /// Entries of calls that did not stay.
    left: Vec<u64>,
    /// Lines that do not read.
    unreadable: u64,
}

/// All of it.
#[derive(Debug, Default)]
struct Bill {
    rows: BTreeMap<By, Taken>,
    proof: Proof,
}

const WHY: &str = "every model runs on this machine: a question can only reach a loopback address or a unix \
                   socket of a program that is proven local, so nobody is paid";

impl Bill {
    /// Takes an entry, if it is of a call that asked a model.
    fn take(&mut self, seq: u64, entry: &Value) {
        let text =
            |of: &Value, name: &str| of.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let kind = text(entry, "kind");
        let effects = entry.get("effects").and_then(Value::as_array).into_iter().flatten();
        let asks: Vec<&Value> =
            effects.filter(|e| e.get("effect").is_some_and(|e| e == "model.ask")).collect();
        let used = entry.get("model").filter(|model| model.is_object());
        if !matches!(kind.as_str(), "call.done" | "call.failed" | "call.unknown")
            || (asks.is_empty() && used.is_none())
        {
            return;
        }
        let count = |of: Option<&Value>, name: &str| {
            of.and_then(|o| o.get(name)).and_then(Value::as_u64).unwrap_or(0)
        };
        let number = |name: &str| count(entry.get("tokens"), name);
        let taken = Taken {
            calls: 1,
            failed: u64::from(kind != "call.done"),
            tokens_in: number("input"),
            tokens_out: number("output"),
            milliseconds: count(Some(entry), "duration_us") / 1000,
        };
        let model = used.map(|u| text(u, "name")).or_else(|| asks.first().map(|a| text(a, "model")));
        let by = By {
            day: text(entry, "ts").get(..10).unwrap_or_default().to_owned(),
            of: entry.get("loop").and_then(Value::as_str).map(str::to_owned),
            model: model.unwrap_or_default(),
        };
        self.rows.entry(by).or_default().add(&taken);
        self.proof.calls += 1;
        let judged = asks.iter().filter_map(|a| a.pointer("/set_up/endpoint"));
        let dialled = used.and_then(|u| u.get("peer")).filter(|peer| *peer != "");
        let places: BTreeSet<Option<String>> =
            judged.chain(dialled).map(|place| stays(place.as_str()?)).collect();
        if places.contains(&None) || (used.is_some() && places.is_empty()) {
            self.proof.left.push(seq);
        }
        for place in places.into_iter().flatten() {
            *self.proof.places.entry(place).or_default() += 1;
        }
    }
}

/// The place, in one spelling, if it is of this machine alone.
fn stays(place: &str) -> Option<String> {
    let spelled = if place.contains("://") || place.starts_with("unix:") {
        place.to_owned()
    } else {
        format!("http://{place}")
    };
    Endpoint::parse(&spelled).ok().map(|endpoint| endpoint.to_string())
}

pub fn run(args: &Args, context: &Context) -> Result<Exit, CliError> {
    let home = input::home_to_look()?;
    let since = match &args.since {
        None => None,
        Some(text) => Some(clock::moment(text, clock::now()).ok_or_else(|| {
            let text = visible_line(text, 60);
            CliError::usage(format!(
                "since `{text}`: expected a time like 2026-11-20T10:00:00Z, a date, or 24h"
            ))
        })?),
    };
    let mut bill = Bill::default();
    bill.proof.log_ok = Log::of(&home).verify(&Against::default()).ok;
    let io = |e: std::io::Error| CliError::new(Exit::Failed, format!("cannot read the audit log: {e}"));
    for line in Entries::of(&home.audit(), 0).map_err(io)? {
        match line.map_err(io)?.entry {
            None => bill.proof.unreadable += 1,
            Some((seq, entry)) => {
                let at = entry.get("ts").and_then(Value::as_str).and_then(clock::read);
                if since.is_none_or(|since| at.is_none_or(|at| at >= since)) {
                    bill.take(seq, &entry);
                }
            }
        }
    }
    let proof = &mut bill.proof;
    proof.ok = proof.log_ok && proof.left.is_empty() && proof.unreadable == 0;
    print(&bill, context);
    Ok(match (bill.proof.log_ok, bill.proof.ok) {
        (false, _) => Exit::Broken,
        (true, false) => Exit::Failed,
        (true, true) => Exit::Done,
    })
}

fn print(bill: &Bill, context: &Context) {
    let mut total = Taken::default();
    bill.rows.values().for_each(|taken| total.add(taken));
    if context.json {
        #[derive(Serialize)]
        struct Row<'a> {
            #[serde(flatten)]
            by: &'a By,
            #[serde(flatten)]
            taken: &'a Taken,
        }
        let rows: Vec<_> = bill.rows.iter().map(|(by, taken)| Row { by, taken }).collect();
        output::json(&serde_json::json!({
            "dollars": "0.00", "why": WHY, "total": total, "rows": rows, "proof": bill.proof,
        }));
        return;
    }
    let seconds =
        |taken: &Taken| format!("{}.{}", taken.milliseconds / 1000, taken.milliseconds % 1000 / 100);
    for (by, taken) in &bill.rows {
        let of = by.of.as_deref().unwrap_or("-");
        output::line(&format!(
            "{}  {:<20} {:<12} {:>5} calls {:>9} in {:>8} out {:>8} s",
            by.day,
            of,
            by.model,
            taken.calls,
            taken.tokens_in,
            taken.tokens_out,
            seconds(taken)
        ));
    }
    output::line(&format!(
        "$0.00 for {} calls, {} failed: {} tokens in, {} out, {} s",
        total.calls,
        total.failed,
        total.tokens_in,
        total.tokens_out,
        seconds(&total)
    ));
    output::wrapped(WHY, 76).iter().for_each(|line| output::line(&format!("  {line}")));
    for (place, n) in &bill.proof.places {
        output::line(&format!("  {n} to {place}"));
    }
    let proof = &bill.proof;
    if proof.ok {
        output::line("proof: the log verifies, and no call in it left this machine");
    }
    if !proof.log_ok {
        output::say("fleet: the log does not verify, so it proves nothing: `fleet audit verify` says more");
    }
    for seq in &proof.left {
        output::say(&format!(
            "fleet: entry {seq} is of a call that left this machine: `fleet audit show {seq}`"
        ));
    }
    if proof.unreadable > 0 {
        output::say(&format!("fleet: {} lines of the log do not read", proof.unreadable));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn entry(endpoint: &str, peer: &str) -> Value {
        json!({
            "kind": "call.done", "ts": "2026-11-20T10:00:00.000000Z", "loop": "mail-triage", "duration_us": 1_500_000,
            "effects": [{"effect": "model.ask", "model": "small", "set_up": {"endpoint": endpoint}}],
            "model": {"name": "small", "peer": peer}, "tokens": {"input": 10, "output": 3},
        })
    }

    #[test]
    fn what_was_taken_is_added_up_and_what_left_is_named() {
        let mut bill = Bill::default();
        bill.take(1, &entry("http://127.0.0.1:8080", "127.0.0.1:8080"));
        bill.take(2, &entry("unix:/run/m.sock", "unix:/run/m.sock"));
        bill.take(
            3,
            &json!({"kind": "call.done", "tool": "files_read", "effects": [{"effect": "file.read"}]}),
        );
        bill.take(4, &json!({"kind": "call.refused", "tool": "llm_generate"}));
        assert!(bill.proof.left.is_empty());
        assert_eq!(bill.proof.places.len(), 2);
        let (by, taken) = bill.rows.first_key_value().unwrap();
        assert_eq!(
            (by.day.as_str(), by.of.as_deref(), by.model.as_str()),
            ("2026-11-20", Some("mail-triage"), "small")
        );
        let two = Taken { calls: 2, failed: 0, tokens_in: 20, tokens_out: 6, milliseconds: 3000 };
        assert_eq!((bill.rows.len(), taken), (1, &two));
        bill.take(5, &entry("http://127.0.0.1:8080", "192.0.2.2:8080"));
        bill.take(6, &entry("http://192.0.2.2:8080", "127.0.0.1:8080"));
        bill.take(7, &entry("http://127.0.0.1:8080", "example.com:443"));
        let mut nowhere = entry("", "");
        nowhere["effects"] = json!([]);
        bill.take(8, &nowhere);
        assert_eq!(bill.proof.left, [5, 6, 7, 8]);
    }
}
