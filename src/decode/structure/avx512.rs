//! Lanes of 64 bytes, whose compares give bit masks at once.
#![expect(unsafe_code, reason = "vector instructions, reached only after the machine said that it has them")]

use std::arch::x86_64::{
    __m512i, _mm_clmulepi64_si128, _mm_cvtsi128_si64, _mm_set_epi64x, _mm_set1_epi8, _mm512_cmpeq_epi8_mask,
    _mm512_loadu_si512, _mm512_mask_cmpeq_epi8_mask, _mm512_min_epu8, _mm512_or_si512, _mm512_set1_epi8,
    _mm512_ternarylogic_epi64, _mm512_testn_epi8_mask,
};

use super::compiled::compiled_for;
use super::inner::{InnerScan, inner_cell_with, inner_with};
use super::lanes::{Lanes, Masks, NEEDLE_BYTE, NEEDLE_GAP, REACH};
use super::scan::{ScanProgress, StructureScan, pairs_with, scan_with};
use super::scanner::Scanner;
use super::strings::{cell_with, string_with};

struct Avx512;

compiled_for!(Avx512, "avx512f", "avx512bw", "pclmulqdq", "popcnt", "bmi1", "bmi2");

/// The 64 bytes from `at` on.
#[inline(always)]
unsafe fn load(bytes: &[u8; REACH], at: usize) -> __m512i {
    debug_assert!(at + 64 <= REACH);
    // SAFETY: every caller's `at` leaves 64 bytes in the array; the load needs no alignment.
    unsafe { _mm512_loadu_si512(bytes.as_ptr().add(at).cast()) }
}

impl Lanes for Avx512 {
    type Seen = __m512i;

    #[inline(always)]
    fn nothing_seen() -> __m512i {
        // SAFETY: called below `vectors` only, which has the feature.
        unsafe { _mm512_set1_epi8(-1) }
    }

    #[inline(always)]
    fn seen_any(seen: __m512i) -> bool {
        // SAFETY: as above.
        unsafe { _mm512_testn_epi8_mask(seen, seen) != 0 }
    }

    #[inline(always)]
    fn classify(bytes: &[u8; REACH], seen: __m512i) -> (Masks, __m512i) {
        // SAFETY: called below `vectors` only, which has the features; offsets stay inside the array.
        unsafe {
            let block = load(bytes, 0);
            let all = |byte: u8| _mm512_set1_epi8(byte.cast_signed());
            // Bit 5 is all that tells `[` from `{` and `]` from `}`.
            let case = _mm512_or_si512(block, _mm512_set1_epi8(0x20));
            let masks = Masks {
                quote: _mm512_cmpeq_epi8_mask(block, all(b'"')),
                backslash: _mm512_cmpeq_epi8_mask(block, all(b'\\')),
                open: _mm512_cmpeq_epi8_mask(case, all(b'{')),
                close: _mm512_cmpeq_epi8_mask(case, all(b'}')),
            };
            // Zero where both bytes are there: (first ^ byte) | (second ^ byte).
            let differs = _mm512_ternarylogic_epi64::<0x7e>(block, load(bytes, NEEDLE_GAP), all(NEEDLE_BYTE));
            (masks, _mm512_min_epu8(seen, differs))
        }
    }

    #[inline(always)]
    fn equal(bytes: &[u8; REACH], byte: u8) -> u64 {
        // SAFETY: as in `classify`.
        unsafe { _mm512_cmpeq_epi8_mask(load(bytes, 0), _mm512_set1_epi8(byte.cast_signed())) }
    }

    #[inline(always)]
    fn any_pair(bytes: &[u8; REACH], pairs: [[u8; 2]; 2]) -> bool {
        // SAFETY: as in `classify`.
        unsafe {
            let (here, there) = (load(bytes, 0), load(bytes, NEEDLE_GAP));
            let all = |byte: u8| _mm512_set1_epi8(byte.cast_signed());
            // What is given to a function of std, as to `map`, is compiled without these features, and each instruction of it is
            // a call.
            let [[first, second], [third, fourth]] = pairs;
            let one = _mm512_mask_cmpeq_epi8_mask(_mm512_cmpeq_epi8_mask(here, all(first)), there, all(second));
            let other = _mm512_mask_cmpeq_epi8_mask(_mm512_cmpeq_epi8_mask(here, all(third)), there, all(fourth));
            one | other != 0
        }
    }

    #[inline(always)]
    fn prefix_xor(bits: u64) -> u64 {
        // SAFETY: called below `vectors` only, which has the feature.
        unsafe {
            let product = _mm_clmulepi64_si128::<0>(_mm_set_epi64x(0, bits.cast_signed()), _mm_set1_epi8(-1));
            _mm_cvtsi128_si64(product).cast_unsigned()
        }
    }
}
