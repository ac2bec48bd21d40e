//! A call in a few bytes, for there may be millions.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::domain::timestamp::Timestamp;

/// The size of a call in a file.
pub(super) const CALL_BYTES: usize = 52;

/// A call, or several copies of one that are equal. 52 bytes, for there may be millions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct GroupedCall {
    /// The event id, which is a UUID.
    pub(super) id: [u8; 16],
    /// The first half of the SHA-256 of the record.
    pub(super) content: [u8; 16],
    /// Seconds since 1970.
    pub(super) time: u32,
    /// The number of the group; whoever divides groups numbers them anew.
    pub(super) group: u32,
    /// The number of the set of resources.
    pub(super) resources: u32,
    /// The number of the log file.
    pub(super) log_file: u32,
    /// How many equal copies there were.
    pub(super) copies: u32,
}

impl GroupedCall {
    /// When it was completed.
    pub(super) fn time(&self) -> Timestamp {
        Timestamp::from_seconds(self.time.into()).unwrap_or(Timestamp::LAST)
    }

    /// What puts calls of a group side by side, and of these those that name the same, in the order of time.
    pub(super) fn kind(&self) -> (u32, u32, u32) {
        (self.group, self.resources, self.time)
    }

    /// What puts calls in the order of events: that of the bytes of UUIDs is that of their texts.
    pub(super) fn place(&self) -> (u32, u128) {
        (self.time, u128::from_be_bytes(self.id))
    }

    /// All of it, for a file.
    pub(super) fn to_bytes(self) -> [u8; CALL_BYTES] {
        let Self { id, content, time, group, resources, log_file, copies } = self;
        let mut bytes = [0; CALL_BYTES];
        let numbers = [time, group, resources, log_file, copies].map(u32::to_le_bytes);
        let all = id.into_iter().chain(content).chain(numbers.into_iter().flatten());
        bytes.iter_mut().zip(all).for_each(|(slot, byte)| *slot = byte);
        bytes
    }

    /// What [`Self::to_bytes`] gave.
    pub(super) fn from_bytes(bytes: &[u8; CALL_BYTES]) -> Self {
        let half = |from: usize| std::array::from_fn(|at| bytes[from + at]);
        let number = |at: usize| u32::from_le_bytes(std::array::from_fn(|byte| bytes[32 + 4 * at + byte]));
        Self {
            id: half(0),
            content: half(16),
            time: number(0),
            group: number(1),
            resources: number(2),
            log_file: number(3),
            copies: number(4),
        }
    }
}

/// Sorts calls by event, then by content, and leaves of equal copies the one with the smallest log file.
pub(super) fn unite(calls: &mut Vec<GroupedCall>, log_files: &[Arc<str>]) {
    let name = |call: &GroupedCall| &log_files[call.log_file as usize];
    let order = |one: &GroupedCall, other: &GroupedCall| -> Ordering {
        // The order of the bytes, without looking at them one by one.
        let number = u128::from_be_bytes;
        let by_id = number(one.id).cmp(&number(other.id));
        let by_content = by_id.then_with(|| number(one.content).cmp(&number(other.content)));
        by_content.then_with(|| name(one).cmp(name(other)))
    };
    calls.sort_unstable_by(order);
    calls.dedup_by(|next, stands| {
        let is_same = (next.id, next.content) == (stands.id, stands.content);
        stands.copies += if is_same { next.copies } else { 0 };
        is_same
    });
}

/// The bytes of a UUID that is written as AWS writes it.
pub(super) fn uuid(text: &str) -> Option<[u8; 16]> {
    let text: &[u8; 36] = text.as_bytes().try_into().ok()?;
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let mut bytes = [0; 16];
    for (byte, at) in bytes.iter_mut().zip(PLACES) {
        *byte = digit(text[at])? << 4 | digit(text[at + 1])?;
    }
    DASHES.iter().all(|at| text[*at] == b'-').then_some(bytes)
}

/// Where the bytes of a UUID stand in its text, and the dashes.
const PLACES: [usize; 16] = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];
const DASHES: [usize; 4] = [8, 13, 18, 23];

pub(super) fn uuid_text(bytes: &[u8; 16]) -> String {
    const DIGITS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let mut text = String::with_capacity(36);
    for byte in bytes {
        if DASHES.contains(&text.len()) {
            text.push('-');
        }
        text.push(DIGITS[usize::from(byte >> 4)]);
        text.push(DIGITS[usize::from(byte & 15)]);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_is_its_bytes_only_where_these_tell_its_text() {
        let text = "00112233-4455-6677-8899-aabbccddeeff";
        let bytes = uuid(text).unwrap();
        assert_eq!((bytes[0], bytes[1], bytes[15]), (0, 0x11, 0xff));
        assert_eq!(uuid_text(&bytes), text);
        for other in [
            "",
            "00112233-4455-6677-8899-AABBCCDDEEFF",
            "00112233-4455-6677-8899-aabbccddeef",
            "00112233-4455-6677-8899-aabbccddeeff0",
            "001122334-455-6677-8899-aabbccddeeff",
            "0011223g-4455-6677-8899-aabbccddeeff",
        ] {
            assert_eq!(uuid(other), None, "{other}");
        }
    }

    #[test]
    fn the_bytes_of_a_call_are_all_of_it() {
        let call = GroupedCall {
            id: std::array::from_fn(|at| u8::try_from(at).unwrap()),
            content: [7; 16],
            time: 1_790_000_000,
            group: 3,
            resources: u32::MAX,
            log_file: 5,
            copies: 9,
        };
        assert_eq!(GroupedCall::from_bytes(&call.to_bytes()), call);
    }
}
