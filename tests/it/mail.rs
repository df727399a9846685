//! Accounts and `mail_send` against recorders with the wire formats of SMTP and IMAP.

use crate::harness::World;
use crate::servers::mail::{Mood, PASSWORD, Post, USER};
use crate::servers::world::{Builder, Net};
use fleet::effects::prove;
use fleet::gate::{self, AccountKind};
use fleet::state::{MailAccount, Secret, Secrets};
use fleet::submit::Status;
use serde_json::{Value, json};
use std::sync::Arc;

fn account(smtp: &str) -> MailAccount {
    MailAccount {
        name: "work".into(),
        address: "ada@example.org".into(),
        user: USER.into(),
        sent: Some("Sent".into()),
        drafts: "Drafts".into(),
        trash: "Trash".into(),
        imap: Some(gate::mail_server("mail.example", "imap").unwrap()),
        smtp: Some(gate::mail_server(smtp, "smtp").unwrap()),
    }
}

/// A machine with an account whose server is `smtp`.
fn net(post: &Arc<Post>, smtp: &str) -> Net {
    let net = Builder::new().mail("mail.example", post).build();
    let secret = Secret::new(PASSWORD.into());
    let added = gate::add_account(&net.home, AccountKind::Mail, "work", Some(account(smtp)), &secret);
    assert!(!added.unwrap());
    net
}

fn letter() -> Value {
    json!({
        "to": ["Bob B <bob@example.net>"], "cc": ["carol@example.net"], "bcc": ["dora@example.net"],
        "subject": "Gr\u{fc}\u{df}e", "text": "Hello\n.\n.dots\nFrom here\n", "in_reply_to": "<1@example.net>"
    })
}

#[test]
fn a_mail_goes_once_to_whom_it_was_approved_for_and_a_copy_is_kept() {
    for smtp in ["mail.example:465", "mail.example:587"] {
        let post = Arc::<Post>::default();
        let net = net(&post, smtp);
        std::fs::write(net.world.w().join("a \u{fc}.txt"), "attached").unwrap();
        let mut args = letter();
        args["attachments"] = json!([net.world.at("a \u{fc}.txt")]);
        let reply = net.approved("mail_send", args);
        assert_eq!(reply.status, Status::Done, "{reply:?}");
        let result = reply.result.unwrap();
        assert_eq!((&result["code"], &result["rejected"]), (&json!(250), &json!([])), "{result}");
        assert_eq!(result["copy"], json!({"mailbox": "Sent", "uid": 42}));
        let taken = post.taken.lock().unwrap().clone();
        assert_eq!(taken.len(), 1);
        assert_eq!(taken[0].from, "ada@example.org");
        assert_eq!(taken[0].to, ["bob@example.net", "carol@example.net", "dora@example.net"]);
        let text = String::from_utf8(taken[0].bytes.clone()).unwrap();
        let (head, _) = text.split_once("\r\n\r\n").unwrap();
        assert!(!text.contains("dora") && !head.to_lowercase().contains("\r\nbcc:"), "{text}");
        assert!(text.contains("Content-Type: text/plain; charset=\"utf-8\"\r\n"), "{text}");
        assert!(!text.replace("\r\n", "").contains(['\r', '\n']), "{text:?}");
        let id = result["message_id"].as_str().unwrap();
        assert!(head.contains(id) && head.contains("In-Reply-To: <1@example.net>"), "{head}");
        assert!(head.contains("bob@example.net") && head.contains("carol@example.net"), "{head}");
        let copies = post.copies.lock().unwrap().clone();
        assert_eq!((copies.len(), copies[0].0.as_str()), (1, "Sent"));
        let unstuffed = text.replace("\r\n..", "\r\n.");
        assert_eq!(String::from_utf8(copies[0].1.clone()).unwrap(), unstuffed);
        let record = std::fs::read_to_string(net.world.segment()).unwrap();
        assert!(!record.contains(PASSWORD) && record.contains("mail.send"), "{record}");
        net.world.verify();
    }
}

