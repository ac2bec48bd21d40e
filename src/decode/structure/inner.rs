//! The scan over an object that is spelled inside of a JSON string or a cell of CSV. One pass finds the end of the string or
//! cell and the bracket that closes the object, without undoing the spelling.
//!
//! A quote of the object has a backslash in front of it in a string, and stands twice in a cell; a backslash stands twice in a
//! string. So a row of backslashes in front of a quote tells by its length what the quote is: one makes it a quote of the object,
//! three make it one that is escaped in the object too, and an even number makes it the end of the string.

use super::lanes::{BLOCK, Lanes, Masks, REACH};
use super::scan::{MAX_DEPTH, ScanProgress, escaped_bytes, find_end, hides};

/// So deep that nothing closes it: behind the end of the object.
const BEHIND: u64 = 1 << 62;

/// The state of such a scan, which can pause at the end of a buffer and go on in the next one.
#[derive(Debug, Clone, Copy, Default)]
pub struct InnerScan {
    depth: u64,
    /// All bits of the depths at which blocks began.
    depths: u64,
    /// All ones inside a string of the object.
    in_string: u64,
    /// How many backslashes stand in front of the next byte, of which four mean nothing for it.
    backslashes: u64,
    /// All ones behind the first quote of two.
    half: u64,
    /// How many bytes were scanned.
    passed: usize,
    object: InnerObject,
}

/// What a scan saw of an object that is spelled in a text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct InnerObject {
    /// How long the spelling of the object is, up to behind the bracket that closes it. `None` where nothing closes it.
    pub end: Option<usize>,
    /// The event name's rare bytes were seen; maybe a few bytes behind the text.
    pub needle: bool,
    /// An escape was seen that gives a letter by its number: any letter of ASCII where it is one of the string, in which it may
    /// spell a quote or a bracket of the object; one that could hide the event name where it is one of the object.
    pub hidden: bool,
    /// It may nest deeper than [`MAX_DEPTH`].
    pub deep: bool,
}

impl InnerScan {
    /// What was seen, when the scan has ended.
    #[must_use]
    pub fn object(&self) -> InnerObject {
        InnerObject { deep: self.depths >= u64::from(MAX_DEPTH - u64::BITS), ..self.object }
    }

    /// Takes in a block of a string, of which `rest` is what is left of the text: the quotes that end it, and what was seen.
    #[inline(always)]
    fn string_block<L: Lanes>(&mut self, bytes: &[u8; REACH], rest: &[u8], seen: L::Seen) -> (u64, L::Seen) {
        let (masks, seen) = L::classify(bytes, seen);
        let (backslash, before) = (masks.backslash, self.backslashes);
        let behind = backslash << 1 | u64::from(before != 0);
        let (mut escaped, mut twice) = (behind, 0);
        if backslash & behind != 0 || before > 1 {
            escaped = escaped_bytes(backslash, &mut (before & 1));
            twice = escaped_twice(masks.quote & escaped, backslash, behind, before);
            self.backslashes = row(backslash, 64, before);
        } else {
            self.backslashes = backslash >> 63;
        }
        let numbers = L::equal(bytes, b'u') & behind;
        if numbers != 0 {
            // Behind an even row, the escape is one of the object, in a string of which only a letter matters.
            self.object.hidden |= spells_ascii(numbers & escaped, rest) || hides(numbers & !escaped, rest);
        }
        let ends = masks.quote & !escaped;
        self.take_brackets::<L>(masks, masks.quote & escaped & !twice, ends);
        self.passed += BLOCK;
        (ends, seen)
    }

    /// Takes in a block of a cell, as [`Self::string_block`] does one of a string.
    #[inline(always)]
    fn cell_block<L: Lanes>(&mut self, bytes: &[u8; REACH], rest: &[u8], seen: L::Seen) -> (u64, L::Seen) {
        let (masks, seen) = L::classify(bytes, seen);
        let first = L::prefix_xor(masks.quote) ^ self.half;
        self.half = 0_u64.wrapping_sub(first >> 63);
        let firsts = masks.quote & first;
        let followed = masks.quote >> 1 | u64::from(bytes[BLOCK] == b'"') << 63;
        let mut escaped = 0;
        if (masks.backslash | self.backslashes) != 0 {
            escaped = escaped_bytes(masks.backslash, &mut self.backslashes);
            let numbers = escaped & L::equal(bytes, b'u');
            if numbers != 0 {
                self.object.hidden |= hides(numbers, rest);
            }
        }
        let ends = firsts & !followed;
        self.take_brackets::<L>(masks, firsts & !escaped, ends);
        self.passed += BLOCK;
        (ends, seen)
    }

    /// The last bytes of a text, padded with spaces: the quote that ends the cell.
    #[inline(always)]
    fn last_cell_blocks<L: Lanes>(&mut self, text: &[u8], mut at: usize) -> Option<usize> {
        while at < text.len() {
            let rest = &text[at..];
            let count = rest.len().min(REACH);
            let mut padded = [b' '; REACH];
            padded[..count].copy_from_slice(&rest[..count]);
            let (ends, seen) = self.cell_block::<L>(&padded, rest, L::nothing_seen());
            self.object.needle |= L::seen_any(seen);
            if ends != 0 {
                return Some(at + ends.trailing_zeros() as usize);
            }
            at += BLOCK;
        }
        None
    }

