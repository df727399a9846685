//! Every rule finds its bad example and nothing else does; the clean loop has no hits.

use super::*;
use std::collections::BTreeSet;

const NAME: &str = "scan-filer";
const DEFINITION: &str = include_str!("clean/scan-filer.toml");
const RUNBOOK: &str = include_str!("clean/scan-filer.md");
const PLIST: &str = include_str!("clean/local.fleet.scan-filer.plist");

/// A loop as files.
#[derive(Clone)]
struct Files {
    name: String,
    definition: Option<String>,
    runbook: Option<String>,
    plist: Option<String>,
    mode: u32,
    /// Its recorded worlds, as a folder.
    worlds: Option<std::sync::Arc<tempfile::TempDir>>,
}

const WORLDS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/loops/lint/clean/fixtures/scan-filer");

/// The clean loop's worlds, in a folder of their own.
fn worlds() -> std::sync::Arc<tempfile::TempDir> {
    let folder = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(WORLDS).unwrap().map(|e| e.unwrap().path()) {
        let to = folder.path().join(entry.file_name().unwrap());
        std::fs::create_dir(&to).unwrap();
        for name in ["world.json", "plan.json"] {
            std::fs::copy(entry.join(name), to.join(name)).unwrap();
        }
    }
    std::sync::Arc::new(folder)
}

fn clean() -> Files {
    Files {
        name: NAME.into(),
        definition: Some(DEFINITION.into()),
        runbook: Some(RUNBOOK.into()),
        plist: Some(PLIST.into()),
        mode: 0o100_644,
        worlds: None,
    }
}

impl Files {
    fn subject(&self) -> Subject {
        let document = |ending: &str, text: &Option<String>| Document {
            shown: format!("{}.{ending}", self.name),
            text: Ok(text.clone()),
            mode: Some(self.mode),
        };
        let plist = self.plist.as_ref().map(|_| document("plist", &self.plist));
        let folder_mode = Some(0o40_755);
        let subject = Subject::new(
            self.name.clone(),
            document("toml", &self.definition),
            document("md", &self.runbook),
        );
        let fixtures = self.worlds.as_ref().map(|worlds| Fixture::all(worlds.path()));
        Subject { plist, fixtures, folder_mode, ..subject }
    }

    fn edit(&mut self, file: File, from: &str, to: &str) {
        let text = match file {
            File::Definition => &mut self.definition,
            File::Runbook => &mut self.runbook,
            File::Plist => &mut self.plist,
        };
        let before = text.clone().unwrap();
        assert!(before.contains(from), "the clean example does not hold {from:?}");
        *text = Some(before.replacen(from, to, 1));
    }

    fn plant(mut self, example: Example) -> Self {
        // The property list is generated: it follows the definition.
        if !matches!(example, Example::Text(File::Plist, ..)) {
            self.plist = None;
        }
        match example {
            Example::Text(file, good, bad) => self.edit(file, good, bad),
            Example::Name(good, bad) => {
                assert_eq!(self.name, good);
                self.name = bad.into();
                for text in [&mut self.definition, &mut self.runbook, &mut self.plist] {
                    *text = text.as_ref().map(|t| t.replace(good, bad));
                }
            }
            Example::Mode(good, bad) => {
                assert_eq!(self.mode & 0o777, good);
                self.mode = bad;
            }
            Example::World(file, good, bad) => {
                let path = self.worlds.as_ref().unwrap().path().join(file);
                let text = std::fs::read_to_string(&path).unwrap();
                assert!(text.contains(good), "{file} does not hold {good:?}");
                std::fs::write(path, text.replacen(good, bad, 1)).unwrap();
            }
            Example::NoWorld(name) => {
                std::fs::remove_dir_all(self.worlds.as_ref().unwrap().path().join(name)).unwrap();
            }
            Example::Gone(file) => match file {
                File::Definition => self.definition = None,
                File::Runbook => self.runbook = None,
                File::Plist => self.plist = None,
            },
        }
        self
    }
}

/// Four shipped loops that all run at 07:32.
fn neighbours() -> House {
    let neighbour = |n: usize| {
        let mut files = clean();
        files.name = format!("neighbour-{n}");
        files.edit(File::Definition, "every  = \"30m\"\noffset = \"4m\"", "daily  = [\"07:32\"]");
        files.edit(
            File::Definition,
            "Files scanned invoices by year, keeps a list of what was filed, and offers empty scans for the trash",
            &format!("Sorts the post that neighbour number {n} gets, each morning before the coffee"),
        );
        files.edit(
            File::Runbook,
            "Paper that was scanned and never sorted is lost twice. This loop moves each scan to the folder of\nits year as soon as it is whole, and keeps a list that the tax adviser can read.",
            &format!("Post that neighbour {n} never opens is lost twice, so that each letter is sorted in the morning."),
        );
        files.edit(
            File::Runbook,
            "Scans that were moved stay moved",
            &format!("Post of neighbour {n} stays"),
        );
        Subject { shipped: true, ..files.subject() }
    };
    House::with((1..=4).map(neighbour).collect())
}

