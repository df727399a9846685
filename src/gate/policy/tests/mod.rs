//! Rules against whole calls: what wins, what a broken rule forbids, and that order does not matter.

mod below;
mod order;
mod wrong;

use super::*;
use crate::call::{Answer, Call, CallId, Caller};
use crate::gate::judged::judge;
use crate::gate::world::World;
use crate::state::Settings;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A scratch machine: the workspace is `w`, the owner's home `home`, and `o` lies outside.
struct Machine {
    dir: tempfile::TempDir,
    home: Home,
}

impl Machine {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        for folder in ["w/in", "o", "home/Secret", "config", "data"] {
            std::fs::create_dir_all(dir.path().join(folder)).unwrap();
        }
        let home = Home::scratch(&dir.path().canonicalize().unwrap()).unwrap();
        std::fs::write(home.settings(), "").unwrap();
        Self { dir, home }
    }

    fn root(&self) -> String {
        self.dir.path().canonicalize().unwrap().display().to_string()
    }

    /// The policy `text`, in which `@` stands for this machine, after its workspace.
    fn policy(&self, text: &str) -> Result<Policy, PolicyError> {
        let text = format!("[workspace]\nroots = [\"@/w\"]\n{text}").replace('@', &self.root());
        Policy::read(self.home.policy(), text, &self.home)
    }

    fn world(&self, text: &str) -> World<'_> {
        World::with(&self.home, self.policy(text).unwrap(), Settings::default())
    }

    fn judge(&self, world: &World<'_>, tool: &str, args: Value, caller: &str) -> (Answer, Vec<Reason>) {
        let args = serde_json::from_str(&args.to_string().replace('@', &self.root())).unwrap();
        let id = CallId::parse(&"0".repeat(26)).unwrap();
        let caller = Caller::parse(caller).unwrap();
        let call = Call { id, caller, tool: tool.to_owned(), args, run: None, why: None };
        let judged = judge(call, world).unwrap();
        (judged.answer(), judged.reasons().to_vec())
    }

    fn answer(&self, text: &str, tool: &str, args: Value) -> Answer {
        self.judge(&self.world(text), tool, args, "cli").0
    }
}

fn trash(path: &str) -> (&'static str, Value) {
    ("files_trash", json!({ "paths": [path] }))
}

/// A rule with one example that is taken for granted to match.
fn rule(id: &str, decide: &str, matchers: &str, example: &str) -> String {
    format!(
        "[[rule]]\nid = \"{id}\"\ndecide = \"{decide}\"\n{matchers}\nreason = \"because of {id}\"\nmatch = [{example}]\n"
    )
}

const TRASH_IN: &str = "{ tool = \"files_trash\", args = { paths = [\"@/w/x\"] } }";
const TRASH_OUT: &str = "{ tool = \"files_trash\", args = { paths = [\"@/o/x\"] } }";

fn allow(matchers: &str, example: &str) -> String {
    rule("a", "allow", &format!("tools = [\"files_trash\"]\n{matchers}"), example)
}

#[test]
fn the_strictest_rule_counts_and_all_that_match_are_named_with_their_lines() {
    let machine = Machine::new();
    let text = allow("", TRASH_IN)
        + &rule(
            "b",
            "ask",
            "tools = [\"files_*\"]\npaths = [\"@/w/in/**\"]",
            "{ tool = \"files_read\", args = { path = \"@/w/in/y\" } }",
        )
        + &rule(
            "c",
            "block",
            "paths = [\"@/w/in/c\"]",
            "{ tool = \"files_read\", args = { path = \"@/w/in/c\" } }",
        );
    let world = machine.world(&text);
    let ask = |path: &str| {
        let (tool, args) = trash(path);
        let (answer, reasons) = machine.judge(&world, tool, args, "cli");
        let rules: Vec<String> = reasons
            .into_iter()
            .filter(|r| r.source != "built-in")
            .map(|r| format!("{} {}", r.rule, r.source.rsplit('/').next().unwrap()))
            .collect();
        (answer, rules)
    };
    let line = |n: usize| format!("policy.toml:{n}");
    let lines =
        |ids: &[(&str, usize)]| ids.iter().map(|(id, n)| format!("{id} {}", line(*n))).collect::<Vec<_>>();
    assert_eq!(ask("@/w/x"), (Answer::Allow, lines(&[("a", 3)])));
    assert_eq!(ask("@/w/in/x"), (Answer::Ask, lines(&[("a", 3), ("b", 10)])));
    assert_eq!(ask("@/w/in/c"), (Answer::Block, lines(&[("a", 3), ("b", 10), ("c", 17)])));
}

