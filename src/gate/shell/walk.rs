//! The walk over a parsed line: each command with the folder it would run in.

use super::listed::Listing;
use super::parse::{Command, Join, Parsed, Redirect, Target};
use super::programs;
use super::word::{Value, Variables, Word};
use super::{arguments, globs, listed, names};
use crate::call::{Answer, Caller, RealPath, Reason, visible_line};
use crate::gate::resolve::path::real;
use crate::gate::world::World;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Deepest nesting of strings that are taken apart again.
const DEPTH: usize = 6;

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

/// What a command finds on its standard input.
#[derive(Debug, Clone, Default)]
pub struct Input {
    /// Names of the programs that write it.
    pub from: Vec<String>,
    /// Its text, if that is known.
    pub text: Option<String>,
    /// The places whose names it may hold.
    pub below: Vec<Value>,
    /// What it is, if it is nothing but names.
    pub names: Option<Listing>,
}

/// What a command of a pipeline writes.
struct Written {
    /// The text, if that is known.
    text: Option<String>,
    /// The places whose names it may hold.
    below: Vec<Value>,
    /// What it is, if it is nothing but names.
    names: Option<Listing>,
}

/// One command of the line itself.
#[derive(Debug)]
pub struct Row {
    /// Its words.
    pub values: Vec<Value>,
    /// The folder it runs in.
    pub cwd: Cwd,
    /// The folder of the git that it runs.
    pub git: Option<Cwd>,
    /// Where its redirections lead; none for those that lead to no file.
    pub redirects: Vec<Option<PathBuf>>,
    /// Values of its assignments.
    pub assigns: Vec<String>,
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
    stdin: Option<String>,
    depth: usize,
    all_static: bool,
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

    /// The line itself.
    pub fn line(&mut self, parsed: &Parsed) {
        for odd in &parsed.odd {
            self.ask("shell-not-understood", odd.at, &format!("{} is not analysed", odd.what));
        }
        let rows = self.lists(parsed);
        self.rows = rows;
    }

    /// Text that a program would take for a line of its own.
    pub fn text(&mut self, text: &str, at: usize) {
        if self.depth >= DEPTH {
            self.ask("shell-not-understood", at, "strings of commands are nested too deeply");
            return;
        }
        self.depth += 1;
        // What is unknown in there is text to the program that gets it.
        let (before, known) = (self.cwd.clone(), self.all_static);
        match super::parse::parse(text) {
            Ok(parsed) => {
                let _ = self.lists(&parsed);
            }
            Err(e) => self.ask("shell-not-understood", at, &e.to_string()),
        }
        (self.cwd, self.all_static) = (before, known);
        self.depth -= 1;
    }

    fn lists(&mut self, parsed: &Parsed) -> Vec<Row> {
        let mut rows = Vec::new();
        for (n, list) in parsed.lists.iter().enumerate() {
            let before = self.cwd.clone();
            let mut names: Vec<String> = Vec::new();
            let mut written: Vec<Written> = Vec::new();
            for (at, command) in list.iter().enumerate() {
                let cwd = self.cwd.clone();
                let values = self.values(command, parsed);
                let input = self.input(parsed, list, at, &names, &written);
                self.feeds(command, parsed, &input);
                self.git = None;
                let assigns = command.assigns.iter().map(|(_, word)| word.value(self).text).collect();
                let redirects = self.command(command, &values, &input);
                names.push(values.first().map(|v| base(&v.text)).unwrap_or_default());
                let passed = match (values.as_slice(), input.text.clone()) {
                    // They print what they read.
                    ([only], text) if base(&only.text) == "cat" => text,
                    ([first, ..], text) if base(&first.text) == "tee" => text,
                    _ => None,
                };
                let text = names::prints(&values).or(passed);
                let listing = listed::by(&values, input.names.as_ref());
                written.push(Written { text, below: names::lists(&values), names: listing });
                if n == 0 {
                    rows.push(Row { values, cwd, git: self.git.take(), redirects, assigns });
                }
            }
            if n > 0 {
                self.cwd = before;
            }
        }
        rows
    }

    /// The values of a command's words; what is not known makes the line one that asks.
    fn values(&mut self, command: &Command, parsed: &Parsed) -> Vec<Value> {
        let mut values = Vec::new();
        for word in &command.words {
            if word.has_braces() {
                self.all_static = false;
                self.ask("shell-not-understood", word.at, "`{…}` is not analysed");
            }
            for word in word.braces() {
                values.extend(self.value(&word));
            }
        }
        let assigned = command.assigns.iter().flat_map(|(_, word)| &word.inner);
        self.fetched |= assigned.copied().any(|list| fetches(parsed, list));
        // What is put into its words, and what a redirection reads.
        let redirected = command.redirects.iter().filter_map(|r| match &r.target {
            Target::Read(word) => Some(word),
            Target::Write(..) | Target::Both(_) | Target::Copy(_) | Target::Text(_) => None,
        });
        for list in command.words.iter().chain(redirected).flat_map(|word| &word.inner) {
            self.downloads_into(command, parsed, *list);
        }
        values
    }

    fn value(&mut self, word: &Word) -> Vec<Value> {
        let value = word.value(self);
        if value.glob {
            let names = word.pattern(self).and_then(|pattern| globs::expand(&pattern, self));
            if let Some(names) = names {
                return names
                    .into_iter()
                    .map(|text| Value { text, known: true, glob: false, at: word.at })
                    .collect();
            }
            self.all_static = false;
            self.ask(
                "shell-dynamic",
                word.at,
                "names of files that a pattern matches are not known before it runs",
            );
        } else if !value.known {
            self.all_static = false;
            self.ask("shell-dynamic", word.at, "part of the line is known only when it runs");
        }
        vec![value]
    }

