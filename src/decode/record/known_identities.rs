//! The identities that records begin with. A handful makes most of the records of a log file, so each is read once, and
//! is known again by its bytes.
//!
//! This is for records as CloudTrail's own writer writes them: version, identity, time, source and name in this order,
//! without white space and without escapes in the identity. All others are told by whoever looks at the whole record.

use std::sync::Arc;

use memchr::memmem::Finder;

use super::principals::{PrincipalHash, hash};
use super::session_wire::SessionIdentity;
use crate::decode::plain_json::{PlainJson, end_of_plain};
use crate::decode::structure::Scanner;
use crate::domain::session_call::SessionCaller;

/// So many identities are known at once, times [`WAYS`].
const SETS: usize = 128;

/// So many identities with the same place are known at once.
const WAYS: usize = 2;

/// No longer ones are kept.
const LONGEST: usize = 4096;

/// What stands in front of the identity; the digits of the version are between.
const VERSION: &[u8] = b"{\"eventVersion\":\"1.";
const IDENTITY: &[u8] = b"\",\"userIdentity\":";
const START: usize = VERSION.len() + 2 + IDENTITY.len();

/// What stands behind the identity, where the zeros are digits.
const TIME: &[u8] = b",\"eventTime\":\"0000-00-00T00:00:00Z\",\"eventSource\":\"";

/// The same in words, of which the last one overlaps the one before; and where the digits are.
const TIME_WORDS: [(usize, u64, u64); TIME.len().div_ceil(8)] = time_words();

/// The source of the operations that give out credentials.
const STS: &[u8] = b"sts.amazonaws.com";

/// Members that would win over those in front, were they there again; and of each two letters that are four apart and
/// seldom come together.
const AGAIN: [&str; 2] = ["userIdentity", "eventSource"];
const PAIRS: [[u8; 2]; 2] = [*b"It", *b"Sc"];

/// What is known of an identity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct KnownIdentity {
    /// It says by itself that a run made the call.
    pub(super) tells_by_itself: bool,
    /// Its principal, if it has one.
    pub(super) principal: Option<PrincipalHash>,
}

/// An identity; none where there are no bytes.
#[derive(Debug, Default)]
struct Entry {
    bytes: Box<[u8]>,
    known: KnownIdentity,
    /// The caller of the last call that was kept, and the address and user agent that it came with.
    last: Option<(Box<str>, Box<str>, Arc<SessionCaller>)>,
}

impl Entry {
    /// What follows the identity in a text that begins with it.
    #[inline]
    fn behind<'r>(&self, text: &'r [u8]) -> Option<&'r [u8]> {
        if self.bytes.is_empty() { None } else { text.strip_prefix(&*self.bytes) }
    }
}

/// What the front of a record tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RecordFront {
    pub(super) identity: KnownIdentity,
    /// STS was called.
    pub(super) is_sts: bool,
    /// Where the identity is known, until another one is looked for.
    pub(super) place: usize,
    /// How long the record is up to the end of the identity.
    pub(super) length: usize,
}

impl RecordFront {
    /// The identity in its record, and what follows it.
    pub(super) fn split(self, record: &[u8]) -> Option<(&[u8], &[u8])> {
        let (front, rest) = record.split_at_checked(self.length)?;
        Some((front.get(START..)?, rest))
    }
}

/// The identities that were met last.
#[derive(Debug)]
pub(super) struct KnownIdentities {
    sets: Box<[[Entry; WAYS]]>,
    /// Where the last one was found. Most records have the identity of the one before.
    last: usize,
    again: [Finder<'static>; 2],
    scanner: Scanner,
}

impl KnownIdentities {
    pub(super) fn new() -> Self {
        let again = AGAIN.map(Finder::new);
        let sets = (0..SETS).map(|_| Default::default()).collect();
        Self { sets, last: 0, again, scanner: Scanner::default() }
    }

    /// What a record without escapes that hide letters begins with; none where only the whole record tells.
    /// `tells` says whether an identity speaks of a run.
    pub(super) fn front(&mut self, record: &[u8], tells: impl FnOnce(&SessionIdentity) -> bool) -> Option<RecordFront> {
        let digits = record.strip_prefix(VERSION)?.first_chunk::<2>()?;
        if !digits.iter().all(u8::is_ascii_digit) || !record[VERSION.len() + 2..].starts_with(IDENTITY) {
            return None;
        }
        let text = &record[START..];
        let (identity, rest) = if let Some(rest) = self.sets[self.last][0].behind(text) {
            (self.sets[self.last][0].known, rest)
        } else {
            self.last = place(text);
            self.identity(self.last, text, tells)?
        };
        let (form, source) = rest.split_first_chunk()?;
        let end = end_of_plain(source, 0)?;
        let is_known = is_time(form)
            && source[end] == b'"'
            && (!self.scanner.has_pair(source, PAIRS) || self.again.iter().all(|it| it.find(source).is_none()));
        let length = record.len() - rest.len();
        is_known.then_some(RecordFront { identity, is_sts: &source[..end] == STS, place: self.last, length })
    }

