//! Files of a project that a tool of the developer runs by itself: on entering the folder, on
//! opening it, on a commit or push, or when a language starts there.

use super::{Guarded, Rule};
use crate::call::Answer;
use crate::gate::fold;
use std::path::Path;

/// File names, folded.
const FILES: &[&str] = &[
    ".envrc",
    ".mise.toml",
    "mise.toml",
    ".gitmodules",
    ".gitlab-ci.yml",
    ".travis.yml",
    "jenkinsfile",
    ".pre-commit-config.yaml",
    "lefthook.yml",
    ".lefthook.yml",
    ".huskyrc",
    ".npmrc",
    ".yarnrc",
    ".yarnrc.yml",
    ".pnpmfile.cjs",
    ".mcp.json",
    ".exrc",
    ".nvimrc",
    ".lvimrc",
    ".gdbinit",
    ".lldbinit",
    ".dir-locals.el",
    ".rprofile",
    ".irbrc",
    "sitecustomize.py",
    "usercustomize.py",
];

/// Folders, as the names at the end of their path, folded.
const FOLDERS: &[&str] = &[
    ".github/workflows",
    ".github/actions",
    ".gitea/workflows",
    ".forgejo/workflows",
    ".circleci",
    ".buildkite",
    ".vscode",
    ".idea",
    ".fleet",
    ".zed",
    ".devcontainer",
    ".husky",
    ".githooks",
    ".yarn/plugins",
    ".yarn/releases",
    ".claude",
    ".cursor",
    ".mise",
];

pub static RULE: Rule = Rule {
    id: "runs-by-itself",
    answer: Answer::Ask,
    message: "a tool of the developer runs what is written there, without being asked to",
    forbids,
    must: &[
        "w ~/code/.envrc",
        "w ~/code/.ENVRC",
        "w ~/code/.vscode/tasks.json",
        "w ~/code/.idea/workspace.xml",
        "w ~/code/sub/.husky/pre-commit",
        "w ~/code/.github/workflows/ci.yml",
        "w ~/code/.github/workflows",
        "w ~/code/.cargo/config.toml",
        "w ~/code/lib/extra.pth",
        "w ~/code/.gitlab-ci.yml",
    ],
    must_not: &[
        "r ~/code/.envrc",
        "w ~/code/Makefile",
        "w ~/code/package.json",
        "w ~/code/.github/CODEOWNERS",
        "w ~/code/workflows/ci.yml",
        "w ~/code/.envrc.md",
        "w ~/code/vscode/tasks.json",
    ],
};

fn forbids(path: &Path, writes: bool, _: &Guarded) -> bool {
    if !writes {
        return false;
    }
    let path = fold::path(path);
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let cargo = path.ends_with(".cargo/config") || path.ends_with(".cargo/config.toml");
    let folder = path.ancestors().any(|above| FOLDERS.iter().any(|folder| above.ends_with(folder)));
    cargo || folder || FILES.contains(&name.as_str()) || name.ends_with(".pth")
}
