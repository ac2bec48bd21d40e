//! Rows as the text of JSON objects, byte for byte as `serde_json` writes them and several times as fast: names are
//! escaped once, and a text with nothing to escape is copied as a whole. All else is left to `serde_json`.

use std::io;

use serde::Serialize;

use super::cell::Cell;
use super::plain;
use super::schema::Heading;

/// What stands between the values of an object.
pub(super) struct ObjectText {
    /// In front of each value, in the order of columns: the name, and what comes before it.
    names: Vec<Vec<u8>>,
    end: Vec<u8>,
    list: Brackets,
}

/// What stands around and between the texts of a list that has any.
struct Brackets {
    start: Vec<u8>,
    between: Vec<u8>,
    end: Vec<u8>,
}

impl ObjectText {
    /// Objects on one line.
    pub(super) fn compact(headings: &[Heading]) -> Self {
        Self::new(headings, "", |_| String::new())
    }

    /// Objects with a member on each line, as `serde_json` has them `depth` levels inside another value.
    pub(super) fn pretty(headings: &[Heading], depth: usize) -> Self {
        Self::new(headings, " ", |level| format!("\n{}", "  ".repeat(depth + level)))
    }

    fn new(headings: &[Heading], space: &str, line: impl Fn(usize) -> String) -> Self {
        let name = |(at, heading): (usize, &Heading)| {
            let before = if at == 0 { '{' } else { ',' };
            // A value of JSON shows itself as JSON.
            format!("{before}{}{}:{space}", line(1), serde_json::Value::from(heading.name)).into_bytes()
        };
        let text = |mark: &str, level| format!("{mark}{}", line(level)).into_bytes();
        Self {
            names: headings.iter().enumerate().map(name).collect(),
            end: if headings.is_empty() { b"{}".to_vec() } else { format!("{}}}", line(0)).into_bytes() },
            list: Brackets { start: text("[", 2), between: text(",", 2), end: format!("{}]", line(1)).into_bytes() },
        }
    }

    /// Writes a row: one cell for each heading, in their order.
    pub(super) fn put(&self, row: &[Cell<'_>], out: &mut Vec<u8>) -> io::Result<()> {
        debug_assert_eq!(row.len(), self.names.len());
        for (name, cell) in self.names.iter().zip(row) {
            out.extend_from_slice(name);
            self.put_cell(cell, out)?;
        }
        out.extend_from_slice(&self.end);
        Ok(())
    }

    fn put_cell(&self, cell: &Cell<'_>, out: &mut Vec<u8>) -> io::Result<()> {
        match cell {
            Cell::Text(text) if text.is_empty() => put(&(), out),
            Cell::Text(text) => put_text(text, out),
            Cell::List(texts) if texts.is_empty() => {
                out.extend_from_slice(b"[]");
                Ok(())
            }
            Cell::List(texts) => {
                let mut before = &self.list.start;
                for text in texts.iter() {
                    out.extend_from_slice(before);
                    put_text(text, out)?;
                    before = &self.list.between;
                }
                out.extend_from_slice(&self.list.end);
                Ok(())
            }
            Cell::Count(count) => put(count, out),
            Cell::Number(number) => put_number(number, out),
            Cell::Time(Some(time)) => {
                out.push(b'"');
                out.extend_from_slice(&time.rfc3339());
                out.push(b'"');
                Ok(())
            }
            Cell::Time(None) => put(&(), out),
            Cell::Flag(flag) => put(flag, out),
        }
    }
}

fn put(value: &impl Serialize, out: &mut Vec<u8>) -> io::Result<()> {
    Ok(serde_json::to_writer(out, value)?)
}

fn put_text(text: &str, out: &mut Vec<u8>) -> io::Result<()> {
    if !plain::in_json(text) {
        return put(&text, out);
    }
    out.reserve(text.len() + 2);
    out.push(b'"');
    out.extend_from_slice(text.as_bytes());
    out.push(b'"');
    Ok(())
}

/// A whole number keeps all its digits.
fn put_number(number: &str, out: &mut Vec<u8>) -> io::Result<()> {
    match (number.parse::<i64>(), number.parse::<f64>()) {
        (Ok(number), _) => put(&number, out),
        (Err(_), Ok(number)) => put(&number, out),
        (Err(_), Err(_)) => put(&number, out),
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use proptest::prelude::*;
    use serde::ser::{SerializeMap, Serializer};

    use super::*;
    use crate::domain::timestamp::Timestamp;
    use crate::report::cell::Shape;

    /// The same by the means of `serde`.
    struct Slow<'a>(&'a [Heading], &'a [Cell<'a>]);

