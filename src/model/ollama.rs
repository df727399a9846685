//! Ollama's own protocol: JSON lines, and what it tells about the models that it has.

use super::stream::{Finish, Heard, Said, tokens};
use super::{Question, hundredths, quoted};
use crate::canon;
use serde_json::Value;

/// The path of a chat.
pub const CHAT: &str = "/api/chat";
/// The path of vectors.
pub const EMBED: &str = "/api/embed";
/// The path of the models that are there.
pub const TAGS: &str = "/api/tags";
/// The path of what may leave the machine.
pub const STATUS: &str = "/api/status";
/// The path of the version.
pub const VERSION: &str = "/api/version";

/// A chat. Too long a question is an error rather than a shorter question, and nobody thinks aloud.
pub fn chat(q: &Question<'_>) -> String {
    let format = q.schema.map(|s| format!(",\"format\":{}", s.text())).unwrap_or_default();
    format!(
        "{{\"model\":{},\"messages\":[{{\"role\":\"system\",\"content\":{}}},{{\"role\":\"user\",\"content\":{}}}],\
         \"stream\":true,\"truncate\":false,\"shift\":false,\"think\":false,\"keep_alive\":\"10m\",\
         \"options\":{{\"temperature\":{},\"seed\":{},\"num_predict\":{},\"num_ctx\":{}}}{format}}}",
        quoted(&local(q.model)),
        quoted(q.system),
        quoted(q.user),
        hundredths(q.temperature),
        q.seed,
        q.max_tokens,
        q.context,
    )
}

/// A vector of each text.
pub fn embed(model: &str, texts: &[String]) -> String {
    let texts: Vec<_> = texts.iter().map(|text| quoted(text)).collect();
    format!(
        "{{\"model\":{},\"input\":[{}],\"truncate\":false,\"keep_alive\":\"10m\"}}",
        quoted(&local(model)),
        texts.join(",")
    )
}

/// The name by which the server itself answers for a model of its own alone: `404` for any other.
fn local(model: &str) -> String {
    format!("{model}:local")
}

/// Whether a name says that its model runs elsewhere. Such a name is put to no server: even a question
/// about it would leave the machine.
pub fn names_a_cloud(model: &str) -> bool {
    let name = model.trim().to_lowercase();
    let tag = name.rsplit(':').next().unwrap_or_default();
    name.ends_with(":cloud")
        || name.ends_with("-cloud")
        || tag.trim() == "cloud"
        || tag.trim().ends_with("-cloud")
}

/// Who answers in the place of this machine, if a value names somebody.
fn remote(value: &Value) -> Option<String> {
    let named = ["remote_host", "remote_model"].into_iter().filter_map(|name| value.get(name));
    let named: Vec<_> =
        named.filter(|v| !v.is_null() && v.as_str() != Some("")).map(Value::to_string).collect();
    (!named.is_empty()).then(|| named.join(" "))
}

/// Reads one line of a chat into what was `heard`.
///
/// # Errors
/// It is no line of one.
pub fn line(text: &str, heard: &mut Heard) -> Result<Said, String> {
    if text.trim().is_empty() {
        return Ok(Said::Nothing);
    }
    let value = canon::parse(text.as_bytes()).map_err(|e| format!("a line of the answer: {e}"))?;
    if let Some(who) = remote(&value) {
        return Ok(Said::Remote(who));
    }
    if let Some(error) = value.get("error") {
        return Ok(Said::Error(error.as_str().map_or_else(|| error.to_string(), str::to_owned)));
    }
    let message = value.get("message");
    let member = |name: &str| message.and_then(|m| m.get(name)).and_then(Value::as_str).unwrap_or_default();
    heard.thought += member("thinking").len();
    let piece = member("content");
    heard.take(piece)?;
    if value.get("done") == Some(&Value::Bool(true)) {
        heard.finish =
            Some(Finish::read(value.get("done_reason").and_then(Value::as_str).unwrap_or_default()));
        heard.tokens.input += tokens(value.get("prompt_eval_count"));
        heard.tokens.output += tokens(value.get("eval_count"));
        heard.over = true;
        return Ok(Said::Over);
    }
    Ok(if piece.is_empty() { Said::Nothing } else { Said::Piece(piece.to_owned()) })
}

/// What an error's body says.
pub fn error(body: &[u8]) -> String {
    let value = canon::parse(body).ok();
    let said = value.as_ref().and_then(|v| v.get("error")).and_then(Value::as_str);
    said.map_or_else(|| String::from_utf8_lossy(body).trim().to_owned(), str::to_owned)
}

/// An answer that is of no use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Useless {
    /// It does not say what was asked.
    Unclear(String),
    /// It is of another machine.
    Remote(String),
}

impl From<String> for Useless {
    fn from(why: String) -> Self {
        Self::Unclear(why)
    }
}

impl From<&str> for Useless {
    fn from(why: &str) -> Self {
        Self::Unclear(why.to_owned())
    }
}

