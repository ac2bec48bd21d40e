//! A few distinct texts: what a run has of accounts, roles and addresses.

use std::borrow::Cow;
use std::slice;

/// Distinct texts, sorted by bytes. Most runs have one of each kind, and one takes no memory beside itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Texts<'a>(TextStorage<'a>);

#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum TextStorage<'a> {
    #[default]
    None,
    One(Cow<'a, str>),
    /// Two at least.
    Many(Vec<Cow<'a, str>>),
}

impl<'a> Texts<'a> {
    /// All of them, in order, as cells of a row have them.
    #[must_use]
    pub fn as_slice(&self) -> &[Cow<'a, str>] {
        match &self.0 {
            TextStorage::None => &[],
            TextStorage::One(text) => slice::from_ref(text),
            TextStorage::Many(texts) => texts,
        }
    }

    /// Each, in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.as_slice().iter().map(|text| &**text)
    }
}

/// Each text stands once. Takes memory for at most twice the distinct texts.
impl<'a> FromIterator<&'a str> for Texts<'a> {
    fn from_iter<I: IntoIterator<Item = &'a str>>(texts: I) -> Self {
        let mut texts = texts.into_iter();
        let Some(first) = texts.next() else { return Self::default() };
        let Some(second) = texts.find(|text| *text != first) else {
            return Self(TextStorage::One(Cow::Borrowed(first)));
        };
        let mut distinct = vec![Cow::Borrowed(first), Cow::Borrowed(second)];
        distinct.sort_unstable();
        let mut sorted = distinct.len();
        for text in texts {
            if distinct[..sorted].binary_search_by(|known| (**known).cmp(text)).is_ok() {
                continue;
            }
            distinct.push(Cow::Borrowed(text));
            // Sorted anew only when as many have come again, or it would take the square of their number.
            if distinct.len() - sorted > sorted.max(16) {
                settle(&mut distinct);
                sorted = distinct.len();
            }
        }
        settle(&mut distinct);
        Self(TextStorage::Many(distinct))
    }
}

fn settle(texts: &mut Vec<Cow<'_, str>>) {
    texts.sort_unstable();
    texts.dedup();
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn they_are_those_of_a_set(
            few in prop::collection::vec("[ab]{0,2}", 0..6),
            many in prop::collection::vec("[a-d]{0,3}", 0..300),
        ) {
            for texts in [few, many] {
                let set: BTreeSet<&str> = texts.iter().map(String::as_str).collect();
                let found: Texts<'_> = texts.iter().map(String::as_str).collect();
                prop_assert_eq!(found.iter().collect::<Vec<_>>(), set.into_iter().collect::<Vec<_>>());
            }
        }
    }
}
