//! Any text: looking for secrets never panics, and what was cleaned is clean.
#![no_main]

use fleet::state::Redactor;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let redactor = Redactor::default();
    let clean = redactor.text(text);
    if clean != text {
        assert!(clean.contains('\u{27e8}'));
    }
    let _ = redactor.json(serde_json::json!({ text: [text], "password": text }));
});
