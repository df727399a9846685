//! Searching files for lines: on all cores, in a fixed order, each file opened without following links.

use super::walk::{self, DEEPEST, Found, Wish};
use super::watched::{Watch, Watched};
use super::{Hand, Step, Trouble, folder};
use crate::call::{Happened, Look, Place};
use grep_matcher::Matcher as _;
use grep_regex::{RegexMatcher, RegexMatcherBuilder};
use grep_searcher::{
    BinaryDetection, Searcher, SearcherBuilder, Sink, SinkContext, SinkContextKind, SinkMatch,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};

/// How long a search may take.
const TIME: Duration = Duration::from_secs(40);
/// Longest line that is held; a longer one ends the search of its file.
const LINE: usize = 8 << 20;
/// Bytes of a line that are shown, and of a line around it.
const SHOWN: usize = 400;
const AROUND: usize = 200;
/// Bytes of all hits together.
const ALL: usize = 768 << 10;
/// Bytes of hits that are held of files which come after one that is not done.
const AHEAD: usize = 16 << 20;
/// How often who waits for such a file looks at the time.
const LOOK: Duration = Duration::from_millis(100);

/// One line that matched.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Hit {
    line: u64,
    col: usize,
    text: String,
    cut: bool,
    before: Vec<String>,
    after: Vec<String>,
}

/// What was found in a file.
#[derive(Debug, Default)]
struct Of {
    path: PathBuf,
    hits: Vec<Hit>,
    binary: bool,
    failed: Option<String>,
}

impl Of {
    /// Whether there is nothing to tell of it.
    const fn is_silent(&self) -> bool {
        self.hits.is_empty() && self.failed.is_none() && !self.binary
    }

    /// Bytes that it holds, about.
    fn bytes(&self) -> usize {
        let one = |hit: &Hit| {
            let around = hit.before.iter().chain(&hit.after).map(|line| line.len() + size_of::<String>());
            size_of::<Hit>() + hit.text.len() + around.sum::<usize>()
        };
        size_of::<Self>() + self.path.as_os_str().len() + self.hits.iter().map(one).sum::<usize>()
    }
}

/// Results by the order of files.
#[derive(Default)]
struct Kept {
    of: BTreeMap<usize, Of>,
    /// All files before this one are done.
    next: usize,
    /// Hits in those.
    hits: usize,
    /// Bytes of those that come after it.
    ahead: usize,
    searched: u64,
}

impl Kept {
    /// Whether what was found in the file `nth` may be held already: that one which all wait for always.
    const fn takes(&self, nth: usize, bytes: usize) -> bool {
        nth <= self.next || self.ahead + bytes <= AHEAD
    }

    fn put(&mut self, nth: usize, of: Of) {
        self.searched += 1;
        self.ahead += of.bytes();
        self.of.insert(nth, of);
        while let Some(of) = self.of.get(&self.next) {
            self.hits += of.hits.len();
            self.ahead = self.ahead.saturating_sub(of.bytes());
            // What was found nothing in needs no memory.
            if of.is_silent() {
                self.of.remove(&self.next);
            }
            self.next += 1;
        }
    }
}

pub fn search(hand: &Hand<'_>, look: &Look<Place>) -> Step {
    let Look::Search { path, pattern, regex, glob, ignored, hidden, context, limit } = look else {
        return Err(Trouble::Not("this is no search".into()));
    };
    let until = Instant::now() + TIME;
    let matcher = matcher(pattern, *regex).map_err(|e| Trouble::Not(format!("pattern `{pattern}`: {e}")))?;
    let wish = Wish {
        depth: DEEPEST,
        hidden: *hidden,
        ignored: *ignored,
        glob: glob.as_deref().map(walk::glob).transpose()?,
        until,
    };
    let limit = usize::try_from(*limit).unwrap_or(usize::MAX);
    let context = usize::try_from(*context).unwrap_or(0);
    let watch = Watch::new(hand, until);
    let job = Job {
        matcher: &matcher,
        context,
        limit,
        watch,
        kept: Mutex::default(),
        done: Condvar::new(),
        enough: AtomicBool::new(false),
    };
    let (mut linked, mut left) = (0_u64, walk::Left::default());
    let root = path.path.as_path();
    if root.is_dir() {
        left = job.spread(&mut |hand_out| {
            walk::walk(hand, root, &wish, &mut |found: &Found<'_>| {
                if found.kind.is_file() {
                    match walk::opened(found) {
                        Some(file) => hand_out(found.path.to_path_buf(), file),
                        None => linked += 1,
                    }
                }
                Ok(!job.enough.load(Ordering::Relaxed) && watch.over().is_none())
            })
        })?;
    } else {
        let file = folder::holding(root).and_then(|(folder, name)| folder::regular(&folder, name));
        let file = file.map_err(|e| Trouble::io("search", root.display(), &e))?;
        job.add(0, job.of(root.to_path_buf(), &file));
    }
    if hand.stopped() {
        return Err(Trouble::Braked(format!("{} stopped it while searching", hand.stopper())));
    }
    let over = watch.over().is_some();
    let kept = job.kept.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(told(kept, limit, over, linked, &left))
}

