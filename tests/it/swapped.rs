//! A folder that was judged and is a link by now, in the moment before a program starts: tried at the
//! child itself, which is the last to look.

use crate::confine::kernel_confines;
use crate::harness::World;
use serde_json::{Value, json};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

/// What the child does with `order` while this process has a call under way, and what it left on the
/// order's sheet.
fn child(world: &World, order: &Value) -> (i32, String, String) {
    let flight = world.at("flight");
    let own = fleet::state::process::own();
    let manifest = json!({"v": 1, "call": "0".repeat(26), "tool": "t", "caller": "cli", "risk": "HIGH", "digest": "", "pid": own.pid, "start": own.start});
    std::fs::write(&flight, format!("{manifest}\n")).unwrap();
    let held = std::fs::File::open(&flight).unwrap();
    held.lock().unwrap();
    let ran = world.exec_child(&flight, order);
    let said = std::fs::read_to_string(world.at("sheet")).unwrap();
    let below = said.strip_prefix(&order.to_string()).expect("the order stands as it was").to_owned();
    // Who begins signs.
    (ran.code, ran.stdout, if below == "\u{6}" { String::new() } else { below })
}

/// A folder `a` with a file, and what is not to be reached; then `a` is a link to that.
struct Swap(World);

impl Swap {
    fn new() -> Self {
        let world = World::new();
        std::fs::create_dir_all(world.at("a/b")).unwrap();
        for file in ["a/fleet.toml", "a/b/fleet.toml"] {
            std::fs::write(world.at(file), "harmless\n").unwrap();
        }
        Self(world)
    }

    /// Puts links to fleet's configuration where `name` was.
    fn links(&self, name: &str) {
        std::fs::rename(self.0.at(name), self.0.at("away")).unwrap();
        symlink(self.0.config(), self.0.at(name)).unwrap();
        assert!(Path::new(&self.0.at(name)).join("fleet.toml").exists());
    }
}

/// `cat fleet.toml` in `cwd`, below a profile that grants what is given.
fn order(cwd: &str, reads: &[&str], writes: &[&str], confined: bool) -> Value {
    let system: Vec<_> =
        ["/usr", "/bin", "/lib", "/lib64"].iter().filter_map(|p| Path::new(p).canonicalize().ok()).collect();
    let reads: Vec<_> = reads.iter().map(|r| json!(r)).chain(system.iter().map(|p| json!(p))).collect();
    let profile = json!({"reads": reads, "looks": [], "writes": writes, "network": "none"});
    let profile = if confined { profile } else { Value::Null };
    json!({"profile": profile, "cwd": cwd, "program": "/bin/cat", "argv": ["cat", "fleet.toml"]})
}

#[test]
fn a_working_folder_that_became_a_link_is_not_entered() {
    for confined in [true, false] {
        if confined && !kernel_confines("a_working_folder_that_became_a_link") {
            continue;
        }
        for (cwd, swapped) in [("a", "a"), ("a/b", "a/b"), ("a/b", "a")] {
            let swap = Swap::new();
            let cwd = swap.0.at(cwd);
            let order = order(&cwd, &[&cwd], &[], confined);
            assert_eq!(child(&swap.0, &order), (0, "harmless\n".into(), String::new()), "before");
            swap.links(swapped);
            if swapped == "a" {
                std::fs::create_dir_all(swap.0.config().join("b")).unwrap();
            }
            let (code, stdout, below) = child(&swap.0, &order);
            assert_eq!((code, stdout.as_str()), (1, ""), "{cwd}");
            assert!(below.contains("there is a link on the way to"), "{below}");
        }
    }
}

#[test]
fn what_a_program_may_reach_is_not_what_a_link_leads_to() {
    if !kernel_confines("what_a_program_may_reach") {
        return;
    }
    for writes in [false, true] {
        let swap = Swap::new();
        let (folder, config) = (swap.0.at("a"), swap.0.config().join("fleet.toml"));
        let (reads, roots): (&[&str], &[&str]) = if writes { (&[], &[&folder]) } else { (&[&folder], &[]) };
        let mut order = order(&swap.0.at("tray"), reads, roots, true);
        std::fs::create_dir(swap.0.at("tray")).unwrap();
        order["argv"] = json!(["cat", config]);
        // What was not declared is refused to the program itself.
        assert_eq!(child(&swap.0, &order), (1, String::new(), String::new()));
        swap.links("a");
        let (code, stdout, below) = child(&swap.0, &order);
        assert_eq!((code, stdout.as_str()), (1, ""));
        assert!(below.contains(&format!("on the way to `{folder}`")), "{below}");
    }
}

