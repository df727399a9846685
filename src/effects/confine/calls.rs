//! System calls that a confined program does without.

/// What is done about a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Refused, whatever its arguments.
    Refuse,
    /// Said not to exist, so that libraries take their older way.
    Unknown,
    /// Refused if this argument has one of these bits.
    Bits(u8, u32),
    /// Refused if this argument is one of these.
    Values(u8, &'static [u32]),
    /// Refused unless this argument is 0, which stands for the caller itself.
    Own(u8),
    /// `socket`.
    Socket,
    /// `socketpair`.
    Pair,
}

/// `CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET`.
const NAMESPACES: u32 = 0x7E02_0000;
/// `TIOCSTI`, `TIOCLINUX`: typing into a terminal on somebody's behalf.
const TYPING: &[u32] = &[0x5412, 0x541C];
/// Name, number on x86-64, number on aarch64 (`asm/unistd_64.h`, `asm-generic/unistd.h`), rule.
pub const TABLE: &[(&str, u32, Option<u32>, Rule)] = &[
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
    ("prlimit64", 302, Some(261), Rule::Own(0)),
    ("setpriority", 141, Some(140), Rule::Own(1)),
    ("ioprio_set", 251, Some(30), Rule::Own(1)),
    ("ioctl", 16, Some(29), Rule::Values(1, TYPING)),
    ("sched_setattr", 314, Some(274), Rule::Own(0)),
    // Not sched_setaffinity: libraries that start threads bind those, too, by number, and would fail.
    ("sched_setscheduler", 144, Some(119), Rule::Own(0)),
    ("sched_setparam", 142, Some(118), Rule::Own(0)),
    ("migrate_pages", 256, Some(238), Rule::Own(0)),
    ("move_pages", 279, Some(239), Rule::Own(0)),
    // Memory, semaphores and messages by number or by a name of their own: no path, and no other
    // rule, keeps those of other programs out.
    ("shmget", 29, Some(194), Rule::Refuse),
    ("shmctl", 31, Some(195), Rule::Refuse),
    ("shmat", 30, Some(196), Rule::Refuse),
    ("semget", 64, Some(190), Rule::Refuse),
    ("semctl", 66, Some(191), Rule::Refuse),
    ("semtimedop", 220, Some(192), Rule::Refuse),
    ("semop", 65, Some(193), Rule::Refuse),
    ("msgget", 68, Some(186), Rule::Refuse),
    ("msgctl", 71, Some(187), Rule::Refuse),
    ("msgrcv", 70, Some(188), Rule::Refuse),
    ("msgsnd", 69, Some(189), Rule::Refuse),
    ("mq_open", 240, Some(180), Rule::Refuse),
    ("mq_unlink", 241, Some(181), Rule::Refuse),
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
