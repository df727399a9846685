//! Weighing: what the gate's questions found, and what the owner's rules say to it.
//!
//! The strictest answer wins, whatever the order. A rule that allows takes away an ask that comes
//! from risk or place alone; it takes away nothing else.

use super::Policy;
use super::facts::Facts;
use super::hours;
use crate::call::{Answer, Reason};
use crate::gate::questions::Draft;
use crate::gate::world::World;

/// An ask that rules may take away, and what a rule has to name for that.
struct Yields {
    ask: &'static str,
    needs: Needs,
}

enum Needs {
    Nothing,
    Paths,
    Hosts,
    Programs,
}

/// All asks that yield. Any other stays, whoever allows: a program that is not confined, a strict
/// profile, a rule that asks, a veto.
const YIELD: &[Yields] = &[
    Yields { ask: "risk-high", needs: Needs::Nothing },
    Yields { ask: "workspace", needs: Needs::Paths },
    Yields { ask: "network", needs: Needs::Hosts },
    // A program that is named for what it does; not what hides a program, nor what was not understood.
    Yields { ask: "shell-unknown-program", needs: Needs::Programs },
    Yields { ask: "shell-write", needs: Needs::Programs },
    Yields { ask: "shell-delete", needs: Needs::Programs },
];

impl Policy {
    /// The answer to `draft`, with all reasons: those that were found, and every rule that matches.
    pub(in crate::gate) fn weigh(
        &self,
        draft: &Draft<'_>,
        found: Vec<(Answer, Reason)>,
        world: &World<'_>,
    ) -> (Answer, Vec<Reason>) {
        if self.rules.is_empty() {
            let answer = found.iter().map(|(answer, _)| *answer).fold(Answer::Allow, Answer::max);
            return (answer, found.into_iter().map(|(_, reason)| reason).collect());
        }
        let minute = hours::local(world.now);
        let facts = Facts::of(draft.tool, draft.caller, draft.risk, draft.effects, minute);
        let mut said = Vec::new();
        let mut allowing = Vec::new();
        for rule in self.rules.iter().filter(|rule| rule.matcher.covers(&facts)) {
            let source = format!("{}:{}", self.path.display(), rule.line);
            let (id, decide) = (rule.id.clone(), rule.decide);
            match rule.faults(&self.rules, world).first() {
                Some(fault) => {
                    let source = format!("{}:{}", self.path.display(), fault.line);
                    let message = format!(
                        "this rule is refused, and forbids what it covers: {}; {}",
                        fault.message, fault.help
                    );
                    said.push((Answer::Block, Reason { rule: id, source, message }));
                }
                None => {
                    if decide == Answer::Allow {
                        allowing.push(rule);
                    }
                    said.push((decide, Reason { rule: id, source, message: rule.reason.clone() }));
                }
            }
        }
        let lifted = |answer: Answer, reason: &Reason| {
            let yields = YIELD.iter().find(|y| answer == Answer::Ask && y.ask == reason.rule)?;
            let by = allowing.iter().filter(|rule| match yields.needs {
                Needs::Nothing => true,
                Needs::Paths => rule.matcher.names_paths(),
                Needs::Hosts => rule.matcher.names_hosts(),
                Needs::Programs => rule.matcher.names_programs(),
            });
            by.map(|rule| rule.id.as_str()).min()
        };
        let mut answer = said.iter().map(|(answer, _)| *answer).fold(Answer::Allow, Answer::max);
        let mut reasons = Vec::new();
        for (found, mut reason) in found {
            match lifted(found, &reason) {
                Some(by) => reason.message.push_str(&format!("; taken away by rule `{by}`")),
                None => answer = answer.max(found),
            }
            reasons.push(reason);
        }
        for (decide, mut reason) in said {
            if decide == Answer::Allow && answer > Answer::Allow {
                reason.message.push_str(" (allows, but the strictest answer counts)");
            }
            reasons.push(reason);
        }
        (answer, reasons)
    }
}
