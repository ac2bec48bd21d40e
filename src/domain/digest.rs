//! What a digest file says (DOMAIN §7), and its hashes.

use super::timestamp::Timestamp;

/// A SHA-256.
pub type Hash = [u8; 32];

/// A digest file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigestFile {
    /// The SHA-256 of its text.
    pub hash: Hash,
    /// The account whose log files it lists.
    pub account: Box<str>,
    /// The start of its hour.
    pub start: Timestamp,
    /// The end of its hour.
    pub end: Timestamp,
    /// The end as it is written, which is signed.
    pub end_text: Box<str>,
    /// The bucket that it was written to.
    pub bucket: Box<str>,
    /// Its key there.
    pub object: Box<str>,
    /// Which public key its signature is for.
    pub fingerprint: Box<str>,
    /// The digest before it; none where the chain begins.
    pub previous: Option<PreviousDigest>,
    /// The log files that were delivered in its hour.
    pub logs: Vec<ListedLog>,
}

/// What a digest says of the one before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreviousDigest {
    /// Its bucket.
    pub bucket: Box<str>,
    /// Its key there.
    pub object: Box<str>,
    /// The SHA-256 of its text.
    pub hash: Hash,
    /// Its signature, as it is written, which is signed.
    pub signature_text: Box<str>,
}

/// A log file that a digest lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedLog {
    /// Its key there.
    pub object: Box<str>,
    /// The SHA-256 of its text.
    pub hash: Hash,
    /// The time of its oldest and of its newest event, where it has any.
    pub times: Option<(Timestamp, Timestamp)>,
}

/// What a log file's bytes turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogText {
    /// The SHA-256 of its text.
    Hash(Hash),
    /// It does not inflate, or something follows its text.
    Gzip,
    /// It could not be opened.
    Unreadable,
}

impl DigestFile {
    /// The bytes that its signature is over (DOMAIN §7): its end, its place, the SHA-256 of its text, and the signature of
    /// the digest before it.
    #[must_use]
    pub fn signed_bytes(&self) -> Vec<u8> {
        let Self { end_text, bucket, object, hash, previous, .. } = self;
        let before = previous.as_ref().map_or("null", |previous| &previous.signature_text);
        format!("{end_text}\n{bucket}/{object}\n{}\n{before}", hex(hash)).into_bytes()
    }
}

/// Bytes as lower-case hex.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    let halves = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    text.extend(halves.map(|half| char::from(if half < 10 { b'0' + half } else { b'a' - 10 + half })));
    text
}

/// The bytes of a text in hex, of either case; none where it is something else.
#[must_use]
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    let mut bytes = vec![0; text.len() / 2];
    unhex_into(text, &mut bytes).then_some(bytes)
}

/// Writes the bytes of a text in hex, of either case, to a room for just as many. False where it is something else, and the room
/// then holds nothing that means anything.
#[must_use]
pub fn unhex_into(text: &str, room: &mut [u8]) -> bool {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() || pairs.len() != room.len() {
        return false;
    }
    // No byte decides about a way, so that many are taken at once: an archive has a long signature for each hour.
    let mut is_hex = true;
    let mut value = |byte: u8| {
        let (digit, letter) = (byte.wrapping_sub(b'0'), (byte | 0x20).wrapping_sub(b'a'));
        is_hex &= digit < 10 || letter < 6;
        if digit < 10 { digit } else { letter.wrapping_add(10) }
    };
    for ([high, low], byte) in pairs.iter().zip(room) {
        *byte = value(*high) << 4 | value(*low);
    }
    is_hex
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_goes_there_and_back() {
        assert_eq!(unhex("00fFa0"), Some(vec![0, 255, 160]));
        assert_eq!(hex(&[0, 255, 160]), "00ffa0");
        assert_eq!([unhex("0"), unhex("0g"), unhex("é")], [None, None, None]);
        for byte in 0..=u8::MAX {
            let text = format!("{byte:02x}{byte:02X}");
            assert_eq!(unhex(&text), Some(vec![byte, byte]));
            let is_digit = byte.is_ascii_hexdigit();
            let pairs = [format!("0{}", char::from(byte)), format!("{}0", char::from(byte))];
            assert!(byte > 127 || pairs.iter().all(|pair| unhex(pair).is_some() == is_digit), "{byte}");
        }
        assert!(!unhex_into("00", &mut [0; 2]) && unhex_into("", &mut []));
    }
}
