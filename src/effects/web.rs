//! Asking hosts, and sending to them. What an answer points to is judged before it is followed.

use super::http::{Exchange, Failed};
use super::net::{self, Until};
use super::{Hand, Step, Trouble};
use crate::call::{Happened, Web, visible_line};
use crate::gate::{self, Hop};
use crate::state::{Secret, Secrets};

/// Most redirects that are followed.
const HOPS: u32 = 5;

pub fn request(hand: &Hand<'_>, effect: &Web) -> Step {
    let until = Until::within(hand, effect.timeout_s);
    let secret = effect.secret.as_deref().map(|name| credential(hand, name)).transpose()?;
    // Once: every hop stays at this host, and goes where its name led at first.
    let addresses = net::judged(hand.home, &effect.host, &until)?;
    let reads = effect.method.reads();
    let mut at = effect.clone();
    for hops in 0..=HOPS {
        let exchange = Exchange { web: &at, addresses: &addresses, secret: secret.as_ref(), until: &until };
        let mut answer =
            exchange.make(hand.home).map_err(|failed: Failed| failed.trouble(reads, &at.host, &until))?;
        answer.hops = hops;
        let Some(location) = answer.location.clone().filter(|_| points(answer.status)) else {
            return Ok(Happened::Answered(answer));
        };
        match follow(hand, &at, &location)? {
            Hop::Follow(next) => at = *next,
            Hop::Data { to, why } => {
                (answer.location, answer.not_followed) = (Some(to), Some(why));
                return Ok(Happened::Answered(answer));
            }
        }
    }
    let host = visible_line(&effect.host, 200);
    Err(Trouble::Not(format!("`{host}` leads from one address to the next more than {HOPS} times")))
}

fn points(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

fn follow(hand: &Hand<'_>, from: &Web, location: &str) -> Result<Hop, Trouble> {
    gate::hop(hand.home, hand.judged, from, location)
        .map_err(|e| Trouble::Not(format!("where the answer leads could not be judged: {e}")))
}

/// The stored credential of this name, of those that requests may carry.
fn credential(hand: &Hand<'_>, name: &str) -> Result<Secret, Trouble> {
    let found =
        Secrets::of(hand.home).get(&gate::web_secret(name)).map_err(|e| Trouble::Not(e.to_string()))?;
    found.ok_or_else(|| Trouble::Not(format!("there is no stored credential `{name}` for requests")))
}
