//! Any bytes as a file of this kind.
#![no_main]

#[path = "../../crates/klr/tests/damaged/readers.rs"]
#[allow(dead_code, reason = "every target uses one reader")]
mod readers;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    readers::golden(bytes);
});
