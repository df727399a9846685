//! Handing a profile to the kernel: for this process and all it starts, for good. The one file of
//! this folder that depends on the system it is compiled for.
#![cfg_attr(not(target_os = "linux"), expect(clippy::disallowed_methods, reason = "hands open files"))]

use super::landlock::Rules;
use super::seccomp::Instruction;
use rustix::fs::{Mode, OFlags};
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

/// Opens a place to name it, not to read it.
#[cfg(target_os = "linux")]
pub const REACH: OFlags = OFlags::PATH;
/// Opens a place to name it.
#[cfg(not(target_os = "linux"))]
pub const REACH: OFlags = OFlags::RDONLY;

/// Opens `path`; a link at any level is an error.
#[cfg(target_os = "linux")]
pub fn open(path: &Path, flags: OFlags, mode: Mode) -> rustix::io::Result<OwnedFd> {
    use rustix::fs::{CWD, ResolveFlags, openat2};
    openat2(CWD, path, flags | OFlags::CLOEXEC, mode, ResolveFlags::NO_SYMLINKS)
}

/// Opens `path`; a link at any level is an error.
#[cfg(not(target_os = "linux"))]
pub fn open(path: &Path, flags: OFlags, mode: Mode) -> rustix::io::Result<OwnedFd> {
    /// `O_NOFOLLOW_ANY`, from sys/fcntl.h of macOS 11 and later.
    const NO_LINKS: OFlags = OFlags::from_bits_retain(0x2000_0000);
    rustix::fs::open(path, flags | NO_LINKS | OFlags::CLOEXEC, mode)
}

/// A file without a name, in memory.
#[cfg(target_os = "linux")]
pub fn nameless() -> io::Result<File> {
    use rustix::fs::{MemfdFlags, memfd_create};
    Ok(memfd_create("order", MemfdFlags::CLOEXEC)?.into())
}

/// A file without a name.
#[cfg(not(target_os = "linux"))]
pub fn nameless() -> io::Result<File> {
    tempfile::tempfile()
}

/// Applies both to this process, which must have no other thread.
///
/// # Errors
/// If any part of it is not enforced: then nothing may be started.
#[cfg(target_os = "linux")]
pub fn enforce(rules: &Rules, filter: &[Instruction]) -> io::Result<()> {
    drop_capabilities();
    restrict(rules).map_err(|e| io::Error::other(format!("landlock: {e}")))?;
    let filter: Vec<_> = filter
        .iter()
        .map(|i| seccompiler::sock_filter { code: i.code, jt: i.jt, jf: i.jf, k: i.k })
        .collect();
    seccompiler::apply_filter(&filter).map_err(|e| io::Error::other(format!("seccomp: {e}")))
}

/// Whether the kernel also keeps signals and abstract sockets inside: Linux 6.12 and later.
#[cfg(target_os = "linux")]
pub fn holds_signals() -> bool {
    use landlock::{ABI, Access as _, CompatLevel, Compatible as _, Ruleset, RulesetAttr as _, Scope};
    let hard = Ruleset::default().set_compatibility(CompatLevel::HardRequirement);
    hard.scope(Scope::from_all(ABI::V6)).and_then(Ruleset::create).is_ok()
}

/// A place, opened: what is granted is what lies there now, without following a link. None for what
/// is not there, or not for this account, or on a server that is gone: it cannot be granted and need
/// not be.
#[cfg(target_os = "linux")]
fn place(path: &Path) -> io::Result<Option<OwnedFd>> {
    use rustix::io::Errno;
    match open(path, REACH, Mode::empty()) {
        Ok(place) => Ok(Some(place)),
        Err(Errno::LOOP) => Err(super::linked(path)),
        // Of these the place itself is no reason.
        Err(e @ (Errno::MFILE | Errno::NFILE | Errno::NOMEM | Errno::NOSYS)) => {
            Err(io::Error::new(e.kind(), format!("cannot open `{}`: {e}", path.display())))
        }
        Err(_) => Ok(None),
    }
}

#[cfg(target_os = "linux")]
fn restrict(rules: &Rules) -> Result<(), Box<dyn std::error::Error>> {
    use super::landlock::Grant;
    use landlock::{
        ABI, Access as _, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible as _, PathBeneath, Ruleset,
        RulesetAttr as _, RulesetCreatedAttr as _, Scope,
    };
    use rustix::fs::{FileType, fstat};
    // Version 4 (Linux 6.7) holds files, truncation and TCP: all that a profile promises. What later
    // versions add is taken where it is there: ioctls of devices (5), signals and abstract sockets (6).
    let needed = ABI::V4;
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    let no_device: BitFlags<AccessFs> = AccessFs::MakeChar | AccessFs::MakeBlock | AccessFs::MakeSock;
    let change = AccessFs::from_all(needed) & !no_device;
    let mut ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(needed))?
        .handle_access(AccessNet::BindTcp)?;
    if !rules.connect {
        ruleset = ruleset.handle_access(AccessNet::ConnectTcp)?;
    }
    let mut created = ruleset
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::IoctlDev)?
        .scope(Scope::from_all(ABI::V6))?
        .create()?;
    // One at a time: a folder may hold more places than this process may have open.
    for (path, grant) in &rules.places {
        let Some(place) = place(path)? else { continue };
        let Ok(stat) = fstat(&place) else { continue };
        let folder = FileType::from_raw_mode(stat.st_mode) == FileType::Directory;
        let rights: BitFlags<AccessFs> = match grant {
            Grant::Look => read,
            Grant::Read => read | AccessFs::Execute,
            Grant::Change => change,
            Grant::Device => AccessFs::ReadFile | AccessFs::WriteFile | AccessFs::Truncate,
        };
        let rights = if folder { rights } else { rights & AccessFs::from_file(needed) };
        created = created.add_rule(PathBeneath::new(place, rights))?;
    }
    let status = created.restrict_self()?;
    if status.ruleset == landlock::RulesetStatus::NotEnforced || !status.no_new_privs {
        return Err("the kernel does not enforce it".into());
    }
    Ok(())
}

/// For root, whom files' modes do not hold: what it executes gets no capability. Where this account
/// has none to drop, there is nothing to do.
#[cfg(target_os = "linux")]
fn drop_capabilities() {
    use rustix::thread::{CapabilitySet, remove_capability_from_bounding_set};
    for capability in CapabilitySet::all().iter() {
        let _ = remove_capability_from_bounding_set(capability);
    }
}

/// This kernel has neither.
///
/// # Errors
/// Always.
#[cfg(not(target_os = "linux"))]
pub fn enforce(_: &Rules, _: &[Instruction]) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// There `sandbox-exec` does, by its own rule.
#[cfg(not(target_os = "linux"))]
pub fn holds_signals() -> bool {
    true
}