fn hits(files: &Files, house: &House) -> Vec<(&'static str, String)> {
    let subject = files.subject();
    let judged = house.judge(&subject);
    judged
        .iter()
        .filter(|j| j.waived.is_none())
        .map(|j| (j.rule.id, format!("{}:{} {}", subject.shown(j.hit.file), j.hit.line, j.hit.message)))
        .collect()
}

#[test]
fn the_clean_loop_has_no_hits_and_each_bad_example_that_of_its_rule_alone() {
    let house = neighbours();
    assert_eq!(hits(&clean(), &house), []);
    assert_eq!(hits(&Files { worlds: Some(worlds()), ..clean() }, &house), []);
    let mut wrong = Vec::new();
    for rule in RULES {
        // Another definition makes another plan: its worlds are looked at by the rules about them.
        let about_worlds = rule.id.starts_with("FL70") || rule.id == "FL407";
        let files = Files { worlds: about_worlds.then(worlds), ..clean() };
        let found = hits(&files.plant(rule.example), &house);
        let ids: BTreeSet<_> = found.iter().map(|(id, _)| *id).collect();
        if ids != [rule.id].into() {
            wrong.push((rule.id, found));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_rule_finds_other_mistakes_of_its_kind_as_well() {
    let house = neighbours();
    let mut missed = Vec::new();
    for (id, file, from, to) in variants::VARIANTS {
        let mut files = clean();
        if *file != File::Plist {
            files.plist = None;
        }
        files.edit(*file, from, to);
        let found = hits(&files, &house);
        if !found.iter().any(|(found, _)| found == id) {
            missed.push((id, to, found));
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn the_list_is_what_the_folder_holds_and_every_rule_has_its_page() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/loops/lint");
    let mut files: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .filter(|n| n.starts_with("fl"))
        .map(|n| n.split('_').next().unwrap().to_uppercase())
        .collect();
    files.sort();
    assert_eq!(RULES.iter().map(|r| r.id).collect::<Vec<_>>(), files);
    for rule in RULES {
        for text in [rule.title, rule.what, rule.why, rule.instead] {
            assert!(text.len() > 5 && !text.ends_with(' ') && !text.contains('\n'), "{}: {text:?}", rule.id);
        }
        assert!(
            rule.what.ends_with('.') && rule.why.ends_with('.') && !rule.instead.ends_with('.'),
            "{}",
            rule.id
        );
        // What bears on what a loop may do or reach takes no waiver.
        assert!(rule.safety || !rule.id.starts_with("FL2"), "{}", rule.id);
    }
}

#[test]
fn pages_name_commands_that_exist() {
    for rule in RULES {
        let good = match rule.example {
            Example::Text(_, good, _) => good,
            Example::Name(..)
            | Example::Mode(..)
            | Example::Gone(_)
            | Example::World(..)
            | Example::NoWorld(_) => "",
        };
        for text in [rule.what, rule.why, rule.instead, good] {
            for (_, command) in commands::commands(text, 0) {
                let words: Vec<&str> = command.split_whitespace().collect();
                let ["fleet", name, rest @ ..] = words.as_slice() else { continue };
                let known = COMMANDS.iter().find(|(known, _)| known == name);
                let below = known.map_or(&[][..], |(_, below)| below);
                let exists = known.is_some() || *name == "--help";
                let verb = rest.first().copied().unwrap_or_default();
                assert!(exists && (below.is_empty() || below.contains(&verb)), "{}: {command}", rule.id);
            }
        }
    }
}

#[test]
fn a_schedule_that_is_none_hides_nothing_else() {
    let mut files = clean();
    files.edit(File::Definition, "every  = \"30m\"", "every  = \"7m\"");
    files.edit(File::Definition, "\"files_list\"", "\"files_lst\"");
    files.edit(File::Definition, "item.size > 0", "item.size >");
    let found = hits(&files, &neighbours());
    assert_eq!(found.iter().map(|(id, _)| *id).collect::<Vec<_>>(), ["FL102", "FL201", "FL301"], "{found:?}");
}

#[test]
fn shipped_loops_pass() {
    let home = tempfile::tempdir().unwrap();
    let house = House::of(&crate::state::Home::scratch(home.path()).unwrap()).unwrap();
    assert!(house.all.len() >= 3);
    for subject in &house.all {
        let judged = house.judge(subject);
        let found: Vec<_> = judged.iter().map(|j| (j.rule.id, j.hit.line, &j.hit.message)).collect();
        assert!(found.is_empty(), "{}: {found:#?}", subject.name);
    }
}

#[test]
fn a_waiver_excuses_its_rule_in_its_place_and_no_safety_rule() {
    let house = neighbours();
    let waived = |id: &str| format!("# fl: allow {id} because it is looked at by hand until 2020-01-01\n");
    let planted = |id: &str, above: &str| {
        let mut files = clean().plant(rule(id).unwrap().example);
        files.edit(File::Definition, above, &format!("{}{above}", waived(id)));
        hits(&files, &house).into_iter().map(|(id, _)| id).collect::<Vec<_>>()
    };
    // Its day has passed, and nothing turns red.
    assert_eq!(planted("FL305", "format   = 1"), [""; 0]);
    assert_eq!(planted("FL305", "[let]"), [""; 0]);
    assert_eq!(planted("FL305", "[limits]"), ["FL902", "FL305"]);
    assert_eq!(planted("FL609", "format   = 1"), [""; 0], "a waiver from the top counts for the runbook");
    for rule in RULES.iter().filter(|r| r.safety && matches!(r.example, Example::Text(File::Definition, ..)))
    {
        if rule.id != "FL903" {
            let found = planted(rule.id, "format   = 1");
            assert!(found.contains(&"FL903") && found.contains(&rule.id), "{}: {found:?}", rule.id);
        }
    }
}

#[test]
fn what_is_remembered_from_outside_is_still_from_outside() {
    let mut files = clean();
    files.edit(
        File::Definition,
        "for_each = \"fresh\"\nkey      = \"{{ item.path }}\"\nvalue    = \"{{ item.mtime }}\"",
        "for_each = \"known\"\nkey      = \"last\"\nvalue    = \"{{ item.content }}\"",
    );
    assert_eq!(hits(&files, &neighbours()), []);
    files.edit(File::Definition, "/filed/list.txt", "/{{ state.filed.last }}");
    let found = hits(&files, &neighbours());
    assert_eq!(found.iter().map(|(id, _)| *id).collect::<Vec<_>>(), ["FL307"], "{found:?}");
}

#[test]
fn hostile_files_are_a_hit_and_never_a_fault() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    write("huge.toml", format!("format = 1\ntitle = \"{}\"\n", "x".repeat(300 << 10)).as_bytes());
    write("deep.toml", format!("a = {}1{}", "[".repeat(5000), "]".repeat(5000)).as_bytes());
    write("bytes.toml", b"title = \"\xff\xfe\"\n");
    write("bytes.md", b"# \xff");
    write("empty.toml", b"");
    write("nul.toml", b"format = 1\0");
    write("orphan.md", b"# x\n");
    write("local.fleet.zombie.plist", b"<plist><dict></dict></plist>");
    write("local.fleet.broken.plist", b"<plist><dict>");
    let dotted: String = (0..4000).map(|n| format!("[a.b{n}.c]\nx = 1\n")).collect();
    write("many.toml", dotted.as_bytes());
    let bombed = DEFINITION
        .replace("why      = \"a scan that is whole\"", &format!("why = \"{}\"", "{{ (".repeat(2000)));
    write("bomb.toml", bombed.as_bytes());
    std::fs::create_dir(folder.path().join("folder.toml")).unwrap();
    let house = House::folder(folder.path()).unwrap();
    let found = |name: &str| -> Vec<&str> {
        let subject = house.all.iter().find(|s| s.name == name).unwrap();
        let mut ids: Vec<_> = house.judge(subject).iter().map(|j| j.rule.id).collect();
        ids.dedup();
        ids
    };
    for name in ["huge", "deep", "bytes", "nul", "folder"] {
        assert!(found(name).contains(&"FL001"), "{name}: {:?}", found(name));
    }
    assert!(found("empty").contains(&"FL012") && found("many").contains(&"FL002"));
    assert!(found("bomb").contains(&"FL301"), "{:?}", found("bomb"));
    for name in ["orphan", "zombie", "bytes"] {
        assert!(found(name).contains(&"FL008"), "{name}: {:?}", found(name));
    }
    assert!(found("broken").contains(&"FL109"));
}

proptest::proptest! {
    #[test]
    fn no_definition_ends_the_lint(cut in 0..DEFINITION.len(), text in "\\PC{0,12}") {
        let mut at = cut;
        while !DEFINITION.is_char_boundary(at) { at -= 1; }
        let files = Files { definition: Some(format!("{}{text}{}", &DEFINITION[..at], &DEFINITION[at..])), ..clean() };
        let house = House::with(Vec::new());
        let _ = hits(&files, &house);
    }
}