    /// A shell that gets what a download prints as its text.
    fn downloads_into(&mut self, command: &Command, parsed: &Parsed, list: usize) {
        let runs = command.words.iter().any(|w| names::runs_text(&base(&w.literal())));
        if fetches(parsed, list) && runs {
            self.block("download-to-shell", command.at, "what a download prints would be run");
        }
    }

    /// What stands in a word reads the same input as the command, or what it writes.
    fn feeds(&mut self, command: &Command, parsed: &Parsed, input: &Input) {
        let inside = command.words.iter().flat_map(|word| &word.inner);
        let commands = inside.filter_map(|list| parsed.lists.get(*list)).flatten();
        let shell = |c: &Command| {
            c.words.first().is_some_and(|w| names::SHELLS.contains(&base(&w.literal()).as_str()))
        };
        if input.from.iter().any(|from| names::downloads(from)) && commands.into_iter().any(shell) {
            self.block("download-to-shell", command.at, "what a download prints would be run");
        }
    }

    fn input(
        &mut self,
        parsed: &Parsed,
        list: &[Command],
        at: usize,
        names: &[String],
        written: &[Written],
    ) -> Input {
        let mut input = Input { text: self.stdin.clone(), ..Input::default() };
        let Some(command) = list.get(at) else { return input };
        if let Some(from) = command.fed_from.filter(|from| *from < at) {
            input.from = names.get(from..at).unwrap_or_default().to_vec();
            // Wrappers and shells hide the name of what really writes.
            let words = list.get(from..at).unwrap_or_default().iter().flat_map(|c| &c.words);
            for word in words {
                input.from.extend(Some(base(&word.literal())).filter(|w| names::downloads(w)));
                if word.inner.iter().any(|list| fetches(parsed, *list)) {
                    input.from.push("curl".to_owned());
                }
            }
            let stages = written.get(from..at).unwrap_or_default();
            input.below = stages.iter().flat_map(|w| w.below.clone()).collect();
            // One program after the other, and no group that writes, too.
            let chain = list.get(from + 1..at).unwrap_or_default().iter().all(|c| c.join == Join::Pipe);
            let last = stages.last().filter(|_| chain);
            input.text = last.and_then(|last| last.text.clone());
            // The first of them lists where it runs; a `cd` there would change nothing here.
            input.names = last.and_then(|last| last.names.clone());
        }
        for redirect in command.redirects.iter().filter(|r| r.fd == 0) {
            if let Target::Text(text) = &redirect.target {
                input.text.clone_from(text);
            }
        }
        input
    }

    fn command(&mut self, command: &Command, values: &[Value], input: &Input) -> Vec<Option<PathBuf>> {
        for (name, word) in &command.assigns {
            self.assigned(name, word, values.is_empty());
        }
        // Before the command itself, which may change the folder.
        let redirects = command.redirects.iter().map(|r| self.redirect(r, command.at)).collect();
        if !values.is_empty() {
            self.run(values, input);
        }
        redirects
    }

    /// Judges one program with its arguments; wrappers come back here.
    pub fn run(&mut self, words: &[Value], input: &Input) {
        if self.depth >= 4 * DEPTH {
            self.ask("shell-not-understood", 0, "wrappers are nested too deeply");
            return;
        }
        self.depth += 1;
        programs::judge(self, words, input);
        self.depth -= 1;
    }

    fn assigned(&mut self, name: &str, word: &Word, alone: bool) {
        let value = word.value(self);
        let harmless = harmless(name, &value.text);
        if !value.known || value.glob {
            self.all_static = false;
        }
        if alone {
            self.all_static = false;
            self.ask("shell-environment", word.at, &format!("`{name}=` sets a variable for what follows"));
        } else if !harmless || !value.known {
            self.ask("shell-environment", word.at, &format!("the variable `{name}` can change what runs"));
        }
        arguments::look(self, &value);
    }

    fn redirect(&mut self, redirect: &Redirect, at: usize) -> Option<PathBuf> {
        if redirect.fd > 2 {
            self.all_static = false;
            self.ask("shell-not-understood", at, "a descriptor beyond 2 is not analysed");
        }
        let (word, writes) = match &redirect.target {
            Target::Read(word) => (word, false),
            Target::Write(word, _) | Target::Both(word) => (word, true),
            Target::Copy(_) => return None,
            Target::Text(text) => {
                if text.is_none() {
                    self.all_static = false;
                }
                return None;
            }
        };
        let values = self.value(word);
        let [value] = values.as_slice() else {
            self.all_static = false;
            self.ask("shell-dynamic", at, "a redirection to several files");
            return None;
        };
        let lower = value.text.to_lowercase();
        if value.text == "/dev/null" {
            return None;
        }
        if lower.starts_with("/dev/tcp") || lower.starts_with("/dev/udp") {
            self.block("network-by-redirection", at, "the redirection would open a network connection");
            return None;
        }
        if writes {
            let what =
                if value.known { format!("`{}`", value.text) } else { "a file that is not known yet".into() };
            self.ask("shell-write", word.at, &format!("a redirection writes {what}"));
        }
        arguments::touch(self, value, writes);
        let whole = value.known && !value.glob;
        self.place(&value.text).filter(|_| whole)
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

/// Whether what stands in a list downloads.
fn fetches(parsed: &Parsed, list: usize) -> bool {
    let commands = parsed.lists.get(list).into_iter().flatten();
    commands.flat_map(|c| &c.words).any(|w| names::downloads(&base(&w.literal())))
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
