//! Models on this machine: one at a time, proven to be here, asked as a stream, and believed in nothing
//! that fleet has not checked.

mod check;
mod found;
mod line;
mod proof;
mod set_up;
mod step;
mod turn;

pub use check::{Check, Checked, check, checked};
pub use set_up::{NotSetUp, found_at, list};

use super::net::Until;
use super::system::asked::Stopping;
use super::{Hand, Step, Trouble};
use crate::call::{Ask, Caller, Endpoint, ModelAsk, ModelSetUp, visible_line};
use crate::gate;
use crate::state::Home;
use std::time::Duration;

/// Longest that one call may take, waiting for its turn not counted.
const WHOLE_S: u32 = 20 * 60;
const WHOLE: Duration = Duration::from_secs(20 * 60);
/// Longest silence between two pieces of an answer.
const SILENCE: Duration = Duration::from_secs(60);
/// Longest that a question about a server may take.
const BRIEF: Duration = Duration::from_secs(5);

/// Whom a model is asked for, and what ends that.
struct Desk<'a> {
    home: &'a Home,
    endpoint: &'a Endpoint,
    until: Until,
    stopping: Stopping<'a>,
}

pub(super) fn ask(hand: &Hand<'_>, effect: &ModelAsk) -> Step {
    let name = visible_line(&effect.model, 64);
    let Some(set_up) = &effect.set_up else {
        return Err(Trouble::Not(format!(
            "no model is called `{name}` here: `fleet model add {name} --server ollama|llama.cpp|mlx --endpoint URL` \
             sets one up"
        )));
    };
    if let Caller::Loop(_) = hand.judged.call().caller {
        ready(hand.home, &effect.model, set_up).map_err(Trouble::Not)?;
    }
    let stopping = || hand.stopping();
    let _turn = turn::take(hand.home, turn::patience(&hand.judged.call().caller), &stopping)?;
    let desk = Desk {
        home: hand.home,
        endpoint: &set_up.endpoint,
        until: Until::within(hand, WHOLE_S),
        stopping: &stopping,
    };
    let proven = proof::local(&desk, set_up).map_err(|e| desk.refused(&effect.model, e))?;
    match &effect.ask {
        Ask::Write(prompt) => step::write(&desk, effect, set_up, &proven, prompt),
        Ask::Embed(texts) => step::embed(&desk, effect, set_up, &proven, texts),
    }
}

/// Sees that the model of this name was checked as it is now: what a loop needs before it runs.
///
/// # Errors
/// The line that mends it.
pub fn ready(home: &Home, name: &str, set_up: &ModelSetUp) -> Result<(), String> {
    let name = visible_line(name, 64);
    match checked(home, &name) {
        Some(found) if found.ok && found.is_of(set_up) => Ok(()),
        Some(found) if found.is_of(set_up) => Err(format!(
            "`{name}` did not pass its check: `fleet model check {name}` says what a loop cannot rely on"
        )),
        Some(_) | None => {
            Err(format!("`{name}` was not checked as it is now: run `fleet model check {name}`"))
        }
    }
}

impl Desk<'_> {
    /// What becomes of a call whose model is not proven to be here. One that is not what it was is stopped
    /// until a person looks, and the owner is told.
    fn refused(&self, name: &str, not: proof::NotLocal) -> Trouble {
        let shown = visible_line(name, 64);
        match not {
            proof::NotLocal::Unproven(why) => self.until.not(format!("`{shown}` was not asked: {why}")),
            proof::NotLocal::Betrayed(why) => {
                let told = self.trip(name, &why);
                Trouble::Not(format!("`{shown}` was not asked: {why}{told}"))
            }
        }
    }

    /// Trips the model's breaker; what to say of that.
    fn trip(&self, name: &str, why: &str) -> String {
        let key = gate::BrakeKey::parse(&format!("model:{name}"));
        let tripped = key.map(|key| gate::trip(self.home, &key, Some(why), true));
        match tripped {
            Ok(Ok(_)) => {
                format!("; its breaker is open until a person looks: `fleet breaker reset model:{name}`")
            }
            Ok(Err(e)) => format!("; its breaker could not be opened: {e}"),
            Err(e) => format!("; its breaker could not be opened: {e}"),
        }
    }
}
