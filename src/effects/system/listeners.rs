//! Who listens: from the kernel's tables on Linux, from `lsof` on macOS.

use super::asked::{Question, Silent, Stopping};
use crate::effects::Hand;
use crate::state::{Home, Platform};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A socket that listens.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Listener {
    /// Its address; `*` for all.
    pub addr: String,
    /// Its port.
    pub port: u16,
    /// Whose it is, where the system tells this user.
    pub pid: Option<i32>,
}

const LSOF: Question<'_> =
    Question { program: "lsof", args: &["-nP", "-iTCP", "-sTCP:LISTEN", "-F", "pn"], seconds: 30, env: &[] };

pub fn all(hand: &Hand<'_>) -> Result<Vec<Listener>, Silent> {
    all_of(hand.home, &|| hand.stopping())
}

pub fn all_of(home: &Home, stopping: Stopping<'_>) -> Result<Vec<Listener>, Silent> {
    let mut found = match home.platform() {
        Platform::Macos => lsof(&LSOF.ask_of(home, stopping)?.out),
        Platform::Linux => {
            let owners = owners();
            let read = |name: &str| std::fs::read_to_string(format!("/proc/net/{name}")).unwrap_or_default();
            let sockets = table(&read("tcp")).into_iter().chain(table(&read("tcp6")));
            sockets
                .map(|(addr, port, inode)| Listener { addr, port, pid: owners.get(&inode).copied() })
                .collect()
        }
    };
    found.sort();
    found.dedup();
    Ok(found)
}

/// Processes that listen at the unix socket `path`, as far as this user may see.
pub fn at_socket(path: &str, home: &Home, stopping: Stopping<'_>) -> Result<Vec<Option<i32>>, Silent> {
    Ok(match home.platform() {
        Platform::Macos => {
            let args = ["-nP", "-U", "-a", "-F", "p", "--", path];
            let question = Question { program: "lsof", args: &args, seconds: 30, env: &[] };
            let said = question.ask_of(home, stopping)?.out;
            said.lines().filter_map(|line| line.strip_prefix('p')).map(|pid| pid.parse().ok()).collect()
        }
        Platform::Linux => {
            let owners = owners();
            let text = std::fs::read_to_string("/proc/net/unix").unwrap_or_default();
            sockets(&text, path).into_iter().map(|inode| owners.get(&inode).copied()).collect()
        }
    })
}

/// Reads `/proc/net/unix`: the inodes of sockets that accept connections at `path`.
fn sockets(text: &str, path: &str) -> Vec<u64> {
    let row = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let accepts = u32::from_str_radix(fields.get(3)?, 16).ok()? & 0x1_0000 != 0;
        let inode = fields.get(6)?.parse().ok()?;
        // The path is the rest of the line, blanks and all.
        let at = line.find(fields.get(7)?)?;
        (accepts && line.get(at..) == Some(path)).then_some(inode)
    };
    text.lines().skip(1).filter_map(row).collect()
}

/// Reads `lsof -F pn`: a line a field, whose first letter names it.
fn lsof(said: &str) -> Vec<Listener> {
    let (mut pid, mut found) = (None, Vec::new());
    for line in said.lines() {
        if let Some(number) = line.strip_prefix('p') {
            pid = number.parse().ok();
        } else if let Some((addr, port)) = line.strip_prefix('n').and_then(|name| name.rsplit_once(':'))
            && let Ok(port) = port.parse()
        {
            let addr = addr.trim_start_matches('[').trim_end_matches(']').to_owned();
            found.push(Listener { addr, port, pid });
        }
    }
    found
}

/// Reads `/proc/net/tcp` or `tcp6`: sockets in state 0A, each with its inode.
fn table(text: &str) -> Vec<(String, u16, u64)> {
    let row = |line: &str| {
        let mut fields = line.split_whitespace().skip(1);
        let (addr, port) = fields.next()?.split_once(':')?;
        let listens = fields.nth(1)? == "0A";
        let inode = fields.nth(5)?.parse().ok()?;
        let port = u16::from_str_radix(port, 16).ok()?;
        listens.then(|| Some((address(addr)?, port, inode)))?
    };
    text.lines().skip(1).filter_map(row).collect()
}

