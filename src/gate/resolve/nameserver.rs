//! The name servers of this system: what its resolver is told, as data.

use crate::state::{Home, Platform};
use std::net::IpAddr;
use std::path::Path;

/// The servers that the system asks, the first first.
pub fn of_system(home: &Home) -> Vec<IpAddr> {
    if let Some(wiring) = home.wiring() {
        return wiring.servers().to_vec();
    }
    let text = std::fs::read_to_string(Path::new(home.platform().resolver_file())).unwrap_or_default();
    match home.platform() {
        Platform::Macos | Platform::Linux => of_resolv_conf(&text),
    }
}

/// `nameserver ADDRESS` lines of resolv.conf(5).
fn of_resolv_conf(text: &str) -> Vec<IpAddr> {
    let mut found = Vec::new();
    for line in text.lines() {
        let mut words = line.split_whitespace();
        if words.next() == Some("nameserver")
            && let Some(address) = words.next().and_then(|word| word.parse().ok())
            && !found.contains(&address)
        {
            found.push(address);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_stand_in_lines_of_their_own() {
        let text = "# nameserver 9.9.9.9\nsearch lan\nnameserver 1.1.1.1\nnameserver  2606:4700::1111 x\n\
                    nameserver 1.1.1.1\nnameserver nowhere\nnameserver\n";
        let expected: Vec<IpAddr> = vec!["1.1.1.1".parse().unwrap(), "2606:4700::1111".parse().unwrap()];
        assert_eq!(of_resolv_conf(text), expected);
        assert!(of_resolv_conf("").is_empty());
    }
}
