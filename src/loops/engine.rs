//! Expressions and templates: minijinja, strict, with fuel, without includes, imports or macros.
//!
//! Traps that were measured (minijinja 3.0.5): an expression whose result is undefined is no error
//! even in strict mode, so every result is looked at; data that contains `{{ … }}` stays inert.

use minijinja::value::{Serde, Value as Jinja, ValueKind};
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior};
use serde_json::Value;
use std::collections::BTreeSet;

/// Steps of one evaluation.
const FUEL: u64 = 200_000;

/// Evaluates expressions and templates over values.
pub struct Engine {
    jinja: Environment<'static>,
}

impl Engine {
    /// An engine with fleet's filters. All are pure: no clock, no files.
    pub fn new() -> Self {
        let mut jinja = Environment::new();
        jinja.set_undefined_behavior(UndefinedBehavior::Strict);
        jinja.set_fuel(Some(FUEL));
        // A text that ends in a line feed is meant to.
        if let Ok(syntax) = minijinja::syntax::SyntaxConfig::builder().keep_trailing_newline(true).build() {
            jinja.set_syntax(syntax);
        }
        jinja.add_filter("flatten", flatten);
        jinja.add_filter("first_n", first_n);
        jinja.add_filter("changed_from", changed_from);
        jinja.add_filter("clip", clip);
        jinja.add_filter("sha8", |text: &str| crate::canon::sha256(text.as_bytes()).short().to_owned());
        jinja.add_filter("settled", settled);
        jinja.add_filter("by_extension", by_extension);
        jinja.add_filter("clashing", clashing);
        Self { jinja }
    }

    /// The value of a bare expression. Undefined is an error.
    pub fn expression(&self, source: &str, values: &Jinja) -> Result<Value, String> {
        let expression = self.jinja.compile_expression(source).map_err(|e| said(source, &e))?;
        let value = expression.eval(values.clone()).map_err(|e| said(source, &e))?;
        json(source, &value)
    }

    /// A bare expression that must be a bool, not merely truthy.
    pub fn holds(&self, source: &str, values: &Jinja) -> Result<bool, String> {
        let value = self.expression(source, values)?;
        value.as_bool().ok_or_else(|| format!("`{source}` is `{value}`, and must be true or false"))
    }

    /// A bare expression that must be a list.
    pub fn list(&self, source: &str, values: &Jinja) -> Result<Vec<Value>, String> {
        let value = self.expression(source, values)?;
        let shown = crate::call::visible_line(&value.to_string(), 80);
        if let Value::Array(items) = value {
            Ok(items)
        } else {
            Err(format!("`{source}` is not a list: {shown}"))
        }
    }

    /// A template. One that is exactly `{{ expression }}` keeps its type; others are text.
    pub fn template(&self, source: &str, values: &Jinja) -> Result<Value, String> {
        match whole(source) {
            Some(expression) => self.expression(expression, values),
            None => {
                self.jinja.render_str(source, values.clone()).map(Value::String).map_err(|e| said(source, &e))
            }
        }
    }

