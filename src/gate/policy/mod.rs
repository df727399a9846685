//! `config/policy.toml`: what is inside, how strict to be there, and the owner's own rules.

mod below;
mod example;
mod facts;
mod fault;
mod file;
mod glob;
mod hours;
mod lint;
mod matcher;
mod rule;
mod shown;
#[cfg(test)]
mod tests;
mod weigh;

use super::fold::fold;
use super::hosts::Network;
use super::judged::least;
use crate::call::{Digest, Reason, Risk};
use crate::canon::sha256;
use crate::state::{Home, small};
use crate::tools;
pub use fault::Fault;
use file::{File, Lines};
use rule::Rule;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A policy that does not read. It forbids everything, so that a mistake in it opens nothing.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// The file is missing or unreadable.
    #[error("cannot read the policy `{0}`: {1}")]
    Io(PathBuf, std::io::Error),
    /// It is not what it must be.
    #[error("the policy `{0}` is refused, and every call with it: {2}")]
    Toml(PathBuf, usize, String),
}

/// The policy in force.
#[derive(Debug, Clone)]
pub struct Policy {
    /// The file.
    pub path: PathBuf,
    /// The hash of policy and settings together; logged with every decision.
    pub digest: Digest,
    text: String,
    lines: Lines,
    file: File,
    rules: Vec<Rule>,
}

/// How strict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// LOW and MEDIUM run inside the workspace.
    #[default]
    Standard,
    /// Every change asks.
    Strict,
}

impl Policy {
    /// Reads the policy of `home`. A missing file is a fault, not a beginning.
    ///
    /// # Errors
    /// [`PolicyError`] names the file and the line.
    pub fn load(home: &Home) -> Result<Self, PolicyError> {
        Self::load_beside(home, &settings(home))
    }

    /// The same for who has read the settings already.
    ///
    /// # Errors
    /// [`PolicyError`].
    pub(super) fn load_beside(home: &Home, settings: &[u8]) -> Result<Self, PolicyError> {
        Self::from_file(home.policy(), settings, home)
    }

    /// Reads the file `path` as the policy of `home`.
    ///
    /// # Errors
    /// [`PolicyError`] names the file and the line.
    pub fn load_from(path: PathBuf, home: &Home) -> Result<Self, PolicyError> {
        Self::from_file(path, &settings(home), home)
    }

    fn from_file(path: PathBuf, settings: &[u8], home: &Home) -> Result<Self, PolicyError> {
        let text = small::text(&path, MOST).map_err(|e| PolicyError::Io(path.clone(), e))?;
        Self::read_beside(path, text, settings, home)
    }

    /// Reads `text` as the policy of `home`, as if it stood in `path`.
    ///
    /// # Errors
    /// [`PolicyError::Toml`].
    pub fn read(path: PathBuf, text: String, home: &Home) -> Result<Self, PolicyError> {
        Self::read_beside(path, text, &settings(home), home)
    }

    fn read_beside(path: PathBuf, text: String, settings: &[u8], home: &Home) -> Result<Self, PolicyError> {
        let refused = |line: usize, why: String| PolicyError::Toml(path.clone(), line, why);
        let lines = Lines::of(&text);
        let file: File = toml::from_str(&text).map_err(|e| {
            let line = e.span().map_or(1, |span| lines.at(span.start));
            refused(line, e.to_string().trim_end().to_owned())
        })?;
        let line = |key: &str| line_with(&text, key).unwrap_or(1);
        if let Some(version) = file.version.filter(|v| *v != 1) {
            let why = format!("version {version} is not one this fleet understands; write `version = 1`");
            return Err(refused(line("version"), why));
        }
        if let Some(root) = file.workspace.roots.iter().find(|r| crate::call::AbsPath::parse(r).is_err()) {
            let why = format!("workspace root `{root}` is not absolute; write it from `/` or `~/`");
            return Err(refused(line("roots"), why));
        }
        let digest = digest(text.as_bytes(), settings);
        let mut rules: Vec<Rule> = file.rule.iter().map(|row| Rule::new(row, &lines, home)).collect();
        let mut ids: BTreeMap<String, usize> = BTreeMap::new();
        for rule in &rules {
            *ids.entry(rule.id.clone()).or_default() += 1;
        }
        for rule in rules.iter_mut().filter(|rule| ids.get(&rule.id).is_some_and(|n| *n > 1)) {
            rule.same_id();
        }
        Ok(Self { path, digest, text, lines, file, rules })
    }

    /// Hosts that may be reached without asking, and domains that may not be reached.
    pub fn network(&self) -> &Network {
        &self.file.network
    }

    /// Workspace roots as written.
    pub fn roots(&self) -> &[String] {
        &self.file.workspace.roots
    }

    /// Where `key` stands in the file, as `FILE:LINE`, for reasons.
    pub fn source(&self, key: &str) -> String {
        match line_with(&self.text, key) {
            Some(line) => self.at(line),
            None => self.path.display().to_string(),
        }
    }

    /// `FILE:LINE`.
    pub fn at(&self, line: usize) -> String {
        format!("{}:{line}", self.path.display())
    }

