//! Rows of tables: each is one element. It has the text of an event, or of a carrier of events, in one of its columns, or
//! the parts of an event in several.

use super::envelope::RecordSink as _;
use super::keys::InnerString;
use super::look::TextOrigin;
use super::one_object::QuotedText;
use super::opaque::{holds_event, may_hold_calls, names_event};
use super::table::{ATHENA, Row, RowDefect, RowHolds, Table, lack, record_of_lower_case, table_of};
use crate::decode::collect::Collector;
use crate::decode::defect::MalformedReason;
use crate::decode::record::assumption::EVENT_NAME;

impl Collector<'_> {
    /// A row of cells in JSON, and the text in it that begins as an object, if one was seen.
    pub(in crate::decode) fn look_at_row(&mut self, json: &[u8], text: Option<InnerString>, offset: u64) {
        if let Some(record) = text.and_then(|text| self.other_event_in_row(json, text)) {
            return self.other_event(record, offset);
        }
        let row = Row::of_json(json);
        match row.as_ref().and_then(|row| Some((table_of(&row.names())?, row))) {
            Some((table, row)) => match self.lack_of(table, &row.names()) {
                // What tells an assumption is there.
                Some(reason) if row.get("eventname") != Some(EVENT_NAME) => {
                    self.incomplete_call(offset, MalformedReason::Row { table: table.name, reason });
                }
                _ => self.look_at_cells(table, row, offset),
            },
            None => self.unknown(json, offset),
        }
    }

    /// What a table with columns of these names lacks of what is asked for, as the end of a sentence.
    pub(in crate::decode) fn lack_of<'n>(
        &self,
        table: &Table,
        names: &(impl Iterator<Item = &'n str> + Clone),
    ) -> Option<String> {
        let calls = self.calls.as_ref().filter(|_| matches!(table.holds, RowHolds::Parts(_)))?;
        lack(calls.kind(), |column| names.clone().any(|name| name.eq_ignore_ascii_case(column)))
    }

    /// The JSON string of another event in the column of a table that holds events, if a row that does not name ours is seen
    /// to have one.
    fn other_event_in_row<'b>(&self, json: &'b [u8], text: InnerString) -> Option<&'b [u8]> {
        let InnerString { begin, end, object } = text;
        let (front, quoted, behind) = (json.get(..begin)?, json.get(begin..end)?, json.get(end..)?);
        if !is_value_of_events(front) || !self.is_other_event(QuotedText::new(quoted, Some(object))) {
            return None;
        }
        let may_name = |beside: &[u8]| self.ways.prefilter.may_name(beside);
        (!may_name(front) && !may_name(behind)).then_some(quoted)
    }

    /// A row of a table.
    pub(in crate::decode) fn look_at_cells(&mut self, table: &Table, row: &Row<'_>, offset: u64) {
        let wrong = |reason: String| MalformedReason::Row { table: table.name, reason };
        match table.holds {
            RowHolds::Text(column) => {
                let Some(text) = row.get(column).filter(|text| !text.is_empty()) else {
                    return self.malformed(offset, wrong(format!("its {column} is empty")));
                };
                let before = self.findings();
                self.inside(offset, |this| this.text(text.as_bytes(), offset, TextOrigin::Message));
                // What lies in another column may be an event of its own, or a copy of this one.
                let prefilter = self.ways.prefilter;
                let is_found = before != self.findings();
                let is_lost = if is_found {
                    row.texts().any(|other| other != text && holds_event(other.as_bytes(), prefilter))
                } else {
                    row.texts().any(|text| names_event(text.as_bytes(), prefilter))
                };
                let asks = self.asks_for_sessions();
                if is_lost {
                    self.malformed(offset, MalformedReason::NoEvent);
                } else if asks && row.texts().any(|other| other != text && may_hold_calls(other.as_bytes())) {
                    self.hidden_call(offset, MalformedReason::NoEvent);
                }
            }
            RowHolds::Parts(read) => match read(row) {
                Ok(record) => self.put_together(&record, offset),
                Err(reason) => self.malformed(offset, wrong(reason)),
            },
        }
    }

    /// An object whose names are those of a table.
    pub(in crate::decode) fn look_at_lower_case(&mut self, object: &[u8], offset: u64) {
        let calls = self.calls.as_ref().map(|calls| calls.kind());
        let wrong = |reason: String| MalformedReason::Row { table: ATHENA, reason };
        match record_of_lower_case(object, calls) {
            Ok(record) => self.put_together(&record, offset),
            Err(RowDefect::Call(reason)) => self.incomplete_call(offset, wrong(reason)),
            // Where calls are told apart from assumptions, it is one of these all the same.
            Err(RowDefect::Session(_)) if self.ways.places => {
                if let Ok(record) = record_of_lower_case(object, None) {
                    self.put_together(&record, offset);
                }
            }
            Err(RowDefect::Row(reason) | RowDefect::Session(reason)) => self.malformed(offset, wrong(reason)),
        }
    }

    /// A record that was put together of its parts.
    pub(in crate::decode) fn put_together(&mut self, record: &str, offset: u64) {
        self.inside(offset, |this| this.text(record.as_bytes(), offset, TextOrigin::Event));
    }
}

/// Whether what follows this part of a row is the value in a column of events, as results of queries have it.
fn is_value_of_events(front: &[u8]) -> bool {
    let before = |rest: &[u8], token: &[u8]| {
        let rest = rest.trim_ascii_end();
        rest.len().checked_sub(token.len()).filter(|at| rest[*at..].eq_ignore_ascii_case(token))
    };
    let behind =
        |tokens: &[&[u8]]| tokens.iter().rev().try_fold(front.len(), |at, token| before(&front[..at], token)).is_some();
    behind(&[b"{", b"\"eventjson\"", b":"]) || behind(&[b"\"field\"", b":", b"\"@message\"", b",", b"\"value\"", b":"])
}
