//! The gate's one door.

use super::approval::{Approval, Event};
use super::approvals::{self, ApprovalError};
use super::asking;
use super::brakes::{self, Taken, braked};
use super::changed;
use super::flight::Flight;
use super::grant::Grant;
use super::judged::{Judged, Refusal, judge};
use super::permit::Permit;
use super::record;
use super::vetoes;
use super::world::{GateError, World};
use crate::audit::{Entry, Kind, Log, Receipt, Seen};
use crate::call::{Answer, Call, Caller, Reason, Risk};
use crate::state::Home;
use crate::tools;

/// The gate's answer.
#[derive(Debug)]
#[must_use]
pub enum Verdict {
    /// Go: the right to do exactly what was judged.
    Open(Permit),
    /// Wait: a person has to look at it.
    Ask(Waiting),
    /// No.
    Shut(Refusal),
}

/// A call that was stored for a person.
#[derive(Debug)]
pub struct Waiting {
    /// As stored.
    pub approval: Approval,
}

/// Answers `call`. With a `grant`, carries a person's yes through every question again.
///
/// # Errors
/// [`GateError`] if it could not answer: then nothing runs.
pub fn open(call: Call, grant: Option<Grant>, home: &Home) -> Result<Verdict, GateError> {
    let seen = match braked(home)? {
        Ok(seen) => seen,
        Err(reason) => return shut(home, &call, Refusal::brake(reason)),
    };
    let planning = call.run.as_ref().is_some_and(|run| run.planning);
    let world = match World::load(home) {
        Ok(world) => world,
        Err(e @ (GateError::Policy(_) | GateError::Settings(_))) => {
            if !planning {
                changed::note(home, Err(&e))?;
            }
            let mut refusal = Refusal::malformed("policy-unreadable", e.to_string());
            refusal.malformed = false;
            return shut(home, &call, refusal);
        }
        Err(e) => return Err(e),
    };
    if !planning {
        changed::note(home, Ok(&world))?;
    }
    let judged = match judge(call.clone(), &world) {
        Ok(judged) => judged,
        Err(refusal) => {
            if let Some(grant) = &grant {
                stale(home, grant, "it cannot be judged any more")?;
            }
            return shut(home, &call, refusal);
        }
    };
    if let Some(reason) = unregistered(&judged, &world) {
        if let Some(grant) = &grant {
            stale(home, grant, "the loop that asked does not name the tool any more")?;
        }
        let refusal = Refusal { reasons: vec![reason], ..judged.refusal() };
        return shut(home, &call, refusal);
    }
    let runs = matches!(judged.answer(), Answer::Allow | Answer::Ask);
    if let Some(reason) = runs.then(|| record::fits(&Log::of(home), &judged).err()).flatten() {
        if let Some(grant) = &grant {
            stale(home, grant, "it cannot be recorded")?;
        }
        return shut(home, &call, Refusal { reasons: vec![reason], ..judged.refusal() });
    }
    match (judged.answer(), grant) {
        (Answer::Allow, None) => permit(judged, &world, &seen),
        (Answer::Ask, None) if let Some(refusal) = brakes::stopped(home, &judged) => {
            shut(home, &call, refusal)
        }
        (Answer::Ask, None) => match asking::ask(&judged, &world)? {
            Ok(approval) => Ok(Verdict::Ask(Waiting { approval })),
            Err(refusal) => shut(home, &call, refusal),
        },
        (Answer::Allow | Answer::Ask, Some(grant)) => redeem(judged, &grant, &world, &seen),
        (Answer::Block | Answer::Error, grant) => {
            if let Some(grant) = grant {
                stale(home, &grant, "policy forbids it now")?;
            }
            let refusal = judged.refusal();
            shut(home, &call, refusal)
        }
    }
}

/// Spends the grant: the digest must be the approved one, and nobody may have spent it before.
/// From here on the call is attempted at most once, whatever crashes.
fn redeem(judged: Judged, grant: &Grant, world: &World<'_>, seen: &Seen) -> Result<Verdict, GateError> {
    let home = world.home;
    let approval = grant.approval();
    let changed = if *judged.digest() != approval.digest {
        Some("what it would do now is not what was approved: the world changed meanwhile")
    } else if !grant.under(judged.policy()) {
        Some("the policy or the settings are not those under which it was approved")
    } else {
        None
    };
    if let Some(why) = changed {
        stale(home, grant, why)?;
        let reasons = vec![Reason {
            rule: "stale".into(),
            source: format!("approval {}", approval.id),
            message: why.into(),
        }];
        let call = judged.call().clone();
        return shut(home, &call, Refusal { reasons, ..judged.refusal() });
    }
    let flight = begin(home, &judged, seen)?;
    // A brake leaves the approval as it is: it can be carried out later.
    let (flight, taken) = match admit(flight, &judged, world)? {
        Ok(admitted) => admitted,
        Err(refusal) => return shut(home, &judged.call().clone(), refusal),
    };
    match approvals::spend(home, &approval.id) {
        Ok(()) => {}
        // No intent was written, so nothing was attempted.
        Err(ApprovalError::Gate(e)) => {
            back(world, flight, taken)?;
            return Err(e);
        }
        Err(e @ (ApprovalError::Closed(..) | ApprovalError::Unknown(_) | ApprovalError::Edited(_))) => {
            back(world, flight, taken)?;
            let reasons = vec![Reason {
                rule: "spent".into(),
                source: format!("approval {}", approval.id),
                message: e.to_string(),
            }];
            let call = judged.call().clone();
            return shut(home, &call, Refusal { reasons, ..judged.refusal() });
        }
    }
    // A yes to this very call is the answer to a veto of it. If this cannot be written it asks once more.
    let _ = vetoes::answered(home, &judged);
    let entry = record::of(Kind::CallIntent, &judged).with("approval", &approval.id);
    let (flight, intent) = intend(world, flight, taken, &entry)?;
    Ok(Verdict::Open(Permit::issue(judged, flight, Some(intent))))
}