    /// How strict to be with a kind of caller.
    pub fn profile(&self, kind: &str) -> Profile {
        let profiles = &self.file.profile;
        let own = match kind {
            "cli" => profiles.cli,
            "loop" => profiles.of_loops,
            "mcp" => profiles.mcp,
            _ => Some(Profile::Strict),
        };
        own.unwrap_or(profiles.default)
    }

    /// The risk to which the owner raised a tool, and where. A row that would lower it is left out
    /// here: it forbids the tool, see [`Policy::lowered`].
    pub fn raised(&self, tool: &str) -> Option<(Risk, Reason)> {
        let own = least(tools::find(tool)?);
        let rows = self.file.risk.iter().filter(|row| row.get_ref().tool == tool && row.get_ref().risk > own);
        let row = rows.max_by_key(|row| row.get_ref().risk)?;
        let source = self.at(self.lines.at(row.span().start));
        let (risk, why) = (row.get_ref().risk, row.get_ref().reason.as_deref());
        let why = why.map(|why| format!(": {why}")).unwrap_or_default();
        let message = format!("`[[risk]]` holds `{tool}` for {risk}{why}");
        Some((risk, Reason { rule: "risk-raised".into(), source, message }))
    }

    /// The rows of `[[risk]]` that would lower `tool`, each with the reason to refuse the tool for it.
    pub fn lowered(&self, tool: &str) -> Vec<Reason> {
        let all = self.risk_faults();
        let own = all.into_iter().filter(|fault| fault.rule.as_deref() == Some(tool));
        own.map(|fault| Reason {
            rule: "risk-refused".into(),
            source: self.at(fault.line),
            message: format!("{}; until then the tool is refused: {}", fault.message, fault.help),
        })
        .collect()
    }

    fn risk_faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        for row in &self.file.risk {
            let (line, row) = (self.lines.at(row.span().start), row.get_ref());
            let (message, help) = match tools::find(&row.tool).map(least) {
                None => {
                    let tool = crate::call::visible_line(&row.tool, 60);
                    (format!("`[[risk]]` names no tool: `{tool}`"), "`fleet tool list` has the names")
                }
                Some(own) if row.risk < own => (
                    format!("`[[risk]]` would lower `{}` from {own} to {}", row.tool, row.risk),
                    "policy raises a tool's risk and never lowers it: take the row out",
                ),
                Some(_) => continue,
            };
            faults.push(Fault {
                line,
                rule: Some(row.tool.clone()),
                refused: true,
                message,
                help: help.to_owned(),
            });
        }
        faults
    }
}

/// Most bytes of a file that the owner writes.
const MOST: u64 = 4 << 20;

/// The hash of policy and settings as they stand, whether they read or not.
pub(super) fn digest_of(home: &Home) -> Digest {
    let policy = small::read(home.policy().as_ref(), MOST)
        .unwrap_or_else(|e| format!("\0{:?}", e.kind()).into_bytes());
    digest(&policy, &settings(home))
}

/// The hash of policy and settings together.
fn digest(policy: &[u8], settings: &[u8]) -> Digest {
    sha256(&[policy, b"\0", settings].concat())
}

fn settings(home: &Home) -> Vec<u8> {
    small::read(home.settings().as_ref(), MOST).unwrap_or_default()
}

/// The line of `text` that begins with `key`, as a key or as a table.
fn line_with(text: &str, key: &str) -> Option<usize> {
    let starts = |line: &str| {
        line.trim_start().strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with(['=', ']']))
    };
    text.lines().position(|line| starts(line) || starts(line.trim_start_matches('['))).map(|n| n + 1)
}

#[cfg(test)]
mod reading {
    use super::*;

    fn load(text: &str) -> Result<Policy, PolicyError> {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::scratch(dir.path()).unwrap();
        std::fs::create_dir(dir.path().join("config")).unwrap();
        std::fs::write(home.policy(), text).unwrap();
        Policy::load(&home)
    }

    #[test]
    fn an_empty_policy_is_the_standard_one_and_mistakes_are_refused() {
        assert_eq!(load("").unwrap().profile("cli"), Profile::Standard);
        for bad in [
            "version = 2",
            "[workspac]",
            "[workspace]\nroot = []",
            "[profile]\ndefault = \"lax\"",
            "[workspace]\nroots = [\"code\"]",
            "x",
        ] {
            assert!(load(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_profile_can_be_stricter_for_one_kind_of_caller() {
        let policy = load("[profile]\nmcp = \"strict\"").unwrap();
        assert_eq!((policy.profile("mcp"), policy.profile("loop")), (Profile::Strict, Profile::Standard));
        assert_eq!(policy.profile("who"), Profile::Strict);
    }

    #[test]
    fn a_reason_names_the_line() {
        let policy = load("version = 1\n[workspace]\n roots = []\n").unwrap();
        assert!(policy.source("roots").ends_with("policy.toml:3"));
        assert!(policy.source("workspace").ends_with("policy.toml:2"));
        assert!(policy.source("nothing").ends_with("policy.toml"));
    }

    #[test]
    fn a_missing_policy_forbids() {
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(Policy::load(&Home::scratch(dir.path()).unwrap()), Err(PolicyError::Io(..))));
    }
}
