//! Points in time and days, in UTC, at the resolution of CloudTrail: whole seconds.

use std::fmt;

use chrono::{DateTime, Datelike as _, NaiveDate, TimeDelta, Utc};

/// Seconds since 1970-01-01T00:00:00Z. Shown as RFC 3339 in UTC with a `Z` (DESIGN §3).
///
/// It is eight bytes long, which is half of a [`DateTime`], since each kept event has several. It converts to a
/// `DateTime<Utc>` with [`From`], and back with [`TryFrom`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// Seconds of a day; UTC has no other length here.
const DAY: i64 = 86_400;

/// Months as STS writes them.
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// What an RFC 3339 text says about its offset from UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Offset {
    Seconds(i64),
    Absent,
}

impl Timestamp {
    /// 9999-12-31T23:59:59Z.
    pub const LAST: Self = Self(253_402_300_799);

    /// The point `seconds` after the epoch, if its year has four digits.
    #[must_use]
    pub fn from_seconds(seconds: i64) -> Option<Self> {
        let years = -62_167_219_200..=253_402_300_799; // 0000-01-01T00:00:00Z ..= 9999-12-31T23:59:59Z
        years.contains(&seconds).then_some(Self(seconds))
    }

    /// Seconds since the epoch.
    #[must_use]
    pub fn seconds(self) -> i64 {
        self.0
    }

    /// Reads RFC 3339 with an offset, as a person types it; fractions of a second are cut.
    #[must_use]
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        match parse(text)? {
            (civil, Offset::Seconds(offset)) => Self::from_seconds(civil - offset),
            (_, Offset::Absent) => None,
        }
    }

    /// Reads an `eventTime`: RFC 3339, also with a space for the `T`, or without an offset, which
    /// then is UTC (DESIGN §3; both forms were seen in exported records).
    #[must_use]
    pub fn parse_event_time(text: &str) -> Option<Self> {
        match parse(text)? {
            (civil, Offset::Seconds(offset)) => Self::from_seconds(civil - offset),
            (civil, Offset::Absent) => Self::from_seconds(civil),
        }
    }

    /// Reads when credentials expire, which STS writes as text of the United States with a comma or without
    /// (`Jul 30, 2021 12:56:03 AM`, DOMAIN §4), or as an `eventTime`.
    #[must_use]
    pub fn parse_expiration(text: &str) -> Option<Self> {
        let words: Vec<&str> =
            text.split(|it: char| it.is_whitespace() || it == ',').filter(|word| !word.is_empty()).collect();
        let [month, day, year, clock, half] = words[..] else { return Self::parse_event_time(text) };
        let month = MONTHS.iter().position(|name| month.get(..3).is_some_and(|it| it.eq_ignore_ascii_case(name)))?;
        let day = Day::from_civil(year.parse().ok()?, i8::try_from(month + 1).ok()?, day.parse().ok()?)?;
        let mut parts = clock.split(':').map(|part| part.parse::<u8>().ok());
        let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
        let noon = match half {
            "AM" | "am" => 0,
            "PM" | "pm" => 12,
            _ => return None,
        };
        let is_clock = (1..=12).contains(&hour) && minute < 60 && second < 60 && parts.next().is_none();
        let second = (i64::from(hour % 12 + noon) * 60 + i64::from(minute)) * 60 + i64::from(second);
        Self::from_seconds(day.0 * DAY + second).filter(|_| is_clock)
    }

    /// The UTC day that this point lies in.
    #[must_use]
    pub fn day(self) -> Day {
        Day(self.0.div_euclid(DAY))
    }

    /// RFC 3339 in UTC with a `Z`, in ASCII: what is shown. A report has several for each event, and digits are written
    /// much faster than numbers are formatted.
    #[must_use]
    pub fn rfc3339(self) -> [u8; 20] {
        // The end of the last day, as RFC 3339 can write it. A window is shown without it (`Window::shown`).
        if self > Self::LAST {
            return *b"9999-12-31T23:59:60Z";
        }
        let (year, month, day) = self.day().civil();
        let second = self.0.rem_euclid(DAY);
        let parts = [
            (0, i64::from(year) / 100),
            (2, i64::from(year) % 100),
            (5, i64::from(month)),
            (8, i64::from(day)),
            (11, second / 3_600),
            (14, second / 60 % 60),
            (17, second % 60),
        ];
        let mut text = *b"0000-00-00T00:00:00Z";
        for (at, number) in parts {
            for (place, digit) in [(at, number / 10), (at + 1, number % 10)] {
                text[place] = b'0' + u8::try_from(digit).unwrap_or_default();
            }
        }
        text
    }

    /// The start of its minute.
    #[must_use]
    pub fn minute(self) -> Self {
        Self(self.0 - self.0.rem_euclid(60))
    }

    /// The start of its hour.
    #[must_use]
    pub fn hour(self) -> Self {
        Self(self.0 - self.0.rem_euclid(3_600))
    }
}

