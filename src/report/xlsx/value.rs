//! What a cell of ours becomes in a sheet.

use std::borrow::Cow;

use crate::domain::timestamp::Timestamp;
use crate::report::cell::Cell;

/// The most that a cell of Excel holds, in UTF-16 code units.
pub(super) const LONGEST: usize = 32_767;

/// The largest whole number that is exact in the numbers of a sheet, which are floating-point.
const LARGEST: u64 = 1 << 53;

/// Days from the day 0 of a sheet (1899-12-30) to 1970-01-01.
const EPOCH: i64 = 25_569;

/// 1900-03-01: sheets count a day before it that never was.
const FIRST_DAY: i64 = 61;

const DAY: i64 = 86_400;

/// A value of a sheet.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value<'a> {
    Absent,
    /// No longer than a cell may be.
    Text(Cow<'a, str>),
    /// Of this many UTF-16 code units the cell has the beginning, and says so.
    Cut(String),
    Number(f64),
    /// Days since day 0.
    Time(f64),
    Flag(bool),
}

impl<'a> Value<'a> {
    pub(super) fn of(cell: &'a Cell<'_>) -> Self {
        match cell {
            _ if cell.is_absent() => Self::Absent,
            Cell::Flag(Some(flag)) => Self::Flag(*flag),
            Cell::Time(Some(time)) => days(*time).map_or_else(|| text(cell.to_text()), Self::Time),
            #[expect(clippy::cast_precision_loss, reason = "only what is exact")]
            Cell::Count(count) if *count <= LARGEST => Self::Number(*count as f64),
            Cell::Number(number) => exact(number).map_or_else(|| text(cell.to_text()), Self::Number),
            _ => text(cell.to_text()),
        }
    }
}

/// A number that a sheet has as it is written.
fn exact(text: &str) -> Option<f64> {
    let number: f64 = text.parse().ok().filter(|number: &f64| number.is_finite())?;
    let is_whole = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    #[expect(clippy::cast_precision_loss, reason = "a power of two")]
    (!is_whole || number.abs() <= LARGEST as f64).then_some(number)
}

#[expect(clippy::cast_precision_loss, reason = "seconds of five thousand years are exact")]
fn days(time: Timestamp) -> Option<f64> {
    let seconds = time.seconds().checked_add(EPOCH * DAY)?;
    (seconds >= FIRST_DAY * DAY).then_some(seconds as f64 / DAY as f64)
}

fn text(text: Cow<'_, str>) -> Value<'_> {
    // No text has more code units than bytes.
    if text.len() <= LONGEST {
        return Value::Text(text);
    }
    let units = text.encode_utf16().count();
    if units <= LONGEST {
        return Value::Text(text);
    }
    let end = format!("… (cut: {units} characters in all)");
    let mut room = LONGEST - end.encode_utf16().count();
    let kept: String = text
        .chars()
        .take_while(|character| {
            let fits = character.len_utf16() <= room;
            room = room.saturating_sub(character.len_utf16());
            fits
        })
        .collect();
    Value::Cut(kept + &end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_keep_their_kind() {
        let check = |cell: Cell<'_>, expected: Value<'_>| assert_eq!(Value::of(&cell), expected, "{cell:?}");
        let time = |text| Cell::Time(Timestamp::parse_rfc3339(text));
        check(Cell::text(Some("012345678901")), Value::Text("012345678901".into()));
        check(Cell::text(Some("=1+1")), Value::Text("=1+1".into()));
        check(Cell::text(None), Value::Absent);
        check(Cell::List(vec!["a".into(), "b".into()].into()), Value::Text("a;b".into()));
        check(Cell::Count(0), Value::Number(0.0));
        check(Cell::Count(1 << 53), Value::Number(9_007_199_254_740_992.0));
        check(Cell::Count((1 << 53) + 1), Value::Text("9007199254740993".into()));
        check(Cell::Number("-0.5".into()), Value::Number(-0.5));
        check(Cell::Number("-9223372036854775808".into()), Value::Text("-9223372036854775808".into()));
        check(Cell::Flag(Some(false)), Value::Flag(false));
        check(time("1970-01-01T00:00:00Z"), Value::Time(25_569.0));
        check(time("2026-11-02T12:00:00Z"), Value::Time(46_328.5));
        check(time("1900-03-01T00:00:00Z"), Value::Time(61.0));
        check(time("1900-02-28T23:59:59Z"), Value::Text("1900-02-28T23:59:59Z".into()));
        check(Cell::Time(None), Value::Absent);
    }

    #[test]
    fn what_is_too_long_says_so() {
        let whole = "é".repeat(LONGEST);
        assert_eq!(Value::of(&Cell::text(Some(&whole))), Value::Text(whole.as_str().into()));
        for long in ["x".repeat(LONGEST + 1), "🚀".repeat(LONGEST / 2 + 1), format!("x{}", "🚀".repeat(LONGEST))] {
            let cell = Cell::text(Some(&long));
            let Value::Cut(text) = Value::of(&cell) else { panic!("{} bytes", long.len()) };
            let units = text.encode_utf16().count();
            assert!(units == LONGEST || units == LONGEST - 1, "{units}");
            let all = long.encode_utf16().count();
            let kept = text.strip_suffix(&format!("… (cut: {all} characters in all)")).unwrap();
            assert!(long.starts_with(kept));
        }
    }
}
