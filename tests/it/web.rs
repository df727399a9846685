//! `web_get` and `web_send` through the gate to real servers and back, and everything that a server
//! may try.

use crate::servers::world::{Builder, Net, public};
use crate::servers::{Life, site};
use fleet::submit::Status;
use serde_json::{Value, json};
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

fn at(path: &str) -> Value {
    json!({ "url": format!("http://site.example{path}") })
}

fn with(path: &str, more: Value) -> Value {
    let mut args = at(path);
    args.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    args
}

/// Runs `act`, which must be over within `most`.
fn timed<T>(most: Duration, act: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let done = act();
    assert!(started.elapsed() < most, "it took {:?}", started.elapsed());
    done
}

#[test]
fn a_page_is_had_as_it_is_as_text_and_as_its_article() {
    let net = Net::site();
    let page = net.done("web_get", at("/page"));
    assert_eq!(page["body"], site::PAGE);
    assert_eq!(
        (&page["status"], &page["etag"], &page["truncated"]),
        (&json!(200), &json!("\"v1\""), &json!(false))
    );
    let text = net.done("web_get", json!({"url": "https://site.example/page", "as": "text"}));
    assert_eq!(text["final_url"], "https://site.example/page");
    let read = text["text"].as_str().unwrap();
    assert!(read.starts_with("Home\n\n# News\n\nIt is about") && read.ends_with("Imprint"), "{read}");
    assert_eq!(text["links"][1], json!({"text": "this page", "url": "https://site.example/more?a=1&b=2"}));
    let article = net.done("web_get", with("/page", json!({"as": "article"})));
    let read = article["text"].as_str().unwrap();
    assert!(
        read.starts_with("# News") && !read.contains("Imprint") && article["title"] == "A page",
        "{read}"
    );
    net.world.verify();
}

#[test]
fn forms_methods_and_marks_are_what_they_say() {
    let net = Net::site();
    assert_eq!(
        net.done("web_get", with("/json", json!({"as": "json"})))["json"],
        json!({"a": [1, 2.5], "b": "x"})
    );
    let not = net.done("web_get", with("/page", json!({"as": "json"})));
    assert!(not["error"].as_str().unwrap().contains("not JSON"), "{not}");
    assert_eq!(net.done("web_get", with("/latin1", json!({"as": "text"})))["text"], "caf\u{e9}");
    assert_eq!(net.done("web_get", at("/bytes"))["base64"], "/wAB");
    assert_eq!(net.done("web_get", at("/gzip"))["body"], "packed words");
    let head = net.done("web_get", with("/page", json!({"method": "HEAD"})));
    assert_eq!((&head["length"], head.get("body")), (&json!(4242), None));
    let same = net.done("web_get", with("/page", json!({"etag": "\"v1\""})));
    assert_eq!((&same["status"], &same["bytes"]), (&json!(304), &json!(0)));
    assert_eq!(net.done("web_get", at("/missing"))["status"], 404);
    let busy = net.done("web_get", at("/busy"));
    assert_eq!((&busy["status"], &busy["retry_after"]), (&json!(429), &json!("7")));
    let sent = net.asked().into_iter().find(|a| a.target == "/json").unwrap();
    assert!(sent.header("user-agent").unwrap().starts_with("fleet/"), "{sent:?}");
    assert_eq!(sent.header("host"), Some("site.example"));
    for absent in ["cookie", "authorization", "referer", "proxy-authorization"] {
        assert_eq!(sent.header(absent), None);
    }
}

#[test]
fn redirects_are_followed_at_the_same_host_and_told_where_they_lead_elsewhere() {
    let net = Net::site();
    let page = net.done("web_get", at("/hop1"));
    assert_eq!((&page["body"], &page["redirects"]), (&json!(site::PAGE), &json!(2)));
    assert_eq!(page["final_url"], "http://site.example/page");
    for (from, to) in [
        ("/to-metadata", "http://169.254.169.254/latest/meta-data/"),
        ("/to-loopback", "http://127.0.0.1:11434/api/tags"),
        ("/to-other", "https://other.example/x"),
        ("/to-file", "file:///etc/passwd"),
        ("/to-port", "http://site.example:8080/page"),
        ("/to-userinfo", "http://site.example@evil.example/"),
    ] {
        let told = net.done("web_get", at(from));
        assert_eq!((&told["location"], told.get("redirects")), (&json!(to), None), "{told}");
        assert!(told["not_followed"].is_string() && told["status"].as_u64().unwrap() / 100 == 3, "{told}");
    }
    // A step down from https is not followed either, and what holds a credential is not asked for.
    let down = net.done("web_get", json!({"url": "https://site.example/down"}));
    assert_eq!(down["location"], "http://site.example/page");
    let token = net.done("web_get", at("/to-token"));
    assert!(token["not_followed"].as_str().unwrap().contains("credential"), "{token}");
    assert_eq!(net.servers[0].life.count("/page"), 1, "the one that was followed");
    let error = timed(Duration::from_secs(5), || net.fails("web_get", at("/loop")));
    assert!(error.contains("more than 5 times"), "{error}");
    assert_eq!(net.servers[0].life.count("/loop"), 6);
}

