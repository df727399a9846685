//! Where the network leads: as the system says. Only a library caller that has a scratch home lays
//! other wires, so that tests reach servers of their own. What is judged stays the same: names answer
//! with addresses that must be the public's, and a wire begins where a judged address would be dialled.

use super::Home;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

/// The wires of a scratch home. What is not on it leads nowhere.
#[derive(Debug, Clone, Default)]
pub struct Wiring {
    names: Arc<Mutex<BTreeMap<String, Name>>>,
    lines: BTreeMap<SocketAddr, SocketAddr>,
    packets: BTreeMap<SocketAddr, SocketAddr>,
    roots: Vec<Vec<u8>>,
    servers: Vec<IpAddr>,
}

#[derive(Debug, Default)]
struct Name {
    /// What it answers, one lookup after the other; the last stays.
    answers: Vec<Vec<IpAddr>>,
    asked: usize,
}

impl Wiring {
    /// `name` answers with these, one lookup after the other; the last stays.
    #[must_use]
    pub fn name(self, name: &str, answers: &[&[IpAddr]]) -> Self {
        let answers = answers.iter().map(|a| a.to_vec()).collect();
        self.names
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(name.to_owned(), Name { answers, asked: 0 });
        self
    }

    /// What is sent to `from` arrives at `to`.
    #[must_use]
    pub fn line(mut self, from: SocketAddr, to: SocketAddr) -> Self {
        self.lines.insert(from, to);
        self
    }

    /// Packets that are sent to `from` arrive at `to`.
    #[must_use]
    pub fn packets(mut self, from: SocketAddr, to: SocketAddr) -> Self {
        self.packets.insert(from, to);
        self
    }

    /// A certificate (DER) that is a root here, besides those of the system.
    #[must_use]
    pub fn root(mut self, der: &[u8]) -> Self {
        self.roots.push(der.to_vec());
        self
    }

    /// A name server of this system.
    #[must_use]
    pub fn server(mut self, address: IpAddr) -> Self {
        self.servers.push(address);
        self
    }

    /// How often `name` was looked up.
    pub fn asked(&self, name: &str) -> usize {
        self.names.lock().unwrap_or_else(PoisonError::into_inner).get(name).map_or(0, |n| n.asked)
    }

    /// What `name` answers now; none if there is no such name.
    pub fn answer(&self, name: &str) -> Vec<IpAddr> {
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(known) = names.get_mut(name) else { return Vec::new() };
        let answer = known.answers.get(known.asked).or_else(|| known.answers.last()).cloned();
        known.asked += 1;
        answer.unwrap_or_default()
    }

    /// Where the line from `address` ends.
    pub fn route(&self, address: SocketAddr) -> Option<SocketAddr> {
        self.lines.get(&address).copied()
    }

    /// Where packets to `address` arrive.
    pub fn packets_to(&self, address: SocketAddr) -> Option<SocketAddr> {
        self.packets.get(&address).copied()
    }

    /// Further roots.
    pub fn roots(&self) -> &[Vec<u8>] {
        &self.roots
    }

    /// Name servers.
    pub fn servers(&self) -> &[IpAddr] {
        &self.servers
    }
}

impl Home {
    /// The same home with wires of its own; the owner's home takes none.
    #[must_use]
    pub fn wired(mut self, wiring: Wiring) -> Self {
        if self.is_scratch() {
            self.wiring = Some(wiring);
        }
        self
    }

    /// The wires, where a library caller laid some.
    pub const fn wiring(&self) -> Option<&Wiring> {
        self.wiring.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_owners_home_takes_no_wires() {
        let wiring = Wiring::default().name("a.example", &[&[IpAddr::from([1, 1, 1, 1])]]);
        let dir = tempfile::tempdir().unwrap();
        assert!(Home::scratch(dir.path()).unwrap().wired(wiring.clone()).wiring().is_some());
        assert!(Home::locate().unwrap().wired(wiring).wiring().is_none());
    }

    #[test]
    fn answers_follow_each_other_and_the_last_stays() {
        let (one, two) = (IpAddr::from([1, 1, 1, 1]), IpAddr::from([127, 0, 0, 1]));
        let wiring = Wiring::default().name("a.example", &[&[one], &[two]]);
        assert_eq!([wiring.answer("a.example"), wiring.answer("a.example")], [vec![one], vec![two]]);
        assert_eq!((wiring.answer("a.example"), wiring.asked("a.example")), (vec![two], 3));
        assert!(wiring.answer("b.example").is_empty());
    }
}
