//! Rows of extracts as bytes, for files that this process alone reads.

use std::sync::Arc;

use super::call_bytes::{CallsInCommon, put_activity, put_call, take_activity, take_call};
use super::fold::{GatheredRows, StoredRow};
use crate::audit::aside::bytes::{Rest, put_number, put_optional, put_signed, put_text};
use crate::audit::aside::event_bytes::{put_event_of_file, put_log_file, take_event_of_file, take_log_file};
use crate::audit::aside::file::AsideError;
use crate::audit::aside::stored::StoredEvent;
use crate::audit::aside::text_numbers::TextNumbers;
use crate::audit::aside::writer::EventRoom;
use crate::decode::extract::{Attempt, ExtractedCall, ExtractedEvent, ExtractedTally};
use crate::domain::tally::{ByteTally, RecordTally, Skip};
use crate::domain::timestamp::Timestamp;

/// What a row is: an event or a call of the attempt of the one before it, one of another one, or a tally.
const SAME: u8 = 0;
const EVENT: u8 = 1;
const TALLY: u8 = 2;
const SAME_CALL: u8 = 3;
const CALL: u8 = 4;

/// Adds an event of a source. Where both are those of the `last` one, it goes without them.
pub(super) fn put_event(
    source: usize,
    row: &ExtractedEvent,
    last: Option<&(usize, Arc<Attempt>)>,
    texts: &mut TextNumbers,
    out: &mut Vec<u8>,
) {
    put_kind((SAME, EVENT), (source, &row.attempt), last, texts, out);
    put_number(row.offset, out);
    out.push(u8::from(row.event.is_some()));
    if let Some(event) = &row.event {
        put_event_of_file(event, texts, out);
    }
    put_optional(row.principal.as_deref(), out);
}

/// Adds a call of a source. Where both are those of the `last` row, it goes without them.
pub(super) fn put_call_row(
    source: usize,
    row: &ExtractedCall,
    last: Option<&(usize, Arc<Attempt>)>,
    texts: &mut TextNumbers,
    out: &mut Vec<u8>,
) {
    put_kind((SAME_CALL, CALL), (source, &row.attempt), last, texts, out);
    put_number(row.offset, out);
    put_call(&row.call, texts, out);
}

/// Adds what a row is: the first kind, where it is of the same attempt as the `last` one, or the second and that.
fn put_kind(
    (same, other): (u8, u8),
    (source, attempt): (usize, &Arc<Attempt>),
    last: Option<&(usize, Arc<Attempt>)>,
    texts: &mut TextNumbers,
    out: &mut Vec<u8>,
) {
    if last.is_some_and(|(last, known)| *last == source && known == attempt) {
        out.push(same);
    } else {
        out.push(other);
        put_number(source as u64, out);
        put_attempt(attempt, texts, out);
    }
}

/// Adds a tally of a source.
pub(super) fn put_tally(source: usize, tally: &ExtractedTally, texts: &mut TextNumbers, out: &mut Vec<u8>) {
    out.push(TALLY);
    put_number(source as u64, out);
    put_attempt(&tally.attempt, texts, out);
    texts.put(Some(&tally.source), out);
    let records = tally.records;
    let numbers =
        [tally.bytes.read, tally.bytes.inflated, records.total, records.kept, records.other, records.malformed];
    for number in numbers {
        put_number(number, out);
    }
    put_optional(tally.failed.as_deref(), out);
    texts.put(tally.skipped.map(Skip::as_str), out);
    put_number(tally.malformed.len() as u64, out);
    for (offset, reason) in &tally.malformed {
        put_number(*offset, out);
        put_text(reason, out);
    }
    put_optional(tally.truncated.as_deref(), out);
    out.push(u8::from(tally.size.is_some()));
    if let Some(size) = tally.size {
        put_number(size, out);
    }
    out.push(u8::from(tally.last_modified.is_some()));
    if let Some(time) = tally.last_modified {
        put_signed(time.seconds(), out);
    }
    put_number(tally.issuers.len() as u64, out);
    for (issuer, count) in &tally.issuers {
        texts.put(Some(issuer), out);
        put_number(*count, out);
    }
    out.push(u8::from(tally.activity.is_some()));
    if let Some(activity) = &tally.activity {
        put_activity(activity, texts, out);
    }
}

