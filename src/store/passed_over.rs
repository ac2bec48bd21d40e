//! Log files that a sync met and passed over, since they are of another window: by the day on which they were delivered. An answer
//! about such a day is incomplete, whatever else of the day was read (DESIGN §8).

use std::collections::BTreeSet;

use super::error::StoreError;
use super::handle::Store;
use super::write::StoreWriter;
use crate::domain::timestamp::Day;
use crate::domain::window::Window;
use crate::source::LookedRange;

impl StoreWriter {
    /// Takes the days of log files that a sync of a source passed over, in place of those that were passed over before of what it
    /// looked at.
    pub fn pass_over(&mut self, source: usize, days: &BTreeSet<Day>, looked: &LookedRange) -> Result<(), StoreError> {
        if self.sources[source].is_withdrawn {
            return Ok(());
        }
        self.change(|writer| {
            let open = &writer.sources[source];
            let connection = &writer.store.connection;
            let [first, last] = [looked.first, looked.last].map(|day| day.map(Day::number));
            // What lies in a narrower part was looked at, too.
            let sql =
                "DELETE FROM passed_over WHERE (?1 IS NULL OR day >= ?1) AND (?2 IS NULL OR day <= ?2) AND part IN (
                    SELECT id FROM parts WHERE id = ?3 OR source = ?4 AND substr(name, 1, length(?5)) = ?5
                )";
            connection.execute(sql, (first, last, open.part, open.id, &open.name))?;
            let mut insert = connection.prepare_cached("INSERT OR IGNORE INTO passed_over VALUES (?, ?)")?;
            days.iter().try_for_each(|day| insert.execute((open.part, day.number())).map(drop))
        })
    }
}

impl Store {
    /// What to say of log files of a window, and of those that may come late, which a sync passed over. Where a window has no
    /// start, a remote source begins with the first day that was looked at.
    pub(super) fn about_passed_over(&self, window: Window, late_days: u32) -> rusqlite::Result<Option<String>> {
        let first = window.first_day().map_or(i64::MIN, Day::number);
        let last = window.last_folder(late_days).map_or(i64::MAX, Day::number);
        let sql = "SELECT min(day), max(day) FROM passed_over AS o WHERE day BETWEEN ?1 AND ?2
            AND (?3 OR day >= ifnull((SELECT min(first) FROM looked_at WHERE part = o.part), day))";
        let days = self.connection.query_row(sql, (first, last, window.from.is_some()), |row| {
            Ok(row.get::<_, Option<i64>>(0)?.zip(row.get::<_, Option<i64>>(1)?))
        })?;
        let days = days.and_then(|(first, last)| Day::from_number(first).zip(Day::from_number(last)));
        Ok(days.map(|(first, last)| {
            format!(
                "log files of {first} to {last} were not read into the store; sync with a window that has these days"
            )
        }))
    }
}
