//! Credentials that lie in files: where, by which rule, and a fingerprint. The credential itself never
//! leaves this room.

mod history;

use super::walk::{self, DEEPEST, Found, Wish};
use super::watched::{Watch, Watched};
use super::{Hand, Step, Trouble, folder};
use crate::call::{Happened, Look, Place};
use crate::state::Redactor;
use serde_json::{Value, json};
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::time::{Duration, Instant};

/// How long it may take.
const TIME: Duration = Duration::from_secs(40);
/// Bytes that are looked at in one piece; longer lines are cut there.
const PIECE: usize = 1 << 20;
/// Longest file that is looked through.
const LONG: u64 = 256 << 20;
/// Most files that are named as not looked through.
const NAMED: usize = 20;

/// A credential that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Hit {
    line: u64,
    rule: &'static str,
    fingerprint: String,
}

pub fn scan(hand: &Hand<'_>, look: &Look<Place>) -> Step {
    let Look::Secrets { root, glob, history, limit, .. } = look else {
        return Err(Trouble::Not("this is no look for credentials".into()));
    };
    let root = root.path.as_path();
    let redactor = Redactor::of(hand.home);
    let until = Instant::now() + TIME;
    let watch = Watch::new(hand, until);
    let limit = usize::try_from(*limit).unwrap_or(usize::MAX);
    let mut all = All { hits: Vec::new(), limit, more: false, skipped: Vec::new(), files: 0, linked: 0 };
    let wish = Wish {
        depth: DEEPEST,
        hidden: true,
        // What is ignored is not committed, and lies there all the same.
        ignored: true,
        glob: glob.as_deref().map(walk::glob).transpose()?,
        until,
    };
    let mut left = walk::Left::default();
    if root.is_dir() {
        left = walk::walk(hand, root, &wish, &mut |found: &Found<'_>| {
            // Git's own store is packed; its history is asked of git.
            if found.kind.is_file() && !found.path.components().any(|part| part.as_os_str() == ".git") {
                match walk::opened(found) {
                    Some(file) => all.add(found.path, of(file, &redactor, watch)),
                    None => all.linked += 1,
                }
            }
            Ok(!all.more && watch.over().is_none())
        })?;
    } else {
        let file = folder::holding(root).and_then(|(folder, name)| folder::regular(&folder, name));
        all.add(
            root,
            of(file.map_err(|e| Trouble::io("look through", root.display(), &e))?, &redactor, watch),
        );
    }
    let mut past = None;
    if *history && !all.more {
        past = Some(history::scan(hand, root, &redactor, watch, all.limit)?);
    }
    if hand.stopped() {
        return Err(Trouble::Braked(format!("{} stopped it while looking", hand.stopper())));
    }
    let over = watch.over().is_some();
    let mut lacks: Vec<String> = Vec::new();
    if over {
        lacks.push("its time was over before everything was looked through: name a part".into());
    }
    let missed = all.skipped.len() + past.as_ref().map_or(0, |past| past.skipped);
    if missed > 0 {
        lacks.push(format!("{missed} files or commits could not be looked through"));
    }
    let value = json!({
        "hits": all.hits, "history": past.as_ref().map(|past| &past.rows), "files": all.files,
        "truncated": all.more || over || past.as_ref().is_some_and(|past| past.more),
        "left_out": {
            "guarded": left.guarded, "linked": all.linked, "refused": left.refused, "skipped": all.skipped,
        },
    });
    Ok(Happened::Told { value, lacks: (!lacks.is_empty()).then(|| lacks.join("; ")) })
}

struct All {
    hits: Vec<Value>,
    limit: usize,
    more: bool,
    skipped: Vec<String>,
    files: u64,
    linked: u64,
}

impl All {
    fn add(&mut self, path: &Path, found: Result<Vec<Hit>, String>) {
        self.files += 1;
        match found {
            Ok(hits) => {
                for hit in hits {
                    if self.hits.len() == self.limit {
                        self.more = true;
                        return;
                    }
                    self.hits.push(json!({
                        "path": path.to_string_lossy(), "line": hit.line, "rule": hit.rule,
                        "fingerprint": hit.fingerprint,
                    }));
                }
            }
            Err(why) if self.skipped.len() < NAMED => self.skipped.push(format!("{}: {why}", path.display())),
            Err(_) => {}
        }
    }
}

/// What a file holds, read piece by piece; a piece ends with a line where there is one. A file with a
/// zero byte at its beginning is no text, and holds nothing that anybody typed.
fn of(file: File, redactor: &Redactor, watch: Watch<'_>) -> Result<Vec<Hit>, String> {
    let length = file.metadata().map_err(|e| e.to_string())?.len();
    let mut reader = Watched::new(file, watch).take(LONG);
    let (mut hits, mut held, mut line, mut first) = (Vec::new(), Vec::new(), 1_u64, true);
    loop {
        let before = held.len();
        let read = reader.by_ref().take(u64::try_from(PIECE).unwrap_or(0)).read_to_end(&mut held);
        let read = read.map_err(|e| e.to_string())?;
        if std::mem::take(&mut first) && held.iter().take(8192).any(|b| *b == 0) {
            return Ok(Vec::new());
        }
        let end = if read == 0 {
            held.len()
        } else {
            let last = held.iter().rposition(|b| *b == b'\n').map(|at| at + 1);
            last.unwrap_or(if before >= PIECE { held.len() } else { 0 })
        };
        let piece: Vec<u8> = held.drain(..end).collect();
        let text = String::from_utf8_lossy(&piece);
        hits.extend(redactor.told(&text).into_iter().map(|(at, rule, fingerprint)| {
            let above = text.get(..at).unwrap_or_default().bytes().filter(|b| *b == b'\n').count();
            Hit { line: line + u64::try_from(above).unwrap_or(0), rule, fingerprint }
        }));
        line += u64::try_from(piece.iter().filter(|b| **b == b'\n').count()).unwrap_or(0);
        if read == 0 {
            break;
        }
    }
    if length > LONG {
        return Err(format!("only its first {} MiB were looked through", LONG >> 20));
    }
    Ok(hits)
}
