//! Files that run later, outside the gate.

use super::{Guarded, Rule, below_home, lists};
use crate::call::Answer;
use crate::gate::fold;
use crate::gate::resolve::git::looks_bare;
use std::path::Path;

/// Below a home folder, folded.
const BELOW_HOME: &[&str] = &[
    // Shells and sessions.
    ".zshrc",
    ".zshenv",
    ".zprofile",
    ".zlogin",
    ".zlogout",
    ".zsh",
    ".oh-my-zsh",
    ".config/zsh",
    ".bashrc",
    ".bash_profile",
    ".bash_login",
    ".bash_logout",
    ".bash_aliases",
    ".bashrc.d",
    ".profile",
    ".login",
    ".logout",
    ".cshrc",
    ".tcshrc",
    ".kshrc",
    ".mkshrc",
    ".inputrc",
    ".config/fish",
    ".config/nushell",
    ".xprofile",
    ".xinitrc",
    ".xsession",
    ".xsessionrc",
    ".pam_environment",
    ".config/environment.d",
    ".config/autostart",
    ".config/systemd",
    ".config/plasma-workspace",
    ".local/share/systemd",
    ".local/share/applications",
    ".local/share/dbus-1",
    ".ssh",
    // Programs that run what their configuration says.
    ".gitconfig",
    ".config/git",
    ".githooks",
    ".hgrc",
    ".vimrc",
    ".vim",
    ".ideavimrc",
    ".config/nvim",
    ".emacs",
    ".emacs.d",
    ".config/emacs",
    ".tmux.conf",
    ".config/tmux",
    ".screenrc",
    ".gdbinit",
    ".lldbinit",
    ".pythonrc",
    ".pythonrc.py",
    ".irbrc",
    ".pryrc",
    ".rprofile",
    ".psqlrc",
    ".sqliterc",
    ".npmrc",
    ".yarnrc",
    ".yarnrc.yml",
    ".config/pip",
    ".pip",
    ".curlrc",
    ".wgetrc",
    ".mailcap",
    ".forward",
    ".procmailrc",
    ".hammerspoon",
    ".config/karabiner",
    ".direnvrc",
    ".config/direnv",
    ".config/mise",
    ".asdfrc",
    ".docker/cli-plugins",
    ".kube/plugins",
    ".config/code/user",
    ".vscode/extensions",
    // Folders of programs.
    ".cargo/config",
    ".cargo/config.toml",
    ".cargo/bin",
    ".local/bin",
    ".local/lib",
    "bin",
    "go/bin",
    ".npm-global",
    ".deno/bin",
    ".bun/bin",
    ".pyenv/shims",
    ".rbenv/shims",
    ".asdf",
    ".nvm",
    ".rustup",
    "applications",
    // macOS.
    "library/launchagents",
    "library/launchdaemons",
    "library/application support/com.apple.backgroundtaskmanagementagent",
    "library/application support/code/user",
    "library/application scripts",
    "library/services",
    "library/scripts",
    "library/workflows",
    "library/input methods",
    "library/internet plug-ins",
    "library/quicklook",
    "library/spotlight",
    "library/screen savers",
    "library/preferencepanes",
    "library/preferences",
    "library/colorpickers",
    "library/python",
    "library/keybindings",
];
/// Elsewhere, folded.
const SYSTEM: &[&str] = &[
    "/etc",
    "/library",
    "/applications",
    "/system",
    "/usr",
    "/bin",
    "/sbin",
    "/boot",
    "/efi",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/var/spool",
    "/var/at",
    "/var/db",
    "/opt",
    "/nix",
];

pub static RULE: Rule = Rule {
    id: "persistence",
    answer: Answer::Block,
    message: "what is written there runs later and outside the gate: change it yourself",
    forbids,
    must: &[
        "w ~/.zshrc",
        "w ~/.ZSHENV",
        "w ~/.bash_aliases",
        "w ~/Library/LaunchAgents/x.plist",
        "w ~/code/.git/hooks/pre-commit",
        "w ~/code/vendor/sub/.GIT/config",
        "w ~/code/.g\u{200c}it/config",
        "w /etc/cron.d/x",
        "w /private/etc/cron.d/x",
        "w /System/Volumes/Data/Library/LaunchDaemons/x.plist",
        "w /usr/local/bin/ls",
        "w ~/.config/systemd/user/x.service",
    ],
    must_not: &[
        "r ~/.zshrc",
        "w ~/code/git/hooks/x",
        "w ~/code/.gitignore",
        "w ~/notes/profile",
        "w ~/code/bin/x",
        "r /etc/hosts",
        "w /var/tmp/x",
    ],
};

fn forbids(path: &Path, writes: bool, guarded: &Guarded) -> bool {
    if !writes {
        return false;
    }
    let named = fold::names(path).any(|name| name == ".git");
    // The file that makes a folder a repository.
    let makes = |name: &str| matches!(name, "head" | "config" | "commondir");
    let beside = |folder: &Path| {
        ["HEAD", "objects", "refs", "config"].iter().filter(|n| folder.join(n).exists()).count()
    };
    let completes = fold::names(path).last().is_some_and(|name| makes(&name))
        && path.parent().is_some_and(|f| beside(f) >= 2);
    named
        || completes
        // A git folder by any other name: bare, separate, or reached through a link.
        || path.ancestors().skip(1).any(looks_bare)
        || lists(SYSTEM, &fold::path(path))
        || below_home(path, guarded).is_some_and(|below| lists(BELOW_HOME, &below))
}
