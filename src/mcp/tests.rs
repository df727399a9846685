//! The session with another desk: one whose tools crash, hang or wait for a word.

use super::desk::Desk;
use super::*;
use crate::call::{Call, Reason, Watch};
use crate::submit::{Reply, Status};
use rmcp::model::Tool;
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, PipeWriter};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// Tools by name: `crash` panics, `hang` never ends, `wait` ends when it is told to stop.
#[derive(Default)]
struct Odd {
    called: AtomicUsize,
    mended: AtomicUsize,
    at_once: AtomicUsize,
    most: AtomicUsize,
}

impl Desk for Odd {
    fn tools(&self) -> Arc<Vec<Tool>> {
        Arc::default()
    }

    fn call(&self, call: &Call, watch: &Watch) -> Result<Reply, GateError> {
        self.called.fetch_add(1, Ordering::SeqCst);
        let now = self.at_once.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        match call.tool.as_str() {
            "crash" => panic!("a planted crash"),
            "hang" => std::thread::sleep(Duration::from_secs(600)),
            "wait" => {
                while !watch.stopped() {
                    std::thread::sleep(Duration::from_millis(2));
                }
            }
            _ => std::thread::sleep(Duration::from_millis(5)),
        }
        self.at_once.fetch_sub(1, Ordering::SeqCst);
        let stopped = watch.stopped();
        Ok(Reply {
            status: if stopped { Status::Failed } else { Status::Done },
            call: call.id.clone(),
            digest: None,
            approval: None,
            result: None,
            reasons: stopped.then(|| Reason::built_in("stopped", "stopped")).into_iter().collect(),
            error: None,
            braked: false,
            malformed: false,
        })
    }

    fn rest(&self, _: &Call, _: bool) -> Result<Option<Reply>, GateError> {
        Ok(None)
    }

    fn mend(&self) {
        self.mended.fetch_add(1, Ordering::SeqCst);
    }
}

struct Session {
    desk: Arc<Odd>,
    input: Option<PipeWriter>,
    output: BufReader<io::PipeReader>,
    served: Option<std::thread::JoinHandle<Result<(), NotServed>>>,
}

impl Session {
    fn open() -> Self {
        let (from, input) = io::pipe().unwrap();
        let (output, to) = io::pipe().unwrap();
        let desk = Arc::new(Odd::default());
        let own = Arc::clone(&desk);
        let caller = Caller::Mcp("test".into());
        let served = std::thread::spawn(move || session(own, caller, (from, to)));
        let mut session =
            Self { desk, input: Some(input), output: BufReader::new(output), served: Some(served) };
        let info = json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}});
        session.send(&json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": info}));
        assert_eq!(session.hear()["id"], 0);
        session
    }

    fn send(&mut self, message: &Value) {
        writeln!(self.input.as_mut().unwrap(), "{message}").unwrap();
    }

    fn call(&mut self, id: u32, tool: &str) {
        let params = json!({"name": tool, "arguments": {}});
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params}));
    }

    fn hear(&mut self) -> Value {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    /// Ends the input; how long the session then took.
    fn end(&mut self) -> Duration {
        let began = Instant::now();
        drop(self.input.take());
        self.served.take().unwrap().join().unwrap().unwrap();
        began.elapsed()
    }
}

#[test]
fn a_call_that_crashes_is_answered_and_closed_and_the_next_one_runs() {
    let mut session = Session::open();
    session.call(1, "crash");
    let crashed = session.hear();
    assert_eq!((crashed["id"].as_u64(), crashed["result"]["isError"].as_bool()), (Some(1), Some(true)));
    assert!(crashed.to_string().contains("crashed"), "{crashed}");
    assert_eq!(session.desk.mended.load(Ordering::SeqCst), 1);
    session.call(2, "plain");
    assert_eq!(session.hear()["result"]["isError"], false);
    assert!(session.end() < Duration::from_millis(500));
}

#[test]
fn a_call_that_hangs_does_not_hold_up_the_end() {
    let mut session = Session::open();
    session.call(1, "hang");
    let took = session.end();
    assert!((Duration::from_millis(900)..Duration::from_secs(2)).contains(&took), "{took:?}");
}

#[test]
fn calls_under_way_at_the_end_are_told_to_stop_and_answered() {
    let mut session = Session::open();
    session.call(1, "wait");
    session.call(2, "plain");
    assert_eq!(session.hear()["id"], 2);
    let took = session.end();
    assert!(took < Duration::from_secs(2), "{took:?}");
    let told = session.hear();
    assert_eq!((told["id"].as_u64(), told["result"]["isError"].as_bool()), (Some(1), Some(true)), "{told}");
}

#[test]
fn what_waits_for_its_turn_and_is_taken_back_never_runs() {
    let mut session = Session::open();
    let cancel =
        |id: u32| json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": id}});
    for id in 1..=4 {
        session.call(id, "wait");
    }
    while session.desk.called.load(Ordering::SeqCst) < 4 {
        std::thread::sleep(Duration::from_millis(2));
    }
    session.call(5, "plain");
    session.send(&cancel(5));
    session.send(&cancel(1));
    session.call(6, "plain");
    assert_eq!(session.hear()["id"], 6, "neither 1 nor 5 is answered");
    assert_eq!(session.desk.called.load(Ordering::SeqCst), 5, "1 to 4, and 6");
    session.end();
}

#[test]
fn so_many_calls_run_at_once_and_no_more() {
    let mut session = Session::open();
    for id in 1..=40 {
        session.call(id, "plain");
    }
    for _ in 1..=40 {
        assert_eq!(session.hear()["result"]["isError"], false);
    }
    let most = session.desk.most.load(Ordering::SeqCst);
    assert!((2..=4).contains(&most), "{most}");
    session.end();
}

#[test]
fn a_client_that_stops_reading_ends_the_session() {
    let (from, mut input) = io::pipe().unwrap();
    let (output, to) = io::pipe().unwrap();
    drop(output);
    let desk = Arc::new(Odd::default());
    let began = Instant::now();
    let served = std::thread::spawn(move || session(desk, Caller::Mcp("test".into()), (from, to)));
    writeln!(input, r#"{{"jsonrpc":"2.0","id":1,"method":"ping"}}"#).unwrap();
    let _ = served.join().unwrap();
    assert!(began.elapsed() < Duration::from_secs(3), "with its input still open");
}
