//! Conditions on the columns that tell the day of a partition, written so that Athena leaves all other partitions out: plain
//! comparisons of a column with values, as <https://docs.aws.amazon.com/athena/latest/ug/partition-projection.html> has them.

use std::collections::BTreeMap;
use std::fmt;

use super::quote::{name, text, texts};
use crate::domain::timestamp::{Day, Timestamp};

/// Days, the first and the last one inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayRange {
    /// The first day.
    pub first: Day,
    /// The last day.
    pub last: Day,
}

/// How a day is written in a text, in the letters of Java, which `projection.COLUMN.format` has. Days that are written like
/// that have the order of their texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayFormat(Box<str>);

/// Why a format is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("format '{0}' is not read; it has yyyy, MM and dd in this order, perhaps HH behind them, and signs between")]
pub struct NoDayFormat(String);

/// What tells the day of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DayColumns {
    /// A partition column with the day as a text.
    Text(Box<str>, DayFormat),
    /// A partition column of the type `date`.
    Date(Box<str>),
    /// Three partition columns.
    Parts {
        /// The year.
        year: PartColumn,
        /// The month.
        month: PartColumn,
        /// The day of the month.
        day: PartColumn,
    },
    /// None: the time of the event tells, and Athena reads the whole table.
    EventTime {
        /// Its column.
        column: Box<str>,
        /// Whether that is text.
        is_text: bool,
    },
}

/// A partition column with a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartColumn {
    /// Its name.
    pub name: Box<str>,
    /// Whether it is text, with a zero in front of small numbers or without.
    pub is_text: bool,
}

impl DayFormat {
    /// Reads a format.
    pub fn parse(format: &str) -> Result<Self, NoDayFormat> {
        let wrong = || NoDayFormat(format.to_owned());
        let mut rest = format;
        for part in ["yyyy", "MM", "dd", "HH"] {
            match rest.split_once(part) {
                Some((between, behind)) if is_sign(between) => rest = behind,
                None if part == "HH" => {}
                _ => return Err(wrong()),
            }
        }
        if is_sign(rest) { Ok(Self(format.into())) } else { Err(wrong()) }
    }

    /// Whether it tells the hour.
    #[must_use]
    pub fn has_hours(&self) -> bool {
        self.0.contains("HH")
    }

    /// The first second of the day, or of the hour, that a text tells.
    #[must_use]
    pub fn start(&self, written: &str) -> Option<Timestamp> {
        let day = self.read(written)?.start();
        let Some(at) = self.0.replace('\'', "").find("HH") else { return Some(day) };
        let hour: i64 = written.get(at..at + 2)?.parse().ok().filter(|hour| (0..24).contains(hour))?;
        Timestamp::from_seconds(day.seconds() + hour * 3_600)
    }

    /// A day as a text, with that hour if it has hours.
    pub(super) fn write(&self, day: Day, hour: &str) -> String {
        let (year, month, of_month) = day.civil();
        let text = self.0.replace("yyyy", &format!("{year:04}")).replace("MM", &format!("{month:02}"));
        text.replace("dd", &format!("{of_month:02}")).replace("HH", hour).replace('\'', "")
    }

    /// The day that a text tells.
    fn read(&self, written: &str) -> Option<Day> {
        let plain = self.0.replace('\'', "");
        let part = |letters: &str| plain.find(letters).and_then(|at| written.get(at..at + letters.len()));
        Day::parse(&format!("{}-{}-{}", part("yyyy")?, part("MM")?, part("dd")?))
    }
}

/// Signs between the parts, or a word in single quotes.
fn is_sign(between: &str) -> bool {
    between.chars().all(|sign| "/-_.='".contains(sign)) || (between.matches('\'').count() == 2 && between.is_ascii())
}

impl fmt::Display for DayFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How many columns [`DayColumns::selected`] gives at the most.
pub const MOST_CELLS: usize = 3;

impl DayColumns {
    /// Whether Athena reads only the partitions of the days that are asked for.
    #[must_use]
    pub fn prunes(&self) -> bool {
        !matches!(self, Self::EventTime { .. })
    }

    /// What is selected to tell the day, with the name of each.
    #[must_use]
    pub fn selected(&self) -> Vec<(String, &'static str)> {
        match self {
            Self::Text(column, _) => vec![(name(column), "tfctrail_day")],
            Self::Date(column) => vec![(format!("CAST({} AS varchar)", name(column)), "tfctrail_day")],
            Self::Parts { year, month, day } => vec![
                (name(&year.name), "tfctrail_year"),
                (name(&month.name), "tfctrail_month"),
                (name(&day.name), "tfctrail_day"),
            ],
            Self::EventTime { column, is_text: true } => {
                vec![(format!("substr({}, 1, 10)", name(column)), "tfctrail_day")]
            }
            Self::EventTime { column, is_text: false } => {
                vec![(format!("CAST(CAST({} AS date) AS varchar)", name(column)), "tfctrail_day")]
            }
        }
    }

