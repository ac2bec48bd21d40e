//! When something that is usually seen is overdue, by its own rhythm.

use crate::domain::timestamp::Day;

/// In which windows before something was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rhythm {
    /// The lowest bit is the latest window.
    pub(super) seen: u16,
    /// How many windows are known, 14 at most.
    pub(super) known: u32,
}

impl Rhythm {
    /// Whether it should have been seen in a window in which it was not. Windows follow each other without a gap; `date` is
    /// the day of the window if it is one day long. Of days, only its own count: those of a weekday on which it was seen, and,
    /// where a weekday is known only once, those from Monday to Friday (UTC). It is overdue if
    ///
    /// 1. it was seen in two windows at least: one sighting is no rhythm,
    /// 2. of days: it was seen both 7 and 14 days ago, as far as these days are known. Where neither is, nothing is due on a
    ///    Saturday or a Sunday (UTC), and anything on another day,
    /// 3. it is away for more windows (of its days), this one included, than it ever was between two sightings,
    /// 4. it is away for no more than half of them, rounded up: older news is not told again.
    ///
    /// So what runs from Monday to Friday is overdue when a Tuesday lacks it, and never on a Saturday; what runs each Monday is
    /// overdue on a Monday alone; what was seen on 7 of 14 days at random hardly ever is, since it was away before.
    pub(super) fn is_overdue(self, date: Option<Day>) -> bool {
        if self.seen.count_ones() < 2 || date.is_some_and(|date| !self.is_due_on(date)) {
            return false;
        }
        let windows = self.own_windows(date);
        let away = windows.iter().take_while(|seen| !**seen).count() + 1;
        // What lies before the first sighting, and behind the last one, is no gap.
        let between = windows.split(|seen| *seen).skip(1);
        let gaps: Vec<usize> = between.map(<[bool]>::len).collect();
        let longest = gaps.split_last().and_then(|(_, gaps)| gaps.iter().max()).copied().unwrap_or(0);
        away > longest && away <= windows.len().div_ceil(2)
    }

    fn is_seen(self, place: u32) -> bool {
        self.seen.checked_shr(place).unwrap_or(0) & 1 == 1
    }

    /// Whether it was seen in each window that counts, the latest first.
    fn own_windows(self, date: Option<Day>) -> Vec<bool> {
        let is_own = |place: &u32| {
            let Some(date) = date else { return true };
            let mut of_weekday = (place % 7..self.known).step_by(7);
            let is_known_once = of_weekday.len() == 1;
            of_weekday.any(|place| self.is_seen(place))
                || is_known_once && is_working_day(date.plus(-i64::from(*place) - 1))
        };
        (0..self.known).filter(is_own).map(|place| self.is_seen(place)).collect()
    }

    fn is_due_on(self, date: Day) -> bool {
        let mut weeks_ago = [7, 14].into_iter().filter(|days| *days <= self.known).peekable();
        match weeks_ago.peek() {
            None => is_working_day(date),
            Some(_) => weeks_ago.all(|days| self.is_seen(days - 1)),
        }
    }
}

/// Whether it is none of Saturday and Sunday.
fn is_working_day(date: Day) -> bool {
    // The first of January 1970, day 0, was a Thursday.
    (1..=5).contains(&(date.number() + 4).rem_euclid(7))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The days before, the latest last: `x` where it was seen.
    fn rhythm(days: &str) -> Rhythm {
        let days: Vec<bool> = days.chars().filter(|day| *day != ' ').map(|day| day == 'x').collect();
        let bits = days.iter().rev().enumerate().map(|(at, seen)| u16::from(*seen) << at);
        Rhythm { seen: bits.sum(), known: u32::try_from(days.len()).unwrap() }
    }

    #[test]
    fn what_has_a_rhythm_is_overdue_when_it_breaks() {
        // The second of November 2026 is a Monday.
        let check = |days: &str, date: &str, expected| {
            assert_eq!(rhythm(days).is_overdue(Day::parse(date)), expected, "{days:?} {date}");
        };
        // From Monday to Friday.
        check("xxxxx.. xxxxx..", "2026-11-02", true);
        check("x..xxxx x..xxxx", "2026-11-06", true);
        check("x..xxxx x..xxx.", "2026-11-06", true);
        check("..xxxxx ..xxxxx", "2026-11-07", false);
        check(".xxxxx. .xxxxx.", "2026-11-08", false);
        // Each day; what is away for longer than a week was told before.
        check("xxxxxxx xxxxxxx", "2026-11-07", true);
        check("xxxxxxx x......", "2026-11-07", true);
        check("xxxxxxx .......", "2026-11-07", false);
        // Each day but one: it stays away for longer than it ever did.
        check("xxxxx.x xxxxxxx", "2026-11-04", false);
        check("xxxxx.x xxxxxx.", "2026-11-04", true);
        // Each Monday.
        check("x...... x......", "2026-11-02", true);
        check("......x ......x", "2026-11-03", false);
        check("x...... .......", "2026-11-02", false);
        // Now and then.
        check("x.x.x.x .x.x.x.", "2026-11-06", false);
        check("x.x.xx. xx..xx.", "2026-11-06", false);
        // Away for most of the few days that are known.
        check("xx..", "2026-11-05", false);
        check("xx....", "2026-11-09", false);
        check("xxxx..", "2026-11-09", true);
        // For three days, and never again.
        check("....... xxx....", "2026-11-02", false);
        check("x", "2026-11-06", false);
        check("", "2026-11-06", false);
    }

    #[test]
    fn a_weekend_that_nobody_knows_is_none_on_which_anything_is_due() {
        for (date, expected) in
            [("2026-11-06", true), ("2026-11-07", false), ("2026-11-08", false), ("2026-11-09", true)]
        {
            assert_eq!(rhythm("xxxxx").is_overdue(Day::parse(date)), expected, "{date}");
        }
        assert!(rhythm("xxxxxxx").is_overdue(Day::parse("2026-11-08")), "it was seen a week ago");
        assert!(rhythm("xxxxx").is_overdue(None), "windows of another length know no weekdays");
    }
}
