//! Hashes as a text: base64 of their bytes, four of each, the lowest first.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Hashes as a text.
#[must_use]
pub fn text_of(hashes: impl IntoIterator<Item = u32>) -> String {
    let bytes: Vec<u8> = hashes.into_iter().flat_map(u32::to_le_bytes).collect();
    STANDARD.encode(bytes)
}

/// The hashes of a text.
pub(super) fn of_text(text: &str) -> Result<Vec<u32>, String> {
    let bytes = STANDARD.decode(text).map_err(|_| "its hashes are not base64".to_owned())?;
    let (hashes, rest) = bytes.as_chunks::<4>();
    if !rest.is_empty() {
        return Err("its hashes end inside one".to_owned());
    }
    Ok(hashes.iter().copied().map(u32::from_le_bytes).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_come_back_and_all_else_is_refused() {
        for hashes in [&[][..], &[0], &[u32::MAX, 1, 0x0102_0304]] {
            assert_eq!(of_text(&text_of(hashes.iter().copied())).as_deref(), Ok(hashes));
        }
        assert_eq!(text_of([1]), "AQAAAA==");
        for text in ["A", "AQAA", "AQAAAA", "?QAAAA=="] {
            assert!(of_text(text).is_err(), "{text}");
        }
    }
}
