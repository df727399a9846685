//! All loops of one house, since some faults are only seen beside the others.

use super::RULES;
use super::alike::MINUTES;
use super::recorded::Fixture;
use super::rule::{Hit, Level, Rule};
use super::subject::{Document, Subject};
use super::waiver::Waiver;
use crate::call::LoopId;
use crate::loops::Source;
use crate::loops::engine::Engine;
use crate::loops::shipped::SHIPPED;
use crate::state::Home;
use std::collections::BTreeSet;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// All loops.
pub struct House {
    /// As they are now.
    pub all: Vec<Subject>,
    /// For reading expressions.
    pub engine: Engine,
    /// How many start in each kind of minute.
    pub crowd: Vec<u8>,
}

/// A hit, with what its author says to it.
#[derive(Debug)]
pub struct Judged<'a> {
    /// The rule.
    pub rule: &'static Rule,
    /// What it found.
    pub hit: Hit,
    /// The waiver that excuses it.
    pub waived: Option<&'a Waiver>,
}

impl Judged<'_> {
    /// Whether it keeps the loop out.
    pub fn refuses(&self) -> bool {
        self.waived.is_none() && self.rule.level == Level::Error
    }
}

impl House {
    /// The loops that `home` sees: shipped ones, and the owner's.
    ///
    /// # Errors
    /// The system's.
    pub fn of(home: &Home) -> io::Result<Self> {
        let mut all: Vec<Subject> = SHIPPED.iter().map(|shipped| shipped_one(shipped.id)).collect();
        let own = home.user_loops();
        if own.is_dir() {
            all.extend(in_folder(&own, &own, &own)?);
        }
        Ok(Self::with(all))
    }

    /// The loops in a folder: `loops/`, `runbooks/` and `plists/` below it if they are there, else
    /// all three kinds in the folder itself. Recorded worlds are in `fixtures/` beside the definitions.
    ///
    /// # Errors
    /// The system's.
    pub fn folder(folder: &Path) -> io::Result<Self> {
        let loops = folder.join("loops");
        let all = if loops.is_dir() {
            in_folder(&loops, &folder.join("runbooks"), &folder.join("plists"))?
        } else {
            in_folder(folder, folder, folder)?
        };
        Ok(Self::with(all))
    }

    /// These loops.
    pub fn with(all: Vec<Subject>) -> Self {
        let mut crowd = vec![0; MINUTES];
        all.iter().for_each(|subject| subject.alike.count(&mut crowd));
        Self { all, engine: Engine::new(), crowd }
    }

    /// The loops of this name: more than one if the owner took that of a shipped one.
    pub fn named(&self, id: &LoopId) -> Vec<&Subject> {
        self.all.iter().filter(|s| s.name == id.as_str()).collect()
    }

    /// A source as it is now, with what the house knows of its files.
    pub fn beside(&self, source: &Source) -> Subject {
        let known = self.all.iter().find(|s| s.name == source.id.as_str());
        let document = |of: Option<&Document>, shown: String, text: &str| Document {
            mode: of.and_then(|d| d.mode),
            ..Document::of(of.map_or(shown, |d| d.shown.clone()), text)
        };
        let definition =
            document(known.map(|s| &s.definition), format!("{}.toml", source.id), &source.definition);
        let runbook = document(known.map(|s| &s.runbook), format!("{}.md", source.id), &source.runbook);
        Subject {
            shipped: known.is_some_and(|s| s.shipped),
            folder_mode: known.and_then(|s| s.folder_mode),
            plist: known.and_then(|s| s.plist.clone()),
            fixtures: known.and_then(|s| s.fixtures.clone()),
            ..Subject::new(source.id.as_str(), definition, runbook)
        }
    }

    /// The loops beside `subject`.
    pub fn others<'a>(&'a self, subject: &'a Subject) -> impl Iterator<Item = &'a Subject> {
        self.all.iter().filter(move |other| other.name != subject.name)
    }

    /// Everything that is wrong with `subject`, in the order of its files and lines.
    pub fn judge<'a>(&self, subject: &'a Subject) -> Vec<Judged<'a>> {
        let mut found = Vec::new();
        for rule in RULES {
            for hit in (rule.find)(subject, self) {
                let excuses = |w: &&Waiver| !rule.safety && w.rule == rule.id && w.whole() && w.covers(&hit);
                let waived = subject.waivers.iter().find(excuses);
                found.push(Judged { rule, hit, waived });
            }
        }
        found.sort_by_key(|j| (j.hit.file, j.hit.line, j.rule.id));
        found
    }
}

fn shipped_one(id: &str) -> Subject {
    let (definition, runbook) =
        SHIPPED.iter().find(|s| s.id == id).map_or(("", ""), |s| (s.definition, s.runbook));
    let definition = Document::of(format!("loops/{id}.toml"), definition);
    let runbook = Document::of(format!("runbooks/{id}.md"), runbook);
    Subject { shipped: true, ..Subject::new(id, definition, runbook) }
}

/// A loop for each name that a file in one of the folders has.
fn in_folder(loops: &Path, runbooks: &Path, plists: &Path) -> io::Result<Vec<Subject>> {
    let mut names = BTreeSet::new();
    for (folder, begins, ends) in
        [(loops, "", ".toml"), (runbooks, "", ".md"), (plists, "local.fleet.", ".plist")]
    {
        let entries = match std::fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(e) if e.kind() == io::ErrorKind::NotFound && folder != loops => continue,
            Err(e) => return Err(e),
        };
        for entry in entries {
            let name = entry?.file_name().to_string_lossy().into_owned();
            let stem = name.strip_prefix(begins).and_then(|n| n.strip_suffix(ends));
            names.extend(stem.filter(|n| !n.is_empty() && !n.starts_with('.')).map(str::to_owned));
        }
    }
    let folder_mode = std::fs::metadata(loops).ok().map(|meta| meta.permissions().mode());
    let of = |name: String| {
        let definition = Document::read(&loops.join(format!("{name}.toml")));
        let runbook = Document::read(&runbooks.join(format!("{name}.md")));
        let plist = Document::read(&plists.join(format!("local.fleet.{name}.plist")));
        let plist = (!matches!(plist.text, Ok(None))).then_some(plist);
        let fixtures = Some(Fixture::all(&loops.join("fixtures").join(&name)));
        Subject { plist, fixtures, folder_mode, ..Subject::new(name, definition, runbook) }
    };
    Ok(names.into_iter().map(of).collect())
}
