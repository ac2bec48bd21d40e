//! Collects what one log file holds.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::assumption::Assumption;
use crate::domain::call::Call;
use crate::domain::digest::{Hash, LogText};
use crate::domain::issuer::{Issuers, OTHER_ISSUERS};
use crate::domain::resource_write::ResourceWrite;
use crate::domain::session_call::SessionCall;
use crate::domain::shared::SharedTexts;
use crate::domain::tally::{ByteTally, RecordTally, Skip};
use crate::domain::verdict::{Verdict, VerifiedFile};

use super::container::envelope::RecordSink;
use super::container::{InnerString, Member, Members, Row, Table};
use super::defect::{Defect, Malformed, MalformedReason};
use super::extract::{ExtractRows, ExtractedLog};
use super::record::assumption;
use super::record::assumption::ReadRecord;
use super::record::call_question::{CallKind, CallQuestion, FoundCall};
use super::record::prefilter::Prefilter;
use super::record::principals::PrincipalNotes;
use super::record::resource_write::WrittenArns;
use super::record::secret::without_secrets;
use super::record::session_call::principal_of_assumption;
use super::structure::{InnerObject, Scanner, StructureScan};

/// What became of one log file.
#[derive(Debug)]
pub struct Decoded {
    /// Its name, as in the `log_file` column.
    pub log_file: Arc<str>,
    /// The web identities of selected issuers, in the order of the text.
    pub assumptions: Vec<Assumption>,
    /// Terraform's calls with long-lived credentials, in the order of the text; only where they were asked for. In the
    /// tally they are among the others.
    pub calls: Vec<Call>,
    /// Calls with the credentials of sessions, in the order of the text; only where they were asked for. In the tally they
    /// are among the others.
    pub session_calls: Vec<SessionCall>,
    /// The principals of the sessions that the assumptions began, by the assumption's `content`; only where calls of
    /// sessions were asked for.
    pub principals: Vec<([u8; 32], Box<str>)>,
    /// Where each of the `assumptions` starts in the inflated text; of one in a carrier, where the outermost one starts. Only
    /// where places were asked for.
    pub places: Vec<u64>,
    /// Where each of the `session_calls` starts, as `places` has it.
    pub call_places: Vec<u64>,
    /// The records that only a reader of calls parsed, and could not read, where another reading tells what is malformed beside them:
    /// in a second pass, and where that was asked for. In the tally they are among the others.
    pub unread_calls: Vec<Malformed>,
    /// Whose calls the file has besides; only where calls of sessions were asked for.
    pub notes: PrincipalNotes,
    /// Writes to some resources, whoever made them; only where these were asked for. In the tally they are among the others.
    pub resource_writes: Vec<ResourceWrite>,
    /// The records that may be such writes and cannot be read, where calls of sessions were read beside them. In the tally they are
    /// among the others.
    pub unread_writes: Vec<Malformed>,
    /// The ARNs that its writes name; only where they were to be noted.
    pub written: WrittenArns,
    /// What became of its records. Of a file that failed it is zero, unless what stands in front of the defect was
    /// to be salvaged.
    pub records: RecordTally,
    /// Bytes read and inflated.
    pub bytes: ByteTally,
    /// The first malformed records; the tally counts all of them.
    pub malformed: Vec<Malformed>,
    /// `AssumeRoleWithWebIdentity` events by issuer, selected or not.
    pub issuers: BTreeMap<Box<str>, u64>,
    /// It is one page of an answer that has more, or another part of one: what of it says so, for a person.
    pub has_more: Option<Box<str>>,
    /// The rows of an extract, if it is one; then it holds nothing else.
    pub extract: Option<Box<ExtractRows>>,
    /// The hash of its bytes as they are stored; only where that was asked for and they could be read.
    pub stored_sha256: Option<Hash>,
    /// What an extract tells of it besides, where others read it and its calls.
    pub extracted: Option<Box<ExtractedLog>>,
    /// It is an extract, and failed.
    pub is_damaged_extract: bool,
    /// It failed with so little text that, beside extracts, it is what is left of one whose writer was ended before its first row.
    pub may_be_extract: bool,
    /// How the reading ended.
    pub ended: FileEnd,
    /// What its bytes are as a text; only where somebody judges texts.
    pub text: Option<LogText>,
    /// What is known of it; only where somebody judged it.
    pub judged: Option<Box<VerifiedFile>>,
}

impl Decoded {
    /// The word on it, where somebody judged it.
    #[must_use]
    pub fn verdict(&self) -> Option<Verdict> {
        self.judged.as_ref().map(|row| row.verdict)
    }

