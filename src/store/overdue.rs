//! Which days have something in log files that were delivered after their late days: those are questions by themselves.

use super::error::StoreError;
use super::handle::Store;
use super::write::day;
use crate::audit::overdue::Overdue;
use crate::domain::timestamp::{Day, Timestamp};

/// The rows of log files that were delivered from the second `?1` on, each with the first second of anything of its event: of
/// its copies, and of what it corrects.
const ROWS: &str = "SELECT f.delivered_day, min(a.time,
        CASE WHEN a.copy = 0 THEN a.time
            ELSE ifnull((SELECT min(c.time) FROM assumptions AS c WHERE c.event_id = a.event_id), a.time) END,
        CASE WHEN a.corrects IS NULL THEN a.time
            ELSE ifnull((SELECT min(c.time) FROM assumptions AS c WHERE c.event_id = a.corrects), a.time) END),
        CASE WHEN a.corrects IS NOT NULL THEN (SELECT min(g.delivered_day) FROM assumptions AS c
            JOIN log_files AS g ON g.id = c.log_file
            WHERE (c.event_id = a.corrects OR c.corrects = a.corrects) AND g.delivered IS NOT NULL) END
    FROM (SELECT id, delivered_day, first_row, rows FROM log_files WHERE delivered >= ?1) AS f
    CROSS JOIN assumptions AS a ON a.id >= f.first_row AND a.id < f.first_row + f.rows AND a.log_file = f.id";

impl Store {
    /// What log files tell about days from `first` on for which they are too late, where they may be so many days late.
    pub fn overdue(&self, first: Day, late_days: u32) -> Result<Overdue, StoreError> {
        let read = || {
            let mut overdue = Overdue::new(late_days);
            let mut statement = self.connection.prepare(ROWS)?;
            // Those before are in reach of the first day, and so of all.
            let start = first.plus(i64::from(late_days) + 1).start().seconds();
            let mut rows = statement.query([start])?;
            while let Some(row) = rows.next()? {
                let (delivered, told) = (day(row.get(0)?), Timestamp::from_seconds(row.get(1)?));
                let (Some(delivered), Some(told)) = (delivered, told.map(Timestamp::day)) else { continue };
                let read = row.get::<_, Option<i64>>(2)?.and_then(Day::from_number);
                let in_reach = read.map_or(told, |read| read.plus(-i64::from(late_days)));
                overdue.add(told.min(in_reach), delivered);
            }
            Ok(overdue)
        };
        read().map_err(|error| self.error(error))
    }
}
