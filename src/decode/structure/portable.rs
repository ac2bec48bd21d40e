//! Lanes of eight bytes in an ordinary register, for machines without the vectors that we know.

use super::lanes::{Lanes, Masks, NEEDLE_BYTE, NEEDLE_GAP, REACH};
use super::scan::{Scanner, scan_with, string_with};

struct Words;

pub(super) const SCANNER: Scanner = Scanner { value: scan_with::<Words>, string: string_with::<Words> };

const LOW: u64 = 0x0101_0101_0101_0101;

/// Bit `i` of the result: byte `i` of the eight equals `byte`.
fn equal_of_word(word: u64, byte: u8) -> u64 {
    let difference = word ^ (LOW * u64::from(byte));
    // The top bit of each byte that is zero, exactly: a carry cannot leave its byte.
    let zero = !(((difference & !(LOW << 7)) + (LOW * 0x7f)) | difference) & (LOW << 7);
    // Gathers the eight top bits into the highest byte.
    (zero >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

fn mask(bytes: &[u8; REACH], offset: usize, test: impl Fn(u64) -> u64) -> u64 {
    let mut mask = 0;
    for (at, chunk) in bytes[offset..].chunks_exact(8).take(8).enumerate() {
        let word = chunk.try_into().map_or(0, u64::from_le_bytes);
        mask |= test(word) << (at * 8);
    }
    mask
}

impl Lanes for Words {
    type Seen = u64;

    fn nothing_seen() -> u64 {
        0
    }

    fn seen_any(seen: u64) -> bool {
        seen != 0
    }

    fn classify(bytes: &[u8; REACH], seen: u64) -> (Masks, u64) {
        let either = |word, one, other| equal_of_word(word, one) | equal_of_word(word, other);
        let masks = Masks {
            quote: mask(bytes, 0, |word| equal_of_word(word, b'"')),
            backslash: mask(bytes, 0, |word| equal_of_word(word, b'\\')),
            open: mask(bytes, 0, |word| either(word, b'{', b'[')),
            close: mask(bytes, 0, |word| either(word, b'}', b']')),
        };
        let first = mask(bytes, 0, |word| equal_of_word(word, NEEDLE_BYTE));
        let second = if first == 0 { 0 } else { mask(bytes, NEEDLE_GAP, |word| equal_of_word(word, NEEDLE_BYTE)) };
        (masks, seen | (first & second))
    }

    fn equal(bytes: &[u8; REACH], byte: u8) -> u64 {
        mask(bytes, 0, |word| equal_of_word(word, byte))
    }

    fn prefix_xor(mut bits: u64) -> u64 {
        for shift in [1, 2, 4, 8, 16, 32] {
            bits ^= bits << shift;
        }
        bits
    }
}
