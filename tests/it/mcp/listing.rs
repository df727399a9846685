//! The list, who gets to see what, and calls of what is offered.

use super::client::{Client, status, text};
use crate::harness::World;
use serde_json::{Value, json};

#[test]
fn every_revision_is_served_and_an_unknown_one_gets_the_newest() {
    let world = World::new();
    for (asked, told) in [
        ("2024-11-05", "2024-11-05"),
        ("2025-03-26", "2025-03-26"),
        ("2025-06-18", "2025-06-18"),
        ("2025-11-25", "2025-11-25"),
        ("2026-07-28", "2025-11-25"),
        ("2099-01-01", "2025-11-25"),
    ] {
        let mut client = Client::silent(&world, &[]);
        let hello = client.initialize(asked);
        assert_eq!(hello["protocolVersion"], told);
        assert_eq!(hello["capabilities"], json!({"tools": {}}), "what is not there is not offered");
        assert_eq!(hello["serverInfo"]["name"], "fleet");
        assert!((200..=2048).contains(&hello["instructions"].as_str().unwrap().len()));
        assert!(client.names().contains(&"files_read".to_owned()));
        client.lives();
        assert_eq!(client.end().1, Some(0));
    }
}

#[test]
fn the_revision_without_a_handshake_is_served() {
    let world = World::new();
    let path = world.at("a");
    std::fs::write(&path, "hello").unwrap();
    let mut client = Client::silent(&world, &[]);
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": {"name": "modern", "version": "9"},
    });
    let known = client.ask("server/discover", json!({"_meta": meta}));
    assert!(known["supportedVersions"].as_array().unwrap().contains(&json!("2026-07-28")), "{known}");
    let list = client.ask("tools/list", json!({"_meta": meta}));
    assert_eq!((&list["resultType"], &list["cacheScope"]), (&json!("complete"), &json!("private")));
    let args = json!({"path": path});
    let result = client.ask("tools/call", json!({"_meta": meta, "name": "files_read", "arguments": args}));
    assert!(text(&result).contains("hello"), "{result}");
    assert_eq!(client.asked("ping", json!({"_meta": meta}))["error"]["code"], -32601);
    assert!(world.log().last().unwrap()["source"].as_str().unwrap().ends_with("modern 9"));
}

#[test]
fn a_request_without_a_session_is_refused_and_calls_nothing() {
    let world = World::new();
    std::fs::write(world.at("a"), "hello").unwrap();
    let before = world.log().len();
    let mut client = Client::silent(&world, &[]);
    client.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
    client.send(&json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}}));
    client.send(&json!({"jsonrpc": "2.0", "id": 55, "result": {}}));
    let early =
        client.asked("tools/call", json!({"name": "files_read", "arguments": {"path": world.at("a")}}));
    assert_eq!(early["error"]["code"], -32602);
    assert_eq!(client.asked("tools/list", json!({}))["error"]["code"], -32602);
    assert_eq!(world.log().len(), before);
    client.lives();
    client.initialize("2025-06-18");
    assert!(client.done("files_read", json!({"path": world.at("a")}))["text"] == "hello");
}

#[test]
fn the_list_is_one_sorted_page_that_stays_the_same() {
    let world = World::new();
    let mut client = Client::open(&world, &[]);
    let first = client.ask("tools/list", json!({}));
    let names = client.names();
    assert!(names.is_sorted() && first.get("nextCursor").is_none());
    assert_eq!(client.ask("tools/list", json!({})), first);
    assert_eq!(client.asked("tools/list", json!({"cursor": "x"}))["error"]["code"], -32602);
    for tool in first["tools"].as_array().unwrap() {
        let risk = tool["_meta"]["fleet/risk"].as_str().unwrap();
        assert!(["LOW", "MEDIUM"].contains(&risk), "{tool}");
        for hint in ["readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"] {
            assert!(tool["annotations"][hint].is_boolean(), "{hint}: {tool}");
        }
        assert!(tool["title"].is_string() && tool["inputSchema"]["type"] == "object");
        assert!(tool.get("outputSchema").is_none());
    }
    assert!(first.to_string().len() < 64_000);
}

/// What is on the list with these arguments and variables, and what a HIGH call then comes to.
fn offered(world: &World, args: &[&str]) -> (Vec<String>, Value) {
    let mut client = Client::open(world, args);
    let names = client.names();
    (names, client.call("shell_run", json!({"argv": ["rm", world.at("x")]})))
}

#[test]
fn high_tools_are_offered_only_where_they_were_asked_for() {
    let world = World::new();
    let (names, called) = offered(&world, &[]);
    assert!(!names.contains(&"shell_run".to_owned()));
    assert_eq!(status(&called), "refused");
    assert!(text(&called).contains("--allow-high"), "{called}");
    let entry = world.log().last().unwrap().clone();
    assert_eq!((&entry["kind"], &entry["rules"]), (&json!("call.refused"), &json!(["mcp-high"])));
    assert_eq!((&entry["caller"], &entry["tool"]), (&json!("mcp:default"), &json!("shell_run")));
    let (names, called) = offered(&world, &["--allow-high"]);
    assert!(names.contains(&"shell_run".to_owned()) && names.contains(&"files_trash".to_owned()));
    assert_eq!(status(&called), "waiting");
    for (value, offers) in [("1", true), ("0", false), ("true", false), ("", false)] {
        let mut client = Client::with(&world, &[], &[("FLEET_MCP_ALLOW_HIGH", value)]);
        client.initialize("2025-11-25");
        assert_eq!(client.names().contains(&"shell_run".to_owned()), offers, "{value:?}");
    }
}

