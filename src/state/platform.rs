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
}
