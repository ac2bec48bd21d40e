//! Points in time and lengths of time as a person types them, and the window they make.

use std::fmt;
use std::str::FromStr;

use super::error::Error;
use crate::domain::timestamp::{Day, Timestamp};
use crate::domain::window::Window;

/// A length of time: a whole number above zero and one of `s`, `m`, `h`, `d`, `w`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Length(i64);

/// Why a text is no time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// It is none of the forms.
    #[error(
        "not a time; write 2026-11-01, 2026-11-01T09:30:00Z, today, yesterday, now, or how long ago: 90s, 30m, 24h, 7d, 2w"
    )]
    Form,
    /// A date and a time of day without an offset.
    #[error("the time has no offset from UTC; put Z behind it for UTC, or an offset such as +02:00")]
    NoOffset,
    /// It is not a number and a unit.
    #[error("not a length of time; write a whole number and a unit: 90s, 30m, 24h, 7d, 2w")]
    Length,
    /// Nothing, or less.
    #[error("a length of time must be above zero")]
    Zero,
    /// Before the first or behind the last year of four digits.
    #[error("it lies outside the years 0000 to 9999")]
    Range,
}

impl Length {
    /// How many seconds it has.
    #[must_use]
    pub fn seconds(self) -> i64 {
        self.0
    }

    /// The point so long before `now`.
    fn before(self, now: Timestamp) -> Result<Timestamp, TimeError> {
        now.seconds().checked_sub(self.0).and_then(Timestamp::from_seconds).ok_or(TimeError::Range)
    }
}

impl FromStr for Length {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        let (digits, unit) = match text.as_bytes() {
            [digits @ .., b's'] => (digits, 1),
            [digits @ .., b'm'] => (digits, 60),
            [digits @ .., b'h'] => (digits, 3_600),
            [digits @ .., b'd'] => (digits, 86_400),
            [digits @ .., b'w'] => (digits, 604_800),
            _ => return Err(TimeError::Length),
        };
        let digits = std::str::from_utf8(digits).map_err(|_| TimeError::Length)?;
        let (negative, number) = digits.strip_prefix('-').map_or((false, digits), |number| (true, number));
        if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(TimeError::Length);
        }
        let count: i64 = number.parse().map_err(|_| TimeError::Range)?;
        if negative || count == 0 {
            return Err(TimeError::Zero);
        }
        count.checked_mul(unit).map(Self).ok_or(TimeError::Range)
    }
}

/// The largest unit that leaves no rest.
impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [(604_800, 'w'), (86_400, 'd'), (3_600, 'h'), (60, 'm'), (1, 's')];
        let (unit, name) = units.into_iter().find(|(unit, _)| self.0 % unit == 0).unwrap_or((1, 's'));
        write!(f, "{}{name}", self.0 / unit)
    }
}

/// Reads a point in time; words and lengths are relative to `now`.
pub fn parse_time(text: &str, now: Timestamp) -> Result<Timestamp, TimeError> {
    match text {
        "now" => return Ok(now),
        "today" => return Ok(now.day().start()),
        "yesterday" => return Ok(now.day().plus(-1).start()),
        _ => {}
    }
    if let Some(time) = Day::parse(text).map(Day::start).or_else(|| Timestamp::parse_rfc3339(text)) {
        return Ok(time);
    }
    if Timestamp::parse_event_time(text).is_some() {
        return Err(TimeError::NoOffset);
    }
    match text.parse::<Length>() {
        Ok(length) => length.before(now),
        Err(TimeError::Length) => Err(TimeError::Form),
        Err(error) => Err(error),
    }
}

/// The window of `--from`, `--to` and `--last`.
pub fn window(from: Option<&str>, to: Option<&str>, last: Option<&str>, now: Timestamp) -> Result<Window, Error> {
    if let Some(last) = last {
        if from.is_some() || to.is_some() {
            return Err(Error::usage("--last does not go together with --from or --to")
                .hint("--last 7d is the same as --from 7d --to now"));
        }
        let start = last.parse::<Length>().and_then(|length| length.before(now));
        return Ok(Window { from: Some(start.map_err(|error| refuse("--last", last, error))?), to: Some(now) });
    }
    let parse = |flag, text: Option<&str>| {
        text.map(|text| parse_time(text, now).map_err(|error| refuse(flag, text, error))).transpose()
    };
    let window = Window { from: parse("--from", from)?, to: parse("--to", to)? };
    if let (Some(first), Some(end)) = (window.from, window.to)
        && first >= end
    {
        return Err(Error::usage(format!("--from {first} is not before --to {end}, so the window is empty"))
            .hint("--from is the first second inside, --to the first one after"));
    }
    Ok(window)
}

