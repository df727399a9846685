//! The definition of a loop, as written. A misspelt key is a setting that is not there, so every
//! table refuses unknown ones.

use crate::calendar::Schedule;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A definition that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadSpec(pub String);

/// One loop.
#[derive(Debug, Clone)]
pub struct Spec {
    /// What a person gets, in a few words.
    pub title: String,
    /// One sentence: what it does and for what.
    pub purpose: String,
    /// Its group in lists.
    pub category: String,
    /// When it runs.
    pub schedule: Schedule,
    /// Bounds of one run.
    pub limits: Limits,
    /// Settings it takes.
    pub config: BTreeMap<String, Setting>,
    /// What it remembers.
    pub state: BTreeMap<String, Memory>,
    /// What it reads.
    pub gather: BTreeMap<String, Gather>,
    /// What it concludes: names and expressions.
    pub lets: BTreeMap<String, String>,
    /// What it does, in order.
    pub act: Vec<Act>,
    /// What it tells.
    pub finding: Vec<FindingSpec>,
    /// What must hold for the run to count as a success.
    pub check: Vec<Check>,
    /// What it remembers afterwards.
    pub commit: Vec<Commit>,
    /// One line about a run.
    pub summary: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    format: u32,
    title: String,
    purpose: String,
    category: String,
    schedule: toml::Table,
    #[serde(default)]
    limits: Limits,
    #[serde(default)]
    config: BTreeMap<String, Setting>,
    #[serde(default)]
    state: BTreeMap<String, Memory>,
    #[serde(default)]
    gather: BTreeMap<String, Gather>,
    #[serde(default, rename = "let")]
    lets: BTreeMap<String, String>,
    #[serde(default)]
    act: Vec<Act>,
    #[serde(default)]
    finding: Vec<FindingSpec>,
    #[serde(default)]
    check: Vec<Check>,
    #[serde(default)]
    commit: Vec<Commit>,
    summary: String,
}

/// `[limits]`; all have defaults.
#[derive(Debug, Clone, Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Seconds of one run.
    pub timeout_s: u32,
    /// Longest list that a `for_each` walks.
    pub items: usize,
    /// Calls of one run.
    pub tool_calls: usize,
    /// Calls of one run that change something.
    pub changes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { timeout_s: 300, items: 200, tool_calls: 500, changes: 50 }
    }
}

/// `[config.NAME]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// Its type.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// What it is for.
    pub about: String,
    /// Its value if none is set.
    pub default: Option<toml::Value>,
    /// A key of `[shared]` in fleet.toml, as `shared.NAME`, used if the loop has none of its own.
    pub from: Option<String>,
    /// Whether the loop can do nothing without it.
    #[serde(default)]
    pub required: bool,
    /// A value to copy.
    pub example: Option<toml::Value>,
}

/// Types of settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Kind {
    /// Text.
    #[serde(rename = "string")]
    Text,
    /// A whole number.
    #[serde(rename = "int")]
    Int,
    /// Yes or no.
    #[serde(rename = "bool")]
    Bool,
    /// A path from `/` or `~/`.
    #[serde(rename = "path")]
    Path,
    /// Texts.
    #[serde(rename = "list<string>")]
    Texts,
    /// Paths.
    #[serde(rename = "list<path>")]
    Paths,
    /// Names, each with texts.
    #[serde(rename = "map<list<string>>")]
    Groups,
}

/// `[state.NAME]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Memory {
    /// How it remembers.
    pub kind: MemoryKind,
    /// Most entries kept.
    #[serde(default = "ten_thousand")]
    pub max: usize,
}

const fn ten_thousand() -> usize {
    10_000
}

/// How a state remembers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MemoryKind {
    /// What is there now: each commit replaces all.
    Snapshot,
    /// Values by key: each commit adds or replaces its keys.
    Cursor,
}

/// `[gather.NAME]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gather {
    /// A tool that changes nothing.
    pub tool: String,
    /// Its arguments; strings are templates.
    #[serde(default)]
    pub args: toml::Table,
    /// An expression that gives a list: one call for each `item`.
    pub for_each: Option<String>,
    /// An expression that must be true.
    pub when: Option<String>,
    /// What a call that fails means.
    #[serde(default)]
    pub on_error: GatherError,
}