    /// The caller of the last call that was kept of an identity, if it came from the same address with the same user agent.
    pub(super) fn caller(&self, place: usize, address: &str, agent: &str) -> Option<Arc<SessionCaller>> {
        let (last_address, last_agent, caller) = self.sets[place][0].last.as_ref()?;
        (**last_address == *address && **last_agent == *agent).then(|| Arc::clone(caller))
    }

    /// Remembers the caller of a call that is kept.
    pub(super) fn keep_caller(&mut self, place: usize, address: &str, agent: &str, caller: &Arc<SessionCaller>) {
        self.sets[place][0].last = Some((address.into(), agent.into(), Arc::clone(caller)));
    }

    /// The identity that a text begins with, and what follows it.
    fn identity<'r>(
        &mut self,
        place: usize,
        text: &'r [u8],
        tells: impl FnOnce(&SessionIdentity) -> bool,
    ) -> Option<(KnownIdentity, &'r [u8])> {
        let set = &mut self.sets[place];
        for at in 0..WAYS {
            if let Some(rest) = set[at].behind(text) {
                let known = set[at].known;
                set.swap(0, at);
                return Some((known, rest));
            }
        }
        let head = text.get(..LONGEST).unwrap_or(text);
        let valid = match std::str::from_utf8(head) {
            Ok(valid) => valid,
            Err(error) => std::str::from_utf8(&head[..error.valid_up_to()]).ok()?,
        };
        let (identity, length): (SessionIdentity, usize) = PlainJson::read_front(valid)?;
        if memchr::memchr(b'\\', &text[..length]).is_some() {
            return None;
        }
        let principal = identity.principal.as_deref().map(|text| hash(text.as_bytes()));
        let known = KnownIdentity { tells_by_itself: tells(&identity), principal };
        set.rotate_right(1);
        set[0] = Entry { bytes: text[..length].into(), known, last: None };
        Some((known, &text[length..]))
    }
}

const fn time_words() -> [(usize, u64, u64); TIME.len().div_ceil(8)] {
    let mut words = [(0, 0, 0); TIME.len().div_ceil(8)];
    let mut word = 0;
    while word < words.len() {
        let at = if word * 8 + 8 > TIME.len() { TIME.len() - 8 } else { word * 8 };
        let (mut bytes, mut digits) = ([0; 8], [0; 8]);
        let mut byte = 0;
        while byte < 8 {
            bytes[byte] = TIME[at + byte];
            digits[byte] = if bytes[byte] == b'0' { 0xff } else { 0 };
            byte += 1;
        }
        words[word] = (at, u64::from_le_bytes(bytes), u64::from_le_bytes(digits));
        word += 1;
    }
    words
}

/// Whether it is [`TIME`] with any digits.
#[inline]
fn is_time(form: &[u8; TIME.len()]) -> bool {
    const ABOVE_NINE: u64 = u64::from_ne_bytes([0x80 - 10; 8]);
    const HIGH: u64 = u64::from_ne_bytes([0x80; 8]);
    let mut differs = 0;
    for (at, bytes, digits) in TIME_WORDS {
        let word = form[at..].first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
        // Of a digit, its value is left.
        let left = word ^ bytes;
        differs |= (left & !digits) | (((left & digits).wrapping_add(ABOVE_NINE) | left) & HIGH);
    }
    differs == 0
}

/// Where an identity is looked for: most differ in the bytes behind `{"type":"AssumedRole","principalId":"AROA`.
#[inline]
fn place(text: &[u8]) -> usize {
    const FRONT: usize = 41;
    const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut mixed = 0_u64;
    for bytes in text.get(FRONT..).unwrap_or_default().chunks_exact(8).take(7) {
        let word = bytes.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
        mixed = (mixed.rotate_left(23) ^ word).wrapping_mul(SPREAD);
    }
    usize::try_from(mixed >> 32).unwrap_or_default() % SETS
}

#[cfg(test)]
mod tests {
    use super::*;

    const USER: &str = r#"{"type":"AssumedRole","principalId":"AROAEXAMPLEEXAMPLE:me","accountId":"111122223333"}"#;

    fn record(identity: &str, more: &str) -> String {
        format!(
            r#"{{"eventVersion":"1.11","userIdentity":{identity},"eventTime":"2026-11-02T05:00:00Z","eventSource":"{more}}}"#
        )
    }