#[test]
fn a_name_is_looked_up_once_and_where_it_leads_inside_nothing_is_sent() {
    let inside: IpAddr = "127.0.0.1".parse().unwrap();
    let handler = site::handler();
    let net = Builder::new()
        .host("site.example", &[80], &handler)
        .wire(|w| {
            w.name("turns.example", &[&[public(10)], &[inside]])
                .name("both.example", &[&[public(10), inside]])
                .name("mapped.example", &[&["::ffff:10.0.0.1".parse().unwrap()]])
                .name("none.example", &[&[]])
        })
        .served(SocketAddr::new(inside, 80), handler)
        .allow("turns.example")
        .allow("both.example")
        .allow("mapped.example")
        .allow("none.example")
        .build();
    // Its second answer, between two hops, would have led inside.
    let page = net.done("web_get", json!({"url": "http://turns.example/hop1"}));
    assert_eq!((&page["redirects"], net.wiring.asked("turns.example")), (&json!(2), 1));
    for (name, says) in [
        ("turns.example", "this machine"),
        ("both.example", "this machine"),
        ("mapped.example", "private network"),
        ("none.example", "no such name"),
    ] {
        let error = net.fails("web_get", json!({"url": format!("http://{name}/page")}));
        assert!(error.contains(says), "{name}: {error}");
    }
    assert!(net.servers[1].life.asked().is_empty(), "something arrived inside");
    assert_eq!(net.call("web_get", json!({"url": "http://127.0.0.1/page"})).status, Status::Refused);
}

#[test]
fn what_never_ends_ends_by_its_bounds() {
    let net = Net::site();
    let bounded = |path: &str| with(path, json!({"max_bytes": 100_000, "timeout_s": 4}));
    for path in ["/endless", "/huge", "/bomb", "/endless-bomb"] {
        let page = timed(Duration::from_secs(4), || net.done("web_get", bounded(path)));
        assert_eq!((&page["bytes"], &page["truncated"]), (&json!(100_000), &json!(true)), "{path}");
    }
    for (path, says) in [
        ("/silent", "silent for 2000 ms"),
        ("/drip", "its time was over"),
        ("/endless-headers", "header"),
        ("/hollow", "more came than was asked for"),
        ("/not-http", ""),
        ("/lies-about-gzip", "gzip"),
        ("/cut", "no whole answer"),
        ("/cut-before", "no whole answer"),
    ] {
        let error = timed(Duration::from_secs(5), || net.fails("web_get", bounded(path)));
        assert!(error.to_lowercase().contains(says), "{path}: {error}");
        // One that works closes what five that do not in a row would open.
        net.done("web_get", at("/json"));
    }
    assert!(net.servers.iter().map(|s| s.life.clone()).all(|l: Life| l.goes_on()));
    #[cfg(target_os = "linux")]
    assert!(crate::servers::peak_mib() < 128 + 64, "{} MiB", crate::servers::peak_mib());
}

#[test]
fn the_kill_switch_ends_a_wait_within_a_second() {
    let net = Net::site();
    let switch = net.home.kill_switch();
    let setter = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(400));
        std::fs::write(switch, "").unwrap();
        Instant::now()
    });
    let reply = net.call("web_get", with("/drip", json!({"timeout_s": 30})));
    let late = setter.join().unwrap().elapsed();
    assert!(late < Duration::from_millis(1500), "{late:?}");
    assert!(reply.status == Status::Failed && reply.braked, "{reply:?}");
}

