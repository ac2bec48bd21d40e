//! Accounts and regions that fell silent: log files before the window, and none in it. The days that decide are those that
//! decide about gaps (DESIGN §8): those before the window, the window and its late days, and no others.

use std::collections::BTreeMap;

use crate::audit::coverage::{Coverage, DAYS_BEFORE};
use crate::domain::timestamp::Day;
use crate::domain::window::Window;

/// An account's region that has log files on most of the days read of the week before the window, and none in it. That may
/// be a trail that stopped, or a region where nothing was done.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct QuietRegion {
    /// The account.
    pub account_id: Box<str>,
    /// The region.
    pub region: Box<str>,
    /// The last day with log files.
    pub last: Day,
    /// Days with log files.
    pub days: u64,
}

/// The quiet places, by account and region. Three days before the window at least must have been read.
#[must_use]
pub fn quiet(coverage: &Coverage, window: Window) -> Vec<QuietRegion> {
    let Some(first) = window.first_day() else { return Vec::new() };
    let (earliest, latest) = (first.plus(-DAYS_BEFORE), window.last_folder(coverage.late_days));
    let decides = |date: Day| earliest <= date && latest.is_none_or(|latest| date <= latest);
    let with_files = || coverage.days.iter().filter(|(_, day)| day.has_files()).map(|(key, _)| key);
    let days = with_files().filter_map(|key| key.date).filter(|date| decides(*date));
    let Some(start) = days.min().filter(|start| start.plus(3) <= first) else { return Vec::new() };
    let read = (first.start().seconds() - start.start().seconds()) / 86_400;
    let mut places: BTreeMap<(&str, &str), (u64, Option<Day>, bool)> = BTreeMap::new();
    for key in with_files() {
        if let (Some(account), Some(region), Some(date)) = (&key.account_id, &key.region, key.date)
            && decides(date)
        {
            let (days, last, heard) = places.entry((account, region)).or_default();
            if date < first {
                (*days, *last) = (*days + 1, (*last).max(Some(date)));
            } else {
                *heard = true;
            }
        }
    }
    let quiet = places.into_iter().filter_map(|((account_id, region), (days, last, heard))| {
        let steady = days.saturating_mul(2) > read.unsigned_abs();
        (steady && !heard).then_some(QuietRegion {
            account_id: account_id.into(),
            region: region.into(),
            last: last?,
            days,
        })
    });
    quiet.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::coverage::{DayKey, DayTally};

    fn check(days: &[&str], expected: &[&str]) {
        let key = |text: &&str| {
            let (account, date) = text.split_once(' ').unwrap();
            DayKey { account_id: Some(account.into()), region: Some("eu-west-1".into()), date: Day::parse(date) }
        };
        let days = days.iter().map(|text| (key(text), DayTally { files: 1, ..DayTally::default() })).collect();
        let coverage = Coverage { days, late_days: 1, ..Coverage::default() };
        let [from, to] = ["2026-11-05", "2026-11-06"].map(|day| Day::parse(day).map(Day::start));
        let found = quiet(&coverage, Window { from, to });
        let found: Vec<String> = found.iter().map(|quiet| format!("{} {}", quiet.account_id, quiet.last)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_place_that_was_steady_and_is_not_heard_is_quiet() {
        check(&["1 2026-11-02", "1 2026-11-03", "1 2026-11-04"], &["1 2026-11-04"]);
        check(&["1 2026-11-02", "1 2026-11-03", "1 2026-11-05"], &[]);
        check(&["1 2026-11-02", "2 2026-11-02", "2 2026-11-03"], &["2 2026-11-03"]);
        check(&["1 2026-11-03", "1 2026-11-04"], &[]);
    }

    #[test]
    fn no_other_day_decides() {
        // A late day is one of the window's; the day after it is not, and nor is the eighth before.
        let steady = ["1 2026-11-02", "1 2026-11-03"];
        check(&[&steady[..], &["1 2026-11-06"]].concat(), &[]);
        check(&[&steady[..], &["1 2026-11-07"]].concat(), &["1 2026-11-03"]);
        check(&[&steady[..], &["2 2026-10-01", "2 2026-10-28"]].concat(), &["1 2026-11-03"]);
        check(&["1 2026-10-25", "1 2026-10-26", "1 2026-10-27", "2 2026-11-02", "2 2026-11-04"], &["2 2026-11-04"]);
        check(&["1 2026-10-25", "1 2026-10-26", "1 2026-10-27", "1 2026-11-04"], &[]);
    }
}
