//! From text to commands: a POSIX subset, understood exactly; the rest is walked through all the
//! same, and the line is called not understood.
//!
//! What is understood: words with quotes and escapes, `$NAME` and `${NAME}`, `~`, comments,
//! assignments before a command, `<` `>` `>>` `N>&M`, here-documents, `|` `&&` `||` `;` `!` and new
//! lines. Everything else leaves a note in [`Parsed::odd`]: bodies of compounds are flattened into
//! the list they stand in, what substitutions run becomes lists of its own.

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

    /// Commands up to the end of the text or the closing parenthesis.
    fn list(&mut self, list: usize, stop: Stop) -> Parse<()> {
        let mut join = Join::Then;
        let mut fed_from = None;
        // Where open compounds began.
        let mut opened: Vec<usize> = Vec::new();
        let mut need = false;
        loop {
            self.blanks();
            let before = self.commands(list).len();
            let at = self.at();
            if self.peek() == Some('(') {
                self.odd("a subshell");
                self.pos += 1;
                self.nested(list, at, "a parenthesis")?;
                fed_from = Some(before);
                need = false;
                // Redirections after the parenthesis.
                self.simple(list, Join::Then, None, &mut opened)?;
            } else {
                let made = self.simple(list, join, fed_from, &mut opened)?;
                if let Some(from) = made.closed {
                    fed_from = Some(from);
                } else if self.commands(list).len() > before {
                    let from = if join == Join::Pipe { fed_from } else { None };
                    fed_from = Some(from.unwrap_or(before));
                }
                let something = self.commands(list).len() > before || made.keyword;
                if need && !something {
                    self.odd("an operator with nothing after it");
                }
                need = false;
            }
            self.blanks();
            join = Join::Then;
            match self.peek() {
                None => {
                    return if stop == Stop::End {
                        Ok(())
                    } else {
                        Err(Unclosed { at: self.at(), what: "a parenthesis" })
                    };
                }
                Some('\n') => {
                    self.pos += 1;
                    self.bodies()?;
                    fed_from = None;
                    continue;
                }
                Some(')') if stop == Stop::Paren => {
                    self.pos += 1;
                    return Ok(());
                }
                Some(')') => {
                    self.odd("a parenthesis that nothing opened");
                    self.pos += 1;
                    fed_from = None;
                }
                Some(';') => {
                    let empty = self.commands(list).len() == before && opened.is_empty();
                    self.pos += 1;
                    if self.eat(';') || self.eat('&') || empty {
                        self.odd("`;` with no command before it");
                    }
                    fed_from = None;
                }
                Some('&') => {
                    self.pos += 1;
                    if self.eat('&') {
                        (join, need) = (Join::And, true);
                    } else {
                        self.odd("a command in the background");
                    }
                    fed_from = None;
                }
                Some('|') => {
                    self.pos += 1;
                    if self.eat('|') {
                        (join, need) = (Join::Or, true);
                        fed_from = None;
                    } else {
                        if self.eat('&') {
                            self.odd("`|&`");
                        }
                        (join, need) = (Join::Pipe, true);
                    }
                }
                Some(_) => {
                    // A character that no rule above takes: never stand still.
                    let stuck = self.commands(list).len() == before && self.at() == at;
                    if stuck {
                        self.odd("a character that is out of place");
                        self.pos += 1;
                    }
                }
            }
            if need {
                // After an operator new lines do not end anything.
                loop {
                    self.blanks();
                    if !self.eat('\n') {
                        break;
                    }
                    self.bodies()?;
                }
                if self.peek().is_none() {
                    self.odd("an operator with nothing after it");
                    need = false;
                }
            }
        }
    }

    fn nested(&mut self, list: usize, at: usize, what: &'static str) -> Parse<()> {
        if self.depth >= DEPTH {
            self.odd("nested too deeply");
            self.pos = self.chars.len();
            return Ok(());
        }
        self.depth += 1;
        let done = self
            .list(list, Stop::Paren)
            .map_err(|e| if e.what == "a parenthesis" { Unclosed { at, what } } else { e });
        self.depth -= 1;
        if self.pos >= self.chars.len() && self.parsed.odd.iter().any(|o| o.what == "nested too deeply") {
            return Ok(());
        }
        done
    }

    /// A new list, for commands inside a word.
    fn inner(&mut self, word: &mut Word, at: usize, what: &'static str) -> Parse<()> {
        let list = self.parsed.lists.len();
        self.parsed.lists.push(Vec::new());
        word.inner.push(list);
        word.atoms.push(Atom::Unknown);
        self.odd_at(at, what);
        self.nested(list, at, what)
    }
}

