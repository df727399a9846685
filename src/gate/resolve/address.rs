//! Which addresses are the public's: the one judge for what a URL spells and for what DNS answers.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An address that no call may reach.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotPublic {
    /// One of them is not the public's.
    #[error("`{0}` is {1}")]
    Address(IpAddr, &'static str),
    /// There is none to dial.
    #[error("the name has no address")]
    None,
}

/// The addresses that a name has, if all of them are the public's. One that is not forbids all: who
/// answers with both waits for the second try. The hand dials one of exactly these.
///
/// # Errors
/// [`NotPublic`].
pub fn judge_addresses(addresses: &[IpAddr]) -> Result<&[IpAddr], NotPublic> {
    match addresses.iter().find_map(|address| Some((*address, why_not_public(*address)?))) {
        Some((address, why)) => Err(NotPublic::Address(address, why)),
        None if addresses.is_empty() => Err(NotPublic::None),
        None => Ok(addresses),
    }
}

/// Whether anybody on the internet is reached by `address`, rather than this machine, its networks
/// or nobody.
pub fn is_public(address: IpAddr) -> bool {
    why_not_public(address).is_none()
}

/// What `address` is, if it is not the public's.
pub fn why_not_public(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(v4) => of_v4(v4),
        IpAddr::V6(v6) => of_v6(v6),
    }
}

/// Ranges of the IANA registry of special-purpose IPv4 addresses: network, bits, what it is.
const V4: &[(Ipv4Addr, u32, &str)] = &[
    (Ipv4Addr::new(0, 0, 0, 0), 8, "this host (0.0.0.0/8)"),
    (Ipv4Addr::new(10, 0, 0, 0), 8, "a private network (10/8)"),
    (Ipv4Addr::new(100, 64, 0, 0), 10, "a provider's inside (100.64/10)"),
    (Ipv4Addr::new(127, 0, 0, 0), 8, "this machine (127/8)"),
    (
        Ipv4Addr::new(169, 254, 0, 0),
        16,
        "link-local, where cloud machines keep their credentials (169.254/16)",
    ),
    (Ipv4Addr::new(172, 16, 0, 0), 12, "a private network (172.16/12)"),
    (Ipv4Addr::new(192, 0, 0, 0), 24, "for protocols (192.0.0/24)"),
    (Ipv4Addr::new(192, 0, 2, 0), 24, "for documentation (192.0.2/24)"),
    (Ipv4Addr::new(192, 31, 196, 0), 24, "for name servers (192.31.196/24)"),
    (Ipv4Addr::new(192, 52, 193, 0), 24, "for multicast relays (192.52.193/24)"),
    (Ipv4Addr::new(192, 88, 99, 0), 24, "a relay to IPv6 (192.88.99/24)"),
    (Ipv4Addr::new(192, 168, 0, 0), 16, "a private network (192.168/16)"),
    (Ipv4Addr::new(192, 175, 48, 0), 24, "for name servers (192.175.48/24)"),
    (Ipv4Addr::new(198, 18, 0, 0), 15, "for benchmarks (198.18/15)"),
    (Ipv4Addr::new(198, 51, 100, 0), 24, "for documentation (198.51.100/24)"),
    (Ipv4Addr::new(203, 0, 113, 0), 24, "for documentation (203.0.113/24)"),
    (Ipv4Addr::new(224, 0, 0, 0), 4, "multicast (224/4)"),
    (Ipv4Addr::new(240, 0, 0, 0), 4, "reserved or broadcast (240/4)"),
    // Public by its number, and the address at which a cloud machine asks for its credentials.
    (Ipv4Addr::new(168, 63, 129, 16), 32, "a cloud's inside (168.63.129.16)"),
];

fn of_v4(address: Ipv4Addr) -> Option<&'static str> {
    let bits = address.to_bits();
    V4.iter().find(|(net, length, _)| bits >> (32 - length) == net.to_bits() >> (32 - length)).map(|r| r.2)
}

/// Ranges of IPv6 that are part of the public's 2000::/3 by number alone.
const V6: &[(Ipv6Addr, u32, &str)] = &[
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23, "for protocols, Teredo among them (2001::/23)"),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32, "for documentation (2001:db8::/32)"),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16, "6to4, which wraps any IPv4 address (2002::/16)"),
    (Ipv6Addr::new(0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0), 48, "for name servers (2620:4f:8000::/48)"),
    (Ipv6Addr::new(0x3ffe, 0, 0, 0, 0, 0, 0, 0), 16, "the old test network (3ffe::/16)"),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20, "for documentation (3fff::/20)"),
];

