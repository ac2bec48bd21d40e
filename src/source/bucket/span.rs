//! From a window to the prefixes that can hold its log files, and none besides. Pure.

use super::layout::{DAY_LENGTH, FolderKind};
use crate::domain::timestamp::{Day, Timestamp};
use crate::domain::window::Window;

/// Keys to be listed: those with the prefix, behind `after` where that is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeySlice {
    /// What the keys begin with.
    pub(crate) prefix: String,
    /// What they come after.
    pub(crate) after: Option<String>,
    /// Whether folders below the prefix are left out.
    pub(crate) flat: bool,
    /// Whether these are days of a window.
    pub(crate) dated: bool,
}

impl KeySlice {
    /// All keys with that prefix, which are days of a window.
    fn dated(prefix: impl Into<String>) -> Self {
        Self { dated: true, ..Self::all(prefix) }
    }

    /// All keys with that prefix.
    pub(crate) fn all(prefix: impl Into<String>) -> Self {
        Self { prefix: prefix.into(), after: None, flat: false, dated: false }
    }

    /// Only the objects in that folder itself.
    pub(crate) fn flat(prefix: impl Into<String>) -> Self {
        Self { prefix: prefix.into(), after: None, flat: true, dated: false }
    }
}

/// The day folders of a window. A whole month is one item, since listing it takes no more requests than its days.
#[derive(Debug, Clone)]
pub(crate) struct DayFolders {
    /// `YYYY/MM/` or `YYYY/MM/DD/`, in order.
    dates: Vec<String>,
    /// The first day behind them, where the window has no end: everything from there on counts.
    open_from: Option<Day>,
}

impl DayFolders {
    /// Those of a window that has a start. Without an end, days up to `now` are listed side by side, and whatever
    /// follows them in one go, so that no clock decides what is seen.
    pub(crate) fn new(window: &Window, late_days: u32, now: Timestamp) -> Self {
        Self::without(window, late_days, now, |_| false)
    }

    /// The same without the days that `are_known`.
    pub(crate) fn without(window: &Window, late_days: u32, now: Timestamp, are_known: impl Fn(Day) -> bool) -> Self {
        let first = window.first_day().unwrap_or_else(|| now.day());
        if let Some(last) = window.last_folder(late_days) {
            return Self { dates: dates(first, last, are_known), open_from: None };
        }
        let behind = now.day().plus(1).max(first);
        Self { dates: dates(first, behind.plus(-1), are_known), open_from: Some(behind) }
    }

    /// What is to be listed of a dated folder.
    pub(crate) fn slices(&self, prefix: &str, place: &FolderKind) -> Vec<KeySlice> {
        let place = if let FolderKind::Date(date) = place { date.as_str() } else { "" };
        let mut slices: Vec<KeySlice> = Vec::new();
        for date in &self.dates {
            if let Some(rest) = date.strip_prefix(place) {
                slices.push(KeySlice::dated(format!("{prefix}{rest}")));
            } else if place.starts_with(date.as_str()) {
                slices.push(KeySlice::dated(prefix));
            }
        }
        if let Some(day) = self.open_from {
            slices.extend(open_end(prefix, place, &date_path(day)));
        }
        slices
    }
}

/// What lies in the folder at or behind `date`.
fn open_end(prefix: &str, place: &str, date: &str) -> Option<KeySlice> {
    if let Some(rest) = date.strip_prefix(place) {
        // The folder itself: its first key follows its name without the slash.
        let after = rest.strip_suffix('/').map(|rest| format!("{prefix}{rest}"));
        return Some(KeySlice { after, ..KeySlice::dated(prefix) });
    }
    (place > date).then(|| KeySlice::dated(prefix))
}

