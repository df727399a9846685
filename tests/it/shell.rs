//! Command lines: judged as data, and the harmless ones carried out for real beside a real shell.

use crate::harness::World;
use serde_json::{Value, json};
use std::process::Command;

/// A line of `cases/shell.txt`: the answer and the line, with its escapes and names resolved.
fn cases(world: &World) -> Vec<(String, String)> {
    let text = include_str!("cases/shell.txt");
    let scratch = world.root().join("scratch");
    let resolve = |line: &str| {
        let mut out = String::new();
        let mut chars = line.chars();
        while let Some(c) = chars.next() {
            if c != '\\' {
                out.push(c);
                continue;
            }
            let code = |chars: &mut std::str::Chars<'_>, digits: usize| {
                let code: String = chars.take(digits).collect();
                char::from_u32(u32::from_str_radix(&code, 16).unwrap()).unwrap()
            };
            match chars.next().unwrap() {
                'n' => out.push('\n'),
                't' => out.push('\t'),
                'r' => out.push('\r'),
                'x' => out.push(code(&mut chars, 2)),
                'u' => out.push(code(&mut chars, 4)),
                '\\' => out.push('\\'),
                other => out.extend(['\\', other]),
            }
        }
        let names = [("@W", world.w().to_path_buf()), ("@D", world.data()), ("@T", scratch.clone())];
        names.iter().fold(out, |line, (name, path)| line.replace(name, path.to_str().unwrap()))
    };
    text.lines()
        .filter(|l| !l.is_empty() && !l.starts_with('#'))
        .map(|l| l.split_once('\t').unwrap())
        .map(|(answer, line)| (answer.to_owned(), resolve(line)))
        .collect()
}

/// A workspace with what the lines name.
fn furnished() -> World {
    let world = World::new();
    let w = world.w();
    for folder in ["src", "target"] {
        std::fs::create_dir_all(w.join(folder)).unwrap();
    }
    for name in ["a.txt", "b.txt", "README.md", "notes.md", "app.log", "src/main.rs", "src/lib.rs"] {
        std::fs::write(w.join(name), "fn main() { x }\nTODO one\nerror two\n").unwrap();
    }
    std::fs::write(w.join("data.json"), "{\"x\":1,\"a\":[{\"b\":2}]}\n").unwrap();
    std::fs::write(w.join("data.csv"), "a,1\nb,2\n").unwrap();
    let git = |args: &[&str]| {
        let done = world.process("git", args).current_dir(&w).output().unwrap();
        assert!(done.status.success(), "{done:?}");
    };
    git(&["init", "-q", "-b", "main"]);
    git(&[
        "-c",
        "user.name=a",
        "-c",
        "user.email=a@example.com",
        "commit",
        "-q",
        "--allow-empty",
        "-m",
        "one",
    ]);
    for path in [".ssh/id_rsa", ".aws/credentials", ".netrc"] {
        let path = world.user().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "a secret").unwrap();
    }
    let policy = world.config().join("policy.toml");
    let text = std::fs::read_to_string(&policy).unwrap();
    let before = text.split("[network]").next().unwrap();
    let network = "[network]\nallow = [\"example.com\"]\ndeny = [\"denied.example\"]\n";
    std::fs::write(&policy, format!("{before}{network}")).unwrap();
    world
}

fn answers(world: &World, lines: &[(String, String)]) -> Vec<Value> {
    let asked: String = lines
        .iter()
        .map(|(_, line)| json!({"tool": "shell_run", "args": {"command": line, "cwd": world.w()}}))
        .map(|call| format!("{call}\n"))
        .collect();
    let file = world.root().join("cases.jsonl");
    std::fs::write(&file, asked).unwrap();
    let ran = world.fleet(&["policy", "check", "--cases", file.to_str().unwrap()]);
    assert_eq!(ran.code, 0, "{ran:?}");
    ran.stdout.split('\n').filter(|l| !l.is_empty()).map(|l| serde_json::from_str(l).unwrap()).collect()
}

#[test]
fn every_line_is_answered_exactly() {
    let world = furnished();
    let lines = cases(&world);
    assert!(lines.len() > 590, "{}", lines.len());
    let mut wrong = Vec::new();
    for ((expected, line), answer) in lines.iter().zip(answers(&world, &lines)) {
        if answer["decision"] != expected.as_str() {
            wrong.push(format!(
                "{line:?}: {} instead of {expected}: {}",
                answer["decision"], answer["reasons"]
            ));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), lines.len(), wrong.join("\n"));
}