    /// The day of a row, whose cells of [`Self::selected`] these are.
    #[must_use]
    pub fn read(&self, cells: &[Option<&str>]) -> Option<Day> {
        match (self, cells) {
            (Self::Text(_, format), [Some(cell)]) => format.read(cell),
            (Self::Date(_) | Self::EventTime { .. }, [Some(cell)]) => Day::parse(cell.get(..10)?),
            (Self::Parts { .. }, [Some(year), Some(month), Some(day)]) => {
                Day::from_civil(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
            }
            _ => None,
        }
    }

    /// The condition that a row is of one of these days.
    #[must_use]
    pub fn condition(&self, days: &[DayRange]) -> String {
        let conditions: Vec<String> = match self {
            Self::Parts { year, month, day } => days.iter().flat_map(|range| parts(year, month, day, *range)).collect(),
            _ => days.iter().map(|range| self.between(*range)).collect(),
        };
        either(&conditions)
    }

    fn between(&self, DayRange { first, last }: DayRange) -> String {
        match self {
            Self::Text(column, format) => {
                let (first, last) = (format.write(first, "00"), format.write(last, "23"));
                format!("{} BETWEEN {} AND {}", name(column), text(&first), text(&last))
            }
            // A time zone moves an event by less than a day. What has no date at all comes too, so that it is named.
            Self::EventTime { column, is_text: true } => {
                let (column, first, after) = (name(column), first.plus(-1), last.plus(2));
                format!(
                    "({column} >= '{first}' AND {column} < '{after}' OR {column} IS NULL OR {column} NOT LIKE '____-__-__%')"
                )
            }
            Self::EventTime { column, .. } => {
                let (column, first, after) = (name(column), first.plus(-1), last.plus(2));
                format!(
                    "({column} >= TIMESTAMP '{first} 00:00:00' AND {column} < TIMESTAMP '{after} 00:00:00' OR {column} IS NULL)"
                )
            }
            Self::Date(column) | Self::Parts { day: PartColumn { name: column, .. }, .. } => {
                format!("{} BETWEEN DATE '{first}' AND DATE '{last}'", name(column))
            }
        }
    }
}

/// Any of some conditions.
fn either(conditions: &[String]) -> String {
    match conditions {
        [one] => one.clone(),
        several => format!("({})", several.join(" OR ")),
    }
}

/// Conditions on year, month and day: whole years, whole months of a year, and days of a month.
fn parts(year: &PartColumn, month: &PartColumn, day: &PartColumn, range: DayRange) -> Vec<String> {
    let mut months: BTreeMap<(i16, i8), Vec<i8>> = BTreeMap::new();
    for (of_year, of_month, of_day) in range.first.through(range.last).map(Day::civil) {
        months.entry((of_year, of_month)).or_default().push(of_day);
    }
    let is_whole = |(of_year, of_month): (i16, i8), days: &[i8]| {
        let next = if of_month == 12 { (of_year + 1, 1) } else { (of_year, of_month + 1) };
        let last = Day::from_civil(next.0, next.1, 1).map(|first| first.plus(-1).civil().2);
        days.first() == Some(&1) && days.last().copied() == last
    };
    let mut conditions = Vec::new();
    let mut whole: BTreeMap<i16, Vec<i8>> = BTreeMap::new();
    for (of, days) in &months {
        if is_whole(*of, days) {
            whole.entry(of.0).or_default().push(of.1);
            continue;
        }
        let days = days.iter().map(|day| i32::from(*day));
        let of_month = month.is_in([i32::from(of.1)]);
        conditions.push(format!("({} AND {of_month} AND {})", year.is_in([i32::from(of.0)]), day.is_in(days)));
    }
    let (years, rest): (Vec<_>, Vec<_>) = whole.into_iter().partition(|(_, months)| months.len() == 12);
    for (of_year, months) in rest {
        let months = months.iter().map(|month| i32::from(*month));
        conditions.push(format!("({} AND {})", year.is_in([i32::from(of_year)]), month.is_in(months)));
    }
    if !years.is_empty() {
        conditions.push(year.is_in(years.iter().map(|(year, _)| i32::from(*year))));
    }
    conditions
}

impl PartColumn {
    /// That it is one of some numbers, however a text writes them.
    fn is_in(&self, numbers: impl IntoIterator<Item = i32>) -> String {
        let numbers: Vec<i32> = numbers.into_iter().collect();
        if !self.is_text {
            let numbers: Vec<String> = numbers.iter().map(i32::to_string).collect();
            return format!("{} IN ({})", name(&self.name), numbers.join(", "));
        }
        let short = numbers.iter().filter(|number| **number < 10).map(i32::to_string);
        let numbers: Vec<String> = numbers.iter().map(|number| format!("{number:02}")).chain(short).collect();
        format!("{} IN {}", name(&self.name), texts(numbers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    fn range(first: &str, last: &str) -> DayRange {
        DayRange { first: day(first), last: day(last) }
    }

    fn part(name: &str, is_text: bool) -> PartColumn {
        PartColumn { name: name.into(), is_text }
    }

    #[test]
    fn days_are_written_and_read() {
        let check = |format: &str, written: &str| {
            let format = DayFormat::parse(format).unwrap();
            assert_eq!(format.write(day("2026-03-07"), "05"), written, "{format}");
            assert_eq!(format.read(written), Some(day("2026-03-07")), "{format}");
        };
        check("yyyy/MM/dd", "2026/03/07");
        check("yyyyMMdd", "20260307");
        check("yyyy-MM-dd-HH", "2026-03-07-05");
        check("'year='yyyy'/month='MM'/day='dd", "year=2026/month=03/day=07");
        for format in ["", "dd/MM/yyyy", "yyyy/MM", "yyyy/MM/dd HH:mm", "yyyy/MM/dd'; DROP"] {
            assert!(DayFormat::parse(format).is_err(), "{format}");
        }
        assert_eq!(DayFormat::parse("yyyy/MM/dd").unwrap().read("2026/3/7"), None);
    }

    #[test]
    fn one_column_is_compared() {
        let days = [range("2026-11-01", "2026-11-09"), range("2026-12-01", "2026-12-01")];
        let text = DayColumns::Text("timestamp".into(), DayFormat::parse("yyyy/MM/dd").unwrap());
        assert_eq!(text.condition(&days[..1]), r#""timestamp" BETWEEN '2026/11/01' AND '2026/11/09'"#);
        assert_eq!(
            DayColumns::Date("dt".into()).condition(&days),
            r#"("dt" BETWEEN DATE '2026-11-01' AND DATE '2026-11-09' OR "dt" BETWEEN DATE '2026-12-01' AND DATE '2026-12-01')"#
        );
        assert_eq!(text.read(&[Some("2026/11/05")]), Some(day("2026-11-05")));
        assert_eq!(text.read(&[None]), None);
    }

    #[test]
    fn parts_are_listed_month_by_month() {
        let check = |is_text: bool, first: &str, last: &str, expected: &str| {
            let parts = DayColumns::Parts {
                year: part("year", is_text),
                month: part("month", is_text),
                day: part("day", is_text),
            };
            assert_eq!(parts.condition(&[range(first, last)]), expected);
        };
        check(false, "2026-11-01", "2026-11-03", r#"("year" IN (2026) AND "month" IN (11) AND "day" IN (1, 2, 3))"#);
        check(
            true,
            "2026-01-31",
            "2026-03-01",
            "((\"year\" IN ('2026') AND \"month\" IN ('01', '1') AND \"day\" IN ('31')) \
             OR (\"year\" IN ('2026') AND \"month\" IN ('03', '3') AND \"day\" IN ('01', '1')) \
             OR (\"year\" IN ('2026') AND \"month\" IN ('02', '2')))",
        );
        check(false, "2024-01-01", "2025-12-31", r#""year" IN (2024, 2025)"#);
        let parts = DayColumns::Parts { year: part("y", true), month: part("m", true), day: part("d", true) };
        assert_eq!(parts.read(&[Some("2026"), Some("1"), Some("09")]), Some(day("2026-01-09")));
    }

    #[test]
    fn every_day_of_a_range_is_in_its_condition() {
        // What the condition says, worked out by hand for each day of two years.
        let parts = |range| parts(&part("year", false), &part("month", false), &part("day", false), range);
        let holds = |condition: &str, day: Day| {
            let (year, month, of_month) = day.civil();
            let listed = |column: &str, value: i32| {
                let list =
                    condition.split_once(&format!("\"{column}\" IN (")).and_then(|(_, rest)| rest.split_once(')'));
                list.is_none_or(|(list, _)| list.split(", ").any(|one| one == value.to_string()))
            };
            listed("year", year.into()) && listed("month", month.into()) && listed("day", of_month.into())
        };
        for (first, last) in [("2024-02-28", "2024-03-01"), ("2024-01-01", "2025-12-30"), ("2024-12-31", "2025-02-28")]
        {
            let range = range(first, last);
            let conditions = parts(range);
            for day in day("2023-12-01").through(day("2026-01-31")) {
                let is_inside = range.first <= day && day <= range.last;
                assert_eq!(conditions.iter().filter(|one| holds(one, day)).count(), usize::from(is_inside), "{day}");
            }
        }
    }
}
