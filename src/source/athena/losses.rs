//! What a table whose partitions are projected cannot give of what is asked for: days, accounts and regions that its properties
//! leave out. Athena gives no row of them, and no word.

use std::collections::BTreeSet;

use super::days::{DayColumns, DayFormat, DayRange};
use super::layout::{REGIONS, TableLayout};
use super::lost_days::{LostDays, clipped, remedy};
use super::projection::{DateText, ProjectedValues, UnknownProjection};
use super::shape::TableShape;
use super::table::AthenaTable;
use crate::domain::timestamp::{Day, Timestamp};
use crate::source::known::DaySet;

/// So many values are named in a sentence.
const NAMED: usize = 3;

/// How partitions by an hour of the day are called.
const HOURS: [&str; 2] = ["hour", "hh"];

/// What is asked of the partitions of a table.
#[derive(Debug, Clone, Copy)]
pub struct AskedPartitions<'a> {
    /// The days.
    pub days: &'a [DayRange],
    /// Whether somebody named the first of them. Else nothing is missing before the first one that there is.
    pub has_start: bool,
    /// The only accounts that are wanted; none where all are.
    pub accounts: Option<&'a BTreeSet<String>>,
    /// The only regions.
    pub regions: Option<&'a BTreeSet<String>>,
    /// The time. Nothing happened on days to come.
    pub now: Timestamp,
}

/// What a table cannot give.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProjectionLosses {
    /// Days, by the column whose properties leave them out.
    pub days: Vec<LostDays>,
    /// What else is missing, or may be: a sentence each.
    pub others: Vec<String>,
    /// What is not asked for by name, so that nobody knows whether it is missing: a sentence each.
    pub narrowed: Vec<String>,
}

impl ProjectionLosses {
    /// What a table lacks of what is asked for.
    #[must_use]
    pub fn of(table: &AthenaTable, shape: &TableShape, layout: &TableLayout, asked: &AskedPartitions<'_>) -> Self {
        let mut losses = Self::default();
        for column in day_columns(&layout.day) {
            match column.lost(table, shape, asked) {
                Ok(lost) => losses.days.extend(lost),
                Err(unknown) => losses.others.push(unknown.to_string()),
            }
        }
        let known = |name: &str, names: &[&str]| names.iter().any(|known| name.eq_ignore_ascii_case(known));
        let of_day: Vec<&str> = day_columns(&layout.day).into_iter().map(|column| column.name).collect();
        for column in shape.partitions.iter().map(|column| &*column.name).filter(|name| !of_day.contains(name)) {
            let filter = if layout.account.as_deref() == Some(column) {
                asked.accounts
            } else if known(column, &REGIONS) {
                asked.regions
            } else {
                None
            };
            let only = table.options.only.iter().find(|(name, _)| name.eq_ignore_ascii_case(column));
            let mut wanted: BTreeSet<&str> = filter.into_iter().flatten().map(String::as_str).collect();
            wanted.extend(only.into_iter().flat_map(|(_, values)| values.iter().map(|value| &**value)));
            // Whoever projects a date of another kind says nothing of what is asked for.
            let Ok(Some(values)) = ProjectedValues::of(shape, column, None, asked.now) else { continue };
            if known(column, &HOURS) {
                let hours: Vec<String> =
                    (0..24).filter(|hour| !values.has_number(*hour)).map(|it| it.to_string()).collect();
                losses.others.extend(missing(shape, column, "hours", &hours));
            } else if wanted.is_empty() {
                losses.narrowed.extend(narrowed(shape, column, &values));
            } else {
                let lost: Vec<&str> = wanted.into_iter().filter(|value| !values.has_text(value)).collect();
                losses.others.extend(missing(shape, column, "values", &lost));
            }
        }
        losses
    }

    /// Whether rows of a day are missing.
    #[must_use]
    pub fn lack(&self, day: Day) -> bool {
        self.days.iter().any(|lost| lost.days.contains(day))
    }

    /// What to say of a day, if somebody asked for it and rows of it are missing.
    #[must_use]
    pub fn of_day(&self, day: Day) -> Option<String> {
        let lost: Vec<String> = self
            .days
            .iter()
            .filter(|lost| lost.asked.contains(day))
            .map(|lost| lost.sentence(&day.to_string()))
            .collect();
        (!lost.is_empty()).then(|| lost.join("; "))
    }

    /// What to say of all days by the folders that they would have, `2026/11/02/`, or those of whole months and years.
    pub fn by_folder(&self) -> impl Iterator<Item = (String, String)> {
        self.days.iter().flat_map(LostDays::by_folder)
    }

    /// What to say of all days, a sentence for each column.
    pub fn of_all_days(&self) -> impl Iterator<Item = String> {
        self.days.iter().filter_map(LostDays::of_all)
    }