#[test]
fn a_line_that_runs_by_itself_does_what_a_shell_would_do() {
    let world = furnished();
    for line in [
        "cat a.txt | sort | head -1",
        "grep TODO src/*.rs | wc -l",
        "echo one && echo two || echo three; echo four",
        "false && echo no || echo yes",
        "! grep -q nothing a.txt && echo absent",
        "cd src && ls",
        "cat <<'E'\n$(x) `y`\nE",
        "cat < a.txt | tr a-z A-Z",
        "ls nothing 2>/dev/null; echo after",
        "ls nothing 2>&1 >/dev/null | wc -l",
        "echo 'a  b' \"c d\" e\\ f",
        "LC_ALL=C sort a.txt | tail -2",
        "printf '%s-' a b; echo",
        "test -f a.txt && echo there",
        "seq 1 3 | awk '{s+=$1} END {print s}'",
        "sed -n 2p a.txt\nhead -1 b.txt",
        "find src -name '*.rs' | sort",
        "git log --oneline | wc -l",
        "seq 1 100000 | head -2",
        "find src -name '*.rs' | sort | xargs wc -l",
        "find src -type f -print0 | xargs -0 -n 1 basename | sort",
        "ls a.txt b.txt | xargs grep -n TODO",
        "cat nothing",
        "exit-code-of-nothing-known || true",
    ] {
        let (code, reply) = world.call("shell_run", json!({"command": line, "cwd": world.w()}));
        if line.starts_with("exit-code") {
            assert_eq!((code, reply["status"].as_str()), (3, Some("waiting")), "{reply}");
            continue;
        }
        assert_eq!((code, reply["status"].as_str()), (0, Some("done")), "{line:?}: {reply}");
        let mut shell = Command::new("/bin/sh");
        let shell = shell.args(["-c", line]).current_dir(world.w()).env("LC_ALL", "C.UTF-8");
        let expected = shell.output().unwrap();
        let result = &reply["result"];
        assert_eq!(result["stdout"], String::from_utf8_lossy(&expected.stdout).as_ref(), "{line:?}: {reply}");
        assert_eq!(result["exit"].as_i64(), expected.status.code().map(i64::from), "{line:?}: {reply}");
    }
}

#[test]
fn a_look_at_a_hostile_repository_starts_nothing_of_it() {
    let world = furnished();
    let git = |args: &[&str]| world.process("git", args).current_dir(world.w()).output().unwrap();
    git(&["add", "a.txt", "src"]);
    git(&["-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-qm", "two"]);
    std::fs::write(world.at("a.txt"), "changed\n").unwrap();
    let canary = world.at("canary");
    let config = world.w().join(".git/config");
    let text = std::fs::read_to_string(&config).unwrap();
    // What is started may not write, and is to be told all the same.
    let x = format!("\"echo planted-was-started >&2; touch {canary}\"");
    let planted = format!(
        "{text}[core]\n\tfsmonitor = {x}\n[diff]\n\texternal = {x}\n\
         [filter \"x\"]\n\tclean = {x}\n\tsmudge = {x}\n[diff \"x\"]\n\ttextconv = {x}\n"
    );
    std::fs::write(&config, planted).unwrap();
    std::fs::write(world.w().join(".gitattributes"), "* filter=x diff=x\n").unwrap();
    // The control: a git that is not neutralised starts them.
    for args in [&["status"][..], &["diff"], &["--no-pager", "show", "--textconv", "--ext-diff", "HEAD"]] {
        let plain = git(args);
        let told = String::from_utf8_lossy(&plain.stderr).contains("planted-was-started");
        assert!(told && std::path::Path::new(&canary).exists(), "{args:?}: {plain:?}");
        std::fs::remove_file(&canary).unwrap();
    }
    for line in [
        "git status",
        "timeout 5 git status -s",
        "nice git log -p -1",
        "env LC_ALL=C git diff",
        "git diff",
        "git log -p -1",
        "git show HEAD",
        "git diff --stat | cat",
        "git log -p -C -1 -- a.txt",
        "git -C . status -s",
        "cd src && git status",
    ] {
        let result = world.done("shell_run", json!({"command": line, "cwd": world.w()}));
        // An external diff that is switched off is an error of git's where there is something to show.
        let refused =
            line.contains("git diff") && result["stderr"].to_string().contains("external diff died");
        assert!(result["exit"] == 0 || refused, "{line}: {result}");
        assert!(!result.to_string().contains("planted-was-started"), "`{line}`: {result}");
        assert!(!std::path::Path::new(&canary).exists(), "`{line}` started a program of the repository");
    }
}

/// The link may lead elsewhere a moment later; the system's own folders may not.
#[test]
fn a_program_by_way_of_a_link_waits_for_a_person() {
    let world = furnished();
    std::os::unix::fs::symlink("/usr/bin", world.w().join("tools")).unwrap();
    world.done("shell_run", json!({"command": "/usr/bin/sort a.txt", "cwd": world.w()}));
    world.waits("shell_run", json!({"command": "tools/sort a.txt", "cwd": world.w()}));
}