    struct Value<'a>(&'a Cell<'a>);

    impl Serialize for Slow<'_> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut object = serializer.serialize_map(Some(self.1.len()))?;
            for (heading, cell) in self.0.iter().zip(self.1) {
                object.serialize_entry(heading.name, &Value(cell))?;
            }
            object.end()
        }
    }

    impl Serialize for Value<'_> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            match self.0 {
                Cell::List(texts) => serializer.collect_seq(texts.iter()),
                Cell::Count(count) => serializer.serialize_u64(*count),
                Cell::Number(text) => match (text.parse(), text.parse()) {
                    (Ok(whole), _) => serializer.serialize_i64(whole),
                    (_, Ok(real)) => serializer.serialize_f64(real),
                    _ => serializer.serialize_str(text),
                },
                Cell::Flag(Some(flag)) => serializer.serialize_bool(*flag),
                cell if cell.is_absent() => serializer.serialize_none(),
                cell => serializer.serialize_str(&cell.to_text()),
            }
        }
    }

    fn texts() -> impl Strategy<Value = String> {
        prop_oneof![any::<String>(), "[a\"\\\\\u{0}-\u{20}\u{7f}\u{2028}é]{0,40}", "[a-z:/.]{0,60}"]
    }

    fn cells() -> impl Strategy<Value = Cell<'static>> {
        let number = prop_oneof![
            any::<i64>().prop_map(|it| it.to_string()),
            any::<f64>().prop_map(|it| it.to_string()),
            "[0-9.e-]{0,6}"
        ];
        let seconds = -62_167_219_200..=253_402_300_799_i64;
        prop_oneof![
            texts().prop_map(Cell::owned),
            prop::collection::vec(texts().prop_map(Cow::Owned), 0..4).prop_map(|texts| Cell::List(texts.into())),
            any::<u64>().prop_map(Cell::Count),
            number.prop_map(|number| Cell::Number(Cow::Owned(number))),
            prop::option::of(seconds).prop_map(|it| Cell::Time(it.and_then(Timestamp::from_seconds))),
            any::<Option<bool>>().prop_map(Cell::Flag),
        ]
    }

    proptest! {
        #[test]
        fn rows_are_those_of_serde_json(row in prop::collection::vec(cells(), 0..6)) {
            const NAMES: [&str; 6] = ["a", "say \"hi\"", "tab\t", "é", "", "\u{2028}"];
            let headings: Vec<Heading> = NAMES.map(|name| Heading { name, shape: Shape::Text })[..row.len()].to_vec();
            let slow = Slow(&headings, &row);
            let text = |object: &ObjectText| {
                let mut out = Vec::new();
                object.put(&row, &mut out).unwrap();
                String::from_utf8(out).unwrap()
            };
            prop_assert_eq!(text(&ObjectText::compact(&headings)), serde_json::to_string(&slow).unwrap());
            prop_assert_eq!(text(&ObjectText::pretty(&headings, 0)), serde_json::to_string_pretty(&slow).unwrap());
            let inside = format!("[\n  [\n    {}\n  ]\n]", text(&ObjectText::pretty(&headings, 2)));
            prop_assert_eq!(inside, serde_json::to_string_pretty(&[[slow]]).unwrap());
        }
    }
}
