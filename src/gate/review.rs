//! A waiting call looked at again before a person decides: what it was when it was asked may be over.

use super::approval::Approval;
use super::judged::judge;
use super::time;
use super::world::{GateError, World};
use crate::call::Answer;
use crate::state::Home;

/// What a person should know besides the view, a sentence each: how long is left, and what changed
/// since it was asked. Decides and does nothing.
///
/// # Errors
/// [`GateError`].
pub fn review(home: &Home, approval: &Approval) -> Result<Vec<String>, GateError> {
    let world = World::load(home)?;
    let left = approval.expires.duration_since(time::now(home)).as_secs().max(0);
    let mut said = vec![format!("{} left to decide", span(left))];
    match judge(approval.call(), &world) {
        Err(refusal) => {
            let why = refusal.reasons.first().map_or("", |r| r.message.as_str()).to_owned();
            said.push(format!("it cannot be judged any more, so it would not be carried out: {why}"));
        }
        Ok(judged) if *judged.digest() != approval.digest => {
            said.push("what it would do now is not this: a yes finds it stale, and nothing is done".into());
        }
        Ok(judged) => {
            let reasons = || judged.reasons().iter().map(|r| format!("now because: {}", r.message));
            if judged.answer() > Answer::Ask {
                said.push("it is forbidden now: a yes does nothing".into());
                said.extend(reasons());
            } else if approval.policy.as_ref() != Some(judged.policy()) {
                said.push("policy or settings changed since it was asked".into());
                said.extend(reasons());
            }
        }
    }
    Ok(said)
}

/// Seconds as people say them.
fn span(seconds: i64) -> String {
    match (seconds / 3600, seconds / 60 % 60) {
        (0, 0) => format!("{seconds} s"),
        (0, minutes) => format!("{minutes} min"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn spans_read_well() {
        for (seconds, said) in [(0, "0 s"), (59, "59 s"), (61, "1 min"), (86_399, "23 h 59 min")] {
            assert_eq!(super::span(seconds), said);
        }
    }
}
