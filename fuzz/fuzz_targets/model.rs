//! Any bytes as a file of this kind, and with the length and checksum made right.
#![no_main]

#[path = "../../crates/klr/tests/damaged/readers.rs"]
#[allow(dead_code, reason = "every target uses one reader")]
mod readers;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    readers::model(bytes);
    let mut sealed = bytes.to_vec();
    readers::seal(&mut sealed);
    readers::model(&sealed);
});
