//! Asking name servers. An answer counts if it comes from whom was asked, bears the number of the
//! question, and repeats it; anything else is not heard, and the wait goes on.

use super::net::{Packets, Until, Wire};
use super::{Hand, Step, Trouble};
use crate::call::{Dns, Happened, Record, RecordType, visible_line};
use simple_dns::rdata::RData;
use simple_dns::{CLASS, Name, Packet, PacketFlag, QCLASS, QTYPE, Question, RCODE, TYPE};
use std::io::{Read as _, Write as _};
use std::net::IpAddr;
use std::time::Duration;

/// Where name servers listen.
const PORT: u16 = 53;
/// Longest answer in a packet; a longer one is asked for by a connection.
const PACKET: usize = 4096;
/// How long one server is waited for, before the next.
const PATIENCE: Duration = Duration::from_secs(3);
/// Most records that are told.
const RECORDS: usize = 200;
/// Longest text of one.
const VALUE: usize = 4096;

pub fn query(hand: &Hand<'_>, effect: &Dns) -> Step {
    let until = Until::within(hand, effect.timeout_s);
    let servers: Vec<IpAddr> = match &effect.server {
        Some(named) => named.parse().into_iter().collect(),
        None => effect.own.iter().filter_map(|own| own.parse().ok()).take(3).collect(),
    };
    if servers.is_empty() {
        let file = hand.home.platform().resolver_file();
        return Err(Trouble::Not(format!("this system names no name server in `{file}`")));
    }
    let (mut answers, mut rcode, mut asked) = (Vec::new(), "NOERROR".to_owned(), String::new());
    for kind in &effect.types {
        let (server, bytes) = any(hand, &servers, &effect.name, *kind, &until)?;
        asked = server.to_string();
        let (code, told) = told(&bytes).map_err(|e| Trouble::Not(format!("`{asked}`: {e}")))?;
        if code != "NOERROR" {
            rcode = code;
        }
        answers.extend(told);
    }
    answers.dedup();
    let truncated = answers.len() > RECORDS;
    answers.truncate(RECORDS);
    Ok(Happened::Resolved { name: effect.name.clone(), rcode, server: asked, answers, truncated })
}

/// The answer of the first server that gives one.
fn any(
    hand: &Hand<'_>,
    servers: &[IpAddr],
    name: &str,
    kind: RecordType,
    until: &Until,
) -> Result<(IpAddr, Vec<u8>), Trouble> {
    let mut said = String::new();
    for server in servers {
        // A packet can be lost: it is sent twice.
        for _ in 0..2 {
            let part = until.part(PATIENCE);
            match one(hand, *server, name, kind, &part) {
                Ok(bytes) => return Ok((*server, bytes)),
                Err(e) => said = format!("`{server}` gave no answer: {e}"),
            }
            if let trouble @ Trouble::Braked(_) = part.not(said.clone()) {
                return Err(trouble);
            }
            if until.left().is_zero() {
                return Err(Trouble::Not(format!("{said}; its time is over")));
            }
        }
    }
    Err(Trouble::Not(said))
}

fn one(
    hand: &Hand<'_>,
    server: IpAddr,
    name: &str,
    kind: RecordType,
    until: &Until,
) -> Result<Vec<u8>, String> {
    let id = number().map_err(|e| e.to_string())?;
    let question = question(id, name, kind)?;
    let socket = Packets::to(hand.home, server, PORT, until).map_err(|e| e.to_string())?;
    socket.send(&question).map_err(|e| e.to_string())?;
    let mut packet = vec![0; PACKET];
    let mut others = 0_u32;
    loop {
        let length = socket.next(&mut packet).map_err(|e| match others {
            0 => e.to_string(),
            n => format!("{e}; {n} packets were no answer to what was asked"),
        })?;
        let bytes = packet.get(..length).unwrap_or_default();
        match Heard::of(bytes, id, name, kind) {
            Heard::Answer => return Ok(bytes.to_vec()),
            Heard::Cut => return longer(hand, server, (id, name, kind), &question, until),
            Heard::Other => others = others.saturating_add(1),
        }
    }
}

/// The same question by a connection, for an answer that is too long for a packet.
fn longer(
    hand: &Hand<'_>,
    server: IpAddr,
    (id, name, kind): (u16, &str, RecordType),
    question: &[u8],
    until: &Until,
) -> Result<Vec<u8>, String> {
    let said = |trouble: Trouble| match trouble {
        Trouble::Not(text) | Trouble::Braked(text) | Trouble::Unknown(text) => text,
    };
    let mut wire = Wire::dial(hand.home, &[server], PORT, until, 1 << 17).map_err(said)?;
    let length = u16::try_from(question.len()).map_err(|e| e.to_string())?;
    let framed = [&length.to_be_bytes(), question].concat();
    wire.write_all(&framed).map_err(|e| e.to_string())?;
    let mut head = [0; 2];
    wire.read_exact(&mut head).map_err(|e| e.to_string())?;
    let mut bytes = vec![0; usize::from(u16::from_be_bytes(head))];
    wire.read_exact(&mut bytes).map_err(|e| e.to_string())?;
    match Heard::of(&bytes, id, name, kind) {
        Heard::Answer => Ok(bytes),
        Heard::Cut | Heard::Other => Err("what it said by a connection is no answer".into()),
    }
}

