//! `security_cert_expiry` against servers with certificates in order and not.

use crate::servers::tls::{self, Authority, Kind};
use crate::servers::world::{Builder, public};
use crate::servers::{Handler, site};
use fleet::submit::Status;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

#[test]
fn what_is_wrong_with_a_certificate_is_told_and_is_no_failure() {
    let handler = site::handler();
    let net = Builder::new()
        .certified("good.example", "good.example", Kind::Good, &handler)
        .certified("expired.example", "expired.example", Kind::Expired, &handler)
        .certified("self.example", "self.example", Kind::SelfSigned, &handler)
        .certified("name.example", "else.example", Kind::Good, &handler)
        .host("plain.example", &[80], &handler)
        .build();
    let hosts = ["good.example", "expired.example", "self.example", "name.example", "plain.example"];
    let places: Vec<_> = hosts.iter().map(|host| json!({ "host": host })).collect();
    let result = net.done("security_cert_expiry", json!({"hosts": places, "timeout_s": 3}));
    let certs = result["certs"].as_array().unwrap();
    let told = |at: usize| {
        (certs[at]["chain_ok"].as_bool().unwrap(), certs[at]["error"].as_str().unwrap_or_default())
    };
    assert_eq!(told(0), (true, ""));
    assert_eq!(told(1), (false, "its certificate has expired"));
    assert_eq!(told(2), (false, "its certificate was made by nobody that this system trusts"));
    assert_eq!(told(3), (false, "its certificate is for another name"));
    assert!(!told(4).0 && told(4).1.contains("cannot connect"), "{:?}", told(4));
    let good = &certs[0];
    assert_eq!(
        (&good["not_after"], &good["sans"]),
        (&json!("2099-06-05T00:00:00Z"), &json!(["good.example"]))
    );
    assert_eq!(
        (&good["subject"], &good["issuer"]),
        (&json!("CN=for good.example"), &json!("CN=The test's authority"))
    );
    assert!(good["days"].as_i64().unwrap() > 20_000 && certs[1]["days"].as_i64().unwrap() < -2000);
    assert_eq!(certs[3]["sans"], json!(["else.example"]));
    // Nothing but a greeting was said.
    assert!(net.asked().is_empty());
    net.world.verify();
}

#[test]
fn a_name_that_nobody_knows_keeps_no_other_from_being_looked_at() {
    let net = Builder::new()
        .allow("nobody.example")
        .certified("good.example", "good.example", Kind::Good, &site::handler())
        .build();
    let hosts = json!([{"host": "nobody.example"}, {"host": "good.example"}]);
    let result = net.done("security_cert_expiry", json!({"hosts": hosts, "timeout_s": 3}));
    let (nobody, good) = (&result["certs"][0], &result["certs"][1]);
    assert!(nobody["error"].as_str().unwrap().contains("cannot look up `nobody.example`"), "{nobody}");
    assert_eq!((&nobody["chain_ok"], &good["chain_ok"]), (&json!(false), &json!(true)), "{good}");
}

/// A mail server up to the change to TLS.
fn mail(
    authority: &Authority,
    hello: &'static str,
    asks: &'static [(&'static str, &'static str)],
) -> Arc<Handler> {
    let config = authority.server("mail.example", Kind::Good);
    Arc::new(move |talk, life| {
        talk.write_all(hello.as_bytes()).unwrap();
        for (asked, answer) in asks {
            let mut line = Vec::new();
            let mut byte = [0];
            while !line.ends_with(b"\r\n") {
                if !matches!(talk.read(&mut byte), Ok(1)) {
                    return;
                }
                line.push(byte[0]);
            }
            assert!(line.starts_with(asked.as_bytes()), "{}", String::from_utf8_lossy(&line));
            talk.write_all(answer.as_bytes()).unwrap();
        }
        tls::within(Arc::clone(&config), Arc::new(|_, _| {}))(talk, life);
    })
}

#[test]
fn mail_servers_are_asked_in_their_own_words() {
    let authority = Authority::new();
    let at = |port| SocketAddr::new(public(77), port);
    let smtp = mail(
        &authority,
        "220-mail.example\r\n220 ESMTP\r\n",
        &[("EHLO ", "250-mail.example\r\n250-SIZE 1\r\n250 STARTTLS\r\n"), ("STARTTLS", "220 go\r\n")],
    );
    let imap = mail(&authority, "* OK ready\r\n", &[("a STARTTLS", "a OK begin\r\n")]);
    let pop = mail(&authority, "+OK ready\r\n", &[("STLS", "+OK begin\r\n")]);
    let refuses =
        mail(&authority, "220 x\r\n", &[("EHLO", "250 x\r\n"), ("STARTTLS", "502 no\u{1b}[2J\r\n")]);
    let endless: Arc<Handler> =
        Arc::new(|talk, life| while life.goes_on() && talk.write_all(b"220-more and more\r\n").is_ok() {});
    let silent: Arc<Handler> = Arc::new(|_, life| {
        while life.goes_on() {
            std::thread::sleep(Duration::from_millis(10));
        }
    });
    let net = Builder::new()
        .wire(|w| w.root(&authority.der).name("mail.example", &[&[public(77)]]))
        .allow("mail.example")
        .served(at(587), smtp)
        .served(at(143), imap)
        .served(at(110), pop)
        .served(at(25), refuses)
        .served(at(2525), endless)
        .served(at(993), silent)
        .build();
    let look = |port: u16, how: Value| {
        let mut place = json!({"host": "mail.example", "port": port});
        if how.is_string() {
            place["starttls"] = how;
        }
        net.done("security_cert_expiry", json!({"hosts": [place], "timeout_s": 2}))["certs"][0].clone()
    };
    for (port, how) in [(587, "smtp"), (143, "imap"), (110, "pop3")] {
        let seen = look(port, json!(how));
        assert_eq!(
            (&seen["chain_ok"], &seen["sans"]),
            (&json!(true), &json!(["mail.example"])),
            "{how}: {seen}"
        );
    }
    let started = Instant::now();
    let said = look(25, json!("smtp"))["error"].as_str().unwrap().to_owned();
    assert!(said.contains("502 no") && !said.contains('\u{1b}'), "{said}");
    assert!(look(2525, json!("smtp"))["error"].as_str().unwrap().contains("says more"), "endless");
    assert!(look(993, json!(null))["error"].as_str().unwrap().contains("silent"), "silent");
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}

#[test]
fn hosts_inside_are_refused_and_odd_ports_wait() {
    let net = Builder::new()
        .wire(|w| w.name("turns.example", &[&["10.0.0.1".parse().unwrap()]]))
        .allow("turns.example")
        .build();
    let status = |host: &str, port: u16| {
        net.call("security_cert_expiry", json!({"hosts": [{"host": host, "port": port}]})).status
    };
    assert_eq!(status("127.0.0.1", 443), Status::Refused);
    assert_eq!(status("nas.local", 443), Status::Refused);
    assert_eq!(status("unknown.example", 443), Status::Waiting);
    assert_eq!(status("turns.example", 22), Status::Waiting);
    let error = net.fails("security_cert_expiry", json!({"hosts": [{"host": "turns.example"}]}));
    assert!(error.contains("private network"), "{error}");
}
