//! Words of a line, character by character, each with what a shell would still do to it.

/// One character, or something that a shell puts in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Atom {
    /// A character that was quoted or escaped: it stands for itself.
    Quoted(char),
    /// A character that was not: `*`, `?`, `[`, `{`, `~` may still mean something.
    Plain(char),
    /// The value of a variable; `true` if it stands in quotes.
    Var(String, bool),
    /// Something that is known only when the line runs.
    Unknown,
}

/// One word as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Word {
    /// Its parts.
    pub atoms: Vec<Atom>,
    /// The byte at which it begins.
    pub at: usize,
    /// Lists of commands that run inside it, by their number.
    pub inner: Vec<usize>,
    /// Whether any of it was quoted: then it is no keyword, and it may be empty.
    pub quoted: bool,
}

/// What a word comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// Its text; where something is unknown, only what comes before it.
    pub text: String,
    /// Whether `text` is all of it.
    pub known: bool,
    /// Whether it has characters that are matched against names of files; `text` ends before them.
    pub glob: bool,
    /// The byte at which its word begins.
    pub at: usize,
}

/// Values of variables that are known before a line runs.
pub trait Variables {
    /// The value of `name`, if it is known.
    fn get(&self, name: &str) -> Option<String>;
}

impl Word {
    /// Its text, if nobody would change it: for keywords and names.
    pub fn bare(&self) -> Option<String> {
        if self.quoted {
            return None;
        }
        self.atoms.iter().map(|a| if let Atom::Plain(c) = a { Some(*c) } else { None }).collect()
    }

    /// Its characters as they stand, quotes removed and nothing expanded.
    pub fn literal(&self) -> String {
        let text = |a: &Atom| match a {
            Atom::Quoted(c) | Atom::Plain(c) => Some(*c),
            Atom::Var(..) | Atom::Unknown => None,
        };
        self.atoms.iter().filter_map(text).collect()
    }

    /// The words that `{a,b}` makes of it, itself if it has none.
    pub fn braces(&self) -> Vec<Self> {
        let mut done = Vec::new();
        let mut open = vec![self.clone()];
        while let Some(word) = open.pop() {
            match word.first_brace() {
                Some(parts) if done.len() + open.len() + parts.len() <= 256 => {
                    open.extend(parts.into_iter().rev());
                }
                Some(_) | None => done.push(word),
            }
        }
        done
    }

    fn first_brace(&self) -> Option<Vec<Self>> {
        let is = |at: usize, c: char| self.atoms.get(at) == Some(&Atom::Plain(c));
        let start = (0..self.atoms.len())
            .find(|at| is(*at, '{') && self.closing(*at).is_some_and(|(_, commas)| !commas.is_empty()))?;
        let (end, commas) = self.closing(start)?;
        let mut edges = vec![start];
        edges.extend(commas);
        edges.push(end);
        let before = self.atoms.get(..start).unwrap_or_default();
        let after = self.atoms.get(end + 1..).unwrap_or_default();
        let parts = edges.windows(2).filter_map(|pair| {
            let &[from, to] = pair else { return None };
            let middle = self.atoms.get(from + 1..to)?;
            Some(Self { atoms: [before, middle, after].concat(), ..self.clone() })
        });
        Some(parts.collect())
    }

    /// Where the brace at `start` closes, and the commas between.
    fn closing(&self, start: usize) -> Option<(usize, Vec<usize>)> {
        let (mut depth, mut commas) = (0_usize, Vec::new());
        for (at, atom) in self.atoms.iter().enumerate().skip(start) {
            match atom {
                Atom::Plain('{') => depth += 1,
                Atom::Plain('}') => {
                    depth -= 1;
                    if depth == 0 {
                        return Some((at, commas));
                    }
                }
                Atom::Plain(',') if depth == 1 => commas.push(at),
                Atom::Plain(_) | Atom::Quoted(_) | Atom::Var(..) | Atom::Unknown => {}
            }
        }
        None
    }

    /// Whether `{a,b}` or `{1..9}` would make several words of it.
    pub fn has_braces(&self) -> bool {
        let plain: String =
            self.atoms.iter().map(|a| if let Atom::Plain(c) = a { *c } else { '\u{fffc}' }).collect();
        let range = plain.find('{').is_some_and(|open| {
            plain
                .get(open..)
                .is_some_and(|rest| rest.find("..").zip(rest.find('}')).is_some_and(|(a, b)| a < b))
        });
        range || self.first_brace().is_some()
    }

