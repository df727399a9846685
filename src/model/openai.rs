//! The protocol that llama.cpp's and MLX's servers took over: server-sent events, an object each.

use super::stream::{Finish, Heard, Said, tokens};
use super::{Question, hundredths, quoted};
use crate::call::{Digest, ModelServer};
use crate::canon;
use serde_json::{Value, json};

/// The path of a chat.
pub const CHAT: &str = "/v1/chat/completions";
/// The path of vectors.
pub const EMBED: &str = "/v1/embeddings";
/// The path of the models that are there.
pub const MODELS: &str = "/v1/models";
/// The path of whether it is up.
pub const HEALTH: &str = "/health";

/// The model's name in a request. MLX takes any it does not know for one to download: it is asked for
/// the one that it was started with.
fn name(server: ModelServer, model: &str) -> String {
    quoted(if server == ModelServer::Mlx { "default_model" } else { model })
}

fn start(server: ModelServer, q: &Question<'_>) -> String {
    format!(
        "{{\"model\":{},\"messages\":[{{\"role\":\"system\",\"content\":{}}},{{\"role\":\"user\",\"content\":{}}}],\
         \"stream\":true,\"stream_options\":{{\"include_usage\":true}},\"max_tokens\":{},\"seed\":{},\
         \"chat_template_kwargs\":{{\"enable_thinking\":false}},",
        name(server, q.model),
        quoted(q.system),
        quoted(q.user),
        q.max_tokens,
        q.seed,
    )
}

/// A chat.
pub fn chat(server: ModelServer, q: &Question<'_>) -> String {
    let format = q.schema.map(|s| {
        format!(
            ",\"response_format\":{{\"type\":\"json_schema\",\"json_schema\":{{\"name\":\"answer\",\
             \"strict\":true,\"schema\":{}}}}}",
            s.text()
        )
    });
    let (start, t) = (start(server, q), hundredths(q.temperature));
    format!("{start}\"temperature\":{t}{}}}", format.unwrap_or_default())
}

/// One word out of `letters`, with the probability of each: after the grammar, and with nothing else
/// that would make the likely likelier.
pub fn letters(q: &Question<'_>, letters: &[char]) -> String {
    let choices: Vec<_> = letters.iter().map(|c| format!("\"{c}\"")).collect();
    let grammar = quoted(&format!("root ::= {}", choices.join(" | ")));
    let start = start(ModelServer::LlamaCpp, &Question { max_tokens: 1, ..q.clone() });
    format!(
        "{start}\"temperature\":1,\"top_k\":0,\"top_p\":1,\"min_p\":0,\"grammar\":{grammar},\"logprobs\":true,\
         \"top_logprobs\":{},\"post_sampling_probs\":true}}",
        letters.len() * 4
    )
}

/// A vector of each text.
pub fn embed(server: ModelServer, model: &str, texts: &[String]) -> String {
    let texts: Vec<_> = texts.iter().map(|text| quoted(text)).collect();
    format!("{{\"model\":{},\"input\":[{}]}}", name(server, model), texts.join(","))
}

/// Reads one line of a chat into what was `heard`.
///
/// # Errors
/// It is no line of one.
pub fn line(text: &str, heard: &mut Heard) -> Result<Said, String> {
    let data = match text.split_once(':') {
        _ if text.trim().is_empty() => return Ok(Said::Nothing),
        // A comment keeps the connection open.
        Some(("", _)) => return Ok(Said::Nothing),
        Some(("data", data)) => data.trim(),
        Some(("error", data)) => return Ok(Said::Error(error(data.trim().as_bytes()))),
        Some(("event" | "id" | "retry", _)) => return Ok(Said::Nothing),
        Some(_) | None => return Err("a line of the answer is no event".into()),
    };
    if data == "[DONE]" {
        heard.over = heard.finish.is_some();
        return Ok(Said::Over);
    }
    let value = canon::parse(data.as_bytes()).map_err(|e| format!("a line of the answer: {e}"))?;
    if value.get("error").is_some() {
        return Ok(Said::Error(error(data.as_bytes())));
    }
    if let Some(usage) = value.get("usage").filter(|u| u.is_object()) {
        heard.tokens.input += tokens(usage.get("prompt_tokens"));
        heard.tokens.output += tokens(usage.get("completion_tokens"));
    }
    let Some(choice) = value.get("choices").and_then(|c| c.get(0)) else { return Ok(Said::Nothing) };
    let delta = |name: &str| choice.get("delta").and_then(|d| d.get(name)).and_then(Value::as_str);
    heard.thought += delta("reasoning_content").or_else(|| delta("reasoning")).unwrap_or_default().len();
    if heard.odds.is_empty() {
        heard.odds = odds(choice);
    }
    let piece = delta("content").unwrap_or_default();
    heard.take(piece)?;
    if let Some(why) = choice.get("finish_reason").and_then(Value::as_str) {
        heard.finish = Some(Finish::read(why));
    }
    Ok(if piece.is_empty() { Said::Nothing } else { Said::Piece(piece.to_owned()) })
}

