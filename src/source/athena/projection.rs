//! Which values a partition projection has: the properties of one column, as
//! <https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html> has them. Athena reads nothing of
//! other values, and says nothing about them.

use std::collections::BTreeSet;

use chrono::{DateTime, Months, Utc};

use super::days::DayFormat;
use super::shape::TableShape;
use crate::domain::timestamp::{Day, Timestamp};

/// No number of a partition has more digits.
const MOST_DIGITS: usize = 255;

/// The values of a projected column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProjectedValues {
    /// These (`enum`).
    Listed(BTreeSet<String>),
    /// Every so many numbers from one to another, both inside (`integer`).
    Numbers {
        /// The first one.
        first: i64,
        /// The last one, if a step leads to it.
        last: i64,
        /// How far one is from the next, at least one.
        step: i64,
        /// With how many digits they are written at the least.
        digits: usize,
    },
    /// Points in time (`date`).
    Dates(ProjectedDates),
    /// Whatever a query names (`injected`).
    Named,
}

/// Every so many of a unit of time from one point to another, both inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProjectedDates {
    /// The first point.
    pub first: Timestamp,
    /// The last one, if a step leads to it.
    pub last: Timestamp,
    step: DateStep,
}

/// How far a point in time is from the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DateStep {
    /// At least one.
    Seconds(i64),
    /// At least one.
    Months(u32),
}

/// The property that is not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("its property {name} ({value}) is not understood, so that days may be missing")]
pub struct UnknownProjection {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// What the dates of a column are written like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DateText {
    /// Days, or their hours.
    Day(DayFormat),
    /// Years alone.
    Year,
}

impl ProjectedValues {
    /// Those of a column; none where the table projects nothing, or lacks a property without which Athena refuses to read it.
    /// `format` tells how the column writes dates, where it has any.
    pub fn of(
        shape: &TableShape,
        column: &str,
        format: Option<&DateText>,
        now: Timestamp,
    ) -> Result<Option<Self>, UnknownProjection> {
        let Some(kind) = shape.projection(column, "type") else { return Ok(None) };
        let unknown = |name: &str| UnknownProjection {
            name: format!("projection.{column}.{name}"),
            value: shape.projection(column, name).unwrap_or_default().to_owned(),
        };
        let step = shape.projection(column, "interval").map_or(Some(1), |step| step.trim().parse().ok());
        let step = step.filter(|step| *step > 0).ok_or_else(|| unknown("interval"))?;
        match kind.trim().to_ascii_lowercase().as_str() {
            // White space is part of a value.
            "enum" => Ok(shape
                .projection(column, "values")
                .map(|values| Self::Listed(values.split(',').map(str::to_owned).collect()))),
            "integer" => {
                let Some(range) = shape.projection(column, "range") else { return Ok(None) };
                let digits = shape.projection(column, "digits").map_or(Some(1), |digits| digits.trim().parse().ok());
                let digits = digits.filter(|digits| *digits <= MOST_DIGITS).ok_or_else(|| unknown("digits"))?;
                let ends = range.split_once(',').and_then(|(first, last)| {
                    let (first, last) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
                    Some(Self::Numbers { first, last, step, digits })
                });
                ends.map(Some).ok_or_else(|| unknown("range"))
            }
            "date" => {
                let Some(range) = shape.projection(column, "range") else { return Ok(None) };
                let format = format.ok_or_else(|| unknown("format"))?;
                let unit = shape.projection(column, "interval.unit").map_or(Some(format.unit()), TimeUnit::parse);
                let step = unit.and_then(|unit| DateStep::of(step, unit)).ok_or_else(|| unknown("interval.unit"))?;
                let (first, last) = range.split_once(',').ok_or_else(|| unknown("range"))?;
                let end = |text: &str| format.range_end(text, now).ok_or_else(|| unknown("range"));
                Ok(Some(Self::Dates(ProjectedDates { first: end(first)?, last: end(last)?, step })))
            }
            "injected" => Ok(Some(Self::Named)),
            _ => Err(unknown("type")),
        }
    }

    /// Whether a text is one of them. Of dates a text tells nothing here.
    #[must_use]
    pub fn has_text(&self, text: &str) -> bool {
        match self {
            Self::Listed(values) => values.contains(text),
            Self::Numbers { digits, .. } => {
                let is_written = |number: i64| format!("{number:0width$}", width = *digits) == text;
                text.parse().is_ok_and(|number| is_written(number) && self.has_number(number))
            }
            Self::Dates(_) | Self::Named => true,
        }
    }

