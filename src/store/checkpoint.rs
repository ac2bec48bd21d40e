//! What a sync has committed goes into the file of its store while the sync runs.

use super::error::StoreError;
use super::write::StoreWriter;

impl StoreWriter {
    /// Puts what was committed into the file itself, as far as its readers let it. A copy that somebody makes of the file alone
    /// while a sync runs then says that the sync was not read to its end; where a reader is in the way, the copy is one of
    /// the time before the sync.
    pub fn checkpoint(&self) -> Result<(), StoreError> {
        let done = self.store.connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
        done.map_err(|error| self.store.error(error))
    }
}
