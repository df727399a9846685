//! Words, and what a shell would put in the place of their parts.

use super::{Atom, DEPTH, Parse, Parser, Stop, Unclosed, Word};

impl Parser {
    /// One word. Inside a parameter (`braced`) it ends before the closing brace.
    pub(super) fn word(&mut self, braced: bool) -> Parse<Word> {
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

    pub(super) fn double(&mut self, word: &mut Word) -> Parse<()> {
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
    pub(super) fn dollar(&mut self, word: &mut Word, quoted: bool) -> Parse<()> {
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

    pub(super) fn name(&mut self) -> String {
        let mut name = String::new();
        while let Some(c) = self.peek().filter(|c| *c == '_' || c.is_ascii_alphanumeric()) {
            name.push(c);
            self.pos += 1;
        }
        name
    }

    /// After `${`.
    pub(super) fn parameter(&mut self, word: &mut Word, quoted: bool, at: usize) -> Parse<()> {
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

    pub(super) fn backquote(&mut self, word: &mut Word) -> Parse<()> {
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
