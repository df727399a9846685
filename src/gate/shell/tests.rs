//! The parser, against what it must say and against a real shell.

use super::parse::{Join, Parsed, Target, parse};
use super::word::{Atom, Variables, Word};
use proptest::prelude::*;

struct Home;

impl Variables for Home {
    fn get(&self, name: &str) -> Option<String> {
        (name == "HOME").then(|| "/home/u".to_owned())
    }
}

/// Each command of the line as its words; `?` stands for what is not known.
fn words(text: &str) -> Vec<Vec<String>> {
    lists(&parse(text).unwrap()).remove(0)
}

fn lists(parsed: &Parsed) -> Vec<Vec<Vec<String>>> {
    let word = |w: &Word| {
        let value = w.value(&Home);
        if value.known && !value.glob { value.text } else { format!("{}?", value.text) }
    };
    parsed.lists.iter().map(|l| l.iter().map(|c| c.words.iter().map(word).collect()).collect()).collect()
}

fn understood(text: &str) -> bool {
    parse(text).is_ok_and(|p| p.odd.is_empty())
}

#[test]
fn words_are_taken_apart_as_a_shell_does() {
    for (text, expected) in [
        ("ls -l", vec![vec!["ls", "-l"]]),
        ("a 'b c'd\"e f\"g\\ h", vec![vec!["a", "b cde fg h"]]),
        ("echo '' \"\"", vec![vec!["echo", "", ""]]),
        ("echo \"a\\\"b\\c\\$\"", vec![vec!["echo", "a\"b\\c$"]]),
        ("echo ~ ~/x a~ '~'", vec![vec!["echo", "/home/u", "/home/u/x", "a~", "~"]]),
        ("echo $HOME ${HOME}/x \"$HOME\"", vec![vec!["echo", "/home/u", "/home/u/x", "/home/u"]]),
        ("a # b", vec![vec!["a"]]),
        ("a#b", vec![vec!["a#b"]]),
        ("a;b&&c||d|e\nf", vec![vec!["a"], vec!["b"], vec!["c"], vec!["d"], vec!["e"], vec!["f"]]),
        ("a $", vec![vec!["a", "$"]]),
        ("a *.x", vec![vec!["a", "?"]]),
        ("a '*'", vec![vec!["a", "*"]]),
        ("[ -f x ]", vec![vec!["[", "-f", "x", "]"]]),
        ("a {} {,}", vec![vec!["a", "{}", "{,}"]]),
    ] {
        let expected: Vec<Vec<String>> =
            expected.into_iter().map(|c| c.into_iter().map(str::to_owned).collect()).collect();
        assert_eq!(words(text), expected, "{text}");
    }
}

#[test]
fn what_is_outside_the_subset_is_said_to_be() {
    for odd in [
        "$(a)",
        "`a`",
        "(a)",
        "{ a; }",
        "if a; then b; fi",
        "for x in y; do a; done",
        "case x in y) a;; esac",
        "f() { a; }",
        "a &",
        "a |& b",
        "a &> b",
        "a <> b",
        "a <<< b",
        "a >| b",
        "$'a'",
        "$\"a\"",
        "a <(b)",
        "a >(b)",
        "a ${b:-c}",
        "a $1",
        "a $@",
        "a $((1))",
        "x=(a)",
        "x[1]=2",
        "x+=1",
        "[[ a ]]",
        "time a",
        "coproc a",
        "a \\\nb",
        "a ;; b",
        "; a",
        "a | | b",
        "a &&",
        "a ; ; b",
        "a <<X\nb",
        "a <<X\n$(b)\nX",
        "function f { a; }",
        "a ) b",
        "a (b)",
        "a 3>&4",
        "a >",
        "! ",
        "a | ! b",
        "select x in y; do a; done",
    ] {
        assert!(!understood(odd), "{odd:?} is taken for understood");
    }
    for plain in [
        "a",
        "a b | c && d || e; f\ng",
        "a <b >c 2>>d 2>&1",
        "A=1 b",
        "! a",
        "a <<X\nb\nX",
        "a <<'X'\n$(b)\nX",
        "a <<-X\n\tb\n\tX",
        "a;",
        "a\n",
        "\na",
        "a | # x\n b",
    ] {
        assert!(understood(plain), "{plain:?}: {:?}", parse(plain));
    }
}

