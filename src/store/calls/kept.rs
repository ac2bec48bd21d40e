//! What a store keeps of the calls of runs.

use crate::store::error::StoreError;
use crate::store::handle::Store;

/// What is kept of the calls of runs; the later one is more.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeptCalls {
    /// Nothing.
    #[default]
    None,
    /// What sums of them and policies need.
    Sums,
    /// Everything of them.
    Each,
    /// Everything, and what others did with what they wrote and made.
    EachAndWrites,
}

impl KeptCalls {
    /// The number in a store.
    pub(in crate::store) fn number(self) -> i64 {
        match self {
            Self::None => 0,
            Self::Sums => 1,
            Self::Each => 2,
            Self::EachAndWrites => 3,
        }
    }

    /// That of a number.
    pub(in crate::store) fn of_number(number: i64) -> Self {
        match number {
            ..=0 => Self::None,
            1 => Self::Sums,
            2 => Self::Each,
            3.. => Self::EachAndWrites,
        }
    }
}

impl Store {
    /// The most that is kept of the calls of any log file.
    pub fn kept_calls(&self) -> Result<KeptCalls, StoreError> {
        self.most_calls().map_err(|error| self.error(error))
    }

    pub(in crate::store) fn most_calls(&self) -> rusqlite::Result<KeptCalls> {
        let sql = "SELECT ifnull(max(calls), 0) FROM scopes WHERE id IN (SELECT scope FROM days)";
        self.connection.query_row(sql, [], |row| row.get(0)).map(KeptCalls::of_number)
    }
}
