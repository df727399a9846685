//! Names that one program lists for another: `find … | grep … | xargs READER`.
//!
//! `xargs` cuts at blanks and quotes, so what it makes of a name is that name only where it has none;
//! what lies below the places that were listed is looked through for that, and for what is guarded.

use super::reader::Operands;
use super::readers;
use super::walk::base;
use super::word::Value;

/// Names, one a line, of what lies below places, and nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// The places; none for the folder that the line is in.
    pub starts: Vec<Value>,
    /// Whether the names are those of the places, and not of what lies below.
    pub flat: bool,
    /// Whether each name begins with its place, so that none begins as an option does.
    pub led: bool,
    /// Whether names end in NUL.
    pub zero: bool,
}

/// What a command lists, whose standard input is `before`.
pub fn by(values: &[Value], before: Option<&Listing>) -> Option<Listing> {
    let (first, args) = values.split_first()?;
    if !values.iter().all(|v| v.known && !v.glob) {
        return None;
    }
    let texts: Vec<&str> = args.iter().map(|v| v.text.as_str()).collect();
    match (first.text.as_str(), texts.as_slice()) {
        ("find", _) => found(args, &texts),
        ("git", ["ls-files" | "diff", options @ ..]) => of_git(options, texts.first() == Some(&"diff")),
        // Of a folder it lists what lies there; the looking through tells a file from a folder.
        ("ls", [_, ..]) if texts.iter().all(|t| !t.starts_with('-')) => {
            Some(Listing { starts: args.to_vec(), flat: true, led: false, zero: false })
        }
        _ => before.filter(|listing| !listing.zero && drops(&first.text, &texts)).cloned(),
    }
}

/// Names from the folder that the line is in.
fn of_git(options: &[&str], diff: bool) -> Option<Listing> {
    let zero = options.contains(&"-z");
    let known = |t: &&str| !t.starts_with('-') || matches!(*t, "-z" | "--name-only" | "--cached" | "--");
    let names = !diff || options.contains(&"--name-only");
    (names && options.iter().all(known)).then_some(Listing {
        starts: Vec::new(),
        flat: false,
        led: false,
        zero,
    })
}

fn found(args: &[Value], texts: &[&str]) -> Option<Listing> {
    let other = ["-printf", "-ls", "-fprintf", "-exec", "-execdir", "-print0", "-files0-from"];
    let zero = texts.last() == Some(&"-print0");
    let rest = texts.get(..texts.len() - usize::from(zero))?;
    let prints = rest.iter().any(|t| other.contains(t) || t.starts_with("-ok"));
    let options = texts.iter().take_while(|t| ["-H", "-L", "-P"].contains(t)).count();
    let starts: Vec<Value> =
        args.iter().skip(options).take_while(|v| !v.text.starts_with(['-', '!', '('])).cloned().collect();
    (!prints).then_some(Listing { starts, flat: false, led: true, zero })
}

/// Whether a filter leaves lines out, or changes their order, and nothing else.
fn drops(name: &str, args: &[&str]) -> bool {
    let all = |letters: &str| {
        args.iter().all(|t| t.strip_prefix('-').is_none_or(|l| l.chars().all(|c| letters.contains(c))))
    };
    let operands = args.iter().filter(|t| !t.starts_with('-')).count();
    let number = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    match name {
        "grep" | "egrep" | "fgrep" => operands == 1 && all("vEFiwx"),
        "sort" => operands == 0 && all("urnVf"),
        "uniq" => args.is_empty(),
        "head" | "tail" => match args {
            [] => true,
            [one] => one.strip_prefix("-n").or_else(|| one.strip_prefix('-')).is_some_and(number),
            ["-n", lines] => number(lines),
            _ => false,
        },
        _ => false,
    }
}

/// Whether `xargs` with `args` gives the names of `listing`, each whole, to a program that only looks.
pub fn looked_at(args: &[Value], words: &[Value], listing: &Listing) -> bool {
    let own = args.get(..args.len() - words.len()).unwrap_or_default();
    let (mut zero, mut plain, mut value) = (false, true, false);
    for text in own.iter().map(|v| v.text.as_str()) {
        let number = |text: &str| text.chars().all(|c| c.is_ascii_digit());
        if std::mem::take(&mut value) {
            plain &= number(text);
            continue;
        }
        match text {
            "-0" | "--null" => zero = true,
            "-r" | "--no-run-if-empty" => {}
            "-n" | "-P" | "-L" => value = true,
            _ => {
                plain &= text
                    .strip_prefix(['-'])
                    .is_some_and(|l| l.starts_with(['n', 'P', 'L']) && number(l.get(1..).unwrap_or("x")))
            }
        }
    }
    let reader = words.first().and_then(|first| readers::find(&base(&first.text)));
    let takes =
        reader.is_some_and(|r| matches!(r.operands, Operands::Paths | Operands::Pattern | Operands::Text));
    plain && zero == listing.zero && takes
}

