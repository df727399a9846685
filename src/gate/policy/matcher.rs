//! Which calls a rule is about. Every matcher that is written must hold; what is not written holds.
//!
//! A rule that opens something is read narrowly, one that stops something widely:
//!
//! | | `allow` | `ask`, `block` |
//! |---|---|---|
//! | paths, hosts, recipients, programs | all of the call's, and there is one | any of the call's |
//! | spelling | exact | folded: case, and Unicode's spellings of one letter |
//! | a path with links in it | never matches: touched paths are real ones | leads to its real path, too |
//! | `~/a` | that | and all below it |
//! | `~/a/**` | what is below | and the folder itself |
//! | a change of a folder that holds what is named | no | yes |
//! | a look into such a folder that goes as deep | no | yes |

use super::facts::{Facts, Name, Place};
use super::file::RuleRow;
use super::fold;
use super::glob::{Glob, literal};
use super::hours::Hours;
use crate::call::Risk;
use crate::gate::resolve::path::real;
use crate::gate::resolve::web::host_name;
use crate::state::Home;
use std::path::Path;
use toml::Spanned;

/// The matchers of one rule.
#[derive(Debug, Clone)]
pub(super) struct Matcher {
    /// Whether the rule stops something.
    strict: bool,
    tools: Option<Vec<Glob>>,
    callers: Option<Vec<Glob>>,
    risk: Option<Vec<Risk>>,
    paths: Option<Vec<Glob>>,
    hosts: Option<Vec<Glob>>,
    recipients: Option<Vec<Glob>>,
    programs: Option<Vec<Glob>>,
    hours: Option<Vec<Hours>>,
}

/// Something wrong with a matcher: where in the file, and what.
pub(super) type Wrong = (Option<usize>, String);

/// Reads one glob of a list into the globs that stand for it.
type Reader<'a> = &'a dyn Fn(&str) -> Result<Vec<Glob>, String>;