fn refuse(flag: &str, text: &str, error: TimeError) -> Error {
    Error::usage(format!("{flag} '{text}': {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        Timestamp::parse_rfc3339("2026-11-22T12:34:56Z").unwrap()
    }

    #[test]
    fn reads_every_form() {
        let check = |text: &str, expected: &str| {
            assert_eq!(parse_time(text, now()).unwrap().to_string(), expected, "{text}");
        };
        check("2026-11-01", "2026-11-01T00:00:00Z");
        check("2026-11-01T09:30:00Z", "2026-11-01T09:30:00Z");
        check("2026-11-01T09:30:00.999+02:00", "2026-11-01T07:30:00Z");
        check("now", "2026-11-22T12:34:56Z");
        check("today", "2026-11-22T00:00:00Z");
        check("yesterday", "2026-11-21T00:00:00Z");
        check("7d", "2026-11-15T12:34:56Z");
        check("24h", "2026-11-21T12:34:56Z");
        check("2w", "2026-11-08T12:34:56Z");
        check("30m", "2026-11-22T12:04:56Z");
        check("90s", "2026-11-22T12:33:26Z");
    }

    #[test]
    fn refuses_the_rest() {
        let check = |text: &str, expected| assert_eq!(parse_time(text, now()), Err(expected), "{text:?}");
        for text in [
            "",
            "d",
            "7",
            "7 d",
            "+7d",
            "7D",
            "1.5h",
            "1h30m",
            "-d",
            "7y",
            "Today",
            " now",
            "٧d",
            "２026-11-01",
            "2026-02-30",
            "2026-13-01",
            "2026-11-1",
            "01.11.2026",
            "1762300800",
            "2026-11-01T24:00:00Z",
            "7d\n",
        ] {
            check(text, TimeError::Form);
        }
        check("2026-11-01T09:30:00", TimeError::NoOffset);
        check("2026-11-01 09:30:00.5", TimeError::NoOffset);
        check("0d", TimeError::Zero);
        check("-7d", TimeError::Zero);
        check("9999999d", TimeError::Range);
        check("9223372036854775807w", TimeError::Range);
        check("99999999999999999999s", TimeError::Range);
    }

    #[test]
    fn lengths_are_shown_as_typed() {
        for text in ["90s", "30m", "24h", "7d", "2w"] {
            let shown = text.parse::<Length>().unwrap().to_string();
            assert_eq!(shown.parse::<Length>().unwrap(), text.parse().unwrap(), "{text}");
        }
        assert_eq!("60m".parse::<Length>().unwrap().to_string(), "1h");
    }

    fn check_window(flags: [&str; 3], expected: &str) {
        let [from, to, last] = flags.map(|text| Some(text).filter(|text| !text.is_empty()));
        let show = |end: Option<Timestamp>| end.map_or_else(|| "open".to_owned(), |end| end.to_string());
        let found = match window(from, to, last, now()) {
            Ok(window) => format!("{} {}", show(window.from), show(window.to)),
            Err(error) => error.to_string(),
        };
        assert_eq!(found, expected);
    }

    #[test]
    fn flags_make_a_window() {
        check_window(["", "", ""], "open open");
        check_window(["yesterday", "today", ""], "2026-11-21T00:00:00Z 2026-11-22T00:00:00Z");
        check_window(["7d", "", ""], "2026-11-15T12:34:56Z open");
        check_window(["", "2026-11-01", ""], "open 2026-11-01T00:00:00Z");
        check_window(["", "", "24h"], "2026-11-21T12:34:56Z 2026-11-22T12:34:56Z");
    }

    #[test]
    fn flags_that_make_no_window_are_named() {
        let empty = "is not before --to 2026-11-01T00:00:00Z, so the window is empty";
        check_window(["2026-11-02", "2026-11-01", ""], &format!("--from 2026-11-02T00:00:00Z {empty}"));
        check_window(["2026-11-01", "2026-11-01", ""], &format!("--from 2026-11-01T00:00:00Z {empty}"));
        check_window(["7d", "", "7d"], "--last does not go together with --from or --to");
        check_window(["", "now", "7d"], "--last does not go together with --from or --to");
        check_window(["", "", "today"], &format!("--last 'today': {}", TimeError::Length));
        check_window(["", "", "0d"], &format!("--last '0d': {}", TimeError::Zero));
        check_window(["nope", "", ""], &format!("--from 'nope': {}", TimeError::Form));
        check_window(["", "2026-11-01T09:30:00", ""], &format!("--to '2026-11-01T09:30:00': {}", TimeError::NoOffset));
    }
}
