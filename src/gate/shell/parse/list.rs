//! Lists of commands, with how they hang together.

use super::{Atom, DEPTH, Join, Opened, Parse, Parser, Stop, Unclosed, Word};

impl Parser {
    /// Commands up to the end of the text or the closing parenthesis.
    pub(super) fn list(&mut self, list: usize, stop: Stop) -> Parse<()> {
        let mut join = Join::Then;
        let mut fed_from = None;
        // Where open compounds began.
        let mut opened: Vec<Opened> = Vec::new();
        let mut need = false;
        loop {
            self.blanks();
            let before = self.commands(list).len();
            let at = self.at();
            if self.peek() == Some('(') {
                self.odd("a subshell");
                self.pos += 1;
                self.nested(list, at, "a parenthesis")?;
                let from = fed_from.filter(|_| join == Join::Pipe);
                fed_from = Some(self.fed_inside(list, Opened { at: before, fed_from: from }));
                need = false;
                // Redirections after the parenthesis.
                self.simple(list, Join::Then, None, &mut opened)?;
            } else {
                let made = self.simple(list, join, fed_from, &mut opened)?;
                if let Some(opened) = made.closed {
                    fed_from = Some(self.fed_inside(list, opened));
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

    /// What stands inside a compound is fed by what stands before it, and so is what comes after.
    fn fed_inside(&mut self, list: usize, opened: Opened) -> usize {
        for command in self.commands(list).iter_mut().skip(opened.at) {
            command.fed_from = command.fed_from.or(opened.fed_from);
        }
        opened.fed_from.unwrap_or(opened.at)
    }

    pub(super) fn nested(&mut self, list: usize, at: usize, what: &'static str) -> Parse<()> {
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
    pub(super) fn inner(&mut self, word: &mut Word, at: usize, what: &'static str) -> Parse<()> {
        let list = self.parsed.lists.len();
        self.parsed.lists.push(Vec::new());
        word.inner.push(list);
        word.atoms.push(Atom::Unknown);
        self.odd_at(at, what);
        self.nested(list, at, what)
    }
}
