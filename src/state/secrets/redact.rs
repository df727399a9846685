//! Keeping secrets out of the log, of messages and of notices. Equal secrets get equal marks, so that
//! one can still see that two entries speak of the same one.

use super::{Secret, Secrets, shapes};
use crate::state::{Home, fresh};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use std::borrow::Cow;
use std::ops::Range;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// The secret that keys the marks. Without it they cannot be compared with guesses.
const KEY: &str = "redaction";
/// A shorter value stands in too many innocent words.
const SHORTEST: usize = 5;

/// Replaces what must not be written down.
#[derive(Debug, Clone, Default)]
pub struct Redactor(Arc<Known>);

#[derive(Debug, Default)]
struct Known {
    /// Names and values, the longest value first.
    values: Vec<(String, Secret)>,
    key: Option<Secret>,
}

/// What was read last, and from which state of the file.
type Cached = Option<((PathBuf, u64, i64, i64), Redactor)>;
static CACHE: Mutex<Cached> = Mutex::new(None);

impl Redactor {
    /// With the secrets of `home`. A store that does not open leaves what can be told by its shape.
    pub fn of(home: &Home) -> Self {
        let secrets = Secrets::of(home);
        let stamp =
            secrets.file().symlink_metadata().map_or((0, 0, 0), |m| (m.ino(), m.mtime(), m.mtime_nsec()));
        let stamp = (secrets.file().to_owned(), stamp.0, stamp.1, stamp.2);
        let mut cache = CACHE.lock().unwrap_or_else(PoisonError::into_inner);
        match &*cache {
            Some((of, known)) if *of == stamp => known.clone(),
            _ => {
                let fresh = Self::load(&secrets);
                *cache = Some((stamp, fresh.clone()));
                fresh
            }
        }
    }

    /// Makes the key of the marks. Only `init` calls this.
    ///
    /// # Errors
    /// [`super::SecretsError`].
    pub fn prepare(home: &Home) -> Result<(), super::SecretsError> {
        Secrets::of(home).get_or_make(KEY, || fresh::key().map(Secret::new)).map(|_| ())
    }

    fn load(secrets: &Secrets) -> Self {
        let mut all = secrets.all().unwrap_or_default();
        let key = all.remove(KEY);
        let mut values: Vec<_> =
            all.into_iter().filter(|(_, value)| value.reveal().len() >= SHORTEST).collect();
        values.sort_by_key(|(_, value)| std::cmp::Reverse(value.reveal().len()));
        Self(Arc::new(Known { values, key }))
    }

    /// `text` without secrets: stored ones by name, token-shaped ones by a keyed hash.
    pub fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let stored = self.stored(text);
        if stored.is_empty() && shapes::find(text).is_empty() {
            return Cow::Borrowed(text);
        }
        let (mut clean, mut at) = (String::with_capacity(text.len()), 0);
        // Tokens are looked for between the stored values, so that a mark is never part of one.
        for (range, mark) in stored.into_iter().chain([(text.len()..text.len(), None)]) {
            let between = text.get(at..range.start).unwrap_or_default();
            let mut from = 0;
            for token in shapes::find(between) {
                clean.push_str(between.get(from..token.start).unwrap_or_default());
                clean.push_str(&self.mark(between.get(token.clone()).unwrap_or_default()));
                from = token.end;
            }
            clean.push_str(between.get(from..).unwrap_or_default());
            if let Some(name) = mark {
                clean.push_str(&format!("\u{27e8}secret:{name}\u{27e9}"));
            }
            at = range.end;
        }
        Cow::Owned(clean)
    }

    /// Whether `text` holds a stored secret, or something that can only be a credential. A word after
    /// `password:` is enough to keep it out of a log, but not to say that it is one.
    pub fn finds(&self, text: &str) -> bool {
        !self.stored(text).is_empty() || shapes::certain(text)
    }

    /// What `text` certainly holds of credentials: where each begins, by which rule, and its fingerprint,
    /// a keyed hash that cannot be compared with guesses.
    pub fn told(&self, text: &str) -> Vec<(usize, &'static str, String)> {
        let row = |(range, rule): (Range<usize>, &'static str)| {
            let mark = self.mark(text.get(range.clone()).unwrap_or_default());
            (
                range.start,
                rule,
                mark.trim_matches(['\u{27e8}', '\u{27e9}']).trim_start_matches("token:").to_owned(),
            )
        };
        shapes::told(text).into_iter().map(row).collect()
    }

    /// Where `text` holds stored values, in order and apart from each other, with their names.
    fn stored(&self, text: &str) -> Vec<(Range<usize>, Option<&str>)> {
        let forms = |value: &str| {
            let mut forms = vec![value.to_owned(), percent(value), percent(value).to_lowercase()];
            // As it stands in a JSON text within a string.
            forms.push(serde_json::to_string(value).unwrap_or_default().trim_matches('"').to_owned());
            forms.dedup();
            forms
        };
        let mut found: Vec<(Range<usize>, Option<&str>)> = Vec::new();
        for (name, value) in &self.0.values {
            for form in forms(value.reveal()).iter().filter(|form| !form.is_empty()) {
                let places = text.match_indices(form.as_str());
                found.extend(places.map(|(at, m)| (at..at + m.len(), Some(name.as_str()))));
            }
        }
        // The longest where several begin; what overlaps goes with the one before it.
        found.sort_by_key(|(range, _)| (range.start, std::cmp::Reverse(range.end)));
        let mut apart: Vec<(Range<usize>, Option<&str>)> = Vec::new();
        for (range, name) in found {
            match apart.last_mut() {
                Some((before, _)) if range.start < before.end => before.end = before.end.max(range.end),
                _ => apart.push((range, name)),
            }
        }
        apart
    }

    /// `value` with every string in it cleaned, the names of members too.
    pub fn json(&self, value: serde_json::Value) -> serde_json::Value {
        use serde_json::Value;
        match value {
            Value::String(text) => match self.text(&text) {
                Cow::Borrowed(_) => Value::String(text),
                Cow::Owned(clean) => Value::String(clean),
            },
            Value::Array(items) => Value::Array(items.into_iter().map(|v| self.json(v)).collect()),
            Value::Object(members) => {
                let clean = |(name, v): (String, Value)| {
                    // `"password": "…"` tells of its value by its name, which the shapes see in one text.
                    let named = v.as_str().and_then(|text| self.named(&name, text));
                    (self.text(&name).into_owned(), named.map_or_else(|| self.json(v), Value::String))
                };
                Value::Object(members.into_iter().map(clean).collect())
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => value,
        }
    }

    /// The mark of a value whose member's name says that it is a credential.
    fn named(&self, name: &str, text: &str) -> Option<String> {
        if !shapes::may_name(name) {
            return None;
        }
        let both = format!("{name}={text}");
        let all =
            shapes::find(&both).first().is_some_and(|r| r.start == name.len() + 1 && r.end == both.len());
        all.then(|| self.text(text)).map(|clean| match clean {
            Cow::Borrowed(plain) => self.mark(plain),
            Cow::Owned(clean) => clean,
        })
    }

    fn mark(&self, token: &str) -> String {
        let Some(key) = &self.0.key else { return "\u{27e8}token\u{27e9}".to_owned() };
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.reveal().as_bytes()) else {
            return "\u{27e8}token\u{27e9}".to_owned();
        };
        mac.update(token.as_bytes());
        let hex: String = mac.finalize().into_bytes().iter().take(8).map(|b| format!("{b:02x}")).collect();
        format!("\u{27e8}token:{hex}\u{27e9}")
    }
}