    /// The principal, whether STS was called, and how often an identity had to be read.
    fn front(known: &mut KnownIdentities, record: &str) -> Option<(Option<PrincipalHash>, bool, u32)> {
        let mut reads = 0;
        let front = known.front(record.as_bytes(), |_| {
            reads += 1;
            false
        })?;
        Some((front.identity.principal, front.is_sts, reads))
    }

    #[test]
    fn a_time_is_told_byte_by_byte() {
        let form: [u8; TIME.len()] = TIME.try_into().unwrap();
        for at in 0..form.len() {
            for byte in 0..=u8::MAX {
                let mut changed = form;
                changed[at] = byte;
                let expected = byte == form[at] || (form[at] == b'0' && byte.is_ascii_digit());
                assert_eq!(is_time(&changed), expected, "{byte} at {at}");
            }
        }
        assert!(is_time(
            TIME.to_vec().iter().map(|it| if *it == b'0' { b'9' } else { *it }).collect::<Vec<_>>()[..]
                .try_into()
                .unwrap()
        ));
    }

    #[test]
    fn the_pairs_are_in_the_names() {
        for (name, pair) in AGAIN.iter().zip(PAIRS) {
            for scanner in Scanner::every() {
                for before in 0..140 {
                    let text = format!("{}{name}{}", "I".repeat(before), "c".repeat(before % 70));
                    assert!(scanner.has_pair(text.as_bytes(), [pair, *b"##"]), "{text}");
                    assert!(scanner.has_pair(text.as_bytes(), [*b"##", pair]), "{text}");
                    assert!(
                        !scanner.has_pair(text.as_bytes(), [*b"It", *b"Sc"].map(|[first, _]| [first, b'#'])),
                        "{text}"
                    );
                }
            }
        }
    }

    #[test]
    fn an_identity_is_read_once() {
        let mut known = KnownIdentities::new();
        let me = Some(hash(b"AROAEXAMPLEEXAMPLE:me"));
        let (ec2, sts) = (r#"ec2.amazonaws.com","eventName":"RunInstances""#, r#"sts.amazonaws.com","eventName":"X""#);
        assert_eq!(front(&mut known, &record(USER, ec2)), Some((me, false, 1)));
        assert_eq!(front(&mut known, &record(USER, sts)), Some((me, true, 0)));
        for number in 0..1_000 {
            let other = USER.replace("me", &format!("other-{number}"));
            let principal = Some(hash(format!("AROAEXAMPLEEXAMPLE:other-{number}").as_bytes()));
            assert_eq!(front(&mut known, &record(&other, ec2)), Some((principal, false, 1)));
            assert_eq!(front(&mut known, &record(&other, ec2)), Some((principal, false, 0)));
        }
        assert_eq!(front(&mut known, &record(USER, ec2)), Some((me, false, 1)));
        let service = r#"{"type":"AWSService","invokedBy":"ec2.amazonaws.com"}"#;
        assert_eq!(front(&mut known, &record(service, ec2)), Some((None, false, 1)));
        assert_eq!(front(&mut known, &record("{}", ec2)), Some((None, false, 1)));
        assert_eq!(front(&mut known, &record("{}", ec2)), Some((None, false, 0)));
    }

    #[test]
    fn what_only_the_whole_record_tells_is_left_to_it() {
        let mut known = KnownIdentities::new();
        let ec2 = r#"ec2.amazonaws.com","eventName":"RunInstances""#;
        for (identity, more) in [
            (r#"{"type":"AssumedRole","principalId":"AROA\u0031:me"}"#, ec2),
            (r#"{"type":"AssumedRole", "principalId":"AROA1:me"}"#, ec2),
            (r#""{}""#, ec2),
            ("null", ec2),
            ("{", ec2),
            (USER, r#"ec2.amazonaws.com","userIdentity":{}"#),
            (USER, r#"ec2.amazonaws.com","eventSource":"sts.amazonaws.com""#),
            (USER, r#"sts\u002eamazonaws.com","eventName":"AssumeRole""#),
            (USER, "ec2.amazonaws.com"),
        ] {
            assert_eq!(front(&mut known, &record(identity, more)), None, "{identity} {more}");
        }
        let whole = record(USER, ec2);
        for (from, to) in
            [("1.11", "1.x1"), ("1.11", "2.11"), ("T05", " 05"), ("eventTime", "time"), ("\"1.11\",", "\"1.11\", ")]
        {
            assert_eq!(front(&mut known, &whole.replace(from, to)), None, "{from}");
        }
        for at in 0..whole.len() - r#"com","eventName":"RunInstances"}"#.len() {
            assert_eq!(front(&mut known, &whole[..at]), None, "{at}");
        }
    }
}
