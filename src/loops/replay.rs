//! A run in a recorded world: gathers are answered from a file, nothing is asked, done or written.
//!
//! `DIR/world.json` holds what the loop is told, `DIR/plan.json` what it must make of it.

use super::config::{self, Unfit};
use super::engine::{Engine, jinja};
use super::findings::Finding;
use super::plan::{self, For, NoPlan, Plan};
use super::spec::{Spec, Stage};
use crate::call::{LoopId, RunId};
use crate::state::small;
use crate::tools;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::path::Path;

/// Longest recorded world.
const MOST: u64 = 1 << 20;
/// The run's id in every recorded world.
const RUN: &str = "00000000000000000000000000";

/// What a loop is told.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct World {
    /// When it runs.
    pub at: Timestamp,
    /// Its own settings.
    #[serde(default)]
    pub config: toml::Table,
    /// Settings that loops share.
    #[serde(default)]
    pub shared: toml::Table,
    /// What it remembers.
    #[serde(default)]
    pub state: Map<String, Value>,
    /// Its gathers, call by call. Each is asked, and no other.
    #[serde(default)]
    pub calls: Vec<Recorded>,
    /// Texts of a hostile world that must reach no target.
    #[serde(default)]
    pub hostile: Vec<String>,
}

/// One recorded call.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recorded {
    /// The tool.
    pub tool: String,
    /// Its arguments, as the loop gives them.
    pub args: Value,
    /// What it returned.
    pub result: Option<Value>,
    /// Or why it did not.
    pub error: Option<String>,
}

/// A recorded world that is none, or not that of the loop.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadFixture {
    /// A file is missing or does not read.
    #[error("{0}")]
    File(String),
    /// The loop asks what was not recorded, or not what was.
    #[error("{0}")]
    Mismatch(String),
}

/// What the loop makes of a world: what `plan.json` holds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Replayed {
    /// `planned`, or how the run would have ended.
    pub outcome: String,
    /// Why there is no plan, or the summary where nothing is to be done.
    pub reason: String,
    /// Calls that it would make.
    pub calls: Vec<Value>,
    /// Findings that it would raise.
    pub findings: Vec<Value>,
    /// Items beyond its limits.
    pub left_out: usize,
    /// Gathers that failed.
    pub errors: usize,
}

impl World {
    /// Reads `DIR/world.json`.
    ///
    /// # Errors
    /// [`BadFixture::File`].
    pub fn read(folder: &Path) -> Result<Self, BadFixture> {
        let path = folder.join("world.json");
        let bad = |why: String| BadFixture::File(format!("`{}`: {why}", path.display()));
        let bytes = small::read(&path, MOST).map_err(|e| bad(e.to_string()))?;
        let world: Self = serde_json::from_slice(&bytes).map_err(|e| bad(e.to_string()))?;
        if let Some(call) = world.calls.iter().find(|c| c.result.is_some() == c.error.is_some()) {
            return Err(bad(format!(
                "a call of `{}` needs a `result` or an `error`, and not both",
                call.tool
            )));
        }
        Ok(world)
    }
}

/// Reads `DIR/plan.json`.
///
/// # Errors
/// [`BadFixture::File`].
pub fn golden(folder: &Path) -> Result<Value, BadFixture> {
    let path = folder.join("plan.json");
    let bad = |why: String| BadFixture::File(format!("`{}`: {why}", path.display()));
    let bytes = small::read(&path, MOST).map_err(|e| bad(e.to_string()))?;
    serde_json::from_slice(&bytes).map_err(|e| bad(e.to_string()))
}

