//! Rules that are wrong: told with their line, and they forbid what they would have covered.

use super::*;

#[test]
fn a_rule_that_is_wrong_is_refused_with_its_line_and_forbids_what_it_would_have_covered() {
    let machine = Machine::new();
    let good =
        allow("paths = [\"@/w/in/**\"]", "{ tool = \"files_trash\", args = { paths = [\"@/w/in/x\"] } }");
    assert_eq!(faults(&machine, &good), []);
    let example = "{ tool = \"files_trash\", args = { paths = [\"@/w/in/x\"] } }";
    for (from, to, says, line) in [
        (format!("match = [{example}]"), String::new(), "no example that it must match", 3),
        (example.to_owned(), TRASH_IN.to_owned(), "does not match its example", 9),
        (
            example.to_owned(),
            format!("{example}]\nnot_match = [{example}"),
            "matches its example `files_trash` in `not_match`",
            10,
        ),
        (example.to_owned(), "{ tool = \"files_thrash\" }".to_owned(), "there is no tool `files_thrash`", 9),
        (example.to_owned(), "{ tool = \"files_trash\" }".to_owned(), "is no call", 9),
        (example.to_owned(), example.replace("args", "at = \"9:30\", args"), "`9:30` does not read", 9),
        ("@/w/in/**".to_owned(), "@/w/in/[".to_owned(), "in `paths`", 7),
        ("@/w/in/**".to_owned(), "in/**".to_owned(), "a path starts with", 7),
        ("@/w/in/**".to_owned(), "@/w/../in/**".to_owned(), "real paths have no", 7),
        ("[\"@/w/in/**\"]".to_owned(), "[]".to_owned(), "empty list", 3),
        ("paths = ".to_owned(), "hours = \"8-18\"\npaths = ".to_owned(), "hours `8-18` do not read", 3),
        ("id = \"a\"\n".to_owned(), String::new(), "no `id`", 3),
        ("decide = \"allow\"\n".to_owned(), String::new(), "does not say what it decides", 3),
        ("reason = \"because of a\"\n".to_owned(), String::new(), "no `reason`", 3),
        ("[[rule]]".to_owned(), good.clone() + "[[rule]]", "another rule has the same `id`", 3),
    ] {
        let text = good.replacen(&from, &to, 1);
        assert_ne!(text, good, "{says}");
        let found = faults(&machine, &text);
        assert!(
            found.iter().any(|f| f.message.contains(says) && f.line == line),
            "{says} at {line}: {found:#?}"
        );
        let world = machine.world(&text);
        let (tool, args) = trash("@/w/in/x");
        let (answer, reasons) = machine.judge(&world, tool, args, "cli");
        assert_eq!(answer, Answer::Block, "{says}");
        let told = reasons
            .iter()
            .any(|r| r.message.contains("forbids what it covers") && r.source.contains("policy.toml:"));
        assert!(told, "{says}: {reasons:#?}");
        // What it is not about goes on.
        assert_eq!(machine.answer(&text, "files_read", json!({"path": "@/w/x"})), Answer::Allow, "{says}");
    }
}

#[test]
fn an_allow_of_everything_is_refused() {
    let machine = Machine::new();
    let text = rule("a", "allow", "", TRASH_IN);
    assert!(faults(&machine, &text)[0].message.contains("allows everything"));
    assert_eq!(machine.answer(&text, "files_read", json!({"path": "@/w/x"})), Answer::Block);
    // To stop everything is a policy.
    assert_eq!(faults(&machine, &rule("a", "block", "", TRASH_IN)), []);
}

#[test]
fn a_rule_that_never_counts_is_refused() {
    let machine = Machine::new();
    let a = allow("", TRASH_IN);
    let over =
        |decide: &str, more: &str| rule("b", decide, &format!("paths = [\"@/w/**\"]\n{more}"), TRASH_IN);
    for (text, shadowed) in [
        (a.clone() + &over("ask", ""), true),
        (over("block", "") + &a, true),
        (a.clone() + &over("allow", ""), false),
        (a.clone() + &over("ask", "hours = \"00:00-24:00\""), false),
        (a.replace("match = [", &format!("match = [{TRASH_OUT}, ")) + &over("ask", ""), false),
        // A rule that is refused itself shadows nothing.
        (a.clone() + &over("ask", "callers = [\"loop:*\"]"), false),
    ] {
        let found = faults(&machine, &text);
        let told = found.iter().any(|f| f.rule.as_deref() == Some("a") && f.message.contains("by `b`"));
        assert_eq!(told, shadowed, "{text}\n{found:#?}");
        if shadowed {
            // Also where the other does not reach.
            assert_eq!(machine.answer(&text, "files_trash", json!({"paths": ["@/o/x"]})), Answer::Block);
        }
    }
}

#[test]
fn what_does_not_read_is_told_with_its_line() {
    let machine = Machine::new();
    for (text, line) in [
        ("[[rule]]\nid = \"a\"\npath = [\"/x\"]\n", 5),
        ("[[rule]]\nid = \"a\"\ndecide = \"permit\"\n", 5),
        ("[[rule]]\nid = \"a\"\nhours = 8\n", 5),
        ("[[risk]]\ntool = \"files_read\"\nrisk = \"high\"\n", 5),
        ("[rule]\nid = \"a\"\n", 3),
    ] {
        match machine.policy(text) {
            Err(PolicyError::Toml(_, at, why)) => assert_eq!(at, line, "{text}: {why}"),
            other => panic!("{text}: {other:?}"),
        }
    }
}
