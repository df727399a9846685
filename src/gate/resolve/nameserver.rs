//! The name servers of this system: what its resolver is told, as data.
#![expect(clippy::disallowed_methods, reason = "macOS tells by a program")]

use super::program;
use crate::state::process::{self, Bounds, GRACE};
use crate::state::{Home, Platform};
use std::net::IpAddr;
use std::process::Command;
use std::time::Duration;

/// How long the system may take to tell.
const TIME: Duration = Duration::from_secs(3);

/// The servers that the system asks, the first first.
pub fn of_system(home: &Home) -> Vec<IpAddr> {
    if let Some(wiring) = home.wiring() {
        return wiring.servers().to_vec();
    }
    let file = || {
        let text = std::fs::read_to_string(home.platform().resolver_file()).unwrap_or_default();
        of_resolv_conf(&text)
    };
    match home.platform() {
        Platform::Linux => file(),
        // The file there is for programs that do not ask the system, and lacks what a VPN adds.
        Platform::Macos => {
            let told = of_scutil(&scutil(home).unwrap_or_default());
            if told.is_empty() { file() } else { told }
        }
    }
}

fn scutil(home: &Home) -> Option<String> {
    let scutil = program::find("scutil", home).ok().flatten()?;
    let mut command = Command::new(scutil.as_path());
    command.arg("--dns").env_clear().env("PATH", program::search_path(home));
    let bounds = Bounds { time: TIME, output: 256 * 1024, grace: GRACE };
    let ran = process::capture(&mut command, &[], bounds, &|| false).ok()?;
    Some(String::from_utf8_lossy(&ran.stdout).into_owned())
}

/// `nameserver ADDRESS` lines of resolv.conf(5).
fn of_resolv_conf(text: &str) -> Vec<IpAddr> {
    let mut found = Vec::new();
    for line in text.lines() {
        let mut words = line.split_whitespace();
        if words.next() == Some("nameserver") {
            keep(&mut found, words.next().unwrap_or_default());
        }
    }
    found
}

/// The servers for all names in what `scutil --dns` prints: not those of one domain, of an interface, or
/// of what only adds to others.
fn of_scutil(text: &str) -> Vec<IpAddr> {
    let general = text.split("DNS configuration (for scoped queries)").next().unwrap_or_default();
    let mut found = Vec::new();
    for resolver in general.split("\nresolver #").skip(1) {
        let fields: Vec<_> = resolver.lines().filter_map(|line| line.split_once(" : ")).collect();
        let field = |name: &str| fields.iter().find(|(n, _)| n.trim() == name).map(|(_, value)| *value);
        if field("domain").is_some() || field("flags").is_some_and(|flags| flags.contains("Supplemental")) {
            continue;
        }
        for (_, value) in fields.iter().filter(|(name, _)| name.trim().starts_with("nameserver[")) {
            keep(&mut found, value.trim());
        }
    }
    found
}

/// Keeps an address once. One of an interface alone cannot be dialled without naming that.
fn keep(found: &mut Vec<IpAddr>, text: &str) {
    let link = |address: &IpAddr| matches!(address, IpAddr::V6(v6) if v6.is_unicast_link_local());
    if let Some(address) = text.parse().ok().filter(|address| !link(address))
        && !found.contains(&address)
    {
        found.push(address);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(addresses: &[&str]) -> Vec<IpAddr> {
        addresses.iter().map(|a| a.parse().unwrap()).collect()
    }

    #[test]
    fn servers_stand_in_lines_of_their_own() {
        let text = "# nameserver 9.9.9.9\nsearch lan\nnameserver 1.1.1.1\nnameserver  2606:4700::1111 x\n\
                    nameserver 1.1.1.1\nnameserver fe80::1\nnameserver nowhere\nnameserver\n";
        assert_eq!(of_resolv_conf(text), all(&["1.1.1.1", "2606:4700::1111"]));
        assert!(of_resolv_conf("").is_empty());
    }

    /// In the form that a Mac printed in <https://github.com/Automattic/team51-cli/issues/161>, with the
    /// resolver of a VPN as in <https://github.com/adrienverge/openfortivpn/issues/534>, and an address
    /// with its interface as in <https://github.com/rthalley/dnspython/issues/481>.
    const SCUTIL: &str = "DNS configuration\n\n\
        resolver #1\n  search domain[0] : home-domain\n  nameserver[0] : 10.9.9.9\n  if_index : 16 (ppp0)\n\
        \x20 flags    : Supplemental, Request A records\n  reach    : 0x00000002 (Reachable)\n  order    : 100000\n\n\
        resolver #2\n  nameserver[0] : fe80::8e3b:adff:fead:7bf6%en0\n  nameserver[1] : 75.75.75.75\n\
        \x20 nameserver[2] : 75.75.76.76\n  if_index : 15 (en0)\n  flags    : Request A records\n\
        \x20 reach    : 0x00000002 (Reachable)\n\n\
        resolver #3\n  domain   : local\n  options  : mdns\n  nameserver[0] : 10.8.8.8\n  timeout  : 5\n\
        \x20 flags    : Request A records\n  reach    : 0x00000000 (Not Reachable)\n  order    : 300000\n\n\
        DNS configuration (for scoped queries)\n\n\
        resolver #1\n  search domain[0] : openvpn\n  nameserver[0] : 8.8.8.8\n  if_index : 13 (utun0)\n\
        \x20 flags    : Scoped, Request A records\n";

    #[test]
    fn on_macos_those_for_all_names_count() {
        assert_eq!(of_scutil(SCUTIL), all(&["75.75.75.75", "75.75.76.76"]));
        assert!(of_scutil("").is_empty() && of_scutil("No DNS configuration available\n").is_empty());
    }
}