#[test]
fn an_allow_takes_away_the_ask_of_risk_and_of_a_place_that_it_names_and_nothing_else() {
    let machine = Machine::new();
    let answer = |text: &str, path: &str| {
        let (tool, args) = trash(path);
        machine.answer(text, tool, args)
    };
    let plain = allow("", TRASH_IN);
    assert_eq!(answer("", "@/w/x"), Answer::Ask);
    assert_eq!(answer(&plain, "@/w/x"), Answer::Allow);
    assert_eq!(answer(&plain, "@/o/x"), Answer::Ask, "the place is not named");
    let named = allow("paths = [\"@/o/**\"]", TRASH_OUT);
    assert_eq!(answer(&named, "@/o/x"), Answer::Allow);
    assert_eq!(answer(&named, "@/w/x"), Answer::Ask, "not covered");
    let secret = allow("paths = [\"@/**\"]", TRASH_OUT);
    assert_eq!(answer(&secret, "@/home/.ssh/id_rsa"), Answer::Block, "built in");
    assert_eq!(answer(&secret, "@/data/approvals.jsonl"), Answer::Block, "built in");
    let raised = plain.clone() + "[[risk]]\ntool = \"files_trash\"\nrisk = \"CRITICAL\"\n";
    assert_eq!(answer(&raised, "@/w/x"), Answer::Block, "CRITICAL");
    let strict = plain + "[profile]\ncli = \"strict\"\n";
    assert_eq!(answer(&strict, "@/w/x"), Answer::Ask, "a strict profile");
    let runs =
        rule("a", "allow", "programs = [\"true\"]", "{ tool = \"shell_run\", args = { argv = [\"true\"] } }");
    assert_eq!(machine.answer(&runs, "shell_run", json!({"argv": ["true"]})), Answer::Ask, "not confined");
}

#[test]
fn an_allow_covers_every_path_of_a_call_and_a_block_any() {
    let machine = Machine::new();
    let both = json!({"paths": ["@/w/in/a", "@/w/b"]});
    let narrow =
        allow("paths = [\"@/w/in/*\"]", "{ tool = \"files_trash\", args = { paths = [\"@/w/in/a\"] } }");
    assert_eq!(machine.answer(&narrow, "files_trash", both.clone()), Answer::Ask);
    assert_eq!(
        machine.answer(&narrow, "files_trash", json!({"paths": ["@/w/in/a", "@/w/in/b"]})),
        Answer::Allow
    );
    let block = narrow.replace("allow", "block");
    assert_eq!(machine.answer(&block, "files_trash", both), Answer::Block);
    // A matcher for what the call has none of covers nothing.
    let hosts = allow("hosts = [\"*\"]", TRASH_IN);
    assert_eq!(machine.answer(&hosts, "files_trash", json!({"paths": ["@/w/b"]})), Answer::Ask);
}

