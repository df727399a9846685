//! One request: what is stored of a call that waits, and how it moves.

use crate::audit::{Entry, Kind, Place};
use crate::call::{ApprovalId, Call, CallId, Caller, Digest, LoopId, Reason, Risk, Run, RunId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Where a request is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// For a person.
    Waiting,
    /// Decided, not yet carried out; a brake may hold it here.
    Approved,
    /// Used up.
    Spent,
    /// Decided against.
    Denied,
    /// Ran out of time.
    Expired,
    /// The world changed between approval and execution.
    Stale,
}

/// What can happen to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    Approve,
    Deny,
    Spend,
    Expire,
    Change,
}

impl State {
    /// The state after `event`, or none if it cannot happen here.
    pub(super) const fn step(self, event: Event) -> Option<Self> {
        match (self, event) {
            (Self::Waiting | Self::Approved, Event::Approve) => Some(Self::Approved),
            (Self::Waiting | Self::Approved, Event::Deny) => Some(Self::Denied),
            (Self::Waiting | Self::Approved, Event::Expire) => Some(Self::Expired),
            (Self::Approved, Event::Spend) => Some(Self::Spent),
            (Self::Approved, Event::Change) => Some(Self::Stale),
            (Self::Waiting, Event::Spend | Event::Change)
            | (Self::Spent | Self::Denied | Self::Expired | Self::Stale, _) => None,
        }
    }

    /// Whether a person can still decide.
    pub const fn open(self) -> bool {
        matches!(self, Self::Waiting | Self::Approved)
    }
}

/// The loop run that a request belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredRun {
    /// The loop.
    pub id: LoopId,
    /// The run.
    pub run: RunId,
    /// The slot it serves.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub slot: Option<String>,
}

/// One request.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// Format.
    pub v: u8,
    /// Its id.
    pub id: ApprovalId,
    /// Where it is.
    pub state: State,
    /// The call that waits.
    pub call: CallId,
    /// Its tool.
    pub tool: String,
    /// Its arguments, bound; as shown once it is closed, so that contents are not kept.
    pub args: Value,
    /// Who asked.
    pub caller: Caller,
    /// On behalf of which run.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub run: Option<StoredRun>,
    /// What the caller says it is for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub why: Option<String>,
    /// Its risk.
    pub risk: Risk,
    /// What an approval is bound to.
    pub digest: Digest,
    /// What a denial is remembered by.
    pub target: Digest,
    /// What it touches, one by one: a request that wants all of a denial and more is met by it, too.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub touched: Vec<Digest>,
    /// Policy and settings by which it was judged when it was asked.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub policy: Option<Digest>,
    /// Arguments as shown.
    pub shown: Value,
    /// What would be done.
    pub effects: Value,
    /// Why it waits.
    pub reasons: Vec<Reason>,
    /// When it was asked.
    pub asked: Timestamp,
    /// Until when it can be decided and carried out.
    pub expires: Timestamp,
    /// What was decided about the same thing before.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub last: Option<String>,
    /// The decision.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub decided: Option<Decided>,
    /// What came of carrying it out, for the run or the client that asked.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub outcome: Option<Value>,
    /// Whether the client that asked has been told what came of it.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub told: bool,
}

/// A decision.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decided {
    /// Its entry in the log; a denial works without one when the log takes no entry.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub place: Option<Place>,
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why, for a denial.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
}

impl Approval {
    /// The stored call, to be judged again.
    pub fn call(&self) -> Call {
        let run = self.run.clone().map(|r| Run { id: r.id, run: r.run, slot: r.slot, planning: false });
        Call {
            id: self.call.clone(),
            caller: self.caller.clone(),
            tool: self.tool.clone(),
            args: self.args.clone(),
            run,
            why: self.why.clone(),
        }
    }

    /// Moves to `state`; contents are kept only while they may still be needed.
    pub(super) fn enter(&mut self, state: State) {
        self.state = state;
        if !state.open() {
            self.args = self.shown.clone();
        }
    }

    /// Whether the row still says what was asked: an open one is shown and carried out as it stands.
    pub(super) fn intact(&self) -> bool {
        let digest = super::judged::digest_of(&self.tool, &self.args, &self.effects, self.caller.kind());
        !self.state.open() || digest.as_ref() == Ok(&self.digest)
    }

    pub(super) fn entry(&self, kind: Kind) -> Entry {
        Entry::new(kind)
            .with("approval", &self.id)
            .with("call", &self.call)
            .with("tool", &self.tool)
            .with("caller", self.caller.to_string())
            .with("risk", self.risk)
            .with("digest", &self.digest)
            .with("run", self.run.as_ref().map(|r| &r.run))
            .with("loop", self.run.as_ref().map(|r| &r.id))
    }
}

