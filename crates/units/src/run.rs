//! Which run a file is of: a digest of what was asked for, the seed, and the version of klr.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fmt;

/// The version of klr, the same in all its crates.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The SHA-256 of some bytes, as `sha256sum` prints it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

/// 64 hexadecimal digits, in lower case.
impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Which run a file is of. Two files with the same run were derived from the same plan, seed and version, so they
/// belong together; every file that klr writes into a folder says it (`docs/report.md`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunId {
    #[serde(rename = "klr")]
    version: String,
    plan: String,
    seed: u64,
}

impl RunId {
    /// A run of this klr.
    ///
    /// `plan` is the digest of everything that was asked for, the files it names included.
    #[must_use]
    pub fn new(plan: Digest, seed: u64) -> Self {
        Self { version: VERSION.to_owned(), plan: plan.to_string(), seed }
    }

    /// The version of klr.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The digest of the plan, in hexadecimal digits.
    #[must_use]
    pub fn plan(&self) -> &str {
        &self.plan
    }

    /// The seed of every random stream.
    #[must_use]
    pub const fn seed(&self) -> u64 {
        self.seed
    }
}

/// The run in one line, as headers and comments of files have it.
impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "klr {}, plan {}, seed {}", self.version, self.plan, self.seed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_the_one_of_sha256sum() {
        // FIPS 180-4, the message of one block.
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(Digest::of(b"abc").to_string(), expected);
    }

    #[test]
    fn a_run_in_one_line_has_version_plan_and_seed_and_fits_a_terminal() {
        let line = RunId::new(Digest::of(b"abc"), u64::MAX).to_string();
        let digest = Digest::of(b"abc");
        assert_eq!(line, format!("klr {VERSION}, plan {digest}, seed 18446744073709551615"));
        assert!(RunId::new(digest, 1).to_string().len() <= 100, "{line}");
    }
}
