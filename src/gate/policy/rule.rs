//! One rule: sound, or refused. A refused rule forbids what it would have covered.
//!
//! Matchers are read with the file. Examples of a rule are run when a call comes that it covers, and
//! kept: a rule that covers no call decides nothing, so that its mistakes can wait for `policy lint`
//! and for the first look at a changed policy, which run all of them.

use super::example::Example;
use super::facts::Facts;
use super::fault::Fault;
use super::file::{Decide, Lines, RuleRow};
use super::matcher::Matcher;
use crate::call::Answer;
use crate::gate::world::World;
use crate::state::Home;
use std::sync::OnceLock;
use toml::Spanned;

/// A rule of the owner.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub id: String,
    pub decide: Answer,
    pub reason: String,
    pub line: usize,
    pub matcher: Matcher,
    pub row: RuleRow,
    pub must: Vec<Example>,
    pub must_not: Vec<Example>,
    /// What was wrong when the file was read.
    faults: Vec<Fault>,
    tried: OnceLock<Tried>,
    shadow: OnceLock<Option<Fault>>,
}

/// What came of running the examples.
#[derive(Debug, Clone)]
struct Tried {
    faults: Vec<Fault>,
    /// The facts of the calls that it must match.
    must: Vec<Facts>,
}

impl Rule {
    /// Prepares one `[[rule]]`.
    pub(super) fn new(row: &Spanned<RuleRow>, lines: &Lines, home: &Home) -> Self {
        let line = lines.at(row.span().start);
        let row = row.get_ref().clone();
        let id = row.id.clone().filter(|id| !id.trim().is_empty());
        let name = id.clone().unwrap_or_else(|| format!("rule-at-line-{line}"));
        let mut faults = Vec::new();
        let mut fault = |line: usize, message: String, help: &str| {
            let rule = Some(name.clone());
            faults.push(Fault { line, rule, refused: true, message, help: help.to_owned() });
        };
        if id.is_none() {
            fault(line, "the rule has no `id`".into(), "give it a short name of its own");
        }
        if row.decide.is_none() {
            fault(
                line,
                "the rule does not say what it decides".into(),
                "add `decide = \"allow\"`, \"ask\" or \"block\"",
            );
        }
        if row.reason.as_deref().is_none_or(|reason| reason.trim().is_empty()) {
            fault(
                line,
                "the rule has no `reason`".into(),
                "say why in a sentence: who is asked or refused reads it",
            );
        }
        let strict = row.decide != Some(Decide::Allow);
        let mut wrong = Vec::new();
        let matcher = Matcher::new(&row, strict, home, &mut wrong);
        for (at, message) in wrong {
            fault(
                at.map_or(line, |at| lines.at(at)),
                message,
                "mend it; until then the rule covers more than it says",
            );
        }
        if !strict && !any_matcher(&row) {
            fault(
                line,
                "the rule allows everything that asks".into(),
                "name at least one of tools, callers, risk, paths, hosts, recipients, programs, hours",
            );
        }
        if row.must.is_empty() {
            fault(
                line,
                "the rule has no example that it must match".into(),
                "add `match = [{ tool = \"…\", args = { … } }]`",
            );
        }
        let example = |row: &Spanned<super::file::ExampleRow>| Example {
            line: lines.at(row.span().start),
            row: row.get_ref().clone(),
        };
        let (must, must_not) =
            (row.must.iter().map(example).collect(), row.must_not.iter().map(example).collect());
        Self {
            id: name,
            decide: row.decide.map_or(Answer::Block, Answer::from),
            reason: row.reason.clone().unwrap_or_default(),
            line,
            // Read widely, as what forbids is, once it cannot be what it says.
            matcher: if faults.is_empty() || strict {
                matcher
            } else {
                Matcher::new(&row, true, home, &mut Vec::new())
            },
            row,
            must,
            must_not,
            faults,
            tried: OnceLock::new(),
            shadow: OnceLock::new(),
        }
    }

