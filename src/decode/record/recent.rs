//! What was made of some bytes lately, for what is made again and again of the same ones.

use std::collections::HashMap;

use hashbrown::DefaultHashBuilder;

/// So many are remembered; with one more all are forgotten.
const MOST: usize = 1 << 12;

/// Nothing longer is remembered.
const LONGEST: usize = 1 << 10;

/// Values by the bytes that they were made of.
#[derive(Debug)]
pub(super) struct Recent<T>(HashMap<Box<[u8]>, T, DefaultHashBuilder>);

impl<T> Default for Recent<T> {
    fn default() -> Self {
        Self(HashMap::default())
    }
}

impl<T: Clone> Recent<T> {
    pub(super) fn get(&self, bytes: &[u8]) -> Option<T> {
        self.0.get(bytes).cloned()
    }

    pub(super) fn keep(&mut self, bytes: &[u8], value: &T) {
        if self.0.len() >= MOST {
            self.0.clear();
        }
        if bytes.len() <= LONGEST {
            self.0.insert(bytes.into(), value.clone());
        }
    }
}

/// Bytes that tell some texts apart from all others, into a buffer that is used again.
pub(super) fn joined<'a>(bytes: &mut Vec<u8>, texts: impl IntoIterator<Item = Option<&'a str>>) {
    bytes.clear();
    for text in texts {
        bytes.push(u8::from(text.is_some()));
        let text = text.unwrap_or_default();
        bytes.extend_from_slice(&text.len().to_le_bytes());
        bytes.extend_from_slice(text.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_is_bounded_and_told_apart() {
        let mut recent = Recent::default();
        for number in 0..2 * MOST {
            let key = number.to_le_bytes();
            assert_eq!(recent.get(&key), None);
            recent.keep(&key, &number);
            assert_eq!(recent.get(&key), Some(number));
            assert!(recent.0.len() <= MOST);
        }
        recent.keep(&[0; LONGEST + 1], &0);
        assert_eq!(recent.get(&[0; LONGEST + 1]), None);
        let keys =
            [[Some("a"), Some("b")], [Some("ab"), Some("")], [Some("ab"), None], [None, Some("ab")]].map(|texts| {
                let mut key = vec![b'x'];
                joined(&mut key, texts);
                key
            });
        assert!((0..4).all(|one| (0..one).all(|other| keys[one] != keys[other])));
    }
}
