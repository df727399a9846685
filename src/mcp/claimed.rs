//! What a client says about itself: put on record and shown to who decides, and believed by nobody.

use crate::call::visible_line;
use rmcp::model::Implementation;

/// Most characters of a name and of a version.
const MOST: usize = 60;

/// The claim in words; none if the client says nothing.
pub(super) fn claimed(client: Option<&Implementation>) -> Option<String> {
    let client = client?;
    let short = |text: &str| visible_line(text, MOST);
    Some(format!("a client that calls itself {} {}", short(&client.name), short(&client.version)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_is_one_short_line_without_tricks() {
        let claim = |name: &str| claimed(Some(&Implementation::new(name, "1.2"))).unwrap();
        assert_eq!(claim("claude-code"), "a client that calls itself claude-code 1.2");
        assert_eq!(claim("a\u{1b}[2K\nb"), "a client that calls itself a\\u{1b}[2K\\nb 1.2");
        assert!(claim(&"x".repeat(10_000)).len() < 150);
        assert_eq!(claimed(None), None);
    }
}