#[test]
fn before_the_last_dot_nothing_was_sent_and_after_it_nobody_knows() {
    for (mood, status, kept) in [
        (Mood::CutAtOnce, Status::Failed, 0),
        (Mood::CutAfterMail, Status::Failed, 0),
        // The whole mail was on its way when it hung up: nobody can tell.
        (Mood::CutInData, Status::Unknown, 0),
        (Mood::NoAfterDot, Status::Failed, 0),
        (Mood::LaterAfterDot, Status::Failed, 0),
        (Mood::CutAfterDot, Status::Unknown, 1),
    ] {
        let post = Arc::<Post>::default();
        let net = net(&post, "mail.example:465");
        post.minded(Some(mood));
        let reply = net.approved("mail_send", letter());
        assert_eq!(reply.status, status, "{reply:?}");
        assert_eq!(post.taken.lock().unwrap().len(), kept);
        let error = reply.error.unwrap();
        assert!(!error.contains(PASSWORD), "{error}");
        assert_eq!(error.contains("look for message `<"), status == Status::Unknown, "{error}");
        // It is not tried again by itself: the same call asks anew.
        post.minded(None);
        assert_ne!(net.call("mail_send", letter()).status, Status::Done);
        assert_eq!(post.taken.lock().unwrap().len(), kept);
    }
}

#[test]
fn who_is_refused_is_told_and_the_others_get_it() {
    let post = Arc::<Post>::default();
    let net = net(&post, "mail.example:465");
    let to = |all: &[&str]| json!({"to": all, "subject": "s", "text": "t"});
    let reply =
        net.approved("mail_send", to(&["bob@example.net", "reject@example.net", "later@example.net"]));
    let result = reply.result.unwrap();
    assert_eq!(result["accepted"], json!(["bob@example.net"]));
    assert_eq!(
        result["rejected"],
        json!([
            {"to": "later@example.net", "said": "450 4.2.0 greylisted"},
            {"to": "reject@example.net", "said": "550 5.1.1 no such 5.1.1 user here"}
        ])
    );
    let reply = net.approved("mail_send", to(&["reject@example.net"]));
    assert_eq!(reply.status, Status::Failed, "{reply:?}");
    assert!(reply.error.unwrap().contains("550 5.1.1"));
    assert_eq!(post.taken.lock().unwrap().len(), 1);
}

#[test]
fn no_password_goes_in_the_open_and_none_is_told() {
    for mood in [Mood::NoTls, Mood::Ahead] {
        let post = Arc::<Post>::default();
        let net = net(&post, "mail.example:587");
        post.minded(Some(mood));
        let reply = net.approved("mail_send", letter());
        assert_eq!(reply.status, Status::Failed, "{reply:?}");
        let heard = post.heard.lock().unwrap().clone();
        assert_eq!(heard, ["STARTTLS"], "said in the open");
    }
    let post = Arc::<Post>::default();
    let net = net(&post, "mail.example:465");
    Secrets::of(&net.home).put("mail:work", &Secret::new("not-the-one-42".into())).unwrap();
    let error = net.approved("mail_send", letter()).error.unwrap();
    assert!(error.contains("user or password is wrong") && !error.contains("not-the-one"), "{error}");
    Secrets::of(&net.home).remove("mail:work").unwrap();
    let error = net.approved("mail_send", letter()).error.unwrap();
    assert!(error.contains("there is no password"), "{error}");
}

#[test]
fn an_approval_holds_for_the_server_and_the_sender_it_named() {
    let post = Arc::<Post>::default();
    let net = net(&post, "mail.example:465");
    let reply = net.call("mail_send", letter());
    let shown = gate::get(&net.home, &reply.approval.unwrap()).unwrap();
    let secret = Secret::new(PASSWORD.into());
    let moved = account("mail.example:587");
    assert!(gate::add_account(&net.home, AccountKind::Mail, "work", Some(moved), &secret).unwrap());
    let person = gate::Person::of_scratch(&net.home).unwrap();
    let reply = fleet::submit::approve(&net.home, &shown, &person);
    assert!(reply.is_err() || reply.as_ref().unwrap().0.status != Status::Done, "{reply:?}");
    assert!(post.taken.lock().unwrap().is_empty());
}

#[test]
fn without_an_account_a_mail_is_judged_and_not_sent() {
    let net = Builder::new().build();
    let reply = net.call("mail_send", letter());
    assert_eq!(reply.status, Status::Waiting, "{reply:?}");
    assert!(reply.reasons.iter().any(|r| r.rule == "not-configured"), "{reply:?}");
    let shown = gate::get(&net.home, &reply.approval.unwrap()).unwrap();
    let person = gate::Person::of_scratch(&net.home).unwrap();
    let reply = fleet::submit::approve(&net.home, &shown, &person).unwrap().0;
    assert!(reply.error.unwrap().contains("fleet account add mail"));
}

