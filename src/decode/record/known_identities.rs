//! The identities that records begin with. A handful makes most of the records of a log file, so each is read once, and
//! is known again by its bytes.
//!
//! This is for records as CloudTrail's own writer writes them: version, identity, time, source and name in this order,
//! without white space and without escapes in the identity. All others are told by whoever looks at the whole record.

use std::sync::Arc;

use memchr::memmem::Finder;

use super::principals::{PrincipalHash, hash};
use super::session_wire::SessionIdentity;
use crate::decode::plain_json::PlainJson;
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

/// What the front of a record tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RecordFront {
    pub(super) identity: KnownIdentity,
    /// STS was called.
    pub(super) is_sts: bool,
    /// Where the identity is, until another one is looked for.
    pub(super) place: usize,
}

/// The identities that were met last.
#[derive(Debug)]
pub(super) struct KnownIdentities {
    sets: Box<[[Entry; WAYS]]>,
    again: [Finder<'static>; 2],
    scanner: Scanner,
}

impl KnownIdentities {
    pub(super) fn new() -> Self {
        let again = AGAIN.map(Finder::new);
        Self { sets: (0..SETS).map(|_| Default::default()).collect(), again, scanner: Scanner::default() }
    }

    /// What a record without escapes that hide letters begins with; none where only the whole record tells.
    /// `tells` says whether an identity speaks of a run.
    pub(super) fn front(&mut self, record: &[u8], tells: impl FnOnce(&SessionIdentity) -> bool) -> Option<RecordFront> {
        let digits = record.strip_prefix(VERSION)?.first_chunk::<2>()?;
        if !digits.iter().all(u8::is_ascii_digit) || !record[VERSION.len() + 2..].starts_with(IDENTITY) {
            return None;
        }
        let place = place(&record[START..]);
        let (identity, rest) = self.identity(place, &record[START..], tells)?;
        let is_form = |form: &[u8]| {
            form.iter().zip(TIME).all(|(byte, wanted)| byte == wanted || (*wanted == b'0' && byte.is_ascii_digit()))
        };
        let (form, source) = rest.split_at_checked(TIME.len())?;
        let is_host = |byte: &&u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-');
        let length = source.iter().take_while(is_host).count();
        let is_known = is_form(form)
            && source.get(length) == Some(&b'"')
            && (!self.scanner.has_pair(source, PAIRS) || self.again.iter().all(|it| it.find(source).is_none()));
        is_known.then_some(RecordFront { identity, is_sts: &source[..length] == STS, place })
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
            let Entry { bytes, known, .. } = &set[at];
            if !bytes.is_empty()
                && let Some(rest) = text.strip_prefix(&**bytes)
            {
                let known = *known;
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
        let principal = identity.principal.as_deref().map(|text| hash(text.as_bytes()));
        let known = KnownIdentity { tells_by_itself: tells(&identity), principal };
        set.rotate_right(1);
        set[0] = Entry { bytes: text[..length].into(), known, last: None };
        Some((known, &text[length..]))
    }
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
