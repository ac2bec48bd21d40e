//! Rows of an extract, as NDJSON: each event of a log file that was kept, and after them a tally of the file (DESIGN §12).
//!
//! Nothing is deduplicated or filtered, so that rows of many workers can be folded into what one scan gives.

#[cfg(feature = "parquet")]
pub mod columns;

mod file;

mod tally;

use std::borrow::Cow;
use std::io;

use super::cell::{Cell, Shape};
use super::object_text::ObjectText;
use super::row::{SCHEMA_VERSION, events};
use super::schema::{Column, Heading};
use crate::domain::assumption::Assumption;
use crate::domain::digest::hex;

pub use self::file::{ExtractedFate, ExtractedFile};

/// The columns of an event behind those of `events`, in the public order.
const BESIDE: [(&str, Shape); 11] = [
    ("record_sha256", Shape::Text),
    ("offset", Shape::Count),
    ("etag", Shape::Text),
    ("attempt", Shape::Text),
    ("original_event_id", Shape::Text),
    ("session_end", Shape::Time),
    ("duration_seconds", Shape::Number),
    ("verification_method", Shape::Text),
    ("assumed_role_id", Shape::Text),
    ("updated_fields", Shape::Text),
    ("expiration", Shape::Time),
];

/// The columns of an event, in the public order.
fn event_headings() -> Vec<Heading> {
    let text = |name| Heading { name, shape: Shape::Text };
    let mut headings = vec![text("row"), text("schema_version")];
    headings.extend(events::schema().columns().iter().map(Column::heading));
    headings.extend(BESIDE.map(|(name, shape)| Heading { name, shape }));
    headings
}

/// Makes the lines of an extract.
pub struct ExtractText {
    attempt: String,
    columns: Vec<Column<Assumption>>,
    events: ObjectText,
}

impl ExtractText {
    /// For a run of the program that has this name; no other run has it.
    #[must_use]
    pub fn new(attempt: String) -> Self {
        let columns = events::schema().columns().to_vec();
        Self { attempt, columns, events: ObjectText::compact(&event_headings()) }
    }

    /// Adds the lines of a log file, and says how many.
    ///
    /// # Errors
    ///
    /// None that a buffer in memory has.
    pub fn put(&self, file: &ExtractedFile<'_>, out: &mut Vec<u8>) -> io::Result<u64> {
        let mut lines = 1;
        if let ExtractedFate::Decoded(decoded) = file.fate {
            let mut last = None;
            // They are in the order of the events, and not every event has one.
            let mut principals = decoded.principals.iter().peekable();
            for (event, place) in decoded.assumptions.iter().zip(&decoded.places) {
                // Events in one carrier have one place, and an offset each all the same.
                let offset = last.map_or(*place, |last: u64| (*place).max(last.saturating_add(1)));
                last = Some(offset);
                let principal = principals.next_if(|(content, _)| *content == event.content);
                self.event(event, offset, principal.map(|(_, principal)| &**principal), file.etag, out)?;
                lines += 1;
            }
        }
        tally::put(file, &self.attempt, out)?;
        Ok(lines)
    }

    fn event(
        &self,
        event: &Assumption,
        offset: u64,
        principal: Option<&str>,
        etag: Option<&str>,
        out: &mut Vec<u8>,
    ) -> io::Result<()> {
        let correction = event.correction.as_deref();
        let mut cells = vec![Cell::text(Some("event")), Cell::Count(SCHEMA_VERSION)];
        cells.extend(self.columns.iter().map(|column| column.cell(event)));
        cells.extend([
            Cell::owned(hex(&event.content)),
            Cell::Count(offset),
            Cell::text(etag),
            Cell::text(Some(&self.attempt)),
            Cell::text(correction.map(|it| &*it.original)),
            Cell::Time(event.session_end()),
            event.duration_seconds.map_or(Cell::text(None), |seconds| Cell::Number(Cow::Owned(seconds.to_string()))),
            Cell::text(event.verification_method.as_deref()),
            Cell::text(principal),
            Cell::text(correction.map(|it| &*it.updated)),
            Cell::Time(event.expiration),
        ]);
        self.events.put(&cells, out)?;
        out.push(b'\n');
        Ok(())
    }
}
