//! On which line each key of a definition stands.

use crate::call::visible_line;
use std::collections::BTreeMap;
use std::ops::Range;
use toml::de::{DeTable, DeValue};

/// Lines by key: `act.0.args.path`.
#[derive(Debug, Clone, Default)]
pub struct Places {
    lines: BTreeMap<String, usize>,
    /// Lines that belong to a text of several lines, but for its first.
    inside: Vec<Range<usize>>,
    ends: Vec<usize>,
}

impl Places {
    /// Reads them; what is no TOML has none.
    pub fn of(text: &str) -> Self {
        let mut places =
            Self { ends: memchr::memchr_iter(b'\n', text.as_bytes()).collect(), ..Self::default() };
        if let Ok(table) = DeTable::parse(text) {
            places.table("", table.get_ref());
        }
        places
    }

    fn table(&mut self, path: &str, table: &DeTable<'_>) {
        for (key, value) in table {
            let path =
                if path.is_empty() { key.get_ref().to_string() } else { format!("{path}.{}", key.get_ref()) };
            let line = self.at(key.span().start);
            self.lines.insert(path.clone(), line);
            self.value(&path, value.get_ref(), value.span());
        }
    }

    fn value(&mut self, path: &str, value: &DeValue<'_>, span: Range<usize>) {
        match value {
            DeValue::Table(table) => self.table(path, table),
            DeValue::Array(items) => {
                for (n, item) in items.iter().enumerate() {
                    let path = format!("{path}.{n}");
                    let line = self.at(item.span().start);
                    self.lines.insert(path.clone(), line);
                    self.value(&path, item.get_ref(), item.span());
                }
            }
            DeValue::String(_) => {
                let (first, last) = (self.at(span.start), self.at(span.end.saturating_sub(1)));
                if last > first {
                    self.inside.push(first + 1..last + 1);
                }
            }
            DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) | DeValue::Datetime(_) => {}
        }
    }

    /// The line of byte `at`.
    pub fn at(&self, at: usize) -> usize {
        self.ends.partition_point(|end| *end < at) + 1
    }

    /// The line of `path`, or of the nearest table around it.
    pub fn line(&self, path: &str) -> usize {
        let mut path = path;
        loop {
            if let Some(line) = self.lines.get(path) {
                return *line;
            }
            match path.rsplit_once('.') {
                Some((around, _)) => path = around,
                None => return 1,
            }
        }
    }

    /// Whether a line lies inside a text of several lines.
    pub fn in_text(&self, line: usize) -> bool {
        self.inside.iter().any(|lines| lines.contains(&line))
    }
}

/// A source as a message shows it.
pub fn shown(source: &str) -> String {
    format!("`{}`", visible_line(source, 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_its_line_and_what_is_missing_that_of_its_table() {
        let text = "a = 1\n[b.c]\nd = { e = [1,\n 2] }\n[[act]]\nid = 'x'\n[[act]]\nid = '''\n# y\n'''\n";
        let places = Places::of(text);
        let lines = ["a", "b.c", "b.c.d.e.1", "b.c.nope.x", "act.0.id", "act.1.id", "act.1.when", "nope"];
        assert_eq!(lines.map(|path| places.line(path)), [1, 2, 4, 2, 6, 8, 7, 1]);
        assert_eq!([8, 9, 10, 11].map(|line| places.in_text(line)), [false, true, true, false]);
    }
}