/// What `paths = [GLOB]` of a block and of an allow say to trashing PATH.
#[test]
fn path_globs_are_wide_where_they_stop_and_narrow_where_they_open() {
    let machine = Machine::new();
    std::os::unix::fs::symlink(machine.dir.path().join("w/in"), machine.dir.path().join("w/link")).unwrap();
    std::fs::create_dir_all(machine.dir.path().join("w/A")).unwrap();
    for (glob, path, blocks, allows) in [
        ("@/w/in/x", "@/w/in/x", true, true),
        ("@/w/in/x/", "@/w/in/x", true, true),
        ("@/w/in/x", "@/w/IN/X", true, false),
        ("@/w/in/caf\u{e9}", "@/w/in/cafe\u{301}", true, false),
        ("@/w/in/x", "@/w/in/x/y", true, false),
        ("@/w/in", "@/w/inner", false, false),
        ("@/w/in/*", "@/w/in/x/y", false, false),
        ("@/w/in/*", "@/w/in/x", true, true),
        ("@/w/in/**", "@/w/in/x/y", true, true),
        ("@/w/in/**", "@/w/in", true, false),
        ("@/w/in/*.txt", "@/w/in", true, false),
        ("@/w/A/b/c", "@/w/A", true, false),
        ("@/w/link/x", "@/w/in/x", true, false),
        ("@/w/link/**", "@/w/link/x", true, false),
        ("@/w/in/x", "@/w/link/x", true, true),
        ("**/x", "@/w/in/x", true, true),
        ("**/x", "@/w/in/y", false, false),
        ("**", "@/w/in/y", true, true),
        ("@/w/{in,out}/?", "@/w/in/y", true, true),
        ("@/w/in/[a-c]", "@/w/in/B", true, false),
    ] {
        for (decide, expected) in [("block", blocks), ("allow", allows)] {
            let world = machine.world(&rule("r", decide, &format!("paths = [\"{glob}\"]"), TRASH_IN));
            let paths = path.replace('@', &machine.root());
            let facts = facts_of(&world, &paths);
            assert_eq!(world.policy.rules[0].matcher.covers(&facts), expected, "{decide} {glob} {path}");
        }
    }
}

fn faults(machine: &Machine, text: &str) -> Vec<Fault> {
    let world = machine.world(text);
    world.policy.faults(&world)
}

fn facts_of(world: &World<'_>, path: &str) -> facts::Facts {
    let row = format!("tool = \"files_trash\"\nargs = {{ paths = [\"{path}\"] }}");
    example::Example { line: 1, row: toml::from_str(&row).unwrap() }.facts(world).unwrap()
}

#[test]
fn the_owners_home_is_every_home_of_his_for_what_stops() {
    let machine = Machine::new();
    let text = rule(
        "r",
        "block",
        "paths = [\"~/Secret/**\"]",
        "{ tool = \"files_read\", args = { path = \"~/Secret/a\" } }",
    );
    for path in ["~/Secret/a", "~/secret/a", "@/home/Secret/a", "~/Secret", "~/w/../Secret/a"] {
        assert_eq!(machine.answer(&text, "files_list", json!({ "path": path })), Answer::Block, "{path}");
    }
    assert_eq!(machine.answer(&text, "files_list", json!({ "path": "@/w" })), Answer::Allow);
}

#[test]
fn callers_risks_and_programs_are_matched() {
    let machine = Machine::new();
    let run = |argv: &str| json!({ "argv": [argv] });
    let example = "{ tool = \"shell_run\", caller = \"loop:x\", args = { argv = [\"true\"] } }";
    let by = |callers: &str, caller: &str| {
        let text = rule("r", "block", &format!("callers = [\"{callers}\"]"), example);
        let world = machine.world(&text);
        let facts = facts::Facts { caller: caller.to_owned(), ..facts_of(&world, "/x") };
        world.policy.rules[0].matcher.covers(&facts)
    };
    for (callers, caller, expected) in [
        ("cli", "cli", true),
        ("cli", "loop:cli", false),
        ("loop:*", "loop:mail-triage", true),
        ("loop:*", "mcp:loop", false),
        ("mcp:desk", "mcp:desk", true),
        ("mcp:desk", "mcp:desktop", false),
        ("*", "mcp:desk", true),
    ] {
        assert_eq!(by(callers, caller), expected, "{callers} {caller}");
    }
    let text =
        rule("r", "block", "programs = [\"tru*\"]", "{ tool = \"shell_run\", args = { argv = [\"true\"] } }");
    for (argv, expected) in [
        ("true", Answer::Block),
        ("TRUE", Answer::Block),
        ("/bin/true", Answer::Block),
        ("false", Answer::Ask),
    ] {
        assert_eq!(machine.answer(&text, "shell_run", run(argv)), expected, "{argv}");
    }
    let text = rule("r", "block", "risk = [\"HIGH\"]", TRASH_IN);
    assert_eq!(machine.answer(&text, "files_trash", json!({"paths": ["@/w/x"]})), Answer::Block);
    assert_eq!(machine.answer(&text, "files_read", json!({"path": "@/w/x"})), Answer::Allow);
}

