//! The policy in force as data, each part with where it comes from.

use super::file::RuleRow;
use super::{Policy, Profile};
use crate::call::AbsPath;
use crate::gate::resolve::path::real;
use crate::gate::rules::RULES;
use crate::gate::world::World;
use serde_json::{Map, Value, json};

impl Policy {
    /// Everything that decides, defaults and built-in rules included.
    pub fn shown(&self, world: &World<'_>) -> Value {
        json!({
            "path": self.path,
            "policy": self.digest,
            "profile": self.profiles(),
            "workspace": self.workspace(world),
            "risk": self.risks(),
            "rules": self.rules_shown(world),
            "built_in": built_in(),
        })
    }

    fn profiles(&self) -> Value {
        let own = &self.file.profile;
        let source = |key: &str, written: bool| {
            if written { Value::from(self.source(key)) } else { Value::from("default") }
        };
        let strict = |profile| if profile == Profile::Strict { "strict" } else { "standard" };
        let kinds = [("cli", own.cli), ("loop", own.of_loops), ("mcp", own.mcp)];
        let rows = kinds.into_iter().map(|(kind, written)| {
            let source = match written {
                Some(_) => source(kind, true),
                None => source("default", super::line_with(&self.text, "default").is_some()),
            };
            (kind.to_owned(), json!({ "value": strict(self.profile(kind)), "source": source }))
        });
        Value::Object(rows.collect())
    }

    fn workspace(&self, world: &World<'_>) -> Value {
        let source = self.source("roots");
        let row = |root: &String| {
            let path = AbsPath::parse(root).ok().map(|root| root.expand(world.home.tilde()));
            let path = path.and_then(|path| real(&path).ok());
            json!({ "root": root, "path": path, "source": source })
        };
        self.roots().iter().map(row).collect()
    }

    fn risks(&self) -> Value {
        let faults = self.risk_faults();
        let row = |row: &toml::Spanned<super::file::RiskRow>| {
            let (line, row) = (self.lines.at(row.span().start), row.get_ref());
            let fault = faults.iter().find(|fault| fault.line == line);
            json!({
                "tool": row.tool, "risk": row.risk, "reason": row.reason, "source": self.at(line),
                "refused": fault.map(|fault| &fault.message),
            })
        };
        self.file.risk.iter().map(row).collect()
    }

    fn rules_shown(&self, world: &World<'_>) -> Value {
        let row = |rule: &super::Rule| {
            let refused: Vec<_> =
                rule.faults(&self.rules, world).into_iter().map(|fault| fault.message).collect();
            json!({
                "rule": rule.id, "decide": rule.decide, "matchers": matchers(&rule.row), "reason": rule.reason,
                "source": self.at(rule.line), "refused": refused,
            })
        };
        self.rules.iter().map(row).collect()
    }
}

/// The matchers as they are written.
fn matchers(row: &RuleRow) -> Value {
    let mut shown = Map::new();
    let lists = [
        ("tools", &row.tools),
        ("callers", &row.callers),
        ("paths", &row.paths),
        ("hosts", &row.hosts),
        ("recipients", &row.recipients),
        ("programs", &row.programs),
    ];
    for (name, list) in lists {
        if let Some(list) = list {
            shown.insert(name.to_owned(), list.iter().map(|text| text.get_ref().as_str()).collect());
        }
    }
    if let Some(risk) = &row.risk {
        shown.insert("risk".to_owned(), json!(risk));
    }
    if let Some(hours) = &row.hours {
        shown.insert("hours".to_owned(), json!(hours));
    }
    Value::Object(shown)
}

/// What no file takes away.
fn built_in() -> Value {
    let listed = RULES.iter().map(|rule| (rule.id, "block", rule.message));
    let others = [
        ("risk-critical", "block", "CRITICAL never runs, whoever approves it"),
        ("risk-high", "ask", "HIGH waits for a person, unless a rule allows it"),
        ("workspace", "ask", "what lies outside the workspace asks, unless a rule allows its paths"),
        ("not-confined", "ask", "a program that the kernel does not confine asks, whoever allows it"),
    ];
    let row = |(rule, decide, message): (&str, &str, &str)| json!({ "rule": rule, "decide": decide, "reason": message, "source": "built-in" });
    listed.chain(others).map(row).collect()
}
