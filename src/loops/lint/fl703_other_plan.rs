//! FL703: another plan than the recorded one.

use super::house::House;
use super::recorded::replayed;
use super::rule::{Example, Hit, Level, Rule};
use super::subject::Subject;
use serde_json::Value;

pub(super) const RULE: Rule = Rule {
    id: "FL703",
    title: "another plan than the recorded one",
    level: Level::Error,
    safety: false,
    what: "A recorded world out of which the loop makes something else than its plan.json, that is not the loop's, or that does not read.",
    why: "The plan for a recorded day is what was looked at and found good; another one wants looking at again.",
    instead: "read the difference with `fleet run-loop ID --fixture DIR`; if the new plan is the right one, record it with `--json > DIR/plan.json`",
    example: Example::World("typical/plan.json", "\"left_out\": 0", "\"left_out\": 1"),
    find,
};

fn find(subject: &Subject, _: &House) -> Vec<Hit> {
    let hit = |message: String| subject.hit("title", message);
    let mut found = Vec::new();
    for fixture in subject.fixtures.iter().flatten() {
        let world = match &fixture.world {
            Ok(world) => world,
            Err(why) => {
                found.push(hit(format!("this is no recorded world: {why}")));
                continue;
            }
        };
        let Some(made) = replayed(subject, world) else { continue };
        let made = match made {
            Ok(made) => serde_json::to_value(made).unwrap_or_default(),
            Err(why) => {
                found.push(hit(format!("the world in `{}` is not that of this loop: {why}", fixture.shown)));
                continue;
            }
        };
        match &fixture.golden {
            Err(why) => found.push(hit(format!("the plan of the world `{}`: {why}", fixture.name))),
            // A quiet world that speaks is a fault of its own.
            Ok(_) if fixture.name == "quiet" && speaks(&made) => {}
            Ok(golden) if *golden != made => {
                let what = difference(golden, &made, "");
                found.push(hit(format!("the plan for the world `{}` is another: {what}", fixture.name)));
            }
            Ok(_) => {}
        }
    }
    found
}

fn speaks(made: &Value) -> bool {
    let any = |name| made.get(name).and_then(Value::as_array).is_some_and(|rows| !rows.is_empty());
    any("calls") || any("findings")
}

/// The first place where two values are not the same, in words.
fn difference(golden: &Value, made: &Value, at: &str) -> String {
    let short = |v: &Value| crate::call::visible_line(&v.to_string(), 80);
    match (golden, made) {
        (Value::Object(a), Value::Object(b)) => {
            for (name, value) in a {
                let at = format!("{at}.{name}");
                match b.get(name) {
                    Some(other) if other != value => return difference(value, other, &at),
                    Some(_) => {}
                    None => return format!("`{at}` is no more"),
                }
            }
            let new = b.keys().find(|name| !a.contains_key(*name));
            new.map_or_else(String::new, |name| format!("`{at}.{name}` is new"))
        }
        (Value::Array(a), Value::Array(b)) => {
            let pairs = a.iter().zip(b).enumerate().find(|(_, (a, b))| a != b);
            match pairs {
                Some((n, (a, b))) => difference(a, b, &format!("{at}.{n}")),
                None => format!("`{at}` has {} instead of {}", b.len(), a.len()),
            }
        }
        (a, b) => format!("`{at}` was {} and is {}", short(a), short(b)),
    }
}
