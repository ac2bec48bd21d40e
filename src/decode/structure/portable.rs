//! Lanes of 16 bytes that every machine has: SSE2 on x86-64 and NEON on aarch64, where nothing has to be asked for first.

use wide::u8x16;

use super::inner::{inner_cell_with, inner_with};
use super::lanes::{Lanes, Masks, NEEDLE_BYTE, NEEDLE_GAP, REACH};
use super::scan::{pairs_with, scan_with};
use super::scanner::Scanner;
use super::strings::{cell_with, string_with};

struct PortableLanes;

pub(super) const SCANNER: Scanner = Scanner {
    value: scan_with::<PortableLanes>,
    string: string_with::<PortableLanes>,
    pairs: pairs_with::<PortableLanes>,
    cell: cell_with::<PortableLanes>,
    inner: inner_with::<PortableLanes>,
    inner_cell: inner_cell_with::<PortableLanes>,
};

/// The 64 bytes from `at` on.
#[inline(always)]
fn load(bytes: &[u8; REACH], at: usize) -> [u8x16; 4] {
    std::array::from_fn(|lane| {
        let start = at + lane * 16;
        // The length is that of the lanes: the arrays that callers hand over reach as far.
        u8x16::new(bytes[start..start + 16].try_into().unwrap_or_default())
    })
}

/// Bit `i` of the result: byte `i` of the 64 equals `byte`.
#[inline(always)]
fn equal(lanes: [u8x16; 4], byte: u8) -> u64 {
    let wanted = u8x16::splat(byte);
    lanes.iter().rev().fold(0, |bits, lane| bits << 16 | u64::from(lane.simd_eq(wanted).to_bitmask()))
}

impl Lanes for PortableLanes {
    type Seen = u8x16;

    #[inline(always)]
    fn nothing_seen() -> u8x16 {
        u8x16::splat(0)
    }

    #[inline(always)]
    fn seen_any(seen: u8x16) -> bool {
        seen.any()
    }

    #[inline(always)]
    fn classify(bytes: &[u8; REACH], mut seen: u8x16) -> (Masks, u8x16) {
        let lanes = load(bytes, 0);
        // Bit 5 is all that tells `[` from `{` and `]` from `}`.
        let case = lanes.map(|lane| lane | u8x16::splat(0x20));
        let needle = u8x16::splat(NEEDLE_BYTE);
        for (first, second) in lanes.into_iter().zip(load(bytes, NEEDLE_GAP)) {
            seen |= first.simd_eq(needle) & second.simd_eq(needle);
        }
        let masks = Masks {
            quote: equal(lanes, b'"'),
            backslash: equal(lanes, b'\\'),
            open: equal(case, b'{'),
            close: equal(case, b'}'),
        };
        (masks, seen)
    }

    #[inline(always)]
    fn equal(bytes: &[u8; REACH], byte: u8) -> u64 {
        equal(load(bytes, 0), byte)
    }

    #[inline(always)]
    fn any_pair(bytes: &[u8; REACH], pairs: [[u8; 2]; 2]) -> bool {
        let lanes = load(bytes, 0).into_iter().zip(load(bytes, NEEDLE_GAP));
        let mut seen = u8x16::splat(0);
        for (here, there) in lanes {
            for [first, second] in pairs.map(|pair| pair.map(u8x16::splat)) {
                seen |= here.simd_eq(first) & there.simd_eq(second);
            }
        }
        seen.any()
    }

    #[inline(always)]
    fn prefix_xor(mut bits: u64) -> u64 {
        for shift in [1, 2, 4, 8, 16, 32] {
            bits ^= bits << shift;
        }
        bits
    }
}