#[test]
fn what_runs_inside_a_word_is_found() {
    for hidden in [
        "echo $(x y)",
        "echo `x y`",
        "echo \"$(x y)\"",
        "echo ${a:-$(x y)}",
        "echo ${a:-`x y`}",
        "echo $((1+$(x y)))",
        "cat <(x y)",
        "a=(b $(x y))",
        "cat <<E\n$(x y)\nE",
        "cat <<E\n`x y`\nE",
        "[[ $(x y) ]]",
        "echo ${a[$(x y)]}",
        "echo \"${a:-\"$(x y)\"}\"",
        "echo `echo \\`x y\\``",
        "cat <<< \"$(x y)\"",
        "for i in $(x y); do b; done",
        "case $(x y) in *) b;; esac",
        "a > $(x y)",
        "echo $[ $(x y) ]",
        "echo \"$\\\n(x y)\"",
        "x=$(x y)",
        "a {b,$(x y)}",
    ] {
        let found = lists(&parse(hidden).unwrap()).into_iter().flatten().any(|c| c == ["x", "y"]);
        assert!(found, "{hidden:?}: {:?}", parse(hidden));
    }
    for body in [
        "(x y)",
        "{ x y; }",
        "if a; then x y; fi",
        "while a; do x y; done",
        "f() { x y; }; f",
        "case a in b) x y;; esac",
        "a & x y",
        "! x y",
        "time -p x y",
    ] {
        assert!(words(body).iter().any(|c| c == &["x", "y"]), "{body:?}: {:?}", words(body));
    }
    for inert in [
        "echo '$(x y)'",
        "echo \\$\\(x y\\)",
        "cat <<'E'\n$(x y)\nE",
        "echo \"\\$(x y)\"",
        "a # $(x y)",
        "echo '`x y`'",
    ] {
        let found = lists(&parse(inert).unwrap()).into_iter().flatten().any(|c| c == ["x", "y"]);
        assert!(!found, "{inert:?}");
    }
}

