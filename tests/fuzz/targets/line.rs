//! Any bytes as a line: reading its link never panics, and a line that is sound is the one that sealing
//! its payload writes.
#![no_main]

use fleet::audit::chain;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some(link) = chain::link(bytes) else { return };
    let Ok(open) = std::str::from_utf8(link.payload) else { return };
    let prev = chain::digest(link.prev).expect("a link's hashes are 64 lower-case digits");
    let (line, hash) = chain::seal(&format!("{open}}}"), link.seq, &prev);
    assert_eq!(link.sound(), Some(hash) == link.digest());
    assert_eq!(link.sound(), line.as_bytes() == bytes);
});