#[test]
fn a_caller_that_wants_no_more_ends_a_wait_within_a_second() {
    let net = Net::site();
    let (reply, took) = net.stopped("web_get", with("/drip", json!({"timeout_s": 30})));
    assert!(took < Duration::from_millis(2000), "{took:?}");
    assert!(reply.status == Status::Failed && reply.braked, "{reply:?}");
    assert!(reply.error.as_deref().unwrap().contains("its caller ended"), "{reply:?}");
}

/// A machine with a credential for requests.
fn sending() -> Net {
    let net = Net::site();
    let secrets = fleet::state::Secrets::of(&net.home);
    secrets.put("web:shop", &fleet::state::Secret::new("hunter2-of-the-shop".into())).unwrap();
    secrets.put("mail", &fleet::state::Secret::new("another-password".into())).unwrap();
    net
}

fn send(path: &str, more: Value) -> Value {
    let mut args = json!({ "url": format!("https://site.example{path}"), "timeout_s": 4 });
    args.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    args
}

#[test]
fn a_person_sees_what_is_sent_and_the_credential_goes_where_its_name_was_shown() {
    let net = sending();
    let reply = net.approved("web_send", send("/send", json!({"json": {"b": 1, "a": 2}, "secret": "shop"})));
    assert_eq!(reply.status, Status::Done, "{reply:?}");
    let result = reply.result.unwrap();
    assert_eq!((&result["status"], &result["body"]), (&json!(201), &json!("POST {\"a\":2,\"b\":1}")));
    let arrived = net.asked();
    assert_eq!(arrived.len(), 1);
    assert_eq!(arrived[0].header("authorization"), Some("Bearer hunter2-of-the-shop"));
    assert_eq!(arrived[0].header("content-type"), Some("application/json"));
    for method in ["POST", "PUT", "PATCH", "DELETE"] {
        for body in [json!({"method": method, "body": "x"}), json!({"method": method})] {
            let said = net.approved("web_send", send("/send", body.clone())).result.unwrap();
            assert_eq!(said["body"], format!("{method} {}", body["body"].as_str().unwrap_or_default()));
        }
    }
    let record = std::fs::read_to_string(net.world.segment()).unwrap();
    assert!(!record.contains("hunter2"), "the credential is on record");
    net.world.verify();
}

#[test]
fn only_credentials_for_requests_go_with_one_and_never_in_the_open() {
    let net = sending();
    for secret in ["mail", "redaction", "nothing"] {
        let reply = net.approved("web_send", send("/send", json!({"body": "x", "secret": secret})));
        assert!(reply.error.unwrap().contains("no stored credential"), "{secret}");
    }
    let mut open = send("/send", json!({"body": "x", "secret": "shop"}));
    open["url"] = "http://site.example/send".into();
    assert_eq!(net.call("web_send", open).status, Status::Refused);
    let said = net.call("web_send", send("/send", json!({"body": "my hunter2-of-the-shop"})));
    assert_eq!(said.status, Status::Refused, "{said:?}");
    assert!(net.asked().is_empty());
}

#[test]
fn what_was_sent_without_an_answer_is_unknown_and_what_was_not_sent_failed() {
    let net = sending();
    for path in ["/cut-before", "/cut", "/silent"] {
        let reply =
            timed(Duration::from_secs(5), || net.approved("web_send", send(path, json!({"body": path}))));
        assert_eq!(reply.status, Status::Unknown, "{path}: {reply:?}");
        assert_eq!(net.servers[1].life.count(path), 1, "{path} was sent again");
    }
    let mut nobody = send("/send", json!({"body": "x"}));
    nobody["url"] = "https://nobody.example/send".into();
    let reply = net.approved("web_send", nobody);
    assert_eq!(reply.status, Status::Failed, "{reply:?}");
    net.world.verify();
}

#[test]
fn what_was_approved_is_not_sent_to_where_the_answer_points() {
    let net = sending();
    for (path, status) in [("/moved-send", 307), ("/see-other", 303), ("/to-other", 301)] {
        let result = net.approved("web_send", send(path, json!({"body": "x"}))).result.unwrap();
        assert_eq!(result["status"], status, "{result}");
        assert!(result["not_followed"].is_string(), "{result}");
    }
    let targets: Vec<_> = net.asked().into_iter().map(|a| a.target).collect();
    assert_eq!(targets, ["/moved-send", "/see-other", "/to-other"]);
}

