//! Everything that is wrong with a policy, all at once: every example is run, every rule compared.

use super::example::Example;
use super::{Fault, Policy};
use crate::call::{AbsPath, Answer, Call, CallId, Caller};
use crate::gate::judged::judge;
use crate::gate::resolve::path::real;
use crate::gate::world::World;

impl Policy {
    /// What puts parts of the policy out of force: each forbids what it would have covered.
    pub fn faults(&self, world: &World<'_>) -> Vec<Fault> {
        let mut faults = self.risk_faults();
        faults.extend(self.rules.iter().flat_map(|rule| rule.faults(&self.rules, world)));
        faults.sort();
        faults
    }

    /// The same, and what is only worth a look.
    pub fn lint(&self, world: &World<'_>) -> Vec<Fault> {
        let mut faults = self.faults(world);
        let mut look = |line: usize, rule: Option<&str>, message: String, help: &str| {
            let rule = rule.map(str::to_owned);
            faults.push(Fault { line, rule, refused: false, message, help: help.to_owned() });
        };
        for root in self.roots() {
            let expanded = AbsPath::parse(root).ok().map(|root| root.expand(world.home.tilde()));
            if !expanded.and_then(|root| real(&root).ok()).is_some_and(|root| root.is_dir()) {
                let line = super::line_with(&self.text, "roots").unwrap_or(1);
                look(line, None, format!("workspace root `{root}` is no folder"), "make it, or take it out");
            }
        }
        for rule in self.rules.iter().filter(|rule| rule.faults(&self.rules, world).is_empty()) {
            let id = Some(rule.id.as_str());
            if rule.must_not.is_empty() {
                let message = "the rule has no example that it must not match".to_owned();
                look(
                    rule.line,
                    id,
                    message,
                    "add `not_match = [{ tool = \"…\", args = { … } }]` near its edge",
                );
            }
            if rule.decide == Answer::Allow && rule.must.iter().all(|example| in_vain(example, world)) {
                let message =
                    "the rule allows nothing: each of its examples is forbidden whatever it says".to_owned();
                look(
                    rule.line,
                    id,
                    message,
                    "`fleet policy check` says by what; built-in rules and CRITICAL stay whatever a rule says",
                );
            }
        }
        faults.sort();
        faults
    }
}

/// Whether the example's call is blocked although a rule allows it.
fn in_vain(example: &Example, world: &World<'_>) -> bool {
    let caller = example.row.caller.as_deref().map_or(Ok(Caller::Cli), Caller::parse);
    let (Ok(caller), Ok(args)) = (caller, example.args()) else { return false };
    let Ok(id) = CallId::parse(&"0".repeat(26)) else { return false };
    let call = Call { id, caller, tool: example.row.tool.clone(), args, run: None, why: None };
    judge(call, &world.glance()).is_ok_and(|judged| judged.answer() == Answer::Block)
}