    /// Why the file failed, if it did, and how many records in front of the defect were kept all the same.
    #[must_use]
    pub fn failure(&self) -> Option<String> {
        let FileEnd::Failed(defect) = &self.ended else { return None };
        let kept = match self.records.total {
            0 => String::new(),
            1 => "; kept 1 record in front of the defect".to_owned(),
            kept => format!("; kept {kept} records in front of the defect"),
        };
        Some(format!("{defect}{kept}"))
    }
}

/// How the reading of a log file ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileEnd {
    /// Read to the end.
    Read,
    /// A digest by its content, though not by its name.
    Digest,
    /// Ended by a defect.
    Failed(Defect),
    /// No log file by its content, which was only looked at.
    Skipped(Skip),
    /// No digest lists it, and only log files that were verified count: what it is, all others tell.
    Unlisted,
}

/// So many events of one file may have texts of their own.
const FEW: usize = 256;

/// How many malformed records of one file are told apart: as many as a coverage names.
pub(super) const MALFORMED_KEPT: usize = 10_000;

/// How many issuers of one file are told apart; the rest is counted together.
const ISSUERS_KEPT: usize = 256;

/// How a file is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct CollectOptions<'a> {
    pub(super) issuers: &'a Issuers,
    pub(super) prefilter: &'a Prefilter,
    pub(super) scanner: Scanner,
    /// The most bytes of one record.
    pub(super) max_record: u64,
    /// The most bytes that all carriers of a file may inflate to.
    pub(super) max_file: u64,
    /// Whether the places of assumptions are noted, and whom they made.
    pub(super) places: bool,
    /// Whether records that only a reader of calls cannot read are told apart.
    pub(super) calls_apart: bool,
}

/// Takes the records of one file.
pub(super) struct Collector<'a> {
    pub(super) ways: CollectOptions<'a>,
    pub(super) calls: Option<&'a mut CallQuestion>,
    pub(super) decoded: Decoded,
    texts: SharedTexts,
    /// What is an event, or would be one if it could be read.
    pub(super) known: u64,
    pub(super) digests: u64,
    /// The first element that is no event, and whether it names an object.
    pub(super) first_unknown: Option<(u64, bool)>,
    /// How many carriers the reader is inside of, and where in the text the outermost one starts.
    pub(super) level: u8,
    pub(super) base: Option<u64>,
    /// Whether it is in what base64 stood for that no carrier holds.
    pub(super) in_base64: bool,
    /// What carriers have inflated to.
    pub(super) inflated: u64,
    /// What those have inflated to that the reader is inside of.
    pub(super) held: u64,
    /// What base64 stood for last: a buffer for the next one.
    pub(super) base64_bytes: Vec<u8>,
    /// How much text is in front of the one that is read.
    pub(super) ahead: u64,
}

impl<'a> Collector<'a> {
    pub(super) fn new(log_file: &Arc<str>, ways: CollectOptions<'a>) -> Self {
        let decoded = Decoded::empty(log_file);
        Self {
            ways,
            calls: None,
            decoded,
            texts: SharedTexts::default(),
            known: 0,
            digests: 0,
            first_unknown: None,
            level: 0,
            base: None,
            in_base64: false,
            inflated: 0,
            held: 0,
            base64_bytes: Vec::new(),
            ahead: 0,
        }
    }

    /// The same collector, which takes calls too if these are asked for.
    pub(super) fn with_calls(mut self, calls: Option<&'a mut CallQuestion>) -> Self {
        self.calls = calls;
        self
    }

    /// The result, after the text was read with `outcome`.
    pub(super) fn finish(mut self, outcome: Result<(), Defect>, bytes: ByteTally, salvage: bool) -> Decoded {
        self.decoded.bytes = bytes;
        if let Some(calls) = &mut self.calls {
            self.decoded.notes = calls.finish();
            self.decoded.written = calls.finish_writes();
        }
        self.decoded.ended = match outcome {
            Err(defect) => FileEnd::Failed(defect),
            Ok(()) => self.judge(),
        };
        match self.decoded.ended {
            FileEnd::Read => {}
            FileEnd::Failed(_) if salvage => {}
            FileEnd::Failed(_) | FileEnd::Digest | FileEnd::Skipped(_) | FileEnd::Unlisted => {
                let decoded = &mut self.decoded;
                decoded.assumptions.clear();
                decoded.calls.clear();
                decoded.session_calls.clear();
                decoded.principals.clear();
                decoded.places.clear();
                decoded.call_places.clear();
                decoded.unread_calls.clear();
                decoded.notes = PrincipalNotes::default();
                decoded.resource_writes.clear();
                decoded.unread_writes.clear();
                decoded.written = Some(Box::default());
                decoded.records = RecordTally::default();
                decoded.malformed.clear();
                decoded.issuers.clear();
                decoded.has_more = None;
            }
        }
        self.decoded
    }

