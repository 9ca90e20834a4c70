//! The work folder: one file per finished unit of work.
//!
//! A file is named by a hash of what was asked and of the code that answers, says both in full, and carries a checksum.
//! It is written whole or not at all, so a run may be killed at any time.

use crate::error::ReproError;
use klr_units::{file, fnv};
use serde_json::{Value, json};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

const SCHEMA: &str = "klr-repro-unit-2";

/// A hash of the code that computes units of work (`crates/repro/build.rs`).
pub(super) const CODE: &str = env!("KLR_COMPUTING_CODE");

/// The compiler.
pub(super) const COMPILER: &str = env!("KLR_COMPILER");

/// The work folder.
pub(crate) struct Store {
    folder: PathBuf,
}

impl Store {
    pub(crate) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// The file of a unit.
    pub(crate) fn path(&self, key: &str) -> PathBuf {
        let kind: String = key.chars().take_while(char::is_ascii_alphanumeric).collect();
        self.folder.join(format!(
            "{kind}-{:016x}.json",
            fnv::absorb(fnv::OFFSET, format!("{CODE} {key}").as_bytes())
        ))
    }

    /// What a unit found, or `None` if it has not been computed by this code.
    ///
    /// # Errors
    /// [`ReproError::File`] if the file cannot be read, [`ReproError::Damaged`] if it is not what was written.
    pub(crate) fn load(&self, key: &str) -> Result<Option<Value>, ReproError> {
        let path = self.path(key);
        let bytes = match file::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.source.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        decode(&bytes, key).map(Some).map_err(|reason| ReproError::Damaged { path, reason })
    }

    /// Writes what a unit found, and returns it as it will be read.
    ///
    /// # Errors
    /// [`ReproError::File`] if it cannot be written.
    pub(crate) fn save(&self, key: &str, found: &Value) -> Result<Value, ReproError> {
        let path = self.path(key);
        let bytes = encode(found, key);
        file::write_atomically(&path, &bytes)?;
        // What was computed now and what a later run reads must be one and the same.
        decode(&bytes, key).map_err(|reason| ReproError::Damaged { path, reason })
    }
}

fn encode(found: &Value, key: &str) -> Vec<u8> {
    let checksum = crc32fast::hash(found.to_string().as_bytes());
    let whole = json!({ "schema": SCHEMA, "code": CODE, "key": key, "checksum": checksum, "found": found });
    let mut text = whole.to_string();
    text.push('\n');
    text.into_bytes()
}

fn decode(bytes: &[u8], key: &str) -> Result<Value, String> {
    let mut whole: Value = serde_json::from_slice(bytes).map_err(|e| format!("not JSON: {e}"))?;
    for (field, expected) in [("schema", SCHEMA), ("code", CODE), ("key", key)] {
        match whole.get(field).and_then(Value::as_str) {
            Some(found) if found == expected => {}
            found => {
                let found = found.unwrap_or("nothing");
                return Err(format!("`{field}` is `{found}`, expected `{expected}`"));
            }
        }
    }
    let found = whole["found"].take();
    if whole["checksum"].as_u64() != Some(crc32fast::hash(found.to_string().as_bytes()).into()) {
        return Err("the checksum does not match the numbers".to_owned());
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found() -> Value {
        json!({ "a": [0.1, 1.0 / 3.0, -2.5e-300, 1e22], "b": f64::NAN })
    }

    #[test]
    fn what_is_saved_is_what_is_loaded() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let store = Store::new(folder.path());
        assert_eq!(store.load("unit x=1").expect("an empty folder"), None, "nothing is there yet");
        let saved = store.save("unit x=1", &found()).expect("the folder is writable");
        let loaded = store.load("unit x=1").expect("whole").expect("there");
        assert_eq!(saved, loaded, "to the last bit");
        assert_eq!(saved, found(), "and as computed");
        assert_eq!(loaded["a"][1].as_f64(), Some(1.0 / 3.0), "a third is the same third");
        assert!(loaded["b"].is_null(), "no number stays no number");
        assert_eq!(store.load("unit x=2").expect("no such unit"), None, "another unit is another file");
    }

    #[test]
    fn a_damaged_file_is_refused_by_name() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let store = Store::new(folder.path());
        store.save("unit x=1", &found()).expect("the folder is writable");
        let path = store.path("unit x=1");
        let whole = std::fs::read_to_string(&path).expect("just written");
        for (what, text) in [
            ("cut short", whole[..whole.len() / 2].to_owned()),
            ("empty", String::new()),
            ("a digit changed", whole.replace("0.1,", "0.2,")),
            ("another key", whole.replace("unit x=1", "unit x=3")),
            ("another program", whole.replace(CODE, "0123456789abcdef")),
        ] {
            std::fs::write(&path, text).expect("the folder is writable");
            let message = store.load("unit x=1").expect_err(what).to_string();
            let name = path.file_name().expect("a name").to_string_lossy();
            assert!(message.contains(&*name) && message.contains("delete it"), "{what}: {message}");
        }
    }
}
