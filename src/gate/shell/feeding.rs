//! What a command finds on its standard input, and what a download could bring there.

use super::listed::Listing;
use super::names;
use super::parse::{Command, Join, Parsed, Target};
use super::walk::{Walk, base};
use super::word::Value;

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
pub struct Written {
    /// The text, if that is known.
    pub text: Option<String>,
    /// The places whose names it may hold.
    pub below: Vec<Value>,
    /// What it is, if it is nothing but names.
    pub names: Option<Listing>,
}

impl Walk<'_> {
    /// A shell that gets what a download prints as its text.
    pub(super) fn downloads_into(&mut self, command: &Command, parsed: &Parsed, list: usize) {
        let runs = command.words.iter().any(|w| names::runs_text(&base(&w.literal())));
        if fetches(parsed, list) && runs {
            self.block("download-to-shell", command.at, "what a download prints would be run");
        }
    }

    /// What stands in a word reads the same input as the command, or what it writes.
    pub(super) fn feeds(&mut self, command: &Command, parsed: &Parsed, input: &Input) {
        let inside = command.words.iter().flat_map(|word| &word.inner);
        let commands = inside.filter_map(|list| parsed.lists.get(*list)).flatten();
        let shell = |c: &Command| {
            c.words.first().is_some_and(|w| names::SHELLS.contains(&base(&w.literal()).as_str()))
        };
        if input.from.iter().any(|from| names::downloads(from)) && commands.into_iter().any(shell) {
            self.block("download-to-shell", command.at, "what a download prints would be run");
        }
    }

    pub(super) fn input(
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
}

/// Whether what stands in a list downloads.
pub fn fetches(parsed: &Parsed, list: usize) -> bool {
    let commands = parsed.lists.get(list).into_iter().flatten();
    commands.flat_map(|c| &c.words).any(|w| names::downloads(&base(&w.literal())))
}
