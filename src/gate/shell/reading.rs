//! Programs that only look: what they are given, and what lies below it.

use super::listed::Listing;
use super::reader::{self, Operands, Reader};
use super::walk::{Cwd, Walk};
use super::word::Value;
use super::{arguments, listed, scripts};
use crate::gate::rules::about;
use crate::state::small;
use std::path::Path;

/// Most entries below a place that are looked at.
const MOST: usize = 20_000;

pub fn read(walk: &mut Walk<'_>, name: &str, args: &[Value], reader: &Reader) {
    walk.pattern = false;
    let mut operands = reader::operands(walk, name, args, reader);
    for value in &operands {
        if value.text.starts_with('+') && matches!(name, "tail" | "head") {
            walk.ask("shell-option", value.at, &format!("`{name} {}` is not known to end", value.text));
        }
        if value.text.starts_with('@') && reader.operands != Operands::Anything {
            walk.ask(
                "shell-option",
                value.at,
                &format!("`{name} {}` may read its arguments from a file", value.text),
            );
        }
    }
    if name == "jq"
        && args.iter().any(|v| ["import", "include", "modulemeta"].iter().any(|w| v.text.contains(w)))
    {
        walk.ask("shell-script", args.first().map_or(0, |v| v.at), "`jq` with modules reads other files");
    }
    if name == "ps" && shows_variables(args) {
        walk.ask(
            "shell-option",
            args.first().map_or(0, |v| v.at),
            "`ps` would show the variables of other programs",
        );
    }
    match reader.operands {
        // What is compared may be text; what looks like a place is one.
        Operands::Anything if matches!(name, "test" | "[") => {
            operands.retain(|v| v.text.contains('/') || v.text.starts_with('~'));
        }
        Operands::Anything => operands.clear(),
        Operands::Text => {
            if name == "date" && operands.iter().any(|v| !v.text.starts_with('+')) {
                walk.ask(
                    "shell-option",
                    operands.first().map_or(0, |v| v.at),
                    "`date` with an operand may set the clock",
                );
            }
            operands.clear();
        }
        Operands::None => {
            if let Some(value) = operands.first() {
                walk.ask(
                    "shell-option",
                    value.at,
                    &format!("`{name} {}` is not known to only look", value.text),
                );
            }
        }
        Operands::OnePath => {
            if let Some(value) = operands.get(1) {
                walk.ask("shell-write", value.at, &format!("`{name}` writes its second operand"));
                arguments::touch(walk, value, true);
                operands.truncate(1);
            }
        }
        Operands::Pattern => {
            if !walk.pattern && !operands.is_empty() {
                operands.remove(0);
            }
        }
        Operands::Paths => {}
    }
    // The depth to which it reads folders.
    let deep = match name {
        "grep" | "egrep" | "fgrep" => args
            .iter()
            .any(|v| {
                v.text == "--recursive"
                    || v.text.starts_with('-') && !v.text.starts_with("--") && v.text.contains(['r', 'R'])
            })
            .then_some(usize::MAX),
        // Of two folders it compares the files.
        "diff" => Some(
            if args.iter().any(|v| {
                v.text == "--recursive"
                    || v.text.starts_with('-') && !v.text.starts_with("--") && v.text.contains('r')
            }) {
                usize::MAX
            } else {
                1
            },
        ),
        "rg" => Some(usize::MAX),
        _ => None,
    };
    let globs =
        args.iter().any(|v| v.text.contains("glob") || v.text.starts_with('-') && v.text.contains('g'));
    let hidden = name != "rg" || globs;
    if let (Some(depth), Cwd::At(cwd)) = (deep, walk.cwd.clone())
        && operands.is_empty()
    {
        look_below_folder(walk, &cwd, &Below { name, listing: None, depth, hidden, at: 0 });
    }
    for value in operands {
        arguments::touch(walk, value, false);
        if let Some(depth) = deep {
            below(walk, value, &Below { name, listing: None, depth, hidden, at: value.at });
        }
    }
}

/// Whether `ps` may show the variables of programs. An option that it does not take makes it read all
/// of them another way, in which `e` shows variables: beside `e`, only what is known not to.
fn shows_variables(args: &[Value]) -> bool {
    let shorts = || {
        let dashed = args.iter().filter_map(|v| v.text.strip_prefix('-'));
        dashed.filter(|letters| !letters.starts_with('-')).flat_map(|letters| {
            // What follows these is their value.
            let end = letters.find(['o', 'p', 'C']).map_or(letters.len(), |at| at + 1);
            letters.get(..end).unwrap_or_default().chars()
        })
    };
    args.iter().any(|v| v.text.contains("environ"))
        || shorts().any(|c| c == 'e') && shorts().any(|c| !"AaefFlLjyHcdTwmopC".contains(c))
}

