//! Which resources the writes in log files name that are not kept, so that a log file is read again when it turns out that one of
//! them is a run's: the call that wrote it may come in a later log file, or in a later sync.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::kept::KeptCalls;
use super::notes::{UNREAD, hashes_of};
use crate::decode::record::resource_write::ArnHash;
use crate::store::error::StoreError;
use crate::store::write::StoreWriter;

impl StoreWriter {
    /// The hashes of what runs wrote and made so far; what anybody does with it is kept from now on. Nothing where it is not to
    /// be kept.
    pub fn written_by_runs(&mut self) -> Result<Option<Arc<HashSet<ArnHash>>>, StoreError> {
        if !self.keeps_others() {
            return Ok(None);
        }
        let numbers = self.numbers_of_written().map_err(|error| self.store.error(error))?;
        self.known_written = numbers.values().copied().max().unwrap_or(0);
        Ok(Some(Arc::new(numbers.into_keys().collect())))
    }

    /// Whether it is kept what others did with what runs wrote and made.
    pub(super) fn keeps_others(&self) -> bool {
        self.scopes[1].0 == KeptCalls::EachAndWrites
    }

    fn numbers_of_written(&self) -> rusqlite::Result<HashMap<ArnHash, i64>> {
        let mut statement = self.store.connection.prepare("SELECT hash, id FROM written_by_runs")?;
        let numbers = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        numbers.collect()
    }

    /// Marks the log files that may have writes to what was not known to be a run's when they were read.
    pub(super) fn mark_writes(&self) -> rusqlite::Result<()> {
        let numbers = self.numbers_of_written()?;
        let last = numbers.values().copied().max().unwrap_or(0);
        let connection = &self.store.connection;
        let sql = "SELECT log_file, written, known FROM write_notes WHERE missing IS NULL AND known < ?";
        let mut statement = connection.prepare(sql)?;
        let mut rows = statement.query([last])?;
        let mut marked: Vec<i64> = Vec::new();
        while let Some(row) = rows.next()? {
            let known: i64 = row.get(2)?;
            let is_later = |hash: ArnHash| numbers.get(&hash).is_some_and(|number| *number > known);
            if row.get_ref(1)?.as_blob_or_null()?.is_none_or(|written| hashes_of(written).any(is_later)) {
                marked.push(row.get(0)?);
            }
        }
        let mut mark = connection.prepare_cached("UPDATE write_notes SET missing = ? WHERE log_file = ?")?;
        marked.into_iter().try_for_each(|file| mark.execute((UNREAD, file)).map(drop))
    }
}
