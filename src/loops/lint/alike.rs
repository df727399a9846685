//! What is compared between loops, worked out once for each: their number squared is what costs.

use super::subject::Subject;
pub use crate::calendar::crowd::MINUTES;
use crate::calendar::{Trigger, crowd, triggers};
use crate::loops::runbook::part;
use std::collections::BTreeSet;

/// One loop as the others see it.
#[derive(Debug, Clone, Default)]
pub struct Alike {
    /// The words of its purpose.
    pub words: BTreeSet<String>,
    /// What `## Purpose` and `## How it fails` say, without its name.
    pub prose: [String; 2],
    /// When it starts.
    pub starts: Vec<Trigger>,
}

impl Alike {
    /// As far as its files read.
    pub fn of(subject: &Subject) -> Self {
        let said = |title: &str| {
            part(subject.page(), title).map(|p| prose(p.body, &subject.name)).unwrap_or_default()
        };
        Self {
            words: subject.spec().map(|s| words(&s.purpose)).unwrap_or_default(),
            prose: ["Purpose", "How it fails"].map(said),
            starts: subject.schedule().map(triggers).unwrap_or_default(),
        }
    }

    /// Adds one to each kind of minute in which it starts.
    pub fn count(&self, counts: &mut [u8]) {
        crowd::count(&self.starts, counts);
    }
}

fn words(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|w| w.chars().count() > 2)
        .map(str::to_lowercase)
        .collect()
}

fn prose(text: &str, name: &str) -> String {
    text.replace(name, "ID").split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Schedule;

    fn most(schedules: &[&str]) -> u8 {
        let mut counts = vec![0; MINUTES];
        for text in schedules {
            let starts = triggers(&Schedule::parse(&text.parse().unwrap()).unwrap());
            Alike { starts, ..Alike::default() }.count(&mut counts);
        }
        counts.into_iter().max().unwrap()
    }

    #[test]
    fn loops_meet_where_their_days_do() {
        let weekly = |day| format!("weekly = {{ days = [\"{day}\"], at = \"07:00\" }}");
        let monthly = |day| format!("monthly = {{ days = [{day}], at = \"07:00\" }}");
        assert_eq!(most(&[&weekly("fri"), &weekly("sat")]), 1);
        assert_eq!(most(&[&monthly(1), &monthly(2)]), 1);
        assert_eq!(most(&[&monthly(1), &weekly("fri"), "daily = [\"07:00\"]", "every = \"30m\""]), 4);
        assert_eq!(most(&["every = \"30m\"", "every = \"30m\"\noffset = \"1m\""]), 1);
    }
}
