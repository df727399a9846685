//! Arguments: where they may name a place, and whether an option is one that is listed.

use super::walk::{Cwd, Walk};
use super::word::Value;
use crate::call::Answer;
use crate::gate::resolve::address::{why_no_public_name, why_not_public};
use crate::gate::resolve::path::real;
use crate::gate::resolve::web::host_name;
use crate::gate::rules::{Rule, about};
use std::path::{Path, PathBuf};

/// Windows into the kernel that hold nothing of anybody.
const HARMLESS: &[&str] = &[
    "/dev/null",
    "/dev/zero",
    "/dev/urandom",
    "/dev/random",
    "/dev/stdin",
    "/dev/stdout",
    "/dev/stderr",
    "/dev/tty",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/loadavg",
    "/proc/uptime",
    "/proc/version",
    "/proc/stat",
    "/proc/filesystems",
    "/proc/mounts",
];

/// A value that names a place: on record, for every question to look at.
pub fn touch(walk: &mut Walk<'_>, value: &Value, writes: bool) {
    look(walk, value);
    if !value.known || value.glob {
        return;
    }
    if HARMLESS.contains(&value.text.as_str()) {
        walk.ask("shell-device", value.at, &format!("`{}` is a device", value.text));
        return;
    }
    // As written; a `~` that was quoted is a name like any other.
    let literal = |name: &str| if let Cwd::At(cwd) = &walk.cwd { real(&cwd.join(name)).ok() } else { None };
    let place = if value.text.starts_with('~') { literal(&value.text) } else { walk.place(&value.text) };
    match place {
        Some(path) if writes => {
            walk.writes.insert(path);
        }
        Some(path) => {
            walk.reads.insert(path);
        }
        None if writes && let Some(rule) = guarded(walk, &value.text) => {
            walk.find(Answer::Block, rule.id, value.at, &format!("`{}`: {}", value.text, rule.message));
        }
        None if climbs(&value.text) || matches!(walk.cwd, Cwd::Unknown) => {
            walk.ask("shell-dynamic", value.at, &format!("`{}` leads where it is not known", value.text));
        }
        None => {}
    }
}

