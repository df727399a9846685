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
    /// Whether TCP connections may be made.
    pub connect: bool,
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
    Rules { places, connect: profile.network == Network::Tcp }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_of_a_profile_gets_its_rights_and_no_network_is_no_connection() {
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
        assert_eq!(made, Rules { places: expected, connect: false });
        profile.network = Network::Tcp;
        assert!(rules(&profile).connect);
    }
}
