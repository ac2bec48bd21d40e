//! The way back from the numbers that [`intern`](super::intern) gives: what the rows of a question share is looked up once.

use std::sync::Arc;

use hashbrown::HashMap;

use super::handle::Store;

/// The texts of one table, by their numbers.
pub(super) struct TextTable {
    sql: &'static str,
    texts: HashMap<i64, Arc<str>>,
}

impl TextTable {
    /// None looked up yet; `sql` gives the text of one number.
    pub(super) fn new(sql: &'static str) -> Self {
        Self { sql, texts: HashMap::new() }
    }

    /// The table of accounts, regions, roles and all else that has none of its own.
    pub(super) fn of_texts() -> Self {
        Self::new("SELECT text FROM texts WHERE id = ?")
    }

    /// The names of log files, as rows have them.
    pub(super) fn of_log_files() -> Self {
        Self::new("SELECT coalesce(label, name) FROM log_files WHERE id = ?")
    }

    /// The text of a number.
    pub(super) fn known(&mut self, store: &Store, id: i64) -> rusqlite::Result<Arc<str>> {
        if let Some(text) = self.texts.get(&id) {
            return Ok(Arc::clone(text));
        }
        let text = text_of(store, self.sql, id)?;
        self.texts.insert(id, Arc::clone(&text));
        Ok(text)
    }

    /// The same of a column that may have none.
    pub(super) fn given(&mut self, store: &Store, id: Option<i64>) -> rusqlite::Result<Option<Arc<str>>> {
        id.map(|id| self.known(store, id)).transpose()
    }
}

/// The text that `sql` gives for a number.
pub(super) fn text_of(store: &Store, sql: &str, id: i64) -> rusqlite::Result<Arc<str>> {
    store.connection.prepare_cached(sql)?.query_row([id], |row| row.get(0))
}
