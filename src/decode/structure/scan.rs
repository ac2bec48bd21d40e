//! The scan over classified blocks: its state, and how it goes on from block to block.

use super::lanes::{BLOCK, Lanes, Masks, REACH};

/// How deep a record may nest (DESIGN §6).
pub const MAX_DEPTH: u32 = 128;

/// The state of a scan, which can pause at the end of a buffer and go on in the next one.
#[derive(Debug, Clone, Copy, Default)]
pub struct StructureScan {
    /// As wide as a text can be long.
    depth: u64,
    /// All bits of the depths at which blocks began.
    depths: u64,
    /// All ones inside a string.
    in_string: u64,
    /// 1 if the next byte is escaped.
    pub(super) escaped: u64,
    /// The event name's rare bytes were seen.
    pub needle: bool,
    /// An escape was seen that could spell a letter, and so hide the event name; maybe a few bytes behind the value.
    pub hidden: bool,
}

/// How far a scan came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScanProgress {
    /// The bracket that closes the value is in front of this position.
    Ended(usize),
    /// The text is used up to this position; at its end, that means it is cut off.
    Paused(usize),
}

impl StructureScan {
    /// A scan that goes on inside an object, between two of its tokens.
    #[must_use]
    pub fn inside() -> Self {
        Self { depth: 1, ..Self::default() }
    }

    /// Whether the scan has come to a place inside the value, between two of its tokens.
    #[must_use]
    pub fn is_between_tokens(&self) -> bool {
        self.depth > 0 && self.in_string == 0 && self.escaped == 0
    }

    /// Whether that place is in no other object or list inside the value.
    #[must_use]
    pub fn is_on_top(&self) -> bool {
        self.depth == 1 && self.is_between_tokens()
    }

    /// Whether `value`, over which the scan went, nests deeper than [`MAX_DEPTH`].
    #[must_use]
    pub fn too_deep(&self, value: &[u8]) -> bool {
        // A block adds 64 at most, so only where one began that deep the depth has to be counted.
        self.depths >= u64::from(MAX_DEPTH - u64::BITS) && nests_too_deep(value)
    }

    /// Whether what the scan went over may nest too deep inside an object or list of its own. Where not, nobody has to count.
    #[must_use]
    pub fn may_be_deep(&self) -> bool {
        self.depths >= u64::from(MAX_DEPTH - 1 - u64::BITS)
    }
}

/// The look for pairs of bytes, for every kind of lanes.
#[inline(always)]
pub(super) fn pairs_with<L: Lanes>(text: &[u8], pairs: [[u8; 2]; 2]) -> bool {
    let mut rest = text;
    while let Some(bytes) = rest.first_chunk::<REACH>() {
        if L::any_pair(bytes, pairs) {
            return true;
        }
        rest = &rest[BLOCK..];
    }
    let mut padded = [0; REACH];
    padded[..rest.len()].copy_from_slice(rest);
    L::any_pair(&padded, pairs)
}

/// The scan itself, compiled once for every kind of lanes.
#[inline(always)]
pub(super) fn scan_with<L: Lanes>(scan: &mut StructureScan, text: &[u8], from: usize, last: bool) -> ScanProgress {
    let mut seen = L::nothing_seen();
    // Copies whose address nobody takes stay in registers, and each block waits for the state of the one before.
    let (mut depth, mut depths, mut in_string) = (scan.depth, scan.depths, scan.in_string);
    let mut rest = text.get(from..).unwrap_or_default();
    let ended = loop {
        let Some(bytes) = rest.first_chunk::<REACH>() else { break None };
        let (masks, now_seen) = L::classify(bytes, seen);
        seen = now_seen;
        let mut quote = masks.quote;
        if (masks.backslash | scan.escaped) != 0 {
            quote &= !scan.take_escapes::<L>(masks.backslash, bytes, rest);
        }
        let inside = L::prefix_xor(quote) ^ in_string;
        in_string = 0_u64.wrapping_sub(inside >> 63);
        let (open, close) = (masks.open & !inside, masks.close & !inside);
        let closed = u64::from(close.count_ones());
        if closed >= depth
            && let Some(end) = find_end(depth, open, close)
        {
            break Some(text.len() - rest.len() + end);
        }
        depths |= depth;
        // Not below zero: then the end would have been found.
        depth = depth + u64::from(open.count_ones()) - closed;
        rest = &rest[BLOCK..];
    };
    (scan.depth, scan.depths, scan.in_string) = (depth, depths, in_string);
    scan.needle |= L::seen_any(seen);
    match ended {
        Some(end) => ScanProgress::Ended(end),
        None if last => tail::<L>(scan, text, text.len() - rest.len()),
        None => ScanProgress::Paused(text.len() - rest.len()),
    }
}

