//! Files that run later, outside the gate.

use super::{Guarded, Rule, below_home};
use std::path::Path;

/// Below a home folder, folded.
const BELOW_HOME: &[&str] = &[
    ".zshrc",
    ".zshenv",
    ".zprofile",
    ".zlogin",
    ".zlogout",
    ".bashrc",
    ".bash_profile",
    ".bash_login",
    ".bash_logout",
    ".profile",
    ".inputrc",
    ".config/fish",
    ".gitconfig",
    ".config/git",
    ".config/autostart",
    ".config/systemd",
    ".vimrc",
    ".config/nvim",
    ".tmux.conf",
    ".cargo/config",
    ".cargo/config.toml",
    ".cargo/bin",
    ".local/bin",
    "bin",
    "library/launchagents",
    "library/launchdaemons",
    "library/application support/com.apple.backgroundtaskmanagementagent",
    "library/services",
    "library/input methods",
    ".ssh",
];
/// Elsewhere, folded.
const SYSTEM: &[&str] = &[
    "/etc",
    "/private/etc",
    "/library/launchagents",
    "/library/launchdaemons",
    "/library/startupitems",
    "/system",
    "/usr",
    "/bin",
    "/sbin",
    "/boot",
    "/lib",
    "/lib64",
    "/var/spool/cron",
    "/private/var/at",
    "/opt",
];

pub static RULE: Rule = Rule {
    id: "persistence",
    message: "what is written there runs later and outside the gate: change it yourself",
    forbids,
    must: &[
        "w ~/.zshrc",
        "w ~/.ZSHENV",
        "w ~/Library/LaunchAgents/x.plist",
        "w ~/code/.git/hooks/pre-commit",
        "w ~/code/vendor/sub/.GIT/config",
        "w /etc/cron.d/x",
        "w /usr/local/bin/ls",
        "w ~/.config/systemd/user/x.service",
    ],
    must_not: &[
        "r ~/.zshrc",
        "w ~/code/git/hooks/x",
        "w ~/code/.gitignore",
        "w ~/notes/profile",
        "r /etc/hosts",
    ],
};

fn forbids(path: &Path, writes: bool, guarded: &Guarded) -> bool {
    if !writes {
        return false;
    }
    let whole = super::folded(path);
    let named = Path::new(&whole).components().any(|c| c.as_os_str() == ".git");
    // A git folder by any other name: bare, separate, or reached through a link.
    let is_git = |folder: &Path| ["HEAD", "objects", "refs"].iter().all(|name| folder.join(name).exists());
    let git = named || path.ancestors().skip(1).any(is_git);
    let system = SYSTEM.iter().any(|s| Path::new(&whole).starts_with(s)) || whole == "/";
    git || system
        || below_home(path, guarded)
            .is_some_and(|below| BELOW_HOME.iter().any(|s| Path::new(&below).starts_with(s)))
}
