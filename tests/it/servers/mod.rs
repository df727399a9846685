//! Servers of the tests: on loopback, each on a port of its own, ended with the test.

pub mod discord;
pub mod dns;
pub mod mail;
pub mod model;
pub mod site;
pub mod tls;
pub mod world;

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// A connection as a server sees it.
pub trait Talk: Read + Write {}
impl<T: Read + Write> Talk for T {}

/// A request as it came in.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    pub method: String,
    pub target: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Asked {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

/// What a server does with a connection. It looks at `Life` wherever it goes on for long.
pub type Handler = dyn Fn(&mut dyn Talk, &Life) + Send + Sync;

/// Whether the test still runs, and what came in so far.
#[derive(Clone, Default)]
pub struct Life {
    over: Arc<AtomicBool>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Life {
    pub fn goes_on(&self) -> bool {
        !self.over.load(Ordering::SeqCst)
    }

    pub fn note(&self, asked: Asked) {
        self.asked.lock().unwrap().push(asked);
    }

    /// All requests so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// How often `target` was asked.
    pub fn count(&self, target: &str) -> usize {
        self.asked().iter().filter(|a| a.target == target).count()
    }
}

/// A server that runs until it is dropped.
pub struct Server {
    pub at: SocketAddr,
    pub life: Life,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Runs `handler` for each connection, in a thread of its own.
    pub fn start(handler: Arc<Handler>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let (at, life) = (listener.local_addr().unwrap(), Life::default());
        let inner = life.clone();
        let thread = std::thread::spawn(move || {
            while inner.goes_on() {
                match listener.accept() {
                    Ok((stream, _)) => {
                        let (handler, life) = (Arc::clone(&handler), inner.clone());
                        std::thread::spawn(move || {
                            prepare(&stream);
                            let mut stream = stream;
                            handler(&mut stream, &life);
                        });
                    }
                    Err(_) => std::thread::sleep(Duration::from_millis(2)),
                }
            }
        });
        Self { at, life, thread: Some(thread) }
    }
}

/// Nothing on a server waits for ever.
fn prepare(stream: &TcpStream) {
    stream.set_nonblocking(false).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.set_write_timeout(Some(Duration::from_secs(5))).unwrap();
}

impl Drop for Server {
    fn drop(&mut self) {
        self.life.over.store(true, Ordering::SeqCst);
        self.thread.take().unwrap().join().unwrap();
    }
}

/// Reads one request; none if the connection ends before.
pub fn request(talk: &mut dyn Talk) -> Option<Asked> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() > 64 * 1024 || !matches!(talk.read(&mut byte), Ok(1)) {
            return None;
        }
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let mut lines = head.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let mut asked = Asked { method: first.next()?.into(), target: first.next()?.into(), ..Asked::default() };
    for line in lines.filter(|l| !l.is_empty()) {
        let (name, value) = line.split_once(':')?;
        asked.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = asked.header("content-length").and_then(|n| n.parse().ok()).unwrap_or(0);
    asked.body = vec![0; length];
    talk.read_exact(&mut asked.body).ok()?;
    Some(asked)
}

/// Answers, and ends the connection.
pub fn answer(talk: &mut dyn Talk, status: &str, headers: &[(&str, &str)], body: &[u8]) {
    let mut text = format!("HTTP/1.1 {status}\r\nconnection: close\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
    let _ = talk.write_all(text.as_bytes());
    let _ = talk.write_all(body);
    let _ = talk.flush();
}

/// Most memory that this process ever had, in MiB: the servers' threads are part of it.
#[cfg(target_os = "linux")]
pub fn peak_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|l| l.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}
