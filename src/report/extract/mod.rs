//! Rows of an extract, as NDJSON: each event of a log file that was kept, each call where these are extracted, and after them a tally
//! of the file (DESIGN §12).
//!
//! Nothing is deduplicated or filtered, so that rows of many workers can be folded into what one scan gives.

#[cfg(feature = "parquet")]
pub mod columns;

#[cfg(feature = "parquet")]
pub mod days;

mod activity;

mod call;

mod file;

mod tally;

use std::borrow::Cow;
use std::io;

use self::call::CallPlace;
use super::cell::{Cell, Shape};
use super::object_text::ObjectText;
use super::row::{SCHEMA_VERSION, events};
use super::schema::{Column, Heading};
use crate::domain::assumption::Assumption;
use crate::domain::digest::hex;
use crate::domain::issuer::Issuers;

pub use self::file::{ExtractedFate, ExtractedFile};

/// The columns of an event behind those of `events`, in the public order.
const BESIDE: [(&str, Shape); 12] = [
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
    ("filled", Shape::Count),
];

/// The columns of an event, in the public order.
fn event_headings() -> Vec<Heading> {
    let text = |name| Heading { name, shape: Shape::Text };
    let mut headings = vec![text("row"), text("schema_version")];
    headings.extend(events::schema().columns().iter().map(Column::heading));
    headings.extend(BESIDE.map(|(name, shape)| Heading { name, shape }));
    headings
}

/// Places that are told apart: what stands in one carrier has one place, and an offset each all the same.
#[derive(Default)]
struct DistinctPlaces(Option<u64>);

impl DistinctPlaces {
    fn next(&mut self, place: u64) -> u64 {
        let offset = self.0.map_or(place, |last| place.max(last.saturating_add(1)));
        self.0 = Some(offset);
        offset
    }
}

/// Makes the lines of an extract.
pub struct ExtractText {
    attempt: String,
    /// The issuers of the runs whose calls are extracted, if any are.
    activity: Option<Issuers>,
    columns: Vec<Column<Assumption>>,
    events: ObjectText,
}

impl ExtractText {
    /// For a run of the program that has this name; no other run has it. `activity` has the issuers of the runs whose calls are
    /// extracted, if any are.
    #[must_use]
    pub fn new(attempt: String, activity: Option<Issuers>) -> Self {
        let columns = events::schema().columns().to_vec();
        Self { attempt, activity, columns, events: ObjectText::compact(&event_headings()) }
    }

    /// Adds the lines of a log file, and says how many.
    ///
    /// # Errors
    ///
    /// None that a buffer in memory has.
    pub fn put(&self, file: &ExtractedFile<'_>, out: &mut Vec<u8>) -> io::Result<u64> {
        let mut lines = 1;
        if let ExtractedFate::Decoded(decoded) = file.fate {
            let mut places = DistinctPlaces::default();
            // They are in the order of the events, and not every event has one.
            let mut principals = decoded.principals.iter().peekable();
            for (event, place) in decoded.assumptions.iter().zip(&decoded.places) {
                let offset = places.next(*place);
                let principal = principals.next_if(|(content, _)| *content == event.content);
                self.event(event, offset, principal.map(|(_, principal)| &**principal), file.etag, out)?;
                lines += 1;
            }
            let mut places = DistinctPlaces::default();
            for (call, place) in decoded.session_calls.iter().zip(&decoded.call_places) {
                let place = CallPlace { offset: places.next(*place), etag: file.etag, attempt: &self.attempt };
                call::put(call, &place, out)?;
                lines += 1;
            }
        }
        tally::put(file, &self.attempt, self.activity.as_ref(), out)?;
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
        let filled = cells.iter().filter(|cell| !cell.is_absent()).count() as u64;
        cells.push(Cell::Count(filled));
        self.events.put(&cells, out)?;
        out.push(b'\n');
        Ok(())
    }
}
