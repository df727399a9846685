//! `notify_discord` against a recorder with Discord's wire format, and `notify_desktop` with a program
//! that writes down what it is told.

use crate::servers::discord::{self, Channel, Mood, TOKEN};
use crate::servers::world::{Builder, Net};
use fleet::state::{Secret, Secrets};
use fleet::submit::{self, Status};
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

fn net(channel: &Arc<Channel>) -> Net {
    let net = Builder::new().host("discord.com", &[443], &discord::handler(channel)).build();
    let settings = net.world.config().join("fleet.toml");
    let text = std::fs::read_to_string(&settings).unwrap();
    std::fs::write(&settings, text + "\n[discord]\nchannels = [\"alerts\", \"empty\", \"odd\"]\n").unwrap();
    let secrets = Secrets::of(&net.home);
    let address = format!("https://discord.com/api/webhooks/123456/{TOKEN}");
    secrets.put("discord:alerts", &Secret::new(address.clone())).unwrap();
    secrets.put("discord:unlisted", &Secret::new(address)).unwrap();
    secrets
        .put("discord:odd", &Secret::new("https://evil.example/api/webhooks/1/abcdefghijklmnop".into()))
        .unwrap();
    net
}

fn post(text: &str) -> Value {
    json!({"channel": "alerts", "severity": "warn", "title": "disk", "text": text, "key": "disk:/"})
}

#[test]
fn a_message_is_kept_calls_nobody_and_a_veto_takes_it_back() {
    let channel = Arc::<Channel>::default();
    let net = net(&channel);
    let result = net.done("notify_discord", post("@everyone 98 %"));
    assert_eq!((&result["message_id"], &result["attempts"]), (&json!("1100000000000000000"), &json!(1)));
    let kept = channel.messages.lock().unwrap().values().next().unwrap().clone();
    assert_eq!(kept["content"], "**warning: disk**\n@everyone 98 %\n`disk:/`");
    assert_eq!(kept["allowed_mentions"], json!({"parse": []}));
    let record = std::fs::read_to_string(net.world.segment()).unwrap();
    assert!(!record.contains(TOKEN) && record.contains("discord.send"), "{record}");
    let log = net.world.log();
    let seq = log.iter().rev().find(|e| e["kind"] == "call.done").unwrap()["seq"].as_u64().unwrap();
    let person = fleet::gate::Person::of_scratch(&net.home).unwrap();
    let shown = submit::deed(&net.home, seq).unwrap();
    let (_, reply) = submit::veto(&net.home, &shown, &person, None).unwrap();
    assert_eq!(reply.unwrap().status, Status::Done);
    assert!(channel.messages.lock().unwrap().is_empty());
    // The same message asks from now on.
    assert_eq!(net.call("notify_discord", post("@everyone 98 %")).status, Status::Waiting);
    net.world.verify();
}

#[test]
fn a_full_channel_is_waited_for_and_only_success_is_delivery() {
    let channel = Arc::<Channel>::default();
    let net = net(&channel);
    let moods = |all: &[Mood]| *channel.moods.lock().unwrap() = all.to_vec();
    moods(&[Mood::Full(300), Mood::Full(200)]);
    let started = Instant::now();
    let result = net.done("notify_discord", post("a"));
    assert!(started.elapsed() >= Duration::from_millis(500), "{:?}", started.elapsed());
    assert_eq!(result["attempts"], 3);
    moods(&[Mood::Full(3_600_000)]);
    let error = net.fails("notify_discord", post("b"));
    assert!(error.contains("no room for 3600 s"), "{error}");
    moods(&[Mood::Gone]);
    assert!(net.fails("notify_discord", post("c")).contains("Unknown Webhook"));
    moods(&[Mood::Empty]);
    assert_eq!(net.done("notify_discord", post("d"))["message_id"], Value::Null);
    assert_eq!(channel.messages.lock().unwrap().len(), 1, "what was not kept was kept");
}

#[test]
fn what_may_have_been_kept_is_unknown_and_not_posted_again() {
    let channel = Arc::<Channel>::default();
    let net = net(&channel);
    for (mood, kept) in [(Mood::CutAfter, 1), (Mood::Broken, 1)] {
        *channel.moods.lock().unwrap() = vec![mood];
        let before = net.asked().len();
        let reply = net.call("notify_discord", post("x"));
        assert_eq!(reply.status, Status::Unknown, "{reply:?}");
        assert!(!reply.error.unwrap().contains(TOKEN));
        assert_eq!((net.asked().len() - before, channel.messages.lock().unwrap().len()), (1, kept));
    }
}

