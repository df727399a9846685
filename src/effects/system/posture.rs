//! Whether the machine is guarded: what its own programs and files say, with the words they say it in.

use super::asked::{Question, Said, Silent};
use crate::call::{PostureCheck, visible_line};
use crate::effects::Hand;
use crate::state::Platform;
use serde_json::{Value, json};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// What a check came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Ok,
    Bad,
    Unknown,
}

type Judged = (State, String);

pub fn posture(hand: &Hand<'_>, checks: &[PostureCheck]) -> (Value, Option<String>) {
    let items: Vec<Value> = checks
        .iter()
        .map(|check| {
            let (state, evidence) = of(hand, *check);
            json!({ "check": check, "state": state, "evidence": evidence })
        })
        .collect();
    (json!({ "items": items }), None)
}

fn of(hand: &Hand<'_>, check: PostureCheck) -> Judged {
    let platform = hand.home.platform();
    match (check, platform) {
        (PostureCheck::Perms, _) => permissions(hand.home.tilde()),
        (PostureCheck::Ssh, _) => ssh(hand),
        (PostureCheck::Firewall, Platform::Macos) => asked(hand, &FIREWALL, firewall),
        (PostureCheck::DiskEncryption, Platform::Macos) => asked(hand, &FILEVAULT, filevault),
        (PostureCheck::Sip, Platform::Macos) => asked(hand, &SIP, sip),
        (PostureCheck::Gatekeeper, Platform::Macos) => asked(hand, &GATEKEEPER, gatekeeper),
        (PostureCheck::Updates, Platform::Macos) => asked(hand, &UPDATES, automatic),
        (PostureCheck::Sharing, Platform::Macos) => asked(hand, &SHARING, sharing),
        (PostureCheck::Sip | PostureCheck::Gatekeeper, Platform::Linux) => {
            (State::Unknown, "this is of macOS".into())
        }
        (PostureCheck::Firewall, Platform::Linux) => linux_firewall(hand),
        (PostureCheck::DiskEncryption, Platform::Linux) => asked(hand, &LSBLK, crypt),
        (PostureCheck::Updates, Platform::Linux) => {
            unattended(&std::fs::read_to_string("/etc/apt/apt.conf.d/20auto-upgrades").unwrap_or_default())
        }
        (PostureCheck::Sharing, Platform::Linux) => served(&running()),
    }
}