impl Matcher {
    /// Reads the matchers of `row`. What does not read is put into `wrong` and then holds for every
    /// call, so that a mistake in a rule makes it wider, not narrower.
    pub(super) fn new(row: &RuleRow, strict: bool, home: &Home, wrong: &mut Vec<Wrong>) -> Self {
        let word: Reader<'_> = &|text| Ok(vec![Glob::new(text, false)?]);
        let host: Reader<'_> = &|text| Ok(vec![Glob::new(&host_glob(text)?, false)?]);
        let address: Reader<'_> =
            &|text| Ok(vec![if strict { Glob::new(&fold(text), false)? } else { Glob::new(text, false)? }]);
        let program: Reader<'_> =
            &|text| Ok(vec![if strict { Glob::new(&fold(text), true)? } else { Glob::new(text, true)? }]);
        let path: Reader<'_> = &|text| path_globs(text, strict, home);
        let mut list = |name: &str, list: &Option<Vec<Spanned<String>>>, read: Reader<'_>| {
            globs(name, list.as_deref()?, read, wrong)
        };
        let (tools, callers) = (list("tools", &row.tools, word), list("callers", &row.callers, word));
        let (paths, hosts) = (list("paths", &row.paths, path), list("hosts", &row.hosts, host));
        let recipients = list("recipients", &row.recipients, address);
        let programs = list("programs", &row.programs, program);
        let risk = row.risk.clone().filter(|list| not_empty("risk", list, wrong));
        let hours = row.hours.as_ref().filter(|list| not_empty("hours", list, wrong)).and_then(|list| {
            let read = list.iter().map(|text| Hours::parse(text).ok_or(text));
            match read.collect() {
                Ok(hours) => Some(hours),
                Err(text) => {
                    wrong.push((None, format!("hours `{text}` do not read: write \"08:00-18:00\"")));
                    None
                }
            }
        });
        Self { strict, tools, callers, risk, paths, hosts, recipients, programs, hours }
    }

    /// Whether the rule is about a call with these facts.
    pub(super) fn covers(&self, facts: &Facts) -> bool {
        self.in_hours(facts.minute) && self.covers_at_any_hour(facts)
    }

    /// Whether it is, but for the time of day.
    pub(super) fn covers_at_any_hour(&self, facts: &Facts) -> bool {
        let word = |globs: &Option<Vec<Glob>>, text: &str| {
            globs.as_ref().is_none_or(|globs| globs.iter().any(|glob| glob.matches(text)))
        };
        word(&self.tools, facts.tool)
            && word(&self.callers, &facts.caller)
            && self.risk.as_ref().is_none_or(|risks| risks.contains(&facts.risk))
            && self.paths.as_ref().is_none_or(|globs| self.paths_covered(globs, &facts.paths))
            && self.hosts.as_ref().is_none_or(|globs| {
                // Names of hosts have no case.
                self.each(&facts.hosts, |host| globs.iter().any(|glob| glob.matches(&host.folded)))
            })
            && self.recipients.as_ref().is_none_or(|globs| {
                self.each(&facts.recipients, |name| {
                    globs.iter().any(|glob| glob.matches(self.spelling(name)))
                })
            })
            && self.programs.as_ref().is_none_or(|globs| {
                self.each(&facts.programs, |program| {
                    globs.iter().any(|glob| match self.strict {
                        true => program.names.iter().any(|name| glob.matches(name)),
                        false => glob.matches(&program.asked),
                    })
                })
            })
    }

    /// A clock that cannot be read lets a strict rule hold and an opening one not.
    fn in_hours(&self, minute: Option<u16>) -> bool {
        self.hours.as_ref().is_none_or(|spans| match minute {
            Some(minute) => spans.iter().any(|span| span.hold(minute)),
            None => self.strict,
        })
    }

    /// Whether the hours hold at `minute`, or for an example without one are those of `other`.
    pub(super) fn meets(&self, other: &Self, minute: Option<u16>) -> bool {
        match (&self.hours, minute) {
            (None, _) => true,
            (Some(spans), Some(minute)) => spans.iter().any(|span| span.hold(minute)),
            (Some(spans), None) => other.hours.as_ref() == Some(spans),
        }
    }

    /// Whether `paths` is written.
    pub(super) const fn names_paths(&self) -> bool {
        self.paths.is_some()
    }

    /// Whether `hosts` is written.
    pub(super) const fn names_hosts(&self) -> bool {
        self.hosts.is_some()
    }

    /// Whether `programs` is written.
    pub(super) const fn names_programs(&self) -> bool {
        self.programs.is_some()
    }

    fn each<T>(&self, all: &[T], covered: impl Fn(&T) -> bool) -> bool {
        if self.strict { all.iter().any(covered) } else { !all.is_empty() && all.iter().all(covered) }
    }

    fn spelling<'n>(&self, name: &'n Name) -> &'n str {
        if self.strict { &name.folded } else { &name.exact }
    }

    fn paths_covered(&self, globs: &[Glob], places: &[Place]) -> bool {
        if self.strict {
            return places.iter().any(|place| globs.iter().any(|glob| reaches(glob, place)));
        }
        let mut places = places.iter().filter(|place| !place.program).peekable();
        places.peek().is_some()
            && places.all(|place| globs.iter().any(|glob| glob.matches(&place.name.exact)))
    }
}

/// Whether a strict path glob is about `place`.
fn reaches(glob: &Glob, place: &Place) -> bool {
    let path = place.name.folded.as_str();
    let start = glob.start();
    let within = |path: &str, folder: &str| {
        path.strip_prefix(folder)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || folder == "/")
    };
    let folder = if glob.plain() { start } else { start.rsplit_once('/').map_or("", |(folder, _)| folder) };
    let inner = u32::from(!glob.plain() && !glob.below());
    glob.matches(path)
        || (glob.plain() && within(path, start))
        || (glob.below() && path == folder)
        // What is named goes with the folder that holds it.
        || (place.writes && !folder.is_empty() && within(folder, path))
        // What is named is looked at with a folder above it.
        || (!folder.is_empty() && within(folder, path) && between(path, folder) + inner < place.below)
}

/// How many names lead from `path` down to `folder`, which lies below it.
fn between(path: &str, folder: &str) -> u32 {
    let rest = folder.strip_prefix(path).unwrap_or_default();
    // A path of this many names is longer than any that the system takes.
    u32::try_from(rest.split('/').filter(|part| !part.is_empty()).count()).unwrap_or(u32::MAX - 1)
}