fn of_v6(address: Ipv6Addr) -> Option<&'static str> {
    let bits = address.to_bits();
    let within = |net: &Ipv6Addr, length: u32| bits >> (128 - length) == net.to_bits() >> (128 - length);
    // An IPv4 address by another name is what that address is; some systems dial it.
    let nat64 = within(&Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96);
    if nat64 || address.to_ipv4_mapped().is_some() {
        let inner = Ipv4Addr::from_bits(u32::try_from(bits & u128::from(u32::MAX)).unwrap_or(0));
        return of_v4(inner);
    }
    if !within(&Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3) {
        return Some(match address.segments() {
            [0, 0, 0, 0, 0, 0, 0, 0 | 1] => "this machine",
            [0, 0, 0, 0, 0, 0, _, _] => "an IPv4 address in an old form (::/96)",
            [0x64, 0xff9b, 1, ..] => "a translator's inside (64:ff9b:1::/48)",
            [first, ..] if first & 0xfe00 == 0xfc00 => "a private network (fc00::/7)",
            [first, ..] if first & 0xffc0 == 0xfe80 => "link-local (fe80::/10)",
            [first, ..] if first & 0xffc0 == 0xfec0 => "site-local (fec0::/10)",
            [first, ..] if first & 0xff00 == 0xff00 => "multicast (ff00::/8)",
            _ => "not given to anybody",
        });
    }
    V6.iter().find(|(net, length, _)| within(net, *length)).map(|r| r.2)
}

/// Why no call may reach `host`, a name or an address as resolved. The addresses of a name are judged
/// when they are known.
pub fn why_inside(host: &str) -> Option<&'static str> {
    host.parse().map_or_else(|_| why_no_public_name(host), why_not_public)
}

/// Names that lead to this machine or its networks, as the last label or the last labels.
const INSIDE: &[&str] = &[
    "localhost",
    "localdomain",
    "local",
    "internal",
    "intranet",
    "private",
    "corp",
    "home",
    "lan",
    "home.arpa",
    "onion",
    "alt",
    "invalid",
];

/// Why a host name (lower case, ASCII, without a trailing dot) cannot be the public's.
pub fn why_no_public_name(name: &str) -> Option<&'static str> {
    if !name.contains('.') {
        return Some("a name of one word, which only this machine or its network knows");
    }
    let inside = |end: &&&str| name.strip_suffix(**end).is_some_and(|rest| rest.ends_with('.'));
    INSIDE.iter().find(inside).map(|_| "a name that only this machine or its network knows")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn only_what_the_registries_give_to_the_public_is_public() {
        for public in [
            "93.184.216.34",
            "1.1.1.1",
            "172.15.255.255",
            "172.32.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "198.17.255.255",
            "192.0.1.0",
            "223.255.255.255",
            "2606:2800:220:1::1",
            "2a00:1450::1",
            "64:ff9b::5db8:d822",
            "::ffff:93.184.216.34",
            "2001:200::1",
        ] {
            assert!(is_public(ip(public)), "{public}: {:?}", why_not_public(ip(public)));
        }
        for inside in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "168.63.129.16",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::5db8:d822",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2002:5db8:d822::1",
            "3fff::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "5f00::1",
        ] {
            assert!(!is_public(ip(inside)), "{inside}");
        }
    }

    #[test]
    fn one_address_inside_forbids_all_that_a_name_has() {
        let both = [ip("93.184.216.34"), ip("127.0.0.1")];
        assert!(matches!(judge_addresses(&both), Err(NotPublic::Address(found, _)) if found == both[1]));
        assert_eq!(judge_addresses(&both[..1]), Ok(&both[..1]));
        assert_eq!(judge_addresses(&[]), Err(NotPublic::None));
    }

    #[test]
    fn names_of_the_inside_are_told_by_their_end() {
        for inside in [
            "localhost",
            "a.localhost",
            "printer",
            "nas.local",
            "metadata.google.internal",
            "x.home.arpa",
            "r.lan",
        ] {
            assert!(why_no_public_name(inside).is_some(), "{inside}");
        }
        for public in ["example.com", "notlocalhost.com", "local.example", "internal.example", "xlocal.io"] {
            assert!(why_no_public_name(public).is_none(), "{public}");
        }
        for (host, inside) in [
            ("127.0.0.1", true),
            ("::1", true),
            ("localhost", true),
            ("1.1.1.1", false),
            ("example.com", false),
        ] {
            assert_eq!(why_inside(host).is_some(), inside, "{host}");
        }
    }
}
