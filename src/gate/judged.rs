//! Judging: from a call as asked to what would be done, how risky that is, and the answer.

use super::floor::floor;
use super::questions::{Draft, QUESTIONS};
use super::resolve::resolve;
use super::world::World;
use crate::call::{Answer, Call, Digest, Effect, GitChange, Reason, Risk, Spawn, Stage, visible_line};
use crate::canon;
use crate::tools::{self, Bound, Tool};
use serde_json::{Value, json};

/// A call that was judged. Only the gate makes one, so nobody brings a risk or a decision along.
#[derive(Clone)]
pub struct Judged {
    call: Call,
    tool: &'static dyn Tool,
    bound: Bound,
    effects: Vec<Effect>,
    effects_json: Value,
    risk: Risk,
    answer: Answer,
    reasons: Vec<Reason>,
    digest: Digest,
    target: Digest,
    touched: Vec<Digest>,
    policy: Digest,
    undoes: bool,
}

/// What was found about a call.
struct Weighed {
    risk: Risk,
    answer: Answer,
    reasons: Vec<Reason>,
    undoes: bool,
}

/// A call that does not run, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Refusal {
    /// All reasons.
    pub reasons: Vec<Reason>,
    /// The call's digest, if it came to one.
    pub digest: Option<Digest>,
    /// Its risk, if it came to one.
    pub risk: Option<Risk>,
    /// The rule was a brake, not policy.
    pub braked: bool,
    /// The call itself is malformed.
    pub malformed: bool,
}

impl Refusal {
    pub(super) fn malformed(rule: &str, message: impl Into<String>) -> Self {
        let reasons = vec![Reason::built_in(rule, message)];
        Self { reasons, digest: None, risk: None, braked: false, malformed: true }
    }

    pub(super) fn brake(reason: Reason) -> Self {
        Self { reasons: vec![reason], digest: None, risk: None, braked: true, malformed: false }
    }
}

impl std::fmt::Debug for Judged {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Judged")
            .field("call", &self.call)
            .field("answer", &self.answer)
            .finish_non_exhaustive()
    }
}

impl Judged {
    /// The call as asked.
    pub const fn call(&self) -> &Call {
        &self.call
    }
    /// Its tool.
    pub fn tool(&self) -> &'static dyn Tool {
        self.tool
    }
    /// Its arguments with defaults.
    pub const fn bound(&self) -> &Bound {
        &self.bound
    }
    /// What would be done.
    pub fn effects(&self) -> &[Effect] {
        &self.effects
    }
    /// The stricter of card, floors and deny-list.
    pub const fn risk(&self) -> Risk {
        self.risk
    }
    /// The strictest answer.
    pub const fn answer(&self) -> Answer {
        self.answer
    }
    /// All reasons.
    pub fn reasons(&self) -> &[Reason] {
        &self.reasons
    }
    /// What an approval is bound to: tool, bound arguments, effects with their pins, kind of caller.
    pub const fn digest(&self) -> &Digest {
        &self.digest
    }
    /// Tool and what it touches, whoever asks: what a denial is remembered by.
    pub const fn target(&self) -> &Digest {
        &self.target
    }
    /// The same thing by thing, sorted.
    pub fn touched(&self) -> &[Digest] {
        &self.touched
    }
    /// Whether it is a person's veto that takes another call back: it works with the kill switch set.
    pub const fn undoes(&self) -> bool {
        self.undoes
    }
    /// The policy it was judged by.
    pub const fn policy(&self) -> &Digest {
        &self.policy
    }
    /// The effects as JSON.
    pub const fn effects_json(&self) -> &Value {
        &self.effects_json
    }

    /// What all judgements are made of, whoever weighed them.
    fn of(
        call: Call,
        (tool, bound): (&'static dyn Tool, Bound),
        effects: Vec<Effect>,
        weighed: Weighed,
        world: &World<'_>,
    ) -> Result<Self, canon::NotCanonical> {
        let effects_json = serde_json::to_value(&effects).unwrap_or(Value::Null);
        let digest = digest_of(&call.tool, bound.json(), &effects_json, call.caller.kind())?;
        let touched = touched(tool.card().name, &effects)?;
        let target = canon::digest_of(&json!(touched))?;
        let policy = world.policy.digest.clone();
        let Weighed { risk, answer, reasons, undoes } = weighed;
        Ok(Self {
            call,
            tool,
            bound,
            effects,
            effects_json,
            risk,
            answer,
            reasons,
            digest,
            target,
            touched,
            policy,
            undoes,
        })
    }

    /// The refusal that a blocked call gets.
    pub(super) fn refusal(&self) -> Refusal {
        Refusal {
            reasons: self.reasons.clone(),
            digest: Some(self.digest.clone()),
            risk: Some(self.risk),
            braked: false,
            malformed: false,
        }
    }
}

