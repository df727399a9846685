//! Programs that never run, and arguments that make a program one of them.

use super::walk::Walk;
use super::word::Value;

/// They change who one is.
const PRIVILEGE: &[&str] = &[
    "sudo",
    "sudoedit",
    "doas",
    "su",
    "pkexec",
    "runuser",
    "run0",
    "visudo",
    "vipw",
    "passwd",
    "chpasswd",
    "chsh",
    "useradd",
    "userdel",
    "usermod",
    "groupadd",
    "groupmod",
    "adduser",
    "deluser",
    "gpasswd",
    "newgrp",
    "sg",
    "setcap",
    "dseditgroup",
    "sysadminctl",
    "pwpolicy",
    "super",
    "please",
    "calife",
    "ksu",
    "gosu",
    "su-exec",
    "polkit-agent-helper-1",
];

/// They make, change or erase disks.
const DISKS: &[&str] = &[
    "fdisk",
    "sfdisk",
    "cfdisk",
    "gdisk",
    "sgdisk",
    "parted",
    "gparted",
    "wipefs",
    "blkdiscard",
    "mkswap",
    "swapoff",
    "pvremove",
    "vgremove",
    "lvremove",
    "mdadm",
    "hdparm",
    "cryptsetup",
    "zpool",
    "badblocks",
    "gpt",
    "asr",
    "nvme",
    "e2label",
    "tune2fs",
    "resize2fs",
    "debugfs",
    "fstrim",
    "bless",
    "newfs",
];

/// They stop or change the system under everything.
const SYSTEM: &[&str] = &[
    "shutdown",
    "reboot",
    "halt",
    "poweroff",
    "init",
    "telinit",
    "kexec",
    "insmod",
    "rmmod",
    "modprobe",
    "depmod",
    "kextload",
    "kextunload",
    "kmutil",
    "nvram",
    "csrutil",
    "fdesetup",
    "tccutil",
    "efibootmgr",
    "grub-install",
    "setenforce",
    "swapon",
    "sysrq",
    "iptables",
    "ip6tables",
    "nft",
    "pfctl",
    "ufw",
    "mount",
    "umount",
];

/// They set the clock: expiry and ceilings count on it.
const CLOCK: &[&str] =
    &["hwclock", "ntpdate", "chronyc", "sntp", "ntpd", "settimeofday", "adjtimex", "rdate"];

/// Commands of fleet's own watch and loops, by how they are stopped.
const STOPPERS: &[&str] =
    &["launchctl", "systemctl", "pkill", "killall", "service", "kill", "skill", "snice", "xkill"];

