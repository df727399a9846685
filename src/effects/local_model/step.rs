//! One step: the question, the answer, fleet's own check of it, and a bounded number of tries.

use super::line::Failed;
use super::proof::Proven;
use super::{Desk, SILENCE};
use crate::call::{Happened, ModelAsk, ModelServer, ModelSetUp, ModelUse, Prompt, visible_line};
use crate::canon::sha256;
use crate::effects::{Step, Trouble};
use crate::model::task::Task;
use crate::model::{Finish, Heard, Question, odds, ollama, openai};
use crate::state::key;
use serde_json::{Value, json};
use std::time::Duration;

/// Questions more, at most, after an answer that is none.
const RETRIES: u32 = 2;
/// Bytes that are kept of an answer that is none.
const RAW: usize = 2048;

/// A question in the words of the server.
fn body(server: ModelServer, question: &Question<'_>) -> String {
    if server == ModelServer::Ollama { ollama::chat(question) } else { openai::chat(server, question) }
}

fn begun(effect: &ModelAsk, proven: &Proven) -> ModelUse {
    ModelUse { name: effect.model.clone(), digest: Some(proven.digest.clone()), ..ModelUse::default() }
}

/// Writes.
pub fn write(
    desk: &Desk<'_>,
    effect: &ModelAsk,
    set_up: &ModelSetUp,
    proven: &Proven,
    prompt: &Prompt,
) -> Step {
    let marker = key().map_err(|e| Trouble::Not(format!("the system gives no randomness: {e}")))?;
    let marker = marker.get(..16).unwrap_or(&marker);
    let task = Task::of(prompt, marker, set_up.context).map_err(Trouble::Not)?;
    let used = begun(effect, proven);
    let whom = Whom { desk, effect, set_up, prompt };
    match whom.tries(&task, used)? {
        Tried::Ended(fact) => Ok(fact),
        // Of what may be cut, less is left where the server counts more than was estimated.
        Tried::TooLong(used, _) if task.left_out > 0 => {
            let task = Task::of_bytes(prompt, marker, set_up.context).map_err(Trouble::Not)?;
            match whom.tries(&task, used)? {
                Tried::Ended(fact) => Ok(fact),
                Tried::TooLong(used, why) => broke(desk, effect, used, Failed::Said(why), &Heard::default()),
            }
        }
        Tried::TooLong(used, why) => broke(desk, effect, used, Failed::Said(why), &Heard::default()),
    }
}

/// Whom what is asked.
struct Whom<'a> {
    desk: &'a Desk<'a>,
    effect: &'a ModelAsk,
    set_up: &'a ModelSetUp,
    prompt: &'a Prompt,
}

/// How a task went.
enum Tried {
    /// To an end.
    Ended(Happened),
    /// The server takes no question of this length.
    TooLong(ModelUse, String),
}

/// Whether a server says that a question is too long for it.
fn too_long(said: &str) -> bool {
    said.contains("context") && said.contains("exceed")
}

impl Whom<'_> {
    fn tries(&self, task: &Task<'_>, mut used: ModelUse) -> Result<Tried, Trouble> {
        let Self { desk, effect, set_up, prompt } = *self;
        let load = Duration::from_secs(u64::from(set_up.load_s)).max(SILENCE);
        let (mut user, mut max_tokens, mut why) = (task.user.clone(), prompt.max_tokens, String::new());
        let mut raw = String::new();
        for attempt in 0..=RETRIES {
            let question = Question {
                model: &set_up.model,
                system: &task.system,
                user: &user,
                schema: task.schema.as_ref(),
                max_tokens,
                seed: prompt.seed.wrapping_add(attempt),
                temperature: prompt.temperature,
                context: set_up.context,
            };
            let text = body(set_up.server, &question);
            used.asked += 1;
            used.prompt_sha256 = Some(sha256(text.as_bytes()));
            let heard = match desk.stream(set_up.server, &text, load) {
                Ok((heard, peer)) => {
                    used.peer = peer;
                    heard
                }
                Err((Failed::Said(why), _)) if too_long(&why) => return Ok(Tried::TooLong(used, why)),
                Err((failed, heard)) => return broke(desk, effect, used, failed, &heard).map(Tried::Ended),
            };
            count(&mut used, &heard);
            match task.read(&heard) {
                Ok(value) => return answered(desk, set_up, task, value, used, prompt).map(Tried::Ended),
                Err(not) => why = not,
            }
            raw.clone_from(&heard.text);
            user = task.again(&why);
            if heard.finish == Some(Finish::Length) {
                max_tokens = max_tokens.saturating_mul(2).min(set_up.context / 2).max(prompt.max_tokens);
            }
        }
        let why = format!(
            "`{}` gave no valid answer in {} tries: {why}",
            visible_line(&effect.model, 64),
            used.asked
        );
        let mut value = told(&used);
        if let Some(members) = value.as_object_mut() {
            members.insert("ok".into(), false.into());
            members.insert("raw".into(), visible_line(&raw, RAW).into());
        }
        Ok(Tried::Ended(Happened::Modelled { value, lacks: Some(why), used: Box::new(used) }))
    }
}

fn count(used: &mut ModelUse, heard: &Heard) {
    used.finish = heard.finish.map_or("none", Finish::word).to_owned();
    used.reply_sha256 = Some(sha256(heard.text.as_bytes()));
    used.tokens.input += heard.tokens.input;
    used.tokens.output += heard.tokens.output;
}

/// What the result says of how it came about.
fn told(used: &ModelUse) -> Value {
    json!({
        "model_digest": used.digest, "attempts": used.asked, "finish": used.finish,
        "tokens": { "in": used.tokens.input, "out": used.tokens.output },
    })
}