impl From<Timestamp> for DateTime<Utc> {
    /// The same second, also that after the last day of the year 9999 ([`Day::end`]).
    fn from(time: Timestamp) -> Self {
        // No timestamp is outside of what chrono can hold, which reaches beyond the year 262,000.
        DateTime::UNIX_EPOCH + TimeDelta::seconds(time.0)
    }
}

/// Why a point in time is no [`Timestamp`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the year of a time has four digits, from 0000 to 9999")]
pub struct OutOfRange;

impl TryFrom<DateTime<Utc>> for Timestamp {
    type Error = OutOfRange;

    /// The second that the point lies in. A leap second counts as the second in front of it. A point whose year does
    /// not have four digits is [`OutOfRange`].
    fn try_from(time: DateTime<Utc>) -> Result<Self, OutOfRange> {
        Self::from_seconds(time.timestamp()).ok_or(OutOfRange)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.rfc3339()).unwrap_or_default())
    }
}

/// A UTC day, counted from 1970-01-01. Shown as `YYYY-MM-DD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i64);

impl Day {
    /// The day of a calendar date, if there is such a date and its year has four digits.
    #[must_use]
    pub fn from_civil(year: i16, month: i8, day: i8) -> Option<Self> {
        let (month, day) = (u32::try_from(month).ok()?, u32::try_from(day).ok()?);
        Self::from_number(NaiveDate::from_ymd_opt(i32::from(year), month, day)?.to_epoch_days().into())
    }