    /// Whether a number is one of them, however it is written. Of dates a number is the year.
    #[must_use]
    pub fn has_number(&self, number: i64) -> bool {
        match self {
            Self::Listed(values) => values.iter().any(|value| value.trim().parse() == Ok(number)),
            Self::Numbers { first, last, step, .. } => {
                (*first..=*last).contains(&number) && number.abs_diff(*first) % step.unsigned_abs() == 0
            }
            Self::Dates(dates) => {
                let start = |year: i64| i16::try_from(year).ok().and_then(start_of_year);
                let next = number.checked_add(1).and_then(start).unwrap_or(Timestamp::LAST);
                start(number).is_some_and(|first| dates.has(first, next))
            }
            Self::Named => true,
        }
    }
}

impl ProjectedDates {
    /// Whether one of the points lies between a point, which is inside, and another, which is not.
    #[must_use]
    pub fn has(&self, from: Timestamp, to: Timestamp) -> bool {
        let is_in = |point: i64| from.seconds() <= point && point < to.seconds() && point <= self.last.seconds();
        let first = self.first.seconds();
        match self.step {
            DateStep::Seconds(step) => {
                let behind = (from.seconds() - first).max(0);
                let steps = behind / step + i64::from(behind % step != 0);
                steps.checked_mul(step).is_some_and(|behind| is_in(first + behind))
            }
            DateStep::Months(step) => {
                let months = |point: Timestamp| {
                    let (year, month, _) = point.day().civil();
                    i64::from(year) * 12 + i64::from(month)
                };
                // A month that is too short has its last day in place of a later one, so that the point lies in it or beside it.
                let steps = (months(from) - months(self.first)).div_euclid(i64::from(step));
                let later = |steps: i64| {
                    let months = u32::try_from(steps).ok()?.checked_mul(step)?;
                    DateTime::<Utc>::from(self.first).checked_add_months(Months::new(months))
                };
                (steps..=steps + 1).filter_map(later).any(|point| is_in(point.timestamp()))
            }
        }
    }
}

impl DateStep {
    /// So many of a unit.
    fn of(count: i64, unit: TimeUnit) -> Option<Self> {
        match unit {
            TimeUnit::Months(months) => Some(Self::Months(u32::try_from(count).ok()?.checked_mul(months)?)),
            TimeUnit::Seconds(seconds) => Some(Self::Seconds(count.checked_mul(seconds)?)),
            TimeUnit::Milliseconds => Some(Self::Seconds(count / 1_000 + i64::from(count % 1_000 != 0))),
        }
    }
}

/// A unit of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TimeUnit {
    Months(u32),
    Seconds(i64),
    Milliseconds,
}

impl TimeUnit {
    /// Reads its name, as one or as several.
    fn parse(name: &str) -> Option<Self> {
        let name = name.trim().to_ascii_uppercase();
        Some(match name.strip_suffix('S').unwrap_or(&name) {
            "YEAR" => Self::Months(12),
            "MONTH" => Self::Months(1),
            "WEEK" => Self::Seconds(7 * 86_400),
            "DAY" => Self::Seconds(86_400),
            "HOUR" => Self::Seconds(3_600),
            "MINUTE" => Self::Seconds(60),
            "SECOND" => Self::Seconds(1),
            "MILLISECOND" => Self::Milliseconds,
            _ => return None,
        })
    }
}

impl DateText {
    /// A day, as it is written.
    #[must_use]
    pub fn write(&self, day: Day) -> String {
        match self {
            Self::Day(format) => format.write(day, "00"),
            Self::Year => day.civil().0.to_string(),
        }
    }

    /// Whether it tells the hour.
    #[must_use]
    pub fn has_hours(&self) -> bool {
        matches!(self, Self::Day(format) if format.has_hours())
    }

    /// How far a date is from the next where no property says.
    fn unit(&self) -> TimeUnit {
        match self {
            Self::Day(_) if self.has_hours() => TimeUnit::Seconds(3_600),
            Self::Day(_) => TimeUnit::Seconds(86_400),
            Self::Year => TimeUnit::Months(12),
        }
    }