/// Probabilities of the first piece.
fn odds(choice: &Value) -> Vec<(String, f64)> {
    let first = choice.pointer("/logprobs/content/0/top_probs").and_then(Value::as_array);
    let each = |one: &Value| Some((one.get("token")?.as_str()?.to_owned(), one.get("prob")?.as_f64()?));
    first.into_iter().flatten().filter_map(each).collect()
}

/// What an error's body says.
pub fn error(body: &[u8]) -> String {
    let value = canon::parse(body).ok();
    let error = value.as_ref().and_then(|v| v.get("error").or(Some(v)));
    let said = error.and_then(|e| e.as_str().or_else(|| e.get("message")?.as_str()));
    said.map_or_else(|| String::from_utf8_lossy(body).trim().to_owned(), str::to_owned)
}

/// The model's name there, and what it is, by what the server tells: another model has other numbers.
///
/// # Errors
/// It tells of none of this name, or not enough.
pub fn told(server: ModelServer, body: &[u8], model: Option<&str>) -> Result<(String, Digest), String> {
    let digest = |value: Value| canon::digest_of(&value).map_err(|e| e.to_string());
    if server == ModelServer::Mlx {
        // It lists what lies on the disk, or nothing: what it runs is told by its command line.
        let name = model.unwrap_or("default_model");
        return Ok((name.to_owned(), digest(json!({ "server": "mlx", "model": name }))?));
    }
    let value =
        canon::parse_any_length(body).map_err(|e| format!("its list of models does not read: {e}"))?;
    let all = value.get("data").and_then(Value::as_array).ok_or("its list of models does not read")?;
    let id = |one: &Value| one.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
    let one = match (model, all.as_slice()) {
        (None, [one]) => one,
        (None, _) => return Err(format!("it has {} models: name one by `--model`", all.len())),
        (Some(model), all) => all.iter().find(|one| id(one) == model).ok_or_else(|| {
            format!("it has no model `{model}`: it has {}", all.iter().map(id).collect::<Vec<_>>().join(", "))
        })?,
    };
    let meta = one.get("meta").filter(|meta| meta.get("n_params").is_some());
    let meta = meta.ok_or("it tells nothing about its model, as llama.cpp's server does")?;
    Ok((id(one), digest(json!({ "server": "llama.cpp", "id": id(one), "meta": meta }))?))
}

/// Tokens that question and answer may have together, if the server tells.
pub fn context(body: &[u8]) -> Option<u32> {
    let value = canon::parse_any_length(body).ok()?;
    u32::try_from(value.pointer("/data/0/meta/n_ctx")?.as_u64()?).ok().filter(|n| *n > 0)
}

