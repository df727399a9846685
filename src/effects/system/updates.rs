//! What could be newer, as each package manager says.

use super::asked::{Question, Said, Silent};
use crate::call::UpdateSource;
use crate::effects::Hand;
use crate::state::Platform;
use serde_json::{Map, Value, json};

/// Something that could be newer.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Item {
    source: &'static str,
    name: String,
    have: Option<String>,
    new: String,
    /// Whether it mends a hole, where that is told.
    security: Option<bool>,
}

/// A back end: how it is asked, and how its answer is read; none if the answer is an error.
struct Source {
    name: &'static str,
    ask: Question<'static>,
    read: fn(&Said) -> Option<Vec<Item>>,
}

const SOFTWARE_UPDATE: Source = Source {
    name: "os",
    ask: Question { program: "softwareupdate", args: &["-l"], seconds: 120, env: &[] },
    read: |said| (said.code == Some(0)).then(|| software_update(&said.out)),
};
const APT: Source = Source {
    name: "apt",
    ask: Question { program: "apt", args: &["list", "--upgradable"], seconds: 60, env: &[] },
    read: |said| (said.code == Some(0)).then(|| apt(&said.out)),
};
const BREW: Source = Source {
    name: "brew",
    ask: Question {
        program: "brew",
        args: &["outdated", "--json=v2"],
        seconds: 120,
        env: &[
            ("HOMEBREW_NO_AUTO_UPDATE", "1"),
            ("HOMEBREW_NO_ANALYTICS", "1"),
            ("HOMEBREW_NO_ENV_HINTS", "1"),
        ],
    },
    read: |said| brew(&said.out),
};
const NPM: Source = Source {
    name: "npm",
    // It ends with 1 where something is outdated.
    ask: Question { program: "npm", args: &["outdated", "--global", "--json"], seconds: 60, env: &[] },
    read: |said| npm(&said.out),
};
const CARGO: Source = Source {
    name: "cargo",
    ask: Question {
        program: "cargo-install-update",
        args: &["install-update", "--list"],
        seconds: 120,
        env: &[],
    },
    read: |said| (said.code == Some(0)).then(|| cargo(&said.out)),
};

fn source(source: UpdateSource, platform: Platform) -> Source {
    match (source, platform) {
        (UpdateSource::Os, Platform::Macos) => SOFTWARE_UPDATE,
        (UpdateSource::Os, Platform::Linux) => Source { name: "os", ..APT },
        (UpdateSource::Apt, _) => APT,
        (UpdateSource::Brew, _) => BREW,
        (UpdateSource::Npm, _) => NPM,
        (UpdateSource::Cargo, _) => CARGO,
    }
}

/// Asks `sources`; without any, all that are here. What was named and does not answer is a failure.
pub fn updates(hand: &Hand<'_>, sources: &[UpdateSource]) -> (Value, Option<String>) {
    let all = [UpdateSource::Os, UpdateSource::Brew, UpdateSource::Npm, UpdateSource::Cargo];
    let named = !sources.is_empty();
    let (mut items, mut skipped, mut failed) = (Vec::new(), Map::new(), Vec::new());
    for one in if named { sources } else { &all } {
        let source = source(*one, hand.home.platform());
        let answer = source.ask.ask(hand);
        let (why, missing) = match answer {
            Ok(said) => match (source.read)(&said) {
                Some(found) => {
                    items.extend(found.into_iter().map(|item| Item { source: source.name, ..item }));
                    continue;
                }
                None => (format!("`{}` said: {}", source.ask.program, said.line()), false),
            },
            Err(Silent::Missing(why)) => (why, true),
            Err(Silent::Stopped(why)) => (why, false),
        };
        if named || !missing {
            failed.push(format!("{}: {why}", source.name));
        }
        skipped.insert(source.name.to_owned(), why.into());
    }
    let lacks = (!failed.is_empty()).then(|| format!("not all sources answered: {}", failed.join("; ")));
    (json!({ "items": items, "skipped": skipped }), lacks)
}

fn item(name: &str, have: Option<&str>, new: &str, security: Option<bool>) -> Item {
    Item { source: "", name: name.to_owned(), have: have.map(str::to_owned), new: new.to_owned(), security }
}

/// Reads `softwareupdate -l`: a label, and below it `Title: …, Version: …, Size: …`.
fn software_update(said: &str) -> Vec<Item> {
    let lines = said.lines().map(str::trim);
    lines
        .filter_map(|line| {
            let (title, rest) = line.strip_prefix("Title: ")?.split_once(", Version: ")?;
            let version = rest.split(',').next().unwrap_or(rest).trim();
            // Rapid responses mend holes by their very nature; of others it is not told.
            let security = title.contains("Security").then_some(true);
            Some(item(title, None, version, security))
        })
        .collect()
}

/// Reads `apt list --upgradable`: `name/suites new arch [upgradable from: have]`.
fn apt(said: &str) -> Vec<Item> {
    let line = |line: &str| {
        let (name, rest) = line.split_once('/')?;
        let mut words = rest.split(' ');
        let (suites, new) = (words.next()?, words.next()?);
        let have = rest.split_once("[upgradable from: ")?.1.strip_suffix(']')?;
        Some(item(name, Some(have), new, Some(suites.contains("-security"))))
    };
    said.lines().filter_map(line).collect()
}

