//! Which log events a window takes, by their own times.

use crate::domain::timestamp::{Day, Timestamp};
use crate::domain::window::Window;
use crate::source::paged::slots::AskedRange;

/// CloudTrail's first day; no log event of it is older.
const FIRST_DAY: i64 = 16_022;

/// How much older than its group a log event may be, in days
/// (<https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html>).
const OLDER: i64 = 14;

/// How long a group keeps log events, and since when it is there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct GroupAge {
    /// When it was made.
    pub created: Option<Timestamp>,
    /// After so many days log events are removed; never where there is none.
    pub kept_days: Option<i64>,
    /// Whether it may have been filled by an import of older events.
    pub is_imported: bool,
}

/// A window as a log group sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupWindow {
    /// What to ask for; `None` where nothing of the window is in reach.
    pub range: Option<AskedRange>,
    /// What of the window was removed, in words.
    pub too_old: Option<String>,
    /// The first second that the group still has.
    pub oldest: Timestamp,
}

/// The log events of a window at `now`. An event is in a group from its delivery on, which is after it happened: so what is
/// asked for ends with the late days.
#[must_use]
pub fn range(window: Window, late_days: u32, now: Timestamp, age: GroupAge) -> GroupWindow {
    let first = Day::from_number(FIRST_DAY).map_or(now, Day::start);
    let removed = age.kept_days.map(|days| now.day().plus(-days).start());
    let born = age.created.filter(|_| !age.is_imported).map(|created| created.day().plus(-OLDER).start());
    let oldest = removed.into_iter().chain(born).max().unwrap_or(first).max(first);
    let end = window.last_folder(late_days).map_or(now, |last| last.end().min(now));
    let from = window.from.map(Timestamp::minute);
    let too_old = removed.filter(|removed| from.is_none_or(|from| from < *removed)).map(|removed| {
        let from = window.from.map_or_else(String::new, |from| format!("from {from} "));
        format!(
            "keeps {} days: what lies {from}to {} is not covered",
            age.kept_days.unwrap_or_default(),
            removed.min(end)
        )
    });
    // A group that began to keep less than it is old has not lost what never was in it.
    let is_younger = age.created.is_some_and(|created| removed.is_some_and(|removed| removed <= created));
    let too_old = too_old.filter(|_| !is_younger);
    let start = from.map_or(oldest, |from| from.max(oldest));
    GroupWindow { range: (start <= end).then_some(AskedRange { start, end }), too_old, oldest }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Option<Timestamp> {
        Timestamp::parse_rfc3339(text)
    }

    fn check(from: &str, to: &str, age: GroupAge, asked: &str, too_old: &str) {
        let now = at("2026-11-22T12:34:56Z").unwrap();
        let found = range(Window { from: at(from), to: at(to) }, 1, now, age);
        let shown = found.range.map_or_else(String::new, |range| format!("{} {}", range.start, range.end));
        assert_eq!((shown.as_str(), found.too_old.unwrap_or_default().as_str()), (asked, too_old), "{from} {to}");
    }

    #[test]
    fn a_window_takes_what_is_delivered_late() {
        let age = GroupAge::default();
        check("2026-11-01T10:20:30Z", "2026-11-08T00:00:00Z", age, "2026-11-01T10:20:00Z 2026-11-09T00:00:00Z", "");
        check("2026-11-01T10:20:30Z", "2026-11-22T00:00:00Z", age, "2026-11-01T10:20:00Z 2026-11-22T12:34:56Z", "");
        check("2026-11-01T10:20:30Z", "", age, "2026-11-01T10:20:00Z 2026-11-22T12:34:56Z", "");
        check("2026-12-01T00:00:00Z", "", age, "", "");
        check("", "2026-11-08T00:00:00Z", age, "2013-11-13T00:00:00Z 2026-11-09T00:00:00Z", "");
    }

    #[test]
    fn what_was_removed_is_not_covered() {
        let age = GroupAge { created: at("2020-01-01T00:00:00Z"), kept_days: Some(7), is_imported: false };
        check("2026-11-15T00:00:00Z", "", age, "2026-11-15T00:00:00Z 2026-11-22T12:34:56Z", "");
        check(
            "2026-11-01T00:00:00Z",
            "",
            age,
            "2026-11-15T00:00:00Z 2026-11-22T12:34:56Z",
            "keeps 7 days: what lies from 2026-11-01T00:00:00Z to 2026-11-15T00:00:00Z is not covered",
        );
        let young = GroupAge { created: at("2026-11-20T08:00:00Z"), ..age };
        check("2026-11-01T00:00:00Z", "", young, "2026-11-15T00:00:00Z 2026-11-22T12:34:56Z", "");
    }

    #[test]
    fn a_group_has_nothing_from_long_before_it_was_made_unless_it_was_imported() {
        let age = GroupAge { created: at("2026-11-01T08:00:00Z"), kept_days: None, is_imported: false };
        check("", "", age, "2026-10-18T00:00:00Z 2026-11-22T12:34:56Z", "");
        let age = GroupAge { is_imported: true, ..age };
        check("2024-01-01T00:00:00Z", "", age, "2024-01-01T00:00:00Z 2026-11-22T12:34:56Z", "");
    }
}