/// The value as it stands in an address.
fn percent(value: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'~');
    value.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn redactor(key: &str) -> Redactor {
        let values = vec![("mail".to_owned(), Secret::new("correct horse/battery".into()))];
        Redactor(Arc::new(Known { values, key: Some(Secret::new(key.into())) }))
    }

    #[test]
    fn stored_values_go_by_name_in_every_spelling() {
        let r = redactor("k");
        assert_eq!(r.text("login correct horse/battery ok"), "login ⟨secret:mail⟩ ok");
        assert_eq!(r.text("imaps://ada:correct%20horse%2Fbattery@host"), "imaps://ada:⟨secret:mail⟩@host");
        assert!(matches!(r.text("nothing here"), Cow::Borrowed(_)));
        // A secret that is a word of the marks does not eat them, and JSON within a string is seen.
        let values = vec![
            ("word".to_owned(), Secret::new("secret".into())),
            ("q".to_owned(), Secret::new("a\"b\\cd".into())),
        ];
        let r = Redactor(Arc::new(Known { values, key: None }));
        let token = format!("ghp_{}", "a1B2".repeat(9));
        // A bracket in the text is no mark, and hides nothing.
        for hidden in [
            format!("password=\u{27e8}{token}\u{27e9}"),
            format!("\u{27e8}{token}"),
            format!("-----BEGIN PRIVATE KEY-----\n\u{27e8}\n{token}\n"),
        ] {
            assert!(!r.text(&hidden).contains(&token), "{hidden}");
        }
        assert_eq!(r.text("the secret one"), "the ⟨secret:word⟩ one");
        assert_eq!(r.text(r#"{"m":"a\"b\\cd"}"#), r#"{"m":"⟨secret:q⟩"}"#);
    }

    #[test]
    fn tokens_go_by_a_keyed_hash_that_shows_equality() {
        let token = format!("ghp_{}", "a1B2".repeat(9));
        let r = redactor("k");
        let (one, two) = (r.text(&token).into_owned(), r.text(&format!("x {token}")).into_owned());
        assert!(one.starts_with("⟨token:") && one.len() == "⟨token:⟩".len() + 16, "{one}");
        assert_eq!(two, format!("x {one}"));
        assert_ne!(redactor("other").text(&token), one);
        assert_eq!(Redactor::default().text(&token), "⟨token⟩");
    }

    #[test]
    fn values_are_cleaned_at_any_depth_and_by_their_members_name() {
        let token = format!("AKIA{}", "Z".repeat(16));
        let clean = redactor("k").json(json!({"args": {"list": [token], "password": "hunter22", "n": 1}}));
        let text = clean.to_string();
        assert!(!text.contains("AKIA") && !text.contains("hunter22"), "{text}");
        assert_eq!(text.matches("⟨token:").count(), 2, "{text}");
    }
}