/// Reads `brew outdated --json=v2`; warnings can stand before it. What is pinned stays.
fn brew(said: &str) -> Option<Vec<Item>> {
    let from = said.find("{\n").or_else(|| said.find('{'))?;
    let said: Value = serde_json::from_str(said.get(from..)?.trim()).ok()?;
    let of = |kind: &str| said.get(kind).and_then(Value::as_array).cloned().unwrap_or_default();
    let mut items = Vec::new();
    for one in of("formulae").into_iter().chain(of("casks")) {
        let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
        let have = one.get("installed_versions").and_then(|v| text(v.get(0)).or_else(|| text(Some(v))));
        if one.get("pinned").and_then(Value::as_bool) != Some(true) {
            items.push(item(
                &text(one.get("name"))?,
                have.as_deref(),
                &text(one.get("current_version"))?,
                None,
            ));
        }
    }
    Some(items)
}

/// Reads `npm outdated --global --json`.
fn npm(said: &str) -> Option<Vec<Item>> {
    if said.trim().is_empty() {
        return Some(Vec::new());
    }
    let said: Map<String, Value> = serde_json::from_str(said).ok()?;
    if said.contains_key("error") {
        return None;
    }
    let one = |(name, value): (&String, &Value)| {
        let text = |member: &str| value.get(member).and_then(Value::as_str);
        Some(item(name, text("current"), text("latest")?, None))
    };
    Some(said.iter().filter_map(one).collect())
}

/// Reads `cargo install-update --list`: `name v1.2.3 v1.3.0 Yes`.
fn cargo(said: &str) -> Vec<Item> {
    let line = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            [name, have, new, "Yes", ..] => {
                Some(item(name, Some(have.trim_start_matches('v')), new.trim_start_matches('v'), None))
            }
            _ => None,
        }
    };
    said.lines().filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    // As public projects record it for macOS 26; none was recorded by us.
    const SOFTWARE: &str = "Software Update Tool\n\nFinding available software\nSoftware Update found the following new or updated software:\n* Label: Command Line Tools for Xcode 26.5-26.5\n\tTitle: Command Line Tools for Xcode 26.5, Version: 26.5, Size: 920416KiB, Recommended: YES,\n* Label: macOS Tahoe 26.5.1-25F80\n\tTitle: macOS Tahoe 26.5.1, Version: 26.5.1, Size: 3691689KiB, Recommended: YES, Action: restart,\n";

    #[test]
    fn what_softwareupdate_lists_is_read_and_none_is_none() {
        let items = software_update(SOFTWARE);
        let names: Vec<_> = items.iter().map(|i| (i.name.as_str(), i.new.as_str())).collect();
        assert_eq!(names, [("Command Line Tools for Xcode 26.5", "26.5"), ("macOS Tahoe 26.5.1", "26.5.1")]);
        assert_eq!(
            software_update(
                "Software Update Tool\n\nFinding available software\nNo new software available.\n"
            ),
            []
        );
    }

    #[test]
    fn what_apt_lists_is_read() {
        // Recorded on Debian 12; the security suite as on Ubuntu 24.04.
        let said = "Listing...\nbash/oldstable 5.2.15-2+b13 amd64 [upgradable from: 5.2.15-2+b8]\nopenssl/noble-updates,noble-security 3.0.13-0ubuntu3.5 amd64 [upgradable from: 3.0.13-0ubuntu3.4]\n";
        let expected = [
            item("bash", Some("5.2.15-2+b8"), "5.2.15-2+b13", Some(false)),
            item("openssl", Some("3.0.13-0ubuntu3.4"), "3.0.13-0ubuntu3.5", Some(true)),
        ];
        assert_eq!(apt(said), expected);
    }

    #[test]
    fn what_brew_npm_and_cargo_list_is_read_and_an_error_is_no_answer() {
        // The shape that `brew outdated --json=v2` has in Homebrew's own documentation and tests.
        let said = "Warning: cask.jws.json: update failed, falling back to cached version.\n{\n \"formulae\": [{\"name\": \"wget\", \"installed_versions\": [\"1.24.5\"], \"current_version\": \"1.25.0\", \"pinned\": false, \"pinned_version\": null}, {\"name\": \"old\", \"installed_versions\": [\"1\"], \"current_version\": \"2\", \"pinned\": true}],\n \"casks\": [{\"name\": \"firefox\", \"installed_versions\": [\"127.0\"], \"current_version\": \"128.0\"}]}\n";
        let expected =
            vec![item("wget", Some("1.24.5"), "1.25.0", None), item("firefox", Some("127.0"), "128.0", None)];
        assert_eq!(brew(said), Some(expected));
        assert_eq!(brew("Error: no"), None);
        let said = r#"{"npm":{"current":"10.1.0","wanted":"10.2.0","latest":"10.2.0","dependent":"lib"}}"#;
        assert_eq!(npm(said), Some(vec![item("npm", Some("10.1.0"), "10.2.0", None)]));
        assert_eq!((npm(""), npm(r#"{"error":{"code":"E405"}}"#)), (Some(vec![]), None));
        let said = "Package  Installed  Latest   Needs update\nripgrep  v14.1.0    v14.1.1  Yes\nfd-find  v10.2.0    v10.2.0  No\n";
        assert_eq!(cargo(said), [item("ripgrep", Some("14.1.0"), "14.1.1", None)]);
    }
}