#[test]
fn a_look_at_a_friendly_repository_shows_what_git_shows() {
    let world = furnished();
    let git = |args: &[&str]| world.process("git", args).current_dir(world.w()).output().unwrap();
    let _ = git(&["add", "a.txt", "src/main.rs"]);
    let _ = git(&["-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-qm", "two"]);
    std::fs::write(world.at("a.txt"), "changed\n").unwrap();
    for line in [
        "git diff",
        "git log -p -1",
        "git show HEAD",
        "git ls-files 'src/*.rs'",
        "git diff -- '*.txt'",
        "git status -s",
    ] {
        let result = world.done("shell_run", json!({"command": line, "cwd": world.w()}));
        let args: Vec<_> = line.split(' ').skip(1).map(|a| a.trim_matches('\'')).collect();
        let expected = git(&args);
        assert_eq!(result["stdout"], String::from_utf8_lossy(&expected.stdout).as_ref(), "{line}: {result}");
        assert!(!expected.stdout.is_empty(), "{line}");
    }
}

#[test]
fn a_block_is_never_crowded_out() {
    let world = furnished();
    for what in ["sudo id", "shutdown now", "fleet approve abcde", "git -c core.pager=id log"] {
        let line = format!("{}{what}", "X=1 true; ".repeat(70));
        let answer = answers(&world, &[("block".into(), line)]).remove(0);
        assert_eq!(answer["decision"], "block", "{what}: {answer}");
    }
}

#[test]
fn an_allowed_program_runs_at_once_after_an_edit_of_the_policy() {
    let world = furnished();
    let policy = world.config().join("policy.toml");
    let text = std::fs::read_to_string(&policy).unwrap();
    let rule = "[[rule]]\nid = \"t\"\ndecide = \"allow\"\ntools = [\"shell_run\"]\nprograms = [\"tee\"]\nreason = \"r\"\n\
                match = [{ tool = \"shell_run\", args = { argv = [\"tee\"] } }]\n";
    for n in 0..2 {
        std::fs::write(&policy, format!("{text}{rule}# {n}\n")).unwrap();
        let result = world.done("shell_run", json!({"argv": ["tee", world.at("x")], "stdin": "in\n"}));
        assert_eq!(result["stdout"], "in\n", "{result}");
    }
    // What it names reaches further than a program that only looks below it.
    for line in ["env tee x", "nice tee x", "sort --compress-program=tee a.txt", "tee x | node"] {
        let (code, reply) = world.call("shell_run", json!({"command": line, "cwd": world.w()}));
        assert_eq!(code, 3, "{line}: {reply}");
    }
}

#[test]
fn what_writes_waits_and_then_writes_just_that() {
    let world = furnished();
    let id = world.waits(
        "shell_run",
        json!({"command": "echo one > new.txt && echo two >> new.txt; cat new.txt", "cwd": world.w()}),
    );
    assert!(!world.w().join("new.txt").exists());
    let shown = world.fleet(&["approval", "show", &id]).stdout;
    assert!(shown.contains("new.txt") && !shown.contains("not analysed"), "{shown}");
    let reply = world.fleet(&["approve", &id, "--json"]).json();
    assert_eq!(reply["result"]["stdout"], "one\ntwo\n", "{reply}");
    let id = world.waits(
        "shell_run",
        json!({"command": "mkdir -p made/deep && touch made/x | tee log.txt", "cwd": world.w()}),
    );
    let reply = world.fleet(&["approve", &id, "--json"]).json();
    let there = ["made/deep", "made/x", "log.txt"].iter().all(|name| world.w().join(name).exists());
    assert!(there, "{reply}");
    // Below the profile of another place it cannot.
    let id = world.waits(
        "shell_run",
        json!({"command": "cp a.txt copy.txt; sh -c 'echo x > ../outside'", "cwd": world.w()}),
    );
    let reply = world.fleet(&["approve", &id, "--json"]).json();
    assert!(world.w().join("copy.txt").exists(), "{reply}");
    assert!(!world.w().parent().unwrap().join("outside").exists(), "{reply}");
}

#[test]
fn a_line_that_is_not_understood_says_so_and_goes_to_a_shell_after_a_yes() {
    let world = furnished();
    let line = "for i in 1 2; do echo \"$i\"; done";
    let (code, reply) = world.call("shell_run", json!({"command": line, "cwd": world.w()}));
    assert_eq!(code, 3, "{reply}");
    assert!(reply["reasons"].to_string().contains("run by a shell, not analysed"), "{reply}");
    let id = reply["approval"].as_str().unwrap();
    let shown = world.fleet(&["approval", "show", id]).stdout;
    assert!(shown.contains("not analysed") && shown.contains("for i in 1 2"), "{shown}");
    let reply = world.fleet(&["approve", id, "--json"]).json();
    assert_eq!(reply["result"]["stdout"], "1\n2\n", "{reply}");
}