    /// An end of a range: a date, or a time before or after now. It is as exact as what is written.
    fn range_end(&self, text: &str, now: Timestamp) -> Option<Timestamp> {
        let text = text.trim();
        if let Some(from_now) = text.strip_prefix("NOW") {
            let point = moved(from_now.trim(), now)?;
            return match self {
                Self::Day(_) if self.has_hours() => Some(point.hour()),
                Self::Day(_) => Some(point.day().start()),
                Self::Year => start_of_year(point.day().civil().0),
            };
        }
        match self {
            Self::Day(format) => format.start(text),
            Self::Year => start_of_year(text.parse().ok()?),
        }
    }
}

fn start_of_year(year: i16) -> Option<Timestamp> {
    Day::from_civil(year, 1, 1).map(Day::start)
}

/// A time so long before or after another: `-3YEARS`, `+ 1 DAY`.
fn moved(text: &str, now: Timestamp) -> Option<Timestamp> {
    let Some(sign) = text.chars().next() else { return Some(now) };
    let rest = text.strip_prefix(['+', '-'])?.trim_start();
    let digits = rest.find(|sign: char| !sign.is_ascii_digit())?;
    let count: u32 = rest[..digits].parse().ok()?;
    match TimeUnit::parse(&rest[digits..])? {
        TimeUnit::Months(months) => {
            let (now, months) = (DateTime::<Utc>::from(now), Months::new(count.checked_mul(months)?));
            let moved = if sign == '-' { now.checked_sub_months(months) } else { now.checked_add_months(months) };
            Timestamp::try_from(moved?).ok()
        }
        TimeUnit::Seconds(seconds) => {
            let seconds = i64::from(count).checked_mul(seconds)?;
            Timestamp::from_seconds(now.seconds() + if sign == '-' { -seconds } else { seconds })
        }
        TimeUnit::Milliseconds => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-11-30T07:30:00Z";

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).unwrap()
    }

    /// The values of the column `c`, whose properties these are.
    fn values(properties: &[(&str, &str)], format: &str) -> Result<Option<ProjectedValues>, UnknownProjection> {
        let mut shape = TableShape::default();
        shape.properties.insert("projection.enabled".to_owned(), "TRUE".to_owned());
        for (name, value) in properties {
            shape.properties.insert(format!("projection.c.{name}"), (*value).to_owned());
        }
        let format = if format == "yyyy" { DateText::Year } else { DateText::Day(DayFormat::parse(format).unwrap()) };
        ProjectedValues::of(&shape, "c", Some(&format), at(NOW))
    }

    /// The days around, or the hours of the last one, that dates have, as the letters after `-`: one of each.
    fn dates(format: &str, range: &str, interval: &str, unit: &str) -> ProjectedDates {
        let mut properties = vec![("type", " Date "), ("range", range)];
        properties
            .extend([("interval", interval), ("interval.unit", unit)].iter().filter(|(_, value)| !value.is_empty()));
        match values(&properties, format) {
            Ok(Some(ProjectedValues::Dates(dates))) => dates,
            other => panic!("{range}: {other:?}"),
        }
    }

    #[test]
    fn ranges_of_dates_end_where_they_say() {
        let check = |format: &str, range: &str, first: &str, last: &str| {
            let found = dates(format, range, "", "");
            assert_eq!((found.first, found.last), (at(first), at(last)), "{range}");
        };
        let today = "2026-11-30T00:00:00Z";
        check("yyyy/MM/dd", "2020/01/01,NOW", "2020-01-01T00:00:00Z", today);
        check("yyyyMMdd", "20200101,20261231", "2020-01-01T00:00:00Z", "2026-12-31T00:00:00Z");
        check("yyyy-MM-dd", "NOW-3YEARS, NOW + 1 DAY ", "2023-11-30T00:00:00Z", "2026-12-01T00:00:00Z");
        check("yyyy-MM-dd", "NOW-9MONTHS,NOW-1WEEK", "2026-02-28T00:00:00Z", "2026-11-23T00:00:00Z");
        check("yyyy/MM/dd/HH", "2021/01/01/05,NOW-90MINUTES", "2021-01-01T05:00:00Z", "2026-11-30T06:00:00Z");
        check("'d='yyyy-MM-dd", "d=2021-01-01,NOW", "2021-01-01T00:00:00Z", today);
        check("yyyy", "2020,NOW", "2020-01-01T00:00:00Z", "2026-01-01T00:00:00Z");
    }

    #[test]
    fn a_day_is_there_where_a_step_leads_to_it() {
        let check = |format: &str, range: &str, interval: &str, unit: &str, expected: &str| {
            let found = dates(format, range, interval, unit);
            let days = Day::parse("2026-10-30").unwrap().through(Day::parse("2026-11-08").unwrap());
            let shown: String = days.map(|day| if found.has(day.start(), day.end()) { 'x' } else { '-' }).collect();
            assert_eq!(shown, expected, "{range} {interval} {unit}");
        };
        check("yyyy/MM/dd", "2020/01/01,NOW", "", "", "xxxxxxxxxx");
        check("yyyy/MM/dd", "2026/11/02,2026/11/05", "", "", "---xxxx---");
        check("yyyy/MM/dd", "2026/10/30,NOW", "2", "days", "x-x-x-x-x-");
        check("yyyy/MM/dd", "2026/10/25,NOW", "1", "WEEKS", "--x------x");
        check("yyyy/MM/dd", "2020/01/31,NOW", "1", "MONTHS", "-x--------");
        check("yyyy/MM/dd", "2020/11/05,NOW", "1", "YEARS", "------x---");
        check("yyyy/MM/dd/HH", "2026/11/01/23,NOW", "1", "HOURS", "--xxxxxxxx");
        check("yyyy/MM/dd/HH", "2026/11/01/23,2026/11/05/00", "500", "MILLISECONDS", "--xxxxx---");
    }

    #[test]
    fn values_are_numbers_or_words() {
        let check = |properties: &[(&str, &str)], value: &str, expected: bool| {
            let found = values(properties, "yyyy").unwrap().unwrap();
            assert_eq!(found.has_text(value), expected, "{properties:?} {value}");
        };
        let regions = [("type", "enum"), ("values", "eu-west-1,us-east-1, x")];
        for (region, is_there) in [("eu-west-1", true), ("us-east-1", true), ("eu-west-2", false), ("x", false)] {
            check(&regions, region, is_there);
        }
        let numbers = [("type", "integer"), ("range", "0001, 12"), ("digits", "2"), ("interval", "1")];
        for (number, is_there) in [("01", true), ("12", true), ("13", false), ("00", false), ("1", false), ("x", false)]
        {
            check(&numbers, number, is_there);
        }
        check(&[("type", "integer"), ("range", "-5,10"), ("interval", "5")], "5", true);
        check(&[("type", "integer"), ("range", "-5,10"), ("interval", "5")], "6", false);
        check(&[("type", "injected")], "anything", true);
        let months = values(&[("type", "enum"), ("values", "01,02")], "yyyy").unwrap().unwrap();
        assert!(months.has_number(2) && !months.has_number(3));
        let years = values(&[("type", "date"), ("range", "2024,NOW")], "yyyy").unwrap().unwrap();
        assert_eq!(
            [2023, 2024, 2026, 2027, i64::MAX].map(|year| years.has_number(year)),
            [false, true, true, false, false]
        );
    }

    #[test]
    fn what_is_not_understood_is_named() {
        let check = |properties: &[(&str, &str)], expected: &str| {
            let error = values(properties, "yyyy/MM/dd").unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        };
        for range in
            ["", "2020/01/01", "01/01/2020,NOW", "NOW,LATER", "NOW-1,NOW", "NOW-99999999999DAYS,NOW", "NOW - YEARS,NOW"]
        {
            check(&[("type", "date"), ("range", range)], &format!("projection.c.range ({range}) is not understood"));
        }
        check(&[("type", "integer"), ("range", "1-5")], "projection.c.range (1-5)");
        check(&[("type", "integer"), ("range", "1,5"), ("interval", "0")], "projection.c.interval (0)");
        check(
            &[("type", "date"), ("range", "NOW,NOW"), ("interval.unit", "EONS")],
            "projection.c.interval.unit (EONS)",
        );
        check(&[("type", "guess")], "projection.c.type (guess)");
        assert_eq!(values(&[], "yyyy/MM/dd"), Ok(None));
        assert_eq!(values(&[("type", "date")], "yyyy/MM/dd"), Ok(None));
    }
}
