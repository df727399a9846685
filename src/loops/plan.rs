//! The plan: what a run would do, as finitely many resolved calls that a person can read first.

use super::engine::{self, Engine, with_item};
use super::findings::{self, Finding};
use super::names;
use super::spec::{Act, ActError, FindingSpec, Gather, GatherError, Spec, Stage};
use crate::call::{Answer, LoopId, Reason, Risk, RunId};
use crate::canon;
use minijinja::value::Value as Jinja;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// A call that the plan wants made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlannedCall {
    /// Its place.
    pub n: usize,
    /// The act.
    pub act: String,
    /// The tool.
    pub tool: String,
    /// The tool's risk; the gate may find more.
    pub risk: Risk,
    /// The arguments, filled in.
    pub args: Value,
    /// The deed, by name.
    pub dedupe: String,
    /// Why.
    pub why: String,
    /// How it is taken back.
    pub undo: String,
    /// What it is about.
    pub item: Value,
    /// Whether the others go on if it fails.
    pub keep_going: bool,
    /// What a run would do with it besides.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub note: Option<String>,
    /// What the gate would answer, if it was asked.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub decision: Option<Answer>,
    /// Why it would.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub reasons: Vec<Reason>,
}

/// What a run would do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Format.
    pub v: u8,
    /// The loop.
    #[serde(rename = "loop")]
    pub id: LoopId,
    /// The run.
    pub run: RunId,
    /// The slot it belongs to.
    pub slot: Option<String>,
    /// The definition.
    pub loop_sha256: String,
    /// Calls, in order.
    pub calls: Vec<PlannedCall>,
    /// Findings that the gathered values raise.
    pub findings: Vec<Finding>,
    /// Items and calls beyond the limits, left for the next run.
    pub left_out: usize,
    /// Gathers that failed and were left out.
    pub errors: usize,
    /// Digest of the calls.
    pub plan_sha256: String,
}

/// Why there is no plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoPlan {
    /// `gather`, `plan` or `timeout`.
    pub what: &'static str,
    /// In words.
    pub why: String,
}

impl NoPlan {
    pub(super) fn new(what: &'static str, why: impl Into<String>) -> Self {
        Self { what, why: why.into() }
    }
}

/// Makes one governed call for a gather step.
pub type Reader<'a> = dyn FnMut(&str, Value) -> Result<Value, NoPlan> + 'a;

/// Who and what a plan is for.
pub struct For<'a> {
    pub spec: &'a Spec,
    pub id: &'a LoopId,
    pub run: &'a RunId,
    pub slot: Option<String>,
    pub loop_sha256: String,
}

/// Gathers, concludes and plans. `values` holds config, state, limits and run, and is filled up.
pub fn build(of: &For<'_>, values: &mut Map<String, Value>, read: &mut Reader<'_>) -> Result<Plan, NoPlan> {
    let engine = Engine::new();
    let planning = |why: String| NoPlan::new("plan", why);
    values.insert("gather".into(), json!({}));
    values.insert("errors".into(), json!({}));
    let mut left_out = 0;
    for node in names::order(of.spec).map_err(|e| planning(e.to_string()))? {
        let now = engine::jinja(&*values);
        if let Some(name) = node.strip_prefix("gather.") {
            let Some(gather) = of.spec.gather.get(name) else { continue };
            let gathered = gather_one(gather, &engine, &now, of.spec.limits.items, read)
                .map_err(|e| NoPlan { why: format!("[gather.{name}] {}", e.why), ..e })?;
            left_out += gathered.left_out;
            insert(values, "gather", name, gathered.value);
            insert(values, "errors", name, Value::Array(gathered.errors));
        } else if let Some(source) = of.spec.lets.get(&node) {
            let value =
                engine.expression(source, &now).map_err(|e| planning(format!("[let] {node}: {e}")))?;
            values.insert(node, value);
        }
    }
    let now = engine::jinja(&*values);
    let mut calls = Vec::new();
    for act in &of.spec.act {
        left_out += plan_act(act, &engine, &now, of.spec, &mut calls)
            .map_err(|e| planning(format!("act `{}`: {e}", act.id)))?;
    }
    if calls.len() > of.spec.limits.changes {
        left_out += calls.len() - of.spec.limits.changes;
        calls.truncate(of.spec.limits.changes);
    }
    let findings = raise(of.spec, Stage::Plan, &engine, &now, of.run).map_err(planning)?;
    let errors = values.get("errors").and_then(Value::as_object);
    let errors = errors.map_or(0, |e| e.values().filter_map(Value::as_array).map(Vec::len).sum());
    let deeds: Vec<_> = calls.iter().map(|c| json!([c.act, c.tool, c.args, c.dedupe])).collect();
    let digest = canon::digest_of(&Value::Array(deeds)).map_err(|e| planning(e.to_string()))?;
    Ok(Plan {
        v: 1,
        id: of.id.clone(),
        run: of.run.clone(),
        slot: of.slot.clone(),
        loop_sha256: of.loop_sha256.clone(),
        calls,
        findings,
        left_out,
        errors,
        plan_sha256: digest.to_string(),
    })
}

