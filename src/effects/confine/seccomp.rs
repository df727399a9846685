//! System calls that a confined program does without, as a table, and the filter made of it. Pure:
//! both processors are data, and the tests run the filter in a small machine.
//!
//! Landlock holds paths and TCP. This holds the ways around it: other sockets, other processes'
//! memory, namespaces, mounts, keys, and interfaces with a way of their own into the kernel.

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

/// What is done about a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    /// Refused, whatever its arguments.
    Refuse,
    /// Said not to exist, so that libraries take their older way.
    Unknown,
    /// Refused if this argument has one of these bits.
    Bits(u8, u32),
    /// Refused if this argument is one of these.
    Values(u8, &'static [u32]),
    /// `socket`.
    Socket,
    /// `socketpair`.
    Pair,
}

const EPERM: u32 = 1;
const EACCES: u32 = 13;
const ENOSYS: u32 = 38;
/// `CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET`.
const NAMESPACES: u32 = 0x7E02_0000;
/// `TIOCSTI`, `TIOCLINUX`: typing into a terminal on somebody's behalf.
const TYPING: &[u32] = &[0x5412, 0x541C];
/// On x86-64: the bit of the other calling convention, x32, with numbers of its own.
const X32: u32 = 0x4000_0000;

/// Name, number on x86-64, number on aarch64 (`asm/unistd_64.h`, `asm-generic/unistd.h`), rule.
const TABLE: &[(&str, u32, Option<u32>, Rule)] = &[
    // Sockets.
    ("socket", 41, Some(198), Rule::Socket),
    ("socketpair", 53, Some(199), Rule::Pair),
    // Other processes.
    ("ptrace", 101, Some(117), Rule::Refuse),
    ("process_vm_readv", 310, Some(270), Rule::Refuse),
    ("process_vm_writev", 311, Some(271), Rule::Refuse),
    ("process_madvise", 440, Some(440), Rule::Refuse),
    ("pidfd_getfd", 438, Some(438), Rule::Refuse),
    ("kcmp", 312, Some(272), Rule::Refuse),
    ("ioctl", 16, Some(29), Rule::Values(1, TYPING)),
    // Keys.
    ("add_key", 248, Some(217), Rule::Refuse),
    ("request_key", 249, Some(218), Rule::Refuse),
    ("keyctl", 250, Some(219), Rule::Refuse),
    // Namespaces and mounts.
    ("clone", 56, Some(220), Rule::Bits(0, NAMESPACES)),
    ("clone3", 435, Some(435), Rule::Unknown),
    ("unshare", 272, Some(97), Rule::Refuse),
    ("setns", 308, Some(268), Rule::Refuse),
    ("mount", 165, Some(40), Rule::Refuse),
    ("umount2", 166, Some(39), Rule::Refuse),
    ("pivot_root", 155, Some(41), Rule::Refuse),
    ("chroot", 161, Some(51), Rule::Refuse),
    ("open_tree", 428, Some(428), Rule::Refuse),
    ("move_mount", 429, Some(429), Rule::Refuse),
    ("fsopen", 430, Some(430), Rule::Refuse),
    ("fsconfig", 431, Some(431), Rule::Refuse),
    ("fsmount", 432, Some(432), Rule::Refuse),
    ("fspick", 433, Some(433), Rule::Refuse),
    ("mount_setattr", 442, Some(442), Rule::Refuse),
    ("open_tree_attr", 467, Some(467), Rule::Refuse),
    // Files by other names than paths.
    ("open_by_handle_at", 304, Some(265), Rule::Refuse),
    ("fanotify_init", 300, Some(262), Rule::Refuse),
    ("quotactl", 179, Some(60), Rule::Refuse),
    ("quotactl_fd", 443, Some(443), Rule::Refuse),
    // Ways of their own into the kernel.
    ("io_uring_setup", 425, Some(425), Rule::Unknown),
    ("io_uring_enter", 426, Some(426), Rule::Unknown),
    ("io_uring_register", 427, Some(427), Rule::Unknown),
    ("bpf", 321, Some(280), Rule::Refuse),
    ("perf_event_open", 298, Some(241), Rule::Refuse),
    ("userfaultfd", 323, Some(282), Rule::Refuse),
    // The machine itself.
    ("kexec_load", 246, Some(104), Rule::Refuse),
    ("kexec_file_load", 320, Some(294), Rule::Refuse),
    ("reboot", 169, Some(142), Rule::Refuse),
    ("init_module", 175, Some(105), Rule::Refuse),
    ("finit_module", 313, Some(273), Rule::Refuse),
    ("delete_module", 176, Some(106), Rule::Refuse),
    ("settimeofday", 164, Some(170), Rule::Refuse),
    ("clock_settime", 227, Some(112), Rule::Refuse),
    ("clock_adjtime", 305, Some(266), Rule::Refuse),
    ("adjtimex", 159, Some(171), Rule::Refuse),
    ("swapon", 167, Some(224), Rule::Refuse),
    ("swapoff", 168, Some(225), Rule::Refuse),
    ("acct", 163, Some(89), Rule::Refuse),
    ("syslog", 103, Some(116), Rule::Refuse),
    ("vhangup", 153, Some(58), Rule::Refuse),
    ("sethostname", 170, Some(161), Rule::Refuse),
    ("setdomainname", 171, Some(162), Rule::Refuse),
    ("nfsservctl", 180, Some(42), Rule::Refuse),
    ("lookup_dcookie", 212, Some(18), Rule::Refuse),
    ("iopl", 172, None, Rule::Refuse),
    ("ioperm", 173, None, Rule::Refuse),
    ("modify_ldt", 154, None, Rule::Refuse),
];

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
pub fn filter(machine: Machine, network: &Network) -> Vec<Instruction> {
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
fn block(rule: Rule, network: &Network) -> Vec<Instruction> {
    match rule {
        Rule::Refuse => vec![refuse(EPERM)],
        Rule::Unknown => vec![refuse(ENOSYS)],
        Rule::Bits(nth, bits) => {
            vec![argument(nth), jump(ANY_BIT, bits, 0, 1), refuse(EPERM), line(RETURN, ALLOW)]
        }
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
            Network::Tcp(_) => vec![
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

    fn call(machine: Machine, network: &Network, name: &str, arguments: [u64; 3]) -> u32 {
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
            let program = filter(machine, &Network::None);
            for (name, x86, arm, rule) in TABLE {
                let number = if machine == Machine::X86_64 { Some(*x86) } else { *arm };
                let Some(number) = number else { continue };
                let expected = match rule {
                    Rule::Refuse => errno(EPERM),
                    Rule::Unknown => errno(ENOSYS),
                    Rule::Socket | Rule::Pair => errno(EACCES),
                    Rule::Bits(..) | Rule::Values(..) => ALLOW,
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
        let tcp = Network::Tcp(Vec::new());
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
                let said = call(machine, &tcp, "socket", [family, kind, protocol]);
                assert_eq!(said == ALLOW, allowed, "{family} {kind} {protocol}");
                assert_eq!(call(machine, &Network::None, "socket", [family, kind, protocol]), errno(EACCES));
            }
        }
    }

    #[test]
    fn a_pair_is_a_pair_of_unix_streams() {
        for machine in BOTH {
            for (family, kind, allowed) in
                [(1, 1, true), (1, 5 | 0o4000, true), (1, 2, false), (1, 3, false), (2, 1, false)]
            {
                let said = call(machine, &Network::None, "socketpair", [family, kind, 0]);
                assert_eq!(said == ALLOW, allowed, "{family} {kind}");
            }
        }
    }

    #[test]
    fn a_thread_and_a_child_are_no_namespace() {
        for machine in BOTH {
            // What fork and pthread_create ask for.
            for plain in [0x0120_0011, 0x003D_0F00, 0x4111] {
                assert_eq!(call(machine, &Network::None, "clone", [plain, 0, 0]), ALLOW, "{plain:x}");
            }
            for bit in
                [0x0002_0000, 0x0200_0000, 0x0400_0000, 0x0800_0000, 0x1000_0000, 0x2000_0000, 0x4000_0000]
            {
                assert_eq!(call(machine, &Network::None, "clone", [bit | 17, 0, 0]), errno(EPERM), "{bit:x}");
            }
            for (command, allowed) in [(0x5412, false), (0x541C, false), (0x5401, true), (0x5413, true)] {
                let said = call(machine, &Network::None, "ioctl", [0, command, 0]);
                assert_eq!(said == ALLOW, allowed, "{command:x}");
            }
        }
    }

    #[test]
    fn other_calling_conventions_are_no_way_around() {
        let program = filter(Machine::X86_64, &Network::None);
        // ptrace of x32, then of a 32-bit program, then of the other machine.
        assert_eq!(run(&program, Machine::X86_64.audit(), X32 | 521, [0; 3]), errno(ENOSYS));
        assert_eq!(run(&program, 0x4000_0003, 26, [0; 3]), KILL_PROCESS);
        assert_eq!(run(&program, Machine::Aarch64.audit(), 117, [0; 3]), KILL_PROCESS);
    }

    #[test]
    fn jumps_stay_inside() {
        for machine in BOTH {
            for network in [Network::None, Network::Tcp(Vec::new())] {
                let program = filter(machine, &network);
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