/// Blocks `name` with `args` if it is one of them.
pub fn judge(walk: &mut Walk<'_>, name: &str, args: &[Value], at: usize) {
    let has = |word: &str| args.iter().any(|v| v.text == word);
    let any = |part: &str| args.iter().any(|v| v.text.to_lowercase().contains(part));
    let first = args.iter().map(|v| v.text.as_str()).find(|t| !t.starts_with('-')).unwrap_or_default();
    if PRIVILEGE.contains(&name) || (name == "osascript" && any("administrator privileges")) {
        walk.block("privilege", at, &format!("`{name}` changes who runs it: no tool does"));
    }
    if name == "dscl" && any("passwd") || name == "security" && any("authorizationdb") {
        walk.block("privilege", at, &format!("`{name}` changes rights: no tool does"));
    }
    let setuid = |t: &str| {
        let octal = t.len() >= 4
            && t.chars().all(|c| c.is_ascii_digit())
            && matches!(t.trim_start_matches('0').len(), 4)
            && !t.starts_with("01");
        octal && t.trim_start_matches('0').starts_with(['2', '4', '6', '7', '3', '5'])
            || (t.contains('+') || t.contains('='))
                && t.rsplit(['+', '='])
                    .next()
                    .is_some_and(|bits| bits.contains('s') && bits.chars().all(|c| "rwxXstugo".contains(c)))
    };
    if matches!(name, "chmod" | "install")
        && args.iter().any(|v| setuid(v.text.trim_start_matches("-m").trim_start_matches("--mode=")))
    {
        walk.block("privilege", at, "a set-user-ID program gives its rights to everyone");
    }
    let looks = matches!(first.to_lowercase().as_str(), "" | "list" | "info" | "activity" | "apfs" | "cs");
    let erases = name == "diskutil" && (!looks || any("delete"))
        || name == "hdiutil" && matches!(first, "erasekeys" | "resize");
    if DISKS.contains(&name)
        || name.starts_with("mkfs")
        || name.starts_with("newfs")
        || name.starts_with("fsck")
        || erases
    {
        walk.block("raw-disk", at, &format!("`{name}` works on disks below the file system: no tool does"));
    }
    let raw = |v: &Value| raw_disk(v.text.rsplit_once('=').map_or(v.text.as_str(), |(_, path)| path));
    if args.iter().any(raw)
        && !matches!(name, "ls" | "stat" | "df" | "lsblk" | "file" | "echo" | "printf" | "test" | "[")
    {
        walk.block("raw-disk", at, "a disk is named as a device: no tool reads or writes one");
    }
    let security = name == "spctl" && any("disable")
        || name == "sysctl" && (has("-w") || any("="))
        || name == "defaults" && any("loginwindow") && has("write");
    if (SYSTEM.contains(&name) && !only_lists(name, args)) || security {
        walk.block("system", at, &format!("`{name}` changes the system under everything: no tool does"));
    }
    clock(walk, name, args, at);
    stops(walk, name, args, at);
    keys(walk, name, args, at);
    later(walk, name, args, at);
}

fn only_lists(name: &str, args: &[Value]) -> bool {
    let texts: Vec<_> = args.iter().map(|v| v.text.as_str()).collect();
    match name {
        "mount" => texts.is_empty() || texts == ["-l"],
        "csrutil" | "fdesetup" | "ufw" => texts == ["status"],
        "nvram" => texts == ["-p"],
        "swapon" => texts.iter().all(|t| matches!(*t, "-s" | "--show")),
        "iptables" | "ip6tables" => {
            texts.iter().all(|t| matches!(*t, "-L" | "-n" | "-v" | "-S" | "--list")) && !texts.is_empty()
        }
        "nft" => texts.first() == Some(&"list"),
        "kmutil" => texts.first() == Some(&"showloaded"),
        _ => false,
    }
}

/// Whether a path names a disk as a device.
pub fn raw_disk(path: &str) -> bool {
    let folded = path.to_lowercase();
    let Some(device) = folded.strip_prefix("/dev/") else { return false };
    [
        "disk", "rdisk", "sd", "hd", "vd", "xvd", "nvme", "mmcblk", "md", "dm-", "loop", "mapper/", "mem",
        "kmem", "port",
    ]
    .iter()
    .any(|start| device.starts_with(start))
}

fn clock(walk: &mut Walk<'_>, name: &str, args: &[Value], at: usize) {
    let sets = match name {
        "date" => args.iter().enumerate().any(|(n, v)| {
            let t = v.text.as_str();
            let set =
                t == "-s" || t == "--set" || t.starts_with("--set=") || t.starts_with("-s") && t.len() > 2;
            // An operand of digits alone is a time to set; the value of an option is not one.
            let digits = t.len() >= 8 && t.chars().all(|c| c.is_ascii_digit() || c == '.');
            let value_of = n.checked_sub(1).and_then(|b| args.get(b)).is_some_and(|b| {
                matches!(b.text.as_str(), "-d" | "-f" | "-v" | "-r" | "--date" | "--file" | "--reference")
            });
            set || digits && !value_of
        }),
        "timedatectl" => args.iter().any(|v| v.text.starts_with("set-")),
        "systemsetup" => args.iter().any(|v| v.text.to_lowercase().starts_with("-set")),
        _ => CLOCK.contains(&name),
    };
    if sets {
        walk.block("clock", at, &format!("`{name}` would set the clock, on which expiry and ceilings count"));
    }
}

