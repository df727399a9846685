//! The walk over a parsed line: each command with the folder it would run in.

use super::feeding::{Input, Written, fetches};
use super::parse::{Command, Parsed, Redirect, Target};
use super::walk::{Cwd, Walk, base, harmless};
use super::word::{Value, Word};
use super::{arguments, globs, listed, names, programs};
use std::path::PathBuf;

/// Deepest nesting of strings that are taken apart again.
const DEPTH: usize = 6;

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

impl Walk<'_> {
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
}
