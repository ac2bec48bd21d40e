//! Whether a text can be written as it is, told for many bytes at a time: nearly all texts can.

/// Whether JSON has it between quotes as it is.
#[inline]
#[expect(clippy::needless_bitwise_bool, reason = "a branch for each byte could not be done in vectors")]
pub(super) fn in_json(text: &str) -> bool {
    none(text.as_bytes(), |byte| (byte < b' ') | (byte == b'"') | (byte == b'\\'))
}

/// Whether CSV has it without quotes. Spreadsheets of half the world take `;` for the end of a cell.
#[inline]
#[expect(clippy::needless_bitwise_bool, reason = "a branch for each byte could not be done in vectors")]
pub(super) fn in_csv(text: &str) -> bool {
    none(text.as_bytes(), |byte| (byte == b',') | (byte == b';') | (byte == b'"') | (byte == b'\n') | (byte == b'\r'))
}

/// Whether no byte is rare. Blocks have a fixed size, and their bytes are compared without a branch, for which the compiler
/// uses vectors; the last one overlaps the one in front of it.
#[inline(always)]
fn none(bytes: &[u8], is_rare: impl Fn(u8) -> bool + Copy) -> bool {
    #[inline(always)]
    fn block<const N: usize>(block: &[u8; N], is_rare: impl Fn(u8) -> bool) -> bool {
        block.iter().fold(0, |found, byte| found | u8::from(is_rare(*byte))) == 0
    }
    let (blocks, rest) = bytes.as_chunks::<16>();
    if let Some(last) = bytes.last_chunk::<16>() {
        return blocks.iter().all(|it| block(it, is_rare)) && (rest.is_empty() || block(last, is_rare));
    }
    match (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
        (Some(first), Some(last)) => block(first, is_rare) && block(last, is_rare),
        _ => !bytes.iter().any(|byte| is_rare(*byte)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_byte_is_looked_at() {
        for length in 0..70 {
            assert!(in_json(&"a".repeat(length)) && in_csv(&"a".repeat(length)));
            for (at, rare) in (0..length).flat_map(|at| (0..0x80_u8).map(move |rare| (at, rare))) {
                let mut text = "a".repeat(length).into_bytes();
                text[at] = rare;
                let text = String::from_utf8(text).unwrap();
                assert_eq!(in_json(&text), serde_json::to_string(&text).unwrap() == format!("\"{text}\""), "{text:?}");
                assert_eq!(in_csv(&text), !text.contains([',', ';', '"', '\n', '\r']), "{text:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn plain_texts_are_those_that_serde_json_leaves_alone(text: String) {
            let written = serde_json::to_string(&text).unwrap();
            prop_assert_eq!(in_json(&text), written == format!("\"{text}\""));
        }
    }
}
