//! JSON of lines, and what is said of a line that is none.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer};

/// A text of a line. There are twenty of them in a line, and nearly none has an escape: those are not copied.
pub(super) struct LineText<'a>(Cow<'a, str>);

impl<'a> LineText<'a> {
    /// The text.
    pub(super) fn into_text(self) -> Cow<'a, str> {
        self.0
    }
}

impl Deref for LineText<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for LineText<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(LineTextVisitor).map(Self)
    }
}

struct LineTextVisitor;

impl<'de> Visitor<'de> for LineTextVisitor {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}

/// A line of one kind.
pub(super) fn parse<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| {
        let text = error.to_string();
        text.split(" at line ").next().unwrap_or_default().to_owned()
    })
}

/// Whether a row has values in as many columns as when it was `written`, where it says in how many that was. What writes rows again may
/// leave out columns that have none; where it loses a value, or fills a column, it makes another row.
pub(super) fn check_filled(written: Option<u64>, found: usize) -> Result<(), String> {
    let found = found as u64;
    let Some(written) = written.filter(|written| *written != found) else { return Ok(()) };
    let what = if found < written { "lost" } else { "filled" };
    Err(format!("it was written with {written} values and has {found}: what wrote it again has {what} a column"))
}
