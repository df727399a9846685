//! `web_dns` against a name server that also lies.

use crate::servers::dns::{NameServer, by_connection};
use crate::servers::world::{Builder, Net, public};
use fleet::submit::Status;
use serde_json::{Value, json};
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

fn net() -> (Net, NameServer) {
    let server = NameServer::start();
    let (own, at) = (IpAddr::from([192, 168, 1, 1]), server.at);
    let names = [
        "a.example",
        "liar.example",
        "only-lies.example",
        "long.example",
        "none.example",
        "chain.example",
        "silent.example",
        "hostile.example",
        "inside.example",
        "34.216.184.93.in-addr.arpa",
    ];
    let builder = names.iter().fold(Builder::new(), |builder, name| builder.allow(name));
    let net = builder
        .wire(|w| {
            w.server(own).packets(SocketAddr::new(own, 53), at).packets(SocketAddr::new(public(99), 53), at)
        })
        .served(SocketAddr::new(own, 53), by_connection())
        .build();
    (net, server)
}

fn values(answer: &Value) -> Vec<String> {
    answer["answers"].as_array().unwrap().iter().map(|a| a["value"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn records_of_all_kinds_come_from_the_systems_own_server() {
    let (net, server) = net();
    let answer = net.done("web_dns", json!({"name": "A.example.", "types": ["A", "MX", "TXT", "CAA"]}));
    assert_eq!(
        values(&answer),
        ["93.184.216.34", "93.184.216.35", "10 mx.a.example", "v=spf1 -all", "0 issue \"ca.example\""]
    );
    assert_eq!((&answer["rcode"], &answer["server"]), (&json!("NOERROR"), &json!("192.168.1.1")));
    assert_eq!(
        answer["answers"][2],
        json!({"name": "a.example", "type": "MX", "value": "10 mx.a.example", "ttl": 300})
    );
    // What belongs to an allowed name is asked of those who answer for it.
    assert_eq!(
        values(&net.done("web_dns", json!({"name": "_dmarc.a.example", "types": ["TXT"]}))),
        ["v=DMARC1; p=reject"]
    );
    assert_eq!(
        values(&net.done("web_dns", json!({"name": "93.184.216.34", "types": ["PTR"]}))),
        ["a.example"]
    );
    assert_eq!(net.done("web_dns", json!({"name": "none.example"}))["rcode"], "NXDOMAIN");
    // An address of the inside is told: it is not reached.
    assert_eq!(values(&net.done("web_dns", json!({"name": "inside.example"}))), ["127.0.0.1"]);
    assert_eq!(server.asked().len(), 8);
    net.world.verify();
}

#[test]
fn what_is_no_answer_to_the_question_is_not_heard() {
    let (net, _server) = net();
    assert_eq!(values(&net.done("web_dns", json!({"name": "liar.example"}))), ["93.184.216.34"]);
    let started = Instant::now();
    let error = net.fails("web_dns", json!({"name": "only-lies.example", "timeout_s": 3}));
    assert!(error.contains("5 packets were no answer"), "{error}");
    let error = net.fails("web_dns", json!({"name": "silent.example", "timeout_s": 2}));
    assert!(error.contains("gave no answer"), "{error}");
    assert!(started.elapsed() < Duration::from_secs(8), "{:?}", started.elapsed());
    let chain = net.done("web_dns", json!({"name": "chain.example"}));
    assert_eq!(chain["answers"].as_array().unwrap().len(), 60);
    let hostile = net.done("web_dns", json!({"name": "hostile.example", "types": ["TXT"]}));
    assert!(!values(&hostile)[0].contains(['\u{202e}', '\u{1b}']), "{hostile}");
}

#[test]
fn a_long_answer_comes_by_a_connection() {
    let (net, _server) = net();
    let answer = net.done("web_dns", json!({"name": "long.example"}));
    assert_eq!(answer["answers"].as_array().unwrap().len(), 150);
}

#[test]
fn names_and_servers_that_the_owner_did_not_name_wait_and_those_inside_are_refused() {
    let (net, server) = net();
    let status = |args: Value| net.call("web_dns", args).status;
    assert_eq!(status(json!({"name": "secret-data.evil.example"})), Status::Waiting);
    assert_eq!(status(json!({"name": "printer.local"})), Status::Waiting);
    assert_eq!(status(json!({"name": "a.example", "server": "93.184.216.99"})), Status::Waiting);
    for inside in ["127.0.0.1", "192.168.1.1", "::1", "169.254.169.254"] {
        assert_eq!(status(json!({"name": "a.example", "server": inside})), Status::Refused, "{inside}");
    }
    assert_eq!(status(json!({"name": format!("ghp_{}.a.example", "a1B2".repeat(9))})), Status::Refused);
    assert!(server.asked().is_empty());
    let reply = net.approved("web_dns", json!({"name": "a.example", "server": "93.184.216.99"}));
    assert_eq!(reply.result.unwrap()["server"], "93.184.216.99");
}