/// What [`Parser::simple`] met besides a command.
#[derive(Default)]
struct Made {
    keyword: bool,
    closed: Option<usize>,
}

impl Parser {
    /// One simple command, pushed onto `list` unless it is empty; keywords before it are skipped.
    fn simple(
        &mut self,
        list: usize,
        join: Join,
        fed_from: Option<usize>,
        opened: &mut Vec<usize>,
    ) -> Parse<Made> {
        let mut made = Made::default();
        let fed_from = fed_from.filter(|_| join == Join::Pipe);
        let mut command = Command {
            join,
            negated: false,
            assigns: Vec::new(),
            words: Vec::new(),
            redirects: Vec::new(),
            fed_from,
            at: 0,
        };
        let mut pending = Vec::new();
        loop {
            self.blanks();
            let start = command.words.is_empty();
            if start && command.assigns.is_empty() && command.redirects.is_empty() {
                command.at = self.at();
            }
            let Some(c) = self.peek() else { break };
            match c {
                '\n' | ';' | '&' | '|' | ')' if !(c == '&' && self.ahead(1) == Some('>')) => break,
                '(' if start => break,
                '(' => {
                    if self.ahead(1) == Some(')') && command.words.len() == 1 {
                        self.odd("a function");
                        self.pos += 2;
                        command.words.clear();
                        made.keyword = true;
                        continue;
                    }
                    self.odd("a parenthesis in a command");
                    let at = self.at();
                    self.pos += 1;
                    let inner = self.parsed.lists.len();
                    self.parsed.lists.push(Vec::new());
                    if let Some(word) = command.words.last_mut() {
                        word.inner.push(inner);
                        word.atoms.push(Atom::Unknown);
                    }
                    self.nested(inner, at, "a parenthesis")?;
                }
                '<' | '>' | '&' if self.is_redirect() => {
                    self.redirect(&mut command, &mut pending, None)?;
                }
                '0'..='9' if self.numbered() => {
                    let fd = self.number();
                    self.redirect(&mut command, &mut pending, Some(fd))?;
                }
                _ => {
                    let word = self.word(false)?;
                    if start && self.keyword(&word, list, &mut command, opened, &mut made)? {
                        continue;
                    }
                    if start && let Some((name, value)) = assignment(&word) {
                        if name.ends_with('+')
                            || name.contains('[')
                            || (value.atoms.is_empty() && self.peek() == Some('('))
                        {
                            self.odd_at(word.at, "an assignment to part of a variable");
                        }
                        if value.atoms.is_empty() && self.peek() == Some('(') {
                            let at = self.at();
                            self.pos += 1;
                            let mut held = value.clone();
                            self.inner(&mut held, at, "an array")?;
                            command.assigns.push((name, held));
                            continue;
                        }
                        command.assigns.push((name, value));
                        continue;
                    }
                    command.words.push(word);
                }
            }
        }
        if command.words.is_empty() && command.assigns.is_empty() && command.redirects.is_empty() {
            if command.negated {
                self.odd("`!` with no command after it");
            }
            return Ok(made);
        }
        let index = self.commands(list).len();
        for (redirect, delimiter, quoted, tabs) in pending {
            self.pending.push(Pending { list, command: index, redirect, delimiter, quoted, tabs });
        }
        self.commands(list).push(command);
        Ok(made)
    }

