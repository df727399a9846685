//! Any bytes as JSON: the scan that verifying uses agrees with parsing and writing again, and writing
//! is a fixed point of parsing.
#![no_main]

use fleet::canon;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let parsed = canon::parse(bytes);
    let written = parsed.as_ref().ok().and_then(|value| canon::canonical(value).ok());
    if let Some(text) = &written {
        let again = canon::parse(text.as_bytes()).expect("what is written reads");
        assert_eq!(Some(&again), parsed.as_ref().ok());
        assert_eq!(canon::canonical(&again).ok().as_ref(), Some(text));
    }
    let slow = written.is_some_and(|text| text.as_bytes() == bytes)
        && parsed.is_ok_and(|value| value.as_object().is_some_and(|members| !members.is_empty()));
    let scanned = bytes.strip_suffix(b"}").is_some_and(|open| canon::canonical_members(open, &mut |_, _| {}));
    // The scan knows no limit of length; a line has its own.
    assert_eq!(scanned && bytes.len() <= 1 << 20, slow);
});
