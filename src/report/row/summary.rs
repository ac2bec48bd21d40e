//! `summary`: counts by any of the columns of `events`, or by day or hour.

use super::events;
use crate::audit::filter::event_field::EventField;
use crate::audit::summary::{GroupKey, SummaryEvent, SummaryGroup, summarize};
use crate::domain::assumption::{Assumption, Outcome};
use crate::report::cell::{Cell, Shape};
use crate::report::schema::{Column, ColumnError, Schema};

/// By what is counted unless something else is asked for.
pub const DEFAULT_BY: &str = "organization,project,workspace";

/// Only for counting: the UTC day and hour of an event.
const SPANS: [Column<Assumption>; 2] = [
    Column::new("day", Shape::Text, |event| Cell::owned(event.time.day().to_string())),
    Column::new("hour", Shape::Text, |event| Cell::owned(event.time.hour().to_string())),
];

const COUNTS: [Column<SummaryGroup>; 5] = [
    Column::new("runs", Shape::Count, |group| Cell::Count(group.runs)),
    Column::new("assumptions", Shape::Count, |group| Cell::Count(group.assumptions)),
    Column::new("denied", Shape::Count, |group| Cell::Count(group.denied)),
    Column::new("first_seen", Shape::Time, |group| Cell::Time(Some(group.first_seen))),
    Column::new("last_seen", Shape::Time, |group| Cell::Time(Some(group.last_seen))),
];

/// The columns by which events are counted.
#[derive(Debug, Clone)]
pub struct By(Vec<Column<Assumption>>);

impl By {
    /// Reads `A,B`: columns of `events`, `day` or `hour`.
    pub fn parse(names: &str) -> Result<Self, ColumnError> {
        Schema::new([events::COLUMNS, &SPANS].concat(), &[]).select(names).map(Self)
    }

    /// The columns of such a `summary`. What was counted by is text, times too.
    #[must_use]
    pub fn schema(&self) -> Schema<SummaryGroup> {
        let keys = self.0.iter().enumerate().map(|(place, column)| {
            Column::at(column.heading().name, Shape::Text, place, |group: &SummaryGroup, place| {
                Cell::text(group.keys.get(place).and_then(Option::as_deref))
            })
        });
        Schema::new(keys.chain(COUNTS).collect(), &[])
    }

    /// What it counts by, a part of an event each; nothing where a column shows more than one part.
    #[must_use]
    pub fn keys(&self) -> Option<Vec<GroupKey<'_>>> {
        let keys = self.0.iter().map(|column| {
            let text = Box::new(|event: &Assumption| key(&column.cell(event)));
            Some(GroupKey { part: part(column.heading().name)?, text })
        });
        keys.collect()
    }

    /// Counts events, each given with a number that tells its run.
    #[must_use]
    pub fn rows<'a>(&self, events: impl IntoIterator<Item = (&'a Assumption, usize)>) -> Vec<SummaryGroup> {
        summarize(events.into_iter().map(|(event, run)| SummaryEvent {
            keys: self.0.iter().map(|column| key(&column.cell(event))).collect(),
            run,
            time: event.time,
            denied: matches!(event.outcome, Outcome::Denied { .. }),
        }))
    }
}

/// The part of an event that a column shows.
fn part(column: &str) -> Option<EventField> {
    Some(match column {
        "time" => EventField::Time,
        "day" | "hour" => EventField::Hour,
        "event_id" => EventField::EventId,
        "account_id" => EventField::Account,
        "region" => EventField::Region,
        "source_ip" => EventField::Address,
        "kind" | "organization" | "project" | "workspace" | "stack" | "deployment" | "module" | "phase" | "subject" => {
            EventField::Subject
        }
        "run_id" => EventField::Run,
        "role_arn" => EventField::Role,
        "role_session_name" => EventField::Session,
        "issuer" => EventField::Issuer,
        "audience" => EventField::Audience,
        "outcome" | "error_code" => EventField::Outcome,
        "access_key_id" => EventField::AccessKey,
        "terraform_version" | "provider_version" | "user_agent" => EventField::Agent,
        "log_file" => EventField::LogFile,
        _ => return None,
    })
}

fn key(cell: &Cell<'_>) -> Option<Box<str>> {
    (!cell.is_absent()).then(|| cell.to_text().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn check(by: &str, expected: &[&str]) {
        let by = By::parse(by).unwrap();
        let events = sample::events();
        let schema = by.schema();
        let line = |cells: Vec<String>| cells.join(" ");
        let mut found = vec![line(schema.columns().iter().map(|column| column.heading().name.to_owned()).collect())];
        found.extend(
            by.rows(events.iter().zip([0, 0, 1, 2])).iter().map(|row| {
                line(schema.columns().iter().map(|column| column.cell(row).to_text().into_owned()).collect())
            }),
        );
        assert_eq!(found, expected);
    }

    #[test]
    fn counts_by_what_was_asked_for() {
        check(
            "organization,kind",
            &[
                "organization kind runs assumptions denied first_seen last_seen",
                " other 1 1 0 2026-11-02T12:00:00Z 2026-11-02T12:00:00Z",
                "acme stack 1 1 0 2026-11-02T11:59:59Z 2026-11-02T11:59:59Z",
                "acme workspace 1 2 1 2026-11-02T10:00:00Z 2026-11-02T10:05:00Z",
            ],
        );
        check(
            "hour,day",
            &[
                "hour day runs assumptions denied first_seen last_seen",
                "2026-11-02T10:00:00Z 2026-11-02 1 2 1 2026-11-02T10:00:00Z 2026-11-02T10:05:00Z",
                "2026-11-02T11:00:00Z 2026-11-02 1 1 0 2026-11-02T11:59:59Z 2026-11-02T11:59:59Z",
                "2026-11-02T12:00:00Z 2026-11-02 1 1 0 2026-11-02T12:00:00Z 2026-11-02T12:00:00Z",
            ],
        );
    }

    #[test]
    fn every_column_shows_one_part() {
        let columns = [events::COLUMNS, &SPANS].concat();
        let names: Vec<&str> = columns.iter().map(|column| column.heading().name).collect();
        assert_eq!(By::parse(&names.join(",")).unwrap().keys().map(|keys| keys.len()), Some(28));
    }

    #[test]
    fn refuses_what_is_no_column_of_events() {
        assert!(By::parse("runs").is_err());
        assert!(By::parse("day,day").is_err());
        assert!(By::parse(DEFAULT_BY).is_ok());
    }
}
