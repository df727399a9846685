//! Examples: calls that a rule must, or must not, match. They are bound, planned and resolved like
//! any call, but nothing is read or hashed, and git is not asked: rules do not look at content.

use super::facts::Facts;
use super::file::ExampleRow;
use super::hours;
use crate::call::Caller;
use crate::gate::judged::risk_of;
use crate::gate::resolve::resolve;
use crate::gate::world::World;
use crate::tools;
use serde_json::Value;

/// One example.
#[derive(Debug, Clone)]
pub(super) struct Example {
    pub line: usize,
    pub row: ExampleRow,
}

impl Example {
    /// Its facts; the minute is none unless it says `at`.
    pub(super) fn facts(&self, world: &World<'_>) -> Result<Facts, String> {
        let row = &self.row;
        let tool = tools::find(&row.tool)
            .ok_or_else(|| format!("there is no tool `{}`", crate::call::visible_line(&row.tool, 60)))?;
        let card = tool.card();
        let caller =
            row.caller.as_deref().map_or(Ok(Caller::Cli), Caller::parse).map_err(|e| e.to_string())?;
        let minute = row.at.as_deref().map(|at| hours::minute(at).ok_or(at));
        let minute = minute.transpose().map_err(|at| format!("at `{at}` does not read: write \"09:30\""))?;
        let args = self.args()?;
        let bound = tool.bind(&args).map_err(|e| e.to_string())?;
        let wanted = tool.plan(&bound).map_err(|e| e.to_string())?;
        let glance = world.glance();
        let effects = wanted.into_iter().map(|w| resolve(w, &caller, &glance)).collect::<Result<Vec<_>, _>>();
        let effects = effects.map_err(|e| e.to_string())?;
        let risk = risk_of(tool, &effects, world);
        Ok(Facts::of(card.name, &caller, risk, &effects, minute))
    }

    /// Its arguments as a caller would have sent them.
    pub(super) fn args(&self) -> Result<Value, String> {
        // A time of TOML would become an object of one odd member.
        if self.row.args.values().any(dated) {
            return Err("`args` holds a date: write it as text".to_owned());
        }
        serde_json::to_value(&self.row.args).map_err(|e| e.to_string())
    }
}

fn dated(value: &toml::Value) -> bool {
    match value {
        toml::Value::Datetime(_) => true,
        toml::Value::Array(items) => items.iter().any(dated),
        toml::Value::Table(members) => members.values().any(dated),
        toml::Value::String(_)
        | toml::Value::Integer(_)
        | toml::Value::Float(_)
        | toml::Value::Boolean(_) => false,
    }
}