#[test]
fn what_is_never_closed_is_an_error() {
    for bad in ["a 'b", "a \"b", "a `b", "a $(b", "(a", "a ${b", "a \\", "a $'b"] {
        assert!(parse(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn a_pipe_knows_what_feeds_it() {
    let feeds = |text: &str| {
        let parsed = parse(text).unwrap();
        let last = parsed.lists[0].last().unwrap().clone();
        (last.join, last.fed_from)
    };
    assert_eq!(feeds("a | b"), (Join::Pipe, Some(0)));
    assert_eq!(feeds("x; a | b | c"), (Join::Pipe, Some(1)));
    assert_eq!(feeds("x; (a; b) | c"), (Join::Pipe, Some(1)));
    assert_eq!(feeds("x; { a; b; } | c"), (Join::Pipe, Some(1)));
    assert_eq!(feeds("while a; do b; done | c"), (Join::Pipe, Some(0)));
    assert_eq!(feeds("a; b"), (Join::Then, None));
}

#[test]
fn here_documents_lie_where_they_belong() {
    let parsed = parse("a <<X; b <<'Y'\none\nX\n$two\nY\nc").unwrap();
    assert_eq!(parsed.odd, []);
    let text = |n: usize| parsed.lists[0][n].redirects[0].target.clone();
    assert_eq!(text(0), Target::Text(Some("one\n".into())));
    assert_eq!(text(1), Target::Text(Some("$two\n".into())));
    assert_eq!(parsed.lists[0][2].words[0].literal(), "c");
}

#[test]
fn braces_are_expanded_for_the_walk_that_blocks() {
    let expand = |text: &str| -> Vec<String> {
        let parsed = parse(text).unwrap();
        parsed.lists[0][0].words[0].braces().iter().map(Word::literal).collect()
    };
    assert_eq!(expand("/{bin,usr,etc}"), ["/bin", "/usr", "/etc"]);
    assert_eq!(expand("a{b,{c,d}}e"), ["abe", "ace", "ade"]);
    assert_eq!(expand("{}"), ["{}"]);
    assert_eq!(expand("'{a,b}'"), ["{a,b}"]);
    assert!(parse("{1..3}").unwrap().lists[0][0].words[0].has_braces());
}

proptest! {
    #[test]
    fn no_text_breaks_the_parser(text in "[ -~\\n\\t]{0,80}") {
        let _ = parse(&text);
    }

    #[test]
    fn hostile_text_ends(text in "([$({`'\"\\\\<>|&; })]|a){0,200}") {
        let _ = parse(&text);
    }

    /// A value written out with quotes is the same value again.
    #[test]
    fn quoting_round_trips(argv in proptest::collection::vec("[ -~]{0,12}", 1..6)) {
        let quote = |w: &String| format!("'{}'", w.replace('\'', "'\\''"));
        let line = argv.iter().map(quote).collect::<Vec<_>>().join(" ");
        prop_assert!(understood(&line));
        prop_assert_eq!(words(&line), vec![argv]);
    }
}

/// Random lines of words: what is understood comes out as a real shell has it. The only command is
/// `printf`, and no word holds an operator.
#[test]
fn a_real_shell_sees_the_same_words() {
    let word = proptest::collection::vec(
        prop_oneof![
            "[a-z0-9./=:,@%+-]{1,3}",
            "'[ a-z$\"\\\\*?~#]{0,4}'",
            "\"[ a-z'*?~#]{0,4}\"",
            Just("\\ ".to_owned()),
            Just("\\$".to_owned()),
            Just("\"\\$x\\\\\\\"\"".to_owned()),
            Just("$HOME".to_owned()),
            Just("\"${HOME}\"".to_owned()),
            Just("~".to_owned()),
            Just("#".to_owned()),
            Just("{}".to_owned()),
            Just("\\\\".to_owned()),
        ],
        1..5,
    )
    .prop_map(|parts| parts.concat());
    let line = proptest::collection::vec(word, 1..5).prop_map(|words| words.join(" "));
    let mut runner =
        proptest::test_runner::TestRunner::new(ProptestConfig { cases: 200, ..ProptestConfig::default() });
    runner
        .run(&line, |line| {
            let line = format!("printf '<%s>' {line}");
            let Ok(parsed) = parse(&line) else { return Ok(()) };
            let ours = lists(&parsed).remove(0).remove(0);
            // Names of files depend on the folder; braces on the shell.
            let plain = parsed.odd.is_empty()
                && ours.iter().all(|w| !w.ends_with('?'))
                && parsed.lists[0][0]
                    .words
                    .iter()
                    .all(|w| !w.atoms.iter().any(|a| matches!(a, Atom::Plain('*' | '?' | '['))));
            if !plain {
                return Ok(());
            }
            #[expect(clippy::disallowed_methods, reason = "the test asks a real shell")]
            let said = std::process::Command::new("/bin/sh")
                .args(["-c", &line])
                .env_clear()
                .env("HOME", "/home/u")
                .output()
                .unwrap();
            let expected: String = ours.iter().skip(2).map(|w| format!("<{w}>")).collect();
            let expected = if ours.len() == 2 { "<>".to_owned() } else { expected };
            prop_assert_eq!(String::from_utf8_lossy(&said.stdout).into_owned(), expected, "{}", line);
            Ok(())
        })
        .unwrap();
}
