//! The filter that is made of the table of calls. Pure: both processors are data, and the tests run
//! the filter in a small machine.
//!
//! Landlock holds paths and TCP. This holds the ways around it: other sockets, other processes'
//! memory, namespaces, mounts, keys, and interfaces with a way of their own into the kernel.

use super::calls::{Rule, TABLE};
use super::profile::Network;

/// A processor family with its own numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Machine {
    /// 64-bit Intel and AMD.
    X86_64,
    /// 64-bit ARM.
    Aarch64,
}

impl Machine {
    /// The one this program was compiled for, if there is a table for it.
    pub fn here() -> Option<Self> {
        match std::env::consts::ARCH {
            "x86_64" => Some(Self::X86_64),
            "aarch64" => Some(Self::Aarch64),
            _ => None,
        }
    }

    /// `AUDIT_ARCH_*`, from `linux/audit.h`.
    const fn audit(self) -> u32 {
        match self {
            Self::X86_64 => 0xC000_003E,
            Self::Aarch64 => 0xC000_00B7,
        }
    }
}

/// One instruction of a filter: `struct sock_filter`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instruction {
    pub code: u16,
    pub jt: u8,
    pub jf: u8,
    pub k: u32,
}

const EPERM: u32 = 1;
const EACCES: u32 = 13;
const ENOSYS: u32 = 38;
/// On x86-64: the bit of the other calling convention, x32, with numbers of its own.
const X32: u32 = 0x4000_0000;

// Instructions and results, from `linux/bpf_common.h` and `linux/seccomp.h`.
const LOAD: u16 = 0x20;
const AND: u16 = 0x54;
const EQUAL: u16 = 0x15;
const AT_LEAST: u16 = 0x35;
const ANY_BIT: u16 = 0x45;
const RETURN: u16 = 0x06;
const ALLOW: u32 = 0x7FFF_0000;
const ERRNO: u32 = 0x0005_0000;
const KILL_PROCESS: u32 = 0x8000_0000;

const fn line(code: u16, k: u32) -> Instruction {
    Instruction { code, jt: 0, jf: 0, k }
}

const fn jump(code: u16, k: u32, jt: u8, jf: u8) -> Instruction {
    Instruction { code, jt, jf, k }
}

const fn refuse(errno: u32) -> Instruction {
    line(RETURN, ERRNO | errno)
}

/// The lower half of an argument in `struct seccomp_data`, little endian.
fn argument(nth: u8) -> Instruction {
    line(LOAD, 16 + 8 * u32::from(nth))
}

/// The filter for `machine`. All that the table does not name is allowed.
pub fn filter(machine: Machine, network: Network) -> Vec<Instruction> {
    // Another machine's calls have other numbers: a program of that kind ends here.
    let mut program =
        vec![line(LOAD, 4), jump(EQUAL, machine.audit(), 1, 0), line(RETURN, KILL_PROCESS), line(LOAD, 0)];
    if machine == Machine::X86_64 {
        program.extend([jump(AT_LEAST, X32, 0, 1), refuse(ENOSYS)]);
    }
    for (_, x86, arm, rule) in TABLE {
        let number = match machine {
            Machine::X86_64 => Some(*x86),
            Machine::Aarch64 => *arm,
        };
        let Some(number) = number else { continue };
        let block = block(*rule, network);
        program.push(jump(EQUAL, number, 0, u8::try_from(block.len()).unwrap_or(u8::MAX)));
        program.extend(block);
    }
    program.push(line(RETURN, ALLOW));
    program
}