#[test]
fn a_ceiling_counts_what_was_sent_also_where_nobody_knows() {
    let net = sending();
    let settings = net.world.config().join("fleet.toml");
    let text = std::fs::read_to_string(&settings).unwrap();
    std::fs::write(&settings, text + "\n[ceilings]\n\"tool:web_send\" = \"2/h\"\n").unwrap();
    assert_eq!(net.approved("web_send", send("/cut", json!({"body": "1"}))).status, Status::Unknown);
    assert_eq!(net.approved("web_send", send("/send", json!({"body": "2"}))).status, Status::Done);
    let third = net.approved("web_send", send("/send", json!({"body": "3"})));
    assert!(third.status == Status::Refused && third.braked, "{third:?}");
    assert_eq!(net.asked().len(), 2);
}

#[test]
fn a_certificate_that_is_not_in_order_keeps_everything_back() {
    use crate::servers::tls::Kind;
    let handler = site::handler();
    let net = Builder::new()
        .host("site.example", &[80], &handler)
        .certified("expired.example", "expired.example", Kind::Expired, &handler)
        .certified("early.example", "early.example", Kind::Early, &handler)
        .certified("self.example", "self.example", Kind::SelfSigned, &handler)
        .certified("name.example", "someone-else.example", Kind::Good, &handler)
        .build();
    for (host, says) in [
        ("expired.example", "has expired"),
        ("early.example", "is not valid yet"),
        ("self.example", "nobody that this system trusts"),
        ("name.example", "is for another name"),
    ] {
        let error = net.fails("web_get", json!({"url": format!("https://{host}/page")}));
        assert!(error.contains(says), "{host}: {error}");
        let sent = net.approved("web_send", json!({"url": format!("https://{host}/send"), "body": "x"}));
        assert_eq!(sent.status, Status::Failed, "nothing was sent, and that is known: {sent:?}");
        net.done("web_get", at("/json"));
    }
    assert!(net.asked().iter().all(|asked| asked.target == "/json"));
}

/// The program as it is, by the system's own resolver, in a network of its own where a public address
/// leads to a server of the test. Only Linux makes such networks, and not for everybody.
#[cfg(target_os = "linux")]
#[test]
fn the_program_itself_reaches_what_the_systems_resolver_names_and_heeds_no_proxy() {
    let world = crate::harness::World::new();
    let root = world.root();
    std::fs::create_dir(root.join("www")).unwrap();
    std::fs::write(root.join("www/index.html"), "<h1>Hello</h1><p>by the real way").unwrap();
    std::fs::write(root.join("hosts"), "93.184.216.34 site.example\n10.1.2.3 inside.example\n").unwrap();
    let allow = "[network]\nallow = [\"site.example\", \"inside.example\"]\n";
    std::fs::write(world.config().join("policy.toml"), allow).unwrap();
    let script = r#"set -e
        ip addr add 93.184.216.34/32 dev lo && ip link set lo up && mount --bind hosts /etc/hosts
        echo begun
        ( cd www; exec timeout 30 python3 -m http.server --bind 93.184.216.34 80 >/dev/null 2>&1 ) & server=$!
        until python3 -c 'import socket; socket.create_connection(("93.184.216.34", 80))' 2>/dev/null; do sleep 0.1; done
        export http_proxy=http://127.0.0.1:9 HTTP_PROXY=http://127.0.0.1:9 ALL_PROXY=http://127.0.0.1:9
        for url in http://site.example/ http://inside.example/ https://site.example/; do
            "$0" tool call web_get --args "{\"url\":\"$url\",\"as\":\"text\",\"timeout_s\":5}" --json || true
        done
        kill $server"#;
    let mut command = world.process("unshare", &["-rnm", "sh", "-c", script, crate::harness::FLEET]);
    let out = command.output();
    let said = out.as_ref().map(|out| String::from_utf8_lossy(&out.stdout).into_owned()).unwrap_or_default();
    let Some(rest) = said.strip_prefix("begun\n") else {
        return eprintln!("left out: this machine makes no network for its own: {out:?}");
    };
    let replies: Vec<Value> = rest.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(replies[0]["result"]["text"], "# Hello\n\nby the real way", "{}", replies[0]);
    assert!(replies[1]["error"].as_str().unwrap().contains("private network"), "{}", replies[1]);
    assert!(replies[2]["error"].as_str().unwrap().contains("refused"), "{}", replies[2]);
    world.verify();
}
