//! fleet's own state: what the commands of the same names show, and tidying.

mod check;
mod drill;
mod loops;
mod maintain;
mod status;

use super::{Hand, Step, Trouble};
use crate::audit::{Entries, Filter};
use crate::call::{Fleet, Happened};
use crate::state::clock;
use serde_json::{Value, json};

/// Longest entry that is told whole.
const LONG: usize = 4096;

pub fn act(hand: &Hand<'_>, effect: &Fleet) -> Step {
    match effect {
        Fleet::Status { sections } => status::status(hand, sections),
        Fleet::Query { .. } => query(hand, effect),
        Fleet::Check { what, since_seq } => check::check(hand, what, *since_seq),
        Fleet::Maintain { what, keep_days } => maintain::maintain(hand, *what, *keep_days),
        Fleet::Unarchive { moved } => maintain::back(hand, moved),
    }
}

/// Entries that fit, the oldest first, as they stand: `limit` of them from `seq` on, with the number
/// to go on from.
fn query(hand: &Hand<'_>, effect: &Fleet) -> Step {
    let Fleet::Query { tool, run_loop, decision, since, seq, limit } = effect else {
        return Err(Trouble::Not("this is no question to the log".into()));
    };
    let since = match since {
        None => None,
        Some(text) => Some(clock::moment(text, clock::now()).ok_or_else(|| {
            Trouble::Not(format!("since `{text}`: expected a time like 2026-11-20T10:00:00Z, a date, or 24h"))
        })?),
    };
    let one = |value: &Option<String>| value.iter().cloned().collect::<Vec<_>>();
    let filter = Filter {
        seqs: *seq..=u64::MAX,
        since,
        until: None,
        members: vec![("tool", one(tool)), ("loop", one(run_loop)), ("decision", one(decision))],
    };
    let io = |e: std::io::Error| Trouble::io("read", "the audit log", &e);
    let limit = usize::try_from(*limit).unwrap_or(usize::MAX);
    let (mut entries, mut next, mut unreadable) = (Vec::new(), Value::Null, 0_u64);
    for (nth, line) in Entries::of(&hand.home.audit(), *seq).map_err(io)?.enumerate() {
        if nth % 1024 == 0 && hand.stopped() {
            return Err(Trouble::Braked(format!("{} stopped it while reading the log", hand.stopper())));
        }
        let line = line.map_err(io)?;
        let Some((at, entry)) = line.entry else {
            unreadable += 1;
            continue;
        };
        if !filter.wants(at, &entry) {
            continue;
        }
        if entries.len() == limit {
            next = at.into();
            break;
        }
        entries.push(short(entry, line.text.len()));
    }
    let lacks = (unreadable > 0)
        .then(|| format!("{unreadable} lines of the log do not read: `fleet audit verify` says more"));
    let value = json!({ "entries": entries, "next_seq": next, "unreadable": unreadable });
    Ok(Happened::Told { value, lacks })
}

/// An entry; of a long one what most questions are about.
fn short(entry: Value, bytes: usize) -> Value {
    if bytes <= LONG {
        return entry;
    }
    let keep = [
        "seq", "ts", "kind", "caller", "tool", "risk", "decision", "outcome", "call", "run", "loop",
        "digest", "hash",
    ];
    let members = entry.as_object().into_iter().flatten();
    let kept = members.filter(|(name, _)| keep.contains(&name.as_str())).map(|(n, v)| (n.clone(), v.clone()));
    let mut kept: serde_json::Map<_, _> = kept.collect();
    kept.insert("bytes".into(), bytes.into());
    kept.into()
}
