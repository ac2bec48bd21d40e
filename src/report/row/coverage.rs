//! `coverage`: what was and was not seen, by account, region and day.

use std::collections::BTreeMap;

use crate::audit::coverage::{Coverage, DayKey, DayTally};
use crate::report::cell::{Cell, Shape};
use crate::report::schema::{Column, Schema};

/// One day of an account's region: with log files, or a gap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayRow {
    /// Which day.
    pub key: DayKey,
    /// What its log files held; nothing on a gap.
    pub tally: DayTally,
    /// Whether it lies between days with log files and has none.
    pub gap: bool,
}

const COLUMNS: &[Column<DayRow>] = &[
    Column::new("account_id", Shape::Text, |day| Cell::text(day.key.account_id.as_deref())),
    Column::new("region", Shape::Text, |day| Cell::text(day.key.region.as_deref())),
    Column::new("date", Shape::Text, |day| Cell::owned(day.key.date.map(|date| date.to_string()).unwrap_or_default())),
    Column::new("files", Shape::Count, |day| Cell::Count(day.tally.files)),
    Column::new("records", Shape::Count, |day| Cell::Count(day.tally.records)),
    Column::new("kept", Shape::Count, |day| Cell::Count(day.tally.kept)),
    Column::new("gap", Shape::Flag, |day| Cell::Flag(day.gap)),
];

/// The columns of `coverage`.
#[must_use]
pub fn schema() -> Schema<DayRow> {
    Schema::new(COLUMNS.to_vec(), &[])
}

/// The rows of `coverage`, by account, region and day, what is absent first.
#[must_use]
pub fn rows(coverage: &Coverage) -> Vec<DayRow> {
    let gaps = coverage.gaps.iter().map(|key| (key, (DayTally::default(), true)));
    let seen = coverage.days.iter().filter(|(_, tally)| tally.files > 0).map(|(key, tally)| (key, (*tally, false)));
    let days: BTreeMap<&DayKey, (DayTally, bool)> = gaps.chain(seen).collect();
    days.into_iter().map(|(key, (tally, gap))| DayRow { key: key.clone(), tally, gap }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn rows_are_the_days_with_files_and_the_gaps() {
        let found: Vec<String> = rows(&sample::coverage())
            .iter()
            .map(|row| {
                schema()
                    .columns()
                    .iter()
                    .map(|column| column.cell(row).to_text().into_owned())
                    .collect::<Vec<_>>()
                    .join(" ")
            })
            .collect();
        assert_eq!(
            found,
            [
                "   1 4 0 false",
                "111122223333 eu-west-1 2026-11-03 2 700 60 false",
                "111122223333 eu-west-1 2026-11-04 0 0 0 true",
                "111122223333 eu-west-1 2026-11-05 0 0 0 true",
                "111122223333 eu-west-1 2026-11-06 1 500 15 false",
                "111122223333 eu-west-2 2026-11-04 0 0 0 true",
            ]
        );
    }
}