#[test]
fn whether_a_message_was_taken_back_is_unknown_where_discord_broke() {
    let channel = Arc::<Channel>::default();
    let net = net(&channel);
    net.done("notify_discord", post("a"));
    let log = net.world.log();
    let seq = log.iter().rev().find(|e| e["kind"] == "call.done").unwrap()["seq"].as_u64().unwrap();
    let person = fleet::gate::Person::of_scratch(&net.home).unwrap();
    let shown = submit::deed(&net.home, seq).unwrap();
    *channel.moods.lock().unwrap() = vec![Mood::Broken];
    let (_, reply) = submit::veto(&net.home, &shown, &person, None).unwrap();
    assert_eq!(reply.unwrap().status, Status::Unknown);
}

#[test]
fn after_the_last_attempt_nothing_is_waited_for() {
    let channel = Arc::<Channel>::default();
    let net = net(&channel);
    *channel.moods.lock().unwrap() = vec![Mood::Full(1), Mood::Full(1), Mood::Full(1), Mood::Full(8900)];
    let started = Instant::now();
    let error = net.fails("notify_discord", post("a"));
    assert!(error.contains("no room for 9 s") && started.elapsed() < Duration::from_secs(8), "{error}");
}

#[test]
fn only_the_owners_channels_and_what_fits_and_holds_no_credential() {
    let channel = Arc::<Channel>::default();
    let net = net(&channel);
    for name in ["unlisted", "empty", "odd", "nothing"] {
        let mut args = post("x");
        args["channel"] = name.into();
        let error = net.fails("notify_discord", args);
        assert!(error.contains("is not set up"), "{name}: {error}");
        net.done("notify_discord", post(name));
    }
    let posted = net.asked().len();
    assert!(net.fails("notify_discord", post(&"x".repeat(2001))).contains("2000 are the most"));
    let token = format!("ghp_{}", "a1B2".repeat(9));
    assert_eq!(net.call("notify_discord", post(&token)).status, Status::Refused);
    assert_eq!(
        net.call("notify_discord", post(&format!("see https://discord.com/api/webhooks/123456/{TOKEN}")))
            .status,
        Status::Refused
    );
    assert_eq!(net.asked().len(), posted);
    // The other address is not Discord's: no name of its was even looked up.
    assert_eq!(net.wiring.asked("evil.example"), 0);
}

#[test]
fn the_desktop_gets_text_as_text_and_nothing_claims_it_was_seen() {
    let net = Builder::new().build();
    let (programs, told) = (net.world.root().join("programs"), net.world.root().join("told"));
    std::fs::create_dir(&programs).unwrap();
    let script = format!(
        "#!/bin/sh\nprintf '%s\\n' \"$@\" >{0}\nenv >>{0}\ncase \"$*\" in *fail*) exit 3;; *slow*) exec sleep 60;; esac\n",
        told.display()
    );
    std::fs::write(programs.join("notify-send"), script).unwrap();
    std::fs::set_permissions(programs.join("notify-send"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let result =
        net.done("notify_desktop", json!({"title": "--icon=/etc/passwd", "text": "$(id) `id` \u{1b}[2J"}));
    assert_eq!(result["shown"], "unknown");
    let lines = std::fs::read_to_string(&told).unwrap();
    let lines: Vec<_> = lines.lines().collect();
    assert_eq!(lines[..3], ["--app-name=fleet", "--", "--icon=/etc/passwd"]);
    assert!(lines[3].starts_with("$(id) `id` ") && !lines[3].contains('\u{1b}'), "{lines:?}");
    assert!(lines.iter().any(|l| l.starts_with("DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/")));
    assert!(!lines.iter().any(|l| l.starts_with("FLEET_HOME=")), "{lines:?}");
    let error = net.fails("notify_desktop", json!({"title": "fail"}));
    assert!(error.contains("exit status: 3") && error.contains("nothing was shown"), "{error}");
    let reply = net.call("notify_desktop", json!({"title": "slow"}));
    assert_eq!(reply.status, Status::Unknown, "{reply:?}");
    let (reply, took) = net.stopped("notify_desktop", json!({"title": "slow"}));
    let error = reply.error.unwrap();
    assert!(error.contains("its caller ended") && took < Duration::from_secs(5), "{error} {took:?}");
    std::fs::remove_file(programs.join("notify-send")).unwrap();
    let error = net.fails("notify_desktop", json!({"title": "t"}));
    assert!(error.contains("no program `notify-send`"), "{error}");
    net.world.verify();
}
