//! Waivers: `# fl: allow FL305 because it is read by hand until 2027-03-01`. In the lines before the
//! first table one counts for the whole loop, elsewhere for its own table. The date is when somebody
//! looks at it again; when it has passed it is said, and nothing turns red.

use super::places::Places;
use super::rule::{File, Hit};
use jiff::civil::Date;
use std::ops::Range;

/// One waiver, as far as it reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiver {
    /// The line it stands on.
    pub line: usize,
    /// The rule.
    pub rule: String,
    /// Why.
    pub reason: String,
    /// When somebody looks again.
    pub until: Option<Date>,
    /// Lines of the definition for which it counts; none for the whole loop.
    pub lines: Option<Range<usize>>,
}

impl Waiver {
    /// Whether it excuses a hit of its rule.
    pub fn covers(&self, hit: &Hit) -> bool {
        self.lines.as_ref().is_none_or(|lines| hit.file == File::Definition && lines.contains(&hit.line))
    }

    /// Whether reason and date are given.
    pub fn whole(&self) -> bool {
        self.until.is_some() && self.reason.chars().filter(|c| c.is_alphabetic()).count() >= 10
    }
}

/// The waivers of a definition.
pub fn read(text: &str, places: &Places) -> Vec<Waiver> {
    let lines: Vec<&str> = text.lines().map(str::trim_start).collect();
    let table = |line: &str| line.starts_with('[');
    let mut waivers = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some(said) = line.strip_prefix('#').map(str::trim_start).and_then(|l| l.strip_prefix("fl:"))
        else {
            continue;
        };
        if places.in_text(at + 1) {
            continue;
        }
        let rest = said.trim_start();
        let rest = rest.strip_prefix("allow").unwrap_or(rest).trim_start();
        let (rule, rest) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        let rest = rest.trim().strip_prefix("because").unwrap_or_default();
        let (reason, until) = rest.rsplit_once(" until ").unwrap_or((rest, ""));
        // A comment right above a table belongs to it.
        let own = lines.iter().skip(at).position(|l| !l.starts_with('#')).map_or(lines.len(), |n| at + n);
        let own = if lines.get(own).is_some_and(|l| table(l)) { own } else { at };
        let first = lines.iter().take(own + 1).rposition(|l| table(l));
        let next = |first: usize| {
            lines.iter().skip(first + 1).position(|l| table(l)).map_or(lines.len(), |n| first + 1 + n)
        };
        waivers.push(Waiver {
            line: at + 1,
            rule: rule.to_owned(),
            reason: reason.trim().to_owned(),
            until: until.trim().parse().ok(),
            lines: first.map(|first| first.min(at) + 1..next(first) + 1),
        });
    }
    waivers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_waiver_counts_for_its_table_or_from_the_top_for_all() {
        let text = "# fl: allow FL001 because of the whole file until 2027-01-01\nformat = 1\n\n[a]\nx = 1\n\
                    # fl: allow FL002 because of the next table until 2027-01-01\n[b]\ny = 1\n\
                    # fl: allow FL003\nz = 1\n[c]\nt = '''\n# fl: allow FL004\n'''\n";
        let read = read(text, &Places::of(text));
        let got: Vec<_> =
            read.iter().map(|w| (w.rule.as_str(), w.line, w.lines.clone(), w.whole())).collect();
        assert_eq!(
            got,
            [("FL001", 1, None, true), ("FL002", 6, Some(6..11), true), ("FL003", 9, Some(7..11), false)]
        );
        assert_eq!(read[0].reason, "of the whole file");
        let hit = |file, line| Hit { file, line, message: String::new() };
        assert!(read[0].covers(&hit(File::Runbook, 90)) && read[1].covers(&hit(File::Definition, 8)));
        assert!(!read[1].covers(&hit(File::Runbook, 8)) && !read[1].covers(&hit(File::Definition, 11)));
    }
}