    /// Whether `word`, at the start of a command, belongs to a compound: then it is skipped.
    fn keyword(
        &mut self,
        word: &Word,
        list: usize,
        command: &mut Command,
        opened: &mut Vec<usize>,
        made: &mut Made,
    ) -> Parse<bool> {
        let Some(text) = word.bare() else { return Ok(false) };
        if !command.assigns.is_empty() || !command.redirects.is_empty() {
            return Ok(false);
        }
        let text = text.as_str();
        if text == "!" {
            if command.negated || command.join == Join::Pipe {
                self.odd_at(word.at, "`!` in the middle of a pipeline");
            }
            command.negated = true;
            return Ok(true);
        }
        let here = self.commands(list).len();
        if OPENERS.contains(&text) {
            opened.push(here);
        } else if CLOSERS.contains(&text) {
            made.closed = opened.pop();
        } else if matches!(text, "for" | "select" | "case") {
            opened.push(here);
            self.words_until_separator()?;
        } else if text == "function" {
            self.blanks();
            let _ = self.word(false)?;
        } else if text == "time" {
            self.blanks();
            if self.peek() == Some('-') {
                let _ = self.word(false)?;
            }
        } else if text == "[[" {
            self.odd_at(word.at, "`[[`");
            command.words.push(word.clone());
            self.double_brackets(command)?;
            return Ok(true);
        } else if !SKIPPED.contains(&text) {
            return Ok(false);
        }
        self.odd_at(word.at, "a compound command");
        made.keyword = true;
        Ok(true)
    }