/// The digest that the server tells of a model of its own.
///
/// # Errors
/// [`Useless`]: it has none of this name that runs here.
pub fn digest(tags: &[u8], model: &str) -> Result<String, Useless> {
    let value = canon::parse_any_length(tags).map_err(|e| e.to_string())?;
    let all = value.get("models").and_then(Value::as_array).ok_or("its list of models does not read")?;
    let is = |one: &Value, name: &str| {
        let told = one.get("name").and_then(Value::as_str).unwrap_or_default();
        told == name || told == format!("{name}:latest")
    };
    let mut found = all.iter().filter(|one| is(one, model));
    let (Some(one), None) = (found.next(), found.next()) else {
        return Err(format!("it has no model `{model}`, or several: `ollama list` names them").into());
    };
    if let Some(who) = remote(one) {
        let why = format!("`{model}` runs on another machine ({who}), under a name of this one");
        return Err(Useless::Remote(why));
    }
    let digest = one.get("digest").and_then(Value::as_str).unwrap_or_default();
    let digest = digest.strip_prefix("sha256:").unwrap_or(digest);
    if digest.len() != 64 {
        return Err(format!("it tells no digest of `{model}`").into());
    }
    Ok(digest.to_owned())
}

/// Sees that the server keeps what it is asked on this machine.
///
/// # Errors
/// Why not, and how it is told to.
pub fn cloud_is_off(status: u16, body: &[u8]) -> Result<(), String> {
    const MEND: &str = "put `\"disable_ollama_cloud\": true` into ~/.ollama/server.json and restart it";
    if status != 200 {
        return Err(format!(
            "it does not tell whether its cloud is off (Ollama 0.16.2 or newer does): {MEND}"
        ));
    }
    let off = canon::parse(body).ok().and_then(|v| v.get("cloud")?.get("disabled")?.as_bool());
    match off {
        Some(true) => Ok(()),
        Some(false) => Err(format!("its cloud is on, so a question could leave this machine: {MEND}")),
        None => Err(format!("whether its cloud is off does not read: {MEND}")),
    }
}

/// The version, if it is one that refuses `NAME:local` of a model elsewhere.
///
/// # Errors
/// Why it is not new enough.
pub fn version(body: &[u8]) -> Result<String, String> {
    let told = canon::parse(body).ok().and_then(|v| v.get("version")?.as_str().map(str::to_owned));
    let told = told.ok_or("it tells no version")?;
    let mut parts = told.split(['.', '-', '+']).map(|part| part.parse::<u64>().unwrap_or(0));
    let number = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    if number < (0, 18) {
        return Err(format!("it is Ollama {told}: only 0.18.0 and newer refuse a model of another machine"));
    }
    Ok(told)
}