    /// Refuses the rule for another one of the same name.
    pub(super) fn same_id(&mut self) {
        self.faults.push(Fault {
            line: self.line,
            rule: Some(self.id.clone()),
            refused: true,
            message: "another rule has the same `id`".into(),
            help: "give each rule a name of its own".into(),
        });
    }

    /// Everything for which the rule is refused.
    pub(super) fn faults(&self, all: &[Self], world: &World<'_>) -> Vec<Fault> {
        let mut faults = self.faults.clone();
        faults.extend(self.tried(world).faults.iter().cloned());
        if faults.is_empty() {
            faults.extend(self.shadow.get_or_init(|| self.shadowed(all, world)).clone());
        }
        faults
    }

    fn sound_alone(&self, world: &World<'_>) -> bool {
        self.faults.is_empty() && self.tried(world).faults.is_empty()
    }

    fn tried(&self, world: &World<'_>) -> &Tried {
        self.tried.get_or_init(|| {
            let mut tried = Tried { faults: Vec::new(), must: Vec::new() };
            let mut fault = |line, message, help: &str| {
                let rule = Some(self.id.clone());
                tried.faults.push(Fault { line, rule, refused: true, message, help: help.to_owned() });
            };
            for (list, examples, wanted) in
                [("match", &self.must, true), ("not_match", &self.must_not, false)]
            {
                for example in examples {
                    let tool = crate::call::visible_line(&example.row.tool, 60);
                    match example.facts(world) {
                        Err(why) => fault(
                            example.line,
                            format!("an example in `{list}` is no call: {tool}: {why}"),
                            "`fleet tool show TOOL` has its arguments",
                        ),
                        Ok(facts) => {
                            let covers = match facts.minute {
                                Some(_) => self.matcher.covers(&facts),
                                None => self.matcher.covers_at_any_hour(&facts),
                            };
                            if covers != wanted {
                                let not = if wanted { "does not match" } else { "matches" };
                                fault(
                                    example.line,
                                    format!(
                                        "the rule {not} its example `{tool}` in `{list}`{}",
                                        seen(&facts)
                                    ),
                                    "change the matchers or the example: one of them is not what you mean",
                                );
                            }
                            if wanted {
                                tried.must.push(facts);
                            }
                        }
                    }
                }
            }
            tried
        })
    }

    /// Whether stricter rules leave it no example of its own.
    fn shadowed(&self, all: &[Self], world: &World<'_>) -> Option<Fault> {
        let stricter: Vec<_> =
            all.iter().filter(|other| other.decide > self.decide && other.sound_alone(world)).collect();
        let mut by: Vec<&str> = Vec::new();
        for facts in &self.tried(world).must {
            let mut over = stricter.iter().filter(|other| {
                other.matcher.covers_at_any_hour(facts) && other.matcher.meets(&self.matcher, facts.minute)
            });
            by.push(&over.by_ref().min_by_key(|other| other.id.as_str())?.id);
        }
        by.sort_unstable();
        by.dedup();
        let names: Vec<_> = by.iter().map(|id| format!("`{id}`")).collect();
        Some(Fault {
            line: self.line,
            rule: Some(self.id.clone()),
            refused: true,
            message: format!(
                "the rule never counts: each of its examples is decided more strictly by {}",
                names.join(", ")
            ),
            help: "take it out, narrow the other, or add an example that only this rule covers".into(),
        })
    }
}

fn any_matcher(row: &RuleRow) -> bool {
    let lists = [&row.tools, &row.callers, &row.paths, &row.hosts, &row.recipients, &row.programs];
    lists.iter().any(|list| list.is_some()) || row.risk.is_some() || row.hours.is_some()
}

/// What was compared, for an example that went the wrong way.
fn seen(facts: &Facts) -> String {
    let mut parts = vec![format!("risk {}", facts.risk), format!("caller {}", facts.caller)];
    parts.extend(facts.paths.iter().map(|p| p.name.exact.clone()));
    parts.extend(facts.hosts.iter().chain(&facts.recipients).map(|n| n.exact.clone()));
    parts.extend(facts.programs.iter().map(|p| p.asked.clone()));
    format!(", which is: {}", crate::call::visible_line(&parts.join(", "), 400))
}