/// Vectors.
///
/// # Errors
/// The answer is none.
pub fn vectors(body: &[u8], want: usize) -> Result<(Vec<Vec<f64>>, u64), String> {
    let value = canon::parse_any_length(body).map_err(|e| e.to_string())?;
    let data = value.get("data").and_then(Value::as_array).ok_or("it sent no vectors")?;
    let mut rows = vec![Vec::new(); want];
    for (nth, one) in data.iter().enumerate() {
        let at =
            one.get("index").and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok()).unwrap_or(nth);
        let row = one.get("embedding").and_then(Value::as_array).ok_or("a vector does not read")?;
        let row: Option<Vec<f64>> = row.iter().map(Value::as_f64).collect();
        *rows.get_mut(at).ok_or("it sent a vector that nobody asked for")? =
            row.ok_or("a vector does not read")?;
    }
    let rows = super::vectors::even(rows, want)?;
    Ok((rows, tokens(value.pointer("/usage/prompt_tokens"))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Schema;

    const QUESTION: Question<'static> = Question {
        model: "m.gguf",
        system: "s",
        user: "u\u{2028}\"",
        schema: None,
        max_tokens: 64,
        seed: 3,
        temperature: 5,
        context: 8192,
    };

    #[test]
    fn a_question_keeps_its_schema_and_mlx_is_asked_for_its_own_model() {
        let schema =
            Schema::parse(r#"{"type":"object","properties":{"z":{"type":"null"},"a":{"type":"null"}}}"#);
        let schema = schema.unwrap();
        let text = chat(ModelServer::LlamaCpp, &Question { schema: Some(&schema), ..QUESTION });
        assert!(text.contains(schema.text()), "{text}");
        let value = canon::parse(text.as_bytes()).unwrap();
        assert_eq!(value["response_format"]["type"], "json_schema");
        assert_eq!((value["temperature"].to_string(), &value["stream"]), ("0.05".into(), &true.into()));
        assert_eq!(
            (&value["model"], &value["messages"][1]["content"]),
            (&"m.gguf".into(), &"u\u{2028}\"".into())
        );
        let mlx = canon::parse(chat(ModelServer::Mlx, &QUESTION).as_bytes()).unwrap();
        assert_eq!((&mlx["model"], mlx.get("response_format")), (&"default_model".into(), None));
        let letters = canon::parse(letters(&QUESTION, &['A', 'B']).as_bytes()).unwrap();
        assert_eq!(letters["grammar"], "root ::= \"A\" | \"B\"");
        assert_eq!((&letters["post_sampling_probs"], &letters["max_tokens"]), (&true.into(), &1.into()));
        let embed = embed(ModelServer::LlamaCpp, "m", &["a\nb".into()]);
        assert_eq!(canon::parse(embed.as_bytes()).unwrap()["input"][0], "a\nb");
    }

    /// What llama.cpp's server said to the test model.
    const STREAM: &str = include_str!("../../tests/it/cases/llama_stream.txt");

    #[test]
    fn a_recorded_stream_is_heard_to_its_end() {
        let mut heard = Heard::default();
        let last =
            STREAM.lines().map(|text| line(text, &mut heard).unwrap()).filter(|s| *s != Said::Nothing).last();
        assert_eq!((heard.text.as_str(), heard.finish, last), ("C", Some(Finish::Length), Some(Said::Over)));
        assert_eq!((heard.tokens.input, heard.tokens.output, heard.over), (24, 1, true));
        assert_eq!(heard.odds.len(), 6);
        let cut = STREAM.lines().take_while(|text| !text.contains("\"length\""));
        let mut heard = Heard::default();
        cut.for_each(|text| drop(line(text, &mut heard).unwrap()));
        assert!(!heard.over && heard.finish.is_none());
        // An end that says no reason is a cut.
        assert_eq!(line("data: [DONE]", &mut heard), Ok(Said::Over));
        assert!(!heard.over);
    }

    #[test]
    fn errors_and_strange_lines_are_told() {
        let mut heard = Heard::default();
        let over = r#"data: {"error":{"code":400,"message":"request (9) exceeds","type":"exceed_context_size_error"}}"#;
        assert_eq!(line(over, &mut heard), Ok(Said::Error("request (9) exceeds".into())));
        assert_eq!(line(r#"error: {"message":"gone"}"#, &mut heard), Ok(Said::Error("gone".into())));
        assert_eq!(line(": keepalive 3/9", &mut heard), Ok(Said::Nothing));
        assert!(line("<html>", &mut heard).is_err() && line("data: {", &mut heard).is_err());
        assert_eq!(error(br#"{"error":"text"}"#), "text");
        assert_eq!(error(b"<h1>404</h1>"), "<h1>404</h1>");
    }

    #[test]
    fn a_model_is_told_by_its_numbers() {
        let body = |id: &str, n: u64| {
            json!({"data": [{"id": id, "meta": {"n_params": n, "n_ctx": 8192}}]}).to_string().into_bytes()
        };
        let told = |body: &[u8], model| told(ModelServer::LlamaCpp, body, model);
        let one = told(&body("a", 5), None).unwrap();
        assert_eq!(told(&body("a", 5), Some("a")).unwrap(), one);
        assert_ne!(told(&body("a", 6), Some("a")).unwrap().1, one.1);
        assert!(told(&body("a", 5), Some("b")).unwrap_err().contains("it has a"));
        assert!(told(br#"{"data":[{"id":"gpt"}]}"#, None).unwrap_err().contains("tells nothing"));
        assert!(told(br#"{"data":[]}"#, None).is_err() && told(b"", None).is_err());
        assert_eq!(context(&body("a", 5)), Some(8192));
        assert_eq!(super::told(ModelServer::Mlx, b"", None).unwrap().0, "default_model");
    }

    #[test]
    fn vectors_come_in_the_order_of_their_texts() {
        let body = br#"{"data":[{"index":1,"embedding":[3,4]},{"index":0,"embedding":[1,2.5]}],"usage":{"prompt_tokens":4}}"#;
        assert_eq!(vectors(body, 2), Ok((vec![vec![1.0, 2.5], vec![3.0, 4.0]], 4)));
        assert!(vectors(body, 1).is_err() && vectors(body, 3).is_err());
    }
}