/// A permit without a person: a change only with the receipt of its intent.
fn permit(judged: Judged, world: &World<'_>, seen: &Seen) -> Result<Verdict, GateError> {
    let home = world.home;
    let (flight, taken) = match admit(begin(home, &judged, seen)?, &judged, world)? {
        Ok(admitted) => admitted,
        Err(refusal) => return shut(home, &judged.call().clone(), refusal),
    };
    if judged.risk() == Risk::Low {
        return Ok(Verdict::Open(Permit::issue(judged, flight, None)));
    }
    let entry = record::of(Kind::CallIntent, &judged);
    let (flight, intent) = intend(world, flight, taken, &entry)?;
    Ok(Verdict::Open(Permit::issue(judged, flight, Some(intent))))
}

/// Puts the intent on record; if that is not possible, nothing happened and the call is not under way.
fn intend(
    world: &World<'_>,
    flight: Flight,
    taken: Taken,
    entry: &Entry,
) -> Result<(Flight, Receipt), GateError> {
    match Log::of(world.home).append(entry) {
        Ok(receipt) => Ok((flight, receipt)),
        Err(e) => {
            back(world, flight, taken)?;
            Err(e.into())
        }
    }
}

/// Asks breakers and ceilings for a call that is under way; a refused one is no longer.
fn admit(
    flight: Flight,
    judged: &Judged,
    world: &World<'_>,
) -> Result<Result<(Flight, Taken), Refusal>, GateError> {
    match brakes::admit(judged, world) {
        Ok(Ok(taken)) => Ok(Ok((flight, taken))),
        answer @ (Ok(Err(_)) | Err(_)) => {
            flight.land().map_err(|e| GateError::State(world.home.inflight(), e))?;
            Ok(Err(answer?.err().unwrap_or_else(|| judged.refusal())))
        }
    }
}

/// The call goes no further: nothing was attempted, so what it took is free again.
fn back(world: &World<'_>, flight: Flight, taken: Taken) -> Result<(), GateError> {
    let given = taken.give_back(world);
    flight.land().map_err(|e| GateError::State(world.home.inflight(), e))?;
    given
}

pub(super) fn begin(home: &Home, judged: &Judged, seen: &Seen) -> Result<Flight, GateError> {
    Flight::begin(home, judged, seen).map_err(|e| GateError::State(home.inflight(), e))
}

/// Refuses `call` for a reason of the door that it came through, and puts that on record. It is no way
/// in: what is not turned away still has to be opened.
///
/// # Errors
/// [`GateError`] if it could not be recorded.
pub fn turn_away(home: &Home, call: &Call, reason: Reason) -> Result<Refusal, GateError> {
    let risk = tools::find(&call.tool).map(|tool| tool.card().risk);
    let refusal = Refusal { reasons: vec![reason], digest: None, risk, braked: false, malformed: false };
    let log = Log::of(home);
    let _ = log.append_ready(&record::refused(&log, call, &refusal)?)?;
    Ok(refusal)
}

fn shut(home: &Home, call: &Call, refusal: Refusal) -> Result<Verdict, GateError> {
    let log = Log::of(home);
    let _ = log.append_ready(&record::refused(&log, call, &refusal)?)?;
    Ok(Verdict::Shut(refusal))
}

fn stale(home: &Home, grant: &Grant, why: &str) -> Result<(), GateError> {
    match approvals::advance(home, &grant.approval().id, Event::Change, Kind::ApprovalStale, Some(why)) {
        Err(ApprovalError::Gate(e)) => Err(e),
        Ok(()) | Err(ApprovalError::Closed(..) | ApprovalError::Unknown(_) | ApprovalError::Edited(_)) => {
            Ok(())
        }
    }
}

/// A loop calls only the tools that its registered definition names.
fn unregistered(judged: &Judged, world: &World<'_>) -> Option<Reason> {
    let Caller::Loop(id) = &judged.call().caller else { return None };
    let tool = judged.tool().card().name;
    let known = world.scope(&judged.call().caller).is_some_and(|scope| scope.tools.iter().any(|t| t == tool));
    let message = format!("`{tool}` is not a tool that the registered loop `{id}` names");
    (!known).then(|| Reason {
        rule: "loop-scope".into(),
        source: world.home.loop_scope(id).display().to_string(),
        message,
    })
}

#[cfg(test)]
mod tests;
