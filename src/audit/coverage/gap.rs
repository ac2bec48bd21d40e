//! Days without log files, of places that are known for a window (DESIGN §8).
//!
//! A place (account and region) is known for a window by a log file in it, in its late days or in the 7 days before it. No
//! other day decides anything, so that every source gives the same answer, however much of the past it has at hand. Days
//! before CloudTrail began and days that are still to come decide nothing either, and are no gaps: nobody delivered log
//! files on them, whatever a folder is called.

use std::collections::BTreeMap;

use super::place::{DayKey, DayTally};
use crate::domain::archive_judge::QuietDays;
use crate::domain::timestamp::Day;
use crate::domain::window::Window;

/// So many days before a window make a place known.
pub const DAYS_BEFORE: i64 = 7;

/// CloudTrail was announced on 2013-11-13; 2013-11-01 counted from 1970-01-01.
const FIRST: i64 = 16_010;

/// Days that follow each other, on which a known account and region has no log file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gap {
    /// The account.
    pub account_id: Box<str>,
    /// The region.
    pub region: Box<str>,
    /// The first day.
    pub first: Day,
    /// The last day.
    pub last: Day,
    /// Where it lies.
    pub kind: GapKind,
}

/// Where a gap lies among the days with log files that decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum GapKind {
    /// Between two of them.
    Inside,
    /// Before the first.
    BeforeFirst,
    /// After the last.
    AfterLast,
    /// Wherever it lies: the digests of the whole day are there and valid, and list no log file.
    Quiet,
}

impl GapKind {
    /// The word in `gap_kind`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Inside => "inside",
            Self::BeforeFirst => "before-first",
            Self::AfterLast => "after-last",
            Self::Quiet => "quiet",
        }
    }
}

impl Gap {
    /// How many days it has.
    #[must_use]
    pub fn days(&self) -> u64 {
        (self.last.number() - self.first.number()).unsigned_abs() + 1
    }

    /// Each of its days, in order.
    pub fn each_day(&self) -> impl Iterator<Item = Day> + use<> {
        (self.first.number()..=self.last.number()).filter_map(Day::from_number)
    }
}

/// The gaps of a window, by account, region and day, out of the days that are known. Nothing is known of days after `today`.
pub(super) fn find(days: &BTreeMap<DayKey, DayTally>, window: Window, late_days: u32, today: Option<Day>) -> Vec<Gap> {
    let possible = |day: Day| day.number() >= FIRST && today.is_none_or(|today| day <= today.plus(1));
    let first = window.first_day().map(|day| day.max(Day::from_number(FIRST).unwrap_or(day)));
    let (known_from, known_to) = (first.map(|day| day.plus(-DAYS_BEFORE)), window.last_folder(late_days));
    let decides = |day: Day| {
        possible(day) && known_from.is_none_or(|from| from <= day) && known_to.is_none_or(|last| day <= last)
    };
    let mut places: BTreeMap<(&str, &str), Vec<Day>> = BTreeMap::new();
    for (key, tally) in days {
        if let (Some(account), Some(region), Some(date)) = (&key.account_id, &key.region, key.date)
            && tally.has_files()
            && decides(date)
        {
            places.entry((account, region)).or_default().push(date);
        }
    }
    let last = window.last_day();
    let mut gaps = Vec::new();
    for ((account, region), days) in places {
        gaps.extend(between(&days, first, last).filter_map(|(from, to, kind)| {
            let from = first.map_or(from, |first| from.max(first));
            let to = last.into_iter().chain(today).fold(to, Day::min);
            (from <= to).then(|| Gap { account_id: account.into(), region: region.into(), first: from, last: to, kind })
        }));
    }
    gaps
}

/// The same gaps, of which the days that are `quiet`, in order, stand by themselves.
pub(super) fn part_quiet(gaps: Vec<Gap>, quiet: &[QuietDays]) -> Vec<Gap> {
    let mut parted = Vec::with_capacity(gaps.len());
    for gap in gaps {
        let place = (&*gap.account_id, &*gap.region);
        let at = quiet.partition_point(|days| (&*days.account_id, &*days.region) < place);
        let of_place = quiet[at..].iter().take_while(|days| (&*days.account_id, &*days.region) == place);
        let mut next = gap.first;
        for days in of_place {
            let (first, last) = (days.first.max(next), days.last.min(gap.last));
            if first > last {
                continue;
            }
            if next < first {
                parted.push(Gap { first: next, last: first.plus(-1), ..gap.clone() });
            }
            parted.push(Gap { first, last, kind: GapKind::Quiet, ..gap.clone() });
            next = last.plus(1);
        }
        if next <= gap.last {
            parted.push(Gap { first: next, ..gap });
        }
    }
    parted
}

