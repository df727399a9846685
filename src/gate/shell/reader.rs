//! What a program that only looks takes, and whether its options are among it.

use super::arguments;
use super::walk::Walk;
use super::word::Value;
use std::path::PathBuf;

/// What the operands of a program are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operands {
    /// Paths to look at.
    Paths,
    /// At most one path: a second one would be written.
    OnePath,
    /// Text that names nothing.
    Text,
    /// A pattern first, then paths.
    Pattern,
    /// None.
    None,
    /// Anything at all, options too.
    Anything,
}

/// One program, or several that take the same options.
#[derive(Debug)]
pub struct Reader {
    /// Names.
    pub names: &'static [&'static str],
    /// One-letter options without a value.
    pub short: &'static str,
    /// One-letter options with a value.
    pub valued: &'static str,
    /// Long options, with a space between; with a value if they end in `=`.
    pub long: &'static str,
    /// Long options with two values.
    pub pairs: &'static str,
    /// Whether it reads one letter of a word.
    pub one_letter: bool,
    /// Operands.
    pub operands: Operands,
}

impl Reader {
    /// Letters that stand for an option with a value and for one without.
    #[cfg(test)]
    pub fn two_meanings(&self) -> String {
        self.short.chars().filter(|c| self.valued.contains(*c)).collect()
    }

    /// Whether it has the long option `name` without a value.
    pub fn has(&self, name: &str) -> bool {
        self.long.split_ascii_whitespace().any(|long| long == name)
    }

    /// Whether it has the long option `name` with two values.
    fn takes_two(&self, name: &str) -> bool {
        self.pairs.split_ascii_whitespace().any(|long| long == name)
    }

    /// Whether it has the long option `name` with a value.
    pub fn takes(&self, name: &str) -> bool {
        self.long.split_ascii_whitespace().any(|long| long.strip_suffix('=') == Some(name))
    }
}

/// The operands of `args` if every option is one that `reader` lists; notes what is not.
pub fn operands<'v>(walk: &mut Walk<'_>, name: &str, args: &'v [Value], reader: &Reader) -> Vec<&'v Value> {
    let mut operands = Vec::new();
    let mut rest = args.iter();
    let mut over = reader.operands == Operands::Anything;
    while let Some(value) = rest.next() {
        let text = value.text.as_str();
        if over || !text.starts_with('-') || text == "-" {
            operands.push(value);
            continue;
        }
        if text == "--" {
            over = true;
            continue;
        }
        arguments::look(walk, value);
        let listed = match text.strip_prefix("--") {
            Some(long) => long_option(walk, long, &mut rest, reader),
            None => short_options(walk, text.get(1..).unwrap_or_default(), &mut rest, reader, value.at),
        };
        if !listed {
            unlisted(walk, value, args);
            walk.ask(
                "shell-option",
                value.at,
                &format!("`{name} {text}` is not an option known to only look"),
            );
        }
    }
    operands
}

/// An option that is not listed may write what comes with it or after it.
fn unlisted(walk: &mut Walk<'_>, option: &Value, args: &[Value]) {
    let glued = option.text.split_once('=').map(|(_, rest)| rest).or_else(|| option.text.get(2..));
    let next = args.iter().skip_while(|v| *v != option).nth(1).map(|v| v.text.as_str());
    for text in glued.into_iter().chain(next).filter(|t| t.starts_with(['/', '~', '.'])) {
        use std::os::unix::fs::PermissionsExt as _;
        let program = |path: &PathBuf| {
            path.metadata().is_ok_and(|m| m.is_file() && m.permissions().mode() & 0o111 != 0)
        };
        let writes = !walk.place(text).is_some_and(|path| program(&path));
        arguments::touch(walk, &Value { text: text.to_owned(), ..option.clone() }, writes);
    }
}

fn long_option<'v>(
    walk: &mut Walk<'_>,
    long: &str,
    rest: &mut impl Iterator<Item = &'v Value>,
    reader: &Reader,
) -> bool {
    if reader.takes_two(long) {
        return rest.next().is_some() && rest.next().is_some();
    }
    walk.pattern |= long.starts_with("regexp") || long == "files";
    match long.split_once('=') {
        Some((name, _)) => reader.takes(name),
        None if reader.has(long) => true,
        None if reader.takes(long) => rest.next().is_none_or(|value| word(walk, value, long == "regexp")),
        None => false,
    }
}

fn short_options<'v>(
    walk: &mut Walk<'_>,
    letters: &str,
    rest: &mut impl Iterator<Item = &'v Value>,
    reader: &Reader,
    at: usize,
) -> bool {
    if reader.one_letter && letters.len() > 1 && !letters.starts_with(|c| reader.valued.contains(c)) {
        return letters == "ps";
    }
    for (n, letter) in letters.char_indices() {
        if reader.valued.contains(letter) {
            walk.pattern |= letter == 'e';
            let glued = letters.get(n + letter.len_utf8()..).unwrap_or_default();
            if glued.is_empty() {
                return rest.next().is_none_or(|value| word(walk, value, letter == 'e'));
            }
            argument(walk, &Value { text: glued.to_owned(), known: true, glob: false, at });
            return true;
        }
        if !reader.short.contains(letter) {
            return false;
        }
    }
    true
}

/// The value of an option in a word of its own. A program that takes no such value there, whatever the
/// table says, would take a dash word for its next option: then it asks, but for a pattern or a number.
fn word(walk: &mut Walk<'_>, value: &Value, pattern: bool) -> bool {
    argument(walk, value);
    let dashed = value.text.strip_prefix('-').filter(|rest| !rest.is_empty());
    dashed.is_none_or(|rest| pattern || rest.chars().all(|c| c.is_ascii_digit()))
}

/// The value of an option: mostly text, but if it looks like a place it is treated as one.
fn argument(walk: &mut Walk<'_>, value: &Value) {
    let there = value.known && walk.place(&value.text).is_some_and(|p| p.symlink_metadata().is_ok());
    if value.text.len() > 1 && (value.text.contains('/') || value.text.starts_with('~') || there) {
        arguments::touch(walk, value, false);
    } else {
        arguments::look(walk, value);
    }
}