/// Vectors.
///
/// # Errors
/// [`Useless`].
pub fn vectors(body: &[u8], want: usize) -> Result<(Vec<Vec<f64>>, u64), Useless> {
    let value = canon::parse_any_length(body).map_err(|e| e.to_string())?;
    if let Some(who) = remote(&value) {
        return Err(Useless::Remote(who));
    }
    let rows = value.get("embeddings").and_then(Value::as_array).ok_or("it sent no vectors")?;
    let rows: Option<Vec<Vec<f64>>> =
        rows.iter().map(|row| row.as_array()?.iter().map(Value::as_f64).collect()).collect();
    let rows = super::vectors::even(rows.ok_or("a vector does not read")?, want)?;
    Ok((rows, tokens(value.get("prompt_eval_count"))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Schema;

    /// Recorded cases: `tests/it/cases/ollama.jsonl` names the source of each.
    fn case(name: &str) -> Value {
        let all = include_str!("../../tests/it/cases/ollama.jsonl").lines();
        let mut all = all.map(|line| serde_json::from_str::<Value>(line).unwrap());
        all.find(|case| case["case"] == name).unwrap_or_else(|| panic!("no case {name}"))
    }

    fn body(name: &str) -> Vec<u8> {
        case(name)["body"].to_string().into_bytes()
    }

    /// What is heard of a recorded stream, and how its last line was read.
    fn streamed(name: &str) -> (Heard, Said) {
        let mut heard = Heard::default();
        let mut last = Said::Nothing;
        let case = case(name);
        let whole = [case["body"].clone()];
        for one in case["lines"].as_array().map_or(&whole[..], Vec::as_slice) {
            last = line(&one.to_string(), &mut heard).unwrap();
            if !matches!(last, Said::Piece(_) | Said::Nothing) {
                break;
            }
        }
        (heard, last)
    }

    #[test]
    fn a_question_keeps_its_schema_in_order_and_is_cut_by_nobody() {
        let schema =
            Schema::parse(r#"{"type":"object","properties":{"why":{"type":"string"},"a":{"type":"null"}}}"#);
        let schema = schema.unwrap();
        let q = Question {
            model: "qwen3:4b",
            system: "s\"\n",
            user: "u",
            schema: Some(&schema),
            max_tokens: 64,
            seed: 7,
            temperature: 150,
            context: 8192,
        };
        let text = chat(&q);
        assert!(text.contains(schema.text()), "{text}");
        let value = canon::parse(text.as_bytes()).unwrap();
        assert_eq!(value["model"], "qwen3:4b:local");
        assert_eq!(
            value["options"].to_string(),
            r#"{"num_ctx":8192,"num_predict":64,"seed":7,"temperature":1.5}"#
        );
        for (name, expected) in [("stream", true), ("truncate", false), ("shift", false), ("think", false)] {
            assert_eq!(value[name], expected, "{name}");
        }
        assert_eq!(value["messages"][0]["content"], "s\"\n");
        let bare = chat(&Question { schema: None, ..q });
        assert!(canon::parse(bare.as_bytes()).unwrap().get("format").is_none());
        let embed = canon::parse(embed("m", &["a\"b".into(), "c".into()]).as_bytes()).unwrap();
        assert_eq!((&embed["input"][0], &embed["truncate"]), (&"a\"b".into(), &false.into()));
    }

    #[test]
    fn recorded_streams_are_heard_as_they_ended() {
        let (heard, last) = streamed("chat stream");
        assert_eq!((heard.text.as_str(), heard.finish, last), ("Hello", Some(Finish::Stop), Said::Over));
        assert!(heard.tokens.input > 0 && heard.over);
        let (heard, _) = streamed("chat thinking");
        assert!(heard.thought > 0 && heard.over, "{heard:?}");
        let (heard, last) = streamed("error mid-stream");
        assert!(matches!(last, Said::Error(ref e) if e.contains("while running the model")), "{last:?}");
        assert!(!heard.over);
        let (heard, last) = streamed("cut mid-stream");
        assert_eq!((heard.over, heard.finish, last), (false, None, Said::Piece("Hel".into())));
        assert_eq!(streamed("chat out of budget").0.finish, Some(Finish::Length));
        let (heard, last) = streamed("chat by a cloud model");
        assert!(matches!(last, Said::Remote(ref who) if who.contains("ollama.com")), "{last:?}");
        assert_eq!(heard.text, "", "nothing of another machine's is taken");
        assert_eq!(streamed("chat load only").0.finish, Some(Finish::Other));
        assert!(line("{bad", &mut Heard::default()).is_err());
        assert!(line(r#"{"done":true,"done":false}"#, &mut Heard::default()).is_err());
    }

    #[test]
    fn errors_are_told_in_the_servers_words() {
        for name in
            ["unknown model", "queue full", "no model", "cloud disabled", "prompt too long, truncate:false"]
        {
            assert_eq!(error(&body(name)), case(name)["body"]["error"].as_str().unwrap());
        }
        assert_eq!(error(b"plain words\n"), "plain words");
    }

    #[test]
    fn a_model_is_of_this_machine_or_refused() {
        let tags = body("tags");
        assert_eq!(digest(&tags, "qwen3:4b").unwrap().len(), 64);
        assert!(matches!(digest(&tags, "helper"), Err(Useless::Remote(_))));
        assert!(
            matches!(digest(&tags, "none"), Err(Useless::Unclear(why)) if why.contains("no model `none`"))
        );
        assert!(digest(b"{}", "x").is_err());
        assert_eq!(cloud_is_off(200, &body("status cloud off")), Ok(()));
        assert!(cloud_is_off(200, &body("status cloud on")).unwrap_err().contains("cloud is on"));
        assert!(cloud_is_off(404, b"").is_err() && cloud_is_off(200, b"{}").is_err());
        assert_eq!(version(&body("version")), Ok("0.33.0".into()));
        for (told, new) in
            [("0.18.0", true), ("0.17.9", false), ("0.9.0", false), ("1.0.0-rc1", true), ("x", false)]
        {
            assert_eq!(version(format!("{{\"version\":\"{told}\"}}").as_bytes()).is_ok(), new, "{told}");
        }
        for name in ["gpt-oss:120b-cloud", "x:cloud", " X:Cloud ", "a-cloud", "X:1B-CLOUD", "x: cloud"] {
            assert!(names_a_cloud(name), "{name}");
        }
        for name in ["qwen3:4b", "cloudy:latest", "cloud:7b", "x:clouds"] {
            assert!(!names_a_cloud(name), "{name}");
        }
    }

    #[test]
    fn vectors_are_one_for_each_text() {
        let (rows, tokens) = vectors(&body("embed"), 1).unwrap();
        assert_eq!((rows[0].len(), tokens), (2, 8));
        assert!(vectors(&body("embed"), 2).is_err() && vectors(b"{}", 1).is_err());
        let uneven = br#"{"embeddings":[[1,2],[1]]}"#;
        assert!(matches!(vectors(uneven, 2), Err(Useless::Unclear(why)) if why.contains("lengths")));
    }
}
