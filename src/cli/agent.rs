//! `fleet agent`: a model plans, a person looks, the gate judges each call.

use super::{CliError, Context, Exit, input, output, prompt};
use crate::agent::{self, Goal, NoPlan, Planned, Went};
use crate::call::{Answer, ModelName, visible_line};
use crate::effects::local_model;
use crate::state::Home;
use crate::submit::{Reply, Status};
use crate::tools::TOOLS;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Let a model on this machine plan calls towards a goal, and make those that you agree to.
///
/// The model names all steps first, from tools that are offered, and makes none of them itself. You see the
/// whole list with what the gate thinks of each call; then each takes the path of every other call: LOW and
/// MEDIUM run, HIGH waits for `fleet approve`, CRITICAL is refused. After a step that did not work, the
/// model may plan anew, twice at most. Its calls are those of the caller `mcp:agent`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  fleet agent 'list the largest files below ~/Downloads'
  fleet agent 'which branches of ~/code/fleet are merged' --tools git,files
  fleet agent 'tidy the notes' --model small --max-steps 3 --yes --json")]
pub struct Args {
    /// What is to be reached.
    goal: String,
    /// Families of tools that it may use.
    #[arg(long, value_name = "FAMILY", value_delimiter = ',', default_value = "files")]
    tools: Vec<String>,
    /// Most steps of one plan.
    #[arg(long, value_name = "N", default_value_t = agent::STEPS, value_parser = clap::value_parser!(u32).range(1..=20))]
    max_steps: u32,
    /// The model; needed where several are set up.
    #[arg(long, value_name = "NAME")]
    model: Option<ModelName>,
    /// What the model's chance begins with.
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u32,
    /// Hundredths: 0 is its likeliest plan.
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=200))]
    temperature: u32,
    /// Make the calls of the plan without asking. Each still passes the gate.
    #[arg(long)]
    yes: bool,
}

impl From<NoPlan> for CliError {
    fn from(e: NoPlan) -> Self {
        match e {
            NoPlan::Gate(e) => e.into(),
            NoPlan::Braked(why) => Self::new(Exit::Stopped, why),
            e @ (NoPlan::None(_) | NoPlan::Io(_)) => Self::new(Exit::Failed, e.to_string()),
        }
    }
}

pub fn run(args: &Args, context: &Context) -> Result<Exit, CliError> {
    let home = input::home()?;
    let goal = goal(args, &home)?;
    let (mut told, mut rounds, mut went) = (String::new(), Vec::new(), Went::Done);
    for round in 0..=agent::AGAIN {
        let plan = match agent::plan(&home, &goal, &told, round) {
            Ok(plan) => plan,
            // What was done before stands, and is told.
            Err(NoPlan::None(why)) if round > 0 => {
                output::say(&format!("fleet: there is no other plan: {why}"));
                break;
            }
            Err(e) => return Err(e.into()),
        };
        show(&plan, round, context);
        if !agreed(args, &plan, context) {
            went = if prompt::terminal() && !context.json { Went::Declined } else { Went::Shown };
            rounds.push(json!({ "plan": plan, "replies": [] }));
            break;
        }
        let replies = agent::carry_out(&home, &plan, |step, reply| tell(step, reply, context))?;
        went = Went::of(&replies);
        told = agent::told(&plan, &replies);
        rounds.push(json!({ "plan": plan, "replies": replies }));
        if !went.again() {
            break;
        }
    }
    ended(&goal, rounds, went, context);
    Ok(match went {
        Went::Done | Went::Nothing | Went::Declined => Exit::Done,
        Went::Waiting | Went::Shown => Exit::Waits,
        Went::Refused => Exit::Refused,
        Went::Failed | Went::Unknown => Exit::Failed,
        Went::Braked => Exit::Stopped,
    })
}

