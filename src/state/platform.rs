//! Platform is data: both sides compile and are tested everywhere, and one value chooses.

/// The systems fleet runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Platform {
    /// Where users are.
    Macos,
    /// Where tests run, and some users.
    Linux,
}

impl Platform {
    /// The system this binary was built for.
    pub const fn here() -> Self {
        if cfg!(target_os = "macos") { Self::Macos } else { Self::Linux }
    }

    /// Folders where a tool's program is looked up, in this order and nowhere else.
    /// System folders first: a program of the same name elsewhere cannot stand in for them.
    pub const fn program_folders(self) -> &'static [&'static str] {
        match self {
            Self::Macos => &["/usr/bin", "/bin", "/usr/sbin", "/sbin", "/opt/homebrew/bin", "/usr/local/bin"],
            Self::Linux => &["/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin"],
        }
    }

    /// Files in which the system keeps its root certificates; the first that is there counts.
    pub const fn root_files(self) -> &'static [&'static str] {
        match self {
            Self::Macos => &["/etc/ssl/cert.pem"],
            Self::Linux => &[
                "/etc/ssl/certs/ca-certificates.crt",
                "/etc/pki/tls/certs/ca-bundle.crt",
                "/etc/ssl/ca-bundle.pem",
                "/etc/ssl/cert.pem",
            ],
        }
    }

    /// The program that shows a message on the screen.
    pub const fn screen_program(self) -> &'static str {
        match self {
            Self::Macos => "osascript",
            Self::Linux => "notify-send",
        }
    }

    /// The file that tells the system's resolver whom to ask.
    pub const fn resolver_file(self) -> &'static str {
        match self {
            Self::Macos => "/var/run/resolv.conf",
            Self::Linux => "/etc/resolv.conf",
        }
    }
}

/// Makes this process the parent of all below it that lose theirs. Whether the system has that.
#[cfg(target_os = "linux")]
pub(super) fn adopt_orphans() -> bool {
    rustix::process::set_child_subreaper(Some(rustix::process::getpid())).is_ok()
}

/// Lets those that lose their parent from now on go to whom they went before.
#[cfg(target_os = "linux")]
pub(super) fn leave_orphans() {
    let _ = rustix::process::set_child_subreaper(None);
}

/// Nobody came here.
#[cfg(not(target_os = "linux"))]
pub(super) const fn leave_orphans() {}

/// Here whoever loses its parent goes to the system's first process.
#[cfg(not(target_os = "linux"))]
pub(super) const fn adopt_orphans() -> bool {
    false
}

/// Whether of a file only its name is here, and its content would be fetched when it is read.
#[cfg(target_os = "macos")]
pub fn dataless(stat: &rustix::fs::Stat) -> bool {
    /// `SF_DATALESS`, from sys/stat.h.
    const DATALESS: u32 = 0x4000_0000;
    stat.st_flags & DATALESS != 0
}

/// Linux knows no such files.
#[cfg(not(target_os = "macos"))]
pub const fn dataless(_: &rustix::fs::Stat) -> bool {
    false
}

/// Signals exactly the process that `is` finds to be the one meant: it is held by a descriptor before
/// it is looked at, so that no other can get its number in between.
///
/// # Errors
/// The system's; that there is no such process any more, if it is not the one.
#[cfg(target_os = "linux")]
pub(super) fn signal(
    pid: rustix::process::Pid,
    signal: rustix::process::Signal,
    is: &dyn Fn() -> bool,
) -> std::io::Result<()> {
    use rustix::process::{PidfdFlags, pidfd_open, pidfd_send_signal};
    let held = pidfd_open(pid, PidfdFlags::empty())?;
    if !is() {
        return Err(rustix::io::Errno::SRCH.into());
    }
    Ok(pidfd_send_signal(&held, signal)?)
}

/// The same where a process cannot be held: it is looked at right before.
#[cfg(not(target_os = "linux"))]
#[expect(clippy::disallowed_methods, reason = "signals a process")]
pub(super) fn signal(
    pid: rustix::process::Pid,
    signal: rustix::process::Signal,
    is: &dyn Fn() -> bool,
) -> std::io::Result<()> {
    if !is() {
        return Err(rustix::io::Errno::SRCH.into());
    }
    Ok(rustix::process::kill_process(pid, signal)?)
}

/// The name under which fleet's secrets stand in the keychain.
#[cfg(target_os = "macos")]
const SERVICE: &str = "fleet";

/// The secret of this name in the login keychain.
#[cfg(target_os = "macos")]
pub(super) fn keychain_get(name: &str) -> std::io::Result<Option<String>> {
    /// `errSecItemNotFound`, from Security/SecBase.h.
    const NOT_FOUND: i32 = -25300;
    match security_framework::passwords::get_generic_password(SERVICE, name) {
        Ok(bytes) => String::from_utf8(bytes).map(Some).map_err(std::io::Error::other),
        Err(e) if e.code() == NOT_FOUND => Ok(None),
        Err(e) => Err(std::io::Error::other(e)),
    }
}

/// Keeps or removes the secret of this name in the login keychain.
#[cfg(target_os = "macos")]
pub(super) fn keychain_set(name: &str, value: Option<&str>) -> std::io::Result<()> {
    use security_framework::passwords::{delete_generic_password, set_generic_password};
    match value {
        Some(value) => set_generic_password(SERVICE, name, value.as_bytes()).map_err(std::io::Error::other),
        None if keychain_get(name)?.is_none() => Ok(()),
        None => delete_generic_password(SERVICE, name).map_err(std::io::Error::other),
    }
}

/// There is no keychain here, and `Home` names a file.
#[cfg(not(target_os = "macos"))]
pub(super) fn keychain_get(_: &str) -> std::io::Result<Option<String>> {
    Err(std::io::ErrorKind::Unsupported.into())
}

/// There is no keychain here, and `Home` names a file.
#[cfg(not(target_os = "macos"))]
pub(super) fn keychain_set(_: &str, _: Option<&str>) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}
