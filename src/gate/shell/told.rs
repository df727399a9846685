//! Lines and exactly the rules that each is told, so that no rule stands in for another.

use super::judge;
use crate::call::{Answer, Caller, RealPath, Script};
use crate::gate::policy::Policy;
use crate::gate::world::World;
use crate::state::{Home, Settings};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

/// A scratch machine whose workspace is `w`, and the home `home`.
struct Machine {
    dir: tempfile::TempDir,
    home: Home,
}

impl Machine {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        let folders = [
            "w/src",
            "w/deep/.ssh",
            "w/r/.git/objects",
            "w/r/.git/refs",
            "home/.ssh",
            "o/.ssh",
            "config",
            "data",
        ];
        for folder in folders {
            std::fs::create_dir_all(root.join(folder)).unwrap();
        }
        let remotes = "[remote \"origin\"]\n\turl = https://origin.example/x\n[remote \"up\"]\n\turl = u@up.example:x\n";
        for (file, text) in [
            ("w/a.txt", "a\n"),
            ("w/b.txt", "a\n"),
            ("w/src/run", "a\n"),
            ("w/deep/.ssh/id", "a\n"),
            ("w/r/.git/HEAD", "ref: refs/heads/main\n"),
            ("w/r/.git/config", remotes),
            ("o/x", "a\n"),
            ("o/.ssh/id", "a\n"),
        ] {
            std::fs::write(root.join(file), text).unwrap();
        }
        std::fs::set_permissions(root.join("w/src/run"), std::fs::Permissions::from_mode(0o755)).unwrap();
        Self { home: Home::scratch(&root).unwrap(), dir }
    }

    /// What `line` is told: rules that block (`!`) and that ask (`?`), then the places of this machine that
    /// it looks at (`<`) and changes (`>`), and hosts (`^`). `@/` stands for this machine; the call runs in
    /// the workspace, or in an empty folder if the line begins with `~~`.
    fn told(&self, line: &str) -> String {
        let root = self.dir.path().canonicalize().unwrap();
        let place = |text: &str| text.replace("@/", &format!("{}/", root.to_str().unwrap()));
        let policy =
            Policy::read(self.home.policy(), place("[workspace]\nroots = [\"@/w\"]\n"), &self.home).unwrap();
        let world = World::with(&self.home, policy, Settings::default());
        let (cwd, text) = match line.strip_prefix("~~") {
            Some(text) => (None, text),
            None => (Some(RealPath::new(&root.join("w")).unwrap()), line),
        };
        let judged = judge(&Script::Line(place(text)), b"", cwd.as_ref(), &Caller::Cli, &world).unwrap();
        let mut rules: Vec<_> = judged
            .findings
            .iter()
            .map(|(answer, reason)| {
                format!("{}{}", if *answer == Answer::Block { '!' } else { '?' }, reason.rule)
            })
            .collect();
        rules.sort_unstable();
        rules.dedup();
        let named = |mark: &str, paths: std::collections::BTreeSet<PathBuf>| {
            let below = paths.iter().filter_map(|path| path.strip_prefix(&root).ok());
            below
                .map(|path| {
                    format!("{mark}{}", path.display().to_string().replace(root.to_str().unwrap(), "@"))
                })
                .collect::<Vec<_>>()
        };
        rules.extend(named("<", judged.reads));
        rules.extend(named(">", judged.writes));
        rules.extend(judged.hosts.iter().map(|host| format!("^{host}")));
        rules.join(" ")
    }
}

#[test]
fn every_line_is_told_exactly_its_rules_places_and_hosts() {
    let machine = Machine::new();
    let cases: Vec<_> = include_str!("told.txt")
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.split_once('\t').unwrap())
        .collect();
    assert!(cases.len() > 750, "{}", cases.len());
    let mut wrong = Vec::new();
    for (expected, line) in &cases {
        let told = machine.told(&line.replace("\\n", "\n"));
        if told != *expected {
            wrong.push(format!("{line:?}: `{told}` instead of `{expected}`"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

/// As where the owner is root, whose home is a place of the system.
#[test]
fn a_home_that_lies_in_a_place_of_the_system_is_the_owners_all_the_same() {
    let home = Home::scratch("/nix/of-nobody".as_ref()).unwrap();
    let policy = Policy::read(home.policy(), String::new(), &home).unwrap();
    let world = World::with(&home, policy, Settings::default());
    let blocked = |line: &str| {
        let judged = judge(&Script::Line(line.to_owned()), b"", None, &Caller::Cli, &world).unwrap();
        judged.findings.iter().any(|(_, reason)| reason.rule == "delete-system")
    };
    assert!(!blocked("rm -rf ~/x") && !blocked("rm -rf /nix/of-nobody/home/x/y"));
    assert!(blocked("rm -rf ~") && blocked("rm -rf ~/..") && blocked("rm -rf /nix/other/x"));
}
