//! Files whose name says that they are a key, where no rule knows the folder.

use super::{Guarded, Rule};
use crate::call::Answer;
use crate::gate::fold;
use std::path::Path;

/// Names, folded.
const NAMES: &[&str] = &[
    "id_rsa",
    "id_dsa",
    "id_ecdsa",
    "id_ecdsa_sk",
    "id_ed25519",
    "id_ed25519_sk",
    "credentials.json",
    "client_secret.json",
    "service-account.json",
    "service_account.json",
    "secrets.json",
    "secrets.yml",
    "secrets.yaml",
    "secrets.toml",
    ".pypirc",
    ".npmrc",
    ".envrc",
    ".dockercfg",
    "terraform.tfstate",
];

/// What such names end in. A presentation of Keynote is `.key`, too: a person is asked about it.
const ENDINGS: &[&str] = &[
    "pem", "key", "p12", "pfx", "p8", "pk8", "ppk", "jks", "keystore", "kdb", "kdbx", "keychain", "ovpn",
    "age",
];

pub static RULE: Rule = Rule {
    id: "looks-like-a-key",
    answer: Answer::Ask,
    message: "its name says that it holds a key or a credential",
    forbids,
    must: &[
        "r ~/code/keys/id_ed25519",
        "r ~/code/deploy/ID_RSA",
        "r ~/code/tls/server.pem",
        "r ~/code/tls/server.KEY",
        "w ~/code/cert.p12",
        "r ~/vault.kdbx",
        "r ~/code/.npmrc",
    ],
    must_not: &[
        "r ~/code/id_rsa.pub",
        "r ~/code/keys.rs",
        "r ~/code/pem/readme.md",
        "r ~/code/monkey",
        "r ~/code/key",
        "r ~/code/package.json",
    ],
};

fn forbids(path: &Path, _: bool, _: &Guarded) -> bool {
    let path = fold::path(path);
    let text = |part: Option<&std::ffi::OsStr>| part.map(|n| n.to_string_lossy().into_owned());
    NAMES.iter().any(|name| text(path.file_name()).as_deref() == Some(name))
        || ENDINGS.iter().any(|ending| text(path.extension()).as_deref() == Some(ending))
}