    /// Everything that is missing, a sentence each.
    pub fn all(&self) -> impl Iterator<Item = String> {
        self.of_all_days().chain(self.others.iter().cloned())
    }
}

/// The first values of some, and how many there are besides.
fn listed<T: AsRef<str>>(values: &[T]) -> String {
    let named: Vec<&str> = values.iter().take(NAMED).map(AsRef::as_ref).collect();
    let more = values.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", named.join(", "))
}

/// What values of a column are missing.
fn missing<T: AsRef<str>>(shape: &TableShape, column: &str, what: &str, lost: &[T]) -> Option<String> {
    let name = property(shape, column);
    let lost = (!lost.is_empty()).then(|| listed(lost))?;
    Some(format!("its property {name} leaves out the {what} {lost}, whose events are missing: let it have them"))
}

/// What may be missing where nobody named the values of a column.
fn narrowed(shape: &TableShape, column: &str, values: &ProjectedValues) -> Option<String> {
    let name = property(shape, column);
    match values {
        ProjectedValues::Listed(values) => {
            let values: Vec<&String> = values.iter().collect();
            Some(format!("its property {name} has {}, and nothing else is read", listed(&values)))
        }
        ProjectedValues::Numbers { first, last, .. } => {
            Some(format!("its property {name} has {first} to {last}, and nothing else is read"))
        }
        ProjectedValues::Dates(_) | ProjectedValues::Named => None,
    }
}

/// The property that tells the values of a column.
fn property(shape: &TableShape, column: &str) -> String {
    let which = if shape.is_projected_as(column, "enum") { "values" } else { "range" };
    format!("projection.{column}.{which}")
}

/// A column that tells the day, or a part of it.
struct DayColumn<'a> {
    name: &'a str,
    part: DayPart<'a>,
}

enum DayPart<'a> {
    Text(Option<&'a DayFormat>),
    Year,
    Month,
    OfMonth,
}

fn day_columns(day: &DayColumns) -> Vec<DayColumn<'_>> {
    match day {
        DayColumns::Text(name, format) => vec![DayColumn { name, part: DayPart::Text(Some(format)) }],
        DayColumns::Date(name) => vec![DayColumn { name, part: DayPart::Text(None) }],
        DayColumns::Parts { year, month, day } => vec![
            DayColumn { name: &year.name, part: DayPart::Year },
            DayColumn { name: &month.name, part: DayPart::Month },
            DayColumn { name: &day.name, part: DayPart::OfMonth },
        ],
        DayColumns::EventTime { .. } => Vec::new(),
    }
}

