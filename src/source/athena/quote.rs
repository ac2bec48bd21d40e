//! Names and texts in Athena's SQL (<https://docs.aws.amazon.com/athena/latest/ug/reserved-words.html>): a name stands in
//! double quotes, a text in single ones, and a quote inside is written twice. Nothing else has a meaning in them, a backslash
//! neither.

/// A name that cannot be written, or a text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' has a character that no name or value in Athena has")]
pub struct Unquotable(String);

/// Whether a name or value can be written: something visible, and on one line.
#[must_use]
pub fn is_quotable(text: &str) -> bool {
    !text.is_empty() && text.len() <= 255 && !text.chars().any(char::is_control)
}

/// Refuses what cannot be written.
pub fn quotable(text: &str) -> Result<(), Unquotable> {
    if is_quotable(text) { Ok(()) } else { Err(Unquotable(text.to_owned())) }
}

/// The name of a database, a table or a column.
#[must_use]
pub fn name(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text.
#[must_use]
pub fn text(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A list of texts, as `IN` takes it.
#[must_use]
pub fn texts<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> String {
    let texts: Vec<String> = texts.into_iter().map(|one| text(one.as_ref())).collect();
    format!("({})", texts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_inside_are_written_twice() {
        assert_eq!(name(r#"a" OR "b"#), r#""a"" OR ""b""#);
        assert_eq!(text(r"it's \' x"), r"'it''s \'' x'");
        assert_eq!(texts(["a", "b'"]), "('a', 'b''')");
    }

    #[test]
    fn what_is_on_several_lines_is_refused() {
        for text in ["", "a\nb", "a\0b", "a\u{85}", &"x".repeat(256)] {
            assert!(quotable(text).is_err(), "{text:?}");
        }
        assert!(is_quotable("Üser-Tabelle 1"));
    }
}