/// Adds what these bytes hold to other rows. Events whose texts have the numbers of a room go on as they are.
pub(super) fn take_rows(
    bytes: &[u8],
    (texts, common, room): (&mut TextNumbers, &mut CallsInCommon, Option<&EventRoom>),
    into: &mut GatheredRows,
) -> Result<(), AsideError> {
    let mut rest = Rest(bytes);
    let mut last: Option<(usize, Arc<Attempt>)> = None;
    while !rest.is_empty() {
        match rest.byte()? {
            TALLY => {
                let source = rest.size()?;
                into.tallies.push((source, take_tally(&mut rest, texts)?));
            }
            kind => {
                if kind == EVENT || kind == CALL {
                    last = Some((rest.size()?, Arc::new(take_attempt(&mut rest, texts)?)));
                }
                let Some((source, attempt)) = &last else { return Err(AsideError::damaged()) };
                let (offset, attempt) = (rest.number()?, Arc::clone(attempt));
                if kind == CALL || kind == SAME_CALL {
                    let call = take_call(&mut rest, &attempt.log_file, texts, common)?;
                    into.calls.push((*source, ExtractedCall { attempt, offset, call }));
                    continue;
                }
                let is_there = rest.byte()?;
                if let Some(room) = room.filter(|_| is_there != 0) {
                    let event = StoredEvent::take(&mut rest, texts, |issuer, subject, run_id| {
                        room.part_of_run(issuer, subject, run_id)
                    })?;
                    rest.optional()?;
                    into.stored.push((*source, StoredRow { attempt, offset, event }));
                    continue;
                }
                let event = match is_there {
                    0 => None,
                    _ => Some(Box::new(take_event_of_file(&mut rest, &attempt.log_file, texts)?)),
                };
                let principal = rest.optional()?.map(Into::into);
                into.events.push((*source, ExtractedEvent { attempt, offset, event, principal }));
            }
        }
    }
    Ok(())
}

fn put_attempt(attempt: &Attempt, texts: &mut TextNumbers, out: &mut Vec<u8>) {
    put_log_file(&attempt.log_file, texts, out);
    put_optional(attempt.etag.as_deref(), out);
    texts.put(Some(&attempt.name), out);
}

fn take_attempt(rest: &mut Rest<'_>, texts: &mut TextNumbers) -> Result<Attempt, AsideError> {
    let log_file = take_log_file(rest, texts)?;
    let etag = rest.optional()?.map(Into::into);
    Ok(Attempt { log_file, etag, name: (*texts.take_one(rest)?).into() })
}

fn take_tally(rest: &mut Rest<'_>, texts: &mut TextNumbers) -> Result<ExtractedTally, AsideError> {
    let attempt = take_attempt(rest, texts)?;
    let source = (*texts.take_one(rest)?).into();
    let bytes = ByteTally { read: rest.number()?, inflated: rest.number()? };
    let records =
        RecordTally { total: rest.number()?, kept: rest.number()?, other: rest.number()?, malformed: rest.number()? };
    let failed = rest.optional()?.map(Into::into);
    let skipped = texts.take(rest)?.and_then(|word| Skip::of_word(&word));
    let malformed =
        (0..rest.number()?).map(|_| Ok((rest.number()?, rest.text()?.into()))).collect::<Result<_, AsideError>>()?;
    let truncated = rest.optional()?.map(Into::into);
    let size = if rest.byte()? == 0 { None } else { Some(rest.number()?) };
    let last_modified = match rest.byte()? {
        0 => None,
        _ => Timestamp::from_seconds(rest.signed()?),
    };
    let issuers = (0..rest.number()?)
        .map(|_| Ok(((*texts.take_one(rest)?).into(), rest.number()?)))
        .collect::<Result<_, AsideError>>()?;
    let activity = if rest.byte()? == 0 { None } else { Some(Box::new(take_activity(rest, texts)?)) };
    Ok(ExtractedTally {
        attempt,
        source,
        bytes,
        records,
        failed,
        skipped,
        malformed,
        truncated,
        size,
        last_modified,
        issuers,
        activity,
    })
}