/// The globs of a list; none, which holds for every call, if one of them does not read.
fn globs(
    name: &str,
    list: &[Spanned<String>],
    read: Reader<'_>,
    wrong: &mut Vec<Wrong>,
) -> Option<Vec<Glob>> {
    if !not_empty(name, list, wrong) {
        return None;
    }
    let before = wrong.len();
    let mut found = Vec::with_capacity(list.len());
    for text in list {
        match read(text.get_ref()) {
            Ok(globs) => found.extend(globs),
            Err(why) => {
                wrong.push((Some(text.span().start), format!("`{}` in `{name}`: {why}", text.get_ref())));
            }
        }
    }
    (wrong.len() == before).then_some(found)
}

fn not_empty<T>(name: &str, list: &[T], wrong: &mut Vec<Wrong>) -> bool {
    if list.is_empty() {
        wrong.push((None, format!("`{name}` is an empty list, which matches nothing: leave it out")));
    }
    !list.is_empty()
}

/// A host as calls name it, with whatever stands for more than one of them left in place.
fn host_glob(text: &str) -> Result<String, String> {
    // The brackets of an IPv6 address are none of a glob.
    if literal(text) == text.len() || text.starts_with('[') && text.ends_with(']') && text.contains(':') {
        return host_name(text).map_err(|e| e.to_string());
    }
    let label = |label: &str| {
        if label.is_ascii() {
            return Ok(fold(label));
        }
        if literal(label) < label.len() {
            return Err("write the label as it is dialled: `xn--…`".to_owned());
        }
        host_name(label).map_err(|e| e.to_string())
    };
    let labels = text.strip_suffix('.').unwrap_or(text).split('.').map(label);
    Ok(labels.collect::<Result<Vec<_>, _>>()?.join("."))
}

/// The globs that stand for a path: `~` is the owner's home. A strict one counts for both homes and
/// for the real path of its literal start, and is folded.
fn path_globs(text: &str, strict: bool, home: &Home) -> Result<Vec<Glob>, String> {
    let trimmed = if text.len() > 1 { text.strip_suffix('/').unwrap_or(text) } else { text };
    let odd = |part: &str| part == "." || part == "..";
    if trimmed.split('/').any(odd) || trimmed.contains("//") {
        return Err("real paths have no `.`, `..` or `//` in them".to_owned());
    }
    let spellings: Vec<String> = if let Some(rest) = trimmed.strip_prefix('~') {
        if !(rest.is_empty() || rest.starts_with('/')) {
            return Err("only `~/` stands for a home folder".to_owned());
        }
        let owners = if strict { home.owner() } else { home.owner().get(..1).unwrap_or_default() };
        owners.iter().map(|owner| escaped(&real(owner).unwrap_or_else(|_| owner.clone())) + rest).collect()
    } else if trimmed.starts_with('/') || trimmed == "**" || trimmed.starts_with("**/") {
        vec![trimmed.to_owned()]
    } else {
        return Err("a path starts with `/`, `~/` or `**/`".to_owned());
    };
    let mut globs = Vec::new();
    for spelling in spellings {
        if !strict {
            globs.push(Glob::new(&spelling, true)?);
            continue;
        }
        globs.push(Glob::new(&fold(&spelling), true)?);
        let resolved = resolved(&spelling);
        if let Some(resolved) = resolved.filter(|resolved| *resolved != spelling) {
            globs.push(Glob::new(&fold(&resolved), true)?);
        }
    }
    Ok(globs)
}

/// `spelling` with the links of its literal start followed.
fn resolved(spelling: &str) -> Option<String> {
    let start = spelling.get(..literal(spelling))?;
    let folder = if start.len() == spelling.len() { start } else { start.rsplit_once('/')?.0 };
    let rest = spelling.get(folder.len()..)?;
    Some(escaped(&real(Path::new(folder)).ok()?) + rest)
}

fn escaped(path: &Path) -> String {
    let text = path.to_string_lossy();
    if text.len() == literal(&text) { text.into_owned() } else { globset::escape(&text) }
}
