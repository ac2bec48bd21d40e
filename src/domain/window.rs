//! The time window of an audit: which events it is about, and which log files can hold them.

use super::timestamp::{Day, Timestamp};

/// Half open, in UTC: an event at `from` is inside, one at `to` is not. An absent end is open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Window {
    /// First second inside.
    pub from: Option<Timestamp>,
    /// First second after it.
    pub to: Option<Timestamp>,
}

impl Window {
    /// The window of a source that is too large to be read whole by mistake: without a start, the last `days` before
    /// its end; without an end as well, those before `now`.
    #[must_use]
    pub fn or_last_days(self, days: i64, now: Timestamp) -> Self {
        if self.from.is_some() {
            return self;
        }
        let end = self.to.unwrap_or(now);
        Self { from: Timestamp::from_seconds(end.seconds() - days * 86_400), to: Some(end) }
    }

    /// The window that has both.
    #[must_use]
    pub fn around(self, other: Self) -> Self {
        let from = self.from.zip(other.from).map(|(one, other)| one.min(other));
        Self { from, to: self.to.zip(other.to).map(|(one, other)| one.max(other)) }
    }

    /// Whether an event of that time is inside.
    #[must_use]
    pub fn contains(&self, time: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= time) && self.to.is_none_or(|to| time < to)
    }

    /// The window as it is shown. Where it ends with the last second that there is, it has no end: RFC 3339 has no name for
    /// the second after, and nothing can be later.
    #[must_use]
    pub fn shown(self) -> Self {
        Self { to: self.to.filter(|to| *to <= Timestamp::LAST), ..self }
    }

    /// The window that digests are asked about where log files are read for this one: that of all log files that are read, those
    /// of the late days too.
    #[must_use]
    pub fn of_digests(self, late_days: u32) -> Self {
        Self { from: self.from.map(Timestamp::minute), to: self.last_folder(late_days).map(Day::end) }
    }

    /// The day of the first second.
    #[must_use]
    pub fn first_day(&self) -> Option<Day> {
        self.from.map(Timestamp::day)
    }

    /// The day of the last second.
    #[must_use]
    pub fn last_day(&self) -> Option<Day> {
        self.to.and_then(|to| Timestamp::from_seconds(to.seconds() - 1)).map(Timestamp::day)
    }

    /// The last day folder that can hold events of the window: log files arrive late, and 1.1 % of the events of
    /// a measured archive lay in the folder of the next day (DOMAIN §6).
    #[must_use]
    pub fn last_folder(&self, late_days: u32) -> Option<Day> {
        self.last_day().map(|day| day.plus(i64::from(late_days)))
    }

    /// The minute in which it begins, where that is not the first of a day.
    #[must_use]
    pub fn begins_within_day(&self) -> Option<Timestamp> {
        self.from.map(Timestamp::minute).filter(|minute| *minute != minute.day().start())
    }

    /// Whether a log file delivered in that minute can hold events of the window (DESIGN §2).
    #[must_use]
    pub fn may_hold(&self, delivered: Timestamp, late_days: u32) -> bool {
        self.from.is_none_or(|from| from.minute() <= delivered)
            && self.last_folder(late_days).is_none_or(|last| delivered < last.end())
    }

    /// Whether a day has a second of the window.
    #[must_use]
    pub fn contains_day(&self, day: Day) -> bool {
        self.first_day().is_none_or(|first| first <= day) && self.last_day().is_none_or(|last| day <= last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).unwrap()
    }

    #[test]
    fn is_half_open() {
        let window = Window { from: Some(at("2026-11-02T00:00:00Z")), to: Some(at("2026-11-03T00:00:00Z")) };
        assert!(window.contains(at("2026-11-02T00:00:00Z")));
        assert!(window.contains(at("2026-11-02T23:59:59Z")));
        assert!(!window.contains(at("2026-11-03T00:00:00Z")));
        assert!(!window.contains(at("2026-11-01T23:59:59Z")));
        assert_eq!(window.last_day(), Day::parse("2026-11-02"));
    }

    #[test]
    fn without_a_start_the_last_days_count() {
        let check = |from: &str, to: &str, expected: &str| {
            let [from, to] = [from, to].map(Timestamp::parse_rfc3339);
            let window = Window { from, to }.or_last_days(7, at("2026-11-22T12:34:56Z"));
            let show = |end: Option<Timestamp>| end.map_or_else(|| "open".to_owned(), |end| end.to_string());
            assert_eq!(format!("{} {}", show(window.from), show(window.to)), expected);
        };
        check("", "", "2026-11-15T12:34:56Z 2026-11-22T12:34:56Z");
        check("", "2026-11-08T00:00:00Z", "2026-11-01T00:00:00Z 2026-11-08T00:00:00Z");
        check("2020-01-01T00:00:00Z", "", "2020-01-01T00:00:00Z open");
        check("2020-01-01T00:00:00Z", "2020-01-02T00:00:00Z", "2020-01-01T00:00:00Z 2020-01-02T00:00:00Z");
    }

    #[test]
    fn late_files_are_in_reach() {
        let window = Window { from: Some(at("2026-11-02T10:30:40Z")), to: Some(at("2026-11-03T00:00:01Z")) };
        let check = |delivered: &str, late_days, expected| {
            assert_eq!(window.may_hold(at(delivered), late_days), expected, "{delivered} {late_days}");
        };
        check("2026-11-02T10:29:00Z", 1, false);
        check("2026-11-02T10:30:00Z", 1, true);
        check("2026-11-04T23:59:00Z", 1, true);
        check("2026-11-05T00:00:00Z", 1, false);
        check("2026-11-03T23:59:00Z", 0, true);
        check("2026-11-04T00:00:00Z", 0, false);
        check("2026-11-05T00:00:00Z", 2, true);
        let last = Day::parse("9999-12-31").unwrap();
        let window = Window { from: Some(last.start()), to: Some(last.end()) };
        assert!(window.may_hold(Timestamp::LAST, 1) && window.contains(Timestamp::LAST));
        assert_eq!((window.first_day(), window.last_day()), (Some(last), Some(last)));
        let window = Window { from: None, to: Some(last.start()) };
        assert!(window.may_hold(last.start(), 1) && !window.contains(last.start()));
    }
}
