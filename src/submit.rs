//! The straight path that every call of every caller takes:
//! call, effects, decision, approval, intent, execute, outcome.

use crate::call::{ApprovalId, Call, CallId, Caller, Digest, Reason, Watch};
use crate::effects;
use crate::gate::{
    self, Approval, ApprovalError, Deed, GateError, Grant, NotVetoed, Owed, Permit, Person, Refusal, Said,
    State, StoredRun, Verdict,
};
use crate::state::{Home, Redactor};
use crate::tools;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How a call ended, for its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Carried out.
    Done,
    /// Stored for a person.
    Waiting,
    /// Not allowed.
    Refused,
    /// Tried, and did not work; or malformed.
    Failed,
    /// It cannot be known; a person closes it.
    Unknown,
}

/// The answer to a call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// How it ended.
    pub status: Status,
    /// The call.
    pub call: CallId,
    /// What was judged; none if it could not be.
    pub digest: Option<Digest>,
    /// Under which id it waits, or was approved.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub approval: Option<ApprovalId>,
    /// What it returned.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub result: Option<Value>,
    /// Why it was not simply done.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub reasons: Vec<Reason>,
    /// What stopped it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub error: Option<String>,
    /// A brake stopped it.
    #[serde(skip)]
    pub braked: bool,
    /// The call itself was malformed.
    #[serde(skip)]
    pub malformed: bool,
}

/// What of the brakes stopped a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StoppedBy {
    /// The kill switch.
    Kill,
    /// A breaker, a ceiling, or a clock that is wrong.
    Brake,
}

impl StoppedBy {
    /// What a run that it ended is called.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Kill => "killed",
            Self::Brake => "braked",
        }
    }
}

impl Reply {
    /// What stopped it, if a brake did: as it answered, since the switch may have been set or released
    /// meanwhile. A call that was under way is stopped by the switch alone.
    pub fn stopped_by(&self) -> Option<StoppedBy> {
        let kill = self.reasons.is_empty() || self.reasons.iter().any(|reason| reason.rule == gate::KILLED);
        self.braked.then_some(if kill { StoppedBy::Kill } else { StoppedBy::Brake })
    }
}

/// Takes `call` down the path.
///
/// # Errors
/// [`GateError`] if the gate could not answer, or the outcome could not be put on record.
pub fn submit(home: &Home, call: Call) -> Result<Reply, GateError> {
    submit_watched(home, call, &Watch::default())
}

/// The same for a caller that sees how far it is, and can say stop.
///
/// # Errors
/// As [`submit`].
pub fn submit_watched(home: &Home, call: Call, watch: &Watch) -> Result<Reply, GateError> {
    let id = call.id.clone();
    trust(home, &call.tool);
    match gate::open(call, None, home)? {
        Verdict::Open(permit) => carry_out(home, permit, None, watch),
        Verdict::Ask(waiting) if waiting.approval.state == State::Spent => Ok(under_way(&waiting.approval)),
        Verdict::Ask(waiting) => Ok(Reply {
            status: Status::Waiting,
            call: waiting.approval.call,
            digest: Some(waiting.approval.digest),
            approval: Some(waiting.approval.id),
            result: None,
            reasons: clean(home, waiting.approval.reasons),
            error: None,
            braked: false,
            malformed: false,
        }),
        Verdict::Shut(refusal) => Ok(refused(home, id, None, refusal)),
    }
}

/// What keeps a loop from using the model that the owner calls `name`, as a line that says how it is mended;
/// none if it was checked as it is set up now. A runner asks this before it begins.
pub fn model_lacks(home: &Home, name: &str) -> Option<String> {
    let all = match effects::local_model::list(home) {
        Ok(all) => all,
        Err(e) => return Some(e.to_string()),
    };
    match all.get(name) {
        Some(set_up) => effects::local_model::ready(home, name, set_up).err(),
        None => Some(format!(
            "no model is called `{name}` here: `fleet model add {name} --server S --endpoint URL` sets one up"
        )),
    }
}

