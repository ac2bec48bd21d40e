//! What `copy` says of a row: whether it stands for its event (DESIGN §3), is a copy of one that does, or is a look-alike,
//! which is an event that was kept for its subject alone. No other module but the schema and its check knows the codes.

use std::collections::HashSet;

use crate::store::handle::Store;

/// The only row of its event.
pub(in crate::store) const SOLE: i64 = 0;
/// The row that stands among copies.
pub(in crate::store) const STANDS: i64 = 1;
/// A copy with the content of what stands, or an event that a correction replaced.
pub(in crate::store) const DUPLICATE: i64 = 2;
/// A copy with another content.
pub(in crate::store) const CONFLICT: i64 = 3;
/// A look-alike that no other row is. All others take no notice of it.
pub(in crate::store) const LOOK_ALIKE: i64 = 4;
/// A look-alike that other rows are too.
pub(in crate::store) const LOOK_ALIKE_COPIED: i64 = 5;

/// The part of SQL that tells whether a row is no look-alike.
pub(in crate::store) const IS_KEPT: &str = "a.copy < 4";

/// The part of SQL that tells whether a row is a look-alike; an index has them.
pub(in crate::store) const IS_LOOK_ALIKE: &str = "a.copy <> 0 AND a.copy >= 4";

/// The part of SQL that tells whether a row stands for its event.
pub(in crate::store) const IS_STANDING: &str = "a.copy < 2";

/// The part of SQL that tells whether another row stands for the event of a row.
pub(in crate::store) const IS_REPLACED: &str = "a.copy IN (2, 3)";

/// The part of SQL that tells whether there is any look-alike that other rows are too.
pub(in crate::store) const ANY_LOOK_ALIKE_COPIED: &str =
    "EXISTS (SELECT 1 FROM assumptions INDEXED BY assumptions_with_copies WHERE copy <> 0 AND copy = 5)";

/// The part of SQL that gives the rows `c` of events of which another row `m` is a look-alike.
pub(in crate::store) const CROSSED: &str = "FROM assumptions AS m INDEXED BY assumptions_with_copies
    JOIN assumptions AS c
    ON c.event_id = m.event_id OR (c.event_id IS NULL AND m.event_id IS NULL AND c.content = m.content)
    WHERE m.copy <> 0 AND m.copy = 5 AND c.copy < 4";

/// What a question has to do with look-alikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) enum LookAlikes {
    /// None of them is asked for, or there is none.
    Apart,
    /// Some may be, with their subjects as they are.
    Verbatim,
    /// Some may be, and subjects of some are to be decoded.
    Decoded,
}

/// What a row is to a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RowStanding {
    /// It is its event.
    Alone,
    /// Only all rows of its event together tell which one stands.
    Copied,
    /// Another row stands for its event.
    Replaced,
    /// A look-alike, of which the question asks for none.
    Unasked,
}

/// Tells what rows are to a question.
#[derive(Debug)]
pub(super) struct RowStates {
    look_alikes: LookAlikes,
    /// Whether what is marked as standing stands. Where some copies do not count, another may.
    is_settled: bool,
    /// Rows of events of which other rows are look-alikes, where any of those may be asked for.
    crossed: HashSet<i64>,
}

impl RowStates {
    pub(super) fn new(store: &Store, look_alikes: LookAlikes, is_settled: bool) -> rusqlite::Result<Self> {
        let crossed = if look_alikes == LookAlikes::Apart {
            HashSet::new()
        } else {
            let mut statement = store.connection.prepare_cached(&format!("SELECT c.id {CROSSED}"))?;
            let rows = statement.query_map([], |row| row.get(0))?;
            rows.collect::<rusqlite::Result<_>>()?
        };
        Ok(Self { look_alikes, is_settled, crossed })
    }

    /// What a row is whose number and `copy` these are.
    pub(super) fn of(&self, id: i64, copy: i64) -> RowStanding {
        match copy {
            ..LOOK_ALIKE if self.crossed.contains(&id) => RowStanding::Copied,
            SOLE | LOOK_ALIKE => RowStanding::Alone,
            LOOK_ALIKE_COPIED if self.look_alikes == LookAlikes::Apart => RowStanding::Unasked,
            LOOK_ALIKE_COPIED => RowStanding::Copied,
            STANDS if self.is_settled => RowStanding::Alone,
            _ if self.is_settled => RowStanding::Replaced,
            _ => RowStanding::Copied,
        }
    }

    /// Whether a row has copies that may count.
    pub(super) fn has_copies(&self, id: i64, copy: i64) -> bool {
        ![SOLE, LOOK_ALIKE].contains(&copy) || self.crossed.contains(&id)
    }
}
