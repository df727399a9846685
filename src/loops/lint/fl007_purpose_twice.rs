//! FL007: two loops with nearly one purpose.

use super::house::House;
use super::rule::{Example, File, Hit, Level, Rule};
use super::subject::Subject;

pub(super) const RULE: Rule = Rule {
    id: "FL007",
    title: "two loops with nearly one purpose",
    level: Level::Warning,
    safety: false,
    what: "A purpose whose words are nearly those of another loop.",
    why: "Two loops with one job double every alert.",
    instead: "say what this one does that the other does not, or drop one of them",
    example: Example::Text(
        File::Definition,
        "Files scanned invoices by year, keeps a list of what was filed, and offers empty scans for the trash",
        "Sorts the post that neighbour number 1 gets, each morning before the coffee",
    ),
    find,
};

fn find(subject: &Subject, house: &House) -> Vec<Hit> {
    let own = &subject.alike.words;
    let same = house.others(subject).find(|other| {
        let theirs = &other.alike.words;
        let both = own.intersection(theirs).count();
        both > 4 && both * 10 >= (own.len() + theirs.len() - both) * 8
    });
    same.map(|other| subject.hit("purpose", format!("that is what loop `{}` says of itself", other.name)))
        .into_iter()
        .collect()
}
