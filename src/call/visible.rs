//! Text as an approver sees it: nothing hidden, nothing that moves the cursor.

/// `text` with control, bidi, zero-width and other invisible characters written out as `\u{…}`.
/// Line feeds stay, since the caller lays out lines.
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c == '\n' || !hidden(c) {
            out.push(c);
        } else {
            out.extend(c.escape_unicode());
        }
    }
    out
}

/// One line of at most `most` characters; what is cut is counted.
pub fn visible_line(text: &str, most: usize) -> String {
    let mut out = String::new();
    for (shown, c) in text.chars().enumerate() {
        if shown == most {
            out.push_str(&format!("… ({} bytes in all)", text.len()));
            return out;
        }
        match c {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            _ if hidden(c) => out.extend(c.escape_unicode()),
            _ => out.push(c),
        }
    }
    out
}

/// Whether a terminal would not show `c` as a glyph of its own in reading order.
fn hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
        || (c.is_whitespace() && c != ' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_moves_the_cursor_or_hides_is_written_out() {
        assert_eq!(visible("a\u{1b}[2Kb\r"), "a\\u{1b}[2Kb\\u{d}");
        assert_eq!(visible("x\u{202e}y\u{200b}z\u{2066}"), "x\\u{202e}y\\u{200b}z\\u{2066}");
        assert_eq!(visible("one\ntwo"), "one\ntwo");
        assert_eq!(visible("Grüße 청구서"), "Grüße 청구서");
        assert_eq!(visible("a\u{a0}b"), "a\\u{a0}b");
    }

    #[test]
    fn a_line_stays_a_line_and_says_what_was_cut() {
        assert_eq!(visible_line("a\nb", 10), "a\\nb");
        assert_eq!(visible_line("abcdef", 3), "abc… (6 bytes in all)");
    }
}
