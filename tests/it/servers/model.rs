//! Model servers: llama.cpp's own with a model of random numbers, and a double of Ollama that frames what
//! that one says in the way that was recorded.

use super::{Asked, Handler, Life, Talk, answer, request};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

/// Where `tests/run` puts the server and its model.
fn place(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/models").join(name)
}

/// llama.cpp's server, until it is dropped.
pub struct Llama {
    child: Child,
    /// As `fleet model add` takes it.
    pub endpoint: String,
}

impl Llama {
    pub fn start() -> Self {
        Self::at("0", &[])
    }

    /// At a port or the path of a socket.
    pub fn at(place_of: &str, more: &[&str]) -> Self {
        let (python, model) = (place("v/bin/python"), place("tiny.gguf"));
        for needed in [&python, &model] {
            assert!(
                needed.exists(),
                "llama.cpp's server is missing (`{}`): `tests/run` installs it",
                needed.display()
            );
        }
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/models/serve.py");
        let mut child = Command::new(python)
            .arg(script)
            .arg(model)
            .arg(place_of)
            .args(more)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let at =
            line.trim().strip_prefix("READY ").unwrap_or_else(|| panic!("llama.cpp's server said {line:?}"));
        let endpoint =
            at.strip_prefix("unix://").map_or_else(|| at.to_owned(), |path| format!("unix:{path}"));
        Self { child, endpoint }
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.endpoint.rsplit(':').next().unwrap().parse().unwrap()
    }