/// The last bytes of a text, padded with spaces, which mean nothing outside strings and nothing after the end.
#[inline(always)]
fn tail<L: Lanes>(scan: &mut StructureScan, text: &[u8], mut at: usize) -> ScanProgress {
    while at < text.len() {
        let rest = &text[at..];
        let count = rest.len().min(REACH);
        let mut bytes = [b' '; REACH];
        bytes[..count].copy_from_slice(&rest[..count]);
        let (masks, seen) = L::classify(&bytes, L::nothing_seen());
        scan.needle |= L::seen_any(seen);
        if let Some(end) = scan.block::<L>(masks, &bytes, rest) {
            return ScanProgress::Ended(at + end);
        }
        at += BLOCK.min(rest.len());
    }
    ScanProgress::Paused(at)
}

impl StructureScan {
    /// Takes one padded block in; the position behind the closing bracket if it is in this block.
    #[inline(always)]
    fn block<L: Lanes>(&mut self, masks: Masks, bytes: &[u8; REACH], rest: &[u8]) -> Option<usize> {
        let quote = masks.quote & !self.take_escapes::<L>(masks.backslash, bytes, rest);
        let inside = L::prefix_xor(quote) ^ self.in_string;
        self.in_string = 0_u64.wrapping_sub(inside >> 63);
        let (open, close) = (masks.open & !inside, masks.close & !inside);
        let end = find_end(self.depth, open, close);
        if end.is_none() {
            self.depths |= self.depth;
            self.depth = self.depth + u64::from(open.count_ones()) - u64::from(close.count_ones());
        }
        end
    }

    /// Which bytes of a block are escaped. Few blocks have any, so this stays out of the way of the others.
    #[inline(always)]
    fn take_escapes<L: Lanes>(&mut self, backslash: u64, bytes: &[u8; REACH], rest: &[u8]) -> u64 {
        let escaped = escaped_bytes(backslash, &mut self.escaped);
        let unicode = escaped & L::equal(bytes, b'u');
        if unicode != 0 {
            self.hidden |= hides(unicode, rest);
        }
        escaped
    }
}

/// Which bytes are escaped by a backslash in front: every second one of a row of backslashes, and what follows
/// a row of odd length. The rows are told apart by the carry of an addition; `carry` is 1 where the next byte is escaped.
#[inline(always)]
pub(super) fn escaped_bytes(backslash: u64, carry: &mut u64) -> u64 {
    const EVEN: u64 = 0x5555_5555_5555_5555;
    let backslash = backslash & !*carry;
    let follows = backslash << 1 | *carry;
    let odd_starts = backslash & !EVEN & !follows;
    let (on_even, carried) = odd_starts.overflowing_add(backslash);
    *carry = u64::from(carried);
    (EVEN ^ (on_even << 1)) & follows
}

/// `\u0040` to `\u007f` spell the letters of the name; other escapes cannot hide it.
#[inline(never)]
pub(super) fn hides(mut escapes: u64, rest: &[u8]) -> bool {
    let mut hides = false;
    while escapes != 0 {
        let at = escapes.trailing_zeros() as usize;
        escapes &= escapes - 1;
        let digits = rest.get(at + 1..at + 4);
        hides |= digits.is_none_or(|digits| &digits[..2] == b"00" && matches!(digits[2], b'4'..=b'7'));
    }
    hides
}

/// The position behind the bracket that brings the depth to zero.
#[inline(always)]
pub(super) fn find_end(depth: u64, open: u64, close: u64) -> Option<usize> {
    let mut rest = close;
    let mut closed = 0;
    while rest != 0 {
        let at = rest.trailing_zeros();
        closed += 1;
        if depth + u64::from((open & ((1 << at) - 1)).count_ones()) == closed {
            return Some(at as usize + 1);
        }
        rest &= rest - 1;
    }
    None
}

/// Whether a JSON text nests deeper than [`MAX_DEPTH`].
#[must_use]
pub fn nests_too_deep(text: &[u8]) -> bool {
    let mut depth = 0_u32;
    let (mut in_string, mut escaped) = (false, false);
    for byte in text {
        match byte {
            b'"' if !escaped => in_string = !in_string,
            b'{' | b'[' if !in_string => depth += 1,
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_DEPTH {
            return true;
        }
        escaped = *byte == b'\\' && !escaped;
    }
    false
}