/// What came in, seen from the question.
#[derive(Debug, PartialEq, Eq)]
enum Heard {
    /// The answer.
    Answer,
    /// The beginning of it.
    Cut,
    /// Something else, by mistake or by somebody else.
    Other,
}

impl Heard {
    fn of(bytes: &[u8], id: u16, name: &str, kind: RecordType) -> Self {
        let Ok(packet) = Packet::parse(bytes) else { return Self::Other };
        let [question] = packet.questions.as_slice() else { return Self::Other };
        let same = packet.id() == id
            && packet.has_flags(PacketFlag::RESPONSE)
            && question.qname.to_string().trim_end_matches('.').eq_ignore_ascii_case(name)
            && question.qtype == QTYPE::TYPE(code(kind))
            && question.qclass == QCLASS::CLASS(CLASS::IN);
        match same {
            true if packet.has_flags(PacketFlag::TRUNCATION) => Self::Cut,
            true => Self::Answer,
            false => Self::Other,
        }
    }
}

fn number() -> Result<u16, getrandom::Error> {
    let mut bytes = [0; 2];
    getrandom::fill(&mut bytes)?;
    Ok(u16::from_be_bytes(bytes))
}

fn question(id: u16, name: &str, kind: RecordType) -> Result<Vec<u8>, String> {
    let mut packet = Packet::new_query(id);
    packet.set_flags(PacketFlag::RECURSION_DESIRED);
    let qname = Name::new(name).map_err(|e| e.to_string())?;
    packet.questions.push(Question::new(qname, QTYPE::TYPE(code(kind)), QCLASS::CLASS(CLASS::IN), false));
    packet.build_bytes_vec().map_err(|e| e.to_string())
}

const fn code(kind: RecordType) -> TYPE {
    match kind {
        RecordType::A => TYPE::A,
        RecordType::Aaaa => TYPE::AAAA,
        RecordType::Mx => TYPE::MX,
        RecordType::Txt => TYPE::TXT,
        RecordType::Ns => TYPE::NS,
        RecordType::Cname => TYPE::CNAME,
        RecordType::Soa => TYPE::SOA,
        RecordType::Srv => TYPE::SRV,
        RecordType::Caa => TYPE::CAA,
        RecordType::Ptr => TYPE::PTR,
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the codes are those of a registry that grows")]
fn rcode(code: RCODE) -> String {
    match code {
        RCODE::NoError => "NOERROR".to_owned(),
        RCODE::NameError => "NXDOMAIN".to_owned(),
        RCODE::ServerFailure => "SERVFAIL".to_owned(),
        RCODE::FormatError => "FORMERR".to_owned(),
        RCODE::NotImplemented => "NOTIMP".to_owned(),
        RCODE::Refused => "REFUSED".to_owned(),
        other => format!("{other:?}").to_uppercase(),
    }
}

/// The code and the records of an answer. Names that lead to names are told, not followed.
fn told(bytes: &[u8]) -> Result<(String, Vec<Record>), String> {
    let packet = Packet::parse(bytes).map_err(|e| format!("its answer does not read: {e}"))?;
    let record = |(name, ttl, (kind, value)): (String, u32, (&str, String))| Record {
        name: visible_line(&name, 300),
        kind: kind.to_owned(),
        value: visible_line(&value, VALUE),
        ttl,
    };
    let all = packet.answers.iter().take(RECORDS + 1);
    let records = all.filter_map(|a| Some(record((a.name.to_string(), a.ttl, value(&a.rdata)?))));
    Ok((rcode(packet.rcode()), records.collect()))
}

/// What a record says, if it is of a kind that can be asked for.
#[expect(clippy::wildcard_enum_match_arm, reason = "the kinds are those of a registry that grows")]
fn value(data: &RData<'_>) -> Option<(&'static str, String)> {
    Some(match data {
        RData::A(a) => ("A", std::net::Ipv4Addr::from(a.address).to_string()),
        RData::AAAA(a) => ("AAAA", std::net::Ipv6Addr::from(a.address).to_string()),
        RData::MX(mx) => ("MX", format!("{} {}", mx.preference, mx.exchange)),
        RData::TXT(txt) => ("TXT", String::try_from(txt.clone()).ok()?),
        RData::NS(ns) => ("NS", ns.0.to_string()),
        RData::CNAME(name) => ("CNAME", name.0.to_string()),
        RData::PTR(name) => ("PTR", name.0.to_string()),
        RData::SOA(soa) => (
            "SOA",
            format!(
                "{} {} {} {} {} {} {}",
                soa.mname, soa.rname, soa.serial, soa.refresh, soa.retry, soa.expire, soa.minimum
            ),
        ),
        RData::SRV(srv) => ("SRV", format!("{} {} {} {}", srv.priority, srv.weight, srv.port, srv.target)),
        RData::CAA(caa) => {
            ("CAA", format!("{} {} \"{}\"", caa.flag, caa.tag, String::from_utf8_lossy(&caa.value)))
        }
        _ => return None,
    })
}