    /// Whether a text that is JSON to its end is CloudTrail's.
    fn judge(&self) -> FileEnd {
        if self.known > 0 {
            return FileEnd::Read;
        }
        match self.first_unknown {
            _ if self.digests > 0 => FileEnd::Digest,
            // Only empty lists: what a query without a hit leaves.
            unknown => unknown.map_or(FileEnd::Read, |unknown| FileEnd::Failed(no_event_in_it(unknown))),
        }
    }

    /// Where something at `offset` of the text that is read lies in the text of the file.
    fn place(&self, offset: u64) -> u64 {
        self.ahead + self.base.unwrap_or(offset)
    }

    /// An event that may be ours; true where it is of another name.
    pub(super) fn parse(&mut self, text: &[u8], offset: u64) -> bool {
        match assumption::read(text, self.ways.issuers, &self.decoded.log_file) {
            Ok(ReadRecord::Other) => {
                self.other(text, offset, assumption::may_hide_name(text));
                return true;
            }
            Ok(ReadRecord::Foreign { issuer }) => {
                self.decoded.records.other += 1;
                self.see_issuer(&issuer);
            }
            Ok(ReadRecord::Ours(assumption)) => {
                self.decoded.records.kept += 1;
                self.see_issuer(assumption.issuer.as_deref().unwrap_or_default());
                let wants_principals = self.calls.as_ref().is_some_and(|calls| calls.wants_principals());
                if (self.ways.places || wants_principals)
                    && let Some(principal) = principal_of_assumption(text)
                {
                    // What sessions are told by is the text of the record, secret or not, unless it is written down.
                    let is_shown = self.ways.places;
                    let principal = if is_shown { without_secrets(&principal).into_owned().into() } else { principal };
                    self.decoded.principals.push((assumption.content, principal));
                }
                if self.ways.places {
                    self.decoded.places.push(self.place(offset));
                }
                self.keep(*assumption);
            }
            Err(reason) => self.reject(offset, reason),
        }
        false
    }

    /// Keeps an event. In a file that has many, they have their texts in common; whoever puts files together sees to the
    /// others.
    fn keep(&mut self, mut assumption: Assumption) {
        if self.decoded.assumptions.len() >= FEW {
            self.texts.share(&mut assumption);
        }
        self.decoded.assumptions.push(assumption);
    }

    /// A record of another event, in which escapes may hide letters.
    #[inline(never)]
    pub(super) fn other(&mut self, text: &[u8], offset: u64, hidden: bool) {
        let Some(calls) = &mut self.calls else {
            self.decoded.records.other += 1;
            return;
        };
        match calls.read(text, hidden, self.ways.issuers, &self.decoded.log_file) {
            Ok(found) => {
                self.decoded.records.other += 1;
                match found {
                    FoundCall::None => {}
                    FoundCall::LongLived(call) => self.decoded.calls.push(call),
                    FoundCall::Session(call) => self.keep_call(*call, offset),
                    FoundCall::Write(write) => self.decoded.resource_writes.push(*write),
                    FoundCall::Others(call, write) => {
                        self.decoded.session_calls.extend(call.map(|call| *call));
                        match write {
                            Ok(write) => self.decoded.resource_writes.push(*write),
                            Err(reason) => {
                                let offset = self.place(offset);
                                self.decoded.unread_writes.push(Malformed { offset, reason });
                            }
                        }
                    }
                }
            }
            Err(reason) if calls.reads_again() => self.unread_call(offset, reason),
            Err(reason) => self.reject_call(offset, reason),
        }
    }

    fn keep_call(&mut self, call: SessionCall, offset: u64) {
        if self.ways.places {
            self.decoded.call_places.push(self.place(offset));
        }
        self.decoded.session_calls.push(call);
    }

    /// A record that is malformed to whoever reads calls, and to nobody else.
    fn reject_call(&mut self, offset: u64, reason: MalformedReason) {
        if self.ways.calls_apart { self.unread_call(offset, reason) } else { self.reject(offset, reason) }
    }

    /// A call of which too little is told to whoever reads calls. A second reading passes over it: the first one said so.
    pub(super) fn incomplete_call(&mut self, offset: u64, reason: MalformedReason) {
        self.known += 1;
        self.decoded.records.total += 1;
        if self.calls.as_ref().is_some_and(|calls| calls.reads_again()) {
            self.decoded.records.other += 1;
        } else {
            self.reject_call(offset, reason);
        }
    }

    /// Whether calls with the credentials of sessions are looked for.
    pub(super) fn asks_for_sessions(&self) -> bool {
        self.calls.as_ref().is_some_and(|calls| calls.kind() == CallKind::Session)
    }