/// Before the gate is asked: sees whether the kernel holds programs, if the tool starts some.
fn trust(home: &Home, tool: &str) {
    if tools::starts_programs(tool) {
        effects::canary::renew(home);
    }
}

/// A person says yes to a call as it was `shown`: it is judged again and carried out.
///
/// # Errors
/// [`ApprovalError`].
pub fn approve(
    home: &Home,
    shown: &Approval,
    person: &Person,
) -> Result<(Reply, Option<StoredRun>), ApprovalError> {
    let approval = gate::decide(home, Said::Yes(shown), person)?;
    let id = &approval.id;
    let grant = Grant::take(home, id)?;
    trust(home, &approval.tool);
    let (reply, opened) = match gate::open(approval.call(), Some(grant), home)? {
        Verdict::Open(permit) => (carry_out(home, permit, Some(id.clone()), &Watch::default())?, true),
        Verdict::Shut(refusal) => (refused(home, approval.call.clone(), Some(id.clone()), refusal), false),
        // A grant is spent or refused; asking again is not among its answers.
        Verdict::Ask(waiting) => return Err(ApprovalError::Unknown(waiting.approval.id)),
    };
    // Of two who approve at once, the one that is refused has nothing to tell a client.
    let client = opened && matches!(approval.caller, Caller::Mcp(_));
    if client || approval.run.is_some() && reply.status != Status::Refused {
        // The run may be interrupted before it hears of this; a client hears of it when it asks again.
        let outcome = serde_json::to_value(&reply).unwrap_or_default();
        gate::keep_outcome(home, id, outcome)?;
    }
    Ok((reply, approval.run))
}

/// What a veto of entry `seq` would take back, for a person to look at.
///
/// # Errors
/// [`NotVetoed`].
pub fn deed(home: &Home, seq: u64) -> Result<Deed, NotVetoed> {
    let deed = gate::deed(home, seq)?;
    if !deed.unconfined() {
        return Ok(deed);
    }
    effects::canary::renew(home);
    gate::deed(home, seq)
}

/// A person takes an earlier call back: the veto is on record first, then the hands undo what can be.
///
/// # Errors
/// [`NotVetoed`].
pub fn veto(
    home: &Home,
    shown: &Deed,
    person: &Person,
    reason: Option<&str>,
) -> Result<(Deed, Option<Reply>), NotVetoed> {
    let vetoed = gate::veto(home, shown, person, reason)?;
    let Some(permit) = vetoed.permit else { return Ok((vetoed.deed, None)) };
    let reply = carry_out(home, permit, None, &Watch::default())?;
    let outcome = match (reply.status, &reply.error) {
        (Status::Done, _) if vetoed.deed.steps.iter().any(|s| s.why_not.is_some()) => {
            "a part of it was taken back".to_owned()
        }
        (Status::Done, _) => "it was taken back".to_owned(),
        (_, Some(error)) => format!("it was not taken back: {error}"),
        (_, None) => "it was not taken back".to_owned(),
    };
    gate::undone(home, &reply.call, &outcome)?;
    Ok((vetoed.deed, Some(reply)))
}

/// What came of the very same call that its client asked for before, if a person decided meanwhile: told
/// once. Nothing runs.
///
/// # Errors
/// [`GateError`].
pub fn collect(home: &Home, call: &Call, watch: &Watch) -> Result<Option<Reply>, GateError> {
    // With a brake on nothing leaves: the gate says so, on record.
    if !gate::owes(home, call)? || gate::braked(home)?.is_err() {
        return Ok(None);
    }
    let Some(owed) = gate::owed(home, call, watch)? else { return Ok(None) };
    Ok(Some(match owed {
        Owed::Outcome(approval, outcome) => serde_json::from_value(outcome).unwrap_or_else(|e| {
            bare(&approval, Status::Failed, format!("it was carried out, and its result does not read: {e}"))
        }),
        Owed::Running(approval) => under_way(&approval),
        Owed::Unknown(approval, seq) => bare(
            &approval,
            Status::Unknown,
            format!(
                "it was approved, and it cannot be known whether it took place: a person finds out and runs \
                 `fleet audit resolve {seq}`"
            ),
        ),
        Owed::Lost(approval, kind, seq) => bare(
            &approval,
            Status::Failed,
            format!("it was approved and ended as `{kind}` (entry {seq}); its result was not kept"),
        ),
    }))
}

