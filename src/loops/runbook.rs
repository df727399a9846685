//! The runbook: what the owner reads at two in the morning. A loop without one is not registered.

/// Sections that every runbook has, in this order.
pub const SECTIONS: [&str; 7] =
    ["Purpose", "What it touches", "Alerts", "How it fails", "Pause", "Undo", "Verify by hand"];

/// A part of the page under one heading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Section<'a> {
    /// The heading.
    pub title: &'a str,
    /// Its line.
    pub line: usize,
    /// What stands below it.
    pub body: &'a str,
}

/// The parts of `text` under headings that begin with `mark` (`## ` or `### `), up to the next heading
/// of that kind or a larger one; `above` is how many lines stand before `text`.
pub fn parts<'a>(text: &'a str, mark: &str, above: usize) -> Vec<Section<'a>> {
    let mut found: Vec<Section<'a>> = Vec::new();
    let mut open: Option<(&'a str, usize, usize)> = None;
    let (mut at, mut fenced) = (0, false);
    for (n, line) in text.split_inclusive('\n').enumerate() {
        fenced ^= line.trim_start().starts_with("```");
        let level = line.bytes().take_while(|b| *b == b'#').count();
        if !fenced && level > 0 && level < mark.len() && line.as_bytes().get(level) == Some(&b' ') {
            found.extend(open.take().map(|o| section(text, o, at)));
            if let Some(title) = line.strip_prefix(mark) {
                open = Some((title.trim_end(), above + n + 1, at + line.len()));
            }
        }
        at += line.len();
    }
    found.extend(open.map(|o| section(text, o, at)));
    found
}

fn section<'a>(text: &'a str, (title, line, from): (&'a str, usize, usize), to: usize) -> Section<'a> {
    Section { title, line, body: text.get(from..to).unwrap_or_default() }
}

/// The part of the page under `## TITLE`.
pub fn part<'a>(text: &'a str, title: &str) -> Option<Section<'a>> {
    parts(text, "## ", 0).into_iter().find(|s| s.title == title)
}

/// The first step that the page gives for failures.
pub fn first_step(text: &str) -> Option<String> {
    let (_, section) = text.split_once("\n## How it fails\n")?;
    let section = section.split("\n## ").next()?;
    section.lines().find_map(|line| line.strip_prefix("1. ")).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_end_at_the_next_heading_and_fences_hide_comments() {
        let text = "# T\n## A\none\n### x\n1. y\n```sh\n## not\n```\n## B\ntwo";
        let found: Vec<_> = parts(text, "## ", 0).iter().map(|s| (s.title, s.line, s.body.len())).collect();
        assert_eq!(found, [("A", 2, 32), ("B", 9, 3)]);
        let a = part(text, "A").unwrap();
        let below = parts(a.body, "### ", a.line);
        assert_eq!((below.len(), below[0].title, below[0].line), (1, "x", 4));
        assert!(part(text, "C").is_none() && parts("", "## ", 0).is_empty());
    }
}
