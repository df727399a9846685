//! What a definition names, found without running it: every name exists, nothing depends on itself,
//! and only acts name tools that change things.

use super::engine::Engine;
use super::spec::{BadSpec, Spec, Stage};
use std::collections::{BTreeMap, BTreeSet};

/// Names that every expression may use.
const ROOTS: [&str; 8] = ["config", "state", "limits", "run", "gather", "errors", "acts", "item"];

/// Reads a definition and sees that everything it names exists.
///
/// # Errors
/// [`BadSpec`] names the table and the key.
pub fn read(text: &str) -> Result<Spec, BadSpec> {
    let spec = Spec::parse(text)?;
    check(&spec)?;
    Ok(spec)
}

/// A source together with what it may name beyond the usual.
pub(super) struct Used<'a> {
    /// Its key: `act.0.when`.
    pub path: String,
    /// The same for people.
    pub place: String,
    pub source: &'a str,
    pub expression: bool,
    pub acts: bool,
    pub item: bool,
}

/// Sees that `spec` names only what exists, and that its values do not depend on themselves.
fn check(spec: &Spec) -> Result<(), BadSpec> {
    let engine = Engine::new();
    for used in sources(spec) {
        let names = engine
            .names(used.source, used.expression)
            .map_err(|e| BadSpec(format!("{}: {e}", used.place)))?;
        for name in names {
            known(spec, &used, &name).map_err(|why| BadSpec(format!("{}: {why}", used.place)))?;
        }
    }
    for (name, gather) in &spec.gather {
        let tool = tool(&gather.tool, &format!("[gather.{name}]"))?;
        if tool.card().effect != crate::tools::EffectClass::Read {
            return Err(BadSpec(format!(
                "[gather.{name}] uses `{}`, which changes things: only an act may",
                gather.tool
            )));
        }
    }
    let mut ids = BTreeSet::new();
    for act in &spec.act {
        let _ = tool(&act.tool, &format!("act `{}`", act.id))?;
        if !ids.insert(&act.id) {
            return Err(BadSpec(format!("two acts are called `{}`", act.id)));
        }
    }
    let mut ids = BTreeSet::new();
    if let Some(twice) = spec.finding.iter().find(|f| !ids.insert(&f.id)) {
        return Err(BadSpec(format!("two findings are called `{}`", twice.id)));
    }
    if let Some(lost) = spec.commit.iter().find(|c| !spec.state.contains_key(&c.state)) {
        return Err(BadSpec(format!(
            "a commit goes to `{}`, and there is no [state.{}]",
            lost.state, lost.state
        )));
    }
    order(spec).map(|_| ())
}

fn tool(name: &str, place: &str) -> Result<&'static dyn crate::tools::Tool, BadSpec> {
    crate::tools::find(name).ok_or_else(|| BadSpec(format!("{place}: there is no tool `{name}`")))
}

pub(super) fn known(spec: &Spec, used: &Used<'_>, name: &str) -> Result<(), String> {
    let mut parts = name.split('.');
    let root = parts.next().unwrap_or_default();
    let member = parts.next();
    let declared = |names: Vec<&String>, table: &str| match member {
        Some(member) if !names.iter().any(|n| *n == member) => Err(format!("there is no [{table}.{member}]")),
        _ => Ok(()),
    };
    match root {
        "config" => declared(spec.config.keys().collect(), "config"),
        "state" => declared(spec.state.keys().collect(), "state"),
        "gather" | "errors" => declared(spec.gather.keys().collect(), "gather"),
        "acts" if !used.acts => Err("`acts` exists only after the acts".into()),
        "acts" => match member {
            Some(member) if !spec.act.iter().any(|a| a.id == member) => {
                Err(format!("there is no act `{member}`"))
            }
            _ => Ok(()),
        },
        "item" if !used.item => Err("`item` exists only with `for_each`".into()),
        _ if ROOTS.contains(&root) || spec.lets.contains_key(root) => Ok(()),
        _ => Err(format!("`{root}` is not a name here")),
    }
}

