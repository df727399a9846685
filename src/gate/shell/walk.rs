//! What is known while a line is walked over, and what was found.

use super::commands::Row;
use super::word::Variables;
use crate::call::{Answer, Caller, RealPath, Reason, visible_line};
use crate::gate::resolve::path::real;
use crate::gate::world::World;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Most findings that ask.
const MOST: usize = 64;

/// Where commands run, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cwd {
    /// Here.
    At(PathBuf),
    /// In an empty scratch folder of the call.
    Scratch,
    /// It depends.
    Unknown,
}

/// The state of the walk, and what it found.
pub struct Walk<'a> {
    pub world: &'a World<'a>,
    pub roots: Vec<PathBuf>,
    pub cwd: Cwd,
    pub findings: Vec<(Answer, Reason)>,
    pub reads: BTreeSet<PathBuf>,
    pub writes: BTreeSet<PathBuf>,
    pub hosts: BTreeSet<String>,
    /// Every program that was judged, whatever runs it, as it was asked.
    pub programs: BTreeSet<String>,
    /// The folder of the git that the command at hand runs, if it runs one.
    pub git: Option<Cwd>,
    /// Whether what is judged runs below another program.
    pub wrapped: bool,
    /// Whether a variable holds what a download prints.
    pub fetched: bool,
    /// Whether an option gave the pattern that is an operand else.
    pub pattern: bool,
    /// Folders in which something is changed that is not known by name.
    pub inside_of: BTreeSet<PathBuf>,
    /// What the line itself reads.
    pub(super) stdin: Option<String>,
    pub(super) depth: usize,
    pub(super) all_static: bool,
    /// Whether there is a text that offsets are in.
    offsets: bool,
    /// What the commands of the line itself come to.
    pub rows: Vec<Row>,
}

impl Variables for Walk<'_> {
    fn get(&self, name: &str) -> Option<String> {
        match (name, &self.cwd) {
            ("HOME", _) => self.world.home.tilde().to_str().map(str::to_owned),
            ("PATH", _) => Some(crate::gate::resolve::program::search_path(self.world.home)),
            ("PWD", Cwd::At(at)) => at.to_str().map(str::to_owned),
            _ => None,
        }
    }
}

impl<'a> Walk<'a> {
    pub fn new(offsets: bool, cwd: Option<&RealPath>, caller: &Caller, world: &'a World<'a>) -> Self {
        Self {
            world,
            roots: world.inside(caller).to_vec(),
            cwd: cwd.map_or(Cwd::Scratch, |cwd| Cwd::At(cwd.as_path().to_path_buf())),
            findings: Vec::new(),
            reads: BTreeSet::new(),
            writes: BTreeSet::new(),
            hosts: BTreeSet::new(),
            programs: BTreeSet::new(),
            git: None,
            wrapped: false,
            fetched: false,
            pattern: false,
            inside_of: BTreeSet::new(),
            stdin: None,
            depth: 0,
            all_static: true,
            offsets,
            rows: Vec::new(),
        }
    }

    /// The same walk, over a line that is fed `stdin`.
    pub fn fed(mut self, stdin: &[u8]) -> Self {
        self.stdin = (!stdin.is_empty()).then(|| String::from_utf8_lossy(stdin).into_owned());
        self
    }

    /// Whether every word is known, so that the line can be spawned as a value.
    pub const fn is_static(&self) -> bool {
        self.all_static
    }

    /// Notes a finding at byte `at`.
    pub fn find(&mut self, answer: Answer, rule: &'static str, at: usize, what: &str) {
        let mut message = visible_line(what, 240);
        if self.offsets {
            message.push_str(&format!(" (byte {at})"));
        }
        let reason = Reason::built_in(rule, message);
        if self.findings.iter().any(|(_, r)| *r == reason) {
            return;
        }
        // What forbids is never left out; of the rest so many are read by nobody.
        let asks = self.findings.iter().filter(|(a, _)| *a != Answer::Block).count();
        if answer == Answer::Block || asks < MOST {
            self.findings.push((answer, reason));
        } else if asks == MOST {
            let message = "there is more in it than is listed here";
            self.findings.push((Answer::Ask, Reason::built_in("shell-too-much", message)));
        }
    }

    pub fn ask(&mut self, rule: &'static str, at: usize, what: &str) {
        self.find(Answer::Ask, rule, at, what);
    }

    pub fn block(&mut self, rule: &'static str, at: usize, what: &str) {
        self.find(Answer::Block, rule, at, what);
    }

    /// The real path that `text` names, if it is known where it starts.
    pub fn place(&self, text: &str) -> Option<PathBuf> {
        self.place_from(&self.cwd, text)
    }

    /// The same, for a command that runs in `cwd`.
    pub fn place_from(&self, cwd: &Cwd, text: &str) -> Option<PathBuf> {
        let home = self.world.home.tilde();
        let path = if text == "~" {
            home.to_path_buf()
        } else if let Some(rest) = text.strip_prefix("~/") {
            home.join(rest)
        } else if text.starts_with('/') {
            PathBuf::from(text)
        } else if let Cwd::At(cwd) = cwd {
            cwd.join(text)
        } else {
            return None;
        };
        real(&path).ok()
    }

    /// Whether `path` lies in the workspace.
    pub fn inside(&self, path: &Path) -> bool {
        self.roots.iter().any(|root| path.starts_with(root))
    }
}

/// Whether a program does the same, but for its language and looks, with `name` set to `text`.
pub fn harmless(name: &str, text: &str) -> bool {
    let named = name.starts_with("LC_") || ["LANG", "LANGUAGE", "TZ", "NO_COLOR", "COLUMNS"].contains(&name);
    // A locale or a zone that is a path reads a file.
    named && !(text.contains('/') && name != "TZ" || text.starts_with([':', '/', '.']))
}

/// The last part of a program's name, folded: what the deny-list compares.
pub fn base(text: &str) -> String {
    text.rsplit('/').next().unwrap_or_default().to_lowercase()
}
