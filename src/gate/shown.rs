//! Values as a person reads them: at most 80 columns, nothing that hides, poses or pads, and of what
//! is long its beginning, its end, its length and its hash.

use crate::call::{plain, visible_line};
use crate::canon::{canonical, sha256};
use serde_json::Value;

/// Where the longest line ends.
const WIDTH: usize = 80;
/// Longer values are cut, with length and hash.
const LONG: usize = 600;
/// What is left of them: of the beginning and of the end.
const HEAD: usize = 400;
const TAIL: usize = 160;
/// A longer list of a program's arguments is cut the same way. No other is: places, hosts, recipients
/// and branches are what a yes is about.
const ARGUMENTS: &str = "argv";
const ITEMS: usize = 40;
const FIRST: usize = 20;
const LAST: usize = 10;
/// Most members out of the middle that are shown since they stand out.
const ODD: usize = 10;
/// Lines of a content: of its beginning and of its end.
const LINES: usize = 40;
const END: usize = 20;

/// One line with a name before it.
pub(super) fn row(out: &mut String, name: &str, value: &str) {
    wrapped(out, &format!("  {name:<10}"), &cut(value));
}

/// A content line by line; of a long one beginning and end, with the number of lines between them.
pub(super) fn contents(out: &mut String, text: &str) {
    let lines: Vec<&str> = text.lines().collect();
    let line = |out: &mut String, line: &str| broken(out, "    | ", &padded(&cut_to(line), 20));
    if lines.len() <= LINES + END {
        lines.iter().for_each(|l| line(out, l));
        return;
    }
    let left = lines.len() - LINES - END;
    lines.iter().take(LINES).for_each(|l| line(out, l));
    out.push_str(&format!("    … {left} more lines, then the last {END}; sha256 of all of it\n"));
    out.push_str(&format!("      {}\n", sha256(text.as_bytes())));
    lines.iter().skip(LINES + left).for_each(|l| line(out, l));
}

/// The members of an object, each on its lines.
pub(super) fn members(out: &mut String, value: &Value, indent: usize, without: &[&str]) {
    let Some(members) = value.as_object() else { return };
    for (name, value) in members.iter().filter(|(name, _)| !without.contains(&name.as_str())) {
        member(out, name, value, indent);
    }
}

fn member(out: &mut String, name: &str, value: &Value, indent: usize) {
    let start = format!("{:indent$}{:<12}", "", cut(name));
    match value {
        Value::Object(_) => {
            out.push_str(start.trim_end());
            out.push('\n');
            members(out, value, indent + 2, &[]);
        }
        Value::Array(items) if items.is_empty() => wrapped(out, &start, "none"),
        Value::Array(items) => {
            out.push_str(start.trim_end());
            out.push('\n');
            list(out, name, items, indent + 2);
        }
        Value::String(text) => wrapped(out, &start, &cut(text)),
        Value::Null => wrapped(out, &start, "none"),
        Value::Bool(_) | Value::Number(_) => wrapped(out, &start, &value.to_string()),
    }
}

/// All members, those of a long list on a line each; or of long arguments the beginning, what stands
/// out in the middle, and the end.
fn list(out: &mut String, name: &str, items: &[Value], indent: usize) {
    if items.len() <= ITEMS {
        items.iter().for_each(|item| item_lines(out, item, indent));
        return;
    }
    if name != ARGUMENTS {
        for item in items {
            let line = if item.is_object() { Value::String(compact(item)) } else { item.clone() };
            item_lines(out, &line, indent);
        }
        return;
    }
    let (first, rest) = items.split_at(FIRST);
    let (middle, last) = rest.split_at(rest.len() - LAST);
    first.iter().for_each(|item| item_lines(out, item, indent));
    let odd: Vec<&Value> = middle.iter().filter(|item| odd(item)).collect();
    let text = canonical(&Value::Array(items.to_vec())).unwrap_or_default();
    let note = format!(
        "… {} of {} are not shown here (`--json` has all); sha256 of all",
        middle.len() - odd.len().min(ODD),
        items.len(),
    );
    wrapped(out, &format!("{:indent$}", ""), &note);
    out.push_str(&format!("{:indent$}  {}\n", "", sha256(text.as_bytes())));
    if !odd.is_empty() {
        let note = format!("{} between them stand out, such as", odd.len());
        wrapped(out, &format!("{:indent$}", ""), &note);
        odd.iter().take(ODD).for_each(|item| item_lines(out, item, indent));
        wrapped(out, &format!("{:indent$}", ""), &format!("the last {LAST}:"));
    }
    last.iter().for_each(|item| item_lines(out, item, indent));
}