#[test]
fn an_account_is_proven_in_plain_words_and_nothing_is_changed() {
    let post = Arc::<Post>::default();
    let net = net(&post, "mail.example:587");
    let proven = prove(&net.home, Some("work"), None);
    let gist: Vec<_> = proven.iter().map(|p| (p.what, p.ok)).collect();
    let expected =
        [("read", true), ("drafts", true), ("trash", false), ("sent", true), ("move", true), ("send", true)];
    assert_eq!(gist, expected, "{proven:?}");
    assert!(proven[0].says.contains("3 mails in INBOX"), "{proven:?}");
    assert!(post.taken.lock().unwrap().is_empty() && post.copies.lock().unwrap().is_empty());
    let heard = post.heard.lock().unwrap().join("\n");
    for change in ["SELECT", "MAIL", "RCPT", "STORE", "APPEND", "CREATE"] {
        assert!(!heard.contains(change), "{heard}");
    }
    for mood in [Mood::Lies, Mood::Endless] {
        post.minded(Some(mood));
        let proven = prove(&net.home, Some("work"), None);
        assert!(!proven[0].ok, "{proven:?}");
    }
}

#[test]
fn a_certificate_that_nobody_trusts_ends_it_before_the_password() {
    let post = Arc::<Post>::default();
    let net = Builder::new().mail_for("mail.example", "other.example", &post).build();
    let secret = Secret::new(PASSWORD.into());
    gate::add_account(&net.home, AccountKind::Mail, "work", Some(account("mail.example")), &secret).unwrap();
    for one in prove(&net.home, Some("work"), None) {
        assert!(!one.ok && one.says.contains("is for another name"), "{one:?}");
    }
    assert!(post.heard.lock().unwrap().is_empty());
}

#[test]
fn the_command_keeps_a_credential_and_shows_it_nowhere() {
    let world = World::new();
    let token = "tok-4711-abcdef";
    let run = |args: &[&str], stdin: &str| {
        let ran = world.command(args).write_stdin(stdin.to_owned()).output().unwrap();
        crate::harness::Ran::from(ran)
    };
    let added = run(&["account", "add", "web", "tracker", "--json"], &format!("{token}\n"));
    assert_eq!((added.code, added.json()["outcome"].as_str()), (0, Some("added")), "{added:?}");
    let again = run(&["account", "add", "web", "tracker", "--json"], token);
    assert_eq!(again.json()["outcome"], "replaced");
    let mail =
        ["account", "add", "mail", "work", "--address", "ada@example.org", "--smtp", "smtp.example.org:587"];
    assert_eq!(run(&mail, "p4ssw0rd-of-mail").code, 0);
    let listed = run(&["account", "list", "--json"], "");
    let all = listed.json();
    assert_eq!(all[0]["mail"]["smtp"], json!({"host": "smtp.example.org", "port": 587, "tls": "starttls"}));
    assert_eq!((&all[1]["kind"], &all[1]["name"]), (&json!("web"), &json!("tracker")));
    for bad in [
        &["account", "add", "mail", "x", "--address", "a@b@c", "--smtp", "h"][..],
        &["account", "add", "mail", "x", "--address", "a@example.org"],
        &["account", "add", "mail", "x"],
        &["account", "add", "web", "a b"],
        &["account", "add", "discord", "alerts"],
        &["account", "add", "web", "x", "--imap", "h"],
    ] {
        assert_eq!(run(bad, "secret").code, 2, "{bad:?}");
    }
    assert_eq!(run(&["account", "add", "web", "empty"], "").code, 2);
    assert_eq!(run(&["account", "test", "web", "tracker"], "").code, 0);
    assert_eq!(run(&["account", "test", "web", "none"], "").code, 1);
    assert_eq!(run(&["account", "remove", "web", "tracker"], "").code, 0);
    assert_eq!(run(&["account", "remove", "web", "tracker"], "").code, 1);
    let log = world.log();
    let changes: Vec<_> = log.iter().filter(|e| e["kind"] == "account.changed").collect();
    let told: Vec<_> = changes.iter().map(|e| e["outcome"].as_str().unwrap()).collect();
    assert_eq!(told, ["added", "replaced", "added", "removed"]);
    let everything = std::fs::read_to_string(world.segment()).unwrap()
        + &std::fs::read_to_string(world.config().join("accounts.toml")).unwrap()
        + &listed.stdout;
    assert!(!everything.contains(token) && !everything.contains("p4ssw0rd"), "{everything}");
    world.verify();
}
