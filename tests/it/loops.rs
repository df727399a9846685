//! The shipped loops on real repositories and folders.

use crate::harness::World;
use serde_json::{Value, json};

fn ready() -> World {
    let world = World::bare();
    world.repository("site");
    let ran = world.fleet(&["init", "--workspace", world.w().to_str().unwrap(), "--approvals", "script"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let ran = world.fleet(&["loop", "register", "--all"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    world
}

fn run(world: &World, id: &str) -> (i32, Value) {
    let ran = world.fleet(&["run-loop", id, "--now", "--json"]);
    (ran.code, ran.json())
}

#[test]
fn stale_branches_waits_and_the_approval_deletes_exactly_those() {
    let world = ready();
    let tips: Vec<_> =
        ["done/one", "done/two"].iter().map(|b| world.git("site", &["rev-parse", b])).collect();
    let (code, record) = run(&world, "stale-branches");
    assert_eq!((code, record["outcome"].as_str()), (3, Some("awaiting_approval")), "{record}");
    let approvals = record["approvals"].as_array().unwrap();
    assert_eq!(approvals.len(), 1);
    let id = approvals[0].as_str().unwrap();
    let shown = world.fleet(&["approval", "show", id, "--json"]).json();
    let pinned: Vec<_> = shown["effects"][0]["branches"]
        .as_array()
        .unwrap()
        .iter()
        .map(|b| (b["name"].clone(), b["tip"].clone()))
        .collect();
    assert_eq!(pinned, [(json!("done/one"), json!(tips[0])), (json!("done/two"), json!(tips[1]))]);

    let (code, again) = run(&world, "stale-branches");
    assert_eq!((code, again["approvals"].clone()), (3, json!([id])), "it is not asked twice: {again}");

    assert_eq!(world.fleet(&["approve", id]).code, 0);
    assert_eq!(world.branches("site"), ["main", "open"]);
    let finished: Vec<_> = world
        .log()
        .into_iter()
        .filter(|e| e["kind"] == "run.finished")
        .map(|e| (e["run"].clone(), e["outcome"].clone()))
        .collect();
    assert_eq!(finished.last(), Some(&(record["run"].clone(), json!("ok"))), "the parked run went on");
    let (code, record) = run(&world, "stale-branches");
    assert_eq!((code, record["outcome"].as_str()), (0, Some("noop")), "{record}");
    // The same branches once more ask once more.
    world.git("site", &["branch", "done/one", &tips[0]]);
    assert_eq!(run(&world, "stale-branches").0, 3);
    world.verify();
}

#[test]
fn a_branch_that_moved_meanwhile_makes_the_runs_call_stale() {
    let world = ready();
    let (_, record) = run(&world, "stale-branches");
    let id = record["approvals"][0].as_str().unwrap().to_owned();
    world.git("site", &["branch", "--force", "done/two", "open"]);
    let before = world.branches("site");
    assert_eq!(world.fleet(&["approve", &id]).code, 4);
    assert_eq!(world.branches("site"), before);
    let last = world.log().pop().unwrap();
    assert_eq!((last["kind"].as_str(), last["outcome"].as_str()), (Some("run.finished"), Some("partial")));
    // The next run asks anew, without the branch that is no longer merged.
    let (code, record) = run(&world, "stale-branches");
    assert_eq!(code, 3);
    let shown = world.fleet(&["approval", "show", record["approvals"][0].as_str().unwrap(), "--json"]).json();
    assert_eq!(shown["effects"][0]["branches"].as_array().unwrap().len(), 1);
}

#[test]
fn a_denied_call_ends_its_run_and_is_not_asked_again_nor_an_alarm() {
    let world = ready();
    let (_, record) = run(&world, "stale-branches");
    let id = record["approvals"][0].as_str().unwrap();
    assert_eq!(world.fleet(&["deny", id, "--reason", "keep them"]).code, 0);
    assert_eq!(world.log().pop().unwrap()["kind"], "run.finished");
    let messages = world.outbox().len();
    let plan = world.fleet(&["run-loop", "stale-branches", "--plan", "--json"]).json();
    assert!(plan["calls"][0]["note"].as_str().unwrap().contains("keep them"), "{plan}");
    let (code, record) = run(&world, "stale-branches");
    assert_eq!((code, record["outcome"].as_str()), (0, Some("ok")), "{record}");
    assert_eq!(record["calls"][0]["status"], "denied");
    assert_eq!((world.branches("site").len(), world.outbox().len()), (4, messages));
}

/// A loop whose only act is to run a program, registered.
fn with_act(world: &World, id: &str, argv: &str) {
    let own = world.config().join("loops");
    let text = format!(
        "format = 1\ntitle = \"The loop {id}\"\npurpose = \"Runs one program of the tests each morning, for {id} alone\"\n\
         category = \"system\"\nsummary = \"s\"\n[schedule]\ndaily = [\"07:00\"]\n\
         [[act]]\nid = \"go\"\ntool = \"shell_run\"\nargs = {{ argv = {argv} }}\nwhy = \"because\"\n"
    );
    // The gate refuses a page that is another loop's but for the id.
    let words = id.replace('-', " ");
    let page = format!(
        "# {id}\n\n## Purpose\nA test needs a program to run, and this is the page for the {words}.\n\n\
         ## What it touches\nStarts one program of the tests, after a person said so.\n\n\
         ## Alerts\nNone: it has no finding of its own.\n\n\
         ## How it fails\nThe program of the {words} ran to its end, or it did not run.\n1. Look at `fleet loop show {id}`.\n\n\
         ## Pause\n`fleet loop pause {id}` and `fleet loop resume {id}`.\n\n\
         ## Undo\n- `go`: cannot be taken back by fleet.\n\n\
         ## Verify by hand\n- `fleet run-loop {id} --plan`\n- `ls -la /tmp`\n"
    );
    std::fs::write(own.join(format!("{id}.toml")), text).unwrap();
    std::fs::write(own.join(format!("{id}.md")), page).unwrap();
    let ran = world.fleet(&["loop", "register", id]);
    assert_eq!(ran.code, 0, "{ran:?}");
}

#[test]
fn a_poke_while_the_approved_call_runs_does_not_end_its_run() {
    let world = World::new();
    with_act(&world, "slow-one", "[\"sh\", \"-c\", \"sleep 2\"]");
    let (_, record) = run(&world, "slow-one");
    let id = record["approvals"][0].as_str().unwrap().to_owned();
    let mut approving = world
        .process(crate::harness::FLEET, &["approve", &id])
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    crate::brakes::wait_for_child(&world);
    let (code, poked) = run(&world, "slow-one");
    assert_eq!((code, poked["outcome"].as_str()), (3, Some("awaiting_approval")), "{poked}");
    assert_eq!(approving.wait().unwrap().code(), Some(0));
    let ended: Vec<_> = world
        .log()
        .into_iter()
        .filter(|e| e["kind"] == "run.finished" && e["run"] == record["run"])
        .map(|e| e["outcome"].clone())
        .collect();
    assert_eq!(ended, ["awaiting_approval", "ok"]);
    assert_eq!(run(&world, "slow-one").0, 3, "the next run asks anew");
}

#[test]
fn a_run_that_was_cut_off_before_it_parked_does_not_wait_for_ever() {
    let world = World::new();
    with_act(&world, "one-act", "[\"touch\", \"x\"]");
    let (_, record) = run(&world, "one-act");
    let id = record["approvals"][0].as_str().unwrap().to_owned();
    let parked =
        world.data().join("loops/one-act/parked").join(format!("{}.json", record["run"].as_str().unwrap()));
    std::fs::remove_file(parked).unwrap();
    assert_eq!(world.fleet(&["approve", &id]).code, 0);
    let (code, record) = run(&world, "one-act");
    assert_eq!((code, record["approvals"].as_array().unwrap().len()), (3, 1), "{record}");
    assert_ne!(record["approvals"][0], id.as_str());
}

#[test]
fn an_outcome_that_the_run_did_not_hear_of_is_found_by_the_next() {
    let world = World::new();
    with_act(&world, "one-act", "[\"touch\", \"x\"]");
    let (_, record) = run(&world, "one-act");
    let id = record["approvals"][0].as_str().unwrap().to_owned();
    let parked =
        world.data().join("loops/one-act/parked").join(format!("{}.json", record["run"].as_str().unwrap()));
    let kept = std::fs::read(&parked).unwrap();
    assert_eq!(world.fleet(&["approve", &id]).code, 0);
    // As if the process had ended between the call and the run.
    std::fs::write(&parked, kept).unwrap();
    run(&world, "one-act");
    let ended: Vec<_> = world
        .log()
        .into_iter()
        .filter(|e| e["kind"] == "run.finished" && e["run"] == record["run"])
        .map(|e| e["outcome"].clone())
        .collect();
    assert_eq!(ended, ["awaiting_approval", "ok", "ok"]);
}

#[test]
fn two_loops_that_want_the_same_each_ask_for_themselves() {
    let world = World::new();
    with_act(&world, "first-one", "[\"touch\", \"x\"]");
    with_act(&world, "other-one", "[\"touch\", \"x\"]");
    let (_, a) = run(&world, "first-one");
    let (_, b) = run(&world, "other-one");
    assert_ne!(a["approvals"], b["approvals"]);
    assert_eq!(
        world
            .fleet(&["approve", a["approvals"][0].as_str().unwrap(), b["approvals"][0].as_str().unwrap()])
            .code,
        0
    );
}

#[test]
fn a_policy_that_does_not_read_leaves_the_run_parked() {
    let world = World::new();
    with_act(&world, "one-act", "[\"touch\", \"x\"]");
    let (_, record) = run(&world, "one-act");
    let id = record["approvals"][0].as_str().unwrap().to_owned();
    let policy = world.config().join("policy.toml");
    let good = std::fs::read(&policy).unwrap();
    std::fs::write(&policy, "[workspac]").unwrap();
    assert_eq!(world.fleet(&["approve", &id]).code, 4);
    std::fs::write(&policy, good).unwrap();
    assert_eq!(world.fleet(&["approve", &id]).code, 0);
    let last = world.log().pop().unwrap();
    assert_eq!((last["run"].clone(), last["outcome"].as_str()), (record["run"].clone(), Some("ok")));
}

#[test]
fn a_plan_changes_nothing_and_says_what_the_gate_would_answer() {
    let world = ready();
    let before = World::snapshot(&world.data().join("loops"));
    let ran = world.fleet(&["run-loop", "stale-branches", "--plan", "--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(
        (ran.json()["calls"][0]["decision"].as_str(), ran.json()["calls"][0]["risk"].as_str()),
        (Some("ask"), Some("HIGH"))
    );
    assert_eq!(World::snapshot(&world.data().join("loops")), before);
    assert_eq!(
        (world.branches("site").len(), world.count("call.waiting"), world.count("run.started")),
        (4, 0, 0)
    );
}

#[test]
fn unpushed_work_opens_findings_and_closes_them() {
    let world = ready();
    let (code, record) = run(&world, "unpushed-work");
    assert_eq!((code, record["outcome"].as_str()), (0, Some("ok")), "{record}");
    let open = world.fleet(&["finding", "list", "--json"]).json();
    assert!(
        open.as_array().unwrap().iter().any(|f| f["title"].as_str().unwrap().contains("refs/heads/open")),
        "{open}"
    );
    let remote = world.root().join("remote.git");
    world.git("site", &["clone", "--quiet", "--bare", ".", remote.to_str().unwrap()]);
    world.git("site", &["remote", "add", "origin", remote.to_str().unwrap()]);
    world.git("site", &["fetch", "--quiet", "origin"]);
    let (_, record) = run(&world, "unpushed-work");
    assert_eq!(record["counts"]["findings_open"], 0, "{record}");
    assert_eq!(world.fleet(&["finding", "list", "--json"]).json(), json!([]));
    assert_eq!(run(&world, "unpushed-work").1["outcome"], "noop");
}

#[test]
fn a_repository_that_is_gone_is_reported_and_hides_no_other() {
    let world = ready();
    let settings = world.config().join("fleet.toml");
    let text = std::fs::read_to_string(&settings)
        .unwrap()
        .replace("repos = [", &format!("repos = [\"{}\", ", world.at("gone")));
    std::fs::write(&settings, text).unwrap();
    let (code, record) = run(&world, "unpushed-work");
    assert_eq!((code, record["outcome"].as_str()), (0, Some("partial")), "{record}");
    let open = world.fleet(&["finding", "list", "--json"]).json();
    assert!(open.to_string().contains("could not be read") && open.to_string().contains("refs/heads/open"));
}

#[test]
fn the_sorter_observes_first_then_moves_what_is_finished_and_never_overwrites() {
    let world = ready();
    let downloads = world.user().join("Downloads");
    std::fs::create_dir_all(downloads.join("Images")).unwrap();
    for (name, content) in [
        ("a.pdf", "A"),
        ("b.PNG", "B"),
        ("c.part", "C"),
        ("d.unknown", "D"),
        (".e.pdf", "E"),
        ("clash.png", "new"),
    ] {
        std::fs::write(downloads.join(name), content).unwrap();
    }
    std::fs::write(downloads.join("Images/clash.png"), "old").unwrap();
    let names = || {
        let mut names: Vec<_> = World::snapshot(&downloads)
            .into_iter()
            .filter(|(_, c)| c.is_some())
            .map(|(p, _)| p.strip_prefix(&downloads).unwrap().to_str().unwrap().to_owned())
            .collect();
        names.sort();
        names
    };
    let before = names();
    let (_, first) = run(&world, "downloads-sorter");
    assert_eq!(
        (first["outcome"].as_str(), first["counts"]["planned"].as_u64()),
        (Some("noop"), Some(0)),
        "nothing has settled yet: {first}"
    );
    let (_, second) = run(&world, "downloads-sorter");
    assert_eq!(
        (second["counts"]["planned"].as_u64(), second["counts"]["observed"].as_u64()),
        (Some(2), Some(2)),
        "{second}"
    );
    assert_eq!(names(), before, "observing moves nothing");

    assert_eq!(world.fleet(&["loop", "live", "downloads-sorter"]).code, 0);
    std::fs::write(downloads.join("a.pdf"), "still growing").unwrap();
    let (code, third) = run(&world, "downloads-sorter");
    assert_eq!(
        (code, third["outcome"].as_str(), third["counts"]["done"].as_u64()),
        (0, Some("ok"), Some(1)),
        "{third}"
    );
    let (_, fourth) = run(&world, "downloads-sorter");
    assert_eq!(fourth["counts"]["done"].as_u64(), Some(1), "{fourth}");
    assert_eq!(
        names(),
        [".e.pdf", "Documents/a.pdf", "Images/b.PNG", "Images/clash.png", "c.part", "clash.png", "d.unknown"]
    );
    assert_eq!(std::fs::read_to_string(downloads.join("Images/clash.png")).unwrap(), "old");

    // What the owner moved back stays.
    std::fs::rename(downloads.join("Images/b.PNG"), downloads.join("b.PNG")).unwrap();
    run(&world, "downloads-sorter");
    let (_, last) = run(&world, "downloads-sorter");
    assert_eq!(last["counts"]["skipped"].as_u64(), Some(1), "{last}");
    assert!(downloads.join("b.PNG").exists());
}

#[test]
fn an_unregistered_or_edited_loop_does_not_run_and_says_so_loudly() {
    let world = World::new();
    let (code, record) = run(&world, "stale-branches");
    assert_eq!((code, record["outcome"].as_str()), (1, Some("failed:unregistered")), "{record}");
    assert_eq!(world.outbox().len(), 1);
    assert_eq!(world.fleet(&["run-loop", "no-such-loop", "--json"]).code, 2);
    assert_eq!(world.fleet(&["run-loop", "../x"]).code, 2);

    let own = world.config().join("loops");
    // Words of its own: the gate refuses a page that is another loop's.
    let page = include_str!("../../runbooks/unpushed-work.md")
        .replace("unpushed-work", "my-loop")
        .replace("A disk that dies", "A laptop that is stolen")
        .replace("A failed run", "A run that failed");
    std::fs::write(own.join("my-loop.toml"), include_str!("../../loops/unpushed-work.toml")).unwrap();
    std::fs::write(own.join("my-loop.md"), &page).unwrap();
    assert_eq!(world.fleet(&["loop", "register", "my-loop"]).code, 0);
    for (file, text) in [("my-loop.toml", "\n# edited\n"), ("my-loop.md", "\nedited\n")] {
        let path = own.join(file);
        let good = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, format!("{good}{text}")).unwrap();
        let (code, record) = run(&world, "my-loop");
        assert_eq!((code, record["outcome"].as_str()), (1, Some("failed:changed")), "{file}: {record}");
        std::fs::remove_file(&path).unwrap();
        assert_eq!(run(&world, "my-loop").1["outcome"], "failed:changed");
        std::fs::write(&path, good).unwrap();
    }
    let copy = world.data().join("loops/my-loop/loop.toml");
    std::fs::write(&copy, "x").unwrap();
    assert_eq!(run(&world, "my-loop").1["outcome"], "failed:changed");
    assert_eq!(world.fleet(&["loop", "register", "my-loop"]).code, 0);
    assert_eq!(run(&world, "my-loop").1["outcome"], "skipped:not_configured");
}

#[test]
fn a_loop_that_is_not_set_up_is_skipped_with_the_line_that_mends_it() {
    let world = World::new();
    world.fleet(&["loop", "register", "--all"]);
    let (code, record) = run(&world, "stale-branches");
    assert_eq!((code, record["outcome"].as_str()), (0, Some("skipped:not_configured")));
    assert!(record["reason"].as_str().unwrap().contains("repos = [\"~/code/site\"]"), "{record}");
    assert!(world.outbox().is_empty());
}

#[test]
fn a_failing_run_is_told_on_stderr_in_its_record_and_in_the_outbox() {
    let world = ready();
    let settings = world.config().join("fleet.toml");
    let text = std::fs::read_to_string(&settings).unwrap();
    std::fs::write(&settings, format!("{text}\n[loop.downloads-sorter]\nfolder = \"/no/such/folder\"\n"))
        .unwrap();
    let ran = world.fleet(&["run-loop", "downloads-sorter", "--now"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("failed:gather"), "{ran:?}");
    let runs = std::fs::read_to_string(world.data().join("loops/downloads-sorter/runs.jsonl")).unwrap();
    assert!(runs.contains("failed:gather"), "{runs}");
    let notice = world.outbox().pop().unwrap();
    assert_eq!(notice["severity"], "urgent");
    assert!(notice["body"].as_str().unwrap().contains("First step:"), "{notice}");
    std::fs::write(&settings, format!("{text}\n[loop.downloads-sorter]\nfoldr = \"/tmp\"\n")).unwrap();
    assert_eq!(run(&world, "downloads-sorter").1["outcome"], "failed:config");
}

#[test]
fn a_broken_log_is_told_although_no_record_can_be_made() {
    let world = ready();
    std::fs::remove_file(world.data().join("audit/head")).unwrap();
    let ran = world.fleet(&["run-loop", "unpushed-work", "--now"]);
    assert_eq!(ran.code, 6, "{ran:?}");
    assert_eq!(world.outbox().len(), 1);
    assert!(ran.stderr.contains("`head` is gone"), "{ran:?}");
}

#[test]
fn a_run_under_the_kill_switch_is_skipped_and_a_second_one_at_once_is_busy() {
    let world = ready();
    std::fs::write(world.data().join("KILL"), "").unwrap();
    assert_eq!(run(&world, "unpushed-work"), (5, world_last(&world)));
    std::fs::remove_file(world.data().join("KILL")).unwrap();
    let lock = std::fs::File::open(world.data().join("loops/unpushed-work/lock")).unwrap();
    lock.lock().unwrap();
    let (code, record) = run(&world, "unpushed-work");
    assert_eq!((code, record["outcome"].as_str()), (75, Some("skipped:overlap")));
}

fn world_last(world: &World) -> Value {
    let text = std::fs::read(world.data().join("loops/unpushed-work/last.json")).unwrap();
    serde_json::from_slice(&text).unwrap()
}

#[test]
fn a_run_that_was_killed_is_found_by_the_next() {
    let world = ready();
    let run_id = fleet::state::run_id().unwrap();
    let current = json!({"run": run_id, "started": "2026-01-01T00:00:00Z"});
    std::fs::write(world.data().join("loops/unpushed-work/current.json"), current.to_string()).unwrap();
    run(&world, "unpushed-work");
    let crashed: Vec<_> = world.log().into_iter().filter(|e| e["outcome"] == "failed:crashed").collect();
    assert_eq!((crashed.len(), crashed[0]["run"].as_str()), (1, Some(run_id.as_str())));
    assert_eq!(world.outbox().len(), 1);
}

#[test]
fn a_run_that_was_killed_after_its_record_is_no_crash() {
    let world = ready();
    let (_, record) = run(&world, "unpushed-work");
    let current = json!({"run": record["run"], "started": record["started"]});
    std::fs::write(world.data().join("loops/unpushed-work/current.json"), current.to_string()).unwrap();
    run(&world, "unpushed-work");
    assert!(world.outbox().is_empty());
    assert!(world.log().iter().all(|e| e["outcome"] != "failed:crashed"));
}

#[test]
fn a_run_that_breaks_off_has_a_record_too() {
    let world = ready();
    std::fs::remove_file(world.data().join("approvals.jsonl")).ok();
    std::fs::create_dir(world.data().join("approvals.jsonl")).unwrap();
    let (code, record) = run(&world, "stale-branches");
    assert_eq!((code, record["outcome"].as_str()), (1, Some("failed:state")), "{record}");
    assert_eq!((world.outbox().len(), world.count("run.finished")), (1, 1));
}

#[test]
fn a_loop_calls_only_the_tools_that_it_registered_with() {
    let world = ready();
    let scope = world.data().join("loops/unpushed-work/scope.json");
    std::fs::write(&scope, r#"{"tools":["git_log"],"paths":[]}"#).unwrap();
    // The run writes its scope anew from the registered definition.
    assert_eq!(run(&world, "unpushed-work").0, 0);
    let judged = world.fleet(&[
        "policy",
        "check",
        "files_list",
        "--args",
        &json!({"path": world.user().join("Downloads")}).to_string(),
        "--caller",
        "loop:downloads-sorter",
        "--json",
    ]);
    assert_eq!(judged.json()["decision"], "allow", "the configured folder is inside for its loop");
    let judged = world.fleet(&[
        "policy",
        "check",
        "files_list",
        "--args",
        &json!({"path": world.user().join("Downloads")}).to_string(),
        "--json",
    ]);
    assert_eq!(judged.json()["decision"], "ask");
}