fn insert(values: &mut Map<String, Value>, table: &str, name: &str, value: Value) {
    if let Some(table) = values.get_mut(table).and_then(Value::as_object_mut) {
        table.insert(name.to_owned(), value);
    }
}

struct Gathered {
    value: Value,
    errors: Vec<Value>,
    left_out: usize,
}

fn gather_one(
    gather: &Gather,
    engine: &Engine,
    now: &Jinja,
    most: usize,
    read: &mut Reader<'_>,
) -> Result<Gathered, NoPlan> {
    let planning = |why: String| NoPlan::new("plan", why);
    let wanted = gather.when.as_deref().map_or(Ok(true), |w| engine.holds(w, now)).map_err(planning)?;
    let mut found = Gathered { value: Value::Null, errors: Vec::new(), left_out: 0 };
    let Some(for_each) = &gather.for_each else {
        if wanted {
            let args = engine.args(&gather.args, now).map_err(planning)?;
            match (read(&gather.tool, args), gather.on_error) {
                (Ok(value), _) => found.value = value,
                (Err(e), GatherError::SkipItem) if e.what == "gather" => {
                    found.errors.push(json!({ "item": null, "error": e.why }))
                }
                (Err(e), _) => return Err(e),
            }
        }
        return Ok(found);
    };
    let mut items = if wanted { engine.list(for_each, now).map_err(planning)? } else { Vec::new() };
    found.left_out = items.len().saturating_sub(most);
    items.truncate(most);
    let mut rows = Vec::new();
    for item in items {
        let args = engine.args(&gather.args, &with_item(now, &item)).map_err(planning)?;
        match (read(&gather.tool, args), gather.on_error) {
            (Ok(result), _) => rows.push(row(&item, result)),
            (Err(e), GatherError::SkipItem) if e.what == "gather" => {
                found.errors.push(json!({ "item": item, "error": e.why }))
            }
            (Err(e), _) => return Err(e),
        }
    }
    found.value = Value::Array(rows);
    Ok(found)
}

/// The item's members, then the result's, then `ok`.
fn row(item: &Value, result: Value) -> Value {
    let mut row =
        item.as_object().cloned().unwrap_or_else(|| Map::from_iter([("item".to_owned(), item.clone())]));
    if let Value::Object(result) = result {
        row.extend(result);
    }
    row.insert("ok".into(), true.into());
    Value::Object(row)
}

fn plan_act(
    act: &Act,
    engine: &Engine,
    now: &Jinja,
    spec: &Spec,
    calls: &mut Vec<PlannedCall>,
) -> Result<usize, String> {
    let mut items = match &act.for_each {
        Some(source) => engine.list(source, now)?,
        None => vec![Value::Null],
    };
    let left_out = items.len().saturating_sub(spec.limits.items);
    items.truncate(spec.limits.items);
    let tool = crate::tools::find(&act.tool).ok_or_else(|| format!("there is no tool `{}`", act.tool))?;
    for item in items {
        let now = with_item(now, &item);
        if !act.when.as_deref().map_or(Ok(true), |w| engine.holds(w, &now))? {
            continue;
        }
        let args = engine.args(&act.args, &now)?;
        let deed = match &act.dedupe {
            Some(template) => engine.text(template, &now)?,
            None => canon::digest_of(&json!([act.tool, args])).map_err(|e| e.to_string())?.to_string(),
        };
        calls.push(PlannedCall {
            n: calls.len() + 1,
            act: act.id.clone(),
            tool: act.tool.clone(),
            risk: tool.card().risk,
            args,
            dedupe: format!("{}:{deed}", act.id),
            why: engine.text(&act.why, &now)?,
            undo: tool.card().undo.to_owned(),
            item,
            keep_going: act.on_error == ActError::Continue,
            note: None,
            decision: None,
            reasons: Vec::new(),
        });
    }
    Ok(left_out)
}

/// The findings of one stage.
pub fn raise(
    spec: &Spec,
    stage: Stage,
    engine: &Engine,
    now: &Jinja,
    run: &RunId,
) -> Result<Vec<Finding>, String> {
    let mut raised = Vec::new();
    for finding in spec.finding.iter().filter(|f| f.stage == stage) {
        raised.extend(
            raise_one(finding, engine, now, run).map_err(|e| format!("finding `{}`: {e}", finding.id))?,
        );
    }
    Ok(raised)
}

