//! Where what comes over a network waits for the workers that decode it.

use super::chunk::{
    judged, {Body, Chunk},
};
use super::delivery::Delivery;
use super::looked::{DaysBefore, SettledDays};
use super::place::FolderHandle;
use super::unlisted::Unlisted;
use crate::decode::defect::Defect;
use crate::decode::{Decoded, Decoder, FileEnd};
use crate::domain::log_key::LogKey;
use crate::domain::timestamp::Day;

/// Where workers get what comes over a network, while more is on its way. Dropping it ends all transfers.
pub trait Inbox: Send + Sync {
    /// Waits for the next delivery; `None` at the end. Any number of workers may wait at once.
    fn next(&self) -> Option<Delivery>;

    /// Fetches a log file once more, whose bytes were damaged; nothing where that cannot help.
    fn again(&self, _log_file: &str, _size: u64) -> Option<Body> {
        None
    }

    /// What the names of everything that is listed begin with, be it more than was asked for: folders with day folders,
    /// or the regions of accounts.
    fn below(&self) -> Vec<String> {
        Vec::new()
    }

    /// Whether folders with day folders were found in it: it has log files, be they of other days.
    fn has_days(&self) -> bool {
        false
    }

    /// The first day that may get log files; none where the window tells.
    fn first_day(&self) -> Option<Day> {
        None
    }

    /// After the end: the days that were listed to their end and can no longer change, where somebody remembers.
    fn settled(&self) -> Vec<SettledDays> {
        Vec::new()
    }

    /// After the end: which days before the window have log files, by the folders that were looked into (DESIGN §8).
    fn before(&self) -> Vec<DaysBefore> {
        Vec::new()
    }

    /// Days that were named in place of a log file, since they have some.
    fn named_days(&self) -> Vec<LogKey> {
        Vec::new()
    }

    /// How many bytes a service scanned for it, where one says so.
    fn scanned(&self) -> Option<u64> {
        None
    }

    /// After the end: what to do about what failed, a line each.
    fn advice(&self) -> Vec<String> {
        Vec::new()
    }
}

impl Chunk {
    /// Reads what came over a network; once more where its bytes are damaged, since that may have happened on the way.
    pub fn decode_fetched(&self, inbox: &dyn Inbox, decoder: &mut Decoder) -> Result<Decoded, Unlisted> {
        // No file is in any folder.
        let nearby = &mut FolderHandle::default();
        let first = self.read(decoder, nearby)?;
        let damaged = matches!(
            first.ended,
            FileEnd::Failed(
                Defect::GzipDamaged { .. } | Defect::GzipCutOff(_) | Defect::Packed { .. } | Defect::Archive { .. }
            )
        );
        let again = if damaged { inbox.again(&self.log_file, self.size()) } else { None };
        let read = match again {
            // The first reading stands where the second one is none.
            Some(body) => body.decode(&self.log_file, decoder, nearby).unwrap_or(first),
            None => first,
        };
        judged(Ok(read), decoder)
    }
}