/// The rule that forbids to change `text`, wherever it starts.
fn guarded(walk: &Walk<'_>, text: &str) -> Option<&'static Rule> {
    let path = Path::new("/scratch").join(text);
    about(&path, true, &walk.world.guarded).find(|rule| rule.answer == Answer::Block)
}

/// Whether a relative path leaves the folder it starts in.
pub fn climbs(text: &str) -> bool {
    let mut depth = 0_i32;
    for part in text.split('/') {
        match part {
            "" | "." => {}
            ".." => depth -= 1,
            _ => depth += 1,
        }
        if depth < 0 {
            return true;
        }
    }
    false
}

/// Looks for places in a value, in every way in which programs write them, and blocks what the
/// deny-list guards. Says nothing about the rest.
pub fn look(walk: &mut Walk<'_>, value: &Value) {
    for text in candidates(&value.text) {
        // Where the rest is unknown, the folder is what is named.
        let known = value.known && !value.glob;
        let text = if known { text } else { text.rsplit_once('/').map_or("", |(folder, _)| folder) };
        if !text.is_empty() {
            look_at(walk, text, value.at);
        }
    }
}

fn look_at(walk: &mut Walk<'_>, text: &str, at: usize) {
    if HARMLESS.contains(&text) {
        return;
    }
    for path in readings(walk, text) {
        let hit = about(&path, false, &walk.world.guarded).max_by_key(|rule| rule.answer);
        if let Some(rule) = hit {
            walk.find(rule.answer, rule.id, at, &format!("`{text}`: {}", rule.message));
            return;
        }
    }
}

/// The paths that `text` may stand for: as it is, and where a climb may end.
fn readings(walk: &Walk<'_>, text: &str) -> Vec<PathBuf> {
    let text = text.strip_prefix("file://").unwrap_or(text);
    let text = text.replacen("$HOME", "~", 1).replacen("${HOME}", "~", 1);
    let mut paths: Vec<PathBuf> = walk.place(&text).into_iter().collect();
    // Also as it is written: what `/dev/fd` and `/proc/self` lead to is another thing for the program.
    if text.starts_with('/') {
        paths.push(PathBuf::from(&text));
    }
    if !text.starts_with(['/', '~']) {
        let home = walk.world.home.tilde().to_path_buf();
        let rest = text.trim_start_matches("./");
        let climbed = rest.trim_start_matches("../");
        if climbed != rest {
            paths.extend([home.join(climbed), Path::new("/").join(climbed)]);
        } else if paths.is_empty() {
            paths.push(Path::new("/scratch").join(rest));
        }
    }
    paths
}

/// Texts inside an argument that may be a path: all of it, after `=`, `@`, `:` and `,`, and glued to
/// a one-letter option.
fn candidates(text: &str) -> Vec<&str> {
    let mut found = vec![text];
    for mark in ['=', '@', ':', ',', ';'] {
        found.extend(text.split(mark).skip(1));
        found.extend(text.split(mark).next());
    }
    if let Some(rest) = text.strip_prefix('-').filter(|r| !r.starts_with('-')) {
        found.extend(rest.find(['/', '~', '.']).and_then(|at| rest.get(at..)));
        found.extend(rest.get(1..));
    }
    found.retain(|t| !t.is_empty() && t.len() <= 4096);
    found.sort_unstable();
    found.dedup();
    found
}

/// A program's code or message that mentions a guarded place.
pub fn look_into_text(walk: &mut Walk<'_>, value: &Value) {
    let part = |c: char| !(c.is_alphanumeric() || "._~/$-{}".contains(c));
    for token in value.text.split(part).filter(|t| t.starts_with(['/', '~']) || t.starts_with("$HOME")) {
        if token.len() > 2 {
            look_at(walk, token, value.at);
        }
    }
}

/// All arguments of a program that is not known to only look.
pub fn touch_all(walk: &mut Walk<'_>, args: &[Value], writes: bool) {
    for value in args {
        look(walk, value);
        hosts(walk, value);
        if value.text.starts_with('-') || !value.known {
            continue;
        }
        let there = walk.place(&value.text).is_some_and(|p| p.symlink_metadata().is_ok());
        // Code and messages hold slashes, too; a place has rarely a blank.
        let shaped =
            value.text.contains('/') && !value.text.contains("://") && !value.text.contains([' ', '\n', ';'])
                || value.text.starts_with('~')
                || matches!(value.text.as_str(), "." | "..");
        let names_a_place = shaped || there;
        if names_a_place {
            touch(walk, value, writes);
        }
    }
}

/// Hosts that a value names: in a URL, or as `user@host:`.
pub fn hosts(walk: &mut Walk<'_>, value: &Value) {
    let text = value.text.as_str();
    if let Some((scheme, rest)) = text.split_once("://") {
        let scheme = scheme.rsplit(['=', '@']).next().unwrap_or_default().to_lowercase();
        url(walk, &scheme, rest, value.at);
        return;
    }
    let before = text.split_once(':').map(|(before, _)| before);
    if let Some((_, host)) = before.and_then(|b| b.split_once('@')) {
        named(walk, host);
    }
}

/// The host of what follows `SCHEME://`. Where a browser's protocol would lead to this machine or its
/// neighbours, it is blocked as it is for requests.
pub fn url(walk: &mut Walk<'_>, scheme: &str, rest: &str, at: usize) {
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let host = match host.strip_prefix('[') {
        Some(six) => six.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    let Some(host) = named(walk, host) else { return };
    if !matches!(scheme, "http" | "https" | "ftp" | "ws" | "wss") {
        return;
    }
    let why = match host.parse() {
        Ok(address) => why_not_public(address),
        Err(_) => why_no_public_name(&host),
    };
    if let Some(why) = why {
        walk.block("not-public", at, &format!("`{host}` is {why}: no call goes there"));
    }
}

/// Notes a host, as it is compared.
fn named(walk: &mut Walk<'_>, host: &str) -> Option<String> {
    let written = Some(host).filter(|h| !h.is_empty() && h.len() <= 253)?;
    let host = host_name(written).unwrap_or_else(|_| written.trim_end_matches('.').to_lowercase());
    walk.hosts.insert(host.clone());
    Some(host)
}
