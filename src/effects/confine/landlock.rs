//! A profile in Landlock's words: which rights on which places. Pure; `kernel` hands it over.

use super::profile::{Network, Profile};
use std::path::PathBuf;

/// Devices that every program takes for granted. No terminal is among them.
const DEVICES: &[&str] = &["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"];

/// What is granted at a place, with all below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grant {
    /// Read.
    Look,
    /// Read and execute.
    Read,
    /// Read, execute, make, change, remove, rename within.
    Change,
    /// Read and written as it is.
    Device,
}

/// The rules of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// Places; what is not below one of them is refused.
    pub places: Vec<(PathBuf, Grant)>,
    /// TCP ports that may be connected to; none means that all may.
    pub connect: Option<Vec<u16>>,
}

/// The rules of `profile`.
pub fn rules(profile: &Profile) -> Rules {
    let grant = |paths: &[PathBuf], grant: Grant| -> Vec<(PathBuf, Grant)> {
        paths.iter().map(|path| (path.clone(), grant)).collect()
    };
    let mut places = grant(&profile.looks, Grant::Look);
    places.extend(grant(&profile.reads, Grant::Read));
    places.extend(grant(&profile.writes, Grant::Change));
    places.extend(DEVICES.iter().map(|path| (PathBuf::from(path), Grant::Device)));
    let connect = match &profile.network {
        Network::None => Some(Vec::new()),
        Network::Tcp(ports) if ports.is_empty() => None,
        Network::Tcp(ports) => Some(ports.clone()),
    };
    Rules { places, connect }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_of_a_profile_gets_its_rights_and_no_network_is_no_port() {
        let path = |name: &str| PathBuf::from(name);
        let mut profile = Profile {
            reads: vec![path("/usr")],
            looks: vec![path("/proc")],
            writes: vec![path("/w/out")],
            network: Network::None,
        };
        let made = rules(&profile);
        let mut expected =
            vec![(path("/proc"), Grant::Look), (path("/usr"), Grant::Read), (path("/w/out"), Grant::Change)];
        expected.extend(DEVICES.iter().map(|d| (path(d), Grant::Device)));
        assert_eq!(made, Rules { places: expected, connect: Some(vec![]) });
        profile.network = Network::Tcp(vec![443]);
        assert_eq!(rules(&profile).connect, Some(vec![443]));
        profile.network = Network::Tcp(vec![]);
        assert_eq!(rules(&profile).connect, None);
    }
}