fn stops(walk: &mut Walk<'_>, name: &str, args: &[Value], at: usize) {
    if !STOPPERS.contains(&name) {
        return;
    }
    let fleet = args.iter().any(|v| v.text.to_lowercase().contains("fleet"));
    let stops = match name {
        "launchctl" | "systemctl" | "service" => {
            let looks = |t: &str| {
                matches!(
                    t,
                    "list"
                        | "print"
                        | "status"
                        | "show"
                        | "list-units"
                        | "list-timers"
                        | "is-active"
                        | "is-enabled"
                        | "blame"
                        | "cat"
                        | "help"
                )
            };
            let verb = args.iter().map(|v| v.text.as_str()).find(|t| !t.starts_with('-')).unwrap_or_default();
            let power = name == "systemctl"
                && matches!(
                    verb,
                    "poweroff"
                        | "reboot"
                        | "halt"
                        | "suspend"
                        | "hibernate"
                        | "kexec"
                        | "rescue"
                        | "emergency"
                );
            let persists = name == "launchctl"
                && matches!(
                    verb,
                    "load" | "bootstrap" | "submit" | "enable" | "setenv" | "asuser" | "config"
                );
            // A domain without a label is all that runs there.
            let whole = name == "launchctl"
                && (verb == "reboot"
                    || verb == "bootout" && args.iter().any(|v| v.text.matches('/').count() == 1));
            (fleet && !looks(verb)) || power || persists || whole
        }
        "kill" => {
            // `kill -9 -1`, `kill -- -1`: every process of the user; and process 1.
            let targets: Vec<_> = args
                .iter()
                .skip_while(|v| v.text.starts_with('-') && v.text != "--" && v.text != "-1")
                .collect();
            targets.iter().any(|v| v.text == "-1" || v.text == "1" || v.text == "0")
                && (args.len() > 1 || args.iter().any(|v| v.text != "-1"))
        }
        _ => {
            let everyone = args.iter().any(|v| matches!(v.text.as_str(), "-u" | "-U" | "." | ".*" | "-1"));
            fleet || everyone
        }
    };
    if stops {
        walk.block("stops-fleet", at, &format!("`{name}` would stop what watches, or everything of yours"));
    }
}

/// They print keys and passwords that the system keeps.
fn keys(walk: &mut Walk<'_>, name: &str, args: &[Value], at: usize) {
    let any = |part: &str| args.iter().any(|v| v.text.to_lowercase().contains(part));
    let prints = match name {
        "security" => {
            any("find-") || any("dump-keychain") || any("export") || any("unlock") || any("-password")
        }
        "gpg" | "gpg2" => any("export-secret"),
        "secret-tool" | "pass" | "op" | "bw" | "lpass" | "keyring" | "kwallet-query" => {
            !args.is_empty() && !any("--version")
        }
        "gh" => any("token"),
        "gcloud" => any("print-access-token") || any("print-identity-token"),
        "aws" => any("get-session-token") || any("export-credentials") || any("get-secret-value"),
        "kubectl" => any("secret"),
        "vault" => any("read") || any("kv") || any("token"),
        "git" => args.first().is_some_and(|v| v.text == "credential" || v.text.starts_with("credential-")),
        "docker" => any("credential"),
        _ => name.starts_with("git-credential") || name.starts_with("docker-credential"),
    };
    if prints {
        walk.block("secrets", at, &format!("`{name}` would print keys or passwords that the system keeps"));
    }
}

/// They plant what runs later, outside the gate.
fn later(walk: &mut Walk<'_>, name: &str, args: &[Value], at: usize) {
    let plants = match name {
        "crontab" => !args.iter().any(|v| v.text == "-l"),
        "at" | "batch" => !args.iter().any(|v| matches!(v.text.as_str(), "-l" | "-V")),
        "systemd-run" => args.iter().any(|v| v.text.starts_with("--on-") || v.text.starts_with("--timer")),
        "osascript" => args.iter().any(|v| v.text.to_lowercase().contains("login item")),
        _ => false,
    };
    if plants {
        walk.block("persistence", at, &format!("`{name}` plants what runs later and outside the gate"));
    }
}