    /// What it comes to; braces are to be expanded before.
    pub fn value(&self, variables: &dyn Variables) -> Value {
        let mut value = Value { text: String::new(), known: true, glob: false, at: self.at };
        let mut atoms = self.atoms.iter().enumerate();
        if self.atoms.first() == Some(&Atom::Plain('~')) {
            let _ = atoms.next();
            match (self.atoms.get(1), variables.get("HOME")) {
                (None | Some(Atom::Plain('/')), Some(home)) => value.text.push_str(&home),
                _ => return Value { known: false, ..value },
            }
        }
        for (at, atom) in atoms {
            match atom {
                Atom::Plain('*' | '?') => return Value { glob: true, ..value },
                // A bracket that nothing closes is a character.
                Atom::Plain('[') if self.atoms.iter().skip(at).any(|a| *a == Atom::Plain(']')) => {
                    return Value { glob: true, ..value };
                }
                Atom::Quoted(c) | Atom::Plain(c) => value.text.push(*c),
                Atom::Var(name, quoted) => match variables.get(name) {
                    Some(text) if *quoted || !text.contains([' ', '\t', '\n', '*', '?', '[']) => {
                        value.text.push_str(&text);
                    }
                    Some(_) | None => return Value { known: false, ..value },
                },
                Atom::Unknown => return Value { known: false, ..value },
            }
        }
        value
    }

    /// The pattern of a word with `*`, `?` or `[…]`, quoted characters escaped; none if any of it
    /// is unknown.
    pub fn pattern(&self, variables: &dyn Variables) -> Option<String> {
        let mut pattern = String::new();
        let literal = |c: char, out: &mut String| {
            if "*?[]{}!\\,".contains(c) {
                out.push('\\');
            }
            out.push(c);
        };
        let mut atoms = self.atoms.iter().enumerate();
        for (at, atom) in &mut atoms {
            match atom {
                Atom::Plain('~') if at == 0 => {
                    variables.get("HOME")?.chars().for_each(|c| literal(c, &mut pattern));
                }
                Atom::Plain(c @ ('*' | '?' | '[' | ']' | '!' | '^')) => pattern.push(*c),
                Atom::Quoted(c) | Atom::Plain(c) => literal(*c, &mut pattern),
                Atom::Var(name, _) => variables.get(name)?.chars().for_each(|c| literal(c, &mut pattern)),
                Atom::Unknown => return None,
            }
        }
        Some(pattern)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Home(&'static str);

    impl Variables for Home {
        fn get(&self, name: &str) -> Option<String> {
            (name == "HOME").then(|| self.0.to_owned())
        }
    }

    fn plain(text: &str) -> Word {
        Word { atoms: text.chars().map(Atom::Plain).collect(), ..Word::default() }
    }

    #[test]
    fn braces_make_all_words_up_to_a_limit() {
        let all: Vec<_> = plain("{a,b}{c,d}{e,f}").braces().iter().map(Word::literal).collect();
        assert_eq!(all, ["ace", "acf", "ade", "adf", "bce", "bcf", "bde", "bdf"]);
        assert_eq!(plain(&"{a,b}".repeat(8)).braces().len(), 256);
        let cut = plain(&"{a,b}".repeat(12)).braces();
        assert_eq!(cut.len(), 256, "what is left over stays as it is written");
        assert!(cut.iter().any(|word| word.literal().contains('{')));
    }

    #[test]
    fn a_variable_outside_of_quotes_that_a_shell_would_split_is_not_known() {
        let home = |quoted| Word { atoms: vec![Atom::Var("HOME".into(), quoted)], ..Word::default() };
        for odd in ["/home/a b", "/home/*", "/home/a\tb", "/home/a\nb", "/home/?", "/home/[a"] {
            assert!(!home(false).value(&Home(odd)).known, "{odd:?}");
            assert_eq!(home(true).value(&Home(odd)).text, odd);
        }
        assert!(home(false).value(&Home("/home/a")).known);
    }

    #[test]
    fn a_bracket_that_is_closed_is_a_pattern() {
        let value = plain("a[b]c").value(&Home("/h"));
        assert_eq!(value, Value { text: "a".into(), known: true, glob: true, at: 0 });
        assert_eq!(plain("a[b").value(&Home("/h")).text, "a[b");
    }

    #[test]
    fn a_pattern_has_the_home_only_for_a_tilde_at_its_start() {
        assert_eq!(plain("~/*.x").pattern(&Home("/h")).as_deref(), Some("/h/*.x"));
        assert_eq!(plain("a~*").pattern(&Home("/h")).as_deref(), Some("a~*"));
    }
}