    /// A template as text.
    pub fn text(&self, source: &str, values: &Jinja) -> Result<String, String> {
        let value = self.template(source, values)?;
        Ok(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    }

    /// Arguments whose strings are templates.
    pub fn args(&self, args: &toml::Table, values: &Jinja) -> Result<Value, String> {
        self.filled(&serde_json::to_value(args).map_err(|e| e.to_string())?, values)
    }

    fn filled(&self, value: &Value, values: &Jinja) -> Result<Value, String> {
        Ok(match value {
            Value::String(source) => self.template(source, values)?,
            Value::Array(items) => {
                Value::Array(items.iter().map(|v| self.filled(v, values)).collect::<Result<_, _>>()?)
            }
            Value::Object(members) => Value::Object(
                members
                    .iter()
                    .map(|(k, v)| Ok((k.clone(), self.filled(v, values)?)))
                    .collect::<Result<_, String>>()?,
            ),
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        })
    }

    /// Whether there is a filter of this name; the engine itself finds out only when it gets there.
    pub fn has_filter(&self, name: &str) -> bool {
        self.knows(&format!("{{{{ 1|{name} }}}}"), ErrorKind::UnknownFilter)
    }

    /// Whether there is a test of this name.
    pub fn has_test(&self, name: &str) -> bool {
        self.knows(&format!("{{{{ 1 is {name} }}}}"), ErrorKind::UnknownTest)
    }

    fn knows(&self, source: &str, unknown: ErrorKind) -> bool {
        self.jinja.render_str(source, ()).err().is_none_or(|e| e.kind() != unknown)
    }

    /// Names that a template or expression uses, with their members: `gather.status`.
    pub fn names(&self, source: &str, is_expression: bool) -> Result<BTreeSet<String>, String> {
        let found = if is_expression {
            self.jinja.compile_expression(source).map_err(|e| said(source, &e))?.undeclared_variables(true)
        } else {
            self.jinja.template_from_str(source).map_err(|e| said(source, &e))?.undeclared_variables(true)
        };
        Ok(found.into_iter().collect())
    }
}

/// JSON as a value of the template engine.
pub fn jinja<T: serde::Serialize>(value: T) -> Jinja {
    Jinja::from(Serde(value))
}

/// `values` with `item` beside them.
pub fn with_item(values: &Jinja, item: &Value) -> Jinja {
    minijinja::context! { item => jinja(item), ..values.clone() }
}

/// The expression of a template that is nothing else.
fn whole(source: &str) -> Option<&str> {
    let inner = source.trim().strip_prefix("{{")?.strip_suffix("}}")?;
    (!inner.contains("{{") && !inner.contains("}}")).then_some(inner)
}

fn said(source: &str, e: &Error) -> String {
    let detail = e.detail().map_or_else(|| e.kind().to_string(), |d| format!("{}: {d}", e.kind()));
    format!("`{}`: {detail}", crate::call::visible_line(source, 100))
}

fn json(source: &str, value: &Jinja) -> Result<Value, String> {
    if value.is_undefined() {
        return Err(format!("`{}` has no value", crate::call::visible_line(source, 100)));
    }
    serde_json::to_value(value).map_err(|e| format!("`{source}`: {e}"))
}

/// One list out of a list of lists.
fn flatten(lists: &Jinja) -> Result<Jinja, Error> {
    let mut items = Vec::new();
    for list in lists.try_iter()? {
        if list.kind() != ValueKind::Seq && list.kind() != ValueKind::Iterable {
            return Err(Error::new(ErrorKind::InvalidOperation, "flatten takes a list of lists"));
        }
        items.extend(list.try_iter()?);
    }
    Ok(items.into())
}

/// Rows with a `name` and a `sha256` whose hash is not the one that `before` has under that name, with
/// that one as `was`.
fn changed_from(rows: &Jinja, before: &Jinja) -> Result<Jinja, Error> {
    let mut changed = Vec::new();
    for row in rows.try_iter()? {
        let was = before.get_item(&row.get_attr("name")?)?;
        if was != row.get_attr("sha256")? {
            let was = if was.is_undefined() { "not there".into() } else { was };
            changed.push(minijinja::context! { was => was, ..row });
        }
    }
    Ok(changed.into())
}

/// At most the first `most` of a list.
fn first_n(list: &Jinja, most: usize) -> Result<Jinja, Error> {
    Ok(list.try_iter()?.take(most).collect::<Vec<_>>().into())
}

/// At most `most` characters, nothing invisible.
fn clip(text: &str, most: usize) -> String {
    crate::call::visible_line(text, most)
}

/// Entries of `files_list` that are what `before` remembers: `SIZE:MTIME` by path. A file that is
/// still being written is not what it was at the last run.
fn settled(entries: &Jinja, before: &Jinja) -> Result<Jinja, Error> {
    let mut kept = Vec::new();
    for entry in entries.try_iter()? {
        let now = format!("{}:{}", entry.get_attr("size")?, entry.get_attr("mtime")?);
        let was = before.get_item(&entry.get_attr("path")?)?;
        if was.as_str() == Some(&now) {
            kept.push(entry);
        }
    }
    Ok(kept.into())
}

/// Entries whose name ends in one of the endings of a group, each with that group as `tray`.
fn by_extension(entries: &Jinja, groups: &Jinja) -> Result<Jinja, Error> {
    let mut sorted = Vec::new();
    for entry in entries.try_iter()? {
        let name = entry.get_attr("name")?.to_string().to_lowercase();
        for group in groups.try_iter()? {
            let endings = groups.get_item(&group)?;
            let fits = endings.try_iter()?.any(|e| {
                name.len() > e.to_string().len() + 1 && name.ends_with(&format!(".{e}").to_lowercase())
            });
            if fits {
                sorted.push(minijinja::context! { tray => group, ..entry.clone() });
                break;
            }
        }
    }
    Ok(sorted.into())
}

/// Entries with a `tray` whose place there, `ROOT/TRAY/NAME`, is among `taken`.
fn clashing(entries: &Jinja, root: &str, taken: Vec<String>) -> Result<Jinja, Error> {
    let mut kept = Vec::new();
    for entry in entries.try_iter()? {
        let place = format!("{root}/{}/{}", entry.get_attr("tray")?, entry.get_attr("name")?);
        if taken.contains(&place) {
            kept.push(entry);
        }
    }
    Ok(kept.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn values() -> Jinja {
        jinja(json!({"a": {"n": 3, "list": [1, 2]}, "evil": "{{ a.n }}"}))
    }

    #[test]
    fn a_template_that_is_one_expression_keeps_its_type() {
        let engine = Engine::new();
        assert_eq!(engine.template("{{ a.list }}", &values()), Ok(json!([1, 2])));
        assert_eq!(engine.template("n={{ a.n }}\n", &values()), Ok(json!("n=3\n")));
        assert_eq!(engine.template("{{ a.n }}{{ a.n }}", &values()), Ok(json!("33")));
    }

    #[test]
    fn undefined_is_an_error_wherever_it_shows() {
        let engine = Engine::new();
        for bad in ["a.nope", "nope", "'x' if false", "a.nope.more"] {
            assert!(engine.expression(bad, &values()).is_err(), "{bad}");
        }
        assert!(engine.template("x {{ a.nope }}", &values()).is_err());
        assert!(engine.holds("a.n", &values()).is_err());
        assert!(engine.list("a", &values()).is_err());
    }

    #[test]
    fn data_is_never_a_template_and_nothing_runs_for_ever() {
        let engine = Engine::new();
        assert_eq!(engine.template("{{ evil }}", &values()), Ok(json!("{{ a.n }}")));
        assert!(
            engine
                .template(
                    "{% for i in range(9999) %}{% for j in range(9999) %}x{% endfor %}{% endfor %}",
                    &values()
                )
                .is_err()
        );
        for bad in ["{% include 'x' %}", "{% import 'x' as y %}", "{% macro m() %}{% endmacro %}"] {
            assert!(engine.template(bad, &values()).is_err(), "{bad}");
        }
    }

    #[test]
    fn filters_of_fleet() {
        let engine = Engine::new();
        let v = jinja(json!({
            "files": [{"path": "/d/a.PDF", "name": "a.PDF", "size": 1, "mtime": 2}, {"path": "/d/b.part", "name": "b.part", "size": 1, "mtime": 2}, {"path": "/d/.pdf", "name": ".pdf", "size": 1, "mtime": 2}],
            "before": {"/d/a.PDF": "1:2", "/d/b.part": "9:9"},
            "trays": {"Documents": ["pdf"]},
            "nested": [[1], [2, 3]],
        }));
        assert_eq!(
            engine.expression("files | settled(before) | map(attribute='name') | list", &v),
            Ok(json!(["a.PDF"]))
        );
        assert_eq!(
            engine.expression("files | by_extension(trays) | map(attribute='tray') | list", &v),
            Ok(json!(["Documents"]))
        );
        assert_eq!(engine.expression("nested | flatten", &v), Ok(json!([1, 2, 3])));
        assert!(engine.expression("[1] | flatten", &v).is_err());
        assert_eq!(engine.expression("nested | flatten | first_n(2)", &v), Ok(json!([1, 2])));
        let v2 = jinja(json!({
            "rows": [{"name": "a", "sha256": "1"}, {"name": "b", "sha256": "2"}, {"name": "c", "sha256": "3"}],
            "old": {"a": "1", "b": "9"},
        }));
        assert_eq!(
            engine.expression("rows | changed_from(old) | map(attribute='was') | list", &v2),
            Ok(json!(["9", "not there"]))
        );
        assert_eq!(engine.expression("'a\u{1b}b' | clip(9)", &v), Ok(json!("a\\u{1b}b")));
    }
}