pub(super) const fn word(state: State) -> &'static str {
    match state {
        State::Waiting => "asked",
        State::Approved => "approved",
        State::Spent => "used",
        State::Denied => "denied",
        State::Expired => "expired",
        State::Stale => "made stale by a change",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATES: [State; 6] =
        [State::Waiting, State::Approved, State::Spent, State::Denied, State::Expired, State::Stale];
    const EVENTS: [Event; 5] = [Event::Approve, Event::Deny, Event::Spend, Event::Expire, Event::Change];

    #[test]
    fn only_an_approved_request_is_spent_and_a_closed_one_never_moves() {
        for state in STATES {
            for event in EVENTS {
                let next = state.step(event);
                assert_eq!(next == Some(State::Spent), state == State::Approved && event == Event::Spend);
                assert!(state.open() || next.is_none(), "{state:?} {event:?}");
            }
        }
    }

    #[test]
    fn each_event_leads_from_each_state_to_exactly_one() {
        use State::{Approved, Denied, Expired, Spent, Stale, Waiting};
        let row = |state: State| EVENTS.map(|event| state.step(event));
        assert_eq!(row(Waiting), [Some(Approved), Some(Denied), None, Some(Expired), None]);
        assert_eq!(row(Approved), [Some(Approved), Some(Denied), Some(Spent), Some(Expired), Some(Stale)]);
        for closed in [Spent, Denied, Expired, Stale] {
            assert_eq!(row(closed), [None; 5], "{closed:?}");
        }
        assert_eq!(STATES.map(State::open), [true, true, false, false, false, false]);
        let words = STATES.map(word);
        assert_eq!(words, ["asked", "approved", "used", "denied", "expired", "made stale by a change"]);
    }

    /// A row as it was asked.
    fn asked() -> Approval {
        let (args, effects) = (serde_json::json!({"n": 1}), serde_json::json!([{"effect": "x"}]));
        let digest = super::super::judged::digest_of("shell_run", &args, &effects, "loop").unwrap();
        serde_json::from_value(serde_json::json!({
            "v": 1, "id": "abcde", "state": "waiting", "call": "0".repeat(26), "tool": "shell_run", "args": args,
            "caller": "loop:one-a", "run": {"id": "one-a", "run": "1".repeat(26), "slot": "2026-01-01T00:00"},
            "why": "w", "risk": "HIGH", "digest": digest, "target": digest, "shown": {"told": 1},
            "effects": effects, "reasons": [], "asked": "2026-01-01T00:00:00Z", "expires": "2026-01-02T00:00:00Z",
        }))
        .unwrap()
    }

    #[test]
    fn an_open_row_says_what_was_asked_and_a_closed_one_keeps_no_content() {
        let row = asked();
        assert!(row.intact());
        let changes: [fn(&mut Approval); 4] = [
            |row| row.args = Value::Null,
            |row| row.effects = Value::Null,
            |row| row.tool = "files_read".into(),
            |row| row.caller = Caller::Cli,
        ];
        for change in changes {
            let mut row = asked();
            change(&mut row);
            assert!(!row.intact(), "{row:?}");
            row.state = State::Approved;
            assert!(!row.intact(), "{row:?}");
            row.state = State::Denied;
            assert!(row.intact(), "what is closed is not carried out");
        }
        let mut row = asked();
        row.enter(State::Approved);
        assert_eq!((row.state, &row.args), (State::Approved, &serde_json::json!({"n": 1})));
        row.enter(State::Spent);
        assert_eq!((row.state, &row.args), (State::Spent, &serde_json::json!({"told": 1})));
    }

    #[test]
    fn the_stored_call_is_the_one_that_was_asked() {
        let (row, call) = (asked(), asked().call());
        let run = call.run.unwrap();
        assert_eq!((call.id, call.caller, call.tool, call.args), (row.call, row.caller, row.tool, row.args));
        let stored = row.run.unwrap();
        assert_eq!((run.id, run.run, run.slot, run.planning), (stored.id, stored.run, stored.slot, false));
        assert_eq!(call.why, row.why);
        let log = crate::gate::fixture::home();
        let log = (crate::audit::Log::of(&log.1), log);
        let place = log.0.append(&asked().entry(Kind::ApprovalStale)).unwrap();
        let entry = log.0.read(place.place()).unwrap();
        for (member, value) in [
            ("kind", "approval.stale"),
            ("approval", "abcde"),
            ("tool", "shell_run"),
            ("caller", "loop:one-a"),
            ("risk", "HIGH"),
            ("loop", "one-a"),
        ] {
            assert_eq!(entry[member], value, "{member}");
        }
        assert_eq!(entry["digest"], serde_json::json!(asked().digest));
        assert_eq!((&entry["call"], &entry["run"]), (&"0".repeat(26).into(), &"1".repeat(26).into()));
    }
}