    /// What it answers to a chat, as a whole.
    pub fn chat(port: u16, body: &Value) -> Value {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        let body = body.to_string();
        let head = format!(
            "POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all((head + &body).as_bytes()).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(!head.to_lowercase().contains("chunked"), "{head}");
        serde_json::from_str(body).unwrap()
    }
}

impl Drop for Llama {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How a double of Ollama behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// As it should.
    Good,
    /// Its cloud is on.
    CloudOn,
    /// Too old to refuse other machines' models.
    Old,
    /// The model runs elsewhere, under a harmless name.
    RemoteTag,
    /// The model is another one.
    Swapped,
    /// It answers for another machine.
    RemoteReply,
    /// It gives up in the middle.
    ErrorMidStream,
    /// The connection ends in the middle.
    Cut,
    /// It says nothing for long, then answers.
    Cold,
    /// It never ends.
    Endless,
    /// One line without an end.
    LongLine,
    /// It has too much to do.
    QueueFull,
    /// It sends elsewhere.
    Redirect(u16),
}

fn recorded(name: &str) -> Value {
    let mut all =
        include_str!("../cases/ollama.jsonl").lines().map(|l| serde_json::from_str::<Value>(l).unwrap());
    all.find(|case| case["case"] == name).unwrap()
}

const TYPE: (&str, &str) = ("content-type", "application/json; charset=utf-8");

fn say(talk: &mut dyn Talk, case: &str) {
    let case = recorded(case);
    let status = format!("{} x", case["status"]);
    answer(talk, &status, &[TYPE], case["body"].to_string().as_bytes());
}

/// The double. What its model says comes from the llama.cpp server at `port`.
pub fn ollama(mode: Mode, port: u16) -> Arc<Handler> {
    Arc::new(move |talk, life| {
        let Some(asked) = request(talk) else { return };
        life.note(asked.clone());
        if let Mode::Redirect(to) = mode {
            let location = format!("http://192.0.2.77:{to}/api/tags");
            return answer(talk, "302 Found", &[("location", &location)], b"");
        }
        match asked.target.as_str() {
            "/api/version" if mode == Mode::Old => {
                answer(talk, "200 OK", &[TYPE], br#"{"version":"0.17.9"}"#)
            }
            "/api/version" => say(talk, "version"),
            "/api/status" if mode == Mode::CloudOn => say(talk, "status cloud on"),
            "/api/status" => say(talk, "status cloud off"),
            "/api/tags" => tags(talk, mode),
            "/api/embed" => embed(talk, &asked),
            "/api/chat" => chat(talk, life, &asked, mode, port),
            _ => answer(talk, "404 Not Found", &[], b"404 page not found"),
        }
    })
}

fn tags(talk: &mut dyn Talk, mode: Mode) {
    let mut body = recorded("tags")["body"].clone();
    let first = &mut body["models"][0];
    if mode == Mode::RemoteTag {
        first["remote_host"] = "https://ollama.com:443".into();
        first["remote_model"] = "gpt-oss:120b".into();
    }
    if mode == Mode::Swapped {
        first["digest"] = "b".repeat(64).into();
    }
    answer(talk, "200 OK", &[TYPE], body.to_string().as_bytes());
}

fn embed(talk: &mut dyn Talk, asked: &Asked) {
    let body: Value = serde_json::from_slice(&asked.body).unwrap();
    let n = body["input"].as_array().unwrap().len();
    let mut said = recorded("embed")["body"].clone();
    said["embeddings"] = vec![said["embeddings"][0].clone(); n].into();
    answer(talk, "200 OK", &[TYPE], said.to_string().as_bytes());
}

fn chat(talk: &mut dyn Talk, life: &Life, asked: &Asked, mode: Mode, port: u16) {
    let body: Value = serde_json::from_slice(&asked.body).unwrap();
    // The server itself refuses whatever is not its own.
    if !body["model"].as_str().unwrap().ends_with(":local") {
        return say(talk, "unknown model");
    }
    let begin = |talk: &mut dyn Talk| {
        let _ = talk
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\nconnection: close\r\n\r\n");
    };
    let replay = |talk: &mut dyn Talk, case: &str| {
        begin(talk);
        for line in recorded(case)["lines"].as_array().unwrap() {
            let _ = talk.write_all(format!("{line}\n").as_bytes());
        }
    };
    match mode {
        Mode::QueueFull => return say(talk, "queue full"),
        Mode::ErrorMidStream => return replay(talk, "error mid-stream"),
        Mode::Cut => return replay(talk, "cut mid-stream"),
        Mode::RemoteReply => {
            begin(talk);
            let _ = talk.write_all(format!("{}\n", recorded("chat by a cloud model")["body"]).as_bytes());
            return;
        }
        Mode::LongLine => {
            begin(talk);
            while life.goes_on() && talk.write_all(&[b'x'; 64 * 1024]).is_ok() {}
            return;
        }
        Mode::Endless => {
            begin(talk);
            let line = json!({"message": {"content": "a"}, "done": false});
            while life.goes_on() && talk.write_all(format!("{line}\n").as_bytes()).is_ok() {
                std::thread::sleep(Duration::from_millis(50));
            }
            life.note(Asked { target: "let go".into(), ..Asked::default() });
            return;
        }
        Mode::Cold => std::thread::sleep(Duration::from_secs(3)),
        Mode::Good | Mode::CloudOn | Mode::Old | Mode::RemoteTag | Mode::Swapped | Mode::Redirect(_) => {}
    }
    let options = &body["options"];
    let mut to = json!({
        "model": "x", "messages": body["messages"], "temperature": options["temperature"], "seed": options["seed"],
        "max_tokens": options["num_predict"],
    });
    if let Some(schema) = body.get("format") {
        to["response_format"] =
            json!({"type": "json_schema", "json_schema": {"name": "a", "strict": true, "schema": schema}});
    }
    let said = Llama::chat(port, &to);
    if let Some(error) = said.get("error") {
        return answer(
            talk,
            "400 Bad Request",
            &[TYPE],
            json!({"error": error["message"]}).to_string().as_bytes(),
        );
    }
    begin(talk);
    let (choice, usage) = (&said["choices"][0], &said["usage"]);
    let frame = |content: &str| {
        let at = "2026-08-21T18:48:22.123456789Z";
        json!({"model": "qwen3:4b", "created_at": at, "message": {"role": "assistant", "content": content}, "done": false, "unknown": {"x": [1]}})
    };
    let mut all = String::new();
    for piece in choice["message"]["content"].as_str().unwrap().chars().collect::<Vec<_>>().chunks(3) {
        all.push_str(&format!("{}\n", frame(&piece.iter().collect::<String>())));
    }
    let mut last = frame("");
    last["done"] = true.into();
    last["done_reason"] = choice["finish_reason"].clone();
    last["prompt_eval_count"] = usage["prompt_tokens"].clone();
    last["eval_count"] = usage["completion_tokens"].clone();
    all.push_str(&format!("{last}\n"));
    // Lines do not end where writes do.
    for part in all.as_bytes().chunks(37) {
        let _ = talk.write_all(part);
        let _ = talk.flush();
    }
}

/// A server like llama.cpp's that takes a schema and ignores it, as some do: what is said is the model's.
pub fn ignores_schemas(port: u16) -> Arc<Handler> {
    Arc::new(move |talk, life| {
        let Some(asked) = request(talk) else { return };
        life.note(asked.clone());
        match asked.target.as_str() {
            "/health" => answer(talk, "200 OK", &[TYPE], br#"{"status":"ok"}"#),
            "/v1/models" => {
                answer(
                    talk,
                    "200 OK",
                    &[TYPE],
                    br#"{"data":[{"id":"m","meta":{"n_params":1,"n_ctx":8192}}]}"#,
                );
            }
            "/v1/chat/completions" => {
                let mut body: Value = serde_json::from_slice(&asked.body).unwrap();
                body.as_object_mut().unwrap().retain(|name, _| {
                    !["response_format", "stream", "stream_options"].contains(&name.as_str())
                });
                let said = Llama::chat(port, &body);
                let _ = talk.write_all(
                    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n",
                );
                let choice = &said["choices"][0];
                let delta = json!({"choices": [{"index": 0, "delta": {"content": choice["message"]["content"]}, "finish_reason": choice["finish_reason"]}], "usage": said["usage"]});
                let _ =
                    talk.write_all(format!(": keepalive\n\ndata: {delta}\n\ndata: [DONE]\n\n").as_bytes());
            }
            _ => answer(talk, "404 Not Found", &[TYPE], br#"{"error":"no such path"}"#),
        }
    })
}
