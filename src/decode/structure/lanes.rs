//! What a block of text is classified into, whatever the width of the vectors that do it.

/// Bytes classified at a time.
pub(super) const BLOCK: usize = 64;
/// Bytes that a step may read: a block, and what the look for the needle's second byte reaches beyond it.
pub(super) const REACH: usize = BLOCK + NEEDLE_GAP;
/// The event name has a `W` here and another one four bytes on (`WithWebIdentity`): rare enough to be worth
/// two compares and no more; a hit is confirmed by a search for the whole name.
pub(in crate::decode) const NEEDLE_BYTE: u8 = b'W';
pub(super) const NEEDLE_GAP: usize = 4;

/// Bit `i` of each mask speaks of byte `i` of the block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Masks {
    pub(super) quote: u64,
    pub(super) backslash: u64,
    pub(super) open: u64,
    pub(super) close: u64,
}

/// One way to classify a block.
pub(super) trait Lanes {
    /// Whether the needle's two bytes were seen, as a register.
    type Seen: Copy;
    fn nothing_seen() -> Self::Seen;
    fn seen_any(seen: Self::Seen) -> bool;
    /// Classifies the first 64 of the bytes, and looks for the needle's bytes in all of them.
    fn classify(bytes: &[u8; REACH], seen: Self::Seen) -> (Masks, Self::Seen);
    /// Which of the first 64 bytes equal `byte`.
    fn equal(bytes: &[u8; REACH], byte: u8) -> u64;
    /// Whether one of the first 64 bytes is the first of a pair whose second one comes [`NEEDLE_GAP`] bytes later.
    fn any_pair(bytes: &[u8; REACH], pairs: [[u8; 2]; 2]) -> bool;
    /// Bit `i` of the result is the parity of bits `0..=i`.
    fn prefix_xor(bits: u64) -> u64;
}
