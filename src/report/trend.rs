//! The last 30 days in numbers: what is known of each, and which are not known.

use crate::domain::timestamp::Day;

use super::index::{FindingCounts, ReportIndex, ReportNumbers};

/// So many days are shown.
pub const DAYS: i64 = 30;

/// What is known of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrendDay {
    /// The day.
    pub day: Day,
    /// Runs.
    pub runs: Option<u64>,
    /// Denied assumptions.
    pub denied: Option<u64>,
    /// Findings that are not suppressed, by severity.
    pub findings: Option<FindingCounts>,
}

impl TrendDay {
    /// What a report says of its day.
    #[must_use]
    pub fn of(day: Day, numbers: &ReportNumbers) -> Self {
        Self { day, runs: numbers.runs, denied: Some(numbers.denied), findings: Some(numbers.findings) }
    }

    /// A day of which nothing is known.
    #[must_use]
    pub fn unknown(day: Day) -> Self {
        Self { day, runs: None, denied: None, findings: None }
    }
}

/// The days up to `last`, of those that are known; each of the others is unknown.
#[must_use]
pub fn days(last: Day, known: impl Fn(Day) -> Option<TrendDay>) -> Vec<TrendDay> {
    last.plus(1 - DAYS).through(last).map(|day| known(day).unwrap_or(TrendDay::unknown(day))).collect()
}

/// The last days of an index of days, up to the latest one that it has; nothing where it lists something else.
#[must_use]
pub fn of_index(index: &ReportIndex) -> Option<Vec<TrendDay>> {
    let last = index.reports.iter().filter_map(|entry| entry.day).max()?;
    let known = |day: Day| {
        let entry = index.reports.iter().find(|entry| entry.day == Some(day))?;
        Some(TrendDay::of(day, entry.numbers.as_ref()?))
    };
    Some(days(last, known))
}

/// Days in a few words: `2026-11-01 to 2026-11-04, 2026-11-06`. They are in order.
#[must_use]
pub fn in_words(days: impl IntoIterator<Item = Day>) -> String {
    let mut spans: Vec<(Day, Day)> = Vec::new();
    for day in days {
        match spans.last_mut() {
            Some((_, last)) if last.plus(1) == day => *last = day,
            _ => spans.push((day, day)),
        }
    }
    let show = |(first, last): (Day, Day)| if first == last { first.to_string() } else { format!("{first} to {last}") };
    spans.into_iter().map(show).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_that_nobody_knows_are_unknown() {
        let last = Day::parse("2026-11-05").unwrap();
        let one = TrendDay { runs: Some(7), ..TrendDay::unknown(last.plus(-1)) };
        let found = days(last, |day| (day == one.day).then_some(one));
        assert_eq!((found.len(), found[0].day.to_string()), (30, "2026-10-07".to_owned()));
        assert_eq!(found[28..], [one, TrendDay::unknown(last)]);
    }

    #[test]
    fn days_are_put_together_in_words() {
        let of = |days: &[&str]| in_words(days.iter().map(|day| Day::parse(day).unwrap()));
        assert_eq!(of(&[]), "");
        assert_eq!(of(&["2026-11-01"]), "2026-11-01");
        let days = ["2026-10-31", "2026-11-01", "2026-11-02", "2026-11-04", "2026-11-06", "2026-11-07"];
        assert_eq!(of(&days), "2026-10-31 to 2026-11-02, 2026-11-04, 2026-11-06 to 2026-11-07");
    }
}
