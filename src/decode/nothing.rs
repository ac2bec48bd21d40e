//! What becomes of files whose records are not read: what is no log file, extracts, and what others tell; and of records that only
//! a reader of calls cannot read.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::collect::{Decoded, FileEnd, MALFORMED_KEPT};
use super::defect::{Defect, Malformed};
use super::extract::ExtractRows;
use super::record::principals::PrincipalNotes;
use crate::domain::archive_judge::ArchiveJudge;
use crate::domain::digest::LogText;
use crate::domain::tally::{ByteTally, RecordTally, Skip};
use crate::domain::verdict::Verdict;

impl Decoded {
    /// Notes whether a file that failed may be what is left of an extract.
    pub(super) fn may_be_extract(mut self, may_be: bool) -> Self {
        self.may_be_extract = may_be && matches!(self.ended, FileEnd::Failed(_));
        self
    }

    /// Whether it is one that nobody wrote a byte of.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        matches!(&self.ended, FileEnd::Failed(defect) if defect.is_empty())
    }

    /// What is left of a file that is no log file.
    #[must_use]
    pub fn skipped(log_file: &Arc<str>, skip: Skip) -> Self {
        Self { ended: FileEnd::Skipped(skip), ..Self::empty(log_file) }
    }

    /// What is left of an extract, which was read to its end or to a defect.
    pub(super) fn of_extract(log_file: &Arc<str>, rows: ExtractRows, ended: Result<(), Defect>, inflated: u64) -> Self {
        let bytes = ByteTally { read: 0, inflated };
        match ended {
            Ok(()) => Self { extract: Some(Box::new(rows)), bytes, ..Self::empty(log_file) },
            Err(defect) => {
                let ended = FileEnd::Failed(defect);
                Self { ended, bytes, is_damaged_extract: true, ..Self::empty(log_file) }
            }
        }
    }

    /// What is told of a log file that others read.
    #[must_use]
    pub fn told(log_file: &Arc<str>, ended: FileEnd) -> Self {
        Self { ended, ..Self::empty(log_file) }
    }

    pub(super) fn empty(log_file: &Arc<str>) -> Self {
        Self {
            log_file: Arc::clone(log_file),
            assumptions: Vec::new(),
            calls: Vec::new(),
            session_calls: Vec::new(),
            principals: Vec::new(),
            places: Vec::new(),
            call_places: Vec::new(),
            unread_calls: Vec::new(),
            notes: PrincipalNotes::default(),
            resource_writes: Vec::new(),
            unread_writes: Vec::new(),
            written: Some(Box::default()),
            records: RecordTally::default(),
            bytes: ByteTally::default(),
            malformed: Vec::new(),
            issuers: BTreeMap::new(),
            has_more: None,
            extract: None,
            stored_sha256: None,
            extracted: None,
            is_damaged_extract: false,
            may_be_extract: false,
            ended: FileEnd::Read,
            text: None,
            judged: None,
        }
    }

    /// Counts records that only a reader of calls cannot read as malformed, as whoever reads calls does: so many, of which these were
    /// named.
    pub fn reject_calls(&mut self, count: u64, named: Vec<Malformed>) {
        self.records.other = self.records.other.saturating_sub(count);
        self.records.malformed = self.records.total - self.records.kept - self.records.other;
        if !named.is_empty() {
            // In the order of the text, which is the one of their places.
            self.malformed.extend(named);
            self.malformed.sort_by_key(|malformed| malformed.offset);
            self.malformed.truncate(MALFORMED_KEPT);
        }
    }

    /// Counts those records that only a reader of calls cannot read as malformed.
    pub fn reject_unread_calls(&mut self) {
        let named = std::mem::take(&mut self.unread_calls);
        let unnamed = self.extracted.as_ref().map_or(0, |it| it.unnamed);
        self.reject_calls(unnamed.saturating_add(named.len() as u64), named);
    }

    /// What counts of a file whose text is judged: nothing at all, unless it is as CloudTrail wrote it.
    #[must_use]
    pub fn judged(mut self, judge: &dyn ArchiveJudge) -> Self {
        if matches!(self.ended, FileEnd::Digest | FileEnd::Skipped(_)) {
            return self;
        }
        self.judged = judge.judge(&self.log_file, self.text.unwrap_or(LogText::Unreadable)).map(Box::new);
        let ended = match self.verdict() {
            Some(Verdict::Valid) => return self,
            None => FileEnd::Unlisted,
            Some(verdict) => {
                let beneath = match self.ended {
                    FileEnd::Failed(defect) => Some(Box::new(defect)),
                    _ => None,
                };
                FileEnd::Failed(Defect::NotVerified { verdict, beneath })
            }
        };
        Self { bytes: self.bytes, ended, text: self.text, judged: self.judged, ..Self::empty(&self.log_file) }
    }
}
