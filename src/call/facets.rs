//! What an effect reaches, seen the same way by rules, policy, ceilings and people.

use super::Effect;

impl Effect {
    /// Hosts that it reaches over a network, as resolved: lower case, without a trailing dot.
    pub fn hosts(&self) -> Vec<&str> {
        match self {
            Self::Web(e) => Some(e.host.as_str()).filter(|host| !host.is_empty()).into_iter().collect(),
            Self::Remote(e) => e.hosts(),
            Self::Screen(_)
            | Self::Mail(_)
            | Self::Extract(_)
            | Self::FileRead(_)
            | Self::FileList(_)
            | Self::FileWrite(_)
            | Self::FileMove(_)
            | Self::FileTrash(_)
            | Self::GitRead(_)
            | Self::GitBranchDelete(_)
            | Self::FileRestore(_)
            | Self::GitBranchRestore(_) => Vec::new(),
            Self::Spawn(e) => e.hosts.iter().map(String::as_str).collect(),
        }
    }

    /// Addresses that get a message.
    pub fn recipients(&self) -> Vec<&str> {
        match self {
            Self::Mail(e) => e.recipients().map(|r| r.address.as_str()).collect(),
            Self::Remote(_)
            | Self::Screen(_)
            | Self::Web(_)
            | Self::Extract(_)
            | Self::FileRead(_)
            | Self::FileList(_)
            | Self::FileWrite(_)
            | Self::FileMove(_)
            | Self::FileTrash(_)
            | Self::GitRead(_)
            | Self::GitBranchDelete(_)
            | Self::FileRestore(_)
            | Self::GitBranchRestore(_)
            | Self::Spawn(_) => Vec::new(),
        }
    }

    /// Programs that it starts for the caller, by the name or path that was asked.
    pub fn programs(&self) -> Vec<&str> {
        match self {
            Self::Spawn(e) => {
                let stages = e.steps.iter().flat_map(|step| &step.pipeline);
                let first = stages.filter_map(|stage| stage.argv.first());
                let mut all: Vec<_> = first.chain(&e.programs).map(String::as_str).collect();
                all.sort_unstable();
                all.dedup();
                all
            }
            Self::Screen(e) => e.argv.first().map(String::as_str).into_iter().collect(),
            Self::Remote(_)
            | Self::Web(_)
            | Self::Mail(_)
            | Self::Extract(_)
            | Self::FileRead(_)
            | Self::FileList(_)
            | Self::FileWrite(_)
            | Self::FileMove(_)
            | Self::FileTrash(_)
            | Self::GitRead(_)
            | Self::FileRestore(_)
            | Self::GitBranchRestore(_)
            | Self::GitBranchDelete(_) => Vec::new(),
        }
    }

    /// Whether others may see what it does, and cannot be made to forget it.
    pub const fn sends(&self) -> bool {
        match self {
            Self::Spawn(e) => e.network,
            Self::Web(e) => !e.method.reads(),
            Self::Mail(_) => true,
            Self::Remote(e) => !e.reads(),
            Self::Screen(_)
            | Self::Extract(_)
            | Self::FileRead(_)
            | Self::FileList(_)
            | Self::FileWrite(_)
            | Self::FileMove(_)
            | Self::FileTrash(_)
            | Self::GitRead(_)
            | Self::FileRestore(_)
            | Self::GitBranchRestore(_)
            | Self::GitBranchDelete(_) => false,
        }
    }
}
