//! `sed` and `awk`: small programs in an argument, allowed where they can only print.

/// Whether a `sed` script only selects, substitutes and prints: no `e`, `w`, `r`, no file.
pub fn sed_only_prints(script: &str) -> bool {
    let mut rest = script;
    loop {
        rest = rest.trim_start_matches([' ', '\t', '\n', ';', '{', '}']);
        if rest.is_empty() {
            return true;
        }
        let Some(after) = sed_command(rest) else { return false };
        rest = after;
    }
}

/// One command; what comes after it.
fn sed_command(text: &str) -> Option<&str> {
    let mut rest = address(text)?;
    if let Some(second) = rest.strip_prefix(',') {
        rest = address(second.trim_start_matches(['+', '~']))?;
    }
    rest = rest.trim_start_matches([' ', '!']);
    let mut chars = rest.chars();
    let command = chars.next()?;
    let after = chars.as_str();
    match command {
        '{' | '}' => Some(after),
        'p' | 'd' | 'D' | 'P' | 'n' | 'N' | 'g' | 'G' | 'h' | 'H' | 'x' | '=' => ended(after),
        'q' | 'Q' => ended(after.trim_start_matches(|c: char| c.is_ascii_digit())),
        's' => {
            let delimiter =
                after.chars().next().filter(|c| !c.is_alphanumeric() && *c != '\\' && *c != '\n')?;
            let body = delimited(after, delimiter)?;
            let (_, rest) = (body.0, delimited_rest(body.1, delimiter)?);
            let flags =
                rest.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, 'g' | 'p' | 'i' | 'I'));
            ended(flags)
        }
        'y' => {
            let delimiter =
                after.chars().next().filter(|c| !c.is_alphanumeric() && *c != '\\' && *c != '\n')?;
            let body = delimited(after, delimiter)?;
            ended(delimited_rest(body.1, delimiter)?)
        }
        _ => None,
    }
}

/// Nothing or the end of a command.
fn ended(rest: &str) -> Option<&str> {
    let rest = rest.trim_start_matches([' ', '\t']);
    (rest.is_empty() || rest.starts_with([';', '\n', '}'])).then_some(rest)
}

fn address(text: &str) -> Option<&str> {
    let text = text.trim_start_matches(' ');
    if let Some(rest) = text.strip_prefix('$') {
        return Some(rest);
    }
    if text.starts_with('/') {
        let (_, rest) = delimited(text, '/')?;
        return Some(rest.trim_start_matches(['I', 'M']));
    }
    Some(text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '~'))
}

/// From an opening delimiter: the text up to the next one, and what follows that.
fn delimited(text: &str, delimiter: char) -> Option<(&str, &str)> {
    let inner = text.strip_prefix(delimiter)?;
    split_at(inner, delimiter)
}

fn delimited_rest(text: &str, delimiter: char) -> Option<&str> {
    split_at(text, delimiter).map(|(_, rest)| rest)
}

fn split_at(text: &str, delimiter: char) -> Option<(&str, &str)> {
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => {
                let _ = chars.next();
            }
            '\n' => return None,
            _ if c == delimiter => return Some((text.get(..at)?, text.get(at + c.len_utf8()..)?)),
            '[' => {
                // Programs differ on a delimiter, and on what closes, inside brackets: then it is not sure.
                let rest = text.get(at + 1..)?;
                let rest = rest.strip_prefix('^').unwrap_or(rest);
                let class = rest.strip_prefix("[:").and_then(|r| r.split_once(":]")).map(|(name, _)| name);
                let plain = rest.split_once(']').map(|(inner, _)| inner);
                let inner = match class {
                    Some(name)
                        if name.chars().all(|c| c.is_ascii_alphabetic())
                            && rest.get(name.len() + 4..)?.starts_with(']') =>
                    {
                        rest.get(..name.len() + 4)?
                    }
                    Some(_) => return None,
                    None => plain.filter(|inner| !inner.is_empty() && !inner.contains('['))?,
                };
                if inner.contains(delimiter) || inner.contains('\\') {
                    return None;
                }
                let end = text.len() - rest.len() + inner.len();
                while chars.peek().is_some_and(|(next, _)| *next <= end) {
                    let _ = chars.next();
                }
            }
            _ => {}
        }
    }
    None
}

/// Whether an `awk` program has no way to run, write or read anything but its input. A redirection or
/// a pipe of `awk` comes after a `print`; before the first one `>` and `|` compare and match.
pub fn awk_only_prints(program: &str) -> bool {
    let folded = program.to_lowercase().replace("||", "");
    let banned = [
        "system",
        "getline",
        "@",
        "close",
        "fflush",
        "load",
        "include",
        "extension",
        "argv",
        "environ",
        "symtab",
        "functab",
    ];
    let after = folded.find("print").and_then(|at| folded.get(at..)).unwrap_or_default();
    !banned.iter().any(|word| folded.contains(word)) && !after.contains(['>', '|'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sed_scripts_that_only_print_and_those_that_do_more() {
        for good in [
            "5p",
            "1,10p",
            "$p",
            "/x/p",
            "/a/,/b/p",
            "s/a/b/",
            "s/a/b/g",
            "s|/usr|/opt|gp",
            "1d;$d",
            "y/abc/xyz/",
            "$=",
            "10q",
            "/x/!d",
            "s/\\//x/",
            "/^$/d",
            "{p}",
            "1~2p",
            "s/a/b/;s/c/d/2",
            "s/[[:space:]]*$//",
            "s/[a-z]*/x/g",
            "/^[^#]/p",
        ] {
            assert!(sed_only_prints(good), "{good}");
        }
        for bad in [
            "1e",
            "s/a/b/e",
            "s/a/b/w x",
            "w x",
            "r x",
            "1r x",
            "s/a/b/ge",
            "1!e id",
            "e id",
            "W x",
            "R x",
            "F",
            "a\\\nx",
            "s/a/b/\ne id",
            "s[a]b[e",
            "s/[/]/b/e",
            "v",
            "l",
            ":a",
            "ba",
            "c x",
        ] {
            assert!(!sed_only_prints(bad), "{bad}");
        }
    }

    #[test]
    fn awk_programs_that_only_print_and_those_that_do_more() {
        for good in [
            "{print $1}",
            "NR==2",
            "{s+=$1} END {print s}",
            "/x/{print NR}",
            "$3 < 5",
            "$3 > 5",
            "length > 80",
            "NR>1 {print $2}",
            "/a|b/ {print}",
            "$1 || $2",
        ] {
            assert!(awk_only_prints(good), "{good}");
        }
        for bad in [
            "BEGIN{system(\"id\")}",
            "{print > \"x\"}",
            "{\"id\" | getline}",
            "@load \"x\"",
            "{print | \"sh\"}",
        ] {
            assert!(!awk_only_prints(bad), "{bad}");
        }
    }
}
