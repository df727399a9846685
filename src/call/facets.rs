//! What an effect reaches, seen the same way by rules, policy, ceilings and people.

use super::{Address, Effect};

/// What an effect has to do with beyond the files of this machine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach<'e> {
    /// Hosts that it reaches over a network, as resolved: lower case, without a trailing dot.
    pub hosts: Vec<&'e str>,
    /// Who gets a message.
    pub recipients: Vec<&'e Address>,
    /// Programs that it starts for the caller, by the name or path that was asked.
    pub programs: Vec<&'e str>,
    /// Whether others may see what it does, and cannot be made to forget it.
    pub sends: bool,
}

impl Reach<'_> {
    /// Whether anything of it leaves this machine.
    pub fn leaves(&self) -> bool {
        self.sends || !self.hosts.is_empty() || !self.recipients.is_empty()
    }
}

impl Effect {
    /// Hosts, recipients and programs of it, and whether it sends.
    pub fn reach(&self) -> Reach<'_> {
        match self {
            Self::Web(e) => Reach {
                hosts: Some(e.host.as_str()).filter(|host| !host.is_empty()).into_iter().collect(),
                sends: !e.method.reads(),
                ..Reach::default()
            },
            Self::Mail(e) => Reach { recipients: e.recipients().collect(), sends: true, ..Reach::default() },
            Self::Spawn(e) => {
                let stages = e.steps.iter().flat_map(|step| &step.pipeline);
                let first = stages.filter_map(|stage| stage.argv.first());
                let mut programs: Vec<_> = first.chain(&e.programs).map(String::as_str).collect();
                programs.sort_unstable();
                programs.dedup();
                let hosts = e.hosts.iter().map(String::as_str).collect();
                Reach { hosts, programs, sends: e.network, ..Reach::default() }
            }
            Self::Remote(e) => Reach { hosts: e.hosts(), sends: !e.reads(), ..Reach::default() },
            Self::Screen(e) => Reach {
                programs: e.argv.first().map(String::as_str).into_iter().collect(),
                ..Reach::default()
            },
            Self::GitChange(e) => Reach {
                hosts: e
                    .remote()
                    .map(|r| r.host.as_str())
                    .filter(|host| !host.is_empty())
                    .into_iter()
                    .collect(),
                sends: matches!(e, super::GitChange::Push(_)),
                ..Reach::default()
            },
            // What a shortcut does, nobody can tell beforehand.
            Self::Shortcut(_) => Reach { sends: true, ..Reach::default() },
            Self::Extract(_)
            | Self::FileRead(_)
            | Self::FileList(_)
            | Self::FileWrite(_)
            | Self::FileMove(_)
            | Self::FileTrash(_)
            | Self::GitRead(_)
            | Self::GitBranchDelete(_)
            | Self::FileRestore(_)
            | Self::Look(_)
            // A loopback address or a socket: nothing of it leaves.
            | Self::Model(_)
            | Self::Fleet(_)
            | Self::Stop(_)
            | Self::GitBranchRestore(_) => Reach::default(),
        }
    }
}