/// The members of an object on one line.
fn compact(item: &Value) -> String {
    let Some(members) = item.as_object() else { return item.to_string() };
    let texts = members.iter().map(|(name, value)| match value.as_str() {
        Some(text) => format!("{name}={text}"),
        None => format!("{name}={value}"),
    });
    texts.collect::<Vec<_>>().join(" ")
}

/// Whether a member is more than a plain word: an option, a place, something hidden or posing, or long.
fn odd(item: &Value) -> bool {
    item.as_str().is_none_or(|text| {
        text.starts_with('-')
            || text.contains(['/', '~', '$', '`', ';', '|', '&', '>', '<', '(', '='])
            || cut(text) != text
    })
}

/// One member of a list.
pub(super) fn item_lines(out: &mut String, item: &Value, indent: usize) {
    if item.is_object() {
        let mut inner = String::new();
        members(&mut inner, item, indent + 2, &[]);
        // The first line carries the dash, so that entries can be told apart.
        out.push_str(&inner.replacen(&" ".repeat(indent + 2), &format!("{:indent$}- ", ""), 1));
    } else {
        let text = item.as_str().map_or_else(|| cut(&item.to_string()), cut);
        wrapped(out, &format!("{:indent$}- ", ""), &text);
    }
}

/// Text on one line with nothing hidden; what is long shows both ends, its length and its hash.
pub(super) fn cut(text: &str) -> String {
    padded(&cut_to(text), 2)
}

fn cut_to(text: &str) -> String {
    let escaped = |part: &str| visible_line(&plain(part), usize::MAX);
    let count = text.chars().count();
    if count <= LONG {
        return escaped(text);
    }
    let at = |n: usize| text.char_indices().nth(n).map_or(text.len(), |(at, _)| at);
    let (head, tail) = (text.get(..at(HEAD)), text.get(at(count - TAIL)..));
    let (head, tail) = (escaped(head.unwrap_or_default()), escaped(tail.unwrap_or_default()));
    format!("{head}… ({} bytes in all, sha256 {}) …{tail}", text.len(), sha256(text.as_bytes()))
}

/// Runs of `most` spaces and more are counted instead of shown: padding moves things out of sight.
/// Spaces at the ends are counted always.
fn padded(text: &str, most: usize) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut run, mut begun) = (0, most > 2);
    let close = |out: &mut String, run: usize, edge: bool| match run {
        0 => {}
        n if n >= most || edge => {
            out.push_str(&format!("⟨{n} space{}⟩", if n == 1 { "" } else { "s" }));
        }
        n => out.extend(std::iter::repeat_n(' ', n)),
    };
    for c in text.chars() {
        if c == ' ' {
            run += 1;
            continue;
        }
        close(&mut out, run, !begun);
        (run, begun) = (0, true);
        out.push(c);
    }
    close(&mut out, run, true);
    out
}