/// What is told of an approved call that is being carried out.
fn under_way(approval: &Approval) -> Reply {
    bare(approval, Status::Waiting, "it was approved and is being carried out".into())
}

fn bare(approval: &Approval, status: Status, error: String) -> Reply {
    Reply {
        status,
        call: approval.call.clone(),
        digest: Some(approval.digest.clone()),
        approval: Some(approval.id.clone()),
        result: None,
        reasons: Vec::new(),
        error: Some(error),
        braked: false,
        malformed: false,
    }
}

/// Refuses `call` for a reason of the door that it came through, on record.
///
/// # Errors
/// [`GateError`].
pub fn turn_away(home: &Home, call: &Call, reason: Reason) -> Result<Reply, GateError> {
    let refusal = gate::turn_away(home, call, reason)?;
    Ok(refused(home, call.id.clone(), None, refusal))
}

/// Spends the permit and puts the outcome on record; only then is there a result.
fn carry_out(
    home: &Home,
    permit: Permit,
    approval: Option<ApprovalId>,
    watch: &Watch,
) -> Result<Reply, GateError> {
    let done = effects::perform_watched(permit, home, watch).record(home)?;
    let judged = &done.judged;
    let result = (!done.happened.is_empty() || done.failed.is_none())
        .then(|| judged.tool().report(judged.bound(), &done.happened));
    let status = match &done.failed {
        None => Status::Done,
        Some(failed) if failed.unknown => Status::Unknown,
        Some(_) => Status::Failed,
    };
    Ok(Reply {
        status,
        call: judged.call().id.clone(),
        digest: Some(judged.digest().clone()),
        approval,
        result,
        reasons: Vec::new(),
        braked: done.failed.as_ref().is_some_and(|f| f.braked),
        error: done.failed.map(|f| Redactor::of(home).text(&f.message).into_owned()),
        malformed: false,
    })
}

/// Reasons quote what was asked for: without secrets, as on record.
fn clean(home: &Home, mut reasons: Vec<Reason>) -> Vec<Reason> {
    let redactor = Redactor::of(home);
    for reason in &mut reasons {
        reason.message = redactor.text(&reason.message).into_owned();
    }
    reasons
}

fn refused(home: &Home, call: CallId, approval: Option<ApprovalId>, refusal: Refusal) -> Reply {
    let reasons = clean(home, refusal.reasons);
    let messages: Vec<_> = reasons.iter().map(|r| r.message.as_str()).collect();
    Reply {
        status: if refusal.malformed { Status::Failed } else { Status::Refused },
        call,
        digest: refusal.digest,
        approval,
        result: None,
        error: Some(messages.join("; ")),
        reasons,
        braked: refusal.braked,
        malformed: refusal.malformed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stopped_a_call_is_told_by_its_answer() {
        let stopped_by = |braked: bool, rules: &[&str]| {
            let reply = Reply {
                status: Status::Refused,
                call: CallId::parse(&"0".repeat(26)).unwrap(),
                digest: None,
                approval: None,
                result: None,
                reasons: rules.iter().map(|rule| Reason::built_in(rule, "because")).collect(),
                error: None,
                braked,
                malformed: false,
            };
            reply.stopped_by()
        };
        assert_eq!(stopped_by(true, &["kill-switch"]), Some(StoppedBy::Kill));
        assert_eq!(stopped_by(true, &[]), Some(StoppedBy::Kill), "while it was under way");
        assert_eq!(
            stopped_by(true, &["breaker family:git", "ceiling tool:shell_run"]),
            Some(StoppedBy::Brake)
        );
        assert_eq!(stopped_by(true, &["clock-behind-log"]), Some(StoppedBy::Brake));
        assert_eq!(stopped_by(false, &["kill-switch"]), None);
    }
}