/// No answer: what the server said, or why there is nothing. Nothing of it is believed.
fn broke(desk: &Desk<'_>, effect: &ModelAsk, mut used: ModelUse, failed: Failed, heard: &Heard) -> Step {
    let name = visible_line(&effect.model, 64);
    count(&mut used, heard);
    let why = match failed {
        Failed::Said(why) => format!("`{name}`: {}", visible_line(&why, 500)),
        Failed::Broke(why) => match desk.until.not(format!("`{name}`: {}", visible_line(&why, 500))) {
            Trouble::Not(why) => why,
            stopped @ (Trouble::Braked(_) | Trouble::Unknown(_)) => return Err(stopped),
        },
        Failed::Remote(who) => {
            let why = format!("its server answered for another machine ({})", visible_line(&who, 200));
            let tripped = desk.trip(&effect.model, &why);
            format!("`{name}`: {why}, and nothing of that was taken{tripped}")
        }
    };
    let mut value = told(&used);
    if let Some(members) = value.as_object_mut() {
        members.insert("ok".into(), false.into());
    }
    Ok(Happened::Modelled { value, lacks: Some(why), used: Box::new(used) })
}

/// A valid answer; of a choice, how sure the model was.
fn answered(
    desk: &Desk<'_>,
    set_up: &ModelSetUp,
    task: &Task<'_>,
    out: Value,
    mut used: ModelUse,
    prompt: &Prompt,
) -> Step {
    let asked = prompt.min_confidence.zip(task.label(&out).map(str::to_owned));
    let sure = asked.map(|(least, label)| (least, confidence(desk, set_up, task, &label, &mut used, prompt)));
    let mut value = told(&used);
    let Some(members) = value.as_object_mut() else { return Err(Trouble::Not("no result".into())) };
    members.insert("ok".into(), true.into());
    members.insert("out".into(), out);
    if task.left_out > 0 {
        members.insert("left_out_bytes".into(), task.left_out.into());
    }
    if let Some((least, sure)) = sure {
        // Not known is not sure.
        let decides = sure.is_none_or(|sure| sure < least);
        members.insert("confidence".into(), json!(sure));
        members.insert("a_person_decides".into(), decides.into());
    }
    Ok(Happened::Modelled { value, lacks: None, used: Box::new(used) })
}

/// The per cent of `label`, where the server tells probabilities; none where it does not.
fn confidence(
    desk: &Desk<'_>,
    set_up: &ModelSetUp,
    task: &Task<'_>,
    label: &str,
    used: &mut ModelUse,
    prompt: &Prompt,
) -> Option<u32> {
    if set_up.server != ModelServer::LlamaCpp {
        return None;
    }
    let (system, letters) = task.lettered()?;
    let question = Question {
        model: &set_up.model,
        system: &system,
        user: &task.user,
        schema: None,
        max_tokens: 1,
        seed: prompt.seed,
        temperature: 100,
        context: set_up.context,
    };
    used.asked += 1;
    let text = openai::letters(&question, &letters);
    let (heard, _) = desk.stream(set_up.server, &text, SILENCE).ok()?;
    used.tokens.input += heard.tokens.input;
    used.tokens.output += heard.tokens.output;
    odds::confidence(&prompt.options, label, &heard.odds)
}

/// Makes a vector of each text.
pub fn embed(
    desk: &Desk<'_>,
    effect: &ModelAsk,
    set_up: &ModelSetUp,
    proven: &Proven,
    texts: &[String],
) -> Step {
    let mut used = begun(effect, proven);
    let (path, text) = match set_up.server {
        ModelServer::Ollama => (ollama::EMBED, ollama::embed(&set_up.model, texts)),
        ModelServer::LlamaCpp => (openai::EMBED, openai::embed(set_up.server, &set_up.model, texts)),
        ModelServer::Mlx => return Err(Trouble::Not("MLX's server makes no vectors".into())),
    };
    used.asked = 1;
    used.prompt_sha256 = Some(sha256(text.as_bytes()));
    let load = Duration::from_secs(u64::from(set_up.load_s)).max(SILENCE);
    let whole = match desk.whole(path, Some(&text), load) {
        Ok(whole) => whole,
        Err(why) => return broke(desk, effect, used, Failed::Broke(why), &Heard::default()),
    };
    used.peer = whole.peer;
    let ollama = set_up.server == ModelServer::Ollama;
    if whole.status != 200 {
        let said = if ollama { ollama::error(&whole.body) } else { openai::error(&whole.body) };
        let failed = Failed::Said(format!("the server answered {}: {said}", whole.status));
        return broke(desk, effect, used, failed, &Heard::default());
    }
    let read = if ollama {
        ollama::vectors(&whole.body, texts.len())
    } else {
        openai::vectors(&whole.body, texts.len()).map_err(ollama::Useless::Unclear)
    };
    let (rows, tokens) = match read {
        Ok(found) => found,
        Err(no) => {
            let failed = match no {
                ollama::Useless::Remote(who) => Failed::Remote(who),
                ollama::Useless::Unclear(why) => Failed::Said(why),
            };
            return broke(desk, effect, used, failed, &Heard::default());
        }
    };
    used.tokens.input = tokens;
    used.finish = "stop".into();
    let value = json!({
        "vectors": rows, "dim": rows.first().map_or(0, Vec::len), "model_digest": used.digest,
        "tokens": { "in": tokens, "out": 0 },
    });
    Ok(Happened::Modelled { value, lacks: None, used: Box::new(used) })
}
