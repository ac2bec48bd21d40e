//! Collects what one log file holds.

use std::collections::BTreeMap;
use std::sync::Arc;

use memchr::memmem::Finder;

use crate::domain::assumption::Assumption;
use crate::domain::call::Call;
use crate::domain::issuer::Issuers;
use crate::domain::tally::{ByteTally, RecordTally, Skip};

use super::call::CallReader;
use super::defect::{Defect, Malformed, MalformedReason};
use super::envelope::Records;
use super::record::{self, EVENT_NAME, Read};
use super::structure::{Scan, nests_too_deep};
use super::unit::{Unit, classify};

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
    /// What became of its records. Of a file that failed it is zero, unless what stands in front of the defect was
    /// to be salvaged.
    pub records: RecordTally,
    /// Bytes read and inflated.
    pub bytes: ByteTally,
    /// The first malformed records; the tally counts all of them.
    pub malformed: Vec<Malformed>,
    /// `AssumeRoleWithWebIdentity` events by issuer, selected or not.
    pub issuers: BTreeMap<Box<str>, u64>,
    /// It is one page of an answer that has more.
    pub next_token: bool,
    /// How the reading ended.
    pub ended: Ended,
}

impl Decoded {
    /// Why the file failed, if it did, and how many records in front of the defect were kept all the same.
    #[must_use]
    pub fn failure(&self) -> Option<String> {
        let Ended::Failed(defect) = &self.ended else { return None };
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
pub enum Ended {
    /// Read to the end.
    Read,
    /// A digest by its content, though not by its name.
    Digest,
    /// Ended by a defect.
    Failed(Defect),
    /// No log file by its content, which was only looked at.
    Skipped(Skip),
}

impl Decoded {
    /// What is left of a file that is no log file.
    #[must_use]
    pub fn skipped(log_file: &Arc<str>, skip: Skip) -> Self {
        Self { ended: Ended::Skipped(skip), ..Self::empty(log_file) }
    }

    fn empty(log_file: &Arc<str>) -> Self {
        Self {
            log_file: Arc::clone(log_file),
            assumptions: Vec::new(),
            calls: Vec::new(),
            records: RecordTally::default(),
            bytes: ByteTally::default(),
            malformed: Vec::new(),
            issuers: BTreeMap::new(),
            next_token: false,
            ended: Ended::Read,
        }
    }
}

/// How many malformed records of one file are told apart: as many as a coverage names.
const MALFORMED_KEPT: usize = 10_000;

/// How many issuers of one file are told apart; the rest is counted together.
const ISSUERS_KEPT: usize = 256;

/// Takes the records of one file.
pub(super) struct Collector<'a> {
    issuers: &'a Issuers,
    finder: &'a Finder<'static>,
    calls: Option<&'a mut CallReader>,
    decoded: Decoded,
    known: u64,
    digests: u64,
    first_unknown: Option<u64>,
}

/// The search for the event's name.
pub(super) fn name_finder() -> Finder<'static> {
    Finder::new(EVENT_NAME)
}

impl<'a> Collector<'a> {
    pub(super) fn new(log_file: &Arc<str>, issuers: &'a Issuers, finder: &'a Finder<'static>) -> Self {
        let decoded = Decoded::empty(log_file);
        Self { issuers, finder, calls: None, decoded, known: 0, digests: 0, first_unknown: None }
    }

    /// The same collector, which takes calls too if there is a reader for them.
    pub(super) fn with_calls(mut self, calls: Option<&'a mut CallReader>) -> Self {
        self.calls = calls;
        self
    }

    /// The result, after the text was read with `outcome`.
    pub(super) fn finish(mut self, outcome: Result<(), Defect>, bytes: ByteTally, salvage: bool) -> Decoded {
        self.decoded.bytes = bytes;
        self.decoded.ended = match outcome {
            Err(defect) => Ended::Failed(defect),
            Ok(()) => self.judge(),
        };
        match self.decoded.ended {
            Ended::Read => {}
            Ended::Failed(_) if salvage => {}
            Ended::Failed(_) | Ended::Digest | Ended::Skipped(_) => {
                let decoded = &mut self.decoded;
                decoded.assumptions.clear();
                decoded.calls.clear();
                decoded.records = RecordTally::default();
                decoded.malformed.clear();
                decoded.issuers.clear();
                decoded.next_token = false;
            }
        }
        self.decoded
    }

