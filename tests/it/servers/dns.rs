//! A name server, by packets and by connections, which also lies.

use super::{Handler, Life};
use simple_dns::rdata::{A, CAA, CNAME, MX, RData, TXT};
use simple_dns::{CLASS, CharacterString, Name, Packet, PacketFlag, Question, RCODE, ResourceRecord};
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// A name server that runs until it is dropped.
pub struct NameServer {
    pub at: SocketAddr,
    life: Life,
    thread: Option<JoinHandle<()>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl NameServer {
    pub fn start() -> Self {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        let (at, life, asked) =
            (socket.local_addr().unwrap(), Life::default(), Arc::<Mutex<Vec<_>>>::default());
        let (inner, noted) = (life.clone(), Arc::clone(&asked));
        let thread = std::thread::spawn(move || {
            let mut buffer = [0; 512];
            while inner.goes_on() {
                let Ok((n, from)) = socket.recv_from(&mut buffer) else { continue };
                let name = Packet::parse(&buffer[..n]).unwrap().questions[0].qname.to_string();
                noted.lock().unwrap().push(name);
                for packet in answers(&buffer[..n], false) {
                    socket.send_to(&packet, from).unwrap();
                }
            }
        });
        Self { at, life, thread: Some(thread), asked }
    }

    /// Names that were asked, in order.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl Drop for NameServer {
    fn drop(&mut self) {
        self.life.over.store(true, std::sync::atomic::Ordering::SeqCst);
        self.thread.take().unwrap().join().unwrap();
    }
}

/// The same by connections.
pub fn by_connection() -> Arc<Handler> {
    Arc::new(|talk, _| {
        let mut head = [0; 2];
        if talk.read_exact(&mut head).is_err() {
            return;
        }
        let mut question = vec![0; usize::from(u16::from_be_bytes(head))];
        talk.read_exact(&mut question).unwrap();
        for answer in answers(&question, true) {
            let length = u16::try_from(answer.len()).unwrap().to_be_bytes();
            let _ = talk.write_all(&length);
            let _ = talk.write_all(&answer);
        }
    })
}

fn name(text: &str) -> Name<'static> {
    Name::new(text).unwrap().into_owned()
}

fn record(of: &str, data: RData<'static>) -> ResourceRecord<'static> {
    ResourceRecord::new(name(of), CLASS::IN, 300, data)
}

fn a(last: u8) -> RData<'static> {
    RData::A(A { address: u32::from(Ipv4Addr::new(93, 184, 216, last)) })
}

/// What is sent back: nothing, one answer, or several.
fn answers(bytes: &[u8], connection: bool) -> Vec<Vec<u8>> {
    let question = Packet::parse(bytes).unwrap();
    let (id, asked) = (question.id(), question.questions[0].clone().into_owned());
    let of = asked.qname.to_string();
    let reply = |id: u16, asked: &Question<'static>, records: Vec<ResourceRecord<'static>>| {
        let mut packet = Packet::new_reply(id);
        packet.set_flags(PacketFlag::RECURSION_AVAILABLE);
        packet.questions.push(asked.clone());
        packet.answers = records;
        packet
    };
    let bytes = |packet: Packet<'_>| packet.build_bytes_vec().unwrap();
    let good = |records| vec![bytes(reply(id, &asked, records))];
    match of.as_str() {
        "a.example" => good(match format!("{:?}", asked.qtype).as_str() {
            "TYPE(A)" => vec![record(&of, a(34)), record(&of, a(35))],
            "TYPE(MX)" => vec![record(&of, RData::MX(MX { preference: 10, exchange: name("mx.a.example") }))],
            "TYPE(TXT)" => {
                vec![record(&of, RData::TXT(TXT::new().with_string("v=spf1 -all").unwrap().into_owned()))]
            }
            "TYPE(CAA)" => {
                let tag = CharacterString::new(b"issue").unwrap().into_owned();
                vec![record(&of, RData::CAA(CAA { flag: 0, tag, value: b"ca.example".to_vec().into() }))]
            }
            _ => Vec::new(),
        }),
        "_dmarc.a.example" => good(vec![record(
            &of,
            RData::TXT(TXT::new().with_string("v=DMARC1; p=reject").unwrap().into_owned()),
        )]),
        "hostile.example" => {
            let text = "\u{202e}\u{1b}[2J`rm`";
            good(vec![record(&of, RData::TXT(TXT::new().with_string(text).unwrap().into_owned()))])
        }
        "inside.example" => good(vec![record(&of, RData::A(A { address: u32::from(Ipv4Addr::LOCALHOST) }))]),
        "34.216.184.93.in-addr.arpa" => {
            good(vec![record(&of, RData::PTR(simple_dns::rdata::PTR(name("a.example"))))])
        }
        // Names that lead to each other for ever.
        "chain.example" => good(
            (0..60)
                .map(|n| {
                    record(
                        &format!("c{n}.example"),
                        RData::CNAME(CNAME(name(&format!("c{}.example", n + 1)))),
                    )
                })
                .collect(),
        ),
        "none.example" => {
            let mut packet = reply(id, &asked, Vec::new());
            *packet.rcode_mut() = RCODE::NameError;
            vec![bytes(packet)]
        }
        // First lies, then the truth: the lies must not be heard.
        "liar.example" => {
            let other = Question::new(name("other.example"), asked.qtype, asked.qclass, false);
            let mut no_reply = reply(id, &asked, vec![record(&of, a(66))]);
            no_reply.remove_flags(PacketFlag::RESPONSE);
            vec![
                bytes(reply(id ^ 1, &asked, vec![record(&of, a(66))])),
                bytes(reply(id, &other, vec![record("other.example", a(66))])),
                bytes(no_reply),
                b"\xff\xff not a packet".to_vec(),
                {
                    // A name that points to itself.
                    let mut loops = bytes(reply(id, &asked, Vec::new()));
                    loops[7] = 1;
                    loops.extend([0xc0, u8::try_from(loops.len()).unwrap(), 0, 1, 0, 1, 0, 0, 0, 0, 0, 0]);
                    loops
                },
                bytes(reply(id, &asked, vec![record(&of, a(34))])),
            ]
        }
        "only-lies.example" => vec![bytes(reply(id ^ 1, &asked, vec![record(&of, a(66))])); 5],
        "long.example" if connection => good((0..150).map(|n| record(&of, a(n))).collect()),
        "long.example" => {
            let mut packet = reply(id, &asked, Vec::new());
            packet.set_flags(PacketFlag::TRUNCATION);
            vec![bytes(packet)]
        }
        _ => Vec::new(),
    }
}
