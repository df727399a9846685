//! Redirections, and the bodies of here-documents.

use super::{Atom, Command, Parse, Parser, Redirect, Target, Word};

impl Parser {
    pub(super) fn is_redirect(&self) -> bool {
        match (self.peek(), self.ahead(1)) {
            // A process substitution is part of a word.
            (Some('<' | '>'), Some('(')) => false,
            (Some('<' | '>'), _) | (Some('&'), Some('>')) => true,
            _ => false,
        }
    }

    /// Whether digits that a redirection follows stand here.
    pub(super) fn numbered(&self) -> bool {
        let mut n = 0;
        while self.ahead(n).is_some_and(|c| c.is_ascii_digit()) {
            n += 1;
        }
        n <= 3 && matches!(self.ahead(n), Some('<' | '>'))
    }

    pub(super) fn number(&mut self) -> u32 {
        let mut number = 0;
        while let Some(digit) = self.peek().and_then(|c| c.to_digit(10)) {
            number = number * 10 + digit;
            self.pos += 1;
        }
        number
    }

    pub(super) fn redirect(
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
    pub(super) fn copy(&mut self, at: usize) -> Parse<Target> {
        let word = self.operand(at)?;
        match word.bare().and_then(|t| t.parse().ok()) {
            Some(fd @ 0..=2) => Ok(Target::Copy(fd)),
            Some(_) | None => {
                self.odd_at(at, "`>&` to something else than a standard descriptor");
                Ok(Target::Write(word, false))
            }
        }
    }

    pub(super) fn operand(&mut self, at: usize) -> Parse<Word> {
        self.blanks();
        if matches!(self.peek(), None | Some('\n' | ';' | '&' | '|')) {
            self.odd_at(at, "a redirection to nothing");
            return Ok(Word::default());
        }
        self.word(false)
    }

    /// Bodies of here-documents, after a new line or at the end.
    pub(super) fn bodies(&mut self) -> Parse<()> {
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
    pub(super) fn expanding(&mut self, body: &str, at: usize) -> Parse<Vec<usize>> {
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
    pub(super) fn within(
        &mut self,
        text: String,
        at: usize,
        with: impl FnOnce(&mut Self) -> Parse<()>,
    ) -> Parse<()> {
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