    /// What `for` and `case` list is data; what runs inside it is not.
    fn words_until_separator(&mut self) -> Parse<()> {
        loop {
            self.blanks();
            match self.peek() {
                None | Some('\n' | ';' | '&' | '|' | ')') => return Ok(()),
                Some('(' | '<' | '>') => self.pos += 1,
                Some(_) => {
                    let word = self.word(false)?;
                    if word.bare().as_deref() == Some("in") && self.case_follows() {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// After `in` of a `case` a new line or a pattern comes; the rest is read as commands.
    fn case_follows(&self) -> bool {
        self.peek() == Some('\n')
    }

    fn double_brackets(&mut self, command: &mut Command) -> Parse<()> {
        loop {
            self.blanks();
            match self.peek() {
                None => return Ok(()),
                Some('(' | ')' | '<' | '>' | '&' | '|' | '\n' | ';') => self.pos += 1,
                Some(_) => {
                    let word = self.word(false)?;
                    let over = word.bare().as_deref() == Some("]]");
                    command.words.push(word);
                    if over {
                        return Ok(());
                    }
                }
            }
        }
    }

    fn is_redirect(&self) -> bool {
        match (self.peek(), self.ahead(1)) {
            // A process substitution is part of a word.
            (Some('<' | '>'), Some('(')) => false,
            (Some('<' | '>'), _) | (Some('&'), Some('>')) => true,
            _ => false,
        }
    }

    /// Whether digits that a redirection follows stand here.
    fn numbered(&self) -> bool {
        let mut n = 0;
        while self.ahead(n).is_some_and(|c| c.is_ascii_digit()) {
            n += 1;
        }
        n <= 3 && matches!(self.ahead(n), Some('<' | '>'))
    }

    fn number(&mut self) -> u32 {
        let mut number = 0;
        while let Some(digit) = self.peek().and_then(|c| c.to_digit(10)) {
            number = number * 10 + digit;
            self.pos += 1;
        }
        number
    }

    fn redirect(
        &mut self,
        command: &mut Command,
        pending: &mut Vec<(usize, String, bool, bool)>,
        fd: Option<u32>,
    ) -> Parse<()> {
        let at = self.at();
        let both = self.eat('&');
        if both {
            self.odd_at(at, "`&>`");
        }
        if self.eat('<') {
            let fd = fd.unwrap_or(0);
            if self.eat('<') {
                if self.eat('<') {
                    self.odd_at(at, "`<<<`");
                    let word = self.operand(at)?;
                    let text = if word.atoms.iter().any(|a| matches!(a, Atom::Var(..) | Atom::Unknown)) {
                        None
                    } else {
                        Some(word.literal())
                    };
                    command.words.iter_mut().for_each(|first| first.inner.extend(&word.inner));
                    command.redirects.push(Redirect { fd, target: Target::Text(text) });
                    return Ok(());
                }
                let tabs = self.eat('-');
                let word = self.operand(at)?;
                pending.push((command.redirects.len(), word.literal(), word.quoted, tabs));
                command.redirects.push(Redirect { fd, target: Target::Text(None) });
                return Ok(());
            }
            let target = if self.eat('>') {
                self.odd_at(at, "`<>`");
                Target::Both(self.operand(at)?)
            } else if self.eat('&') {
                self.copy(at)?
            } else {
                Target::Read(self.operand(at)?)
            };
            command.redirects.push(Redirect { fd, target });
            return Ok(());
        }
        let _ = self.eat('>');
        let fd = fd.unwrap_or(1);
        let append = self.eat('>');
        if !append && self.eat('|') {
            self.odd_at(at, "`>|`");
        }
        let target = if !append && !both && self.eat('&') {
            self.copy(at)?
        } else {
            Target::Write(self.operand(at)?, append)
        };
        command.redirects.push(Redirect { fd, target });
        Ok(())
    }

    /// After `>&` or `<&`: a descriptor, or, not in the subset, a file.
    fn copy(&mut self, at: usize) -> Parse<Target> {
        let word = self.operand(at)?;
        match word.bare().and_then(|t| t.parse().ok()) {
            Some(fd @ 0..=2) => Ok(Target::Copy(fd)),
            Some(_) | None => {
                self.odd_at(at, "`>&` to something else than a standard descriptor");
                Ok(Target::Write(word, false))
            }
        }
    }

    fn operand(&mut self, at: usize) -> Parse<Word> {
        self.blanks();
        if matches!(self.peek(), None | Some('\n' | ';' | '&' | '|')) {
            self.odd_at(at, "a redirection to nothing");
            return Ok(Word::default());
        }
        self.word(false)
    }

    /// Bodies of here-documents, after a new line or at the end.
    fn bodies(&mut self) -> Parse<()> {
        for pending in std::mem::take(&mut self.pending) {
            let at = self.at();
            let mut body = String::new();
            let mut ended = false;
            while self.pos < self.chars.len() {
                let mut line = String::new();
                while let Some(c) = self.peek() {
                    self.pos += 1;
                    if c == '\n' {
                        break;
                    }
                    line.push(c);
                }
                let shown = if pending.tabs { line.trim_start_matches('\t') } else { line.as_str() };
                if shown == pending.delimiter {
                    ended = true;
                    break;
                }
                body.push_str(shown);
                body.push('\n');
            }
            if !ended {
                self.odd_at(at, "a here-document without an end");
            }
            let mut inner = Vec::new();
            let text = if pending.quoted || !body.contains(['$', '`', '\\']) {
                Some(body)
            } else {
                inner = self.expanding(&body, at)?;
                None
            };
            if let Some(command) = self.commands(pending.list).get_mut(pending.command) {
                if let Some(redirect) = command.redirects.get_mut(pending.redirect) {
                    redirect.target = Target::Text(text);
                }
                if let Some(first) = command.words.first_mut() {
                    first.inner.extend(inner);
                }
            }
        }
        Ok(())
    }

    /// Lists inside a body that a shell would expand; the body is not in the subset.
    fn expanding(&mut self, body: &str, at: usize) -> Parse<Vec<usize>> {
        self.odd_at(at, "a here-document that is expanded");
        let mut word = Word::default();
        self.within(body.to_owned(), at, |parser| {
            while parser.peek().is_some() {
                match parser.peek() {
                    Some('\\') => parser.pos += 2,
                    Some('$') => parser.dollar(&mut word, true)?,
                    Some('`') => parser.backquote(&mut word)?,
                    Some(_) | None => parser.pos += 1,
                }
            }
            Ok(())
        })?;
        Ok(word.inner)
    }

    /// Runs `with` over another text.
    fn within(&mut self, text: String, at: usize, with: impl FnOnce(&mut Self) -> Parse<()>) -> Parse<()> {
        let chars = std::mem::replace(&mut self.chars, text.char_indices().collect());
        let kept = (self.pos, self.end, self.base);
        let pending = std::mem::take(&mut self.pending);
        (self.pos, self.end, self.base) = (0, text.len(), at);
        let done = with(self);
        self.chars = chars;
        self.pending = pending;
        (self.pos, self.end, self.base) = kept;
        done
    }
}

impl Parser {
    /// One word. Inside a parameter (`braced`) it ends before the closing brace.
    fn word(&mut self, braced: bool) -> Parse<Word> {
        let mut word = Word { at: self.at(), ..Word::default() };
        while let Some(c) = self.peek() {
            let at = self.at();
            match c {
                '}' if braced => break,
                '<' | '>' if self.ahead(1) == Some('(') => {
                    self.pos += 2;
                    self.inner(&mut word, at, "a process substitution")?;
                }
                ' ' | '\t' | '\n' | ';' | '&' | '|' | '<' | '>' | '(' | ')' if !braced => break,
                '\'' => {
                    word.quoted = true;
                    self.pos += 1;
                    loop {
                        let Some(c) = self.peek() else { return Err(Unclosed { at, what: "a quote `'`" }) };
                        self.pos += 1;
                        if c == '\'' {
                            break;
                        }
                        word.atoms.push(Atom::Quoted(c));
                    }
                }
                '"' => self.double(&mut word)?,
                '\\' => {
                    word.quoted = true;
                    self.pos += 1;
                    let Some(c) = self.peek() else { return Err(Unclosed { at, what: "a `\\`" }) };
                    self.pos += 1;
                    word.atoms.push(Atom::Quoted(c));
                }
                '$' => self.dollar(&mut word, false)?,
                '`' => self.backquote(&mut word)?,
                '~' if word.atoms.is_empty() && (word.quoted || self.ahead(1).is_some_and(quotes)) => {
                    // Some shells take it for a home, some for itself.
                    self.odd_at(at, "a `~` beside quotes");
                    self.pos += 1;
                    word.atoms.push(Atom::Unknown);
                }
                c => {
                    self.pos += 1;
                    word.atoms.push(Atom::Plain(c));
                }
            }
        }
        Ok(word)
    }

    fn double(&mut self, word: &mut Word) -> Parse<()> {
        let at = self.at();
        word.quoted = true;
        self.pos += 1;
        loop {
            match self.peek() {
                None => return Err(Unclosed { at, what: "a quote `\"`" }),
                Some('"') => {
                    self.pos += 1;
                    return Ok(());
                }
                Some('\\') => {
                    self.pos += 1;
                    let Some(c) = self.peek() else { return Err(Unclosed { at, what: "a quote `\"`" }) };
                    self.pos += 1;
                    if !matches!(c, '$' | '`' | '"' | '\\') {
                        word.atoms.push(Atom::Quoted('\\'));
                    }
                    word.atoms.push(Atom::Quoted(c));
                }
                Some('$') => self.dollar(word, true)?,
                Some('`') => self.backquote(word)?,
                Some(c) => {
                    self.pos += 1;
                    word.atoms.push(Atom::Quoted(c));
                }
            }
        }
    }

    /// What follows `$`.
    fn dollar(&mut self, word: &mut Word, quoted: bool) -> Parse<()> {
        let at = self.at();
        self.pos += 1;
        match self.peek() {
            Some('(') => {
                self.pos += 1;
                self.inner(word, at, "a command substitution")?;
            }
            Some('{') => {
                self.pos += 1;
                self.parameter(word, quoted, at)?;
            }
            Some('\'') if !quoted => {
                self.odd_at(at, "`$'…'`");
                word.quoted = true;
                word.atoms.push(Atom::Unknown);
                self.pos += 1;
                loop {
                    match self.peek() {
                        None => return Err(Unclosed { at, what: "a quote `$'`" }),
                        Some('\'') => break,
                        Some('\\') => self.pos += 2,
                        Some(_) => self.pos += 1,
                    }
                }
                self.pos += 1;
            }
            Some('"') if !quoted => {
                self.odd_at(at, "`$\"…\"`");
                self.double(word)?;
            }
            Some(c) if c == '_' || c.is_ascii_alphabetic() => {
                let name = self.name();
                word.atoms.push(Atom::Var(name, quoted));
            }
            Some('0'..='9' | '@' | '*' | '#' | '?' | '$' | '!' | '-' | '[') => {
                self.odd_at(at, "a special parameter");
                self.pos += 1;
                word.atoms.push(Atom::Unknown);
            }
            Some(_) | None => {
                word.atoms.push(if quoted { Atom::Quoted('$') } else { Atom::Plain('$') });
            }
        }
        Ok(())
    }

    fn name(&mut self) -> String {
        let mut name = String::new();
        while let Some(c) = self.peek().filter(|c| *c == '_' || c.is_ascii_alphanumeric()) {
            name.push(c);
            self.pos += 1;
        }
        name
    }

    /// After `${`.
    fn parameter(&mut self, word: &mut Word, quoted: bool, at: usize) -> Parse<()> {
        let name = self.name();
        if !name.is_empty() && self.eat('}') {
            word.atoms.push(Atom::Var(name, quoted));
            return Ok(());
        }
        self.odd_at(at, "a parameter expansion");
        word.atoms.push(Atom::Unknown);
        if self.depth >= DEPTH {
            self.pos = self.chars.len();
            return Ok(());
        }
        self.depth += 1;
        loop {
            if self.peek().is_none() {
                return Err(Unclosed { at, what: "`${`" });
            }
            if self.eat('}') {
                break;
            }
            let part = self.word(true)?;
            word.inner.extend(part.inner);
        }
        self.depth -= 1;
        Ok(())
    }

    fn backquote(&mut self, word: &mut Word) -> Parse<()> {
        let at = self.at();
        self.pos += 1;
        let mut text = String::new();
        loop {
            match self.peek() {
                None => return Err(Unclosed { at, what: "a backquote" }),
                Some('`') => break,
                Some('\\') if matches!(self.ahead(1), Some('`' | '\\' | '$')) => {
                    text.extend(self.ahead(1));
                    self.pos += 2;
                }
                Some(c) => {
                    text.push(c);
                    self.pos += 1;
                }
            }
        }
        self.pos += 1;
        self.odd_at(at, "a command substitution");
        word.atoms.push(Atom::Unknown);
        if self.depth >= DEPTH {
            self.odd("nested too deeply");
            return Ok(());
        }
        let list = self.parsed.lists.len();
        self.parsed.lists.push(Vec::new());
        word.inner.push(list);
        self.depth += 1;
        let done = self.within(text, at, |parser| {
            parser.list(list, Stop::End)?;
            parser.bodies()
        });
        self.depth -= 1;
        done
    }
}

const fn quotes(c: char) -> bool {
    matches!(c, '\'' | '"' | '\\' | '$' | '`')
}

/// `NAME=value` at the start of a command.
fn assignment(word: &Word) -> Option<(String, Word)> {
    let equals = word.atoms.iter().position(|a| *a == Atom::Plain('='))?;
    let name: String = word
        .atoms
        .get(..equals)?
        .iter()
        .map(|a| if let Atom::Plain(c) = a { Some(*c) } else { None })
        .collect::<Option<_>>()?;
    let plain = name.strip_suffix('+').unwrap_or(&name);
    let plain = plain.split('[').next().unwrap_or_default();
    let good = plain.starts_with(|c: char| c == '_' || c.is_ascii_alphabetic())
        && plain.chars().all(|c| c == '_' || c.is_ascii_alphanumeric());
    let value = Word { atoms: word.atoms.get(equals + 1..)?.to_vec(), ..word.clone() };
    good.then_some((name, value))
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