fn dates(first: Day, last: Day, are_known: impl Fn(Day) -> bool) -> Vec<String> {
    let mut dates = Vec::new();
    let mut day = first;
    while day <= last {
        let month = date_path(day)[..DAY_LENGTH - 3].to_owned();
        let next_month = (28..32).map(|days| day.plus(days)).find(|day| day.civil().2 == 1);
        let is_whole = |next: Day| {
            let mut days = (0..31).map(|days| day.plus(days)).take_while(|day| *day < next);
            day.civil().2 == 1 && next.plus(-1) <= last && !days.any(&are_known)
        };
        match next_month {
            Some(next) if is_whole(next) => {
                dates.push(month);
                day = next;
            }
            _ => {
                if !are_known(day) {
                    dates.push(date_path(day));
                }
                // At the end of the years of four digits there is no next day.
                if day.plus(1) == day {
                    break;
                }
                day = day.plus(1);
            }
        }
    }
    dates
}

/// `YYYY/MM/DD/`
pub(crate) fn date_path(day: Day) -> String {
    day.to_string().replace('-', "/") + "/"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::log_kind::LogKind;

    fn at(text: &str) -> Option<Timestamp> {
        Timestamp::parse_rfc3339(text)
    }

    /// `expected` is a line for each slice: the prefix, and behind `>` what it comes after.
    fn check(window: (&str, &str), late_days: u32, prefix: &str, expected: &[&str]) {
        let window = Window { from: at(window.0), to: at(window.1) };
        let span = DayFolders::new(&window, late_days, at("2026-11-22T12:00:00Z").unwrap());
        let shown = span.slices(prefix, &FolderKind::of(prefix, LogKind::CloudTrail)).into_iter();
        let shown: Vec<String> = shown
            .map(|slice| slice.prefix + &slice.after.map(|after| format!(">{after}")).unwrap_or_default())
            .collect();
        assert_eq!(shown, expected, "{window:?} {prefix}");
    }

    #[test]
    fn a_window_has_its_days_and_the_late_ones() {
        let day = ("2026-11-02T00:00:00Z", "2026-11-03T00:00:00Z");
        check(day, 1, "eu-west-1/", &["eu-west-1/2026/11/02/", "eu-west-1/2026/11/03/"]);
        check(day, 0, "eu-west-1/", &["eu-west-1/2026/11/02/"]);
        let turn = ("2026-12-31T10:00:00Z", "2026-12-31T11:00:00Z");
        check(turn, 1, "eu-west-1/", &["eu-west-1/2026/12/31/", "eu-west-1/2027/01/01/"]);
    }

    #[test]
    fn whole_months_are_one_listing() {
        let window = ("2026-01-30T00:00:00Z", "2026-04-01T00:00:01Z");
        let expected = ["01/30/", "01/31/", "02/", "03/", "04/01/", "04/02/"];
        check(window, 1, "2026/", &expected.map(|date| format!("2026/{date}")).each_ref().map(String::as_str));
        check(window, 1, "2026/03/", &["2026/03/"]);
        check(window, 1, "2026/03/17/", &["2026/03/17/"]);
        check(window, 1, "2026/04/", &["2026/04/01/", "2026/04/02/"]);
        check(window, 1, "2026/04/02/", &["2026/04/02/"]);
        check(window, 1, "2026/04/03/", &[]);
        check(window, 1, "2025/", &[]);
    }

    #[test]
    fn an_open_window_has_no_end() {
        let window = ("2026-11-21T10:00:00Z", "");
        let days = ["eu-west-1/2026/11/21/", "eu-west-1/2026/11/22/", "eu-west-1/>eu-west-1/2026/11/23"];
        check(window, 1, "eu-west-1/", &days);
        check(window, 1, "2026/", &["2026/11/21/", "2026/11/22/", "2026/>2026/11/23"]);
        check(window, 1, "2026/11/", &["2026/11/21/", "2026/11/22/", "2026/11/>2026/11/23"]);
        check(window, 1, "2026/12/", &["2026/12/"]);
        check(window, 1, "2026/10/", &[]);
        check(window, 1, "2026/11/22/", &["2026/11/22/"]);
        check(window, 1, "2026/11/23/", &["2026/11/23/"]);
        check(window, 1, "2026/11/20/", &[]);
        check(window, 1, "2027/", &["2027/"]);
        check(("2026-11-30T00:00:00Z", ""), 1, "eu-west-1/", &["eu-west-1/>eu-west-1/2026/11/30"]);
    }
}