/// `text` after `start`, broken at the width; later lines are indented under the first.
pub(super) fn wrapped(out: &mut String, start: &str, text: &str) {
    let indent = start.chars().count();
    // A digest is easier to compare whole: it gets a line of its own.
    if text.len() == 64 && !text.contains(' ') && indent + 64 > WIDTH {
        out.push_str(&format!("{}\n{:16}{text}\n", start.trim_end(), ""));
        return;
    }
    let room = WIDTH.saturating_sub(indent).max(20);
    let mut line = String::new();
    let mut first = true;
    let mut flush = |out: &mut String, line: &mut String| {
        let lead = if first { start.to_owned() } else { " ".repeat(indent) };
        first = false;
        out.push_str(format!("{lead}{line}").trim_end());
        out.push('\n');
        line.clear();
    };
    for word in text.split(' ') {
        let mut word: Vec<char> = word.chars().collect();
        if !line.is_empty() && width(&line) + 1 + width_of(&word) > room {
            flush(out, &mut line);
        }
        while width_of(&word) > room {
            let fits = fitting(&word, room);
            line.extend(word.drain(..fits));
            flush(out, &mut line);
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.extend(word);
    }
    flush(out, &mut line);
}

/// The same, broken anywhere: spaces of a content stay what they are.
fn broken(out: &mut String, start: &str, text: &str) {
    let mut rest: Vec<char> = text.chars().collect();
    let room = WIDTH.saturating_sub(start.chars().count());
    loop {
        let fits = fitting(&rest, room);
        let line: String = rest.drain(..fits).collect();
        out.push_str(format!("{start}{line}").trim_end());
        out.push('\n');
        if rest.is_empty() {
            return;
        }
    }
}

fn width(text: &str) -> usize {
    text.chars().map(columns).sum()
}

fn width_of(word: &[char]) -> usize {
    word.iter().map(|c| columns(*c)).sum()
}

/// How many characters fit into `room` columns: at least one.
fn fitting(word: &[char], room: usize) -> usize {
    let mut used = 0;
    let fits = word.iter().take_while(|c| {
        used += columns(**c);
        used <= room
    });
    fits.count().max(1).min(word.len())
}

/// Columns that a terminal gives `c`: two for the wide scripts and pictures.
const fn columns(c: char) -> usize {
    match c {
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}'
        | '\u{1f300}'..='\u{1faff}'
        | '\u{20000}'..='\u{3fffd}' => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lines_stay_within_80_columns_and_long_words_are_broken() {
        let mut out = String::new();
        wrapped(&mut out, "  because   ", &format!("{} {}", "x".repeat(200), "word ".repeat(40)));
        wrapped(&mut out, "  wide      ", &"請求書".repeat(40));
        assert!(out.lines().all(|line| width(line) <= WIDTH), "{out}");
        assert_eq!(out.matches('x').count(), 200);
    }

    #[test]
    fn hostile_text_shows_and_stays_on_its_line() {
        let mut out = String::new();
        member(&mut out, "argv", &json!(["ls\u{1b}[2K", "a\nb", "\u{202e}txt.exe", "p\u{430}y"]), 2);
        let expected = "  argv\n    - ls\\u{1b}[2K\n    - a\\nb\n    - \\u{202e}txt.exe\n    - p\\u{430}y\n";
        assert_eq!(out, expected);
    }

    #[test]
    fn padding_is_counted_and_not_shown() {
        assert_eq!(cut(&format!("ls{}; rm -rf /", " ".repeat(400))), "ls⟨400 spaces⟩; rm -rf /");
        assert_eq!(cut(" a b "), "⟨1 space⟩a b⟨1 space⟩");
        let mut out = String::new();
        contents(&mut out, "    indented\n\ttab\nx   \n");
        assert_eq!(out, "    |     indented\n    | \\ttab\n    | x⟨3 spaces⟩\n");
    }

    #[test]
    fn what_is_cut_shows_both_ends_and_is_named() {
        let long = format!("begin{}; rm -rf /", "y".repeat(5000));
        let shown = cut(&long);
        assert!(shown.starts_with("begin") && shown.ends_with("; rm -rf /"), "{shown}");
        assert!(shown.contains("5015 bytes in all"), "{shown}");
        assert!(shown.contains(sha256(long.as_bytes()).as_str()));
    }

    #[test]
    fn of_a_long_list_of_targets_none_is_left_out() {
        let items: Vec<Value> =
            (0..200).map(|n| json!({"name": format!("b{n}"), "lost_commits": n})).collect();
        let mut out = String::new();
        list(&mut out, "branches", &items, 2);
        assert_eq!(out.lines().count(), 200, "{out}");
        assert!(out.contains("- lost_commits=150 name=b150\n"), "{out}");
        for name in ["writes", "write_roots", "hosts", "programs", "reads", "env"] {
            let items: Vec<Value> = (0..200).map(|n| json!(format!("x{n}"))).collect();
            let mut out = String::new();
            list(&mut out, name, &items, 2);
            let all: String = (0..200).map(|n| format!("  - x{n}\n")).collect();
            assert_eq!(out, all, "{name}");
        }
    }

    #[test]
    fn a_long_list_shows_its_ends_and_what_stands_out_between_them() {
        let mut items: Vec<Value> = (0..10_000).map(|n| json!(format!("file{n}"))).collect();
        items[5000] = json!("--exec=/bin/sh");
        let mut out = String::new();
        list(&mut out, "argv", &items, 2);
        for needed in ["- file0\n", "- file9999\n", "--exec=/bin/sh", "of 10000 are not shown"] {
            assert!(out.contains(needed), "{needed}: {out}");
        }
        assert!(out.lines().count() < 60, "{out}");
    }
}
