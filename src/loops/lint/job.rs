//! A property list, as far as it says what is started and when.

use super::subject::Document;
use crate::calendar::Trigger;

/// One job of launchd.
pub struct Job<'a> {
    text: &'a str,
    keys: plist::Dictionary,
}

impl<'a> Job<'a> {
    /// Reads it.
    ///
    /// # Errors
    /// A sentence.
    pub fn of(document: &'a Document) -> Result<Self, String> {
        let text = document.text.as_ref().map_err(Clone::clone)?.as_deref().unwrap_or_default();
        let keys = plist::from_bytes(text.as_bytes()).map_err(|e| format!("is no property list: {e}"))?;
        Ok(Self { text, keys })
    }

    /// Whether it has a key.
    pub fn has(&self, key: &str) -> bool {
        self.keys.contains_key(key)
    }

    /// A text.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.keys.get(key)?.as_string()
    }

    /// Texts.
    pub fn texts(&self, key: &str) -> Vec<&str> {
        let list = self.keys.get(key).and_then(plist::Value::as_array);
        // What is no text stands as one that fits nowhere.
        list.into_iter().flatten().map(|v| v.as_string().unwrap_or("?")).collect()
    }

    /// Its calendar entries, in the order in which they stand.
    pub fn entries(&self) -> Vec<Trigger> {
        let entries = match self.keys.get("StartCalendarInterval") {
            Some(value) => value.as_array().map_or_else(|| vec![value], |list| list.iter().collect()),
            None => Vec::new(),
        };
        let entry = |value: &plist::Value| {
            let keys = value.as_dictionary()?;
            let number = |key: &str| keys.get(key)?.as_unsigned_integer().and_then(|n| u8::try_from(n).ok());
            let known = ["Day", "Hour", "Minute", "Weekday"];
            keys.keys().all(|k| known.contains(&k.as_str())).then_some(())?;
            let minute = number("Minute")?;
            Some(Trigger { day: number("Day"), hour: number("Hour"), minute, weekday: number("Weekday") })
        };
        // An entry that does not read fits no schedule.
        let none = Trigger { day: None, hour: None, minute: u8::MAX, weekday: None };
        entries.into_iter().map(|value| entry(value).unwrap_or(none)).collect()
    }

    /// The line of a key; the first if it is missing.
    pub fn line(&self, key: &str) -> usize {
        let key = format!("<key>{key}</key>");
        self.text.lines().position(|line| line.contains(&key)).map_or(1, |n| n + 1)
    }
}
