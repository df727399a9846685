//! Names: asked once, judged as a whole, and then dialled as they were answered. Who answers otherwise
//! the next time is not asked again.
#![expect(clippy::disallowed_methods, reason = "hands reach the network")]

use super::Until;
use crate::call::visible_line;
use crate::effects::{Hand, Trouble};
use crate::gate::resolve::address::judge_addresses;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs as _};

/// Most addresses of one name that are looked at; the rest is not dialled.
const MOST: usize = 64;

/// The addresses of `host`, a name or an address, all of which are the public's.
///
/// # Errors
/// [`NoAddress`].
pub fn judged(hand: &Hand<'_>, host: &str, until: &Until) -> Result<Vec<IpAddr>, NoAddress> {
    let shown = visible_line(host, 200);
    let found = match host.parse() {
        Ok(address) => vec![address],
        Err(_) => look_up(hand, host, until)
            .map_err(|e| NoAddress::Unknown(until.not(format!("cannot look up `{shown}`: {}", plain(&e)))))?,
    };
    judge_addresses(&found).map(<[IpAddr]>::to_vec).map_err(|e| {
        let why = format!("`{shown}` leads inside, so nothing was sent: {e} (not-public)");
        NoAddress::Inside(Trouble::Not(why))
    })
}

/// Why there is no address to dial.
#[derive(Debug)]
pub enum NoAddress {
    /// Nobody knows one, or the question was stopped.
    Unknown(Trouble),
    /// One of them is of the inside.
    Inside(Trouble),
}

impl From<NoAddress> for Trouble {
    fn from(no: NoAddress) -> Self {
        match no {
            NoAddress::Unknown(trouble) | NoAddress::Inside(trouble) => trouble,
        }
    }
}

/// The system's own words, which differ between systems, made one.
fn plain(e: &io::Error) -> String {
    let text = e.to_string();
    match text.strip_prefix("failed to lookup address information: ") {
        Some(rest) => rest.to_lowercase(),
        None => text,
    }
}

fn look_up(hand: &Hand<'_>, host: &str, until: &Until) -> io::Result<Vec<IpAddr>> {
    if let Some(wiring) = hand.home.wiring() {
        let found = wiring.answer(host);
        return if found.is_empty() { Err(io::Error::other("no such name")) } else { Ok(found) };
    }
    let name = host.to_owned();
    until.patiently(move || {
        let found = (name.as_str(), 0).to_socket_addrs()?.map(|a: SocketAddr| a.ip());
        let mut all: Vec<IpAddr> = found.take(MOST).collect();
        // The system answers once for each kind of socket.
        let mut seen = std::collections::BTreeSet::new();
        all.retain(|address| seen.insert(*address));
        Ok(all)
    })
}
