//! Which days of a table are complete, where somebody remembers.
//!
//! A day is to a store what a log file is, and so is each log file that had rows. A log file never changes, so that what is
//! asked for again replaces itself; a day counts as read when all its rows were, and is asked for again until no log file
//! comes into its folder any more.

use super::days::DayRange;
use super::plan::TablePlan;
use crate::domain::timestamp::Day;
use crate::source::known::{KnownSource, Resume};
use crate::source::paged::slots::COMPLETE;
use crate::source::question::RemoteQuestion;

/// The days of a table.
#[derive(Debug, Clone)]
pub(super) struct RememberedDays {
    /// What the names of all that is remembered of the table begin with.
    front: String,
    /// The days that are asked for.
    pub(super) wanted: Vec<DayRange>,
    /// The first day that may still change.
    first_open: Day,
    /// The last day of those that somebody wants to know of.
    last: Option<Day>,
}

impl RememberedDays {
    /// What is to be asked for of `range`.
    pub(super) fn new(
        plan: &TablePlan,
        known: &dyn KnownSource,
        resume: &Resume,
        question: &RemoteQuestion,
        range: Option<DayRange>,
    ) -> Self {
        // Without folders of days, an event of a day comes with the folders of the days behind it.
        let late = if plan.layout.day.prunes() { 0 } else { i64::from(question.late_days) };
        let first_open = resume.first_open(question.now).plus(-late);
        let mut days = Self { front: front(&plan.label()), wanted: Vec::new(), first_open, last: None };
        // Nothing is in the folders of days to come.
        let range = range.map(|range| DayRange { last: range.last.min(question.now.day()), ..range });
        let Some(range) = range.filter(|range| range.first <= range.last) else { return days };
        days.last = Some(range.last);
        let names: Vec<String> = range.first.through(range.last).map(|day| days.name(day)).collect();
        let read = known.read(&names.iter().map(String::as_str).collect::<Vec<_>>());
        // A longer look-back reaches days that counted as complete.
        let asks_again = |day: Day| resume.refresh || day >= first_open;
        for day in range.first.through(range.last) {
            let is_complete = read.get(days.name(day).as_str()).is_some_and(|(_, tag)| &**tag == COMPLETE);
            if is_complete && !asks_again(day) {
                continue;
            }
            match days.wanted.last_mut() {
                Some(before) if before.last.plus(1) == day => before.last = day,
                _ => days.wanted.push(DayRange { first: day, last: day }),
            }
        }
        days
    }

    /// What the names begin with.
    pub(super) fn front(&self) -> &str {
        &self.front
    }

    /// What a store calls a day.
    pub(super) fn name(&self, day: Day) -> String {
        format!("{}{day}", self.front)
    }

    /// What it calls a log file of a day, or a part of it. What has no day comes with any of them.
    pub(super) fn file(&self, day: Option<Day>, log_file: Option<&str>, part: usize) -> String {
        let day = day.map_or_else(|| "undated".to_owned(), |day| day.to_string());
        let part = if part == 0 { String::new() } else { format!("#{part}") };
        format!("{}{day}/{}{part}", self.front, log_file.unwrap_or_default())
    }

    /// What says whether a day is complete.
    pub(super) fn tag(&self, day: Day) -> &'static str {
        if day < self.first_open { COMPLETE } else { "" }
    }

    /// Whether a day is asked for. What has none comes with any.
    pub(super) fn wants(&self, day: Option<Day>) -> bool {
        day.is_none_or(|day| self.wanted.iter().any(|range| range.first <= day && day <= range.last))
    }

    /// All days that are asked for; where there is none, the last one, so that the table counts as reached.
    pub(super) fn all(&self) -> impl Iterator<Item = Day> {
        let last = self.last.filter(|_| self.wanted.is_empty());
        self.wanted.iter().flat_map(|range| range.first.through(range.last)).chain(last)
    }
}

/// What the names of the days of a table begin with.
pub(super) fn front(label: &str) -> String {
    format!("{label}:")
}