/// What happens to a call of this rule. Every block ends in a result.
fn block(rule: Rule, network: Network) -> Vec<Instruction> {
    match rule {
        Rule::Refuse => vec![refuse(EPERM)],
        Rule::Unknown => vec![refuse(ENOSYS)],
        Rule::Bits(nth, bits) => {
            vec![argument(nth), jump(ANY_BIT, bits, 0, 1), refuse(EPERM), line(RETURN, ALLOW)]
        }
        Rule::Own(nth) => vec![argument(nth), jump(EQUAL, 0, 1, 0), refuse(EPERM), line(RETURN, ALLOW)],
        Rule::Values(nth, values) => {
            let mut block = vec![argument(nth)];
            for value in values {
                block.extend([jump(EQUAL, *value, 0, 1), refuse(EPERM)]);
            }
            block.push(line(RETURN, ALLOW));
            block
        }
        Rule::Socket => match network {
            Network::None => vec![refuse(EACCES)],
            // AF_INET or AF_INET6, SOCK_STREAM, and TCP itself: no other protocol is held by Landlock.
            Network::Tcp => vec![
                argument(0),
                jump(EQUAL, 2, 2, 0),
                jump(EQUAL, 10, 1, 0),
                refuse(EACCES),
                argument(1),
                line(AND, 0xF),
                jump(EQUAL, 1, 1, 0),
                refuse(EACCES),
                argument(2),
                jump(EQUAL, 0, 1, 0),
                jump(EQUAL, 6, 0, 1),
                line(RETURN, ALLOW),
                refuse(EACCES),
            ],
        },
        // A pair of streams talks to itself alone. A pair of datagram sockets could be pointed at
        // any socket of the file system afterwards.
        Rule::Pair => vec![
            argument(0),
            jump(EQUAL, 1, 1, 0),
            refuse(EACCES),
            argument(1),
            line(AND, 0xF),
            jump(EQUAL, 1, 1, 0),
            jump(EQUAL, 5, 0, 1),
            line(RETURN, ALLOW),
            refuse(EACCES),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: [Machine; 2] = [Machine::X86_64, Machine::Aarch64];

    /// The kernel's machine, as far as these filters use it.
    fn run(program: &[Instruction], arch: u32, number: u32, arguments: [u64; 3]) -> u32 {
        let word = |at: u32| match at {
            0 => number,
            4 => arch,
            _ => u32::try_from(arguments[usize::try_from((at - 16) / 8).unwrap()] & 0xFFFF_FFFF).unwrap(),
        };
        let (mut at, mut register) = (0, 0);
        loop {
            let Instruction { code, jt, jf, k } = program[at];
            at += 1;
            let mut when = |yes: bool| at += usize::from(if yes { jt } else { jf });
            match code {
                LOAD => register = word(k),
                AND => register &= k,
                EQUAL => when(register == k),
                AT_LEAST => when(register >= k),
                ANY_BIT => when(register & k != 0),
                RETURN => return k,
                other => panic!("{other}"),
            }
        }
    }

    fn call(machine: Machine, network: Network, name: &str, arguments: [u64; 3]) -> u32 {
        let row = TABLE.iter().find(|row| row.0 == name).unwrap();
        let number = if machine == Machine::X86_64 { row.1 } else { row.2.unwrap() };
        run(&filter(machine, network), machine.audit(), number, arguments)
    }

    const fn errno(errno: u32) -> u32 {
        ERRNO | errno
    }

    #[test]
    fn every_call_of_the_table_gets_its_answer_and_others_are_left_alone() {
        for machine in BOTH {
            let program = filter(machine, Network::None);
            for (name, x86, arm, rule) in TABLE {
                let number = if machine == Machine::X86_64 { Some(*x86) } else { *arm };
                let Some(number) = number else { continue };
                let expected = match rule {
                    Rule::Refuse => errno(EPERM),
                    Rule::Unknown => errno(ENOSYS),
                    Rule::Socket | Rule::Pair => errno(EACCES),
                    Rule::Bits(..) | Rule::Values(..) | Rule::Own(_) => ALLOW,
                };
                assert_eq!(run(&program, machine.audit(), number, [0; 3]), expected, "{name}");
            }
            // read, openat, execve, exit_group.
            let plain: &[u32] =
                if machine == Machine::X86_64 { &[0, 257, 59, 231] } else { &[63, 56, 221, 94] };
            for number in plain {
                assert_eq!(run(&program, machine.audit(), *number, [0; 3]), ALLOW, "{number}");
            }
        }
    }

    #[test]
    fn without_a_network_there_is_no_socket_and_with_one_only_tcp() {
        for machine in BOTH {
            for (family, kind, protocol, allowed) in [
                (2, 1, 0, true),
                (2, 1, 6, true),
                (10, 1 | 0o2000000, 6, true),
                (2, 2, 0, false),   // UDP
                (2, 1, 262, false), // MPTCP
                (2, 1, 132, false), // SCTP
                (2, 3, 1, false),   // raw
                (1, 1, 0, false),   // unix
                (16, 3, 0, false),  // netlink
                (17, 3, 0, false),  // packet
                (38, 5, 0, false),  // the kernel's cryptography
                (40, 1, 0, false),  // virtual machines
                // The kernel looks at the lower half only, and so does the filter.
                (0x1_0000_0001, 1, 0, false),
                (0x1_0000_0002, 1, 0, true),
            ] {
                let said = call(machine, Network::Tcp, "socket", [family, kind, protocol]);
                assert_eq!(said == ALLOW, allowed, "{family} {kind} {protocol}");
                assert_eq!(call(machine, Network::None, "socket", [family, kind, protocol]), errno(EACCES));
            }
        }
    }

    #[test]
    fn a_pair_is_a_pair_of_unix_streams() {
        for machine in BOTH {
            for (family, kind, allowed) in
                [(1, 1, true), (1, 5 | 0o4000, true), (1, 2, false), (1, 3, false), (2, 1, false)]
            {
                let said = call(machine, Network::None, "socketpair", [family, kind, 0]);
                assert_eq!(said == ALLOW, allowed, "{family} {kind}");
            }
        }
    }

    #[test]
    fn a_thread_and_a_child_are_no_namespace() {
        for machine in BOTH {
            // What fork and pthread_create ask for.
            for plain in [0x0120_0011, 0x003D_0F00, 0x4111] {
                assert_eq!(call(machine, Network::None, "clone", [plain, 0, 0]), ALLOW, "{plain:x}");
            }
            for bit in
                [0x0002_0000, 0x0200_0000, 0x0400_0000, 0x0800_0000, 0x1000_0000, 0x2000_0000, 0x4000_0000]
            {
                assert_eq!(call(machine, Network::None, "clone", [bit | 17, 0, 0]), errno(EPERM), "{bit:x}");
            }
            for (command, allowed) in [(0x5412, false), (0x541C, false), (0x5401, true), (0x5413, true)] {
                let said = call(machine, Network::None, "ioctl", [0, command, 0]);
                assert_eq!(said == ALLOW, allowed, "{command:x}");
            }
        }
    }

    #[test]
    fn limits_and_priorities_are_a_programs_own() {
        for machine in BOTH {
            for (name, nth) in [
                ("prlimit64", 0),
                ("setpriority", 1),
                ("ioprio_set", 1),
                ("sched_setattr", 0),
                ("sched_setscheduler", 0),
                ("sched_setparam", 0),
                ("migrate_pages", 0),
                ("move_pages", 0),
            ] {
                let mut arguments = [0; 3];
                assert_eq!(call(machine, Network::None, name, arguments), ALLOW, "{name}");
                arguments[nth] = 4711;
                assert_eq!(call(machine, Network::None, name, arguments), errno(EPERM), "{name}");
            }
        }
    }

    #[test]
    fn other_calling_conventions_are_no_way_around() {
        let program = filter(Machine::X86_64, Network::None);
        // ptrace of x32, then of a 32-bit program, then of the other machine.
        assert_eq!(run(&program, Machine::X86_64.audit(), X32 | 521, [0; 3]), errno(ENOSYS));
        assert_eq!(run(&program, 0x4000_0003, 26, [0; 3]), KILL_PROCESS);
        assert_eq!(run(&program, Machine::Aarch64.audit(), 117, [0; 3]), KILL_PROCESS);
    }

    #[test]
    fn jumps_stay_inside() {
        for machine in BOTH {
            for network in [Network::None, Network::Tcp] {
                let program = filter(machine, network);
                assert!(program.len() < 4096);
                for (at, line) in program.iter().enumerate() {
                    let furthest = usize::from(line.jt.max(line.jf));
                    assert!(at + 1 + furthest < program.len() || line.code == RETURN, "{at}");
                }
                assert_eq!(program.last(), Some(&line(RETURN, ALLOW)));
            }
        }
    }

    #[test]
    fn no_name_and_no_number_stands_twice() {
        let unique = |mut all: Vec<String>| {
            all.sort();
            all.windows(2).all(|pair| pair[0] != pair[1])
        };
        assert!(unique(TABLE.iter().map(|row| row.0.to_owned()).collect()));
        assert!(unique(TABLE.iter().map(|row| row.1.to_string()).collect()));
        assert!(unique(TABLE.iter().filter_map(|row| row.2).map(|n| n.to_string()).collect()));
    }
}
