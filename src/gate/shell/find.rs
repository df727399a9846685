//! `find`: an expression of tests that look, or actions that do not.

use super::feeding::Input;
use super::walk::Walk;
use super::word::Value;
use super::{arguments, delete, reading};

/// Tests and options without a value.
const PLAIN: &[&str] = &[
    "-print",
    "-print0",
    "-prune",
    "-quit",
    "-ls",
    "-depth",
    "-d",
    "-xdev",
    "-mount",
    "-follow",
    "-empty",
    "-not",
    "-a",
    "-and",
    "-o",
    "-or",
    "!",
    "(",
    ")",
    ",",
    "-true",
    "-false",
    "-readable",
    "-writable",
    "-executable",
    "-daystart",
    "-noleaf",
    "-nouser",
    "-nogroup",
    "-H",
    "-L",
    "-P",
    "-E",
    "-x",
    "-s",
    "-X",
    "-version",
    "--version",
];

/// Tests with one value.
const VALUED: &[&str] = &[
    "-newermt",
    "-newerct",
    "-name",
    "-iname",
    "-path",
    "-ipath",
    "-wholename",
    "-regex",
    "-iregex",
    "-lname",
    "-ilname",
    "-type",
    "-xtype",
    "-maxdepth",
    "-mindepth",
    "-size",
    "-mtime",
    "-mmin",
    "-atime",
    "-amin",
    "-ctime",
    "-cmin",
    "-perm",
    "-user",
    "-group",
    "-uid",
    "-gid",
    "-links",
    "-inum",
    "-regextype",
    "-printf",
    "-fstype",
    "-used",
];

pub fn judge(walk: &mut Walk<'_>, args: &[Value], input: &Input) {
    let options = args
        .iter()
        .take_while(|v| ["-H", "-L", "-P", "-E", "-x", "-s", "-X"].contains(&v.text.as_str()))
        .count();
    let starts: Vec<&Value> = args
        .iter()
        .skip(options)
        .take_while(|v| !v.text.starts_with('-') && !["!", "("].contains(&v.text.as_str()))
        .collect();
    let given = starts.len();
    for start in &starts {
        arguments::touch(walk, start, false);
    }
    let here = Value { text: ".".into(), known: true, glob: false, at: args.first().map_or(0, |v| v.at) };
    let starts = if starts.is_empty() { vec![here] } else { starts.into_iter().cloned().collect() };
    let mut rest = args.iter().skip(options + given);
    while let Some(value) = rest.next() {
        let text = value.text.as_str();
        match text {
            _ if PLAIN.contains(&text) => {}
            _ if VALUED.contains(&text) => {
                let _ = rest.next();
            }
            "-newer" | "-anewer" | "-cnewer" | "-samefile" => {
                if let Some(path) = rest.next() {
                    arguments::touch(walk, path, false);
                }
            }
            "-delete" => {
                walk.ask("shell-delete", value.at, "`find -delete` deletes what it finds");
                starts.iter().for_each(|start| delete::below(walk, start));
            }
            "-exec" | "-execdir" | "-ok" | "-okdir" => {
                let mut words = Vec::new();
                let (mut before, mut ended) = ("", false);
                for word in rest.by_ref() {
                    // A `+` ends it only after `{}`.
                    ended = word.text == ";" || word.text == "+" && before == "{}";
                    if ended {
                        break;
                    }
                    before = &word.text;
                    // What it finds lies below where it starts.
                    match starts.as_slice() {
                        [start] if word.text.contains("{}") && word.text != "{}" => {
                            words.push(Value { text: word.text.replace("{}", &start.text), ..word.clone() });
                        }
                        _ if word.text == "{}" => words.extend(starts.clone()),
                        _ => words.push(word.clone()),
                    }
                }
                let before = walk.findings.len();
                walk.run(&words, input);
                if text == "-exec" && ended && walk.findings.len() == before {
                    // A program that only looks, at what lies below: names from there begin with
                    // where it starts, so that none is an option.
                    starts.iter().for_each(|start| reading::look_below(walk, start, "find", value.at));
                } else {
                    let what = format!("`find {text}` runs a program on what it finds");
                    walk.ask("shell-runs-programs", value.at, &what);
                }
            }
            "-fprint" | "-fprint0" | "-fprintf" | "-fls" => {
                walk.ask("shell-write", value.at, &format!("`find {text}` writes a file"));
                if let Some(path) = rest.next() {
                    arguments::touch(walk, path, true);
                }
            }
            _ => {
                walk.ask("shell-option", value.at, &format!("`find {text}` is not a test known to only look"))
            }
        }
    }
}
