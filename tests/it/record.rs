//! The record as people and their programs use it: read, signed, verified elsewhere, closed, mended.

use crate::harness::World;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A world with some calls on record: a read, two writes, and one that waits.
fn busy() -> World {
    let world = World::new();
    std::fs::write(world.at("a"), "x").unwrap();
    world.done("files_read", json!({"path": world.at("a")}));
    world.done("files_write", json!({"path": world.at("b"), "content": "x"}));
    world.waits("shell_run", json!({"argv": ["touch", "x"]}));
    world
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A copy of the log alone, as on another machine.
fn elsewhere(world: &World) -> PathBuf {
    let copy = world.root().join("elsewhere");
    std::fs::create_dir(&copy).unwrap();
    for file in std::fs::read_dir(world.data().join("audit")).unwrap() {
        let path = file.unwrap().path();
        std::fs::copy(&path, copy.join(path.file_name().unwrap())).unwrap();
    }
    copy
}

fn python(script: &Path, args: &[&str]) -> (i32, String) {
    let out = Command::new("python3").arg(script).args(args).output().expect("python3");
    (out.status.code().unwrap_or(-1), String::from_utf8(out.stdout).unwrap().trim_end().to_owned())
}

#[test]
fn a_query_prints_the_lines_of_the_log_that_fit() {
    let world = busy();
    let all = std::fs::read_to_string(world.segment()).unwrap();
    let ran = world.fleet(&["audit", "query"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, all.as_str()));
    for (args, kinds) in [
        (&["--kind", "call.done"][..], vec!["call.done", "call.done"]),
        (&["--tool", "files_write"], vec!["call.intent", "call.done"]),
        (&["--risk", "high"], vec!["call.waiting"]),
        (&["--kind", "call.done", "--kind", "call.waiting", "-n", "2"], vec!["call.done", "call.done"]),
        (&["--from", "2", "--to", "3"], vec!["call.done", "call.intent"]),
        (&["--decision", "ask", "--caller", "cli", "--since", "1h"], vec!["call.waiting"]),
        (&["--until", "2020-01-01"], vec![]),
        (&["--loop", "stale-branches"], vec![]),
    ] {
        let ran = world.fleet(&[&["audit", "query"], args].concat());
        let found: Vec<_> =
            lines(&ran.stdout).iter().map(|e| e["kind"].as_str().unwrap().to_owned()).collect();
        assert_eq!((ran.code, found), (0, kinds.into_iter().map(str::to_owned).collect()), "{args:?}");
    }
    let ran = world.fleet(&["audit", "query", "--since", "yesterday"]);
    assert!(ran.code == 2 && ran.stderr.contains("expected a time"), "{ran:?}");
}

#[test]
fn a_line_that_does_not_read_is_said_and_hides_no_other() {
    let world = busy();
    let text = std::fs::read_to_string(world.segment()).unwrap();
    std::fs::write(world.segment(), text.replacen("\"kind\":\"call.intent\"", "\"kind\":\"call.intent", 1))
        .unwrap();
    let ran = world.fleet(&["audit", "query"]);
    assert_eq!((ran.code, ran.stdout.lines().count()), (6, text.lines().count() - 1));
    assert!(ran.stderr.contains("1 lines of the audit log do not read"), "{ran:?}");
}

#[test]
fn an_entry_is_shown_whole_and_an_edited_one_as_edited() {
    let world = busy();
    let ran = world.fleet(&["audit", "show", "2", "--json"]);
    assert_eq!((ran.code, ran.json()["tool"].as_str()), (0, Some("files_read")));
    assert_eq!(world.fleet(&["audit", "show", "99"]).code, 1);
    let text = std::fs::read_to_string(world.segment()).unwrap();
    std::fs::write(world.segment(), text.replacen("files_read", "files_list", 1)).unwrap();
    let ran = world.fleet(&["audit", "show", "2"]);
    assert!(ran.code == 6 && ran.stderr.contains("entry 2 was changed"), "{ran:?}");
}

#[test]
fn what_is_exported_can_be_verified_again() {
    let world = busy();
    let copy = world.root().join("exported");
    std::fs::create_dir(&copy).unwrap();
    let ran = world.fleet(&["audit", "export", "--format", "jsonl"]);
    std::fs::write(copy.join("00000000000000000001.jsonl"), &ran.stdout).unwrap();
    std::fs::copy(world.data().join("audit/head"), copy.join("head")).unwrap();
    let ran = world.fleet(&["audit", "verify", copy.to_str().unwrap()]);
    assert_eq!(ran.code, 0, "{ran:?}");

    let ran = world.fleet(&["audit", "export", "--format", "csv", "--kind", "call.done"]);
    let mut table = csv::Reader::from_reader(ran.stdout.as_bytes());
    let names = table.headers().unwrap().clone();
    let rows: Vec<_> = table.records().map(Result::unwrap).collect();
    assert_eq!(
        (names.get(0), names.get(11), names.get(12), rows.len()),
        (Some("seq"), Some("hash"), Some("entry"), 2)
    );
    for row in rows {
        let entry: Value = serde_json::from_str(&row[12]).unwrap();
        assert_eq!((entry["seq"].to_string().as_str(), entry["hash"].as_str()), (&row[0], Some(&row[11])));
        assert_eq!(fleet::canon::sha256(&row[12].as_bytes()[..row[12].len() - 76]).as_str(), &row[11]);
    }
}

#[test]
fn a_tool_name_that_a_spreadsheet_would_compute_is_quoted() {
    let world = World::new();
    let ran = world.fleet(&["tool", "call", "=1+2", "--args", "{}"]);
    assert_ne!(ran.code, 0);
    let ran = world.fleet(&["audit", "export", "--format", "csv"]);
    assert!(ran.stdout.contains(",'=1+2,") && !ran.stdout.contains(",=1+2,"), "{ran:?}");
}

#[test]
fn statistics_count_what_the_log_holds() {
    let world = busy();
    let stats = world.fleet(&["audit", "stats", "--json"]).json();
    assert_eq!(stats["entries"], world.log().len());
    assert_eq!(
        (&stats["counts"]["kind"]["call.done"], &stats["counts"]["risk"]["HIGH"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(stats["bytes"], world.segment().metadata().unwrap().len());
}

#[test]
fn a_checkpoint_proves_elsewhere_what_a_rewritten_log_is_not() {
    let world = busy();
    let made = world.fleet(&["audit", "checkpoint", "--json"]).json();
    let key = world.fleet(&["audit", "checkpoint", "--public-key"]).stdout;
    let anchors = world.root().join("anchors");
    assert_eq!(world.fleet(&["audit", "checkpoint", "--publish", anchors.to_str().unwrap()]).code, 0);
    assert_eq!((made["key"].as_str(), world.count("checkpoint")), (Some(key.trim_end()), 2));
    let note = world.root().join("note");
    std::fs::write(&note, made["note"].as_str().unwrap()).unwrap();
    let copy = elsewhere(&world);
    // On another machine: no home, only the log, the note and the key.
    let verify = |folder: &Path, note: &Path, key: &str| {
        let folder = folder.to_str().unwrap();
        let mut command = world.command(&["audit", "verify", folder, "--checkpoint", note.to_str().unwrap()]);
        let out = command.args(["--key", key, "--json"]).env_remove("FLEET_HOME").output().unwrap();
        let report: Value = serde_json::from_slice(&out.stdout).unwrap();
        (out.status.code(), report["fault"]["kind"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(verify(&copy, &note, &key), (Some(0), String::new()));
    let published = std::fs::read_to_string(&anchors).unwrap();
    let anchor = published.trim_end();
    assert_eq!(world.fleet(&["audit", "verify", copy.to_str().unwrap(), "--anchor", anchor]).code, 0);

    // Another key, a changed note, and a note of another log.
    let other = World::new();
    let stranger = other.fleet(&["audit", "checkpoint", "--json"]).json();
    assert_eq!(verify(&copy, &note, stranger["key"].as_str().unwrap()).1, "checkpoint_invalid");
    let text = std::fs::read_to_string(&note).unwrap();
    let seq = made["seq"].to_string();
    std::fs::write(&note, text.replacen(&format!("\n{seq}\n"), "\n1\n", 1)).unwrap();
    assert_eq!(verify(&copy, &note, &key).1, "checkpoint_invalid");
    std::fs::write(&note, stranger["note"].as_str().unwrap()).unwrap();
    assert_eq!(verify(&copy, &note, stranger["key"].as_str().unwrap()), (Some(6), "anchor_mismatch".into()));

    // The owner of the account writes the whole log anew, with a head that fits.
    std::fs::write(&note, &text).unwrap();
    let segment = copy.join("00000000000000000001.jsonl");
    let (mut prev, mut forged) = (fleet::canon::sha256(b""), String::new());
    for (n, line) in std::fs::read_to_string(&segment).unwrap().lines().enumerate() {
        let link = fleet::audit::chain::link(line.as_bytes()).unwrap();
        let payload =
            format!("{}}}", String::from_utf8_lossy(link.payload)).replace("files_read", "files_list");
        if n == 0 {
            prev = fleet::audit::chain::digest(link.prev).unwrap();
        }
        let (line, hash) = fleet::audit::chain::seal(&payload, link.seq, &prev);
        prev = hash;
        forged += &(line + "\n");
    }
    std::fs::write(&segment, &forged).unwrap();
    let head = std::fs::read_to_string(copy.join("head")).unwrap();
    let raw: Vec<u8> =
        (0..32).map(|n| u8::from_str_radix(&prev.as_str()[2 * n..2 * n + 2], 16).unwrap()).collect();
    let hash = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, raw);
    let first: Vec<_> = head.lines().take(1).collect();
    let count = forged.lines().count();
    std::fs::write(copy.join("head"), format!("{}\n{count}\n{hash}\n", first[0])).unwrap();
    assert_eq!(world.fleet(&["audit", "verify", copy.to_str().unwrap()]).code, 0, "nothing inside tells");
    assert_eq!(verify(&copy, &note, &key), (Some(6), "anchor_mismatch".into()));
    let ran = world.fleet(&["audit", "verify", copy.to_str().unwrap(), "--anchor", anchor]);
    assert!(ran.code == 6 && ran.stdout.contains("anchor_mismatch"), "{ran:?}");
}

#[test]
fn a_look_since_an_entry_takes_what_is_before_on_trust_and_says_so() {
    let world = busy();
    let seqs = world.log().len();
    let third = world.log()[2]["hash"].as_str().unwrap().to_owned();
    let edited = std::fs::read_to_string(world.segment()).unwrap().replacen("files_read", "files_list", 1);
    std::fs::write(world.segment(), edited).unwrap();
    let fault = |args: &[&str]| {
        let ran = world.fleet(&[&["audit", "verify", "--json"], args].concat());
        let report = ran.json();
        (
            ran.code,
            report["fault"]["kind"].as_str().unwrap_or_default().to_owned(),
            report["entries"].as_u64(),
        )
    };
    assert_eq!(fault(&[]), (6, "hash_mismatch".into(), Some(1)));
    assert_eq!(fault(&["--since", "3"]), (0, String::new(), Some(seqs as u64 - 2)));
    assert_eq!(fault(&["--since", "3", "--anchor", &format!("3:{third}")]).0, 0);
    let wrong = format!("3:{}", "0".repeat(64));
    assert_eq!(fault(&["--since", "3", "--anchor", &wrong]).1, "anchor_mismatch");
    assert_eq!(fault(&["--since", &(seqs + 1).to_string()]).1, "truncated");
    assert_eq!(fault(&["--since", &(seqs + 2).to_string()]).1, "truncated");
    let ran = world.fleet(&["audit", "verify", "--since", "3", "--anchor", &format!("2:{third}")]);
    assert!(ran.code == 2 && ran.stderr.contains("would not be looked at"), "{ran:?}");
}

#[test]
fn a_damaged_log_is_closed_whole_and_its_successor_names_the_last_sound_entry() {
    let world = busy();
    let before = world.log();
    let id = before[0]["log"].as_str().unwrap();
    let edited = std::fs::read_to_string(world.segment()).unwrap().replacen("files_write", "files_list", 1);
    std::fs::write(world.segment(), &edited).unwrap();
    // The writer sees the log's end only; verify sees the rest, and a person mends it.
    let ran = world.fleet(&["audit", "repair", "--reason", "an edit by hand", "--json"]);
    assert_eq!((ran.code, ran.json()["fault"]["kind"].as_str()), (0, Some("hash_mismatch")));
    let closed = world.data().join("audit.closed").join(id);
    assert_eq!(std::fs::read_to_string(closed.join("00000000000000000001.jsonl")).unwrap(), edited);
    let log = world.log();
    assert_eq!(log[0]["after"], json!({"log": id, "seq": 2, "hash": before[1]["hash"]}));
    assert_eq!(
        (log[1]["kind"].as_str(), &log[1]["args"]["reason"]),
        (Some("repaired"), &json!("an edit by hand"))
    );
    assert!(log[1]["reason"].as_str().unwrap().contains("hash_mismatch at entry 3"), "{}", log[1]);
    assert!(log[1]["by"].is_string() && log[1]["proof"] == "none");
    world.verify();
    world.done("files_read", json!({"path": world.at("a")}));
    // What is whole is left alone.
    let ran = world.fleet(&["audit", "repair", "--reason", "again", "--json"]);
    assert_eq!((ran.code, ran.json()["status"].as_str()), (0, Some("whole")));
}

#[test]
fn a_log_that_is_cut_or_gone_is_mended_and_a_torn_one_goes_on() {
    for damage in ["cut", "emptied", "head gone", "gone", "torn"] {
        let world = busy();
        let id = world.log()[0]["log"].as_str().unwrap().to_owned();
        let text = std::fs::read_to_string(world.segment()).unwrap();
        match damage {
            "cut" => std::fs::write(world.segment(), text.split_inclusive('\n').next().unwrap()).unwrap(),
            "emptied" => std::fs::write(world.segment(), "").unwrap(),
            "head gone" => std::fs::remove_file(world.data().join("audit/head")).unwrap(),
            "gone" => std::fs::remove_dir_all(world.data().join("audit")).unwrap(),
            _ => std::fs::write(world.segment(), format!("{text}{{\"torn")).unwrap(),
        }
        if damage != "torn" {
            let ran = world.fleet(&["tool", "call", "files_read", "--args", "{\"path\":\"/tmp\"}"]);
            assert_eq!(ran.code, 6, "{damage}: {ran:?}");
        }
        let ran = world.fleet(&["audit", "repair", "--reason", damage]);
        assert_eq!(ran.code, 0, "{damage}: {ran:?}");
        world.verify();
        world.done("files_read", json!({"path": world.at("a")}));
        let log = world.log();
        match damage {
            "torn" => assert_eq!(log[0]["log"], id.as_str()),
            "gone" => assert!(log[0]["after"].is_null() && log[1]["kind"] == "repaired"),
            "emptied" => assert!(log[0]["after"].is_null() && log[0]["log"] != id.as_str()),
            _ => assert_eq!(log[0]["after"]["log"], id.as_str(), "{damage}"),
        }
    }
}

#[test]
fn a_log_is_archived_with_a_checkpoint_against_which_it_still_verifies() {
    let world = busy();
    let key = world.fleet(&["audit", "checkpoint", "--public-key"]).stdout;
    let id = world.log()[0]["log"].as_str().unwrap().to_owned();
    let ran = world.fleet(&["audit", "archive", "--reason", "yearly"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let closed = world.data().join("audit.closed").join(&id);
    let text = std::fs::read_to_string(closed.join("00000000000000000001.jsonl")).unwrap();
    let last: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    assert_eq!(last["kind"], "log.archived");
    assert_eq!(world.log()[0]["after"], json!({"log": id, "seq": last["seq"], "hash": last["hash"]}));
    let note = closed.join("checkpoint");
    let verify = || {
        let (folder, note) = (closed.to_str().unwrap(), note.to_str().unwrap());
        world.fleet(&["audit", "verify", folder, "--checkpoint", note, "--key", &key]).code
    };
    assert_eq!(verify(), 0);
    std::fs::write(closed.join("00000000000000000001.jsonl"), text.replacen("files_read", "files_list", 1))
        .unwrap();
    assert_eq!(verify(), 6);
    world.verify();
    world.done("files_read", json!({"path": world.at("a")}));

    // A broken log is not archived, and a grant that hangs on the log neither.
    let id = world.waits("shell_run", json!({"argv": ["touch", "x"]}));
    std::fs::write(world.data().join("KILL"), "").unwrap();
    assert_eq!(world.fleet(&["approve", &id]).code, 5);
    let ran = world.fleet(&["audit", "archive", "--reason", "x"]);
    assert!(ran.code == 1 && ran.stderr.contains("approved and not carried out"), "{ran:?}");
    assert_eq!(world.fleet(&["deny", &id, "--reason", "x"]).code, 0);
    let broken = std::fs::read_to_string(world.segment()).unwrap().replacen("log.created", "log.kreated", 1);
    std::fs::write(world.segment(), &broken).unwrap();
    let ran = world.fleet(&["audit", "archive", "--reason", "x"]);
    assert!(ran.code == 6 && ran.stderr.contains("only a sound log"), "{ran:?}");
}

#[test]
fn a_repair_that_is_killed_anywhere_leaves_a_log() {
    // What a crash left: a successor that never came into its place.
    let world = busy();
    let id = world.log()[0]["log"].as_str().unwrap().to_owned();
    let early = world.data().join("audit.closed").join(&id);
    std::fs::create_dir_all(&early).unwrap();
    let other = World::new();
    std::fs::copy(other.segment(), early.join("00000000000000000001.jsonl")).unwrap();
    std::fs::copy(other.data().join("audit/head"), early.join("head")).unwrap();
    assert_eq!(world.fleet(&["audit", "archive", "--reason", "x"]).code, 0);
    assert_eq!(world.log()[0]["after"]["log"], id.as_str());
    let kept = std::fs::read_to_string(early.join("00000000000000000001.jsonl")).unwrap();
    assert!(kept.contains(&id) && kept.contains("files_read"));
}

#[test]
fn a_closed_log_that_was_put_back_is_closed_again_beside_the_first() {
    let world = busy();
    let id = world.log()[0]["log"].as_str().unwrap().to_owned();
    assert_eq!(world.fleet(&["audit", "archive", "--reason", "x"]).code, 0);
    let closed = world.data().join("audit.closed").join(&id);
    std::fs::remove_dir_all(world.data().join("audit")).unwrap();
    std::fs::create_dir(world.data().join("audit")).unwrap();
    for name in ["head", "00000000000000000001.jsonl"] {
        std::fs::copy(closed.join(name), world.data().join("audit").join(name)).unwrap();
    }
    let text = std::fs::read_to_string(world.segment()).unwrap();
    std::fs::write(world.segment(), text.replacen("files_read", "files_list", 1)).unwrap();
    assert_eq!(world.fleet(&["audit", "repair", "--reason", "x"]).code, 0);
    assert_eq!(std::fs::read_dir(world.data().join("audit.closed")).unwrap().count(), 2);
    world.verify();
    world.done("files_read", json!({"path": world.at("a")}));
}

#[test]
fn deciding_about_the_record_is_a_persons() {
    let world = World::bare();
    assert_eq!(world.fleet(&["init", "--workspace", world.w().to_str().unwrap()]).code, 0);
    let before = world.log().len();
    for args in [
        &["audit", "repair", "--reason", "x"][..],
        &["audit", "archive", "--reason", "x"],
        &["audit", "resolve", "1", "done", "--reason", "x"],
    ] {
        let ran = world.fleet(args);
        assert!(ran.code == 4 && ran.stderr.contains("on a terminal"), "{args:?}: {ran:?}");
    }
    assert_eq!(world.log().len(), before);
}

#[test]
fn an_unknown_call_is_closed_by_a_person_once() {
    let world = World::new();
    let call = fleet::state::call_id().unwrap().to_string();
    world.intend(&call);
    let manifest = json!({"v": 1, "call": call, "tool": "files_write", "caller": "cli", "risk": "MEDIUM", "digest": "0".repeat(64), "pid": 1, "start": "1"});
    std::fs::write(world.data().join("inflight").join(&call), format!("{manifest}\n")).unwrap();
    let ran = world.fleet(&["audit", "resolve", "--json"]);
    assert!(ran.stderr.contains("`fleet audit resolve` closes it"), "{ran:?}");
    let open = ran.json();
    let seq = open[0]["seq"].to_string();
    assert_eq!((open.as_array().map(Vec::len), open[0]["call"].as_str()), (Some(1), Some(call.as_str())));
    assert_eq!(world.fleet(&["audit", "resolve", "1", "done", "--reason", "x"]).code, 1);
    assert_eq!(world.fleet(&["audit", "resolve", &seq, "done", "--reason", " "]).code, 2);
    assert_eq!(world.fleet(&["audit", "resolve", &seq, "done"]).code, 2);
    let ran = world.fleet(&["audit", "resolve", &seq, "not-done", "--reason", "no such file"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let entry = world.log().pop().unwrap();
    assert_eq!(
        (entry["kind"].as_str(), entry["call"].as_str(), entry["outcome"].as_str(), entry["reason"].as_str()),
        (Some("call.resolved"), Some(call.as_str()), Some("not-done"), Some("no such file"))
    );
    assert_eq!(world.fleet(&["audit", "resolve", &seq, "done", "--reason", "x"]).code, 1);
    // A crash between the entry and the file left the row.
    let row = json!({"call": call, "tool": "files_write", "caller": "cli", "at": open[0]["at"], "place": {"seq": open[0]["seq"], "hash": world.log()[2]["hash"], "segment": 1, "offset": 0}});
    std::fs::write(world.data().join("unknown.jsonl"), format!("{row}\n")).unwrap();
    assert_eq!(world.fleet(&["audit", "resolve", &seq, "done", "--reason", "x"]).code, 1);
    assert_eq!(world.count("call.resolved"), 1);
    assert_eq!(world.fleet(&["audit", "resolve", "--json"]).json(), json!([]));
}

#[test]
fn the_independent_verifier_agrees_on_logs_that_fleet_wrote() {
    let world = busy();
    let script = world.root().join("verifier.py");
    let source = world.fleet(&["audit", "verifier"]).stdout;
    assert!(source.lines().count() < 80, "{} lines", source.lines().count());
    std::fs::write(&script, source).unwrap();
    let copy = elsewhere(&world);
    let folder = copy.to_str().unwrap();
    let agree = |args: &[&str]| {
        let ran = world.fleet(&[&["audit", "verify", folder, "--json"], args].concat());
        let mut ours = ran.json();
        ours.as_object_mut().unwrap().remove("warnings");
        let (code, said) = python(&script, &[&[folder], args].concat());
        let theirs: Value = serde_json::from_str(&said).unwrap();
        assert_eq!((code, &theirs), (ran.code, &ours), "{args:?}");
        theirs["fault"]["kind"].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(agree(&[]), "");
    assert_eq!(agree(&["--anchor", &format!("2:{}", "0".repeat(64))]), "anchor_mismatch");
    let segment = copy.join("00000000000000000001.jsonl");
    let whole = std::fs::read_to_string(&segment).unwrap();
    for (edit, kind) in [
        (whole.replacen("files_read", "files_list", 1), "hash_mismatch"),
        (whole.split_inclusive('\n').take(2).collect(), "truncated"),
        (format!("{whole}{{\"torn"), "torn_tail"),
        (whole.replacen("\n", "\r\n", 1), "crlf"),
        (whole.split_inclusive('\n').skip(1).collect(), "seq_gap"),
    ] {
        std::fs::write(&segment, edit).unwrap();
        assert_eq!(agree(&[]), kind);
    }
}

#[test]
fn logs_of_an_independent_writer_verify() {
    let dir = tempfile::tempdir().unwrap();
    let writer = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/writer.py");
    for (entries, roll) in [("1", "100000"), ("500", "20000"), ("500", "100000000")] {
        let folder = dir.path().join(format!("{entries}-{roll}"));
        let (code, _) = python(&writer, &[folder.to_str().unwrap(), "--entries", entries, "--roll", roll]);
        assert_eq!(code, 0);
        let report = fleet::audit::verify(&folder, &fleet::audit::Against::default());
        assert_eq!((report.ok, report.entries.to_string()), (true, entries.to_owned()), "{report:?}");
    }
}

/// With the tools that every system has: the worked example of fleet-audit(5).
#[test]
fn one_entry_checks_with_awk_a_hash_program_and_jq() {
    let world = busy();
    let segment = world.segment();
    let hash = |line: u32| {
        let script = format!(
            "LC_ALL=C awk 'NR=={line}{{printf \"%s\",substr($0,1,length($0)-76)}}' {0} | sha256sum | cut -c1-64; \
             sed -n {line}p {0} | jq -r .hash",
            segment.display()
        );
        let out = world.process("sh", &["-c", &script]).output().unwrap();
        String::from_utf8(out.stdout).unwrap().lines().map(str::to_owned).collect::<Vec<_>>()
    };
    for line in 1..=4 {
        let both = hash(line);
        assert!(both.len() == 2 && both[0] == both[1] && both[0].len() == 64, "{both:?}");
    }
}

/// The names alone are over what one entry holds.
#[test]
fn a_look_that_cannot_be_recorded_is_not_done() {
    let world = World::new();
    let folder = world.w().join("many");
    std::fs::create_dir(&folder).unwrap();
    for n in 0..900 {
        std::fs::write(folder.join(format!("{n:03}{}", "x".repeat(172))), "told").unwrap();
    }
    let look = |command: &str| world.call("shell_run", json!({"command": command, "cwd": folder}));
    let (code, reply) = look("cat *");
    assert_eq!((code, reply["status"].as_str()), (4, Some("refused")), "{reply}");
    let reason = &reply["reasons"][0];
    assert_eq!(reason["rule"], "too-long", "{reply}");
    assert!(reason["message"].as_str().unwrap().contains("256 KiB"), "{reply}");
    assert!(!reply.to_string().contains("told"), "it ran");
    let refused = world.log().pop().unwrap();
    assert_eq!(
        (refused["kind"].as_str(), refused["args"]["command"].as_str()),
        (Some("call.refused"), Some("cat *"))
    );
    // Fewer at once are no trouble.
    let (code, reply) = look("cat 00*");
    assert_eq!((code, reply["status"].as_str()), (0, Some("done")), "{reply}");
    assert_eq!(std::fs::read_dir(world.data().join("inflight")).unwrap().count(), 0);
    world.verify();
}

#[test]
fn what_is_forbidden_is_on_record_however_long_it_is() {
    let world = World::new();
    let long = "x".repeat(200);
    let mut paths: Vec<_> = (0..450).map(|n| world.at(&format!("{long}/{long}/{long}/{n}"))).collect();
    paths.push("~/.ssh/id_rsa".into());
    let file = world.root().join("args.json");
    std::fs::write(&file, json!({ "paths": paths }).to_string()).unwrap();
    let before = world.count("call.refused");
    let ran =
        world.fleet(&["tool", "call", "files_trash", "--args", &format!("@{}", file.display()), "--json"]);
    assert_eq!((ran.code, ran.json()["status"].as_str()), (4, Some("refused")), "{ran:?}");
    let refused = world.log().pop().unwrap();
    assert_eq!(world.count("call.refused"), before + 1);
    assert_eq!(refused["args"]["sha256"].as_str().map(str::len), Some(64), "{refused}");
    assert!(
        refused["rules"].to_string().contains("keys") || refused["rules"].to_string().contains("secret"),
        "{}",
        refused["rules"]
    );
    world.verify();
}
