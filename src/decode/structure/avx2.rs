//! Lanes of 32 bytes.
#![expect(unsafe_code, reason = "vector instructions, reached only after the machine said that it has them")]

use std::arch::x86_64::{
    __m256i, _mm_clmulepi64_si128, _mm_cvtsi128_si64, _mm_set_epi64x, _mm_set1_epi8, _mm256_and_si256,
    _mm256_cmpeq_epi8, _mm256_loadu_si256, _mm256_movemask_epi8, _mm256_or_si256, _mm256_set1_epi8,
    _mm256_setzero_si256, _mm256_testz_si256,
};

use super::compiled::compiled_for;
use super::inner::{InnerScan, inner_cell_with, inner_with};
use super::lanes::{Lanes, Masks, NEEDLE_BYTE, NEEDLE_GAP, REACH};
use super::scan::{ScanProgress, StructureScan, pairs_with, scan_with};
use super::scanner::Scanner;
use super::strings::{cell_with, string_with};

struct Avx2;

compiled_for!(Avx2, "avx2", "pclmulqdq", "popcnt", "bmi1", "bmi2");

/// The 32 bytes from `at` on.
#[inline(always)]
unsafe fn load(bytes: &[u8; REACH], at: usize) -> __m256i {
    debug_assert!(at + 32 <= REACH);
    // SAFETY: every caller's `at` leaves 32 bytes in the array; the load needs no alignment.
    unsafe { _mm256_loadu_si256(bytes.as_ptr().add(at).cast()) }
}

#[inline(always)]
unsafe fn bits(low: __m256i, high: __m256i) -> u64 {
    // SAFETY: called below `vectors` only, which has the feature.
    let (low, high) = unsafe { (_mm256_movemask_epi8(low), _mm256_movemask_epi8(high)) };
    u64::from(low.cast_unsigned()) | u64::from(high.cast_unsigned()) << 32
}

impl Lanes for Avx2 {
    type Seen = __m256i;

    #[inline(always)]
    fn nothing_seen() -> __m256i {
        // SAFETY: called below `vectors` only, which has the feature.
        unsafe { _mm256_setzero_si256() }
    }

    #[inline(always)]
    fn seen_any(seen: __m256i) -> bool {
        // SAFETY: as above.
        unsafe { _mm256_testz_si256(seen, seen) == 0 }
    }

    #[inline(always)]
    fn classify(bytes: &[u8; REACH], seen: __m256i) -> (Masks, __m256i) {
        // SAFETY: called below `vectors` only, which has the features; offsets stay inside the array.
        unsafe {
            let (low, high) = (load(bytes, 0), load(bytes, 32));
            let equal = |byte: u8| {
                let wanted = _mm256_set1_epi8(byte.cast_signed());
                bits(_mm256_cmpeq_epi8(low, wanted), _mm256_cmpeq_epi8(high, wanted))
            };
            // Bit 5 is all that tells `[` from `{` and `]` from `}`.
            let case = _mm256_set1_epi8(0x20);
            let (low_case, high_case) = (_mm256_or_si256(low, case), _mm256_or_si256(high, case));
            let equal_case = |byte: u8| {
                let wanted = _mm256_set1_epi8(byte.cast_signed());
                bits(_mm256_cmpeq_epi8(low_case, wanted), _mm256_cmpeq_epi8(high_case, wanted))
            };
            let needle = _mm256_set1_epi8(NEEDLE_BYTE.cast_signed());
            let pair = |first, at| {
                let second = load(bytes, at + NEEDLE_GAP);
                _mm256_and_si256(_mm256_cmpeq_epi8(first, needle), _mm256_cmpeq_epi8(second, needle))
            };
            let seen = _mm256_or_si256(seen, _mm256_or_si256(pair(low, 0), pair(high, 32)));
            let masks =
                Masks { quote: equal(b'"'), backslash: equal(b'\\'), open: equal_case(b'{'), close: equal_case(b'}') };
            (masks, seen)
        }
    }

    #[inline(always)]
    fn equal(bytes: &[u8; REACH], byte: u8) -> u64 {
        // SAFETY: as in `classify`.
        unsafe {
            let wanted = _mm256_set1_epi8(byte.cast_signed());
            bits(_mm256_cmpeq_epi8(load(bytes, 0), wanted), _mm256_cmpeq_epi8(load(bytes, 32), wanted))
        }
    }

    #[inline(always)]
    fn any_pair(bytes: &[u8; REACH], pairs: [[u8; 2]; 2]) -> bool {
        // SAFETY: as in `classify`.
        unsafe {
            let mut seen = _mm256_setzero_si256();
            for at in [0, 32] {
                let (here, there) = (load(bytes, at), load(bytes, at + NEEDLE_GAP));
                // Without a function of std, which would be compiled without these features.
                for [first, second] in pairs {
                    let first = _mm256_cmpeq_epi8(here, _mm256_set1_epi8(first.cast_signed()));
                    let second = _mm256_cmpeq_epi8(there, _mm256_set1_epi8(second.cast_signed()));
                    seen = _mm256_or_si256(seen, _mm256_and_si256(first, second));
                }
            }
            _mm256_testz_si256(seen, seen) == 0
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