#[test]
fn hours_are_the_gates_and_a_rule_rests_outside_them() {
    let machine = Machine::new();
    let text = allow("hours = \"08:00-18:00\"", TRASH_IN);
    let world = machine.world(&text);
    let zone = jiff::tz::TimeZone::try_system().unwrap();
    for (hour, expected) in [(7, Answer::Ask), (8, Answer::Allow), (17, Answer::Allow), (18, Answer::Ask)] {
        let at = jiff::civil::date(2026, 6, 1).at(hour, 30, 0, 0).to_zoned(zone.clone()).unwrap().timestamp();
        let at = if hour == 8 { at - jiff::SignedDuration::from_mins(30) } else { at };
        let (tool, args) = trash("@/w/x");
        assert_eq!(machine.judge(&world.at(at), tool, args, "cli").0, expected, "{hour}");
    }
    // An example can say when.
    let at = |minute: &str| {
        let example = TRASH_IN.replace("{ tool", &format!("{{ at = \"{minute}\", tool"));
        faults(&machine, &allow("hours = [\"08:00-12:00\", \"13:00-18:00\"]", &example)).len()
    };
    assert_eq!((at("11:59"), at("12:30"), at("13:00")), (0, 1, 0));
}

#[test]
fn a_risk_is_raised_and_never_lowered() {
    let machine = Machine::new();
    let risk =
        |risk: &str| format!("[[risk]]\ntool = \"files_write\"\nrisk = \"{risk}\"\nreason = \"mine\"\n");
    let write = || json!({"path": "@/w/x", "content": ""});
    let answer = |text: &str| machine.answer(text, "files_write", write());
    assert_eq!(answer(&risk("MEDIUM")), Answer::Allow);
    assert_eq!(answer(&risk("HIGH")), Answer::Ask);
    assert_eq!(answer(&risk("CRITICAL")), Answer::Block);
    assert_eq!(answer(&(risk("HIGH") + &risk("CRITICAL"))), Answer::Block);
    // The lower one is refused, and its tool with it.
    let low = risk("LOW");
    let (answered, reasons) = machine.judge(&machine.world(&low), "files_write", write(), "cli");
    assert_eq!(answered, Answer::Block);
    let told = reasons.iter().find(|r| r.rule == "risk-refused").unwrap();
    assert!(
        told.message.contains("from MEDIUM to LOW") && told.source.ends_with("policy.toml:3"),
        "{told:?}"
    );
    assert_eq!(machine.answer(&low, "files_read", json!({"path": "@/w/x"})), Answer::Allow);
    assert!(
        faults(&machine, &low.replace("files_write", "files_wrote"))[0].message.contains("names no tool")
    );
    // Rules see the raised risk.
    let text = risk("HIGH")
        + &rule(
            "r",
            "block",
            "risk = [\"HIGH\"]",
            "{ tool = \"files_write\", args = { path = \"@/w/x\", content = \"\" } }",
        );
    assert_eq!(answer(&text), Answer::Block);
}