    /// The last bytes of a text, padded with spaces.
    #[inline(always)]
    fn last_blocks<L: Lanes>(&mut self, text: &[u8], mut at: usize) -> ScanProgress {
        while at < text.len() {
            let rest = &text[at..];
            let count = rest.len().min(REACH);
            let mut padded = [b' '; REACH];
            padded[..count].copy_from_slice(&rest[..count]);
            let (ends, seen) = self.string_block::<L>(&padded, rest, L::nothing_seen());
            self.object.needle |= L::seen_any(seen);
            if ends != 0 {
                return ended(at, ends);
            }
            at += BLOCK.min(rest.len());
        }
        ScanProgress::Paused(at)
    }

    /// Takes in the brackets of a block up to where the text ends: all below the lowest bit of `ends`.
    #[inline(always)]
    fn take_brackets<L: Lanes>(&mut self, masks: Masks, quotes: u64, ends: u64) {
        let inside = L::prefix_xor(quotes) ^ self.in_string;
        self.in_string = 0_u64.wrapping_sub(inside >> 63);
        // Without an end that is all ones.
        let outside = !inside & (ends & ends.wrapping_neg()).wrapping_sub(1);
        let (open, close) = (masks.open & outside, masks.close & outside);
        let closed = u64::from(close.count_ones());
        if closed >= self.depth
            && let Some(end) = find_end(self.depth, open, close)
        {
            self.object.end = Some(self.passed + end);
            self.depth = BEHIND;
            return;
        }
        self.depths |= self.depth & !BEHIND;
        // Not below zero: then the end would have been found.
        self.depth = self.depth + u64::from(open.count_ones()) - closed;
    }
}

/// Which of the quotes that are escaped in a block of a string are escaped in the object too: those with three backslashes in
/// front, or four more. `behind` are all bytes that are directly behind a backslash, of which so many stand in front of the block.
///
/// A call would make each block put its vectors aside, so this is none, though few blocks need it.
#[inline(always)]
fn escaped_twice(quotes: u64, backslash: u64, behind: u64, before: u64) -> u64 {
    let mut twice = 0;
    let mut doubtful = quotes & (behind << 1 | u64::from(before >= 2));
    while doubtful != 0 {
        let at = doubtful.trailing_zeros();
        // What is shifted in at the lower end is no backslash.
        let below = backslash.checked_shl(64 - at).unwrap_or_default();
        if row(below, at, before) == 3 {
            twice |= 1 << at;
        }
        doubtful &= doubtful - 1;
    }
    twice
}

/// How many backslashes, of which four mean nothing, are in a row at the upper end of a mask of so many bits, behind others.
#[inline(always)]
fn row(backslash: u64, bits: u32, before: u64) -> u64 {
    let length = backslash.leading_ones();
    (u64::from(length) + if length == bits { before } else { 0 }) % 4
}

/// The scan of a string, for every kind of lanes: to the position behind the quote that ends it.
#[inline(always)]
pub(super) fn inner_with<L: Lanes>(state: &mut InnerScan, text: &[u8], from: usize, last: bool) -> ScanProgress {
    // Copies whose address nobody takes stay in registers.
    let (mut scan, mut seen) = (*state, L::nothing_seen());
    let mut rest = text.get(from..).unwrap_or_default();
    // Where the next block is must not wait for what is in this one.
    let ends = loop {
        let ends;
        let Some(bytes) = rest.first_chunk::<REACH>() else { break 0 };
        (ends, seen) = scan.string_block::<L>(bytes, rest, seen);
        if ends != 0 {
            break ends;
        }
        rest = &rest[BLOCK..];
    };
    scan.object.needle |= L::seen_any(seen);
    let at = text.len() - rest.len();
    let progress = match ends {
        0 if last => scan.last_blocks::<L>(text, at),
        0 => ScanProgress::Paused(at),
        _ => ended(at, ends),
    };
    *state = scan;
    progress
}

/// The string ends with the first of these quotes of the block at a position.
fn ended(at: usize, ends: u64) -> ScanProgress {
    ScanProgress::Ended(at + ends.trailing_zeros() as usize + 1)
}

/// The scan of a cell of CSV, for every kind of lanes: to the quote that ends it. `None` if it is not in the text, or nothing is
/// behind it.
#[inline(always)]
pub(super) fn inner_cell_with<L: Lanes>(state: &mut InnerScan, text: &[u8], from: usize) -> Option<usize> {
    let (mut scan, mut seen) = (*state, L::nothing_seen());
    let mut rest = text.get(from..).unwrap_or_default();
    let ends = loop {
        let ends;
        let Some(bytes) = rest.first_chunk::<REACH>() else { break 0 };
        (ends, seen) = scan.cell_block::<L>(bytes, rest, seen);
        if ends != 0 {
            break ends;
        }
        rest = &rest[BLOCK..];
    };
    scan.object.needle |= L::seen_any(seen);
    let at = text.len() - rest.len();
    let end = if ends == 0 { scan.last_cell_blocks::<L>(text, at) } else { Some(at + ends.trailing_zeros() as usize) };
    *state = scan;
    end.filter(|end| end + 1 < text.len())
}

/// Whether one of the escapes of a string gives a letter of ASCII by its number, or is cut off. Those that do begin with two zeros.
#[inline(always)]
fn spells_ascii(mut escapes: u64, rest: &[u8]) -> bool {
    let mut spells = false;
    while escapes != 0 {
        let at = escapes.trailing_zeros() as usize;
        escapes &= escapes - 1;
        spells |= rest.get(at + 1..at + 3).is_none_or(|digits| digits == b"00");
    }
    spells
}
