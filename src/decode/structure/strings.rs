//! Where a JSON string or a quoted cell of CSV ends, whatever is in it.

use super::lanes::{BLOCK, Lanes, REACH};
use super::scan::{ScanProgress, StructureScan, escaped_bytes};

/// The look for the end of a string, for every kind of lanes.
#[inline(always)]
pub(super) fn string_with<L: Lanes>(scan: &mut StructureScan, text: &[u8], from: usize, last: bool) -> ScanProgress {
    let mut at = if scan.escaped == 0 { behind_plain::<L>(text, from) } else { from };
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let mut padded = [b' '; REACH];
        let bytes = match rest.first_chunk::<REACH>() {
            Some(bytes) => bytes,
            None if !last || rest.is_empty() => return ScanProgress::Paused(at),
            None => {
                padded[..rest.len()].copy_from_slice(rest);
                &padded
            }
        };
        let (mut quote, backslash) = (L::equal(bytes, b'"'), L::equal(bytes, b'\\'));
        if (backslash | scan.escaped) != 0 {
            quote &= !escaped_bytes(backslash, &mut scan.escaped);
        }
        if quote != 0 {
            return ScanProgress::Ended(at + quote.trailing_zeros() as usize + 1);
        }
        at += BLOCK.min(rest.len());
    }
}

/// The position behind the blocks in which nothing ends or escapes, two at a time: base64 has no others.
#[inline(always)]
fn behind_plain<L: Lanes>(text: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(second) = text.get(at + BLOCK..).and_then(|rest| rest.first_chunk::<REACH>())
        && let Some(first) = text[at..].first_chunk::<REACH>()
    {
        let ends = L::equal(first, b'"') | L::equal(second, b'"');
        if ends | L::equal(first, b'\\') | L::equal(second, b'\\') != 0 {
            break;
        }
        at += 2 * BLOCK;
    }
    at
}

/// The look for the end of a quoted cell, for every kind of lanes.
#[inline(always)]
pub(super) fn cell_with<L: Lanes>(text: &[u8], from: usize) -> Option<usize> {
    // All ones behind the first quote of two.
    let mut half = 0;
    let mut at = from;
    loop {
        let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
        let mut padded = [b' '; REACH];
        let bytes = if let Some(bytes) = rest.first_chunk::<REACH>() {
            bytes
        } else {
            padded[..rest.len()].copy_from_slice(rest);
            &padded
        };
        let quote = L::equal(bytes, b'"');
        let firsts = L::prefix_xor(quote) ^ half;
        let followed = quote >> 1 | u64::from(bytes[BLOCK] == b'"') << 63;
        let ends = quote & firsts & !followed;
        if ends != 0 {
            let end = at + ends.trailing_zeros() as usize;
            return (end + 1 < text.len()).then_some(end);
        }
        half = 0_u64.wrapping_sub(firsts >> 63);
        at += BLOCK;
    }
}