fn raise_one(
    finding: &FindingSpec,
    engine: &Engine,
    now: &Jinja,
    run: &RunId,
) -> Result<Vec<Finding>, String> {
    let items = match &finding.for_each {
        Some(source) => engine.list(source, now)?,
        None => vec![Value::Null],
    };
    let mut raised = Vec::new();
    for item in items {
        let now = with_item(now, &item);
        if finding.when.as_deref().map_or(Ok(true), |w| engine.holds(w, &now))? {
            let (key, title) = (engine.text(&finding.key, &now)?, engine.text(&finding.title, &now)?);
            let detail = engine.text(&finding.detail, &now)?;
            raised.push(findings::raised(&finding.id, key, finding.severity, title, detail, run));
        }
    }
    Ok(raised)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOP: &str = r#"
        format = 1
        title = "t"
        purpose = "p"
        category = "files"
        summary = "{{ big | length }}"
        [schedule]
        daily = ["07:00"]
        [limits]
        changes = 2
        [config.folders]
        type = "list<path>"
        about = "a"
        [let]
        big = "all | selectattr('size', 'gt', 1) | list"
        all = "gather.files | map(attribute='entries') | flatten"
        [gather.files]
        tool = "files_list"
        for_each = "config.folders"
        args = { path = "{{ item }}" }
        on_error = "skip_item"
        [[act]]
        id = "trash"
        tool = "files_trash"
        for_each = "big"
        args = { paths = ["{{ item.path }}"] }
        why = "{{ item.size }}"
        [[finding]]
        id = "unread"
        for_each = "errors.files"
        key = "{{ item.item }}"
        severity = "warn"
        title = "x"
        detail = "{{ item.error }}"
    "#;

    fn plan(text: &str, folders: Value) -> Result<Plan, NoPlan> {
        let spec = names::read(text).map_err(|e| NoPlan::new("plan", e.to_string()))?;
        let (id, run) = (LoopId::parse("some-loop").unwrap(), crate::state::run_id().unwrap());
        let of = For { spec: &spec, id: &id, run: &run, slot: None, loop_sha256: String::new() };
        let mut values = Map::from_iter([("config".to_owned(), json!({ "folders": folders }))]);
        build(&of, &mut values, &mut |_, args| match args["path"].as_str() {
            Some("/bad") => Err(NoPlan::new("gather", "no such folder")),
            _ => Ok(json!({ "entries": [{"path": "/x", "size": 5}, {"path": "/y", "size": 0}] })),
        })
    }

    #[test]
    fn values_come_in_the_order_of_their_use_and_calls_are_filled_in() {
        let plan = plan(LOOP, json!(["/a", "/bad"])).unwrap();
        assert_eq!(plan.calls.len(), 1);
        assert_eq!((&plan.calls[0].args, plan.calls[0].why.as_str()), (&json!({"paths": ["/x"]}), "5"));
        assert_eq!((plan.findings[0].key.as_str(), plan.errors), ("/bad", 1));
    }

    #[test]
    fn what_is_beyond_the_limit_is_counted_not_lost() {
        let plan = plan(LOOP, json!(["/a", "/b", "/c"])).unwrap();
        assert_eq!((plan.calls.len(), plan.left_out), (2, 1));
    }

    #[test]
    fn mistakes_are_found_before_anything_is_read() {
        for (from, to) in [
            ("files_list", "files_lst"),
            ("tool = \"files_list\"", "tool = \"files_write\""),
            ("for_each = \"config.folders\"", "for_each = \"config.folder\""),
            ("gather.files |", "gather.file |"),
            ("big | length", "bg | length"),
            ("for_each = \"big\"", "for_eahc = \"big\""),
            ("selectattr('size', 'gt', 1)", "selectattr('size',"),
            ("all = \"gather.files | map(attribute='entries') | flatten\"", "all = \"big\""),
            ("why = \"{{ item.size }}\"", "why = \"{{ acts.trash }}\""),
            ("format = 1", "format = 2"),
        ] {
            assert!(LOOP.contains(from), "{from}");
            assert!(names::read(&LOOP.replace(from, to)).is_err(), "{from} -> {to}");
        }
    }

    #[test]
    fn a_value_that_is_not_there_stops_the_plan() {
        let missing = LOOP.replace("\"{{ item.size }}\"", "\"{{ item.sise }}\"");
        assert_eq!(plan(&missing, json!(["/a"])).unwrap_err().what, "plan");
    }
}