    /// Whether a text that is JSON to its end is CloudTrail's.
    fn judge(&self) -> Ended {
        let records = self.decoded.records;
        if self.known > 0 || records.malformed > 0 {
            return Ended::Read;
        }
        match self.first_unknown {
            _ if self.digests > 0 => Ended::Digest,
            Some(offset) => Ended::Failed(Defect::NotCloudTrail(offset)),
            // Only empty lists: what a query without a hit leaves.
            None => Ended::Read,
        }
    }

    fn parse(&mut self, text: &[u8], offset: u64) {
        match record::read(text, self.issuers, &self.decoded.log_file) {
            Ok(Read::Other) if self.calls.is_some() => self.other(text, offset, record::may_hide_name(text)),
            Ok(Read::Other) => self.decoded.records.other += 1,
            Ok(Read::Foreign { issuer }) => {
                self.decoded.records.other += 1;
                self.see_issuer(&issuer);
            }
            Ok(Read::Ours(assumption)) => {
                self.decoded.records.kept += 1;
                self.see_issuer(assumption.issuer.as_deref().unwrap_or_default());
                self.decoded.assumptions.push(*assumption);
            }
            Err(reason) => self.reject(offset, reason),
        }
    }

    /// A record of another event, in which escapes may hide letters.
    #[inline(never)]
    fn other(&mut self, text: &[u8], offset: u64, hidden: bool) {
        let calls = self.calls.as_mut().filter(|calls| hidden || calls.may_be_call(text));
        match calls.map_or(Ok(None), |calls| calls.read(text)) {
            Ok(call) => {
                self.decoded.records.other += 1;
                self.decoded.calls.extend(call);
            }
            Err(reason) => self.reject(offset, reason),
        }
    }

    fn see_issuer(&mut self, issuer: &str) {
        let seen = &mut self.decoded.issuers;
        let name = if seen.len() < ISSUERS_KEPT || seen.contains_key(issuer) { issuer } else { "(others)" };
        *seen.entry(name.into()).or_default() += 1;
    }

    fn reject(&mut self, offset: u64, reason: MalformedReason) {
        self.decoded.records.malformed += 1;
        if self.decoded.malformed.len() < MALFORMED_KEPT {
            self.decoded.malformed.push(Malformed { offset, reason });
        }
    }

    /// A record that came as text of its own inside an envelope.
    fn embedded(&mut self, text: Option<&str>, offset: u64) {
        self.decoded.records.total += 1;
        match text {
            Some(text) if text.trim_start_matches([' ', '\t', '\n', '\r']).starts_with('{') => {
                // No scan went over it while it was a string.
                if nests_too_deep(text.as_bytes()) {
                    self.reject(offset, MalformedReason::TooDeep);
                } else {
                    self.parse(text.as_bytes(), offset);
                }
            }
            _ => self.reject(offset, MalformedReason::NoObject),
        }
    }
}

impl Records for Collector<'_> {
    #[inline]
    fn record(&mut self, record: &[u8], offset: u64, scan: &Scan) {
        self.known += 1;
        self.decoded.records.total += 1;
        let hidden = scan.hidden && record::may_hide_name(record);
        if hidden || (scan.needle && self.finder.find(record).is_some()) {
            self.parse(record, offset);
        } else if self.calls.is_some() {
            self.other(record, offset, false);
        } else {
            self.decoded.records.other += 1;
        }
    }

    fn unit(&mut self, object: &[u8], offset: u64, _: &Scan) {
        let unit = std::str::from_utf8(object).map_err(|_| MalformedReason::NotUtf8).and_then(classify);
        self.known += u64::from(!matches!(unit, Ok(Unit::Unknown | Unit::Digest)));
        match unit {
            Ok(Unit::Event) => {
                self.decoded.records.total += 1;
                self.parse(object, offset);
            }
            Ok(Unit::Detail(detail)) => self.embedded(Some(detail), offset),
            Ok(Unit::LookupItem(item)) => self.embedded(Some(&item), offset),
            Ok(Unit::Messages(messages)) => {
                // It was JSON a moment ago, but nothing is lost in silence.
                if let Err(reason) = messages.each(|message| self.embedded(message, offset)) {
                    self.malformed(offset, reason);
                }
            }
            Ok(Unit::Digest) => {
                self.digests += 1;
                self.decoded.records.total += 1;
                self.decoded.records.other += 1;
            }
            Ok(Unit::Unknown) => {
                self.first_unknown.get_or_insert(offset);
                self.decoded.records.total += 1;
                self.decoded.records.other += 1;
            }
            Err(reason) => self.malformed(offset, reason),
        }
    }

    fn malformed(&mut self, offset: u64, reason: MalformedReason) {
        self.decoded.records.total += 1;
        self.reject(offset, reason);
    }

    fn next_token(&mut self) {
        self.decoded.next_token = true;
    }
}