    /// What is no event and no carrier for this reason, and may hold a call.
    pub(super) fn hidden_call(&mut self, offset: u64, reason: MalformedReason) {
        let is_told = self.calls.as_ref().is_some_and(|calls| calls.reads_again());
        if !is_told && !self.ways.calls_apart {
            return self.malformed(offset, reason);
        }
        self.decoded.records.total += 1;
        self.no_event(offset);
        if !is_told {
            let offset = self.place(offset);
            self.decoded.unread_calls.push(Malformed { offset, reason });
        }
    }

    fn unread_call(&mut self, offset: u64, reason: MalformedReason) {
        self.decoded.records.other += 1;
        let offset = self.place(offset);
        self.decoded.unread_calls.push(Malformed { offset, reason });
    }

    fn see_issuer(&mut self, issuer: &str) {
        let seen = &mut self.decoded.issuers;
        let name = if seen.len() < ISSUERS_KEPT || seen.contains_key(issuer) { issuer } else { OTHER_ISSUERS };
        *seen.entry(name.into()).or_default() += 1;
    }

    pub(super) fn reject(&mut self, offset: u64, reason: MalformedReason) {
        let offset = self.place(offset);
        match reason {
            MalformedReason::NoEvent | MalformedReason::ExtractRow | MalformedReason::BrokenCall(_) => {
                self.first_unknown.get_or_insert((offset, false));
            }
            MalformedReason::NamesObject => drop(self.first_unknown.get_or_insert((offset, true))),
            _ => self.known += 1,
        }
        self.decoded.records.malformed += 1;
        if self.decoded.malformed.len() < MALFORMED_KEPT {
            self.decoded.malformed.push(Malformed { offset, reason });
        }
    }

    /// Something that was looked at, and is no event.
    pub(super) fn no_event(&mut self, offset: u64) {
        let offset = self.place(offset);
        self.first_unknown.get_or_insert((offset, false));
        self.decoded.records.other += 1;
    }

    pub(super) fn digest(&mut self) {
        self.digests += 1;
        self.decoded.records.total += 1;
        self.decoded.records.other += 1;
    }
}

/// The defect of a text in which nothing is an event.
pub(super) fn no_event_in_it((offset, names_object): (u64, bool)) -> Defect {
    if names_object { Defect::NamesObject(offset) } else { Defect::NotCloudTrail(offset) }
}

impl RecordSink for Collector<'_> {
    #[inline]
    fn record(&mut self, record: &[u8], offset: u64, scan: &StructureScan) {
        self.known += 1;
        self.decoded.records.total += 1;
        let hidden = scan.hidden && assumption::may_hide_name(record);
        if hidden || (scan.needle && self.ways.prefilter.names(record)) {
            if self.parse(record, offset) {
                self.lists_inside(record, offset);
            }
        } else if self.calls.is_some() {
            self.other(record, offset, false);
        } else {
            self.decoded.records.other += 1;
        }
    }

    fn object(&mut self, object: &[u8], members: &[Member], offset: u64) {
        self.look(object, Members::new(object, members), offset);
    }

    fn loose(&mut self, value: &[u8], member: &Member, before: u64, offset: u64) {
        self.look_at_loose(value, member, before, offset);
    }

    fn beside(&mut self, value: &[u8], offset: u64) {
        self.look_beside_list(value, offset);
    }

    fn findings(&self) -> u64 {
        Self::findings(self)
    }

    fn scalar(&mut self, value: &[u8], offset: u64) {
        self.look_at_scalar(value, offset);
    }

    fn line(&mut self, line: &[u8], offset: u64) {
        self.look_at_line(line, offset);
    }

    fn payload(&mut self, base64: &[u8], offset: u64) {
        self.look_at_payload(base64, offset);
    }

    fn broken(&mut self, object: &[u8], expected: &'static str, offset: u64) {
        self.look_at_broken(object, expected, offset);
    }

    fn malformed(&mut self, offset: u64, reason: MalformedReason) {
        self.decoded.records.total += 1;
        self.reject(offset, reason);
    }

    fn row(&mut self, row: &[u8], text: Option<InnerString>, offset: u64) {
        self.look_at_row(row, text, offset);
    }

    fn lack(&self, table: &Table, names: &[String]) -> Option<String> {
        self.lack_of(table, &names.iter().map(String::as_str))
    }

    fn cells(&mut self, table: &'static Table, row: &Row<'_>, offset: u64) {
        self.look_at_cells(table, row, offset);
    }

    fn quoted_cell(&mut self, cell: &[u8], object: InnerObject, offset: u64) -> bool {
        let is_other = self.is_other_event_in_cell(cell, object);
        if is_other {
            self.other_event(cell, offset);
        }
        is_other
    }

    fn more(&mut self, words: &'static str) {
        self.decoded.has_more.get_or_insert_with(|| words.into());
    }
}