const fn question(program: &'static str, args: &'static [&'static str]) -> Question<'static> {
    Question { program, args, seconds: 15, env: &[] }
}

const FIREWALL: Question<'_> =
    question("/usr/libexec/ApplicationFirewall/socketfilterfw", &["--getglobalstate"]);
const FILEVAULT: Question<'_> = question("fdesetup", &["status"]);
const SIP: Question<'_> = question("csrutil", &["status"]);
const GATEKEEPER: Question<'_> = question("spctl", &["--status"]);
const UPDATES: Question<'_> = question(
    "defaults",
    &["read", "/Library/Preferences/com.apple.SoftwareUpdate", "AutomaticallyInstallMacOSUpdates"],
);
const SHARING: Question<'_> = question("launchctl", &["print-disabled", "system"]);
const LSBLK: Question<'_> = question("lsblk", &["--json", "--output", "NAME,TYPE,MOUNTPOINT"]);
const NFT: Question<'_> = question("nft", &["list", "ruleset"]);

fn asked(hand: &Hand<'_>, question: &Question<'_>, judge: fn(&Said) -> Judged) -> Judged {
    match question.ask(hand) {
        Ok(said) => judge(&said),
        Err(Silent::Missing(why) | Silent::Stopped(why)) => (State::Unknown, why),
    }
}

/// Good if it says the one, bad if it says the other, else unknown: a refusal is never "ok".
fn either(said: &Said, good: &str, bad: &[&str]) -> Judged {
    let text = format!("{}\n{}", said.out, said.err).to_lowercase();
    let state = if bad.iter().any(|bad| text.contains(bad)) {
        State::Bad
    } else if text.contains(good) {
        State::Ok
    } else {
        State::Unknown
    };
    (state, said.line())
}

fn firewall(said: &Said) -> Judged {
    either(said, "firewall is enabled", &["firewall is disabled"])
}

fn filevault(said: &Said) -> Judged {
    either(said, "filevault is on", &["filevault is off"])
}

fn sip(said: &Said) -> Judged {
    // A custom configuration has a part of it switched off.
    either(said, "status: enabled", &["status: disabled", "custom configuration"])
}

fn gatekeeper(said: &Said) -> Judged {
    either(said, "assessments enabled", &["assessments disabled"])
}

fn automatic(said: &Said) -> Judged {
    match said.out.trim() {
        "1" => (State::Ok, "macOS installs updates by itself".into()),
        "0" => (State::Bad, "macOS does not install updates by itself".into()),
        // Where nothing was chosen, what holds depends on the version.
        _ => (State::Unknown, said.line()),
    }
}

/// Services of macOS that share something, by their labels.
const SHARED: &[(&str, &str)] = &[
    ("com.apple.smbd", "file sharing"),
    ("com.apple.screensharing", "screen sharing"),
    ("com.apple.AEServer", "remote Apple events"),
    ("com.apple.RemoteDesktop.agent", "remote management"),
    ("com.apple.nfsd", "NFS"),
];

fn sharing(said: &Said) -> Judged {
    if !said.out.contains("disabled services = {") {
        return (State::Unknown, said.line());
    }
    let on = |label: &str| {
        let line = said.out.lines().find_map(|line| line.trim().strip_prefix(&format!("\"{label}\" => ")));
        matches!(line, Some("enabled" | "false"))
    };
    let found: Vec<_> = SHARED.iter().filter(|(label, _)| on(label)).map(|(_, what)| *what).collect();
    match found.is_empty() {
        true => (State::Ok, "no service that shares something is enabled".into()),
        false => (State::Bad, found.join(", ")),
    }
}

fn linux_firewall(hand: &Hand<'_>) -> Judged {
    let ufw = std::fs::read_to_string("/etc/ufw/ufw.conf").unwrap_or_default();
    if ufw.lines().any(|line| line.trim() == "ENABLED=yes") {
        return (State::Ok, "/etc/ufw/ufw.conf: ENABLED=yes".into());
    }
    match NFT.ask(hand) {
        Ok(said) if said.code == Some(0) && said.out.contains("hook input") => {
            (State::Ok, "nft has a chain at the input hook".into())
        }
        Ok(said) if said.code == Some(0) => {
            (State::Bad, "nft has no chain at the input hook, and ufw is off".into())
        }
        Ok(said) => (State::Unknown, said.line()),
        Err(why) => (State::Unknown, format!("ufw is off or not there; {why}")),
    }
}

/// Whether `/` lies on something encrypted, in what `lsblk --json` says.
fn crypt(said: &Said) -> Judged {
    fn above(devices: &Value, encrypted: bool) -> Option<bool> {
        devices.as_array()?.iter().find_map(|device| {
            let text = |name: &str| device.get(name).and_then(Value::as_str);
            let encrypted = encrypted || text("type") == Some("crypt");
            if text("mountpoint") == Some("/") {
                return Some(encrypted);
            }
            above(device.get("children")?, encrypted)
        })
    }
    let said: Value = serde_json::from_str(&said.out).unwrap_or_default();
    match said.get("blockdevices").and_then(|devices| above(devices, false)) {
        Some(true) => (State::Ok, "`/` lies on an encrypted device".into()),
        Some(false) => (State::Bad, "`/` lies on a device that is not encrypted".into()),
        None => (State::Unknown, "lsblk does not say where `/` lies".into()),
    }
}

fn unattended(text: &str) -> Judged {
    let line = text.lines().find(|line| line.trim_start().starts_with("APT::Periodic::Unattended-Upgrade"));
    match line {
        Some(line) if line.contains("\"0\"") => (State::Bad, line.trim().into()),
        Some(line) => (State::Ok, line.trim().into()),
        None if Path::new("/etc/apt").is_dir() => {
            (State::Bad, "no unattended upgrades: `/etc/apt/apt.conf.d/20auto-upgrades` says nothing".into())
        }
        None => (State::Unknown, "how this system updates itself is not known".into()),
    }
}

/// Names of programs that run.
fn running() -> Vec<String> {
    let pids = std::fs::read_dir("/proc").into_iter().flatten();
    let name = |pid: std::ffi::OsString| {
        let pid: i32 = pid.to_str()?.parse().ok()?;
        std::fs::read_to_string(format!("/proc/{pid}/comm")).ok().map(|name| name.trim_end().to_owned())
    };
    pids.filter_map(|entry| name(entry.ok()?.file_name())).collect()
}

fn served(running: &[String]) -> Judged {
    let serves = ["smbd", "nfsd", "vino-server", "x11vnc", "xrdp", "gnome-remote-de", "vsftpd"];
    let found: Vec<_> = serves.into_iter().filter(|name| running.iter().any(|r| r == name)).collect();
    match found.is_empty() {
        true => (State::Ok, "no program that shares files or the screen runs".into()),
        false => (State::Bad, format!("runs: {}", found.join(", "))),
    }
}

/// An SSH server is off, or takes no passwords.
fn ssh(hand: &Hand<'_>) -> Judged {
    let on = match hand.home.platform() {
        Platform::Linux => running().iter().any(|name| name == "sshd"),
        Platform::Macos => match question("launchctl", &["print", "system/com.openssh.sshd"]).ask(hand) {
            Ok(said) => said.code == Some(0),
            Err(why) => return (State::Unknown, why.to_string()),
        },
    };
    if !on {
        return (State::Ok, "no SSH server runs".into());
    }
    let mut files = vec![Path::new("/etc/ssh/sshd_config").to_path_buf()];
    let more = std::fs::read_dir("/etc/ssh/sshd_config.d").into_iter().flatten();
    let mut more: Vec<_> = more.filter_map(|e| e.ok().map(|e| e.path())).collect();
    // Files of that folder are included at the top, and the first word counts.
    more.sort();
    more.append(&mut files);
    passwords(more.iter().filter_map(|path| std::fs::read_to_string(path).ok()))
}

/// The first `PasswordAuthentication` counts, as sshd_config(5) has it; without one it takes them.
fn passwords(texts: impl Iterator<Item = String>) -> Judged {
    let mut seen = false;
    for text in texts {
        seen = true;
        for line in text.lines() {
            let mut words = line.split_whitespace();
            if words.next().is_some_and(|word| word.eq_ignore_ascii_case("PasswordAuthentication")) {
                let state = if words.next() == Some("no") { State::Ok } else { State::Bad };
                return (state, visible_line(line.trim(), 100));
            }
        }
    }
    match seen {
        true => (State::Bad, "the SSH server takes passwords, since nothing says otherwise".into()),
        false => (State::Unknown, "the SSH server's configuration cannot be read".into()),
    }
}

/// Places of a home folder, with the bits that others must not have.
const PRIVATE: &[(&str, u32)] = &[
    ("", 0o022),
    (".ssh", 0o077),
    (".gnupg", 0o077),
    (".aws/credentials", 0o077),
    (".netrc", 0o077),
    (".npmrc", 0o077),
    (".pypirc", 0o077),
    (".pgpass", 0o077),
    (".docker/config.json", 0o077),
    (".kube/config", 0o077),
    (".config/gh/hosts.yml", 0o077),
];

/// Modes alone are looked at, never a content.
fn permissions(home: &Path) -> Judged {
    let mut bad = Vec::new();
    let mut look = |path: &Path, bits: u32| {
        if let Ok(meta) = path.symlink_metadata()
            && !meta.is_symlink()
            && meta.mode() & bits != 0
        {
            bad.push(format!("{} ({:04o})", path.display(), meta.mode() & 0o7777));
        }
    };
    for (name, bits) in PRIVATE {
        look(&home.join(name), *bits);
    }
    let keys =
        std::fs::read_dir(home.join(".ssh")).into_iter().flatten().filter_map(|e| e.ok().map(|e| e.path()));
    for key in keys.filter(|path| path.extension().is_none_or(|e| e != "pub")) {
        let name = key.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with("id_") || key.extension().is_some_and(|e| e == "pem" || e == "key") {
            look(&key, 0o077);
        }
    }
    match bad.is_empty() {
        true => (State::Ok, "nobody else can read or change what is private".into()),
        false => (State::Bad, visible_line(&format!("others can: {}", bad.join(", ")), 1000)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(out: &str) -> Said {
        Said { code: Some(0), out: out.into(), err: String::new() }
    }

    #[test]
    fn what_macos_says_is_judged_and_what_it_does_not_say_is_unknown() {
        // As public projects record these for macOS 13 to 26; none was recorded by us.
        for (judge, good, bad) in [
            (
                firewall as fn(&Said) -> Judged,
                "Firewall is enabled. (State = 1)\n",
                "Firewall is disabled. (State = 0)\n",
            ),
            (filevault, "FileVault is On.\n", "FileVault is Off.\n"),
            (
                sip,
                "System Integrity Protection status: enabled.\n",
                "System Integrity Protection status: disabled.\n",
            ),
            (
                sip,
                "System Integrity Protection status: enabled.\n",
                "System Integrity Protection status: enabled (Custom Configuration).\n",
            ),
            (gatekeeper, "assessments enabled\n", "assessments disabled\n"),
            (automatic, "1\n", "0\n"),
        ] {
            assert_eq!((judge(&said(good)).0, judge(&said(bad)).0), (State::Ok, State::Bad), "{good}");
            assert_eq!(judge(&said("")).0, State::Unknown);
            assert_eq!(judge(&said("must be run as root")).0, State::Unknown);
        }
        let block =
            |word: &str| said(&format!("disabled services = {{\n\t\"com.apple.smbd\" => {word}\n}}\n"));
        for (word, state) in
            [("enabled", State::Bad), ("false", State::Bad), ("disabled", State::Ok), ("true", State::Ok)]
        {
            assert_eq!(sharing(&block(word)).0, state, "{word}");
        }
    }

    #[test]
    fn linux_is_judged_by_its_files() {
        // The shape of `lsblk --json` of util-linux 2.38.
        let of = |kind: &str| {
            said(&format!(
                r#"{{"blockdevices":[{{"name":"vda","type":"disk","mountpoint":null,"children":[{{"name":"x","type":"{kind}","mountpoint":"/"}}]}}]}}"#
            ))
        };
        assert_eq!(
            (crypt(&of("crypt")).0, crypt(&of("part")).0, crypt(&said("")).0),
            (State::Ok, State::Bad, State::Unknown)
        );
        assert_eq!(unattended("APT::Periodic::Unattended-Upgrade \"1\";\n").0, State::Ok);
        assert_eq!(unattended("APT::Periodic::Unattended-Upgrade \"0\";\n").0, State::Bad);
        let config = |text: &str| passwords(std::iter::once(text.to_owned())).0;
        assert_eq!(config("# PasswordAuthentication no\nPasswordAuthentication no\n"), State::Ok);
        assert_eq!(
            (config("Port 22\n"), config("passwordauthentication yes\nPasswordAuthentication no\n")),
            (State::Bad, State::Bad)
        );
        assert_eq!(passwords(std::iter::empty()).0, State::Unknown);
        assert_eq!((served(&["bash".into()]).0, served(&["smbd".into()]).0), (State::Ok, State::Bad));
    }

    #[test]
    fn modes_that_let_others_in_are_named() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let home = dir.path().canonicalize().unwrap();
        std::fs::set_permissions(&home, std::fs::Permissions::from_mode(0o755)).unwrap();
        std::fs::create_dir(home.join(".ssh")).unwrap();
        std::fs::set_permissions(home.join(".ssh"), std::fs::Permissions::from_mode(0o700)).unwrap();
        for (name, mode) in [("id_ed25519", 0o600), ("id_ed25519.pub", 0o644), ("known_hosts", 0o644)] {
            std::fs::write(home.join(".ssh").join(name), "x").unwrap();
            std::fs::set_permissions(home.join(".ssh").join(name), std::fs::Permissions::from_mode(mode))
                .unwrap();
        }
        assert_eq!(permissions(&home).0, State::Ok);
        std::fs::set_permissions(home.join(".ssh/id_ed25519"), std::fs::Permissions::from_mode(0o640))
            .unwrap();
        let (state, evidence) = permissions(&home);
        assert!(state == State::Bad && evidence.contains("id_ed25519 (0640)"), "{evidence}");
    }
}
