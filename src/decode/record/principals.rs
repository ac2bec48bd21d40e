//! Which principals the records of a file name, and which principal handed credentials on to which other one.
//!
//! Whether a call belongs to a run is known only after the whole archive was read: the assumption may stand in a later
//! file. So the first reading of a file leaves a hash of each principal of a record that it did not keep. A file is read
//! a second time only if one of them turned out to be a run's. Hashes that collide cost a second reading, and nothing else.

use std::collections::HashSet;

use memchr::memmem::Finder;

/// The hash of a principal.
pub type PrincipalHash = u32;

/// So many principals of one file are told apart. A file with more may hold calls of anybody.
const MOST: usize = 1 << 14;

/// What a file was found to name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrincipalNotes {
    /// The principals of calls that were not kept, sorted; none where they are too many to tell.
    pub unkept: Option<Box<[PrincipalHash]>>,
    /// Who handed credentials on, and to whom.
    pub handed_on: Box<[(PrincipalHash, PrincipalHash)]>,
}

impl Default for PrincipalNotes {
    fn default() -> Self {
        Self { unkept: Some(Box::default()), handed_on: Box::default() }
    }
}

/// The hash of a principal's text, eight bytes at a time. It is the same in every build, since stores keep it.
#[must_use]
pub fn hash(principal: &[u8]) -> PrincipalHash {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let mix = |hash: u64, part: u64| {
        let product = (hash ^ part).wrapping_mul(FACTOR);
        product ^ (product >> 32)
    };
    let (parts, rest) = principal.as_chunks::<8>();
    let whole = parts.iter().fold(principal.len() as u64, |hash, part| mix(hash, u64::from_le_bytes(*part)));
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    let whole = if rest.is_empty() { whole } else { mix(whole, u64::from_le_bytes(last)) };
    PrincipalHash::try_from(whole & u64::from(PrincipalHash::MAX)).unwrap_or_default()
}

/// So many principals are remembered as noted before.
const LAST: usize = 32;

/// Collects the notes of one file after the other.
#[derive(Debug)]
pub(super) struct NoteTaker {
    unkept: HashSet<PrincipalHash>,
    /// The last one of each residue: most records have the principal of one shortly before.
    last: [Option<PrincipalHash>; LAST],
    handed_on: HashSet<(PrincipalHash, PrincipalHash)>,
    is_over: bool,
}

impl Default for NoteTaker {
    fn default() -> Self {
        Self { unkept: HashSet::new(), last: [None; LAST], handed_on: HashSet::new(), is_over: false }
    }
}

impl NoteTaker {
    pub(super) fn note(&mut self, principal: PrincipalHash) {
        let last = &mut self.last[principal as usize % LAST];
        if last.replace(principal) == Some(principal) {
            return;
        }
        self.is_over |= self.unkept.len() >= MOST;
        if !self.is_over {
            self.unkept.insert(principal);
        }
    }

    pub(super) fn extend(&mut self, principals: impl IntoIterator<Item = PrincipalHash>) {
        principals.into_iter().for_each(|principal| self.note(principal));
    }

    pub(super) fn hand_on(&mut self, from: PrincipalHash, to: PrincipalHash) {
        if from != to {
            self.handed_on.insert((from, to));
        }
    }

    /// The notes of the file that ends here.
    pub(super) fn finish(&mut self) -> PrincipalNotes {
        let unkept = (!self.is_over).then(|| {
            let mut hashes: Box<[PrincipalHash]> = self.unkept.iter().copied().collect();
            hashes.sort_unstable();
            hashes
        });
        let handed_on = self.handed_on.iter().copied().collect();
        self.unkept.clear();
        self.last = [None; LAST];
        self.handed_on.clear();
        self.is_over = false;
        PrincipalNotes { unkept, handed_on }
    }
}

/// The key of a principal in a record.
const KEY: &str = "principalId";

