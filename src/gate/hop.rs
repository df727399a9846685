//! Judging where an answer points, before it is followed: by the same questions as the call itself.

use super::judged::Judged;
use super::questions::{Draft, QUESTIONS};
use super::resolve::web::{Redirect, judge_redirect};
use super::world::{GateError, World};
use crate::call::{Answer, Effect, Web, visible_line};
use crate::state::Home;

/// What becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hop {
    /// It may be asked, as this.
    Follow(Box<Web>),
    /// It is told, and not followed.
    Data {
        /// Where it leads.
        to: String,
        /// Why it is not followed.
        why: String,
    },
}

/// The name under which a credential for requests is stored; no other secret goes with one.
pub fn web_secret(name: &str) -> String {
    format!("web:{name}")
}

/// Judges `location`, to which the answer to `from` points. It is followed at the same host alone, by
/// what only reads, and if the gate finds nothing about it that it had not found about the call.
///
/// # Errors
/// [`GateError`] if the gate cannot answer.
pub fn hop(home: &Home, judged: &Judged, from: &Web, location: &str) -> Result<Hop, GateError> {
    let data = |to: &str, why: String| Ok(Hop::Data { to: visible_line(to, 2048), why });
    let next = match judge_redirect(from, location) {
        Err(e) => return data(location, e.to_string()),
        Ok(Redirect::Data(to)) => {
            return data(&to, "it is another host or port, or an unclear address: call it by itself".into());
        }
        Ok(Redirect::Again(next)) => *next,
    };
    if !next.method.reads() {
        return data(&next.address(), "what was approved is not sent a second time, to elsewhere".into());
    }
    let world = World::load(home)?;
    let effects = [Effect::Web(next)];
    let call = judged.call();
    let draft = Draft {
        tool: judged.tool().card().name,
        caller: &call.caller,
        effects: &effects,
        risk: judged.risk(),
    };
    let found: Vec<_> = QUESTIONS.iter().flat_map(|ask| ask(&draft, &world)).collect();
    let (answer, reasons) = world.policy.weigh(&draft, found, &world);
    let known = |rule: &str| judged.reasons().iter().any(|reason| reason.rule == rule);
    let fresh = reasons.iter().find(|reason| !known(&reason.rule));
    let [Effect::Web(next)] = effects else { return data(location, "it is no request".into()) };
    match (answer, fresh) {
        (Answer::Allow, _) | (Answer::Ask, None) => Ok(Hop::Follow(Box::new(next))),
        (Answer::Ask, Some(reason)) => data(&next.address(), reason.message.clone()),
        (Answer::Block | Answer::Error, _) => {
            let why = reasons.iter().map(|r| r.message.as_str()).collect::<Vec<_>>().join("; ");
            data(&next.address(), why)
        }
    }
}
