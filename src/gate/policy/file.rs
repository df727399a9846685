//! The file as it is written. What does not read here refuses the whole policy.

use super::Profile;
use crate::call::{Answer, Risk};
use crate::gate::hosts::Network;
use serde::{Deserialize, Deserializer};
use toml::Spanned;

/// `policy.toml`. Every table may be left out; an unknown key is refused.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    #[serde(default)]
    pub version: Option<u32>,
    #[serde(default)]
    pub profile: Profiles,
    #[serde(default)]
    pub workspace: Workspace,
    #[serde(default)]
    pub network: Network,
    #[serde(default)]
    pub risk: Vec<Spanned<RiskRow>>,
    #[serde(default)]
    pub rule: Vec<Spanned<RuleRow>>,
}

/// `[profile]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Profiles {
    #[serde(default)]
    pub default: Profile,
    pub cli: Option<Profile>,
    #[serde(rename = "loop")]
    pub of_loops: Option<Profile>,
    pub mcp: Option<Profile>,
}

/// `[workspace]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Workspace {
    #[serde(default)]
    pub roots: Vec<String>,
}

/// `[[risk]]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RiskRow {
    pub tool: String,
    pub risk: Risk,
    pub reason: Option<String>,
}

/// `[[rule]]`. What is left out is told rule by rule, so that the others stay in force.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleRow {
    pub id: Option<String>,
    pub decide: Option<Decide>,
    pub reason: Option<String>,
    pub tools: Option<Vec<Spanned<String>>>,
    pub callers: Option<Vec<Spanned<String>>>,
    pub risk: Option<Vec<Risk>>,
    pub paths: Option<Vec<Spanned<String>>>,
    pub hosts: Option<Vec<Spanned<String>>>,
    pub recipients: Option<Vec<Spanned<String>>>,
    pub programs: Option<Vec<Spanned<String>>>,
    #[serde(default, deserialize_with = "one_or_many")]
    pub hours: Option<Vec<String>>,
    #[serde(default, rename = "match")]
    pub must: Vec<Spanned<ExampleRow>>,
    #[serde(default, rename = "not_match")]
    pub must_not: Vec<Spanned<ExampleRow>>,
}

/// The three answers that a rule can give.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Decide {
    Allow,
    Ask,
    Block,
}

impl From<Decide> for Answer {
    fn from(decide: Decide) -> Self {
        match decide {
            Decide::Allow => Self::Allow,
            Decide::Ask => Self::Ask,
            Decide::Block => Self::Block,
        }
    }
}

/// A call that a rule must, or must not, match.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExampleRow {
    pub tool: String,
    pub caller: Option<String>,
    #[serde(default)]
    pub args: toml::Table,
    pub at: Option<String>,
}

fn one_or_many<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Vec<String>>, D::Error> {
    let bad = || serde::de::Error::custom("expected hours as \"08:00-18:00\", or a list of such spans");
    match toml::Value::deserialize(from)? {
        toml::Value::String(one) => Ok(Some(vec![one])),
        toml::Value::Array(many) => many
            .into_iter()
            .map(|v| v.as_str().map(str::to_owned).ok_or_else(bad))
            .collect::<Result<_, _>>()
            .map(Some),
        toml::Value::Integer(_)
        | toml::Value::Float(_)
        | toml::Value::Boolean(_)
        | toml::Value::Datetime(_)
        | toml::Value::Table(_) => Err(bad()),
    }
}

/// Where the lines of a text end.
#[derive(Debug, Clone)]
pub(super) struct Lines(Vec<usize>);

impl Lines {
    /// Those of `text`.
    pub(super) fn of(text: &str) -> Self {
        Self(memchr::memchr_iter(b'\n', text.as_bytes()).collect())
    }

    /// The number of the line on which byte `at` stands.
    pub(super) fn at(&self, at: usize) -> usize {
        self.0.partition_point(|end| *end < at) + 1
    }
}
