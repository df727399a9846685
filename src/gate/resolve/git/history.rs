//! What commits give away: their own text, and the lines that each of them added, also where later ones
//! took them away.
//!
//! Nothing that the repository says about how to see its history holds here: measured on git 2.47, its
//! attributes, colours, replacements, encodings and commit graph each hide lines or commits otherwise.

use super::{GitError, command, run};
use crate::state::Home;
use std::collections::BTreeSet;
use std::path::Path;

/// Commits that git is asked for at once.
const BATCH: usize = 200;
/// What git is to go by besides the settings that it always gets.
const PLAIN: &[(&str, &str)] = &[("core.commitGraph", "false"), ("core.bigFileThreshold", "512m")];
/// A commit begins a record, which git writes at the start of a line.
const RECORD: char = '\u{1e}';
/// Patches in the one form that is read here.
const PATCH: &[&str] = &[
    "log",
    "--no-walk=unsorted",
    "--patch",
    "--text",
    "--unified=0",
    "--inter-hunk-context=0",
    "--diff-merges=separate",
    "--no-renames",
    "--no-color",
    "--no-relative",
    "--src-prefix=a/",
    "--dst-prefix=b/",
    "--no-ext-diff",
    "--no-textconv",
    "--submodule=short",
    "--format=%x1e%H",
];

/// Text that a commit added.
#[derive(Debug, PartialEq, Eq)]
pub struct Added<'a> {
    /// The commit.
    pub commit: &'a str,
    /// The file; empty for what the commit itself says.
    pub path: &'a str,
    /// Its first line there.
    pub line: u64,
    /// One line or several that follow each other.
    pub text: String,
}

/// How far a look got.
#[derive(Debug, PartialEq, Eq)]
pub struct Looked {
    /// Commits that git did not tell.
    pub skipped: usize,
    /// Whether it was not ended before all were looked through.
    pub whole: bool,
}

/// The commits that `commit` leads to and `not` does not, newest first.
///
/// # Errors
/// [`GitError`].
pub fn new_in(
    home: &Home,
    repo: &Path,
    commit: &str,
    not: Option<&str>,
    stop: &dyn Fn() -> bool,
) -> Result<Vec<String>, GitError> {
    let mut arguments = vec!["rev-list", commit];
    arguments.extend(not.iter().flat_map(|not| ["--not", not]));
    let said = ask(home, repo, &arguments, b"", stop)?;
    Ok(String::from_utf8_lossy(&said).lines().map(str::to_owned).collect())
}

/// Shows `each` all that `commits`, whole ids, added, until it answers no or `stop` says so.
pub fn look_through(
    home: &Home,
    repo: &Path,
    commits: &[&str],
    stop: &dyn Fn() -> bool,
    each: &mut dyn FnMut(&Added<'_>) -> bool,
) -> Looked {
    let mut looked = Looked { skipped: 0, whole: true };
    // The next part stands last; a part that says too much is halved.
    let mut parts: Vec<&[&str]> = commits.chunks(BATCH).rev().collect();
    while let Some(part) = parts.pop() {
        if stop() {
            looked.whole = false;
            break;
        }
        match told(home, repo, part, stop) {
            Ok((texts, patches)) => {
                let known = part.iter().copied().collect();
                let patches = String::from_utf8_lossy(&patches);
                let mut all = texts.iter().map(own).chain(added(&patches, &known));
                if !all.all(|added| each(&added)) {
                    looked.whole = false;
                    break;
                }
            }
            Err(GitError::Stopped(..)) if stop() => {
                looked.whole = false;
                break;
            }
            Err(GitError::Stopped(..)) if part.len() > 1 => {
                let (first, rest) = part.split_at(part.len() / 2);
                parts.extend([rest, first]);
            }
            Err(_) => looked.skipped += part.len(),
        }
    }
    looked
}

/// A commit and its own text.
type Own = (String, String);

fn own((commit, text): &Own) -> Added<'_> {
    Added { commit, path: "", line: 0, text: text.clone() }
}

/// The commits' own texts, byte for byte, and their patches.
fn told(
    home: &Home,
    repo: &Path,
    commits: &[&str],
    stop: &dyn Fn() -> bool,
) -> Result<(Vec<Own>, Vec<u8>), GitError> {
    let objects = ask(home, repo, &["cat-file", "--batch"], commits.join("\n").as_bytes(), stop)?;
    let unread = || GitError::Said("cat-file".into(), "not what was asked for".into(), None);
    let texts = texts(&objects, commits).ok_or_else(unread)?;
    let mut arguments = PATCH.to_vec();
    arguments.extend(commits);
    Ok((texts, ask(home, repo, &arguments, b"", stop)?))
}

