//! Any bytes as a file of this kind; what is taken is written to the folder for temporary files.
#![no_main]

#[path = "../../crates/klr/tests/damaged/readers.rs"]
#[allow(dead_code, reason = "every target uses one reader")]
mod readers;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    readers::array(bytes, &std::env::temp_dir());
});
