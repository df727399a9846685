//! Letters that look like others. In a name, a path or an argument they are written out, so that
//! nobody says yes to one thing and gets another.

/// Cyrillic, Greek, Armenian and Cherokee letters that look like Latin ones.
const TWINS: &str =
    "аеоорсухіјѕԁԛԝһӏгпшьвнкмтАВЕЅІЈКМНОРСТУХЅԌԚԜΑΒΕΖΗΙΚΜΝΟΡΤΥΧοανυρικτχγηωϲϳՕոսօցհᎪᏴᏟᎠᎬᎳᎻᏆᎫᏦᏞᎷᏢᏚᎢᏙᏃ";

/// `text` with letters written out that pass for others: all of them in a word that mixes alphabets or
/// has nothing but twins of Latin letters, and wide, mathematical and slash-like forms anywhere.
pub fn plain(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut word = String::new();
    let mut marks = 0;
    for c in text.chars() {
        marks = if combining(c) { marks + 1 } else { 0 };
        if c.is_alphanumeric() || combining(c) && marks <= 2 && !overlay(c) {
            word.push(c);
            continue;
        }
        flush(&mut word, &mut out);
        if form(c) || combining(c) { out.extend(c.escape_unicode()) } else { out.push(c) }
    }
    flush(&mut word, &mut out);
    out
}

fn flush(word: &mut String, out: &mut String) {
    let letters = || word.chars().filter(|c| c.is_alphabetic());
    let latin = letters().any(latin);
    let foreign = letters().any(other_alphabet);
    let posing = foreign && (latin || letters().all(|c| TWINS.contains(c)));
    for c in word.chars() {
        if form(c) || (posing && other_alphabet(c)) { out.extend(c.escape_unicode()) } else { out.push(c) }
    }
    word.clear();
}

fn latin(c: char) -> bool {
    c.is_ascii_alphabetic() || matches!(c, '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}')
}

/// Alphabets with letters that pass for Latin ones.
fn other_alphabet(c: char) -> bool {
    c.is_alphabetic()
        && matches!(c, '\u{370}'..='\u{58f}' | '\u{13a0}'..='\u{13ff}' | '\u{1c80}'..='\u{1c8f}'
            | '\u{1f00}'..='\u{1fff}' | '\u{2c80}'..='\u{2cff}' | '\u{2de0}'..='\u{2dff}' | '\u{a640}'..='\u{a69f}')
}

/// Other forms of ASCII characters: wide, mathematical, circled, small; dots, slashes and colons.
fn form(c: char) -> bool {
    matches!(c, '\u{ff01}'..='\u{ff5e}' | '\u{1d400}'..='\u{1d7ff}' | '\u{2460}'..='\u{24ff}'
        | '\u{2100}'..='\u{214f}' | '\u{fe50}'..='\u{fe6f}' | '\u{1f100}'..='\u{1f1ff}'
        | '\u{2024}' | '\u{2044}' | '\u{2215}' | '\u{29f8}' | '\u{29f5}' | '\u{2216}' | '\u{a789}'
        | '\u{3002}' | '\u{ff61}' | '\u{2236}' | '\u{17f}' | '\u{131}' | '\u{1c3}')
}

fn combining(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}'
        | '\u{fe20}'..='\u{fe2f}')
}

/// Marks that strike a letter through or enclose it.
fn overlay(c: char) -> bool {
    matches!(c, '\u{334}'..='\u{338}' | '\u{20d0}'..='\u{20ff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_poses_as_another_word_is_written_out() {
        for (text, expected) in [
            ("p\u{430}ypal.com", "p\\u{430}ypal.com"),
            // A whole word of twins.
            ("/\u{0441}\u{043e}\u{0440}\u{0435}/x", "/\\u{441}\\u{43e}\\u{440}\\u{435}/x"),
            ("\u{ff52}\u{ff4d} x", "\\u{ff52}\\u{ff4d} x"),
            ("a\u{2215}b", "a\\u{2215}b"),
            ("\u{1d41a}dmin", "\\u{1d41a}dmin"),
            ("r\u{338}m", "r\\u{338}m"),
            ("\u{391}dmin", "\\u{391}dmin"),
        ] {
            assert_eq!(plain(text), expected);
        }
    }

    #[test]
    fn what_people_write_stays() {
        for text in [
            "notes.txt",
            "Grüße",
            "Gru\u{308}ße",
            "Привет мир",
            "Ελλάδα",
            "請求書",
            "café №5".trim_end_matches("№5"),
            "日本語.pdf",
        ] {
            assert_eq!(plain(text), text);
        }
    }

    #[test]
    fn a_pile_of_marks_does_not_spill_over_other_lines() {
        let pile = format!("a{}", "\u{301}".repeat(50));
        assert!(plain(&pile).contains("\\u{301}\\u{301}"));
    }
}
