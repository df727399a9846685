//! A model plans a whole list of calls before any of them is made; a person sees the list; each call takes
//! the path of every other call. The model is asked through its tool, and names nothing that was not offered.

mod offer;

pub use offer::{Offer, offers, schema};

use crate::call::{Answer, Call, Caller, Risk};
use crate::gate::{self, GateError, World};
use crate::state::{Home, call_id};
use crate::submit::{self, Reply, Status};
use serde::Serialize;
use serde_json::{Value, json};

/// Plans more, at most, after one that did not come to its end.
pub const AGAIN: u32 = 2;
/// Most steps of a plan, unless a person says less.
pub const STEPS: u32 = 6;
/// Most bytes of what a model is told about how its plan went.
const TOLD: usize = 6000;

/// Who the calls of a plan are from. A model chose them, so they are no person's: rules for `cli` do not
/// cover them, and those for `mcp:agent` do.
pub fn caller() -> Caller {
    Caller::Mcp("agent".into())
}

/// What is to be reached, and with what.
#[derive(Debug, Clone)]
pub struct Goal {
    /// In the person's words.
    pub text: String,
    /// The owner's name for the model.
    pub model: String,
    /// What it may use.
    pub offers: Vec<Offer>,
    /// Most steps of one plan.
    pub steps: u32,
    /// What its chance begins with.
    pub seed: u32,
    /// Hundredths.
    pub temperature: u32,
}

/// One call of a plan, and what the gate thinks of it before anything was done.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Planned {
    /// The tool.
    pub tool: String,
    /// Its arguments.
    pub args: Value,
    /// What the model says it is for.
    pub why: String,
    /// Its risk; none if the call cannot be judged.
    pub risk: Option<Risk>,
    /// What the gate would answer now.
    pub decision: Option<Answer>,
    /// Why, in the gate's words.
    pub reasons: Vec<String>,
}

/// There is no plan.
#[derive(Debug, thiserror::Error)]
pub enum NoPlan {
    /// The model gave none.
    #[error("there is no plan: {0}")]
    None(String),
    /// The model was not asked, or its answer is not on record.
    #[error(transparent)]
    Gate(#[from] GateError),
    /// The system gives no randomness.
    #[error("no call can be named: {0}")]
    Io(#[from] std::io::Error),
    /// A brake stopped the question.
    #[error("{0}")]
    Braked(String),
}

fn call(tool: &str, args: Value) -> Result<Call, std::io::Error> {
    let why = Some("fleet agent".to_owned());
    Ok(Call { id: call_id()?, caller: caller(), tool: tool.to_owned(), args, run: None, why })
}

/// Asks the model for all steps at once. `told` is how an earlier plan went.
///
/// # Errors
/// [`NoPlan`].
pub fn plan(home: &Home, goal: &Goal, told: &str, round: u32) -> Result<Vec<Planned>, NoPlan> {
    let listed: Vec<_> = goal.offers.iter().map(|o| format!("- {}: {}", o.tool, o.about)).collect();
    let instructions =
        format!("Reach this goal: {}\n\nSteps are calls of these tools:\n{}", goal.text, listed.join("\n"));
    let args = json!({
        "model": goal.model, "kind": "plan", "instructions": instructions, "input": told,
        "schema": schema(&goal.offers, goal.steps), "max_tokens": 2048, "cut": true,
        "seed": goal.seed.wrapping_add(round.wrapping_mul(1000)), "temperature": goal.temperature,
    });
    let reply = submit::submit(home, call("llm_generate", args)?)?;
    let said = reply.error.clone().unwrap_or_default();
    if reply.braked {
        return Err(NoPlan::Braked(said));
    }
    let steps =
        reply.result.as_ref().filter(|_| reply.status == Status::Done).and_then(|r| r.pointer("/out/steps"));
    let Some(steps) = steps.and_then(Value::as_array) else { return Err(NoPlan::None(said)) };
    let world = World::supposing(home)?;
    steps.iter().map(|step| judged(step, goal, &world)).collect()
}

/// A step as the gate sees it, now.
fn judged(step: &Value, goal: &Goal, world: &World<'_>) -> Result<Planned, NoPlan> {
    let text = |name: &str| step.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (tool, args) = (text("tool"), step.get("args").cloned().unwrap_or_default());
    // The schema said so already: nothing that was not offered gets any further.
    if !goal.offers.iter().any(|offer| offer.tool == tool) {
        return Err(NoPlan::None("it names a tool that was not offered".into()));
    }
    let planned = Planned { why: text("why"), risk: None, decision: None, reasons: Vec::new(), tool, args };
    let said = |reasons: &[crate::call::Reason]| {
        reasons.iter().map(|r| format!("{}: {}", r.rule, r.message)).collect()
    };
    Ok(match gate::judge(call(&planned.tool, planned.args.clone())?, world) {
        Ok(found) => Planned {
            risk: Some(found.risk()),
            decision: Some(found.answer()),
            reasons: said(found.reasons()),
            ..planned
        },
        Err(refusal) => Planned { reasons: said(&refusal.reasons), ..planned },
    })
}

/// Makes the calls of a plan, each through the gate, until one does not work.
///
/// # Errors
/// [`NoPlan`]: the gate could not answer.
pub fn carry_out(
    home: &Home,
    plan: &[Planned],
    mut seen: impl FnMut(&Planned, &Reply),
) -> Result<Vec<Reply>, NoPlan> {
    let mut replies = Vec::new();
    for step in plan {
        let reply = submit::submit(home, call(&step.tool, step.args.clone())?)?;
        seen(step, &reply);
        let goes_on = reply.status == Status::Done;
        replies.push(reply);
        if !goes_on {
            break;
        }
    }
    Ok(replies)
}

/// What the model is told about how its plan went. It is data like any other: files, pages and mails speak
/// through it.
pub fn told(plan: &[Planned], replies: &[Reply]) -> String {
    let lines = plan.iter().zip(replies).map(|(step, reply)| {
        let said = match (&reply.result, &reply.error) {
            (_, Some(error)) => error.clone(),
            (Some(result), None) => result.to_string(),
            (None, None) => String::new(),
        };
        let said: String = said.chars().take(TOLD / plan.len().max(1)).collect();
        format!("{}: {:?}: {said}", step.tool, reply.status)
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// How a plan went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Went {
    /// All of it was done.
    Done,
    /// The model sees nothing to do with what it was offered.
    Nothing,
    /// A step waits for a person; those after it were not tried.
    Waiting,
    /// The gate refused a step.
    Refused,
    /// A step did not work.
    Failed,
    /// A brake stopped it.
    Braked,
    /// It is not known whether a step took place.
    Unknown,
    /// The person did not want it.
    Declined,
    /// It was shown, and nobody was there to say yes.
    Shown,
}

impl Went {
    /// How the last of `replies` says it went.
    pub fn of(replies: &[Reply]) -> Self {
        match replies.last() {
            None => Self::Nothing,
            Some(reply) if reply.braked => Self::Braked,
            Some(reply) => match reply.status {
                Status::Done => Self::Done,
                Status::Waiting => Self::Waiting,
                Status::Refused => Self::Refused,
                Status::Failed => Self::Failed,
                Status::Unknown => Self::Unknown,
            },
        }
    }

    /// Whether another plan may help.
    pub const fn again(self) -> bool {
        matches!(self, Self::Failed | Self::Refused)
    }
}
