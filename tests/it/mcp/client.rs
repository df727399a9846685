//! A raw client over pipes: it sends what it is told to, and keeps every line that comes back.

use crate::harness::{FLEET, World};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// How long any answer may take here.
pub const SOON: Duration = Duration::from_secs(20);

/// One server and the client's end of its pipes.
pub struct Client {
    pub child: Child,
    pub input: Option<ChildStdin>,
    lines: Receiver<String>,
    /// Every line so far.
    pub heard: Vec<Value>,
    next: i64,
}

impl Client {
    /// A server with these arguments; nothing is said yet.
    pub fn silent(world: &World, args: &[&str]) -> Self {
        Self::with(world, args, &[])
    }

    /// The same with more variables.
    pub fn with(world: &World, args: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut command = world.process(FLEET, &[&["serve-mcp"], args].concat());
        let mut child = command
            .envs(variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(world.root().join("stderr")).unwrap())
            .spawn()
            .unwrap();
        let (send, lines) = channel();
        let output = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in output.lines() {
                let Ok(line) = line else { return };
                if send.send(line).is_err() {
                    return;
                }
            }
        });
        let input = child.stdin.take();
        Self { child, input, lines, heard: Vec::new(), next: 100 }
    }

    /// A server with which a session was opened.
    pub fn open(world: &World, args: &[&str]) -> Self {
        let mut client = Self::silent(world, args);
        client.initialize("2025-11-25");
        client
    }

    /// The handshake; what the server said.
    pub fn initialize(&mut self, version: &str) -> Value {
        let hello = self.ask(
            "initialize",
            json!({"protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "raw", "version": "0.7"}}),
        );
        self.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
        hello
    }

    /// Writes bytes as they are.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.input.as_mut().unwrap().write_all(bytes).unwrap();
    }

    pub fn send(&mut self, message: &Value) {
        self.raw(format!("{message}\n").as_bytes());
    }

    /// Sends a request; its id.
    pub fn request(&mut self, method: &str, params: Value) -> i64 {
        self.next += 1;
        self.send(&json!({"jsonrpc": "2.0", "id": self.next, "method": method, "params": params}));
        self.next
    }

    /// The next line, or nothing within `wait`.
    pub fn hear(&mut self, wait: Duration) -> Option<Value> {
        let line = match self.lines.recv_timeout(wait) {
            Ok(line) => line,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return None,
        };
        let value: Value = serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line}"));
        assert_eq!(value["jsonrpc"], "2.0", "{line}");
        self.heard.push(value.clone());
        Some(value)
    }

    /// The answer to `id`, whatever comes before it.
    pub fn answer(&mut self, id: &Value) -> Value {
        let until = Instant::now() + SOON;
        if let Some(known) = self.heard.iter().find(|m| m.get("id") == Some(id)) {
            return known.clone();
        }
        while Instant::now() < until {
            match self.hear(Duration::from_millis(100)) {
                Some(message) if message.get("id") == Some(id) => return message,
                Some(_) | None => {}
            }
        }
        panic!("no answer to {id}: {:?}\n{}", self.heard, self.child.id());
    }

    /// Asks and waits; the whole answer.
    pub fn asked(&mut self, method: &str, params: Value) -> Value {
        let id = self.request(method, params);
        self.answer(&id.into())
    }

    /// Asks for what must work; its result.
    pub fn ask(&mut self, method: &str, params: Value) -> Value {
        let answer = self.asked(method, params);
        assert!(answer.get("result").is_some(), "{answer}");
        answer["result"].clone()
    }

    /// Calls a tool; its result, error or not.
    pub fn call(&mut self, tool: &str, args: Value) -> Value {
        self.ask("tools/call", json!({"name": tool, "arguments": args}))
    }

    /// Calls a tool that must be done; its result as JSON.
    pub fn done(&mut self, tool: &str, args: Value) -> Value {
        let result = self.call(tool, args);
        assert_eq!(result["isError"], false, "{result}");
        serde_json::from_str(text(&result)).unwrap()
    }

    /// Calls a tool that must wait for a person; the approval's id.
    pub fn waits(&mut self, tool: &str, args: Value) -> String {
        let result = self.call(tool, args);
        assert_eq!((result["isError"].as_bool(), status(&result)), (Some(true), "waiting"), "{result}");
        result["_meta"]["fleet/approval"].as_str().unwrap().to_owned()
    }

    /// The names on the list.
    pub fn names(&mut self) -> Vec<String> {
        let list = self.ask("tools/list", json!({}));
        list["tools"].as_array().unwrap().iter().map(|t| t["name"].as_str().unwrap().to_owned()).collect()
    }

    /// Sees that it still serves.
    pub fn lives(&mut self) {
        let answer = self.asked("ping", json!({}));
        assert_eq!(answer["result"], json!({}));
    }

    /// Ends the input; how long the process took to end, and its exit code.
    pub fn end(&mut self) -> (Duration, Option<i32>) {
        drop(self.input.take());
        let began = Instant::now();
        while began.elapsed() < SOON {
            if let Some(status) = self.child.try_wait().unwrap() {
                let took = began.elapsed();
                while self.hear(Duration::from_millis(200)).is_some() {}
                return (took, status.code());
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        panic!("it does not end");
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The first text of a result.
pub fn text(result: &Value) -> &str {
    result["content"][0]["text"].as_str().unwrap_or_default()
}

/// How a call ended.
pub fn status(result: &Value) -> &str {
    result["_meta"]["fleet/status"].as_str().unwrap_or_default()
}
