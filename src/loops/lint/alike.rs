//! What is compared between loops, worked out once for each: their number squared is what costs.

use crate::calendar::{Schedule, triggers};
use crate::loops::runbook::part;
use crate::loops::spec::Spec;
use std::collections::BTreeSet;

/// Minutes of a week.
pub const WEEK: usize = 7 * 1440;

/// One loop as the others see it.
#[derive(Debug, Clone, Default)]
pub struct Alike {
    /// The words of its purpose.
    pub words: BTreeSet<String>,
    /// What `## Purpose` and `## How it fails` say, without its name.
    pub prose: [String; 2],
    /// The minutes of the week in which it starts, sorted.
    pub minutes: Vec<usize>,
}

impl Alike {
    /// Of a definition, if it is one, and a runbook.
    pub fn of(name: &str, spec: Option<&Spec>, page: &str) -> Self {
        let said = |title: &str| part(page, title).map(|p| prose(p.body, name)).unwrap_or_default();
        Self {
            words: spec.map(|s| words(&s.purpose)).unwrap_or_default(),
            prose: ["Purpose", "How it fails"].map(said),
            minutes: spec.map(|s| minutes(&s.schedule)).unwrap_or_default(),
        }
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

/// A day of the month can be any day of the week.
fn minutes(schedule: &Schedule) -> Vec<usize> {
    let mut all = BTreeSet::new();
    for t in triggers(schedule) {
        let days = t.weekday.map_or(0..7, |d| usize::from(d)..usize::from(d) + 1);
        let hours = t.hour.map_or(0..24, |h| usize::from(h)..usize::from(h) + 1);
        for day in days {
            all.extend(hours.clone().map(|hour| day * 1440 + hour * 60 + usize::from(t.minute)));
        }
    }
    all.into_iter().filter(|minute| *minute < WEEK).collect()
}
