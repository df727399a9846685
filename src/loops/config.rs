//! Settings of a loop: its own table, else the shared key, else the default.

use super::spec::{Kind, Setting, Spec};
use crate::call::{AbsPath, LoopId};
use crate::state::{Home, Settings};
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};

/// Values that a run works with.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// By name.
    pub values: Map<String, Value>,
    /// Paths among them: what the loop was set up for.
    pub paths: Vec<PathBuf>,
}

/// Settings that do not let the loop run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unfit {
    /// Something required is not set: a clean skip, with the line that mends it.
    Missing(String),
    /// Something is set wrongly.
    Wrong(String),
}

/// What `~` is, and the file of the settings.
#[derive(Clone, Copy)]
pub struct Places<'a> {
    pub tilde: &'a Path,
    pub file: &'a Path,
}

/// The settings of loop `id`.
pub fn resolve(spec: &Spec, id: &LoopId, settings: &Settings, home: &Home) -> Result<Config, Unfit> {
    let own = settings.loops.get(id.as_str()).cloned().unwrap_or_default();
    let file = home.settings();
    resolve_among(spec, id, &own, &settings.shared, Places { tilde: home.tilde(), file: &file })
}

/// The settings of loop `id` out of these.
pub fn resolve_among(
    spec: &Spec,
    id: &LoopId,
    own: &toml::Table,
    shared: &toml::Table,
    places: Places<'_>,
) -> Result<Config, Unfit> {
    let file = places.file;
    if let Some(stray) = own.keys().find(|k| !spec.config.contains_key(*k)) {
        return Err(Unfit::Wrong(format!(
            "`{}` sets `{stray}` in [loop.{id}], and the loop has no such setting",
            file.display()
        )));
    }
    let mut config = Config { values: Map::new(), paths: Vec::new() };
    for (name, setting) in &spec.config {
        let from = setting.from.as_ref().and_then(|from| shared.get(from.strip_prefix("shared.")?));
        let value = own.get(name).or(from).or(setting.default.as_ref());
        let empty = value.is_none_or(|v| v.as_array().is_some_and(Vec::is_empty) || v.as_str() == Some(""));
        if empty && setting.required {
            return Err(Unfit::Missing(mend(name, setting, id, file)));
        }
        let Some(value) = value else {
            config.values.insert(name.clone(), Value::Null);
            continue;
        };
        let bad = |why: &str| {
            Unfit::Wrong(format!("setting `{name}` of loop `{id}` in `{}`: {why}", file.display()))
        };
        let typed = typed(setting.kind, value, places.tilde, &mut config.paths).map_err(|why| bad(&why))?;
        config.values.insert(name.clone(), typed);
    }
    Ok(config)
}

/// The value of each setting, and where it comes from.
pub fn effective(spec: &Spec, id: &LoopId, settings: &Settings) -> Vec<(String, Value, String)> {
    let own = settings.loops.get(id.as_str());
    let rows = spec.config.iter().map(|(name, setting)| {
        let key = setting.from.as_ref().and_then(|from| from.strip_prefix("shared."));
        let shared = key.and_then(|key| settings.shared.get(key));
        let (value, from) = match (own.and_then(|own| own.get(name)), shared, &setting.default) {
            (Some(value), _, _) => (Some(value), format!("[loop.{id}] of fleet.toml")),
            (None, Some(value), _) => {
                (Some(value), format!("[shared] {} of fleet.toml", key.unwrap_or_default()))
            }
            (None, None, Some(value)) => (Some(value), "default".to_owned()),
            (None, None, None) if setting.required => (None, "not set, and required".to_owned()),
            (None, None, None) => (None, "not set".to_owned()),
        };
        let empty = value.is_some_and(|v| v.as_array().is_some_and(Vec::is_empty) || v.as_str() == Some(""));
        let from = if empty && setting.required { format!("{from}: empty, and required") } else { from };
        let value = value.and_then(|v| serde_json::to_value(v).ok()).unwrap_or(Value::Null);
        (name.clone(), value, from)
    });
    rows.collect()
}

/// The line that sets what is missing.
fn mend(name: &str, setting: &Setting, id: &LoopId, file: &Path) -> String {
    let (table, key) = match setting.from.as_ref().and_then(|f| f.strip_prefix("shared.")) {
        Some(key) => ("shared".to_owned(), key),
        None => (format!("loop.{id}"), name),
    };
    let example = setting.example.as_ref().map_or_else(|| "…".to_owned(), ToString::to_string);
    let about = setting.about.trim_end_matches('.');
    format!("{about}: set `{key} = {example}` under [{table}] in `{}`", file.display())
}

fn typed(kind: Kind, value: &toml::Value, tilde: &Path, paths: &mut Vec<PathBuf>) -> Result<Value, String> {
    let mut path = |value: &toml::Value| -> Result<Value, String> {
        let text = value.as_str().ok_or("expected a path")?;
        let path = AbsPath::parse(text).map_err(|e| e.to_string())?.expand(tilde);
        paths.push(path.clone());
        path.to_str().map(Value::from).ok_or_else(|| "is not UTF-8".to_owned())
    };
    let text =
        |value: &toml::Value| value.as_str().map(Value::from).ok_or_else(|| "expected text".to_owned());
    match kind {
        Kind::Text => text(value),
        Kind::Int => value.as_integer().map(Value::from).ok_or_else(|| "expected a whole number".into()),
        Kind::Bool => value.as_bool().map(Value::from).ok_or_else(|| "expected true or false".into()),
        Kind::Path => path(value),
        Kind::Paths => list(value)?.iter().map(&mut path).collect(),
        Kind::Texts => list(value)?.iter().map(text).collect(),
        Kind::Groups => {
            let groups = value.as_table().ok_or("expected a table of lists")?;
            let member = |(name, items): (&String, &toml::Value)| {
                let items: Result<Value, String> = list(items)?.iter().map(text).collect();
                Ok((name.clone(), items?))
            };
            groups.iter().map(member).collect::<Result<Map<_, _>, String>>().map(Value::Object)
        }
    }
}

fn list(value: &toml::Value) -> Result<&Vec<toml::Value>, String> {
    value.as_array().ok_or_else(|| "expected a list".to_owned())
}