/// What a failed gather means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GatherError {
    /// The run fails.
    #[default]
    Fail,
    /// The item is left out, and stands in `errors.NAME`.
    SkipItem,
}

/// `[[act]]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Act {
    /// Its name in `acts`.
    pub id: String,
    /// A tool.
    pub tool: String,
    /// Its arguments; strings are templates.
    #[serde(default)]
    pub args: toml::Table,
    /// An expression that gives a list: one call for each `item`.
    pub for_each: Option<String>,
    /// An expression that must be true.
    pub when: Option<String>,
    /// A template that names the deed, so that it is not done twice; tool and arguments if left out.
    pub dedupe: Option<String>,
    /// A template: why, for the plan and the approver.
    pub why: String,
    /// What a call that fails means.
    #[serde(default)]
    pub on_error: ActError,
}

/// What a failed act means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActError {
    /// No further act is tried.
    #[default]
    Stop,
    /// The others are.
    Continue,
}

/// `[[finding]]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FindingSpec {
    /// Its name; the runbook has a heading of it.
    pub id: String,
    /// Whether it looks at the plan, or at what was done.
    #[serde(default)]
    pub stage: Stage,
    /// An expression that gives a list: one finding for each `item`.
    pub for_each: Option<String>,
    /// An expression that must be true.
    pub when: Option<String>,
    /// A template that names the thing: the same thing is the same finding.
    pub key: String,
    /// How soon to tell.
    pub severity: crate::call::Severity,
    /// One line.
    pub title: String,
    /// More.
    pub detail: String,
}

/// When a finding is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// With the plan.
    #[default]
    Plan,
    /// After the acts.
    After,
}

/// `[[check]]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// An expression that must be true after the acts.
    pub expr: String,
    /// The sentence that then holds.
    pub says: String,
}

/// `[[commit]]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Commit {
    /// Which state.
    pub state: String,
    /// An expression that gives a list: one entry for each `item`.
    pub for_each: String,
    /// A template.
    pub key: String,
    /// A template.
    pub value: String,
}

impl Spec {
    /// Reads the form of a definition; `names::read` also sees that what it names exists.
    ///
    /// # Errors
    /// [`BadSpec`] names the table and the key.
    pub(super) fn parse(text: &str) -> Result<Self, BadSpec> {
        let raw: Raw = toml::from_str(text).map_err(|e| BadSpec(e.to_string().trim_end().to_owned()))?;
        if raw.format != 1 {
            return Err(BadSpec(format!(
                "format {} is not one this fleet understands; write `format = 1`",
                raw.format
            )));
        }
        let schedule = Schedule::parse(&raw.schedule).map_err(|e| BadSpec(e.to_string()))?;
        Ok(Self::of(raw, schedule))
    }

    /// A definition whose own schedule is none, with `schedule` in its place, for what else there is to
    /// say about it.
    pub(super) fn scheduled(text: &str, schedule: Schedule) -> Option<Self> {
        toml::from_str(text).ok().map(|raw| Self::of(raw, schedule))
    }

    fn of(raw: Raw, schedule: Schedule) -> Self {
        Self {
            title: raw.title,
            purpose: raw.purpose,
            category: raw.category,
            schedule,
            limits: raw.limits,
            config: raw.config,
            state: raw.state,
            gather: raw.gather,
            lets: raw.lets,
            act: raw.act,
            finding: raw.finding,
            check: raw.check,
            commit: raw.commit,
            summary: raw.summary,
        }
    }

    /// Why the keys of a definition mean nothing, and where.
    pub(super) fn misread(text: &str) -> Option<toml::de::Error> {
        toml::from_str::<Raw>(text).err()
    }

    /// Tools that its steps name, sorted.
    pub fn tools(&self) -> Vec<String> {
        let named = self.gather.values().map(|g| &g.tool).chain(self.act.iter().map(|a| &a.tool));
        let mut tools: Vec<String> = named.cloned().collect();
        tools.sort();
        tools.dedup();
        tools
    }

    /// Whether it acts only after the owner said so: it changes something that no approval guards.
    pub fn ships_observing(&self) -> bool {
        let risk = |act: &Act| crate::tools::find(&act.tool).map(|t| t.card().risk);
        self.act.iter().any(|act| risk(act).is_some_and(|r| r < crate::call::Risk::High))
    }
}
