//! One simple command, and the words of compounds before it.

use super::{Atom, CLOSERS, Command, Join, OPENERS, Opened, Parse, Parser, Pending, SKIPPED, Word};

/// What [`Parser::simple`] met besides a command.
#[derive(Default)]
pub(super) struct Made {
    pub(super) keyword: bool,
    pub(super) closed: Option<Opened>,
}

impl Parser {
    /// One simple command, pushed onto `list` unless it is empty; keywords before it are skipped.
    pub(super) fn simple(
        &mut self,
        list: usize,
        join: Join,
        fed_from: Option<usize>,
        opened: &mut Vec<Opened>,
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
    pub(super) fn keyword(
        &mut self,
        word: &Word,
        list: usize,
        command: &mut Command,
        opened: &mut Vec<Opened>,
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
        let here = Opened { at: self.commands(list).len(), fed_from: command.fed_from };
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
                let before = self.pos;
                if self.word(false)?.bare().as_deref() != Some("-p") {
                    // With other options it is the program of that name.
                    self.pos = before;
                    return Ok(false);
                }
            }
        } else if text == "coproc" {
            // `coproc NAME { …; }`
            self.blanks();
            let before = self.pos;
            let _ = self.word(false)?;
            self.blanks();
            if self.peek() != Some('{') {
                self.pos = before;
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
    pub(super) fn words_until_separator(&mut self) -> Parse<()> {
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
    pub(super) fn case_follows(&self) -> bool {
        self.peek() == Some('\n')
    }

    pub(super) fn double_brackets(&mut self, command: &mut Command) -> Parse<()> {
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