/// The days around and between `days`, which are in order; around them only as far as a window reaches.
fn between(days: &[Day], first: Option<Day>, last: Option<Day>) -> impl Iterator<Item = (Day, Day, GapKind)> {
    let before = first.zip(days.first()).map(|(first, day)| (first, day.plus(-1), GapKind::BeforeFirst));
    let after = last.zip(days.last()).map(|(last, day)| (day.plus(1), last, GapKind::AfterLast));
    let inside = days.windows(2).map(|pair| (pair[0].plus(1), pair[1].plus(-1), GapKind::Inside));
    before.into_iter().chain(inside).chain(after)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::coverage::Coverage;

    /// `days` are `PLACE DAY`, `gaps` are `PLACE FIRST..LAST KIND`.
    fn check(window: (&str, &str), days: &[&str], gaps: &[&str]) {
        let window = Window { from: Day::parse(window.0).map(Day::start), to: Day::parse(window.1).map(Day::start) };
        let key = |text: &&str| {
            let (place, date) = text.split_once(' ').unwrap();
            DayKey { account_id: Some(place.into()), region: Some("eu-west-1".into()), date: Day::parse(date) }
        };
        let days = days.iter().map(|text| (key(text), DayTally { files: 1, ..DayTally::default() })).collect();
        let today = Day::parse("2026-11-20");
        let mut coverage = Coverage { window, days, late_days: 1, today, ..Coverage::default() };
        coverage.find_gaps();
        let show = |gap: &Gap| format!("{} {}..{} {}", gap.account_id, gap.first, gap.last, gap.kind.as_str());
        assert_eq!(coverage.gaps.iter().map(show).collect::<Vec<_>>(), gaps, "{window:?}");
    }

    #[test]
    fn without_a_window_they_lie_inside() {
        let days = ["1 2026-11-01", "1 2026-11-04", "2 2026-11-02"];
        check(("", ""), &days, &["1 2026-11-02..2026-11-03 inside"]);
        check(("", ""), &[], &[]);
    }

    #[test]
    fn quiet_days_stand_by_themselves() {
        let day = |text: &str| Day::parse(text).unwrap();
        let gap = |first: &str, last: &str| Gap {
            account_id: "1".into(),
            region: "eu-west-1".into(),
            first: day(first),
            last: day(last),
            kind: GapKind::Inside,
        };
        let quiet = |account: &str, first: &str, last: &str| QuietDays {
            account_id: account.into(),
            region: "eu-west-1".into(),
            first: day(first),
            last: day(last),
        };
        let days = [
            quiet("0", "2026-11-01", "2026-11-30"),
            quiet("1", "2026-10-30", "2026-11-02"),
            quiet("1", "2026-11-04", "2026-11-04"),
            quiet("1", "2026-11-07", "2026-11-09"),
        ];
        let parted = part_quiet(vec![gap("2026-11-01", "2026-11-05"), gap("2026-11-07", "2026-11-10")], &days);
        let shown: Vec<String> =
            parted.iter().map(|gap| format!("{}..{} {}", gap.first, gap.last, gap.kind.as_str())).collect();
        let expected = [
            "2026-11-01..2026-11-02 quiet",
            "2026-11-03..2026-11-03 inside",
            "2026-11-04..2026-11-04 quiet",
            "2026-11-05..2026-11-05 inside",
            "2026-11-07..2026-11-09 quiet",
            "2026-11-10..2026-11-10 inside",
        ];
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_window_has_edges() {
        let window = ("2026-11-08", "2026-11-15");
        // Known by the days before it, by itself, by its late days, and not at all.
        check(window, &["1 2026-11-07"], &["1 2026-11-08..2026-11-14 after-last"]);
        check(window, &["1 2026-11-01"], &["1 2026-11-08..2026-11-14 after-last"]);
        check(window, &["1 2026-10-31"], &[]);
        check(
            window,
            &["1 2026-11-10"],
            &["1 2026-11-08..2026-11-09 before-first", "1 2026-11-11..2026-11-14 after-last"],
        );
        check(window, &["1 2026-11-15"], &["1 2026-11-08..2026-11-14 before-first"]);
        check(window, &["1 2026-11-16"], &[]);
        let inside = ["1 2026-11-05", "1 2026-11-09", "1 2026-11-15"];
        check(window, &inside, &["1 2026-11-08..2026-11-08 inside", "1 2026-11-10..2026-11-14 inside"]);
    }

    #[test]
    fn an_open_end_has_no_edge() {
        check(("2026-11-08", ""), &["1 2026-11-10"], &["1 2026-11-08..2026-11-09 before-first"]);
        check(
            ("", "2026-11-08"),
            &["1 2026-11-02", "1 2026-11-05"],
            &["1 2026-11-03..2026-11-04 inside", "1 2026-11-06..2026-11-07 after-last"],
        );
    }

    #[test]
    fn days_that_cannot_be_decide_nothing() {
        check(
            ("", ""),
            &["1 0001-01-01", "1 2026-11-01", "1 2026-11-03", "1 9999-12-30"],
            &["1 2026-11-02..2026-11-02 inside"],
        );
        check(
            ("0001-01-01", "9999-12-30"),
            &["1 2013-11-03", "1 2026-11-18"],
            &[
                "1 2013-11-01..2013-11-02 before-first",
                "1 2013-11-04..2026-11-17 inside",
                "1 2026-11-19..2026-11-20 after-last",
            ],
        );
        check(
            ("2026-11-19", "2026-11-25"),
            &["1 2026-11-19", "1 2026-11-24"],
            &["1 2026-11-20..2026-11-20 after-last"],
        );
    }
}