/// Whether `xargs` takes `name` for one word, and a program takes it for no option.
pub fn is_one_word(name: &str, listing: &Listing) -> bool {
    let split = name.contains(|c: char| c.is_whitespace() || c.is_control() || "'\"\\".contains(c));
    (listing.zero || !split) && (listing.led || !name.starts_with('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(line: &str) -> Vec<Value> {
        let word = |text: &str| Value { text: text.to_owned(), known: true, glob: false, at: 0 };
        line.split(' ').map(word).collect()
    }

    fn listing(line: &str) -> Option<Listing> {
        line.split(" | ").fold(None, |before, stage| by(&values(stage), before.as_ref()))
    }

    #[test]
    fn only_names_and_whole_names_are_a_listing() {
        let listed = |starts: &[&str], flat, led, zero| {
            let starts = starts.iter().flat_map(|text| values(text)).collect();
            Some(Listing { starts, flat, led, zero })
        };
        assert_eq!(listing("find"), listed(&[], false, true, false));
        assert_eq!(listing("find -L a b -name x"), listed(&["a", "b"], false, true, false));
        assert_eq!(listing("find a -type f -print0"), listed(&["a"], false, true, true));
        assert_eq!(listing("git diff --name-only --cached HEAD"), listed(&[], false, false, false));
        assert_eq!(listing("git ls-files *.rs"), listed(&[], false, false, false));
        assert_eq!(listing("git ls-files -z"), listed(&[], false, false, true));
        assert_eq!(listing("ls a b | sort -u | uniq"), listed(&["a", "b"], true, false, false));
        for filter in [
            "grep x",
            "grep -v x",
            "grep -vE x",
            "sort -rn",
            "head",
            "head -3",
            "head -n3",
            "tail -n 3",
            "uniq",
        ] {
            assert_eq!(
                listing(&format!("git ls-files | {filter}")),
                listed(&[], false, false, false),
                "{filter}"
            );
        }
        for other in [
            "ls",
            "ls -a x",
            "cat a",
            "git ls-files --others",
            "git ls-files -s",
            "git diff",
            "git diff --stat --name-only",
            "git log --name-only",
            "git status -s",
            "find . -printf x",
            "find . -print0 -print",
            "find . -exec echo x ;",
            "find . -ls",
            "find . -okdir echo x ;",
            "find . -print0 | grep x",
            "find . | grep -o x",
            "find . | grep -n x",
            "find . | grep x y",
            "find . | grep -c x",
            "find . | head -c 9",
            "find . | head x",
            "find . | head -x",
            "find . | sed s/a/b/",
            "find . | uniq -c",
            "find . | sort x",
            "find . | sort -o x",
            "find . | cut -c1",
            "find . | tee x",
            "find . | xargs echo",
            "grep x",
        ] {
            assert_eq!(listing(other), None, "{other}");
        }
    }

    #[test]
    fn only_readers_get_names_and_only_whole_ones() {
        let plain = |line: &str, from: &str| {
            let args = values(line);
            let at = args.iter().position(|v| v.text.starts_with(|c: char| c.is_ascii_alphabetic())).unwrap();
            looked_at(&args, args.get(at..).unwrap(), &listing(from).unwrap())
        };
        for line in ["wc -l", "grep -n x", "-n1 head -1", "-n 1 -r cat", "-P4 -L 2 cat", "basename"] {
            assert!(plain(line, "find ."), "{line}");
            assert!(plain(&format!("-0 {line}"), "find . -print0"), "{line}");
            assert!(!plain(&format!("-0 {line}"), "find ."), "{line}");
            assert!(!plain(line, "git ls-files -z"), "{line}");
        }
        for line in [
            "rm",
            "sh",
            "uniq",
            "sed p",
            "find",
            "-I{} cat {}",
            "-d, cat",
            "-a x cat",
            "-t cat",
            "-n x cat",
            "-nx cat",
            "env cat",
            "awk p",
        ] {
            assert!(!plain(line, "find ."), "{line}");
        }
    }

    #[test]
    fn what_xargs_would_cut_or_a_program_would_take_for_an_option_is_no_word() {
        let (led, zero, bare) = (
            listing("find .").unwrap(),
            listing("git ls-files -z").unwrap(),
            listing("git ls-files").unwrap(),
        );
        for (name, expected) in [
            ("a.txt", [true, true, true]),
            ("grün", [true, true, true]),
            ("-x", [true, false, false]),
            ("a b", [false, true, false]),
            ("a\u{a0}b", [false, true, false]),
            ("a\nb", [false, true, false]),
            ("a'b", [false, true, false]),
            ("a\"b", [false, true, false]),
            ("a\\b", [false, true, false]),
        ] {
            assert_eq!([&led, &zero, &bare].map(|listing| is_one_word(name, listing)), expected, "{name:?}");
        }
    }
}
