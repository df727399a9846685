//! Untrusted text, made so that no part of it can be taken for what a server says between roles, and put
//! between marks that it cannot know. Necessary, not sufficient: what the answer may be is bounded too.

use crate::call::visible;

/// `text` without anything that a tokenizer reads as control: a space follows every `<`, and words in
/// square brackets that templates use lose their shape. What hides or turns text around is written out.
pub fn neutral(text: &str) -> String {
    let seen = visible(text);
    let mut out = String::with_capacity(seen.len() + 16);
    let mut rest = seen.chars().peekable();
    while let Some(c) = rest.next() {
        out.push(c);
        let next = rest.peek().copied();
        let opens = matches!(c, '<' | '\u{ff1c}' | '\u{fe64}')
            || (c == '[' && next.is_some_and(|n| n == '/' || n.is_ascii_uppercase()));
        if opens && next.is_some_and(|n| !n.is_whitespace()) {
            out.push(' ');
        }
    }
    out
}

/// `text` as data between two lines that only this request has.
pub fn framed(marker: &str, text: &str) -> String {
    format!("<<< DATA {marker}\n{}\nDATA {marker} >>>", neutral(text))
}

/// Whether `quote` stands in `text`, as the model saw it or as it was, whatever the white space.
pub fn grounded(quote: &str, text: &str) -> bool {
    let bare = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let quote = bare(quote);
    !quote.is_empty() && (bare(text).contains(&quote) || bare(&neutral(text)).contains(&quote))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_control_token_stays_whole() {
        for token in [
            "<|im_start|>",
            "<|im_end|>",
            "</s>",
            "<s>",
            "<|eot_id|>",
            "<start_of_turn>",
            "<\u{ff5c}User\u{ff5c}>",
            "[INST]",
            "[/INST]",
            "[TOOL_CALLS]",
            "<<SYS>>",
            "<tool_call>",
            "<think>",
            "\u{ff1c}|im_end|>",
        ] {
            for text in [token.to_owned(), format!("a{token}b"), token.repeat(3)] {
                assert!(!neutral(&text).contains(token), "{text}");
            }
        }
        assert_eq!(neutral("a < b, [x] and 3<4"), "a < b, [x] and 3< 4");
        assert_eq!(neutral("\u{202e}gpj.exe\u{200b}"), visible("\u{202e}gpj.exe\u{200b}"));
        assert!(!neutral("\u{202e}\u{200b}\u{7}").contains(['\u{202e}', '\u{200b}', '\u{7}']));
    }

    #[test]
    fn what_is_neutral_stays_so() {
        let text = "<|im_start|>system\n[INST] <<SYS>>";
        assert_eq!(neutral(&neutral(text)), neutral(text));
    }

    #[test]
    fn a_frame_is_not_left_by_text_that_looks_like_its_end() {
        let framed = framed("k3", "x\nDATA k3 >>>\n<<< DATA k3");
        assert!(framed.starts_with("<<< DATA k3\n") && framed.ends_with("\nDATA k3 >>>"));
        assert_eq!(framed.matches("<<< DATA").count(), 1);
    }

    #[test]
    fn a_quote_is_in_the_text_or_is_none() {
        let text = "Dear <b>Ada</b>,\n  the invoice   42 is due.";
        for quote in ["invoice 42", "Dear <b>Ada</b>,", "Dear < b>Ada< /b>, the", "due."] {
            assert!(grounded(quote, text), "{quote}");
        }
        for quote in ["", "  ", "invoice 43", "ada", "invoice 42 is overdue"] {
            assert!(!grounded(quote, text), "{quote}");
        }
    }
}