fn ask(
    home: &Home,
    repo: &Path,
    arguments: &[&str],
    stdin: &[u8],
    stop: &dyn Fn() -> bool,
) -> Result<Vec<u8>, GitError> {
    let settings: Vec<_> =
        PLAIN.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let what = arguments.first().copied().unwrap_or_default();
    run(command(home, repo, &settings, arguments)?, what, stdin, stop)
}

/// Reads what `git cat-file --batch` says of `commits`; none if that is not all of them.
fn texts(mut said: &[u8], commits: &[&str]) -> Option<Vec<Own>> {
    let mut all = Vec::new();
    for commit in commits {
        let end = said.iter().position(|b| *b == b'\n')?;
        let (head, rest) = said.split_at_checked(end)?;
        let size = std::str::from_utf8(head).ok()?.strip_prefix(commit)?.strip_prefix(" commit ")?;
        let (text, rest) = rest.get(1..)?.split_at_checked(size.parse().ok()?)?;
        all.push(((*commit).to_owned(), String::from_utf8_lossy(text).into_owned()));
        said = rest.strip_prefix(b"\n")?;
    }
    said.is_empty().then_some(all)
}

/// Reads patches in the form above. No line of a file begins with a record: there it stands behind a sign.
fn added<'a>(said: &'a str, commits: &BTreeSet<&str>) -> Vec<Added<'a>> {
    let mut all: Vec<Added<'_>> = Vec::new();
    let (mut commit, mut path, mut line, mut left) = ("", "", 0_u64, 0_u64);
    // Whether the line before was added, too.
    let mut follows = false;
    for text in said.split_terminator('\n') {
        if let Some(id) = text.strip_prefix(RECORD).filter(|id| commits.contains(id)) {
            (commit, path, left, follows) = (id, "", 0, false);
        } else if let Some(content) = text.strip_prefix('+').filter(|_| left > 0) {
            match all.last_mut().filter(|_| follows) {
                Some(above) => above.text.extend(["\n", content]),
                None => all.push(Added { commit, path, line, text: content.to_owned() }),
            }
            (line, left, follows) = (line + 1, left - 1, true);
        } else if text.starts_with(' ') && left > 0 {
            (line, left, follows) = (line + 1, left - 1, false);
        } else if let Some(hunk) = text.strip_prefix("@@ ") {
            // Within a hunk every line has a sign.
            let place = hunk.split(' ').find_map(|word| word.strip_prefix('+')).unwrap_or_default();
            let (from, count) = place.split_once(',').unwrap_or((place, "1"));
            (line, left) = (from.parse().unwrap_or(0), count.parse().unwrap_or(0));
            follows = false;
        } else if let Some(name) = text.strip_prefix("+++ ") {
            let name = name.trim_end_matches('\t');
            path = name.strip_prefix("b/").unwrap_or(name);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn added_lines_are_read_with_their_places_and_nothing_that_looks_like_one() {
        let said = "\u{1e}c1\n\ndiff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -3,2 +4,2 @@ fn y\n-gone\n-too\n+one\n++++ b/evil\n\
                    @@ -9 +10 @@\n-x\n+two\n@@ -20,0 +21,3 @@\n+three\n \n+@@ -0,0 +0,0 @@\n\u{1e}c2\n\n--- /dev/null\n\
                    +++ \"b/\\303\\274\"\n@@ -0,0 +1,3 @@\n+\u{1e}c1\n+a\u{1e}c1\r\n+last\n\u{1e}c3\n+++ b/a b\t\n@@ -1 +1 @@\n+x\n";
        let found = added(said, &BTreeSet::from(["c1", "c2"]));
        let rows: Vec<_> = found.iter().map(|a| (a.commit, a.path, a.line, a.text.as_str())).collect();
        let expected = [
            ("c1", "x", 4, "one\n+++ b/evil"),
            ("c1", "x", 10, "two"),
            ("c1", "x", 21, "three"),
            ("c1", "x", 23, "@@ -0,0 +0,0 @@"),
            ("c2", "\"b/\\303\\274\"", 1, "\u{1e}c1\na\u{1e}c1\r\nlast"),
            // Nobody asked for it: what follows stays with the one above.
            ("c2", "a b", 1, "x"),
        ];
        assert_eq!(rows, expected);
    }

    #[test]
    fn commits_own_texts_are_all_there_or_none_is() {
        let own = |commit: &str, text: &str| (commit.to_owned(), text.to_owned());
        let said = b"c1 commit 5\na\nc2\0\nc2 commit 0\n\n";
        assert_eq!(texts(said, &["c1", "c2"]), Some(vec![own("c1", "a\nc2\0"), own("c2", "")]));
        for said in [
            "",
            "c1 missing\n",
            "c1 commit 9\na\n",
            "c2 commit 1\na\n",
            "c1 commit 1\na\nmore",
            "c1 tag 1\na\n",
        ] {
            assert_eq!(texts(said.as_bytes(), &["c1"]), None, "{said:?}");
        }
    }
}