#[test]
fn a_block_of_the_owner_does_not_make_a_call_critical() {
    let machine = Machine::new();
    let world = machine.world(&rule(
        "r",
        "block",
        "tools = [\"files_read\"]",
        "{ tool = \"files_read\", args = { path = \"/x\" } }",
    ));
    let judged = |path: String| {
        let id = CallId::parse(&"0".repeat(26)).unwrap();
        let call = Call {
            id,
            caller: Caller::Cli,
            tool: "files_read".into(),
            args: json!({ "path": path }),
            run: None,
            why: None,
        };
        judge(call, &world).unwrap().risk()
    };
    assert_eq!(judged(format!("{}/w/x", machine.root())), Risk::Low);
    assert_eq!(judged(format!("{}/home/.netrc", machine.root())), Risk::Critical);
}

/// Its card says HIGH, and a look by it is LOW.
#[test]
fn a_row_for_the_shell_counts_from_low_on() {
    let machine = Machine::new();
    let row = |risk: &str| format!("[[risk]]\ntool = \"shell_run\"\nrisk = \"{risk}\"\n");
    let look = json!({"argv": ["ls"], "cwd": "@/w"});
    let rules = |text: &str| {
        let world = machine.world(text).supposed();
        assert_eq!(world.policy.lint(&world), [], "{text}");
        let (answer, reasons) = machine.judge(&world, "shell_run", look.clone(), "cli");
        (answer, reasons.iter().any(|reason| reason.rule == "risk-raised"))
    };
    assert_eq!(rules(""), (Answer::Allow, false));
    assert_eq!(rules(&row("LOW")), (Answer::Allow, false));
    assert_eq!(rules(&row("MEDIUM")), (Answer::Allow, true));
    assert_eq!(rules(&row("HIGH")), (Answer::Ask, true));
    assert_eq!(rules(&row("CRITICAL")), (Answer::Block, true));
}

#[test]
fn a_glance_reads_no_content_and_asks_no_git() {
    let machine = Machine::new();
    let world = machine.world("").glance();
    let repo = machine.dir.path().join("w/repo");
    for folder in ["objects", "refs"] {
        std::fs::create_dir_all(repo.join(".git").join(folder)).unwrap();
    }
    // Git itself would refuse this as no repository.
    std::fs::write(repo.join(".git/HEAD"), "nonsense").unwrap();
    let deletes = |world: &World<'_>| {
        let id = CallId::parse(&"0".repeat(26)).unwrap();
        let args = json!({"repo": repo, "branches": ["x"]});
        let call =
            Call { id, caller: Caller::Cli, tool: "git_branch_delete".into(), args, run: None, why: None };
        judge(call, world).map(|judged| judged.answer())
    };
    assert_eq!(deletes(&world), Ok(Answer::Ask));
    assert!(deletes(&machine.world("")).is_err());
}

#[test]
fn hosts_of_rules_are_read_as_those_of_calls() {
    let machine = Machine::new();
    for (glob, url) in [
        ("B\u{fc}cher.example", "https://b\u{fc}cher.example/"),
        ("*.B\u{fc}cher.example.", "https://a.xn--bcher-kva.example/"),
        ("X.EXAMPLE", "https://x.example/"),
        ("127.1", "http://127.0.0.1/"),
        ("[::1]", "http://[::1]/"),
    ] {
        let example = format!("{{ tool = \"web_get\", args = {{ url = \"{url}\" }} }}");
        let world = machine.world(&rule("no", "block", &format!("hosts = [\"{glob}\"]"), &example));
        let (_, reasons) = machine.judge(&world, "web_get", json!({"url": url}), "cli");
        let told: Vec<_> = reasons.iter().filter(|r| r.rule == "no").map(|r| r.message.as_str()).collect();
        assert_eq!(told, ["because of no"], "{glob} {url}");
    }
    for bad in ["a b", "b\u{fc}*.example", "a..b"] {
        let text = rule("no", "block", &format!("hosts = [\"{bad}\"]"), TRASH_IN);
        let faults = machine.world(&text).policy.lint(&machine.world(&text));
        assert!(faults.iter().any(|f| f.message.contains("in `hosts`")), "{bad}: {faults:?}");
    }
}