#[test]
fn a_line_neither_enters_nor_opens_through_a_link() {
    let swap = Swap::new();
    let world = &swap.0;
    let stage = |cwd: Value, redirects: Value, argv: Value| {
        let line = json!([{"when": "Then", "negated": false, "pipeline": [{"program": "/bin/cat", "argv": argv,
            "env": [], "cwd": cwd, "redirects": redirects}]}]);
        json!({"profile": null, "cwd": world.w(), "program": "fleet:script", "argv": [line.to_string()]})
    };
    let settings = std::fs::read_to_string(world.config().join("fleet.toml")).unwrap();
    let orders = [
        stage(json!(world.at("a")), json!([]), json!(["cat", "fleet.toml"])),
        stage(Value::Null, json!([[0, {"Read": world.at("a/fleet.toml")}]]), json!(["cat"])),
        stage(Value::Null, json!([[1, {"Write": world.at("a/fleet.toml")}]]), json!(["cat", "/dev/null"])),
        stage(Value::Null, json!([[1, {"Append": world.at("a/fleet.toml")}]]), json!(["cat", "/etc/passwd"])),
    ];
    for (order, said) in orders.iter().zip(["harmless\n", "harmless\n", "", ""]) {
        assert_eq!(child(world, order), (0, said.into(), String::new()), "{order}");
    }
    swap.links("a");
    for order in &orders {
        assert_eq!(child(world, order), (126, String::new(), String::new()), "{order}");
    }
    assert_eq!(std::fs::read_to_string(world.config().join("fleet.toml")).unwrap(), settings);
}

#[test]
fn a_run_of_which_nothing_began_has_failed() {
    let world = World::new();
    let program = world.at("no-interpreter");
    std::fs::write(&program, "#!/nowhere/at-all\n").unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let id = world.waits("shell_run", json!({"argv": [program]}));
    let ran = world.fleet(&["approve", &id, "--json"]);
    let reply = ran.json();
    assert_eq!((ran.code, reply["status"].as_str()), (1, Some("failed")), "{ran:?}");
    let expected = format!("cannot start `{program}`: No such file or directory");
    assert!(reply["error"].as_str().unwrap().starts_with(&expected), "{ran:?}");
}

#[test]
fn a_long_profile_arrives() {
    if !kernel_confines("a_long_profile") {
        return;
    }
    let world = World::new();
    // A guarded file makes the folder be granted piece by piece.
    let folder = world.user();
    std::fs::create_dir_all(folder.join(".ssh")).unwrap();
    for n in 0..2500 {
        std::fs::write(folder.join(format!("an-entry-with-a-name-of-some-length-{n}")), "").unwrap();
    }
    std::fs::write(folder.join("x"), "four").unwrap();
    let result = crate::confine::run(&world, json!({"command": "wc -c x", "cwd": folder}));
    assert_eq!(result["stdout"], "4 x\n", "{result}");
}

#[test]
fn a_long_line_arrives() {
    let world = World::new();
    // Written down, each of its characters takes two.
    let text = "\"\n".repeat(45_000);
    let line = format!("cat > {} <<'END'\n{text}END\n", world.at("long"));
    let args = world.root().join("args.json");
    std::fs::write(&args, json!({"command": line, "cwd": world.w()}).to_string()).unwrap();
    let args = format!("@{}", args.display());
    let ran = world.fleet(&["tool", "call", "shell_run", "--args", &args, "--json"]);
    let id = ran.json()["approval"].as_str().unwrap_or_else(|| panic!("{ran:?}")).to_owned();
    let ran = world.fleet(&["approve", &id, "--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(std::fs::read_to_string(world.at("long")).unwrap(), text);
}