/// Judges `call`. Decides and does nothing else.
///
/// # Errors
/// [`Refusal`] with `malformed` set if the call says nothing that could be judged.
pub fn judge(call: Call, world: &World<'_>) -> Result<Judged, Refusal> {
    let Some(tool) = tools::find(&call.tool) else {
        let message =
            format!("there is no tool `{}`: `fleet tool list` names them", visible_line(&call.tool, 60));
        return Err(Refusal::malformed("unknown-tool", message));
    };
    let name = tool.card().name;
    let bound = tool.bind(&call.args).map_err(|e| Refusal::malformed("arguments", format!("{name}: {e}")))?;
    let wanted = tool.plan(&bound).map_err(|e| Refusal::malformed("arguments", format!("{name}: {e}")))?;
    let effects = wanted.into_iter().map(|w| resolve(w, &call.caller, world)).collect::<Result<Vec<_>, _>>();
    let effects = effects.map_err(|e| Refusal::malformed("unresolved", format!("{name}: {e}")))?;
    let risk = risk_of(tool, &effects, world);
    let mut draft = Draft { tool: name, caller: &call.caller, effects: &effects, risk };
    let found: Vec<_> = QUESTIONS.iter().flat_map(|ask| ask(&draft, world)).collect();
    // A person objected to this very call before: whatever the others say, it asks.
    // At a glance that is left out: it tells nothing about rules.
    let vetoed = (!world.places_only).then(|| super::vetoes::ask(&call, tool, &bound, world)).flatten();
    let found: Vec<_> = found.into_iter().chain(vetoed).collect();
    // What the deny-list forbids is CRITICAL by definition; what the owner forbids is what it is.
    if found.iter().any(|(answer, reason)| *answer == Answer::Block && reason.source == "built-in") {
        draft.risk = Risk::Critical;
    }
    let risk = draft.risk;
    let (answer, mut reasons) = world.policy.weigh(&draft, found, world);
    if answer == Answer::Allow && reasons.is_empty() {
        let message = format!("{risk} runs, and everything it touches is inside");
        reasons.push(Reason::built_in("risk-runs", message));
    }
    let weighed = Weighed { risk, answer, reasons, undoes: false };
    Judged::of(call, (tool, bound), effects, weighed, world)
        .map_err(|e| Refusal::malformed("arguments", format!("{name}: {e}")))
}

/// What a veto does: effects from the record of another call, which no caller can name. A person has
/// decided already; the deny-list was asked while they were planned.
pub(super) fn judged_undo(call: Call, effects: Vec<Effect>, world: &World<'_>) -> Result<Judged, Refusal> {
    let malformed = |e: String| Refusal::malformed("undo", e);
    let tool = tools::UNDO;
    let bound = tool.bind(&call.args).map_err(|e| malformed(e.to_string()))?;
    let reasons = vec![Reason::built_in("veto", "a person takes an earlier call back")];
    let weighed = Weighed { risk: Risk::High, answer: Answer::Allow, reasons, undoes: true };
    Judged::of(call, (tool, bound), effects, weighed, world).map_err(|e| malformed(e.to_string()))
}

