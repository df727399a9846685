//! Any text: looking for secrets never panics, and what was cleaned is clean.
#![no_main]

use fleet::state::Redactor;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let redactor = Redactor::default();
    let clean = redactor.text(text);
    if clean != text {
        assert!(clean.contains('\u{27e8}'));
    }
    let (before, after) = text.split_at(text.floor_char_boundary(text.len() / 2));
    let token = format!("ghp_{}", "x".repeat(36));
    let around = format!("{before}\n{token}\n{after}");
    assert!(!redactor.text(&around).contains(&token), "a token came through");
    let _ = redactor.json(serde_json::json!({ text: [text], "password": text }));
});