    /// Reads `YYYY-MM-DD`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
            return None;
        }
        let year = i16::try_from(digits(bytes, 0, 4)?).ok()?;
        let month = i8::try_from(digits(bytes, 5, 2)?).ok()?;
        Self::from_civil(year, month, i8::try_from(digits(bytes, 8, 2)?).ok()?)
    }

    /// The day of that many days after 1970-01-01, if its year has four digits.
    #[must_use]
    pub fn from_number(days: i64) -> Option<Self> {
        (-719_528..=2_932_896).contains(&days).then_some(Self(days))
    }

    /// How many days after 1970-01-01 it is.
    #[must_use]
    pub fn number(self) -> i64 {
        self.0
    }

    /// Its first second.
    #[must_use]
    pub fn start(self) -> Timestamp {
        Timestamp(self.0 * DAY)
    }

    /// The first second after it, also of the last day of the year 9999, where it is no time of an event.
    #[must_use]
    pub fn end(self) -> Timestamp {
        Timestamp((self.0 + 1) * DAY)
    }

    /// The day `days` later, or earlier if negative; stays at the ends of the four-digit years.
    #[must_use]
    pub fn plus(self, days: i64) -> Self {
        Self(self.0.saturating_add(days).clamp(-719_528, 2_932_896))
    }

    /// It and the days up to `last`, which is one of them.
    pub fn through(self, last: Self) -> impl Iterator<Item = Self> {
        (self.0..=last.0).map(Self)
    }

    /// Year, month (1 to 12) and day of the month.
    #[must_use]
    pub fn civil(self) -> (i16, i8, i8) {
        let date = self.date();
        // A year has four digits here, a month and a day have two.
        let part = |number: u32| i8::try_from(number).unwrap_or_default();
        (i16::try_from(date.year()).unwrap_or_default(), part(date.month()), part(date.day()))
    }

    /// The date of the calendar.
    fn date(self) -> NaiveDate {
        let days = self.0.clamp(-719_528, 2_932_896);
        i32::try_from(days).ok().and_then(NaiveDate::from_epoch_days).unwrap_or_default()
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.civil();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

fn digits(bytes: &[u8], from: usize, count: usize) -> Option<u32> {
    bytes
        .get(from..from + count)?
        .iter()
        .try_fold(0, |value, byte| byte.is_ascii_digit().then(|| value * 10 + u32::from(byte - b'0')))
}

/// `YYYY-MM-DD[T ]HH:MM:SS[.f][Z|±HH:MM]` to seconds of the civil time, and the offset.
///
/// The parser of chrono does not read the same texts, so this stays our own: that one takes a minus sign outside of
/// ASCII (U+2212) in an offset, wants an offset, and takes no comma before the fraction. Where both read a text, a test
/// holds them against each other.
fn parse(text: &str) -> Option<(i64, Offset)> {
    let day = Day::parse(text.get(..10)?)?;
    let bytes = text.as_bytes();
    if !matches!(bytes.get(10)?, b'T' | b't' | b' ') || bytes.get(13) != Some(&b':') || bytes.get(16) != Some(&b':') {
        return None;
    }
    let (hour, minute, second) = (digits(bytes, 11, 2)?, digits(bytes, 14, 2)?, digits(bytes, 17, 2)?);
    // 60 is a leap second of RFC 3339; it is counted as the second in front of it.
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let civil = day.0 * DAY + i64::from(hour * 3_600 + minute * 60 + second.min(59));
    Some((civil, offset(fraction(&bytes[19..])?)?))
}

/// What follows the fraction of a second, if there is one and it has digits.
fn fraction(rest: &[u8]) -> Option<&[u8]> {
    let Some(after) = rest.strip_prefix(b".").or_else(|| rest.strip_prefix(b",")) else {
        return Some(rest);
    };
    let count = after.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (count > 0).then(|| &after[count..])
}

fn offset(rest: &[u8]) -> Option<Offset> {
    let sign = match rest {
        [] => return Some(Offset::Absent),
        b"Z" | b"z" => return Some(Offset::Seconds(0)),
        [b'+', ..] => 1,
        [b'-', ..] => -1,
        _ => return None,
    };
    if rest.len() != 6 || rest[3] != b':' {
        return None;
    }
    let (hours, minutes) = (digits(rest, 1, 2)?, digits(rest, 4, 2)?);
    (hours < 24 && minutes < 60).then(|| Offset::Seconds(sign * i64::from(hours * 3_600 + minutes * 60)))
}

#[cfg(test)]
mod tests {
    use chrono::SecondsFormat;
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, event_time: &str, rfc3339: &str) {
        let show = |time: Option<Timestamp>| time.map_or_else(|| "-".to_owned(), |time| time.to_string());
        assert_eq!(show(Timestamp::parse_event_time(text)), event_time, "event time {text:?}");
        assert_eq!(show(Timestamp::parse_rfc3339(text)), rfc3339, "rfc 3339 {text:?}");
    }

    #[test]
    fn reads_every_form_that_the_contract_names() {
        let noon = "2026-11-02T12:00:00Z";
        check("2026-11-02T12:00:00Z", noon, noon);
        check("2026-11-02T12:00:00.999999999Z", noon, noon);
        check("2026-11-02T13:30:00+01:30", noon, noon);
        check("2026-11-02 12:00:00", noon, "-");
        check("2026-11-02 12:00:00.000000000", noon, "-");
        check("2026-11-02T12:00:00", noon, "-");
        check("2026-11-02t12:00:00z", noon, noon);
        check("2024-02-29T23:59:60Z", "2024-02-29T23:59:59Z", "2024-02-29T23:59:59Z");
        check("1969-12-31T23:59:59Z", "1969-12-31T23:59:59Z", "1969-12-31T23:59:59Z");
    }

    #[test]
    fn refuses_what_is_no_time() {
        for text in [
            "",
            "now",
            "2026-11-02",
            "2026-11-02T12:00",
            "2026-02-29T12:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-11-02T24:00:00Z",
            "2026-11-02T12:00:00.Z",
            "2026-11-02T12:00:00 Z",
            "2026-11-02T12:00:00+0100",
            "2026-11-02T12:00:00Zz",
            "20261102T120000Z",
            "2026-11-02T12:00:0０Z",
            "+2026-11-02T12:00:00Z",
            "0000-01-01T00:00:00+23:59",
            "２０26-11-02T12:00:00Z",
        ] {
            check(text, "-", "-");
        }
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        for days in (-719_528..=2_932_896).step_by(997).chain([-719_528, -1, 0, 1, 11_016, 2_932_895, 2_932_896]) {
            let day = Day(days);
            let (year, month, date) = day.civil();
            assert_eq!(Day::from_civil(year, month, date), Some(day));
            assert_eq!(day.date().to_string(), day.to_string());
            assert_eq!(day.plus(0).start().to_string(), format!("{day}T00:00:00Z"));
        }
    }

    #[test]
    fn no_other_date_is_a_day() {
        for (year, month, day) in [(-1, 12, 31), (10_000, 1, 1), (2026, 2, 29), (2026, 0, 1), (2026, 1, -1)] {
            assert_eq!(Day::from_civil(year, month, day), None, "{year}-{month}-{day}");
        }
    }

    #[test]
    fn a_timestamp_is_a_date_and_time_of_chrono() {
        for seconds in [-62_167_219_200, -1, 0, 1_709_251_199, 1_709_251_200, 253_402_300_799] {
            let time = Timestamp::from_seconds(seconds).unwrap();
            let date = DateTime::from(time);
            assert_eq!(date.to_rfc3339_opts(SecondsFormat::Secs, true), time.to_string());
            assert_eq!(Timestamp::try_from(date), Ok(time));
            assert_eq!(Timestamp::try_from(date + TimeDelta::milliseconds(999)), Ok(time));
        }
        let end = DateTime::from(Day::parse("9999-12-31").unwrap().end());
        assert_eq!(Timestamp::try_from(end), Err(OutOfRange));
        let first = DateTime::from(Day::parse("0000-01-01").unwrap().start());
        assert_eq!(Timestamp::try_from(first - TimeDelta::milliseconds(1)), Err(OutOfRange));
        let leap = DateTime::parse_from_rfc3339("2016-12-31T23:59:60Z").unwrap().to_utc();
        assert_eq!(Timestamp::try_from(leap).unwrap().to_string(), "2016-12-31T23:59:59Z");
    }

    proptest! {
        #[test]
        fn chrono_reads_the_same_times(
            text in r"[0129][0-9]{3}-(0[0-9]|1[0-3])-([0-2][0-9]|3[0-2])[Tt ]([01][0-9]|2[0-4]):[0-6][0-9]:[0-6][0-9](\.[0-9]{0,12})?([Zz]|[+-][012][0-9]:?[0-6][0-9])"
        ) {
            let theirs = DateTime::parse_from_rfc3339(&text).ok().and_then(|time| time.to_utc().try_into().ok());
            prop_assert_eq!(Timestamp::parse_rfc3339(&text), theirs, "{}", text);
        }
    }

    #[test]
    fn sessions_expire_in_two_forms() {
        let check = |text: &str, expected: &str| {
            let found = Timestamp::parse_expiration(text).map_or_else(|| "-".to_owned(), |time| time.to_string());
            assert_eq!(found, expected, "{text:?}");
        };
        check("Jul 30, 2021 12:56:03 AM", "2021-07-30T00:56:03Z");
        check("Apr 16, 2025, 3:46:56 AM", "2025-04-16T03:46:56Z");
        check("Feb 29, 2028, 12:00:00 PM", "2028-02-29T12:00:00Z");
        check("Dec 31, 2026, 11:59:59\u{202f}PM", "2026-12-31T23:59:59Z");
        check("2026-11-02T12:00:00Z", "2026-11-02T12:00:00Z");
        check("2026-11-02T12:00:00.000+0000", "-");
        for text in [
            "",
            "soon",
            "Foo 1, 2026, 1:00:00 AM",
            "Feb 30, 2026, 1:00:00 AM",
            "Feb 3, 2026, 13:00:00 AM",
            "Feb 3, 2026, 0:00:00 AM",
            "Feb 3, 2026, 1:60:00 AM",
            "Feb 3, 2026, 1:00 AM",
            "Feb 3, 2026, 1:00:00:00 AM",
            "Feb 3, 2026, 1:00:00 XM",
            "Feb 3, 99999, 1:00:00 AM",
            "Fé 3, 2026, 1:00:00 AM",
        ] {
            check(text, "-");
        }
    }

    #[test]
    fn the_last_second_is_as_exact_as_any() {
        check("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z");
        check("9999-12-31T00:00:00Z", "9999-12-31T00:00:00Z", "9999-12-31T00:00:00Z");
        check("9999-12-30T23:59:59Z", "9999-12-30T23:59:59Z", "9999-12-30T23:59:59Z");
        check("9999-12-31T23:59:59+00:01", "9999-12-31T23:58:59Z", "9999-12-31T23:58:59Z");
        check("9999-12-31T23:59:59-00:01", "-", "-");
        check("0000-01-01T00:00:00Z", "0000-01-01T00:00:00Z", "0000-01-01T00:00:00Z");
        let last = Day::parse("9999-12-31").unwrap();
        assert_eq!((last.number(), last.start().to_string().as_str()), (2_932_896, "9999-12-31T00:00:00Z"));
        assert_eq!((last.end() > Timestamp::LAST, last.end().to_string().as_str()), (true, "9999-12-31T23:59:60Z"));
        assert_eq!(last.plus(-1).end(), last.start());
    }

    #[test]
    fn days_know_their_neighbours() {
        let day = Day::parse("2028-02-28").unwrap();
        assert_eq!(day.plus(1).to_string(), "2028-02-29");
        assert_eq!(day.plus(2).start().to_string(), "2028-03-01T00:00:00Z");
        let last = Day::parse("9999-12-31").unwrap();
        assert_eq!(last.plus(-1).through(last).last(), Some(last));
        assert_eq!((last.plus(-1).through(last).count(), last.through(day).count()), (2, 0));
        assert_eq!(Day::parse("2026-11-02").unwrap().start().day().to_string(), "2026-11-02");
        assert_eq!(
            Timestamp::parse_rfc3339("2026-11-02T12:34:56Z").unwrap().minute().to_string(),
            "2026-11-02T12:34:00Z"
        );
    }
}
