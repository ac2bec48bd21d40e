//! `coverage`: what was and was not seen, by account, region and day.

use crate::audit::coverage::{Coverage, DayKey, DayTally, GapKind};
use crate::report::cell::{Cell, Shape};
use crate::report::schema::{Column, Schema};

/// One day of an account's region: with log files, or a gap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayRow {
    /// Which day.
    pub key: DayKey,
    /// What its log files held; nothing on a gap.
    pub tally: DayTally,
    /// Whether it is a day of the window without any log file, and where it lies.
    pub gap: Option<GapKind>,
}

const COLUMNS: &[Column<DayRow>] = &[
    Column::new("account_id", Shape::Text, |day| Cell::text(day.key.account_id.as_deref())),
    Column::new("region", Shape::Text, |day| Cell::text(day.key.region.as_deref())),
    Column::new("date", Shape::Text, |day| Cell::owned(day.key.date.map(|date| date.to_string()).unwrap_or_default())),
    Column::new("files", Shape::Count, |day| Cell::Count(day.tally.files)),
    Column::new("records", Shape::Count, |day| Cell::Count(day.tally.records)),
    Column::new("kept", Shape::Count, |day| Cell::Count(day.tally.kept)),
    Column::new("gap", Shape::Flag, |day| Cell::Flag(Some(day.gap.is_some()))),
    Column::new("gap_kind", Shape::Text, |day| Cell::text(day.gap.map(GapKind::as_str))),
];

/// The columns of `coverage`.
#[must_use]
pub fn schema() -> Schema<DayRow> {
    Schema::new(COLUMNS.to_vec(), &[])
}

/// The rows of `coverage`, by account, region and day, what is absent first.
#[must_use]
pub fn rows(coverage: &Coverage) -> Vec<DayRow> {
    let gaps = coverage.gaps.iter().flat_map(|gap| {
        let (account_id, region) = (Some(gap.account_id.clone()), Some(gap.region.clone()));
        let key = move |date| DayKey { account_id: account_id.clone(), region: region.clone(), date: Some(date) };
        gap.each_day().map(move |date| DayRow { key: key(date), tally: DayTally::default(), gap: Some(gap.kind) })
    });
    let seen = coverage.days.iter().filter(|(_, tally)| tally.files > 0);
    let seen = seen.map(|(key, tally)| DayRow { key: key.clone(), tally: *tally, gap: None });
    let mut rows: Vec<DayRow> = gaps.chain(seen).collect();
    rows.sort_by(|one, other| one.key.cmp(&other.key));
    rows
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
                "   1 4 0 false ",
                "111122223333 eu-west-1 2026-11-03 2 700 60 false ",
                "111122223333 eu-west-1 2026-11-04 0 0 0 true inside",
                "111122223333 eu-west-1 2026-11-05 0 0 0 true inside",
                "111122223333 eu-west-1 2026-11-06 1 500 15 false ",
                "111122223333 eu-west-2 2026-11-04 0 0 0 true after-last",
            ]
        );
    }
}