fn goal(args: &Args, home: &Home) -> Result<Goal, CliError> {
    let families: BTreeSet<_> = TOOLS.iter().map(|t| t.card().family).collect();
    if let Some(strange) = args.tools.iter().find(|f| !families.contains(f.as_str())) {
        let known = families.into_iter().filter(|f| *f != "llm").collect::<Vec<_>>().join(", ");
        let strange = visible_line(strange, 60);
        return Err(CliError::usage(format!("there is no family of tools `{strange}`"))
            .hint(format!("there are {known}")));
    }
    let offers = agent::offers(&args.tools);
    if offers.is_empty() {
        return Err(CliError::usage("no tool of these families can be offered"));
    }
    let all = local_model::list(home)?;
    let model = match (&args.model, all.len()) {
        (Some(name), _) if all.contains_key(name.as_str()) => name.to_string(),
        (Some(name), _) => {
            return Err(CliError::new(Exit::Failed, format!("no model is called `{name}` here")));
        }
        (None, 1) => all.into_keys().next().unwrap_or_default(),
        (None, 0) => {
            return Err(CliError::new(Exit::Failed, "no model is set up")
                .hint("`fleet model add NAME --server S --endpoint URL` does that"));
        }
        (None, _) => return Err(CliError::usage("several models are set up: name one by `--model`")),
    };
    let (steps, seed, temperature) = (args.max_steps, args.seed, args.temperature);
    Ok(Goal { text: args.goal.clone(), model, offers, steps, seed, temperature })
}

fn show(plan: &[Planned], round: u32, context: &Context) {
    if context.json {
        return;
    }
    let which = if round == 0 { "the plan" } else { "another plan" };
    output::line(&format!("{which}, {} steps:", plan.len()));
    for (nth, step) in plan.iter().enumerate() {
        let then = match (step.decision, step.risk) {
            (Some(Answer::Allow), Some(risk)) => format!("{risk}, runs"),
            (Some(Answer::Ask), Some(risk)) => format!("{risk}, waits for you"),
            (Some(Answer::Block), Some(risk)) => format!("{risk}, is refused"),
            (Some(Answer::Error), _) | (_, None) | (None, _) => "cannot be judged".to_owned(),
        };
        output::line(&format!("{:>3}. {} ({then})", nth + 1, step.tool));
        for line in output::wrapped(&step.args.to_string(), 70) {
            output::line(&format!("     {}", visible_line(&line, 400)));
        }
        if !step.why.is_empty() {
            output::line(&format!("     it says: {}", visible_line(&step.why, 60)));
        }
        if step.decision != Some(Answer::Allow) {
            step.reasons
                .iter()
                .take(3)
                .for_each(|why| output::line(&format!("     {}", visible_line(why, 200))));
        }
    }
}

fn agreed(args: &Args, plan: &[Planned], context: &Context) -> bool {
    if args.yes || plan.is_empty() {
        return true;
    }
    if context.json || !prompt::terminal() {
        output::say(
            "fleet: the plan was shown and nothing was done: a person says yes on a terminal, or by `--yes`",
        );
        return false;
    }
    prompt::ask("make these calls? [y/N] ").is_ok_and(|answer| matches!(answer.trim(), "y" | "yes"))
}

fn tell(step: &Planned, reply: &Reply, context: &Context) {
    if context.json {
        return;
    }
    let word = match reply.status {
        Status::Done => "done",
        Status::Waiting => "waits",
        Status::Refused => "refused",
        Status::Failed => "failed",
        Status::Unknown => "unknown",
    };
    output::line(&format!("{word:<8} {}", step.tool));
    if let Some(result) = &reply.result {
        output::line(&format!("         {}", visible_line(&result.to_string(), 300)));
    }
    if let Some(id) = &reply.approval {
        output::line(&format!("         `fleet approve {id}` carries it out"));
    }
    if let Some(error) = &reply.error {
        output::line(&format!("         {}", visible_line(error, 300)));
    }
}

fn ended(goal: &Goal, rounds: Vec<Value>, went: Went, context: &Context) {
    if went == Went::Nothing {
        output::say("fleet: the model sees nothing to do with these tools");
    }
    if context.json {
        output::json(&json!({ "goal": goal.text, "model": goal.model, "outcome": went, "rounds": rounds }));
    }
}
