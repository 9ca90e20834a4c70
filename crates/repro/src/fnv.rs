//! The 64-bit hash FNV-1a (Fowler, Noll & Vo): short, and the same on every machine. The build script uses this file too.

/// The hash of no bytes.
pub(crate) const OFFSET: u64 = 0xCBF2_9CE4_8422_2325;

/// The hash of what `hash` stands for with `bytes` after it.
pub(crate) fn absorb(hash: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(hash, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3))
}
