//! What is known of a record by its bytes, before anything is parsed.

use memchr::memmem::Finder;

use super::assumption::EVENT_NAME;

/// How many bytes of a value are looked at to see how it begins.
pub const HEAD: usize = 96;

/// Whether an object begins as CloudTrail's own writer begins a record: with `eventVersion`, which is `1.` and a number,
/// and then `userIdentity`. White space may stand between. The notifications that share the first key, such as those of
/// S3, have other versions or another second key (DESIGN §8).
#[must_use]
#[inline]
pub fn begins_as_cloudtrail(head: &[u8]) -> bool {
    const VERSION: &[u8] = b"{\"eventVersion\":\"1.";
    const IDENTITY: &[u8] = b"\",\"userIdentity\"";
    let end = VERSION.len() + 2;
    let exact = head.starts_with(VERSION)
        && head[VERSION.len()..].len() > 2 + IDENTITY.len()
        && head[VERSION.len()..end].iter().all(u8::is_ascii_digit)
        && head[end..].starts_with(IDENTITY);
    // Without white space, the first key tells most others apart.
    exact || (!matches!(head, [b'{', b'"', first, ..] if *first != b'e') && begins_with_space(head))
}

/// The same of one without white space in a text in which `before` stands in front of each quote: a JSON string, or a cell of CSV.
#[must_use]
#[inline]
pub fn begins_as_quoted_cloudtrail(before: u8, text: &[u8]) -> bool {
    const BACKSLASH: [&[u8]; 2] = [br#"{\"eventVersion\":\"1."#, br#"\",\"userIdentity\""#];
    const QUOTE: [&[u8]; 2] = [br#"{""eventVersion"":""1."#, br#""",""userIdentity"""#];
    let [version, identity] = if before == b'"' { QUOTE } else { BACKSLASH };
    text.strip_prefix(version)
        .and_then(<[u8]>::split_first_chunk::<2>)
        .is_some_and(|(digits, rest)| digits.iter().all(u8::is_ascii_digit) && rest.starts_with(identity))
}

#[inline(never)]
fn begins_with_space(head: &[u8]) -> bool {
    let head = head.get(..HEAD).unwrap_or(head);
    let step = |rest: &mut &[u8], token: &[u8]| {
        let white = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count();
        let Some(after) = rest[white..].strip_prefix(token) else { return false };
        *rest = after;
        true
    };
    let mut rest = head;
    if !step(&mut rest, b"{") || !step(&mut rest, b"\"eventVersion\"") || !step(&mut rest, b":") {
        return false;
    }
    if !step(&mut rest, b"\"1.") {
        return false;
    }
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    rest = &rest[digits..];
    (1..=3).contains(&digits)
        && rest.starts_with(b"\"")
        && step(&mut rest, b"\"")
        && step(&mut rest, b",")
        && step(&mut rest, b"\"userIdentity\"")
}

/// Whether a text that is cut off, or no JSON for another reason, begins as an event of any writer.
#[must_use]
pub fn begins_as_event(text: &[u8]) -> bool {
    let rest = text.strip_prefix(b"{").unwrap_or_default().trim_ascii_start();
    rest.starts_with(b"\"eventVersion\"")
}

/// Whether a line begins with a time as CloudWatch Logs writes it.
#[must_use]
pub fn begins_with_time(head: &[u8]) -> bool {
    head.len() > TIME.len() && is_like_time(head)
}

/// Whether the end of a text is the beginning of such a time.
#[must_use]
pub fn is_cut_in_time(rest: &[u8]) -> bool {
    (1..=TIME.len()).contains(&rest.len()) && is_like_time(rest)
}

/// The form of such a time, with a zero for each digit.
const TIME: &[u8] = b"0000-00-00T00:00:00";

fn is_like_time(text: &[u8]) -> bool {
    TIME.iter().zip(text).all(|(form, byte)| if *form == b'0' { byte.is_ascii_digit() } else { form == byte })
}

/// Looks for the event's name.
#[derive(Debug)]
pub(in crate::decode) struct Prefilter {
    name: Finder<'static>,
    escape: Finder<'static>,
}

impl Prefilter {
    pub(in crate::decode) fn new() -> Self {
        Self { name: Finder::new(EVENT_NAME), escape: Finder::new("\\u00") }
    }

    /// Whether the name stands there as it is.
    #[inline]
    pub(in crate::decode) fn names(&self, text: &[u8]) -> bool {
        self.name.find(text).is_some()
    }

    /// Whether the name may be there in any spelling, in text that may be text of a text.
    pub(in crate::decode) fn may_name(&self, text: &[u8]) -> bool {
        self.names(text) || self.may_hide(text)
    }

    /// Whether an escape may spell a letter of the name, a backslash, or a digit of an escape of the text inside.
    /// Backslashes are not counted: what looks like an escape of this text may be one of the text inside.
    pub(in crate::decode) fn may_hide(&self, text: &[u8]) -> bool {
        self.escape
            .find_iter(text)
            .any(|at| matches!(text.get(at + 4..at + 6), None | Some([b'4'..=b'7', _] | [b'3', b'0'..=b'9'])))
    }
}