#[test]
fn a_tool_that_the_owner_raised_to_critical_is_never_offered() {
    let world = World::new();
    let policy = world.config().join("policy.toml");
    let text = std::fs::read_to_string(&policy).unwrap();
    std::fs::write(
        &policy,
        text + "\n[[risk]]\ntool = \"files_list\"\nrisk = \"CRITICAL\"\n\n[[risk]]\ntool = \"files_read\"\nrisk = \"HIGH\"\n",
    )
    .unwrap();
    let mut client = Client::open(&world, &["--allow-high"]);
    let names = client.names();
    assert!(!names.contains(&"files_list".to_owned()) && names.contains(&"files_read".to_owned()));
    assert_eq!(status(&client.call("files_list", json!({"path": world.at("")}))), "refused");
    let mut plain = Client::open(&world, &[]);
    assert!(!plain.names().contains(&"files_read".to_owned()));
    assert_eq!(status(&plain.call("files_read", json!({"path": world.at("a")}))), "refused");
}

#[test]
fn with_a_policy_that_does_not_read_there_is_no_server() {
    let world = World::new();
    let policy = world.config().join("policy.toml");
    let text = std::fs::read_to_string(&policy).unwrap();
    let raised = text + "\n[[risk]]\ntool = \"files_list\"\nrisk = \"CRITICAL\"\n";
    std::fs::write(&policy, raised.clone() + "[[risk\n").unwrap();
    let ran = world.fleet(&["serve-mcp"]);
    assert!(ran.code == 4 && ran.stderr.contains("policy.toml"), "{ran:?}");
    std::fs::write(&policy, &raised).unwrap();
    let mut client = Client::open(&world, &[]);
    std::fs::write(&policy, raised + "[[risk\n").unwrap();
    assert!(!client.names().contains(&"files_list".to_owned()), "what was raised stays so");
}

#[test]
fn a_profile_offers_fewer_tools_to_its_name_alone() {
    let world = World::new();
    let settings = world.config().join("fleet.toml");
    let plain = std::fs::read_to_string(&settings).unwrap();
    std::fs::write(
        &settings,
        plain.clone() + "\n[mcp.desk]\ntools = [\"files_*\", \"git_log\", \"shell_run\"]\n",
    )
    .unwrap();
    std::fs::write(world.at("a"), "hello").unwrap();
    let mut desk = Client::open(&world, &["--as", "desk"]);
    assert_eq!(
        desk.names(),
        ["files_list", "files_move", "files_read", "files_search", "files_stat", "files_write", "git_log"]
    );
    assert_eq!(desk.done("files_read", json!({"path": world.at("a")}))["text"], "hello");
    assert_eq!(status(&desk.call("git_status", json!({"repo": world.at("")}))), "refused");
    assert_eq!(world.log().last().unwrap()["rules"], json!(["mcp-profile"]));
    assert!(Client::open(&world, &["--as", "other"]).names().contains(&"git_status".to_owned()));
    let mut high = Client::open(&world, &["--as", "desk", "--allow-high"]);
    assert!(high.names().contains(&"shell_run".to_owned()));
    std::fs::write(&settings, plain + "\n[mcp.desk]\ntools = [\"files_reed\"]\n").unwrap();
    let ran = world.fleet(&["serve-mcp", "--as", "desk"]);
    assert!(ran.code == 4 && ran.stderr.contains("`files_reed`"), "{ran:?}");
}

#[test]
fn rules_match_the_name_it_was_given_and_the_claim_is_only_recorded() {
    let world = World::new();
    let path = world.at("a");
    std::fs::write(&path, "hello").unwrap();
    let policy = world.config().join("policy.toml");
    let rule = format!(
        "\n[[rule]]\nid = \"not-for-desk\"\ndecide = \"block\"\ntools = [\"files_read\"]\ncallers = [\"mcp:desk\"]\nreason = \"a test\"\n\
         match = [{{ tool = \"files_read\", caller = \"mcp:desk\", args = {{ path = \"{path}\" }} }}]\n\
         not_match = [{{ tool = \"files_read\", caller = \"cli\", args = {{ path = \"{path}\" }} }}]\n"
    );
    std::fs::write(&policy, std::fs::read_to_string(&policy).unwrap() + &rule).unwrap();
    let args = json!({"path": path});
    let mut desk = Client::open(&world, &["--as", "desk"]);
    assert_eq!(status(&desk.call("files_read", args.clone())), "refused");
    // It calls itself by the name that a rule names, and is not believed.
    let mut other = Client::silent(&world, &["--as", "other"]);
    let _ = other.ask(
        "initialize",
        json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "desk", "version": "1\u{1b}"}}),
    );
    assert_eq!(other.done("files_read", args)["text"], "hello");
    let entry = world.log().last().unwrap().clone();
    assert_eq!(entry["caller"], "mcp:other");
    assert_eq!(entry["source"], "a client that calls itself desk 1\\u{1b}");
}

