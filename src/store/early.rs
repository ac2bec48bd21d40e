//! What of the day on which a part of an answer begins was delivered before it does, as a scan of the log files counts it.

use std::collections::BTreeMap;

use super::handle::Store;
use super::tally::{FileGroup, count};
use super::text_table::TextTable;
use super::write::NO_DAY;
use crate::audit::coverage::{Coverage, EarlyTally, SourceTally};
use crate::domain::timestamp::Timestamp;
use crate::domain::window::Window;

impl Store {
    /// Counts it by the minutes within a day at which the parts begin, out of the log files that are read for the window.
    pub(super) fn early(
        &self,
        begins: &[Timestamp],
        window: Window,
        late_days: u32,
    ) -> rusqlite::Result<BTreeMap<Timestamp, EarlyTally>> {
        let sql = format!(
            "SELECT source, account, region, date, delivered_day, outcome, 1, {} FROM log_files AS f
            WHERE delivered >= ? AND delivered < ? AND delivered_day <> {NO_DAY} AND {}",
            FileGroup::COUNTS,
            self.files_read(window, late_days)
        );
        let mut statement = self.connection.prepare(&sql)?;
        let mut texts = TextTable::of_texts();
        let mut early = BTreeMap::new();
        for begins in begins {
            let mut counted = Coverage::default();
            let mut rows = statement.query([begins.day().start().seconds(), begins.seconds()])?;
            while let Some(row) = rows.next()? {
                let name = |id: i64| texts.given(self, Some(id).filter(|id| *id != 0));
                let file = FileGroup::of_row(row, false, name)?;
                count(&mut counted, &mut SourceTally::default(), window, &file);
            }
            let held = counted.delivered.remove(&Some(begins.day())).unwrap_or_default();
            let read = counted.days.into_iter().map(|(key, day)| (key, day.read)).collect();
            early.insert(*begins, EarlyTally { held, read });
        }
        Ok(early)
    }
}