/// The stricter of card, floors and what the owner raised the tool to.
pub(super) fn risk_of(tool: &dyn Tool, effects: &[Effect], world: &World<'_>) -> Risk {
    let risk = effects.iter().map(floor).fold(least(tool), Risk::max);
    world.policy.raised(tool.card().name).map_or(risk, |(raised, _)| risk.max(raised))
}

/// The least that a call of `tool` is. What a shell call does is told by its line, not by the tool: its
/// card says the most.
pub(super) fn least(tool: &dyn Tool) -> Risk {
    if tool.card().name == tools::SHELL { Risk::Low } else { tool.card().risk }
}

/// What an approval is bound to.
pub(super) fn digest_of(
    tool: &str,
    args: &Value,
    effects: &Value,
    caller: &str,
) -> Result<Digest, canon::NotCanonical> {
    canon::digest_of(&json!({ "tool": tool, "args": args, "effects": effects, "caller": caller }))
}

/// What `effects` touch with this tool, thing by thing, sorted: neither their order, nor contents, nor
/// what stands there now makes another thing of it.
fn touched(tool: &str, effects: &[Effect]) -> Result<Vec<Digest>, canon::NotCanonical> {
    let things = effects.iter().flat_map(|effect| match effect {
        Effect::GitBranchDelete(e) => {
            e.branches.iter().map(|b| json!([e.repo, b.name.as_str()])).collect::<Vec<_>>()
        }
        Effect::Spawn(e) => programs(e),
        Effect::Web(e) => vec![json!([e.method, e.address()])],
        Effect::Remote(e) => vec![e.target()],
        Effect::Model(e) => vec![json!([e.model, e.kind])],
        Effect::Screen(e) => vec![json!([e.argv.first()])],
        Effect::Mail(e) => e.recipients().map(|to| json!([to.address])).collect(),
        Effect::Extract(e) => vec![json!([e.archive, e.into])],
        Effect::FileMove(e) => vec![json!([e.from, e.to])],
        Effect::GitChange(e) => {
            let target = if let GitChange::Push(push) = e { Some(push.to.as_str()) } else { None };
            vec![json!([e.on().repo, e.remote().map(|r| &r.url), target])]
        }
        Effect::Stop(e) => vec![json!([e.pid, e.start])],
        Effect::Shortcut(e) => vec![json!([e.name])],
        Effect::Fleet(e) => vec![json!(e)],
        Effect::Look(e) if e.places().is_empty() => vec![json!(e)],
        Effect::FileRead(_)
        | Effect::FileList(_)
        | Effect::FileWrite(_)
        | Effect::FileTrash(_)
        | Effect::Look(_)
        | Effect::FileRestore(_)
        | Effect::GitBranchRestore(_)
        | Effect::GitRead(_) => {
            vec![json!(super::rules::touched(effect).iter().map(|(p, _)| p).collect::<Vec<_>>())]
        }
    });
    let digests = things.map(|thing| canon::digest_of(&json!({ "tool": tool, "thing": thing })));
    let mut digests = digests.collect::<Result<Vec<_>, _>>()?;
    digests.sort_unstable();
    digests.dedup();
    Ok(digests)
}

/// The programs of a call one by one, however the line that starts them is written: each with its name,
/// its arguments, where its descriptors lead and where it runs. A line that was not analysed is itself.
fn programs(spawn: &Spawn) -> Vec<Value> {
    let stages: Vec<_> = spawn.steps.iter().flat_map(|step| &step.pipeline).collect();
    match &spawn.line {
        Some(line) if !spawn.analysed || stages.is_empty() => return vec![json!([line, spawn.cwd])],
        Some(_) | None => {}
    }
    let program = |stage: &&Stage| {
        let mut argv = stage.argv.clone();
        // One program answers to several names; the folder in front of it says nothing more.
        if let (Some(_), Some(name)) = (&stage.program, argv.first_mut()) {
            *name = name.rsplit('/').next().unwrap_or_default().to_lowercase();
        }
        json!([stage.program, argv, stage.redirects, stage.cwd.as_ref().or(spawn.cwd.as_ref())])
    };
    stages.iter().map(program).collect()
}

#[cfg(test)]
mod tests;