#[test]
fn no_tool_decides_or_edits_what_decides() {
    let world = World::new();
    let mut client = Client::open(&world, &["--allow-high"]);
    for name in client.names() {
        for word in ["approve", "deny", "policy", "breaker", "kill", "resolve", "register"] {
            assert!(!name.contains(word), "{name}");
        }
    }
    let id = client.waits("shell_run", json!({"argv": ["touch", world.at("made")]}));
    let line = world.w().parent().unwrap().join("fleet/config/policy.toml");
    assert_eq!(
        status(&client.call("files_write", json!({"path": line, "content": "x", "mode": "replace"}))),
        "refused"
    );
    // What a tool starts cannot decide either: it descends from a run.
    let approve = client.call("shell_run", json!({"argv": [crate::harness::FLEET, "approve", id]}));
    assert!(["refused", "waiting"].contains(&status(&approve)), "{approve}");
    assert!(!std::path::Path::new(&world.at("made")).exists());
}

#[test]
fn a_long_result_comes_in_parts_that_join() {
    let world = World::new();
    let path = world.at("long");
    let content: String = (0..9_000).map(|n| format!("line {n} ü\n")).collect();
    std::fs::write(&path, &content).unwrap();
    let mut client = Client::open(&world, &[]);
    let args = json!({"path": path, "max_bytes": 1_048_576});
    let first = client.call("files_read", args.clone());
    let entries = world.log().len();
    let mut joined = text(&first).to_owned();
    assert_eq!(joined.chars().count(), 40_000);
    let mut next = first["_meta"]["fleet/next_offset"].clone();
    assert!(first["content"][1]["text"].as_str().unwrap().contains("result_offset 40000"), "{first}");
    // The file changes meanwhile, and the parts are still of one result.
    std::fs::write(&path, "other").unwrap();
    while let Some(offset) = next.as_u64() {
        let mut more = args.clone();
        more["result_offset"] = offset.into();
        let part = client.call("files_read", more);
        joined.push_str(text(&part));
        next = part["_meta"]["fleet/next_offset"].clone();
    }
    let whole: Value = serde_json::from_str(&joined).unwrap();
    assert_eq!(whole["text"], content.as_str());
    assert_eq!(world.log().len(), entries, "it was recorded when it was read");
    // Made anew it is short, and nobody is given the rest of the earlier one.
    assert!(text(&client.call("files_read", args.clone())).contains("other"));
    let mut more = args.clone();
    more["result_offset"] = 40_000.into();
    assert!(text(&client.call("files_read", more)).contains("there is nothing at"));
    // With the kill switch set not even the rest goes out.
    std::fs::write(world.data().join("KILL"), "").unwrap();
    let mut more = args;
    more["result_offset"] = 40_000.into();
    assert_eq!(status(&client.call("files_read", more)), "refused");
    assert_eq!(world.log().last().unwrap()["rules"], json!(["kill-switch"]));
}

#[test]
fn arguments_are_strict_and_their_mistakes_reach_the_model() {
    let world = World::new();
    let mut client = Client::open(&world, &[]);
    for args in [
        json!({"path": world.at("a"), "strange": 1}),
        json!({"path": 1}),
        json!({}),
        json!({"path": "relative"}),
        json!({"path": world.at("a"), "offset": 1.5}),
        json!({"path": world.at("a"), "result_offset": -1}),
        json!({"path": world.at("a"), "risk": "LOW"}),
    ] {
        let result = client.call("files_read", args.clone());
        assert_eq!(result["isError"], true, "{args}: {result}");
    }
    let unknown = client.asked("tools/call", json!({"name": "no_such", "arguments": {}}));
    assert_eq!(unknown["error"]["code"], -32602);
    assert_eq!(world.log().last().unwrap()["rules"], json!(["unknown-tool"]));
    for method in [
        "prompts/list",
        "resources/list",
        "resources/templates/list",
        "completion/complete",
        "no/such",
        "logging/setLevel",
        "resources/read",
        "prompts/get",
        "tasks/get",
        "skills/list",
        "resources/subscribe",
    ] {
        let params = match method {
            "completion/complete" => {
                json!({"ref": {"type": "ref/prompt", "name": "x"}, "argument": {"name": "a", "value": "b"}})
            }
            "logging/setLevel" => json!({"level": "info"}),
            "resources/read" | "resources/subscribe" => json!({"uri": "file:///etc/passwd"}),
            "prompts/get" => json!({"name": "x"}),
            "tasks/get" => json!({"taskId": "x"}),
            _ => json!({}),
        };
        assert_eq!(client.asked(method, params)["error"]["code"], -32601, "{method}");
    }
    client.lives();
}
