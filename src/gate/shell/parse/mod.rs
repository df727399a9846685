//! From text to commands: a POSIX subset, understood exactly; the rest is walked through all the
//! same, and the line is called not understood.
//!
//! What is understood: words with quotes and escapes, `$NAME` and `${NAME}`, `~`, comments,
//! assignments before a command, `<` `>` `>>` `N>&M`, here-documents, `|` `&&` `||` `;` `!` and new
//! lines. Everything else leaves a note in [`Parsed::odd`]: bodies of compounds are flattened into
//! the list they stand in, what substitutions run becomes lists of its own.

mod expand;
mod list;
mod redirect;
mod simple;

use super::word::{Atom, Word};

/// How a command hangs together with the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Join {
    /// First of its list, or after `;`, a new line, or `&`.
    Then,
    /// After `&&`.
    And,
    /// After `||`.
    Or,
    /// After `|`.
    Pipe,
}

/// Where a redirection leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A file to read.
    Read(Word),
    /// A file to write; `true` appends.
    Write(Word, bool),
    /// A file for both.
    Both(Word),
    /// Another descriptor.
    Copy(u32),
    /// The text of a here-document or here-string; none if it is known only when it runs.
    Text(Option<String>),
}

/// One redirection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redirect {
    /// The descriptor.
    pub fd: u32,
    /// Where it leads.
    pub target: Target,
}

/// One simple command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// How it hangs together with the one before.
    pub join: Join,
    /// `!` before its pipeline.
    pub negated: bool,
    /// Assignments before it.
    pub assigns: Vec<(String, Word)>,
    /// Its words.
    pub words: Vec<Word>,
    /// Its redirections.
    pub redirects: Vec<Redirect>,
    /// The commands of its list that feed it, if it is piped: from this one up to it.
    pub fed_from: Option<usize>,
    /// The byte at which it begins.
    pub at: usize,
}

/// A part of a line that is not in the subset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Odd {
    /// The byte at which it begins.
    pub at: usize,
    /// What it is.
    pub what: &'static str,
}

/// A line, taken apart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Parsed {
    /// Lists of commands; the first is the line itself, the others run inside words.
    pub lists: Vec<Vec<Command>>,
    /// Why it is not understood, if it is not.
    pub odd: Vec<Odd>,
}

/// Something is opened and never closed: no shell would run that either.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} at byte {at} is never closed")]
pub struct Unclosed {
    /// The byte at which it opens.
    pub at: usize,
    /// What.
    pub what: &'static str,
}

/// Deepest nesting that is followed.
const DEPTH: usize = 12;

/// Takes `text` apart.
///
/// # Errors
/// [`Unclosed`].
pub fn parse(text: &str) -> Result<Parsed, Unclosed> {
    let joined = text.replace("\\\n", "");
    let mut parser = Parser {
        chars: joined.char_indices().collect(),
        pos: 0,
        end: joined.len(),
        parsed: Parsed { lists: vec![Vec::new()], odd: Vec::new() },
        pending: Vec::new(),
        depth: 0,
        base: 0,
    };
    if joined.len() != text.len() {
        parser.odd("a line that goes on after `\\`");
    }
    parser.list(0, Stop::End)?;
    parser.bodies()?;
    Ok(parser.parsed)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stop {
    End,
    Paren,
}

struct Parser {
    chars: Vec<(usize, char)>,
    pos: usize,
    end: usize,
    parsed: Parsed,
    /// Here-documents whose bodies come after the next new line: list, command, redirection.
    pending: Vec<Pending>,
    depth: usize,
    /// Added to offsets, for text that was cut out of a longer one.
    base: usize,
}

/// Where a compound began.
#[derive(Debug, Clone, Copy)]
struct Opened {
    /// Its first command.
    at: usize,
    /// The commands that feed it, if it is piped: from this one on.
    fed_from: Option<usize>,
}

struct Pending {
    list: usize,
    command: usize,
    redirect: usize,
    delimiter: String,
    quoted: bool,
    tabs: bool,
}

type Parse<T> = Result<T, Unclosed>;

const SKIPPED: &[&str] = &["then", "else", "elif", "do", "coproc", "in"];
const OPENERS: &[&str] = &["if", "while", "until", "{"];
const CLOSERS: &[&str] = &["fi", "done", "esac", "}"];

impl Parser {
    fn peek(&self) -> Option<char> {
        self.ahead(0)
    }

    fn ahead(&self, n: usize) -> Option<char> {
        self.chars.get(self.pos + n).map(|(_, c)| *c)
    }

    fn at(&self) -> usize {
        self.base + self.chars.get(self.pos).map_or(self.end, |(at, _)| *at)
    }

    fn eat(&mut self, c: char) -> bool {
        let there = self.peek() == Some(c);
        self.pos += usize::from(there);
        there
    }

    fn odd(&mut self, what: &'static str) {
        let at = self.at();
        self.odd_at(at, what);
    }

    fn odd_at(&mut self, at: usize, what: &'static str) {
        if self.parsed.odd.len() < 32 {
            self.parsed.odd.push(Odd { at, what });
        }
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(' ' | '\t')) {
            self.pos += 1;
        }
        if self.peek() == Some('#') {
            while self.peek().is_some_and(|c| c != '\n') {
                self.pos += 1;
            }
        }
    }

    fn commands(&mut self, list: usize) -> &mut Vec<Command> {
        if self.parsed.lists.len() <= list {
            self.parsed.lists.resize(list + 1, Vec::new());
        }
        // INVARIANT: grown just above.
        let last = self.parsed.lists.len() - 1;
        #[expect(clippy::indexing_slicing, reason = "the index is at most the last one")]
        &mut self.parsed.lists[list.min(last)]
    }
}

impl Parsed {
    /// One command whose words stand for themselves.
    pub fn of_argv(argv: &[String]) -> Self {
        let word = |text: &String| Word {
            atoms: text.chars().map(Atom::Quoted).collect(),
            at: 0,
            inner: Vec::new(),
            quoted: true,
        };
        let command = Command {
            join: Join::Then,
            negated: false,
            assigns: Vec::new(),
            words: argv.iter().map(word).collect(),
            redirects: Vec::new(),
            fed_from: None,
            at: 0,
        };
        Self { lists: vec![vec![command]], odd: Vec::new() }
    }
}