impl DayColumn<'_> {
    /// The days that its properties leave out.
    fn lost(
        &self,
        table: &AthenaTable,
        shape: &TableShape,
        asked: &AskedPartitions<'_>,
    ) -> Result<Option<LostDays>, UnknownProjection> {
        let written = match &self.part {
            DayPart::Text(format) => {
                let projected = shape.projection(self.name, "format").and_then(|format| DayFormat::parse(format).ok());
                // A column of the type `date` needs none.
                projected
                    .or_else(|| (*format).cloned().or_else(|| DayFormat::parse("yyyy-MM-dd").ok()))
                    .map(DateText::Day)
            }
            DayPart::Year => Some(DateText::Year),
            DayPart::Month | DayPart::OfMonth => None,
        };
        let Some(values) = ProjectedValues::of(shape, self.name, written.as_ref(), asked.now)? else { return Ok(None) };
        let (mut days, mut named, mut has_any) = (DaySet::default(), DaySet::default(), false);
        let today = asked.now.day();
        for day in asked.days.iter().flat_map(|range| range.first.through(range.last.min(today))) {
            if self.is_given(day, &values, written.as_ref(), asked.now) {
                has_any = true;
                continue;
            }
            days.add(day, day);
            if asked.has_start || has_any {
                named.add(day, day);
            }
        }
        if days.stretches().next().is_none() {
            return Ok(None);
        }
        let name = property(shape, self.name);
        let value = shape.property(&name).unwrap_or_default();
        let remedy = match (&values, &written) {
            (ProjectedValues::Dates(dates), Some(format)) => remedy(table, self.name, value, *dates, format, &named),
            _ => "let it have them".to_owned(),
        };
        Ok(Some(LostDays { days, asked: named, property: format!("{name} ({})", clipped(value)), remedy }))
    }

    /// Whether there are partitions of a day, and of each of its hours where they tell it.
    fn is_given(&self, day: Day, values: &ProjectedValues, written: Option<&DateText>, now: Timestamp) -> bool {
        let (year, month, of_month) = day.civil();
        let format = match (&self.part, written) {
            (DayPart::Text(_), Some(DateText::Day(format))) => format,
            (DayPart::Month, _) => return values.has_number(month.into()),
            (DayPart::OfMonth, _) => return values.has_number(of_month.into()),
            _ => return values.has_number(year.into()),
        };
        let hours = if format.has_hours() { 24 } else { 1 };
        (0..hours).all(|hour| {
            let (from, hour_text) = (day.start().seconds() + hour * 3_600, format!("{hour:02}"));
            let to = if hours == 1 { day.end().seconds() } else { from + 3_600 };
            match (values, Timestamp::from_seconds(from), Timestamp::from_seconds(to)) {
                // No hour to come has anything.
                (ProjectedValues::Dates(dates), Some(from), Some(to)) => dates.has(from, to) || from > now,
                _ => values.has_text(&format.write(day, &hour_text)),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::athena::lost_days::shown;
    use crate::source::athena::shape::TableColumn;

    /// What a table with these partitions and properties, `name:type` and `name=value`, says of a window.
    fn losses(partitions: &[&str], options: &str, days: (&str, &str), filters: (&str, &str)) -> ProjectionLosses {
        let mut shape = TableShape::default();
        shape.properties.insert("projection.enabled".to_owned(), "true".to_owned());
        for said in partitions {
            if let Some((name, value)) = said.split_once('=') {
                shape.properties.insert(format!("projection.{name}"), value.to_owned());
            } else {
                let (name, kind) = said.split_once(':').unwrap();
                shape.partitions.push(TableColumn::new(name, kind));
            }
        }
        let table = AthenaTable::parse(&format!("security.trail{options}")).unwrap();
        let layout = TableLayout::of(&shape, &table.options, &TableColumn::new("eventtime", "string")).unwrap();
        let set = |list: &str| -> BTreeSet<String> { list.split_whitespace().map(str::to_owned).collect() };
        let (accounts, regions) = (set(filters.0), set(filters.1));
        let (has_start, first) = days.0.strip_prefix('*').map_or((true, days.0), |first| (false, first));
        let asked = AskedPartitions {
            days: &[DayRange { first: Day::parse(first).unwrap(), last: Day::parse(days.1).unwrap() }],
            has_start,
            accounts: Some(&accounts),
            regions: Some(&regions),
            now: Timestamp::parse_rfc3339("2026-11-30T07:30:00Z").unwrap(),
        };
        ProjectionLosses::of(&table, &shape, &layout, &asked)
    }

    fn all(partitions: &[&str], options: &str, days: (&str, &str), filters: (&str, &str)) -> String {
        losses(partitions, options, days, filters).all().collect::<Vec<_>>().join("\n")
    }

    const DATE: [&str; 3] = ["dt:string", "dt.type=date", "dt.format=yyyy/MM/dd"];

    #[test]
    fn days_that_a_range_leaves_out_are_named() {
        let check = |range: &str, days: (&str, &str), expected: &str| {
            let range = format!("dt.range={range}");
            let found = all(&[&DATE[..], &[&range]].concat(), "", days, ("", ""));
            assert_eq!(found.split(", ALTER").next().unwrap_or_default(), expected, "{range} {days:?}");
        };
        check("2020/01/01,NOW", ("2026-11-01", "2026-11-30"), "");
        // Nothing is in the folders of days to come.
        check("2020/01/01,NOW", ("2026-11-01", "2026-12-30"), "");
        check(
            "2026/11/03,NOW",
            ("2026-11-01", "2026-11-09"),
            "its property projection.dt.range (2026/11/03,NOW) leaves out 2026-11-01 to 2026-11-02, whose events are missing: \
             widen it",
        );
        check(
            "2020/01/01,2026/11/08",
            ("2026-11-01", "2026-11-09"),
            "its property projection.dt.range (2020/01/01,2026/11/08) leaves out 2026-11-09, whose events are missing: widen it",
        );
        check("2020/01/01,NOW-1DAY", ("2026-11-01", "2026-11-29"), "");
        check(
            "2020/01/01,NOW-1DAY",
            ("2026-11-01", "2026-11-30"),
            "its property projection.dt.range (2020/01/01,NOW-1DAY) leaves out 2026-11-30, whose events are missing: widen it",
        );
        // Nobody asked for a first day.
        check("2026/11/03,NOW", ("*2013-11-13", "2026-11-30"), "");
        check(
            "2026/11/03,x",
            ("2026-11-01", "2026-11-30"),
            "its property projection.dt.range (2026/11/03,x) is not \
             understood, so that days may be missing",
        );
    }

    #[test]
    fn days_are_told_by_folder() {
        let found =
            losses(&[&DATE[..], &["dt.range=2026/10/01,NOW"]].concat(), "", ("2026-09-01", "2026-11-01"), ("", ""));
        let [(folder, sentence)] = &found.by_folder().collect::<Vec<_>>()[..] else { panic!("{found:?}") };
        assert_eq!(folder, "2026/09/");
        assert!(sentence.contains(" leaves out 2026-09, whose events are missing"), "{sentence}");
    }

    #[test]
    fn what_to_do_is_a_statement() {
        let check = |properties: &[&str], days: (&str, &str), expected: &str| {
            let found = all(&[&DATE[..], properties].concat(), "", days, ("", ""));
            let statement = format!("ALTER TABLE security.trail SET TBLPROPERTIES ({expected})");
            assert!(found.ends_with(&statement), "{found}");
        };
        let window = ("2026-11-01", "2026-11-09");
        check(&["dt.range=2026/11/03,2027/01/01"], window, "'projection.dt.range' = '2026/11/01,2027/01/01'");
        check(&["dt.range=2026/11/03,2026/11/08"], window, "'projection.dt.range' = '2026/11/01,NOW'");
        check(&["dt.range=2020/01/01,2026/11/08"], window, "'projection.dt.range' = '2020/01/01,NOW'");
        check(
            &["dt.range=2020/01/01,NOW", "dt.interval=1", "dt.interval.unit=WEEKS"],
            window,
            "'projection.dt.interval' = '1', 'projection.dt.interval.unit' = 'DAYS'",
        );
    }

    #[test]
    fn hours_make_a_day_whole() {
        let hours = ["dt:string", "dt.type=date", "dt.format=yyyy-MM-dd-HH", "dt.interval=1", "dt.interval.unit=HOURS"];
        let check = |range: &str, day: &str, is_lost: bool| {
            let range = format!("dt.range={range}");
            let found = losses(&[&hours[..], &[&range]].concat(), "", (day, day), ("", ""));
            assert_eq!(found.lack(Day::parse(day).unwrap()), is_lost, "{range} {day}");
        };
        check("2026-11-01-00,NOW", "2026-11-01", false);
        check("2026-11-01-05,NOW", "2026-11-01", true);
        check("2026-11-01-05,NOW", "2026-11-30", false);
        check("2026-11-01-05,NOW-2HOURS", "2026-11-30", true);
        let beside =
            ["hour:string", "hour.type=integer", "hour.range=0,22", "hour.digits=2", "dt.range=2020/01/01,NOW"];
        assert_eq!(
            all(&[&DATE[..], &beside].concat(), "", ("2026-11-01", "2026-11-02"), ("", "")),
            "its property projection.hour.range leaves out the hours 23, whose events are missing: let it have them"
        );
    }

    #[test]
    fn parts_of_a_day_are_looked_at_one_by_one() {
        let parts = ["year:string", "month:string", "day:string", "month.type=integer", "month.range=1,12"];
        let parts =
            [&parts[..], &["day.type=enum", "day.values=01,02,03,04", "year.type=date", "year.format=yyyy"]].concat();
        let check = |range: &str, expected: &str| {
            let range = format!("year.range={range}");
            let found = losses(&[&parts[..], &[&range]].concat(), "", ("2025-12-31", "2026-01-05"), ("", ""));
            let shown: Vec<String> =
                found.days.iter().map(|lost| format!("{} {}", lost.property, shown(&lost.days).unwrap())).collect();
            assert_eq!(shown.join("; "), expected, "{range}");
        };
        check("2020,NOW", "projection.day.values (01,02,03,04) 2025-12-31, 2026-01-05");
        check(
            "2026,NOW",
            "projection.year.range (2026,NOW) 2025-12-31; projection.day.values (01,02,03,04) 2025-12-31, 2026-01-05",
        );
    }

    #[test]
    fn accounts_and_regions_that_somebody_named_are_missed() {
        let places = ["account:string", "region:string", "region.type=enum", "region.values=eu-west-1,us-east-1"];
        let table = [&DATE[..], &["dt.range=2020/01/01,NOW", "account.type=injected"], &places].concat();
        let day = ("2026-11-01", "2026-11-01");
        assert_eq!(all(&table, "", day, ("111122223333", "us-east-1")), "");
        let missing = "its property projection.region.values leaves out the values eu-west-2, us-east-2, whose events are \
                       missing: let it have them";
        assert_eq!(all(&table, "", day, ("", "us-east-2 us-east-1 eu-west-2")), missing);
        assert_eq!(all(&table, "?only.region=us-east-2,eu-west-2", day, ("", "")), missing);
        assert_eq!(
            losses(&table, "", day, ("", "")).narrowed,
            ["its property projection.region.values has eu-west-1, us-east-1, and nothing else is read"]
        );
        let named: Vec<String> = (0..9).map(|number| format!("{number:012}")).collect();
        let found =
            all(&[&table[..], &["account.type=enum", "account.values=1"]].concat(), "", day, (&named.join(" "), ""));
        assert!(found.contains("000000000000, 000000000001, 000000000002 and 6 more, whose"), "{found}");
    }
}
