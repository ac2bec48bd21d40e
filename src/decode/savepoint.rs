//! What a file was found to hold up to some place: what turns out to be something else is given up again.

use std::collections::BTreeMap;

use super::collect::Collector;
use crate::domain::tally::RecordTally;

/// What a file was found to hold up to some place.
pub(super) struct Savepoint {
    lengths: [usize; 8],
    records: RecordTally,
    issuers: BTreeMap<Box<str>, u64>,
    has_more: Option<Box<str>>,
    known: u64,
    pub(super) digests: u64,
    pub(super) first_unknown: Option<(u64, bool)>,
}

impl Savepoint {
    /// Whether no event was found since.
    pub(super) fn knows_as_much_as(&self, now: &Collector) -> bool {
        self.known == now.known
    }
}

impl Collector<'_> {
    /// What was collected up to now.
    pub(super) fn snapshot(&self) -> Savepoint {
        let decoded = &self.decoded;
        Savepoint {
            lengths: [
                decoded.assumptions.len(),
                decoded.calls.len(),
                decoded.malformed.len(),
                decoded.session_calls.len(),
                decoded.principals.len(),
                decoded.unread_calls.len(),
                decoded.resource_writes.len(),
                decoded.unread_writes.len(),
            ],
            records: decoded.records,
            issuers: decoded.issuers.clone(),
            has_more: decoded.has_more.clone(),
            known: self.known,
            digests: self.digests,
            first_unknown: self.first_unknown,
        }
    }

    /// Gives up what was collected since.
    pub(super) fn roll_back(&mut self, to: Savepoint) {
        let decoded = &mut self.decoded;
        decoded.assumptions.truncate(to.lengths[0]);
        decoded.places.truncate(to.lengths[0]);
        decoded.calls.truncate(to.lengths[1]);
        decoded.malformed.truncate(to.lengths[2]);
        decoded.session_calls.truncate(to.lengths[3]);
        decoded.call_places.truncate(to.lengths[3]);
        decoded.principals.truncate(to.lengths[4]);
        decoded.unread_calls.truncate(to.lengths[5]);
        decoded.resource_writes.truncate(to.lengths[6]);
        decoded.unread_writes.truncate(to.lengths[7]);
        decoded.records = to.records;
        decoded.issuers = to.issuers;
        decoded.has_more = to.has_more;
        self.known = to.known;
        self.digests = to.digests;
        self.first_unknown = to.first_unknown;
    }
}