/// The matcher of a pattern, of bounded size.
fn matcher(pattern: &str, regex: bool) -> Result<RegexMatcher, grep_regex::Error> {
    RegexMatcherBuilder::new()
        .fixed_strings(!regex)
        .multi_line(true)
        .line_terminator(Some(b'\n'))
        .size_limit(4 << 20)
        .dfa_size_limit(16 << 20)
        .build(pattern)
}

fn told(kept: Kept, limit: usize, over: bool, linked: u64, left: &walk::Left) -> Happened {
    let (mut hits, mut bytes, mut more) = (Vec::new(), 0, false);
    let (mut binary, mut failed) = (0_u64, Vec::new());
    for of in kept.of.into_values() {
        binary += u64::from(of.binary);
        if let Some(why) = of.failed.filter(|_| failed.len() < 20) {
            failed.push(format!("{}: {why}", of.path.display()));
        }
        for hit in of.hits {
            let around = hit.before.iter().chain(&hit.after).map(String::len).sum::<usize>();
            bytes += hit.text.len() + around + of.path.as_os_str().len();
            if hits.len() == limit || bytes > ALL {
                more = true;
                break;
            }
            hits.push(row(&of.path, hit));
        }
    }
    let value = json!({
        "hits": hits,
        "truncated": more || over,
        "stopped": over.then_some("its time was over: narrow the folder or the glob"),
        "searched": kept.searched,
        "left_out": {
            "guarded": left.guarded, "binary": binary, "linked": linked, "refused": left.refused, "failed": failed,
            "deeper": left.deeper,
        },
    });
    Happened::Told { value, lacks: None }
}

fn row(path: &Path, hit: Hit) -> Value {
    let mut row = json!({
        "path": path.to_string_lossy(), "line": hit.line, "col": hit.col, "text": hit.text, "cut": hit.cut,
    });
    if let Some(members) = row.as_object_mut().filter(|_| !hit.before.is_empty() || !hit.after.is_empty()) {
        members.insert("before".into(), hit.before.into());
        members.insert("after".into(), hit.after.into());
    }
    row
}

/// Takes a file on its way.
type HandOut<'h> = dyn FnMut(PathBuf, File) + 'h;
/// Walks, and hands out the files that it comes by.
type Walker<'w> = dyn FnMut(&mut HandOut<'_>) -> Result<walk::Left, Trouble> + 'w;

struct Job<'a> {
    matcher: &'a RegexMatcher,
    context: usize,
    limit: usize,
    watch: Watch<'a>,
    kept: Mutex<Kept>,
    /// Told when a file is done.
    done: Condvar,
    enough: AtomicBool,
}

impl Job<'_> {
    /// Searches on all cores what `walk` hands out, a few files at a time.
    fn spread(&self, walk: &mut Walker<'_>) -> Result<walk::Left, Trouble> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from).min(8);
        let (send, receive) = mpsc::sync_channel::<(usize, PathBuf, File)>(cores * 4);
        let receive = Mutex::new(receive);
        std::thread::scope(|scope| {
            for _ in 0..cores {
                scope.spawn(|| {
                    loop {
                        let next = receive.lock().unwrap_or_else(PoisonError::into_inner).recv();
                        let Ok((nth, path, file)) = next else { return };
                        self.add(nth, self.of(path, &file));
                    }
                });
            }
            let mut nth = 0;
            let left = walk(&mut |path, file| {
                // Nobody receives only when all of them are gone, and then nothing is kept either.
                let _ = send.send((nth, path, file));
                nth += 1;
            });
            drop(send);
            left
        })
    }

    /// What `file` holds.
    fn of(&self, path: PathBuf, file: &File) -> Of {
        if self.enough.load(Ordering::Relaxed) {
            return Of { path, ..Of::default() };
        }
        let mut searcher = SearcherBuilder::new()
            .line_number(true)
            .before_context(self.context)
            .after_context(self.context)
            .binary_detection(BinaryDetection::quit(0))
            .heap_limit(Some(LINE))
            .build();
        let mut sink =
            Into { matcher: self.matcher, limit: self.limit, before: Vec::new(), of: Of::default() };
        let searched = searcher.search_reader(self.matcher, Watched::new(file, self.watch), &mut sink);
        let mut of = Of { path, ..sink.of };
        of.failed = searched.err().map(|e| e.to_string());
        of
    }

    fn add(&self, nth: usize, of: Of) {
        let bytes = of.bytes();
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        // Files are handed out in order: somebody is at the one that all wait for, and waits for nobody.
        while !kept.takes(nth, bytes) && !self.enough.load(Ordering::Relaxed) && self.watch.over().is_none() {
            kept = self.done.wait_timeout(kept, LOOK).unwrap_or_else(PoisonError::into_inner).0;
        }
        kept.put(nth, of);
        self.done.notify_all();
        // The first hits are known only when all files before them are done.
        if kept.hits > self.limit {
            self.enough.store(true, Ordering::Relaxed);
        }
    }
}

