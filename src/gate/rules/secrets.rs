//! Keys, credentials and other people's words.

use super::{Guarded, Rule, below_home};
use std::path::Path;

/// Folders and files below a home folder, folded.
const BELOW_HOME: &[&str] = &[
    ".ssh",
    ".gnupg",
    ".aws",
    ".azure",
    ".kube",
    ".docker/config.json",
    ".config/gcloud",
    ".config/gh",
    ".netrc",
    ".npmrc",
    ".pypirc",
    ".git-credentials",
    ".config/git/credentials",
    ".pgpass",
    ".my.cnf",
    ".cargo/credentials",
    ".cargo/credentials.toml",
    ".password-store",
    ".local/share/keyrings",
    ".vault-token",
    ".mozilla",
    ".config/google-chrome",
    ".config/chromium",
    ".bash_history",
    ".zsh_history",
    ".python_history",
    "library/keychains",
    "library/messages",
    "library/cookies",
    "library/mail",
    "library/safari",
    "library/application support/google/chrome",
    "library/application support/firefox",
    "library/application support/com.apple.tcc",
    "library/group containers",
];

/// Names that hold secrets wherever they lie, folded.
const NAMES: &[&str] =
    &[".env", "id_rsa", "id_ed25519", "id_ecdsa", "id_dsa", ".netrc", ".git-credentials", ".htpasswd"];
/// What follows `.env.` in a template that holds none.
const TEMPLATES: &[&str] = &["example", "sample", "template", "dist"];
/// System files.
const SYSTEM: &[&str] = &[
    "/etc/shadow",
    "/etc/gshadow",
    "/etc/sudoers",
    "/etc/sudoers.d",
    "/etc/ssh",
    "/etc/master.passwd",
    "/private/etc/master.passwd",
    "/private/etc/sudoers",
    "/private/etc/sudoers.d",
    "/private/etc/ssh",
    "/library/keychains",
    "/private/var/db/dslocal",
    "/var/db/dslocal",
];

pub static RULE: Rule = Rule {
    id: "secrets",
    message: "this path holds keys, credentials or private messages: no tool reads or changes it",
    forbids,
    must: &[
        "r ~/.ssh/id_rsa",
        "r ~/.ssh",
        "w ~/.ssh/authorized_keys",
        "r ~/.AWS/credentials",
        "r ~/.netrc",
        "r ~/Library/Keychains/login.keychain-db",
        "r ~/code/.env",
        "r ~/code/.env.production",
        "r /etc/shadow",
        "r /private/etc/sudoers",
        "r ~/code/keys/id_ed25519",
        "w ~",
    ],
    must_not: &["r ~/code/.env.example", "r ~/code/env", "r ~/sshd.md", "r /etc/hosts", "w ~/code", "r ~"],
};

fn forbids(path: &Path, writes: bool, guarded: &Guarded) -> bool {
    let whole = super::folded(path);
    let name = path.file_name().map(|n| n.to_string_lossy().to_lowercase()).unwrap_or_default();
    let environment = name.strip_prefix(".env.").is_some_and(|rest| !TEMPLATES.contains(&rest));
    let system = SYSTEM
        .iter()
        .any(|s| Path::new(&whole).starts_with(s) || (writes && Path::new(s).starts_with(&whole)));
    let own = below_home(path, guarded).is_some_and(|below| {
        BELOW_HOME
            .iter()
            .any(|s| Path::new(&below).starts_with(s) || (writes && Path::new(s).starts_with(&below)))
    });
    environment || system || own || NAMES.contains(&name.as_str())
}
