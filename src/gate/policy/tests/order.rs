//! The order of rules decides nothing, and a rule that stops never opens: for any rules.

use super::*;
use proptest::prelude::*;

const TOOLS: [&str; 3] = ["files_trash", "files_read", "shell_run"];
const GLOBS: [&str; 6] = ["@/w/**", "@/w/in/*", "@/o/**", "**/x", "@/w/in", "@/["];

/// A rule without its id; sound or not, as it comes.
fn any_rule(decide: &'static [&'static str]) -> impl Strategy<Value = String> {
    let tools = prop::option::of(prop::sample::subsequence(&TOOLS[..], 0..=2));
    let paths = prop::option::of(prop::sample::subsequence(&GLOBS[..], 1..=2));
    let callers = prop::option::of(prop::sample::select(vec!["cli", "loop:*", "*"]));
    let risk = prop::option::of(prop::sample::select(vec!["LOW", "HIGH"]));
    let examples = prop::sample::subsequence(calls(), 0..=3);
    (prop::sample::select(decide), tools, paths, callers, risk, examples).prop_map(
        |(decide, tools, paths, callers, risk, examples)| {
            let list = |name: &str, items: Vec<&str>| format!("{name} = {items:?}\n");
            let examples: Vec<_> = examples
                .iter()
                .map(|(tool, args)| format!("{{ tool = \"{tool}\", args = {} }}", inline(args)))
                .collect();
            [
                format!("decide = \"{decide}\"\nreason = \"r\"\n"),
                tools.map(|t| list("tools", t)).unwrap_or_default(),
                paths.map(|p| list("paths", p)).unwrap_or_default(),
                callers.map(|c| list("callers", vec![c])).unwrap_or_default(),
                risk.map(|r| list("risk", vec![r])).unwrap_or_default(),
                format!("match = [{}]\n", examples.join(", ")),
            ]
            .concat()
        },
    )
}

fn inline(args: &Value) -> String {
    let (name, value) = args.as_object().unwrap().iter().next().unwrap();
    format!("{{ {name} = {value} }}")
}

fn calls() -> Vec<(&'static str, Value)> {
    let mut calls = vec![("shell_run", json!({"argv": ["true"]}))];
    for path in ["@/w/x", "@/w/in/x", "@/o/x", "@/home/.netrc"] {
        calls.push(("files_read", json!({ "path": path })));
        calls.push(("files_trash", json!({ "paths": [path] })));
    }
    calls.push(("files_trash", json!({"paths": ["@/w/x", "@/o/y"]})));
    calls
}

/// The answers to all calls, with the rules that were named.
fn answers(machine: &Machine, rules: &[(usize, String)]) -> Vec<(Answer, BTreeSet<(String, String)>)> {
    let text: String = rules.iter().map(|(n, rule)| format!("[[rule]]\nid = \"r{n}\"\n{rule}")).collect();
    let world = machine.world(&text);
    let judged = calls().into_iter().map(|(tool, args)| machine.judge(&world, tool, args, "cli"));
    judged
        .map(|(answer, reasons)| (answer, reasons.into_iter().map(|r| (r.rule, r.message)).collect()))
        .collect()
}

fn numbered(rules: Vec<String>) -> Vec<(usize, String)> {
    rules.into_iter().enumerate().collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn does_not_matter(
        rules in prop::collection::vec(any_rule(&["allow", "ask", "block"]), 1..6),
        by in any::<prop::sample::Index>(),
        turn in any::<bool>(),
    ) {
        let machine = Machine::new();
        let rules = numbered(rules);
        let mut other = rules.clone();
        other.rotate_left(by.index(rules.len()));
        if turn {
            other.reverse();
        }
        prop_assert_eq!(answers(&machine, &rules), answers(&machine, &other));
    }

    #[test]
    fn or_number_opens_nothing_that_was_stopped(
        rules in prop::collection::vec(any_rule(&["allow", "ask", "block"]), 0..5),
        stop in any_rule(&["ask", "block"]),
        open in any_rule(&["allow"]),
    ) {
        let machine = Machine::new();
        let rules = numbered(rules);
        let before = answers(&machine, &rules);
        let with = |rule: String| answers(&machine, &[rules.clone(), vec![(99, rule)]].concat());
        for ((was, _), (now, _)) in before.iter().zip(with(stop)) {
            prop_assert!(now >= *was);
        }
        for ((was, _), (now, _)) in before.iter().zip(with(open)) {
            prop_assert!(*was != Answer::Block || now == Answer::Block);
        }
    }
}
