//! Programs that do much, and may be asked for their version.

static VERSIONS: &[(&str, &[&str])] = &[
    (
        "--version",
        &[
            "bash", "brew", "cargo", "clang", "cmake", "curl", "docker", "fd", "gcc", "git", "g++", "gh",
            "java", "jq", "make", "node", "npm", "perl", "php", "pip", "pip3", "psql", "python", "python3",
            "rg", "ruby", "rustc", "sqlite3", "swift", "tar", "uv", "vim", "wget", "zsh",
        ],
    ),
    ("-V", &["python", "python3", "ssh", "rustc", "cargo", "pip", "pip3", "tmux"]),
    ("-v", &["node", "npm", "perl", "php", "ruby", "java"]),
    ("-version", &["java", "javac"]),
    ("version", &["openssl"]),
];

/// Whether `name` asked with `argument` alone says its version and nothing else.
pub fn says_version(name: &str, argument: &str) -> bool {
    VERSIONS.iter().any(|(how, names)| *how == argument && names.contains(&name))
}