/// Whether a packer lists, tests or prints, and neither makes a file nor removes one.
pub fn unpacks_to_output(args: &[Value]) -> bool {
    let letters = |v: &Value| v.text.strip_prefix('-').map(str::to_owned);
    let options: Vec<_> = args.iter().filter_map(letters).collect();
    options.iter().all(|l| l.chars().all(|c| "cdklqtv".contains(c)))
        && options.iter().any(|l| l.contains(['c', 'l', 't']))
}

/// How a program reads what lies below a place.
struct Below<'n> {
    name: &'n str,
    /// Whose names are given to another program.
    listing: Option<&'n Listing>,
    depth: usize,
    /// Whether it reads what is hidden, whatever is said elsewhere.
    hidden: bool,
    at: usize,
}

/// A program that reads all that lies below a place: nothing of it may be guarded.
pub fn look_below(walk: &mut Walk<'_>, start: &Value, name: &str, at: usize) {
    below(walk, start, &Below { name, listing: None, depth: usize::MAX, hidden: true, at });
}

/// The same for names that are listed for a program that only looks.
pub fn look_at_names(walk: &mut Walk<'_>, listing: &Listing, at: usize) {
    let here = Value { text: ".".into(), known: true, glob: false, at };
    let starts = if listing.starts.is_empty() { vec![here] } else { listing.starts.clone() };
    for start in &starts {
        let folder = walk.place(&start.text);
        if listing.flat
            && (folder.is_none_or(|path| path.is_dir()) || !listed::is_one_word(&start.text, listing))
        {
            walk.ask(
                "shell-runs-programs",
                at,
                &format!("`xargs` is given what `ls` says of `{}`", start.text),
            );
            continue;
        }
        if listed::is_one_word(&start.text, listing) {
            below(
                walk,
                start,
                &Below { name: "xargs", listing: Some(listing), depth: usize::MAX, hidden: true, at },
            );
        } else {
            walk.ask("shell-runs-programs", at, &format!("`xargs` cuts `{}`", start.text));
        }
    }
}

fn below(walk: &mut Walk<'_>, start: &Value, how: &Below<'_>) {
    if let Some(folder) = walk.place(&start.text).filter(|_| start.known && !start.glob) {
        look_below_folder(walk, &folder, how);
    }
}

fn look_below_folder(walk: &mut Walk<'_>, folder: &Path, how: &Below<'_>) {
    let Below { name, depth, at, .. } = *how;
    if !walk.inside(folder) {
        // Not walked through unasked: a look at another place may hang, or ask the person for a right.
        if depth > 1 && folder.is_dir() {
            walk.ask("shell-recursive", at, &format!("`{name}` reads all below `{}`", folder.display()));
        }
        return;
    }
    let hidden = how.hidden || unhides(folder);
    let entries = walkdir::WalkDir::new(folder)
        .max_depth(depth)
        .into_iter()
        .filter_entry(|e| e.depth() == 0 || hidden || !e.file_name().to_string_lossy().starts_with('.'));
    for (n, entry) in entries.filter_map(Result::ok).enumerate() {
        if n >= MOST {
            walk.ask("shell-recursive", at, &format!("`{name}` reads a tree too large to look through"));
            return;
        }
        let path = entry.path();
        let name_of = entry.file_name().to_str();
        if let Some(listing) = how.listing.filter(|_| entry.depth() > 0)
            && !name_of.is_some_and(|name| listed::is_one_word(name, listing))
        {
            let what = format!("`xargs` does not take `{}` for one name", path.display());
            walk.ask("shell-runs-programs", at, &what);
            return;
        }
        if depth == 1 && entry.file_type().is_dir() {
            continue;
        }
        if entry.path_is_symlink() {
            let target = crate::gate::resolve::path::real(path).unwrap_or_default();
            let guarded = about(&target, false, &walk.world.guarded).next().is_some();
            if guarded || !walk.inside(&target) {
                let what =
                    format!("`{name}` reads all below, also what the link `{}` leads to", path.display());
                walk.ask("shell-recursive", at, &what);
                return;
            }
        }
        // The names of git's own files are not secrets, and there are many.
        let guarded = about(path, false, &walk.world.guarded).next();
        if let Some(rule) = guarded {
            let what = format!("`{name}` reads all below, also `{}`: {}", path.display(), rule.message);
            walk.ask("shell-recursive", at, &what);
            return;
        }
    }
}