struct Into<'a> {
    matcher: &'a RegexMatcher,
    limit: usize,
    before: Vec<String>,
    of: Of,
}

impl Sink for Into<'_> {
    type Error = io::Error;

    fn matched(&mut self, _: &Searcher, found: &SinkMatch<'_>) -> io::Result<bool> {
        for (number, line) in (found.line_number().unwrap_or(0)..).zip(found.lines()) {
            let at = self.matcher.find(line).ok().flatten().map_or(0, |m| m.start());
            let (text, cut) = shown(line, at, SHOWN);
            let before = std::mem::take(&mut self.before);
            self.of.hits.push(Hit { line: number, col: at + 1, text, cut, before, after: Vec::new() });
        }
        // One more than wanted tells that there are more.
        Ok(self.of.hits.len() <= self.limit)
    }

    fn context(&mut self, _: &Searcher, around: &SinkContext<'_>) -> io::Result<bool> {
        let (text, _) = shown(around.bytes(), 0, AROUND);
        match (around.kind(), self.of.hits.last_mut()) {
            (SinkContextKind::After, Some(hit)) => hit.after.push(text),
            _ => self.before.push(text),
        }
        Ok(true)
    }

    fn binary_data(&mut self, _: &Searcher, _: u64) -> io::Result<bool> {
        self.of.binary = true;
        Ok(false)
    }
}

/// The part of `line` around byte `at`, and whether that is not all of it.
fn shown(line: &[u8], at: usize, most: usize) -> (String, bool) {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if line.len() <= most {
        return (String::from_utf8_lossy(line).into_owned(), false);
    }
    let from = at.saturating_sub(most / 4).min(line.len() - most);
    let part = line.get(from..from + most).unwrap_or_default();
    // A character that was cut at either end is left out.
    (String::from_utf8_lossy(part).trim_matches('\u{fffd}').to_owned(), true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_long_line_the_part_around_the_match_is_shown() {
        let mut line = vec![b'x'; 1_000_000];
        line.splice(500_000..500_006, *b"needle");
        let (text, cut) = shown(&line, 500_000, SHOWN);
        assert!(cut && text.len() == SHOWN && text.contains("needle"));
        assert_eq!(shown("größe\r\n".as_bytes(), 0, SHOWN), ("größe".into(), false));
        let umlauts = "ü".repeat(400);
        assert!(!shown(umlauts.as_bytes(), 401, SHOWN).0.contains('\u{fffd}'));
    }

    #[test]
    fn hits_behind_a_file_that_is_not_done_are_held_up_to_a_bound() {
        let found = |many: usize| {
            let hit = Hit {
                line: 1,
                col: 1,
                text: "x".repeat(SHOWN),
                cut: false,
                before: Vec::new(),
                after: Vec::new(),
            };
            Of { hits: vec![hit; many], ..Of::default() }
        };
        let mut kept = Kept::default();
        let mut nth = 1;
        while kept.takes(nth, found(1000).bytes()) {
            kept.put(nth, found(1000));
            nth += 1;
        }
        assert!((20..50).contains(&nth), "{nth} files");
        assert!(kept.takes(0, usize::MAX >> 1) && (kept.next, kept.hits) == (0, 0));
        // Nothing is found in it: then all of them count, and there is room again.
        kept.put(0, found(0));
        assert_eq!((kept.next, kept.hits, kept.ahead), (nth, (nth - 1) * 1000, 0));
        assert!(kept.takes(nth, found(1000).bytes()) && !kept.of.contains_key(&0));
    }

    #[test]
    fn a_pattern_that_grows_without_bound_is_refused() {
        assert!(matcher("(a{1000}){1000}", true).is_err());
        assert!(matcher("(", true).is_err());
        assert!(matcher("(", false).is_ok());
    }
}