/// Every expression and template of the definition, with what it may name.
pub(super) fn sources(spec: &Spec) -> Vec<Used<'_>> {
    let mut all = Vec::new();
    let one = |path: String, place: &str, source, expression, acts, item| Used {
        path,
        place: place.to_owned(),
        source,
        expression,
        acts,
        item,
    };
    for (name, source) in &spec.lets {
        all.push(one(format!("let.{name}"), &format!("[let] {name}"), source.as_str(), true, false, false));
    }
    for (name, gather) in &spec.gather {
        let (at, place) = (format!("gather.{name}"), format!("[gather.{name}]"));
        let item = gather.for_each.is_some();
        let whole = [("for_each", &gather.for_each), ("when", &gather.when)];
        for (key, source) in whole.into_iter().filter_map(|(key, s)| Some((key, s.as_deref()?))) {
            all.push(one(format!("{at}.{key}"), &place, source, true, false, false));
        }
        for (key, source) in strings(&gather.args) {
            all.push(one(format!("{at}.args{key}"), &place, source, false, false, item));
        }
    }
    for (n, act) in spec.act.iter().enumerate() {
        let (at, place) = (format!("act.{n}"), format!("act `{}`", act.id));
        let item = act.for_each.is_some();
        for (key, source, expression, item) in [
            ("for_each", act.for_each.as_deref(), true, false),
            ("when", act.when.as_deref(), true, item),
            ("dedupe", act.dedupe.as_deref(), false, item),
            ("why", Some(act.why.as_str()), false, item),
        ] {
            all.extend(source.map(|s| one(format!("{at}.{key}"), &place, s, expression, false, item)));
        }
        for (key, source) in strings(&act.args) {
            all.push(one(format!("{at}.args{key}"), &place, source, false, false, item));
        }
    }
    for (n, finding) in spec.finding.iter().enumerate() {
        let (at, place) = (format!("finding.{n}"), format!("finding `{}`", finding.id));
        let (item, acts) = (finding.for_each.is_some(), finding.stage == Stage::After);
        for (key, source, expression, item) in [
            ("for_each", finding.for_each.as_deref(), true, false),
            ("when", finding.when.as_deref(), true, item),
            ("key", Some(finding.key.as_str()), false, item),
            ("title", Some(finding.title.as_str()), false, item),
            ("detail", Some(finding.detail.as_str()), false, item),
        ] {
            all.extend(source.map(|s| one(format!("{at}.{key}"), &place, s, expression, acts, item)));
        }
    }
    for (n, check) in spec.check.iter().enumerate() {
        all.push(one(format!("check.{n}.expr"), "check", check.expr.as_str(), true, true, false));
    }
    for (n, commit) in spec.commit.iter().enumerate() {
        let (at, place) = (format!("commit.{n}"), format!("commit to `{}`", commit.state));
        all.push(one(format!("{at}.for_each"), &place, &commit.for_each, true, true, false));
        all.push(one(format!("{at}.key"), &place, &commit.key, false, true, true));
        all.push(one(format!("{at}.value"), &place, &commit.value, false, true, true));
    }
    all.push(one("summary".into(), "summary", &spec.summary, false, true, false));
    all
}

/// All strings in a table, at any depth, each with its place: `.pairs.0.from`.
pub(super) fn strings(table: &toml::Table) -> Vec<(String, &str)> {
    fn of(path: String, value: &toml::Value) -> Vec<(String, &str)> {
        match value {
            toml::Value::String(text) => vec![(path, text)],
            toml::Value::Array(items) => {
                items.iter().enumerate().flat_map(|(n, item)| of(format!("{path}.{n}"), item)).collect()
            }
            toml::Value::Table(table) => {
                table.iter().flat_map(|(key, value)| of(format!("{path}.{key}"), value)).collect()
            }
            toml::Value::Integer(_)
            | toml::Value::Float(_)
            | toml::Value::Boolean(_)
            | toml::Value::Datetime(_) => Vec::new(),
        }
    }
    table.iter().flat_map(|(key, value)| of(format!(".{key}"), value)).collect()
}

/// Gathers (`gather.NAME`) and lets (`NAME`) in an order in which each comes after what it uses.
pub fn order(spec: &Spec) -> Result<Vec<String>, BadSpec> {
    let engine = Engine::new();
    let mut uses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let reading = |e| BadSpec(e);
    for (name, source) in &spec.lets {
        uses.insert(name.clone(), nodes(spec, engine.names(source, true).map_err(reading)?));
    }
    for (name, gather) in &spec.gather {
        let mut names = BTreeSet::new();
        for source in gather.for_each.iter().chain(&gather.when) {
            names.extend(engine.names(source, true).map_err(reading)?);
        }
        for (_, source) in strings(&gather.args) {
            names.extend(engine.names(source, false).map_err(reading)?);
        }
        uses.insert(format!("gather.{name}"), nodes(spec, names));
    }
    let mut sorted: Vec<String> = Vec::new();
    while sorted.len() < uses.len() {
        let ready = uses
            .iter()
            .find(|(node, needs)| !sorted.contains(node) && needs.iter().all(|n| sorted.contains(n)));
        match ready {
            Some((node, _)) => sorted.push(node.clone()),
            None => {
                let left: Vec<_> = uses.keys().filter(|n| !sorted.contains(n)).map(String::as_str).collect();
                return Err(BadSpec(format!("these depend on each other in a circle: {}", left.join(", "))));
            }
        }
    }
    Ok(sorted)
}

/// The nodes among `names`: `gather.x.y` and `errors.x` are the gather `x`.
fn nodes(spec: &Spec, names: BTreeSet<String>) -> BTreeSet<String> {
    names
        .iter()
        .flat_map(|name| {
            let mut parts = name.split('.');
            match (parts.next(), parts.next()) {
                (Some("gather" | "errors"), Some(member)) => vec![format!("gather.{member}")],
                (Some("gather" | "errors"), None) => {
                    spec.gather.keys().map(|k| format!("gather.{k}")).collect()
                }
                (Some(name), _) if spec.lets.contains_key(name) => vec![name.to_owned()],
                _ => Vec::new(),
            }
        })
        .collect()
}