/// Whether a file that tells `rg` what to leave out, here, above or below, takes something back: that
/// is searched though it is hidden.
fn unhides(folder: &Path) -> bool {
    let takes_back = |folder: &Path| {
        [".gitignore", ".ignore", ".rgignore", ".git/info/exclude"].iter().any(|name| {
            let text = small::read_if_there(&folder.join(name), 1 << 20);
            // What cannot be read, or is too long, may.
            text.map_or(true, |text| {
                text.unwrap_or_default().split(|b| *b == b'\n').any(|line| line.starts_with(b"!"))
            })
        })
    };
    let below = walkdir::WalkDir::new(folder).into_iter().filter_entry(|e| e.file_type().is_dir());
    folder.ancestors().skip(1).any(takes_back)
        || below.filter_map(Result::ok).enumerate().any(|(n, found)| n >= MOST || takes_back(found.path()))
}

pub fn sed(walk: &mut Walk<'_>, name: &str, args: &[Value], at: usize) {
    let in_place =
        args.iter().any(|v| v.text.starts_with("-i") || v.text.starts_with("--in-place") || v.text == "-I");
    let mut scripts = Vec::new();
    let mut operands = Vec::new();
    let mut rest = args.iter();
    let mut listed = true;
    while let Some(value) = rest.next() {
        match value.text.as_str() {
            "-n" | "-E" | "-r" | "-s" | "-u" | "-z" | "--quiet" | "--silent" | "--regexp-extended"
            | "--posix" | "-nE" | "-En" | "-nr" | "-rn" => {}
            "-e" | "--expression" => scripts.extend(rest.next()),
            text if text.len() > 2
                && text.starts_with('-')
                // What follows the first `e` is the script, and not the next word.
                && text.find('e') == Some(text.len() - 1)
                && text.chars().skip(1).all(|c| "nErsuze".contains(c)) =>
            {
                scripts.extend(rest.next());
            }
            text if text.starts_with('-') && text.len() > 1 => listed = false,
            _ => operands.push(value),
        }
    }
    if scripts.is_empty() && !operands.is_empty() {
        scripts.push(operands.remove(0));
    }
    let prints = !scripts.is_empty()
        && scripts.iter().all(|s| s.known && !s.glob && scripts::sed_only_prints(&s.text));
    if !listed || !prints || in_place {
        walk.ask(
            "shell-script",
            at,
            &format!("`{name}` with a script or option that may write or run something"),
        );
        args.iter().for_each(|v| arguments::look_into_text(walk, v));
    }
    for value in operands {
        arguments::touch(walk, value, in_place);
    }
}

pub fn awk(walk: &mut Walk<'_>, name: &str, args: &[Value], at: usize) {
    let mut operands = Vec::new();
    let mut rest = args.iter();
    let mut listed = true;
    while let Some(value) = rest.next() {
        match value.text.as_str() {
            "-F" => {
                let _ = rest.next();
            }
            text if text.starts_with("-F") => {}
            "-v" => {
                let set =
                    rest.next().is_some_and(|v| v.known && v.text.contains('=') && !v.text.contains('\\'));
                listed &= set;
            }
            text if text.starts_with('-') && text.len() > 1 => listed = false,
            _ => operands.push(value),
        }
    }
    let program = if operands.is_empty() { None } else { Some(operands.remove(0)) };
    if !listed || !program.is_some_and(|p| p.known && !p.glob && scripts::awk_only_prints(&p.text)) {
        walk.ask(
            "shell-script",
            at,
            &format!("`{name}` with a program or option that may write or run something"),
        );
        args.iter().for_each(|v| arguments::look_into_text(walk, v));
    }
    for value in operands {
        // An operand `name=value` sets a variable.
        arguments::touch(walk, value, false);
    }
}

/// `tar tf FILE`, in its few spellings; a name with a colon would be another machine's.
pub fn lists_tar(walk: &mut Walk<'_>, args: &[Value]) -> bool {
    let (how, file) = match args {
        [how, file] => (how.text.trim_start_matches('-'), file),
        [list, f, file] if list.text == "--list" && f.text == "-f" => ("tf", file),
        _ => return false,
    };
    let lists = how.contains('t') && how.ends_with('f') && how.chars().all(|c| "tvzjJf".contains(c));
    let plain = file.known && !file.glob && !file.text.starts_with('-') && !file.text.contains(':');
    if lists && plain {
        arguments::touch(walk, file, false);
    }
    lists && plain
}
