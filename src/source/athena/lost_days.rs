//! Days that a projection leaves out, in words: which they are, why, and what to do.

use super::projection::{DateText, ProjectedDates};
use super::quote::text;
use super::table::AthenaTable;
use crate::domain::timestamp::Day;
use crate::source::known::DaySet;

/// So many stretches of days are named in a sentence.
const NAMED: usize = 3;

/// A property is shown up to so many signs.
const LONGEST: usize = 80;

/// Days that the properties of one column leave out, or some hours of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LostDays {
    /// The days.
    pub(super) days: DaySet,
    /// Whether somebody asked for them; else the table has none before its first one.
    pub(super) asked: DaySet,
    /// The property, as it is.
    pub(super) property: String,
    /// What to do.
    pub(super) remedy: String,
}

impl LostDays {
    /// What to say of some of the days.
    pub(super) fn sentence(&self, days: &str) -> String {
        format!("its property {} leaves out {days}, whose events are missing: {}", self.property, self.remedy)
    }

    /// What to say of all that were asked for, if any were.
    pub(super) fn of_all(&self) -> Option<String> {
        Some(self.sentence(&shown(&self.asked)?))
    }

    /// What to say by the folders that the days would have, `2026/11/02/`, or those of whole months and years.
    pub(super) fn by_folder(&self) -> impl Iterator<Item = (String, String)> {
        let folders = self.asked.stretches().flat_map(|(first, last)| folders(first, last));
        folders.map(|folder| (format!("{folder}/"), self.sentence(&folder.replace('/', "-"))))
    }
}

/// The fewest folders of days, months and years that have the days from one to another and no others.
fn folders(first: Day, last: Day) -> Vec<String> {
    let (mut day, mut found) = (first, Vec::new());
    while day <= last {
        let (year, month, of_month) = day.civil();
        let before = |year, month| Day::from_civil(year, month, 1).map(|next| next.plus(-1)).filter(|end| *end <= last);
        let end_of_year = before(year + 1, 1).filter(|_| (month, of_month) == (1, 1));
        let next_month = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
        let end_of_month = before(next_month.0, next_month.1).filter(|_| of_month == 1);
        let (name, end) = match (end_of_year, end_of_month) {
            (Some(end), _) => (format!("{year:04}"), end),
            (None, Some(end)) => (format!("{year:04}/{month:02}"), end),
            (None, None) => (format!("{year:04}/{month:02}/{of_month:02}"), day),
        };
        found.push(name);
        if end == end.plus(1) {
            break;
        }
        day = end.plus(1);
    }
    found
}

/// The first stretches of days, and how many days there are besides.
pub(super) fn shown(days: &DaySet) -> Option<String> {
    let shown =
        |(first, last): (Day, Day)| if first == last { first.to_string() } else { format!("{first} to {last}") };
    let named: Vec<String> = days.stretches().take(NAMED).map(shown).collect();
    let rest: i64 = days.stretches().skip(NAMED).map(|(first, last)| last.number() - first.number() + 1).sum();
    let more = if rest > 0 { format!(" and {rest} more days") } else { String::new() };
    (!named.is_empty()).then(|| format!("{}{more}", named.join(", ")))
}

/// What to do about a range that is too narrow, or about steps that are too long.
pub(super) fn remedy(
    table: &AthenaTable,
    column: &str,
    value: &str,
    dates: ProjectedDates,
    format: &DateText,
    lost: &DaySet,
) -> String {
    let is_outside = |(first, last): (Day, Day)| last < dates.first.day() || dates.last.day() < first;
    let properties = if lost.stretches().all(is_outside) {
        let (mut first, mut end) = (value.split(',').next().unwrap_or_default().trim().to_owned(), "NOW");
        if let Some((earliest, _)) = lost.stretches().next().filter(|(day, _)| *day < dates.first.day()) {
            first = format.write(earliest);
        }
        if lost.stretches().all(|(day, _)| day < dates.first.day()) {
            end = value.split(',').nth(1).unwrap_or_default().trim();
        }
        format!("{} = {}", text(&format!("projection.{column}.range")), text(&format!("{first},{end}")))
    } else {
        let unit = if format.has_hours() { "HOURS" } else { "DAYS" };
        let [interval, of_unit] =
            ["interval", "interval.unit"].map(|name| text(&format!("projection.{column}.{name}")));
        format!("{interval} = '1', {of_unit} = '{unit}'")
    };
    let [database, name] = [&table.database, &table.table].map(|name| hive_name(name));
    format!("widen it, ALTER TABLE {database}.{name} SET TBLPROPERTIES ({properties})")
}

/// A name as statements of Hive have it, which change tables.
fn hive_name(name: &str) -> String {
    let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if is_plain { name.to_owned() } else { format!("`{}`", name.replace('`', "``")) }
}

/// A value that is not longer than anybody reads.
pub(super) fn clipped(value: &str) -> String {
    match value.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_few_folders() {
        let check = |first: &str, last: &str, expected: &[&str]| {
            assert_eq!(folders(Day::parse(first).unwrap(), Day::parse(last).unwrap()), expected);
        };
        check("2026-11-01", "2026-11-01", &["2026/11/01"]);
        check("2026-11-30", "2026-12-31", &["2026/11/30", "2026/12"]);
        check("2023-12-31", "2025-02-01", &["2023/12/31", "2024", "2025/01", "2025/02/01"]);
        let last = folders(Day::parse("9999-12-01").unwrap(), Day::parse("9999-12-31").unwrap());
        assert_eq!(last.len(), 31, "the month after the last one has no first day: {last:?}");
    }
}
