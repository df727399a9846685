//! A listener on the loopback address that counts what arrives: the outside world, as far as a test
//! has one.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver as Queue, channel};
use std::time::Duration;

/// Connections are taken one after the other, in the order in which they were made.
pub struct Receiver {
    port: u16,
    arrived: Queue<String>,
}

/// What a count ends with: all that connected before has then been taken.
const MARK: &str = "mark";

impl Receiver {
    pub fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (send, arrived) = channel();
        std::thread::spawn(move || {
            for connection in listener.incoming() {
                let mut text = String::new();
                let mut connection = connection.unwrap();
                connection.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
                // A sender that was ended has connected all the same, and counts.
                let _ = connection.read_to_string(&mut text);
                if send.send(text.trim().to_owned()).is_err() {
                    return;
                }
            }
        });
        Self { port, arrived }
    }

    pub const fn port(&self) -> u16 {
        self.port
    }

    /// What arrived since the last time.
    pub fn take(&self) -> Vec<String> {
        let mut mark = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        mark.write_all(MARK.as_bytes()).unwrap();
        drop(mark);
        let next = || self.arrived.recv_timeout(Duration::from_secs(30)).unwrap();
        std::iter::repeat_with(next).take_while(|text| text != MARK).collect()
    }
}

#[test]
fn every_connection_counts_also_one_that_says_nothing() {
    let receiver = Receiver::new();
    assert_eq!(receiver.take(), Vec::<String>::new());
    for text in ["a", "", "b"] {
        TcpStream::connect(("127.0.0.1", receiver.port())).unwrap().write_all(text.as_bytes()).unwrap();
    }
    assert_eq!(receiver.take(), ["a", "", "b"]);
}