/// What loop `id` makes of `world`, and its plan if there is one.
///
/// # Errors
/// [`BadFixture::Mismatch`] names the call.
pub fn replay(
    spec: &Spec,
    id: &LoopId,
    definition: &str,
    world: &World,
) -> Result<(Replayed, Option<Plan>), BadFixture> {
    let bad = |e: String| BadFixture::File(e);
    let run = RunId::parse(RUN).map_err(|e| bad(e.to_string()))?;
    let ended = |outcome: String, reason: String| Replayed {
        outcome,
        reason,
        calls: Vec::new(),
        findings: Vec::new(),
        left_out: 0,
        errors: 0,
    };
    let places = config::Places { tilde: Path::new("/Users/ada"), file: Path::new("fleet.toml") };
    let config = match config::resolve_among(spec, id, &world.config, &world.shared, places) {
        Ok(config) => config,
        Err(Unfit::Missing(why)) => return Ok((ended("skipped:not_configured".into(), why), None)),
        Err(Unfit::Wrong(why)) => return Ok((ended("failed:config".into(), why), None)),
    };
    let mut state = world.state.clone();
    for name in spec.state.keys() {
        state.entry(name.clone()).or_insert_with(|| json!({}));
    }
    let mut values = Map::from_iter([
        ("config".to_owned(), Value::Object(config.values)),
        ("state".to_owned(), Value::Object(state)),
        ("limits".to_owned(), serde_json::to_value(&spec.limits).unwrap_or_default()),
        (
            "run".to_owned(),
            json!({
                "id": RUN, "slot": null, "unix": world.at.as_second(), "registered": 0,
                "date": world.at.strftime("%Y-%m-%d").to_string(),
            }),
        ),
    ]);
    let loop_sha256 = crate::canon::sha256(definition.as_bytes()).to_string();
    let of = For { spec, id, run: &run, slot: None, loop_sha256 };
    let mut asked = vec![false; world.calls.len()];
    let built = plan::build(&of, &mut values, &mut |tool, args| answer(world, &mut asked, tool, &args));
    let plan = match built {
        Ok(plan) => plan,
        Err(no) if no.what == "fixture" => return Err(BadFixture::Mismatch(no.why)),
        Err(no) => return Ok((ended(format!("failed:{}", no.what), no.why), None)),
    };
    if let Some((call, _)) = world.calls.iter().zip(&asked).find(|(_, asked)| !**asked) {
        let args = crate::call::visible_line(&call.args.to_string(), 300);
        return Err(BadFixture::Mismatch(format!(
            "a call of `{}` with {args} is recorded, and the loop does not make it",
            call.tool
        )));
    }
    let calls: Vec<Value> = plan.calls.iter().map(call_row).collect();
    let mut findings = plan.findings.clone();
    let (mut outcome, mut reason) = ("planned".to_owned(), String::new());
    if plan.calls.is_empty() {
        // Nothing is done, so that what comes after the acts can be told.
        match afterwards(spec, &values, &run) {
            Ok((more, summary)) => {
                findings.extend(more);
                reason = summary;
            }
            Err((what, why)) => (outcome, reason) = (format!("failed:{what}"), why),
        }
    }
    let findings = findings.iter().map(finding_row).collect();
    let replayed =
        Replayed { outcome, reason, calls, findings, left_out: plan.left_out, errors: plan.errors };
    Ok((replayed, Some(plan)))
}

fn answer(world: &World, asked: &mut [bool], tool: &str, args: &Value) -> Result<Value, NoPlan> {
    let known = tools::find(tool).map(|t| t.bind(args));
    if let Some(Err(why)) = known {
        return Err(NoPlan::new("gather", format!("`{tool}`: {why}")));
    }
    let found = world.calls.iter().position(|c| c.tool == tool && c.args == *args);
    let Some((call, asked)) = found.and_then(|at| Some((world.calls.get(at)?, asked.get_mut(at)?))) else {
        let shown = crate::call::visible_line(&args.to_string(), 300);
        return Err(NoPlan::new("fixture", format!("no call of `{tool}` with {shown} is recorded")));
    };
    *asked = true;
    match (&call.result, &call.error) {
        (Some(result), _) => Ok(result.clone()),
        (None, why) => Err(NoPlan::new("gather", why.clone().unwrap_or_default())),
    }
}

/// Findings and checks after no act at all, and the summary.
fn afterwards(
    spec: &Spec,
    values: &Map<String, Value>,
    run: &RunId,
) -> Result<(Vec<Finding>, String), (&'static str, String)> {
    let engine = Engine::new();
    let mut values = values.clone();
    let none: Map<String, Value> = spec.act.iter().map(|a| (a.id.clone(), json!([]))).collect();
    values.insert("acts".into(), Value::Object(none));
    let now = jinja(values);
    let found = plan::raise(spec, Stage::After, &engine, &now, run).map_err(|why| ("plan", why))?;
    for check in &spec.check {
        match engine.holds(&check.expr, &now) {
            Ok(true) => {}
            Ok(false) => return Err(("check", format!("this does not hold: {}", check.says))),
            Err(why) => return Err(("check", why)),
        }
    }
    let summary = engine.text(&spec.summary, &now).unwrap_or_else(|e| format!("no summary: {e}"));
    Ok((found, summary))
}

fn call_row(call: &plan::PlannedCall) -> Value {
    let mut row = json!({
        "act": call.act, "tool": call.tool, "args": call.args, "dedupe": call.dedupe, "why": call.why,
    });
    // What the tool would not take is no golden plan.
    if let Some(Err(why)) = tools::find(&call.tool).map(|t| t.bind(&call.args))
        && let Some(row) = row.as_object_mut()
    {
        row.insert("malformed".into(), why.to_string().into());
    }
    row
}

fn finding_row(finding: &Finding) -> Value {
    json!({
        "id": finding.id, "key": finding.key, "severity": finding.severity, "title": finding.title,
        "detail": finding.detail,
    })
}