#[test]
fn secrets_below_a_folder_are_not_read_along() {
    let world = furnished();
    let secret = "TOKEN=1\n";
    for (folder, ignore) in
        [("plain", None), ("taken-back", Some("*.log\n!.env\n")), ("ignored", Some(".env\n"))]
    {
        let folder = world.w().join("below").join(folder);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(".env"), secret).unwrap();
        std::fs::write(folder.join("seen.txt"), "no TOKEN here\n").unwrap();
        if let Some(text) = ignore {
            std::fs::write(folder.join(".gitignore"), text).unwrap();
        }
    }
    let cut = world.w().join("below/cut");
    std::fs::create_dir_all(&cut).unwrap();
    std::fs::write(cut.join("x ..\n"), "").unwrap();
    let lines = [
        ("ask", "find below/cut | xargs cat"),
        ("allow", "find below/cut -type f -print0 | xargs -0 cat"),
        ("ask", "find below/plain | xargs cat"),
        ("allow", "rg TOKEN below/plain"),
        ("allow", "rg TOKEN below/ignored"),
        ("allow", "rg -t txt TOKEN below/plain"),
        ("block", "rg -g .env TOKEN below/plain"),
        ("ask", "rg --glob '.*' TOKEN below/plain"),
        ("ask", "rg --hidden TOKEN below/plain"),
        ("ask", "rg TOKEN below/taken-back"),
        ("ask", "rg -. TOKEN below"),
        ("ask", "grep -r TOKEN below/plain"),
        ("allow", "grep TOKEN below/plain/seen.txt"),
        ("ask", "diff -r below/plain below/ignored"),
        ("ask", "diff below/plain below/ignored"),
        ("ask", "diff below below/plain"),
        ("allow", "diff below/plain/seen.txt below/ignored/seen.txt"),
        ("block", "cat below/plain/.env"),
        ("allow", "cat below/plain/*.txt"),
    ];
    let lines: Vec<_> =
        lines.iter().map(|(answer, line)| ((*answer).to_owned(), (*line).to_owned())).collect();
    let wrong: Vec<_> = lines
        .iter()
        .zip(answers(&world, &lines))
        .filter(|((expected, _), answer)| answer["decision"] != expected.as_str())
        .map(|((expected, line), answer)| {
            format!("{line}: {} instead of {expected}: {}", answer["decision"], answer["reasons"])
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // And what runs by itself says nothing of them (`rg` is not everywhere; what it would print is its own tests' matter).
    for (_, line) in lines.iter().filter(|(answer, line)| answer == "allow" && !line.starts_with("rg")) {
        let result = world.done("shell_run", json!({"command": line, "cwd": world.w()}));
        assert!(!result.to_string().contains("TOKEN=1"), "{line}: {result}");
    }
}

#[test]
fn what_a_repository_leads_to_is_read_wherever_it_lies_and_hangs_on_no_pipe() {
    let line = |line: &str| vec![("ask".to_owned(), line.to_owned())];
    let pipe = |path: &std::path::Path| {
        let _ = std::fs::remove_file(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
    };
    let told = |world: &World, text: &str| {
        let answer = answers(world, &line(text)).remove(0);
        (answer["decision"].as_str().unwrap().to_owned(), answer["reasons"].to_string())
    };
    for (name, says) in [
        (".git/config", "configuration cannot be read"),
        (".git/objects/info/alternates", "cannot look at"),
        (".git/config.worktree", "configuration cannot be read"),
    ] {
        let world = furnished();
        assert_eq!(told(&world, "git status").0, "allow");
        pipe(&world.w().join(name));
        let (decision, reasons) = told(&world, "git status");
        assert_eq!((decision.as_str(), reasons.contains(says)), ("ask", true), "{name}: {reasons}");
    }
    let world = furnished();
    std::fs::write(world.w().join("src/.env"), "TOKEN=1\n").unwrap();
    assert_eq!(told(&world, "rg x src").0, "allow");
    pipe(&world.w().join("src/.gitignore"));
    assert_eq!(told(&world, "rg x src").0, "ask");
    // A work tree beside shares the configuration of the first.
    let world = furnished();
    let git = |args: &[&str]| world.process("git", args).current_dir(world.w()).output().unwrap();
    assert!(git(&["worktree", "add", "-q", "beside", "-b", "b"]).status.success());
    assert_eq!(told(&world, "git -C beside status").0, "allow");
    assert!(git(&["config", "include.path", "/elsewhere"]).status.success());
    let (decision, reasons) = told(&world, "git -C beside status");
    assert_eq!((decision.as_str(), reasons.contains("in other files")), ("ask", true), "{reasons}");
}
