//! A grant: an approval that was read again from the log itself.

use super::approval::{Approval, State, word};
use super::approvals::{ApprovalError, get};
use crate::audit::{Log, LogError};
use crate::call::{ApprovalId, Digest};
use crate::state::Home;

/// A person's yes to one digest, proven by its entry in the log.
#[derive(Debug)]
#[must_use]
pub struct Grant {
    approval: Approval,
    policy: Option<String>,
}

impl Grant {
    /// Reads the decision of `id` again from the log: a line that somebody wrote into
    /// `approvals.jsonl` names no such entry, or one that says something else.
    ///
    /// # Errors
    /// [`ApprovalError`].
    pub fn take(home: &Home, id: &ApprovalId) -> Result<Self, ApprovalError> {
        let approval = get(home, id)?;
        if approval.state != State::Approved {
            return Err(ApprovalError::Closed(id.clone(), word(approval.state)));
        }
        let forged = |why: &str| {
            ApprovalError::from(LogError::Broken {
                folder: home.audit(),
                why: format!("approval `{id}` {why}"),
            })
        };
        let place = approval.decided.as_ref().and_then(|d| d.place.as_ref());
        let entry = Log::of(home).read(place.ok_or_else(|| forged("names no decision"))?)?;
        let says = |name: &str, value: &str| entry.get(name).and_then(|v| v.as_str()) == Some(value);
        let same = says("kind", "approval.decided")
            && says("decision", "approve")
            && says("approval", id.as_str())
            && says("call", approval.call.as_str())
            && says("digest", approval.digest.as_str());
        let policy = entry.get("policy").and_then(|v| v.as_str()).map(str::to_owned);
        if same {
            Ok(Self { approval, policy })
        } else {
            Err(forged("is not what its entry in the log says"))
        }
    }

    /// Whether it was given under this policy and these settings.
    pub fn under(&self, policy: &Digest) -> bool {
        self.policy.as_deref() == Some(policy.as_str())
    }

    /// What was approved.
    pub const fn approval(&self) -> &Approval {
        &self.approval
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{Entry, Kind, Place};
    use crate::gate::fixture::home;
    use crate::state::clock;
    use serde_json::{Value, json};

    fn args(n: u8) -> Value {
        json!({ "n": n })
    }

    fn digest(n: u8) -> String {
        super::super::judged::digest_of("shell_run", &args(n), &json!([]), "cli").unwrap().to_string()
    }

    /// A row that claims to be approved by the entry at `place`.
    fn row(home: &Home, n: u8, place: &Place) {
        let now = clock::now();
        let (args, digest) = (args(n), digest(n));
        let row = json!({
            "v": 1, "id": "abcde", "state": "approved", "call": "0".repeat(26), "tool": "shell_run", "args": args,
            "caller": "cli", "risk": "HIGH", "digest": digest, "target": digest, "shown": {}, "effects": [],
            "reasons": [], "asked": now, "expires": now, "decided": { "place": place, "by": "x", "at": now },
        });
        std::fs::write(home.approvals(), format!("{row}\n")).unwrap();
    }

    fn decided(home: &Home, decision: &str, digest: &str) -> Place {
        let entry = Entry::new(Kind::ApprovalDecided)
            .with("decision", decision)
            .with("approval", "abcde")
            .with("call", "0".repeat(26))
            .with("digest", digest);
        Log::of(home).append(&entry).unwrap().place().clone()
    }

    #[test]
    fn a_row_that_names_another_entry_is_no_grant() {
        let (_dir, home) = home();
        let id = ApprovalId::parse("abcde").unwrap();
        let genuine = decided(&home, "approve", &digest(1));
        row(&home, 1, &genuine);
        assert!(Grant::take(&home, &id).is_ok());
        row(&home, 2, &genuine);
        assert!(Grant::take(&home, &id).is_err(), "another digest");
        row(&home, 1, &decided(&home, "deny", &digest(1)));
        assert!(Grant::take(&home, &id).is_err(), "a denial");
        row(&home, 1, &Place { offset: 0, ..genuine.clone() });
        assert!(Grant::take(&home, &id).is_err(), "another line");
        row(&home, 1, &Place { seq: genuine.seq + 1, ..genuine.clone() });
        assert!(Grant::take(&home, &id).is_err(), "another number");
        let mut text: Value =
            serde_json::from_str(&std::fs::read_to_string(home.approvals()).unwrap()).unwrap();
        text["decided"] = Value::Null;
        std::fs::write(home.approvals(), format!("{text}\n")).unwrap();
        assert!(Grant::take(&home, &id).is_err(), "no entry");
    }
}