/// Finds the principals in the text of a record without parsing it.
#[derive(Debug)]
pub(super) struct PrincipalFinder(Finder<'static>);

impl PrincipalFinder {
    pub(super) fn new() -> Self {
        Self(Finder::new(KEY))
    }

    /// Gives each principal of a record to `take`. False where one of them is written with escapes, so that only a parser
    /// can tell it.
    pub(super) fn each<'r>(&self, record: &'r [u8], mut take: impl FnMut(&'r [u8])) -> bool {
        let mut is_plain = true;
        for at in self.0.find_iter(record) {
            match value(&record[at + KEY.len()..]) {
                Value::Text(text) => take(text),
                Value::Escaped => is_plain = false,
                Value::None => {}
            }
        }
        is_plain
    }
}

/// What follows a key.
pub(super) enum Value<'r> {
    Text(&'r [u8]),
    Escaped,
    /// It was no key, or its value is no text.
    None,
}

/// The text behind a key whose closing quote comes next. In JSON text inside a string every quote has backslashes in front.
pub(super) fn value(rest: &[u8]) -> Value<'_> {
    let skip = |rest: &'_ [u8], what: &[u8]| rest.iter().take_while(|byte| what.contains(byte)).count();
    let slashes = skip(rest, b"\\");
    let Some(rest) = rest[slashes..].strip_prefix(b"\"") else { return Value::None };
    let rest = &rest[skip(rest, b" \t\r\n")..];
    // White space inside such text is written as escapes.
    let Some(rest) = rest.strip_prefix(b":") else {
        return if rest.starts_with(b"\\") && slashes > 0 { Value::Escaped } else { Value::None };
    };
    let rest = &rest[skip(rest, b" \t\r\n")..];
    let rest_slashes = skip(rest, b"\\");
    if rest_slashes != slashes {
        return if rest_slashes > 0 { Value::Escaped } else { Value::None };
    }
    let Some(text) = rest[slashes..].strip_prefix(b"\"") else {
        return if slashes > 0 { Value::Escaped } else { Value::None };
    };
    let Some(end) = memchr::memchr2(b'"', b'\\', text) else { return Value::Escaped };
    let (text, behind) = text.split_at(end);
    let closes = skip(behind, b"\\") == slashes && behind.get(slashes) == Some(&b'"');
    if closes { Value::Text(text) } else { Value::Escaped }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(record: &str, expected: &[&str], is_plain: bool) {
        let mut found = Vec::new();
        let plain =
            PrincipalFinder::new().each(record.as_bytes(), |text| found.push(std::str::from_utf8(text).unwrap()));
        assert_eq!((found.as_slice(), plain), (expected, is_plain), "{record}");
    }

    #[test]
    fn principals_are_found_in_objects_and_in_text_that_holds_them() {
        check(r#"{"userIdentity":{"principalId":"AROA1:x"}}"#, &["AROA1:x"], true);
        check("{\"principalId\" :\n \"AROA1:x\"}", &["AROA1:x"], true);
        check(r#"{"a":{"principalId":"A"},"b":{"principalId":"B:c"}}"#, &["A", "B:c"], true);
        check(r#"{"userIdentity":"{\"principalId\":\"AROA1:x\"}"}"#, &["AROA1:x"], true);
        check(r#"{"m":"{\"u\":\"{\\\"principalId\\\":\\\"A:x\\\"}\"}"}"#, &["A:x"], true);
        check(r#"{"a":"principalId","b":null,"principalId":null,"principalId":7}"#, &[], true);
        check(r#"{"principalId":""}"#, &[""], true);
    }

    #[test]
    fn what_only_a_parser_can_tell_is_said_to_be_so() {
        check(r#"{"principalId":"AROA\u0031:x"}"#, &[], false);
        check(r#"{"principalId":"A\"b"}"#, &[], false);
        check(r#"{"u":"{\"principalId\" :\n\"A\"}"}"#, &[], false);
        check(r#"{"u":"{\"principalId\"\n:\"A\"}"}"#, &[], false);
        check(r#"{"u":"{\"principalId\": \n\"A\"}"}"#, &[], false);
        check(r#"{"u":"{\"principalId\" : \"A\"}"}"#, &["A"], true);
        check(r#"{"u":"{\"principalId\":\"A\\u0031\"}"}"#, &[], false);
        check(r#"{"principalId":"A"#, &[], false);
    }

    #[test]
    fn a_hash_never_changes() {
        assert_eq!([hash(b""), hash(b"AROAEXAMPLE:terraform-run-run-a")], [0, 0xf98e_2cb3]);
    }

    #[test]
    fn too_many_principals_are_none_that_are_told_apart() {
        let mut taker = NoteTaker::default();
        (0..MOST).for_each(|at| taker.note(PrincipalHash::try_from(at).unwrap()));
        assert_eq!(taker.finish().unkept.map(|all| all.len()), Some(MOST));
        (0..=MOST).for_each(|at| taker.note(PrincipalHash::try_from(at).unwrap()));
        assert_eq!(taker.finish().unkept, None);
        taker.hand_on(1, 2);
        taker.hand_on(1, 1);
        let notes = taker.finish();
        assert_eq!((notes.unkept.as_deref(), &*notes.handed_on), (Some(&[][..]), &[(1, 2)][..]));
    }
}
