//! Which day folders of an archive are done for good: listed to their end, after no log file could come any more. Pure.

use std::collections::BTreeSet;

use super::layout::FolderKind;
use crate::domain::timestamp::Day;
use crate::source::known::DaySet;
use crate::source::looked::SettledDays;

/// The folder of day folders that a dated one is or lies in, and the part of the date that lies behind it. None where
/// more than a date follows, so that a day has other log files elsewhere.
pub(crate) fn folder_of<'a>(prefix: &'a str, place: &'a FolderKind) -> Option<(&'a str, &'a str)> {
    match place {
        FolderKind::Region => Some((prefix, "")),
        FolderKind::Date(date) => Some((prefix.strip_suffix(date.as_str())?, date)),
        _ => None,
    }
}

/// The days from `first` to `last` in each dated folder, without those whose slice is among the `unfinished` prefixes.
pub(crate) fn settled(
    dated: &[(String, FolderKind)],
    first: Day,
    last: Day,
    unfinished: &BTreeSet<String>,
) -> Vec<SettledDays> {
    let mut found = Vec::new();
    for (prefix, place) in dated {
        let Some((folder, date)) = folder_of(prefix, place) else { continue };
        let Some((from, to)) = days_of(date) else { continue };
        let mut open = DaySet::default();
        for slice in unfinished.range(folder.to_owned()..).take_while(|slice| slice.starts_with(folder)) {
            if let Some((from, to)) = days_of(&slice[folder.len()..]) {
                open.add(from, to);
            }
        }
        let (mut day, last) = (first.max(from), last.min(to));
        for (from, to) in open.stretches().chain([(last.plus(1), last.plus(1))]) {
            if day <= last && day < from {
                let last = last.min(from.plus(-1));
                found.push(SettledDays { folder: folder.to_owned(), first: day, last });
            }
            day = day.max(to.plus(1));
        }
    }
    found
}

/// The first and the last day of `YYYY/MM/DD/` or what is left of its front; all days of nothing.
pub(crate) fn days_of(date: &str) -> Option<(Day, Day)> {
    let number = |text: &str| text.parse::<i16>().ok();
    let mut parts = date.split('/').filter(|part| !part.is_empty());
    let (year, month, day) = (parts.next(), parts.next(), parts.next());
    // Days of other years have no folder.
    let Some(year) = year else { return Some((Day::from_civil(1900, 1, 1)?, Day::from_civil(2999, 12, 31)?)) };
    let year = number(year)?;
    let Some(month) = month else { return Some((Day::from_civil(year, 1, 1)?, Day::from_civil(year, 12, 31)?)) };
    let month = i8::try_from(number(month)?).ok()?;
    if let Some(day) = day {
        let day = Day::from_civil(year, month, i8::try_from(number(day)?).ok()?)?;
        return Some((day, day));
    }
    let first = Day::from_civil(year, month, 1)?;
    let last = (28..=31).rev().find_map(|day| Day::from_civil(year, month, day))?;
    Some((first, last))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::log_kind::LogKind;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    /// `expected` is a line for each stretch of days.
    fn check(prefix: &str, days: (&str, &str), unfinished: &[&str], expected: &[&str]) {
        let dated = [(prefix.to_owned(), FolderKind::of(prefix, LogKind::CloudTrail))];
        let unfinished = unfinished.iter().map(|prefix| (*prefix).to_owned()).collect();
        let found = settled(&dated, day(days.0), day(days.1), &unfinished);
        let shown: Vec<String> =
            found.iter().map(|found| format!("{} {} {}", found.folder, found.first, found.last)).collect();
        assert_eq!(shown, expected, "{prefix}");
    }

    #[test]
    fn what_was_listed_to_its_end_is_settled() {
        let days = ("2026-01-30", "2026-11-19");
        check("eu-west-1/", days, &[], &["eu-west-1/ 2026-01-30 2026-11-19"]);
        check("eu-west-1/", ("2026-11-20", "2026-11-19"), &[], &[]);
        check("a/2026/", days, &[], &["a/ 2026-01-30 2026-11-19"]);
        check("a/2026/02/", days, &[], &["a/ 2026-02-01 2026-02-28"]);
        check("a/2026/11/19/", days, &[], &["a/ 2026-11-19 2026-11-19"]);
        check("a/2026/11/20/", days, &[], &[]);
        // What lies deeper is not all of a day.
        check("a/2026/11/19/x/", days, &[], &[]);
    }

    #[test]
    fn what_was_not_is_listed_again() {
        let days = ("2026-01-30", "2026-11-19");
        let unfinished = ["eu-west-1/2026/02/", "eu-west-1/2026/11/03/", "eu-west-1/2026/11/19/", "eu-west-2/2026/05/"];
        let expected = [
            "eu-west-1/ 2026-01-30 2026-01-31",
            "eu-west-1/ 2026-03-01 2026-11-02",
            "eu-west-1/ 2026-11-04 2026-11-18",
        ];
        check("eu-west-1/", days, &unfinished, &expected);
        check("eu-west-1/", days, &["eu-west-1/2026/01/30/"], &["eu-west-1/ 2026-01-31 2026-11-19"]);
    }
}
