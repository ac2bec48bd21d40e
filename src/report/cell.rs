//! One value of a row, before any format has seen it.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Deref;

use super::zone::Zone;
use crate::domain::texts::Texts;
use crate::domain::timestamp::Timestamp;

/// A value of a row. It borrows from what the row is about, and nothing in it is escaped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell<'a> {
    /// Text; the empty text is an absent one.
    Text(Cow<'a, str>),
    /// Distinct texts, sorted by bytes, none of them empty.
    List(CellList<'a>),
    /// A number of things.
    Count(u64),
    /// Any number, as JSON writes it.
    Number(Cow<'a, str>),
    /// A point in time.
    Time(Option<Timestamp>),
    /// Yes or no, where it is known.
    Flag(Option<bool>),
}

/// The texts of [`Cell::List`], which a row mostly has already. Unlike a `Cow` of a slice, it can be held for less long.
#[derive(Debug, Clone)]
pub enum CellList<'a> {
    /// Those of the row.
    Borrowed(&'a [Cow<'a, str>]),
    /// Those that were put together for it.
    Owned(Vec<Cow<'a, str>>),
}

impl<'a> Deref for CellList<'a> {
    type Target = [Cow<'a, str>];

    fn deref(&self) -> &Self::Target {
        match self {
            Self::Borrowed(texts) => texts,
            Self::Owned(texts) => texts,
        }
    }
}

impl PartialEq for CellList<'_> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for CellList<'_> {}

impl<'a> From<Vec<Cow<'a, str>>> for CellList<'a> {
    fn from(texts: Vec<Cow<'a, str>>) -> Self {
        Self::Owned(texts)
    }
}

impl<'a> FromIterator<Cow<'a, str>> for CellList<'a> {
    fn from_iter<I: IntoIterator<Item = Cow<'a, str>>>(texts: I) -> Self {
        Self::Owned(texts.into_iter().collect())
    }
}

/// Which variant of [`Cell`] a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// [`Cell::Text`].
    Text,
    /// [`Cell::List`].
    List,
    /// [`Cell::Count`], or a whole [`Cell::Number`].
    Count,
    /// [`Cell::Number`].
    Number,
    /// [`Cell::Time`].
    Time,
    /// [`Cell::Flag`].
    Flag,
}

impl Shape {
    /// Whether its values are compared digit by digit.
    #[must_use]
    pub fn is_number(self) -> bool {
        matches!(self, Self::Count | Self::Number)
    }
}

impl<'a> Cell<'a> {
    /// Text that may be absent.
    #[must_use]
    pub fn text(text: Option<&'a str>) -> Self {
        Self::Text(Cow::Borrowed(text.unwrap_or("")))
    }

    /// Text that was made for the row.
    #[must_use]
    pub fn owned(text: impl Into<String>) -> Self {
        Self::Text(Cow::Owned(text.into()))
    }

    /// The texts of a set, in its order.
    #[must_use]
    pub fn list(texts: &'a BTreeSet<Box<str>>) -> Self {
        Self::List(texts.iter().filter(|text| !text.is_empty()).map(|text| Cow::Borrowed(&**text)).collect())
    }

    /// The texts of a run, in their order.
    #[must_use]
    pub fn texts(texts: &'a Texts<'_>) -> Self {
        let texts = texts.as_slice();
        // The empty text is the first in order.
        let is_empty = texts.first().is_some_and(|text| text.is_empty());
        Self::List(CellList::Borrowed(&texts[usize::from(is_empty)..]))
    }

    /// Whether there is nothing to show.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        match self {
            Self::Text(text) => text.is_empty(),
            Self::List(texts) => texts.is_empty(),
            Self::Time(time) => time.is_none(),
            Self::Flag(flag) => flag.is_none(),
            Self::Count(_) | Self::Number(_) => false,
        }
    }

    /// The text of the data formats: times in UTC, lists joined with `;`, nothing where it is absent.
    #[must_use]
    pub fn to_text(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) | Self::Number(text) => Cow::Borrowed(text),
            Self::List(texts) => match &**texts {
                [] => Cow::Borrowed(""),
                [text] => Cow::Borrowed(text),
                texts => Cow::Owned(texts.join(";")),
            },
            Self::Count(count) => Cow::Owned(count.to_string()),
            Self::Time(time) => time.map_or(Cow::Borrowed(""), |time| Cow::Owned(time.to_string())),
            Self::Flag(flag) => Cow::Borrowed(flag.map_or("", |flag| if flag { "true" } else { "false" })),
        }
    }

    /// The text for people: as [`Self::to_text`], with times in `zone`.
    #[must_use]
    pub fn to_text_in(&self, zone: &Zone) -> Cow<'_, str> {
        match self {
            Self::Time(Some(time)) => Cow::Owned(zone.rfc3339(*time)),
            _ => self.to_text(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_people_see_times_in_a_zone() {
        let cell = Cell::Time(Timestamp::parse_rfc3339("2026-07-02T22:30:00Z"));
        assert_eq!(cell.to_text_in(&"Europe/Berlin".parse().unwrap()), "2026-07-03T00:30:00+02:00");
        assert_eq!(cell.to_text(), "2026-07-02T22:30:00Z");
    }

    #[test]
    fn empty_is_absent() {
        assert!(Cell::text(Some("")).is_absent());
        assert!(Cell::list(&BTreeSet::from(["".into()])).is_absent());
        assert!(Cell::texts(&Texts::from_iter([""])).is_absent());
        assert_eq!(Cell::texts(&["b", "", "a"].into_iter().collect()).to_text(), "a;b");
        assert!(!Cell::Count(0).is_absent());
    }
}