/// An address as the kernel prints it: 32-bit words in the machine's order.
fn address(hex: &str) -> Option<String> {
    let words =
        hex.as_bytes().chunks(8).map(|word| u32::from_str_radix(std::str::from_utf8(word).ok()?, 16).ok());
    let words: Vec<[u8; 4]> = words.map(|word| word.map(u32::to_ne_bytes)).collect::<Option<_>>()?;
    let ip = match words.as_slice() {
        [one] => IpAddr::V4(Ipv4Addr::from(*one)),
        [_, _, _, _] => IpAddr::V6(Ipv6Addr::from(<[u8; 16]>::try_from(words.concat()).ok()?)),
        _ => return None,
    };
    Some(if ip.is_unspecified() { "*".to_owned() } else { ip.to_string() })
}

/// Pids by the inodes of their sockets, as far as this user may see.
fn owners() -> BTreeMap<u64, i32> {
    let mut owners = BTreeMap::new();
    let pids = std::fs::read_dir("/proc").into_iter().flatten();
    for pid in pids.filter_map(|e| e.ok()?.file_name().to_str()?.parse::<i32>().ok()) {
        for entry in std::fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten() {
            let Ok(to) = std::fs::read_link(entry.path()) else { continue };
            let inode =
                to.to_str().and_then(|to| to.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok());
            if let Some(inode) = inode {
                owners.entry(inode).or_insert(pid);
            }
        }
    }
    owners
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lsof_says_is_read_by_its_letters() {
        // Recorded with lsof 4.95 on Linux; the wildcard and the brackets as lsof(8) has them for macOS.
        let said =
            "p31154\ncpython3\nPTCP\nn127.0.0.1:43613\nTST=LISTEN\nTQR=0\np99\nn*:22\nn[::1]:631\nnweird\n";
        let of = |addr: &str, port, pid| Listener { addr: addr.into(), port, pid: Some(pid) };
        assert_eq!(lsof(said), [of("127.0.0.1", 43613, 31154), of("*", 22, 99), of("::1", 631, 99)]);
    }

    #[test]
    fn sockets_that_accept_are_found_by_their_path() {
        // Recorded from /proc/net/unix of Linux 6.18 on x86-64; the blank in the second path is ours.
        let text = "Num       RefCount Protocol Flags    Type St Inode Path\n\
            00000000a1: 00000002 00000000 00010000 0001 01 33017 /tmp/m.sock\n\
            00000000a2: 00000002 00000000 00010000 0001 01 33018 /tmp/a b.sock\n\
            00000000a3: 00000003 00000000 00000000 0001 03 33019 /tmp/m.sock\n\
            00000000a4: 00000003 00000000 00000000 0001 03 33020\n";
        assert_eq!(sockets(text, "/tmp/m.sock"), [33017]);
        assert_eq!(sockets(text, "/tmp/a b.sock"), [33018]);
        assert!(sockets(text, "/tmp/none").is_empty() && sockets(text, "").is_empty());
    }

    #[test]
    fn the_kernels_table_is_read_and_only_what_listens() {
        // Recorded from /proc/net/tcp of Linux 6.18 on x86-64.
        let text = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n   0: 00000000:07E8 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1541 1 00000000f476e95f 100 0 0 10 0\n   1: 0100007F:C74A 0100007F:87A5 06 00000000:00000000 03:00000C1A 00000000     0        0 0 3 0000000022a3762f\n";
        if cfg!(target_endian = "little") {
            assert_eq!(table(text), [("*".to_owned(), 2024, 1541)]);
            assert_eq!(address("0100007F").as_deref(), Some("127.0.0.1"));
            assert_eq!(address("00000000000000000000000001000000").as_deref(), Some("::1"));
        }
        assert_eq!(address("xyz"), None);
    }
}
