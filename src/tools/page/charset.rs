//! Which characters the bytes of an answer are.

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// How far into a page its own word on its charset is looked for.
const LOOK: usize = 1024;

/// The text of `bytes`: by a byte order mark, then by what the answer said, then by what the page says
/// itself; else it is UTF-8, or what the web took for text before that.
pub fn decoded(bytes: &[u8], content_type: Option<&str>) -> String {
    let said = content_type.and_then(label).or_else(|| {
        let head = bytes.get(..LOOK.min(bytes.len())).unwrap_or_default();
        label(&String::from_utf8_lossy(head).to_ascii_lowercase())
    });
    let encoding = said.unwrap_or_else(|| {
        // A character cut at the end is no sign of another charset.
        let utf8 = std::str::from_utf8(bytes).map_or_else(|e| e.error_len().is_none(), |_| true);
        if utf8 { UTF_8 } else { WINDOWS_1252 }
    });
    encoding.decode(bytes).0.into_owned()
}

/// The charset after `charset=` or `encoding=`.
fn label(text: &str) -> Option<&'static Encoding> {
    let lower = text.to_ascii_lowercase();
    let after = ["charset=", "encoding="].into_iter().find_map(|word| lower.split_once(word))?.1;
    let after = after.trim_start_matches(['"', '\'', ' ']);
    let name = after.split(|c: char| !(c.is_ascii_alphanumeric() || "-_:.".contains(c))).next()?;
    Encoding::for_label(name.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answers_word_counts_before_the_pages() {
        let latin = b"<meta charset=\"iso-8859-1\">caf\xe9";
        assert!(decoded(latin, None).ends_with("caf\u{e9}"));
        assert!(decoded(latin, Some("text/html; charset=utf-8")).ends_with("caf\u{fffd}"));
        assert_eq!(decoded(b"\x93x\x94", Some("text/html")), "\u{201c}x\u{201d}");
        assert_eq!(decoded("\u{feff}\u{e9}".as_bytes(), Some("text/html; charset=latin1")), "\u{e9}");
        assert_eq!(decoded(&[0xc0, 0xce], Some("text/plain; charset=\"EUC-KR\"")), "\u{c778}");
        assert_eq!(decoded(b"x", Some("text/plain; charset=nonsense")), "x");
    }
}
