//! Ask an SQLite database.

use super::typed::{Typed, Unclear};
use super::{Card, EffectClass, told};
use crate::call::{AbsPath, Happened, Look, Risk, Wanted};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Most rows one call returns, longest statement, most parameters.
const MOST: u32 = 5000;
const LONG: usize = 20_000;
const PARAMS: usize = 100;

pub struct SqliteQuery;

#[derive(Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// The database file, from `/` or `~/`.
    db: AbsPath,
    /// One statement that reads; `?` stands for a parameter.
    sql: String,
    /// Its parameters, in order: text, whole numbers, true, false or null.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    params: Vec<Value>,
    /// At most this many rows; 5000 is the most.
    #[serde(default = "some")]
    limit: u32,
    /// Milliseconds that it may take; 30000 is the most.
    #[serde(default = "short")]
    timeout_ms: u32,
}

const fn some() -> u32 {
    200
}

const fn short() -> u32 {
    5000
}

impl Typed for SqliteQuery {
    type Args = Args;
    const CARD: Card = Card {
        name: "sqlite_query",
        family: "database",
        risk: Risk::Low,
        effect: EffectClass::Read,
        about: "Carries out one statement that reads one SQLite database. Changes, ATTACH, PRAGMA and extensions \
                are refused; time, memory, rows and bytes are bounded. `SELECT name, sql FROM sqlite_master` tells \
                what is in it.",
        undo: "nothing to undo",
        bulk: &[],
        needs: None,
        example: r#"{"db":"~/notes.db","sql":"SELECT title FROM notes WHERE tag = ? LIMIT 5","params":["work"]}"#,
    };

    fn plan(args: Args) -> Result<Vec<Wanted>, Unclear> {
        let Args { db, sql, params, limit, timeout_ms } = args;
        if sql.trim().is_empty() || sql.len() > LONG || sql.contains('\0') {
            return Err(Unclear::Args(format!("sql: expected one statement of at most {LONG} bytes")));
        }
        if params.len() > PARAMS || params.iter().any(|p| p.is_array() || p.is_object()) {
            return Err(Unclear::Args(format!(
                "params: at most {PARAMS} texts, numbers, true, false or null"
            )));
        }
        if limit == 0 || limit > MOST {
            return Err(Unclear::Args(format!("limit is {limit}: expected 1 to {MOST}")));
        }
        if !(10..=30_000).contains(&timeout_ms) {
            return Err(Unclear::Args(format!("timeout_ms is {timeout_ms}: expected 10 to 30000")));
        }
        Ok(vec![Wanted::Look(Look::Sqlite { db, sql, params, limit, timeout_ms })])
    }

    fn report(_: Args, happened: &[Happened]) -> Value {
        told(happened)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Tool;
    use super::*;
    use serde_json::json;

    #[test]
    fn parameters_are_plain_values() {
        let plan = |params: Value| {
            let args = json!({"db": "/a.db", "sql": "SELECT ?", "params": params});
            Tool::plan(&SqliteQuery, &SqliteQuery.bind(&args).unwrap())
        };
        assert!(plan(json!(["a", 1, null, true])).is_ok());
        assert!(plan(json!([[1]])).is_err() && plan(json!([{"a": 1}])).is_err());
        let empty = SqliteQuery.bind(&json!({"db": "/a.db", "sql": " "})).unwrap();
        assert!(Tool::plan(&SqliteQuery, &empty).is_err());
    }
}
